"""Lazada's Open Platform, as its documentation has it. Errors come with status 200 and a code that is not "0".

Checked: app key, time (7,200 s), signature over path and sorted parameters, access token (30 days), parameters, spans, pages.
A refresh token is good for 180 days; each use gives a new one. The sample shop sells in Singapore.
"""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Callable
from datetime import datetime
from typing import Any

from chalicelib.model.call import Response

from .world import Call, Json, World, said

_REGIONS = ("api.lazada.sg", "api.lazada.vn", "api.lazada.co.th", "api.lazada.com.ph", "api.lazada.com.my", "api.lazada.co.id")
HOSTS = (*_REGIONS, "auth.lazada.com")
DEMO = {"secret": "3412gyo124goi3124", "app_key": "123456", "region": "SG", "refresh_token": "demo-refresh-0"}
LIMIT = (20.0, 40)
_CLOCK, _LIFE, _WEEK = 7_200_000, 2_592_000, 7 * 86_400_000
# However many are asked for: the sample shop is small, and its lists have pages all the same.
_PAGE = 2
Told = Json | tuple[str, str, str]


def answer(call: Call, world: World) -> Response:
    """What Lazada says to a call."""
    told = _answered(call, world)
    if isinstance(told, tuple):
        kind, code, message = told
        return said({"type": kind, "code": code, "message": message, "request_id": "0ba2887315178178017221014"})
    return said({"code": "0", "request_id": "0ba2887315178178017221014", **told})


def _answered(call: Call, world: World) -> Told:
    params, path = call.params | call.form, call.path.removeprefix("/rest")
    now = int(world.clock().timestamp() * 1000)
    at_home = (call.host == "auth.lazada.com") == path.startswith("/auth/")
    if not call.path.startswith("/rest/") or path not in _ROUTES or not at_home:
        return "ISV", "InvalidApiPath", "The specified API path is invalid"
    if params.get("app_key") != DEMO["app_key"]:
        return "ISV", "InvalidAppKey", "The specified App Key is invalid"
    if params.get("sign_method") != "sha256" or not params.get("timestamp", "").isdigit():
        return "ISV", "MissingParameter", "sign_method and timestamp are needed"
    if abs(int(params["timestamp"]) - now) > _CLOCK:
        return "ISV", "IllegalTimestamp", "The specified timestamp parameter is invalid"
    base = path + "".join(f"{name}{params[name]}" for name in sorted(params) if name != "sign")
    sign = hmac.new(DEMO["secret"].encode(), base.encode(), hashlib.sha256).hexdigest().upper()
    if not hmac.compare_digest(sign.encode(), params.get("sign", "").encode()):
        return "ISV", "IncompleteSignature", "The request signature does not conform to platform standards"
    if not path.startswith("/auth/") and world.state.get("access", {}).get(params.get("access_token"), 0) <= now:
        return "ISV", "IllegalAccessToken", "The specified access token is invalid or expired"
    return _ROUTES[path](params, world, now)


def _renewed(params: dict[str, str], world: World, now: int) -> Told:
    with world.lock:
        good = world.state.setdefault("refresh", [DEMO["refresh_token"]])
        if params.get("refresh_token") not in good:
            return "ISV", "IllegalRefreshToken", "The specified refresh token is invalid or expired"
        turn = world.state["turn"] = world.state.get("turn", 0) + 1
        good.append(f"demo-refresh-{turn}")
        world.state.setdefault("access", {})[f"demo-access-{turn}"] = now + _LIFE * 1000
    sellers = [{"country": "sg", "user_id": "1001", "seller_id": "1000114855", "short_code": "SG1ABCDE"},
               {"country": "vn", "user_id": "1002", "seller_id": "1000114856", "short_code": "VN1ABCDE"}]  # fmt: skip
    told = {"access_token": f"demo-access-{turn}", "refresh_token": f"demo-refresh-{turn}", "expires_in": _LIFE}
    return {**told, "refresh_expires_in": 15_552_000, "account_platform": "seller_center", "country_user_info": sellers}


def _orders(params: dict[str, str], world: World, now: int) -> Told:
    since, until = _iso(params.get("update_after")), _iso(params.get("update_before"))
    limit, offset = _number(params, "limit"), _number(params, "offset")
    if since is None or limit is None or offset is None or not 1 <= limit <= 100:
        return "ISV", "36", "E036: Invalid status filter or missing update_after, limit (1 to 100), offset"
    rows = [one for _, one in world.all("orders") if since <= _updated(one) and (until is None or _updated(one) < until)]
    part = sorted(rows, key=_updated)[offset : offset + _PAGE]
    return {"data": {"count": len(part), "countTotal": len(rows), "orders": part}}


def _updated(one: Json) -> datetime:
    return datetime.strptime(one["updated_at"], "%Y-%m-%d %H:%M:%S %z")


