"""What is particular to 17TRACK: its signature, its times, and its API."""

from __future__ import annotations

import hashlib
import hmac
import json
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from chalicelib.model.call import Busy, CallFailed, Denied, Read, Response
from chalicelib.model.errors import BadPayload, BadSignature, ConfigurationError
from chalicelib.model.event import Event, Webhook
from chalicelib.model.words import EventType, ShipmentStatus
from chalicelib.platforms import track17
from tests.platforms import fixtures
from tests.platforms.calls import NOW, Asked
from tests.platforms.fixtures import RECEIVED, SECRET


def changed(name: str = "TRACKING_UPDATED", **info: Any) -> Webhook:
    """A recorded request, parts of its track_info replaced."""
    webhook = fixtures.one("track17", name).webhook
    body = json.loads(webhook.body)
    body["data"]["track_info"] |= info
    return replace(webhook, body=json.dumps(body).encode())


def event(webhook: Webhook) -> Event:
    return track17.translate(webhook, RECEIVED).events[0]


def fact(name: str) -> Any:
    return fixtures.one("track17", name).translated().events[0].facts[0]


def test_the_signature_is_a_plain_digest_of_body_slash_and_key():
    webhook = fixtures.one("track17", "TRACKING_UPDATED").signed()
    assert webhook.headers["sign"] == hashlib.sha256(webhook.body + b"/" + SECRET.encode()).hexdigest()
    as_hmac = hmac.new(SECRET.encode(), webhook.body, hashlib.sha256).hexdigest()
    with pytest.raises(BadSignature):
        track17.verify(replace(webhook, headers={"sign": as_hmac}), [SECRET], RECEIVED)


def test_a_push_of_v1_is_refused_with_what_to_do():
    body = {"sign": "0" * 64, "event": "TRACKING_UPDATED", "data": {"number": "RR123456789CN", "tag": "", "track": {"e": 40}}}
    webhook = Webhook("track17", "sample-shop", {}, json.dumps(body).encode())
    with pytest.raises(BadSignature, match=r"choose v2\.2"):
        track17.verify(webhook, [SECRET], RECEIVED)


# Times


def test_a_time_without_offset_is_in_that_of_other_scans_in_the_same_country():
    found = fact("TRACKING_UPDATED")
    assert found.delivered_at.isoformat() == "2026-06-30T17:23:00+00:00"  # 14:23 at -03:00
    assert event(changed()).native["time_raw"] == "2026-06-30 14:23:00"


def test_scans_of_another_country_lend_no_offset():
    assert fact("TRACKING_UPDATED__two_carriers").delivered_at.isoformat() == "2026-06-12T14:05:00+00:00"


def scan(**values: Any) -> dict[str, Any]:
    return {"stage": "Delivered", "sub_status": "Delivered_Other", "time_iso": None, "time_utc": None, "address": None} | values


@pytest.mark.parametrize(
    "raw, expected",
    [
        ({"date": "2026-06-30", "time": "14:23:00", "timezone": "-03:00"}, "2026-06-30T17:23:00"),
        ({"date": "2026-06-30", "time": "14:23", "timezone": None}, "2026-06-30T14:23:00"),
        ({"date": "2026-06-30", "time": None, "timezone": None}, "2026-06-30T00:00:00"),
    ],
)
def test_the_carriers_own_time_counts_where_17track_has_none(raw: dict[str, Any], expected: str):
    only = {"providers": [{"events": [scan(time_raw=raw)], "latest_sync_time": "2026-07-01T00:00:00Z"}]}
    found: Any = event(changed(tracking=only)).facts[0]
    assert found.delivered_at.isoformat()[:19] == expected


@pytest.mark.parametrize(
    "raw", [None, {}, {"date": "yesterday", "time": "noon"}, {"date": None, "time": "14:23"}, "2026-06-30"]
)
def test_a_time_nobody_can_read_leaves_the_last_look(raw: Any):
    only = {"providers": [{"events": [scan(time_raw=raw)], "latest_sync_time": "2026-07-01T00:00:00Z"}]}
    found: Any = event(changed(tracking=only)).facts[0]
    assert (found.status, found.delivered_at.isoformat()[:10]) == (ShipmentStatus.DELIVERED, "2026-07-01")


