"""The Selling Partner API: requests, and what their answers mean. Sources: its models orders 2026-01-01, reports 2021-06-30 and
finances 2024-06-19, in amzn/selling-partner-api-models.

A report is a chain of reads: it is asked for, looked at until it is made, its address is asked for, its rows are read. The
address is a key by itself and opens for five minutes only: it goes along in the read; once it closed, another is asked for.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from urllib.parse import quote, urlencode, urlsplit

from ..model import codec, times
from ..model.call import Account, Answer, Busy, CallFailed, Denied, Found, Read, Request, Response
from ..model.errors import BadPayload, ConfigurationError
from ..model.event import Event, Translated
from ..model.words import EventType
from . import _amazon_facts as facts
from . import _amazon_words as words
from ._amazon_reports import FBA_RETURNS, MFN_RETURNS, REPORTS
from ._calls import asked_id, at_page, fine, found, needs, span, wait
from ._read import Reader

_HOSTS = {region: f"sellingpartnerapi-{region}.amazon.com" for region in ("na", "eu", "fe")}
_LISTS = {"fba_returns": FBA_RETURNS, "mfn_returns": MFN_RETURNS}
_ORDER, _REPORT, _DOCUMENT = "[A-Z0-9]{3}-[0-9]{7}-[0-9]{7}", "[0-9]{1,40}", "[A-Za-z0-9._-]{1,200}"
_FILES = ".amazonaws.com"
_CLOSED = (400, 403)  # what Amazon's storage answers once an address has closed
# What is younger than two minutes cannot be asked for. Lists are shifted by more than that, the same for each of their pages.
_LATEST, _SHIFT = timedelta(minutes=2), timedelta(minutes=3)
_SOON, _LATER, _MINUTES, _PATIENCE = timedelta(minutes=1), timedelta(minutes=5), 10, 58
_ADDRESSES = 5  # so often a new address is asked for, should each have closed in between
_DATA = "BUYER,RECIPIENT,PACKAGES,PROCEEDS,CANCELLATION,FULFILLMENT"


def request(read: Read, account: Account, now: datetime) -> Request:
    """The request for a read. ConfigurationError for a region or marketplaces that are none, BadPayload for such an id."""
    if read.what == "report_file":
        asked_id(read, _DOCUMENT)
        return Request("GET", _address(read))
    if read.what in _LISTS:
        return _call(account, "/reports/2021-06-30/reports", {}, _report(read, account, now))
    path, params = _PATHS[read.what](read, account, now)
    return _call(account, path, params)


def _call(account: Account, path: str, params: Mapping[str, str], body: bytes = b"") -> Request:
    region = needs(account, "region").strip().lower()
    if region not in _HOSTS:
        raise ConfigurationError(f"{account.source} has no region {region[:20]!r}: --with region=na, eu or fe")
    url = f"https://{_HOSTS[region]}{path}" + (f"?{urlencode(params)}" if params else "")
    headers = {"x-amz-access-token": account.access, "accept": "application/json"}
    return Request("POST" if body else "GET", url, headers | ({"content-type": "application/json"} if body else {}), body)


def _marketplaces(account: Account) -> list[str]:
    found = [one.strip() for one in needs(account, "marketplaces").split(",") if one.strip()]
    if not found or not all(re.fullmatch("[A-Z0-9]{5,20}", one) for one in found):
        raise ConfigurationError(f"{account.source} has no marketplaces: --with marketplaces=ATVPDKIKX0DER,... (ids)")
    return found


def _report(read: Read, account: Account, now: datetime) -> bytes:
    since, until = span(read)
    asked = {
        "reportType": _LISTS[read.what], "marketplaceIds": _marketplaces(account), "dataStartTime": times.text(since),
        "dataEndTime": times.text(max(since, min(until, now))),
    }  # fmt: skip
    return json.dumps(asked).encode()


def _order(read: Read, account: Account, now: datetime) -> tuple[str, dict[str, str]]:
    return f"/orders/2026-01-01/orders/{asked_id(read, _ORDER)}", {"includedData": _DATA}


def _orders(read: Read, account: Account, now: datetime) -> tuple[str, dict[str, str]]:
    since, until = _past(read, now)
    params = {
        "lastUpdatedAfter": times.text(since), "lastUpdatedBefore": times.text(until), "includedData": _DATA,
        "marketplaceIds": ",".join(_marketplaces(account)), "maxResultsPerPage": "100",
    }  # fmt: skip
    return "/orders/2026-01-01/orders", params | ({"paginationToken": read.cursor} if read.cursor else {})


def _transactions(read: Read, account: Account, now: datetime) -> tuple[str, dict[str, str]]:
    since, until = _past(read, now)
    params = {"postedAfter": times.text(since), "postedBefore": times.text(until)}
    return "/finances/2024-06-19/transactions", params | _next(read)


def _order_transactions(read: Read, account: Account, now: datetime) -> tuple[str, dict[str, str]]:
    params = {"relatedIdentifierName": "ORDER_ID", "relatedIdentifierValue": asked_id(read, _ORDER)}
    return "/finances/2024-06-19/transactions", params | _next(read)


def _next(read: Read) -> dict[str, str]:
    return {"nextToken": read.cursor} if read.cursor else {}


def _past(read: Read, now: datetime) -> tuple[datetime, datetime]:
    """A list's span, moved back by a little. Only a laptop whose clock was moved forward asks for what is still to come."""
    since, until = (time - _SHIFT for time in span(read))
    until = min(until, now - _LATEST)
    return min(since, until), until


