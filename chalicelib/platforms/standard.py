"""Standard Webhooks 1.0: the seller's own shop, ERP, warehouse or returns portal, in our published schema.

Source: the Standard Webhooks specification and reference libraries. Signed content is `{id}.{timestamp}.{raw body}`; `v1` is
HMAC-SHA256 under a whsec_ secret, `v1a` ed25519 under a whpk_ key; the timestamp may be five minutes off either way; any
listed signature may match, unknown versions and malformed items are skipped. The specification leaves the events to the
publisher: ours are {"type", "timestamp", "data"}, with facts under the names of `SCHEMA_DATA`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from typing import Any

from ..model import codec
from ..model.errors import BadPayload, BadSignature
from ..model.event import Event, Link, Said, Translated, Webhook
from ..model.facts import KINDS, WORDS, Fact, MessageFact, ReturnLineFact, ReviewFact, ShipmentFact
from ..model.money import Money
from ..model.person import Person
from ..model.words import EventType
from . import _people as people
from . import _standard_signing as signing
from ._read import MAX_ID, Reader, name_of
from ._signing import with_headers

BUYER = "standard:buyer:"
TITLE = "Standard Webhooks (your own shop, ERP or warehouse)"
SECRET = "whsec_ followed by base64 of 24 to 64 random bytes, or the sender's ed25519 public key as whpk_ and base64"
QUIRKS = (
    "The header's timestamp may be five minutes off either way; older deliveries are refused, so each retry needs a new one.",
    "Any of several listed signatures may match; unknown versions and malformed items are skipped.",
    "Headers with the prefix svix- are taken too.",
    "null counts as absent; a field that is not in the schema is refused by name.",
    "What somebody wrote stands in data.words: it is checked, stays in the sealed raw body, and is no part of an event.",
    "Of words the buyer's are read for the reason: a review, a message with by: buyer, why the one line or return comes back.",
    "Messages of one thread belong together: a message that names no order finds it by its thread.",
)
LEFT = (
    "Stock levels and the cost of advertising: no rule or figure asks for them yet.",
    "Words beside several lines of several returns, beside a step of the seller's (return.declined, return.inspected ...), and "
    "of a message that does not say who wrote it: whose they are, or about what, is not guessed.",
)

TOLERANCE = timedelta(minutes=5)

# Under which name of `data` each kind of fact stands; `order` is one object, the others are lists.
SCHEMA_DATA = {
    "order": "order", "lines": "line", "shipments": "shipment", "returns": "return", "return_lines": "return_line",
    "refunds": "refund", "disputes": "dispute", "reviews": "review", "messages": "message",
}  # fmt: skip
# The event types whose data is facts: all of them but our own bookkeeping, what a person corrects here, and privacy.
_ABOUT = ("order", "shipment", "return", "refund", "dispute", "review", "message")
_OURS = (EventType.RETURN_CORRECTED,)
FACTUAL: dict[str, EventType] = {
    str(type_): type_ for type_ in EventType if type_.partition(".")[0] in _ABOUT and type_ not in _OURS
}
PRIVACY = {str(type_): type_ for type_ in (EventType.BUYER_REDACTED, EventType.BUYER_DATA_REQUESTED)}
TOPICS = FACTUAL | PRIVACY
# What a subject is called when the sender does not name the order: the first of these that is there.
SUBJECTS = ("returns", "refunds", "disputes", "shipments", "reviews", "messages")
ENVELOPE = ("id", "type", "timestamp", "data")
ID = re.compile(rf"[^\x00-\x1f\x7f]{{1,{MAX_ID}}}")
EMAIL = re.compile(rf"(?=.{{3,{MAX_ID}}}\Z)[^@\s{people.CONTROL}]+@[^@\s{people.CONTROL}]+")
CURRENCY = re.compile(r"[A-Z]{3}")
NATIVE = re.compile(r"[A-Za-z0-9_.-]{1,40}")
MAX_NATIVE = 20
MAX_WORDS = 10_000
WRITERS = ("buyer", "seller", "platform")
STARS = (1, 5)
# What a buyer may be said to be beside `marketing`, and how refusals put it.
FORMS = {
    "id": ID, "email": EMAIL, "phone": people.PHONE, "push": people.PUSH, "name": people.NAME, "language": people.LANGUAGE,
    "country": people.COUNTRY, "province": people.PROVINCE,
}  # fmt: skip
SAID = {
    "id": f"an id of at most {MAX_ID} characters", "email": f"an email of at most {MAX_ID} characters",
    "phone": "a phone number in E.164, such as +12025550100", "push": "the ARN of an SNS endpoint",
    "name": f"a name of at most {people.MAX_NAME} characters in one line", "language": "a BCP 47 tag, such as en or pt-BR",
    "country": "an ISO 3166-1 alpha-2 code in capitals", "province": "an ISO 3166-2 code without its country, in capitals",
}  # fmt: skip


def verify(webhook: Webhook, secrets: Sequence[str], now: datetime) -> None:
    """One of the listed signatures is one of our secrets' over id, timestamp and raw body, and the timestamp is fresh."""
    id_, sent, signatures = (_header(webhook, name) for name in ("id", "timestamp", "signature"))
    if not id_ or not sent or not signatures:
        raise BadSignature("headers webhook-id, webhook-timestamp and webhook-signature are needed")
    if "." in id_:
        raise BadSignature("webhook-id must not hold a dot")
    if not sent.isascii() or not sent.isdigit() or len(sent) > 12:
        raise BadSignature("webhook-timestamp must be whole seconds since 1970")
    if abs(now.timestamp() - int(sent)) > TOLERANCE.total_seconds():
        raise BadSignature("webhook-timestamp is more than five minutes from now; is the sender's clock right?")
    content = f"{id_}.{sent}.".encode("utf-8", "replace") + webhook.body
    listed = [(version, value) for version, comma, value in (one.partition(",") for one in signatures.split()) if comma]
    if True not in [signing.signed(secret, content, listed) for secret in secrets]:
        raise BadSignature("no listed signature matches; is the secret the sender's? whsec_ needs 24 bytes or more")


