"""Amazon's report files as history: the same rows, whichever way they come."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chalicelib import formats
from chalicelib.effects import tabbed
from chalicelib.formats import Noted, Refused, Skipped, amazon_fba_returns, amazon_mfn_returns, amazon_orders
from chalicelib.formats._bulk import BulkColumns
from chalicelib.formats._columns import Columns, Rows
from chalicelib.model import log, state
from chalicelib.model.call import Read
from chalicelib.model.event import Delivery, Translated
from chalicelib.model.facts import LineFact, OrderFact, ReturnLineFact
from chalicelib.model.money import Money
from chalicelib.model.words import EventType, Origin
from chalicelib.platforms._amazon_reports import FBA
from chalicelib.rules import fold
from chalicelib.steps import import_
from infra.marketplaces.world import World
from tests.platforms.calls import Asked

SHOP = "amazon/sample-shop"
AT = datetime(2026, 6, 1, tzinfo=UTC)
FILES = World.of("amazon").kinds["files"]
RETURNS = {"GET_FBA_FULFILLMENT_CUSTOMER_RETURNS_DATA": amazon_fba_returns,
           "GET_FLAT_FILE_RETURNS_DATA_BY_RETURN_DATE": amazon_mfn_returns}  # fmt: skip
FORMATS = (*RETURNS.values(), amazon_orders)
ORDERS = """
    amazon-order-id merchant-order-id purchase-date last-updated-date order-status fulfillment-channel sales-channel
    order-channel url ship-service-level product-name sku asin item-status quantity currency item-price item-tax shipping-price
    shipping-tax gift-wrap-price gift-wrap-tax item-promotion-discount ship-promotion-discount ship-city ship-state
    ship-postal-code ship-country promotion-ids is-business-order purchase-order-number price-designation
""".split()
ITEM = {
    "amazon-order-id": "902-1000001-0000001", "purchase-date": "2026-05-18T09:15:00+00:00",
    "last-updated-date": "2026-05-22T16:30:00+00:00", "order-status": "Shipped", "fulfillment-channel": "Merchant",
    "sales-channel": "Amazon.com", "product-name": 'Sample shirt, 7" collar', "sku": "SHIRT-M-BLUE", "asin": "B0SAMPLE01",
    "item-status": "Shipped", "quantity": "2", "currency": "USD", "item-price": "59.98", "item-promotion-discount": "5.00",
    "ship-city": "Sampleton", "ship-state": "NY", "ship-postal-code": "00001", "ship-country": "US",
}  # fmt: skip


def write(path: Path, header: str, lines: Iterable[str], coding: str = "utf-8") -> Path:
    path.write_bytes("".join(f"{line}\n" for line in (header, *lines)).encode(coding))
    return path


def outcomes(path: Path, form: Any, **how: Any) -> list[Any]:
    return list(form.translate(tabbed.read(path, form.COLUMNS, form.OPTIONAL, **how)))


def orders(tmp_path: Path, *items: dict[str, str]) -> list[Any]:
    lines = ["\t".join({**ITEM, **one}.get(name, "") for name in ORDERS) for one in items]
    return outcomes(write(tmp_path / "orders.txt", "\t".join(ORDERS), lines), amazon_orders)


def folded(*found: Translated) -> state.State:
    deliveries = [
        Delivery(one.id, SHOP, one.subject, log.load_events(log.dump_events(one.events)), AT, Origin.IMPORT) for one in found
    ]
    return fold.fold(SHOP, found[0].subject, deliveries)


@pytest.mark.parametrize("form", FORMATS, ids=lambda form: form.__name__)
def test_a_file_is_recognised_by_its_header(form: Any):
    kind = next((kind for kind, one in RETURNS.items() if one is form), None)
    header = FILES[kind]["header"].split("\t") if kind else ORDERS
    assert formats.recognised(header) == (form.__name__.rpartition(".")[2],)


@pytest.mark.parametrize("kind, report", [(kind, n) for n, kind in zip(("54517018501", "54517018502"), RETURNS, strict=True)])
def test_rows_of_a_file_are_those_of_the_fetched_report(tmp_path: Path, kind: str, report: str):
    """The same deliveries, so that a history which is imported and fetched is there once; only a report's own time differs."""
    held, form, asked = FILES[kind], RETURNS[kind], Asked("amazon")
    path = write(tmp_path / "report.txt", held["header"], [one["line"] for one in held["rows"]], held["encoding"])
    from_file = outcomes(path, form, reading=tabbed.Reading(encoding=held["encoding"]))
    waiting, fetched = [Read("report", {"id": report})], []
    while waiting:
        answer = asked.read(waiting.pop())
        fetched += [one.translated for one in answer.found]
        waiting += answer.then
    whole = [one for one in fetched if one.events[0].type is not EventType.UNKNOWN]
    taken = [one for one in from_file if isinstance(one, Translated)]
    assert [(one.id, one.subject, [event.facts for event in one.events]) for one in taken] == [
        (one.id, one.subject, [event.facts for event in one.events]) for one in whole
    ]
    assert len([one for one in from_file if isinstance(one, Refused)]) == len(fetched) - len(whole)


