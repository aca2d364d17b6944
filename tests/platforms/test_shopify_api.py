"""Shopify's Admin API: the same facts as its webhooks', what it turns down, and where its tokens go."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chalicelib.effects.secrets import Shop
from chalicelib.model import state
from chalicelib.model.call import Account, Busy, CallFailed, Denied, Found, Read, Request, Response
from chalicelib.model.errors import BadPayload, ConfigurationError
from chalicelib.model.event import Delivery, Event
from chalicelib.model.facts import ShipmentFact
from chalicelib.model.words import EventType, Origin, ShipmentStatus
from chalicelib.platforms import _shopify_api as api
from chalicelib.platforms import _shopify_queries as queries
from chalicelib.platforms import shopify
from chalicelib.steps.reading import Reading
from infra.marketplaces import _graphql as graphql
from infra.marketplaces import shopify as server
from tests.platforms import fixtures
from tests.platforms.calls import NOW, Asked
from tests.platforms.fixtures import LATER
from tests.platforms.test_same_facts import SHOPIFY, delivered, folded, pushed

ORDER = Read("order", {"id": "5001"})
ORDERS = Read("orders", {"since": "2026-01-01T00:00:00Z", "until": "2026-06-01T00:00:00Z"})
# The API does not tell of disputes.
LIFE = tuple(name for name in SHOPIFY if not name.startswith("disputes/"))
THROTTLED = {"errors": [{"message": "Throttled", "extensions": {"code": "THROTTLED"}}]}


def whole(asked: Asked, *reads: Read) -> list[Found]:
    """Everything that is found by reads and by what they lead to."""
    waiting, found = list(reads), []
    while waiting:
        answer = asked.read(waiting.pop(0))
        found += answer.found
        waiting += answer.then
    return found


def read(*reads: Read) -> list[Delivery]:
    """The same as deliveries."""
    return [
        delivered(one.translated, "shopify/sample-shop", LATER, Origin.RECONCILE) for one in whole(Asked("shopify"), *reads)
    ]


def answered(body: Any, what: Read = ORDER) -> Any:
    """What a 200 with this body means."""
    return shopify.answer(what, Response(200, {}, json.dumps(body).encode()), account(), NOW)


def account(**setup: str) -> Account:
    return Account("shopify/box", {"shop_domain": "sample-shop.myshopify.com", "client_id": "c", **setup}, "secret", "token")


# The same facts


def test_one_order_told_by_webhooks_and_by_the_api_is_one_state():
    assert folded(read(ORDER)) == folded(pushed(LIFE))
    assert folded([*pushed(LIFE), *read(ORDER)]) == folded(pushed(LIFE))


@settings(max_examples=30, deadline=None)
@given(st.data())
def test_whichever_tells_and_in_whatever_order(data: st.DataObject):
    pushes, reads = pushed(LIFE), read(ORDER)
    some = data.draw(st.lists(st.sampled_from(pushes)))
    assert folded(data.draw(st.permutations([*some, *reads]))) == folded(pushes)


def test_what_an_order_does_not_tell_in_full_is_read_apart():
    """27 lines, 6 parcels and 5 refunds are more than one query may cost."""
    first = Asked("shopify").read(Read("order", {"id": "5003"}))
    assert sorted(one.what for one in first.then) == ["fulfillment", "fulfillment", "order", "refund", "refund", "return"]
    known = state.load(folded(read(Read("order", {"id": "5003"}))))
    assert [len(known.of(word)) for word in ("line", "shipment", "refund", "return_line")] == [27, 6, 5, 2]
    assert {one.status for one in known.of("shipment").values()} >= {"delivered", "exception", "cancelled", "labelled"}
    assert [one.confirmed for _, one in sorted(known.of("refund").items())] == [True, True, True, True, False]


def test_lists_tell_of_every_order_once_and_its_returns_with_it():
    found = whole(Asked("shopify"), ORDERS)
    assert {one.translated.subject for one in found} == {f"order:{n}" for n in range(5001, 5006)}
    assert {event.type for one in found for event in one.translated.events} >= {
        EventType.ORDER_PLACED, EventType.ORDER_PAID, EventType.ORDER_CANCELLED, EventType.SHIPMENT_DELIVERED,
        EventType.SHIPMENT_EXCEPTION, EventType.REFUND_ISSUED, EventType.RETURN_DECLINED, EventType.RETURN_INSPECTED,
        EventType.RETURN_CLOSED,
    }  # fmt: skip


def test_each_step_is_told_at_its_own_time_however_late_it_is_read():
    (found,) = Asked("shopify").read(ORDER).found
    times = {event.type: event.time for event in found.translated.events}
    assert times[EventType.ORDER_PLACED] == datetime(2026, 3, 2, 15, 15, tzinfo=UTC)
    assert times[EventType.SHIPMENT_DELIVERED] == datetime(2026, 3, 6, 19, 30, tzinfo=UTC)
    assert times[EventType.ORDER_CHANGED] == max(times.values())


def test_a_parcel_whose_lines_are_not_all_told_has_none():
    node = json.loads(Asked("shopify").read(Read("fulfillment", {"id": "6104"})).found[0].raw)
    node["fulfillmentLineItems"]["pageInfo"] = {"hasNextPage": True, "endCursor": "x"}
    (found,) = answered({"data": {"fulfillment": node}}, Read("fulfillment", {"id": "6104"})).found
    (fact,) = found.translated.events[0].facts
    assert fact.lines is None and fact.tracking == "TRK0104"


def test_further_lines_of_a_return_say_nothing_of_its_goods():
    read_ = Read("return", {"id": "12001"}, "abc")
    line = {"id": "gid://shopify/ReturnLineItem/1", "quantity": 1, "processedQuantity": 1, "returnReason": "STYLE"}
    node = {
        "id": "gid://shopify/Return/12001", "status": "OPEN", "createdAt": "2026-03-08T16:40:00Z",
        "order": {"id": "gid://shopify/Order/5001", "updatedAt": "2026-03-09T00:00:00Z"}, "returnLineItems": {"nodes": [line]},
    }  # fmt: skip
    (found,) = answered({"data": {"return": node}}, read_).found
    fact, told = found.translated.events[0].facts
    assert (fact.goods, told.native_reason, told.line_id) == (None, "style", None)
    assert api.request(read_, account()).body.decode().count("abc") == 1


# Parcels that come back


def news(number: str, status: ShipmentStatus, at: datetime) -> Delivery:
    """A tracker's news, handed on to the shop."""
    left = at if status is not ShipmentStatus.DELIVERED else at - timedelta(days=2)
    fact = ShipmentFact(f"tracking:{number}", at, status=status, dispatched_at=left, delivered_at=at if left < at else None)
    event = Event(EventType.SHIPMENT_MOVED, at, (fact,), {"topic": "tracking"})
    return Delivery(f"track:{number}:{status}", "shopify/sample-shop", f"tracking:{number}", (event,), at)


