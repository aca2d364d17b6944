"""Shopify's notifications, topic by topic: what each kind of body says, and as which event.

Bodies of the same resource become facts in one way, whichever topic brought them (_shopify_facts.py).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from ..model.errors import BadPayload
from ..model.event import Event, Link, Want
from ..model.facts import Fact, OrderFact, ReturnFact
from ..model.words import DisputeAxis, EventType, GoodsAxis, ShipmentStatus
from . import _shopify_facts as facts
from . import _shopify_words as words
from ._read import Reader

BUYER = "shopify:customer:"
Answer = tuple[str, tuple[Event, ...]]


@dataclass(frozen=True, slots=True)
class News:
    """A notification: its topic, key and body, the shop it was sent to; when Shopify says it happened; when it came in.

    `reads` is whether the shop was connected with its API too: only then is there anybody to ask for details.
    """

    topic: str
    id: str
    body: Reader
    shop: str
    told: datetime | None
    received: datetime
    reads: bool = False

    @property
    def at(self) -> datetime | None:
        """When what the body says was true: its own `updated_at`, else the notification's time."""
        return self.body.time("updated_at") or self.told


@dataclass(frozen=True, slots=True)
class Topic:
    """How a topic is read, and as which type of event; `also` lists the types its content may make of it."""

    type: EventType
    read: Callable[[News, EventType], Answer]
    also: tuple[EventType, ...] = ()


def buyer(body: Reader, ordering: bool) -> str | None:
    """The customer's number; for a guest's order (`ordering`) or a privacy request without one, the e-mail address."""
    customer = body.child("customer")
    number = facts.native_id(customer)
    if number:
        return BUYER + number
    email = customer.text("email")
    if not email and ordering:
        email = body.text("email") or body.text("contact_email")
    return f"email:{email.strip().lower()}" if email else None


def _answer(
    news: News,
    type_: EventType,
    at: datetime | None,
    subject: str,
    said: Sequence[Fact],
    links: Sequence[Link] = (),
    wants: tuple[Want, ...] = (),
    **native: str | None,
) -> Answer:
    """One event; `native` are Shopify's own words for it, `wants` what tells the rest."""
    words_ = {"topic": news.topic} | {name: word for name, word in native.items() if word}
    return subject, (Event(type_, at or news.told or news.received, tuple(said), words_, links=tuple(links), wants=wants),)


def _subject(order_id: str | None, other: str) -> str:
    return f"order:{order_id}" if order_id else other


def unknown(news: News, type_: EventType) -> Answer:
    """News that says nothing to us, kept under its own key."""
    return _answer(news, EventType.UNKNOWN, None, f"unknown:{news.id}", ())


def _order(news: News, type_: EventType) -> Answer:
    body, order_id = news.body, news.body.needed_id("id")
    at = news.at
    parcels, refunds = list(body.children("fulfillments")), list(body.children("refunds"))
    order = facts.order(body, order_id, at, type_)
    said: list[Fact] = [order, *facts.lines(body, at, order.currency)]
    said += [facts.shipment(one) for one in parcels]
    said += [facts.refund(one, None, order.currency) for one in refunds]
    when = {EventType.ORDER_PLACED: order.placed_at, EventType.ORDER_CANCELLED: order.cancelled_at}.get(type_) or at
    links, status = facts.tracking_links(parcels), body.text("fulfillment_status")
    return _answer(news, type_, when, f"order:{order_id}", said, links, status=status, payment=order.payment)


def _edited(news: News, type_: EventType) -> Answer:
    edit = news.body.child("order_edit")
    order_id, at = edit.needed_id("order_id"), edit.time("committed_at")
    return _answer(news, type_, at, f"order:{order_id}", [OrderFact(order_id, at)])


def _fulfillment(news: News, type_: EventType) -> Answer:
    fact = facts.shipment(news.body)
    subject = _subject(news.body.id("order_id"), f"shipment:{fact.id}")
    links = facts.tracking_links([news.body])
    return _answer(news, by_status(fact.status, type_), fact.at, subject, [fact], links, status=fact.native_status)


