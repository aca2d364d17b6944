"""Shopee's pushes as deliveries: from the webhook, or fetched again because they were lost on the way.

Sources: Shopee Open Platform, push mechanism and its list of codes; names of fields as public handlers and the console
show them. Pushes carry ids and a status only, so most of them ask for the order or the return itself.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from ..model.event import Event, Link, Translated, Want
from ..model.facts import Fact, MessageFact, OrderFact, ReturnFact, ShipmentFact
from ..model.words import EventType, ShipmentStatus
from . import _shopee_words as words
from ._read import Reader, name_of

BUYER = "shopee:user:"


@dataclass(frozen=True, slots=True)
class News:
    """A push: its topic, what it is about, and when what it says was true: its own update_time, else when it was sent.

    `own` is the shop that the address was connected for, where that is known.
    """

    topic: str
    data: Reader
    shop: str | None
    own: str
    at: datetime | None

    @property
    def order(self) -> str | None:
        """The order's number, under either of its names."""
        return self.data.id("ordersn") or self.data.id("order_sn")

    @property
    def needed_order(self) -> str:
        """The order's number, which must be there."""
        return self.order or self.data.needed_id("ordersn")


@dataclass(frozen=True, slots=True)
class Said:
    """What a push comes to: its type, what it is about, facts, words of its own, ids that belong to it, what to fetch."""

    type: EventType
    subject: str | None = None
    facts: tuple[Fact, ...] = ()
    status: str | None = None
    shop: str | None = None
    links: tuple[Link, ...] = ()
    wants: tuple[Want, ...] = ()
    at: datetime | None = None
    buyer: str | None = None


@dataclass(frozen=True, slots=True)
class Topic:
    """How a push is read, and as which type of event; `also` lists the types its content may make of it."""

    type: EventType
    read: Callable[[News], Said]
    also: tuple[EventType, ...] = ()


UNKNOWN = Said(EventType.UNKNOWN)


def translated(body: Reader, own: str, received: datetime) -> Translated:
    """The delivery that a push makes. Codes that are not known are kept as `unknown`."""
    code = body.whole("code")
    topic = words.CODES.get(code, f"push_{code}") if code is not None else "push_without_code"
    data = body.child("data") if topic in TOPICS else Reader({}, "body.data")
    shop = body.id("shop_id")
    news = News(topic, data, shop, own, data.seconds("update_time") or body.seconds("timestamp"))
    said = TOPICS[topic].read(news) if topic in TOPICS else UNKNOWN
    id_ = _delivery_id(body, news)
    at = said.at or news.at or received
    native = {"topic": topic} | {name: word for name, word in (("status", said.status), ("shop", said.shop)) if word}
    event = Event(said.type, at, said.facts, native, links=said.links, wants=said.wants)
    return Translated(id_, said.subject or f"unknown:{id_}", (event,), said.buyer, shop or said.shop)


def _delivery_id(body: Reader, news: News) -> str:
    """msg_id, or for pushes without one the documented key; what has no update_time is told apart by when it was sent."""
    given = body.id("msg_id")
    if given:
        return f"msg:{name_of(given)}"
    data = Reader(found, "body.data") if isinstance(found := body.value.get("data"), dict) else Reader({}, "body.data")
    about = (data.id(name) for name in ("return_sn", "ordersn", "order_sn", "booking_sn"))
    parcel = (data.id(name) for name in ("package_number", "tracking_no", "tracking_number"))
    status = data.id("status") or data.id("fulfillment_status")
    when = data.id("update_time") or body.id("timestamp")
    named = next((id_ for id_ in about if id_), None)
    parts = (news.shop, body.id("code"), named, next((id_ for id_ in parcel if id_), None), status, when)
    return name_of(":".join(part or "" for part in parts))


def _order_status(news: News) -> Said:
    """An order's status. What is fetched tells the rest: a parcel has no id here, and READY_TO_SHIP may not be paid."""
    order = news.needed_order
    status, at = news.data.text("status"), news.at
    fact = OrderFact(
        order,
        at,
        cancelled_at=at if status == words.CANCELLED else None,
        closed_at=at if status == words.COMPLETED else None,
    )
    type_ = words.ORDER_EVENT.get(status or "", EventType.ORDER_CHANGED)
    return Said(type_, f"order:{order}", (fact,), status, wants=(Want("order", order),))