def test_a_reason_nobody_knows_is_noted_and_its_row_taken(tmp_path: Path):
    held = FILES[FBA.type]
    found = outcomes(write(tmp_path / "r.txt", held["header"], [one["line"] for one in held["rows"]]), amazon_fba_returns)
    assert [(one.line, one.value) for one in found if isinstance(one, Noted)] == [(6, "SOMETHING_NEW")]
    assert [(one.line, one.column, one.value) for one in found if isinstance(one, Refused)] == [(7, "quantity", "two")]
    assert sum(isinstance(one, Translated) for one in found) == 5


@pytest.mark.parametrize("form", RETURNS.values(), ids=lambda form: form.__name__)
def test_the_published_samples(form: Any):
    name = next(kind for kind, one in RETURNS.items() if one is form)
    path = Path(__file__).parents[2].parent / "shared" / "platforms" / "samples" / "amazon" / f"{name}.tsv"
    if not path.exists():
        pytest.skip("needs the samples beside the repository")
    (found,) = outcomes(path, form)
    (line,) = [fact for fact in found.events[0].facts if isinstance(fact, ReturnLineFact)]
    assert (line.quantity, line.reason_stated) in ((1, "compatibility"), (2, "size_too_small"))


RETURN = """<return_details>
 <item_details><item_name>Sample &amp; shirt</item_name><asin>B0SAMPLE01</asin>
  <return_reason_code>AMZ-PG-APP-TOO-SMALL</return_reason_code><merchant_sku>SHIRT-M-BLUE</merchant_sku>
  <return_quantity>1</return_quantity><resolution>StandardRefund</resolution><refund_amount>59.9</refund_amount></item_details>
 <order_id>902-1000001-0000001</order_id><order_date>2026-05-18T09:15:47Z</order_date><amazon_rma_id>%s</amazon_rma_id>
 <return_request_date>2026-05-23T12:44:17Z</return_request_date><return_request_status>Approved</return_request_status>
 <a_to_z_claim>false</a_to_z_claim><label_details><currency_code>EUR</currency_code><label_cost>0.0</label_cost></label_details>
</return_details>"""


def envelope(*returns: str) -> str:
    head = "<AmazonEnvelope><MessageType>Returns-Report</MessageType><Message>"
    return f'<?xml version="1.0"?>\n{head}{"".join(returns)}</Message></AmazonEnvelope>'


def xml(path: Path, text: str, **how: Any) -> list[Any]:
    path.write_text(text)
    return outcomes(path, amazon_mfn_returns, twin=amazon_mfn_returns.XML, **how)


