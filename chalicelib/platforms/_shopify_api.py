"""Shopify's Admin API: GraphQL queries to the shop's own address, what the answers mean, and access tokens.

Sources: shopify.dev, Admin GraphQL 2026-07, its pages on rate limits and on the client credentials grant. Errors come inside a
200: THROTTLED with what the query costs and what is left; ACCESS_DENIED beside the data for what an app may not see.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from urllib.parse import urlencode

from ..model import codec, times
from ..model.call import Account, Answer, Busy, CallFailed, Denied, Read, Request, Response, Token
from ..model.errors import ConfigurationError
from ..model.event import Translated
from . import _calls as calls
from . import _shopify_nodes as nodes
from . import _shopify_queries as queries
from . import _shopify_told as told
from ._read import Reader

VERSION = "2026-07"
_SHOP = re.compile(r"[a-z0-9][a-z0-9-]{0,59}\.myshopify\.com", re.ASCII)
_VERSION = re.compile(r"20[0-9]{2}-(01|04|07|10)|unstable", re.ASCII)
_ID = "[0-9]{1,20}"
_THROTTLED, _DENIED = "THROTTLED", "ACCESS_DENIED"
_PASSING = frozenset({"INTERNAL_SERVER_ERROR", "TIMEOUT"})
_LEAST_WAIT, _LONGEST_WAIT = 1.0, 600.0


@dataclass(frozen=True, slots=True)
class Kind:
    """How one thing is read: the name of its type, the query, what it becomes; `more` asks for further lines of it.

    `lines` is the connection whose pages are read one after the other.
    """

    type: str
    query: str
    made: Callable[[Reader, str, datetime], Translated]
    more: str = ""
    lines: str = ""


KINDS = {
    "order": Kind("Order", queries.ORDER, told.order, queries.ORDER_LINES, "lineItems"),
    "fulfillment": Kind("Fulfillment", queries.FULFILLMENT, told.fulfillment),
    "refund": Kind("Refund", queries.REFUND, told.refund),
    "return": Kind("Return", queries.RETURN, told.goods_return, queries.RETURN_LINES, "returnLineItems"),
}


def request(read: Read, account: Account) -> Request:
    """The query. ConfigurationError names what the account lacks; BadPayload for an id that is none."""
    url = f"https://{_shop(account)}/admin/api/{_version(account)}/graphql.json"
    headers = {"content-type": "application/json", "x-shopify-access-token": _token(account)}
    variables: dict[str, object] = {"after": read.cursor} if read.cursor else {}
    if read.what == "orders":
        query = queries.ORDERS
        variables["query"] = _changed(read)
    else:
        kind = KINDS[read.what]
        query = kind.more if read.cursor and kind.more else kind.query
        variables["id"] = f"gid://shopify/{kind.type}/{calls.asked_id(read, _ID)}"
    return Request("POST", url, headers, codec.dumps({"query": query, "variables": variables}))


def _changed(read: Read) -> str:
    """Orders by when they were changed, in Shopify's search syntax."""
    since, until = calls.span(read)
    return f"updated_at:>='{times.text(since)}' AND updated_at:<'{times.text(until)}'"


def _shop(account: Account) -> str:
    """The shop's host. ConfigurationError for any other: the token is sent there."""
    shop = calls.needs(account, "shop_domain").strip().lower()
    if not _SHOP.fullmatch(shop):
        raise ConfigurationError(f"{account.source} has a shop_domain that is none: give NAME.myshopify.com, without https://")
    return shop


def _version(account: Account) -> str:
    version = account.setup.get("api_version") or VERSION
    if not _VERSION.fullmatch(version):
        raise ConfigurationError(f"{account.source} has an api_version that is none: give one such as {VERSION}")
    return version


def _token(account: Account) -> str:
    """The token that lasts, if the shop was connected with one; else the one that was fetched."""
    lasting = account.setup.get("access_token")
    if not lasting and not account.setup.get("client_id"):
        platform, _, shop = account.source.partition("/")
        remedy = f"./wellkept shop add {platform} {shop} --with client_id=..."
        raise ConfigurationError(f"{account.source} has neither client_id nor access_token: {remedy}")
    return lasting or account.access


# answers


