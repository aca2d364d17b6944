"""What is particular to Wish."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from chalicelib.model.call import Busy, CallFailed, Denied, Read, Response
from chalicelib.model.words import EventType, GoodsAxis, MoneyAxis, Origin, Reason, ShipmentStatus
from chalicelib.platforms import _reasons, wish
from chalicelib.platforms import _wish_calls as calls
from chalicelib.platforms import _wish_facts as facts
from chalicelib.platforms import _wish_words as words
from chalicelib.platforms._read import Reader
from chalicelib.rules import fold
from infra.marketplaces.world import World
from tests.platforms import fixtures
from tests.platforms.calls import NOW, Asked
from tests.platforms.fixtures import RECEIVED
from tests.platforms.test_same_facts import delivered

IDS = [f"65000000000000000000000{n}" for n in range(1, 7)]
SPAN = {"since": "2026-05-01T00:00:00Z", "until": "2026-05-31T00:00:00Z"}


def order(number: int, **changes: Any) -> dict[str, Any]:
    return dict(World.of("wish").get("orders", IDS[number - 1]) or {}) | changes


def told(body: dict[str, Any]) -> facts.Told:
    return facts.told(Reader(body, "data"), body["id"])


def of(one: facts.Told, kind: str) -> list[Any]:
    return [fact for fact in one.facts if type(fact).__name__ == kind]


# Pushes are hints


def test_nothing_but_the_hint_is_taken_from_a_push():
    for one in fixtures.recorded("wish"):
        golden = json.loads(one.golden.read_text())
        for event in golden.get("events", []):
            assert {next(iter(fact)) for fact in event.get("facts", [])} <= {"message"}


def test_whatever_a_push_claims_of_an_order_the_order_is_read():
    webhook = fixtures.one("wish", "ORDER_REFUND").webhook
    lying = {"data": order(2, state="REFUNDED", refunds=[{"refund_amount": {"amount": 1e6, "currency_code": "USD"}}])}
    made = wish.translate(replace(webhook, body=json.dumps(lying).encode()), RECEIVED)
    (event,) = made.events
    assert (event.type, event.facts, [(one.what, one.id) for one in event.wants]) == (
        EventType.ORDER_CHANGED, (), [("order", IDS[1])],
    )  # fmt: skip


@pytest.mark.parametrize("query, body, topic", [
    ({"topic": "ORDER_REFUND"}, {}, "ORDER_REFUND"), ({}, {"topic": "ORDER_RELEASE"}, "ORDER_RELEASE"), ({}, {}, "ORDER_ALL"),
    ({"topic": "ORDER_REFUND"}, {"topic": "ORDER_RELEASE"}, "ORDER_REFUND"), ({"topic": "A_NEW_ONE"}, {}, "A_NEW_ONE"),
])  # fmt: skip
def test_the_topic_stands_in_the_endpoint_or_in_the_body(query: dict[str, str], body: dict[str, str], topic: str):
    webhook = replace(fixtures.one("wish", "ORDER_ALL").webhook, query=query, body=json.dumps(order(2) | body).encode())
    (event,) = wish.translate(webhook, RECEIVED).events
    assert event.native["topic"] == topic and (event.type is EventType.UNKNOWN) is (topic not in wish.TOPICS)


def test_an_order_that_is_released_again_is_news():
    webhook = fixtures.one("wish", "ORDER_RELEASE").webhook
    again = replace(webhook, body=json.dumps(order(2, updated_at="2026-05-09T10:00:00.000Z")).encode())
    ids = [wish.translate(one, RECEIVED).id for one in (webhook, webhook, again)]
    assert ids[0] == ids[1] != ids[2]


# What an order tells


def test_a_refund_after_shipping_is_a_return_and_one_before_is_a_cancellation():
    back, cancelled = told(order(1)), told(order(3))
    assert (back.type, len(of(back, "ReturnFact")), of(back, "OrderFact")[0].cancelled_at) == (EventType.REFUND_ISSUED, 1, None)
    assert (cancelled.type, of(cancelled, "ReturnFact")) == (EventType.ORDER_CANCELLED, [])
    assert of(cancelled, "OrderFact")[0].cancel_reason == "MERCHANT_OUT_OF_STOCK"
    assert [fact.confirmed for one in (back, cancelled) for fact in of(one, "RefundFact")] == [True, True]


def test_an_order_sent_again_has_the_newer_number_and_day():
    (parcel,) = of(told(order(4)), "ShipmentFact")
    assert (parcel.tracking, parcel.dispatched_at) == ("SAMPLEWISH4B", datetime(2026, 5, 12, 10, tzinfo=UTC))


def test_tracking_that_was_cancelled_leaves_nothing_on_its_way():
    records = [one for one in order(4)["fulfillment_records"] if one["event_time"] < "2026-05-10T10:00:01"]
    one = told(order(4, fulfillment_records=records))
    (parcel,) = of(one, "ShipmentFact")
    assert (parcel.status, parcel.dispatched_at, one.type) == (ShipmentStatus.CANCELLED, None, EventType.ORDER_PAID)


@pytest.mark.parametrize("number, type_", [
    (1, EventType.REFUND_ISSUED), (2, EventType.ORDER_PAID), (3, EventType.ORDER_CANCELLED), (4, EventType.SHIPMENT_DISPATCHED),
    (5, EventType.ORDER_CANCELLED), (6, EventType.REFUND_ISSUED),
])  # fmt: skip
def test_orders_are_typed_by_their_state(number: int, type_: EventType):
    assert told(order(number)).type is type_


def test_an_order_under_review_is_not_paid_for_and_a_delivered_one_has_arrived():
    assert told(order(2, state="REQUIRE_REVIEW")).type is EventType.ORDER_CHANGED
    assert told(order(1, state="SHIPPED", refunds=[])).type is EventType.SHIPMENT_DELIVERED


def test_the_address_of_a_warehouse_is_nobodys_country():
    assert [of(told(order(number)), "OrderFact")[0].country for number in (1, 4)] == ["US", None]


def test_nobody_is_introduced():
    assert not hasattr(wish, "person")


@pytest.mark.parametrize("amount, units", [(27.0, 2), (25.0, 2), (12.5, None), (5.0, None)])
def test_a_refund_is_for_all_units_only_when_it_pays_for_all(amount: float, units: int | None):
    refund = order(1)["refunds"][0] | {"refund_amount": {"amount": amount, "currency_code": "USD"}}
    assert [fact.quantity for fact in of(told(order(1, refunds=[refund])), "ReturnLineFact")] == [units]


@pytest.mark.parametrize("said, expected", [
    ("ITEM_DOES_NOT_FIT", Reason.SIZE_OR_FIT_OTHER), ("Item is damaged", Reason.DAMAGED_IN_TRANSIT),
    ("wrong-color", Reason.WRONG_ITEM), ("Item is too small", Reason.SIZE_TOO_SMALL),
    ("Shipping is late", Reason.LATE_DELIVERY), ("a new reason", None),
    ("MERCHANT_REPORTED_BUYER_FRAUD", Reason.OTHER),
])  # fmt: skip
def test_reasons(said: str, expected: Reason | None):
    known = _reasons.codes("wish").of(words.code(said))
    assert (known.label if known else None) is expected


def test_suspicions_are_flags_and_no_reasons():
    known = _reasons.codes("wish")
    assert len(known.codes) == 22
    assert known.of("MERCHANT_REPORTED_BUYER_FRAUD").flag == "fraud_suspected"
    assert known.of("ITEM_IS_COUNTERFEIT").flag == "counterfeit"


def test_goods_that_came_back_to_the_sender_are_received():
    refund = order(1)["refunds"][0] | {"refund_reason": "ITEM_RETURNED_TO_SENDER"}
    assert [fact.goods for fact in of(told(order(1, refunds=[refund])), "ReturnFact")] == [GoodsAxis.RECEIVED]


# Calls


def test_a_full_list_goes_on_from_its_last_row(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(calls, "PAGE", 2)
    asked, waiting, seen = Asked("wish"), [Read("orders", SPAN)], []
    while waiting:
        answer = asked.read(waiting.pop())
        seen += [one.translated.id for one in answer.found]
        waiting += answer.then
        assert len(seen) < 50
    assert {one.split(":")[1] for one in seen} == set(IDS)


def test_a_list_that_does_not_move_on_ends(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(calls, "PAGE", 1)
    row = Response(200, {}, json.dumps({"code": 0, "data": [order(2)]}).encode())
    account = Asked("wish").account
    assert wish.answer(Read("orders", SPAN), row, account, NOW).then != ()
    assert wish.answer(Read("orders", SPAN, "2026-05-03T10:00:00Z"), row, account, NOW).then == ()


@pytest.mark.parametrize("status, body, expected", [
    (200, {"code": 1008, "message": "revoked", "data": {}}, Denied), (400, {"code": "1007", "message": "expired"}, Denied),
    (401, {"code": 1012, "message": "Missing access token"}, Denied), (400, {"code": 4000, "message": "none"}, CallFailed),
    (200, {"code": 90001, "message": "x"}, CallFailed), (200, {}, CallFailed),
])  # fmt: skip
def test_errors_come_with_their_status_or_inside_a_200(status: int, body: dict[str, Any], expected: type[Exception]):
    response = Response(status, {}, json.dumps(body).encode())
    with pytest.raises(expected):
        wish.answer(Read("order", {"id": IDS[0]}), response, Asked("wish").account, NOW)


@pytest.mark.parametrize("said, after", [
    (str(int(NOW.timestamp()) + 60), timedelta(seconds=60)), ("2026-06-01T12:01:00Z", timedelta(seconds=60)),
    ("2026-06-01T11:00:00Z", timedelta(0)), ("2027-06-01T11:00:00Z", timedelta(hours=6)), ("soon", None),
])  # fmt: skip
def test_spent_calls_come_back_at_the_reset(said: str, after: timedelta | None):
    response = Response(429, {"wish-rate-limit-reset": said}, b"")
    with pytest.raises(Busy) as caught:
        wish.answer(Read("order", {"id": IDS[0]}), response, Asked("wish").account, NOW)
    assert caught.value.after == after


def test_tokens_are_renewed_as_documented_and_an_unknown_app_is_no_sellers_fault():
    asked = Asked("wish")
    held = replace(asked.account, refresh="rehearsal-refresh")
    request = wish.renewal("shop", held, NOW)
    assert request.method == "GET" and parse_qs(urlsplit(request.url).query)["grant_type"] == ["refresh_token"]
    token = wish.renewed("shop", asked.send(request), held, NOW)
    assert (token.refresh, token.expires_at) == ("rehearsal-refresh", NOW + timedelta(days=30))
    with pytest.raises(Denied, match="authorise"):
        wish.renewed("shop", asked.send(wish.renewal("shop", replace(held, refresh="gone"), NOW)), held, NOW)
    stranger = replace(held, setup={**held.setup, "client_secret": "wrong"})
    with pytest.raises(CallFailed):
        wish.renewed("shop", asked.send(wish.renewal("shop", stranger, NOW)), stranger, NOW)


# One order, however it is told


def test_an_order_pushed_read_and_listed_is_one_state():
    asked = Asked("wish")
    pushed = fixtures.one("wish", "ORDER_REFUND").translated()
    (read,) = (one.translated for one in asked.read(Read("order", {"id": IDS[0]})).found)
    listed = next(one.translated for one in asked.read(Read("orders", SPAN)).found if IDS[0] in one.translated.id)
    assert (read.id, read.events) == (listed.id, listed.events)
    every = [delivered(one, "wish/sample-shop", RECEIVED, Origin.FETCH, str(n)) for n, one in enumerate((pushed, read, listed))]
    found = fold.fold("wish/sample-shop", f"order:{IDS[0]}", every)
    (goods,) = found.of("return").values()
    assert (goods.money, found.problems) == (MoneyAxis.DONE, ())
    assert found.facts == fold.fold("wish/sample-shop", f"order:{IDS[0]}", every[1:2]).facts