def _scan(news: News, type_: EventType) -> Answer:
    shipment, at = news.body.needed_id("fulfillment_id"), news.body.time("happened_at") or news.told
    fact = facts.scan(news.body, shipment, at)
    subject = _subject(news.body.id("order_id"), f"shipment:{shipment}")
    return _answer(news, by_status(fact.status, type_), at, subject, [fact], status=fact.native_status)


def by_status(status: ShipmentStatus | None, otherwise: EventType) -> EventType:
    """What the news of a parcel is, where its status says so."""
    return words.SHIPMENT_EVENT.get(status, otherwise) if status else otherwise


def _return(news: News, type_: EventType) -> Answer:
    body, return_id = news.body, facts.native_id(news.body)
    if return_id is None:
        return unknown(news, type_)
    at = news.at
    fact = facts.goods_return(body, return_id, at, type_, GoodsAxis.RECEIVED if type_ is EventType.RETURN_INSPECTED else None)
    lines = facts.return_lines(body, return_id, at)
    reason = next((line.native_reason for line in lines if line.native_reason), None)
    subject, links = _subject(facts.related_id(body, "order"), f"return:{return_id}"), [Link("return", return_id)]
    wants = () if fact.native_status else _wanted(news, return_id)
    return _answer(news, type_, at, subject, [fact, *lines], links, wants, status=fact.native_status, reason=reason)


def _return_parcel(news: News, type_: EventType) -> Answer:
    """A label or tracking number was attached to a return; whether the parcel is on its way it does not say."""
    return_id = facts.related_id(news.body, "return")
    if return_id is None:
        return unknown(news, type_)
    parcel = news.body.child("shipping_deliverable").child("tracking")
    number = parcel.text("tracking_number") or parcel.text("number")
    fact = ReturnFact(return_id, news.at, tracking=number)
    links = [Link("return", return_id), *facts.number_links([number])]
    return _answer(news, type_, fact.at, _of_return(news, return_id), [fact], links, _wanted(news, return_id))


def _disposed(news: News, type_: EventType) -> Answer:
    """What was done with goods that came back. They have been received; the return is named only by some versions."""
    return_id = facts.related_id(news.body, "return")
    if return_id is None:
        return unknown(news, type_)
    fact, links = ReturnFact(return_id, news.at, goods=GoodsAxis.RECEIVED, received_at=news.at), [Link("return", return_id)]
    return _answer(news, type_, fact.at, _of_return(news, return_id), [fact], links, _wanted(news, return_id))


def _wanted(news: News, return_id: str) -> tuple[Want, ...]:
    """The return itself, where the API can be asked for it."""
    return (Want("return", return_id),) if news.reads and return_id.isascii() and return_id.isdigit() else ()


def _of_return(news: News, return_id: str) -> str:
    return _subject(facts.related_id(news.body, "order"), f"return:{return_id}")


def _refund(news: News, type_: EventType) -> Answer:
    fact = facts.refund(news.body, news.told)
    return _answer(news, type_, fact.at, _subject(facts.related_id(news.body, "order"), f"refund:{fact.id}"), [fact])


def _dispute(news: News, type_: EventType) -> Answer:
    dispute_id = news.body.needed_id("id")
    fact = facts.dispute(news.body, dispute_id, news.at)
    type_now = EventType.DISPUTE_CLOSED if fact.status in (DisputeAxis.WON, DisputeAxis.LOST) else type_
    subject, links = _subject(news.body.id("order_id"), f"dispute:{dispute_id}"), [Link("dispute", dispute_id)]
    return _answer(news, type_now, fact.at, subject, [fact], links, status=fact.native_status, reason=fact.native_reason)


