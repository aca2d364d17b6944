"""What is particular to TikTok Shop."""

from __future__ import annotations

import hashlib
import hmac
import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from chalicelib.model.call import Read
from chalicelib.model.errors import BadPayload, BadSignature
from chalicelib.model.event import Translated, Webhook
from chalicelib.model.words import DisputeAxis, EventType, GoodsAxis, MoneyAxis, RequestAxis
from chalicelib.platforms import _tiktok_shop_calls as calls_module
from chalicelib.platforms import tiktok_shop
from infra.marketplaces import tiktok_shop as server
from tests.platforms import fixtures
from tests.platforms.calls import Asked
from tests.platforms.fixtures import LATER, RECEIVED

ORDER, RETURN = "576461413038785001", "4035318504086604001"


def request(name: str) -> Webhook:
    return replace(fixtures.one("tiktok_shop", name).webhook, setup={"app_key": "sampleappkey"})


def told(name: str = "RETURN_STATUS_CHANGE", envelope: dict[str, Any] | None = None, **data: Any) -> Translated:
    """A recorded notification with some of its data changed."""
    webhook = request(name)
    body = json.loads(webhook.body)
    body = body | (envelope or {}) | {"data": body["data"] | data}
    return tiktok_shop.translate(replace(webhook, body=json.dumps(body).encode()), RECEIVED)


# signatures


def hexed(key: bytes, message: bytes) -> str:
    return hmac.new(key, message, hashlib.sha256).hexdigest()


def test_signed_is_the_app_key_and_then_the_raw_body():
    webhook = request("ORDER_STATUS_CHANGE")
    for given_, fine in (
        (hexed(b"secret", b"sampleappkey" + webhook.body), True),
        (hexed(b"secret", webhook.body), False),
        (hexed(b"secret", webhook.body + b"sampleappkey"), False),
        (hashlib.sha256(b"secret" + webhook.body).hexdigest(), False),  # a public note's wrong recipe
        ("Bearer " + hexed(b"secret", b"sampleappkey" + webhook.body), False),
    ):
        signed = replace(webhook, headers={"authorization": given_})
        if fine:
            tiktok_shop.verify(signed, ["secret"], RECEIVED)
        else:
            with pytest.raises(BadSignature):
                tiktok_shop.verify(signed, ["secret"], RECEIVED)


def test_a_shop_that_was_connected_without_its_app_key_is_told_so():
    signed = tiktok_shop.sign(request("ORDER_STATUS_CHANGE"), "secret", RECEIVED)
    with pytest.raises(BadSignature, match="--with app_key="):
        tiktok_shop.verify(replace(signed, setup={}), ["secret"], RECEIVED)


def test_an_old_signed_body_is_good_for_ever_and_is_one_delivery():
    signed = tiktok_shop.sign(request("ORDER_STATUS_CHANGE"), "secret", RECEIVED)
    tiktok_shop.verify(signed, ["secret"], LATER + timedelta(days=3000))
    assert tiktok_shop.translate(signed, RECEIVED).id == tiktok_shop.translate(signed, LATER).id


def test_the_answer_is_empty():
    assert (tiktok_shop.ANSWER.status, tiktok_shop.ANSWER.body) == (200, b"")


VECTOR = {
    "secret": "e59af819cc", "path": "/event/202309/webhooks",
    "query": {"app_key": "68xu9ks5p4i8", "shop_cipher": "ROW_xkMbgAAAeVAQra0eZWebFQq5aIK", "timestamp": "1696909648"},
    "body": b'{"address":"https://partner.tiktokshop.com","event_type":"PACKAGE_UPDATE"}',
    "signature": "cd0d6268252f4ba293bf7ea4c0a2873bf9beec600d22530638564ab301435f7a",
}  # fmt: skip


@pytest.mark.parametrize("sign", [calls_module.signature, server.signature], ids=["ours", "the server's"])
def test_requests_are_signed_as_in_the_computed_example(sign: Any):
    given_ = VECTOR["query"] | {"sign": "not part of it", "access_token": "not either"}
    assert sign(VECTOR["secret"], VECTOR["path"], given_, VECTOR["body"]) == VECTOR["signature"]


# deliveries


def test_the_time_it_was_sent_does_not_make_another_delivery():
    assert told(envelope={"timestamp": 1780000000}).id == told(envelope={"timestamp": 1780000120}).id