@pytest.mark.parametrize(
    "status, goods", [(ShipmentStatus.IN_TRANSIT, "in_transit"), (ShipmentStatus.DELIVERED, "received")]
)  # fmt: skip
def test_a_trackers_news_of_a_return_parcel_finds_its_return(status: ShipmentStatus, goods: str):
    asked = Asked("shopify")
    world = asked.server.worlds["shopify"]
    one = world.get("returns", "12001") | {"status": "OPEN", "closedAt": None}
    one["returnLineItems"][0]["processedQuantity"] = 0
    one["reverseFulfillmentOrders"][0]["lineItems"] = []
    world.put("returns", "12001", one)
    (found,) = asked.read(Read("return", {"id": "12001"})).found
    told = delivered(found.translated, "shopify/sample-shop", LATER, Origin.FETCH)
    assert state.load(folded([told])).of("return")["12001"].goods == "awaiting"
    known = state.load(folded([told, news("RTN0001", status, datetime(2026, 3, 12, tzinfo=UTC))]))
    assert (known.of("return")["12001"].goods, known.of("shipment")) == (goods, {})


def test_the_return_that_is_read_links_all_of_its_parcels_to_the_order():
    (found,) = Asked("shopify").read(Read("return", {"id": "12003"})).found
    assert found.translated.subject == "order:5003"
    assert [f"{one.kind}:{one.id}" for one in found.translated.events[0].links] == [
        "return:12003", "tracking:RTN0003", "tracking:RTN0004"
    ]  # fmt: skip


