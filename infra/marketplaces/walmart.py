"""Walmart Marketplace (US), as its documentation has it: tokens of 900 seconds, dates in pairs, cursors that are query strings.

Pages hold two rows here, however many are asked for. The last page of returns repeats its own cursor, as has been seen.
"""

from __future__ import annotations

import base64
import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

from chalicelib.model.call import Response

from .world import Call, Json, World, said

HOSTS = ("marketplace.walmartapis.com",)
LIMIT = (80.0, 200)
DEMO = {
    "secret": "AL0000000000000000000000-sample-secret",
    "client_id": "00000000-0000-4000-8000-000000000000",
    "wfs": "yes",
}
_GOOD_FOR = 900
_PAGE, _MOST = 2, 200
_BACK = timedelta(days=180)


def answer(call: Call, world: World) -> Response:
    """What Walmart says to a call."""
    if not call.headers.get("wm_svc.name") or not call.headers.get("wm_qos.correlation_id"):
        return _error(400, "INVALID_REQUEST_HEADER.GMP_GATEWAY_API", "WM_SVC.NAME and WM_QOS.CORRELATION_ID are required")
    if (call.method, call.path) == ("POST", "/v3/token"):
        return _token(call, world)
    if not _known(call, world):
        return _error(401, "UNAUTHORIZED.GMP_GATEWAY_API", "the access token is missing, wrong or has expired")
    for pattern, how in _ROUTES:
        found = re.fullmatch(pattern, call.path)
        if found and call.method == "GET":
            return how(call, world, *found.groups())
    return _error(404, "CONTENT_NOT_FOUND.GMP_GATEWAY_API", "no such resource")


def _error(status: int, code: str, words: str) -> Response:
    return said({"errors": {"error": [{"code": code, "description": words, "severity": "ERROR", "category": "DATA"}]}}, status)


def _token(call: Call, world: World) -> Response:
    basic = base64.b64encode(f"{DEMO['client_id']}:{DEMO['secret']}".encode()).decode()
    if call.headers.get("authorization") != f"Basic {basic}":
        return said({"error": [{"code": "UNAUTHORIZED.GMP_GATEWAY_API", "description": "wrong client id or secret"}]}, 401)
    if call.form.get("grant_type") != "client_credentials":
        return said({"error": [{"code": "INVALID_GRANT", "description": "the refresh token is not known"}]}, 400)
    with world.lock:
        tokens = world.state.setdefault("tokens", {})
        token = f"sample-access-{len(tokens) + 1}"
        tokens[token] = world.clock() + timedelta(seconds=_GOOD_FOR)
    return said({"access_token": token, "token_type": "Bearer", "expires_in": _GOOD_FOR})


def _known(call: Call, world: World) -> bool:
    until = world.state.get("tokens", {}).get(call.headers.get("wm_sec.access_token", ""))
    return until is not None and until > world.clock()


def _order(call: Call, world: World, id_: str) -> Response:
    found = world.get("order", id_)
    return said({"order": found}) if found else _error(404, "CONTENT_NOT_FOUND.GMP_ORDER_API", "no such purchase order")


def _orders(call: Call, world: World) -> Response:
    span = _span(call, "createdStartDate", "createdEndDate")
    if isinstance(span, Response):
        return span
    if world.clock() - span[0] > _BACK + timedelta(hours=1):
        return _error(400, "INVALID_REQUEST_PARAM.GMP_ORDER_API", "orders go back 180 days")
    rows = [one for _, one in world.all("order") if span[0] <= _epoch(one["orderDate"]) <= span[1]]
    if not rows:
        return _error(404, "CONTENT_NOT_FOUND.GMP_ORDER_API", "no orders found for the given criteria")
    page, more = _page(call, rows)
    return said({"list": {"meta": _meta(rows, more), "elements": {"order": page}}})


def _returns(call: Call, world: World) -> Response:
    wanted = call.params.get("returnOrderId")
    if wanted:
        rows = [one for id_, one in world.all("return") if id_ == wanted]
        return said({"meta": _meta(rows, None), "returnOrders": [_shown(one) for one in rows]})
    span = _span(call, "returnLastModifiedStartDate", "returnLastModifiedEndDate")
    if isinstance(span, Response):
        return span
    wfs = call.params.get("isWFSEnabled") == "Y"
    rows = [one for _, one in world.all("return") if span[0] <= _changed(one) <= span[1] and bool(one.get("wfs")) is wfs]
    page, more = _page(call, rows)
    repeated = f"?{call.query}" if "offset" in call.params else None
    return said({"meta": _meta(rows, more or repeated), "returnOrders": [_shown(one) for one in page]})


def _span(call: Call, first: str, last: str) -> tuple[datetime, datetime] | Response:
    """Both ends of what is asked for; one alone is refused."""
    if not call.params.get(first) or not call.params.get(last):
        return _error(400, "INVALID_REQUEST_PARAM.GMP_GATEWAY_API", f"{first} and {last} are needed together")
    if not 0 < int(call.params.get("limit", 10)) <= _MOST:
        return _error(400, "INVALID_REQUEST_PARAM.GMP_GATEWAY_API", "limit is at most 200")
    return datetime.fromisoformat(call.params[first]), datetime.fromisoformat(call.params[last])


def _page(call: Call, rows: list[Json]) -> tuple[list[Json], str | None]:
    """A page, and the query string of the next one."""
    skip = int(call.params.get("offset", 0))
    rest = re.sub(r"&offset=\d+", "", call.query)
    more = f"?{rest}&offset={skip + _PAGE}" if skip + _PAGE < len(rows) else None
    return rows[skip : skip + _PAGE], more


def _meta(rows: list[Json], more: str | None) -> Json:
    return {"totalCount": len(rows), "limit": _PAGE, "nextCursor": more}


def _shown(one: Json) -> Json:
    return {name: value for name, value in one.items() if name != "wfs"}


def _changed(one: Json) -> datetime:
    return max(datetime.fromisoformat(line["statusTime"]) for line in one["returnOrderLines"])


def _epoch(millis: int) -> datetime:
    return datetime.fromtimestamp(millis / 1000, UTC)


_ROUTES: tuple[tuple[str, Callable[..., Any]], ...] = (
    (r"/v3/orders", _orders),
    (r"/v3/orders/([0-9A-Za-z]+)", _order),
    (r"/v3/returns", _returns),
)
