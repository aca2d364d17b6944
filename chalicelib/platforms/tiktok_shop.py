"""TikTok Shop: HTTPS webhooks that hold ids and a status, signed over app key and raw body, and an API that tells the rest.

Sources: partner.tiktokshop.com, tts-webhooks-overview and the pages of topics 1 to 14; EcomPHP/tiktokshop-php for signatures.
The webhooks of developers.tiktok.com (header TikTok-Signature) are another product's. One app serves many shops.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, TypeGuard

from ..model import times
from ..model.errors import BadPayload
from ..model.event import Event, Said, Translated, Want, Webhook
from ..model.facts import MessageFact, OrderFact
from ..model.reply import Reply
from ..model.words import EventType
from . import _tiktok_shop_returns as returns
from . import _tiktok_shop_words as vocabulary
from ._read import Reader, name_of
from ._signing import check_keyed, with_key
from ._tiktok_shop_orders import native

if TYPE_CHECKING:
    from ..model.call import Account, Answer, Read, Request, Response, Token
    from ..model.person import Person

TITLE = "TikTok Shop"
SECRET = "the app secret, shown in Partner Center under App & Service"
SETUP = {
    "app_key": "the app key, beside the app secret in Partner Center",
    "shop_cipher": "the shop's cipher, from GET /authorization/202309/shops",
    "refresh_token": "the refresh token that came with the seller's authorisation; it is renewed by itself",
}
BUYER = "tiktok_shop:user:"
ANSWER = Reply(200, b"")
QUIRKS, LEFT, READS = vocabulary.QUIRKS, vocabulary.LEFT, vocabulary.READS
VOCABULARY = {
    "Order status": vocabulary.ORDER,
    "Parcel (status of its lines)": vocabulary.PARCEL,
    "Return status: the request": vocabulary.REQUEST,
    "Return status: the goods, where they are to come back": vocabulary.GOODS,
    "Arbitration": vocabulary.ARBITRATION,
}
Subject = tuple[str, tuple[Event, ...]]
_MOST_ORDERS = 100  # of one package; the list by change time tells of more


@dataclass(frozen=True, slots=True)
class News:
    """A notification: its topic, its delivery id, its envelope and its data; when it was sent and when it came in."""

    topic: str
    id: str
    body: Reader
    data: Reader
    sent: datetime | None
    received: datetime

    @property
    def at(self) -> datetime | None:
        """When what it says was true: the thing's own time, else the time it was sent."""
        return self.data.seconds("update_time") or self.sent

    @property
    def told(self) -> returns.Told:
        return returns.Told(self.topic, self.sent, self.received, want=True)


@dataclass(frozen=True, slots=True)
class Topic:
    """How a topic is read, as which type of event, and where the id stands that it is about."""

    type: EventType
    read: Callable[[News], Subject]
    also: tuple[EventType, ...] = ()
    id: str = ""


def verify(webhook: Webhook, secrets: Sequence[str], now: datetime) -> None:
    """One of the secrets signed app key and raw body. BadSignature otherwise, and where the shop was connected without it."""
    check_keyed(webhook, secrets, "tiktok_shop")


def sign(webhook: Webhook, secret: str, now: datetime) -> Webhook:
    """The webhook under the signature TikTok Shop would send. ValueError for an empty secret."""
    return with_key(webhook, secret, "tiktok_shop")


def translate(webhook: Webhook, received: datetime) -> Translated:
    """The events of one delivery. Types that are not known are kept as `unknown`, whatever their data is."""
    body = Reader.of(webhook.body)
    number = body.whole("type")
    if number is None:
        raise BadPayload("is missing; TikTok Shop names the kind of event in it", body.path("type"))
    name = vocabulary.NAMES.get(number, f"TYPE_{number}")
    known = TOPICS.get(name)
    data = body.child("data") if known else Reader({}, body.path("data"))
    id_ = _delivery_id(webhook, body, data, name, known)
    news = News(name, id_, body, data, body.seconds("timestamp"), received)
    subject, events = known.read(news) if known else _unknown(news)
    return Translated(id_, subject, events, seller=body.id("shop_id"))


