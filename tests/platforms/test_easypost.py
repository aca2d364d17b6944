"""What is particular to EasyPost."""

from __future__ import annotations

import json
import unicodedata
from dataclasses import replace
from typing import Any

import pytest

from chalicelib.model.errors import BadPayload, BadSignature, Ignored
from chalicelib.model.event import Event, Webhook
from chalicelib.model.facts import ReturnFact
from chalicelib.model.words import GoodsAxis, ShipmentStatus
from chalicelib.platforms import easypost
from tests.platforms import fixtures
from tests.platforms.fixtures import RECEIVED, SECRET


def changed(top: dict[str, Any] | None = None, name: str = "tracker.updated", **result: Any) -> Webhook:
    """A recorded request with other values."""
    webhook = fixtures.one("easypost", name).webhook
    body = json.loads(webhook.body) | (top or {})
    body["result"] |= result
    return replace(webhook, body=json.dumps(body).encode())


def event(webhook: Webhook) -> Event:
    return easypost.translate(webhook, RECEIVED).events[0]


def vector() -> dict[str, Any]:
    (found,) = json.loads((fixtures.FOLDER / "easypost" / "vectors.json").read_text())
    return found


def test_the_official_fixture_is_signed_as_its_exact_bytes():
    found = vector()
    body = found["body"].encode()
    assert len(body) == 3550
    webhook = Webhook("easypost", "sample-shop", found["headers"], body)
    easypost.verify(webhook, [found["secret"]], RECEIVED)
    again = json.dumps(json.loads(body), separators=(",", ":")).encode()
    assert json.loads(again) == json.loads(body)
    with pytest.raises(BadSignature):
        easypost.verify(replace(webhook, body=body.replace(b"614.4", b"614.40")), [found["secret"]], RECEIVED)


def test_the_secret_is_the_same_in_whichever_unicode_form_it_was_pasted():
    found = vector()
    webhook = Webhook("easypost", "sample-shop", found["headers"], found["body"].encode())
    for form in ("NFC", "NFD", "NFKC", "NFKD"):
        easypost.verify(webhook, [unicodedata.normalize(form, found["secret"])], RECEIVED)


def test_the_prefix_belongs_to_the_signature():
    webhook = fixtures.one("easypost", "tracker.updated").signed()
    bare = webhook.headers["x-hmac-signature"].removeprefix("hmac-sha256-hex=")
    with pytest.raises(BadSignature):
        easypost.verify(replace(webhook, headers={"x-hmac-signature": bare}), [SECRET], RECEIVED)


@pytest.mark.parametrize(
    "mode, setup, taken",
    [
        ("production", {}, True), ("test", {}, False), ("test", {"mode": "test"}, True),
        ("production", {"mode": "test"}, False), (None, {}, True),
    ],
)  # fmt: skip
def test_only_trackers_of_the_shops_own_mode_are_taken(mode: str | None, setup: dict[str, str], taken: bool):
    webhook = fixtures.signed(replace(changed({"mode": mode}), setup=setup), SECRET)
    if taken:
        easypost.verify(webhook, [SECRET], RECEIVED)
    else:
        with pytest.raises(Ignored):
            easypost.verify(webhook, [SECRET], RECEIVED)
    with pytest.raises(BadSignature):  # whoever cannot sign learns nothing of modes
        easypost.verify(webhook, ["another"], RECEIVED)


def test_a_signed_body_that_is_no_json_is_told_by_translate():
    webhook = fixtures.signed(replace(changed(), body=b"{"), SECRET)
    easypost.verify(webhook, [SECRET], RECEIVED)
    with pytest.raises(BadPayload):
        easypost.translate(webhook, RECEIVED)


def test_the_status_before_tells_the_dispatch():
    assert event(changed({"previous_attributes": {"status": "pre_transit"}})).type == "shipment.dispatched"
    assert event(changed({"previous_attributes": {"status": "in_transit"}})).type == "shipment.moved"
    assert event(changed({"previous_attributes": None})).type == "shipment.moved"


@pytest.mark.parametrize(
    "status, detail, expected, native",
    [
        ("in_transit", "weather_delay", ShipmentStatus.DELAYED, "weather_delay"),
        ("in_transit", "lost", ShipmentStatus.LOST, "lost"),
        ("failure", "delivery_exception", ShipmentStatus.ATTEMPTED, "delivery_exception"),
        ("failure", "unknown", ShipmentStatus.EXCEPTION, "failure"),
        ("in_transit", "arrived_at_facility", ShipmentStatus.IN_TRANSIT, "in_transit"),
        ("delivered", "damaged", ShipmentStatus.DELIVERED, "delivered"),
        ("cancelled", "cancelled", ShipmentStatus.CANCELLED, "cancelled"),
        ("beamed", None, None, "beamed"),
    ],
)
def test_details_refine_what_is_not_final(status: str, detail: str | None, expected: ShipmentStatus | None, native: str):
    fact: Any = event(changed(status=status, status_detail=detail, tracking_details=[])).facts[0]
    assert (fact.status, fact.native_status) == (expected, native)


def test_a_parcel_from_a_buyer_is_a_returns():
    on_its_way = event(changed(name="tracker.updated__return_parcel"))
    there = event(changed(name="tracker.updated__return_parcel_there"))
    assert (on_its_way.type, there.type) == ("return.dispatched", "return.received")
    fact = there.facts[0]
    assert isinstance(fact, ReturnFact)
    assert (fact.goods, fact.tracking, fact.native_status) == (GoodsAxis.RECEIVED, "EZ2000000002", None)


@pytest.mark.parametrize(
    "result, expected",
    [
        ({"reference": "order-1042"}, "order-1042"), ({"metadata": {"order_id": "SO-1001"}}, "SO-1001"),
        ({"metadata": {"order_number": 1001}}, "1001"), ({"metadata": "SO-1001"}, None),
        ({"reference": "Sample Buyer"}, None), ({}, None),
    ],
)  # fmt: skip
def test_the_sellers_own_reference(result: dict[str, Any], expected: str | None):
    assert event(changed(**result)).native.get("order_ref") == expected
