"""Amazon: notifications in an SQS queue of the seller's, details and returns from the Selling Partner API.

Sources: amzn/selling-partner-api-models (notification schemas and API models of 2026-08), developer-docs.amazon.com/sp-api.
Nothing is signed: the queue's policy says who may write to it. There are two spellings of the envelope's keys, and a wrapping
by EventBridge. Returns come from report files alone, which `_amazon_reports` reads for this module and for imports.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from ..model.call import Limit, Resource
from ..model.errors import BadPayload, BadSignature
from ..model.event import Said, Translated, Webhook
from . import _amazon_words as vocabulary
from ._amazon_news import TOPICS, News, folded, unknown
from ._read import Reader, name_of

if TYPE_CHECKING:
    from ..model.call import Account, Answer, Read, Request, Response, Token
    from ..model.person import Person

TITLE = "Amazon"
SECRET = "the client secret of your application (Login with Amazon), shown in the Solution Provider Portal or Seller Central"
SETUP = {
    "client_id": "the application's client id, amzn1.application-oa2-client....",
    "refresh_token": "Atzr|..., shown once when the seller authorises the application",
    "region": "na, eu or fe: where the seller's marketplaces are",
    "marketplaces": "ids of the seller's marketplaces, separated by commas, such as ATVPDKIKX0DER",
    "application_id": "amzn1.sp.solution.... (several with commas): notifications of other applications are refused",
}
SIGNED, QUEUE = False, True
BUYER = "amazon:buyer:"
QUIRKS, LEFT = vocabulary.QUIRKS, vocabulary.LEFT
VOCABULARY = {
    "Order status": vocabulary.ORDER,
    "Package status": vocabulary.PACKAGE,
    "Shipment status (multi-channel, and of what Amazon ships)": vocabulary.OUTBOUND,
    "Tracking milestone": vocabulary.MILESTONE,
    "Return request status": vocabulary.REQUEST,
}

_DAY = timedelta(days=1)
_CREATE, _DOWNLOAD = Limit(0.0167, 15), Limit(5.0, 10)
READS = {
    "order": Resource("an order", Limit(0.5, 30)),
    "orders": Resource(
        "orders by when they were changed", Limit(0.0056, 20), back=730 * _DAY, window=30 * _DAY, every=_DAY, again=7 * _DAY
    ),
    "fba_returns": Resource(
        "returns to Amazon: asks for a report", _CREATE, back=365 * _DAY, window=30 * _DAY, every=_DAY, again=35 * _DAY
    ),
    "mfn_returns": Resource(
        "returns to the seller: asks for a report", _CREATE, back=365 * _DAY, window=60 * _DAY, every=_DAY, again=35 * _DAY
    ),
    "transactions": Resource(
        "refunds by when they were posted", Limit(0.5, 10), back=365 * _DAY, window=30 * _DAY, every=_DAY, again=7 * _DAY
    ),
    "order_transactions": Resource("an order's refunds", Limit(0.5, 10)),
    "report": Resource("how far a report is", Limit(2.0, 15)),
    "report_document": Resource("where a report lies", Limit(0.0167, 15)),
    "report_file": Resource("a report's rows", _DOWNLOAD, token=""),
}


def verify(webhook: Webhook, secrets: Sequence[str], now: datetime) -> None:
    """The queue's policy says who may write. Where the application is known, it is its notification and no other's.

    Amazon writes to a queue for whichever application names it as its destination: that it came from Amazon is not enough.
    """
    ours = [one.strip() for one in webhook.setup.get("application_id", "").split(",") if one.strip()]
    if not ours:
        return
    try:
        said = _envelope(webhook.body)[1].text("applicationid")
    except BadPayload as err:
        raise BadSignature(f"it names no application: {err.cause}") from None
    if said not in ours:
        raise BadSignature("it is another application's notification; is application_id the one of yours?")


def sign(webhook: Webhook, secret: str, now: datetime) -> Webhook:
    """The notification as it is: nothing is signed."""
    return webhook


def translate(webhook: Webhook, received: datetime) -> Translated:
    """The events of one notification. Types that are not known are kept as `unknown`, whatever they tell."""
    envelope, metadata = _envelope(webhook.body)
    topic = envelope.text("notificationtype")
    if topic is None:
        raise BadPayload("is missing; Amazon names the kind of event in it", "body.NotificationType")
    topic, known = name_of(topic), TOPICS.get(topic)
    given = metadata.text("notificationid")
    id_ = f"{topic}:{name_of(given) if given else 'sha256-' + hashlib.sha256(webhook.body).hexdigest()[:32]}"
    body = _payload(envelope)
    news = News(topic, id_, body, envelope.time("eventtime") if known else None, received)
    subject, events = known.read(news, known.type) if known else unknown(news)
    return Translated(id_, subject, events, seller=_seller(body))


def _envelope(body: bytes) -> tuple[Reader, Reader]:
    """A notification and its metadata, keys in small letters, taken out of an EventBridge event where it is in one."""
    outer = Reader.of(body)
    wrapped = "detail-type" in outer.value and isinstance(outer.value.get("detail"), dict)
    envelope = folded(outer.child("detail") if wrapped else outer)
    return envelope, folded(envelope.child("notificationmetadata"))


def _payload(envelope: Reader) -> Reader:
    """What the notification tells: the payload's one object, its keys in small letters; an empty one where there is none."""
    payload = envelope.value.get("payload")
    named = [name for name, value in payload.items() if isinstance(value, dict)] if isinstance(payload, dict) else []
    if len(named) != 1:
        return Reader({}, envelope.path("payload"))
    return folded(envelope.child("payload").child(named[0]))


def _seller(body: Reader) -> str | None:
    """Whose it is: the seller's id; None where it names none, or names it in a form that is no id (a type nobody knows)."""
    try:
        return body.id("sellerid") or folded(body.child("sellingpartnermetadata")).id("sellingpartnerid")
    except BadPayload:
        return None


def person(body: bytes) -> tuple[Person, datetime | None] | None:
    """Who ordered, and when, from an order that was read. None for notifications and rows of reports, which tell nothing."""
    from . import _amazon_people

    return _amazon_people.person(Reader.of(body))


def words(body: bytes) -> tuple[Said, ...]:
    """What the buyer wrote, in a row of the report of returns to Amazon. Nothing for everything else."""
    from . import _amazon_said

    return _amazon_said.words(Reader.of(body))


def request(read: Read, account: Account, now: datetime) -> Request:
    """The request for a read, with the access token in a header."""
    from . import _amazon_calls

    return _amazon_calls.request(read, account, now)


def answer(read: Read, response: Response, account: Account, now: datetime) -> Answer:
    """What an answer means: orders and refunds themselves, the next step towards a report, a report's rows."""
    from . import _amazon_calls

    return _amazon_calls.answer(read, response, now)


def renewal(kind: str, account: Account, now: datetime) -> Request:
    """A new access token by the refresh token (Login with Amazon)."""
    from . import _amazon_tokens

    return _amazon_tokens.renewal(account)


def renewed(kind: str, response: Response, account: Account, now: datetime) -> Token:
    """The token in the answer. Denied when the seller must authorise the application again, or its secret is another."""
    from . import _amazon_tokens

    return _amazon_tokens.renewed(response, now)
