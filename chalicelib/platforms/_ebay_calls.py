"""Reading eBay's APIs: Fulfillment (orders, parcels, disputed payments), Post-Order (returns, cancellations, inquiries, cases)
and Notification (published keys).

Sources: the APIs' OpenAPI files and type pages; limits as getRateLimits answered for a production keyset (2026-09). Fulfillment
wants `Bearer`, Post-Order `IAF`; offsets are entries to skip in both.
"""

from __future__ import annotations

import base64
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from urllib.parse import quote, urlencode

from ..model import times
from ..model.call import Account, Answer, CallFailed, Denied, Found, Read, Request, Response, Token
from ..model.errors import BadPayload
from ..model.event import Translated
from . import _ebay_facts as facts
from . import _ebay_returns as returns
from ._calls import asked_id, at_page, found, json_object, needs, span
from ._ebay_keys import KID, document
from ._read import Reader

_API = "https://api.ebay.com"
_PAYMENTS = "https://apiz.ebay.com/sell/fulfillment/v1"
_ORDERS = f"{_API}/sell/fulfillment/v1/order"
_POST_ORDER = f"{_API}/post-order/v2"
_TOKEN = f"{_API}/identity/v1/oauth2/token"
_SCOPE = "https://api.ebay.com/oauth/api_scope"
_MOST = 200
ORDER_ID = r"[0-9]{1,20}(-[0-9]{1,20}){0,4}"
NUMBER = r"[0-9]{1,30}"
_EXPIRES = 7200
APP = "app"


@dataclass(frozen=True, slots=True)
class _Search:
    """A list of the Post-Order API: its path, what its dates are called, under which name its rows stand, what one is."""

    path: str
    dates: str
    rows: str
    make: Callable[[str, Reader, datetime], Translated]
    id: str


_SEARCHES = {
    "returns": _Search("return/search", "creation_date_range", "members", returns.goods_return, "returnId"),
    "cancellations": _Search("cancellation/search", "creation_date_range", "cancellations", returns.cancellation, "cancelId"),
    "inquiries": _Search("inquiry/search", "inquiry_creation_date_range", "members", returns.inquiry, "inquiryId"),
    "cases": _Search("casemanagement/search", "case_creation_date_range", "members", returns.case, "caseId"),
}


def request(read: Read, account: Account, now: datetime) -> Request:
    """The request for a read. ConfigurationError names what the account lacks; BadPayload an id that is none."""
    return _REQUESTS.get(read.what, _search)(read, account)


def _public_key(read: Read, account: Account) -> Request:
    return _get(f"{_API}/commerce/notification/v1/public_key/{asked_id(read, KID)}", account)


def _order(read: Read, account: Account) -> Request:
    return _get(f"{_ORDERS}/{asked_id(read, ORDER_ID)}", account)


def _fulfillments(read: Read, account: Account) -> Request:
    return _get(f"{_ORDERS}/{asked_id(read, ORDER_ID)}/shipping_fulfillment", account)


def _payment(read: Read, account: Account) -> Request:
    return _get(f"{_PAYMENTS}/payment_dispute/{asked_id(read, NUMBER)}", account)


def _orders(read: Read, account: Account) -> Request:
    since, until = (_milliseconds(time) for time in span(read))
    given = f"filter={quote(f'lastmodifieddate:[{since}..{until}]', safe='')}&limit={_MOST}&offset={_offset(read)}"
    return _get(f"{_ORDERS}?{given}", account)


def _payments(read: Read, account: Account) -> Request:
    since, until = (_milliseconds(time) for time in span(read))
    given = {"open_date_from": since, "open_date_to": until, "limit": _MOST, "offset": _offset(read)}
    return _get(f"{_PAYMENTS}/payment_dispute_summary?{urlencode(given)}", account)


def _return(read: Read, account: Account) -> Request:
    return _post_order(f"return/{asked_id(read, NUMBER)}?fieldgroups=FULL", account)


def _search(read: Read, account: Account) -> Request:
    one = _SEARCHES[read.what]
    since, until = (_milliseconds(time) for time in span(read))
    given = {f"{one.dates}_from": since, f"{one.dates}_to": until, "limit": _MOST, "offset": _offset(read)}
    return _post_order(f"{one.path}?{urlencode(given)}", account)


_REQUESTS: dict[str, Callable[[Read, Account], Request]] = {
    "public_key": _public_key, "order": _order, "fulfillments": _fulfillments, "return": _return, "dispute": _payment,
    "orders": _orders, "disputes": _payments,
}  # fmt: skip


def _get(url: str, account: Account) -> Request:
    return Request("GET", url, {"authorization": f"Bearer {account.access}", "accept": "application/json"})


def _post_order(rest: str, account: Account) -> Request:
    headers = {
        "authorization": f"IAF {account.access}",
        "x-ebay-c-marketplace-id": needs(account, "marketplace"),
        "content-type": "application/json",
        "accept": "application/json",
    }
    return Request("GET", f"{_POST_ORDER}/{rest}", headers)


def _milliseconds(time: datetime) -> str:
    """A time with milliseconds, as eBay's filters want it."""
    return times.text(time).removesuffix("Z").partition(".")[0] + f".{time.microsecond // 1000:03d}Z"


def _offset(read: Read) -> int:
    if not read.cursor:
        return 0
    if not read.cursor.isascii() or not read.cursor.isdigit() or len(read.cursor) > 9:
        raise BadPayload(f"{read.cursor[:20]!r} is no number of entries to skip", "cursor")
    return int(read.cursor)