def person(body: bytes) -> tuple[Person, datetime | None] | None:
    """Who ordered, and when, from an order as the API gives it. None for everything else: notifications name nobody."""
    from . import _tiktok_shop_people

    return _tiktok_shop_people.person(Reader.of(body))


def words(body: bytes) -> tuple[Said, ...]:
    """What the buyer wrote: in the records of a return, or in a message of a talk."""
    from . import _tiktok_shop_said

    return _tiktok_shop_said.words(Reader.of(body))


def request(read: Read, account: Account, now: datetime) -> Request:
    """The signed request for a read."""
    from . import _tiktok_shop_calls

    return _tiktok_shop_calls.request(read, account, now)


def answer(read: Read, response: Response, account: Account, now: datetime) -> Answer:
    """What an answer means."""
    from . import _tiktok_shop_calls

    return _tiktok_shop_calls.answer(read, response, account, now)


def renewal(kind: str, account: Account, now: datetime) -> Request:
    """The request for a new access token; the app's secret is in its address."""
    from . import _tiktok_shop_calls

    return _tiktok_shop_calls.renewal(account)


def renewed(kind: str, response: Response, account: Account, now: datetime) -> Token:
    """The token in the answer."""
    from . import _tiktok_shop_calls

    return _tiktok_shop_calls.renewed(response, now)


def _delivery_id(webhook: Webhook, body: Reader, data: Reader, name: str, known: Topic | None) -> str:
    """The documented key. Older payloads lack it: then what it is about and how that stands; the last resort is the bytes."""
    given = body.id("tts_notification_id")
    if given:
        return f"{name}:{name_of(given)}"
    about = data.id(known.id) if known and known.id else None
    if not about:
        return f"{name}:sha256-{hashlib.sha256(webhook.body).hexdigest()[:32]}"
    said = data.text("order_status") or data.text("return_status") or data.text("cancel_status") or ""
    at = data.seconds("update_time") or data.seconds("create_time")
    parts = (body.id("shop_id") or "", about, said, str(int(at.timestamp())) if at else "")
    return f"{name}:" + ":".join(name_of(part) for part in parts)


def _event(news: News, type_: EventType, **said: str | None) -> Event:
    """News that says nothing but its own words."""
    return Event(type_, news.at or news.received, native=native(topic=news.topic, **said))


def _unknown(news: News) -> Subject:
    return f"unknown:{news.id}", (_event(news, EventType.UNKNOWN),)


def _order(news: News) -> Subject:
    """An order's new status; the rest of it has to be read."""
    order_id, status = news.data.needed_id("order_id"), news.data.text("order_status")
    type_ = vocabulary.ORDER.get(status or "", EventType.ORDER_CHANGED)
    cancelled = news.at if type_ is EventType.ORDER_CANCELLED else None
    held = "true" if news.data.flag("is_on_hold_order") else None
    fact = OrderFact(order_id, news.at, cancelled_at=cancelled, closed_at=news.at if status == "COMPLETED" else None)
    said = native(topic=news.topic, status=status, on_hold=held)
    event = Event(type_, news.at or news.received, (fact,), said, wants=(Want("order", order_id),))
    return f"order:{order_id}", (event,)


def _packages(news: News) -> Subject:
    """Packages were made, split or combined. One may hold several orders: each is read, and tells which are its own."""
    orders: dict[str, None] = {}
    first = None
    for package in news.data.children("package_list"):
        first = first or package.needed_id("package_id")
        listed = package.value.get("order_id_list")
        orders |= dict.fromkeys(one for one in listed if _is_id(one)) if isinstance(listed, list) else {}
    if first is None:
        raise BadPayload("is empty", news.data.path("package_list"))
    wants = tuple(Want("order", one) for one in list(orders)[:_MOST_ORDERS])
    said = native(topic=news.topic, status=news.data.text("sc_type"), role=news.data.text("role_type"), package=first)
    subject = f"order:{wants[0].id}" if len(wants) == 1 else f"package:{first}"
    return subject, (Event(EventType.SHIPMENT_MOVED, news.at or news.received, native=said, wants=wants),)


