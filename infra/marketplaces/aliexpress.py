"""AliExpress's API as far as it is known: signed calls to /sync and /rest, the list of orders, an order, tokens.

Sources: the signing code of simowment/ae_sdk, the models of retailcrm/aliexpress-top-client. Times are on US Pacific clocks.
The codes of errors are likely ones; pages are small on purpose.
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

HOSTS = ("api-sg.aliexpress.com",)
DEMO = {
    "secret": "demo-app-secret", "app_key": "500001", "refresh_token": "50001-demo-refresh-token",
}  # fmt: skip
LIMIT = (10.0, 20)
PAGE = 2
LIFE = 30 * 24 * 3600
OFF = 7200  # seconds that a request's clock may be off
REFRESH = "/auth/token/refresh"


def answer(call: Call, world: World) -> Response:
    """What AliExpress says to a call."""
    params = {**call.params, **call.form}
    path = call.path.removeprefix("/rest") if call.path.startswith("/rest/") else ""
    if not path and call.path != "/sync":
        return _error("InvalidApiPath", "the specified API path is invalid")
    if params.get("app_key") != DEMO["app_key"] or params.get("sign_method") != "sha256":
        return _error("InvalidAppKey", "the specified App Key is invalid")
    if not hmac.compare_digest(params.get("sign", ""), signature(DEMO["secret"], path, params)):
        return _error("IncompleteSignature", "the request signature does not conform to platform standards")
    if abs(int(params.get("timestamp") or 0) / 1000 - world.clock().timestamp()) > OFF:
        return _error("IllegalTimestamp", "the timestamp is off by more than 7200 seconds")
    return _token(params, world) if path == REFRESH else _method(params, world)


def signature(secret: str, path: str, params: dict[str, str]) -> str:
    """The signature over path and sorted parameters, in capitals."""
    text = path
    for name in sorted(params):
        if name != "sign":
            text += name + params[name]
    return hmac.new(secret.encode(), text.encode(), hashlib.sha256).hexdigest().upper()


def _token(params: dict[str, str], world: World) -> Response:
    """A new access token; the same refresh token goes on being good."""
    if params.get("refresh_token") != DEMO["refresh_token"]:
        return _error("IllegalRefreshToken", "the specified refresh token is invalid or expired")
    now = int(world.clock().timestamp())
    with world.lock:
        tokens = world.state.setdefault("tokens", {})
        access = f"50001-demo-access-{len(tokens) + 1}"
        tokens[access] = now + LIFE
    return said({
        "access_token": access, "refresh_token": DEMO["refresh_token"], "expires_in": LIFE, "expire_time": (now + LIFE) * 1000,
        "refresh_expires_in": 2 * LIFE, "refresh_token_valid_time": (now + 2 * LIFE) * 1000, "seller_id": "200042360",
        "account_platform": "seller_center", "code": "0", "request_id": "demo",
    })  # fmt: skip


def _method(params: dict[str, str], world: World) -> Response:
    until = world.state.get("tokens", {}).get(params.get("session", ""), 0)
    if until <= world.clock().timestamp():
        return _error("IllegalAccessToken", "the specified access token is invalid or expired")
    method = params.get("method", "")
    if method not in METHODS:
        return said({"error_response": {"code": 22, "msg": "Invalid method", "request_id": "demo"}})
    return said({f"{method.replace('.', '_')}_response": {"result": METHODS[method](params, world), "request_id": "demo"}})


def _list(params: dict[str, str], world: World) -> Json:
    """The rows of orders changed in a span of Pacific time, latest first, page by page."""
    query = json.loads(params.get("param0") or "{}")
    first, last = query.get("modified_date_start"), query.get("modified_date_end")
    if not first or not last or first > last or not query.get("page_size"):
        return {"success": False, "error_code": "1001", "error_message": "the query is incomplete"}
    rows = [one for _, one in world.all("orders") if _clock(first) <= _clock(one["gmt_update"]) <= _clock(last)]
    rows.sort(key=lambda one: str(one["gmt_update"]), reverse=True)
    size, page = min(int(query["page_size"]), PAGE), int(query.get("current_page") or 1)
    return {
        "success": True, "total_count": len(rows), "page_size": size, "current_page": page,
        "total_page": -(-len(rows) // size), "target_list": {"order_dto": rows[(page - 1) * size : page * size]},
        "time_stamp": "demo",
    }  # fmt: skip


def _clock(text: str) -> datetime:
    return datetime.strptime(text, "%Y-%m-%d %H:%M:%S")  # noqa: DTZ007 (their clocks, compared with each other)


def _order(params: dict[str, str], world: World) -> Json:
    found = world.get("details", str(json.loads(params.get("param1") or "{}").get("order_id")))
    if found is None:
        return {"success": False, "error_code": "F00-10-10000-001", "error_message": "order not found"}
    return {"success": True, "time_stamp": "demo", "data": found}


METHODS: dict[str, Callable[[dict[str, str], World], Any]] = {
    "aliexpress.solution.order.get": _list,
    "aliexpress.solution.order.info.get": _order,
}


def _error(code: str, message: str) -> Response:
    return said({"type": "ISV", "code": code, "message": message, "request_id": "demo"})
