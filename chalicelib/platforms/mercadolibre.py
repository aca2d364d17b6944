"""Mercado Libre: notifications that only point at a resource, unsigned, to one callback address for each application.

Source: developers.mercadolibre.com (notifications, orders, shipments, claims). Whoever knows the address can send anything, so
a notification decides nothing: who it is for is compared with what the seller wrote down, what it points at must have the form
of its topic, and the API tells the rest.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from ..model import times
from ..model.call import Limit, Resource
from ..model.errors import BadPayload, Ignored
from ..model.event import Event, Translated, Want, Webhook
from ..model.facts import Fact, MessageFact
from ..model.words import EventType
from . import _mercadolibre_words as vocabulary
from ._read import Reader, name_of
from ._signing import check_token, needed, with_token

if TYPE_CHECKING:
    from ..model.call import Account, Answer, Read, Request, Response, Token
    from ..model.person import Person

TITLE = "Mercado Libre"
SECRET = "a long word that nobody can guess: the last part of the callback address, which is all that protects it"
SIGNED = False
SETUP = {
    "application_id": "the application's id (App ID), shown in the application manager",
    "user_id": "the seller's user id, as GET /users/me tells it; several with commas where others' news comes in too",
    "client_secret": "the application's secret key, shown in the application manager",
    "refresh_token": "what the seller's authorisation gave (TG-...); it is used once, the next ones are kept by themselves",
    "global_selling": "yes for a cross-border account of Global Selling, which reads under /marketplace",
}
BUYER = "mercadolibre:buyer:"
QUIRKS, LEFT = vocabulary.QUIRKS, vocabulary.LEFT
VOCABULARY = {
    "Shipment status": vocabulary.SHIPMENT,
    "Shipment substatus": vocabulary.SUBSTATUS,
    "How a claim ended": vocabulary.RESOLUTION,
    "Return status (where the goods are)": vocabulary.GOODS,
}

_RATE = Limit(5.0, 5)
_HOUR, _DAY = timedelta(hours=1), timedelta(days=1)
READS = {
    "orders": Resource(
        "orders by when they were changed", _RATE, back=365 * _DAY, window=7 * _DAY, every=_HOUR, again=_DAY
    ),
    "claims": Resource(
        "claims by when they were changed", _RATE, back=365 * _DAY, window=30 * _DAY, every=_HOUR, again=2 * _DAY
    ),
    "missed_feeds": Resource(
        "news that could not be delivered", _RATE, back=2 * _DAY, window=2 * _DAY, every=_HOUR, again=2 * _DAY
    ),
    "order": Resource("an order", _RATE),
    "shipment": Resource("a shipment", _RATE),
    "payment": Resource("a payment", _RATE),
    "claim": Resource("a claim", _RATE),
    "claim_reason": Resource("what the number of a reason means", _RATE),
    "return": Resource("the return of a claim", _RATE),
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Topic:
    """A topic: as which type of event it is told, which form its resource must have, what it is about, what is then read."""

    type: EventType
    form: re.Pattern[str]
    subject: str
    want: str = ""


def _topic(type_: EventType, form: str, subject: str, want: str = "") -> Topic:
    return Topic(type_, re.compile(form, re.ASCII), subject, want)


_PATH = re.compile(r"[A-Za-z0-9/_.-]{1,100}")
_ID = r"(\d{1,20})"
_ABROAD = "(?:/marketplace)?"
_PACK = r"((?:packs/)?[A-Za-z0-9-]{1,64}(?:/sellers/\d{1,20})?)"
_ORDERS = _topic(EventType.ORDER_CHANGED, rf"{_ABROAD}/orders/{_ID}", "order", "order")
_SHIPMENTS = _topic(EventType.SHIPMENT_MOVED, rf"{_ABROAD}/shipments/{_ID}", "shipment", "shipment")
_PAYMENTS = _topic(
    EventType.ORDER_CHANGED, rf"{_ABROAD}/(?:collections|payments|v1/payments)/{_ID}", "payment", "payment"
)  # fmt: skip
_CLAIMS = _topic(
    EventType.RETURN_CHANGED, rf"(?:/post-purchase|/marketplace)?(?:/v[12])?/claims/{_ID}(?:/actions-history)?", "return",
    "claim",
)  # fmt: skip
_MESSAGES = _topic(EventType.MESSAGE_RECEIVED, rf"(?:{_ABROAD}/messages/)?{_PACK}", "message")
_QUESTIONS = _topic(EventType.MESSAGE_RECEIVED, rf"{_ABROAD}/questions/{_ID}", "question")
_PLAIN = {
    "orders_v2": _ORDERS, "shipments": _SHIPMENTS, "payments": _PAYMENTS, "claims": _CLAIMS, "claims_actions": _CLAIMS,
    "post_purchase": _CLAIMS, "messages": _MESSAGES, "questions": _QUESTIONS,
}  # fmt: skip
TOPICS = _PLAIN | {
    f"marketplace_{name}": topic
    for name, topic in {
        "orders": _ORDERS, "shipments": _SHIPMENTS, "payments": _PAYMENTS, "claims": _CLAIMS, "messages": _MESSAGES,
        "questions": _QUESTIONS,
    }.items()
}  # fmt: skip


def verify(webhook: Webhook, secrets: Sequence[str], now: datetime) -> None:
    """The address ends with one of the secrets, and the news is for our application and one of its sellers; else Ignored.

    A body that cannot be read is left to `translate`, which refuses it where it is kept.
    """
    check_token(webhook, secrets)
    said = _object(webhook.body)
    application, sellers = (needed(webhook.setup, name, "mercadolibre") for name in ("application_id", "user_id"))
    if said is None:
        return
    if str(said.get("application_id")) != application.strip():
        raise Ignored("the notification is of another application")
    if str(said.get("user_id")) not in sellers_of(sellers):
        raise Ignored("the notification is about a user who is not connected")


def sellers_of(listed: str) -> list[str]:
    """The user ids that a shop was connected with; its own is the first."""
    return [one for one in (part.strip() for part in listed.split(",")) if one]


def _object(body: bytes) -> dict[str, Any] | None:
    try:
        found = json.loads(body)
    except (ValueError, RecursionError):
        return None
    return found if isinstance(found, dict) else None


def sign(webhook: Webhook, secret: str, now: datetime) -> Webhook:
    """The webhook as it comes to the address that ends with the secret. ValueError for an empty one."""
    return with_token(webhook, secret)


def translate(webhook: Webhook, received: datetime) -> Translated:
    """The event of one notification. Topics and resources that are not known are kept as `unknown`."""
    return notice(Reader.of(webhook.body), received)


def notice(body: Reader, received: datetime) -> Translated:
    """A notification, pushed or found among the missed ones: both are the same delivery."""
    topic, resource = body.text("topic"), body.text("resource")
    if not topic or not resource:
        raise BadPayload("is missing", body.path("resource" if topic else "topic"))
    sent = body.time("sent") or body.time("received")
    when = times.text(sent) if sent else name_of(body.text("_id") or "")
    topic, seller = name_of(topic), body.id("user_id")
    id_, native, known = f"{topic}:{_named(resource)}:{when}", {"topic": topic}, TOPICS.get(topic)
    found = known.form.fullmatch(resource) if known else None
    if known is None or found is None:
        event = Event(EventType.UNKNOWN, sent or received, native=native)
        return Translated(id_, f"unknown:{id_}", (event,), seller=seller)
    native_id = found.group(1)
    told = _TOLD.get(known.subject)
    facts: tuple[Fact, ...] = (told(native_id, sent),) if told else ()
    wants = (Want(known.want, native_id),) if known.want else ()
    event = Event(known.type, sent or received, facts, native, wants=wants)
    return Translated(id_, f"{known.subject}:{native_id}", (event,), seller=seller)


def _named(resource: str) -> str:
    """A resource as part of an id. One that is more than a path may hold anything, also what no log should see."""
    return resource if _PATH.fullmatch(resource) else f"sha256-{hashlib.sha256(resource.encode()).hexdigest()[:32]}"


def _message(native_id: str, sent: datetime | None) -> MessageFact:
    """A message after the sale. A pack's messages share their resource: the time it was told tells them apart."""
    pack = re.fullmatch(r"packs/([A-Za-z0-9-]+)(?:/sellers/\d+)?", native_id, re.ASCII)
    if pack is None:
        return MessageFact(native_id, sent, received_at=sent)
    thread = pack.group(1)
    return MessageFact(f"{thread}@{times.text(sent)}" if sent else thread, sent, thread=thread, received_at=sent)


