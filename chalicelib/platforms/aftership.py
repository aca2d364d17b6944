"""AfterShip Tracking: webhooks about parcels, the whole tracking object in each.

Sources: aftership.com/docs/tracking/webhook (overview, specifications, signature), enum/delivery-statuses and
delivery-sub-statuses, and AfterShip's own SDKs for the object. Only the body is signed, and nothing limits its age. Retries go
on for about 68 hours under the same event_id. The object holds buyers' names, addresses and phones: none of them is read.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from ..model.errors import BadPayload, BadSignature
from ..model.event import Translated, Webhook
from ..model.words import ShipmentStatus
from . import _tracking as tracking
from ._read import Reader
from ._signing import any_equal, hmac_sha256_base64, with_headers
from ._tracking import MOVES, Parcel, Scan

TITLE = "AfterShip"
SECRET = "the webhook secret of the account: AfterShip Tracking > Settings > Webhooks"
TRACKER = True
SETUP = {"shops": tracking.SHOPS}
TOPICS = {"tracking_update": MOVES, "edd_revise": MOVES, "tracking_pending_time": MOVES}
QUIRKS = (
    "The signature is base64 in the header aftership-hmac-sha256; AfterShip's other products sign in other headers.",
    "A delivery is known by its event_id. It is tried up to 14 times over about 68 hours; ids live as long as their events.",
    "is_tracking_first_tag (true only the first time a state is reached) is kept; the first InTransit is the dispatch.",
    "Checkpoints may stand in any order and without an offset; then they are taken as UTC. Unreadable times are left out.",
    "return_to_sender means that the parcel was turned back: a later Delivered is its arrival at the seller, not at the buyer.",
    "Expired is 30 days without news: the parcel counts as delayed. Pending says nothing of the parcel, so it has no status.",
    "The seller's order_id (else order_number) leads to the order where it looks like one; titles and notes are not read.",
    "Promised is order_promised_delivery_date, else the latest estimate; a day without a time ends at midnight UTC.",
    "E-mail addresses, phones and names of buyers stay in the sealed body.",
)
LEFT = (
    "OAuth 2.0, custom headers and the list of AfterShip's addresses: the signature proves the sender.",
    "AfterShip's API: a parcel it does not tell of is not asked for. Webhooks of AfterShip Returns and Shipping.",
)

TAG = {
    "Pending": ShipmentStatus.PENDING,
    "InfoReceived": ShipmentStatus.LABELLED,
    "InTransit": ShipmentStatus.IN_TRANSIT,
    "OutForDelivery": ShipmentStatus.OUT_FOR_DELIVERY,
    "AttemptFail": ShipmentStatus.ATTEMPTED,
    "AvailableForPickup": ShipmentStatus.READY_FOR_PICKUP,
    "Exception": ShipmentStatus.EXCEPTION,
    "Expired": ShipmentStatus.DELAYED,
    "Delivered": ShipmentStatus.DELIVERED,
}
# Subtags that say more than their tag. 012 is damage, 010 and 011 the way back: exceptions like any other.
SUBTAG = {
    "InTransit_002": ShipmentStatus.DISPATCHED,
    "Exception_004": ShipmentStatus.DELAYED,
    "Exception_005": ShipmentStatus.DELAYED,
    "Exception_013": ShipmentStatus.LOST,
    "Exception_016": ShipmentStatus.DELAYED,
    "Exception_017": ShipmentStatus.DELAYED,
    "Exception_019": ShipmentStatus.DELAYED,
    "Exception_020": ShipmentStatus.CANCELLED,
    "Exception_021": ShipmentStatus.LOST,
}
BACK = frozenset({"Exception_010", "Exception_011"})
VOCABULARY = {"Tag": tracking.vocabulary(TAG), "Subtag (where it says more than its tag)": SUBTAG}


def verify(webhook: Webhook, secrets: Sequence[str], now: datetime) -> None:
    """One of the secrets signed the raw body."""
    given = webhook.headers.get("aftership-hmac-sha256")
    if not given or not webhook.body:
        raise BadSignature("header aftership-hmac-sha256 or the body is missing")
    if not any_equal([given], [hmac_sha256_base64(secret.encode(), webhook.body) for secret in secrets if secret]):
        raise BadSignature("aftership-hmac-sha256 does not match the body; is the secret the account's webhook secret?")


def sign(webhook: Webhook, secret: str, now: datetime) -> Webhook:
    """The webhook under AfterShip's signature header. ValueError for an empty secret."""
    return with_headers(webhook, {"aftership-hmac-sha256": hmac_sha256_base64(secret.encode(), webhook.body)})


def translate(webhook: Webhook, received: datetime) -> Translated:
    """The news of one delivery. Events that are not known are kept as `unknown`."""
    body = Reader.of(webhook.body)
    topic = body.text("event")
    if topic is None:
        raise BadPayload("is missing; AfterShip names the kind of news in it", "body.event")
    id_ = tracking.key(body.id("event_id") or tracking.digest(webhook.body))
    sent = tracking.epoch(body.value.get("ts"))
    if topic not in TOPICS:
        return tracking.unknown(id_, topic, sent, received)
    msg, first = body.child("msg"), body.flag("is_tracking_first_tag")
    native = {
        "topic": topic,
        "status": msg.text("tag"),
        "detail": msg.text("subtag"),
        "is_tracking_first_tag": None if first is None else str(first).lower(),
        "on_time_status": msg.text("on_time_status"),
        "order_ref": tracking.order_ref([msg.value.get("order_id"), msg.value.get("order_number")]),
    }
    return tracking.translated(id_, _parcel(msg, sent, first is True), native, received)


def _parcel(msg: Reader, sent: datetime | None, first: bool) -> Parcel:
    tag, subtag = msg.text("tag"), msg.text("subtag")
    told = (tracking.when(msg.value.get(name)) for name in ("updated_at", "last_updated_at"))
    return Parcel(
        msg.needed_id("tracking_number"),
        _status(tag, subtag),
        subtag or tag,
        tuple(_scan(one) for one in msg.children("checkpoints")),
        told=next((time for time in told if time), sent),
        carrier=msg.text("slug"),
        service=msg.text("shipment_type"),
        promised_at=_promise(msg),
        delivered_at=tracking.when(msg.value.get("shipment_delivery_date")),
        back=subtag in BACK or tracking.flag(msg, "return_to_sender"),
        first=first and tag == "InTransit",
    )


def _scan(one: Reader) -> Scan:
    subtag = one.text("subtag")
    return Scan(tracking.when(one.value.get("checkpoint_time")), _status(one.text("tag"), subtag), subtag in BACK)


def _status(tag: str | None, subtag: str | None) -> ShipmentStatus | None:
    return SUBTAG.get(subtag or "") or TAG.get(tag or "")


def _promise(msg: Reader) -> datetime | None:
    latest = msg.value.get("latest_estimated_delivery")
    estimates = [latest.get("datetime_max"), latest.get("datetime")] if isinstance(latest, dict) else [latest]
    said = [msg.value.get("order_promised_delivery_date"), *estimates, msg.value.get("expected_delivery")]
    return next((time for one in said if (time := tracking.promise(one))), None)
