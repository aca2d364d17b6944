"""Known exports: Shopify's and eBay's orders as they really lie in their files; and which format a file is of by its header."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

import pytest

from chalicelib import formats
from chalicelib.effects import files
from chalicelib.formats import Format, Outcome, Refused, Skipped, ebay_orders, online_retail, shopify_orders
from chalicelib.model import log
from chalicelib.model.event import Delivery, Translated
from chalicelib.model.facts import LineFact, OrderFact, RefundFact, ShipmentFact
from chalicelib.model.money import Money
from chalicelib.model.words import EventType, LineKind
from chalicelib.rules.fold import fold

# The whole header of an export of 2025.
SHOPIFY = (
    "Name,Email,Financial Status,Paid at,Fulfillment Status,Fulfilled at,Accepts Marketing,Currency,Subtotal,Shipping,"
    "Taxes,Total,Discount Code,Discount Amount,Shipping Method,Created at,Lineitem quantity,Lineitem name,Lineitem price,"
    "Lineitem compare at price,Lineitem sku,Lineitem requires shipping,Lineitem taxable,Lineitem fulfillment status,"
    "Billing Name,Billing Street,Billing Address1,Billing Address2,Billing Company,Billing City,Billing Zip,"
    "Billing Province,Billing Country,Billing Phone,Shipping Name,Shipping Street,Shipping Address1,Shipping Address2,"
    "Shipping Company,Shipping City,Shipping Zip,Shipping Province,Shipping Country,Shipping Phone,Notes,Note Attributes,"
    "Cancelled at,Payment Method,Payment Reference,Refunded Amount,Vendor,Outstanding Balance,Employee,Location,"
    "Device ID,Id,Tags,Risk Level,Source,Lineitem discount,Tax 1 Name,Tax 1 Value,Phone,Receipt Number,Duties,"
    "Billing Province Name,Shipping Province Name,Payment ID"
).split(",")
FIRST = {
    "Name": "#1001", "Email": "Sample.Buyer@example.com", "Financial Status": "partially_refunded", "Id": "7410991464714",
    "Paid at": "2025-10-07 09:50:28 +0200", "Fulfilled at": "2025-10-08 14:21:21 +0200", "Currency": "EUR", "Shipping": "4.90",
    "Taxes": "0.00", "Total": "119.50", "Discount Amount": "0.00", "Created at": "2025-10-07 09:50:26 +0200",
    "Lineitem quantity": "3", "Lineitem name": "Mask - Blue", "Lineitem price": "34.90", "Lineitem sku": "MASK-1",
    "Lineitem discount": "0.00", "Shipping Country": "FR", "Refunded Amount": "10.00", "Source": "web",
    "Shipping Name": "Sample Buyer", "Shipping Zip": "'75008", "Tags": "",
}  # fmt: skip
SECOND = {
    "Name": "#1001", "Email": "sample.buyer@example.com", "Created at": "2025-10-07 09:50:26 +0200", "Lineitem quantity": "1",
    "Lineitem name": "Cream", "Lineitem price": "9.90", "Lineitem sku": "", "Lineitem discount": "0.00",
}  # fmt: skip
EBAY = (
    '"Sales Record Number","Order Number","Buyer Username","Buyer Name","Buyer Email","Ship To Country","Item Number",'
    '"Item Title","Custom Label","Quantity","Sold For","Shipping And Handling","Total Price","Sale Date","Paid On Date",'
    '"Shipped On Date","Shipping Service","Tracking Number","Variation Details"'
)


def translated(path: Path, form: Format) -> list[Outcome]:
    return list(form.translate(files.read(path, form.COLUMNS, form.OPTIONAL)))


def shopify(path: Path, *rows: dict[str, str]) -> list[Outcome]:
    lines = [",".join(f'"{row.get(name, "")}"' for name in SHOPIFY) for row in rows]
    path.write_text("\n".join([",".join(SHOPIFY), *lines]) + "\n")
    assert formats.recognised(files.names(path)) == ("shopify_orders",)
    return translated(path, shopify_orders)


def test_shopifys_rows_of_an_order_are_one_order(tmp_path: Path):
    (found,) = shopify(tmp_path / "orders.csv", FIRST, SECOND)

    (event,) = found.events
    facts = {type(fact): fact for fact in event.facts}
    placed = datetime(2025, 10, 7, 7, 50, 26, tzinfo=UTC)
    assert (found.subject, event.type) == ("order:7410991464714", EventType.ORDER_PLACED)
    assert found.buyer == "email:sample.buyer@example.com"
    assert facts[OrderFact] == OrderFact(
        "7410991464714", number="#1001", placed_at=placed, paid_at=placed.replace(second=28), currency="EUR",
        total=Money(11950, "EUR"), shipping=Money(490, "EUR"), tax=Money(0, "EUR"), discount=Money(0, "EUR"), country="FR",
        payment="partially_refunded", channel="web",
    )  # fmt: skip
    assert facts[RefundFact] == RefundFact("~refund:7410991464714", amount=Money(1000, "EUR"), confirmed=True)
    assert facts[ShipmentFact].dispatched_at == datetime(2025, 10, 8, 12, 21, 21, tzinfo=UTC)
    lines = {fact.id: fact for fact in event.facts if isinstance(fact, LineFact)}
    assert {id_: (line.quantity, line.unit_price) for id_, line in lines.items()} == {
        "~MASK-1": (3, Decimal("34.9")), "~Cream": (1, Decimal("9.9")),
    }  # fmt: skip
    assert "75008" not in repr(found) and "Sample" not in repr(event)


def test_shopifys_orders_lie_beside_each_other_and_faults_are_told(tmp_path: Path):
    other = {**FIRST, "Name": "#1002", "Id": "7410991464715"}
    bad = {**FIRST, "Name": "#1003", "Id": "7410991464716", "Created at": "yesterday"}

    found = shopify(tmp_path / "orders.csv", FIRST, SECOND, other, bad)

    assert [one.subject for one in found if isinstance(one, Translated)] == ["order:7410991464714", "order:7410991464715"]
    assert [(one.line, one.column) for one in found if isinstance(one, Refused)] == [(5, "Created at")]


def test_lines_of_the_export_give_way_to_those_of_webhooks(tmp_path: Path):
    """The same order from both: its lines and refunds are there once, with the platform's own ids."""
    (exported,) = shopify(tmp_path / "orders.csv", FIRST, SECOND)
    event = exported.events[0]
    own = [
        LineFact("5001", sku="MASK-1", quantity=3, unit_price=Decimal("34.9"), kind=LineKind.SALE),
        RefundFact("901", amount=Money(1000, "EUR"), confirmed=True),
    ]
    pushed = [type(event)(EventType.ORDER_CHANGED, event.time.replace(year=2026), (fact,)) for fact in own]
    deliveries = [
        Delivery(str(n), "shopify/x", exported.subject, (one,), event.time) for n, one in enumerate([event, *pushed])
    ]  # fmt: skip

    alone, both = fold("shopify/x", exported.subject, deliveries[:1]), fold("shopify/x", exported.subject, deliveries)

    assert sorted(alone.of("line")) == ["~Cream", "~MASK-1"] and list(alone.of("refund")) == ["~refund:7410991464714"]
    assert list(both.of("line")) == ["5001"] and list(both.of("refund")) == ["901"]
    assert fold("shopify/x", exported.subject, deliveries[::-1]) == both