# What it says


@pytest.mark.parametrize(
    "name, status, native",
    [
        ("TRACKING_UPDATED__returning", ShipmentStatus.EXCEPTION, "Exception_Returning"),
        ("TRACKING_UPDATED__returned", ShipmentStatus.EXCEPTION, "Exception_Returned"),
        ("TRACKING_UPDATED__damaged", ShipmentStatus.EXCEPTION, "Exception_Damage"),
        ("TRACKING_UPDATED__lost", ShipmentStatus.LOST, "Exception_Lost"),
        ("TRACKING_UPDATED__expired", ShipmentStatus.DELAYED, "Expired_Other"),
        ("TRACKING_UPDATED__failed_attempt", ShipmentStatus.ATTEMPTED, "DeliveryFailure_NoBody"),
        ("TRACKING_UPDATED__picked_up", ShipmentStatus.DISPATCHED, "InTransit_PickedUp"),
        ("TRACKING_UPDATED__not_found", None, None),
    ],
)
def test_statuses(name: str, status: ShipmentStatus | None, native: str | None):
    assert (fact(name).status, fact(name).native_status) == (status, native)


def test_the_carrier_is_the_one_that_is_named_by_its_number():
    assert fact("TRACKING_UPDATED__two_carriers").carrier == "China Post"
    assert fact("TRACKING_UPDATED__docs_example").carrier is None


def test_stages_count_where_there_is_no_sub_status():
    events = [scan(stage="Returning", sub_status=None, time_utc="2026-06-28T10:00:00Z"),
              scan(stage="PickedUp", sub_status=None, time_utc="2026-06-26T10:00:00Z")]  # fmt: skip
    status = {"status": "Exception", "sub_status": None}
    found: Any = event(changed(tracking={"providers": [{"events": events}]}, latest_status=status)).facts[0]
    assert (found.dispatched_at.day, found.exception_at.day, found.status) == (26, 28, ShipmentStatus.EXCEPTION)


def test_a_push_is_known_by_what_it_says_last_and_by_the_hash_of_its_history():
    def key(webhook: Webhook) -> str:
        return track17.translate(webhook, RECEIVED).id

    known = json.loads(fixtures.one("track17", "TRACKING_UPDATED").webhook.body)["data"]["track_info"]
    metrics = known["time_metrics"] | {"days_after_last_update": 9}
    providers = [known["tracking"]["providers"][0] | {"events_hash": 7}]
    assert key(changed()) == key(changed(time_metrics=metrics))
    assert key(changed()) != key(changed(tracking={"providers": providers}))
    assert key(changed()) != key(changed(latest_status={"status": "Exception", "sub_status": "Exception_Lost"}))


def test_a_parcel_that_is_watched_no_longer_is_asked_for_once_more():
    made = fixtures.one("track17", "TRACKING_STOPPED").translated()
    (found,) = made.events
    (want,) = found.wants
    assert (made.subject, found.type, found.facts) == ("tracking:AA123456789BR", EventType.SHIPMENT_MOVED, ())
    answer = Asked("track17").read(Read(want.what, {"id": want.id}))
    assert answer.found[0].translated.subject == made.subject


def test_a_tag_that_is_no_reference_stays_in_the_sealed_body():
    assert "order_ref" not in event(fixtures.one("track17", "TRACKING_UPDATED__damaged").webhook).native


# Calls


def test_what_is_read_is_the_very_delivery_that_was_pushed():
    pushed = fixtures.one("track17", "TRACKING_UPDATED").translated()
    (found,) = Asked("track17").read(Read("tracking", {"id": "AA123456789BR:2151"})).found
    made = found.translated
    assert (made.id, made.subject) == (pushed.id, pushed.subject)
    assert [one.facts for one in made.events] == [one.facts for one in pushed.events]