def test_a_label_whose_order_is_named_is_news_of_the_order():
    one = fixtures.one("shopify", "reverse_deliveries/attach_deliverable").webhook
    body = json.loads(one.body) | {"order": {"id": 5001}}
    assert shopify.translate(replace(one, body=json.dumps(body).encode()), NOW).subject == "order:5001"


@pytest.mark.parametrize("name", ["returns/update", "reverse_deliveries/attach_deliverable", "returns/approve"])
def test_details_are_wanted_only_where_there_is_somebody_to_ask(name: str):
    webhook = fixtures.one("shopify", name).webhook
    assert shopify.translate(webhook, NOW).events[0].wants == ()
    connected = shopify.translate(replace(webhook, setup={"shop_domain": "sample-shop.myshopify.com"}), NOW)
    assert [want.what for want in connected.events[0].wants] == ([] if name == "returns/approve" else ["return"])


# Who ordered


def test_the_api_tells_of_the_same_person():
    (found,) = Asked("shopify").read(ORDER).found
    assert shopify.person(found.raw) == shopify.person(fixtures.one("shopify", "orders/create").webhook.body)
    assert found.translated.buyer == fixtures.one("shopify", "orders/create").translated().buyer


@pytest.mark.parametrize("what, id_", [("return", "12001"), ("fulfillment", "6104"), ("refund", "19104")])
def test_nothing_but_an_order_tells_who_ordered(what: str, id_: str):
    (found,) = Asked("shopify").read(Read(what, {"id": id_})).found
    assert shopify.person(found.raw) is None


def test_a_guest_and_an_order_whose_buyer_may_not_be_seen():
    (guest,) = Asked("shopify").read(Read("order", {"id": "5004"})).found
    assert guest.translated.buyer == "email:guest@example.com"
    told = json.loads(Asked("shopify").read(ORDER).found[0].raw)
    hidden = {**told, **dict.fromkeys(("customer", "email", "phone", "shippingAddress", "billingAddress"))}
    error = {"message": "This app is not approved to use the email field", "extensions": {"code": "ACCESS_DENIED"}}
    (found,) = answered({"data": {"order": hidden}, "errors": [error]}).found
    assert found.translated.buyer is None
    assert found.translated.events[0].facts[0].total.amount == 5110
    person, _ = shopify.person(found.raw)
    assert (person.email, person.name, person.country) == (None, None, None)


def test_events_hold_nothing_that_a_buyer_wrote():
    found = whole(Asked("shopify"), ORDERS)
    assert any(b"The mug is smaller" in one.raw for one in found)
    kept = repr([one.translated.events for one in found])
    assert not [word for word in ("smaller than", "lapel", "60 days ago", "example.com", "Sample") if word in kept]


# What is turned down


def test_a_query_that_the_bucket_does_not_hold_waits_as_long_as_that_takes():
    asked = Asked("shopify")
    asked.read(ORDER)
    bucket = {"maximumAvailable": 2000.0, "currentlyAvailable": 40, "restoreRate": 50.0}
    asked.server.worlds["shopify"].put("throttle", "status", bucket)
    with pytest.raises(Busy) as caught:
        asked.read(ORDER)
    cost = graphql.cost(server.SCHEMA, "QueryRoot", graphql.parsed(queries.ORDER, {"id": "x"}))
    assert caught.value.after == timedelta(seconds=(cost - 40) / 50)


@pytest.mark.parametrize(
    "cost, seconds",
    [
        ({}, None),
        ({"requestedQueryCost": 100}, None),
        ({"requestedQueryCost": 100, "throttleStatus": {"currentlyAvailable": 99.5, "restoreRate": 50}}, 1),
        ({"requestedQueryCost": 100, "throttleStatus": {"currentlyAvailable": 0, "restoreRate": 0}}, None),
        ({"requestedQueryCost": 100, "throttleStatus": {"currentlyAvailable": 0, "restoreRate": -1}}, None),
        ({"requestedQueryCost": 10**9, "throttleStatus": {"currentlyAvailable": 0, "restoreRate": 1}}, 600),
        ({"requestedQueryCost": True, "throttleStatus": {"currentlyAvailable": "x", "restoreRate": 1}}, None),
    ],
)  # fmt: skip
def test_waits_are_sensible_whatever_is_said(cost: Any, seconds: int | None):
    with pytest.raises(Busy) as caught:
        answered({**THROTTLED, "extensions": {"cost": cost}})
    assert caught.value.after == (timedelta(seconds=seconds) if seconds else None)


