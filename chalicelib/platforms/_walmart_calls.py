"""Reading Walmart's Marketplace API (US): orders and returns.

Sources: Walmart's OpenAPI files of 2026-06 and its guides (all orders: 180 days, 10,000 at once); field reports for dates in
pairs and the cursor that is a query string.
"""

from __future__ import annotations

import base64
import re
import uuid
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from urllib.parse import urlencode

from ..model import times
from ..model.call import Account, Answer, Busy, CallFailed, Found, Read, Request, Response, Token
from ..model.errors import BadPayload
from . import _walmart_facts as facts
from . import _walmart_returns as returns
from ._calls import asked_id, at_page, found, json_object, needs, span
from ._read import Reader

_API = "https://marketplace.walmartapis.com/v3"
_MOST = 200
_ID = r"[0-9A-Za-z]{1,40}"
_GOOD_FOR = 900
# What a cursor may be made of: it goes into the address as it came.
_CURSOR = re.compile(r"\??[A-Za-z0-9_.~%:=&+,@*/-]{1,2000}")


def request(read: Read, account: Account, now: datetime) -> Request:
    """The request for a read. ConfigurationError names what the account lacks; BadPayload an id that is none."""
    headers = {"wm_sec.access_token": account.access, **_common(account, f"{read.name} {times.text(now)}")}
    return Request("GET", f"{_API}/{_PATHS[read.what](read)}", headers)


def _common(account: Account, call: str) -> dict[str, str]:
    """What every call says: who asks (by a name of its own), and an id of the call."""
    name = account.setup.get("service_name") or "Walmart Marketplace"
    id_ = str(uuid.uuid5(uuid.NAMESPACE_OID, f"{account.source} {call}"))
    return {"wm_svc.name": name, "wm_qos.correlation_id": id_, "accept": "application/json"}


def _order(read: Read) -> str:
    return f"orders/{asked_id(read, _ID)}"


def _return(read: Read) -> str:
    return f"returns?{urlencode({'returnOrderId': asked_id(read, _ID)})}"


def _orders(read: Read) -> str:
    return f"orders{_rest(read, 'createdStartDate', 'createdEndDate')}"


def _returns(read: Read) -> str:
    return f"returns{_rest(read, 'returnLastModifiedStartDate', 'returnLastModifiedEndDate')}"


def _rest(read: Read, first: str, last: str) -> str:
    """The query of a list: both ends of its span, or the cursor as it came."""
    if read.cursor:
        if not _CURSOR.fullmatch(read.cursor):
            raise BadPayload("is no query string", "cursor")
        return read.cursor if read.cursor.startswith("?") else f"?{read.cursor}"
    since, until = (times.text(time) for time in span(read))
    wfs = {"isWFSEnabled": "Y"} if read.about.get("wfs") == "Y" else {}
    return f"?{urlencode({first: since, last: until, 'limit': _MOST, **wfs})}"


_PATHS: dict[str, Callable[[Read], str]] = {"order": _order, "orders": _orders, "return": _return, "returns": _returns}


def answer(read: Read, response: Response, account: Account, now: datetime) -> Answer:
    """What an answer means. Denied, Busy or CallFailed where it is none, BadPayload where it cannot be understood."""
    if response.status == 404 and b"CONTENT_NOT_FOUND" in response.body and read.what in ("orders", "returns"):
        return Answer()  # an empty list
    return _ANSWERS[read.what](read, _object(response, now), account, now)


def _object(response: Response, now: datetime) -> Reader:
    try:
        return json_object(response, now)
    except Busy as err:
        raise Busy(str(err), err.after or _replenished(response.headers, now)) from err


def _replenished(headers: Mapping[str, str], now: datetime) -> timedelta | None:
    """When there are calls again, told in milliseconds or seconds since 1970."""
    said = headers.get("x-next-replenishment-time", "")
    if not said.isascii() or not said.isdigit() or not 9 < len(said) < 15:
        return None
    at = datetime.fromtimestamp(int(said) / (1000 if len(said) > 11 else 1), UTC)
    return min(max(at - now, timedelta(0)), timedelta(hours=6))


