"""Lazada (Open Platform, LazOP): messages over HTTPS about lines, packages and returns, signed over app key and body.

Sources: Lazada Open Platform, Lazada Push Mechanism (introduction, signature and message types) and API reference. The answer
must come within 500 ms, so nothing but verifying and translating is done. The signature has no time in it, and a message may
come six hours late, so there is no window.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from ..model.call import Limit, Resource
from ..model.errors import BadSignature
from ..model.event import Said, Translated, Webhook
from . import _lazada_pushes as pushes
from . import _lazada_words as vocabulary
from ._signing import any_equal, hmac_sha256_hex, needed, with_headers

if TYPE_CHECKING:
    from ..model.call import Account, Answer, Read, Request, Response, Token

TITLE = "Lazada"
SECRET = "the app's App Secret (open.lazada.com > App Console > the app)"
SETUP = {
    "app_key": "the app's App Key (open.lazada.com > App Console > the app): it is part of what is signed",
    "region": "the country that the shop sells in: SG, VN, TH, PH, MY or ID",
    "refresh_token": "the refresh token that the seller's authorisation returned; later ones are kept by the system",
}
TOPICS: Mapping[str, object] = pushes.TOPICS
QUIRKS, LEFT = vocabulary.QUIRKS, vocabulary.LEFT
VOCABULARY = {
    "Status of a line (others are changes)": vocabulary.LINE_EVENT,
    "Status of a line: its package": vocabulary.LINE_PARCEL,
    "Status of a package": vocabulary.PACKAGE,
    "Reverse status: the request": {word: step.request for word, step in vocabulary.REVERSE.items()},
    "Reverse status: the goods": {word: step.goods for word, step in vocabulary.REVERSE.items() if step.goods},
    "Reverse status: the money": {word: step.money for word, step in vocabulary.REVERSE.items() if step.money},
}
_SLOW = Limit(5, 10)
_DAY = timedelta(days=1)
READS = {
    "orders": Resource("orders by their last change", _SLOW, "seller", 90 * _DAY, _DAY, timedelta(hours=6), 2 * _DAY),
    "order": Resource("an order's head", _SLOW, "seller"),
    "lines": Resource("an order's lines and packages", _SLOW, "seller"),
    "returns": Resource("returns by their last change", _SLOW, "seller", 90 * _DAY, 15 * _DAY, timedelta(hours=6), 2 * _DAY),
    "return": Resource("a return", _SLOW, "seller"),
    "reviews": Resource("products, for their reviews", _SLOW, "seller", 84 * _DAY, 7 * _DAY, _DAY, 2 * _DAY),
    "product_reviews": Resource("a product's reviews, as ids", _SLOW, "seller"),
    "review": Resource("reviews, up to ten at once", _SLOW, "seller"),
}


def verify(webhook: Webhook, secrets: Sequence[str], now: datetime) -> None:
    """One of the secrets signed the app key and the raw body."""
    given = webhook.headers.get("authorization", "")
    if not given or not webhook.body:
        raise BadSignature("header Authorization or the body is missing")
    signed = needed(webhook.setup, "app_key", "lazada").encode() + webhook.body
    if not any_equal([given.lower()], [hmac_sha256_hex(secret.encode(), signed) for secret in secrets if secret]):
        raise BadSignature("Authorization does not match; are app_key and secret those of the app that sends the messages?")


def sign(webhook: Webhook, secret: str, now: datetime) -> Webhook:
    """The webhook under the header that Lazada would send. ValueError for an empty secret."""
    signed = needed(webhook.setup, "app_key", "lazada").encode() + webhook.body
    return with_headers(webhook, {"authorization": hmac_sha256_hex(secret.encode(), signed)})


def translate(webhook: Webhook, received: datetime) -> Translated:
    """The event of one message."""
    return pushes.translated(webhook.body, received)


def words(body: bytes) -> tuple[Said, ...]:
    """What the buyer wrote: in a review that was read, or in a message of the chat."""
    from . import _lazada_said

    return _lazada_said.words(body)


def request(read: Read, account: Account, now: datetime) -> Request:
    """The signed request for a read."""
    from . import _lazada_calls

    return _lazada_calls.request(read, account, now)


def answer(read: Read, response: Response, account: Account, now: datetime) -> Answer:
    """What an answer means."""
    from . import _lazada_calls

    return _lazada_calls.answer(read, response, account, now)


def renewal(kind: str, account: Account, now: datetime) -> Request:
    """The request for a new access token."""
    from . import _lazada_calls

    return _lazada_calls.renewal(account, now)


def renewed(kind: str, response: Response, account: Account, now: datetime) -> Token:
    """The access token in an answer, good for 30 days, and the next refresh token."""
    from . import _lazada_calls

    return _lazada_calls.renewed(response, now)
