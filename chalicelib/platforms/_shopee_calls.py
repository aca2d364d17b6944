"""Reading Shopee's API: signed requests, and what their answers mean.

Source: Shopee Open Platform, "API calls" and reference v2. Every call carries partner, time and a signature over partner,
path, time (and token and shop); its body is not signed. Errors come as an `error` inside a 200.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from urllib.parse import urlencode

from ..model import codec
from ..model.call import Account, Answer, Busy, CallFailed, Denied, Read, Request, Response, Token
from ..model.errors import ConfigurationError
from . import _shopee_answers as answers
from ._calls import asked_id, fine, needs, span
from ._read import Reader
from ._signing import hmac_sha256_hex

_HOSTS = {"": "partner.shopeemobile.com", "live": "partner.shopeemobile.com", "test": "partner.test-stable.shopeemobile.com"}
_SN = r"[0-9A-Za-z]{6,40}"
_PAGE = 50
_FIELDS = ",".join(
    """
    buyer_user_id recipient_address item_list pay_time cod total_amount payment_method buyer_cancel_reason cancel_by
    cancel_reason pickup_done_time package_list order_status create_time update_time
    """.split()
)
_RENEWED = "/api/v2/auth/access_token/get"
# Words of `error`, without what stands before their last dot. The second spelling of a bad token is Shopee's own.
_DENIED = frozenset({"error_auth", "invalid_access_token", "invalid_acceess_token", "error_not_login", "error_expire"})
_BUSY = frozenset({"error_rate_limit", "error_limit", "error_busy", "error_system_busy"})
_PASSING = frozenset({"error_server", "error_network", "error_inner", "error_unknown", "error_exception"})
_LONGEST = timedelta(hours=6)


@dataclass(frozen=True, slots=True)
class Call:
    """How one kind of thing is read: the path, what is asked, and what the answer means. `body` goes as JSON, by POST."""

    path: str
    asks: Callable[[Read], Mapping[str, object]]
    means: Callable[[Read, Reader, Account, datetime], Answer]
    shop: bool = True
    post: bool = False


def request(read: Read, account: Account, now: datetime) -> Request:
    """The signed request for a read."""
    call = CALLS[read.what]
    asked = call.asks(read)
    query = _signed(call.path, account, now, account.access if call.shop else None)
    if call.post:
        return _posted(call.path, query, asked, account)
    return Request("GET", f"{_address(call.path, account)}?{urlencode([*query.items(), *asked.items()])}")


def answer(read: Read, response: Response, account: Account, now: datetime) -> Answer:
    """What an answer means."""
    body = _checked(response, now)
    return CALLS[read.what].means(read, body.child("response"), account, now)


def renewal(account: Account, now: datetime) -> Request:
    """The request for a new access token. The refresh token is used up by it, whatever becomes of the answer."""
    partner, shop = needs(account, "partner_id"), needs(account, "shop_id")
    asked = {"refresh_token": account.refresh, "partner_id": _number(partner), "shop_id": _number(shop)}
    return _posted(_RENEWED, _signed(_RENEWED, account, now, None), asked, account)


def renewed(response: Response, now: datetime) -> Token:
    """The tokens in an answer. What is no passing trouble means that the seller must authorise again."""
    try:
        body = _checked(response, now)
    except CallFailed as err:
        if err.passing:
            raise
        raise Denied(str(err)) from None
    seconds = body.whole("expire_in") or 0
    access, refresh = body.text("access_token"), body.text("refresh_token")
    if not access or not refresh or not 0 < seconds < 10**8:
        raise CallFailed("the answer holds no access_token, refresh_token and expire_in")
    return Token(access, now + timedelta(seconds=seconds), refresh)


# The way to Shopee


def _signed(path: str, account: Account, now: datetime, access: str | None) -> dict[str, str]:
    """The parameters that every call carries. `access` is None for calls that are about no shop."""
    partner, sent = needs(account, "partner_id"), str(int(now.timestamp()))
    shop = {} if access is None else {"access_token": access, "shop_id": needs(account, "shop_id")}
    key = account.setup.get("api_key") or account.secret
    base = "".join((partner, path, sent, *shop.values()))
    return {"partner_id": partner, "timestamp": sent, "sign": hmac_sha256_hex(key.encode(), base.encode()), **shop}


def _address(path: str, account: Account) -> str:
    environment = account.setup.get("environment", "")
    host = _HOSTS.get(environment)
    if host is None:
        raise ConfigurationError(f"{account.source}: environment is live or test; change it by --with environment=live")
    return f"https://{host}{path}"


def _posted(path: str, query: Mapping[str, str], asked: Mapping[str, object], account: Account) -> Request:
    headers = {"content-type": "application/json"}
    return Request("POST", f"{_address(path, account)}?{urlencode(query)}", headers, codec.dumps(asked))


def _number(text: str) -> object:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 19 else text


def _checked(response: Response, now: datetime) -> Reader:
    """The body of an answer that is one. The errors of `fine`, or the one that stands in the body."""
    told = response.status < 500 and response.status != 429 and response.body[:1] == b"{"
    body = Reader.of(response.body) if told else None
    if body is not None:
        _refuse(body, now)
    fine(response, now)
    return body if body is not None else Reader.of(response.body)


def _refuse(body: Reader, now: datetime) -> None:
    """Raise the error that a body tells; '' and '-' are none."""
    said = body.text("error") or ""
    word = said.rpartition(".")[2].strip()
    if word in ("", "-"):
        return
    why = f"{said[:80]}: {(body.text('message') or '')[:160]}"
    if word in _DENIED:
        raise Denied(why)
    if word in _BUSY:
        raise Busy(why, _midnight(now) if word == "error_limit" else None)
    raise CallFailed(why, passing=word in _PASSING)


def _midnight(now: datetime) -> timedelta:
    """How long until the day's calls are counted anew: midnight at UTC+8, asked again after six hours at most."""
    passed = timedelta(hours=(now.hour + 8) % 24, minutes=now.minute, seconds=now.second)
    return min(timedelta(days=1) - passed, _LONGEST)


