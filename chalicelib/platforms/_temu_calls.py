"""Temu's API: every call is a signed POST to one address of the shop's region, and errors come inside a 200.

Source: Temu Partner Platform (signature: MD5 over the secret, the sorted keys and values, and the secret again; order, amount
and after-sales calls). MD5 is what the platform asks for; it protects nothing of ours.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from ..model import codec, times
from ..model.call import Account, Answer, Busy, CallFailed, Denied, Found, Read, Request, Response
from ..model.errors import BadPayload, ConfigurationError
from ..model.event import Event, Link, Translated
from ..model.facts import Fact
from ..model.words import EventType
from . import _temu_facts as facts
from . import _temu_words as words
from ._calls import asked_id, at_page, found, json_object, needs, span
from ._read import Reader

HOSTS = {region: f"https://openapi-b-{region}.temu.com/openapi/router" for region in ("us", "eu", "global")}
PAGE = 100
NUMBER = "[A-Za-z0-9-]{1,64}"
FINE, NO_APPROVAL = "1000000", "3000032"
_TOKEN = re.compile(r"token|not authori[sz]ed|unauthori[sz]ed", re.IGNORECASE)
_BUSY = re.compile(r"frequen|too many|rate limit|qps|flow control|throttl", re.IGNORECASE)
_PASSING = re.compile(r"system|timeout|time out|busy|internal|unavailable|try again", re.IGNORECASE)
Params = dict[str, Any]


def request(read: Read, account: Account, now: datetime) -> Request:
    """The signed request for a read."""
    region = needs(account, "region").strip().lower()
    if region not in HOSTS:
        raise ConfigurationError(f"{account.source} has a region that is none of {', '.join(HOSTS)}: --with region=...")
    params: Params = {
        "app_key": needs(account, "app_key"), "access_token": needs(account, "access_token"), "data_type": "JSON",
        "timestamp": int(now.timestamp()), **_ASKED[read.what](read),
    }  # fmt: skip
    params["sign"] = signature(account.secret, params)
    return Request("POST", HOSTS[region], {"content-type": "application/json"}, codec.dumps(params))


def signature(secret: str, params: Mapping[str, Any]) -> str:
    """MD5 in capital letters over the secret, every key and value by key, and the secret; lists and objects as compact JSON."""
    joined = "".join(f"{name}{_spelled(value)}" for name, value in sorted(params.items()) if name != "sign")
    return hashlib.md5(f"{secret}{joined}{secret}".encode("utf-8", "replace"), usedforsecurity=False).hexdigest().upper()


def _spelled(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return codec.dumps(value).decode() if isinstance(value, (list, dict)) else str(value)


def _page(read: Read) -> tuple[int, int]:
    """Which page is asked for, and how many rows came before it."""
    if not re.fullmatch(r"([1-9][0-9]{0,5}\.[0-9]{1,8})?", read.cursor, re.ASCII):
        raise BadPayload(f"{read.cursor[:40]!r} is no place in a list", "cursor")
    page, _, seen = (read.cursor or "1.0").partition(".")
    return int(page), int(seen)


def _times(read: Read) -> Params:
    since, until = span(read)
    return {"updateAtStart": int(since.timestamp()), "updateAtEnd": int(until.timestamp())}


def _orders(read: Read) -> Params:
    return {"type": "bg.order.list.v2.get", "pageNumber": _page(read)[0], "pageSize": PAGE, **_times(read)}


def _returns(read: Read) -> Params:
    return {"type": "bg.aftersales.parentaftersales.list.get", "pageNo": _page(read)[0], "pageSize": PAGE, **_times(read)}


def _order(read: Read) -> Params:
    return {"type": "bg.order.detail.v2.get", "parentOrderSn": asked_id(read, NUMBER)}


def _amount(read: Read) -> Params:
    return {"type": "bg.order.amount.query", "parentOrderSn": asked_id(read, NUMBER)}


def _return(read: Read) -> Params:
    """Its id is the return's number and the order's, with a colon between: the call wants both."""
    return_id, _, order_id = asked_id(read, f"{NUMBER}:{NUMBER}").partition(":")
    return {"type": "temu.aftersales.parentaftersales.detail.get", "parentAfterSalesSn": return_id, "parentOrderSn": order_id}


_ASKED: dict[str, Callable[[Read], Params]] = {
    "orders": _orders, "returns": _returns, "order": _order, "amount": _amount, "return": _return,
}  # fmt: skip


def answer(read: Read, response: Response, account: Account, now: datetime) -> Answer:
    """What an answer tells; lists lead to their next page, orders to their prices and returns to their lines."""
    body = json_object(response, now)
    code = body.id("errorCode")
    if body.flag("success") is not True and code != FINE:
        if read.what == "amount" and code == NO_APPROVAL:
            return Answer()  # the approval was taken back: orders go on without prices
        raise _error(code, body.text("errorMsg") or "")
    return _ANSWERS[read.what](read, body.child("result"), account, now)


def _error(code: str | None, message: str) -> Exception:
    why = f"Temu answered {code}: {' '.join(message.split())[:200]}"
    if _BUSY.search(message):
        return Busy(why)
    if code == NO_APPROVAL:
        return CallFailed(f"{why}; the app has no approval for this call")
    return Denied(why) if _TOKEN.search(message) else CallFailed(why, passing=bool(_PASSING.search(message)))


def _further(read: Read, rows: int, total: int | None) -> tuple[Read, ...]:
    page, seen = _page(read)
    more = rows > 0 and (seen + rows < total if total is not None else rows >= PAGE)
    return (at_page(read, f"{page + 1}.{seen + rows}"),) if more else ()


def _listed_orders(read: Read, result: Reader, account: Account, now: datetime) -> Answer:
    rows = list(result.children("pageItems"))
    parts = [_found_order(row, account, now) for row in rows]
    then = [one for _, further in parts for one in further]
    return Answer(tuple(one for one, _ in parts), (*then, *_further(read, len(rows), result.whole("totalItemNum"))))


def _one_order(read: Read, result: Reader, account: Account, now: datetime) -> Answer:
    kept, then = _found_order(result, account, now)
    return Answer((kept,), then)


def _found_order(row: Reader, account: Account, now: datetime) -> tuple[Found, tuple[Read, ...]]:
    parent = row.child("parentOrderMap")
    order_id, at = parent.needed_id("parentOrderSn"), facts.when(parent, "updateTime", "parentOrderTime")
    parts = list(row.children("orderList"))
    order = facts.order(parent, order_id, at)
    parcels = [parcel for one in parts if (parcel := facts.sent(one, parent, at))]
    said: list[Fact] = [order, *(facts.line(one, at) for one in parts), *parcels]
    status = parent.id("parentOrderStatus")
    type_ = words.ORDER.get(status or "", EventType.ORDER_CHANGED)
    since = {EventType.ORDER_PLACED: order.placed_at, EventType.ORDER_PAID: order.paid_at or order.placed_at}.get(type_)
    if type_ is EventType.SHIPMENT_DISPATCHED:
        since = max((one.dispatched_at for one in parcels if one.dispatched_at), default=None)
    native = {"topic": "order"} | ({"status": status} if status else {})
    links = tuple(Link("suborder", one.needed_id("orderSn")) for one in parts)
    event = Event(type_, since or at or now, tuple(said), native, links=links)
    then = (Read("amount", _priced(order_id, at)),) if _approved(account) and re.fullmatch(NUMBER, order_id) else ()
    return found("order", order_id, row.value, lambda id_: Translated(id_, f"order:{order_id}", (event,))), then


def _approved(account: Account) -> bool:
    return account.setup.get("price_approval", "").strip().lower() in ("yes", "true", "1")


def _priced(order_id: str, at: datetime | None) -> dict[str, str]:
    return {"id": order_id} | ({"at": times.text(at)} if at else {})


def _found_amount(read: Read, result: Reader, account: Account, now: datetime) -> Answer:
    """Prices tell no time: they are as of the order that led to them."""
    parent = result.child("parentOrderMap")
    order_id = parent.id("parentOrderSn") or asked_id(read, NUMBER)
    at = times.parse(read.about["at"], "about.at") if read.about.get("at") else None
    said: list[Fact] = [facts.amounts(parent, order_id, at)]
    said += [facts.price(one, at) for one in result.children("orderList")]
    event = Event(EventType.ORDER_CHANGED, at or now, tuple(said), {"topic": "amount"})
    return Answer((found("amount", order_id, result.value, lambda id_: Translated(id_, f"order:{order_id}", (event,))),))


def _listed_returns(read: Read, result: Reader, account: Account, now: datetime) -> Answer:
    """Each row tells the state and the deadline; its lines and reasons are read with it."""
    rows = list(result.children("data"))
    kept = tuple(_found_return(row, "returns", now) for row in rows)
    ids = [f"{row.id('parentAfterSalesSn')}:{row.id('parentOrderSn')}" for row in rows]
    then = [Read("return", {"id": one}) for one in ids if re.fullmatch(f"{NUMBER}:{NUMBER}", one, re.ASCII)]
    return Answer(kept, (*then, *_further(read, len(rows), result.whole("total"))))


def _one_return(read: Read, result: Reader, account: Account, now: datetime) -> Answer:
    return Answer((_found_return(result, "return", now),))


def _found_return(one: Reader, topic: str, now: datetime) -> Found:
    return_id, order_id = one.needed_id("parentAfterSalesSn"), one.id("parentOrderSn")
    at = facts.when(one, "lastUpdateAtMillis", "updateAt", "createAtMillis", "createAt")
    asked = facts.when(one, "createAtMillis", "createAt")
    lines, back = list(facts.return_lines(one, return_id, at)), facts.refund(one, return_id, at)
    said: list[Fact] = [facts.goods_return(one, return_id, at, asked), *lines, *([back] if back else [])]
    status = one.id("parentAfterSalesStatus")
    step, reason = words.STEPS.get(status or ""), next((line.native_reason for line in lines if line.native_reason), None)
    native = {"topic": topic} | {name: word for name, word in (("status", status), ("reason", reason)) if word}
    when = asked if step and step.type is EventType.RETURN_REQUESTED else at
    type_ = step.type if step else EventType.RETURN_CHANGED
    event = Event(type_, when or at or now, tuple(said), native, links=(Link("return", return_id),))
    subject = f"order:{order_id}" if order_id else f"return:{return_id}"
    return found(topic, return_id, one.value, lambda id_: Translated(id_, subject, (event,)))


_ANSWERS: dict[str, Callable[[Read, Reader, Account, datetime], Answer]] = {
    "orders": _listed_orders, "order": _one_order, "amount": _found_amount, "returns": _listed_returns, "return": _one_return,
}  # fmt: skip
