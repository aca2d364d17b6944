"""eBay, as its documentation has it: OAuth tokens of two kinds, Fulfillment under `Bearer`, Post-Order under `IAF`, keys.

Pages hold two rows here, however many are asked for, so that paging is used.
"""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from typing import Any

from chalicelib import platforms
from chalicelib.model.call import Response

from .world import Call, Json, World, said

HOSTS = ("api.ebay.com", "apiz.ebay.com")
LIMIT = (20.0, 100)
DEMO = {
    "secret": "PRD-0000000sample-cert",
    "client_id": "SampleSh-sample-PRD-000000000-00000000",
    "refresh_token": "v^1.1#i^1#sample-refresh",
    "marketplace": "EBAY_US",
    "verification_token": "71745723-d031-455c-bfa5-f90d11b4f20a",
    "url": "https://hooks.example.com/webhooks/ebay/sample-shop",
    "seller": "sELLer1aBcD, sample_seller",
}
_GOOD_FOR = 7200
_PAGE, _MOST = 2, 200
_BACK = timedelta(days=548)
_SEARCHES = {
    "return/search": ("return", "creation_date_range", "members"),
    "cancellation/search": ("cancellation", "creation_date_range", "cancellations"),
    "inquiry/search": ("inquiry", "inquiry_creation_date_range", "members"),
    "casemanagement/search": ("case", "case_creation_date_range", "members"),
}
_MADE = {"cancellation": "cancelRequestDate", "inquiry": "creationDate", "case": "creationDate"}


def answer(call: Call, world: World) -> Response:
    """What eBay says to a call."""
    for method, pattern, how in _ROUTES:
        found = re.fullmatch(pattern, f"{call.host}{call.path}")
        if found and call.method == method:
            return how(call, world, *found.groups())
    return _error(404, 2002, "Resource not found", "ROUTING")


def _error(status: int, id_: int, message: str, domain: str = "API_FULFILLMENT") -> Response:
    return said({"errors": [{"errorId": id_, "domain": domain, "category": "REQUEST", "message": message}]}, status)


# tokens


def _token(call: Call, world: World) -> Response:
    basic = base64.b64encode(f"{DEMO['client_id']}:{DEMO['secret']}".encode()).decode()
    if call.headers.get("authorization") != f"Basic {basic}":
        return said({"error": "invalid_client", "error_description": "client authentication failed"}, 401)
    form = call.form
    if form.get("grant_type") == "client_credentials":
        if form.get("scope") != "https://api.ebay.com/oauth/api_scope":
            return said({"error": "invalid_scope", "error_description": "The requested scope is invalid"}, 400)
        return _issued(world, "Application Access Token")
    if form.get("grant_type") == "refresh_token" and form.get("refresh_token") == DEMO["refresh_token"]:
        return _issued(world, "User Access Token")
    return said({"error": "invalid_grant", "error_description": "the provided refresh token is invalid or was revoked"}, 400)


def _issued(world: World, kind: str) -> Response:
    with world.lock:
        tokens = world.state.setdefault("tokens", {})
        token = f"v^1.1#i^1#sample-access#{len(tokens) + 1}"
        tokens[token] = (kind, world.clock() + timedelta(seconds=_GOOD_FOR))
    return said({"access_token": token, "expires_in": _GOOD_FOR, "token_type": kind})


def _refused(call: Call, world: World, word: str, kind: str) -> Response | None:
    """Why the token of a call is not good: word before it, kind, or age."""
    given, _, token = call.headers.get("authorization", "").partition(" ")
    known, until = world.state.get("tokens", {}).get(token, ("", None))
    if given != word or until is None or until <= world.clock():
        return _error(401, 1001, "Invalid access token", "OAuth")
    if known != kind:
        return _error(403, 1100, "Insufficient permissions to fulfill the request", "ACCESS")
    return None


def _as_user(call: Call, world: World) -> Response | None:
    return _refused(call, world, "Bearer", "User Access Token")


# keys, orders, payments


def _public_key(call: Call, world: World, kid: str) -> Response:
    refused = _refused(call, world, "Bearer", "Application Access Token")
    if refused:
        return refused
    # The one thing taken from the adapter: it knows which key stands for the secret that recorded deliveries are signed with.
    own = json.loads(platforms.get("ebay").public(DEMO["secret"]))  # type: ignore[attr-defined]
    found = world.get("public_key", kid) or (own if own["kid"] == kid else None)
    if found is None:
        return _error(404, 195012, "Not a valid public key id", "API_NOTIFICATION")
    return said({name: found[name] for name in ("key", "algorithm", "digest")})


def _order(call: Call, world: World, id_: str) -> Response:
    found = world.get("order", id_)
    return _as_user(call, world) or (said(found) if found else _error(404, 32100, "Invalid Order Id"))


def _fulfillments(call: Call, world: World, id_: str) -> Response:
    refused = _as_user(call, world)
    if refused or world.get("order", id_) is None:
        return refused or _error(404, 32100, "Invalid Order Id")
    rows = (world.get("fulfillments", id_) or {}).get("fulfillments", [])
    return said({"fulfillments": rows, "total": len(rows)})


