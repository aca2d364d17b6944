"""A parcel as 17TRACK tells of it: the `data` of a push is the same item that gettrackinfo answers."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, tzinfo
from typing import Any

from ..model.event import Translated
from ..model.words import ShipmentStatus
from . import _people as people
from . import _tracking as tracking
from ._read import Reader
from ._tracking import Parcel, Scan

STATUS = {
    "NotFound": ShipmentStatus.PENDING,
    "InfoReceived": ShipmentStatus.LABELLED,
    "InTransit": ShipmentStatus.IN_TRANSIT,
    "OutForDelivery": ShipmentStatus.OUT_FOR_DELIVERY,
    "DeliveryFailure": ShipmentStatus.ATTEMPTED,
    "AvailableForPickup": ShipmentStatus.READY_FOR_PICKUP,
    "Expired": ShipmentStatus.DELAYED,
    "Exception": ShipmentStatus.EXCEPTION,
    "Delivered": ShipmentStatus.DELIVERED,
}
SUB_STATUS = {
    "InTransit_PickedUp": ShipmentStatus.DISPATCHED,
    "Exception_Delayed": ShipmentStatus.DELAYED,
    "Exception_Lost": ShipmentStatus.LOST,
    "Exception_Destroyed": ShipmentStatus.LOST,
    "Exception_Cancel": ShipmentStatus.CANCELLED,
}
# A scan without a sub-status has a stage, in words of its own.
_STAGE = {
    "PickedUp": ShipmentStatus.DISPATCHED,
    "Departure": ShipmentStatus.IN_TRANSIT,
    "Arrival": ShipmentStatus.IN_TRANSIT,
    "Returning": ShipmentStatus.EXCEPTION,
    "Returned": ShipmentStatus.EXCEPTION,
}
_BACK = frozenset({"Exception_Returning", "Exception_Returned", "Returning", "Returned"})
Zones = Mapping[str, tzinfo]


def news(item: Reader, topic: str, received: datetime) -> Translated:
    """What an item tells, under the id that the documentation gives for telling pushes apart."""
    info = item.child("track_info")
    status, latest = info.child("latest_status"), info.child("latest_event")
    word, detail = status.text("status"), status.text("sub_status")
    number, providers = item.needed_id("number"), list(info.child("tracking").children("providers"))
    scans = [scan for one in providers for scan in one.children("events")] or _alone(latest)
    zones = _zones(scans)
    parcel = Parcel(
        number,
        _status(word, detail),
        detail or word,
        tuple(_scan(one, zones) for one in reversed(scans)),
        told=max((time for one in providers if (time := tracking.when(one.value.get("latest_sync_time")))), default=None),
        carrier=_carrier(item, providers),
        service=info.child("misc_info").text("service_type"),
        promised_at=_promise(info),
        back=detail in _BACK,
    )
    native = {"topic": topic, "status": word, "detail": detail, "order_ref": tracking.order_ref([item.value.get("tag")])}
    if not latest.value.get("time_utc"):
        native["time_raw"] = _raw(latest)
    return tracking.translated(_id(item, latest, detail, providers), parcel, native, received)


def _id(item: Reader, latest: Reader, detail: str | None, providers: list[Reader]) -> str:
    """Number, carrier, the latest event's time and sub-status; events_hash tells of changes further back."""
    hashes = ",".join(one.id("events_hash") or "" for one in providers)
    time = latest.text("time_utc") or latest.text("time_iso") or _raw(latest)
    return tracking.key(item.needed_id("number"), item.id("carrier"), time, detail, hashes)


def _alone(latest: Reader) -> list[Reader]:
    return [latest] if latest.value else []


def _scan(one: Reader, zones: Zones) -> Scan:
    detail, stage = one.text("sub_status"), one.text("stage")
    status = _status((detail or stage or "").partition("_")[0], detail or stage) or _STAGE.get(stage or "")
    return Scan(_time(one, zones), status, detail in _BACK or stage in _BACK)


def _status(word: str | None, detail: str | None) -> ShipmentStatus | None:
    return SUB_STATUS.get(detail or "") or STATUS.get(word or "")


def _time(one: Reader, zones: Zones) -> datetime | None:
    """A scan's time: as 17TRACK understood it, else as the carrier wrote it, in the offset of scans in the same country."""
    known, country = tracking.when(one.value.get("time_utc")) or tracking.when(one.value.get("time_iso")), _country(one)
    return known or tracking.when(_raw(one, "T"), zones.get(country) or (UTC if country else zones.get("", UTC)))


def _raw(one: Reader, between: str = " ") -> str | None:
    """The carrier's own date, time and offset, as far as they are there."""
    raw = people.part(one.value, "time_raw")
    date, time, zone = (raw.get(name) if isinstance(raw.get(name), str) else "" for name in ("date", "time", "timezone"))
    if not date:
        return None
    return f"{date}{between}{time}{zone}"[:60] if time else str(date)[:60]


def _zones(scans: list[Reader]) -> dict[str, tzinfo]:
    """The offset that the newest scan of each country has; under "", for a scan of no country, that of the newest of all."""
    found: dict[str, tzinfo] = {}
    for country, zone in _known_zones(scans):
        found.setdefault("", zone)
        found.setdefault(country, zone)
    return found


def _known_zones(scans: list[Reader]) -> Iterator[tuple[str, tzinfo]]:
    for one in scans:
        text = one.value.get("time_iso")
        if isinstance(text, str) and tracking.when(text):
            zone = datetime.fromisoformat(text).tzinfo
            if zone is not None:
                yield _country(one), zone


def _country(one: Reader) -> str:
    return str(people.part(one.value, "address").get("country") or "")


def _carrier(item: Reader, providers: list[Reader]) -> str | None:
    """The name of the carrier that the item names by its number, else of the first described; a number alone is no name."""
    number = item.id("carrier")
    described: list[Mapping[str, Any]] = [people.part(one.value, "provider") for one in providers]
    same = [one for one in described if str(one.get("key")) == number] or described
    return Reader(same[0], item.path("provider")).text("name") if same else None


def _promise(info: Reader) -> datetime | None:
    said = info.child("time_metrics").child("estimated_delivery_date")
    return tracking.promise(said.value.get("to")) or tracking.promise(said.value.get("from"))
