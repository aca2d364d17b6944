"""What is particular to AliExpress."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qs

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chalicelib.model import log, state
from chalicelib.model.call import Busy, CallFailed, Denied, Read, Response
from chalicelib.model.errors import BadPayload, BadSignature
from chalicelib.model.event import Delivery
from chalicelib.model.person import Person
from chalicelib.model.words import DisputeAxis, EventType, Origin, ShipmentStatus
from chalicelib.platforms import _aliexpress_calls as calls_module
from chalicelib.platforms import _aliexpress_facts as facts
from chalicelib.platforms import aliexpress
from chalicelib.platforms._read import Reader
from chalicelib.rules import fold
from infra.marketplaces import aliexpress as server
from tests.platforms import fixtures
from tests.platforms.calls import NOW, Asked
from tests.platforms.fixtures import LATER, RECEIVED, SECRET

SENT, PAID, DISPUTED, CONFIRMED, CANCELLED = (f"820194857291048{n}" for n in (2, 4, 5, 6, 7))


# notifications


def test_notifications_are_switched_off_until_somebody_wants_them():
    signed = fixtures.one("aliexpress", "53 order").signed()
    aliexpress.verify(signed, [SECRET], RECEIVED)
    for push in ("", "off", "On", "yes"):
        setup = {**signed.setup, "push": push}
        with pytest.raises(BadSignature, match=r"switched off.* --with push=on"):
            aliexpress.verify(replace(signed, setup=setup), [SECRET], RECEIVED)
    with pytest.raises(BadSignature, match="switched off"):
        aliexpress.verify(replace(signed, setup={"app_key": "500001"}), [SECRET], RECEIVED)


def test_a_notification_names_an_order_to_be_read_and_no_time():
    found = fixtures.one("aliexpress", "53 order").translated()
    assert (found.subject, found.seller) == (f"order:{SENT}", "200042360")
    assert [(want.what, want.id) for want in found.events[0].wants] == [("order", SENT)]
    assert found.events[0].facts[0].at is None
    assert fixtures.one("aliexpress", "53 order").translated(LATER).id == found.id


@pytest.mark.parametrize("body, where", [("{}", "message_type"), ('{"message_type":53}', "trade_order_id")])
def test_what_a_notification_lacks_is_named(body: str, where: str):
    webhook = fixtures.one("aliexpress", "53 order").webhook
    with pytest.raises(BadPayload, match=where):
        aliexpress.translate(replace(webhook, body=body.encode()), RECEIVED)


# times


@pytest.mark.parametrize("said, utc", [
    ("2026-01-15 07:00:00", "2026-01-15T15:00:00"),  # winter: eight hours
    ("2026-07-15 07:00:00", "2026-07-15T14:00:00"),  # summer: seven
    ("2026-03-08 01:59:59", "2026-03-08T09:59:59"), ("2026-03-08 03:00:00", "2026-03-08T10:00:00"),  # the hour that is none
    ("2026-11-01 00:59:59", "2026-11-01T07:59:59"), ("2026-11-01 01:30:00", "2026-11-01T08:30:00"),  # the first of the two
    ("2026-11-01 02:00:00", "2026-11-01T10:00:00"), ("2026-05-09 08:00", "2026-05-09T15:00:00"),
    ("2026-05-09T08:00:00+00:00", "2026-05-09T08:00:00"),
])  # fmt: skip
def test_times_are_us_pacific(said: str, utc: str):
    assert facts.time(Reader({"gmt_create": said}, "x"), "gmt_create") == datetime.fromisoformat(f"{utc}+00:00")


@pytest.mark.parametrize("said", ["yesterday", "0001-01-01 00:00:00", "9999-12-31 23:59:59", "1969-12-31 23:00:00", 7, []])
def test_what_is_no_time_is_refused(said: Any):
    with pytest.raises(BadPayload, match=r"x\.gmt_create"):
        facts.time(Reader({"gmt_create": said}, "x"), "gmt_create")


def asked_span(since: str, until: str) -> tuple[str, str]:
    """What a list asks AliExpress for."""
    account = replace(Asked("aliexpress").account, access="a")
    made = aliexpress.request(Read("orders", {"since": since, "until": until}), account, NOW)
    query = json.loads(parse_qs(made.body.decode())["param0"][0])
    return query["modified_date_start"], query["modified_date_end"]


def test_a_span_is_asked_for_on_their_clocks_and_is_an_hour_at_least():
    assert asked_span("2026-05-04T00:00:00Z", "2026-05-11T00:00:00Z") == ("2026-05-03 17:00:00", "2026-05-10 17:00:00")
    # In the night of 1 November 08:50 UTC is 01:50 and 09:10 UTC is 01:10: the span would end before it begins.
    assert asked_span("2026-11-01T08:50:00Z", "2026-11-01T09:10:00Z") == ("2026-11-01 00:10:00", "2026-11-01 01:10:00")
    assert asked_span("2026-05-04T00:00:00Z", "2026-05-04T00:10:00Z") == ("2026-05-03 16:10:00", "2026-05-03 17:10:00")


def test_lists_overlap_by_an_hour_at_least():
    assert aliexpress.READS["orders"].again >= timedelta(hours=1)


# signing


@pytest.mark.parametrize("sign", [calls_module.signature, server.signature], ids=["ours", "the server's"])
def test_requests_are_signed_as_in_the_computed_example_of_the_family(sign: Any):
    """Lazada's example: the same recipe, and for /sync no path before the parameters."""
    said = {"access_token": "test_access_token", "app_key": "123456", "order_id": "260422900198363", "sign_method": "sha256",
            "timestamp": "1603766859530"}  # fmt: skip
    expected = "35F897E0196FA99F0868C02A21D99F4B46A513D46D8D9C3F9582D14AFFCB01AB"
    assert sign("3412gyo124goi3124", "/order/get", {**said, "sign": "not part of it"}) == expected
    assert sign("3412gyo124goi3124", "", said) != expected


