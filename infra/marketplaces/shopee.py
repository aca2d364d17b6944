"""Shopee's Open Platform v2, as its documentation has it. Errors come with status 200 and `error` set.

Checked: partner, time (five minutes), signature, access token (four hours), shop, parameters, spans (15 days) and pages. A
refresh token works once. What was confirmed of the lost pushes is forgotten.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Callable
from typing import Any

from chalicelib.model.call import Response

from .world import Call, Json, World, said

HOSTS = ("partner.shopeemobile.com", "partner.test-stable.shopeemobile.com")
DEMO = {
    "secret": "shopee_test_partner_key",
    "url": "https://example.com/webhooks/shopee/sample-shop",
    "partner_id": "1001141",
    "shop_id": "727720655",
    "refresh_token": "demo-refresh-0",
}
LIMIT = (50.0, 100)
_KEY = DEMO["secret"].encode()
_CLOCK, _LIFE, _SPAN = 300, 14_400, 15 * 86_400
# However many are asked for: the sample shop is small, and its lists have pages all the same.
_PAGE = 2
_ALWAYS = {"order_sn", "region", "currency", "cod", "total_amount", "order_status", "create_time", "update_time",
           "days_to_ship", "ship_by_date", "message_to_seller"}  # fmt: skip


def answer(call: Call, world: World) -> Response:
    """What Shopee says to a call."""
    told = _answered(call, world)
    error, message = told if isinstance(told, tuple) else ("", "")
    body: Json = {"error": error, "message": message, "request_id": "3e0976b06baa4e059b278ef1fdae1f01"}
    if isinstance(told, dict):
        body |= told
    return said(body)


def _answered(call: Call, world: World) -> Json | tuple[str, str]:
    params, now = call.params, int(world.clock().timestamp())
    public, route = _PUBLIC.get(call.path), _SHOP.get(call.path)
    if public is None and route is None:
        return "error_param", "Permission denied. This API is currently offline or the request path is incorrect."
    if params.get("partner_id") != DEMO["partner_id"]:
        return "invalid_partner_id", "Invalid partner_id, please have a check."
    if not params.get("timestamp", "").isdigit() or abs(int(params["timestamp"]) - now) > _CLOCK:
        return "error_param", "Timestamp is expired."
    own = () if public else (params.get("access_token", ""), params.get("shop_id", ""))
    base = "".join((params["partner_id"], call.path, params["timestamp"], *own))
    if not hmac.compare_digest(hmac.new(_KEY, base.encode(), hashlib.sha256).hexdigest(), params.get("sign", "")):
        return "error_sign", "Wrong sign."
    if public:
        return public(call, world, now)
    assert route is not None
    if world.state.get("access", {}).get(params.get("access_token"), 0) <= now:
        return "invalid_acceess_token", "Invalid access_token, please have a check."
    if params.get("shop_id") != DEMO["shop_id"]:
        return "partner_shop_no_link", "Invalid partner_id or shop_id, please have a check."
    return route(params, world)


def _renewed(call: Call, world: World, now: int) -> Json | tuple[str, str]:
    asked = call.json if call.method == "POST" and isinstance(call.json, dict) else {}
    with world.lock:
        good = world.state.setdefault("refresh", DEMO["refresh_token"])
        if asked.get("partner_id") != int(DEMO["partner_id"]) or asked.get("shop_id") != int(DEMO["shop_id"]):
            return "error_param", "partner_id and shop_id are whole numbers in the body"
        if asked.get("refresh_token") != good:
            return "error_auth", "Invalid refresh_token."
        turn = world.state["turn"] = world.state.get("turn", 0) + 1
        world.state["refresh"] = f"demo-refresh-{turn}"
        world.state.setdefault("access", {})[f"demo-access-{turn}"] = now + _LIFE
    told = {"access_token": f"demo-access-{turn}", "refresh_token": f"demo-refresh-{turn}", "expire_in": _LIFE}
    return {**told, "partner_id": int(DEMO["partner_id"]), "shop_id": int(DEMO["shop_id"])}


def _lost(call: Call, world: World, now: int) -> Json | tuple[str, str]:
    waiting = sorted((int(id_), push) for id_, push in world.all("lost") if int(id_) > world.state.get("confirmed", 0))
    first = waiting[:_PAGE]
    told: Json = {"push_message_list": [push for _, push in first], "has_next_page": len(waiting) > len(first)}
    return {"error": "-", "message": "-", "response": {**told, "last_message_id": first[-1][0] if first else 0}}


def _confirmed(call: Call, world: World, now: int) -> Json | tuple[str, str]:
    asked = call.json if call.method == "POST" and isinstance(call.json, dict) else {}
    if not isinstance(asked.get("last_message_id"), int):
        return "error_param", "last_message_id is a whole number in the body"
    world.state["confirmed"] = max(asked["last_message_id"], world.state.get("confirmed", 0))
    return {}


def _orders(params: dict[str, str], world: World) -> Json | tuple[str, str]:
    field = params.get("time_range_field", "")
    since, until = _number(params, "time_from"), _number(params, "time_to")
    if field not in ("create_time", "update_time") or since is None or until is None or not 1 <= (_size(params) or 0) <= 100:
        return "error_param", "time_range_field, time_from, time_to and page_size (1 to 100) are needed"
    if not since <= until <= since + _SPAN:
        return "order.order_list_invalid_time", "Start time must be earlier than end time and diff in 15days."
    rows = [one for _, one in world.all("orders") if since <= one[field] <= until]
    start = int(params.get("cursor") or 0)
    part, more = rows[start : start + _PAGE], len(rows) > start + _PAGE
    listed = [{"order_sn": one["order_sn"], "order_status": one["order_status"]} for one in part]
    return {"response": {"more": more, "next_cursor": str(start + _PAGE) if more else "", "order_list": listed}}


def _order(params: dict[str, str], world: World) -> Json | tuple[str, str]:
    asked = params.get("order_sn_list", "").split(",")
    if not 1 <= len(asked) <= 50:
        return "error_param", "order_sn_list: 1 to 50"
    wanted = _ALWAYS | set(params.get("response_optional_fields", "").split(","))
    known = [one for sn in asked if (one := world.get("orders", sn))]
    if not known:
        return "error_not_found", "Wrong parameters, detail: the order is not found."
    return {"response": {"order_list": [{name: one[name] for name in one if name in wanted} for one in known]}}


def _returns(params: dict[str, str], world: World) -> Json | tuple[str, str]:
    since, until, page = _number(params, "update_time_from"), _number(params, "update_time_to"), _number(params, "page_no")
    if page is None or not 1 <= (_size(params) or 0) <= 100:
        return "error_param", "page_no and page_size (1 to 100) are needed"
    if since is None or until is None or not since <= until <= since + _SPAN:
        return "error_param", "update_time_from and update_time_to: at most 15 days"
    rows = [_row(one) for _, one in world.all("returns") if since <= one["update_time"] <= until]
    part = rows[page * _PAGE : (page + 1) * _PAGE]
    return {"error": "-", "message": "-", "response": {"more": len(rows) > (page + 1) * _PAGE, "return": part}}


def _row(one: Json) -> Json:
    """A return as the list tells it: groups flattened to their status, no deadlines inside them, no parcel."""
    groups = {"negotiation": "negotiation_status", "seller_proof": "seller_proof_status",
              "seller_compensation": "seller_compensation_status"}  # fmt: skip
    flat = {name: one[group][name] for group, name in groups.items() if group in one}
    hidden = {"reverse_logistic_status", "logistics_status", "reassessed_request_reason", "return_pickup_address", *groups}
    return {name: value for name, value in one.items() if name not in hidden} | flat


def _one(kind: str, name: str, missing: tuple[str, str]) -> Callable[[dict[str, str], World], Json | tuple[str, str]]:
    def read(params: dict[str, str], world: World) -> Json | tuple[str, str]:
        found = world.get(kind, params.get(name, ""))
        return {"response": found} if found else missing

    return read


def _comments(params: dict[str, str], world: World) -> Json | tuple[str, str]:
    if not 1 <= (_size(params) or 0) <= 100:
        return "error_param", "page_size: 1 to 100"
    rows = sorted((one for _, one in world.all("comments")), key=lambda one: -int(one["create_time"]))
    start = int(params.get("cursor") or 0)
    more = len(rows) > start + _PAGE
    told = {"item_comment_list": rows[start : start + _PAGE], "more": more, "next_cursor": str(start + _PAGE) if more else ""}
    return {"response": told}


def _number(params: dict[str, str], name: str) -> int | None:
    value = params.get(name, "")
    return int(value) if value.isdigit() and len(value) < 12 else None


def _size(params: dict[str, str]) -> int | None:
    return _number(params, "page_size")


_PUBLIC: dict[str, Callable[[Call, World, int], Any]] = {
    "/api/v2/auth/access_token/get": _renewed,
    "/api/v2/push/get_lost_push_message": _lost,
    "/api/v2/push/confirm_consumed_lost_push_message": _confirmed,
}
_SHOP: dict[str, Callable[[dict[str, str], World], Any]] = {
    "/api/v2/order/get_order_list": _orders,
    "/api/v2/order/get_order_detail": _order,
    "/api/v2/returns/get_return_list": _returns,
    "/api/v2/returns/get_return_detail": _one("returns", "return_sn", ("error_data", "The return you queried doesn't exist.")),
    "/api/v2/returns/get_reverse_tracking_info": _one(
        "reverse_tracking", "return_sn", ("returns.return_not_found", "Return not found")
    ),
    "/api/v2/logistics/get_tracking_info": _one("tracking", "order_sn", ("error_not_found", "Wrong parameters.")),
    "/api/v2/payment/get_escrow_detail": _one(
        "escrow", "order_sn", ("order_not_found", "Order SN provided is invalid or does not belong to you.")
    ),
    "/api/v2/product/get_comment": _comments,
}
