"""TikTok Shop's API: calls, errors, tokens; the same thing told in several ways; who the buyer is."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chalicelib.model import log, state
from chalicelib.model.call import Busy, CallFailed, Denied, Read, Response
from chalicelib.model.errors import BadPayload
from chalicelib.model.event import Delivery, Translated
from chalicelib.model.facts import ReturnFact
from chalicelib.model.person import Person
from chalicelib.model.words import GoodsAxis, MoneyAxis, Origin, RequestAxis
from chalicelib.platforms import tiktok_shop
from chalicelib.rules import cases, fold
from infra.marketplaces import tiktok_shop as server
from infra.marketplaces.world import Call
from tests.platforms import fixtures
from tests.platforms.calls import NOW, Asked
from tests.platforms.fixtures import RECEIVED
from tests.platforms.test_tiktok_shop import ORDER, RETURN, request, told


def test_the_apps_secret_and_tokens_stand_in_no_address_but_the_renewals():
    asked = Asked("tiktok_shop")
    account = asked.with_token("shop")
    for what in tiktok_shop.READS:
        about = {"id": RETURN} if not tiktok_shop.READS[what].listing else {"since": "2026-05-01T00:00:00Z",
                                                                            "until": "2026-05-02T00:00:00Z"}  # fmt: skip
        made = tiktok_shop.request(Read(what, about), account, NOW)
        assert account.secret not in made.url and account.access not in made.url
        assert made.headers["x-tts-access-token"] == account.access and account.access not in repr(made)
    renewal = tiktok_shop.renewal("shop", replace(account, refresh="ROW_x"), NOW)
    assert parse_qs(urlsplit(renewal.url).query)["app_secret"] == [account.secret]
    assert urlsplit(renewal.url).hostname == "auth.tiktok-shops.com" and renewal.method == "GET"


def answered(code: int, **more: Any) -> Response:
    return Response(200, {}, json.dumps({"code": code, "message": "m", "data": {}} | more).encode())


@pytest.mark.parametrize("code, kind, passing", [
    (105002, Denied, None), (105001, Denied, None), (106001, CallFailed, False), (36009004, CallFailed, True),
    (36009003, CallFailed, True), (25001001, CallFailed, False),
])  # fmt: skip
def test_errors_inside_a_good_answer(code: int, kind: type[Exception], passing: bool | None):
    account = Asked("tiktok_shop").account
    with pytest.raises(kind) as caught:
        tiktok_shop.answer(Read("order", {"id": ORDER}), answered(code), account, NOW)
    assert getattr(caught.value, "passing", None) == passing


def test_only_429_is_a_limit():
    account = Asked("tiktok_shop").account
    for status, kind in ((429, Busy), (503, CallFailed)):
        with pytest.raises(kind):
            tiktok_shop.answer(Read("order", {"id": ORDER}), Response(status, {}, b"{}"), account, NOW)


@pytest.mark.parametrize("said, ends", [
    (1780920000, datetime(2026, 6, 8, 12, tzinfo=UTC)),  # seconds since 1970
    (604800, NOW + timedelta(days=7)),  # a duration
    (0, NOW), (None, NOW), (2**53, datetime(2033, 5, 18, 3, 33, 20, tzinfo=UTC)),
])  # fmt: skip
def test_the_life_of_a_token_is_a_time(said: int | None, ends: datetime):
    data = {"access_token": "a", "refresh_token": "r", "access_token_expire_in": said}
    token = tiktok_shop.renewed("shop", answered(0, data=data), Asked("tiktok_shop").account, NOW)
    assert (token.access, token.refresh, token.expires_at) == ("a", "r", ends)


def test_a_refresh_token_that_is_no_good_asks_for_the_seller():
    account = Asked("tiktok_shop").account
    with pytest.raises(Denied):
        tiktok_shop.renewed("shop", answered(36004004), account, NOW)
    with pytest.raises(CallFailed) as caught:
        tiktok_shop.renewed("shop", answered(36009003), account, NOW)
    assert caught.value.passing
    with pytest.raises(BadPayload, match="access_token"):
        tiktok_shop.renewed("shop", answered(0), account, NOW)


def test_the_server_refuses_late_clocks_and_dead_tokens():
    asked = Asked("tiktok_shop")
    account = asked.with_token("shop")
    read = Read("order", {"id": ORDER})
    for off, fine in ((timedelta(minutes=-4), True), (timedelta(minutes=-6), False), (timedelta(seconds=20), True),
                      (timedelta(seconds=40), False)):  # fmt: skip
        response = asked.send(tiktok_shop.request(read, account, NOW + off))
        assert (json.loads(response.body)["code"] == 0) is fine
    world = asked.server.worlds["tiktok_shop"]
    world.clock = lambda: NOW + timedelta(days=8)
    late = tiktok_shop.request(read, account, NOW + timedelta(days=8))
    assert server.answer(Call.of(late.method, late.url, dict(late.headers), late.body), world).status == 401


def test_one_sdks_names_of_the_search_are_read_too():
    asked = Asked("tiktok_shop")
    found = asked.server.worlds["tiktok_shop"].get("returns", RETURN)
    found["status"] = found.pop("return_status")
    read = Read("returns", {"since": "2026-05-01T00:00:00Z", "until": "2026-06-01T00:00:00Z"})
    answer = tiktok_shop.answer(read, answered(0, data={"returns": [found], "page_token": "2"}), asked.account, NOW)
    assert answer.found[0].translated.events[0].facts[0].native_status == "RETURN_OR_REFUND_REQUEST_COMPLETE"
    assert [then.cursor for then in answer.then] == ["", "2"]
    last = answered(0, data={"returns": [], "page_token": "2"})
    assert tiktok_shop.answer(replace(read, cursor="2"), last, asked.account, NOW).then == ()


def everything(asked: Asked, what: str) -> list[Any]:
    """All that a list leads to, details included."""
    waiting = [Read(what, {"since": "2026-04-01T00:00:00Z", "until": "2026-06-01T00:00:00Z"})]
    found = []
    while waiting:
        answer = asked.read(waiting.pop(0))
        found += answer.found
        waiting += answer.then
    return found


def test_lists_tell_of_everything_once():
    asked = Asked("tiktok_shop")
    ids = {what: [one.translated.id.split(":")[1] for one in everything(asked, what)] for what in ("orders", "cancellations")}
    assert sorted(ids["orders"]) == [f"57646141303878500{n}" for n in range(1, 6)]
    assert sorted(ids["cancellations"]) == [f"403531850408660500{n}" for n in range(1, 4)]
    kinds = [one.translated.id.split(":")[0] for one in everything(asked, "returns")]
    assert (kinds.count("return"), kinds.count("return_records")) == (4, 2)


def test_what_a_buyer_wrote_is_kept_sealed_and_told_nowhere():
    (found,) = Asked("tiktok_shop").read(Read("return_records", {"id": RETURN})).found
    assert b"The box was wet" in found.raw and "wet" not in str(found.translated)
    assert found.translated.events[0].facts == (ReturnFact(RETURN),) and found.translated.subject == f"return:{RETURN}"


# the same, whichever way it came


def delivered(found: Translated, origin: Origin) -> Delivery:
    events = log.load_events(log.dump_events(tuple(replace(event, buyer=found.buyer) for event in found.events)))
    return Delivery(found.id, "tiktok_shop/sample-shop", found.subject, events, RECEIVED, origin)


PUSHED = tuple(
    """
    ORDER_STATUS_CHANGE__awaiting_collection ORDER_STATUS_CHANGE__in_transit ORDER_STATUS_CHANGE__delivered
    ORDER_STATUS_CHANGE__completed RETURN_STATUS_CHANGE RETURN_STATUS_CHANGE__awaiting_buyer_ship RETURN_STATUS_CHANGE__shipped
    RETURN_STATUS_CHANGE__success RETURN_STATUS_CHANGE__complete
    """.split()
)


def life() -> list[Delivery]:
    """All that is told of one order: pushed, read by wants, read by lists."""
    asked = Asked("tiktok_shop")
    pushed = [delivered(fixtures.one("tiktok_shop", name).translated(), Origin.PUSH) for name in PUSHED]
    read = [*everything(asked, "orders"), *everything(asked, "returns")]
    some = [delivered(one.translated, Origin.FETCH) for one in read]
    return pushed + [one for one in some if one.subject in (f"order:{ORDER}", f"return:{RETURN}")]


def folded(deliveries: list[Delivery]) -> bytes:
    return state.dump(fold.fold("tiktok_shop/sample-shop", f"order:{ORDER}", deliveries))


@settings(max_examples=40, deadline=None)
@given(st.data())
def test_in_any_order_and_any_number_of_times(data: st.DataObject):
    told_ = life()
    more = data.draw(st.lists(st.sampled_from(told_), max_size=5))
    assert folded(data.draw(st.permutations(told_ + more))) == folded(told_)


def test_a_list_a_detail_and_a_push_tell_the_same():
    asked = Asked("tiktok_shop")
    for one, many, id_ in (("order", "orders", ORDER), ("return", "returns", RETURN)):
        (detail,) = asked.read(Read(one, {"id": id_})).found
        assert detail in everything(asked, many)
    pushed = fixtures.one("tiktok_shop", "RETURN_STATUS_CHANGE__complete").translated().events
    fetched = asked.read(Read("return", {"id": RETURN})).found[0].translated.events
    for ours, theirs in zip(pushed, fetched, strict=True):
        said = {name: getattr(ours.facts[0], name) for name in ours.facts[0].__slots__}
        assert {name: getattr(theirs.facts[0], name) for name, value in said.items() if value is not None} == {
            name: value for name, value in said.items() if value is not None
        }


def test_the_life_ends_as_it_should():
    found = state.load(folded(life()))
    assert found.problems == () and found.buyer == "tiktok_shop:user:7495510000000000001"
    back = found.of("return")[RETURN]
    assert (back.request, back.goods, back.money) == (RequestAxis.APPROVED, GoodsAxis.RECEIVED, MoneyAxis.DONE)
    assert [str(case.status) for case in cases.of(found)] == ["closed"]
    assert found.of("shipment")["1152921504606850001"].status == "delivered" and found.order.closed_at


def test_an_answered_deadline_does_not_stay():
    """The seller's deadline is taken away by the next status, which has none."""
    world = Asked("tiktok_shop")
    id_ = "4035318504086604002"
    (asked,) = world.read(Read("return", {"id": id_})).found
    after = told(return_id=id_, order_id="576461413038785005", return_status="AWAITING_BUYER_SHIP", update_time=1780223400)
    kept = [delivered(asked.translated, Origin.FETCH), delivered(after, Origin.PUSH)]
    (open_,) = cases.of(fold.fold("tiktok_shop/sample-shop", "order:576461413038785005", kept[:1]))
    (now,) = cases.of(fold.fold("tiktok_shop/sample-shop", "order:576461413038785005", kept))
    assert (open_.due.actor, open_.due.at) == ("seller", datetime(2026, 6, 2, 9, tzinfo=UTC))
    assert (now.due.actor, now.due.at) == ("buyer", None)