def _header(webhook: Webhook, name: str) -> str:
    return webhook.headers.get(f"webhook-{name}") or webhook.headers.get(f"svix-{name}") or ""


def sign(webhook: Webhook, secret: str, now: datetime) -> Webhook:
    """The webhook as it is sent now; its id is the recorded one. ValueError for a secret that cannot sign."""
    id_, sent = _header(webhook, "id"), str(int(now.timestamp()))
    signature = signing.signature(secret, f"{id_}.{sent}.".encode() + webhook.body)
    headers = {"webhook-id": id_, "webhook-timestamp": sent, "webhook-signature": signature}
    return with_headers(webhook, headers)


def translate(webhook: Webhook, received: datetime) -> Translated:
    """The event of one delivery. Types outside the schema and empty bodies are kept as `unknown`."""
    given = _header(webhook, "id")
    if not given:
        raise BadPayload("is missing", "header webhook-id")
    id_ = name_of(given)
    if not webhook.body:
        return _unknown(id_, "", received)
    return read(Reader.of(webhook.body), id_, received)


def read(body: Reader, id_: str, received: datetime) -> Translated:
    """The same from a body already parsed: pushes and files go this one way. BadPayload names the field at fault."""
    topic, time = body.text("type") or "", body.time("timestamp")
    if topic not in TOPICS:
        return _unknown(id_, topic, time or received)
    if time is None:
        raise BadPayload("is missing; when did it happen?", body.path("timestamp"))
    _refuse_others(body, ENVELOPE)
    data = body.child("data")
    _refuse_others(data, ("buyer",) if topic in PRIVACY else (*SCHEMA_DATA, "buyer", "native", "words"))
    buyer = _buyer(data)
    _check_words(data)
    if topic not in PRIVACY:
        return _told(id_, FACTUAL[topic], time, data, buyer)
    if buyer is None:
        raise BadPayload("is missing; give id or email", data.path("buyer"))
    return Translated(id_, f"buyer:{buyer}", (Event(PRIVACY[topic], time, native={"topic": topic}),), buyer)


def _unknown(id_: str, topic: str, time: datetime) -> Translated:
    return Translated(id_, f"unknown:{id_}", (Event(EventType.UNKNOWN, time, native={"topic": topic[:MAX_ID]}),))


def _told(id_: str, type_: EventType, time: datetime, data: Reader, buyer: str | None) -> Translated:
    facts = tuple(_facts(data))
    native = _native(data) | {"topic": str(type_)}
    return Translated(id_, _subject(data, facts), (Event(type_, time, facts, native, links=_links(facts)),), buyer)


def _refuse_others(one: Reader, known: Sequence[str]) -> None:
    for name in one.value:
        if name not in known:
            raise BadPayload(f"is not a field here; known are {', '.join(known)}", one.path(name[:40]))


def _facts(data: Reader) -> Iterator[Fact]:
    for name, word in SCHEMA_DATA.items():
        if data.value.get(name) is None:
            continue
        for one in [data.child(name)] if name == "order" else data.children(name):
            try:
                fact: Fact = codec.decode(KINDS[word], one.value, one.where)
            except ArithmeticError:  # an exponent beyond what decimals compute with
                raise BadPayload("holds a number that is too large", one.where) from None
            _check(fact, one.where)
            yield fact


def _check(fact: Any, where: str) -> None:
    """What the codec does not: ids fit to be keys, currencies by their ISO 4217 letters, stars and who wrote."""
    kind: Any = type(fact)
    _check_range(fact, where)
    for code in codec.codes(kind):
        value = getattr(fact, code.name)
        if value is None:
            continue
        if names_a_thing(code.name) and not ID.fullmatch(value):
            raise BadPayload(f"expected 1 to {MAX_ID} characters without control characters", f"{where}.{code.name}")
        if code.name == "currency" and not CURRENCY.fullmatch(value):
            raise BadPayload(f"expected a three-letter ISO 4217 currency, got {value[:40]!r}", f"{where}.currency")
        if isinstance(value, Money):
            _check(value, f"{where}.{code.name}")
        elif isinstance(value, tuple):
            for n, item in enumerate(value):
                _check(item, f"{where}.{code.name}[{n}]")


