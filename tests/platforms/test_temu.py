"""What is particular to Temu."""

from __future__ import annotations

import base64
import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chalicelib import platforms
from chalicelib.model import log, state
from chalicelib.model.call import Answer, Busy, CallFailed, Denied, Read, Response
from chalicelib.model.errors import BadPayload, BadSignature, ConfigurationError, Ignored
from chalicelib.model.event import Delivery, Webhook
from chalicelib.model.words import EventType, GoodsAxis, MoneyAxis, Origin, Reason, RequestAxis, ShipmentStatus
from chalicelib.platforms import _reasons, temu
from chalicelib.platforms import _temu_calls as calls
from chalicelib.platforms import _temu_facts as facts
from chalicelib.platforms import _temu_words as words
from chalicelib.platforms._read import Reader
from chalicelib.rules import fold
from tests.platforms import fixtures
from tests.platforms.calls import NOW, Asked
from tests.platforms.fixtures import OLD, RECEIVED, SECRET

SHOP, ORDER = "temu/sample-shop", "PO-211-21905452099192792"
RETURN = f"{ORDER}-A01"


def recorded(name: str = "bg_order_status_change_event") -> Webhook:
    return fixtures.one("temu", name).webhook


def taken(webhook: Webhook, *secrets: str, now: datetime = RECEIVED) -> bytes:
    """The body as everything after verification sees it."""
    opened = temu.opened(webhook, secrets)
    temu.verify(opened, secrets, now)
    return opened.body


# Encryption and signature


def test_the_official_example_decrypts_to_its_text():
    for vector in json.loads((fixtures.FOLDER / "temu" / "vectors.json").read_text()):
        webhook = Webhook("temu", "s", vector["headers"], vector["body"].encode())
        now = datetime.fromtimestamp(vector["now"], UTC)
        assert taken(webhook, vector["secret"], now=now) == b'{"orderSn":"XXYYZZ","status":1}'
        made = temu.translate(temu.opened(webhook, [vector["secret"]]), RECEIVED)
        assert (made.events[0].type, made.events[0].native["topic"]) == (EventType.UNKNOWN, "bg_test_event")


def test_what_the_guides_own_code_signs_is_not_taken():
    """key=value joined by & in capital letters: the prose of the guide, which makes none of its examples."""
    import hashlib
    import hmac

    plain = '{"orderSn":"XXYYZZ","status":1}'
    webhook = temu.sign(replace(recorded(), body=plain.encode()), SECRET, RECEIVED)
    sent = webhook.headers["x-tm-timestamp"]
    prose = (f"eventData={plain}&x-tm-app-key=rehearsal-app&x-tm-event-code=bg_order_status_change_event"
             f"&x-tm-ext-param={{}}&x-tm-timestamp={sent}")  # fmt: skip
    forged = hmac.new(SECRET.encode(), prose.encode(), hashlib.sha256).hexdigest().upper()
    with pytest.raises(BadSignature):
        temu.opened(replace(webhook, headers={**webhook.headers, "x-tm-signature": forged}), [SECRET])


@pytest.mark.parametrize("text", ["", "a", "ä" * 15, '{"orderSn":"訂單"}', "x" * 4096])
def test_what_is_encrypted_is_decrypted(text: str):
    webhook = temu.sign(replace(recorded(), body=text.encode()), SECRET, RECEIVED)
    assert len(text) < 4 or text.encode() not in webhook.body
    assert taken(webhook, OLD, SECRET) == text.encode()


def test_without_an_ext_param_there_is_one_way_to_sign():
    bare = replace(recorded(), headers={k: v for k, v in recorded().headers.items() if k != "x-tm-ext-param"})
    assert taken(temu.sign(bare, SECRET, RECEIVED), SECRET) == bare.body


