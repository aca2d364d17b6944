"""What all tracking services have in common: scans in any order, pushes in any order, and whose parcel it is."""

from __future__ import annotations

import json
import random
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from itertools import permutations
from typing import Any

import pytest

from chalicelib import platforms
from chalicelib.model import state
from chalicelib.model.event import Delivery
from chalicelib.model.facts import ReturnFact, ShipmentFact
from chalicelib.model.words import EventType, ShipmentStatus
from chalicelib.platforms import _tracking as tracking
from chalicelib.platforms._tracking import Parcel, Scan
from chalicelib.rules.fold import fold
from tests.platforms import fixtures
from tests.platforms.fixtures import RECEIVED, Recorded

TRACKERS = [name for name in platforms.names() if getattr(platforms.get(name), "TRACKER", False)]
NEWS = [
    one for name in TRACKERS for one in fixtures.recorded(name)
    if one.topic in platforms.get(name).TOPICS and "refused" not in json.loads(one.golden.read_text())
]  # fmt: skip
HISTORIES = ("checkpoints", "tracking_details", "events")
every_news = pytest.mark.parametrize("one", NEWS, ids=lambda one: f"{one.platform}/{one.name}")


def day(number: float) -> datetime:
    return datetime(2026, 3, 1, tzinfo=UTC) + timedelta(days=number)


def shuffled(value: Any, chance: random.Random) -> Any:
    """The body with every history in another order."""
    if isinstance(value, dict):
        return {
            name: chance.sample(inner, len(inner)) if name in HISTORIES and isinstance(inner, list) else shuffled(inner, chance)
            for name, inner in value.items()
        }
    return [shuffled(inner, chance) for inner in value] if isinstance(value, list) else value


def test_every_tracker_has_news_here():
    assert {"aftership", "easypost", "karrio", "track17"} <= {one.platform for one in NEWS} == set(TRACKERS)


@every_news
def test_news_is_known_by_the_parcels_number(one: Recorded):
    made = one.translated()
    (event,) = made.events
    assert made.subject.startswith("tracking:") and made.buyer is None and made.seller is None
    for fact in event.facts:
        assert isinstance(fact, ShipmentFact | ReturnFact)
        assert fact.id == made.subject == f"tracking:{fact.tracking}"


@every_news
def test_the_order_of_a_history_does_not_matter(one: Recorded):
    chance, body = random.Random(1), json.loads(one.webhook.body)
    expected = one.translated().events[0]
    for _ in range(20):
        webhook = replace(one.signed(), body=json.dumps(shuffled(body, chance)).encode())
        event = one.module.translate(webhook, RECEIVED).events[0]
        assert (event.type, event.time, event.facts) == (expected.type, expected.time, expected.facts)


@pytest.mark.parametrize("platform", TRACKERS)
def test_pushes_in_any_order_are_one_state(platform: str):
    chance, kept = random.Random(2), [one for one in NEWS if one.platform == platform]
    parcels: dict[str, list[Delivery]] = {}
    for one in kept:
        made = one.translated()
        found = Delivery(made.id, f"{platform}/acme", made.subject, made.events, RECEIVED)
        parcels.setdefault(made.subject, []).append(found)
    assert max(map(len, parcels.values())) >= 3
    for subject, pushes in parcels.items():
        orders = list(permutations(pushes)) if len(pushes) < 6 else [chance.sample(pushes, len(pushes)) for _ in range(200)]
        assert len({state.dump(fold(pushes[0].source, subject, order)) for order in orders}) == 1


@pytest.mark.parametrize(
    "platform, number, status",
    [
        ("aftership", "9434936105536968782556", ShipmentStatus.DELIVERED),
        ("aftership", "9434936105536968782563", ShipmentStatus.EXCEPTION),
        ("track17", "AA123456789BR", ShipmentStatus.DELIVERED),
        ("track17", "AA555666777BR", ShipmentStatus.EXCEPTION),
        ("karrio", "1Z999AA10123456784", ShipmentStatus.DELIVERED),
    ],
)
def test_parcels_end_where_they_ended(platform: str, number: str, status: ShipmentStatus):
    made = [one.translated() for one in NEWS if one.platform == platform]
    pushes = [Delivery(one.id, "t/acme", one.subject, one.events, RECEIVED) for one in made if one.subject.endswith(number)]
    found = fold("t/acme", f"tracking:{number}", pushes).of("shipment")[f"tracking:{number}"]
    assert len(pushes) > 1
    assert found.status is status


# One parcel


def parcel(status: ShipmentStatus | None, *scans: tuple[float | None, ShipmentStatus | None], **also: Any) -> Parcel:
    made = tuple(Scan(day(at) if at is not None else None, word) for at, word in scans)
    return Parcel("N1", status, "native", made, **{"told": day(20), **also})


def event(one: Parcel) -> Any:
    return tracking.translated("id", one, {"topic": "t"}, RECEIVED).events[0]


MOVING, OUT, THERE = ShipmentStatus.IN_TRANSIT, ShipmentStatus.OUT_FOR_DELIVERY, ShipmentStatus.DELIVERED
LABEL, LATE, LOST = ShipmentStatus.LABELLED, ShipmentStatus.DELAYED, ShipmentStatus.LOST


