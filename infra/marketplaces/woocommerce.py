"""A WordPress shop with WooCommerce, from the documentation of its REST API v3: Basic auth, orders, refunds, reviews, pages.

The shop is one host of the local server; everything else about it is as anywhere: `X-WP-TotalPages`, local times beside *_gmt.
"""

from __future__ import annotations

import base64
import hmac
import re
from datetime import datetime, timedelta
from typing import Any

from chalicelib.model.call import Response

from .world import Call, Json, World, said

HOSTS = ("shop.example.com",)
DEMO = {
    "secret": "rehearsal of a webhook's secret",
    "url": "https://shop.example.com",
    "consumer_key": "ck_rehearsal",
    "consumer_secret": "cs_rehearsal",
}
LIMIT = (5.0, 5)
MOST_A_PAGE = 2
"""A shop of this world shows two at once, so that lists have pages."""
SHOP_ZONE = timedelta(hours=-3)
_API = "/wp-json/wc/v3/"


def answer(call: Call, world: World) -> Response:
    """What the shop says."""
    if not call.path.startswith(_API):
        return _error("rest_no_route", "No route was found matching the URL and request method.", 404)
    if not _known(call.headers.get("authorization", "")):
        return _error("woocommerce_rest_cannot_view", "Sorry, you cannot list resources.", 401)
    if call.method != "GET":
        return _error("woocommerce_rest_cannot_create", "Sorry, you are not allowed to create resources.", 403)
    path = call.path.removeprefix(_API)
    if path == "orders":
        return _orders(call.params, world)
    if path == "products/reviews":
        return _reviews(call.params, world)
    return _one(path, world)


def _known(authorization: str) -> bool:
    pair = f"{DEMO['consumer_key']}:{DEMO['consumer_secret']}".encode()
    return hmac.compare_digest(authorization.encode(), b"Basic " + base64.b64encode(pair))


def _error(code: str, message: str, status: int) -> Response:
    return said({"code": code, "message": message, "data": {"status": status}}, status)


def _one(path: str, world: World) -> Response:
    asked = re.fullmatch(r"orders/(\d+)(?:/refunds/(\d+))?", path)
    if not asked:
        return _error("rest_no_route", "No route was found matching the URL and request method.", 404)
    order_id, refund_id = asked.groups()
    found = world.get("refunds", f"{order_id}-{refund_id}") if refund_id else world.get("orders", order_id)
    if found is None:
        return _error("woocommerce_rest_shop_order_invalid_id", "Invalid ID.", 404)
    return said(found)


def _orders(asked: dict[str, str], world: World) -> Response:
    if asked.get("dates_are_gmt") != "true" or asked.get("orderby") not in ("modified", "date"):
        return _error("rest_invalid_param", "Invalid parameter(s): orderby", 400)
    try:
        after, before = _time(asked["modified_after"]), _time(asked["modified_before"])
    except (KeyError, ValueError):
        return _error("rest_invalid_param", "Invalid parameter(s): modified_after", 400)
    rows = [body for _, body in world.all("orders") if after < _time(body["date_modified_gmt"]) < before]
    return _page(sorted(rows, key=lambda one: one["date_modified_gmt"], reverse=asked.get("order") != "asc"), asked)


def _reviews(asked: dict[str, str], world: World) -> Response:
    """Reviews by the shop's own local time."""
    try:
        after, before = _time(asked["after"]) - SHOP_ZONE, _time(asked["before"]) - SHOP_ZONE
    except (KeyError, ValueError):
        return _error("rest_invalid_param", "Invalid parameter(s): after", 400)
    rows = [body for _, body in world.all("reviews") if after < _time(body["date_created_gmt"]) < before]
    return _page(sorted(rows, key=lambda one: one["date_created_gmt"]), asked)


def _time(text: str) -> datetime:
    return datetime.fromisoformat(text.removesuffix("Z"))


def _page(rows: list[Json], asked: dict[str, str]) -> Response:
    try:
        size, page = min(int(asked.get("per_page", "10")), MOST_A_PAGE), int(asked.get("page", "1"))
    except ValueError:
        return _error("rest_invalid_param", "Invalid parameter(s): page", 400)
    pages = -(-len(rows) // size)
    shown: list[Any] = rows[(page - 1) * size : page * size]
    return said(shown, x_wp_total=str(len(rows)), x_wp_totalpages=str(pages))