def test_older_payloads_are_known_by_shop_thing_status_and_time():
    base = told("RETURN_STATUS_CHANGE__no_notification_id")
    assert base.id == f"RETURN_STATUS_CHANGE:7494049642642441621:{RETURN}:AWAITING_BUYER_SHIP:1778230800"
    assert told("RETURN_STATUS_CHANGE__no_notification_id", {"timestamp": 1780000000}).id == base.id
    others = [
        told("RETURN_STATUS_CHANGE__no_notification_id", return_status="BUYER_SHIPPED_ITEM").id,
        told("RETURN_STATUS_CHANGE__no_notification_id", update_time=1778230801).id,
        told("RETURN_STATUS_CHANGE__no_notification_id", return_id="4035318504086604002").id,
        told("RETURN_STATUS_CHANGE__no_notification_id", {"shop_id": "7"}).id,
    ]
    assert len({base.id, *others}) == 5
    empty = {"tts_notification_id": None}
    cancelled = told("CANCELLATION_STATUS_CHANGE", empty)
    assert cancelled.id.endswith(":4035318504086605002:CANCELLATION_REQUEST_PENDING:1780196400")
    assert told("SELLER_DEAUTHORIZATION", empty).id.startswith("SELLER_DEAUTHORIZATION:sha256-")


def test_one_notification_id_under_two_topics_loses_nothing():
    """TikTok's own examples use one id for three topics."""
    same = {"tts_notification_id": "7327112393057371910"}
    assert told("RETURN_STATUS_CHANGE", same).id != told("CANCELLATION_STATUS_CHANGE", same).id


def test_the_body_says_which_shop_it_is_about():
    assert told().seller == "7494049642642441621"
    assert told(envelope={"shop_id": 7494726673780148744}).seller == "7494726673780148744"
    assert fixtures.one("tiktok_shop", "TYPE_64").translated().seller == "7494049642642441621"


@pytest.mark.parametrize("name, field", [
    ("RETURN_STATUS_CHANGE", "return_id"), ("ORDER_STATUS_CHANGE", "order_id"), ("CANCELLATION_STATUS_CHANGE", "cancel_id"),
    ("CANCELLATION_STATUS_CHANGE", "order_id"), ("NEW_MESSAGE", "message_id"), ("PACKAGE_UPDATE", "package_list"),
])  # fmt: skip
def test_the_number_alone_decides_nothing(name: str, field: str):
    with pytest.raises(BadPayload, match=field):
        told(name, **{field: None})


def test_a_body_that_names_no_type_is_refused():
    with pytest.raises(BadPayload, match=r"body\.type"):
        told(envelope={"type": None})


@pytest.mark.parametrize("status, type_", [
    ("UNPAID", EventType.ORDER_PLACED), ("ON_HOLD", EventType.ORDER_PLACED), ("AWAITING_SHIPMENT", EventType.ORDER_PAID),
    ("AWAITING_COLLECTION", EventType.SHIPMENT_MOVED), ("IN_TRANSIT", EventType.SHIPMENT_DISPATCHED),
    ("DELIVERED", EventType.SHIPMENT_DELIVERED), ("COMPLETED", EventType.ORDER_CHANGED), ("CANCEL", EventType.ORDER_CANCELLED),
    ("CANCELLED", EventType.ORDER_CANCELLED), ("NEW_WORD", EventType.ORDER_CHANGED), (None, EventType.ORDER_CHANGED),
])  # fmt: skip
def test_an_order_is_told_by_its_status(status: str | None, type_: EventType):
    (event,) = told("ORDER_STATUS_CHANGE__in_transit", order_status=status).events
    assert (event.type, event.native.get("status")) == (type_, status)
    assert (event.facts[0].cancelled_at is not None) == (type_ is EventType.ORDER_CANCELLED)
    assert [(want.what, want.id) for want in event.wants] == [("order", ORDER)]
    assert event.facts[0].paid_at is None  # cash on delivery is AWAITING_SHIPMENT too


def test_a_package_of_several_orders_is_none_of_theirs_alone():
    found = fixtures.one("tiktok_shop", "PACKAGE_UPDATE__two_orders").translated()
    assert found.subject == "package:1152921504606850009" and found.events[0].links == ()
    assert [want.id for want in found.events[0].wants] == [ORDER, "576461413038785002"]
    odd = told("PACKAGE_UPDATE", package_list=[{"package_id": "1", "order_id_list": ["../x", 7, None, "", ORDER, ORDER]}])
    assert [want.id for want in odd.events[0].wants] == [ORDER]