def test_a_request_without_a_deadline_has_the_two_days_on_file():
    (case,) = cases.of(fold.fold("tiktok_shop/sample-shop", f"order:{ORDER}", [delivered(told(), Origin.PUSH)]))
    assert case.due.at == datetime(2026, 5, 9, 9, tzinfo=UTC) and "approves" in case.due.on_timeout


# people


def order(**changes: Any) -> bytes:
    found = Asked("tiktok_shop").server.worlds["tiktok_shop"].get("orders", ORDER)
    return json.dumps(found | changes).encode()


def test_the_buyer_is_reached_at_the_relay_and_masks_are_nothing():
    found, placed = tiktok_shop.person(order())
    assert found == Person(email="v2b2V4buyer@scs2.example.com", country="US", city="Sampleton")
    assert placed == datetime(2026, 5, 1, 8, tzinfo=UTC)
    whole = {"name": "Sample Buyer", "first_name": "Sample", "region_code": "GB", "address_line1": "1 Sample Street",
             "postal_code": "SAMPLE-1", "phone_number": "+12025550100"}  # fmt: skip
    found, _ = tiktok_shop.person(order(buyer_email="b***@example.com", recipient_address=whole))
    assert (found.email, found.name, found.full_name, found.phone) == (None, "Sample", "Sample Buyer", None)
    assert tiktok_shop.person(order(buyer_email="", recipient_address=None)) is None
    assert tiktok_shop.person(request("RETURN_STATUS_CHANGE").body) is None


@pytest.mark.parametrize("changes, buyer", [
    ({}, "tiktok_shop:user:7495510000000000001"), ({"user_id": ""}, "email:v2b2v4buyer@scs2.example.com"),
    ({"user_id": None, "buyer_email": "v***@example.com"}, None),
])  # fmt: skip
def test_an_orders_buyer(changes: dict[str, Any], buyer: str | None):
    asked = Asked("tiktok_shop")
    asked.server.worlds["tiktok_shop"].put("orders", ORDER, json.loads(order(**changes)))
    (found,) = asked.read(Read("order", {"id": ORDER})).found
    assert found.translated.buyer == buyer