def answer(read: Read, response: Response, account: Account, now: datetime) -> Answer:
    """What an answer means. Denied, Busy or CallFailed where it is none, BadPayload where it cannot be understood."""
    body = json_object(response, now)
    if read.what == "public_key":
        return Answer(text=document(asked_id(read, KID), dict(body.value)))
    return _ANSWERS.get(read.what, _told_search)(read, body, now)


def _told_order(read: Read, body: Reader, now: datetime) -> Answer:
    return Answer((_an_order(body, now),), _parcels(body))


def _told_orders(read: Read, body: Reader, now: datetime) -> Answer:
    rows = list(facts.several(body, "orders"))
    then = [further for one in rows for further in _cancelled(one) or _parcels(one)]
    return Answer(tuple(_an_order(one, now) for one in rows), (*then, *_next(read, len(rows), body.whole("total"))))


def _an_order(one: Reader, now: datetime) -> Found:
    return found("order", one.needed_id("orderId"), one.value, lambda made: facts.order(made, one, now))


def _parcels(one: Reader) -> tuple[Read, ...]:
    """Its parcels, once some of it was sent."""
    sent = one.text("orderFulfillmentStatus") in ("FULFILLED", "IN_PROGRESS")
    return (Read("fulfillments", {"id": one.needed_id("orderId")}),) if sent else ()


def _cancelled(one: Reader) -> tuple[Read, ...]:
    """An order that somebody wanted to cancel: lists leave out the requests. Its parcels are read with it."""
    state = one.child("cancelStatus").text("cancelState")
    return () if state in (None, "NONE_REQUESTED") else (Read("order", {"id": one.needed_id("orderId")}),)


def _told_fulfillments(read: Read, body: Reader, now: datetime) -> Answer:
    order_id = asked_id(read, ORDER_ID)
    rows = [one for one in facts.several(body, "fulfillments") if one.value]
    return Answer(tuple(found("parcel", order_id, one.value, _a_parcel(order_id, one, now)) for one in rows))


def _a_parcel(order_id: str, one: Reader, now: datetime) -> Callable[[str], Translated]:
    return lambda made: facts.parcel(made, order_id, one, now)


def _told_return(read: Read, body: Reader, now: datetime) -> Answer:
    summary = body.child("summary") if "summary" in body.value else body
    one = found("return", summary.needed_id("returnId"), body.value, lambda made: returns.goods_return(made, body, now))
    order_id = returns.refunded(body)
    return Answer((one,), (Read("order", {"id": order_id}),) if order_id else ())


def _told_payments(read: Read, body: Reader, now: datetime) -> Answer:
    rows = list(facts.several(body, "paymentDisputeSummaries"))
    return Answer(tuple(_a_payment(one, now) for one in rows), _next(read, len(rows), body.whole("total")))


def _told_payment(read: Read, body: Reader, now: datetime) -> Answer:
    return Answer((_a_payment(body, now),))


def _a_payment(one: Reader, now: datetime) -> Found:
    id_ = one.needed_id("paymentDisputeId")
    return found("dispute", id_, one.value, lambda made: returns.payment_dispute(made, one, now))


def _told_search(read: Read, body: Reader, now: datetime) -> Answer:
    """A page of a Post-Order list. Open returns are read in full: their summary does not say as of when it is true."""
    one = _SEARCHES[read.what]
    rows = list(facts.several(body, one.rows))
    kept = tuple(_row(one, row, now) for row in rows if not _open_return(read, row))
    then = tuple(Read("return", {"id": row.needed_id("returnId")}) for row in rows if _open_return(read, row))
    return Answer(kept, (*then, *_next(read, len(rows), body.child("paginationOutput").whole("totalEntries"))))


def _open_return(read: Read, row: Reader) -> bool:
    return read.what == "returns" and facts.when(row, "closedDate") is None


def _row(one: _Search, row: Reader, now: datetime) -> Found:
    return found(one.path.partition("/")[0], row.needed_id(one.id), row.value, lambda made: one.make(made, row, now))


def _next(read: Read, rows: int, total: int | None) -> tuple[Read, ...]:
    """The next page, while eBay says that there is more."""
    to = _offset(read) + rows
    return (at_page(read, str(to)),) if rows and total is not None and to < total else ()


_ANSWERS: dict[str, Callable[[Read, Reader, datetime], Answer]] = {
    "order": _told_order, "orders": _told_orders, "fulfillments": _told_fulfillments, "return": _told_return,
    "dispute": _told_payment, "disputes": _told_payments,
}  # fmt: skip


def renewal(kind: str, account: Account, now: datetime) -> Request:
    """The request for a token: by the seller's refresh token, or by the application's own credentials for kind "app"."""
    basic = base64.b64encode(f"{needs(account, 'client_id')}:{account.secret}".encode()).decode()
    if kind == APP:
        form = {"grant_type": "client_credentials", "scope": _SCOPE}
    else:
        form = {"grant_type": "refresh_token", "refresh_token": account.refresh or needs(account, "refresh_token")}
    headers = {"authorization": f"Basic {basic}", "content-type": "application/x-www-form-urlencoded"}
    return Request("POST", _TOKEN, headers, urlencode(form).encode())


def renewed(kind: str, response: Response, account: Account, now: datetime) -> Token:
    """The token. eBay gives no new refresh token: the seller's is good for 18 months, then they must agree again (Denied)."""
    if response.status == 400 and b"invalid_grant" in response.body:
        raise Denied("eBay takes the refresh token no longer: let the seller agree again, and give the new refresh_token")
    body = json_object(response, now)
    access, seconds = body.text("access_token"), body.whole("expires_in")
    if not access:
        raise CallFailed("eBay's answer holds no access_token")
    return Token(access, now + timedelta(seconds=min(max(seconds or _EXPIRES, 0), 10 * _EXPIRES)))