def _orders(call: Call, world: World) -> Response:
    refused = _as_user(call, world)
    given = re.fullmatch(r"lastmodifieddate:\[(\S+)\.\.(\S+)\]", call.params.get("filter", ""))
    if refused or given is None:
        return refused or _error(400, 30800, "Invalid filter")
    since, until = (datetime.fromisoformat(one) for one in given.groups())
    rows = [_listed(one) for _, one in world.all("order") if since <= _time(one["lastModifiedDate"]) <= until]
    return _page(call, rows, "orders")


def _listed(order: Json) -> Json:
    """An order as lists have it: without the requests to cancel it."""
    return order | {"cancelStatus": order["cancelStatus"] | {"cancelRequests": []}}


def _disputes(call: Call, world: World) -> Response:
    refused = _as_user(call, world)
    if refused:
        return refused
    since, until = (datetime.fromisoformat(call.params[f"open_date_{end}"]) for end in ("from", "to"))
    if until - since > timedelta(days=90):
        return _error(400, 33100, "The date range is more than 90 days", "API_PAYMENT_DISPUTE")
    rows = [one for _, one in world.all("dispute") if since <= _time(one["openDate"]) <= until]
    return _page(call, rows, "paymentDisputeSummaries")


def _dispute(call: Call, world: World, id_: str) -> Response:
    found = world.get("dispute", id_)
    return _as_user(call, world) or (said(found) if found else _error(404, 33101, "Invalid payment dispute ID"))


def _page(call: Call, rows: list[Json], name: str) -> Response:
    limit, skip = int(call.params.get("limit", 50)), int(call.params.get("offset", 0))
    if not 0 < limit <= _MOST:
        return _error(400, 30850, "Invalid limit")
    size = min(limit, _PAGE)
    return said({name: rows[skip : skip + size], "limit": size, "offset": skip, "total": len(rows)})


# Post-Order


def _post_order_refused(call: Call, world: World) -> Response | None:
    refused = _refused(call, world, "IAF", "User Access Token")
    if refused or call.headers.get("x-ebay-c-marketplace-id") == DEMO["marketplace"]:
        return refused
    return said({"error": [{"errorId": 1616, "message": "Invalid marketplace id"}]}, 400)


def _return(call: Call, world: World, id_: str) -> Response:
    refused, found = _post_order_refused(call, world), world.get("return", id_)
    if refused or found is None:
        return refused or said({"error": [{"errorId": 1601, "message": "Invalid return id"}]}, 404)
    return said(found if call.params.get("fieldgroups") == "FULL" else {"summary": found["summary"]})


def _search(call: Call, world: World, path: str) -> Response:
    refused, (kind, dates, name) = _post_order_refused(call, world), _SEARCHES[path]
    if refused:
        return refused
    since = datetime.fromisoformat(call.params[f"{dates}_from"])
    until = datetime.fromisoformat(call.params.get(f"{dates}_to") or (since + timedelta(days=90)).isoformat())
    if world.clock() - since > _BACK:
        return said({"error": [{"errorId": 1602, "message": "more than 18 months in the past"}]}, 400)
    rows = [one for at, one in _rows(world, kind) if since <= at <= until]
    limit, skip = min(int(call.params.get("limit", 25)), _PAGE), int(call.params.get("offset", 0))
    pages = {"offset": skip, "limit": limit, "totalPages": -(-len(rows) // limit), "totalEntries": len(rows)}
    return said({name: rows[skip : skip + limit], "total": len(rows), "paginationOutput": pages})


def _rows(world: World, kind: str) -> Iterator[tuple[datetime, Json]]:
    for _, one in world.all(kind):
        row = one["summary"] if kind == "return" else one
        made = row["creationInfo"]["creationDate"] if kind == "return" else row[_MADE[kind]]
        yield _time(made["value"]), row


def _time(text: str) -> datetime:
    return datetime.fromisoformat(text)


_ID = r"([0-9A-Za-z-]+)"
_ROUTES: tuple[tuple[str, str, Callable[..., Any]], ...] = (
    ("POST", r"api\.ebay\.com/identity/v1/oauth2/token", _token),
    ("GET", rf"api\.ebay\.com/commerce/notification/v1/public_key/{_ID}", _public_key),
    ("GET", r"api\.ebay\.com/sell/fulfillment/v1/order", _orders),
    ("GET", rf"api\.ebay\.com/sell/fulfillment/v1/order/{_ID}", _order),
    ("GET", rf"api\.ebay\.com/sell/fulfillment/v1/order/{_ID}/shipping_fulfillment", _fulfillments),
    ("GET", r"apiz\.ebay\.com/sell/fulfillment/v1/payment_dispute_summary", _disputes),
    ("GET", rf"apiz\.ebay\.com/sell/fulfillment/v1/payment_dispute/{_ID}", _dispute),
    ("GET", rf"api\.ebay\.com/post-order/v2/({'|'.join(_SEARCHES)})", _search),
    ("GET", rf"api\.ebay\.com/post-order/v2/return/{_ID}", _return),
)
