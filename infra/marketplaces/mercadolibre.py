"""Mercado Libre's API, from developers.mercadolibre.com: bearer tokens of six hours, refresh tokens for one use, pointers to
orders, shipments, payments and claims, searches by offset, and the feed of missed news."""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from typing import Any

from chalicelib.model.call import Response

from .world import Call, Json, World, said

HOSTS = ("api.mercadolibre.com",)
DEMO = {
    "secret": "a-long-word-of-the-rehearsal-that-nobody-guesses",
    "application_id": "1111111111111111",
    "user_id": "222222222",
    "client_secret": "rehearsal client secret",
    "refresh_token": "TG-rehearsal-0",
}
LIMIT = (10.0, 10)
MOST_A_PAGE = 2
LIFE = timedelta(hours=6)
FARTHEST = 10_000
_ONE = (
    (r"/orders/(\d+)", "orders"), (r"/shipments/(\d+)", "shipments"), (r"/collections/(\d+)", "payments"),
    (r"/post-purchase/v1/claims/(\d+)", "claims"), (r"/post-purchase/v2/claims/(\d+)/returns", "returns"),
    (r"/post-purchase/v1/claims/reasons/([A-Z]+\d+)", "reasons"),
)  # fmt: skip


def answer(call: Call, world: World) -> Response:
    """What the platform says."""
    if call.path == "/oauth/token":
        return _token(call, world)
    if not _allowed(call, world):
        return _error("invalid access token", "unauthorized", 401)
    if call.path == "/orders/search":
        return _orders(call.params, world)
    if call.path == "/post-purchase/v1/claims/search":
        return _claims(call.params, world)
    if call.path == "/missed_feeds":
        return _missed(call.params, world)
    return _one(call, world)


def _error(message: str, error: str, status: int) -> Response:
    return said({"message": message, "error": error, "status": status, "cause": []}, status)


def _token(call: Call, world: World) -> Response:
    """A refresh token is taken once; the answer holds the next."""
    form = call.form
    if call.method != "POST" or form.get("client_id") != DEMO["application_id"]:
        return _error("client_id is wrong", "invalid_client", 400)
    if form.get("client_secret") != DEMO["client_secret"] or form.get("grant_type") != "refresh_token":
        return _error("client_secret or grant_type is wrong", "invalid_client", 400)
    with world.lock:
        if form.get("refresh_token") != world.state.get("refresh", DEMO["refresh_token"]):
            return _error("your refresh_token may be expired or it was already used", "invalid_grant", 400)
        count = world.state["count"] = world.state.get("count", 0) + 1
        world.state["refresh"] = f"TG-rehearsal-{count}"
        world.state.setdefault("good", {})[f"APP_USR-rehearsal-{count}"] = world.clock() + LIFE
        return said({
            "access_token": f"APP_USR-rehearsal-{count}", "token_type": "bearer", "expires_in": int(LIFE.total_seconds()),
            "scope": "offline_access read", "user_id": int(DEMO["user_id"]), "refresh_token": world.state["refresh"],
        })  # fmt: skip


def _allowed(call: Call, world: World) -> bool:
    until = world.state.get("good", {}).get(call.headers.get("authorization", "").removeprefix("Bearer "))
    return until is not None and until > world.clock()


def _one(call: Call, world: World) -> Response:
    for form, kind in _ONE:
        asked = re.fullmatch(form, call.path)
        if asked:
            found = world.get(kind, asked[1])
            return said(found) if found is not None else _error("Resource not found", "not_found", 404)
    return _error("Resource not found", "not_found", 404)


def _orders(asked: dict[str, str], world: World) -> Response:
    if asked.get("seller") != DEMO["user_id"]:
        return _error("You don't have permission to access the resource", "forbidden", 403)
    try:
        since, until = (_time(asked[f"order.date_last_updated.{end}"]) for end in ("from", "to"))
    except (KeyError, ValueError):
        return _error("invalid date", "bad_request", 400)
    rows = [body for _, body in world.all("orders") if since <= _time(body["last_updated"]) <= until]
    return _page(sorted(rows, key=lambda one: _time(one["date_created"])), asked, "results")


def _claims(asked: dict[str, str], world: World) -> Response:
    """Claims by role and user, both of which must be given."""
    span = re.fullmatch(r"last_updated:after:(.+),before:(.+)", asked.get("range", ""))
    if "players.role" not in asked or "players.user_id" not in asked or not span:
        return _error("players.role and players.user_id are mandatory", "bad_request", 400)
    since, until, player = _time(span[1]), _time(span[2]), (asked["players.user_id"], asked["players.role"])
    rows = [body for _, body in world.all("claims") if since <= _time(body["last_updated"]) <= until]
    return _page([body for body in rows if player in _players(body)], asked, "data")


def _players(claim: Json) -> list[tuple[str, str]]:
    return [(str(one["user_id"]), one["role"]) for one in claim["players"]]


def _missed(asked: dict[str, str], world: World) -> Response:
    """What was sent within two days and never taken."""
    if asked.get("app_id") != DEMO["application_id"]:
        return _error("app_id is not yours", "forbidden", 403)
    rows = [body for _, body in world.all("missed") if world.clock() - _time(body["sent"]) <= timedelta(days=2)]
    return _page(rows, asked, "messages")


def _time(text: str) -> datetime:
    return datetime.fromisoformat(text)


def _page(rows: list[Json], asked: dict[str, str], name: str) -> Response:
    limit, offset = min(int(asked.get("limit", "30")), MOST_A_PAGE), int(asked.get("offset", "0"))
    if offset + limit > FARTHEST:
        return _error("offset is too large", "bad_request", 400)
    shown: dict[str, Any] = {name: rows[offset : offset + limit]}
    return said(shown | {"paging": {"total": len(rows), "offset": offset, "limit": limit}})
