"""Amazon's Selling Partner API, Login with Amazon and the storage that reports lie in, as the fact sheet of the API has them:
token in a header, 403 for a bad one, reports that take a while, addresses that close after five minutes.
"""

from __future__ import annotations

import gzip
import hashlib
import hmac
import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import unquote

from chalicelib.model.call import Response

from .world import Call, Json, World, said

_API = {f"sellingpartnerapi-{region}.amazon.com" for region in ("na", "eu", "fe")}
_LOGIN, _STORE = "api.amazon.com", "tortuga-prod-na.s3.amazonaws.com"
HOSTS = (*sorted(_API), _LOGIN, _STORE)
LIMIT = (5.0, 60)
DEMO = {
    "secret": "amzn1.oa2-cs.v1.sample",
    "client_id": "amzn1.application-oa2-client.sample",
    "refresh_token": "Atzr|sample-refresh",
    "region": "na",
    "marketplaces": "ATVPDKIKX0DER,A1PA6795UKMFR9",
    "application_id": "amzn1.sellerapps.app.sample",
}
_PAGE = 2  # so that two orders make a page
_FIRST_LOOKS = 1  # so often a report is still being made
_LASTING = timedelta(minutes=5)
_STORE_KEY = b"the storage's own key"
_DAYS = {"GET_FBA_FULFILLMENT_CUSTOMER_RETURNS_DATA": 60, "GET_FLAT_FILE_RETURNS_DATA_BY_RETURN_DATE": 60}


def answer(call: Call, world: World) -> Response:
    """What Amazon says."""
    if call.host == _LOGIN:
        return _login(call, world)
    if call.host == _STORE:
        return _stored(call, world)
    refused = _refused(call, world)
    if refused:
        return refused
    for pattern, method, act in _ROUTES:
        match = re.fullmatch(pattern, call.path)
        if match and call.method == method:
            return act(call, world, *(unquote(part) for part in match.groups()))
    return _error(404, "NotFound", f"no operation {call.method} {call.path}")


def _login(call: Call, world: World) -> Response:
    form = call.form
    if call.path != "/auth/o2/token" or form.get("grant_type") != "refresh_token":
        return said({"error": "unsupported_grant_type", "error_description": "grant_type must be refresh_token"}, 400)
    if (form.get("client_id"), form.get("client_secret")) != (DEMO["client_id"], DEMO["secret"]):
        return said({"error": "invalid_client", "error_description": "Client authentication failed"}, 401)
    if form.get("refresh_token") != DEMO["refresh_token"]:
        return said({"error": "invalid_grant", "error_description": "The request has an invalid grant parameter"}, 400)
    until = world.clock() + timedelta(seconds=3600)
    with world.lock:
        tokens: Json = world.state.setdefault("tokens", {})
        access = f"Atza|sample-{len(tokens) + 1}"
        tokens[access] = until.isoformat()
    return said({"access_token": access, "refresh_token": DEMO["refresh_token"], "token_type": "bearer", "expires_in": 3600})


def _refused(call: Call, world: World) -> Response | None:
    """403 for a token that is none, or none any more."""
    until = world.state.get("tokens", {}).get(call.headers.get("x-amz-access-token", ""))
    if until is not None and world.clock() < datetime.fromisoformat(until):
        return None
    what = "has expired" if until else "is revoked, malformed or invalid"
    denied = "Access to requested resource is denied."
    return _error(403, "Unauthorized", denied, f"The access token you provided {what}.")


def _error(status: int, code: str, message: str, details: str = "") -> Response:
    return said({"errors": [{"code": code, "message": message, "details": details}]}, status)


def _bad(message: str) -> Response:
    return _error(400, "InvalidInput", message)


# Orders


def _one_order(call: Call, world: World, order_id: str) -> Response:
    if not re.fullmatch(r"[A-Z0-9]{3}-\d{7}-\d{7}", order_id):
        return _bad("orderId is not of the form 3-7-7")
    order = world.get("orders", order_id)
    return said({"order": _included(order, call)}) if order else _error(404, "NotFound", "no such order")


