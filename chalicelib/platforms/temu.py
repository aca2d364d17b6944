"""Temu: HTTPS webhooks with an encrypted body, signed over its plain text and the headers.

Source: Temu Partner Platform, Webhook Integration Guide (2025-08-15) and its list of events; both of its examples are among the
tests. The payload is decrypted in memory alone; events hold numbers, and the API tells the rest.
"""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from ..model import times
from ..model.call import Limit, Resource
from ..model.errors import BadPayload, BadSignature, Ignored
from ..model.event import Event, Link, Said, Translated, Want, Webhook
from ..model.facts import Fact, RefundFact
from ..model.words import EventType
from . import _temu_facts as facts
from . import _temu_words as vocabulary
from ._read import Reader, name_of
from ._signing import any_equal, base64_bytes, hmac_sha256_hex, with_headers

if TYPE_CHECKING:
    from ..model.call import Account, Answer, Read, Request, Response

TITLE = "Temu"
SECRET = "the app_secret of your app on the Temu Partner Platform"
SETUP = {
    "app_key": "the app_key of your app on the Temu Partner Platform",
    "access_token": "what the seller's authorisation in the Seller Center gave; after its expiry a new one",
    "region": "us, eu or global: where the shop sells",
    "price_approval": "yes once Temu approved bg.order.amount.query for the app; without it orders have no prices",
}
QUIRKS, LEFT = vocabulary.QUIRKS, vocabulary.LEFT
VOCABULARY = {"Order status": vocabulary.ORDER, "After-sales status (the request)": vocabulary.REQUEST}

_RATE = Limit(10.0, 10)
_DAY = timedelta(days=1)
_LIST = {"back": 90 * _DAY, "window": 7 * _DAY, "every": timedelta(minutes=30), "again": _DAY}
READS = {
    "orders": Resource("orders by when they were changed", _RATE, token="", **_LIST),
    "returns": Resource("returns by when they were changed", _RATE, token="", **_LIST),
    "order": Resource("an order", _RATE, token=""),
    "amount": Resource("what an order cost", _RATE, token=""),
    "return": Resource("a return", _RATE, token=""),
}
_LATEST = timedelta(hours=vocabulary.RETRIES_HOURS)
_KEY = 16
_EXT = "x-tm-ext-param"
_HEADERS = ("x-tm-app-key", "x-tm-event-code", _EXT, "x-tm-timestamp")
_UNOPENED = "no secret of this shop opens and signs this delivery; is it the app_secret of the app that is called?"


@dataclass(frozen=True, slots=True)
class News:
    """A notification: its event code, key and body, its number and status, when it was so and when it came in."""

    topic: str
    id: str
    body: Reader
    at: datetime | None
    received: datetime


@dataclass(frozen=True, slots=True)
class Topic:
    """How an event code is read and as which type of event; `also` lists the types its content may make of it."""

    type: EventType
    read: Callable[[News], tuple[str, Event]]
    key: tuple[str, ...]
    also: tuple[EventType, ...] = ()


def opened(webhook: Webhook, secrets: Sequence[str]) -> Webhook:
    """The delivery with its body decrypted by the secret that also signed it. BadSignature alike for whatever is wrong."""
    sealed = _sealed(webhook.body)
    for secret in secrets:
        plain = _plain(sealed, secret.encode()) if sealed else None
        if plain is not None and _signs(webhook, plain, secret):
            return replace(webhook, body=plain)
    raise BadSignature(_UNOPENED)


def _sealed(body: bytes) -> bytes | None:
    """The ciphertext of a body; None for any other body, and for base64 in any but its one spelling."""
    try:
        found = json.loads(body) if body[:1] == b"{" and body[-1:] == b"}" else None
    except (ValueError, RecursionError):
        return None
    text = found.get("eventData") if isinstance(found, dict) else None
    raw = base64_bytes(text) if isinstance(text, str) and text.isascii() else None
    return raw if raw and len(raw) % _KEY == 0 and base64.b64encode(raw).decode() == text else None


def _aes(secret: bytes) -> tuple[Any, Any]:
    """Temu's cipher under a secret (its first 16 bytes are the key and the first block alike), and its padding."""
    from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
    from cryptography.hazmat.primitives.padding import PKCS7

    key = secret[:_KEY]
    return Cipher(algorithms.AES(key), modes.CBC(key)), PKCS7(_KEY * 8)


def _plain(sealed: bytes, secret: bytes) -> bytes | None:
    """The text under a secret's first 16 bytes; None where there are fewer, and where the padding is wrong."""
    if len(secret) < _KEY:
        return None
    cipher, padding = _aes(secret)
    decryptor, unpadder = cipher.decryptor(), padding.unpadder()
    try:
        found: bytes = unpadder.update(decryptor.update(sealed) + decryptor.finalize()) + unpadder.finalize()
        return found
    except ValueError:
        return None