# returns

SPELLINGS = {
    "REQUEST_REJECTED": RequestAxis.DECLINED, "REFUND_OR_RETURN_REQUEST_REJECT": RequestAxis.DECLINED,
    "RETURN_OR_REFUND_REQUEST_REJECT": RequestAxis.DECLINED, "REPLACEMENT_REQUEST_REJECT": RequestAxis.DECLINED,
    "RETURN_OR_REFUND_REQUEST_CANCEL": RequestAxis.WITHDRAWN, "RETURN_OR_REFUND_CANCEL": RequestAxis.WITHDRAWN,
    "RETURN_OR_REFUND__REQUEST_CANCELLED": RequestAxis.WITHDRAWN, "REPLACEMENT_REQUEST_CANCEL": RequestAxis.WITHDRAWN,
    "RETURN_OR_REFUND_REQUEST_SUCCESS": RequestAxis.APPROVED, "REQUEST_SUCCESS": RequestAxis.APPROVED,
    "REPLACEMENT_REQUEST_REFUND_SUCCESS": RequestAxis.APPROVED, "REJECT_RECEIVE_PACKAGE": RequestAxis.APPROVED,
    "RECEIVE_REJECTED": RequestAxis.APPROVED, "RETURN_OR_REFUND_REQUEST_PENDING": RequestAxis.REQUESTED,
    "REPLACEMENT_REQUEST_PENDING": RequestAxis.REQUESTED, "AWAITING_BUYER_RESPONSE": RequestAxis.NEEDS_REVIEW,
    "AWAITING_BUYER_SHIP": RequestAxis.APPROVED, "BUYER_SHIPPED_ITEM": RequestAxis.APPROVED,
    "RETURN_OR_REFUND_REQUEST_COMPLETE": RequestAxis.APPROVED, "REPLACEMENT_REQUEST_COMPLETE": RequestAxis.APPROVED,
    "A_NEW_WORD": None,
}  # fmt: skip


@pytest.mark.parametrize("status, axis", SPELLINGS.items())
def test_both_spellings_of_a_status_mean_the_same(status: str, axis: RequestAxis | None):
    fact = told(return_status=status).events[0].facts[0]
    assert (fact.request, fact.native_status) == (axis, status)


def test_twins_differ_in_their_spelling_alone():
    for one, other in (
        ("REQUEST_REJECTED", "REFUND_OR_RETURN_REQUEST_REJECT"), ("RECEIVE_REJECTED", "REJECT_RECEIVE_PACKAGE"),
        ("REQUEST_SUCCESS", "RETURN_OR_REFUND_REQUEST_SUCCESS"), ("RETURN_OR_REFUND_CANCEL", "RETURN_OR_REFUND_REQUEST_CANCEL"),
    ):  # fmt: skip
        left, right = (told(return_status=word).events[0] for word in (one, other))
        assert left.type is right.type
        assert replace(left.facts[0], native_status=None) == replace(right.facts[0], native_status=None)


@pytest.mark.parametrize("kind, status, goods, type_", [
    ("RETURN_AND_REFUND", "AWAITING_BUYER_SHIP", GoodsAxis.AWAITING, EventType.RETURN_APPROVED),
    ("RETURN_AND_REFUND", "RETURN_OR_REFUND_REQUEST_SUCCESS", GoodsAxis.RECEIVED, EventType.RETURN_INSPECTED),
    ("REFUND", "RETURN_OR_REFUND_REQUEST_SUCCESS", GoodsAxis.NONE_EXPECTED, EventType.RETURN_APPROVED),
    ("REPLACEMENT", "REPLACEMENT_REQUEST_REFUND_SUCCESS", None, EventType.RETURN_APPROVED),
    (None, "RETURN_OR_REFUND_REQUEST_SUCCESS", None, EventType.RETURN_APPROVED),
])  # fmt: skip
def test_goods_have_come_back_only_where_they_were_to(kind: str | None, status: str, goods: GoodsAxis | None, type_: EventType):
    event = told(return_type=kind, return_status=status).events[0]
    assert (event.facts[0].goods, event.type) == (goods, type_)
    assert event.facts[0].money is MoneyAxis.PENDING or status == "AWAITING_BUYER_SHIP"