def test_the_xml_twin_says_the_same_and_the_time_besides(tmp_path: Path):
    (found,) = xml(tmp_path / "r.xml", envelope(RETURN % "DsampleARRMA"))
    order, back, line = found.events[0].facts
    assert (order.placed_at, back.id) == (datetime(2026, 5, 18, 9, 15, 47, tzinfo=UTC), "DsampleARRMA")
    assert (back.requested_at, back.currency) == (datetime(2026, 5, 23, 12, 44, 17, tzinfo=UTC), "EUR")
    assert (line.id, line.quantity, line.reason_stated) == ("DsampleARRMA-SHIRT-M-BLUE", 1, "size_too_small")


def test_an_item_that_stands_twice_in_a_return_is_one_line(tmp_path: Path):
    """So does the published one, of an order of one."""
    item = RETURN.partition("</item_details>")[0].partition("<item_details>")[2]
    twice = (RETURN % "D1").replace("<order_id>", f"<item_details>{item}</item_details><order_id>")
    found = xml(tmp_path / "r.xml", envelope(twice))
    assert len(found) == 2 and folded(*found).of("return_line")["D1-SHIRT-M-BLUE"].quantity == 1


def test_an_import_reads_the_xml_twin(tmp_path: Path):
    kept: list[Any] = []
    path = tmp_path / "r.xml"
    path.write_text(envelope(RETURN % "D1", RETURN % "D2"))
    store, keys = SimpleNamespace(add=lambda some: kept.extend(some) or len(some)), SimpleNamespace(hashed=lambda text: text)
    assert import_.import_file(path, amazon_mfn_returns, SHOP, store, keys, AT).documents == len(kept) == 2


def test_an_import_reads_a_report_as_one(tmp_path: Path):
    held, kept = FILES[FBA.type], []
    lines = [one["line"] for one in held["rows"]]
    path = write(tmp_path / "report.txt", held["header"], [*lines, lines[0]])
    store = SimpleNamespace(add=lambda some: kept.extend(some) or len(some))
    keys = SimpleNamespace(hashed=lambda text: text, seal=lambda key, raw, about: b"sealed")
    summary = import_.import_file(path, amazon_fba_returns, SHOP, store, keys, AT)
    assert (summary.rows, summary.documents, summary.refused) == (7, 6, 1)
    assert kept[0].id == kept[-1].id
    assert b"does not fit my table" not in b"".join(log.dump_events(one.events) for one in kept)
    assert [one.sealed for one in kept] == [b"sealed", None, None, None, None, b"sealed"]


# All orders


def test_rows_of_one_order_are_one_delivery_and_of_one_sku_one_line(tmp_path: Path):
    found = orders(tmp_path, {}, {"quantity": "1", "item-price": "29.99", "item-promotion-discount": ""},
                   {"sku": "SCARF-RED", "asin": "B0SAMPLE02", "quantity": "1", "item-price": "19.5"},
                   {"amazon-order-id": "902-1000009-0000009"})  # fmt: skip
    first, second = found
    order, *lines = first.events[0].facts
    assert isinstance(order, OrderFact) and (order.currency, order.country, order.province) == ("USD", "US", "NY")
    assert order.placed_at == datetime(2026, 5, 18, 9, 15, tzinfo=UTC) and order.total is None
    assert [(one.id, one.quantity) for one in lines] == [("SHIRT-M-BLUE", 3), ("SCARF-RED", 1)]
    assert [str(one.unit_price) for one in lines] == ["29.99", "19.5"]
    assert lines[0].discount == Money(500, "USD") and lines[0].title == 'Sample shirt, 7" collar'
    assert (first.events[0].type, second.subject) == (EventType.SHIPMENT_DISPATCHED, "order:902-1000009-0000009")
    assert b"Sampleton" not in log.dump_events(first.events)