def _signs(webhook: Webhook, plain: bytes, secret: str) -> bool:
    given = webhook.headers.get("x-tm-signature", "")
    return bool(secret) and any_equal([given], [hmac_sha256_hex(secret.encode(), one) for one in _signed(webhook, plain)])


def _signed(webhook: Webhook, plain: bytes) -> list[bytes]:
    """What is signed, keys and values in the order of the keys: with the ext-param where one is sent, and without it."""
    pairs = [(name, webhook.headers.get(name, "").encode("utf-8", "replace")) for name in _HEADERS]
    ways = [pairs, [pair for pair in pairs if pair[0] != _EXT]] if webhook.headers.get(_EXT) else [pairs]
    return [b"eventData" + plain + b"".join(name.encode() + value for name, value in way) for way in ways]


def verify(webhook: Webhook, secrets: Sequence[str], now: datetime) -> None:
    """One of the secrets signed the plain text, not longer ago than retries last. Ignored for the test button."""
    if not any(_signs(webhook, webhook.body, secret) for secret in secrets):
        raise BadSignature(_UNOPENED)
    sent = webhook.headers.get("x-tm-timestamp", "")
    if not sent.isascii() or not sent.isdigit() or len(sent) > 15:
        raise BadSignature("x-tm-timestamp must be milliseconds since 1970")
    if abs(now.timestamp() - int(sent) / 1000) > _LATEST.total_seconds():
        raise BadSignature(f"x-tm-timestamp is more than {vocabulary.RETRIES_HOURS} hours from now")
    if webhook.headers.get("x-tm-event-code") == vocabulary.TEST:
        raise Ignored("the test button was pressed")


def sign(webhook: Webhook, secret: str, now: datetime) -> Webhook:
    """The plain webhook as Temu would send it: encrypted, under the time and the signature. ValueError for too short a key."""
    if len(secret.encode()) < _KEY:
        raise ValueError(f"an app_secret has at least {_KEY} bytes, of which the key is made")
    cipher, padding = _aes(secret.encode())
    stamped = with_headers(webhook, {"x-tm-timestamp": str(times.millis(now))})
    signature = hmac_sha256_hex(secret.encode(), _signed(stamped, webhook.body)[0])
    encryptor, padder = cipher.encryptor(), padding.padder()
    sealed = encryptor.update(padder.update(webhook.body) + padder.finalize()) + encryptor.finalize()
    body = json.dumps({"eventData": base64.b64encode(sealed).decode()}, separators=(",", ":")).encode()
    return replace(with_headers(stamped, {"x-tm-signature": signature}), body=body)


def translate(webhook: Webhook, received: datetime) -> Translated:
    """The event of one decrypted delivery. Event codes that are not known are kept as `unknown`, whatever their body is."""
    code = webhook.headers.get("x-tm-event-code")
    if not code:
        raise BadPayload("is missing; Temu names the kind of event in it", "header X-Tm-Event-Code")
    topic, known = name_of(code), TOPICS.get(code)
    digest = hashlib.sha256(webhook.body).hexdigest()[:32]
    if known is None:
        id_ = f"{topic}:sha256-{digest}"
        return Translated(id_, f"unknown:{id_}", (Event(EventType.UNKNOWN, received, native={"topic": topic}),))
    body = Reader.of(webhook.body)
    id_ = f"{topic}:{_key(body, known.key) or f'sha256-{digest}'}"
    subject, event = known.read(News(topic, id_, body, facts.when(body, "updateTime", "updateAt"), received))
    return Translated(id_, subject, (event,), seller=body.id("mallId"))


def _key(body: Reader, names: tuple[str, ...]) -> str | None:
    """The documented key: numbers, status, time. None where status or time is not told: the bytes then tell repeats."""
    parts = [body.id(name) for name in names]
    return ":".join(name_of(part or "") for part in parts) if names and all(parts[-2:]) and any(parts[:-2]) else None


def _event(
    news: News, type_: EventType, said: Sequence[Fact], status: str | None, *links: Link, wants: Sequence[Want],
) -> Event:  # fmt: skip
    native = {"topic": news.topic} | ({"status": status} if status else {})
    return Event(type_, news.at or news.received, tuple(said), native, links=links, wants=tuple(wants))


def _about(body: Reader, otherwise: str) -> tuple[str, list[Want], list[Link]]:
    """What news is about and what has to be read: the parent order; one order in it finds that by a link."""
    order_id, order_sn = body.id("parentOrderSn"), body.id("orderSn")
    if order_id:
        return f"order:{order_id}", [Want("order", order_id)], [Link("suborder", order_sn)] if order_sn else []
    return (f"suborder:{order_sn}" if order_sn else otherwise), [], []


