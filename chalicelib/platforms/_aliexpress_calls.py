"""AliExpress's API: signed requests, and what the answers mean. Apart from the webhooks' part, which makes no calls.

Sources: simowment/ae_sdk (signing, token fields), retailcrm/aliexpress-top-client (order list), developer.alibaba.com (clock).
Likely, not confirmed: the names of the two methods, which SETUP may replace, and what codes of errors mean.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from urllib.parse import urlencode

from ..model import codec
from ..model.call import Account, Answer, Busy, CallFailed, Denied, Found, Read, Request, Response, Token
from ..model.errors import BadPayload
from ..model.event import Translated
from . import _aliexpress_facts as facts
from . import _calls as calls
from ._read import Reader, name_of

HOST = "https://api-sg.aliexpress.com"
BUYER = "aliexpress:login:"
LIST, DETAIL = "aliexpress.solution.order.get", "aliexpress.solution.order.info.get"
PAGE = 50
_ID = r"[0-9]{1,25}"
_HOUR = timedelta(hours=1)
# What codes of errors mean: those of the older gateway are numbers, those of the newer one words.
_DENIED = frozenset({"26", "27", "IllegalAccessToken", "MissingAccessToken", "InvalidAccessToken", "AccessTokenExpired"})
_BUSY = frozenset({"7", "ApiCallLimit", "AppCallLimit", "AppApiCallLimit", "SellerCallLimit"})
_PASSING = frozenset({"10", "ServiceTimeout", "ServiceUnavailable", "InternalError", "SystemError"})
_MILLISECONDS = 10**11  # a larger number is no time in seconds


def request(read: Read, account: Account, now: datetime) -> Request:
    """The signed request. ConfigurationError without app_key; BadPayload for an id that is none."""
    if read.what == "order":
        wanted: dict[str, object] = {"order_id": int(calls.asked_id(read, _ID)), "ext_info_bit_flag": 11111}
        return _asked(account.setup.get("order_method") or DETAIL, "param1", wanted, account, now)
    return _asked(account.setup.get("orders_method") or LIST, "param0", _span(read), account, now)


def _span(read: Read) -> dict[str, object]:
    """What changed in a span, on AliExpress's clocks: at least an hour, because one hour of the year comes twice on them."""
    since, until = (time.astimezone(facts.pacific()).replace(tzinfo=None) for time in calls.span(read))
    first = min(since, until - _HOUR)
    page = read.cursor if read.cursor.isascii() and read.cursor.isdigit() and len(read.cursor) <= 6 else "1"
    return {
        "modified_date_start": first.isoformat(" ", "seconds"), "modified_date_end": until.isoformat(" ", "seconds"),
        "current_page": int(page), "page_size": PAGE,
    }  # fmt: skip


def _asked(method: str, name: str, wanted: Mapping[str, object], account: Account, now: datetime) -> Request:
    said = {"method": method, name: codec.dumps(wanted).decode(), "session": account.access, "format": "json"}
    return _signed("/sync", "", said, account, now)


def _signed(path: str, signed_path: str, said: Mapping[str, str], account: Account, now: datetime) -> Request:
    """A request with all of its parameters in the body."""
    whole = {
        **said, "app_key": calls.needs(account, "app_key"), "sign_method": "sha256",
        "timestamp": str(int(now.timestamp() * 1000)),
    }  # fmt: skip
    whole["sign"] = signature(account.secret, signed_path, whole)
    headers = {"content-type": "application/x-www-form-urlencoded;charset=utf-8"}
    return Request("POST", HOST + path, headers, urlencode(whole).encode())


def signature(secret: str, path: str, said: Mapping[str, str]) -> str:
    """HEX(HMAC-SHA256(secret, path + sorted names and values)), in capitals; `path` is empty for /sync."""
    content = path + "".join(f"{name}{value}" for name, value in sorted(said.items()) if name != "sign")
    return hmac.new(secret.encode(), content.encode(), hashlib.sha256).hexdigest().upper()


# answers


