"""Shopify: HTTPS webhooks, REST-shaped bodies, signed over the raw body alone.

Sources: shopify.dev webhooks, return reasons and privacy pages; Shopify's own SDKs for headers and signature. Headers are not
signed, so nothing destructive is chosen by a header alone. Any field may be stripped by the subscription: all are optional.
Order is not promised; bodies carry their own `updated_at`, else X-Shopify-Triggered-At tells when it happened.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING

from ..model import times
from ..model.errors import BadPayload, BadSignature
from ..model.event import Said, Translated, Webhook
from ..model.words import EventType
from . import _shopify_news as topics
from . import _shopify_words as vocabulary
from ._read import Reader, name_of
from ._signing import any_equal, hmac_sha256_base64, with_headers

if TYPE_CHECKING:
    from ..model.call import Account, Answer, Read, Request, Response, Token
    from ..model.person import Person

TITLE = "Shopify"
SECRET = "the app's client secret, or the key shown under Settings > Notifications > Webhooks for webhooks made by hand there"
SETUP = {
    "shop_domain": "the shop's own address, NAME.myshopify.com: its API is read there, and nowhere else",
    "client_id": "the client id of your own app in the Dev Dashboard, with the scopes read_orders, read_all_orders and "
    "read_returns; with it and the client secret tokens are fetched, a day at a time",
    "client_secret": "optional: the app's client secret, where webhooks are signed with the key of Settings > Notifications",
    "access_token": "instead of client_id: the access token of a custom app made in the shop's admin, which lasts",
    "api_version": "optional: the version of the Admin API, such as 2026-10; 2026-07 unless said",
}
BUYER, TOPICS = topics.BUYER, topics.TOPICS
QUIRKS, LEFT, READS = vocabulary.QUIRKS, vocabulary.LEFT, vocabulary.READS
VOCABULARY = {
    "Shipment status of the carrier": vocabulary.SHIPMENT,
    "Fulfillment status": vocabulary.FULFILLMENT,
    "Return status": vocabulary.REQUEST,
    "Dispute status": vocabulary.DISPUTE,
}


def verify(webhook: Webhook, secrets: Sequence[str], now: datetime) -> None:
    """One of the secrets signed the raw body. The signature has no time in it, so there is no window to check."""
    given = _header(webhook, "hmac-sha256")
    if not given or not webhook.body:
        raise BadSignature("header X-Shopify-Hmac-Sha256 or the body is missing")
    if not any_equal([given], [hmac_sha256_base64(secret.encode(), webhook.body) for secret in secrets if secret]):
        raise BadSignature("X-Shopify-Hmac-Sha256 does not match the body; is the secret the one this webhook was made with?")


def sign(webhook: Webhook, secret: str, now: datetime) -> Webhook:
    """The webhook under the signature header Shopify would send. ValueError for an empty secret."""
    return with_headers(webhook, {"x-shopify-hmac-sha256": hmac_sha256_base64(secret.encode(), webhook.body)})


def translate(webhook: Webhook, received: datetime) -> Translated:
    """The events of one delivery. Topics that are not known are kept as `unknown`, whatever their body is."""
    topic = _header(webhook, "topic")
    if not topic:
        raise BadPayload("is missing; Shopify names the kind of event in it", "header X-Shopify-Topic")
    id_, told = _delivery_id(webhook, topic), _triggered(webhook)
    known = TOPICS.get(topic)
    body = Reader.of(webhook.body) if known else Reader({}, "body")
    reads = bool(webhook.setup.get("shop_domain"))
    news = topics.News(name_of(topic), id_, body, webhook.shop, told, received, reads)
    if known is None:
        return Translated(id_, *topics.unknown(news, EventType.UNKNOWN))
    return Translated(id_, *known.read(news, known.type), topics.buyer(body, topic.startswith("orders/")))


def person(body: bytes) -> tuple[Person, datetime | None] | None:
    """Who ordered, and when, from an order as a webhook or the API tells it. None when it tells nothing of them, and for what
    is no order."""
    from . import _shopify_nodes, _shopify_people

    told = _shopify_nodes.order_body(Reader.of(body))
    return _shopify_people.person(told) if told else None


def words(body: bytes) -> tuple[Said, ...]:
    """What the customer wrote: their notes on the lines of a return, as a webhook or the API tells it. Nothing for all else."""
    from . import _shopify_said

    return _shopify_said.words(Reader.of(body))


def request(read: Read, account: Account, now: datetime) -> Request:
    """The query for a read, to the shop's own address."""
    from . import _shopify_api

    return _shopify_api.request(read, account)


def answer(read: Read, response: Response, account: Account, now: datetime) -> Answer:
    """What an answer means."""
    from . import _shopify_api

    return _shopify_api.answer(read, response, now)


def renewal(kind: str, account: Account, now: datetime) -> Request:
    """The request for an access token, by the app's own id and secret."""
    from . import _shopify_api

    return _shopify_api.renewal(account)


def renewed(kind: str, response: Response, account: Account, now: datetime) -> Token:
    """The token in the answer."""
    from . import _shopify_api

    return _shopify_api.renewed(response, now)


def _header(webhook: Webhook, name: str) -> str | None:
    """A header under either of Shopify's two prefixes."""
    return webhook.headers.get(f"x-shopify-{name}") or webhook.headers.get(f"shopify-{name}")


def _delivery_id(webhook: Webhook, topic: str) -> str:
    """The documented key: topic and event id. Events (the preview) say shopify-webhook-id; the last resort is the bytes."""
    given = webhook.headers
    named = given.get("x-shopify-event-id") or _header(webhook, "webhook-id") or given.get("shopify-event-id")
    return f"{name_of(topic)}:{name_of(named) if named else 'sha256-' + hashlib.sha256(webhook.body).hexdigest()[:32]}"


def _triggered(webhook: Webhook) -> datetime | None:
    text = _header(webhook, "triggered-at")
    return times.parse(text, "header X-Shopify-Triggered-At") if text else None