def _tracking(news: News) -> Said:
    """A parcel got its number. Its state is told elsewhere."""
    order = news.needed_order
    number = news.data.id("tracking_no") or news.data.id("tracking_number")
    parcel = news.data.id("package_number")
    facts = (ShipmentFact(parcel, news.at, tracking=number),) if parcel and number else ()
    links = (Link("tracking", number),) if number else ()
    return Said(EventType.SHIPMENT_MOVED, f"order:{order}", facts, links=links, wants=(Want("order", order),))


def _parcel_status(news: News) -> Said:
    order = news.needed_order
    native, at = news.data.text("fulfillment_status") or news.data.text("status"), news.at
    status, parcel = words.PARCEL.get(native or ""), news.data.id("package_number")
    fact = ShipmentFact(
        parcel or "",
        at,
        status=status,
        native_status=native,
        dispatched_at=at if status is ShipmentStatus.DISPATCHED else None,
        delivered_at=at if status is ShipmentStatus.DELIVERED else None,
        exception_at=at if status in words.TROUBLE else None,
    )
    type_ = words.PARCEL_EVENT.get(status, EventType.SHIPMENT_MOVED) if status else EventType.SHIPMENT_MOVED
    return Said(type_, f"order:{order}", (fact,) if parcel else (), native, wants=(Want("order", order),))


def _return_update(news: News) -> Said:
    """Something about a return is new; what, the return itself tells."""
    return_id, order = news.data.needed_id("return_sn"), news.order
    subject = f"order:{order}" if order else f"return:{return_id}"
    facts, wants = (ReturnFact(return_id, news.at),), (Want("return", return_id),)
    status = news.data.text("status") or news.data.text("return_status")
    return Said(EventType.RETURN_CHANGED, subject, facts, status, links=(Link("return", return_id),), wants=wants)


def _message(news: News) -> Said:
    """A message of the chat, where it has the names seen in public code. Its words stay where they are: sealed."""
    found = news.data.value.get("content")
    if news.data.text("type") != "message" or not isinstance(found, dict):
        return UNKNOWN
    said = Reader(found, "body.data.content")
    id_, thread = said.id("message_id"), said.id("conversation_id")
    if id_ is None:
        return UNKNOWN
    sides = {said.id("from_shop_id"): "seller", said.id("to_shop_id"): "buyer"}
    by = sides.get(news.shop) if news.shop else None
    at = said.seconds("created_timestamp") or news.at
    writer = said.id("from_id") if by == "buyer" else None
    fact = MessageFact(id_, at, thread, by, at)
    subject = f"thread:{thread}" if thread else f"message:{id_}"
    return Said(EventType.MESSAGE_RECEIVED, subject, (fact,), at=at, buyer=BUYER + writer if writer else None)


def _unlinked(news: News) -> Said:
    """The seller took the authorisation back. Only of the one shop that this address was connected for is it acted upon:
    the same push comes for shops that are frozen, or that another of ours does not know."""
    shop = news.data.id("shop_id") or news.data.id("shopid") or news.shop
    word = news.data.text("authorize_type")
    if shop and shop == news.own and (word or "").startswith("user cancel"):
        return Said(EventType.SHOP_UNINSTALLED, f"shop:{shop}", status=word, shop=shop)
    return Said(EventType.UNKNOWN, status=word, shop=shop)


_MOVES = (EventType.SHIPMENT_DISPATCHED, EventType.SHIPMENT_EXCEPTION, EventType.SHIPMENT_DELIVERED)
_UNKNOWN = (EventType.UNKNOWN,)
TOPICS: dict[str, Topic] = {
    words.CODES[2]: Topic(EventType.SHOP_UNINSTALLED, _unlinked, _UNKNOWN),
    words.CODES[3]: Topic(EventType.ORDER_CHANGED, _order_status, tuple(words.ORDER_EVENT.values())),
    words.CODES[4]: Topic(EventType.SHIPMENT_MOVED, _tracking),
    words.CODES[10]: Topic(EventType.MESSAGE_RECEIVED, _message, _UNKNOWN),
    words.CODES[29]: Topic(EventType.RETURN_CHANGED, _return_update),
    words.CODES[30]: Topic(EventType.SHIPMENT_MOVED, _parcel_status, _MOVES),
}
