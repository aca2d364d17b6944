"""AliExpress: orders are read from its API; notifications, of which little is known, are a hint and switched off at first.

Sources: see _aliexpress_words. The form of notifications is a third party's, unconfirmed; it is the form of Lazada's.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING

from ..model.errors import BadPayload, BadSignature
from ..model.event import Event, Translated, Want, Webhook
from ..model.facts import OrderFact
from ..model.words import EventType
from . import _aliexpress_words as vocabulary
from ._read import Reader
from ._signing import check_keyed, with_key

if TYPE_CHECKING:
    from ..model.call import Account, Answer, Read, Request, Response, Token
    from ..model.person import Person

TITLE = "AliExpress"
SECRET = "the app secret, shown in the AliExpress Open Platform console under App Management"
SETUP = {
    "app_key": "the app key, beside the app secret in the console",
    "refresh_token": "the refresh token that came with the seller's authorisation; it is renewed by itself",
    "push": "on to take notifications; left out, they are refused: their signature is not confirmed by AliExpress",
    "orders_method": "the API's method that lists orders, if it is not aliexpress.solution.order.get",
    "order_method": "the API's method that tells of one order, if it is not aliexpress.solution.order.info.get",
}
BUYER = "aliexpress:login:"
QUIRKS, LEFT, READS = vocabulary.QUIRKS, vocabulary.LEFT, vocabulary.READS
VOCABULARY = {"Order status": vocabulary.ORDER, "Dispute (issue status)": vocabulary.ISSUE}
TOPICS = {"53 order": EventType.ORDER_CHANGED}


def verify(webhook: Webhook, secrets: Sequence[str], now: datetime) -> None:
    """One of the secrets signed app key and raw body, where the shop takes notifications at all. BadSignature otherwise."""
    if webhook.setup.get("push") != "on":
        raise BadSignature(
            "notifications of AliExpress are switched off: their signature is not confirmed, and orders are read all the same. "
            f"To take them: ./wellkept shop add aliexpress {webhook.shop[:60]} --with push=on"
        )
    check_keyed(webhook, secrets, "aliexpress")


def sign(webhook: Webhook, secret: str, now: datetime) -> Webhook:
    """The webhook under the signature that is believed to be AliExpress's. ValueError for an empty secret."""
    return with_key(webhook, secret, "aliexpress")


def translate(webhook: Webhook, received: datetime) -> Translated:
    """The event of one delivery: which order has news. It tells no time and nothing else, so the order is read."""
    body = Reader.of(webhook.body)
    number = body.whole("message_type")
    if number is None:
        raise BadPayload("is missing; AliExpress names the kind of event in it", body.path("message_type"))
    digest, seller = f"sha256-{hashlib.sha256(webhook.body).hexdigest()[:32]}", body.id("seller_id")
    if number != vocabulary.PUSHED:
        event = Event(EventType.UNKNOWN, received, native={"topic": str(number)})
        return Translated(f"{number}:{digest}", f"unknown:{number}:{digest}", (event,), seller=seller)
    data = body.child("data")
    order_id, status = data.needed_id("trade_order_id"), data.text("order_status")
    native = {"topic": "53 order"} | ({"status": status} if status else {})
    event = Event(EventType.ORDER_CHANGED, received, (OrderFact(order_id),), native, wants=(Want("order", order_id),))
    return Translated(f"{number}:{digest}", f"order:{order_id}", (event,), seller=seller)


def person(body: bytes) -> tuple[Person, datetime | None] | None:
    """Who ordered, and when, from an order as the API gives it. None for a notification."""
    from . import _aliexpress_people

    return _aliexpress_people.person(Reader.of(body))


def request(read: Read, account: Account, now: datetime) -> Request:
    """The signed request for a read."""
    from . import _aliexpress_calls

    return _aliexpress_calls.request(read, account, now)


def answer(read: Read, response: Response, account: Account, now: datetime) -> Answer:
    """What an answer means."""
    from . import _aliexpress_calls

    return _aliexpress_calls.answer(read, response, account, now)


def renewal(kind: str, account: Account, now: datetime) -> Request:
    """The request for a new access token."""
    from . import _aliexpress_calls

    return _aliexpress_calls.renewal(account, now)


def renewed(kind: str, response: Response, account: Account, now: datetime) -> Token:
    """The token in the answer."""
    from . import _aliexpress_calls

    return _aliexpress_calls.renewed(response, now)
