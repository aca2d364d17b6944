"""eBay: the Notification API's HTTPS deliveries, ids in JSON under ECDSA signatures; the rest is read from eBay's APIs.

Sources: eBay's event-notification SDKs (signature, challenge, test vector), the topics' AsyncAPI files and release notes, and
notes of integrators that quote them. No order is promised. What a notification tells is dated by its eventDate.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from ..model.call import Limit, Resource
from ..model.errors import BadPayload, BadSignature, Ignored
from ..model.event import Said, Translated, Webhook
from ..model.reply import Reply
from . import _ebay_keys as keys
from . import _ebay_news as news
from . import _ebay_words as vocabulary
from ._read import Reader, name_of
from ._signing import needed, with_headers

if TYPE_CHECKING:
    from ..model.call import Account, Answer, Read, Request, Response, Token
    from ..model.person import Person

TITLE = "eBay"
SECRET = "the client secret (Cert ID) of the application, under Application Keys at developer.ebay.com"
SETUP = {
    "client_id": "the client id (App ID), shown beside the secret",
    "refresh_token": "the seller's refresh token, from Get a Token from eBay via Your Application; good for 18 months",
    "marketplace": "where the seller sells, such as EBAY_US or EBAY_DE",
    "verification_token": "the token of 32 to 80 letters, digits, _ and - that you chose for the notifications' endpoint",
    "url": "the notifications' endpoint, letter by letter as it was registered",
    "seller": "the seller's user id and user name, with a comma between; those of all sellers whose news comes to this address",
}
BUYER = vocabulary.BUYER
QUIRKS, LEFT = vocabulary.QUIRKS, vocabulary.LEFT
VOCABULARY = {
    "Return activity": vocabulary.RETURN_ACTIVITY,
    "Return state: request": vocabulary.REQUEST,
    "Return state: goods": vocabulary.GOODS,
    "Return state: money": vocabulary.MONEY,
    "State of inquiries, cases and disputed payments": vocabulary.DISPUTE,
}
TOPICS = news.TOPICS

_FULFILLMENT = Limit(1.0, 20)  # 100,000 a day
# 5,000 a day for each of the four, and any of it at once; that of returns is shared by the list and what it leads to.
_POST, _RETURN, _RETURNS = Limit(0.05, 300), Limit(0.03, 300), Limit(0.02, 100)
_DAYS = timedelta(days=1)
_APP = "app"


def _list(title: str, limit: Limit) -> Resource:
    """A list by when its rows were made: rows of 45 days are read again, for they change without moving in it."""
    return Resource(title, limit, back=540 * _DAYS, window=30 * _DAYS, every=timedelta(hours=6), again=45 * _DAYS)


READS = {
    "public_key": Resource("a key that notifications are signed with", Limit(0.1, 10), token=_APP),
    "order": Resource("an order", _FULFILLMENT),
    "fulfillments": Resource("the parcels of an order", _FULFILLMENT),
    "return": Resource("a return with its history", _RETURN),
    "dispute": Resource("a disputed payment", _FULFILLMENT),
    "orders": Resource(
        "orders by when they were changed", _FULFILLMENT, back=729 * _DAYS, window=30 * _DAYS, every=timedelta(minutes=30),
        again=timedelta(hours=6),
    ),
    "returns": _list("returns by when they were asked for", _RETURNS),
    "cancellations": _list("requests to cancel", _POST),
    "inquiries": _list("inquiries after items that did not arrive", _POST),
    "cases": _list("cases of the Money Back Guarantee", _POST),
    "disputes": _list("disputed payments", _FULFILLMENT),
}  # fmt: skip


def verify(webhook: Webhook, secrets: Sequence[str], now: datetime) -> None:
    """The published key that the delivery names signed the raw body. Ignored for what is another seller's news."""
    given = keys.named(webhook.headers.get(keys.HEADER))
    if not webhook.body or True not in [keys.signed(document, given, webhook.body) for document in secrets]:
        raise BadSignature("X-EBAY-SIGNATURE does not match the body under the key it names")
    sellers = _sellers(webhook)
    if sellers and not _ours(webhook, sellers):
        raise Ignored("it is about a seller who is not written down as this shop's")


def key_id(webhook: Webhook) -> str:
    """Which of eBay's keys a delivery says it was signed with. BadSignature for none."""
    return keys.named(webhook.headers.get(keys.HEADER)).kid