# What is asked


def _sn(name: str) -> Callable[[Read], Mapping[str, object]]:
    return lambda read: {name: asked_id(read, _SN)}


def _ask_order(read: Read) -> Mapping[str, object]:
    return {"order_sn_list": asked_id(read, rf"{_SN}(,{_SN}){{0,{_PAGE - 1}}}"), "response_optional_fields": _FIELDS}


def _ask_orders(read: Read) -> Mapping[str, object]:
    since, until = (int(time.timestamp()) for time in span(read))
    times = {"time_range_field": "update_time", "time_from": since, "time_to": until}
    return {**times, "page_size": _PAGE, "cursor": read.cursor, "response_optional_fields": "order_status"}


def _ask_parcel(read: Read) -> Mapping[str, object]:
    order, _, parcel = asked_id(read, rf"{_SN}:[0-9A-Za-z_-]{{3,60}}").partition(":")
    return {"order_sn": order, "package_number": parcel}


def _ask_returns(read: Read) -> Mapping[str, object]:
    since, until = (int(time.timestamp()) for time in span(read))
    return {"page_no": answers.page(read), "page_size": _PAGE, "update_time_from": since, "update_time_to": until}


def _ask_reviews(read: Read) -> Mapping[str, object]:
    span(read)
    return {"cursor": read.cursor, "page_size": 100}


def _ask_confirm(read: Read) -> Mapping[str, object]:
    return {"last_message_id": int(asked_id(read, r"[0-9]{1,18}"))}


CALLS = {
    "orders": Call("/api/v2/order/get_order_list", _ask_orders, answers.orders),
    "order": Call("/api/v2/order/get_order_detail", _ask_order, answers.order),
    "parcel": Call("/api/v2/logistics/get_tracking_info", _ask_parcel, answers.parcel),
    "escrow": Call("/api/v2/payment/get_escrow_detail", _sn("order_sn"), answers.escrow),
    "returns": Call("/api/v2/returns/get_return_list", _ask_returns, answers.returns),
    "return": Call("/api/v2/returns/get_return_detail", _sn("return_sn"), answers.one_return),
    "return_parcel": Call("/api/v2/returns/get_reverse_tracking_info", _sn("return_sn"), answers.return_parcel),
    "reviews": Call("/api/v2/product/get_comment", _ask_reviews, answers.reviews),
    "lost": Call("/api/v2/push/get_lost_push_message", lambda read: {}, answers.lost, shop=False),
    "lost_confirm": Call(
        "/api/v2/push/confirm_consumed_lost_push_message", _ask_confirm, answers.confirmed, shop=False, post=True
    ),
}