def _question(native_id: str, sent: datetime | None) -> MessageFact:
    return MessageFact(f"question-{native_id}", sent, received_at=sent)


_TOLD: dict[str, Callable[[str, datetime | None], MessageFact]] = {"message": _message, "question": _question}


def person(body: bytes) -> tuple[Person, datetime | None] | None:
    """Who ordered, and when, from the body of an order that was read. None for everything else, and when it tells nothing."""
    from . import _mercadolibre_people

    return _mercadolibre_people.person(Reader.of(body))


def request(read: Read, account: Account, now: datetime) -> Request:
    """The request for a read, under the seller's access token."""
    from . import _mercadolibre_calls

    return _mercadolibre_calls.request(read, account)


def answer(read: Read, response: Response, account: Account, now: datetime) -> Answer:
    """What an answer tells."""
    from . import _mercadolibre_answers

    return _mercadolibre_answers.answer(read, response, account, now)


def renewal(kind: str, account: Account, now: datetime) -> Request:
    """The request for a new access token, by the refresh token, which is then spent."""
    from . import _mercadolibre_calls

    return _mercadolibre_calls.renewal(account)


def renewed(kind: str, response: Response, account: Account, now: datetime) -> Token:
    """The new access token and the refresh token that follows."""
    from . import _mercadolibre_calls

    return _mercadolibre_calls.renewed(response, now)