def said(body: Any, what: str = "tracking") -> Any:
    asked = Asked("track17")
    raw = json.dumps(body).encode()
    return track17.answer(Read(what, {"id": "AA123456789BR"}), Response(200, {}, raw), asked.account, NOW)


def rejected(code: int) -> dict[str, Any]:
    one = {"number": "AA123456789BR", "error": {"code": code, "message": "why"}}
    return {"code": 0, "data": {"accepted": [], "rejected": [one]}}


@pytest.mark.parametrize("code, error", [
    (-18010001, Denied), (-18010002, Denied), (-18010004, Denied), (429, Busy), (-18019907, Busy), (-18010003, CallFailed),
    (-18010010, CallFailed),
])  # fmt: skip
def test_a_whole_call_may_fail_inside_a_200(code: int, error: type[Exception]):
    with pytest.raises(error) as caught:
        said({"code": code, "data": {"errors": [{"code": code, "message": "why"}]}})
    assert str(code) in str(caught.value)
    if isinstance(caught.value, CallFailed):
        assert caught.value.passing == (code == -18010003)


def test_a_number_may_be_rejected_while_the_call_succeeds():
    assert said(rejected(-18019909)).found == ()
    with pytest.raises(CallFailed, match="-18019902") as caught:
        said(rejected(-18019902))
    assert not caught.value.passing
    with pytest.raises(Busy) as busy:
        said(rejected(-18019907), "register")
    assert busy.value.after == timedelta(hours=6)


def test_a_number_already_registered_is_no_failure_and_is_read():
    assert [one.what for one in said(rejected(-18019901), "register").then] == ["tracking"]
    with pytest.raises(CallFailed):
        said(rejected(-18019901), "push")


def test_registering_costs_one_credit_and_only_when_asked_for():
    asked = Asked("track17")
    for read in (Read("tracking", {"id": "AA123456789BR"}), Read("push", {"id": "AA123456789BR"})):
        asked.read(read)
    assert "credits" not in asked.server.worlds["track17"].state
    asked.read(Read("register", {"id": "RR000000001CN", "order": "SO-1002"}))
    asked.read(Read("register", {"id": "RR000000001CN"}))
    assert asked.server.worlds["track17"].state["credits"] == 1
    assert asked.server.worlds["track17"].get("parcels", "RR000000001CN")["row"]["tag"] == "SO-1002"


def test_pushes_that_failed_are_found_in_the_list_and_read():
    asked, waiting, found = Asked("track17"), [], []
    waiting.append(Read("parcels", {"since": "2026-05-01T00:00:00Z", "until": "2026-06-01T00:00:00Z"}))
    while waiting:
        answer = asked.read(waiting.pop())
        waiting += answer.then
        found += [one.translated.subject for one in answer.found]
    assert sorted(found) == ["tracking:AA123456792BR", "tracking:AA555666777BR"]


@pytest.mark.parametrize("version, good", [("v2.2", True), ("v2.4", True), ("v1", False), ("../admin", False)])
def test_the_version_is_the_sellers_choice_within_reason(version: str, good: bool):
    asked = Asked("track17", version=version)
    read = Read("tracking", {"id": "AA123456789BR"})
    if good:
        assert asked.module.request(read, asked.account, NOW).url == f"https://api.17track.net/track/{version}/gettrackinfo"
    else:
        with pytest.raises(ConfigurationError, match="--with version"):
            asked.module.request(read, asked.account, NOW)


def test_there_are_no_tokens_to_renew():
    asked = Asked("track17")
    with pytest.raises(ConfigurationError):
        track17.renewal("shop", asked.account, NOW)
    with pytest.raises(ConfigurationError):
        track17.renewed("shop", Response(200), asked.account, NOW)


def test_what_names_no_kind_of_news_is_refused_by_name():
    with pytest.raises(BadPayload, match=r"body\.event"):
        track17.translate(Webhook("track17", "sample-shop", {}, b'{"data": {}}'), RECEIVED)
