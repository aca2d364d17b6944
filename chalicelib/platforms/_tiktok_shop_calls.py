"""TikTok Shop's API: signed requests, and what the answers mean. Apart from the webhooks' part, which makes no calls.

Sources: EcomPHP/tiktokshop-php (signing, token calls), partner.tiktokshop.com rate-limits and return-refund-and-cancel pages.
What codes 105xxx (token), 106001 (signature) and 36009004 (clock) mean is likely, not documented.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from urllib.parse import urlencode

from ..model import codec
from ..model.call import Account, Answer, CallFailed, Denied, Read, Request, Response, Token
from ..model.errors import BadPayload
from ..model.event import Translated
from . import _calls as calls
from . import _tiktok_shop_returns as returns
from ._read import Reader
from ._tiktok_shop_orders import FETCHED, order

API, AUTH = "open-api.tiktokglobalshop.com", "auth.tiktok-shops.com"
BUYER = "tiktok_shop:user:"
PAGE = 50
_ID = r"[A-Za-z0-9_-]{1,64}"
_TOKEN_CODES = "105"  # what codes about the access token begin with
_PASSING = frozenset({36009003, 36009004, 25020008})  # their own trouble; a clock that was off when the request came in
_ABSOLUTE = 10**9  # a larger number of seconds is a time, not a duration


@dataclass(frozen=True, slots=True)
class Kind:
    """How a thing is read: the path, the names of its list in the answer, and what one of it becomes.

    `ids` is the name under which one thing is asked for in a search; `then` whether its records are read next.
    """

    path: str
    lists: tuple[str, ...]
    made: Callable[[Reader, str, datetime], Translated]
    ids: str = ""
    detail: str = ""


def request(read: Read, account: Account, now: datetime) -> Request:
    """The signed request. ConfigurationError without app_key or shop_cipher; BadPayload for an id that is none."""
    kind = KINDS[read.what]
    if not kind.ids:
        path = kind.path.format(id=calls.asked_id(read, _ID))
        query = {"ids": read.about["id"]} if read.what == "order" else {}
        return _signed("GET", path, query, b"", account, now)
    query = {"page_size": str(PAGE), "sort_field": "update_time", "sort_order": "ASC"}
    query |= {"page_token": read.cursor} if read.cursor else {}
    return _signed("POST", kind.path, query, codec.dumps(_wanted(read, kind)), account, now)


def _wanted(read: Read, kind: Kind) -> Mapping[str, object]:
    """The body of a search: one thing, or what changed in a span."""
    if "id" in read.about:
        return {kind.ids: [calls.asked_id(read, _ID)]}
    since, until = calls.span(read)
    return {"update_time_ge": int(since.timestamp()), "update_time_lt": int(until.timestamp())}


def _signed(method: str, path: str, query: Mapping[str, str], body: bytes, account: Account, now: datetime) -> Request:
    """A request under its signature; the access token stands in a header."""
    said = {
        **query, "app_key": calls.needs(account, "app_key"), "shop_cipher": calls.needs(account, "shop_cipher"),
        "timestamp": str(int(now.timestamp())),
    }  # fmt: skip
    said["sign"] = signature(account.secret, path, said, body)
    headers = {"content-type": "application/json", "x-tts-access-token": account.access}
    return Request(method, f"https://{API}{path}?{urlencode(said)}", headers, body)


def signature(secret: str, path: str, query: Mapping[str, str], body: bytes) -> str:
    """hex(HMAC-SHA256(secret, secret + path + sorted names and values + body + secret)), without sign and access_token."""
    said = "".join(f"{name}{value}" for name, value in sorted(query.items()) if name not in ("sign", "access_token"))
    content = f"{secret}{path}{said}".encode() + body + secret.encode()
    return hmac.new(secret.encode(), content, hashlib.sha256).hexdigest()


# answers


def answer(read: Read, response: Response, account: Account, now: datetime) -> Answer:
    """What was found, the next page, and the records of returns. Denied, Busy or CallFailed for a code that is not 0."""
    kind, data = KINDS[read.what], _data(response, now)
    if read.what == "return_records":
        return _records(data, calls.asked_id(read, _ID), now)
    rows = [row for name in kind.lists for row in data.children(name)]
    found = tuple(calls.found(kind.detail, row.needed_id(_OWN[kind.detail]), row.value, _maker(kind, row, now)) for row in rows)
    then = [Read("return_records", {"id": row.needed_id("return_id")}) for row in rows if kind.detail == "return"]
    further = data.text("next_page_token") or data.text("page_token")
    if further and further != read.cursor and "id" not in read.about:
        then.append(calls.at_page(read, further))
    return Answer(found, tuple(then))


_OWN = {"order": "id", "return": "return_id", "cancellation": "cancel_id"}


def _maker(kind: Kind, row: Reader, now: datetime) -> Callable[[str], Translated]:
    return lambda id_: kind.made(row, id_, now)


def _data(response: Response, now: datetime) -> Reader:
    """The data of a good answer."""
    told = calls.json_object(response, now)
    code = told.whole("code")
    if code is None:
        raise BadPayload("is missing", told.path("code"))
    if code:
        why = f"code {code}: {(told.text('message') or '')[:200]}"
        if str(code).startswith(_TOKEN_CODES):
            raise Denied(why)
        raise CallFailed(why, passing=code in _PASSING)
    return told.child("data")


def _records(data: Reader, return_id: str, now: datetime) -> Answer:
    """The records of a return, as one thing: nothing where nothing was written."""
    if not any(True for _ in data.children("records")):
        return Answer()
    told = returns.Told("return_records", None, now, FETCHED)
    events = returns.records(data, return_id, told)
    # The records do not say whose they are; the raw body must, for what the buyer wrote in it.
    raw = {**data.value, "return_id": return_id}
    return Answer((calls.found(told.topic, return_id, raw, lambda id_: Translated(id_, f"return:{return_id}", events)),))


def _order(row: Reader, id_: str, now: datetime) -> Translated:
    order_id, user, email = row.needed_id("id"), row.id("user_id"), row.text("buyer_email")
    relay = f"email:{email.strip().lower()}" if email and "*" not in email else None
    return Translated(id_, f"order:{order_id}", order(row, order_id, "order", now), f"{BUYER}{user}" if user else relay)


def _return(row: Reader, id_: str, now: datetime) -> Translated:
    return_id, order_id = row.needed_id("return_id"), row.id("order_id")
    events = returns.returned(row, return_id, returns.Told("return", None, now, FETCHED))
    return Translated(id_, f"order:{order_id}" if order_id else f"return:{return_id}", events)


def _cancellation(row: Reader, id_: str, now: datetime) -> Translated:
    told = returns.Told("cancellation", None, now, FETCHED)
    return Translated(id_, f"order:{row.needed_id('order_id')}", returns.cancellation(row, told))


_RETURNS = "/return_refund/202309/returns"
_FOUND_RETURNS = Kind(f"{_RETURNS}/search", ("return_orders", "returns"), _return, "return_ids", "return")
_FOUND_CANCELLATIONS = Kind(
    "/return_refund/202309/cancellations/search", ("cancellations",), _cancellation, "cancel_ids", "cancellation"
)  # fmt: skip
KINDS = {
    "orders": Kind("/order/202309/orders/search", ("orders",), _order, "order_ids", "order"),
    "order": Kind("/order/202309/orders", ("orders",), _order, detail="order"),
    "returns": _FOUND_RETURNS,
    "return": _FOUND_RETURNS,
    "return_records": Kind(_RETURNS + "/{id}/records", (), _return),
    "cancellations": _FOUND_CANCELLATIONS,
    "cancellation": _FOUND_CANCELLATIONS,
}


# tokens


def renewal(account: Account) -> Request:
    """The request for a new access token. The app's secret stands in the address, as TikTok demands: never log it."""
    said = {
        "app_key": calls.needs(account, "app_key"), "app_secret": account.secret, "refresh_token": account.refresh,
        "grant_type": "refresh_token",
    }  # fmt: skip
    return Request("GET", f"https://{AUTH}/api/v2/token/refresh?{urlencode(said)}")


def renewed(response: Response, now: datetime) -> Token:
    """The new token. Denied for any code but their own trouble: the seller must authorise the app again."""
    try:
        data = _data(response, now)
    except CallFailed as err:
        if err.passing or not 200 <= response.status < 300:
            raise
        raise Denied(str(err)) from err
    access = data.text("access_token")
    if not access:
        raise BadPayload("is missing", data.path("access_token"))
    return Token(access, _until(data.whole("access_token_expire_in"), now), data.text("refresh_token") or "")


def _until(said: int | None, now: datetime) -> datetime:
    """The end of a token's life: seconds since 1970, or a duration where the number is too small for that."""
    if said is None or said <= 0:
        return now
    if said < _ABSOLUTE:
        return now + timedelta(seconds=said)
    return datetime.fromtimestamp(min(said, 2 * 10**9), UTC)