def _orders(call: Call, world: World) -> Response:
    params = call.params
    if "createdAfter" in params or not params.get("lastUpdatedAfter"):
        return _bad("exactly one of createdAfter and lastUpdatedAfter")
    since, until = _time(params["lastUpdatedAfter"]), _time(params.get("lastUpdatedBefore", ""))
    if since is None or until is None or until < since or until > world.clock() - timedelta(minutes=2):
        return _bad("lastUpdatedBefore must lie two minutes back, and after lastUpdatedAfter")
    shops = params.get("marketplaceIds", "").split(",")
    found = [
        order for _, order in world.all("orders")
        if since <= _told(order["lastUpdatedTime"]) <= until and order["salesChannel"]["marketplaceId"] in shops
    ]  # fmt: skip
    start = _start(params.get("paginationToken", ""), call)
    if start is None:
        return _bad("paginationToken is not valid for these parameters")
    page = found[start : start + _PAGE]
    body: Json = {"orders": [_included(order, call) for order in page], "lastUpdatedBefore": params["lastUpdatedBefore"]}
    if start + _PAGE < len(found):
        body["pagination"] = {"nextToken": _token(start + _PAGE, call)}
    return said(body)


_PARTS = {
    "BUYER": "buyer", "RECIPIENT": "recipient", "PROCEEDS": "proceeds", "FULFILLMENT": "fulfillment", "PACKAGES": "packages",
}  # fmt: skip


def _included(order: Json, call: Call) -> Json:
    """An order with the parts that were asked for."""
    asked = call.params.get("includedData", "").split(",")
    hidden = {name for part, name in _PARTS.items() if part not in asked}
    return {name: value for name, value in order.items() if name not in hidden}


def _start(token: str, call: Call) -> int | None:
    """Where a page begins; None for a token that was given out for other parameters."""
    if not token:
        return 0
    place, _, mark = token.partition(".")
    return int(place) if place.isdigit() and mark == _token(int(place), call).partition(".")[2] else None


def _token(place: int, call: Call) -> str:
    same = "&".join(f"{k}={v}" for k, v in sorted(call.params.items()) if k not in ("paginationToken", "nextToken"))
    return f"{place}.{hashlib.sha256(same.encode()).hexdigest()[:16]}"


# Finances


def _transactions(call: Call, world: World) -> Response:
    params, rows = call.params, [row for _, row in world.all("transactions")]
    if params.get("relatedIdentifierName") == "ORDER_ID":
        rows = [row for row in rows if _related(row, "ORDER_ID") == params.get("relatedIdentifierValue")]
    else:
        since, until = _time(params.get("postedAfter", "")), _time(params.get("postedBefore", ""))
        if since is None or until is None or until > world.clock() - timedelta(minutes=2):
            return _bad("postedAfter is needed, postedBefore must lie two minutes back")
        rows = [row for row in rows if since <= _told(row["postedDate"]) < until]
    start = _start(params.get("nextToken", ""), call)
    if start is None:
        return _bad("nextToken is not valid for these parameters")
    payload: Json = {"transactions": rows[start : start + _PAGE]}
    if start + _PAGE < len(rows):
        payload["nextToken"] = _token(start + _PAGE, call)
    return said({"payload": payload})


def _related(row: Json, name: str) -> str | None:
    found = [one["relatedIdentifierValue"] for one in row["relatedIdentifiers"] if one["relatedIdentifierName"] == name]
    return found[0] if found else None


# Reports


def _create(call: Call, world: World) -> Response:
    asked = call.json
    if not isinstance(asked, dict) or not asked.get("marketplaceIds") or asked.get("reportType") not in _DAYS:
        return _bad("reportType and marketplaceIds are needed")
    since, until = _time(asked.get("dataStartTime", "")), _time(asked.get("dataEndTime", ""))
    if since is None or until is None or not since <= until <= world.clock():
        return _bad("dataStartTime and dataEndTime must lie in the past")
    with world.lock:
        number = len(world.kinds.setdefault("reports", {})) + 1
        report_id = str(60000000000 + number)
        rows = _rows(world, asked["reportType"], since, until)
        too_long = until - since > timedelta(days=_DAYS[asked["reportType"]])
        world.put("reports", report_id, {
            "reportId": report_id, "reportType": asked["reportType"], "createdTime": _text(world.clock()),
            "processingEndTime": _text(world.clock()), "looks": 0, "rows": rows,
            "becomes": "FATAL" if too_long else "DONE" if rows else "CANCELLED",
        })  # fmt: skip
    return said({"reportId": report_id}, 202)


