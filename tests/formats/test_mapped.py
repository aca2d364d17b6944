"""Mapped files: what a map may say, what its rows become, and that every row of any file meets one fate."""

from __future__ import annotations

import csv
import io
from collections import Counter
from copy import deepcopy
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.effects import files
from chalicelib.formats import Noted, Outcome, Refused, Skipped, _documents, mapped
from chalicelib.formats._documents import AGAIN, APART, OTHERWISE, TWICE
from chalicelib.formats._fields import FIELDS, KINDS
from chalicelib.formats.mapped import Mapped, made
from chalicelib.model import log
from chalicelib.model.errors import BadPayload
from chalicelib.model.event import Translated
from chalicelib.model.facts import LineFact, RefundFact, ReturnFact, ReturnLineFact, ReviewFact, ShipmentFact
from chalicelib.model.money import Money
from chalicelib.model.words import EventType, GoodsAxis, Reason, RequestAxis, ShipmentStatus

LINES: dict[str, Any] = {
    "kind": "order_lines",
    "zone": "Asia/Shanghai",
    "decimal": ".",
    "columns": {
        "订单号": "order_id", "SKU": "sku", "标题": "title", "数量": "quantity", "单价": "unit_price", "下单时间": "placed_at",
        "国家": "country", "邮箱": "buyer_email", "备注": "comment",
    },
    "defaults": {"currency": "CNY"},
}  # fmt: skip
RETURNS: dict[str, Any] = {
    "kind": "returns",
    "zone": "UTC",
    "columns": {
        "RMA": "return_id", "Order": "order_id", "SKU": "sku", "Qty": "quantity", "Reason": "reason", "Asked": "requested_at",
        "Back": "received_at", "Refund": "refund_amount", "Refunded": "refunded_at", "State": "status", "Found": "disposition",
    },
    "defaults": {"currency": "EUR"},
    "reasons": {"Passt nicht zum Sofa": "expectation_gap"},
    "statuses": {"zu": "withdrawn"},
    "dispositions": {"A-Ware": "sellable"},
}  # fmt: skip
ROW = ["7001", "S-1", "杯子", "2", "￥12.50", "2026年3月5日 14:03", "美国", "Sample.Buyer@example.com", "请快点"]


def outcomes(folder: Path, map_: dict[str, Any] | Mapped, *rows: list[str], coding: str = "utf-8") -> list[Outcome]:
    """What becomes of a file of these rows under the map's own columns."""
    form = map_ if isinstance(map_, Mapped) else made(map_)
    names = list(map_["columns"]) if isinstance(map_, dict) else list(form.COLUMNS)
    text = io.StringIO()
    csv.writer(text).writerows([names, *rows])
    (folder / "h.csv").write_bytes(text.getvalue().encode(coding))
    return list(form.translate(files.read(folder / "h.csv", form.COLUMNS, form.OPTIONAL)))


def documents(found: list[Outcome]) -> list[Translated]:
    return [one for one in found if isinstance(one, Translated)]


def facts(one: Translated, kind: type) -> list[Any]:
    return [fact for fact in one.events[0].facts if isinstance(fact, kind)]


def changed(map_: dict[str, Any], **parts: Any) -> dict[str, Any]:
    return {**deepcopy(map_), **parts}


def with_columns(map_: dict[str, Any], **columns: str) -> dict[str, Any]:
    return changed(map_, columns={**map_["columns"], **columns})


# Orders


def test_rows_become_one_order_with_its_lines(tmp_path: Path):
    second = [*ROW[:1], "S-2", "碟子", "1", "1,000", *ROW[5:]]

    (found,) = outcomes(tmp_path, LINES, ROW, second, coding="gb18030")

    (event,) = found.events
    order, *lines = event.facts
    assert (found.subject, found.buyer, event.type) == ("order:7001", "email:sample.buyer@example.com", EventType.ORDER_PLACED)
    assert event.time == order.placed_at == datetime(2026, 3, 5, 6, 3, tzinfo=UTC)
    assert (order.currency, order.country) == ("CNY", "US")
    assert {(line.id, line.quantity, line.unit_price) for line in lines} == {
        ("~S-1", 2, Decimal("12.5")), ("~S-2", 1, Decimal("1000")),
    }  # fmt: skip
    assert "请快点" not in repr(found) and "Sample" not in repr(event)
    assert log.load_events(log.dump_events(found.events)) == found.events


