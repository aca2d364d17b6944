"""What is particular to AfterShip."""

from __future__ import annotations

import hashlib
import hmac
import json
from dataclasses import replace
from typing import Any

import pytest

from chalicelib.model.errors import BadPayload, BadSignature
from chalicelib.model.event import Event, Webhook
from chalicelib.model.words import ShipmentStatus
from chalicelib.platforms import aftership
from tests.platforms import fixtures
from tests.platforms.fixtures import RECEIVED, SECRET


def changed(name: str = "tracking_update", top: dict[str, Any] | None = None, **msg: Any) -> Webhook:
    """A recorded request with other values."""
    webhook = fixtures.one("aftership", name).webhook
    body = json.loads(webhook.body) | (top or {})
    body["msg"] |= msg
    return replace(webhook, body=json.dumps(body).encode())


def event(webhook: Webhook) -> Event:
    return aftership.translate(webhook, RECEIVED).events[0]


def recorded(name: str) -> Any:
    return fixtures.one("aftership", name).translated().events[0]


def test_the_signature_is_base64_in_the_header_of_the_tracking_product():
    webhook = fixtures.one("aftership", "tracking_update").signed()
    right = webhook.headers["aftership-hmac-sha256"]
    in_hex = hmac.new(SECRET.encode(), webhook.body, hashlib.sha256).hexdigest()
    for headers in (
        {"aftership-hmac-sha256": in_hex}, {"as-signature-hmac-sha256": right}, {"am-webhook-signature": right},
        {"x-aftership-hmac-sha256": right},
    ):  # fmt: skip
        with pytest.raises(BadSignature):
            aftership.verify(replace(webhook, headers=headers), [SECRET], RECEIVED)


def test_a_retry_is_the_same_delivery_whenever_it_was_sent():
    first, again = (aftership.translate(changed(top={"ts": ts}), RECEIVED) for ts in (1703070142, 1703315872))
    assert first.id == again.id == "00000000-0000-4000-8000-000000000001"


def test_a_push_without_its_id_is_known_by_its_bytes():
    webhook = changed(top={"event_id": None})
    made = aftership.translate(webhook, RECEIVED)
    assert made.id == "sha256-" + hashlib.sha256(webhook.body).hexdigest()[:32]


@pytest.mark.parametrize("first, kept", [(True, "true"), (False, "false"), (None, None)])
def test_the_first_time_of_a_state_is_kept(first: bool | None, kept: str | None):
    assert event(changed(top={"is_tracking_first_tag": first})).native.get("is_tracking_first_tag") == kept


def test_the_first_transit_is_the_dispatch_also_when_several_scans_came_at_once():
    webhook = changed("edd_revise", {"is_tracking_first_tag": True, "event": "tracking_update"})
    assert event(webhook).type == "shipment.dispatched"
    assert event(changed("edd_revise")).type == "shipment.moved"


@pytest.mark.parametrize(
    "subtag, status",
    [
        ("Exception_004", ShipmentStatus.DELAYED),
        ("Exception_013", ShipmentStatus.LOST),
        ("Exception_012", ShipmentStatus.EXCEPTION),
        ("Exception_020", ShipmentStatus.CANCELLED),
        ("Exception_999", ShipmentStatus.EXCEPTION),
    ],
)
def test_subtags_say_more_than_their_tag(subtag: str, status: ShipmentStatus):
    fact: Any = event(changed(tag="Exception", subtag=subtag)).facts[0]
    assert (fact.status, fact.native_status) == (status, subtag)


def test_a_tag_that_nobody_knows_is_kept_and_says_no_status():
    fact: Any = event(changed(tag="Teleported", subtag=None)).facts[0]
    assert (fact.status, fact.native_status) == (None, "Teleported")


def test_a_parcel_that_was_turned_back_is_not_delivered_to_the_buyer():
    fact = recorded("tracking_update__delivered_to_its_sender").facts[0]
    assert (fact.status, fact.delivered_at) == (ShipmentStatus.EXCEPTION, None)
    flagged: Any = event(changed("tracking_update__delivered", return_to_sender=True)).facts[0]
    assert flagged.status is ShipmentStatus.EXCEPTION


def test_the_order_is_found_by_the_sellers_own_reference_and_never_by_free_text():
    assert event(changed(order_id="5001", order_number="#1001")).native["order_ref"] == "5001"
    assert event(changed(order_id=None, order_number="#1001")).native["order_ref"] == "#1001"
    assert "order_ref" not in event(changed(order_id="for Sample Buyer", order_number=None)).native


@pytest.mark.parametrize(
    "said, day",
    [
        ({"order_promised_delivery_date": "2023-12-27", "expected_delivery": "2023-12-29"}, 27),
        ({"latest_estimated_delivery": {"datetime": "2023-12-28T12:00:00-05:00"}, "expected_delivery": "2023-12-29"}, 28),
        ({"expected_delivery": "2023-12-29"}, 29),
    ],
)
def test_promises(said: dict[str, Any], day: int):
    fact: Any = event(changed(**said)).facts[0]
    assert fact.promised_at.day == day


def test_what_names_no_kind_of_news_is_refused_by_name():
    with pytest.raises(BadPayload, match=r"body\.event"):
        aftership.translate(changed(top={"event": None}), RECEIVED)