@pytest.mark.parametrize(
    "body, passing",
    [
        ({"errors": "[API] Invalid API key"}, False),
        ({"data": {"order": None}}, False),
        ({"data": {"order": None}, "errors": [{"message": "no", "extensions": {"code": "ACCESS_DENIED"}}]}, False),
        ({"data": {"order": {"id": "gid://shopify/Order/1"}}, "errors": [{"message": "Field 'x' doesn't exist"}]}, False),
        ({"errors": [{"message": "oops", "extensions": {"code": "INTERNAL_SERVER_ERROR"}}]}, True),
        ({"errors": ["oops", 1, None]}, False),
        ({"errors": [{"extensions": {"code": ["THROTTLED"]}}]}, False),
    ],
)  # fmt: skip
def test_errors_inside_a_200(body: Any, passing: bool):
    with pytest.raises(CallFailed) as caught:
        answered(body)
    assert caught.value.passing is passing


@pytest.mark.parametrize("status", [401, 402, 403, 404, 423])
def test_statuses(status: int):
    with pytest.raises(Denied if status == 401 else CallFailed):
        shopify.answer(ORDER, Response(status, {}, b'{"errors": "no"}'), account(), NOW)


# Where it is sent


@pytest.mark.parametrize(
    "domain",
    ["evil.example.com", "sample-shop.myshopify.com.evil.example", "https://sample-shop.myshopify.com", "a.b.myshopify.com",
     "-a.myshopify.com", "x@sample-shop.myshopify.com", "sample-shop.myshopify.com/x", "sample-shop.myshopify.com:8443",
     "127.0.0.1", "ｓ.myshopify.com", "myshopify.com", f"{'a' * 80}.myshopify.com"],
)  # fmt: skip
def test_the_token_is_sent_to_no_other_host(domain: str):
    for make in (lambda one: shopify.request(ORDER, one, NOW), lambda one: shopify.renewal("shop", one, NOW)):
        with pytest.raises(ConfigurationError, match=r"NAME\.myshopify\.com"):
            make(account(shop_domain=domain))


def test_capital_letters_are_no_other_shop_and_versions_are_checked():
    assert shopify.request(ORDER, account(shop_domain=" Sample-Shop.MyShopify.com"), NOW).url == (
        "https://sample-shop.myshopify.com/admin/api/2026-07/graphql.json"
    )
    assert "/2026-10/" in shopify.request(ORDER, account(api_version="2026-10"), NOW).url
    for version in ("2026-02", "../../x", "latest"):
        with pytest.raises(ConfigurationError, match="api_version"):
            shopify.request(ORDER, account(api_version=version), NOW)


def test_what_is_asked_for_is_a_variable_and_never_a_part_of_the_query():
    body = json.loads(shopify.request(ORDERS, account(), NOW).body)
    assert body["variables"] == {"query": "updated_at:>='2026-01-01T00:00:00Z' AND updated_at:<'2026-06-01T00:00:00Z'"}
    further = json.loads(shopify.request(replace(ORDERS, cursor='"}'), account(), NOW).body)
    assert (further["query"], further["variables"]["after"]) == (body["query"], '"}')
    with pytest.raises(BadPayload):
        shopify.request(Read("order", {"id": 'gid://shopify/Order/1"'}), account(), NOW)


ALL = {name: text for name, text in vars(queries).items() if name.isupper() and not name.startswith("_")}


@pytest.mark.parametrize("query", ALL.values(), ids=ALL.keys())
def test_no_query_costs_more_than_shopify_allows(query: str):
    fields = graphql.parsed(query, {"id": "x", "after": "x", "query": "x"})
    assert 0 < graphql.cost(server.SCHEMA, "QueryRoot", fields) <= server.DEAREST


