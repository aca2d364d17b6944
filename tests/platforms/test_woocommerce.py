"""What is particular to WooCommerce."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chalicelib.model import log, state
from chalicelib.model.call import Account, CallFailed, Read, Response
from chalicelib.model.errors import BadPayload, BadSignature, ConfigurationError
from chalicelib.model.event import Delivery
from chalicelib.model.person import Person
from chalicelib.model.words import EventType, Origin
from chalicelib.platforms import woocommerce
from chalicelib.rules import fold
from tests.platforms import fixtures
from tests.platforms.calls import NOW, Asked
from tests.platforms.fixtures import RECEIVED

SHOP = "woocommerce/sample-shop"
URL, KEYS = "https://shop.example.com", {"consumer_key": "ck_1", "consumer_secret": "cs_1"}


def request(name: str, **headers: str):
    found = fixtures.one("woocommerce", name).webhook
    return replace(found, headers={**found.headers, **headers})


def changed(name: str, **fields: Any):
    found = request(name)
    return replace(found, body=json.dumps(json.loads(found.body) | fields).encode())


def event(webhook: Any, **setup: str):
    (one,) = woocommerce.translate(replace(webhook, setup=setup), RECEIVED).events
    return one


def of(one: Any, kind: str) -> list[Any]:
    return [fact for fact in one.facts if type(fact).__name__ == kind]


# Signature


@pytest.mark.parametrize("stored, key", [
    ("a&amp;b&#039;c", "a&b'c"), ("&lt;x&gt;&quot;", '<x>"'), ("&amp;lt;", "&lt;"), ("plain & simple", "plain & simple"),
    ("&copy;", "&copy;"),
])  # fmt: skip
def test_the_secret_is_unescaped_once_as_the_shop_does_it(stored: str, key: str):
    webhook = request("order.created")
    theirs = base64.b64encode(hmac.new(key.encode(), webhook.body, hashlib.sha256).digest()).decode()
    woocommerce.verify(request("order.created", **{"x-wc-webhook-signature": theirs}), [stored], RECEIVED)
    assert woocommerce.sign(webhook, stored, RECEIVED).headers["x-wc-webhook-signature"] == theirs


def test_an_empty_key_is_refused_even_when_the_signature_is_right():
    webhook = request("order.created")
    forged = base64.b64encode(hmac.new(b"", webhook.body, hashlib.sha256).digest()).decode()
    with pytest.raises(BadSignature):
        woocommerce.verify(request("order.created", **{"x-wc-webhook-signature": forged}), ["", "real"], RECEIVED)


# Ping


def test_the_ping_is_answered_with_exactly_200():
    form = {"content-type": "application/x-www-form-urlencoded"}
    ping = replace(request("order.created"), headers=form, body=b"webhook_id=142")
    assert woocommerce.handshake(ping, ["secret"], RECEIVED).status == 200


@pytest.mark.parametrize("body", [b"", b"webhook_id=", b"webhook_id=1&x=2", b"webhook_id=abc", b'{"webhook_id":142}'])
def test_nothing_else_passes_for_a_ping(body: bytes):
    assert woocommerce.handshake(replace(request("order.created"), headers={}, body=body), ["secret"], RECEIVED) is None


def test_a_delivery_is_no_ping_whatever_its_body():
    assert woocommerce.handshake(replace(request("order.created"), body=b"webhook_id=142"), ["secret"], RECEIVED) is None


# Deliveries


def test_orders_that_share_a_delivery_id_are_two_deliveries():
    shared = {"x-wc-webhook-delivery-id": "0" * 32}
    names = ("order.created", "order.created__guest")
    first, second = (woocommerce.translate(request(name, **shared), RECEIVED) for name in names)
    assert first.id != second.id


def test_the_same_news_again_is_one_delivery_and_a_second_change_within_a_second_is_another():
    name = "order.updated__refunded_in_part"
    first = woocommerce.translate(request(name), RECEIVED)
    assert first.id == woocommerce.translate(request(name, **{"x-wc-webhook-delivery-id": "another"}), RECEIVED).id
    assert first.id != woocommerce.translate(changed(name, refunds=[]), RECEIVED).id
    elsewhere = request(name, **{"x-wc-webhook-source": "https://other.example.com/"})
    assert first.id != woocommerce.translate(elsewhere, RECEIVED).id


def test_a_missing_topic_is_named():
    with pytest.raises(BadPayload, match="X-WC-Webhook-Topic"):
        woocommerce.translate(replace(request("order.created"), headers={}), RECEIVED)


def test_a_customer_that_was_deleted_is_nobodys_wish_to_be_forgotten():
    assert event(request("customer.deleted")).type is EventType.UNKNOWN
    assert event(request("order.created", **{"x-wc-webhook-topic": "customer.deleted"})).type is EventType.UNKNOWN


# What orders have come to


@pytest.mark.parametrize("name, type_, at", [
    ("order.created", EventType.ORDER_PLACED, "2026-03-22T19:28:02"),
    ("order.created__draft", EventType.ORDER_CHANGED, "2026-04-02T09:05:00"),
    ("order.updated", EventType.ORDER_PAID, "2026-03-22T19:28:08"),
    ("order.updated__completed", EventType.SHIPMENT_DISPATCHED, "2026-03-22T19:30:35"),
    ("order.updated__tracking", EventType.SHIPMENT_DISPATCHED, "2026-03-23T12:00:00"),
    ("order.updated__picked_up", EventType.ORDER_PAID, "2026-03-22T19:28:08"),
    ("order.updated__refunded_in_part", EventType.REFUND_ISSUED, "2026-03-21T19:54:51"),
    ("order.updated__refunded", EventType.REFUND_ISSUED, "2026-03-22T10:00:00"),
    ("order.updated__cancelled", EventType.ORDER_CANCELLED, "2026-04-03T08:00:00"),
    ("order.updated__failed", EventType.ORDER_CHANGED, "2026-04-02T08:05:00"),
    ("order.updated__return_requested", EventType.RETURN_REQUESTED, "2026-03-30T12:00:00"),
    ("order.restored", EventType.ORDER_PAID, "2026-03-22T19:28:08"),
])  # fmt: skip
def test_an_order_is_typed_by_its_state_and_dated_by_when_it_came_to_it(name: str, type_: EventType, at: str):
    one = event(request(name))
    assert (one.type, one.time) == (type_, datetime.fromisoformat(at).replace(tzinfo=UTC))


def test_a_payment_that_failed_cancels_nothing_and_a_draft_was_not_placed():
    (failed,) = of(event(request("order.updated__failed")), "OrderFact")
    (draft,) = of(event(request("order.created__draft")), "OrderFact")
    assert (failed.cancelled_at, draft.placed_at) == (None, None)


def test_refunds_are_listed_below_zero_and_kept_above():
    one = event(request("order.updated__refunded_in_part"))
    assert [(fact.id, fact.amount.amount, fact.confirmed) for fact in of(one, "RefundFact")] == [
        ("726", 1000, None), ("724", 900, None),
    ]  # fmt: skip
    assert [(want.what, want.id) for want in one.wants] == [("refund", "723-726"), ("refund", "723-724")]


@pytest.mark.parametrize("setup, status, asked", [
    ({}, "return-requested", True), ({}, "wc-return-requested", True), ({}, "rma-open", False),
    ({"return_status": "wc-rma-open"}, "rma-open", True), ({}, "processing", False),
])  # fmt: skip
def test_a_plugins_status_asks_for_a_return(setup: dict[str, str], status: str, asked: bool):
    one = event(changed("order.updated", status=status), **setup)
    assert (one.type is EventType.RETURN_REQUESTED, bool(of(one, "ReturnFact"))) == (asked, asked)


@pytest.mark.parametrize("price, kept", [(3, "3"), (8.333333333333334, "8.333333"), (0.1 + 0.2, "0.3"), ("12.50", "12.5")])
def test_a_price_is_a_number_of_any_length(price: Any, kept: str):
    line = json.loads(request("order.created").body)["line_items"][0] | {"price": price}
    assert [str(fact.unit_price) for fact in of(event(changed("order.created", line_items=[line])), "LineFact")] == [kept]


@pytest.mark.parametrize("quantity, kept", [(2, 2), (2.0, 2), (0.5, None), (None, None)])
def test_goods_by_weight_lose_their_quantity_and_not_their_line(quantity: Any, kept: int | None):
    line = json.loads(request("order.created").body)["line_items"][0] | {"quantity": quantity}
    assert [fact.quantity for fact in of(event(changed("order.created", line_items=[line])), "LineFact")] == [kept]


def test_what_a_buyer_had_engraved_is_no_variant():
    assert [fact.variant for fact in of(event(request("order.created__guest")), "LineFact")] == ["m"]


def test_local_times_are_never_read():
    local = dict.fromkeys(("date_created", "date_modified", "date_paid", "date_completed"), "1999-01-01T00:00:00")
    assert event(changed("order.updated__completed", **local)).facts == event(request("order.updated__completed")).facts


# Who ordered


def test_a_guest_is_known_by_the_bill():
    assert woocommerce.translate(request("order.created"), RECEIVED).buyer == "email:buyer@example.com"
    assert woocommerce.translate(changed("order.created", customer_id=26), RECEIVED).buyer == "woocommerce:customer:26"


def test_an_order_tells_of_its_buyer():
    found, placed = woocommerce.person(request("order.created__guest").body)
    assert placed == datetime(2026, 4, 2, 8, tzinfo=UTC)
    assert found == Person(
        name="Sample", email="buyer@example.com", phone="+12025550100", language="de", country="US", province="NY",
        full_name="Sample Buyer", street="1 Sample Street", city="New York", postcode="10001",
    )  # fmt: skip


def test_what_is_no_order_tells_nobody():
    customer = {"id": 25, "date_created_gmt": "2026-03-21T19:09:28", "billing": {"email": "buyer@example.com"}}
    assert woocommerce.person(json.dumps(customer).encode()) is None
    assert woocommerce.person(b'{"id":31,"reviewer":"Sample Buyer","reviewer_email":"buyer@example.com"}') is None


# Calls


@pytest.mark.parametrize("url", [
    "http://shop.example.com", "https://127.0.0.1", "https://localhost", "https://shop.localhost", "https://[::1]/",
    "https://169.254.169.254/latest", "https://2130706433", "https://0x7f.0.0.1", "https://127.1",
    "https://shop.example.com:8443", "https://user:pw@shop.example.com", "https://shop.example.com?x=1",
    "https://shop.example.com#x", "https://intranet", "https://metadata.google.internal", "https://db.local",
    "ftp://shop.example.com", "shop.example.com", "https://", "https://ex ample.com", "https://shop.example.com/../x",
    "https://shop.example.com\\@evil.example", "https://shop.example.com.", "https://\u24d4xample.com",
])  # fmt: skip
def test_only_a_public_name_on_https_is_ever_called(url: str):
    with pytest.raises(ConfigurationError, match="url"):
        woocommerce.request(Read("order", {"id": "1"}), Account("woocommerce/s", {"url": url, **KEYS}), NOW)


@pytest.mark.parametrize("url, called", [
    (URL, URL), (URL + "/", URL), ("https://SHOP.example.com/store/", URL + "/store"), ("https://xn--bcher-kva.example", None),
])  # fmt: skip
def test_the_shops_own_address_is_called(url: str, called: str | None):
    made = woocommerce.request(Read("order", {"id": "7"}), Account("woocommerce/s", {"url": url, **KEYS}), NOW)
    assert made.url == f"{called or url}/wp-json/wc/v3/orders/7"
    assert made.headers["authorization"] == "Basic " + base64.b64encode(b"ck_1:cs_1").decode()


def test_orders_are_asked_for_by_when_they_were_changed_in_utc():
    about = {"since": "2026-03-01T00:00:00.500Z", "until": "2026-03-31T00:00:00Z"}
    url = woocommerce.request(Read("orders", about), Account("woocommerce/s", {"url": URL, **KEYS}), NOW).url
    for part in ("modified_after=2026-03-01T00%3A00%3A00&", "dates_are_gmt=true", "orderby=modified", "per_page=100", "page=1"):
        assert part in url


def test_a_shop_that_does_not_say_how_many_pages_there_are_is_read_while_pages_are_full():
    about = {"since": "2026-03-01T00:00:00Z", "until": "2026-03-31T00:00:00Z"}
    account, row = Account("woocommerce/s", {"url": URL, **KEYS}), json.loads(request("order.created").body)
    full, rest = (Response(200, {}, json.dumps([row] * rows).encode()) for rows in (100, 99))
    assert [one.cursor for one in woocommerce.answer(Read("orders", about), full, account, NOW).then] == ["2"]
    assert woocommerce.answer(Read("orders", about, "2"), rest, account, NOW).then == ()


def test_a_consumer_key_that_is_not_taken_is_no_token_to_renew():
    asked = Asked("woocommerce", consumer_secret="cs_wrong")
    with pytest.raises(CallFailed, match="consumer key") as caught:
        asked.read(Read("order", {"id": "723"}))
    assert not caught.value.passing


# One order, however it is told


def deliveries() -> list[Delivery]:
    """Order 723 as pushed, read and listed, with its refunds."""
    pushed = [fixtures.one("woocommerce", name).translated() for name in ("order.updated__refunded_in_part",)]
    asked = Asked("woocommerce")
    read = [
        found.translated
        for what in (Read("order", {"id": "723"}), Read("refund", {"id": "723-726"}), Read("refund", {"id": "723-724"}))
        for found in asked.read(what).found
    ]
    kept = [(one, log.load_events(log.dump_events(one.events))) for one in [*pushed, *read]]
    return [Delivery(one.id, SHOP, one.subject, events, RECEIVED, Origin.PUSH) for one, events in kept]


@settings(max_examples=30, deadline=None)
@given(st.data())
def test_pushed_and_read_in_any_order_is_one_state(data: st.DataObject):
    pushed, read, *refunds = deliveries()
    whole = state.dump(fold.fold(SHOP, "order:723", [pushed, *refunds]))
    some = data.draw(st.permutations([data.draw(st.sampled_from([pushed, read])), *refunds, *refunds]))
    assert state.dump(fold.fold(SHOP, "order:723", some)) == whole


def test_a_refund_that_went_through_is_confirmed_and_one_by_hand_is_not():
    found = fold.fold(SHOP, "order:723", deliveries())
    assert {id_: (one.amount.amount, one.confirmed) for id_, one in found.of("refund").items()} == {
        "726": (1000, True), "724": (900, False),
    }  # fmt: skip
    assert found.problems == ()

