"""The store against moto: what is put comes back, conditions hold, large records go to S3 and batches are idempotent."""

from __future__ import annotations

import base64
import os
from dataclasses import replace

import boto3
import pytest

from chalicelib.effects.store import Store
from chalicelib.model.errors import Conflict
from chalicelib.model.event import Link
from chalicelib.model.facts import LineFact
from chalicelib.model.words import EventType
from tests.aws import stack
from tests.lives import SOURCE, day, delivery, order_life


@pytest.fixture
def settings(monkeypatch: pytest.MonkeyPatch):
    with stack(monkeypatch) as found:
        yield found


@pytest.fixture
def store(settings) -> Store:
    return Store(settings)


def test_deliveries_come_back_as_they_were(store: Store):
    life = order_life()

    assert store.add(life) == 6
    assert store.events(SOURCE, "order:1001") == life
    assert list(store.scan_events()) == life


def test_adding_twice_adds_nothing_and_writes_nothing(store: Store):
    store.add(order_life())
    before = boto3.client("dynamodb").scan(TableName="events")["Items"]

    again = [replace(one, received=day(99)) for one in order_life()]

    assert store.add(again + again) == 0
    assert boto3.client("dynamodb").scan(TableName="events")["Items"] == before


def test_states_are_versioned_and_the_slower_writer_is_refused(store: Store):
    store.put_state(SOURCE, "order:1", b"one", 1)
    store.put_state(SOURCE, "order:1", b"two", 2)
    for version in (1, 2):
        with pytest.raises(Conflict):
            store.put_state(SOURCE, "order:1", b"late", version)

    assert store.state(SOURCE, "order:1") == (b"two", 2)
    assert store.state(SOURCE, "order:2") == (None, 0)


def test_a_stream_image_is_read_like_the_item(store: Store):
    store.put_state(SOURCE, "order:1", b"one", 1)
    (item,) = boto3.client("dynamodb").scan(TableName="orders")["Items"]
    image = {**item, "b": {"B": base64.b64encode(item["b"]["B"]).decode()}}  # as a Lambda event carries it

    assert store.state_of_image(image) == store.state_of_image(item) == (b"one", 1)


def test_what_is_too_large_for_an_item_is_kept_in_s3(store: Store):
    noise = os.urandom(400_000)
    store.put_state(SOURCE, "order:1", noise, 1)
    lines = [LineFact(str(n), title=os.urandom(450).hex()) for n in range(900)]
    big = delivery("big", "order:2", EventType.ORDER_PLACED, day(0), *lines)
    store.add([big])

    assert store.state(SOURCE, "order:1") == (noise, 1)
    assert store.events(SOURCE, "order:2") == [big]
    assert len(boto3.client("s3").list_objects_v2(Bucket="blobs")["Contents"]) == 2


def test_the_first_claim_stands(store: Store):
    claims = [store.claim(SOURCE, Link("return", "9"), order) for order in ("order:1", "order:2", "order:1")]

    assert claims == [True, False, True]
    assert store.order_of(SOURCE, "return:9") == "order:1"
    assert store.order_of(SOURCE, "return:8") is None
    assert list(store.scan_links()) == [("shopify/acme#return:9", "order:1")]


def test_a_sealed_body_can_be_thrown_away_and_its_events_stay(store: Store):
    (one,) = (delivery for delivery in order_life() if delivery.id == "e1")
    store.add([one])
    key = {"pk": {"S": f"{SOURCE}#order:1001"}, "sk": {"S": "e1"}}
    large = store.blobs.put(b"sealed")
    boto3.client("dynamodb").update_item(
        TableName="events", Key=key, UpdateExpression="SET s = :s, r = :r",
        ExpressionAttributeValues={":s": {"B": b"sealed"}, ":r": {"S": large}},
    )  # fmt: skip
    (found,) = store.events(SOURCE, "order:1001")
    assert (found.sealed, found.sealed_at) == (b"sealed", large)

    assert [store.unseal(SOURCE, "order:1001", "e1") for _ in range(2)] == [True, False]

    (found,) = store.events(SOURCE, "order:1001")
    assert (found, found.sealed, found.sealed_at) == (one, None, None)
    assert "Contents" not in boto3.client("s3").list_objects_v2(Bucket="blobs")
    assert not store.unseal(SOURCE, "order:1001", "none")
