"""Meeting buyers: persons go from sealed bodies to the vault, once each, and nobody comes back who was erased."""

from __future__ import annotations

import json
import os
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import boto3
import pytest

from chalicelib import platforms
from chalicelib.effects import log
from chalicelib.effects.blobs import Blobs
from chalicelib.effects.intake import Intake, destroy_day
from chalicelib.effects.keys import Keys
from chalicelib.effects.signed import Signed
from chalicelib.effects.store import Store
from chalicelib.effects.vault import Vault
from chalicelib.model.event import Delivery, Event, Webhook
from chalicelib.model.person import Person, Seen
from chalicelib.model.words import EventType
from chalicelib.steps.identity import hashed
from chalicelib.steps.people import Keeper
from tests.aws import stack
from tests.platforms import fixtures

NOW = datetime(2026, 3, 3, tzinfo=UTC)
PLACED = datetime(2026, 3, 2, 15, 15, tzinfo=UTC)
SHOP, OWN = "shopify/sample-shop", "standard/sample-shop"


class World:
    """The log, the vault and a keeper between them, at a time that stands still."""

    def __init__(self, settings: Any) -> None:
        self.keys, self.store, self.now = Keys(settings), Store(settings), NOW
        self.vault = Vault(settings, self.keys)
        self.intake = Intake(settings.events_table, Blobs(settings.blobs_bucket), self.keys, Signed(settings.aws))
        self.keeper = Keeper(self.keys, self.vault, self.store, lambda: self.now)

    def receive(self, webhook: Webhook, received: datetime = NOW) -> Delivery:
        """Store a webhook as the step does; the delivery as react reads it."""
        made = hashed(platforms.get(webhook.platform).translate(webhook, received), self.keys)
        delivery = Delivery(made.id, webhook.source, made.subject, made.events, received)
        self.intake.put(delivery, platforms.pack_raw(webhook.platform, webhook.body))
        return next(one for one in self.store.events(webhook.source, made.subject) if one.id == made.id)

    def recorded(self, name: str, platform: str = "shopify", **changes: Any) -> Webhook:
        webhook = fixtures.one(platform, name).webhook
        return replace(webhook, body=json.dumps(json.loads(webhook.body) | changes).encode())

    def meet(self, webhook: Webhook, received: datetime = NOW) -> Delivery:
        delivery = self.receive(webhook, received)
        self.keeper.meet(delivery)
        return delivery


@pytest.fixture
def world(monkeypatch):
    with stack(monkeypatch) as settings:
        yield World(settings)


def sealed(world: World, delivery: Delivery) -> bool:
    (found,) = (one for one in world.store.events(delivery.source, delivery.subject) if one.id == delivery.id)
    return bool(found.sealed or found.sealed_at)


def records() -> list[dict[str, Any]]:
    return boto3.client("dynamodb").scan(TableName="buyers")["Items"]


def test_an_orders_buyer_is_met_and_the_body_stays_sealed_in_the_log(world: World):
    delivery = world.meet(world.recorded("orders/create"))

    found = world.vault.get(SHOP, str(delivery.events[0].buyer), NOW)
    assert found.person == Person(
        "Sample", "buyer@example.com", language="en-US", country="US", province="NY", marketing=False,
        full_name="Sample Buyer", street="1 Sample Street", city="Sampleton", postcode="SAMPLE-1",
    )  # fmt: skip
    assert (found.orders, found.keep_until) == ((Seen("order:5001", PLACED),), PLACED + timedelta(days=400))
    assert sealed(world, delivery)


def test_meeting_again_and_news_without_a_person_write_nothing(world: World):
    for _ in range(2):
        world.meet(world.recorded("orders/create"))
    for name in (
        "orders/paid",
        "fulfillments/create",
        "orders/fulfilled",
        "returns/request",
        "refunds/create",
        "disputes/create",
    ):
        world.meet(world.recorded(name))

    (record,) = records()
    assert record["v"] == {"N": "1"}


def test_the_sellers_own_events_are_met_too(world: World):
    webhook = world.recorded("order.placed", "standard")
    body = json.loads(webhook.body)
    body["data"]["buyer"] = {"id": "c-77", "email": "buyer@example.com", "language": "de"}
    delivery = world.meet(replace(webhook, body=json.dumps(body).encode()))

    assert world.vault.get(OWN, str(delivery.events[0].buyer), NOW).person == Person(email="buyer@example.com", language="de")


