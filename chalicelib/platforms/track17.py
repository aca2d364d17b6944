"""17TRACK: pushes about parcels (v2 bodies), and the API that tells the same of one parcel.

Sources: 17TRACK's API documentation v2.2 and v2.4 (asset.17track.net), its help articles on webhooks and error codes, and open
SDKs that quote them (godely/aio17track, wksw/17track-golang-sdk). The signature is no HMAC: SHA-256 over the raw body, a slash
and the API key. Calls use the same key, so a new key changes both; it takes about five minutes to spread.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from datetime import datetime

from ..model.errors import BadPayload, BadSignature
from ..model.event import Translated, Want, Webhook
from . import _track17_api as api
from . import _track17_parcel as parcels
from . import _tracking as tracking
from ._read import Reader
from ._signing import any_equal, with_headers
from ._tracking import MOVES, Topic

TITLE = "17TRACK"
SECRET = "the API key (security token): api.17track.net/admin > Settings > Security"
TRACKER = True
SETUP = {"shops": tracking.SHOPS, "version": "the API's version; v2.2 unless said (v2.4 exists)"}
UPDATED, STOPPED = "TRACKING_UPDATED", "TRACKING_STOPPED"
TOPICS = {UPDATED: MOVES, STOPPED: Topic(MOVES.type)}
VOCABULARY = {
    "Status": tracking.vocabulary(parcels.STATUS),
    "Sub-status (where it says more than its status)": parcels.SUB_STATUS,
}
QUIRKS = (
    "The header sign is SHA-256 of the raw body, a slash and the API key. Two keys are taken while one replaces the other.",
    "There is no event id: a push is known by number, carrier, the latest event's time, sub-status and events_hash of each "
    "carrier. What is read by the API has the same id as its push.",
    "time_iso and time_utc may be null where the carrier gives no offset: then time_raw counts, in the offset of another scan "
    "in the same country, else UTC.",
    "Scans stand newest first, of each carrier apart; their own times count.",
    "The tag that a parcel was registered with comes back: where it looks like an order's id it leads to the order.",
    "Exception_Returning and _Returned are the way back to the sender; _Damage is an exception, _Lost and _Destroyed are lost.",
    "Expired is a long time without news: the parcel counts as delayed. NotFound says nothing of it, so there is no status.",
    "TRACKING_STOPPED names the parcel alone: its history is read once more.",
    "Saving the address in 17TRACK's console sends a test push: connect the shop here first, or it fails with -18010203.",
    "A push is said to be dropped after three retries, within two hours: every day the list is read for those that failed.",
    "HTTP 200 may hold an error of the whole call or of a number: one already registered is fine, one without news is empty.",
    "Descriptions are in the carrier's language, and phone numbers and addresses may stand beside them: none is read.",
    "Retries and the names of the list's filters (track_time_from, track_time_to) are known from second-hand documentation.",
)
LEFT = (
    "v1 pushes (sign inside the body, numeric states) are refused: choose v2.2 or later in 17TRACK's console.",
    "register and push are made only when asked for: registering costs a credit.",
    "stoptrack, retrack, changecarrier and getrealtimetrackinfo change or cost something, and tell nothing else.",
)

READS = api.READS
request, renewal, renewed = api.request, api.renewal, api.renewed
answer = api.answer


def verify(webhook: Webhook, secrets: Sequence[str], now: datetime) -> None:
    """One of the keys signed the raw body."""
    given = webhook.headers.get("sign")
    if not given or not webhook.body:
        raise BadSignature("header sign or the body is missing; v1 signs inside the body: choose v2.2 in 17TRACK's console")
    if not any_equal([given], [_signature(secret, webhook.body) for secret in secrets if secret]):
        raise BadSignature("sign does not match the body; is the secret the account's API key? A new one takes five minutes")


def sign(webhook: Webhook, secret: str, now: datetime) -> Webhook:
    """The webhook under 17TRACK's signature header. ValueError for an empty key."""
    return with_headers(webhook, {"sign": _signature(secret, webhook.body)})


def _signature(key: str, body: bytes) -> str:
    if not key:
        raise ValueError("an empty key signs nothing")
    return hashlib.sha256(body + b"/" + key.encode("utf-8", "replace")).hexdigest()


def translate(webhook: Webhook, received: datetime) -> Translated:
    """The news of one push. Events that are not known are kept as `unknown`."""
    body = Reader.of(webhook.body)
    topic = body.text("event")
    if topic is None:
        raise BadPayload("is missing; 17TRACK names the kind of news in it", "body.event")
    if topic not in TOPICS:
        return tracking.unknown(tracking.digest(webhook.body), topic, None, received)
    item = body.child("data")
    return parcels.news(item, topic, received) if topic == UPDATED else _stopped(item, received)


def _stopped(item: Reader, received: datetime) -> Translated:
    """The service looks no more: what it saw last is asked for."""
    number, carrier = item.needed_id("number"), item.id("carrier")
    native = {"topic": STOPPED, "status": "stopped", "order_ref": tracking.order_ref([item.value.get("tag")])}
    about = f"{number}:{carrier}" if carrier else number
    return tracking.asked(tracking.key(STOPPED, number, carrier), number, native, Want("tracking", about), received)
