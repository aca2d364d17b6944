"""WooCommerce: HTTPS webhooks of the seller's own WordPress, bodies as in its REST API v3, signed over the raw body alone.

Sources: WooCommerce's own code (class-wc-webhook.php: headers, signature, ping, no retries) and its REST v3 documentation.
Headers are not signed, so nothing destructive is chosen by one. The body is made when it is sent, not when something happened.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from ..model import times
from ..model.call import Limit, Resource
from ..model.errors import BadPayload, BadSignature
from ..model.event import Event, Link, Said, Translated, Want, Webhook
from ..model.facts import Fact, RefundFact, ShipmentFact
from ..model.reply import Reply
from ..model.words import EventType
from . import _woocommerce_facts as facts
from . import _woocommerce_words as vocabulary
from ._read import Reader, name_of
from ._signing import any_equal, hmac_sha256_base64, with_headers

if TYPE_CHECKING:
    from ..model.call import Account, Answer, Read, Request, Response
    from ..model.person import Person

TITLE = "WooCommerce"
SECRET = "the webhook's secret, shown under WooCommerce > Settings > Advanced > Webhooks"
SETUP = {
    "url": "the shop's address, such as https://shop.example.com, for reading its API: https, no port, no IP address",
    "consumer_key": "ck_..., made under WooCommerce > Settings > Advanced > REST API with the permission to read",
    "consumer_secret": "cs_..., shown with the key and only then",
    "return_status": "the order status that your returns plugin sets when a return is asked for; return-requested unless said",
}
BUYER = "woocommerce:customer:"
QUIRKS, LEFT = vocabulary.QUIRKS, vocabulary.LEFT
VOCABULARY = {"Order status of a returns plugin": vocabulary.REQUEST}

_SLOW = Limit(1.0)
READS = {
    "orders": Resource(
        "orders by when they were changed", _SLOW, token="", back=timedelta(days=1095), window=timedelta(days=30),
        every=timedelta(minutes=15), again=timedelta(hours=6),
    ),
    "reviews": Resource(
        "reviews of products", _SLOW, token="", back=timedelta(days=1095), window=timedelta(days=90), every=timedelta(hours=6),
        again=timedelta(days=7),
    ),
    "order": Resource("an order", _SLOW, token=""),
    "refund": Resource("a refund of an order", _SLOW, token=""),
}  # fmt: skip

MOST_WANTS = 20
_PING = re.compile(rb"webhook_id=[0-9]{1,20}")
_ENTITIES = {"&amp;": "&", "&lt;": "<", "&gt;": ">", "&quot;": '"', "&#039;": "'"}
_ENTITY = re.compile("|".join(_ENTITIES))


@dataclass(frozen=True, slots=True)
class Topic:
    """As which type of event a topic is read; `also` lists the types that the order's state may make of it."""

    type: EventType
    also: tuple[EventType, ...] = ()


_STATES = (
    EventType.ORDER_PAID, EventType.ORDER_CANCELLED, EventType.SHIPMENT_DISPATCHED, EventType.REFUND_ISSUED,
    *vocabulary.RETURN_EVENT.values(),
)  # fmt: skip
TOPICS = {
    "order.created": Topic(EventType.ORDER_PLACED, (EventType.ORDER_CHANGED,)),
    "order.updated": Topic(EventType.ORDER_CHANGED, _STATES),
    "order.restored": Topic(EventType.ORDER_CHANGED, _STATES),
    "order.deleted": Topic(EventType.ORDER_CHANGED),
}


def verify(webhook: Webhook, secrets: Sequence[str], now: datetime) -> None:
    """One of the secrets signed the raw body. The signature has no time in it, so there is no window to check."""
    given = webhook.headers.get("x-wc-webhook-signature")
    if not given or not webhook.body:
        raise BadSignature("header X-WC-Webhook-Signature or the body is missing")
    keys = [key for secret in secrets if (key := _key(secret))]
    if not any_equal([given], [hmac_sha256_base64(key, webhook.body) for key in keys]):
        raise BadSignature("X-WC-Webhook-Signature does not match the body; is the secret the one of this webhook in the shop?")


def sign(webhook: Webhook, secret: str, now: datetime) -> Webhook:
    """The webhook under the signature header the shop would send. ValueError for an empty secret."""
    return with_headers(webhook, {"x-wc-webhook-signature": hmac_sha256_base64(_key(secret), webhook.body)})


def _key(secret: str) -> bytes:
    """The secret as the shop signs with it: it resolves the entities in which WordPress stores it, once."""
    return _ENTITY.sub(lambda found: _ENTITIES[found.group()], secret).encode()


def handshake(webhook: Webhook, secrets: Sequence[str], now: datetime) -> Reply | None:
    """200 to the ping by which the shop tries the address: a form with its own number for the webhook, and no header of it."""
    if any(name.startswith("x-wc-webhook-") for name in webhook.headers) or not _PING.fullmatch(webhook.body.strip()):
        return None
    return Reply(200)


