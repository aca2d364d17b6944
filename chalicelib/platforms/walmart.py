"""Walmart Marketplace (US): notifications over HTTPS, bodies with few details; the rest is read from the Marketplace API.

Sources: Walmart's notifications OpenAPI (subscriptions and their ways to prove who calls), its event pages, and for signed
deliveries two public implementations of its security guide. Neither order nor single delivery is promised.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import TYPE_CHECKING
from urllib.parse import urlencode, urlsplit

from ..model.call import Limit, Resource
from ..model.errors import BadSignature
from ..model.event import Translated, Webhook
from . import _walmart_news as news
from . import _walmart_words as vocabulary
from ._read import Reader, name_of
from ._signing import any_equal, hmac_sha256_base64, hmac_sha256_hex, needed, with_headers

if TYPE_CHECKING:
    from ..model.call import Account, Answer, Read, Request, Response, Token
    from ..model.person import Person

TITLE = "Walmart Marketplace"
SECRET = (
    "what deliveries are proved with: the clientSecret, or the password, that you gave when subscribing, or the key of signed "
    "deliveries; use the app's client secret if you can, then there is only one"
)
SETUP = {
    "client_id": "the client id of the app, under API Key Management in the Developer Portal",
    "client_secret": "the app's client secret, where deliveries are proved with another one",
    "scheme": "how deliveries are proved: hmac (unless said), basic, or signed",
    "header": "hmac and basic: the authHeaderName given when subscribing; authorization unless said",
    "user": "basic: the userName given when subscribing",
    "url": "signed: the eventUrl as it was registered, where a gateway takes a part of its path away",
    "service_name": "the WM_SVC.NAME for calls; Walmart Marketplace unless said",
    "wfs": "yes, if Walmart's warehouses (WFS) send some of the orders",
}
BUYER = "walmart:customer:"
QUIRKS, LEFT, TOPICS = vocabulary.QUIRKS, vocabulary.LEFT, news.TOPICS
VOCABULARY = {
    "Return history (eventTag): goods": vocabulary.GOODS,
    "Return: refund status": vocabulary.MONEY,
    "Order line status": vocabulary.LINE,
}

_DAYS = timedelta(days=1)
READS = {
    "order": Resource("a purchase order", Limit(5.0, 50)),
    "return": Resource("a return", Limit(1.0, 20)),
    "orders": Resource(
        "purchase orders by when they were made", Limit(5.0, 50), back=180 * _DAYS, window=7 * _DAYS, every=timedelta(hours=6),
        again=14 * _DAYS,
    ),
    "returns": Resource(
        "returns by when they were changed", Limit(1.0, 20), back=180 * _DAYS, window=30 * _DAYS, every=timedelta(hours=1),
        again=_DAYS,
    ),
}  # fmt: skip
_OLD, _SKEW = timedelta(minutes=5), timedelta(minutes=2)
_SIGNATURE, _TIMESTAMP = "signature", "timestamp"


def verify(webhook: Webhook, secrets: Sequence[str], now: datetime) -> None:
    """One of the secrets proves the delivery, in the way that was agreed on when subscribing."""
    _, check = _scheme(webhook)
    check(webhook, [secret for secret in secrets if secret], now)


def sign(webhook: Webhook, secret: str, now: datetime) -> Webhook:
    """The webhook as Walmart would send it in that way. ValueError for an empty secret."""
    if not secret:
        raise ValueError("an empty key signs nothing")
    make, _ = _scheme(webhook)
    return make(webhook, secret, now)


def _scheme(webhook: Webhook) -> tuple[Callable[..., Webhook], Callable[..., None]]:
    name = webhook.setup.get("scheme") or "hmac"
    if name not in _SCHEMES:
        raise BadSignature(f"the shop was connected with scheme={name[:20]}; there are {', '.join(_SCHEMES)}")
    return _SCHEMES[name]


def _header(webhook: Webhook) -> str:
    return (webhook.setup.get("header") or "authorization").lower()


def _given(webhook: Webhook) -> str:
    name = _header(webhook)
    given = webhook.headers.get(name, "")
    if not given or not webhook.body:
        raise BadSignature(f"header {name} or the body is missing")
    return given


def _check_hmac(webhook: Webhook, secrets: Sequence[str], now: datetime) -> None:
    """HMAC over the body alone, in hex or base64: which of them is not documented."""
    given = _given(webhook)
    keys = [secret.encode("utf-8", "replace") for secret in secrets]
    expected = [made(key, webhook.body) for key in keys for made in (hmac_sha256_hex, hmac_sha256_base64)]
    if not any_equal([given, given.lower()] if len(given) == 64 else [given], expected):
        raise BadSignature(f"{_header(webhook)} is not the body's HMAC; is the secret the one given when subscribing?")


def _make_hmac(webhook: Webhook, secret: str, now: datetime) -> Webhook:
    return with_headers(webhook, {_header(webhook): hmac_sha256_base64(secret.encode("utf-8", "replace"), webhook.body)})


def _check_basic(webhook: Webhook, secrets: Sequence[str], now: datetime) -> None:
    """User and password, with the word Basic or without: which of them is not documented."""
    given = _given(webhook).removeprefix("Basic ")
    if not any_equal([given], [_basic(webhook, secret) for secret in secrets]):
        raise BadSignature(f"{_header(webhook)} is not this shop's user and password")


def _make_basic(webhook: Webhook, secret: str, now: datetime) -> Webhook:
    return with_headers(webhook, {_header(webhook): f"Basic {_basic(webhook, secret)}"})


def _basic(webhook: Webhook, password: str) -> str:
    return base64.b64encode(f"{needed(webhook.setup, 'user', 'walmart')}:{password}".encode("utf-8", "replace")).decode()


def _check_signed(webhook: Webhook, secrets: Sequence[str], now: datetime) -> None:
    """HMAC over method, address, time and the body's hash. The time may be 5 minutes old, and clocks 2 minutes apart."""
    given, sent = (_dotted(webhook, name) for name in (_SIGNATURE, _TIMESTAMP))
    if not given or not sent:
        raise BadSignature("headers WM_SEC.SIGNATURE and WM_SEC.TIMESTAMP are needed; does a proxy drop names with dots?")
    if not sent.isascii() or not sent.isdigit() or len(sent) > 12:
        raise BadSignature("WM_SEC.TIMESTAMP must be whole seconds since 1970")
    age = timedelta(seconds=now.timestamp() - int(sent))
    if not -_SKEW <= age <= _OLD + _SKEW:
        raise BadSignature("WM_SEC.TIMESTAMP is more than five minutes old or ahead of time; is this clock right?")
    content = _content(webhook, sent)
    if not any_equal([given], [hmac_sha256_base64(secret.encode("utf-8", "replace"), content) for secret in secrets]):
        raise BadSignature("WM_SEC.SIGNATURE does not match; is `url` the address that Walmart calls, and the secret its own?")