_PATHS: dict[str, Callable[[Read, Account, datetime], tuple[str, dict[str, str]]]] = {
    "order": _order,
    "orders": _orders,
    "transactions": _transactions,
    "order_transactions": _order_transactions,
    "report": lambda read, account, now: (f"/reports/2021-06-30/reports/{asked_id(read, _REPORT)}", {}),
    "report_document": lambda read, account, now: (
        f"/reports/2021-06-30/documents/{quote(asked_id(read, _DOCUMENT))}", {},
    ),
}  # fmt: skip


def _address(read: Read) -> str:
    """Where a report lies, as the answer before said it: at Amazon's storage and nowhere else."""
    url = read.about.get("url", "")
    try:
        parts = urlsplit(url)
        host, plain = parts.hostname or "", parts.port is None and not parts.username and parts.scheme == "https"
    except ValueError:
        host, plain = "", False
    if not plain or not host.endswith(_FILES) or not url.isascii() or not url.isprintable():
        raise BadPayload("is no address of a report: https at a host under .amazonaws.com", "about.url")
    return url


def answer(read: Read, response: Response, now: datetime) -> Answer:
    """What an answer means. Denied, Busy or CallFailed when it is none."""
    if read.what == "report_file":
        from . import _amazon_files

        if response.status in _CLOSED:
            return Answer(then=(_again(read),))
        return _amazon_files.answer(read, fine(response, now))
    return _ANSWERS[read.what](read, _object(response, now), now)


def _object(response: Response, now: datetime) -> Reader:
    """The JSON object in an answer. 403 is a token that is no good where it says so, else a role that the application lacks."""
    if response.status == 403:
        if b"token" in response.body.lower():
            raise Denied("status 403: the access token is refused")
        raise CallFailed("status 403: the application lacks a role for this; Amazon Fulfillment for FBA reports")
    if response.status == 429:
        raise Busy("status 429", wait(response.headers, now) or _pause(response.headers))
    where = "answer"
    return Reader(codec.mapping(codec.loads(fine(response, now).body, where), where), where)


def _pause(headers: Mapping[str, str]) -> timedelta | None:
    """How long until another call is allowed at the rate that Amazon names."""
    rate = headers.get("x-amzn-ratelimit-limit", "").strip()
    if not re.fullmatch(r"[0-9]{1,6}(\.[0-9]{1,9})?", rate) or float(rate) < 0.001:
        return None
    return timedelta(seconds=1 / float(rate))


def _one_order(read: Read, body: Reader, now: datetime) -> Answer:
    if not isinstance(body.value.get("order"), dict):
        raise BadPayload("holds no order", body.where)
    return Answer((_order_found(body.child("order")),))


def _some_orders(read: Read, body: Reader, now: datetime) -> Answer:
    orders = tuple(_order_found(one) for one in body.children("orders"))
    return Answer(orders, _page(read, body.child("pagination").text("nextToken")))