def test_the_same_rows_in_any_order_are_the_same_delivery_and_other_values_another(tmp_path: Path):
    second, third = [*ROW[:1], "S-2", *ROW[2:]], ["7002", *ROW[1:]]

    one, other = (outcomes(tmp_path, LINES, *rows) for rows in ([ROW, second, third], [third, second, ROW]))
    more = outcomes(tmp_path, LINES, ROW, [*second[:3], "9", *second[4:]])

    assert {found.id: found for found in one} == {found.id: found for found in other}
    assert not {found.id for found in more} & {found.id for found in one}


def test_ids_of_deliveries_are_not_made_of_addresses(tmp_path: Path):
    other = [*ROW[:7], "another.buyer@example.com", ROW[8]]

    (one,), (two,) = outcomes(tmp_path, LINES, ROW), outcomes(tmp_path, LINES, other)

    assert one.id == two.id and one.buyer != two.buyer


def test_rows_of_an_order_may_lie_among_others(tmp_path: Path):
    rows = [[f"{7000 + n % 50}", f"S-{n // 50}", *ROW[2:]] for n in range(150)]

    found = documents(outcomes(tmp_path, LINES, *rows))

    assert [len(facts(one, LineFact)) for one in found] == [3] * 50


def test_rows_that_lie_too_far_apart_are_refused_or_were_there_before(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(_documents, "OPEN", 2)
    others = [[f"{8000 + n}", *ROW[1:]] for n in range(5)]

    again = outcomes(tmp_path, LINES, ROW, *others, ROW)
    split = outcomes(tmp_path, LINES, ROW, *others, [*ROW[:1], "S-2", *ROW[2:]])
    known = outcomes(tmp_path, with_columns(LINES, 行="line_id"), [*ROW, "L1"], *[[*row, "L"] for row in others], [*ROW, "L2"])

    assert [one for one in again if not isinstance(one, Translated)] == [Skipped(8, TWICE)]
    assert [one for one in split if not isinstance(one, Translated)] == [Refused(8, "订单号", "7001", APART)]
    assert [fact.id for one in documents(known) if one.subject == "order:7001" for fact in facts(one, LineFact)] == ["L1", "L2"]


def test_a_number_that_is_no_orders_is_refused_before_it_fills_memory(tmp_path: Path):
    found = outcomes(tmp_path, LINES, *[["shop", f"S-{n}", *ROW[2:]] for n in range(_documents.MOST + 5)])

    refused = [one for one in found if isinstance(one, Refused)]
    assert len(refused) == len(found) == _documents.MOST + 5
    assert "is this column the document's own number?" in refused[0].cause


def test_lines_with_ids_of_their_own(tmp_path: Path):
    map_ = with_columns(LINES, 行="line_id")

    found = outcomes(tmp_path, map_, [*ROW, "L1"], [*ROW, "L2"], [*ROW, "L1"], [*ROW[:3], "9", *ROW[4:], "L2"])

    assert [fact.id for fact in facts(documents(found)[0], LineFact)] == ["L1", "L2"]
    assert [one for one in found if not isinstance(one, Translated)] == [Skipped(4, TWICE), Refused(5, "行", "L2", OTHERWISE)]


def test_equal_rows_without_ids_are_lines_of_their_own_and_said_to_be(tmp_path: Path):
    found = outcomes(tmp_path, LINES, ROW, ROW)

    assert [fact.id for fact in facts(documents(found)[0], LineFact)] == ["~S-1", "~S-1:2"]
    assert Noted(3, AGAIN, "") in found


def test_numbers_left_empty_below_the_first_row_are_filled_down(tmp_path: Path):
    rows = [ROW, ["", "S-2", *ROW[2:5], "", *ROW[6:]], ["7002", *ROW[1:]]]

    filled = documents(outcomes(tmp_path, changed(LINES, fill_down=["order_id", "placed_at"]), *rows))
    without = outcomes(tmp_path, LINES, *rows)

    assert [len(facts(one, LineFact)) for one in filled] == [2, 1]
    assert [(one.line, one.column) for one in without if isinstance(one, Refused)] == [(3, "订单号")]


def test_parcels_refunds_and_amounts_of_an_order(tmp_path: Path):
    parcel = {"单": "tracking", "发": "dispatched_at", "到": "delivered_at"}
    map_ = with_columns(LINES, 总="total", **parcel, 退="refund_amount", 行="line_total")
    map_["columns"].pop("单价")
    row = [*ROW[:4], *ROW[5:], "¥100.00", "SF1", "2026-03-06", "2026/3/8 10:00", "(12.00)", "25.00"]

    (found,) = outcomes(tmp_path, map_, row)

    (parcel,), (refund,), (line,) = (facts(found, kind) for kind in (ShipmentFact, RefundFact, LineFact))
    assert found.events[0].facts[0].total == Money(10000, "CNY")
    assert (parcel.id, parcel.status, parcel.tracking) == ("~parcel:SF1", ShipmentStatus.DELIVERED, "SF1")
    assert [(link.kind, link.id) for link in found.events[0].links] == [("tracking", "SF1")]
    assert (refund.id, refund.amount, refund.confirmed) == ("~refund:7001", Money(1200, "CNY"), True)
    assert line.unit_price == Decimal("12.5")


@pytest.mark.parametrize(
    ("place", "value", "column", "cause"),
    [
        (3, "x", "数量", "expected a number"),
        (3, "-1", "数量", "is negative"),
        (3, "", "数量", "is empty"),
        (4, "USD 5", None, None),
        (4, "5 abc", "单价", "expected a number"),
        (5, "昨天", "下单时间", "expected a time"),
        (5, "", "下单时间", "is empty"),
        (0, "", "订单号", "is empty"),
    ],
)
def test_faults_are_told_by_row_and_column(tmp_path: Path, place: int, value: str, column: str | None, cause: str):
    found = outcomes(tmp_path, LINES, [*ROW[:place], value, *ROW[place + 1 :]])

    if column is None:
        assert facts(documents(found)[0], LineFact)[0].unit_price == 5
    else:
        (refused,) = found
        assert (refused.line, refused.column) == (2, column)
        assert cause in refused.cause


def test_currencies_that_contradict_each_other_are_refused(tmp_path: Path):
    map_ = with_columns(LINES, 币="currency", 总="total")

    found = [outcomes(tmp_path, map_, [*ROW, *said])[0] for said in (("USD", "€5"), ("", "€5"), ("USD", "5"))]

    assert (found[0].column, found[0].cause) == ("币", "is USD, but an amount is in EUR")
    assert [one.events[0].facts[0].currency for one in found[1:]] == ["EUR", "USD"]
    missing = outcomes(tmp_path, changed(with_columns(LINES, 总="total"), defaults={}), [*ROW, "5"])
    assert "give defaults.currency" in missing[0].cause


def test_a_masked_address_names_nobody(tmp_path: Path):
    found = [outcomes(tmp_path, LINES, [*ROW[:7], email, ROW[8]])[0] for email in ("s***r@example.com", "none", "", "***")]

    assert [one.buyer for one in found] == [None] * 4


# Returns, refunds, reviews


def test_a_return_with_its_reason_status_and_refund(tmp_path: Path):
    row = ["R1", "7001", "S-1", "-2", "1. Zu klein", "2026-03-05", "2026-03-09", "12,00", "2026-03-10", "Refunded", "a-ware"]

    (found,) = outcomes(tmp_path, changed(RETURNS, decimal=","), row)

    (back,), (line,), (refund,) = (facts(found, kind) for kind in (ReturnFact, ReturnLineFact, RefundFact))
    assert (found.subject, found.events[0].type, found.events[0].time.day) == ("order:7001", EventType.RETURN_RECEIVED, 10)
    assert (back.id, back.native_status) == ("R1", "Refunded")
    assert (back.request, back.goods) == (RequestAxis.APPROVED, GoodsAxis.RECEIVED)
    assert (line.line_id, line.quantity, line.disposition) == ("~S-1", 2, "sellable")
    assert (line.native_reason, line.reason_stated) == ("1. Zu klein", Reason.SIZE_TOO_SMALL)
    assert (refund.amount, refund.confirmed, refund.return_id) == (Money(1200, "EUR"), True, "R1")


def test_labels_by_the_map_by_their_words_unknown_or_too_long_to_be_labels(tmp_path: Path):
    comment = "I ordered it for Sample Buyer and it did not fit at all, so please take it back"
    labels = ["passt nicht zum SOFA", "Too large", "Ganz seltsam", comment, ""]
    rows = [[f"R{n}", "", "S-1", "1", label, "2026-03-05", *[""] * 5] for n, label in enumerate(labels)]

    found = outcomes(tmp_path, RETURNS, *rows)

    lines = [facts(one, ReturnLineFact)[0] for one in documents(found)]
    assert [line.reason_stated for line in lines] == [Reason.EXPECTATION_GAP, Reason.SIZE_TOO_LARGE, None, None, None]
    assert [line.native_reason for line in lines] == ["passt nicht zum SOFA", "Too large", "Ganz seltsam", None, None]
    assert [one for one in found if isinstance(one, Noted)] == [
        Noted(4, mapped.UNKNOWN_REASON, "Ganz seltsam"), Noted(5, mapped.TOO_LONG, ""),
    ]  # fmt: skip
    assert comment not in repr(found) and documents(found)[0].subject == "return:R0"


def test_a_return_without_a_number_is_known_by_what_it_is(tmp_path: Path):
    row = ["", "7001", "S-1", "1", "late", "2026-03-05", *[""] * 5]

    (found,) = outcomes(tmp_path, RETURNS, row)

    assert facts(found, ReturnFact)[0].id == "~7001:S-1:20260305T000000"
    (refused,) = outcomes(tmp_path, RETURNS, ["", "", "", "1", "late", "2026-03-05", *[""] * 5])
    assert "nothing else tells" in refused.cause


@pytest.mark.parametrize(
    ("status", "asked", "type_"),
    [
        ("zu", RequestAxis.WITHDRAWN, EventType.RETURN_WITHDRAWN),
        ("已拒绝", RequestAxis.DECLINED, EventType.RETURN_DECLINED),
        ("退款关闭", RequestAxis.WITHDRAWN, EventType.RETURN_WITHDRAWN),
        ("something else", RequestAxis.REQUESTED, EventType.RETURN_REQUESTED),
    ],
)
def test_what_became_of_a_request(tmp_path: Path, status: str, asked: RequestAxis, type_: EventType):
    row = ["R1", "7001", "S-1", "1", "late", "2026-03-05", "", "5", "", status, ""]

    (found,) = outcomes(tmp_path, RETURNS, row)

    assert (facts(found, ReturnFact)[0].request, found.events[0].type) == (asked, type_)
    assert facts(found, RefundFact)[0].confirmed is None  # an amount that is asked for, without a day on which it was paid


def test_refunds_and_reviews(tmp_path: Path):
    refunds = {"kind": "refunds", "columns": {"o": "order_id", "a": "refund_amount", "at": "refunded_at", "c": "currency"}}
    named = {"o": "order_id", "stars": "rating", "at": "posted_at", "sku": "sku", "text": "comment"}
    reviews = {"kind": "reviews", "columns": named}

    (refund,) = outcomes(tmp_path, refunds, ["7001", "-5.50", "2026-03-05", "USD"])
    rest = ["2026-03-05", "S-1", "words"]
    bad, review = outcomes(tmp_path, reviews, ["", "4", *rest], ["", "6", *rest])

    assert (refund.subject, refund.events[0].type) == ("order:7001", EventType.REFUND_ISSUED)
    assert facts(refund, RefundFact)[0].amount == Money(550, "USD")
    assert facts(review, ReviewFact)[0].rating == 4 and "words" not in repr(review)
    assert bad.cause == "expected 1 to 5 stars"


def test_a_second_row_of_what_is_one_row_is_the_same_or_wrong(tmp_path: Path):
    orders = {"kind": "orders", "columns": {"o": "order_id", "at": "placed_at", "c": "country"}}

    found = outcomes(tmp_path, orders, ["1", "2026-03-05", "DE"], ["1", "2026-03-05", "DE"], ["1", "2026-03-05", "FR"])

    assert [type(one) for one in found] == [Skipped, Refused, Translated]
    assert found[1] == Refused(4, "o", "", OTHERWISE)


# Maps


@pytest.mark.parametrize(
    ("map_", "where", "words"),
    [
        (None, "map", "expected an object"),
        ([], "map", "expected an object"),
        ({}, "map.kind", "expected one of orders, order_lines, returns, refunds, reviews"),
        (changed(LINES, kind="parcels"), "map.kind", "got 'parcels'"),
        (changed(LINES, colums={}), "map.colums", "is not known; there are: kind"),
        (changed(LINES, columns={}), "map.columns", "is empty"),
        (changed(LINES, columns={"a": "order_id"}), "map.columns", "no column is placed_at"),
        (with_columns(LINES, x="sku"), "map.columns.x", "sku is 'SKU' already"),
        (with_columns(LINES, x="reason"), "map.columns.x", "'reason' is no field of order_lines"),
        (changed(LINES, columns={**LINES["columns"], 2024: "tax"}), "map.columns", "2024 is no text to YAML; put it in quotes"),
        (with_columns(LINES, x=True), "map.columns.x", "put it in quotes"),
        (changed(LINES, zone="Mars/Base"), "map.zone", "give an IANA name"),
        (changed(LINES, zone="../../etc/passwd"), "map.zone", "give an IANA name"),
        (changed(LINES, day_first="yes"), "map.day_first", "expected true or false"),
        (changed(LINES, decimal=";"), "map.decimal", 'expected "." or ","'),
        (changed(LINES, defaults={"currency": "Yuan"}), "map.defaults.currency", "ISO 4217"),
        (changed(LINES, defaults={"shop": "x"}), "map.defaults.shop", "is no field of order_lines"),
        (changed(LINES, fill_down=["tax"]), "map.fill_down[0]", "has no column in this map"),
        (changed(RETURNS, reasons={"x": "broken"}), "map.reasons.x", "expected one of quality_defect"),
        (changed(RETURNS, statuses={"x": "gone"}), "map.statuses.x", "expected one of requested"),
        (changed(RETURNS, dispositions={"x": 7}), "map.dispositions.x", "expected text"),
    ],
)
def test_faults_of_a_map_name_their_place(map_: Any, where: str, words: str):
    with pytest.raises(BadPayload) as caught:
        made(map_)

    assert caught.value.where == where
    assert words in caught.value.problem


def test_a_map_keeps_the_contract_of_formats():
    form = made(LINES)

    assert [*form.COLUMNS, "备注"] == list(LINES["columns"])
    assert (form.OPTIONAL, form.TITLE) == ((), "order lines by a map")
    assert made(changed(LINES, title="ERP")).TITLE == "ERP"


def test_every_field_belongs_to_a_kind_and_can_be_read():
    used = {field for kind in KINDS.values() for field in kind.fields}

    assert used <= set(FIELDS)
    assert all(set(kind.needed) <= set(kind.fields) and kind.by in kind.fields for kind in KINDS.values())
    assert set(FIELDS) - used == set()


WORDS = st.one_of(
    st.sampled_from("7001 R1 S-1 2 -1 1.234 €5 USD_5 2026-03-05 3/5/2026 太小 x =1+1 *@x a@b.cc".split() + ["", " "]),
    st.text(max_size=6),
)


@given(st.data(), st.sampled_from(sorted(KINDS)), st.booleans())
def test_any_rows_under_any_kind_meet_one_fate_each_and_can_be_stored(data: st.DataObject, name: str, currency: bool):
    fields = KINDS[name].fields
    chosen = data.draw(st.lists(st.sampled_from(fields), unique=True, min_size=1))
    columns = {f"c{n}": field for n, field in enumerate(dict.fromkeys([*KINDS[name].needed, KINDS[name].by, *chosen]))}
    map_ = {"kind": name, "columns": columns, "defaults": {"currency": "USD"} if currency and name != "reviews" else {}}
    rows = data.draw(st.lists(st.lists(WORDS, min_size=len(columns), max_size=len(columns)), min_size=1, max_size=8))
    with TemporaryDirectory() as folder:
        found = outcomes(Path(folder), map_, *rows)

    fates = Counter(one.line for one in found if isinstance(one, (Refused, Skipped)))
    assert all(count == 1 for count in fates.values())
    for one in documents(found):
        assert log.load_events(log.dump_events(one.events)) == one.events
    if name in ("order_lines", "returns"):
        taken = sum(len(facts(one, kind)) for one in documents(found) for kind in (LineFact, ReturnLineFact))
        assert taken <= len(rows) - len(fates)
