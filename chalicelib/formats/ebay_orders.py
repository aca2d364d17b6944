"""eBay's orders report from Seller Hub (Orders > Download report, or Reports > Downloads > All orders), as its US site has it.

Columns as eBay's help on Seller Hub lists them and a published header row has them (randomecho/shifted-sales-report on GitHub).
A line of bare commas stands above the header, an empty row below it. An order of several items begins with a row of its own
that names no item. Dates are days without a time ("Sep-27-26"), taken as eBay's own, which are Pacific. The two closing lines
("12,record(s) downloaded", "Seller ID : ...") are no orders and are refused as such. The report knows no refunds and no fees.
"""

from __future__ import annotations

from . import mapped

PLATFORM = "ebay"
_COLUMNS = {
    "Order Number": "order_id", "Sales Record Number": "order_number", "Sale Date": "placed_at", "Paid On Date": "paid_at",
    "Shipped On Date": "dispatched_at", "Tracking Number": "tracking", "Shipping Service": "service",
    "Ship To Country": "country", "Ship To State": "province", "Payment Method": "payment",
    "Total Price": "total", "Shipping And Handling": "shipping",
    "Item Number": "product_id", "Item Title": "title", "Custom Label": "sku", "Variation Details": "variant",
    "Quantity": "quantity", "Sold For": "unit_price",
}  # fmt: skip
_MAP = {
    "kind": "order_lines",
    "title": "eBay's orders report (Seller Hub)",
    "decimal": ".",
    "day_first": False,
    "zone": "America/Los_Angeles",
    "defaults": {"currency": "USD"},
    "columns": _COLUMNS,
}
_NEEDED = (
    "Sales Record Number", "Order Number", "Item Number", "Item Title", "Custom Label", "Quantity", "Sold For", "Sale Date",
)  # fmt: skip
_FORMAT = mapped.made(_MAP, [name for name in _COLUMNS if name not in _NEEDED])

TITLE, COLUMNS, OPTIONAL = _FORMAT.TITLE, _FORMAT.COLUMNS, _FORMAT.OPTIONAL
translate = _FORMAT.translate
