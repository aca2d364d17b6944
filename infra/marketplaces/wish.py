"""Wish's Marketplace API v3, from its OpenAPI document: bearer tokens, an envelope, lists by last change."""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from typing import Any

from chalicelib.model.call import Response

from .world import Call, World, said

HOSTS = ("merchant.wish.com",)
DEMO = {
    "secret": "a-long-word-of-the-rehearsal-for-wish",
    "client_id": "5e0000000000000000000001",
    "client_secret": "rehearsal client secret of wish",
    "refresh_token": "rehearsal-refresh",
}
LIMIT = (5.0, 5)
LIFE = timedelta(days=30)
_API = "/api/v3"


def answer(call: Call, world: World) -> Response:
    """What the platform says."""
    if not call.path.startswith(_API) or call.method != "GET":
        return said({"message": "not found", "code": 1000}, 404)
    path = call.path.removeprefix(_API)
    if path == "/oauth/refresh_token":
        return _token(call.params, world)
    token = call.headers.get("authorization", "")
    if not token.startswith("Bearer "):
        return _error("Missing access token in authorization header", 1012, 401)
    if world.state.get("good", {}).get(token.removeprefix("Bearer "), world.clock()) <= world.clock():
        return _error("The access token has expired", 1007, 401)
    if path == "/orders":
        return _orders(call.params, world)
    asked = re.fullmatch(r"/orders/([A-Za-z0-9]+)", path)
    found = world.get("orders", asked[1]) if asked else None
    return _fine(found) if found else _error("We could not find an order for that id", 4000, 400)


def _error(message: str, code: int, status: int = 400) -> Response:
    return said({"message": message, "code": code, "data": {}}, status)


def _fine(data: Any) -> Response:
    return said({"message": "", "code": 0, "data": data}, wish_rate_limit_remaining="99", wish_request_id="rehearsal")


def _token(asked: dict[str, str], world: World) -> Response:
    """A new access token; those before it are revoked."""
    if asked.get("grant_type") != "refresh_token":
        return _error("grant_type must be set to 'refresh_token'", 1001)
    if asked.get("client_id") != DEMO["client_id"] or asked.get("client_secret") != DEMO["client_secret"]:
        return _error("Incorrect credentials. client_id or client_secret does not match our records", 10001)
    if asked.get("refresh_token") != DEMO["refresh_token"]:
        return _error("Unauthorized access on this API", 1006)
    with world.lock:
        count = world.state["count"] = world.state.get("count", 0) + 1
        until = world.clock() + LIFE
        world.state["good"] = {f"rehearsal-access-{count}": until}
    return _fine({
        "access_token": f"rehearsal-access-{count}", "refresh_token": DEMO["refresh_token"], "merchant_id": "m1",
        "expiry_time": until.isoformat(), "scopes": ["orders:read"],
    })  # fmt: skip


def _orders(asked: dict[str, str], world: World) -> Response:
    """By last change, both ends included."""
    try:
        since, until = (datetime.fromisoformat(asked[f"updated_at_{end}"]) for end in ("min", "max"))
        limit = int(asked.get("limit", "50"))
    except (KeyError, ValueError):
        return _error("updated_at_min or updated_at_max is invalid", 1001)
    if not 1 <= limit <= 500 or asked.get("sort_by") not in ("updated_at.asc", "updated_at.desc", None):
        return _error("limit or sort_by is invalid", 1001)
    rows = [body for _, body in world.all("orders") if since <= _changed(body) <= until]
    return _fine(sorted(rows, key=_changed, reverse=asked.get("sort_by") != "updated_at.asc")[:limit])


def _changed(body: dict[str, Any]) -> datetime:
    return datetime.fromisoformat(body["updated_at"])
