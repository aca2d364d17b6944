"""Receiving: what is stored, what is refused, what is kept of that which cannot be understood."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import boto3
import pytest

from chalicelib import platforms
from chalicelib.effects.clock import Moved
from chalicelib.effects.intake import opened
from chalicelib.effects.keys import Keys
from chalicelib.effects.secrets import Secrets
from chalicelib.effects.store import Store
from chalicelib.model.errors import BadPayload, BadSignature, StoreFailed, TooLarge, UnknownPlatform, UnknownShop
from chalicelib.model.event import Webhook
from chalicelib.model.words import EventType
from chalicelib.settings import Settings
from chalicelib.steps.receive import prepare
from tests.aws import stack

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
ORDER = {
    "id": 1001, "created_at": "2026-03-01T10:00:00+01:00", "updated_at": "2026-03-01T10:00:00+01:00", "currency": "EUR",
    "total_price": "30.00", "email": "buyer@example.com", "customer": {"id": 77, "first_name": "Firstname"},
    "shipping_address": {"address1": "Street 1", "country_code": "DE"},
    "line_items": [{"id": 1, "sku": "A", "quantity": 1, "price": "30.00"}],
}  # fmt: skip


@pytest.fixture
def settings(monkeypatch: pytest.MonkeyPatch):
    with stack(monkeypatch) as found:
        Secrets(found).add("shopify/acme", "s3cret", keep_old=False)
        yield found


def webhook(
    body: bytes | dict = ORDER, secret: str = "s3cret", topic: str = "orders/create", id_: str = "event-1", shop: str = "acme"
) -> Webhook:
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    bare = Webhook("shopify", shop, {"x-shopify-topic": topic, "x-shopify-event-id": id_}, raw)
    return platforms.get("shopify").sign(bare, secret, NOW)


def items() -> list[dict]:
    return boto3.client("dynamodb").scan(TableName="events")["Items"]


def test_a_signed_webhook_is_stored_once(settings: Settings):
    receive = prepare(settings)

    answers = [receive(webhook(), NOW), receive(webhook(), NOW)]

    assert [(one.status, one.body["status"]) for one in answers] == [(200, "stored"), (200, "duplicate")]
    (delivery,) = Store(settings).events("shopify/acme", "order:1001")
    assert (delivery.id, delivery.events[0].type) == ("orders/create:event-1", EventType.ORDER_PLACED)


def test_personal_data_is_sealed_and_the_raw_body_can_be_opened_again(settings: Settings):
    prepare(settings)(webhook(), NOW)

    (item,) = items()
    (delivery,) = Store(settings).events("shopify/acme", "order:1001")
    raw = platforms.unpack_raw("shopify", opened(Keys(settings), delivery, item["s"]["B"]))
    assert json.loads(raw) == ORDER
    stored = repr(delivery) + repr({name: value for name, value in item.items() if name != "s"})
    assert not [word for word in ("buyer@example.com", "Firstname", "Street 1", "customer:77") if word in stored]
    assert delivery.events[0].buyer == Keys(settings).hashed("shopify:customer:77")


def test_both_live_secrets_are_taken_while_one_is_rotated(settings: Settings):
    Secrets(settings).add("shopify/acme", "n3w", keep_old=True)
    receive = prepare(settings)

    assert [receive(webhook(secret=secret), NOW).status for secret in ("s3cret", "n3w")] == [200, 200]
    with pytest.raises(BadSignature):
        receive(webhook(secret="other"), NOW)


def test_nothing_is_stored_before_the_signature_is_proven(settings: Settings):
    receive = prepare(settings)
    forged = [webhook(secret="guess"), Webhook("shopify", "acme", {"x-shopify-topic": "orders/create"}, b"{}")]
    for one in forged:
        with pytest.raises(BadSignature):
            receive(one, NOW)

    assert items() == []
    assert boto3.client("dynamodb").scan(TableName="keys")["Items"] == []


def test_unknown_shops_and_platforms_are_not_found(settings: Settings):
    receive = prepare(settings)
    with pytest.raises(UnknownShop, match="shop add"):
        receive(webhook(shop="nobody"), NOW)
    with pytest.raises(UnknownShop):
        receive(webhook(shop="../acme"), NOW)
    with pytest.raises(UnknownPlatform):
        receive(Webhook("_signing", "acme", {}, b"{}"), NOW)


def test_a_body_over_the_limit_is_refused(settings: Settings):
    with pytest.raises(TooLarge):
        prepare(settings)(webhook(b"x" * (int(settings.max_body) + 1)), NOW)


@pytest.mark.parametrize(
    "body", [b'{"id": 1001', b"[]", b'{"id": 1, "id": 2}', b'{"id": NaN}', b"\xff\xfe", b'{"id": {"a": 1}}']
)
def test_a_signed_body_that_cannot_be_understood_is_kept_with_its_cause(settings: Settings, body: bytes):
    receive = prepare(settings)
    for _ in range(2):
        with pytest.raises(BadPayload):
            receive(webhook(body), NOW)

    (delivery,) = Store(settings).events("shopify/acme", "rejected:2026-03-01")
    (item,) = items()
    assert delivery.events[0].type is EventType.REJECTED
    assert delivery.events[0].native["problem"]
    assert platforms.unpack_raw("shopify", opened(Keys(settings), delivery, item["s"]["B"])) == body


def test_the_cause_that_is_kept_quotes_nobody(settings: Settings):
    order = {**ORDER, "total_price": "buyer@example.com's 'price'"}
    with pytest.raises(BadPayload, match="buyer@example"):  # the sender is told what it sent
        prepare(settings)(webhook(order), NOW)

    (delivery,) = Store(settings).events("shopify/acme", "rejected:2026-03-01")
    problem = delivery.events[0].native["problem"]
    assert problem.startswith("body.total_price: ")
    assert "example.com" not in problem


def test_an_unknown_topic_is_stored_as_unknown(settings: Settings):
    assert prepare(settings)(webhook(topic="themes/publish"), NOW).status == 200

    (delivery,) = Store(settings).scan_events()
    assert delivery.events[0].type is EventType.UNKNOWN
    assert delivery.events[0].native["topic"] == "themes/publish"


def test_a_store_that_fails_is_said_so_and_the_sender_may_try_again(settings: Settings):
    receive = prepare(settings)
    receive(webhook(), NOW)
    boto3.client("dynamodb").delete_table(TableName="events")

    with pytest.raises(StoreFailed):
        receive(webhook(id_="event-2"), NOW)


def test_a_large_body_goes_beside_the_item(settings: Settings):
    import os

    order = {**ORDER, "note": os.urandom(400_000).hex()}
    prepare(settings)(webhook(order), NOW)

    (item,) = items()
    assert "s" not in item
    assert item["r"]["S"].startswith("blobs/")


def test_privacy_requests_name_nobody_in_the_clear(settings: Settings):
    body = {
        "shop_id": 1,
        "shop_domain": "acme.example.com",
        "customer": {"id": 77, "email": "buyer@example.com"},
        "orders_to_redact": [1],
    }
    prepare(settings)(webhook(body, topic="customers/redact"), NOW)

    (delivery,) = Store(settings).scan_events()
    assert delivery.subject == "buyer:" + Keys(settings).hashed("shopify:customer:77")


def test_on_the_laptop_deliveries_are_dated_by_its_moved_clock_and_signatures_by_the_real_one(settings: Settings):
    local = replace(settings, stage="local")
    ahead = Moved(settings.settings_table)
    ahead.move(timedelta(days=30))

    assert prepare(local)(webhook(), NOW).status == 200

    (delivery,) = Store(settings).events("shopify/acme", "order:1001")
    assert delivery.received - datetime.now(UTC) > timedelta(days=29)


def test_on_aws_deliveries_are_dated_by_the_time_they_came(settings: Settings):
    Moved(settings.settings_table).move(timedelta(days=30))

    prepare(settings)(webhook(), NOW)

    (delivery,) = Store(settings).events("shopify/acme", "order:1001")
    assert delivery.received == NOW
