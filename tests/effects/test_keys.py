"""Keys: made once, shared, and gone when they were destroyed."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import boto3
import pytest

from chalicelib.effects.intake import day_name, destroy_day, opened
from chalicelib.effects.keys import Keys, Unreadable, seal, unseal
from chalicelib.model.event import Delivery
from tests.aws import stack

DAY = datetime(2026, 3, 1, 23, 30, tzinfo=UTC)


@pytest.fixture
def settings(monkeypatch):
    with stack(monkeypatch) as found:
        yield found


def names() -> set[str]:
    return {item["pk"]["S"] for item in boto3.client("dynamodb").scan(TableName="keys")["Items"]}


def test_keys_are_made_once_and_shared_between_containers(settings):
    one, other = Keys(settings), Keys(settings)

    sealed = one.seal("intake#shopify/acme#2026-03-01", b"secret", "context")

    assert other.open("intake#shopify/acme#2026-03-01", sealed, "context") == b"secret"
    assert one.hashed("email:a@example.com") == other.hashed("email:a@example.com") != one.hashed("email:b@example.com")


def test_a_destroyed_key_is_forgotten_and_what_it_sealed_is_noise(settings):
    keys = Keys(settings)
    sealed = keys.seal("day", b"secret", "context")

    assert [keys.destroy("day"), keys.destroy("day")] == [True, True]

    for container in (keys, Keys(settings)):
        with pytest.raises(Unreadable):
            container.open("day", sealed, "context")
    assert keys.find("day") is None
    assert names() == set()  # asking for it did not make it again


def test_a_key_made_again_opens_nothing_of_before(settings):
    keys = Keys(settings)
    sealed = keys.seal("day", b"secret", "context")
    keys.destroy("day")
    keys.get("day")

    with pytest.raises(Unreadable):
        keys.open("day", sealed, "context")


def test_what_is_sealed_opens_only_in_its_place():
    key = bytes(32)
    sealed = seal(key, b"secret", "here")

    assert unseal(key, sealed, "here") == b"secret"
    for other, data, context in (
        (bytes(31) + b"1", sealed, "here"),
        (key, sealed, "there"),
        (key, sealed[:-1], "here"),
        (key, b"", ""),
    ):
        with pytest.raises(Unreadable):
            unseal(other, data, context)


def test_a_key_younger_than_the_request_stays(settings):
    keys = Keys(settings)
    first = keys.get("vault#shopify/acme")

    assert not keys.destroy("vault#shopify/acme", datetime.now(UTC) - timedelta(hours=1))
    assert keys.get("vault#shopify/acme") == first
    assert keys.destroy("vault#shopify/acme", datetime.now(UTC) + timedelta(seconds=1))
    assert keys.find("vault#shopify/acme") is None


def test_a_shops_day_of_raw_bodies_is_destroyed_alone(settings):
    keys = Keys(settings)
    delivery = Delivery("e1", "shopify/acme", "order:1", (), DAY)
    place = "shopify/acme#order:1|e1"
    sealed = keys.seal(day_name("shopify/acme", DAY), b"raw", place)
    for source, day in (("shopify/acme", date(2026, 2, 28)), ("shopify/acme", date(2026, 3, 2)), ("shopify/other", DAY.date())):
        destroy_day(keys, source, day)

    assert opened(keys, delivery, sealed) == b"raw"
    destroy_day(keys, "shopify/acme", DAY.date())
    with pytest.raises(Unreadable):
        opened(keys, delivery, sealed)
