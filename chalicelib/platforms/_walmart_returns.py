"""Walmart's returns as facts, pushed or read. A return may be about several purchase orders: each has its own part of it.

Walmart approves returns itself, so that a return that exists is approved. Its number is the RMA number.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from ..model.event import Event, Link, Translated
from ..model.facts import Fact, RefundFact, RefundLine, ReturnFact, ReturnLineFact
from ..model.words import EventType, GoodsAxis, MoneyAxis, RequestAxis
from . import _walmart_words as words
from ._read import Reader
from ._walmart_facts import customer
from ._walmart_read import count, returned_line


def parts(one: Reader) -> Iterator[tuple[str | None, list[Reader]]]:
    """The lines of a return by their purchase order."""
    found: dict[str | None, list[Reader]] = {}
    for row in one.children("returnOrderLines"):
        found.setdefault(row.id("purchaseOrderId"), []).append(row)
    yield from found.items() if found else ((None, []),)


def goods_return(made: str, one: Reader, order_id: str | None, rows: list[Reader], whole: bool, now: datetime) -> Translated:
    """The part of a return that is about one purchase order; `whole` where that is all of it."""
    return_id, asked = one.needed_id("returnOrderId"), one.time("returnOrderDate")
    lines = [_read_line(row) for row in rows]
    at = max((time for time in (asked, *(line.at for line in lines)) if time), default=None)
    fact = _return(one, return_id, at, asked, lines)
    refund = _refund(one, fact, lines, whole)
    said: list[Fact] = [fact, *(_line(row, return_id) for row in lines), *([refund] if refund else [])]
    numbers = tuple(dict.fromkeys(_numbers(one)))
    links = (Link("return", return_id), *(Link("tracking", number) for number in numbers))
    first = next((found for row in rows if (found := row.text("returnReason"))), None)
    told = {"status": fact.native_status, "reason": first, "return_type": one.text("returnType")}
    native = {"topic": "return"} | {name: word for name, word in told.items() if word}
    event = Event(_type(fact, bool(refund and refund.confirmed)), at or now, tuple(said), native, links=links)
    subject = f"order:{order_id}" if order_id else f"return:{return_id}"
    return Translated(made, subject, (event,), customer(one))


@dataclass(frozen=True, slots=True)
class _Line:
    """A returned line, with when each of its tags first came."""

    one: Reader
    at: datetime | None
    goods: GoodsAxis
    money: MoneyAxis
    gone: bool
    tags: dict[str, datetime | None]

    def first(self, *names: str) -> datetime | None:
        """When one of these tags came first."""
        return min((time for name in names if (time := self.tags.get(name))), default=None)


def _read_line(one: Reader) -> _Line:
    tags: dict[str, datetime | None] = {}
    for row in one.children("returnTrackingDetail"):
        tag, time = row.text("eventTag"), row.time("eventTime")
        if tag:
            known = tags.get(tag)
            tags[tag] = min(known, time) if known and time else known or time
    been = [words.GOODS[tag] for tag in tags if tag in words.GOODS]
    kept = one.flag("isKeepIt") or one.flag("returnExpectedFlag") is False
    goods = GoodsAxis.KEPT if kept else max(been, key=list(GoodsAxis).index, default=GoodsAxis.AWAITING)
    status = words.MONEY.get((one.text("currentRefundStatus") or "").upper())
    paid = [words.MONEY[tag] for tag in tags if tag in words.MONEY]
    money = status or max(paid, key=list(MoneyAxis).index, default=MoneyAxis.NONE)
    times = [one.time("statusTime"), *tags.values()]
    at = max((time for time in times if time), default=None)
    return _Line(one, at, goods, money, words.CANCELLED_TAG in tags, tags)


def _return(one: Reader, return_id: str, at: datetime | None, asked: datetime | None, lines: Sequence[_Line]) -> ReturnFact:
    gone = bool(lines) and all(line.gone for line in lines)
    live = [line for line in lines if not line.gone] or list(lines)
    goods, money = _all_goods(live), _all_money(live)
    received = _last(live, "DELIVERED_AT_RETURN_CENTER", "DELIVERED_AFTER_INVOICE") if goods is GoodsAxis.RECEIVED else None
    paid = one.child("totalRefundAmount")
    return ReturnFact(
        return_id,
        at,
        number=return_id,
        native_status=next((status for line in live if (status := line.one.text("status"))), None),
        request=RequestAxis.WITHDRAWN if gone else RequestAxis.APPROVED,
        goods=goods,
        money=money,
        requested_at=asked,
        approved_at=asked,
        dispatched_at=min((time for line in live if (time := line.first("RETURN_IN_TRANSIT"))), default=None),
        received_at=received,
        closed_at=at if gone or money is MoneyAxis.DONE else None,
        tracking=next(_numbers(one), None),
        currency=paid.currency("currencyUnit"),
        due=words.DONE if gone else words.due(goods, money, received, one.time("returnByDate")),
    )


def _all_goods(lines: Sequence[_Line]) -> GoodsAxis | None:
    """Where the goods of all lines are: partly back where only some are."""
    found = {line.goods for line in lines} - {GoodsAxis.KEPT} or {line.goods for line in lines}
    if len(found) == 1:
        return found.pop()
    return GoodsAxis.PARTIAL if GoodsAxis.RECEIVED in found else GoodsAxis.IN_TRANSIT if found else None


def _all_money(lines: Sequence[_Line]) -> MoneyAxis:
    found = {line.money for line in lines}
    if found == {MoneyAxis.DONE}:
        return MoneyAxis.DONE
    return MoneyAxis.PENDING if found - {MoneyAxis.NONE} else MoneyAxis.NONE


def _last(lines: Sequence[_Line], *tags: str) -> datetime | None:
    return max((time for line in lines if (time := line.first(*tags))), default=None)


def _refund(one: Reader, fact: ReturnFact, lines: Sequence[_Line], whole: bool) -> RefundFact | None:
    """The money given back for a return, once it has begun to move. Its sum is told for the whole return alone."""
    if fact.money is MoneyAxis.NONE or fact.request is RequestAxis.WITHDRAWN:
        return None
    paid, issued = one.child("totalRefundAmount"), _last(lines, "REFUND_ISSUED") or _last(lines, "REFUND_INITIATED")
    return RefundFact(
        fact.id,
        fact.at,
        return_id=fact.id,
        amount=paid.money("currencyAmount", paid.currency("currencyUnit")) if whole else None,
        confirmed=fact.money is MoneyAxis.DONE,
        issued_at=issued or (fact.at if fact.money is MoneyAxis.DONE else None),
        lines=tuple(_refund_lines(lines)) or None,
    )


def _refund_lines(lines: Sequence[_Line]) -> Iterator[RefundLine]:
    for line in lines:
        line_id, units = line.one.id("purchaseOrderLineNumber"), line.one.whole("refundedQty")
        if line_id and units:
            yield RefundLine(line_id, units)


def _line(row: _Line, return_id: str) -> ReturnLineFact:
    one = row.one
    return returned_line(
        f"{return_id}:{one.needed_id('returnOrderLineNumber')}",
        return_id,
        row.at,
        one.text("returnReason"),
        count(one.child("quantity"), "measurementValue"),
        one.id("purchaseOrderLineNumber"),
        one.child("item").text("sku"),
        one.child("unitPrice").price("currencyAmount"),
    )


def _numbers(one: Reader) -> Iterator[str]:
    for group in one.children("returnLineGroups"):
        for label in group.children("labels"):
            for carrier in label.children("carrierInfoList"):
                number = carrier.id("trackingNo")
                if number:
                    yield number


_BY_GOODS = {
    GoodsAxis.AWAITING: EventType.RETURN_REQUESTED,
    GoodsAxis.IN_TRANSIT: EventType.RETURN_DISPATCHED,
    GoodsAxis.RECEIVED: EventType.RETURN_RECEIVED,
}


def _type(fact: ReturnFact, paid: bool) -> EventType:
    if fact.request is RequestAxis.WITHDRAWN:
        return EventType.RETURN_WITHDRAWN
    if paid:
        return EventType.REFUND_ISSUED
    return _BY_GOODS.get(fact.goods or GoodsAxis.AWAITING, EventType.RETURN_CHANGED)