def public(secret: str) -> str:
    """The document of the key that `sign` derives from a secret. ValueError for an empty one."""
    return keys.public(secret)


def sign(webhook: Webhook, secret: str, now: datetime) -> Webhook:
    """The webhook under the signature eBay would send, if its key were the one this secret stands for."""
    return with_headers(webhook, {keys.HEADER: keys.header(secret, webhook.body)})


def handshake(webhook: Webhook, secrets: Sequence[str], now: datetime) -> Reply | None:
    """The answer to eBay's challenge: SHA-256 over code, token and the registered address."""
    code = webhook.query.get("challenge_code", "")
    if webhook.method != "GET" or not code:
        return None
    said = code + needed(webhook.setup, "verification_token", "ebay") + needed(webhook.setup, "url", "ebay")
    return Reply(200, {"challengeResponse": hashlib.sha256(said.encode("utf-8", "replace")).hexdigest()})


def person(body: bytes) -> tuple[Person, datetime | None] | None:
    """Who ordered, and when, from the body of an order that was read. None for everything else."""
    from . import _ebay_people

    return _ebay_people.person(Reader.of(body))


def words(body: bytes) -> tuple[Said, ...]:
    """What the buyer wrote: the comment on a return that was read, feedback, a question. Nothing for everything else."""
    from . import _ebay_said

    return _ebay_said.words(Reader.of(body))


def _sellers(webhook: Webhook) -> frozenset[str]:
    """The ids and names of the sellers whose news comes here, as they were written down."""
    return frozenset(name for part in webhook.setup.get("seller", "").split(",") if (name := part.strip().lower()))


def _ours(webhook: Webhook, sellers: frozenset[str]) -> bool:
    """Whether a verified body is about one of our sellers. What names no seller, as account deletions do, is everybody's."""
    try:
        body = Reader.of(webhook.body)
        data = body.child("notification").child("data")
        named = {name.lower() for name in news.named(body.child("metadata").text("topic") or "", data) if name}
    except BadPayload:
        return True  # translate says what is wrong with it
    return not named or bool(named & sellers)


def translate(webhook: Webhook, received: datetime) -> Translated:
    """The events of one delivery. Topics that are not known are kept as `unknown`."""
    body = Reader.of(webhook.body)
    meta, told = body.child("metadata"), body.child("notification")
    said, id_ = meta.text("topic"), told.text("notificationId")
    if not said or not id_:
        raise BadPayload("is missing", meta.path("topic") if not said else told.path("notificationId"))
    known, data = TOPICS.get(said), told.child("data") if said in TOPICS else Reader({}, told.path("data"))
    at = told.time("eventDate") or told.time("publishDate")
    one = news.News(name_of(said), name_of(id_), data, at, received, _sellers(webhook))
    if known is None:
        return Translated(one.id, *news.unknown(one))
    subject, events, who = known.read(one, known.type)
    return Translated(one.id, subject, events, who, _seller(one), _aliases(one, who))


def _seller(one: news.News) -> str | None:
    """Whose news it is: of those it names the one who is ours, else the first."""
    named = [name for name in news.named(one.topic, one.data) if name]
    return next((name for name in named if name.lower() in one.sellers), named[0] if named else None)


def _aliases(one: news.News, who: str | None) -> tuple[str, ...]:
    """Whoever left is known by their id, or by their name: orders say the one or the other."""
    other = vocabulary.buyer(one.data.id("username")) if one.topic == news.DELETION else None
    return (other,) if other and other != who else ()


def request(read: Read, account: Account, now: datetime) -> Request:
    """The request for a read. ConfigurationError names what the account lacks; BadPayload an id that is none."""
    from . import _ebay_calls

    return _ebay_calls.request(read, account, now)


def answer(read: Read, response: Response, account: Account, now: datetime) -> Answer:
    """What an answer means. Denied, Busy or CallFailed where it is none, BadPayload where it cannot be understood."""
    from . import _ebay_calls

    return _ebay_calls.answer(read, response, account, now)


def renewal(kind: str, account: Account, now: datetime) -> Request:
    """The request for a token: by the seller's refresh token, or by the application's own credentials for kind "app"."""
    from . import _ebay_calls

    return _ebay_calls.renewal(kind, account, now)


def renewed(kind: str, response: Response, account: Account, now: datetime) -> Token:
    """The token; Denied when the seller must agree again."""
    from . import _ebay_calls

    return _ebay_calls.renewed(kind, response, account, now)
