"""Wish's Marketplace API v3: bearer tokens, answers in an envelope, lists that go on from the last row's own time.

Source: the OpenAPI document of the API (3.0.65).
"""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from urllib.parse import urlencode

from ..model import times
from ..model.call import Account, Answer, Busy, CallFailed, Denied, Found, Read, Request, Response, Token
from ..model.errors import BadPayload
from ..model.event import Event, Translated
from . import _wish_facts as facts
from ._calls import asked_id, at_page, fine, found, json_object, needs, span
from ._read import Reader

BASE = "https://merchant.wish.com/api/v3"
PAGE = 500
ORDER = "[A-Za-z0-9]{1,64}"
# Codes of the envelope that say the access token is none (any more): unauthorised, expired, revoked, missing.
_TOKEN = frozenset({"1006", "1007", "1008", "1012"})
_WRONG_APP = "10001"
_LIFE, _LONGEST = timedelta(days=30), timedelta(hours=6)


def request(read: Read, account: Account) -> Request:
    """The request for a read."""
    headers = {"authorization": f"Bearer {account.access}", "accept": "application/json", "accept-language": "en"}
    if read.what == "order":
        return Request("GET", f"{BASE}/orders/{asked_id(read, ORDER)}", headers)
    since, until = span(read)
    start = times.parse(read.cursor, "cursor") if read.cursor else since
    params = {
        "updated_at_min": times.text(start), "updated_at_max": times.text(until), "sort_by": "updated_at.asc",
        "limit": str(PAGE),
    }  # fmt: skip
    return Request("GET", f"{BASE}/orders?{urlencode(params)}", headers)


def answer(read: Read, response: Response, now: datetime) -> Answer:
    """What an answer tells; a full list goes on from its last row's time, for as long as that moves on."""
    body = _envelope(response, now)
    if read.what == "order":
        return Answer((_found(body.child("data"), now),))
    rows = list(body.children("data"))
    last = max((time for row in rows if (time := row.time("updated_at"))), default=None)
    start = times.parse(read.cursor, "cursor") if read.cursor else span(read)[0]
    further = len(rows) >= PAGE and last is not None and last > start
    return Answer(tuple(_found(row, now) for row in rows), (at_page(read, times.text(last)),) if further and last else ())


def _envelope(response: Response, now: datetime) -> Reader:
    """The envelope of an answer that is fine. Errors come with their own status, or inside a 200."""
    if response.status == 400:
        body = json_object(replace(response, status=200), now)
        raise _error(body)
    body = json_object(_patient(response, now), now)
    if body.id("code") not in ("0", None) or (body.id("code") is None and "data" not in body.value):
        raise _error(body)
    return body


def _error(body: Reader) -> Exception:
    code, message = body.id("code"), " ".join((body.text("message") or "").split())[:200]
    why = f"Wish answered {code}: {message}"
    return Denied(why) if code in _TOKEN else CallFailed(why)


def _patient(response: Response, now: datetime) -> Response:
    """The response; Busy until the reset that it names, where its calls are spent and it names nothing else."""
    said = response.headers.get("wish-rate-limit-reset", "").strip()
    if response.status != 429 or response.headers.get("retry-after") or not said:
        return response
    raise Busy("Wish's calls are spent", _until(said, now))


def _until(said: str, now: datetime) -> timedelta | None:
    """How long until a reset, which is a time since 1970 or in ISO 8601; at most six hours, None where it is neither."""
    try:
        at = datetime.fromtimestamp(int(said), UTC) if re.fullmatch("[0-9]{10}", said) else times.parse(said, "header")
    except BadPayload:
        return None
    return min(max(at - now, timedelta(0)), _LONGEST)


def _found(body: Reader, now: datetime) -> Found:
    order_id = body.needed_id("id")
    told = facts.told(body, order_id)
    state = body.text("state")
    native = {"topic": "order"} | ({"status": state[:200]} if state else {})
    event = Event(told.type, told.when or body.time("updated_at") or now, told.facts, native, links=told.links)
    return found("order", order_id, body.value, lambda id_: Translated(id_, f"order:{order_id}", (event,)))


def renewal(account: Account) -> Request:
    """The request for a new access token. Wish documents it as a GET, so the app's secret stands in the address."""
    params = {
        "client_id": needs(account, "client_id"), "client_secret": needs(account, "client_secret"),
        "refresh_token": account.refresh, "grant_type": "refresh_token",
    }  # fmt: skip
    return Request("GET", f"{BASE}/oauth/refresh_token?{urlencode(params)}", {"accept": "application/json"})


def renewed(response: Response, now: datetime) -> Token:
    """The token. Denied when Wish does not take the refresh token; another failure when it does not know the app."""
    if response.status == 400:
        body = json_object(replace(response, status=200), now)
        why = f"Wish answered {body.id('code')}: {(body.text('message') or '')[:200]}"
        raise CallFailed(why) if body.id("code") == _WRONG_APP else Denied(f"{why}; the seller must authorise the app again")
    whole = json_object(fine(_patient(response, now), now), now)
    body = whole.child("data") if whole.value.get("data") is not None else whole
    access = body.text("access_token")
    if not access:
        raise CallFailed("the answer to a renewal holds no token")
    return Token(access, body.time("expiry_time") or now + _LIFE, body.text("refresh_token") or "")