def test_a_cancelled_order_keeps_its_lines_and_a_cancelled_item_is_not_sold(tmp_path: Path):
    cancelled = {"order-status": "Cancelled", "item-status": "Cancelled", "quantity": "0", "item-price": "", "currency": ""}
    (found,) = orders(tmp_path, cancelled)
    order, line = found.events[0].facts
    assert found.events[0].type is EventType.ORDER_CANCELLED and order.cancelled_at is not None
    assert (line.quantity, line.unit_price) == (0, None)
    (found,) = orders(tmp_path, {}, {"sku": "SCARF-RED", "item-status": "Cancelled"})
    assert [fact.quantity for fact in found.events[0].facts if isinstance(fact, LineFact)] == [2, 0]


@pytest.mark.parametrize("status, type_", [
    ("Pending", EventType.ORDER_PLACED), ("Unshipped", EventType.ORDER_PAID), ("Shipped", EventType.SHIPMENT_DISPATCHED),
    ("Shipped - Delivered to Buyer", EventType.SHIPMENT_DISPATCHED), ("Unfulfillable", EventType.ORDER_CHANGED),
])  # fmt: skip
def test_each_status_of_an_order(tmp_path: Path, status: str, type_: EventType):
    assert orders(tmp_path, {"order-status": status})[0].events[0].type is type_


def test_an_order_of_a_file_is_the_one_that_is_read(tmp_path: Path):
    """Lines are the same, and where both speak at one time the order that was read stands."""
    read = Asked("amazon").read(Read("order", {"id": "902-1000001-0000001"})).found[0].translated
    (filed,) = orders(tmp_path, {"item-price": "60.00"}, {"quantity": "1", "item-price": "29.99"},
                      {"sku": "SCARF-RED", "asin": "B0SAMPLE02", "quantity": "1", "item-price": "19.5"})  # fmt: skip
    for some in ((filed, read), (read, filed)):
        found = folded(*some)
        assert found.of("line").keys() == {"SHIRT-M-BLUE", "SCARF-RED"}
        assert str(found.of("line")["SHIRT-M-BLUE"].unit_price) == "29.99"
    parts = orders(tmp_path, {"item-price": "60.00"}, {"amazon-order-id": "902-1000009-0000009"}, {"quantity": "1"})
    assert [one.subject for one in parts] == [filed.subject, "order:902-1000009-0000009", filed.subject]
    assert folded(filed, parts[0], parts[2]).of("line")["SHIRT-M-BLUE"].quantity == 3


@pytest.mark.parametrize("changes, column", [
    ({"amazon-order-id": ""}, "amazon-order-id"), ({"purchase-date": "yesterday"}, "purchase-date"),
    ({"quantity": "x"}, "quantity"), ({"item-price": "x"}, "item-price"), ({"currency": "dollars"}, "currency"),
    ({"sku": "", "asin": ""}, "sku"),
    ({"item-price": "99999999999999", "quantity": "1"}, "item-price"),
])  # fmt: skip
def test_rows_of_orders_that_cannot_be_read(tmp_path: Path, changes: dict[str, str], column: str):
    (found,) = orders(tmp_path, changes)
    assert isinstance(found, Refused) and (found.line, found.column) == (2, column)


# Columns as a whole


def batch(rows: list[dict[str, str]]) -> Any:
    """Rows as the reading gives them."""
    names = (*FBA.needed, *FBA.others)
    columns = {name: pa.array([row.get(name, "").encode() for row in rows]).dictionary_encode() for name in names}
    return SimpleNamespace(lines=range(2, len(rows) + 2), columns=columns)


def unit(n: int) -> dict[str, str]:
    return {
        "order-id": f"902-1000003-{n:07}", "license-plate-number": f"LPN{n}",
        "return-date": f"2026-05-{n % 28 + 1:02}T10:00:{n % 60:02}+02:00", "sku": "A", "quantity": "1", "reason": "DEFECTIVE",
        "detailed-disposition": "SELLABLE",
    }  # fmt: skip