def test_no_token_stands_in_an_address():
    asked = Asked("aliexpress")
    account = asked.with_token("shop")
    reads = (Read("order", {"id": SENT}), Read("orders", {"since": "2026-05-04T00:00:00Z", "until": "2026-05-05T00:00:00Z"}))
    made = [aliexpress.request(read, account, NOW) for read in reads]
    made.append(aliexpress.renewal("shop", replace(account, refresh="50001-x"), NOW))
    assert [one.url.rpartition(".com")[2] for one in made] == ["/sync", "/sync", "/rest/auth/token/refresh"]
    for one in made:
        assert account.access not in repr(one) and "50001-x" not in repr(one) and account.secret not in one.body.decode()


def test_the_methods_can_be_replaced():
    account = Asked("aliexpress", order_method="aliexpress.trade.new.redefining.findorderbyid").account
    made = aliexpress.request(Read("order", {"id": SENT}), account, NOW)
    assert parse_qs(made.body.decode())["method"] == ["aliexpress.trade.new.redefining.findorderbyid"]


# answers


def answered(body: Any) -> Response:
    return Response(200, {}, json.dumps(body).encode())


@pytest.mark.parametrize("body, kind, passing", [
    ({"error_response": {"code": 27, "msg": "Invalid session", "sub_code": "invalid-sessionkey"}}, Denied, None),
    ({"type": "ISV", "code": "IllegalAccessToken", "message": "expired"}, Denied, None),
    ({"error_response": {"code": 7, "msg": "App Call Limited"}}, Busy, None),
    ({"type": "ISP", "code": "ApiCallLimit", "message": "ban will last 1 seconds"}, Busy, None),
    ({"error_response": {"code": 15, "msg": "Remote error", "sub_code": "isp.remote-service-timeout"}}, CallFailed, True),
    ({"error_response": {"code": 15, "msg": "Remote error", "sub_code": "isv.no-order"}}, CallFailed, False),
    ({"type": "ISV", "code": "IncompleteSignature", "message": "no"}, CallFailed, False),
    ({"aliexpress_solution_order_info_get_response": {"result": {"success": False, "error_code": "F00"}}}, CallFailed, False),
])  # fmt: skip
def test_errors_inside_a_good_answer(body: Any, kind: type[Exception], passing: bool | None):
    with pytest.raises(kind) as caught:
        aliexpress.answer(Read("order", {"id": SENT}), answered(body), Asked("aliexpress").account, NOW)
    assert getattr(caught.value, "passing", None) == passing


