"""What is particular to Shopee."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chalicelib import platforms
from chalicelib.model import codec, state
from chalicelib.model.call import Busy, CallFailed, Denied, Read, Response
from chalicelib.model.errors import BadPayload, BadSignature, ConfigurationError
from chalicelib.model.event import Delivery, Want, Webhook
from chalicelib.model.facts import OrderFact
from chalicelib.model.person import Person
from chalicelib.model.reply import Reply
from chalicelib.model.words import EventType, Origin, Reason
from chalicelib.platforms import shopee
from chalicelib.platforms._reasons import codes
from chalicelib.rules import cases, fold
from infra.marketplaces.world import Call
from tests.platforms import calls, fixtures
from tests.platforms.calls import NOW, Asked
from tests.platforms.fixtures import LATER, RECEIVED, SECRET
from tests.platforms.test_same_facts import delivered

SHOP, ORDER, RETURN = "727720655", "260503Q8DRESS1", "2605100TA5PM801"
DEMO = {"partner_id": "1001141", "shop_id": "14701711"}


def push(name: str, **changes: Any) -> Webhook:
    """A recorded push with some of its fields changed."""
    found = fixtures.one("shopee", name)
    body = json.loads(found.webhook.body) | changes
    return replace(found.webhook, setup=found.setup, body=codec.dumps(body))


def event(webhook: Webhook) -> Any:
    (found,) = shopee.translate(webhook, RECEIVED).events
    return found


# The test push, signatures, ids


@pytest.mark.parametrize("body", [b"", b"  \n", b"{}", b'{"code": 0}', b'{"code":0,"shop_id":1,"timestamp":1,"data":{"a":1}}'])
def test_the_test_push_is_answered_with_nothing_even_without_setup_or_secret(body: bytes):
    answer = shopee.handshake(Webhook("shopee", "box", {}, body), [], RECEIVED)
    assert answer == (None if body == b"{}" else Reply(200, b""))


@pytest.mark.parametrize("body", [b'{"code":3,"data":{"code":0}}', b'{"code": 0', b'{"code":"0"}', b'[{"code":0}]', b"\xff"])
def test_nothing_else_passes_for_a_test_push(body: bytes):
    assert shopee.handshake(Webhook("shopee", "box", {}, body), [SECRET], RECEIVED) is None


def test_recorded_pushes_are_no_test_pushes_and_answers_are_empty():
    assert all(shopee.handshake(one.signed(), [SECRET], RECEIVED) is None for one in fixtures.recorded("shopee"))
    assert shopee.ANSWER.body == b""


def test_the_address_as_registered_is_what_is_signed():
    webhook = fixtures.one("shopee", "order_status_push").signed()
    for url in (webhook.setup["url"] + "/", webhook.setup["url"] + "?a=1", webhook.setup["url"].replace("https", "http")):
        with pytest.raises(BadSignature, match="as registered"):
            shopee.verify(replace(webhook, setup={"url": url}), [SECRET], RECEIVED)
    with pytest.raises(BadSignature, match="--with url="):
        shopee.verify(replace(webhook, setup={}), [SECRET], RECEIVED)


def test_a_push_is_known_by_msg_id_else_by_what_it_says():
    first = push("order_status_push")
    assert shopee.translate(first, RECEIVED).id == "msg:85bb37f009e143af84852e17d50b572d"
    sent_again = push("order_status_push", timestamp=1777773999)
    assert shopee.translate(sent_again, RECEIVED).id == shopee.translate(first, RECEIVED).id
    bare = push("order_status_push__processed_without_msg_id")
    later = push("order_status_push__processed_without_msg_id", timestamp=1777799999)
    assert shopee.translate(bare, RECEIVED).id == shopee.translate(later, RECEIVED).id == f"{SHOP}:3:{ORDER}::PROCESSED:1777795200"


def test_pushes_name_their_shop_and_partner_pushes_the_one_inside():
    assert shopee.translate(push("order_status_push"), RECEIVED).seller == SHOP
    assert shopee.translate(push("shop_authorization_canceled_push"), RECEIVED).seller == SHOP
    assert shopee.translate(push("open_api_authorization_expiry"), RECEIVED).seller is None


# What pushes come to


def test_an_order_that_is_ready_to_ship_may_not_be_paid_and_only_the_order_tells():
    said = event(push("order_status_push"))
    assert (said.type, said.wants) == (EventType.ORDER_CHANGED, (Want("order", ORDER),))
    assert said.facts[0].paid_at is None


@pytest.mark.parametrize(
    "cod, paid, expected",
    [
        (False, 1777773900, (EventType.ORDER_PAID, datetime(2026, 5, 3, 2, 5, tzinfo=UTC))),
        (True, 0, (EventType.ORDER_PLACED, datetime(2026, 5, 3, 2, 0, tzinfo=UTC))),
        (True, 1777773900, (EventType.ORDER_PLACED, datetime(2026, 5, 3, 2, 0, tzinfo=UTC))),
        (False, 0, (EventType.ORDER_PLACED, datetime(2026, 5, 3, 2, 0, tzinfo=UTC))),
    ],
)
def test_a_fetched_order_that_is_ready_to_ship(cod: bool, paid: int, expected: tuple[EventType, datetime]):
    asked = Asked("shopee")
    body = asked.server.worlds["shopee"].get("orders", ORDER) | {"order_status": "READY_TO_SHIP", "cod": cod, "pay_time": paid}
    asked.server.worlds["shopee"].put("orders", ORDER, body)
    (found,) = asked.read(Read("order", {"id": ORDER})).found
    (told,) = found.translated.events
    assert (told.type, told.time) == expected


def test_names_of_fields_that_differ_from_push_to_push_are_read_alike():
    ours = event(push("order_trackingno_push__other_names"))
    assert (ours.links[0].id, ours.facts[0].id) == ("SPXSG0000000004", "OFG166300791210966")
    lost = event(push("package_fulfillment_status_push__lost"))
    assert lost.native["status"] == "LOGISTICS_LOST" and lost.type is EventType.SHIPMENT_EXCEPTION


@pytest.mark.parametrize(
    "name, acted", [("", True), ("__another_shop", False), ("__frozen", False)],
)  # fmt: skip
def test_only_the_seller_of_this_very_shop_can_take_it_away(name: str, acted: bool):
    said = event(push(f"shop_authorization_canceled_push{name}"))
    assert said.type is (EventType.SHOP_UNINSTALLED if acted else EventType.UNKNOWN)


def test_nothing_that_was_written_in_the_chat_leaves_it():
    for name in ("webchat_push__constructed", "webchat_push__own_answer"):
        assert "size" not in str(event(push(name))) and "sample_buyer" not in str(event(push(name)))


# One thing by push, list and detail


def found(read: Read, **changes: str) -> list[Any]:
    return [one.translated for one in Asked("shopee", **changes).read(read).found]


def test_a_row_of_the_list_tells_nothing_that_the_return_does_not():
    span = {"since": "2026-05-12T00:00:00Z", "until": "2026-05-27T00:00:00Z"}
    pages = [Read("returns", span, cursor) for cursor in ("", "1")]
    rows = {one.events[0].links[0].id: one for page in pages for one in found(page)}
    assert len(rows) == 3
    for return_id, row in rows.items():
        (whole,) = found(Read("return", {"id": return_id}))
        for ours, theirs in zip(row.events[0].facts, whole.events[0].facts, strict=True):
            told = codec.encode(ours)
            assert told == {name: value for name, value in codec.encode(theirs).items() if name in told}


def test_returns_under_way_are_read_one_by_one_for_their_deadlines():
    span = {"since": "2026-05-12T00:00:00Z", "until": "2026-05-27T00:00:00Z"}
    answer = Asked("shopee").read(Read("returns", span))
    assert [one.about.get("id") for one in answer.then] == [RETURN, "2605120TA5PM804", None]


LIFE = tuple(
    """
    order_status_push__unpaid order_status_push order_status_push__processed_without_msg_id order_trackingno_push
    order_status_push__shipped package_fulfillment_status_push__picked_up package_fulfillment_status_push
    order_status_push__delivered return_updates_push return_updates_push__with_changes
    """.split()
)
READ = (
    Read("order", {"id": ORDER}),
    Read("parcel", {"id": f"{ORDER}:OFG166300791210964"}),
    Read("return", {"id": RETURN}),
    Read("return_parcel", {"id": RETURN}),
)


def life() -> list[Delivery]:
    pushed = [delivered(shopee.translate(push(name), RECEIVED), f"shopee/{SHOP}", RECEIVED, Origin.PUSH) for name in LIFE]
    read = [one for each in READ for one in found(each)]
    return pushed + [delivered(one, f"shopee/{SHOP}", LATER, Origin.FETCH) for one in read]


def folded(deliveries: list[Delivery]) -> bytes:
    return state.dump(fold.fold(f"shopee/{SHOP}", f"order:{ORDER}", deliveries))


def test_the_life_of_an_order_ends_as_it_should():
    whole = state.load(folded(life()))
    parcel, back = whole.of("shipment")["OFG166300791210964"], whole.of("return")[RETURN]
    assert (parcel.status, parcel.tracking, parcel.delivered_at) == (
        "delivered", "SPXSG0000000001", datetime(2026, 5, 6, 5, tzinfo=UTC),
    )  # fmt: skip
    assert (back.request, back.goods, back.money, back.tracking) == ("approved", "in_transit", "none", "RNSHS00177569")
    assert whole.order.paid_at and whole.order.total.amount == 5179 and not whole.problems
    assert whole.buyer == "hash of shopee:user:1170319091"
    (case,) = cases.of(whole)
    assert (case.due.actor, case.due.at) == ("seller", datetime(2026, 5, 21, 4, tzinfo=UTC))


@settings(max_examples=40, deadline=None)
@given(st.data())
def test_in_any_order_and_any_number_of_times(data: st.DataObject):
    every = life()
    again = data.draw(st.lists(st.sampled_from(every), max_size=5))
    assert folded(data.draw(st.permutations(every + again))) == folded(every)


def test_lost_pushes_are_the_pushes_themselves_and_confirmed_once_they_are_kept():
    asked, span = Asked("shopee"), {"since": "2026-05-29T12:00:00Z", "until": "2026-06-01T12:00:00Z"}
    first = asked.read(Read("lost", span))
    live = [shopee.translate(push(name), RECEIVED) for name in ("order_status_push", "package_fulfillment_status_push")]
    assert [one.translated for one in first.found] == live
    assert asked.read(Read("lost", span)).found == first.found  # nothing was confirmed yet
    (confirm,) = first.then
    (more,) = asked.read(confirm).then
    second = asked.read(more)
    assert second.found[0].translated == shopee.translate(push("return_updates_push"), RECEIVED)
    assert second.found[1].translated.events[0].type is EventType.UNKNOWN  # what is no push holds nothing up
    (last,) = second.then
    assert asked.read(last).then == () and asked.read(Read("lost", span)).found == ()


# Prices, people, reasons


def test_a_bundles_price_is_a_part_of_what_is_paid_for_the_line():
    (order,) = found(Read("order", {"id": "260518BUNDLE03"}))
    assert Want("escrow", "260518BUNDLE03") in order.events[0].wants
    assert [line.unit_price for line in order.events[0].facts if hasattr(line, "variant")] == [None, None, 0]
    (escrow,) = found(Read("escrow", {"id": "260518BUNDLE03"}))
    assert [str(line.unit_price) for line in escrow.events[0].facts] == ["10", "10"]


def test_lines_that_stand_twice_in_an_order_are_told_apart():
    asked = Asked("shopee")
    body = asked.server.worlds["shopee"].get("orders", ORDER)
    for n, item in enumerate(body["item_list"]):
        item |= {"model_id": 1, "order_item_id": n}
    asked.server.worlds["shopee"].put("orders", ORDER, body)
    (told,) = asked.read(Read("order", {"id": ORDER})).found
    assert [one.id for one in told.translated.events[0].facts[1:3]] == ["2700126223-1-0", "2700126223-1-1"]


def order_body(**address: str) -> bytes:
    body = Asked("shopee").server.worlds["shopee"].get("orders", ORDER)
    return codec.dumps(body | {"recipient_address": body["recipient_address"] | address})


def test_masks_are_nobody_and_a_name_without_one_is_somebody():
    assert shopee.person(order_body()) is None
    told, placed = shopee.person(order_body(name="Sample Buyer", region="BR", zipcode="01000-000", full_address="R******"))
    assert told == Person(name="Sample Buyer", full_name="Sample Buyer", country="BR", postcode="01000-000")
    assert placed == datetime(2026, 5, 3, 2, tzinfo=UTC)
    assert all(shopee.person(one.webhook.body) is None for one in fixtures.recorded("shopee"))


@pytest.mark.parametrize(
    "code, label, precise, flag",
    [
        ("NOT_RECEIPT", Reason.NOT_RECEIVED, True, None),
        ("ITEM_NOT_FIT", Reason.SIZE_OR_FIT_OTHER, False, None),
        ("SUSPICIOUS_PARCEL", Reason.NOT_RECEIVED, False, "fraud_suspected"),
        ("ITEM_FAKE", Reason.NOT_AS_DESCRIBED, False, "counterfeit"),
        ("MUITAL_AGREE", Reason.OTHER, False, None),
        ("LONG_DELIVERY_TIME", Reason.LATE_DELIVERY, True, None),
    ],
)
def test_reasons(code: str, label: Reason, precise: bool, flag: str | None):
    said = codes("shopee").of(code)
    assert (said.label, said.precise, said.flag) == (label, precise, flag)


def test_a_reason_that_nobody_knows_is_kept_as_it_came():
    asked = Asked("shopee")
    body = asked.server.worlds["shopee"].get("returns", RETURN) | {"reason": "A_NEW_REASON"}
    asked.server.worlds["shopee"].put("returns", RETURN, body)
    (told,) = asked.read(Read("return", {"id": RETURN})).found
    line = told.translated.events[0].facts[1]
    assert (line.native_reason, line.reason_stated, line.fault) == ("A_NEW_REASON", None, None)


@pytest.mark.parametrize(
    "status, changes, actor",
    [
        ("REQUESTED", {}, "seller"),
        ("REQUESTED", {"negotiation": {"negotiation_status": "PENDING_BUYER_RESPOND", "offer_due_date": 1778990400}}, "buyer"),
        ("PROCESSING", {"reverse_logistic_status": "LOGISTICS_READY"}, "buyer"),
        ("PROCESSING", {"reverse_logistic_status": "Delivered"}, "seller"),
        ("PROCESSING", {"validation_type": "warehouse_validation"}, "platform"),
        ("PROCESSING", {"return_solution": 1}, "platform"),
        ("JUDGING", {}, "platform"),
        ("SELLER_DISPUTE", {"seller_proof": {"seller_proof_status": "PENDING", "seller_evidence_deadline": 1778990400}}, "seller"),
        ("ACCEPTED", {}, "platform"),
        ("CANCELLED", {}, None),
        ("A_NEW_STATUS", {}, None),
    ],
)
def test_who_must_act(status: str, changes: dict[str, Any], actor: str | None):
    asked = Asked("shopee")
    body = asked.server.worlds["shopee"].get("returns", RETURN) | {"status": status} | changes
    asked.server.worlds["shopee"].put("returns", RETURN, body)
    (told,) = asked.read(Read("return", {"id": RETURN})).found
    due = told.translated.events[0].facts[0].due
    assert (due.actor if due else None) == actor


def test_a_refund_is_confirmed_by_the_one_word_that_says_so():
    asked = Asked("shopee")
    for status, paid in (("ACCEPTED", False), ("REFUND_PAID", True)):
        body = asked.server.worlds["shopee"].get("returns", RETURN) | {"status": status}
        asked.server.worlds["shopee"].put("returns", RETURN, body)
        (told,) = asked.read(Read("return", {"id": RETURN})).found
        refunds = [fact for fact in told.translated.events[0].facts if hasattr(fact, "confirmed")]
        assert [(one.confirmed, one.amount.amount, one.return_id) for one in refunds] == ([(True, 2490, RETURN)] if paid else [])


# Calls


def vector(name: str) -> dict[str, Any]:
    return {
        "shop": {
            "path": "returns/get_return_detail", "about": "2206140TA5PM808",
            "sign": "ab850627fbf4cdf196bc849aca6daee728de9a33d376ec9babd65d89f714c955",
        },
        "public": {"sign": "142a7ae8827282eef2fb3b627fd8925c7ceee8fd34488bde56352c526f0a2201"},
    }[name]  # fmt: skip


def account(**setup: str) -> Any:
    return replace(Asked("shopee").account, setup=DEMO | setup, secret="shopee_test_partner_key", access="test_access_token")


def test_calls_are_signed_as_published():
    then = datetime.fromtimestamp(1610000000, UTC)
    request = shopee.request(Read("return", {"id": "2206140TA5PM808"}), account(), then)
    asked = Call.of(request.method, request.url, dict(request.headers), request.body)
    assert asked.path == "/api/v2/returns/get_return_detail" and asked.host == "partner.shopeemobile.com"
    assert asked.params["sign"] == vector("shop")["sign"]
    from chalicelib.platforms import _shopee_calls

    signed = _shopee_calls._signed("/api/v2/auth/token/get", account(), then, None)
    assert signed["sign"] == vector("public")["sign"] and "access_token" not in signed


def test_calls_are_signed_with_the_api_key_where_it_is_another():
    read, push_key = Read("return", {"id": RETURN}), replace(account(api_key="shopee_test_partner_key"), secret="a push key")
    assert shopee.request(read, push_key, NOW) == shopee.request(read, account(), NOW)
    tested = shopee.request(read, account(environment="test"), NOW)
    assert tested.url.startswith("https://partner.test-stable.shopeemobile.com/")
    with pytest.raises(BadPayload, match="environment"):
        shopee.request(read, account(environment="sandbox"), NOW)
    with pytest.raises(ConfigurationError, match="--with partner_id="):
        shopee.request(read, replace(account(), setup={}), NOW)


def told(body: dict[str, Any], status: int = 200, now: datetime = NOW) -> Any:
    response = Response(status, {}, codec.dumps(body))
    return shopee.answer(Read("return", {"id": RETURN}), response, account(), now)


def test_errors_inside_a_200():
    for error in ("error_auth", "invalid_acceess_token", "common.error_auth"):
        with pytest.raises(Denied):
            told({"error": error, "message": "no"})
        with pytest.raises(Denied):
            told({"error": error, "message": "no"}, 403)
    with pytest.raises(Busy) as caught:
        told({"error": "error_rate_limit"})
    assert caught.value.after is None
    with pytest.raises(CallFailed, match="source_ip_undeclared") as failed:
        told({"error": "source_ip_undeclared", "message": "declare it"})
    assert not failed.value.passing
    with pytest.raises(CallFailed) as failed:
        told({"error": "error_server"})
    assert failed.value.passing
    for none in ("", "-"):
        assert told({"error": none, "response": {}}).found == ()


def test_a_days_limit_ends_at_midnight_in_singapore():
    with pytest.raises(Busy) as caught:
        told({"error": "error_limit"}, now=datetime(2026, 6, 1, 14, 30, tzinfo=UTC))
    assert caught.value.after == timedelta(hours=1, minutes=30)
    with pytest.raises(Busy) as caught:
        told({"error": "error_limit"}, now=datetime(2026, 6, 1, 17, tzinfo=UTC))
    assert caught.value.after == timedelta(hours=6)  # looked at again meanwhile


def test_a_refresh_token_works_once():
    asked = Asked("shopee")
    first = replace(asked.account, refresh=asked.account.setup["refresh_token"])
    token = shopee.renewed("shop", asked.send(shopee.renewal("shop", first, NOW)), first, NOW)
    assert token.refresh not in ("", first.refresh) and token.expires_at == NOW + timedelta(hours=4)
    with pytest.raises(Denied):
        shopee.renewed("shop", asked.send(shopee.renewal("shop", first, NOW)), first, NOW)
    second = replace(first, refresh=token.refresh)
    assert shopee.renewed("shop", asked.send(shopee.renewal("shop", second, NOW)), second, NOW).access != token.access


def test_the_local_platform_refuses_what_shopee_refuses():
    asked = Asked("shopee")
    held = asked.with_token("shop")
    read = Read("orders", {"since": "2026-05-01T00:00:00Z", "until": "2026-05-30T00:00:00Z"})
    with pytest.raises(CallFailed, match="15days"):
        shopee.answer(read, asked.send(shopee.request(read, held, NOW)), held, NOW)
    late = asked.send(shopee.request(READ[0], held, NOW - timedelta(minutes=6)))
    with pytest.raises(CallFailed, match="expired"):
        shopee.answer(READ[0], late, held, NOW)
    asked.server.worlds["shopee"].clock = lambda: NOW + timedelta(hours=4)
    later = asked.send(shopee.request(READ[0], held, NOW + timedelta(hours=4)))
    with pytest.raises(Denied):
        shopee.answer(READ[0], later, held, NOW)


def test_an_order_without_its_optional_fields_would_lack_buyer_and_lines():
    asked = Asked("shopee")
    request = shopee.request(READ[0], asked.with_token("shop"), NOW)
    bare = replace(request, url=request.url.replace("buyer_user_id", "").replace("item_list", ""))
    response = asked.send(bare)
    (one,) = json.loads(response.body)["response"]["order_list"]
    assert "item_list" not in one and "buyer_user_id" not in one


def test_the_register_knows_it():
    assert platforms.get("shopee") is shopee
    assert isinstance(event(push("order_status_push")).facts[0], OrderFact)
    assert len(calls.recorded("shopee")) >= len(shopee.READS)