def _cancellation(news: News) -> Subject:
    return f"order:{news.data.needed_id('order_id')}", returns.cancellation(news.data, news.told)


def _return(news: News) -> Subject:
    return_id, order_id = news.data.needed_id("return_id"), news.data.id("order_id")
    return f"order:{order_id}" if order_id else f"return:{return_id}", returns.returned(news.data, return_id, news.told)


def _message(news: News) -> Subject:
    """A message of a talk. Its words stay sealed; a card of an order in it says which order it is about."""
    data = news.data
    at, thread = data.seconds("create_time"), data.id("conversation_id")
    fact = MessageFact(
        data.needed_id("message_id"), at, thread, vocabulary.SENDER.get((data.child("sender").text("role") or "").upper()), at
    )  # fmt: skip
    order_id = _shown_order(data)
    subject = f"order:{order_id}" if order_id else f"conversation:{thread or fact.id}"
    said = native(topic=news.topic, kind=data.text("type"))
    return subject, (Event(EventType.MESSAGE_RECEIVED, at or news.sent or news.received, (fact,), said),)


def _shown_order(data: Reader) -> str | None:
    """The order in a message's content, which is JSON inside JSON, or anything else."""
    content = data.value.get("content")
    if not isinstance(content, str) or '"order_id"' not in content:
        return None
    try:
        inner = json.loads(content)
    except (ValueError, RecursionError):
        return None
    found = inner.get("order_id") if isinstance(inner, dict) else None
    return found if _is_id(found) else None


def _is_id(value: object) -> TypeGuard[str]:
    return isinstance(value, str) and value.isascii() and value.isalnum() and len(value) <= 64


def _closed(news: News) -> Subject:
    """The seller took the authorisation back."""
    shop = news.body.needed_id("shop_id")
    return f"shop:{shop}", (_event(news, EventType.SHOP_UNINSTALLED, shop=shop),)


def _ending(news: News) -> Subject:
    """The authorisation ends soon. The time is sent as text."""
    shop, ends = news.body.needed_id("shop_id"), news.data.seconds("expiration_time")
    return f"shop:{shop}", (_event(news, EventType.UNKNOWN, shop=shop, expires=times.text(ends) if ends else None),)


_MOVES = (EventType.ORDER_PAID, EventType.ORDER_CHANGED, EventType.SHIPMENT_MOVED, EventType.SHIPMENT_DISPATCHED,
          EventType.SHIPMENT_DELIVERED, EventType.ORDER_CANCELLED)  # fmt: skip
_STEPS = (EventType.RETURN_APPROVED, EventType.RETURN_DECLINED, EventType.RETURN_WITHDRAWN, EventType.RETURN_DISPATCHED,
          EventType.RETURN_INSPECTED, EventType.RETURN_CHANGED, EventType.RETURN_CLOSED, EventType.REFUND_ISSUED)  # fmt: skip
TOPICS: dict[str, Topic] = {
    "ORDER_STATUS_CHANGE": Topic(EventType.ORDER_PLACED, _order, _MOVES, "order_id"),
    "RECIPIENT_ADDRESS_UPDATE": Topic(EventType.ORDER_CHANGED, _order, id="order_id"),
    "PACKAGE_UPDATE": Topic(EventType.SHIPMENT_MOVED, _packages),
    "SELLER_DEAUTHORIZATION": Topic(EventType.SHOP_UNINSTALLED, _closed),
    "UPCOMING_AUTHORIZATION_EXPIRATION": Topic(EventType.UNKNOWN, _ending),
    "CANCELLATION_STATUS_CHANGE": Topic(EventType.ORDER_CHANGED, _cancellation, id="cancel_id"),
    "RETURN_STATUS_CHANGE": Topic(EventType.RETURN_REQUESTED, _return, _STEPS, "return_id"),
    "NEW_MESSAGE": Topic(EventType.MESSAGE_RECEIVED, _message, id="message_id"),
}