@pytest.mark.parametrize("said, ends", [
    ({"expires_in": 86400, "expire_time": 1}, NOW + timedelta(days=1)), ({"expires_in": "86400"}, NOW + timedelta(days=1)),
    ({"expire_time": 1780401600000}, datetime(2026, 6, 2, 12, tzinfo=UTC)),
    ({"expire_time": 1780401600}, datetime(2026, 6, 2, 12, tzinfo=UTC)), ({}, NOW), ({"expires_in": -5}, NOW),
])  # fmt: skip
def test_the_life_of_a_token(said: dict[str, Any], ends: datetime):
    body = {"code": "0", "access_token": "a", "refresh_token": "r"} | said
    token = aliexpress.renewed("shop", answered(body), Asked("aliexpress").account, NOW)
    assert (token.access, token.refresh, token.expires_at) == ("a", "r", ends)


def test_a_refresh_token_that_is_no_good_asks_for_the_seller():
    account = Asked("aliexpress").account
    with pytest.raises(Denied):
        aliexpress.renewed("shop", answered({"code": "IllegalRefreshToken", "message": "m"}), account, NOW)
    with pytest.raises(BadPayload, match="access_token"):
        aliexpress.renewed("shop", answered({"code": "0"}), account, NOW)


def everything(asked: Asked) -> list[Any]:
    """All orders that the list leads to, and their details."""
    waiting, found = [Read("orders", {"since": "2026-05-01T00:00:00Z", "until": "2026-05-20T00:00:00Z"})], []
    while waiting:
        answer = asked.read(waiting.pop(0))
        found += answer.found
        waiting += answer.then
    return found


def test_the_list_tells_of_every_order_and_leads_to_those_that_were_paid():
    ids = [one.translated.id.rsplit(":", 3)[0:2] for one in everything(Asked("aliexpress"))]
    assert sorted(id_ for topic, id_ in ids if topic == "order_row") == [f"820194857291048{n}" for n in range(2, 8)]
    assert sorted(id_ for topic, id_ in ids if topic == "order") == [SENT, PAID, DISPUTED, CONFIRMED]


def test_an_order_is_known_by_id_status_and_change_alone():
    asked = Asked("aliexpress")
    world = asked.server.worlds["aliexpress"]
    read = Read("orders", {"since": "2026-05-05T16:00:00Z", "until": "2026-05-05T18:00:00Z"})
    (before,) = asked.read(read).found
    order = world.get("orders", "8201948572910483")
    world.put("orders", "8201948572910483", {**order, "timeout_left_time": 5, "left_send_good_min": "3"})
    (counted,) = asked.read(read).found
    world.put("orders", "8201948572910483", {**order, "order_status": "IN_CANCEL"})
    (changed,) = asked.read(read).found
    assert before.translated.id == counted.translated.id != changed.translated.id
    assert before.translated.events == counted.translated.events


def told(kind: str, id_: str, **changes: Any) -> tuple[Any, ...]:
    """A kept order, changed, as its answer tells it."""
    one = Asked("aliexpress").server.worlds["aliexpress"].get(kind, id_)
    return facts.order(Reader({**one, **changes}, "x"), "order", 1, NOW)


@pytest.mark.parametrize("changes, type_", [
    ({"order_status": "PLACE_ORDER_SUCCESS"}, EventType.ORDER_PLACED),
    ({"order_status": "WAIT_SELLER_SEND_GOODS"}, EventType.ORDER_PAID),
    ({"order_status": "WAIT_SELLER_SEND_GOODS", "fund_status": "WAIT_SELLER_CHECK"}, EventType.ORDER_CHANGED),
    ({"order_status": "WAIT_SELLER_SEND_GOODS", "fund_status": None}, EventType.ORDER_CHANGED),
    ({"order_status": "SELLER_PART_SEND_GOODS"}, EventType.SHIPMENT_DISPATCHED),
    ({"order_status": "WAIT_BUYER_ACCEPT_GOODS"}, EventType.SHIPMENT_DISPATCHED),
    ({"order_status": "IN_CANCEL"}, EventType.ORDER_CHANGED), ({"order_status": "FUND_PROCESSING"}, EventType.ORDER_CHANGED),
    ({"order_status": "FINISH", "logistics_status": "BUYER_ACCEPT_GOODS"}, EventType.SHIPMENT_DELIVERED),
    ({"order_status": "FINISH", "end_reason": "seller_cancel_order"}, EventType.ORDER_CANCELLED),
    ({"order_status": "FINISH", "fund_status": "NOT_PAY"}, EventType.ORDER_CANCELLED),
    ({"order_status": "FINISH"}, EventType.ORDER_CHANGED), ({"order_status": "A_NEW_WORD"}, EventType.ORDER_CHANGED),
    ({"order_status": None}, EventType.ORDER_CHANGED),
])  # fmt: skip
def test_an_order_is_told_by_its_status(changes: dict[str, Any], type_: EventType):
    event = told("orders", SENT, **changes)[0]
    assert event.type is type_
    assert (event.facts[0].cancelled_at is not None) == (type_ is EventType.ORDER_CANCELLED)