def _privacy(news: News, type_: EventType) -> Answer:
    """A request about personal data. The topic is not signed, so the signed body must be of that very kind.

    `native` names the shop as the body does: who erases compares it with the shop's own domain, for all shops of one app
    share its secret.
    """
    wanted, others = _PRIVACY[type_]
    shop = news.body.needed_id("shop_domain")
    if any(name not in news.body.value for name in wanted) or any(name in news.body.value for name in others):
        raise BadPayload(f"is not a request of this kind: {news.topic} has shop_domain, {', '.join(wanted)}")
    if news.shop.endswith(_DOMAIN) and news.shop != shop:
        raise BadPayload(f"is another shop than {news.shop}, to which this was sent", "body.shop_domain")
    if type_ is EventType.SHOP_REDACTED:
        return _answer(news, type_, None, f"shop:{shop}", (), shop=shop)
    who = buyer(news.body, ordering=False)
    if who is None:
        raise BadPayload("is missing; the request names nobody", "body.customer")
    return _answer(news, type_, None, f"buyer:{who}", (), shop=shop)


_PRIVACY = {
    EventType.BUYER_DATA_REQUESTED: (("customer", "orders_requested"), ("orders_to_redact",)),
    EventType.BUYER_REDACTED: (("customer", "orders_to_redact"), ("orders_requested", "data_request")),
    EventType.SHOP_REDACTED: (("shop_id",), ("customer", "orders_to_redact", "orders_requested", "data_request")),
}


def _uninstalled(news: News, type_: EventType) -> Answer:
    shop = news.body.id("myshopify_domain") or news.body.needed_id("domain")
    return _answer(news, type_, None, f"shop:{shop}", (), shop=shop)


_DOMAIN = ".myshopify.com"
_MOVES = (EventType.SHIPMENT_DISPATCHED, EventType.SHIPMENT_EXCEPTION, EventType.SHIPMENT_DELIVERED)
TOPICS: dict[str, Topic] = {
    "orders/create": Topic(EventType.ORDER_PLACED, _order),
    "orders/paid": Topic(EventType.ORDER_PAID, _order),
    "orders/updated": Topic(EventType.ORDER_CHANGED, _order),
    "orders/edited": Topic(EventType.ORDER_CHANGED, _edited),
    "orders/cancelled": Topic(EventType.ORDER_CANCELLED, _order),
    "orders/fulfilled": Topic(EventType.SHIPMENT_DISPATCHED, _order),
    "orders/partially_fulfilled": Topic(EventType.SHIPMENT_DISPATCHED, _order),
    "fulfillments/create": Topic(EventType.SHIPMENT_MOVED, _fulfillment, _MOVES),
    "fulfillments/update": Topic(EventType.SHIPMENT_MOVED, _fulfillment, _MOVES),
    "fulfillment_events/create": Topic(EventType.SHIPMENT_MOVED, _scan, _MOVES),
    "returns/request": Topic(EventType.RETURN_REQUESTED, _return),
    "returns/approve": Topic(EventType.RETURN_APPROVED, _return),
    "returns/decline": Topic(EventType.RETURN_DECLINED, _return),
    "returns/cancel": Topic(EventType.RETURN_WITHDRAWN, _return),
    "returns/update": Topic(EventType.RETURN_CHANGED, _return),
    "returns/process": Topic(EventType.RETURN_INSPECTED, _return),
    "returns/close": Topic(EventType.RETURN_CLOSED, _return),
    "returns/reopen": Topic(EventType.RETURN_REOPENED, _return),
    "reverse_deliveries/attach_deliverable": Topic(EventType.RETURN_CHANGED, _return_parcel, (EventType.UNKNOWN,)),
    "reverse_fulfillment_orders/dispose": Topic(EventType.RETURN_INSPECTED, _disposed, (EventType.UNKNOWN,)),
    "refunds/create": Topic(EventType.REFUND_ISSUED, _refund),
    "disputes/create": Topic(EventType.DISPUTE_OPENED, _dispute, (EventType.DISPUTE_CLOSED,)),
    "disputes/update": Topic(EventType.DISPUTE_CHANGED, _dispute, (EventType.DISPUTE_CLOSED,)),
    "customers/data_request": Topic(EventType.BUYER_DATA_REQUESTED, _privacy),
    "customers/redact": Topic(EventType.BUYER_REDACTED, _privacy),
    "shop/redact": Topic(EventType.SHOP_REDACTED, _privacy),
    "app/uninstalled": Topic(EventType.SHOP_UNINSTALLED, _uninstalled),
}
