"""Lazada's messages as deliveries. Each is about one line, package, return line or review, and carries ids and a status only.

Source: Lazada Open Platform, Lazada Push Mechanism, message types 0, 2, 10, 14 and 21.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from ..model.event import Event, Link, Translated, Want
from ..model.facts import (
    Due,
    Fact,
    MessageFact,
    OrderFact,
    RefundFact,
    RefundLine,
    ReturnFact,
    ReturnLineFact,
    ReviewFact,
    ShipmentFact,
)
from ..model.words import EventType, LineKind, ShipmentStatus
from . import _lazada_words as words
from ._read import Reader, name_of

BUYER, ACCOUNT = "lazada:buyer:", "lazada:account:"
_WRITERS = {"1": "buyer", "2": "seller"}


@dataclass(frozen=True, slots=True)
class News:
    """A message: its topic, what it is about, and when what it says was true: when a status changed, else when it was sent."""

    topic: str
    body: Reader
    data: Reader
    at: datetime | None


@dataclass(frozen=True, slots=True)
class Said:
    """What a message comes to: its type, what it is about, facts, Lazada's own status, ids that belong to it, what to fetch."""

    type: EventType
    subject: str | None = None
    facts: tuple[Fact, ...] = ()
    status: str | None = None
    links: tuple[Link, ...] = ()
    wants: tuple[Want, ...] = ()
    buyer: str | None = None


@dataclass(frozen=True, slots=True)
class Topic:
    """How a message is read, and as which type of event; `also` lists the types its content may make of it."""

    type: EventType
    read: Callable[[News], Said]
    also: tuple[EventType, ...] = ()


UNKNOWN = Said(EventType.UNKNOWN)


def translated(raw: bytes, received: datetime) -> Translated:
    """The delivery that a message makes. Types that are not known are kept as `unknown`, and so is a body without a type."""
    body = Reader.of(raw)
    number = body.id("message_type")
    topic = words.TYPES.get(number, f"type_{number}") if number else words.TYPES["11"]
    known = TOPICS.get(topic)
    found = body.value.get("data")
    data = body.child("data") if known else Reader(found if isinstance(found, dict) else {}, "body.data")
    at = data.moment("status_update_time") or body.moment("timestamp") or data.moment("send_time")
    news = News(topic, body, data, at)
    said = known.read(news) if known else UNKNOWN
    id_ = _delivery_id(number, news) if number else f"sha256-{hashlib.sha256(raw).hexdigest()[:32]}"
    site = words.region(body.text("site") or data.text("site_id"))
    native = {"topic": topic} | {name: word for name, word in (("status", said.status), ("site", site)) if word}
    event = Event(said.type, news.at or received, said.facts, native, links=said.links, wants=said.wants)
    return Translated(id_, said.subject or f"unknown:{id_}", (event,), said.buyer, _seller(body) or _seller(data))


def _seller(one: Reader) -> str | None:
    found = one.id("seller_id")
    return None if found == "null" else found


def _delivery_id(number: str, news: News) -> str:
    """The documented key: type, what it is about, status and when that changed; the time of sending where it does not say."""
    data = news.data
    names = ("reverse_order_line_id", "trade_order_line_id", "fulfillment_package_id", "message_id", "id")
    about = next((id_ for name in names if (id_ := data.id(name))), None) or _seller(data) or _seller(news.body)
    status = next((id_ for name in ("reverse_status", "order_status", "status") if (id_ := data.id(name))), None)
    when = data.id("status_update_time") or news.body.id("timestamp")
    return name_of(":".join(part or "" for part in (number, about, status, when)))


def _buyer(one: Reader) -> str | None:
    found = one.id("buyer_id")
    return BUYER + found if found else None


def _trade(news: News) -> Said:
    """A line of an order has a new status. With a reverse order it is about that: a return, or a cancellation by the buyer."""
    data, status = news.data, news.data.text("order_status")
    order, reverse = data.needed_id("trade_order_id"), data.id("reverse_order_id")
    subject, fact = f"order:{order}", OrderFact(order, news.at)
    if reverse is None:
        type_ = words.LINE_EVENT.get(status or "", EventType.ORDER_CHANGED)
        return Said(type_, subject, (fact,), status, wants=(Want("order", order),))
    links, wants = (Link("return", reverse),), (Want("order", order), Want("return", reverse))
    if status == words.RETURNED:
        return Said(EventType.RETURN_CHANGED, subject, (fact, ReturnFact(reverse, news.at)), status, links, wants)
    return Said(EventType.ORDER_CHANGED, subject, (fact,), status, links, wants)