def _order(news: News) -> tuple[str, Event]:
    """News of one order in a parent order. Whether all of that is cancelled only the order itself tells."""
    subject, wants, links = _about(news.body, f"unknown:{news.id}")
    order_sn, status = news.body.id("orderSn"), news.body.id("orderStatus")
    if subject.startswith("unknown:"):
        return _unread(news)
    parcel = facts.parcel(order_sn, status, news.at) if order_sn else None
    known = vocabulary.ORDER.get(status or "", EventType.ORDER_CHANGED)
    type_ = EventType.ORDER_CHANGED if status == vocabulary.CANCELLED else known
    return subject, _event(news, type_, [parcel] if parcel else [], status, *links, wants=wants)


def _address(news: News) -> tuple[str, Event]:
    subject, _, links = _about(news.body, f"unknown:{news.id}")
    if subject.startswith("unknown:"):
        return _unread(news)
    return subject, _event(news, EventType.ORDER_CHANGED, (), None, *links, wants=())


def _return(news: News) -> tuple[str, Event]:
    return_id, order_id = news.body.id("parentAfterSalesSn"), news.body.id("parentOrderSn")
    if return_id is None:
        subject, wants, links = _about(news.body, f"unknown:{news.id}")
        known = not subject.startswith("unknown:")
        return (subject, _event(news, EventType.RETURN_CHANGED, (), None, *links, wants=wants)) if known else _unread(news)
    status = news.body.id("parentAfterSalesStatus")
    step, back = vocabulary.STEPS.get(status or ""), facts.refund(news.body, return_id, news.at)
    said: list[Fact] = [facts.goods_return(news.body, return_id, news.at, None), *([back] if back else [])]
    asked = [Want("return", f"{return_id}:{order_id}")] if order_id else []
    event = _event(news, step.type if step else EventType.RETURN_CHANGED, said, status, Link("return", return_id), wants=asked)
    return f"order:{order_id}" if order_id else f"return:{return_id}", event


def _cancelled(news: News) -> tuple[str, Event]:
    """A cancellation, perhaps of a part: the order itself tells whether all of it is off. Money moved once it is refunded."""
    subject, wants, links = _about(news.body, f"unknown:{news.id}")
    refund_id = news.body.id("parentAfterSalesSn")
    if subject.startswith("unknown:"):
        return _unread(news)
    back = facts.refund(news.body, refund_id, news.at) if refund_id else None
    said = [RefundFact(back.id, back.at, confirmed=True, issued_at=back.issued_at)] if back else []
    type_ = EventType.REFUND_ISSUED if back else EventType.ORDER_CHANGED
    status = news.body.id("parentAfterSalesStatus")
    return subject, _event(news, type_, said, status, *links, wants=wants)


def _unread(news: News) -> tuple[str, Event]:
    """News that names nothing that is known: kept as it came."""
    return f"unknown:{news.id}", _event(news, EventType.UNKNOWN, (), None, wants=())


_AFTER_SALES = ("parentAfterSalesSn", "parentOrderSn", "parentAfterSalesStatus", "updateAt")
TOPICS = {
    "bg_order_status_change_event": Topic(
        EventType.ORDER_CHANGED, _order, ("orderSn", "parentOrderSn", "orderStatus", "updateTime"),
        tuple(dict.fromkeys(type_ for status, type_ in vocabulary.ORDER.items() if status != vocabulary.CANCELLED)),
    ),
    "bg_trade_logistics_address_changed": Topic(EventType.ORDER_CHANGED, _address, ()),
    "bg_aftersales_status_change": Topic(
        EventType.RETURN_CHANGED, _return, _AFTER_SALES, tuple(dict.fromkeys(step.type for step in vocabulary.STEPS.values()))
    ),
    "bg_cancel_order_status_change": Topic(EventType.ORDER_CHANGED, _cancelled, _AFTER_SALES, (EventType.REFUND_ISSUED,)),
}  # fmt: skip


def words(body: bytes) -> tuple[Said, ...]:
    """What the buyer wrote beside the parts of a return that was read. Nothing for all else: pushes hold no words."""
    from ._said import once, parts, sure, told

    one = Reader.of(body)
    written = sure(facts.when, one, "createAtMillis", "createAt")
    return once(
        said for part in parts(one, "afterSalesList")
        for said in told("return_line", sure(part.id, "afterSalesSn"), part.value.get("buyerComment"), at=written)
    )  # fmt: skip


def request(read: Read, account: Account, now: datetime) -> Request:
    """The signed request for a read."""
    from . import _temu_calls

    return _temu_calls.request(read, account, now)


def answer(read: Read, response: Response, account: Account, now: datetime) -> Answer:
    """What an answer tells."""
    from . import _temu_calls

    return _temu_calls.answer(read, response, account, now)
