"""EasyPost: tracker events, the whole tracker in each.

Sources: docs.easypost.com/guides/webhooks-guide and the tracker object; EasyPost's own client libraries for the signature, and
their test fixture as the vector. Raw bytes are signed, for EasyPost's number forms (614.4, 12.0) do not survive being written
again; the secret is NFKD-normalised first, without which secrets beyond ASCII fail. Nothing limits the age of a body.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from ..model import codec
from ..model.errors import BadPayload, BadSignature, Ignored
from ..model.event import Translated, Webhook
from ..model.words import ShipmentStatus
from . import _people as people
from . import _tracking as tracking
from ._read import Reader
from ._signing import any_equal, hmac_sha256_hex, with_headers
from ._tracking import MOVES, RETURNS, Parcel, Scan, Topic

TITLE = "EasyPost"
SECRET = "the webhook_secret that the webhook was made with"
TRACKER = True
SETUP = {"shops": tracking.SHOPS, "mode": "test to take EasyPost's test trackers instead of the real ones"}
NEWS = Topic(MOVES.type, (*MOVES.also, *RETURNS))
TOPICS = {"tracker.created": NEWS, "tracker.updated": NEWS}
QUIRKS = (
    "The signature is X-Hmac-Signature: hmac-sha256-hex= and the digest of the raw bytes under the NFKD-normalised secret.",
    "Test and production trackers are told apart by mode: those of the other mode are answered and not kept.",
    "A delivery is known by the event's id.",
    "Tracking details stand oldest first; their own times count. The status before (previous_attributes) tells the dispatch.",
    "A parcel with is_return goes from a buyer to the seller: its news belongs to the return with that number.",
    "est_delivery_date at midnight is a day, which ends at midnight UTC.",
    "status_detail tells delays, loss and failed attempts from plain transit; it never changes what is final.",
    "unknown says nothing of the parcel, so it has no status. error and failure are trouble; the carrier says no more.",
    "signed_by is a person's name and stays in the sealed body.",
)
LEFT = (
    "Batches, refunds, insurance, scan forms and claims are kept as unknown: they are about labels, not about parcels' ways.",
    "EasyPost's API: a parcel it does not tell of is not asked for.",
    "Custom headers and basic authentication of the webhook: the signature proves the sender.",
)
_PREFIX = "hmac-sha256-hex="

STATUS = {
    "unknown": ShipmentStatus.PENDING,
    "pre_transit": ShipmentStatus.LABELLED,
    "in_transit": ShipmentStatus.IN_TRANSIT,
    "out_for_delivery": ShipmentStatus.OUT_FOR_DELIVERY,
    "available_for_pickup": ShipmentStatus.READY_FOR_PICKUP,
    "return_to_sender": ShipmentStatus.EXCEPTION,
    "failure": ShipmentStatus.EXCEPTION,
    "error": ShipmentStatus.EXCEPTION,
    "cancelled": ShipmentStatus.CANCELLED,
    "delivered": ShipmentStatus.DELIVERED,
}
DETAIL = {
    "received_at_origin_facility": ShipmentStatus.DISPATCHED,
    "delivery_exception": ShipmentStatus.ATTEMPTED,
    "delayed": ShipmentStatus.DELAYED,
    "weather_delay": ShipmentStatus.DELAYED,
    "missorted": ShipmentStatus.DELAYED,
    "expired": ShipmentStatus.DELAYED,
    "damaged": ShipmentStatus.EXCEPTION,
    "refused": ShipmentStatus.EXCEPTION,
    "transit_exception": ShipmentStatus.EXCEPTION,
    "lost": ShipmentStatus.LOST,
}
# A status that its detail may refine; the others are final or say nothing yet.
_REFINED = frozenset({"in_transit", "out_for_delivery", "failure", "error"})
_BEFORE = frozenset({"unknown", "pre_transit"})
VOCABULARY = {
    "Status": tracking.vocabulary(STATUS),
    "Status detail (of in_transit, out_for_delivery, failure and error)": DETAIL,
}


def verify(webhook: Webhook, secrets: Sequence[str], now: datetime) -> None:
    """One of the secrets signed the raw body. Ignored for a tracker of the other mode (test, production)."""
    given = webhook.headers.get("x-hmac-signature")
    if not given or not webhook.body:
        raise BadSignature("header X-Hmac-Signature or the body is missing")
    if not any_equal([given], [_signature(secret, webhook.body) for secret in secrets if secret]):
        raise BadSignature("X-Hmac-Signature does not match the body; is the secret the webhook's own webhook_secret?")
    mode = _mode(webhook.body)
    wanted = webhook.setup.get("mode", "production")
    if mode is not None and mode != wanted:
        raise Ignored(f"a {mode} event; this shop takes {wanted} ones (--with mode=...)")


def sign(webhook: Webhook, secret: str, now: datetime) -> Webhook:
    """The webhook under EasyPost's signature header. ValueError for an empty secret."""
    return with_headers(webhook, {"x-hmac-signature": _signature(secret, webhook.body)})