def _reverse(news: News) -> Said:
    """A line of a return has a new status; not every status is told."""
    data, at = news.data, news.at
    reverse, order, status = data.needed_id("reverse_order_id"), data.id("trade_order_id"), data.text("reverse_status")
    subject, links = f"order:{order}" if order else f"return:{reverse}", (Link("return", reverse),)
    wants = (*((Want("order", order),) if order else ()), Want("return", reverse))
    line, ordered = data.id("reverse_order_line_id"), data.id("trade_order_line_id")
    if (status or "").startswith(words.CANCEL):
        known = (OrderFact(order, at),) if order else ()
        refunds = refund(line, None, status, at, ordered)
        type_ = EventType.REFUND_ISSUED if refunds else EventType.ORDER_CHANGED
        return Said(type_, subject, (*known, *refunds), status, links, wants, _buyer(data))
    lines = (ReturnLineFact(line, reverse, at, line_id=ordered, quantity=1, kind=LineKind.RETURN),) if line else ()
    facts = (goods_return(reverse, status, at), *lines, *refund(line, reverse, status, at, ordered))
    step = words.REVERSE.get(status or "")
    return Said(step.type if step else EventType.RETURN_CHANGED, subject, facts, status, links, wants, _buyer(data))


def goods_return(return_id: str, status: str | None, at: datetime | None) -> ReturnFact:
    """What a reverse status alone says of a return."""
    step = words.REVERSE.get(status or "")
    if step is None:
        return ReturnFact(return_id, at, native_status=status)
    return ReturnFact(
        return_id,
        at,
        native_status=status,
        request=step.request,
        goods=step.goods,
        money=step.money,
        requested_at=at if step.type is EventType.RETURN_REQUESTED else None,
        declined_at=at if step.type is EventType.RETURN_DECLINED else None,
        dispatched_at=at if step.type is EventType.RETURN_DISPATCHED else None,
        received_at=at if step.type is EventType.RETURN_RECEIVED else None,
        closed_at=at if step.ended else None,
        due=Due(*step.next) if step.next else None,
    )


def refund(
    line: str | None, return_id: str | None, status: str | None, at: datetime | None, ordered: str | None
) -> tuple[RefundFact, ...]:
    """The refund of a return line, under the line's own id, where the status says that the money went."""
    if line is None or status not in words.PAID:
        return ()
    lines = (RefundLine(ordered, 1),) if ordered else None
    return (RefundFact(line, at, return_id=return_id, confirmed=True, issued_at=at, lines=lines),)


def _package(news: News) -> Said:
    data, at = news.data, news.at
    number, order, native = data.needed_id("fulfillment_package_id"), data.id("trade_order_id"), data.text("status")
    status = words.parcel(native)
    fact = ShipmentFact(
        number,
        at,
        status=status,
        native_status=native,
        dispatched_at=at if status is ShipmentStatus.DISPATCHED else None,
        delivered_at=at if status is ShipmentStatus.DELIVERED else None,
        exception_at=at if status in words.TROUBLE else None,
    )
    type_ = words.PARCEL_EVENT.get(status, EventType.SHIPMENT_MOVED) if status else EventType.SHIPMENT_MOVED
    subject, wants = f"order:{order}" if order else f"shipment:{number}", (Want("order", order),) if order else ()
    return Said(type_, subject, (fact,), native, wants=wants, buyer=_buyer(data))


def _review(news: News) -> Said:
    """A review was written, or changed. Its stars are fetched."""
    id_, order = news.data.needed_id("id"), news.data.id("order_id")
    fact = ReviewFact(id_, news.at, product_id=news.data.id("item_id"))
    subject = f"order:{order}" if order else f"review:{id_}"
    return Said(EventType.REVIEW_POSTED, subject, (fact,), wants=(Want("review", id_),))


def _message(news: News) -> Said:
    """A message of the chat. Its words stay sealed, and the session's name is hashed: it is made of account numbers."""
    data = news.data
    id_, session, by = data.needed_id("message_id"), data.id("session_id"), _WRITERS.get(data.id("from_account_type") or "")
    at = data.moment("send_time") or news.at
    thread = hashlib.sha256(session.encode("utf-8", "replace")).hexdigest()[:24] if session else None
    writer = data.id("from_account_id") if by == "buyer" else None
    subject = f"thread:{thread}" if thread else f"message:{id_}"
    fact = MessageFact(id_, at, thread, by, at)
    return Said(EventType.MESSAGE_RECEIVED, subject, (fact,), buyer=ACCOUNT + writer if writer else None)


_MOVES = (EventType.SHIPMENT_DISPATCHED, EventType.SHIPMENT_EXCEPTION, EventType.SHIPMENT_DELIVERED)
TOPICS: dict[str, Topic] = {
    words.TYPES["0"]: Topic(
        EventType.ORDER_CHANGED, _trade, (*dict.fromkeys(words.LINE_EVENT.values()), EventType.RETURN_CHANGED)
    ),
    words.TYPES["2"]: Topic(EventType.MESSAGE_RECEIVED, _message),
    words.TYPES["10"]: Topic(
        EventType.RETURN_CHANGED, _reverse,
        (*dict.fromkeys(step.type for step in words.REVERSE.values()), EventType.ORDER_CHANGED),
    ),
    words.TYPES["14"]: Topic(EventType.SHIPMENT_MOVED, _package, _MOVES),
    words.TYPES["21"]: Topic(EventType.REVIEW_POSTED, _review),
}  # fmt: skip
