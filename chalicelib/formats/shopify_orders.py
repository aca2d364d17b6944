"""Shopify's export of orders (Orders > Export, "plain CSV"): a row for each line, what is said of the order on its first row.

Columns as Shopify's help describes them and exports hold them ("Exporting orders"). Times carry their offset, amounts are in
the order's currency. The export names neither lines nor refunds nor parcels by id: they give way to what webhooks tell of the
same order. "Refunded Amount" is all that was refunded by the day of the export, without a time.
"""

from __future__ import annotations

from . import mapped

PLATFORM = "shopify"
_COLUMNS = {
    "Name": "order_number", "Id": "order_id", "Created at": "placed_at", "Paid at": "paid_at", "Cancelled at": "cancelled_at",
    "Fulfilled at": "dispatched_at", "Currency": "currency", "Total": "total", "Shipping": "shipping", "Taxes": "tax",
    "Discount Amount": "discount", "Refunded Amount": "refund_amount", "Financial Status": "payment", "Source": "channel",
    "Email": "buyer_email", "Shipping Country": "country", "Shipping Province": "province",
    "Lineitem quantity": "quantity", "Lineitem name": "title", "Lineitem sku": "sku", "Lineitem price": "unit_price",
    "Lineitem discount": "line_discount",
}  # fmt: skip
_MAP = {
    "kind": "order_lines",
    "title": "Shopify's export of orders",
    "decimal": ".",
    "day_first": False,
    "columns": _COLUMNS,
}
_NEEDED = ("Name", "Id", "Created at", "Currency", "Financial Status", "Lineitem quantity", "Lineitem name", "Lineitem price")
# Rows of an order are known by its name: its id stands on the first of them alone.
_FORMAT = mapped.made(_MAP, [name for name in _COLUMNS if name not in _NEEDED], by="order_number")

TITLE, COLUMNS, OPTIONAL = _FORMAT.TITLE, _FORMAT.COLUMNS, _FORMAT.OPTIONAL
translate = _FORMAT.translate