def _signature(secret: str, body: bytes) -> str:
    if not secret.isascii():
        import unicodedata

        secret = unicodedata.normalize("NFKD", secret)
    return _PREFIX + hmac_sha256_hex(secret.encode("utf-8", "replace"), body)


def _mode(body: bytes) -> str | None:
    """The event's mode, test or production; None where it says neither, or cannot be read: translate tells why."""
    try:
        said = codec.loads(body)
    except BadPayload:
        return None
    mode = said.get("mode") if isinstance(said, dict) else None
    return mode if mode in ("test", "production") else None


def translate(webhook: Webhook, received: datetime) -> Translated:
    """The news of one delivery. Events that are not about trackers are kept as `unknown`."""
    body = Reader.of(webhook.body)
    topic = body.text("description")
    if topic is None:
        raise BadPayload("is missing; EasyPost names the kind of event in it", "body.description")
    id_ = tracking.key(body.id("id") or tracking.digest(webhook.body))
    made = tracking.when(body.value.get("updated_at")) or tracking.when(body.value.get("created_at"))
    if topic not in TOPICS:
        return tracking.unknown(id_, topic, made, received)
    tracker, before = body.child("result"), body.child("previous_attributes").text("status")
    native = {
        "topic": topic,
        "status": tracker.text("status"),
        "detail": tracker.text("status_detail"),
        "before": before,
        "order_ref": tracking.order_ref(_references(tracker.value)),
    }
    return tracking.translated(id_, _parcel(tracker, before, made), native, received)


def _references(tracker: Mapping[str, Any]) -> list[object]:
    """What the seller may have written beside a tracker."""
    metadata = people.part(tracker, "metadata")
    return [tracker.get("reference"), metadata.get("order_id"), metadata.get("order_number"), metadata.get("reference")]


def _parcel(tracker: Reader, before: str | None, made: datetime | None) -> Parcel:
    word, detail = tracker.text("status"), tracker.text("status_detail")
    return Parcel(
        tracker.needed_id("tracking_code"),
        _status(word, detail),
        detail if word in _REFINED and detail in DETAIL else word,
        tuple(_scan(one) for one in tracker.children("tracking_details")),
        told=tracking.when(tracker.value.get("updated_at")) or made,
        carrier=tracker.text("carrier"),
        service=tracker.child("carrier_detail").text("service"),
        promised_at=tracking.promise(tracker.value.get("est_delivery_date")),
        back=_back(word, detail),
        first=before in _BEFORE,
        returns=tracking.flag(tracker, "is_return"),
    )


def _scan(one: Reader) -> Scan:
    word, detail = one.text("status"), one.text("status_detail")
    return Scan(tracking.when(one.value.get("datetime")), _status(word, detail), _back(word, detail))


def _status(word: str | None, detail: str | None) -> ShipmentStatus | None:
    refined = DETAIL.get(detail or "") if word in _REFINED else None
    return refined or STATUS.get(word or "")


def _back(word: str | None, detail: str | None) -> bool:
    return word == "return_to_sender" or (detail == "return" and word != "delivered")
