"""Shopee's API: how it is asked, what its errors mean, its tokens, its lost pushes."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from chalicelib.model import codec
from chalicelib.model.call import Busy, CallFailed, Denied, Read, Response
from chalicelib.model.errors import ConfigurationError
from chalicelib.model.words import EventType
from chalicelib.platforms import _shopee_calls, shopee
from infra.marketplaces.world import Call
from tests.platforms.calls import NOW, Asked
from tests.platforms.fixtures import RECEIVED
from tests.platforms.test_shopee import ORDER, RETURN, push

DEMO = {"partner_id": "1001141", "shop_id": "14701711"}
AN_ORDER = Read("order", {"id": ORDER})


def account(**setup: str) -> Any:
    return replace(Asked("shopee").account, setup=DEMO | setup, secret="shopee_test_partner_key", access="test_access_token")


def test_calls_are_signed_as_published():
    then = datetime.fromtimestamp(1610000000, UTC)
    request = shopee.request(Read("return", {"id": "2206140TA5PM808"}), account(), then)
    asked = Call.of(request.method, request.url, dict(request.headers), request.body)
    assert asked.path == "/api/v2/returns/get_return_detail" and asked.host == "partner.shopeemobile.com"
    assert asked.params["sign"] == "ab850627fbf4cdf196bc849aca6daee728de9a33d376ec9babd65d89f714c955"


def test_calls_about_no_shop_are_signed_without_token_and_shop():
    signed = _shopee_calls._signed("/api/v2/auth/token/get", account(), datetime.fromtimestamp(1610000000, UTC), None)
    assert signed["sign"] == "142a7ae8827282eef2fb3b627fd8925c7ceee8fd34488bde56352c526f0a2201"
    assert signed.keys() == {"partner_id", "timestamp", "sign"}


def test_calls_are_signed_with_the_api_key_where_it_is_another():
    read, push_key = Read("return", {"id": RETURN}), replace(account(api_key="shopee_test_partner_key"), secret="a push key")
    assert shopee.request(read, push_key, NOW) == shopee.request(read, account(), NOW)
    tested = shopee.request(read, account(environment="test"), NOW)
    assert tested.url.startswith("https://partner.test-stable.shopeemobile.com/")
    with pytest.raises(ConfigurationError, match="--with environment="):
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
    late = asked.send(shopee.request(AN_ORDER, held, NOW - timedelta(minutes=6)))
    with pytest.raises(CallFailed, match="expired"):
        shopee.answer(AN_ORDER, late, held, NOW)
    asked.server.worlds["shopee"].clock = lambda: NOW + timedelta(hours=4)
    later = asked.send(shopee.request(AN_ORDER, held, NOW + timedelta(hours=4)))
    with pytest.raises(Denied):
        shopee.answer(AN_ORDER, later, held, NOW)


def test_an_order_without_its_optional_fields_would_lack_buyer_and_lines():
    asked = Asked("shopee")
    request = shopee.request(AN_ORDER, asked.with_token("shop"), NOW)
    bare = replace(request, url=request.url.replace("buyer_user_id", "").replace("item_list", ""))
    response = asked.send(bare)
    (one,) = json.loads(response.body)["response"]["order_list"]
    assert "item_list" not in one and "buyer_user_id" not in one


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