@pytest.mark.parametrize("word, axis, type_", [
    ("IN_ISSUE", DisputeAxis.OPEN, EventType.DISPUTE_OPENED), ("END_ISSUE", DisputeAxis.NONE, EventType.DISPUTE_CLOSED),
    ("ARBITRATING", DisputeAxis.PLATFORM_REVIEW, EventType.DISPUTE_OPENED), ("NEW", None, EventType.DISPUTE_OPENED),
])  # fmt: skip
def test_a_dispute_goes_by_its_orders_number(word: str, axis: DisputeAxis | None, type_: EventType):
    _, dispute = told("orders", SENT, issue_status=word)
    assert (dispute.type, dispute.facts[0].id, dispute.facts[0].status) == (type_, SENT, axis)
    assert len(told("orders", SENT, issue_status="NO_ISSUE")) == len(told("orders", SENT, issue_status=None)) == 1


def test_lists_may_stand_bare():
    kept = Asked("aliexpress").server.worlds["aliexpress"].get("orders", SENT)
    bare = kept["product_list"]["order_product_dto"]
    assert told("orders", SENT, product_list=bare) == told("orders", SENT)
    assert len(told("orders", SENT, product_list={"unnamed": 7})[0].facts) == 1


# the same, whichever way it came


def delivered(found: Any) -> Delivery:
    events = tuple(replace(event, buyer=found.translated.buyer) for event in found.translated.events)
    kept = log.load_events(log.dump_events(events))
    return Delivery(found.translated.id, "aliexpress/sample-shop", found.translated.subject, kept, RECEIVED, Origin.FETCH)


def life(order: str) -> list[Delivery]:
    return [delivered(one) for one in everything(Asked("aliexpress")) if one.translated.subject == f"order:{order}"]


@settings(max_examples=30, deadline=None)
@given(st.data())
@pytest.mark.parametrize("order", [SENT, CONFIRMED])
def test_in_any_order_and_any_number_of_times(order: str, data: st.DataObject):
    told_ = life(order)
    more = data.draw(st.lists(st.sampled_from(told_), max_size=4))
    whole = [state.dump(fold.fold("aliexpress/sample-shop", f"order:{order}", some))
             for some in (told_, data.draw(st.permutations(told_ + more)))]  # fmt: skip
    assert whole[0] == whole[1]


@pytest.mark.parametrize("order", [SENT, PAID, DISPUTED, CONFIRMED])
def test_a_row_tells_nothing_that_the_order_itself_denies(order: str):
    row, detail = (told(kind, order) for kind in ("orders", "details"))
    whole = {(type(fact), fact.id): fact for event in detail for fact in event.facts}
    for fact in (fact for event in row for fact in event.facts):
        for name in fact.__slots__:
            assert getattr(fact, name) in (None, getattr(whole[type(fact), fact.id], name)), (fact, name)


def test_a_parcel_that_the_buyer_confirmed_has_arrived_nobody_knows_when():
    parcel = next(fact for fact in told("details", CONFIRMED)[0].facts if hasattr(fact, "tracking"))
    assert (parcel.status, parcel.delivered_at, parcel.tracking) == (ShipmentStatus.DELIVERED, None, "LP00000000000004")


# people


def test_the_buyer_is_a_login_name_and_masks_are_nothing():
    asked = Asked("aliexpress")
    (found,) = asked.read(Read("order", {"id": SENT})).found
    assert found.translated.buyer == "aliexpress:login:sample0482"
    assert aliexpress.person(found.raw) == (Person(country="ES", city="Sampleton"), datetime(2026, 5, 1, 14, tzinfo=UTC))
    kept = asked.server.worlds["aliexpress"].get("details", SENT)
    kept |= {"buyer_signer_fullname": "Sample Buyer", "buyerloginid": "s***", "buyer_info": None, "receipt_address": None}
    assert aliexpress.person(json.dumps(kept).encode())[0] == Person(name="Sample Buyer", full_name="Sample Buyer")
    asked.server.worlds["aliexpress"].put("details", SENT, kept)
    assert asked.read(Read("order", {"id": SENT})).found[0].translated.buyer is None
    assert aliexpress.person(fixtures.one("aliexpress", "53 order").webhook.body) is None