def answer(read: Read, response: Response, now: datetime) -> Answer:
    """What was found, and what to read next: a list leads to its orders, an order to what it does not tell in full."""
    if read.what == "orders":
        return _listed(read, _told(response, now, "orders"))
    kind = KINDS[read.what]
    node = _told(response, now, read.what)
    then = list(_then(node) if read.what == "order" and not read.cursor else ())
    further = nodes.further(node, kind.lines) if kind.lines else None
    if further and further != read.cursor:
        then.append(calls.at_page(read, further))
    id_ = nodes.number(node) or calls.asked_id(read, _ID)
    return Answer((calls.found(read.what, id_, node.value, lambda key: kind.made(node, key, now)),), tuple(then))


def _listed(read: Read, listed: Reader) -> Answer:
    orders = [id_ for one in listed.children("nodes") if (id_ := nodes.number(one))]
    then = [Read("order", {"id": id_}) for id_ in dict.fromkeys(orders)]
    page = listed.child("pageInfo")
    further = page.text("endCursor") if page.flag("hasNextPage") else None
    if further and further != read.cursor:
        then.append(calls.at_page(read, further))
    return Answer((), tuple(then))


def _then(node: Reader) -> Iterator[Read]:
    """What an order names and does not tell in full."""
    apart = {
        "fulfillment": nodes.ids_apart(node, "fulfillments", "allFulfillments", "fulfillmentLineItems"),
        "refund": nodes.ids_apart(node, "refunds", "allRefunds", "refundLineItems"),
        "return": told.returns_of(node),
    }
    return (Read(what, {"id": id_}) for what, ids in apart.items() for id_ in dict.fromkeys(ids))


def _told(response: Response, now: datetime, root: str) -> Reader:
    """The object that was asked for. Busy, Denied or CallFailed for the errors beside or instead of it."""
    body = calls.json_object(response, now)
    errors = body.value.get("errors")
    codes, why = _codes(errors), f"Shopify says: {_said(errors)}"
    if _THROTTLED in codes:
        raise Busy(why, _wait(body))
    if errors and codes != {_DENIED}:
        raise CallFailed(why, passing=bool(codes & _PASSING))
    node = body.child("data").child(root)
    if not node.value:
        raise CallFailed(why if errors else f"Shopify tells of no such {root}: it is gone, or beyond the app's scopes")
    return node


def _codes(errors: object) -> set[str]:
    """The codes of all errors; a text of its own, and an error without a code, count as ""."""
    listed = errors if isinstance(errors, list) else [errors] if errors else []
    return {_code(one) for one in listed}


def _code(error: object) -> str:
    more = error.get("extensions") if isinstance(error, dict) else None
    code = more.get("code") if isinstance(more, dict) else None
    return code if isinstance(code, str) else ""


def _said(errors: object) -> str:
    """What the first error says, in one short line."""
    first = errors[0] if isinstance(errors, list) and errors else errors
    message = first.get("message") if isinstance(first, dict) else first
    return " ".join(str(message)[:200].split())


def _wait(body: Reader) -> timedelta | None:
    """How long until the bucket holds what the query may cost."""
    cost = body.child("extensions").child("cost")
    status = cost.child("throttleStatus")
    wanted, left, rate = (
        _amount(one) for one in (cost.value.get("requestedQueryCost"), status.value.get("currentlyAvailable"),
                                 status.value.get("restoreRate"))
    )  # fmt: skip
    if wanted is None or left is None or not rate or rate < 0:
        return None
    return timedelta(seconds=min(max((wanted - left) / rate, _LEAST_WAIT), _LONGEST_WAIT))


def _amount(value: object) -> float | None:
    """A number of points."""
    if isinstance(value, bool) or not isinstance(value, (int, float)) or abs(value) > 10**12:
        return None
    return float(value) if math.isfinite(value) else None


# tokens


def renewal(account: Account) -> Request:
    """The request for a token by the app's id and secret (client credentials grant). The secret is in its body."""
    said = {
        "grant_type": "client_credentials", "client_id": calls.needs(account, "client_id"),
        "client_secret": account.setup.get("client_secret") or account.secret,
    }  # fmt: skip
    headers = {"content-type": "application/x-www-form-urlencoded", "accept": "application/json"}
    return Request("POST", f"https://{_shop(account)}/admin/oauth/access_token", headers, urlencode(said).encode())


def renewed(response: Response, now: datetime) -> Token:
    """The token, good for a day. A wrong id or secret can be mended any time: it is CallFailed, and tried anew."""
    try:
        body = calls.json_object(response, now, "token")
    except Denied as err:
        raise CallFailed(str(err)) from err
    access, seconds = body.text("access_token"), body.whole("expires_in")
    if not access or not seconds or not 0 < seconds < 10**9:
        raise CallFailed("Shopify's answer holds no access_token and expires_in")
    return Token(access, now + timedelta(seconds=seconds))
