"""What is particular to Shopify."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from dataclasses import replace

import pytest

from chalicelib.model.errors import BadPayload, BadSignature
from chalicelib.model.words import EventType, Reason
from chalicelib.platforms import _shopify_words as words
from chalicelib.platforms import shopify
from chalicelib.platforms._reasons import codes
from tests.platforms import fixtures
from tests.platforms.fixtures import RECEIVED


def request(name: str, **headers: str):
    found = fixtures.one("shopify", name).webhook
    return replace(found, headers={**found.headers, **headers})


def test_an_empty_key_is_refused_even_when_the_signature_is_right():
    webhook = request("orders/create")
    forged = base64.b64encode(hmac.new(b"", webhook.body, hashlib.sha256).digest()).decode()
    with pytest.raises(BadSignature):
        shopify.verify(replace(webhook, headers={"x-shopify-hmac-sha256": forged}), ["", "real"], RECEIVED)


@pytest.mark.parametrize("name", ["shop/redact", "customers/redact", "customers/data_request", "app/uninstalled"])
def test_the_shop_is_never_chosen_by_a_header(name: str):
    plain = shopify.translate(request(name), RECEIVED)
    lying = shopify.translate(request(name, **{"x-shopify-shop-domain": "other-shop.myshopify.com"}), RECEIVED)
    assert lying == plain
    assert plain.events[0].native["shop"] == "sample-shop.myshopify.com"


PRIVATE = ("customers/data_request", "customers/redact", "shop/redact")


@pytest.mark.parametrize("topic", PRIVATE)
@pytest.mark.parametrize(
    "body", [one.name for one in fixtures.recorded("shopify") if one.name not in PRIVATE and one.topic not in PRIVATE]
)
def test_no_other_signed_body_becomes_a_privacy_request_by_its_header(topic: str, body: str):
    with pytest.raises(BadPayload):
        shopify.translate(request(body, **{"x-shopify-topic": topic}), RECEIVED)


@pytest.mark.parametrize("topic", PRIVATE)
@pytest.mark.parametrize("body", PRIVATE)
def test_one_privacy_request_does_not_pass_for_another(topic: str, body: str):
    webhook = request(body, **{"x-shopify-topic": topic})
    if topic == body:
        assert shopify.translate(webhook, RECEIVED).events[0].type is shopify.TOPICS[topic].type
    else:
        with pytest.raises(BadPayload):
            shopify.translate(webhook, RECEIVED)


def test_a_request_for_a_shop_named_by_its_domain_must_be_about_that_shop():
    webhook = replace(request("customers/redact"), shop="sample-shop.myshopify.com")
    assert shopify.translate(webhook, RECEIVED).events[0].type is EventType.BUYER_REDACTED
    with pytest.raises(BadPayload, match=r"body\.shop_domain"):
        shopify.translate(replace(webhook, shop="other-shop.myshopify.com"), RECEIVED)


def test_the_same_action_under_two_topics_is_two_deliveries_and_a_retry_is_one():
    event = {"x-shopify-event-id": "e-1"}
    first = shopify.translate(request("orders/create", **event), RECEIVED)
    assert first.id != shopify.translate(request("orders/paid", **event), RECEIVED).id
    assert first.id == shopify.translate(request("orders/create", **event, **{"x-shopify-webhook-id": "another"}), RECEIVED).id


def test_the_buyer_of_an_order_is_one_whatever_else_the_bodies_say():
    buyers = {
        one.translated().buyer for one in fixtures.recorded("shopify") if one.name in ("orders/create", "fulfillments/create")
    }
    assert buyers == {"shopify:customer:7001", None}
    assert fixtures.one("shopify", "app/uninstalled").translated().buyer is None


@pytest.mark.parametrize(
    "handle, word, expected",
    [
        ("too-small", None, Reason.SIZE_TOO_SMALL),
        ("arrived-late", "other", Reason.LATE_DELIVERY),
        ("damaged-or-defective", None, Reason.QUALITY_DEFECT),
        ("loose-seams", None, Reason.QUALITY_DEFECT),
        ("tight-around-thighs", None, Reason.SIZE_TOO_SMALL),
        ("field-of-view-too-narrow", None, Reason.EXPECTATION_GAP),
        ("hood-too-loose", None, Reason.SIZE_TOO_LARGE),
        ("never-seen-before", None, Reason.EXPECTATION_GAP),
        (None, "SIZE_TOO_LARGE", Reason.SIZE_TOO_LARGE),
        (None, "a new word", None),
        (None, None, None),
    ],
)
def test_reasons(handle: str | None, word: str | None, expected: Reason | None):
    said = words.code(handle, word)
    assert (said.label if said else None) is expected


def test_the_whole_library_is_on_file():
    listed = codes("shopify").codes
    assert len([name for name in listed if name == name.lower()]) == 470
    assert all(code.fault in ("seller", "carrier", "buyer", "none", "unknown") for code in listed.values())


def test_amounts_in_several_currencies_are_not_added_up():
    webhook = request("refunds/create__pending")
    body = json.loads(webhook.body)
    body["transactions"][1]["currency"] = "EUR"
    with pytest.raises(BadPayload, match="several currencies"):
        shopify.translate(replace(webhook, body=json.dumps(body).encode()), RECEIVED)


def test_a_missing_topic_is_named():
    webhook = request("orders/create")
    headers = {name: value for name, value in webhook.headers.items() if not name.endswith("topic")}
    with pytest.raises(BadPayload, match="X-Shopify-Topic"):
        shopify.translate(replace(webhook, headers=headers), RECEIVED)
