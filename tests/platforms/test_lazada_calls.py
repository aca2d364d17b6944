"""Lazada's API: how it is asked, what its errors mean, its tokens, and returns that are read until they have ended."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from chalicelib.model import codec
from chalicelib.model.call import Busy, CallFailed, Denied, Read, Response
from chalicelib.model.errors import ConfigurationError
from chalicelib.model.facts import RefundFact
from chalicelib.model.money import Money
from chalicelib.platforms import _lazada_words as words
from chalicelib.platforms import lazada
from infra.marketplaces import lazada as local
from tests.platforms.calls import NOW, Asked
from tests.platforms.test_lazada import LINE, ORDER, RETURN


def account(**setup: str) -> Any:
    asked = Asked("lazada", **setup)
    return replace(asked.account, access="test_access_token")


def test_calls_are_signed_as_published():
    then = datetime.fromtimestamp(1603766859530 / 1000, UTC)
    request = lazada.request(Read("order", {"id": "260422900198363"}), account(), then)
    query = {name: values[0] for name, values in parse_qs(urlsplit(request.url).query).items()}
    assert query["timestamp"] == "1603766859530"
    assert query["sign"] == "35F897E0196FA99F0868C02A21D99F4B46A513D46D8D9C3F9582D14AFFCB01AB"


@pytest.mark.parametrize("region, host", words.HOSTS.items())
def test_each_country_has_its_host(region: str, host: str):
    assert lazada.request(Read("order", {"id": ORDER}), account(region=region), NOW).url.startswith(f"https://{host}/rest/order/get?")
    assert host in local.HOSTS
    renewed = lazada.renewal("seller", account(region=region), NOW)
    assert renewed.url.startswith("https://auth.lazada.com/rest/auth/token/refresh?")


def test_a_country_without_lazada_is_named():
    with pytest.raises(ConfigurationError, match="SG, VN"):
        lazada.request(Read("order", {"id": ORDER}), account(region="US"), NOW)
    with pytest.raises(ConfigurationError, match="--with region="):
        lazada.request(Read("order", {"id": ORDER}), replace(account(), setup={"app_key": "1"}), NOW)


def told(body: dict[str, Any]) -> Any:
    return lazada.answer(Read("review", {"id": "1"}), Response(200, {}, codec.dumps(body)), account(), NOW)


@pytest.mark.parametrize(
    "body, error, passing",
    [
        ({"code": "IllegalAccessToken", "type": "ISV", "message": "expired"}, Denied, None),
        ({"code": "AppCallLimit", "type": "ISV"}, Busy, None),
        ({"code": "ApiCallLimit", "type": "ISV"}, Busy, None),
        ({"code": "0", "success": False, "error_code": "TRAFFIC_CONTROL"}, Busy, None),
        ({"code": "0", "success": "false", "error_code": "PARAMS_VALIDATE_ERROR"}, CallFailed, False),
        ({"code": "0", "result": {"success": "false"}}, CallFailed, False),
        ({"code": "ServiceTimeout", "type": "ISP"}, CallFailed, True),
        ({"code": "SystemError", "type": "SYSTEM"}, CallFailed, True),
        ({"code": "IncompleteSignature", "type": "ISV"}, CallFailed, False),
        ({"code": 16, "type": "ISV", "message": "E016: Invalid Order ID"}, CallFailed, False),
    ],
)
def test_errors_inside_a_200(body: dict[str, Any], error: type[Exception], passing: bool | None):
    with pytest.raises(error) as caught:
        told(body)
    assert getattr(caught.value, "passing", None) == passing


def test_tokens_are_good_for_thirty_days():
    asked = Asked("lazada")
    held = replace(asked.account, refresh=asked.account.setup["refresh_token"])
    token = lazada.renewed("seller", asked.send(lazada.renewal("seller", held, NOW)), held, NOW)
    assert token.expires_at == NOW + timedelta(days=30) and token.refresh not in ("", held.refresh)
    again = replace(held, refresh=token.refresh)
    assert lazada.renewed("seller", asked.send(lazada.renewal("seller", again, NOW)), again, NOW).access != token.access


def test_the_local_platform_refuses_what_lazada_refuses():
    asked = Asked("lazada")
    held = asked.with_token("seller")
    late = asked.send(lazada.request(Read("order", {"id": ORDER}), held, NOW - timedelta(hours=3)))
    with pytest.raises(CallFailed, match="IllegalTimestamp"):
        lazada.answer(Read("order", {"id": ORDER}), late, held, NOW)
    weeks = Read("product_reviews", {"id": "2306372942", "since": "2026-05-01T00:00:00Z", "until": "2026-05-30T00:00:00Z"})
    with pytest.raises(CallFailed, match="PARAMS_VALIDATE_ERROR"):
        asked.read(weeks)
    with pytest.raises(CallFailed, match="E016"):
        asked.read(Read("order", {"id": "1"}))


def test_a_return_to_the_merchant_is_read_until_it_has_ended():
    asked, read, waited = Asked("lazada"), Read("return", {"id": RETURN}), []
    while True:
        then = asked.read(read).then
        if not then:
            break
        (read,) = then
        waited.append(read.wait)
    assert waited[:2] == [timedelta(hours=12), timedelta(days=1)] and sum(waited, timedelta(0)) == timedelta(days=13, hours=12)
    body = asked.server.worlds["lazada"].get("returns", RETURN)
    body["reverseOrderLineDTOList"][0]["reverse_status"] = "REFUND_SUCCESS"
    asked.server.worlds["lazada"].put("returns", RETURN, body)
    answer = asked.read(Read("return", {"id": RETURN}))
    (refund,) = [one for one in answer.found[0].translated.events[0].facts if isinstance(one, RefundFact)]
    assert answer.then == () and (refund.id, refund.amount, refund.confirmed) == (LINE, Money(2840, "SGD"), True)
