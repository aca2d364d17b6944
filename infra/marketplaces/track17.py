"""17TRACK's API as its documentation v2.2 has it: POSTs of JSON under the header 17token, errors inside HTTP 200.

A number that is registered is a parcel of the world: `item` as gettrackinfo answers it (null while there is no news), `row` as
gettracklist lists it. A page of the list has 3 rows here, 40 there.
"""

from __future__ import annotations

import hmac
import re
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Any

from chalicelib.model.call import Response

from .world import Call, Json, World, said

HOSTS = ("api.17track.net",)
DEMO = {"secret": "17TRACK-DEMO-KEY"}
LIMIT = (3.0, 3)
PAGE, MOST = 3, 40
_PATH = re.compile(r"/track/v2(?:\.[0-9])?/([a-z]+)")
_NUMBER = re.compile(r"[A-Za-z0-9-]{5,50}")
_KEY, _EMPTY, _TOO_MANY, _FORMAT = -18010002, -18010010, -18010014, -18010012
_REGISTERED, _UNREGISTERED, _NO_CARRIER, _NO_NEWS = -18019901, -18019902, -18019903, -18019909
Told = Json | tuple[int, str]


def answer(call: Call, world: World) -> Response:
    """What 17TRACK says."""
    path = _PATH.fullmatch(call.path)
    if path is None or path[1] not in (*_OF_NUMBERS, "gettracklist"):
        return said({"message": "no such address"}, 404)
    if not hmac.compare_digest(call.headers.get("17token", "").encode(), DEMO["secret"].encode()):
        return said(_failed(_KEY, "Invalid security key."), 401)
    if call.method != "POST":
        return said({"message": "POST only"}, 405)
    if path[1] == "gettracklist":
        return said(_listed(call.json, world))
    return said(_each(call.json, _OF_NUMBERS[path[1]], world))


def _failed(code: int, message: str) -> Json:
    return {"code": code, "data": {"errors": [{"code": code, "message": message}]}}


def _each(asked: Any, of: Callable[[str, Json, World], Told], world: World) -> Json:
    """Every number by itself: accepted, or rejected with its own error."""
    if not isinstance(asked, list) or not asked:
        return _failed(_EMPTY, "Data is required.")
    if len(asked) > MOST:
        return _failed(_TOO_MANY, f"Submitted data exceeds {MOST} numbers.")
    accepted, rejected = [], []
    for one in asked:
        number = str(one.get("number", "")) if isinstance(one, dict) else ""
        found = of(number, one, world) if _NUMBER.fullmatch(number) else (_FORMAT, f"The format of '{number}' is invalid.")
        if isinstance(found, dict):
            accepted.append(found)
        else:
            rejected.append({"number": number, "error": {"code": found[0], "message": found[1]}})
    return {"code": 0, "data": {"accepted": accepted, "rejected": rejected}}


def _history(number: str, asked: Json, world: World) -> Told:
    parcel = world.get("parcels", number)
    if parcel is None or asked.get("carrier") not in (None, parcel["row"]["carrier"]):
        return _UNREGISTERED, f"Tracking number {number} is not registered, please register first."
    found: Json | None = parcel["item"]
    return found if found else (_NO_NEWS, f"Tracking number {number} has no tracking information yet.")


def _register(number: str, asked: Json, world: World) -> Told:
    """Costs a credit; nothing is known of it at first."""
    if world.get("parcels", number):
        return _REGISTERED, f"Tracking number {number} is already registered."
    carrier = asked.get("carrier") or (3011 if number.endswith("CN") else 2151 if number.endswith("BR") else None)
    if carrier is None:
        return _NO_CARRIER, f"Carrier of {number} can not be detected."
    world.state["credits"] = world.state.get("credits", 0) + 1
    told = {"number": number, "carrier": carrier, "tag": asked.get("tag")}
    row = {**told, "tracking_status": "Tracking", "package_status": "NotFound", "track_time": None, "push_status": "NotPushed"}
    world.put("parcels", number, {"item": None, "row": row})
    return {"origin": 1, "email": None, "lang": None, **told}


def _push(number: str, asked: Json, world: World) -> Told:
    """The last push goes out again."""
    parcel = world.get("parcels", number)
    if parcel is None:
        return _UNREGISTERED, f"Tracking number {number} is not registered, please register first."
    parcel["row"]["push_status"] = "Success"
    world.put("parcels", number, parcel)
    return {"number": number, "carrier": parcel["row"]["carrier"]}


def _listed(asked: Any, world: World) -> Json:
    """A page of the parcels that were looked at in a span of time."""
    if not isinstance(asked, dict):
        return _failed(_EMPTY, "Data is required.")
    rows = list(_within(asked, world))
    page, pages = int(asked.get("page_no") or 1), max(1, -(-len(rows) // PAGE))
    shown = rows[(page - 1) * PAGE : page * PAGE]
    about = {"data_total": len(rows), "page_total": pages, "page_no": page, "page_size": PAGE}
    return {"page": about, "code": 0, "data": {"accepted": shown}}


def _within(asked: Json, world: World) -> Iterator[Json]:
    since, until = (_time(asked.get(name)) for name in ("track_time_from", "track_time_to"))
    rows = [parcel["row"] for _, parcel in world.all("parcels")]
    for row in sorted((row for row in rows if row["track_time"]), key=lambda row: (_time(row["track_time"]), row["number"])):
        if since <= _time(row["track_time"]) < until:
            yield row


def _time(text: object) -> datetime:
    return datetime.fromisoformat(str(text)) if text else datetime.max.replace(tzinfo=UTC)


_OF_NUMBERS = {"gettrackinfo": _history, "register": _register, "push": _push}