def refusals() -> dict[str, Webhook]:
    good = temu.sign(recorded(), SECRET, RECEIVED)
    sealed = base64.b64decode(json.loads(good.body)["eventData"])
    spoiled = base64.b64encode(sealed[:-1] + bytes([sealed[-1] ^ 1])).decode()
    first = base64.b64encode(bytes([sealed[0] ^ 1]) + sealed[1:]).decode()
    return {
        "padding": replace(good, body=json.dumps({"eventData": spoiled}).encode()),
        "text": replace(good, body=json.dumps({"eventData": first}).encode()),
        "signature": replace(good, headers={**good.headers, "x-tm-signature": "0" * 64}),
        "half a block": replace(good, body=json.dumps({"eventData": base64.b64encode(sealed[:-8]).decode()}).encode()),
        "nothing": replace(good, body=b'{"eventData":""}'),
        "no envelope": replace(good, body=b'{"orderSn":"1"}'),
        "no base64": replace(good, body=b'{"eventData":"!!!"}'),
        "no text": replace(good, body=b'{"eventData":7}'),
        "a bomb": replace(good, body=b'{"a":' * 100_000 + b"1" + b"}" * 100_000),
    }


def test_bad_padding_and_a_bad_signature_are_told_apart_by_nobody():
    said = set()
    for webhook in refusals().values():
        with pytest.raises(BadSignature) as caught:
            temu.opened(webhook, [SECRET])
        said.add(str(caught.value))
    assert len(said) == 1


@pytest.mark.parametrize("hours, fresh", [(0, True), (29, True), (-29, True), (31, False), (-31, False), (24 * 365, False)])
def test_a_retry_may_come_28_hours_late_and_no_later_than_30(hours: int, fresh: bool):
    webhook = temu.sign(recorded(), SECRET, RECEIVED)
    if fresh:
        assert taken(webhook, SECRET, now=RECEIVED + timedelta(hours=hours))
    else:
        with pytest.raises(BadSignature, match="30 hours"):
            taken(webhook, SECRET, now=RECEIVED + timedelta(hours=hours))


def test_the_test_button_is_answered_and_kept_nowhere():
    pressed = replace(recorded(), headers={**recorded().headers, "x-tm-event-code": "bg_open_event_test"}, body=b"{}")
    with pytest.raises(Ignored):
        taken(temu.sign(pressed, SECRET, RECEIVED), SECRET)
    with pytest.raises(BadSignature):
        taken(temu.sign(pressed, OLD, RECEIVED), SECRET)


@pytest.mark.parametrize("secret", ["", "short", "x" * 15])
def test_a_secret_too_short_to_be_one_neither_opens_nor_signs(secret: str):
    with pytest.raises(ValueError, match="key"):
        temu.sign(recorded(), secret, RECEIVED)
    with pytest.raises(BadSignature):
        temu.opened(temu.sign(recorded(), SECRET, RECEIVED), [secret])


def test_only_temu_opens_bodies_that_are_sealed():
    plain = fixtures.one("shopify", "orders/create").webhook
    assert platforms.opened(plain, ["any"]) == plain


# What is told


def told(name: str, **changes: Any):
    one = recorded(name)
    return temu.translate(replace(one, body=json.dumps(json.loads(one.body) | changes).encode()), RECEIVED)


def test_a_delivery_is_known_by_code_numbers_status_and_time():
    ids = {told("bg_order_status_change_event", **changes).id for changes in (
        {}, {"mallId": 1}, {"orderStatus": 4}, {"updateTime": 1777716001}, {"orderSn": "211-1"}, {"parentOrderSn": "PO-1"},
    )}  # fmt: skip
    assert len(ids) == 5


def test_news_whose_fields_have_other_names_is_kept_each_for_itself():
    one, other = (told("bg_aftersales_status_change__other_fields", someStatus=n) for n in (4, 5))
    assert one.id != other.id and one.subject == other.subject == "suborder:211-21905473070712792"


def test_a_part_that_was_cancelled_does_not_cancel_the_order():
    (event,) = told("bg_order_status_change_event__cancelled").events
    assert event.type is EventType.ORDER_CHANGED and [want.what for want in event.wants] == ["order"]


@pytest.mark.parametrize("status, type_", [(int(status), step.type) for status, step in words.STEPS.items()] + [
    (99, EventType.RETURN_CHANGED), (None, EventType.RETURN_CHANGED),
])  # fmt: skip
def test_a_return_is_typed_by_its_status(status: int | None, type_: EventType):
    (event,) = told("bg_aftersales_status_change", parentAfterSalesStatus=status).events
    assert event.type is type_
    assert [fact.confirmed for fact in event.facts if type(fact).__name__ == "RefundFact"] == ([True] if status == 5 else [])


