"""TikTok Shop's API from its documentation: signed queries, orders, returns with their records, cancellations, tokens.

Sources: partner.tiktokshop.com (return-refund-and-cancel-api-overview, rate-limits), the signing of EcomPHP/tiktokshop-php.
Where no code of an error is documented the one here is ours; so are the sizes of pages, small on purpose.
"""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Callable
from typing import Any

from chalicelib.model.call import Response

from .world import Call, Json, World, said

HOSTS = ("open-api.tiktokglobalshop.com", "auth.tiktok-shops.com")
DEMO = {
    "secret": "demo-app-secret", "app_key": "demoappkey", "shop_cipher": "ROW_demo-cipher",
    "refresh_token": "ROW_demo-refresh-token",
}  # fmt: skip
LIMIT = (20.0, 40)
PAGE = 2
WEEK = 7 * 24 * 3600
EARLY, LATE = 30, 300  # seconds that a request's clock may be ahead and behind


def answer(call: Call, world: World) -> Response:
    """What TikTok Shop says to a call."""
    if call.host == HOSTS[1]:
        return _token(call, world)
    refused = _unsigned(call, world) or _no_token(call, world)
    if refused:
        return refused
    for path, respond in ROUTES.items():
        if call.path.startswith(path):
            return respond(call, world)
    return _error(36009009, "invalid path", 404)


def signature(secret: str, path: str, params: dict[str, str], body: bytes) -> str:
    """The signature over path, sorted parameters and body, the secret before and after."""
    text = path
    for name in sorted(params):
        if name != "sign" and name != "access_token":
            text += name + params[name]
    wrapped = secret.encode() + text.encode() + body + secret.encode()
    return hmac.new(secret.encode(), wrapped, hashlib.sha256).hexdigest()


def _unsigned(call: Call, world: World) -> Response | None:
    """Why a request is not one of the app's, if so."""
    params = call.params
    if params.get("app_key") != DEMO["app_key"]:
        return _error(106000, "app key is invalid")
    if not hmac.compare_digest(params.get("sign", ""), signature(DEMO["secret"], call.path, params, call.body)):
        return _error(106001, "sign is invalid")
    ahead = int(params.get("timestamp") or 0) - world.clock().timestamp()
    if ahead > EARLY or ahead < -LATE:
        return _error(36009004, "timestamp is invalid")
    return None if params.get("shop_cipher") == DEMO["shop_cipher"] else _error(106011, "shop cipher is invalid")


def _no_token(call: Call, world: World) -> Response | None:
    until = world.state.get("tokens", {}).get(call.headers.get("x-tts-access-token", ""), 0)
    return _error(105002, "access token is invalid or expired", 401) if until <= world.clock().timestamp() else None


def _token(call: Call, world: World) -> Response:
    """A new access token. The lives of both are said as times."""
    asked = call.params
    known = {"app_key": DEMO["app_key"], "app_secret": DEMO["secret"], "refresh_token": DEMO["refresh_token"]}
    if call.path != "/api/v2/token/refresh" or asked.get("grant_type") != "refresh_token":
        return _error(36004001, "invalid request")
    if {name: asked.get(name) for name in known} != known:
        return _error(36004004, "invalid refresh token or app")
    now = int(world.clock().timestamp())
    with world.lock:
        tokens = world.state.setdefault("tokens", {})
        access = f"ROW_demo-access-{len(tokens) + 1}"
        tokens[access] = now + WEEK
    return _fine({
        "access_token": access, "access_token_expire_in": now + WEEK, "refresh_token": DEMO["refresh_token"],
        "refresh_token_expire_in": now + 52 * WEEK, "open_id": "demo-open-id", "seller_base_region": "US", "user_type": 0,
    })  # fmt: skip


def _orders(call: Call, world: World) -> Response:
    """Up to 50 orders by id; ids that are none of the shop's are left out."""
    ids = call.params.get("ids", "").split(",")
    if not ids[0] or len(ids) > 50 or call.method != "GET":
        return _error(36009001, "ids must hold 1 to 50 ids")
    found = [order for id_ in ids if (order := world.get("orders", id_)) is not None]
    return _fine({"orders": found})


def _search(kind: str, listed: str, own: str, many: str) -> Callable[[Call, World], Response]:
    """A search by ids or by change time, sorted by change time, page by page."""

    def respond(call: Call, world: World) -> Response:
        wanted = call.json
        if call.method != "POST" or not isinstance(wanted, dict):
            return _error(36009001, "body must be a JSON object")
        some = [one for _, one in world.all(kind) if _wanted(one, wanted, own, many)]
        found = sorted(some, key=lambda one: one["update_time"])
        start = int(call.params.get("page_token") or 0)
        size = min(int(call.params.get("page_size") or 10), PAGE)
        token = str(start + size) if start + size < len(found) else ""
        return _fine({listed: found[start : start + size], "next_page_token": token, "total_count": len(found)})

    return respond


def _wanted(one: Json, wanted: Json, own: str, many: str) -> bool:
    """Whether a thing is among the ids asked for, and changed within the span asked for."""
    after, before = wanted.get("update_time_ge", 0), wanted.get("update_time_lt", 2**53)
    return (many not in wanted or one[own] in wanted[many]) and after <= one["update_time"] < before


def _return(call: Call, world: World) -> Response:
    """The records of a return."""
    parts = call.path.removeprefix("/return_refund/202309/returns/").split("/")
    if len(parts) != 2 or parts[1] != "records" or call.method != "GET":
        return _error(36009009, "invalid path", 404)
    if world.get("returns", parts[0]) is None:
        return _error(25001001, "invalid return id")
    return _fine(world.get("records", parts[0]) or {"records": []})


ROUTES: dict[str, Callable[[Call, World], Response]] = {
    "/order/202309/orders/search": _search("orders", "orders", "id", "order_ids"),
    "/order/202309/orders": _orders,
    "/return_refund/202309/returns/search": _search("returns", "return_orders", "return_id", "return_ids"),
    "/return_refund/202309/returns/": _return,
    "/return_refund/202309/cancellations/search": _search("cancellations", "cancellations", "cancel_id", "cancel_ids"),
}


def _fine(data: Any) -> Response:
    return said({"code": 0, "message": "Success", "request_id": _request_id(data), "data": data})


def _error(code: int, message: str, status: int = 200) -> Response:
    return said({"code": code, "message": message, "request_id": _request_id(message)}, status)


def _request_id(about: Any) -> str:
    return hashlib.sha256(json.dumps(about).encode()).hexdigest()[:34].upper()