def _rows(world: World, kind: str, since: datetime, until: datetime) -> list[str]:
    """The file's lines of a kind that lie in a span; the day they are sorted by stands beside each."""
    lines: list[Json] = (world.get("files", kind) or {"rows": []})["rows"]
    return [one["line"] for one in lines if since.date() <= _told(one["day"]).date() <= until.date()]


def _report(call: Call, world: World, report_id: str) -> Response:
    report = world.get("reports", report_id)
    if report is None:
        return _error(404, "NotFound", "no such report")
    ready = report["looks"] >= _FIRST_LOOKS
    world.put("reports", report_id, {**report, "looks": report["looks"] + 1})
    body = {name: report[name] for name in ("reportId", "reportType", "createdTime")}
    body["processingStatus"] = report["becomes"] if ready else "IN_PROGRESS"
    if ready:
        body["processingEndTime"] = report["processingEndTime"]
        if report["becomes"] == "DONE":
            body["reportDocumentId"] = f"amzn1.spdoc.1.4.na.{report_id}"
    return said(body)


def _document(call: Call, world: World, document_id: str) -> Response:
    if world.get("reports", document_id.rpartition(".")[2]) is None:
        return _error(404, "NotFound", "no such document")
    url = f"https://{_STORE}/{document_id}?{_signed(document_id, world.clock())}"
    return said({"reportDocumentId": document_id, "url": url, "compressionAlgorithm": "GZIP"})


def _signed(document_id: str, at: datetime) -> str:
    stamp = at.astimezone(UTC).strftime("%Y%m%dT%H%M%SZ")
    mark = hmac.new(_STORE_KEY, f"{document_id}{stamp}".encode(), hashlib.sha256).hexdigest()[:32]
    return f"X-Amz-Date={stamp}&X-Amz-Expires={int(_LASTING.total_seconds())}&X-Amz-Signature={mark}"


def _stored(call: Call, world: World) -> Response:
    """A report's file: packed, in the encoding that its kind has."""
    document_id, stamp = call.path.lstrip("/"), call.params.get("X-Amz-Date", "")
    try:
        at = datetime.strptime(stamp, "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC)
    except ValueError:
        at = datetime(1970, 1, 1, tzinfo=UTC)
    report = world.get("reports", document_id.rpartition(".")[2])
    if report is None or call.query != _signed(document_id, at) or "x-amz-access-token" in call.headers:
        return Response(403, {"content-type": "application/xml"}, b"<Error><Code>SignatureDoesNotMatch</Code></Error>")
    if world.clock() > at + _LASTING:
        body = b"<Error><Code>AccessDenied</Code><Message>Request has expired</Message></Error>"
        return Response(403, {"content-type": "application/xml"}, body)
    kind: Json = world.get("files", report["reportType"]) or {}
    text = "".join(f"{line}\n" for line in [kind["header"], *report["rows"]])
    packed = gzip.compress(text.encode(kind["encoding"]), mtime=0)
    return Response(200, {"content-type": f"text/plain; charset={kind['charset']}"}, packed)


def _time(text: Any) -> datetime | None:
    try:
        found = datetime.fromisoformat(text)
    except (ValueError, TypeError):
        return None
    return found if found.tzinfo else None


def _told(text: str) -> datetime:
    return datetime.fromisoformat(text)


def _text(time: datetime) -> str:
    return time.astimezone(UTC).isoformat(timespec="seconds")


Act = Callable[..., Response]
_ROUTES: tuple[tuple[str, str, Act], ...] = (
    (r"/orders/2026-01-01/orders/([^/]+)", "GET", _one_order),
    (r"/orders/2026-01-01/orders", "GET", _orders),
    (r"/finances/2024-06-19/transactions", "GET", _transactions),
    (r"/reports/2021-06-30/reports", "POST", _create),
    (r"/reports/2021-06-30/reports/([^/]+)", "GET", _report),
    (r"/reports/2021-06-30/documents/([^/]+)", "GET", _document),
)