def _make_signed(webhook: Webhook, secret: str, now: datetime) -> Webhook:
    sent = str(int(now.timestamp()))
    signature = hmac_sha256_base64(secret.encode("utf-8", "replace"), _content(webhook, sent))
    names = [vocabulary.HEADERS[0].format(name) for name in (_TIMESTAMP, _SIGNATURE)]
    return with_headers(webhook, dict(zip(names, (sent, signature), strict=True)))


def _content(webhook: Webhook, sent: str) -> bytes:
    """What is signed: four lines. The path is the registered one, the query as it came."""
    path = urlsplit(webhook.setup.get("url", "")).path or webhook.path
    query = urlencode(dict(webhook.query))
    where = f"{path}?{query}" if query else path
    digest = hashlib.sha256(webhook.body).hexdigest()
    return f"{webhook.method}\n{where}\n{sent}\n{digest}".encode("utf-8", "replace")


def _dotted(webhook: Webhook, name: str) -> str:
    spelled = (webhook.headers.get(form.format(name), "") for form in vocabulary.HEADERS)
    return next((value for value in spelled if value), "")


_SCHEMES: dict[str, tuple[Callable[..., Webhook], Callable[..., None]]] = {
    "hmac": (_make_hmac, _check_hmac),
    "basic": (_make_basic, _check_basic),
    "signed": (_make_signed, _check_signed),
}


def translate(webhook: Webhook, received: datetime) -> Translated:
    """The events of one delivery. Events that are not known are kept as `unknown`."""
    body = Reader.of(webhook.body)
    source = body.child("source")
    said = source.text("eventType") or webhook.query.get("eventType") or webhook.headers.get("x-event-type")
    topic, event_id = name_of(said or vocabulary.UNNAMED), source.text("eventId")
    id_ = name_of(event_id) if event_id else f"{topic}:sha256-{hashlib.sha256(webhook.body).hexdigest()[:32]}"
    known = TOPICS.get(topic)
    payload = (body.child("payload") if "payload" in body.value else body) if known else Reader({}, "body.payload")
    one = news.News(topic, id_, payload, source.time("eventTime"), received)
    subject, events = known.read(one, known.type) if known else news.unknown(one)
    return Translated(id_, subject, events, seller=one.payload.id("partnerId"))


def person(body: bytes) -> tuple[Person, datetime | None] | None:
    """Who ordered, and when, from the body of an order that was read. None for everything else."""
    from . import _walmart_people

    return _walmart_people.person(Reader.of(body))


def request(read: Read, account: Account, now: datetime) -> Request:
    """The request for a read. ConfigurationError names what the account lacks; BadPayload an id that is none."""
    from . import _walmart_calls

    return _walmart_calls.request(read, account, now)


def answer(read: Read, response: Response, account: Account, now: datetime) -> Answer:
    """What an answer means. Denied, Busy or CallFailed where it is none, BadPayload where it cannot be understood."""
    from . import _walmart_calls

    return _walmart_calls.answer(read, response, account, now)


def renewal(kind: str, account: Account, now: datetime) -> Request:
    """The request for a new access token."""
    from . import _walmart_calls

    return _walmart_calls.renewal(kind, account, now)


def renewed(kind: str, response: Response, account: Account, now: datetime) -> Token:
    """The token in the answer."""
    from . import _walmart_calls

    return _walmart_calls.renewed(kind, response, account, now)
