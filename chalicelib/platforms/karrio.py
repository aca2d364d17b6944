"""Karrio, the open shipping platform that sellers host themselves: webhooks about parcels.

Source: karrioapi/karrio, modules/events (webhook.py, signals.py, serializers) and modules/sdk (units.py), commit deea10f85. Its
web pages speak of an HMAC signature, of retries and of dotted names such as tracker.updated: its code does none of that. What
it sends is the webhook's secret itself, in clear text, in a header that is called X-Event-Id; nothing else proves the sender.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from datetime import datetime

from ..model import codec
from ..model.errors import BadPayload, BadSignature, Ignored
from ..model.event import Translated, Webhook
from ..model.words import ShipmentStatus
from . import _people as people
from . import _reasons as reasons
from . import _tracking as tracking
from ._read import Reader
from ._signing import any_equal, with_headers
from ._tracking import MOVES, Parcel, Scan

TITLE = "Karrio"
SECRET = "the webhook's secret (whsec_ and letters): Karrio makes it; Developers > Webhooks shows it"
SIGNED = False
TRACKER = True
SETUP = {"shops": tracking.SHOPS, "mode": "test to take Karrio's test trackers instead of the real ones"}
TOPICS = {"tracker_created": MOVES, "tracker_updated": MOVES}
QUIRKS = (
    "Nothing is signed, whatever Karrio's web pages say: X-Event-Id is no event id, it holds the webhook's secret in clear "
    "text. It is compared in constant time; give Karrio an https address only.",
    "There is no event id: a push is known by its event, the tracker's id, status and events.",
    "Names have underscores (tracker_updated); the dotted ones of its web pages are never sent.",
    "Events stand newest first, date and time apart, without an offset: they count as UTC; a day alone is its beginning.",
    "Events often have no status of their own: then the tracker's status belongs to the newest.",
    "timestamp counts before date and time where it is there; estimated_delivery is a day, which ends at midnight UTC.",
    "An incident's reason is kept, with what it says about the cause in our words.",
    "unknown and pending say nothing of the parcel, so it has no status.",
    "info.order_id, else the tracker's metadata (order_id, order_number, reference) leads to the order.",
    "Karrio tries once, and disables a webhook after more than 5 failures in a row: look at `disabled` daily, enable it again.",
)
LEFT = (
    "shipment_* (labels bought, cancelled, handed over) are kept as unknown: they have no times; the tracker tells the same.",
    "order_*, pickup_* and batch_* are kept as unknown: Karrio's orders are copies of a shop's, which tells its own.",
    "Karrio's API: where it is hosted only the seller knows, and no call is documented that would tell more than its pushes.",
)

STATUS = {
    "unknown": ShipmentStatus.PENDING,
    "pending": ShipmentStatus.PENDING,
    "picked_up": ShipmentStatus.DISPATCHED,
    "in_transit": ShipmentStatus.IN_TRANSIT,
    "on_hold": ShipmentStatus.IN_TRANSIT,
    "out_for_delivery": ShipmentStatus.OUT_FOR_DELIVERY,
    "delivery_failed": ShipmentStatus.ATTEMPTED,
    "ready_for_pickup": ShipmentStatus.READY_FOR_PICKUP,
    "delivery_delayed": ShipmentStatus.DELAYED,
    "return_to_sender": ShipmentStatus.EXCEPTION,
    "cancelled": ShipmentStatus.CANCELLED,
    "delivered": ShipmentStatus.DELIVERED,
}
VOCABULARY = {"Status": tracking.vocabulary(STATUS)}
_BACK = "return_to_sender"
_CLOCK = re.compile(r"([01]?[0-9]|2[0-3]):([0-5][0-9])(?::([0-5][0-9]))?(?: ?([AP])M)?", re.IGNORECASE)


def verify(webhook: Webhook, secrets: Sequence[str], now: datetime) -> None:
    """The header holds one of the secrets. Ignored for a tracker of the other mode (test, production)."""
    given = webhook.headers.get("x-event-id")
    if not given or not webhook.body:
        raise BadSignature("header X-Event-Id, which holds Karrio's secret, or the body is missing")
    if not any_equal([given], [secret for secret in secrets if secret]):
        raise BadSignature("X-Event-Id is not this shop's secret; is it the one that Karrio shows for this webhook?")
    test, wanted = _test(webhook.body), webhook.setup.get("mode") == "test"
    if test is not None and test is not wanted:
        raise Ignored("a tracker of the other mode (--with mode=test takes Karrio's test trackers)")


def sign(webhook: Webhook, secret: str, now: datetime) -> Webhook:
    """The webhook with the secret in the header, as Karrio sends it. ValueError for an empty one."""
    if not secret:
        raise ValueError("an empty key proves nothing")
    return with_headers(webhook, {"x-event-id": secret})


def _test(body: bytes) -> bool | None:
    """Whether it is about a test tracker; None where it does not say, or cannot be read: translate tells why."""
    try:
        said = codec.loads(body)
    except BadPayload:
        return None
    mode = people.part(said, "data").get("test_mode") if isinstance(said, dict) else None
    return mode if isinstance(mode, bool) else None


def translate(webhook: Webhook, received: datetime) -> Translated:
    """The news of one push. Events that are not about trackers are kept as `unknown`."""
    body = Reader.of(webhook.body)
    topic = body.text("event")
    if topic is None:
        raise BadPayload("is missing; Karrio names the kind of event in it", "body.event")
    if topic not in TOPICS:
        return tracking.unknown(tracking.digest(webhook.body), topic, None, received)
    tracker = body.child("data")
    events = list(tracker.children("events"))
    native = {"topic": topic, "status": tracker.text("status"), "order_ref": tracking.order_ref(_references(tracker))}
    return tracking.translated(_id(topic, tracker), _parcel(tracker, events), native | _cause(events), received)


def _id(topic: str, tracker: Reader) -> str:
    """The documented key: the tracker's id, its status and a hash of its events."""
    listed = json.dumps(tracker.value.get("events"), sort_keys=True).encode()
    return tracking.key(topic, tracker.needed_id("id"), tracker.text("status"), tracking.digest(listed))