def translate(webhook: Webhook, received: datetime) -> Translated:
    """The events of one delivery. Topics that are not known are kept as `unknown`, whatever their body is."""
    topic = webhook.headers.get("x-wc-webhook-topic")
    if not topic:
        raise BadPayload("is missing; WooCommerce names the kind of event in it", "header X-WC-Webhook-Topic")
    shop, digest = webhook.headers.get("x-wc-webhook-source", ""), hashlib.sha256(webhook.body).hexdigest()
    topic, known = name_of(topic), TOPICS.get(topic)
    if known is None:
        return _unread(EventType.UNKNOWN, f"{name_of(shop)}:{topic}:sha256-{digest[:32]}", "", received, {"topic": topic})
    body = Reader.of(webhook.body)
    order_id = body.needed_id("id")
    at = facts.changed(body)
    id_ = f"{name_of(shop)}:{topic}:{name_of(order_id)}:{times.text(at) if at else ''}:{digest[:16]}"
    if topic == "order.deleted":
        return _unread(known.type, id_, f"order:{order_id}", received, {"topic": topic, "status": "deleted"})
    return order(body, id_, topic, known, webhook.setup.get("return_status", ""), received)


def _unread(type_: EventType, id_: str, subject: str, received: datetime, native: dict[str, str]) -> Translated:
    """News without anything in it that is kept."""
    return Translated(id_, subject or f"unknown:{id_}", (Event(type_, received, native=native),))


def order(body: Reader, id_: str, topic: str, known: Topic, own: str, told: datetime) -> Translated:
    """An order as it stands, typed by the topic or, where that leaves it open, by its state. `told` dates what has no date."""
    order_id, at, status = body.needed_id("id"), facts.changed(body), body.text("status") or ""
    parcels, back = facts.shipments(body, order_id, at, status), facts.refunds(body, at)
    said: list[Fact] = [facts.order(body, order_id, at, status), *facts.lines(body, at), *parcels, *back]
    links, request = facts.tracking_links(parcels), vocabulary.request_of(status, own)
    if request:
        said.append(facts.goods_return(order_id, at, status, request))
        links.append(Link("return", order_id))
    type_, when = _typed(body, status, at, parcels, back, own, known)
    native = {"topic": topic} | ({"status": status[:200]} if status else {})
    wants = tuple(Want("refund", f"{order_id}-{one.id}") for one in back[:MOST_WANTS])
    event = Event(type_, when or at or told, tuple(said), native, links=tuple(links), wants=wants)
    return Translated(id_, f"order:{order_id}", (event,), _buyer(body))


def _typed(
    body: Reader, status: str, at: datetime | None, parcels: Sequence[ShipmentFact], back: Sequence[RefundFact], own: str,
    known: Topic,
) -> tuple[EventType, datetime | None]:  # fmt: skip
    """What the news is, and since when it is so. Nothing is made of a draft."""
    if status in vocabulary.DRAFTS:
        return EventType.ORDER_CHANGED, at
    type_, when = _state(body, status, at, parcels, back, own) if _STATES[0] in known.also else (None, None)
    if type_ is not None:
        return type_, when
    return known.type, (facts.gmt(body, "date_created_gmt") or at) if known.type is EventType.ORDER_PLACED else at


def _state(
    body: Reader, status: str, at: datetime | None, parcels: Sequence[ShipmentFact], back: Sequence[RefundFact], own: str,
) -> tuple[EventType | None, datetime | None]:  # fmt: skip
    """What an order has come to and since when: the furthest that it tells; None when it is neither of these."""
    request = vocabulary.request_of(status, own)
    if request:
        return vocabulary.RETURN_EVENT[request], at
    if status == vocabulary.CANCELLED:
        return EventType.ORDER_CANCELLED, at
    if back:
        return EventType.REFUND_ISSUED, at
    if parcels:
        return EventType.SHIPMENT_DISPATCHED, max((one.dispatched_at for one in parcels if one.dispatched_at), default=at)
    paid = facts.gmt(body, "date_paid_gmt")
    return (EventType.ORDER_PAID, paid) if paid and status not in vocabulary.UNPAID else (None, None)


def _buyer(body: Reader) -> str | None:
    """The customer's number; for a guest, whose number is 0, the e-mail address of the bill."""
    number = facts.known(body.id("customer_id"))
    if number:
        return BUYER + number
    email = body.child("billing").text("email")
    return f"email:{email.strip().lower()}" if email else None


def person(body: bytes) -> tuple[Person, datetime | None] | None:
    """Who ordered, and when, from the body of an order. None when it tells nothing of them, and for what is no order."""
    from . import _woocommerce_people

    return _woocommerce_people.person(Reader.of(body))


def words(body: bytes) -> tuple[Said, ...]:
    """What the buyer wrote in a review that was read. An order's customer_note is no such thing."""
    from ._said import once, plain, sure, told

    review = Reader.of(body)
    written = plain(review.value.get("review"))
    return once(told("review", sure(review.id, "id"), written, at=sure(facts.gmt, review, "date_created_gmt")))


def request(read: Read, account: Account, now: datetime) -> Request:
    """The request for a read, to the shop's own address. ConfigurationError for an address that is none of a shop."""
    from . import _woocommerce_calls

    return _woocommerce_calls.request(read, account)


def answer(read: Read, response: Response, account: Account, now: datetime) -> Answer:
    """What the shop's answer tells."""
    from . import _woocommerce_calls

    return _woocommerce_calls.answer(read, response, account, now)