def test_money_went_only_when_a_return_is_complete_and_not_replaced():
    done = told(return_status="RETURN_OR_REFUND_REQUEST_COMPLETE")
    assert [event.type for event in done.events] == [EventType.RETURN_CLOSED, EventType.REFUND_ISSUED]
    assert done.events[1].facts[0].confirmed is True and done.events[1].facts[0].return_id == RETURN
    for change in (
        {"return_status": "RETURN_OR_REFUND_REQUEST_SUCCESS"},
        {"return_status": "REPLACEMENT_REQUEST_COMPLETE", "return_type": "REPLACEMENT"},
        {"return_status": "RETURN_OR_REFUND_REQUEST_COMPLETE", "return_type": "REPLACEMENT"},
    ):
        (event,) = told(**change).events
        assert event.facts[0].money is not MoneyAxis.DONE


def row(**changes: Any) -> tuple[Any, ...]:
    """A return as the search tells it, with changes."""
    asked = Asked("tiktok_shop")
    kept = asked.server.worlds["tiktok_shop"]
    kept.put("returns", RETURN, {**kept.get("returns", RETURN), **changes})
    (found,) = asked.read(Read("return", {"id": RETURN})).found
    return found.translated.events


def test_the_sellers_deadline_is_the_earliest_that_is_sent():
    fact = row(return_status="BUYER_SHIPPED_ITEM", seller_next_action_response=[
        {"action": "SELLER_RESPOND_RECEIVE_PACKAGE", "deadline": 1780315200},
        {"action": "SELLER_DO_SOMETHING_NEW", "deadline": 1780311600},
        {"action": "NO_DEADLINE", "deadline": 0},
    ])[0].facts[0]  # fmt: skip
    assert (fact.due.actor, fact.due.action) == ("seller", "SELLER_DO_SOMETHING_NEW")
    assert fact.due.at == datetime(2026, 6, 1, 11, tzinfo=UTC) and "approves" in fact.due.on_timeout
    fact = row(return_status="BUYER_SHIPPED_ITEM", seller_next_action_response=[
        {"action": "SELLER_RESPOND_RECEIVE_PACKAGE", "deadline": "1780315200"}])[0].facts[0]  # fmt: skip
    assert fact.due.action == "inspect the parcel that came back"


def test_a_replacement_waits_for_the_seller_half_as_long():
    fact = fixtures.one("tiktok_shop", "RETURN_STATUS_CHANGE__replacement").translated().events[0].facts[0]
    assert fact.due.at - fact.requested_at == timedelta(hours=24)


@pytest.mark.parametrize("word, axis, type_", [
    ("IN_PROGRESS", DisputeAxis.PLATFORM_REVIEW, EventType.DISPUTE_OPENED),
    ("SUPPORT_BUYER", DisputeAxis.LOST, EventType.DISPUTE_CLOSED),
    ("SUPPORT_SELLER", DisputeAxis.WON, EventType.DISPUTE_CLOSED),
    ("CLOSED", DisputeAxis.NONE, EventType.DISPUTE_CLOSED),
])  # fmt: skip
def test_arbitration_is_the_returns_dispute(word: str, axis: DisputeAxis, type_: EventType):
    first, *_, last = row(arbitration_status=word)
    assert first.facts[0].dispute is axis and last.type is type_ and last.native["arbitration"] == word
    assert all(event.type not in (EventType.DISPUTE_OPENED, EventType.DISPUTE_CLOSED) for event in row(arbitration_status=""))


# messages


def test_a_message_may_hold_json_anything_or_nothing():
    for content in ('{"content":"call me"}', "call me", "{", '"call me"', "[1]", "", None, {"content": "call me"}, "9" * 5000,
                    '{"order_id":' * 5000, '{"order_id": 7}', '{"order_id": "../x"}'):  # fmt: skip
        found = told("NEW_MESSAGE", content=content)
        assert found.subject == "conversation:710688832392260838" and "call" not in str(found.events)
    assert told("NEW_MESSAGE", content=json.dumps({"order_id": ORDER})).subject == f"order:{ORDER}"


@pytest.mark.parametrize("role, by", [("BUYER", "buyer"), ("SHOP", "seller"), ("CUSTOMER_SERVICE", "seller"),
                                      ("SYSTEM", "platform"), ("ROBOT", "platform"), ("NEW", None), (None, None)])  # fmt: skip
def test_who_wrote_a_message(role: str | None, by: str | None):
    found = told("NEW_MESSAGE", sender={"im_user_id": "707885565181165594", "role": role})
    assert found.events[0].facts[0].by == by and found.buyer is None
    assert "707885565181165594" not in str(found)
