"""What tracking services share: the history of a parcel, read as a whole, into one shipment fact and the type of its news.

A service sends all scans with each push, some newest first, some oldest first: their own times decide, never their order. The
fact stands as of the newest scan, so that a late push undoes nothing; of pushes with the same newest scan the one that the
service made later stands (`Event.rank`). A parcel that was delivered stays so, unless it goes back to its sender.

Its subject and fact are named by the parcel's number. The fold merges it into the order's own shipment with that number.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, tzinfo

from ..model import times
from ..model.errors import BadPayload
from ..model.event import Event, Translated, Want
from ..model.facts import Fact, ReturnFact, ShipmentFact
from ..model.words import EventType, GoodsAxis, ShipmentStatus
from ._read import Reader, name_of

TRACKING = "tracking:"
SHOPS = "the shops whose parcels it watches, as platform/name with commas between; every shop unless said"
_DAY = timedelta(days=1) - timedelta(seconds=1)
# An order's id or number: one word with a digit in it. Names, addresses and notes are not taken.
_ORDER = re.compile(r"(?=[^0-9]{0,79}[0-9])[A-Za-z0-9#][A-Za-z0-9#_.:/-]{0,79}")
# What a carrier says of a parcel that it has in its hands; of one that it only now hands over it says that it is delivered.
_CARRIED = frozenset({
    ShipmentStatus.DISPATCHED, ShipmentStatus.IN_TRANSIT, ShipmentStatus.OUT_FOR_DELIVERY, ShipmentStatus.ATTEMPTED,
    ShipmentStatus.READY_FOR_PICKUP, ShipmentStatus.DELAYED, ShipmentStatus.EXCEPTION,
})  # fmt: skip
_GONE = frozenset({ShipmentStatus.LOST, ShipmentStatus.CANCELLED})
_TROUBLE = frozenset({ShipmentStatus.DELAYED, ShipmentStatus.EXCEPTION, ShipmentStatus.LOST})
_TYPE = dict.fromkeys(_TROUBLE, EventType.SHIPMENT_EXCEPTION) | {
    ShipmentStatus.DISPATCHED: EventType.SHIPMENT_DISPATCHED, ShipmentStatus.DELIVERED: EventType.SHIPMENT_DELIVERED,
}  # fmt: skip
_GOODS = {ShipmentStatus.DELIVERED: GoodsAxis.RECEIVED, ShipmentStatus.LOST: GoodsAxis.LOST}


@dataclass(frozen=True, slots=True)
class Topic:
    """How a topic's news is typed; `also` lists the types that the parcel's state may make of it."""

    type: EventType
    also: tuple[EventType, ...] = ()


MOVES = Topic(
    EventType.SHIPMENT_MOVED, (EventType.SHIPMENT_DISPATCHED, EventType.SHIPMENT_EXCEPTION, EventType.SHIPMENT_DELIVERED)
)
RETURNS = (EventType.RETURN_CHANGED, EventType.RETURN_DISPATCHED, EventType.RETURN_RECEIVED)


@dataclass(frozen=True, slots=True)
class Scan:
    """A line of a parcel's history. `back` when it says that the parcel is on its way back to its sender, or there."""

    at: datetime | None
    status: ShipmentStatus | None
    back: bool = False


@dataclass(frozen=True, slots=True)
class Parcel:
    """A parcel as a service tells of it.

    `told` is when the service last looked; `back` whether it says that the parcel goes back to its sender; `first` whether it
    says that the carrier has only now begun; `returns` whether it is a parcel from a buyer to the seller.
    """

    number: str
    status: ShipmentStatus | None
    native_status: str | None
    scans: tuple[Scan, ...] = ()
    told: datetime | None = None
    carrier: str | None = None
    service: str | None = None
    promised_at: datetime | None = None
    delivered_at: datetime | None = None
    back: bool = False
    first: bool = False
    returns: bool = False


def translated(id_: str, parcel: Parcel, native: Mapping[str, str | None], received: datetime) -> Translated:
    """The delivery that tells of a parcel. `native` are the service's own words; those that are not there are left out."""
    fact = shipment(parcel)
    type_ = _type(parcel, fact)
    said: Fact = _return(parcel, fact) if parcel.returns else fact
    when = _when(parcel, fact, type_) or received
    words = {name: word for name, word in native.items() if word}
    rank = int(parcel.told.timestamp()) if parcel.told else 0
    return Translated(id_, f"{TRACKING}{parcel.number}", (Event(type_, when, (said,), words, rank=rank),))


def unknown(id_: str, topic: str, told: datetime | None, received: datetime) -> Translated:
    """News of a kind that is not read: kept with its name."""
    return Translated(id_, f"unknown:{id_}", (Event(EventType.UNKNOWN, told or received, native={"topic": topic[:200]}),))


def asked(id_: str, number: str, native: Mapping[str, str | None], want: Want, received: datetime) -> Translated:
    """News that names a parcel and tells nothing of it: its history is asked for."""
    words = {name: word for name, word in native.items() if word}
    return Translated(id_, f"{TRACKING}{number}", (Event(EventType.SHIPMENT_MOVED, received, native=words, wants=(want,)),))


