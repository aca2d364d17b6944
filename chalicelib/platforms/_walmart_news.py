"""Walmart's notifications, event by event. They say little: what they are about is read for the rest."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from ..model.event import Event, Link, Want
from ..model.facts import Fact, OrderFact, RefundFact, ReturnFact, ReturnLineFact
from ..model.words import DisputeAxis, EventType, GoodsAxis, MoneyAxis, RequestAxis
from . import _walmart_words as words
from ._read import MAX_ID, Reader
from ._walmart_read import count, moment, news_lines, returned_line

Told = tuple[str, tuple[Event, ...]]
_LONGEST, _MOST_WANTS = 40, 20


@dataclass(frozen=True, slots=True)
class News:
    """A notification: its event and key, what it tells, when Walmart says it happened, when it came in."""

    topic: str
    id: str
    payload: Reader
    at: datetime | None
    received: datetime


@dataclass(frozen=True, slots=True)
class Topic:
    """How an event is read, and as which type of ours; `also` lists the types its content may make of it."""

    type: EventType
    read: Callable[[News, EventType], Told]
    also: tuple[EventType, ...] = ()


def unknown(news: News, event: str | None = None) -> Told:
    """News of a kind that nobody knows, or that names nothing."""
    return _told(news, EventType.UNKNOWN, f"unknown:{news.id}", event=event)


def _told(
    news: News,
    type_: EventType,
    subject: str,
    said: Sequence[Fact] = (),
    links: Sequence[Link] = (),
    wants: Sequence[Want] = (),
    **native: str | None,
) -> Told:
    """One event; `native` are Walmart's own words for it."""
    words_ = {"topic": news.topic} | {name: word for name, word in native.items() if word}
    event = Event(type_, news.at or news.received, tuple(said), words_, links=tuple(links), wants=tuple(wants))
    return subject, (event,)


def _wanted(what: str, ids: Sequence[str | None]) -> tuple[Want, ...]:
    """Wants for what can be asked for: an id with other letters than the API's have is none."""
    fit = [id_ for id_ in dict.fromkeys(ids) if id_ and len(id_) <= _LONGEST and id_.isascii() and id_.isalnum()]
    return tuple(Want(what, id_) for id_ in fit[:_MOST_WANTS])


# Purchase orders


def _placed(news: News, type_: EventType) -> Told:
    """A new purchase order."""
    return _order(news, news.payload, type_)


def _changed(news: News, type_: EventType) -> Told:
    """Something about an order that only reading it tells: a line was cancelled, or somebody wants it to be."""
    return _order(news, news.payload, type_)


def _updated(news: News, type_: EventType) -> Told:
    """An order's news under one roof: what happened stands in its sub-event."""
    payload = news.payload
    event = payload.text("subEventType") or payload.child("meta").text("subEventType")
    order = payload.child("order") if "order" in payload.value else payload
    return _order(news, order, words.SUB_EVENTS.get(event or "", EventType.ORDER_CHANGED), event)


def _order(news: News, order: Reader, type_: EventType, event: str | None = None) -> Told:
    order_id, placed = order.id("purchaseOrderId"), moment(order, "orderDate")
    if order_id is None:
        return unknown(news, event)
    at = news.at or placed
    fact = OrderFact(order_id, at, number=order.id("customerOrderId"), placed_at=placed)
    lines = news_lines(order, at) if type_ is EventType.ORDER_PLACED else ()
    return _told(news, type_, f"order:{order_id}", [fact, *lines], (), _wanted("order", [order_id]), event=event)


def _driver(news: News, type_: EventType) -> Told:
    """Where the driver of a local delivery is. The order tells more."""
    order_id = news.payload.id("purchaseOrderId")
    if order_id is None:
        return unknown(news)
    return _told(news, type_, f"order:{order_id}", (), (), _wanted("order", [order_id]))


# Returns


@dataclass(frozen=True, slots=True)
class _Step:
    """What a return event says of each return in it."""

    goods: GoodsAxis | None = None
    asked: bool = False
    paid: bool = False


_STEPS = {
    "RETURN_CREATED": _Step(GoodsAxis.AWAITING, asked=True),
    "RETURN_DELIVERED": _Step(GoodsAxis.RECEIVED),
    "RETURN_INVOICED": _Step(paid=True),
}


def _return(news: News, type_: EventType) -> Told:
    """A step of a return: one element for each returned line, all of one purchase order as a rule. What is told of another
    order's lines is left to reading the return."""
    rows = [row for row in news.payload.children("returnOrders") if row.id("returnOrderId")]
    if not rows:
        return unknown(news)
    order_id = rows[0].id("purchaseOrderId")
    ours = [row for row in rows if row.id("purchaseOrderId") == order_id]
    ids = list(dict.fromkeys(row.needed_id("returnOrderId") for row in ours))
    whole = Counter(row.id("returnOrderId") for row in rows)
    said = [fact for id_ in ids for fact in _facts(news, id_, _of(ours, id_), whole[id_] == 1)]
    parcels = list(dict.fromkeys(number for row in ours for number in _numbers(row)))
    links = [*(Link("return", id_) for id_ in ids), *(Link("tracking", number) for number in parcels)]
    wants = _wanted("return", [row.id("returnOrderId") for row in rows])
    subject = f"order:{order_id}" if order_id else f"return:{ids[0]}"
    refund = rows[0].text("refundStatus")
    if type_ is EventType.REFUND_ISSUED and _money(refund) is MoneyAxis.NONE:
        type_ = EventType.RETURN_CHANGED
    return _told(news, type_, subject, said, links, wants, reason=rows[0].text("returnReason"), refund=refund)


