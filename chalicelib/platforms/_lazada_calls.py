"""Reading Lazada's API: signed requests, errors and tokens.

Source: Lazada Open Platform, "HTTP request sample" and API reference. Every parameter is in the query and is signed with the
path; times are milliseconds. Errors come inside a 200, as a code that is not "0".
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from urllib.parse import urlencode

from ..model import times
from ..model.call import Account, Answer, Busy, CallFailed, Denied, Read, Request, Response, Token
from . import _lazada_answers as answers
from . import _lazada_words as words
from ._calls import asked_id, fine, needs, span
from ._read import Reader
from ._signing import hmac_sha256_hex

_AUTH = "auth.lazada.com"
_RENEWED = "/auth/token/refresh"
_ID = r"[0-9]{1,30}"
_DENIED = frozenset({"illegalaccesstoken", "invalidaccesstoken", "missingaccesstoken", "expiredaccesstoken"})
_BUSY = re.compile(r"calllimit|traffic_control|limited|throttl|too ?many", re.IGNORECASE)
_PASSING = frozenset({"ISP", "SYSTEM"})
_PASSING_CODES = frozenset({"servicetimeout", "serviceunavailable", "systemerror", "internalerror", "remoteserviceerror"})


@dataclass(frozen=True, slots=True)
class Call:
    """How one kind of thing is read: the path, what is asked, and what the answer means."""

    path: str
    asks: Callable[[Read], Mapping[str, object]]
    means: Callable[[Read, Reader, Account, datetime], Answer]


def request(read: Read, account: Account, now: datetime) -> Request:
    """The signed request for a read, at the host of the shop's country."""
    call, region = CALLS[read.what], answers.region_of(account)
    asked = {name: str(value) for name, value in call.asks(read).items()}
    return _signed(words.HOSTS[region], call.path, {**asked, "access_token": account.access}, account, now)


def answer(read: Read, response: Response, account: Account, now: datetime) -> Answer:
    """What an answer means."""
    return CALLS[read.what].means(read, _checked(response, now), account, now)


def renewal(account: Account, now: datetime) -> Request:
    """The request for a new access token, good for every country of the account."""
    return _signed(_AUTH, _RENEWED, {"refresh_token": account.refresh}, account, now)


def renewed(response: Response, now: datetime) -> Token:
    """The tokens in an answer. What is no passing trouble means that the seller must authorise again."""
    try:
        body = _checked(response, now)
    except CallFailed as err:
        if err.passing:
            raise
        raise Denied(str(err)) from None
    access, refresh, life = body.text("access_token"), body.text("refresh_token"), body.id("expires_in") or ""
    if not access or not re.fullmatch(r"[1-9][0-9]{0,7}", life):
        raise CallFailed("the answer holds no access_token and expires_in")
    return Token(access, now + timedelta(seconds=int(life)), refresh or "")


def _signed(host: str, path: str, asked: Mapping[str, str], account: Account, now: datetime) -> Request:
    own = {"app_key": needs(account, "app_key"), "sign_method": "sha256", "timestamp": str(times.millis(now))}
    params = {**asked, **own}
    base = path + "".join(f"{name}{params[name]}" for name in sorted(params))
    sign = hmac_sha256_hex(account.secret.encode(), base.encode()).upper()
    return Request("GET", f"https://{host}/rest{path}?{urlencode({**params, 'sign': sign})}")


def _checked(response: Response, now: datetime) -> Reader:
    """The body of an answer that is one. The errors of `fine`, or the one that stands in the body."""
    told = response.status < 500 and response.status != 429 and response.body[:1] == b"{"
    body = Reader.of(response.body) if told else None
    if body is not None:
        _refuse(body)
    fine(response, now)
    return body if body is not None else Reader.of(response.body)


def _refuse(body: Reader) -> None:
    """Raise the error that a body tells: by the gateway's code, or by what a service says of its own success."""
    code, kind = body.id("code") or "0", body.text("type") or ""
    own = body.child("result") if isinstance(body.value.get("result"), dict) else body
    failed = str(own.value.get("success", "true")).lower() == "false"
    if code in ("0", "200") and not failed:
        return
    named = code if code not in ("0", "200") else own.id("error_code") or body.id("error_code") or "failed"
    why = f"{named[:60]}: {(body.text('message') or own.text('error_msg') or '')[:160]}"
    word = named.lower()
    if word in _DENIED:
        raise Denied(why)
    if _BUSY.search(named):
        raise Busy(why)
    raise CallFailed(why, passing=kind.upper() in _PASSING or word in _PASSING_CODES)


# What is asked


def _one(name: str, form: str = _ID) -> Callable[[Read], Mapping[str, object]]:
    return lambda read: {name: asked_id(read, form)}


def _ask_orders(read: Read) -> Mapping[str, object]:
    since, until = (times.text(time).replace("Z", "+00:00") for time in span(read))
    page = {"limit": answers.PAGE, "offset": answers.number(read)}
    return {"update_after": since, "update_before": until, "sort_by": "updated_at", "sort_direction": "ASC", **page}


def _ask_returns(read: Read) -> Mapping[str, object]:
    since, until = (times.millis(time) for time in span(read))
    names = ("ReverseOrderLineModifiedTimeRangeStart", "ReverseOrderLineModifiedTimeRangeEnd")
    return {"page_no": max(answers.number(read), 1), "page_size": answers.PAGE, names[0]: since, names[1]: until}


def _ask_products(read: Read) -> Mapping[str, object]:
    span(read)
    return {"filter": "live", "limit": answers.PAGE, "offset": answers.number(read)}


def _ask_product_reviews(read: Read) -> Mapping[str, object]:
    since, until = (times.millis(time) for time in span(read))
    page = max(answers.number(read), 1)
    return {"item_id": asked_id(read, _ID), "start_time": since, "end_time": until, "current": page}


def _ask_review(read: Read) -> Mapping[str, object]:
    return {"id_list": f"[{asked_id(read, rf'{_ID}(,{_ID}){{0,{answers.MOST_REVIEWS - 1}}}')}]"}


CALLS = {
    "orders": Call("/orders/get", _ask_orders, answers.orders),
    "order": Call("/order/get", _one("order_id"), answers.order),
    "lines": Call("/order/items/get", _one("order_id"), answers.lines),
    "returns": Call("/reverse/getreverseordersforseller", _ask_returns, answers.returns),
    "return": Call("/order/reverse/return/detail/list", _one("reverse_order_id"), answers.one_return),
    "reviews": Call("/products/get", _ask_products, answers.products),
    "product_reviews": Call("/review/seller/history/list", _ask_product_reviews, answers.product_reviews),
    "review": Call("/review/seller/list/v2", _ask_review, answers.reviews),
}