def _iso(text: str | None) -> datetime | None:
    try:
        found = datetime.fromisoformat(text or "")
    except ValueError:
        return None
    return found if found.tzinfo else None


def _one(kind: str, name: str, missing: tuple[str, str]) -> Callable[[dict[str, str], World, int], Told]:
    def read(params: dict[str, str], world: World, now: int) -> Told:
        found = world.get(kind, params.get(name, ""))
        return {"data": found["list"] if kind == "lines" else found} if found else ("ISV", *missing)

    return read


def _returns(params: dict[str, str], world: World, now: int) -> Told:
    page, size = _number(params, "page_no"), _number(params, "page_size")
    since = _number(params, "ReverseOrderLineModifiedTimeRangeStart") or 0
    until = _number(params, "ReverseOrderLineModifiedTimeRangeEnd") or now
    if not page or not size or size > 100:
        return "ISV", "MissingParameter", "page_no and page_size are needed"
    rows = [_row(one) for _, one in world.all("returns") if since <= _modified(one) <= until]
    part = rows[(page - 1) * _PAGE : page * _PAGE]
    told = {"success": "true", "total": str(len(rows)), "page_no": str(page), "page_size": str(_PAGE), "items": part}
    return {"result": told}


def _modified(one: Json) -> int:
    return max(int(line["return_order_line_gmt_modified"]) for line in one["reverseOrderLineDTOList"])


def _row(one: Json) -> Json:
    """A return as the list tells it, with its own names for the lines, the product and the buyer."""
    lines = []
    for line in one["reverseOrderLineDTOList"]:
        row = {name: value for name, value in line.items() if name not in ("productDTO", "buyer")}
        product = {"product_id": line["productDTO"]["product_id"], "product_sku": line["productDTO"]["sku"]}
        lines.append({**row, "product": product, "buyer": {"buyer_id": line["buyer"]["user_id"]}})
    return {name: value for name, value in one.items() if name != "reverseOrderLineDTOList"} | {"reverse_order_lines": lines}


def _products(params: dict[str, str], world: World, now: int) -> Told:
    offset, limit = _number(params, "offset") or 0, _number(params, "limit") or 0
    if not 1 <= limit <= 50:
        return "ISV", "19", "E019: Invalid Limit"
    rows = [one for _, one in world.all("products")]
    return {"data": {"total_products": len(rows), "products": rows[offset : offset + _PAGE]}}


def _review_ids(params: dict[str, str], world: World, now: int) -> Told:
    since, until, page = _number(params, "start_time"), _number(params, "end_time"), _number(params, "current")
    if not params.get("item_id") or since is None or until is None or not page or page > 50:
        return {"success": False, "error_code": "PARAMS_VALIDATE_ERROR", "error_msg": "NULL_ITEMID"}
    if until - since > _WEEK:
        return {"success": False, "error_code": "PARAMS_VALIDATE_ERROR", "error_msg": "TIMESPAN_ABOVE_LIMIT"}
    rows = [one["id"] for _, one in world.all("reviews")
            if str(one["product_id"]) == params["item_id"] and since <= one["create_time"] <= until]  # fmt: skip
    part = rows[(page - 1) * _PAGE : page * _PAGE]
    return {"success": True, "data": {"current": page, "total": len(rows), "page_size": _PAGE, "id_list": part}}


def _reviews(params: dict[str, str], world: World, now: int) -> Told:
    try:
        asked: Any = json.loads(params.get("id_list", ""))
    except ValueError:
        asked = None
    if not isinstance(asked, list) or not 1 <= len(asked) <= 10:
        return {"success": False, "error_code": "PARAMS_VALIDATE_ERROR", "error_msg": "NULL_ID"}
    known = [one for id_ in asked if (one := world.get("reviews", str(id_)))]
    gone = [id_ for id_ in asked if not world.get("reviews", str(id_))]
    return {"success": True, "data": {"review_list": known, "outdated_reviews": gone}}


def _number(params: dict[str, str], name: str) -> int | None:
    value = params.get(name, "")
    return int(value) if value.isdigit() and len(value) < 15 else None


_ROUTES: dict[str, Callable[[dict[str, str], World, int], Told]] = {
    "/auth/token/refresh": _renewed,
    "/orders/get": _orders,
    "/order/get": _one("orders", "order_id", ("16", "E016: Invalid Order ID")),
    "/order/items/get": _one("lines", "order_id", ("16", "E016: Invalid Order ID")),
    "/reverse/getreverseordersforseller": _returns,
    "/order/reverse/return/detail/list": _one("returns", "reverse_order_id", ("106", "E0106: ROC internal error")),
    "/products/get": _products,
    "/review/seller/history/list": _review_ids,
    "/review/seller/list/v2": _reviews,
}