def _of(rows: list[Reader], return_id: str) -> Reader:
    return next(row for row in rows if row.id("returnOrderId") == return_id)


def _money(said: str | None) -> MoneyAxis | None:
    return words.MONEY.get((said or "").upper())


def _facts(news: News, return_id: str, first: Reader, alone: bool) -> list[Fact]:
    """One return, by its first line; a line only where it is `alone`, for then it is number 1. The day it was asked for is a
    fact of its own, dated by itself, so that anything more exact beats it; a bare body has no other time, and what has none
    at all says nothing that could change."""
    step, day = _STEPS.get(news.topic, _Step()), moment(first, "returnInitiatedDate")
    said: list[Fact] = [ReturnFact(return_id, day, requested_at=day)] if day else []
    at = news.at or day
    if at is None:
        return [ReturnFact(return_id, number=return_id)]
    said.append(_stepped(news, step, return_id, at, first))
    if alone:
        units = count(first, "quantity")
        said.append(returned_line(f"{return_id}:1", return_id, at, first.text("returnReason"), units))
    if step.paid and _money(first.text("refundStatus")) is not MoneyAxis.NONE:
        said.append(RefundFact(return_id, at, return_id=return_id, confirmed=True, issued_at=news.at))
    return said


def _stepped(news: News, step: _Step, return_id: str, at: datetime, row: Reader) -> ReturnFact:
    told = _money(row.text("refundStatus"))
    money = MoneyAxis.DONE if step.paid and told is not MoneyAxis.NONE else told
    received = news.at if step.goods is GoodsAxis.RECEIVED else None
    return ReturnFact(
        return_id,
        at,
        number=return_id,
        request=RequestAxis.APPROVED,
        goods=step.goods,
        money=money,
        requested_at=news.at if step.asked else None,
        received_at=received,
        tracking=next(_numbers(row), None),
        due=words.due(step.goods, money, received) if received or money is MoneyAxis.DONE else None,
    )


def _numbers(row: Reader) -> Iterator[str]:
    """Tracking numbers that are fit to be ids."""
    listed = row.value.get("trackingId")
    for number in listed if isinstance(listed, list) else [listed]:
        if isinstance(number, str) and 0 < len(number) <= MAX_ID and number.isprintable():
            yield number


def _elsewhere(news: News, type_: EventType) -> Told:
    """A return of something that was sold elsewhere and sent by Walmart (multichannel). Its order is the seller's own."""
    whole = news.payload
    event = whole.child("header").text("eventName")
    one = whole.child("payload") if "payload" in whole.value else whole
    return_id, order_id = one.id("returnOrderId"), one.id("sellerOrderId")
    if return_id is None:
        return unknown(news, event)
    type_ = words.MCS.get(event or "", EventType.RETURN_CHANGED)
    disputed = "DISPUTE" in (event or "")
    fact = ReturnFact(
        return_id,
        news.at,
        number=return_id,
        request=RequestAxis.WITHDRAWN if type_ is EventType.RETURN_WITHDRAWN else RequestAxis.APPROVED,
        dispute=DisputeAxis.OPEN if disputed else None,
        requested_at=news.at if type_ is EventType.RETURN_REQUESTED else None,
    )
    lines = [_elsewhere_line(row, return_id, news.at) for row in one.children("returnOrderLines")]
    reason = next((each.native_reason for each in lines if each.native_reason), None)
    subject = f"order:{order_id}" if order_id else f"return:{return_id}"
    return _told(news, type_, subject, [fact, *lines], [Link("return", return_id)], event=event, reason=reason)


def _elsewhere_line(row: Reader, return_id: str, at: datetime | None) -> ReturnLineFact:
    id_, units = f"{return_id}:{row.needed_id('lineNo')}", count(row.child("qty"), "measurementValue")
    return returned_line(id_, return_id, at, row.text("returnReason"), units, sku=row.child("itemDetail").text("sku"))


def _unnamed(news: News, type_: EventType) -> Told:
    """A bare body whose address does not say which event it is: by its shape it is about a return or an order, read again."""
    if news.payload.value.get("returnOrders"):
        return _return(news, EventType.RETURN_CHANGED)
    return _order(news, news.payload, EventType.ORDER_CHANGED)


_CHANGE = Topic(EventType.ORDER_CHANGED, _changed, (EventType.UNKNOWN,))
TOPICS: Mapping[str, Topic] = {
    "PO_CREATED": Topic(EventType.ORDER_PLACED, _placed, (EventType.UNKNOWN,)),
    "PO_LINE_AUTOCANCELLED": _CHANGE,
    "INTENT_TO_CANCEL": _CHANGE,
    "ORDER_UPDATES": Topic(EventType.ORDER_CHANGED, _updated, (EventType.ORDER_PLACED, EventType.UNKNOWN)),
    "DRIVER_STATUS": Topic(EventType.SHIPMENT_MOVED, _driver, (EventType.UNKNOWN,)),
    "RETURN_CREATED": Topic(EventType.RETURN_REQUESTED, _return, (EventType.UNKNOWN,)),
    "RETURN_DELIVERED": Topic(EventType.RETURN_RECEIVED, _return, (EventType.UNKNOWN,)),
    "RETURN_INVOICED": Topic(EventType.REFUND_ISSUED, _return, (EventType.RETURN_CHANGED, EventType.UNKNOWN)),
    "MCS_RETURN_ORDER_STATUS_UPDATE": Topic(
        EventType.RETURN_CHANGED, _elsewhere, (*words.MCS.values(), EventType.UNKNOWN)
    ),
    words.UNNAMED: Topic(EventType.RETURN_CHANGED, _unnamed, (EventType.ORDER_CHANGED, EventType.UNKNOWN)),
}