def test_a_refund_without_a_return_expects_no_goods():
    for status in words.STEPS:
        one = Reader({"parentAfterSalesStatus": int(status), "afterSalesType": 1}, "body")
        assert facts.goods_return(one, "r", RECEIVED, None).goods is GoodsAxis.NONE_EXPECTED


def test_the_seller_of_every_event_is_the_mall():
    understood = [one for one in fixtures.recorded("temu") if one.topic in temu.TOPICS and "no_time" not in one.name]
    assert {one.translated().seller for one in understood} == {"1024"}


def test_every_reason_of_the_guide_is_on_file():
    known = _reasons.codes("temu")
    assert len(known.codes) == 57
    assert (known.of("54").label, known.of("55").label) == (Reason.SIZE_TOO_LARGE, Reason.SIZE_TOO_SMALL)
    assert known.of("27").flag == "fraud_suspected" and known.of("99999") is None


@pytest.mark.parametrize("amount, kept", [(145, 145), ("145", 145), ("-145", -145), (0, 0), (None, None), ("", None)])
def test_amounts_are_whole_cents(amount: Any, kept: int | None):
    found = facts.cents(Reader({"x": {"currency": "USD", "amount": amount}}, "body"), "x")
    assert (found.amount if found else None) == kept


@pytest.mark.parametrize("amount", ["1.45", 1.45, True, "a", "9" * 16, [], "--1", "١"])
def test_what_is_no_number_of_cents_is_refused_by_name(amount: Any):
    with pytest.raises(BadPayload, match=r"body\.x\.amount"):
        facts.cents(Reader({"x": {"currency": "USD", "amount": amount}}, "body"), "x")


# Calls


def test_the_published_request_is_signed_alike():
    params = {
        "access_token": "z0exampletoken" * 4, "app_key": "f00d" * 8,
        "data_type": "JSON", "sendType": "0", "timestamp": "1711009072", "type": "bg.logistics.shipment.confirm",
        "sendRequestList": '[{"orderSendInfoList":[{"quantity":1,"orderSn":"211-21905473070712792",'
        '"parentOrderSn":"PO-211-21905452099192792","goodsId":601099548666279,"skuId":17592352673534}],'
        '"carrierId":"699272611","trackingNumber":"270324232756"}]',
    }  # fmt: skip
    assert calls.signature("cafef00d" * 5, params) == "7286CF9573ACE90B570185BD97FEB438"
    as_objects = {**params, "timestamp": 1711009072, "sign": "left out"}
    assert calls.signature("cafef00d" * 5, as_objects) == "7286CF9573ACE90B570185BD97FEB438"
    assert calls.signature("s", {"a": [{"b": 1}], "c": True}) == calls.signature("s", {"a": '[{"b":1}]', "c": "true"})


@pytest.mark.parametrize("region, host", [("us", "us"), (" EU ", "eu"), ("global", "global")])
def test_each_region_has_its_own_host(region: str, host: str):
    account = Asked("temu", region=region).account
    assert temu.request(Read("order", {"id": ORDER}), account, NOW).url == f"https://openapi-b-{host}.temu.com/openapi/router"


@pytest.mark.parametrize("region", ["mars", "us.evil.example/", "../x"])
def test_no_other_region_is_called(region: str):
    with pytest.raises(ConfigurationError, match="region"):
        temu.request(Read("order", {"id": ORDER}), Asked("temu", region=region).account, NOW)


@pytest.mark.parametrize("code, message, expected, passing", [
    (7000018, "access_token is expired", Denied, None), (4000004, "request too frequently", Busy, None),
    (130010000, "system error", CallFailed, True), (130010001, "The parameter is illegal.", CallFailed, False),
    (3000032, "no permission to call this api", CallFailed, False), (None, None, CallFailed, False),
])  # fmt: skip
def test_errors_come_inside_a_200(code: int | None, message: str | None, expected: type[Exception], passing: bool | None):
    body = {"success": False, "errorCode": code, "errorMsg": message}
    with pytest.raises(expected) as caught:
        temu.answer(Read("order", {"id": ORDER}), Response(200, {}, json.dumps(body).encode()), Asked("temu").account, NOW)
    assert getattr(caught.value, "passing", None) is passing


