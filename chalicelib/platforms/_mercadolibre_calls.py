"""Mercado Libre's API: requests under a seller's bearer token, and the tokens themselves.

Source: developers.mercadolibre.com. A resource that a notification names is never called as it stands: only the id in it is
used, in a path of our own, so that no notification can send our token elsewhere.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from datetime import datetime, timedelta
from urllib.parse import urlencode

from ..model import codec
from ..model.call import Account, CallFailed, Denied, Read, Request, Response, Token
from ..model.errors import BadPayload
from . import mercadolibre
from ._calls import asked_id, fine, needs, span
from ._read import Reader

HOST = "https://api.mercadolibre.com"
PAGE, MISSED = 50, 10
NUMBER, CODE = "[0-9]{1,20}", "[A-Z]{2,6}[0-9]{1,10}"
_LIFE = timedelta(hours=6)
# One thing: the form of its id, its path, and its path for accounts of Global Selling.
_PATHS = {
    "order": (NUMBER, "/orders/{}", "/marketplace/orders/{}"),
    "shipment": (NUMBER, "/shipments/{}", "/marketplace/shipments/{}"),
    "payment": (NUMBER, "/collections/{}", "/collections/{}"),
    "claim": (NUMBER, "/post-purchase/v1/claims/{}", "/marketplace/claims/{}"),
    "return": (NUMBER, "/post-purchase/v2/claims/{}/returns", "/marketplace/claims/{}/returns"),
    "claim_reason": (CODE, "/post-purchase/v1/claims/reasons/{}", "/marketplace/claims/reasons/{}"),
}


def request(read: Read, account: Account) -> Request:
    """The request for a read."""
    headers = {"authorization": f"Bearer {account.access}", "accept": "application/json"}
    if read.what in _LISTS:
        path, params = _LISTS[read.what](read, account)
        return Request("GET", f"{HOST}{path}?{urlencode(params)}", headers)
    form, *paths = _PATHS[read.what]
    path = paths[_abroad(account)].format(asked_id(read, form))
    return Request("GET", HOST + path, headers | ({"x-format-new": "true"} if read.what == "shipment" else {}))


def _abroad(account: Account) -> bool:
    return account.setup.get("global_selling", "").lower() in ("yes", "true", "1")


def seller(account: Account) -> str:
    """The shop's own user id."""
    own = (mercadolibre.sellers_of(needs(account, "user_id")) or [""])[0]
    if not re.fullmatch(NUMBER, own, re.ASCII):
        raise BadPayload("the shop's user_id is no number", "setup.user_id")
    return own


def _orders(read: Read, account: Account) -> tuple[str, dict[str, str]]:
    since, until = span(read)
    return ("/marketplace" if _abroad(account) else "") + "/orders/search", {
        "seller": seller(account), "order.date_last_updated.from": _text(since), "order.date_last_updated.to": _text(until),
        "sort": "date_asc", "limit": str(PAGE), "offset": str(offset(read)),
    }  # fmt: skip


def _claims(read: Read, account: Account) -> tuple[str, dict[str, str]]:
    """The claims in which the seller answers: what they ask for themselves (cancel_sale) is no return."""
    since, until = span(read)
    return "/marketplace/claims/search" if _abroad(account) else "/post-purchase/v1/claims/search", {
        "players.role": "respondent", "players.user_id": seller(account),
        "range": f"last_updated:after:{_text(since)},before:{_text(until)}", "limit": str(PAGE), "offset": str(offset(read)),
    }  # fmt: skip


def _missed(read: Read, account: Account) -> tuple[str, dict[str, str]]:
    """Of all topics; the feed knows no span but its own two days."""
    return "/missed_feeds", {
        "app_id": needs(account, "application_id"), "limit": str(MISSED), "offset": str(offset(read)),
    }  # fmt: skip


_LISTS: dict[str, Callable[[Read, Account], tuple[str, dict[str, str]]]] = {
    "orders": _orders, "claims": _claims, "missed_feeds": _missed,
}  # fmt: skip


def _text(time: datetime) -> str:
    """With milliseconds, which the claims insist on, and the offset as it is written there."""
    return f"{time:%Y-%m-%dT%H:%M:%S}.{time.microsecond // 1000:03d}-00:00"


def offset(read: Read) -> int:
    """How far into a list a read is."""
    if read.cursor and not re.fullmatch("[0-9]{1,6}", read.cursor, re.ASCII):
        raise BadPayload(f"{read.cursor[:40]!r} is no place in a list", "cursor")
    return int(read.cursor or "0")


def renewal(account: Account) -> Request:
    """The request for a new access token."""
    form = {
        "grant_type": "refresh_token", "client_id": needs(account, "application_id"),
        "client_secret": needs(account, "client_secret"), "refresh_token": account.refresh,
    }  # fmt: skip
    headers = {"content-type": "application/x-www-form-urlencoded", "accept": "application/json"}
    return Request("POST", f"{HOST}/oauth/token", headers, urlencode(form).encode())


def renewed(response: Response, now: datetime) -> Token:
    """The token. Denied when the refresh token was used before, or was taken back: the seller must authorise again."""
    if response.status == 400 and _error(response) == "invalid_grant":
        raise Denied("the refresh token is spent or was taken back: the seller must authorise the application again")
    body = Reader(codec.mapping(codec.loads(fine(response, now).body, "answer"), "answer"), "answer")
    access, refresh, life = body.text("access_token"), body.text("refresh_token"), body.whole("expires_in")
    if not access or not refresh:
        raise CallFailed("the answer to a renewal holds no token")
    return Token(access, now + (timedelta(seconds=min(max(life, 0), 86_400)) if life else _LIFE), refresh)


def _error(response: Response) -> object:
    try:
        found = json.loads(response.body)
    except (ValueError, RecursionError):
        return None
    return found.get("error") if isinstance(found, dict) else None