def answer(read: Read, response: Response, account: Account, now: datetime) -> Answer:
    """What was found and what comes next. Denied, Busy or CallFailed for an error inside a good answer."""
    result = _result(_fine(response, now))
    if read.what == "order":
        data = result.child("data") if "data" in result.value else result.child("target")
        return Answer((_found(data, "order", facts.DETAIL, now),) if data.value else ())
    rows = list(facts.listed(result, "target_list"))
    then = [Read("order", {"id": facts.order_id(row)}) for row in rows if row.text("fund_status") == "PAY_SUCCESS"]
    page, last = result.whole("current_page"), result.whole("total_page")
    if rows and page is not None and last is not None and page < last:
        then.append(calls.at_page(read, str(page + 1)))
    return Answer(tuple(_found(row, "order_row", facts.ROW, now) for row in rows), tuple(then))


def _found(one: Reader, topic: str, rank: int, now: datetime) -> Found:
    """An order under the key that tells its versions apart: id, status and when it was changed. Countdowns make no news."""
    id_, at = facts.order_id(one), facts.changed(one)
    version = f"{name_of(one.text('order_status') or '')}:{int(at.timestamp()) if at else ''}"
    login = one.text("buyer_login_id") or one.text("buyerloginid") or one.child("buyer_info").text("login_id")
    events = facts.order(one, topic, rank, now)
    buyer = f"{BUYER}{login}" if login and "*" not in login else None
    made = Translated(f"{topic}:{id_}:{version}", f"order:{id_}", events, buyer)
    return calls.found(topic, id_, one.value, lambda _: made)


def _fine(response: Response, now: datetime) -> Reader:
    """The answer, if it is no error in one of the forms that stand in good answers."""
    told = calls.json_object(response, now)
    error = told.child("error_response") if told.value.get("error_response") is not None else told
    code = error.id("code")
    if code and code != "0":
        _refuse(code, error.text("sub_code") or "", error.text("msg") or error.text("message") or "")
    return told


def _refuse(code: str, sub: str, said: str) -> None:
    why = f"code {code} {sub}: {said[:200]}"
    if code in _DENIED:
        raise Denied(why)
    if code in _BUSY or "call-limit" in sub:
        raise Busy(why)
    raise CallFailed(why, passing=code in _PASSING or sub.startswith("isp."))


def _result(told: Reader) -> Reader:
    """The result in an answer, under the method's own name or bare. CallFailed where it says that it is none."""
    named = next((name for name in told.value if name.endswith("_response") and name != "error_response"), None)
    inner = told.child(named) if named else told
    result = inner.child("result") if inner.value.get("result") is not None else inner
    if result.flag("success") is False:
        said = f"{result.text('error_code') or ''}: {result.text('error_message') or ''}"
        raise CallFailed(said[:200])
    return result


# tokens


def renewal(account: Account, now: datetime) -> Request:
    """The request for a new access token by the refresh token."""
    path = "/auth/token/refresh"
    return _signed("/rest" + path, path, {"refresh_token": account.refresh}, account, now)


def renewed(response: Response, now: datetime) -> Token:
    """The new token. Denied for whatever is no trouble of their own: the seller must authorise the app again."""
    try:
        told = _fine(response, now)
    except CallFailed as err:
        if err.passing or not 200 <= response.status < 300:
            raise
        raise Denied(str(err)) from err
    access = told.text("access_token")
    if not access:
        raise BadPayload("is missing", told.path("access_token"))
    return Token(access, _until(told, now), told.text("refresh_token") or "")


def _until(told: Reader, now: datetime) -> datetime:
    """The end of a token's life: a duration in seconds, else a time in milliseconds or seconds."""
    lasts, ends = _number(told, "expires_in"), _number(told, "expire_time")
    if lasts:
        return now + timedelta(seconds=min(lasts, 10**9))
    if ends:
        return datetime.fromtimestamp(min(ends // 1000 if ends >= _MILLISECONDS else ends, 2 * 10**9), UTC)
    return now


def _number(told: Reader, name: str) -> int:
    """A whole number, also in digits; 0 when absent."""
    said = told.id(name) or "0"
    return int(said) if said.isascii() and said.isdigit() and len(said) <= 15 else 0