@pytest.mark.parametrize(
    "query, code",
    [
        ("query { order(id: $id) { id } }", "variableNotDefined"),
        ("query Q($id: ID!) { order(id: $id) { nickname } }", "undefinedField"),
        ("query Q($id: ID!) { order(id: $id) { lineItems { nodes { id } } } }", "argumentLiteralsIncompatible"),
        ("query Q($id: ID!) { order(id: $id) { lineItems(first: 5) { id } } }", "undefinedField"),
        ("query Q($id: ID!) { order(id: $id) { customer } }", "selectionMismatch"),
        ("query Q($id: ID!) { order(id: $id) { id } ", "parseError"),
        ("query Q($id: ID!) { order(id: $id) { lineItems(first: 250) { nodes { id product { id } variant { id } "
         "originalUnitPriceSet { shopMoney { amount } } } } } }", "MAX_COST_EXCEEDED"),
    ],
)  # fmt: skip
def test_the_local_server_turns_down_what_shopify_would(query: str, code: str):
    asked = Asked("shopify")
    request = shopify.request(ORDER, asked.with_token("shop"), NOW)
    body = json.dumps({"query": query, "variables": {"id": "gid://shopify/Order/5001"}}).encode()
    told = json.loads(asked.send(replace(request, body=body)).body)
    assert [one["extensions"]["code"] for one in told["errors"]] == [code]


# Tokens


def test_a_token_is_fetched_by_the_apps_own_id_and_secret_and_good_for_a_day():
    asked = Asked("shopify")
    answer = asked.send(shopify.renewal("shop", asked.account, NOW))
    token = shopify.renewed("shop", answer, asked.account, NOW)
    assert (token.expires_at - NOW, token.refresh) == (timedelta(seconds=server.DAY), "")
    asked.server.worlds["shopify"].clock = lambda: NOW + timedelta(days=1)
    old = replace(asked.account, access=token.access)
    with pytest.raises(Denied):
        shopify.answer(ORDER, asked.send(shopify.request(ORDER, old, NOW)), old, NOW)


def test_a_wrong_secret_is_no_dead_end():
    """Denied would be remembered until another refresh token is given, and there is none."""
    asked = Asked("shopify")
    wrong = replace(asked.account, secret="somebody else's")
    with pytest.raises(CallFailed) as caught:
        shopify.renewed("shop", asked.send(shopify.renewal("shop", wrong, NOW)), wrong, NOW)
    assert not caught.value.passing
    mended = replace(wrong, setup={**wrong.setup, "client_secret": asked.account.secret})
    assert shopify.renewed("shop", asked.send(shopify.renewal("shop", mended, NOW)), mended, NOW).access
    with pytest.raises(CallFailed):
        shopify.renewed("shop", Response(401, {}, b"{}"), wrong, NOW)
    for body in (b"{}", b'{"access_token": "x"}', b'{"access_token": "x", "expires_in": -1}'):
        with pytest.raises(CallFailed):
            shopify.renewed("shop", Response(200, {}, body), wrong, NOW)


def test_a_token_that_lasts_is_used_as_it_is():
    asked = Asked("shopify")
    sent: list[Request] = []

    class Nobody:
        def get(self, *args: Any, **more: Any) -> str:
            raise AssertionError("there is nothing to fetch")

    class Shops:
        def shop(self, source: str) -> Shop:
            return Shop(("secret",), {"shop_domain": server.HOSTS[0], "access_token": server.LASTING})

    def send(request: Request) -> Response:
        sent.append(request)
        return asked.send(request)

    answer = Reading(Shops(), Nobody(), send, lambda: NOW).ask("shopify/box", ORDER, NOW)
    assert [one.translated.subject for one in answer.found] == ["order:5001"]
    assert [one.headers["x-shopify-access-token"] for one in sent] == [server.LASTING]


def test_a_shop_without_any_is_told_what_to_give():
    bare = Account("shopify/box", {"shop_domain": "sample-shop.myshopify.com"})
    with pytest.raises(ConfigurationError, match="--with client_id="):
        shopify.request(ORDER, bare, NOW)
    with pytest.raises(ConfigurationError, match="--with shop_domain="):
        shopify.request(ORDER, Account("shopify/box", {}), NOW)
