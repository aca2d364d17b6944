"""What is particular to Shopee."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chalicelib.model import codec, state
from chalicelib.model.call import Read
from chalicelib.model.errors import BadSignature
from chalicelib.model.event import Delivery, Want, Webhook
from chalicelib.model.person import Person
from chalicelib.model.reply import Reply
from chalicelib.model.words import EventType, Origin, Reason
from chalicelib.platforms import shopee
from chalicelib.platforms._reasons import codes
from chalicelib.rules import cases, fold
from tests.platforms import fixtures
from tests.platforms.calls import Asked
from tests.platforms.fixtures import LATER, RECEIVED, SECRET
from tests.platforms.test_same_facts import delivered

SHOP, ORDER, RETURN = "727720655", "260503Q8DRESS1", "2605100TA5PM801"


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
    assert {shopee.translate(one, RECEIVED).id for one in (bare, later)} == {f"{SHOP}:3:{ORDER}::PROCESSED:1777795200"}


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
        ("SELLER_DISPUTE", {"seller_proof": {"seller_proof_status": "PENDING"}}, "seller"),
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
        expected = [(True, 2490, RETURN)] if paid else []
        assert [(one.confirmed, one.amount.amount, one.return_id) for one in refunds] == expected