def test_ebays_report_with_what_stands_around_its_rows(tmp_path: Path):
    path = tmp_path / "orders.csv"
    head = '"12","01-11111-22222","b","Sample Buyer","x@example.com","United States"'
    rows = [
        "," * 18, EBAY, ",".join(['""'] * 19),
        f'{head},"","","","3","$40.00","$5.00","$45.00","Sep-27-26","Sep-28-26","Sep-29-26","USPS","9400",""',
        f'{head},"407","Cup","CUP-1","1","$20.00","","","Sep-27-26","","","","",""',
        f'{head},"408","Dish","","2","$10.00","","","Sep-27-26","","","","","[Size:M]"',
        "1,record(s) downloaded,from,Sep-01-26", "Seller ID : sample",
    ]  # fmt: skip
    path.write_text("\n".join(rows) + "\n")
    assert formats.recognised(files.names(path)) == ("ebay_orders",)

    found = translated(path, ebay_orders)

    (one,) = [one for one in found if isinstance(one, Translated)]
    order, *others = one.events[0].facts
    assert (order.id, order.number, order.placed_at) == ("01-11111-22222", "12", datetime(2026, 9, 27, 7, tzinfo=UTC))
    assert (order.total, order.shipping, order.country) == (Money(4500, "USD"), Money(500, "USD"), "US")
    assert {fact.id: (fact.quantity, fact.unit_price) for fact in others if isinstance(fact, LineFact)} == {
        "~CUP-1": (1, Decimal(20)), "~408": (2, Decimal(10)),
    }  # fmt: skip
    assert [fact.tracking for fact in others if isinstance(fact, ShipmentFact)] == ["9400"]
    assert [one.line for one in found if isinstance(one, Skipped)] == [3]
    unread = [row.line for batch in files.read(path, ebay_orders.COLUMNS, ebay_orders.OPTIONAL) for row in batch.unread]
    assert unread == [7, 8]
    assert "Sample" not in repr(one.events)


