"""The retailer's lines: what each becomes, what is refused and why, and how lines make documents."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from itertools import permutations
from pathlib import Path

import pyarrow as pa
import pytest
from pyarrow import csv, parquet

from chalicelib.formats import online_retail
from chalicelib.formats._invoices import APART, TWICE
from chalicelib.formats.online_retail import OVERLAP
from chalicelib.model import log, state
from chalicelib.model.event import Delivery, Translated
from chalicelib.model.facts import LineFact, OrderFact, RefundFact, ReturnFact, ReturnLineFact
from chalicelib.model.money import Money
from chalicelib.model.words import EventType, GoodsAxis, LineKind, MoneyAxis, RequestAxis
from chalicelib.rules.fold import fold
from tests.formats.retail import HEADER, SOLD, each_row_once, of, outcome, write

AT = datetime(2009, 12, 1, 7, 45, tzinfo=UTC)


def delivery(found: Translated) -> Delivery:
    return Delivery(found.id, "online_retail/shop", found.subject, found.events, AT)


def row(**changes: str) -> str:
    """SOLD with other values in some columns."""
    values = dict(zip(HEADER.split(","), SOLD.split(","), strict=True))
    return ",".join({**values, **changes}.values())


@pytest.mark.parametrize(
    "changes, kind, type_, subject",
    [
        ({}, LineKind.SALE, EventType.ORDER_PLACED, "order:489434"),
        ({"StockCode": "79323p "}, LineKind.SALE, EventType.ORDER_PLACED, "order:489434"),
        ({"StockCode": "DCGS0058"}, LineKind.SALE, EventType.ORDER_PLACED, "order:489434"),
        ({"StockCode": "POST"}, LineKind.SERVICE, EventType.ORDER_PLACED, "order:489434"),
        ({"StockCode": "gift_0001_20"}, LineKind.SERVICE, EventType.ORDER_PLACED, "order:489434"),
        ({"Price": "0"}, LineKind.FREE, EventType.ORDER_PLACED, "order:489434"),
        ({"Quantity": "-3", "Price": "0"}, LineKind.WRITE_OFF, EventType.STOCK_ADJUSTED, "stock:489434"),
        ({"Invoice": "A506401", "Price": "-53594.36"}, LineKind.BAD_DEBT, EventType.LEDGER_ADJUSTED, "ledger:A506401"),
        ({"Invoice": "C489434", "Quantity": "-12"}, LineKind.RETURN, EventType.RETURN_RECEIVED, "return:C489434"),
        ({"Invoice": "c489434", "Quantity": "-12"}, LineKind.RETURN, EventType.RETURN_RECEIVED, "return:C489434"),
        ({"Invoice": "C489434", "StockCode": "M"}, LineKind.SERVICE, EventType.RETURN_RECEIVED, "return:C489434"),
        ({"Invoice": "C489434", "Quantity": "-12", "Price": "0"}, LineKind.FREE, EventType.RETURN_RECEIVED, "return:C489434"),
    ],
)
def test_each_class_of_line(tmp_path: Path, changes: dict[str, str], kind: LineKind, type_: EventType, subject: str):
    (found,) = of(tmp_path, row(**changes)).documents

    (event,) = found.events
    (line,) = [fact for fact in event.facts if isinstance(fact, (LineFact, ReturnLineFact))]
    assert (found.subject, event.type, line.kind) == (subject, type_, kind)


def test_an_order_as_it_is_stored(tmp_path: Path):
    second = row(StockCode="post", Description="", Quantity="1", InvoiceDate="2009-12-01 07:48:00", Price="18.00")

    (found,) = of(tmp_path, row(Description='" GLASS, 7"" "'), second).documents

    (event,) = found.events
    order = OrderFact("489434", number="489434", placed_at=AT, currency="GBP", country="GB")
    ball = LineFact("1", sku="85048", title='GLASS, 7"', quantity=12, unit_price=Decimal("6.95"), kind=LineKind.SALE)
    post = LineFact(
        "2", sku="POST", quantity=1, unit_price=Decimal("18"), kind=LineKind.SERVICE, booked_at=AT.replace(minute=48)
    )
    assert (event.time, event.rank, event.native) == (AT, 2, {"document": "489434"})
    assert event.facts == (order, ball, post)
    assert found.buyer == "online_retail:customer:13085"


def test_a_cancellation_is_goods_and_money_that_have_moved(tmp_path: Path):
    (found,) = of(
        tmp_path,
        row(Invoice="C489449", Quantity="-12", Country="Channel Islands"),
        row(Invoice="C489449", StockCode="M", Quantity="1", Price="0.40", Country="Channel Islands"),
    ).documents

    return_, first, second, refund = found.events[0].facts
    assert isinstance(return_, ReturnFact) and isinstance(first, ReturnLineFact) and isinstance(second, ReturnLineFact)
    assert (return_.request, return_.goods, return_.money) == (RequestAxis.APPROVED, GoodsAxis.RECEIVED, MoneyAxis.DONE)
    assert (return_.country, return_.requested_at, return_.closed_at) == ("Channel Islands", AT, AT)
    assert (first.id, first.return_id, first.quantity, first.received_quantity) == ("C489449-1", "C489449", 12, 12)
    assert second.quantity == -1
    assert refund == RefundFact("C489449", None, "C489449", Money(8300, "GBP"), True, AT)


def test_customers_may_be_missing_or_written_as_decimals(tmp_path: Path):
    buyers = [of(tmp_path, row(**{"Customer ID": value})).documents[0].buyer for value in ("", " ", "13085", "13085.0")]

    assert buyers == [None, None, "online_retail:customer:13085", "online_retail:customer:13085"]


@pytest.mark.parametrize(
    "column, value, cause",
    [
        ("Invoice", "48943", "six digits"),
        ("Invoice", "B489434", "six digits"),
        ("Invoice", "", "is empty"),
        ("StockCode", " ", "is empty"),
        ("StockCode", "8" * 1001, "at most 1000"),
        ("Description", "x" * 1001, "at most 1000"),
        ("Quantity", "1.5", "whole number"),
        ("Quantity", "", "whole number"),
        ("Quantity", "9" * 30, "too large"),
        ("Quantity", "9" * 5000, "whole number"),
        ("Price", "free", "decimal number"),
        ("Price", "NaN", "finite"),
        ("Price", "1e15", "beyond any product"),
        ("InvoiceDate", "01.12.2009 07:45", "expected a time"),
        ("InvoiceDate", "2009-13-01", "expected a time"),
        ("InvoiceDate", "0001-01-01T00:00:00+14:00", "expected a time"),
        ("InvoiceDate", "1899-12-31 00:00:00", "outside 2005 to 2040"),
        ("Country", "", "is empty"),
    ],
)
def test_refusals_name_line_column_value_and_cause(tmp_path: Path, column: str, value: str, cause: str):
    found = of(tmp_path, SOLD, row(**{column: value}), SOLD)

    assert found.causes() == [(3, column, value[:100])]
    assert cause in found.refused[0].cause
    assert found.taken == 2


def test_of_several_faults_one_is_told(tmp_path: Path):
    assert of(tmp_path, row(Country="", Quantity="x", Invoice="y")).causes() == [(2, "Invoice", "y")]


def test_a_credit_note_beyond_any_money_is_refused_line_by_line(tmp_path: Path):
    huge = row(Invoice="C489434", Quantity=str(2**53), Price="999999999999")

    found = of(tmp_path, huge, SOLD, huge)

    assert [(one.line, one.column, "beyond any order" in one.cause) for one in found.refused] == [
        (2, "Price", True),
        (4, "Price", True),
    ]
    assert found.taken == 1


def test_a_time_with_an_offset_is_turned_to_utc(tmp_path: Path):
    (found,) = of(tmp_path, row(InvoiceDate="2009-12-01T08:45:00+01:00")).documents

    assert found.events[0].time == AT


def test_the_overlap_of_the_sheets_is_skipped_in_the_first_alone(tmp_path: Path):
    rows = [
        f"{row(InvoiceDate=time)},{sheet}"
        for time in ("2010-11-30 23:59:00", "2010-12-01 00:00:00")
        for sheet in ("Year 2009-2010", "Year 2010-2011")
    ]

    found = of(tmp_path, *rows, header=f"{HEADER},Sheet")

    assert [(one.line, one.rule) for one in found.skipped] == [(4, OVERLAP)]
    assert found.taken == 3


def test_empty_rows_are_skipped(tmp_path: Path):
    found = of(tmp_path, SOLD, "", ",,,,,,,", SOLD, "")

    assert ([one.line for one in found.skipped], found.taken, found.refused) == ([3, 4, 6], 2, [])


# Documents


def test_interleaved_invoices_stay_apart_and_keep_their_order(tmp_path: Path):
    rows = [row(Invoice=str(489434 + n % 3), StockCode=str(10_000 + n), InvoiceDate=f"2009-12-01 07:4{n}:00") for n in range(9)]

    found = of(tmp_path, *rows).documents

    skus = {one.subject: [fact.sku for fact in one.events[0].facts[1:]] for one in found}
    assert skus == {f"order:{489434 + n}": [str(10_000 + n + add) for add in (0, 3, 6)] for n in range(3)}


def test_documents_come_while_the_file_is_being_read(tmp_path: Path):
    day = [row(Invoice=str(489434 + n), InvoiceDate=f"2009-12-{1 + n // 24:02} {n % 24:02}:00:00") for n in range(100)]
    invoices = online_retail.Invoices()

    rows = [online_retail._line(2, *values[1:]) for values in _read(tmp_path, day)]
    most = 0
    for line in rows:
        invoices.take(line)
        most = max(most, len(invoices.waiting))
    assert most == 2
    assert len([*invoices.close()]) == len(invoices.waiting) + 2


def _read(folder: Path, rows: list[str]):
    from chalicelib.effects import files

    for batch in files.read(write(folder / "h.csv", rows), online_retail.COLUMNS):
        yield from online_retail.columns().read(batch).tuples()


def test_a_longer_version_of_an_invoice_supersedes_in_any_order(tmp_path: Path):
    lines = [row(StockCode=str(10_000 + n), Description=f"ITEM {n}", Price=f"{n}.50") for n in range(1, 5)]
    versions = [of(tmp_path, *lines[:count]).documents[0] for count in (1, 3, 4)]
    alone = state.dump(fold("online_retail/shop", "order:489434", [delivery(versions[-1])]))

    assert len({one.id for one in versions}) == 3
    for some in permutations([delivery(one) for one in versions]):
        assert state.dump(fold("online_retail/shop", "order:489434", some)) == alone


def test_ids_come_from_the_content_alone(tmp_path: Path):
    first, again = (of(tmp_path, SOLD, row(StockCode="22041")).documents[0] for _ in range(2))
    others = [of(tmp_path, row(**{name: value})).documents[0].id for name, value in (("Price", "6.96"), ("Quantity", "13"))]

    assert first == again
    assert first.id.startswith("489434:2:")
    assert len({*others, of(tmp_path, SOLD).documents[0].id}) == 3


@pytest.mark.parametrize(
    "same",
    [
        ("Price", "6.950"),
        ("Price", " 6.95 "),
        ("StockCode", "85048 "),
        ("Customer ID", "13085.0"),
        ("InvoiceDate", "2009-12-01T07:45"),
    ],
)
def test_another_spelling_of_the_same_is_the_same_event(tmp_path: Path, same: tuple[str, str]):
    assert of(tmp_path, row(**dict([same]))).documents == of(tmp_path, SOLD).documents


def test_a_sheet_that_stands_twice_in_a_file_is_one_history(tmp_path: Path):
    sheet = [
        row(Invoice=str(489434 + n), InvoiceDate=f"2009-12-01 {n + 7:02}:00:00", StockCode=code)
        for n in range(5)
        for code in ("10001", "10002")
    ]
    turned = [*sheet[:2], *reversed(sheet[2:4]), *sheet[4:]]

    once, twice = of(tmp_path, *sheet), of(tmp_path, *sheet, *turned)

    assert {one.id for one in twice.documents} == {one.id for one in once.documents}
    assert [(one.line, one.rule) for one in twice.skipped] == [(14, TWICE), (15, TWICE)]
    assert twice.refused == []


def test_a_file_that_is_not_in_the_order_of_time_is_refused_not_misread(tmp_path: Path):
    parts = [row(StockCode="10001"), row(Invoice="489435", InvoiceDate="2009-12-02 10:00:00"), row(StockCode="10002")]

    found = of(tmp_path, *parts)

    assert [(one.line, one.cause) for one in found.refused] == [(4, APART)]
    assert each_row_once(found)


def test_a_later_and_longer_version_in_the_same_file_is_taken(tmp_path: Path):
    later = row(Invoice="489435", InvoiceDate="2009-12-02 10:00:00")

    found = of(tmp_path, SOLD, later, SOLD, row(StockCode="10002"))

    assert [(one.subject, one.events[0].rank) for one in found.documents] == [
        ("order:489434", 1),
        ("order:489435", 1),
        ("order:489434", 2),
    ]


# The same rows in other kinds of file

ROWS = (
    SOLD,
    row(StockCode="POST", Description="", Price="18", InvoiceDate="2009-12-01 07:46:00"),
    row(Invoice="C489449", Quantity="-1", Price="0.001", InvoiceDate="2009-12-01 10:33:00", **{"Customer ID": ""}),
    row(Invoice="489463", Quantity="-240", Price="0", Description="wet pallet", InvoiceDate="2009-12-01 10:52:00"),
)


def test_csv_tsv_semicolons_and_parquet_give_the_same_documents(tmp_path: Path):
    texts = [write(tmp_path / "h.csv", ROWS), write(tmp_path / "bom.csv", ROWS, "\ufeff" + HEADER, "\r\n")]
    texts += [
        write(tmp_path / f"{n}.txt", [line.replace(",", mark) for line in ROWS], HEADER.replace(",", mark))
        for n, mark in enumerate("\t;")
    ]
    for name, types in {"guessed": {}, "text": dict.fromkeys(online_retail.COLUMNS, pa.string())}.items():
        table = csv.read_csv(texts[0], convert_options=csv.ConvertOptions(column_types=types, strings_can_be_null=True))
        parquet.write_table(table, tmp_path / f"{name}.parquet")

    found = [outcome(path) for path in [*texts, tmp_path / "guessed.parquet", tmp_path / "text.parquet"]]

    assert [len(one.documents) for one in found] == [3] * 6
    assert all(one.documents == found[0].documents for one in found)


def test_parquet_of_other_types(tmp_path: Path):
    values = {
        "Invoice": pa.array(["489434"] * 3 + [None]).dictionary_encode(),
        "StockCode": pa.array(["85048"] * 4, pa.large_string()),
        "Description": pa.array([b"GLASS BALL LIGHTS"] * 4),
        "Quantity": pa.array([12] * 4, pa.int16()),
        "InvoiceDate": pa.array([replace_zone(AT)] * 4, pa.timestamp("ns", "Europe/London")),
        "Price": pa.array([Decimal("6.950")] * 4),
        "Customer ID": pa.array([13085.0, 13085.0, None, None]),
        "Country": pa.array(["United Kingdom"] * 4),
    }
    parquet.write_table(pa.table(values), tmp_path / "h.parquet")

    found = outcome(tmp_path / "h.parquet")

    assert found.causes() == [(5, "Invoice", "")]
    assert found.documents[0].events[0].facts == of(tmp_path, SOLD, SOLD, SOLD).documents[0].events[0].facts
    assert found.documents[0].buyer == "online_retail:customer:13085"


def replace_zone(time: datetime) -> datetime:
    from zoneinfo import ZoneInfo

    return time.astimezone(ZoneInfo("Europe/London"))


def test_documents_are_what_the_log_gives_back(tmp_path: Path):
    for found in of(tmp_path, *ROWS).documents:
        events = tuple(replace(event, buyer="hash") for event in found.events)
        assert log.load_events(log.unpack(log.pack(log.dump_events(events)))) == events
