"""Shopee (Open Platform v2): pushes over HTTPS that name what changed, signed over address and body; the rest is fetched.

Sources: Shopee Open Platform, push mechanism, "Call push authorization" and API reference v2; the same recipe in public
libraries (minchao/shopee-php). The signature has no time in it, and a push may come three hours late, so there is no window.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from ..model import codec
from ..model.call import Limit, Resource
from ..model.errors import BadPayload, BadSignature
from ..model.event import Said, Translated, Webhook
from ..model.reply import Reply
from . import _shopee_pushes as pushes
from . import _shopee_words as vocabulary
from ._read import Reader
from ._signing import any_equal, hmac_sha256_hex, needed, with_headers

if TYPE_CHECKING:
    from ..model.call import Account, Answer, Read, Request, Response, Token
    from ..model.person import Person

TITLE = "Shopee"
SECRET = (
    "the app's Live Push Partner Key (console > App List > the app); where the console shows one partner key only, that one"
)
SETUP = {
    "url": "the callback URL exactly as it stands in the console under Push Mechanism, with its slash and query: it is signed",
    "partner_id": "the app's Live Partner ID (console > App List)",
    "shop_id": "the shop's number at Shopee, as the authorisation returned it",
    "api_key": "optional: the app's Live API Partner Key, where the console shows another for pushes",
    "refresh_token": "the refresh token that the authorisation returned; it works once, later ones are kept by the system",
    "environment": "optional: test for Shopee's test environment",
}
BUYER = pushes.BUYER
ANSWER = Reply()
TOPICS: Mapping[str, object] = pushes.TOPICS
QUIRKS, LEFT = vocabulary.QUIRKS, vocabulary.LEFT
VOCABULARY = {
    "Order status (others are changes; READY_TO_SHIP of a paid order is order.paid once it is fetched)": vocabulary.ORDER_EVENT,
    "Parcel's status": vocabulary.PARCEL,
    "Return status: the request": vocabulary.REQUEST,
    "Return status: the dispute": vocabulary.DISPUTE,
    "Compensation of the seller": vocabulary.COMPENSATION,
    "Return status: the money": vocabulary.MONEY,
    "Parcel on its way back": vocabulary.BACK,
}
_SLOW = Limit(5, 10)
_DAY = timedelta(days=1)
READS = {
    "orders": Resource("orders by their last change", _SLOW, "shop", 90 * _DAY, 15 * _DAY, timedelta(hours=6), 2 * _DAY),
    "order": Resource("orders, up to 50 at once", _SLOW),
    "parcel": Resource("a parcel's scans", _SLOW),
    "escrow": Resource("what is settled of an order: prices inside bundles", _SLOW),
    "returns": Resource("returns by their last change", _SLOW, "shop", 90 * _DAY, 15 * _DAY, timedelta(hours=6), 2 * _DAY),
    "return": Resource("a return", _SLOW),
    "return_parcel": Resource("the scans of a parcel on its way back", _SLOW),
    "reviews": Resource("reviews, the latest 1,000", _SLOW, "shop", 90 * _DAY, 90 * _DAY, _DAY, 2 * _DAY),
    "lost": Resource("pushes that were lost", _SLOW, "", 3 * _DAY, 3 * _DAY, timedelta(hours=1), 3 * _DAY),
    "lost_confirm": Resource("word to Shopee that lost pushes are stored", _SLOW, ""),
}
_CODE_0 = re.compile(rb'"code"\s*:\s*0\s*[,}]')


def handshake(webhook: Webhook, secrets: Sequence[str], now: datetime) -> Reply | None:
    """The answer to the test push that comes when the address is saved: nothing in it, or code 0. There is nothing to keep."""
    if not webhook.body.strip():
        return ANSWER
    if not _CODE_0.search(webhook.body):
        return None
    try:
        body = codec.loads(webhook.body)
    except BadPayload:
        return None
    return ANSWER if isinstance(body, dict) and body.get("code") == 0 else None


def verify(webhook: Webhook, secrets: Sequence[str], now: datetime) -> None:
    """One of the push keys signed the registered address and the raw body."""
    given = webhook.headers.get("authorization", "")
    if not given or not webhook.body:
        raise BadSignature("header Authorization or the body is missing")
    signed = _signed(webhook, needed(webhook.setup, "url", "shopee"))
    if not any_equal([given], [hmac_sha256_hex(secret.encode(), signed) for secret in secrets if secret]):
        raise BadSignature("Authorization does not match; is the secret the push key, and url the address as registered?")


def sign(webhook: Webhook, secret: str, now: datetime) -> Webhook:
    """The webhook under the header that Shopee would send. ValueError for an empty secret."""
    signed = _signed(webhook, needed(webhook.setup, "url", "shopee"))
    return with_headers(webhook, {"authorization": hmac_sha256_hex(secret.encode(), signed)})


def _signed(webhook: Webhook, url: str) -> bytes:
    return url.encode() + b"|" + webhook.body


def translate(webhook: Webhook, received: datetime) -> Translated:
    """The event of one push."""
    return pushes.translated(Reader.of(webhook.body), webhook.setup.get("shop_id", ""), received)


def person(body: bytes) -> tuple[Person, datetime | None] | None:
    """Who ordered, and when, from the body of a fetched order. None where everything is masked, and for anything else."""
    from . import _shopee_people

    return _shopee_people.person(Reader.of(body))


def words(body: bytes) -> tuple[Said, ...]:
    """What the buyer wrote: in a return or a review that was read, or in a message of the chat."""
    from . import _shopee_said

    return _shopee_said.words(Reader.of(body))


def request(read: Read, account: Account, now: datetime) -> Request:
    """The signed request for a read."""
    from . import _shopee_calls

    return _shopee_calls.request(read, account, now)


def answer(read: Read, response: Response, account: Account, now: datetime) -> Answer:
    """What an answer means."""
    from . import _shopee_calls

    return _shopee_calls.answer(read, response, account, now)


def renewal(kind: str, account: Account, now: datetime) -> Request:
    """The request for a new access token, which uses the refresh token up."""
    from . import _shopee_calls

    return _shopee_calls.renewal(account, now)


def renewed(kind: str, response: Response, account: Account, now: datetime) -> Token:
    """The access token in an answer, good for four hours, and the refresh token that takes the place of the old one."""
    from . import _shopee_calls

    return _shopee_calls.renewed(response, now)