def flat(pieces: Iterable[Rows]) -> dict[str, Any]:
    """What became of each row, whatever pieces they came in."""
    found: dict[str, Any] = {"rows": {}, "refused": {}, "skipped": {}}
    for piece in pieces:
        found["rows"] |= {number: values for number, *values in piece.tuples()}
        found["refused"] |= {one.line: one for one in piece.refused}
        found["skipped"] |= {one.line: one for one in piece.skipped}
    return found


ODD = st.sampled_from([
    "", " ", "not an id!", "x" * 201, "2026-02-30T00:00:00Z", "2024-02-29T00:00:00Z", "2026-05-31T23:59:59-11:30",
    "2005-01-01T00:00:00+00:00", "10-Jul-2025", "ü", " 902-1000003-0000001 ", "2026-04-31T00:00:00Z",
])  # fmt: skip
CELLS = st.dictionaries(st.sampled_from([*FBA.readers]), ODD, min_size=1, max_size=9)


@settings(max_examples=40, deadline=None)
@given(st.dictionaries(st.integers(0, 999), CELLS, max_size=12))
def test_checking_columns_as_a_whole_changes_nothing(changes: dict[int, dict[str, str]]):
    rows = [unit(n) | changes.get(n, {}) for n in range(1000)]
    bulk = flat(BulkColumns(FBA.readers, FBA.shapes).read(batch(rows)))
    assert bulk == flat([Columns(FBA.readers).read(batch(rows))])


def test_rows_with_something_only_in_the_columns_checked_as_a_whole_are_refused_not_skipped():
    rows = [unit(n) for n in range(1000)]
    rows[7] = {name: value for name, value in rows[7].items() if name in FBA.shapes}
    rows[8] = {}
    found = flat(BulkColumns(FBA.readers, FBA.shapes).read(batch(rows)))
    assert {line: one.column for line, one in found["refused"].items()} == {9: "quantity"}
    assert found["skipped"] == {10: Skipped(10, "empty row")} and len(found["rows"]) == 998


def test_what_fits_a_pattern_can_be_read_without_another_look():
    """Times at the ends of what the pattern takes."""
    pattern, read = FBA.shapes["return-date"]
    for text in ("2006-01-01T00:00:00+13:59", "2039-12-31T23:59:59-13:59", "2026-02-28T00:00:00Z", "2026-11-30T12:00:00+05:30"):
        assert re.fullmatch(pattern, text) and read(text) == FBA.readers["return-date"](text)
    for text in (
        "2026-02-29T00:00:00Z", "2026-02-30T00:00:00Z", "2026-04-31T00:00:00Z", "2005-06-01T00:00:00Z", "2026-13-01T00:00:00Z",
        "2026-01-01T24:00:00Z", "2026-01-01T00:00:60Z", "2026-01-01T00:00:00", "2026-01-01 00:00:00Z",
    ):  # fmt: skip
        assert not re.fullmatch(pattern, text)


@settings(max_examples=60, deadline=None)
@given(st.lists(st.dictionaries(st.sampled_from([*ITEM]), st.text(max_size=12), max_size=4), min_size=1, max_size=6))
def test_any_values_in_rows_of_orders_meet_one_fate_each(
    tmp_path_factory: pytest.TempPathFactory, changes: list[dict[str, str]]
):
    rows = [{name: " ".join(value.split()) for name, value in one.items()} for one in changes]
    cells = [[{**ITEM, **one}.get(name, "").encode("utf-8", "replace").decode() for name in ORDERS] for one in rows]
    lines = ["\t".join(row) for row in cells]
    path = write(tmp_path_factory.mktemp("orders") / "o.txt", "\t".join(ORDERS), lines)
    found = outcomes(path, amazon_orders)
    refused = [one for one in found if isinstance(one, Refused)]
    taken = [one for one in found if isinstance(one, Translated)]
    assert all(log.load_events(log.dump_events(one.events)) == one.events for one in taken)
    assert len({one.line for one in refused}) == len(refused) and (taken or len(refused) == len(rows))