def _told_order(read: Read, body: Reader, account: Account, now: datetime) -> Answer:
    return Answer((_an_order(body.child("order"), now),))


def _an_order(one: Reader, now: datetime) -> Found:
    return found("order", one.needed_id("purchaseOrderId"), one.value, lambda made: facts.order(made, one, now))


def _told_orders(read: Read, body: Reader, account: Account, now: datetime) -> Answer:
    listed = body.child("list")
    if not listed.value:
        raise BadPayload("is missing", listed.where)
    rows = list(listed.child("elements").children("order"))
    return Answer(tuple(_an_order(one, now) for one in rows), _next(read, listed.child("meta")))


def _told_returns(read: Read, body: Reader, account: Account, now: datetime) -> Answer:
    if not body.value:
        raise BadPayload("is empty", body.where)
    kept = tuple(one for row in body.children("returnOrders") for one in _a_return(row, now))
    return Answer(kept, (*_next(read, body.child("meta")), *_other_warehouse(read, account)))


def _told_return(read: Read, body: Reader, account: Account, now: datetime) -> Answer:
    return replace(_told_returns(read, body, account, now), then=())


def _a_return(one: Reader, now: datetime) -> list[Found]:
    """A return: as many things as purchase orders it is about."""
    some = list(returns.parts(one))
    return [_part(one, order_id, rows, len(some) == 1, now) for order_id, rows in some]


def _part(one: Reader, order_id: str | None, rows: list[Reader], whole: bool, now: datetime) -> Found:
    id_ = f"{one.needed_id('returnOrderId')}:{order_id or ''}"
    return found("return", id_, one.value, lambda made: returns.goods_return(made, one, order_id, rows, whole, now))


def _next(read: Read, meta: Reader) -> tuple[Read, ...]:
    """The next page; none where the cursor stays away or is the one that led here."""
    cursor = meta.text("nextCursor")
    return (at_page(read, cursor),) if cursor and cursor != read.cursor else ()


def _other_warehouse(read: Read, account: Account) -> tuple[Read, ...]:
    """The same list of what Walmart's own warehouses got back, for sellers who use them: begun once, with the first page."""
    if read.cursor or read.about.get("wfs") or account.setup.get("wfs", "").lower() not in ("yes", "y", "true"):
        return ()
    return (replace(read, about={**read.about, "wfs": "Y"}),)


_ANSWERS: dict[str, Callable[[Read, Reader, Account, datetime], Answer]] = {
    "order": _told_order, "orders": _told_orders, "return": _told_return, "returns": _told_returns,
}  # fmt: skip


def renewal(kind: str, account: Account, now: datetime) -> Request:
    """The request for a token: by the client's own credentials, or the refresh token of a seller's app where there is one."""
    secret = account.setup.get("client_secret") or account.secret
    basic = base64.b64encode(f"{needs(account, 'client_id')}:{secret}".encode()).decode()
    form = {"grant_type": "client_credentials"}
    if account.refresh:
        form = {"grant_type": "refresh_token", "refresh_token": account.refresh}
    headers = {
        "authorization": f"Basic {basic}",
        "content-type": "application/x-www-form-urlencoded",
        **_common(account, f"token {times.text(now)}"),
    }
    return Request("POST", f"{_API}/token", headers, urlencode(form).encode())


def renewed(kind: str, response: Response, account: Account, now: datetime) -> Token:
    """The token; it is good for 900 seconds."""
    body = _object(response, now)
    access, seconds = body.text("access_token"), body.whole("expires_in")
    if not access:
        raise CallFailed("Walmart's answer holds no access_token")
    until = now + timedelta(seconds=min(max(seconds or _GOOD_FOR, 0), 100 * _GOOD_FOR))
    return Token(access, until, body.text("refresh_token") or "")
