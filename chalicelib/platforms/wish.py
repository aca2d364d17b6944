"""Wish: unsigned webhooks with whole orders in them, of which only the hint is taken; the Marketplace API v3 is believed.

Sources: the catalogue of webhook topics in the platform's front end; the OpenAPI document of the API v3. No payload of a
webhook has been published, so nothing in one is relied on but what names the order.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from ..model import times
from ..model.call import Limit, Resource
from ..model.event import Event, Translated, Want, Webhook
from ..model.facts import MessageFact
from ..model.words import EventType
from . import _wish_words as vocabulary
from ._read import Reader, name_of
from ._signing import check_token, with_token

if TYPE_CHECKING:
    from ..model.call import Account, Answer, Read, Request, Response, Token

TITLE = "Wish"
SECRET = "a long word that nobody can guess: the last part of the endpoint, which is all that protects it"
SIGNED = False
SETUP = {
    "client_id": "the client id of your app, shown in its settings on merchant.wish.com",
    "client_secret": "the client secret of your app, shown beside it",
    "refresh_token": "what the authorisation of the app gave together with the access token",
}
QUIRKS, LEFT = vocabulary.QUIRKS, vocabulary.LEFT
VOCABULARY = {"Milestone of an order (where its parcel is)": vocabulary.MILESTONE}

_RATE = Limit(2.0, 2)
_DAY = timedelta(days=1)
READS = {
    "orders": Resource(
        "orders by when they were changed", _RATE, back=180 * _DAY, window=30 * _DAY, every=timedelta(hours=2), again=_DAY
    ),
    "order": Resource("an order", _RATE),
}


@dataclass(frozen=True, slots=True)
class News:
    """A push: its topic and body, when its body says it was so and when it came in."""

    topic: str
    body: Reader
    at: datetime | None
    received: datetime


@dataclass(frozen=True, slots=True)
class Topic:
    """As which type of event a topic is told, and how it is read."""

    type: EventType
    read: Callable[[News, EventType], tuple[str, Event]]


def verify(webhook: Webhook, secrets: Sequence[str], now: datetime) -> None:
    """The address ends with one of the secrets: nothing else is known of who sent it."""
    check_token(webhook, secrets)


def sign(webhook: Webhook, secret: str, now: datetime) -> Webhook:
    """The webhook as it comes to the address that ends with the secret. ValueError for an empty one."""
    return with_token(webhook, secret)


def translate(webhook: Webhook, received: datetime) -> Translated:
    """The event of one push. Topics that are not known are kept as `unknown`."""
    whole = Reader.of(webhook.body)
    body = whole.child("data") if isinstance(whole.value.get("data"), dict) else whole
    said = webhook.query.get("topic") or whole.text("topic") or ("ORDER_ALL" if _an_order(body) else "")
    topic, known, at = name_of(said), TOPICS.get(said), body.time("updated_at")
    id_ = _id(topic, body, at) or f"{topic}:sha256-{hashlib.sha256(webhook.body).hexdigest()[:32]}"
    if known is None or not body.id("id"):
        return Translated(id_, f"unknown:{id_}", (Event(EventType.UNKNOWN, at or received, native={"topic": topic}),))
    subject, event = known.read(News(topic, body, at, received), known.type)
    return Translated(id_, subject, (event,))


def _an_order(body: Reader) -> bool:
    return bool(body.value.keys() & {"state", "product_information", "order_payment", "released_at"})


def _id(topic: str, body: Reader, at: datetime | None) -> str | None:
    """The documented key: topic, order, state and last change; None where the change is not told."""
    native_id = body.id("id")
    if native_id is None or at is None:
        return None
    return f"{topic}:{name_of(native_id)}:{name_of(body.text('state') or '')}:{times.text(at)}"


def _order(news: News, type_: EventType) -> tuple[str, Event]:
    """A hint that something of an order changed: it has to be read."""
    order_id, state = news.body.needed_id("id"), news.body.text("state")
    native = {"topic": news.topic} | ({"status": name_of(state)} if state else {})
    return f"order:{order_id}", Event(type_, news.at or news.received, native=native, wants=(Want("order", order_id),))


def _ticket(news: News, type_: EventType) -> tuple[str, Event]:
    """A buyer's message that waits for an answer."""
    ticket, order_id = news.body.needed_id("id"), news.body.id("order_id")
    native_id = f"{ticket}@{times.text(news.at)}" if news.at else ticket
    fact = MessageFact(native_id, news.at, thread=ticket, by="buyer", received_at=news.at)
    event = Event(type_, news.at or news.received, (fact,), {"topic": news.topic})
    return f"order:{order_id}" if order_id else f"message:{ticket}", event


TOPICS = {
    "ORDER_ALL": Topic(EventType.ORDER_CHANGED, _order),
    "ORDER_RELEASE": Topic(EventType.ORDER_CHANGED, _order),
    "ORDER_FULFILLMENT_DEADLINE": Topic(EventType.ORDER_CHANGED, _order),
    "ORDER_ADDRESS_CHANGE": Topic(EventType.ORDER_CHANGED, _order),
    "ORDER_TRACKING_UPDATE": Topic(EventType.SHIPMENT_MOVED, _order),
    "ORDER_REFUND": Topic(EventType.ORDER_CHANGED, _order),
    "TICKET_AWAITING_MERCHANT": Topic(EventType.MESSAGE_RECEIVED, _ticket),
}


def request(read: Read, account: Account, now: datetime) -> Request:
    """The request for a read, under the seller's access token."""
    from . import _wish_calls

    return _wish_calls.request(read, account)


def answer(read: Read, response: Response, account: Account, now: datetime) -> Answer:
    """What an answer tells."""
    from . import _wish_calls

    return _wish_calls.answer(read, response, now)


def renewal(kind: str, account: Account, now: datetime) -> Request:
    """The request for a new access token."""
    from . import _wish_calls

    return _wish_calls.renewal(account)


def renewed(kind: str, response: Response, account: Account, now: datetime) -> Token:
    """The new access token; Denied when the seller must authorise again."""
    from . import _wish_calls

    return _wish_calls.renewed(response, now)