@pytest.mark.parametrize(
    "one, type_, at",
    [
        (parcel(LABEL, (1, LABEL)), EventType.SHIPMENT_MOVED, day(1)),
        (parcel(MOVING, (1, LABEL), (2, MOVING)), EventType.SHIPMENT_DISPATCHED, day(2)),
        (parcel(OUT, (2, OUT)), EventType.SHIPMENT_DISPATCHED, day(2)),
        (parcel(MOVING, (2, MOVING), (3, MOVING)), EventType.SHIPMENT_MOVED, day(3)),
        (parcel(MOVING, (2, MOVING), (3, MOVING), first=True), EventType.SHIPMENT_DISPATCHED, day(2)),
        (parcel(LATE, (2, MOVING), (3, LATE)), EventType.SHIPMENT_EXCEPTION, day(3)),
        (parcel(LATE, (2, MOVING)), EventType.SHIPMENT_EXCEPTION, day(20)),
        (parcel(LOST, (2, MOVING), (4, LOST)), EventType.SHIPMENT_EXCEPTION, day(4)),
        (parcel(THERE, (2, MOVING), (5, THERE), (6, THERE)), EventType.SHIPMENT_DELIVERED, day(5)),
        (parcel(None, (1, None)), EventType.SHIPMENT_MOVED, day(1)),
        (parcel(ShipmentStatus.PENDING), EventType.SHIPMENT_MOVED, day(20)),
    ],
)
def test_the_type_of_news_and_when_it_happened(one: Parcel, type_: EventType, at: datetime):
    assert (event(one).type, event(one).time) == (type_, at)


def test_a_service_that_has_no_news_yet_undoes_nothing():
    fact = tracking.shipment(parcel(ShipmentStatus.PENDING))
    assert (fact.status, fact.native_status, fact.tracking) == (None, None, "N1")


def test_a_scan_is_never_newer_than_the_services_last_look():
    assert tracking.shipment(parcel(MOVING, (2, MOVING), (500, MOVING))).at == day(20)
    assert tracking.shipment(parcel(MOVING, (2, MOVING), told=None)).at == day(2)


def test_without_dated_scans_the_last_look_counts():
    fact = tracking.shipment(parcel(THERE, (None, THERE)))
    assert (fact.at, fact.delivered_at, fact.status) == (day(20), day(20), THERE)
    said = tracking.shipment(parcel(THERE, delivered_at=day(7)))
    assert said.delivered_at == day(7)


@pytest.mark.parametrize("status", [MOVING, OUT, LATE, LABEL, ShipmentStatus.EXCEPTION, None])
def test_a_delivery_stands_unless_the_parcel_goes_back(status: ShipmentStatus | None):
    one = parcel(status, (2, MOVING), (5, THERE), (6, status))
    assert tracking.shipment(one).status is THERE
    turned = replace(one, scans=(*one.scans, Scan(day(7), ShipmentStatus.EXCEPTION, back=True)))
    fact = tracking.shipment(turned)
    assert (fact.status, fact.delivered_at, fact.exception_at) == (ShipmentStatus.EXCEPTION, day(5), day(7))


def test_what_arrives_after_it_was_turned_back_arrived_at_its_sender():
    scans = (Scan(day(2), MOVING), Scan(day(3), ShipmentStatus.EXCEPTION, back=True), Scan(day(9), THERE))
    fact = tracking.shipment(Parcel("N1", THERE, "native", scans, told=day(10)))
    assert (fact.status, fact.delivered_at, fact.exception_at) == (ShipmentStatus.EXCEPTION, None, day(3))
    undated = tracking.shipment(parcel(THERE, (2, MOVING), (9, THERE), back=True))
    assert (undated.status, undated.delivered_at) == (ShipmentStatus.EXCEPTION, None)


@pytest.mark.parametrize("status", [LOST, ShipmentStatus.CANCELLED])
def test_a_parcel_lost_on_its_way_back_is_lost(status: ShipmentStatus):
    assert tracking.shipment(parcel(status, (2, MOVING), back=True)).status is status


@pytest.mark.parametrize(
    "value, expected",
    [
        ("2026-03-10T08:00:00-03:00", datetime(2026, 3, 10, 11, tzinfo=UTC)),
        ("2026-03-10T08:00:00", datetime(2026, 3, 10, 8, tzinfo=UTC)),
        ("2026-03-10", datetime(2026, 3, 10, tzinfo=UTC)),
        *((value, None) for value in ("", "10.03.2026", "0001-01-01T00:00:00Z", "1970-01-01", None, 5, "x" * 10_000, "\ud800")),
    ],
)
def test_times(value: object, expected: datetime | None):
    assert tracking.when(value) == expected


def test_a_time_without_an_offset_is_in_the_zone_given():
    zone = timezone(timedelta(hours=-3))
    assert tracking.when("2026-03-10T08:00:00", zone) == datetime(2026, 3, 10, 11, tzinfo=UTC)
    assert tracking.when("2026-03-10T08:00:00Z", zone) == datetime(2026, 3, 10, 8, tzinfo=UTC)


@pytest.mark.parametrize(
    "value, hour",
    [("2026-03-15", 23), ("2026-03-15T00:00:00Z", 23), ("2026-03-15T00:00:00.000Z", 23), ("2026-03-15T20:00:00Z", 20)],
)
def test_a_promised_day_is_over_at_its_end(value: str, hour: int):
    found = tracking.promise(value)
    assert found is not None
    assert (found.day, found.hour) == (15, hour)


@pytest.mark.parametrize("value", ["5001", "#1001", "SO-1001", "order-1042", "114-1234567-1234567", 5001])
def test_a_reference_that_looks_like_an_orders_is_taken(value: object):
    assert tracking.order_ref([None, "", value]) == str(value)


@pytest.mark.parametrize(
    "value",
    ["Sample Buyer", "buyer1@example.com", "1 Sample Street", "gift for Ann", "ORDER", "", "+12025550100", "5" * 200, True,
     None, {"id": 1}, 1.5],
)  # fmt: skip
def test_free_text_is_no_reference_for_it_may_be_personal(value: object):
    assert tracking.order_ref([value]) is None