def _check_range(fact: Any, where: str) -> None:
    """Fields that are plain in the model and have a range of their own."""
    if isinstance(fact, ReviewFact) and fact.rating is not None and not STARS[0] <= fact.rating <= STARS[1]:
        raise BadPayload(f"expected {STARS[0]} to {STARS[1]} stars", f"{where}.rating")
    if isinstance(fact, MessageFact) and fact.by is not None and fact.by not in WRITERS:
        raise BadPayload(f"expected one of {', '.join(WRITERS)}", f"{where}.by")


def names_a_thing(field: str) -> bool:
    """Whether a field of a fact holds a native id that others may look up."""
    return field in ("id", "tracking", "thread") or field.endswith("_id")


def _subject(data: Reader, facts: Sequence[Fact]) -> str:
    for word in ("order", *(SCHEMA_DATA[name] for name in SUBJECTS)):
        for fact in facts:
            if WORDS[type(fact)] == word:
                thread = fact.thread if isinstance(fact, MessageFact) else None
                return f"thread:{thread}" if thread else f"{word}:{fact.id}"
    raise BadPayload(f"names no subject; give one of order, {', '.join(SUBJECTS)}", data.where)


def _links(facts: Sequence[Fact]) -> tuple[Link, ...]:
    """Each thing's own id, parcels' tracking numbers and messages' threads lead to the order."""
    words = {SCHEMA_DATA[name] for name in SUBJECTS}
    own = [Link(WORDS[type(fact)], fact.id) for fact in facts if WORDS[type(fact)] in words]
    parcels = [Link("tracking", fact.tracking) for fact in facts if isinstance(fact, ShipmentFact) and fact.tracking]
    back = [Link("return", fact.return_id) for fact in facts if isinstance(fact, ReturnLineFact) and fact.return_id]
    talks = [Link("thread", fact.thread) for fact in facts if isinstance(fact, MessageFact) and fact.thread]
    return tuple(dict.fromkeys([*own, *parcels, *back, *talks]))


def _native(data: Reader) -> dict[str, str]:
    """The sender's own words for it: at most 20 short texts."""
    native = data.child("native")
    if len(native.value) > MAX_NATIVE:
        raise BadPayload(f"{len(native.value)} entries, at most {MAX_NATIVE} are taken", native.where)
    for name in native.value:
        if not NATIVE.fullmatch(name):
            raise BadPayload("a name has 1 to 40 letters, digits, dots, dashes and underscores", native.where)
    return {name: codec.text(value, native.path(name)) for name, value in native.value.items()}


def _check_words(data: Reader) -> None:
    """What somebody wrote: text of at most 10,000 characters, and its language. It is looked at and left where it is."""
    words = data.child("words")
    _refuse_others(words, ("text", "language"))
    text = words.value.get("text")
    if text is None and data.value.get("words") is not None:
        raise BadPayload("is missing", words.path("text"))
    if text is not None and (not isinstance(text, str) or not 0 < len(text) <= MAX_WORDS):
        raise BadPayload(f"expected a text of 1 to {MAX_WORDS:,} characters", words.path("text"))
    _matching(words, "language", FORMS["language"])


def _buyer(data: Reader) -> str | None:
    """The buyer by the sender's id, else by e-mail; None when the sender says nothing. All that is said must be well formed."""
    buyer = data.child("buyer")
    _refuse_others(buyer, (*FORMS, "marketing"))
    said = {name: _matching(buyer, name, form) for name, form in FORMS.items()}
    buyer.flag("marketing")
    if said["id"] or said["email"]:
        return f"{BUYER}{said['id']}" if said["id"] else f"email:{str(said['email']).lower()}"
    if data.value.get("buyer") is not None:
        raise BadPayload("is empty; give id or email", buyer.where)
    return None


def _matching(one: Reader, name: str, form: re.Pattern[str]) -> str | None:
    value = one.value.get(name)
    if value is None:
        return None
    text = codec.text(value, one.path(name))
    if not form.fullmatch(text):
        raise BadPayload(f"expected {SAID[name]}", one.path(name))
    return text


def person(body: bytes) -> tuple[Person, datetime | None] | None:
    """Who the buyer is, from `data.buyer`, and when the order was placed. None when it holds nothing but an id."""
    event = Reader.of(body)
    data = event.child("data")
    buyer, order = data.child("buyer"), people.part(data.value, "order")
    clean = {name: getattr(people, name)(buyer.value.get(name)) for name in FORMS if name != "id"}
    found = Person(**clean, marketing=buyer.flag("marketing"))
    if found == Person():
        return None
    placed = Reader(order, data.path("order")).time("placed_at")
    return found, placed or (event.time("timestamp") if event.value.get("type") == EventType.ORDER_PLACED else None)


def words(body: bytes) -> tuple[Said, ...]:
    """What the buyer wrote, from `data.words`: about a review, a message, or the one line or return that they send back."""
    from . import _standard_said

    return _standard_said.words(Reader.of(body))
