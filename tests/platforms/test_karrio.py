"""What is particular to Karrio."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest

from chalicelib.model.errors import BadSignature, Ignored
from chalicelib.model.event import Event, Webhook
from chalicelib.model.words import Reason, ShipmentStatus
from chalicelib.platforms import _reasons, karrio
from tests.platforms import fixtures
from tests.platforms.fixtures import OLD, RECEIVED, SECRET

# What Karrio's documentation says of a cause, and what it means here.
REASONS = {
    Reason.DAMAGED_IN_TRANSIT: "carrier_damaged_parcel retailer_packaging_issue",
    Reason.NOT_RECEIVED: (
        "carrier_parcel_lost parcel_being_researched consignee_incorrect_address carrier_address_not_found consignee_not_home "
        "consignee_not_available consignee_business_closed consignee_access_restricted consignee_safe_place_unavailable "
        "consignee_verification_failed customs_duties_unpaid customs_prohibited regulatory_hold security_issue"
    ),
    Reason.LATE_DELIVERY: (
        "carrier_sorting_error carrier_not_enough_time carrier_vehicle_issue carrier_capacity_exceeded "
        "carrier_mechanical_delay "
        "weather_delay natural_disaster force_majeure customs_delay customs_inspection customs_documentation retailer_not_ready"
    ),
    Reason.CHANGED_MIND: "consignee_refused consignee_cancelled",
    Reason.OTHER: "retailer_cancelled retailer_incorrect_data retailer_incorrect_parcel retailer_incorrect_dimensions unknown",
}


def changed(name: str = "tracker_updated__delivered", **data: Any) -> Webhook:
    """A recorded request with other values."""
    webhook = fixtures.one("karrio", name).webhook
    body = json.loads(webhook.body)
    body["data"] |= data
    return replace(webhook, body=json.dumps(body).encode())


def event(webhook: Webhook) -> Event:
    return karrio.translate(webhook, RECEIVED).events[0]


def test_the_header_holds_the_secret_itself_and_nothing_else_proves_the_sender():
    webhook = fixtures.one("karrio", "tracker_updated").signed()
    assert webhook.headers["x-event-id"] == SECRET
    karrio.verify(webhook, [OLD, SECRET], RECEIVED)
    for given in ("", SECRET[:-1], SECRET + "x", SECRET.upper(), "evt_1", "ключ", "\udcff"):
        with pytest.raises(BadSignature):
            karrio.verify(replace(webhook, headers={"x-event-id": given}), [OLD, SECRET], RECEIVED)
    with pytest.raises(BadSignature):
        karrio.verify(replace(webhook, headers={}), [SECRET], RECEIVED)
    with pytest.raises(BadSignature):
        karrio.verify(replace(webhook, body=b""), [SECRET], RECEIVED)


def test_a_signature_as_its_documentation_has_it_proves_nothing():
    webhook = fixtures.one("karrio", "tracker_updated").webhook
    headers = {"x-karrio-signature": "sha256=" + "0" * 64, "x-event-id": "evt_1"}
    with pytest.raises(BadSignature, match="not this shop's secret"):
        karrio.verify(replace(webhook, headers=headers), [SECRET], RECEIVED)


@pytest.mark.parametrize("test, setup, taken", [
    (False, {}, True), (True, {}, False), (True, {"mode": "test"}, True), (False, {"mode": "test"}, False), (None, {}, True),
])  # fmt: skip
def test_only_trackers_of_the_shops_own_mode_are_taken(test: bool | None, setup: dict[str, str], taken: bool):
    webhook = fixtures.signed(replace(changed(test_mode=test), setup=setup), SECRET)
    if taken:
        karrio.verify(webhook, [SECRET], RECEIVED)
    else:
        with pytest.raises(Ignored):
            karrio.verify(webhook, [SECRET], RECEIVED)


def test_a_push_is_known_by_tracker_status_and_events():
    def key(webhook: Webhook) -> str:
        return karrio.translate(webhook, RECEIVED).id

    same, other = changed(estimated_delivery="2026-03-20"), changed(status="in_transit")
    assert key(changed()) == key(same) != key(other)
    assert key(changed()) != key(changed(events=[]))
    assert key(changed()) != key(changed(id="trk_other"))


@pytest.mark.parametrize(
    "date, time, expected",
    [
        ("2026-03-10", "13:58", "2026-03-10T13:58:00"), ("2026-03-10", "13:58 PM", "2026-03-10T13:58:00"),
        ("2026-03-10", "01:58 PM", "2026-03-10T13:58:00"), ("2026-03-10", "12:05 AM", "2026-03-10T00:05:00"),
        ("2026-03-10", "12:05 PM", "2026-03-10T12:05:00"), ("2026-03-10", "13:58:09", "2026-03-10T13:58:09"),
        ("2026-03-10", "noon", "2026-03-10T00:00:00"), ("2026-03-10", None, "2026-03-10T00:00:00"), ("10 March", "13:58", None),
        (None, "13:58", None),
    ],
)  # fmt: skip
def test_clocks_of_carriers(date: str | None, time: str | None, expected: str | None):
    fact: Any = event(changed(status="in_transit", events=[{"date": date, "time": time, "status": "in_transit"}])).facts[0]
    assert (fact.at.isoformat()[:19] if fact.at else None) == expected


def test_a_timestamp_counts_before_date_and_time():
    scan = {"date": "2026-03-10", "time": "13:58", "timestamp": "2026-03-10T18:58:00Z", "status": "in_transit"}
    fact: Any = event(changed(status="in_transit", events=[scan])).facts[0]
    assert fact.at.hour == 18


def test_every_reason_is_on_file_and_says_what_it_should():
    found = _reasons.codes("karrio").codes
    assert {name: one.label for name, one in found.items()} == {
        name: label for label, names in REASONS.items() for name in names.split()
    }
    assert (found["consignee_incorrect_address"].fault, found["weather_delay"].fault) == ("buyer", "none")


@pytest.mark.parametrize(
    "reason, cause", [("weather_delay", "late_delivery"), ("carrier_parcel_lost", "not_received"), ("solar_storm", None)]
)
def test_an_incidents_reason_is_a_hint_in_our_words(reason: str, cause: str | None):
    scan = {"date": "2026-03-10", "time": "13:58", "status": "delivery_delayed", "reason": reason}
    native = event(changed(status="delivery_delayed", events=[scan])).native
    assert (native["reason"], native.get("cause")) == (reason, cause)


def test_events_without_statuses_leave_the_tracker_to_speak():
    fact: Any = event(changed("tracker_updated__delivered_without_statuses")).facts[0]
    assert (fact.status, fact.delivered_at.isoformat()[:10], fact.dispatched_at) == (
        ShipmentStatus.DELIVERED, "2026-03-14", None,
    )  # fmt: skip


def test_its_own_orders_and_labels_are_kept_as_unknown():
    webhook = fixtures.one("karrio", "shipment_purchased").webhook
    found = event(webhook)
    assert (found.type, found.facts, found.native["topic"]) == ("unknown", (), "shipment_purchased")


@pytest.mark.parametrize(
    "data, expected",
    [
        ({"info": {"order_id": "SO-7"}, "metadata": {"order_id": "SO-8"}}, "SO-7"),
        ({"info": None, "metadata": {"order_id": 8}}, "8"),
        ({"info": {"order_id": "for Ann"}, "metadata": []}, None),
    ],
)
def test_the_sellers_own_reference(data: dict[str, Any], expected: str | None):
    assert event(changed(**data)).native.get("order_ref") == expected
