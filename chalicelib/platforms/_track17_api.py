"""Calls to 17TRACK: one parcel's history, the list of parcels whose push failed, and the two that make it tell (again).

All are POSTs of JSON under the header 17token, three a second, at most 40 numbers each; one number is asked for at a time, so
that each answer is about one thing. A whole call may fail inside HTTP 200 (`code`), and a number may (`rejected`).
"""

from __future__ import annotations

import json
import re
from datetime import datetime, timedelta
from typing import NoReturn

from ..model import codec, times
from ..model.call import Account, Answer, Busy, CallFailed, Denied, Found, Limit, Read, Request, Resource, Response, Token
from ..model.errors import ConfigurationError
from . import _calls as calls
from . import _track17_parcel as parcels
from ._read import Reader

_LIMIT = Limit(3, 3)
_NUMBER = r"[A-Za-z0-9-]{5,50}(:[0-9]{1,9})?"
_BASE = "https://api.17track.net/track/"
_VERSION = re.compile(r"v2(\.[0-9])?")
_DAY = timedelta(days=1)
READS = {
    "tracking": Resource("the history of one parcel (gettrackinfo)", _LIMIT, token=""),
    "register": Resource("has one parcel watched (register; it costs a credit)", _LIMIT, token=""),
    "push": Resource("has the last push of one parcel sent again (push)", _LIMIT, token=""),
    "parcels": Resource(
        "parcels with news; those whose push failed are read (gettracklist)", _LIMIT, token="", back=90 * _DAY,
        window=30 * _DAY, every=_DAY, again=2 * _DAY,
    ),
}  # fmt: skip
_CALLS = {"tracking": "gettrackinfo", "register": "register", "push": "push", "parcels": "gettracklist"}
# Codes of 17TRACK: of the account, of its own trouble, of too many calls; of a number.
_NO_ACCESS = frozenset({-18010001, -18010002, -18010004, -18010005})
_TROUBLE, _TOO_MANY, _DAILY = -18010003, 429, -18019907
_ALREADY_REGISTERED, _NO_NEWS_YET = -18019901, -18019909


def request(read: Read, account: Account, now: datetime) -> Request:
    """The call for a read."""
    version = account.setup.get("version") or "v2.2"
    if not _VERSION.fullmatch(version):
        raise ConfigurationError(f"{account.source}: {version[:20]!r} is no version of 17TRACK's API: --with version=v2.2")
    body = _listed(read) if read.what == "parcels" else [_numbered(read)]
    headers = {"17token": account.secret, "content-type": "application/json"}
    return Request("POST", f"{_BASE}{version}/{_CALLS[read.what]}", headers, codec.dumps(body))


def _numbered(read: Read) -> dict[str, str | int]:
    """The number, and its carrier where the id says it ("RR123456789CN:3011")."""
    number, _, carrier = calls.asked_id(read, _NUMBER).partition(":")
    said: dict[str, str | int] = {"number": number}
    if carrier:
        said["carrier"] = int(carrier)
    if read.what == "register" and read.about.get("order"):
        said["tag"] = read.about["order"][:100]
    return said


def _listed(read: Read) -> dict[str, str | int]:
    since, until = calls.span(read)
    page = int(read.cursor) if re.fullmatch(r"[0-9]{1,6}", read.cursor) else 1
    span = {"track_time_from": times.text(since), "track_time_to": times.text(until)}
    return {**span, "order_by": "TrackTimeAsc", "page_no": page}


def answer(read: Read, response: Response, account: Account, now: datetime) -> Answer:
    """What an answer means."""
    said = calls.json_object(response, now)
    code = said.whole("code")
    if code != 0:
        _refused(code, said.child("data"))
    data = said.child("data")
    if read.what == "parcels":
        return _page(read, said)
    for one in data.children("rejected"):
        return _rejected(read, one)
    if read.what != "tracking":
        return Answer()
    return Answer(tuple(_found(one, now) for one in data.children("accepted")))


def _found(one: Reader, now: datetime) -> Found:
    return Found(parcels.news(one, "gettrackinfo", now), json.dumps(one.value).encode())


def _page(read: Read, said: Reader) -> Answer:
    """Parcels whose push did not come through are read; then the next page."""
    rows = said.child("data").children("accepted")
    lost = [Read("tracking", {"id": _about(row)}) for row in rows if row.text("push_status") == "Failure"]
    page = said.child("page")
    number, last = page.whole("page_no") or 1, page.whole("page_total") or 1
    more = [calls.at_page(read, str(number + 1))] if number < last else []
    return Answer(then=tuple(lost + more))


def _about(row: Reader) -> str:
    carrier = row.id("carrier")
    return f"{row.needed_id('number')}:{carrier}" if carrier else row.needed_id("number")


def _rejected(read: Read, one: Reader) -> Answer:
    """What became of a number that was not taken. One that is registered already may have news."""
    error = one.child("error")
    code = error.whole("code")
    if code == _NO_NEWS_YET:
        return Answer()
    if code == _ALREADY_REGISTERED and read.what == "register":
        return Answer(then=(Read("tracking", {"id": read.about.get("id", "")}),))
    if code == _DAILY:
        raise Busy(f"{code}: the day's limit of registrations is reached", timedelta(hours=6))
    raise CallFailed(f"{read.what} {code}: {(error.text('message') or '')[:200]}")


def _refused(code: int | None, data: Reader) -> NoReturn:
    """The whole call failed, though over HTTP it did not."""
    told = next((one.text("message") for one in data.children("errors")), None)
    why = f"{code}: {(told or '')[:200]}"
    if code in _NO_ACCESS:
        raise Denied(why)
    if code in (_TOO_MANY, _DAILY):
        raise Busy(why, timedelta(hours=6) if code == _DAILY else None)
    raise CallFailed(why, passing=code == _TROUBLE)


def renewal(kind: str, account: Account, now: datetime) -> Request:
    """Nothing expires here: calls use the API key itself."""
    raise ConfigurationError(f"{account.source}: 17TRACK knows no access tokens, only the API key")


def renewed(kind: str, response: Response, account: Account, now: datetime) -> Token:
    """Nothing expires here."""
    raise ConfigurationError(f"{account.source}: 17TRACK knows no access tokens, only the API key")