def test_an_event_that_does_not_say_when_the_order_was_placed_goes_by_the_first_that_was_heard_of_it(world: World):
    """Else an order told of again after an erasure would pass for a new one."""
    thin = {"order": {"id": "SO-9"}, "buyer": {"email": "buyer@example.com"}}

    def said(type_: str, day: int) -> Webhook:
        body = {"type": type_, "timestamp": f"2026-02-{day:02}T00:00:00Z", "data": thin}
        return Webhook("standard", "sample-shop", {"webhook-id": f"m{day}"}, json.dumps(body).encode())

    first = world.meet(said("order.paid", 1))
    buyer = str(first.events[0].buyer)
    assert world.vault.get(OWN, buyer, NOW).orders == (Seen("order:SO-9", datetime(2026, 2, 1, tzinfo=UTC)),)

    world.vault.erase(OWN, buyer, datetime(2026, 2, 10, tzinfo=UTC))
    later = world.meet(said("order.changed", 20))

    assert world.vault.get(OWN, buyer, NOW) is None
    assert not sealed(world, later)


def test_a_late_webhook_of_an_erased_buyer_is_refused_and_its_body_thrown_away(world: World):
    first = world.meet(world.recorded("orders/create"))
    buyer = str(first.events[0].buyer)
    world.vault.erase(SHOP, buyer, NOW)

    late = world.meet(world.recorded("orders/updated"))

    assert world.vault.get(SHOP, buyer, NOW) is None
    assert not sealed(world, late)
    assert world.store.events(SHOP, "order:5001")[0].events  # what happened stays, only the body is gone

    new = world.recorded("orders/paid", id=5999, created_at="2026-03-10T00:00:00Z")
    world.now = NOW + timedelta(days=8)
    order = world.meet(new, world.now)
    assert [one.subject for one in world.vault.get(SHOP, buyer, world.now).orders] == ["order:5999"]
    assert sealed(world, order)


def test_an_order_from_before_the_time_buyers_are_known_for_brings_nobody(world: World):
    old = world.meet(world.recorded("orders/create", created_at="2024-03-10T00:00:00Z"))

    assert records() == []
    assert not sealed(world, old)


def test_a_body_that_lies_in_s3_is_read_and_thrown_away_there(world: World):
    note = os.urandom(400_000).hex()
    delivery = world.meet(world.recorded("orders/create", note=note))
    buyer = str(delivery.events[0].buyer)
    assert delivery.sealed is None and delivery.sealed_at
    assert world.vault.get(SHOP, buyer, NOW).person.email == "buyer@example.com"

    world.vault.erase(SHOP, buyer, NOW)
    world.keeper.meet(delivery)

    assert not sealed(world, delivery)
    assert "Contents" not in boto3.client("s3").list_objects_v2(Bucket="blobs")
    assert not world.store.unseal(SHOP, delivery.subject, delivery.id)


def test_after_thirty_days_a_body_tells_nobody_and_stops_nothing(world: World, caplog):
    delivery = world.receive(world.recorded("orders/create"))
    destroy_day(world.keys, SHOP, NOW.date())

    with log.unit("react"):
        world.keeper.meet(delivery)

    assert records() == []
    (line,) = caplog.records
    assert line.outcome == "done" and "was destroyed" in line.vault


@pytest.mark.parametrize(
    "change", [{"email": 7, "customer": {"id": 7001, "email": []}}, {"phone": {"a": 1}, "created_at": None}]
)
def test_a_body_with_strange_fields_never_stops_the_stream(world: World, change: dict[str, Any]):
    world.meet(world.recorded("orders/create", **change))


def test_what_is_no_order_or_has_no_body_or_no_platform_is_left_alone(world: World):
    event = Event(EventType.ORDER_PLACED, NOW, buyer="b1")
    for source, subject, body in (
        (SHOP, "order:1", None), (SHOP, "buyer:b1", b"x"), ("elsewhere/shop", "order:1", b"x"),
        ("online_retail/main", "order:1", b"x"),
    ):  # fmt: skip
        world.keeper.meet(Delivery("e1", source, subject, (event,), NOW, sealed=body))

    assert records() == []