@pytest.mark.parametrize("sold", ["£5.00", "AU $5.00", "EUR 5.00"])
def test_ebays_other_currencies_are_told_by_their_signs(tmp_path: Path, sold: str):
    row = f'"12","01-1","b","","","Australia","407","Cup","CUP-1","1","{sold}","","","27-Sep-26","","","","",""'
    (tmp_path / "orders.csv").write_text(f"{EBAY}\n{row}\n")

    (found,) = translated(tmp_path / "orders.csv", ebay_orders)

    assert found.events[0].facts[0].currency == {"£": "GBP", "A": "AUD", "E": "EUR"}[sold[0]]
    assert log.load_events(log.dump_events(found.events)) == found.events


@pytest.mark.parametrize("name", formats.names())
def test_every_format_of_the_folder_keeps_the_contract_and_is_told_by_its_own_header(name: str):
    form = formats.get(name)

    assert form.TITLE and isinstance(form.COLUMNS, tuple) and isinstance(form.OPTIONAL, tuple)
    assert len(form.COLUMNS) != 1 and not set(form.COLUMNS) & set(form.OPTIONAL)
    assert name in formats.recognised([*form.COLUMNS, *form.OPTIONAL])


def test_headers_of_no_format_and_of_json_lines(tmp_path: Path):
    assert formats.recognised(["a", "b"]) == ()
    assert formats.recognised([]) == ("standard",)
    assert formats.recognised([*online_retail.COLUMNS, "Sheet", "more"]) == ("online_retail",)
    (tmp_path / "h.jsonl").write_text('\ufeff {"id": 1}\n')
    assert files.names(tmp_path / "h.jsonl") == ()


def test_of_two_formats_the_one_that_asks_for_more_is_meant(monkeypatch: pytest.MonkeyPatch):
    asked = {"small": ("a", "b"), "large": ("a", "b", "c"), "other": ("a", "d")}
    monkeypatch.setattr(formats, "names", lambda: tuple(asked))
    monkeypatch.setattr(formats, "get", lambda name: type("F", (), {"COLUMNS": asked[name]}))

    assert formats.recognised("abc") == ("large",)
    assert formats.recognised("ab") == ("small",)
    assert formats.recognised("abd") == ("small", "other")