def shipment(parcel: Parcel) -> ShipmentFact:
    """What is known of the parcel."""
    dated = sorted((one for one in parcel.scans if one.at), key=_time)
    turned = next((_time(one) for one in dated if one.back), None)
    arrived = [_time(one) for one in dated if one.status is ShipmentStatus.DELIVERED and not one.back]
    first = next((at for at in arrived if (at < turned if turned else not parcel.back)), None)
    status = _standing(parcel, turned is not None, first is not None)
    begun = next((_time(one) for one in dated if _moving(one)), None)
    failed = turned or next((_time(one) for one in reversed(dated) if one.status in _TROUBLE), None)
    return ShipmentFact(
        f"{TRACKING}{parcel.number}",
        _as_of(parcel, dated),
        status=status,
        native_status=None if parcel.status is ShipmentStatus.PENDING else parcel.native_status,
        carrier=parcel.carrier,
        service=parcel.service,
        tracking=parcel.number,
        dispatched_at=begun or (parcel.told if status is ShipmentStatus.DISPATCHED else None),
        delivered_at=first or (parcel.delivered_at or parcel.told if status is ShipmentStatus.DELIVERED else None),
        exception_at=failed or (parcel.told if status in _TROUBLE else None),
        promised_at=parcel.promised_at,
    )


def _standing(parcel: Parcel, turned: bool, arrived: bool) -> ShipmentStatus | None:
    """Its status. A parcel that was turned back is in trouble, also when it then arrives, at its sender; nothing else undoes a
    delivery. That a service has no news yet is no status: it would undo what is known.
    """
    if turned or parcel.back:
        return parcel.status if parcel.status in _GONE else ShipmentStatus.EXCEPTION
    if arrived:
        return ShipmentStatus.DELIVERED
    return None if parcel.status is ShipmentStatus.PENDING else parcel.status


def _time(one: Scan) -> datetime:
    assert one.at is not None
    return one.at


def _as_of(parcel: Parcel, dated: list[Scan]) -> datetime | None:
    """The newest scan's time; a scan cannot be newer than the service's last look, whatever the carrier's clock says."""
    newest = dated[-1].at if dated else None
    return min(newest, parcel.told) if newest and parcel.told else newest or parcel.told


def _moving(one: Scan) -> bool:
    """Whether the carrier had the parcel in its hands, on its way there."""
    return one.status in _CARRIED and not one.back


def _type(parcel: Parcel, fact: ShipmentFact) -> EventType:
    scans = sum(1 for one in parcel.scans if _moving(one))
    begins = fact.status in _CARRIED and (scans == 1 or parcel.first)
    if parcel.returns:
        begun = EventType.RETURN_DISPATCHED if begins else EventType.RETURN_CHANGED
        return EventType.RETURN_RECEIVED if fact.status is ShipmentStatus.DELIVERED else begun
    otherwise = EventType.SHIPMENT_DISPATCHED if begins else EventType.SHIPMENT_MOVED
    return _TYPE.get(fact.status, otherwise) if fact.status else otherwise


def _when(parcel: Parcel, fact: ShipmentFact, type_: EventType) -> datetime | None:
    """When it happened: the time of what the type says, else of the newest scan."""
    own = {
        EventType.SHIPMENT_DELIVERED: fact.delivered_at, EventType.RETURN_RECEIVED: fact.delivered_at,
        EventType.SHIPMENT_EXCEPTION: fact.exception_at, EventType.SHIPMENT_DISPATCHED: fact.dispatched_at,
        EventType.RETURN_DISPATCHED: fact.dispatched_at,
    }  # fmt: skip
    return own.get(type_) or fact.at


def _return(parcel: Parcel, fact: ShipmentFact) -> ReturnFact:
    """The same of a parcel that a buyer sends to the seller: it belongs to the return with that number."""
    moving = GoodsAxis.IN_TRANSIT if fact.dispatched_at else None
    goods = _GOODS.get(fact.status, moving) if fact.status else moving
    return ReturnFact(
        fact.id, fact.at, goods=goods, dispatched_at=fact.dispatched_at, received_at=fact.delivered_at, tracking=parcel.number
    )


# reading


def vocabulary(words: Mapping[str, ShipmentStatus]) -> dict[str, ShipmentStatus]:
    """A service's words as they count: those that only say that there is no news yet set no status."""
    return {word: ours for word, ours in words.items() if ours is not ShipmentStatus.PENDING}


def when(value: object, zone: tzinfo = UTC) -> datetime | None:
    """A scan's time from ISO 8601 text; without an offset it is in `zone`, and a date alone is its beginning.

    None for anything else: carriers write times in many ways, and one odd scan is no reason to refuse the parcel's news.
    """
    if not isinstance(value, str) or not value:
        return None
    try:
        time = datetime.fromisoformat(value)
        return times.parse((time if time.tzinfo else time.replace(tzinfo=zone)).isoformat(), "")
    except (ValueError, OverflowError, BadPayload):
        return None


def epoch(value: object) -> datetime | None:
    """Whole seconds since 1970 as a time; None for anything else."""
    if type(value) is not int or not 0 < value < 2**33:
        return None
    return when(datetime.fromtimestamp(value, UTC).isoformat())


def promise(value: object) -> datetime | None:
    """Until when a parcel is promised: a day without a time (or at midnight, as some write it) is over at its end."""
    found = when(value)
    if found is None or not isinstance(value, str):
        return None
    return found + _DAY if len(value) == 10 or "T00:00:00" in value else found


def order_ref(candidates: Iterable[object]) -> str | None:
    """The seller's own reference to an order: the first that looks like one. Free text is not taken, for it may be personal."""
    found = (str(one) for one in candidates if type(one) is int or isinstance(one, str))
    return next((one for one in found if _ORDER.fullmatch(one)), None)


def flag(one: Reader, name: str) -> bool:
    """Whether something is said to be so."""
    return one.flag(name) is True


def key(*parts: object) -> str:
    """A delivery id made of these parts, each fit to be a key."""
    return ":".join(name_of(str(part)) for part in parts if part not in (None, ""))


def digest(body: bytes) -> str:
    """A name for a body that has no id of its own."""
    return "sha256-" + hashlib.sha256(body).hexdigest()[:32]