def _page(read: Read, token: str | None) -> tuple[Read, ...]:
    """The next page, if there is one."""
    return (at_page(read, token),) if token and token != read.cursor else ()


def _order_found(order: Reader) -> Found:
    """An order, read alone or in a list."""
    order_id, event = facts.read_order(order, "getOrder")
    alias = order.child("buyer").text("buyerEmail")
    buyer = f"email:{alias.strip().lower()}" if alias else None
    return found("order", order_id, order.value, lambda id_: Translated(id_, f"order:{order_id}", (event,), buyer))


def _some_transactions(read: Read, body: Reader, now: datetime) -> Answer:
    """The refunds among transactions; other bookings are Amazon's and the seller's. A page may be empty and not the last."""
    payload = body.child("payload") if "payload" in body.value else body
    refunds = [made for one in payload.children("transactions") if (made := _refund_found(one))]
    return Answer(tuple(refunds), _page(read, payload.text("nextToken")))


def _refund_found(one: Reader) -> Found | None:
    if not facts.is_refund(one):
        return None
    about = facts.related(one)
    fact = facts.refund(one, about)
    if fact is None or fact.at is None:
        return None
    order_id = about.get("orderid")
    native = words.native("listTransactions", status=one.text("transactionStatus"), kind=one.text("transactionType"))
    event = Event(EventType.REFUND_ISSUED, fact.at, (fact,), native)
    subject = f"order:{order_id}" if order_id else f"refund:{fact.id}"
    return found("refund", fact.id, one.value, lambda id_: Translated(id_, subject, (event,)))


def _asked(read: Read, body: Reader, now: datetime) -> Answer:
    report_id = body.needed_id("reportId")
    return Answer(then=(Read("report", {"id": report_id, "tries": "1"}, wait=_SOON),))


def _state(read: Read, body: Reader, now: datetime) -> Answer:
    """How far a report is: on to its document, another look, or nothing (CANCELLED means that there are no rows)."""
    state, kind = body.text("processingStatus"), body.text("reportType")
    if state in ("IN_QUEUE", "IN_PROGRESS"):
        tries = _number(read, "tries")
        if tries > _PATIENCE:
            raise CallFailed("the report is not made after four hours; the next run asks for another")
        pause = _SOON if tries <= _MINUTES else _LATER
        return Answer(then=(Read("report", {**read.about, "tries": str(tries + 1)}, wait=pause),))
    if state == "FATAL":
        raise CallFailed("Amazon could not make the report (FATAL); the next run asks for another")
    if state != "DONE" or kind not in REPORTS:
        return Answer()
    made = body.time("processingEndTime") or body.time("createdTime") or now
    about = {"id": body.needed_id("reportDocumentId"), "type": kind, "told": times.text(made)}
    return Answer(then=(Read("report_document", about),))


def _document(read: Read, body: Reader, now: datetime) -> Answer:
    """Where a report lies: read at once, for the address closes soon. `at` is the row to go on from."""
    about = {name: value for name, value in read.about.items() if name != "at"}
    url, packed = body.text("url") or "", body.text("compressionAlgorithm") or ""
    file = Read("report_file", {**about, "url": url, "packed": packed}, read.about.get("at", ""))
    _address(file)
    return Answer(then=(file,))


def _again(read: Read) -> Read:
    """The address has closed: another one, a few times."""
    tries = _number(read, "tries") + 1
    if tries > _ADDRESSES:
        raise CallFailed("the report's address was refused each time")
    about = {name: value for name, value in read.about.items() if name not in ("url", "packed")}
    return Read("report_document", {**about, "tries": str(tries)} | ({"at": read.cursor} if read.cursor else {}))


def _number(read: Read, name: str) -> int:
    said = read.about.get(name, "")
    return int(said) if re.fullmatch("[0-9]{1,6}", said, re.ASCII) else 0


_ANSWERS: dict[str, Callable[[Read, Reader, datetime], Answer]] = {
    "order": _one_order, "orders": _some_orders, "transactions": _some_transactions, "order_transactions": _some_transactions,
    "fba_returns": _asked, "mfn_returns": _asked, "report": _state, "report_document": _document,
}  # fmt: skip