def _parcel(tracker: Reader, events: list[Reader]) -> Parcel:
    """The tracker; that it was looked at is known as of its newest event."""
    word, scans = tracker.text("status"), tuple(_scan(one) for one in reversed(events))
    return Parcel(
        tracker.needed_id("tracking_number"),
        STATUS.get(word or ""),
        word,
        scans,
        told=max((one.at for one in scans if one.at), default=None),
        carrier=tracker.text("carrier_name"),
        service=tracker.child("info").text("shipment_service"),
        promised_at=tracking.promise(tracker.value.get("estimated_delivery")),
        back=word == _BACK,
    )


def _scan(one: Reader) -> Scan:
    word = one.text("status")
    return Scan(_time(one), STATUS.get(word or ""), word == _BACK)


def _time(one: Reader) -> datetime | None:
    """The scan's time; carriers' clocks come as 13:58, 01:58 PM or 13:58:00."""
    known, date = tracking.when(one.value.get("timestamp")), one.value.get("date")
    if known or not isinstance(date, str):
        return known
    clock = _CLOCK.fullmatch(str(one.value.get("time") or "").strip())
    return tracking.when(f"{date[:10]}T{_clock(clock)}") if clock else tracking.when(date)


def _clock(found: re.Match[str]) -> str:
    hour, half = int(found[1]), (found[4] or "").upper()
    if half and hour <= 12:  # "13:58 PM" is written too
        hour = hour % 12 + (12 if half == "P" else 0)
    return f"{hour:02d}:{found[2]}:{found[3] or '00'}"


def _cause(events: list[Reader]) -> dict[str, str | None]:
    """The newest incident's reason, and what it says in our words where it is known."""
    reason = next((word for one in events if (word := one.text("reason"))), None)
    code = reasons.codes("karrio").of(reason) if reason else None
    return {"reason": reason, "cause": str(code.label) if code else None}


def _references(tracker: Reader) -> Iterator[object]:
    """What the seller may have written beside a tracker."""
    metadata = people.part(tracker.value, "metadata")
    yield people.part(tracker.value, "info").get("order_id")
    yield from (metadata.get(name) for name in ("order_id", "order_number", "reference"))
