"""Temu's router, from its Partner Platform: one POST address a region, MD5 over secret and sorted parameters, a time that may
be five minutes off, tokens that expire, and errors inside a 200."""

from __future__ import annotations

import hashlib
import json
from datetime import UTC, datetime, timedelta
from typing import Any

from chalicelib.model.call import Response

from .world import Call, Json, World, said

HOSTS = ("openapi-b-us.temu.com", "openapi-b-eu.temu.com", "openapi-b-global.temu.com")
DEMO = {
    "secret": "rehearsal-app-secret-of-temu-0001",
    "app_key": "rehearsal-app",
    "access_token": "rehearsal-token",
    "region": "us",
    "price_approval": "yes",
}
LIMIT = (20.0, 20)
MOST_A_PAGE = 2
EXPIRES = datetime(2040, 1, 1, tzinfo=UTC)
OFF = timedelta(minutes=5)


def answer(call: Call, world: World) -> Response:
    """What the platform says."""
    asked = call.json
    if call.method != "POST" or call.path != "/openapi/router" or not isinstance(asked, dict):
        return _error(4000000, "type not exists")
    refused = _refused(asked, world)
    if refused:
        return refused
    known = {
        "bg.order.list.v2.get": _orders, "bg.order.detail.v2.get": _order, "bg.order.amount.query": _amount,
        "bg.aftersales.parentaftersales.list.get": _returns, "temu.aftersales.parentaftersales.detail.get": _return,
    }.get(str(asked.get("type")))  # fmt: skip
    return known(asked, world) if known else _error(3000003, "type not exists")


def _refused(asked: Json, world: World) -> Response | None:
    if asked.get("app_key") != DEMO["app_key"] or asked.get("data_type") != "JSON":
        return _error(7000002, "app_key not exists")
    if asked.get("sign") != _sign({name: value for name, value in asked.items() if name != "sign"}):
        return _error(7000015, "sign is invalid")
    if abs(world.clock() - datetime.fromtimestamp(int(asked.get("timestamp", 0)), UTC)) > OFF:
        return _error(7000007, "timestamp is invalid")
    if asked.get("access_token") != DEMO["access_token"] or world.clock() > world.state.get("expires", EXPIRES):
        return _error(7000018, "access_token is expired or does not exist")
    return None


def _sign(params: Json) -> str:
    """Secret, every key with its value in the order of the keys, secret again; objects and lists as compact JSON."""
    text = DEMO["secret"]
    for name in sorted(params):
        value: Any = params[name]
        compact = isinstance(value, (dict, list))
        text += name + (json.dumps(value, separators=(",", ":"), ensure_ascii=False) if compact else str(value))
    return hashlib.md5((text + DEMO["secret"]).encode(), usedforsecurity=False).hexdigest().upper()


def _error(code: int, message: str) -> Response:
    return said({"success": False, "errorCode": code, "errorMsg": message, "requestId": "us-rehearsal"})


def _fine(result: Any) -> Response:
    return said({"success": True, "errorCode": 1000000, "errorMsg": "", "requestId": "us-rehearsal", "result": result})


def _order(asked: Json, world: World) -> Response:
    found = world.get("orders", str(asked.get("parentOrderSn")))
    return _fine(found) if found else _error(130020001, "the order does not exist")


def _amount(asked: Json, world: World) -> Response:
    if world.state.get("no_approval"):
        return _error(3000032, "no permission to call this api")
    found = world.get("amounts", str(asked.get("parentOrderSn")))
    return _fine(found) if found else _error(130020001, "the order does not exist")


def _return(asked: Json, world: World) -> Response:
    found = world.get("returns", str(asked.get("parentAfterSalesSn")))
    if not found or found["parentOrderSn"] != asked.get("parentOrderSn"):
        return _error(130010001, "The parameter is illegal. Please check if the input parameter meets the regulations.")
    return _fine(found)


def _orders(asked: Json, world: World) -> Response:
    rows = [body for _, body in world.all("orders") if _in_span(body["parentOrderMap"]["updateTime"], asked)]
    shown, total = _page(rows, asked, asked.get("pageNumber", 1))
    return _fine({"totalItemNum": total, "pageItems": shown})


def _returns(asked: Json, world: World) -> Response:
    """The list's rows are shorter than the detail, and in seconds where that is in milliseconds."""
    rows = [
        {
            "parentAfterSalesSn": one["parentAfterSalesSn"], "parentOrderSn": one["parentOrderSn"],
            "parentAfterSalesStatus": one["parentAfterSalesStatus"], "afterSalesType": one["afterSalesType"],
            "updateAt": one["lastUpdateAtMillis"] // 1000, "createAt": one["createAtMillis"] // 1000,
            "operateExpireTimeMs": one.get("operateExpireTimeMs"), "availableOperateList": one["availableOperateList"],
        }
        for _, one in world.all("returns")
        if _in_span(one["lastUpdateAtMillis"] // 1000, asked)
    ]  # fmt: skip
    shown, total = _page(rows, asked, asked.get("pageNo", 1))
    return _fine({"total": total, "pageNumber": asked.get("pageNo", 1), "data": shown})


def _in_span(at: int, asked: Json) -> bool:
    return bool(asked.get("updateAtStart", 0) <= at <= asked.get("updateAtEnd", at))


def _page(rows: list[Json], asked: Json, page: int) -> tuple[list[Json], int]:
    size = min(int(asked.get("pageSize", 10)), MOST_A_PAGE)
    return rows[(page - 1) * size : page * size], len(rows)