def test_without_the_approval_orders_go_on_without_prices():
    asked = Asked("temu")
    asked.server.worlds["temu"].state["no_approval"] = True
    assert asked.read(Read("amount", {"id": ORDER})) == Answer()
    assert Asked("temu", price_approval="").read(Read("order", {"id": ORDER})).then == ()
    assert [one.what for one in Asked("temu").read(Read("order", {"id": ORDER})).then] == ["amount"]


def test_a_token_that_ran_out_is_told_and_a_clock_that_is_off_too():
    asked = Asked("temu")
    asked.server.worlds["temu"].state["expires"] = NOW - timedelta(seconds=1)
    with pytest.raises(Denied):
        asked.read(Read("order", {"id": ORDER}))
    asked = Asked("temu")
    late = asked.send(temu.request(Read("order", {"id": ORDER}), asked.account, NOW - timedelta(minutes=6)))
    with pytest.raises(CallFailed, match="timestamp"):
        temu.answer(Read("order", {"id": ORDER}), late, asked.account, NOW)


# One order, however it is told


def kept(*made: Any) -> list[Delivery]:
    events = [(one, log.load_events(log.dump_events(one.events))) for one in made if one.subject == f"order:{ORDER}"]
    return [Delivery(one.id, SHOP, one.subject, read, RECEIVED, Origin.PUSH) for one, read in events]


def pushed() -> list[Delivery]:
    names = ("__pending", "", "__shipped", "__delivered")
    orders = [fixtures.one("temu", f"bg_order_status_change_event{name}").translated() for name in names]
    back = [fixtures.one("temu", f"bg_aftersales_status_change{name}").translated() for name in ("", "__refunded")]
    return kept(*orders, *back)


def read() -> list[Delivery]:
    asked, about = Asked("temu"), {"since": "2026-05-01T00:00:00Z", "until": "2026-05-31T00:00:00Z"}
    reads = [Read("order", {"id": ORDER}), Read("amount", {"id": ORDER, "at": "2026-05-08T10:00:00Z"}),
             Read("return", {"id": f"{RETURN}:{ORDER}"}), Read("orders", about)]  # fmt: skip
    found = [one.translated for one in asked.read(Read("returns", about)).found if RETURN in one.translated.id]
    return kept(*(one.translated for what in reads for one in asked.read(what).found), found[0])


@settings(max_examples=30, deadline=None)
@given(st.data())
def test_pushed_read_and_listed_in_any_order_is_one_state(data: st.DataObject):
    every = [*pushed(), *read()]
    whole = state.dump(fold.fold(SHOP, f"order:{ORDER}", every))
    assert state.dump(fold.fold(SHOP, f"order:{ORDER}", data.draw(st.permutations([*every, *every])))) == whole


def test_where_push_and_list_and_detail_overlap_they_agree():
    def of(deliveries: list[Delivery], kind: str) -> dict[str, Any]:
        return {
            name: value
            for delivery in deliveries for event in delivery.events for fact in event.facts
            if type(fact).__name__ == kind and fact.at == datetime(2026, 5, 20, 10, tzinfo=UTC)
            for name in fact.__slots__ if (value := getattr(fact, name)) is not None
        }  # fmt: skip

    for kind in ("ReturnFact", "RefundFact"):
        push, both = of(pushed(), kind), of(read(), kind)
        assert push.items() <= both.items()


def test_the_whole_story_of_an_order():
    found = fold.fold(SHOP, f"order:{ORDER}", [*pushed(), *read()])
    goods, line = found.of("return")[RETURN], found.of("return_line")[f"{RETURN}-1"]
    assert (goods.request, goods.money, line.reason_stated) == (RequestAxis.APPROVED, MoneyAxis.DONE, Reason.SIZE_TOO_SMALL)
    parcel = found.of("shipment")["211-21905473070712792"]
    assert (parcel.status, parcel.delivered_at) == (ShipmentStatus.DELIVERED, datetime(2026, 5, 8, 10, tzinfo=UTC))
    assert (found.order.total.amount, str(found.of("line")["211-21905473070712792"].unit_price)) == (1062, "1.45")
    assert found.problems == ()
