"""What modules that read their platform's API share: answers as JSON or as the error they mean, ids fit for addresses.

Sources: RFC 9110 (Retry-After in seconds or as a date), RFC 6585 (429).
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Any

from ..model import codec, times
from ..model.call import Account, Busy, CallFailed, Denied, Found, Read, Resource, Response
from ..model.errors import BadPayload, ConfigurationError
from ..model.event import Translated
from ._read import Reader

_LONGEST_WAIT = timedelta(hours=6)
_SAID = 200


def needs(account: Account, name: str) -> str:
    """A value the seller wrote down when connecting the shop. ConfigurationError says which is missing and how to give it."""
    value = account.setup.get(name, "")
    if not value:
        platform, _, shop = account.source.partition("/")
        raise ConfigurationError(f"{account.source} has no {name}: ./wellkept shop add {platform} {shop} --with {name}=...")
    return value


def asked_id(read: Read, form: str) -> str:
    """The id a read is about, checked against the form (a pattern) that its platform's ids have, so that it fits an address."""
    id_ = read.about.get("id", "")
    if not re.fullmatch(form, id_, re.ASCII):
        raise BadPayload(f"{id_[:40]!r} is no id of {read.what} here", "about.id")
    return id_


def span(read: Read) -> tuple[datetime, datetime]:
    """From when until when a list is read."""
    return tuple(times.parse(read.about.get(name, ""), f"about.{name}") for name in ("since", "until"))  # type: ignore[return-value]


def at_page(read: Read, cursor: str) -> Read:
    """The same list, going on at a cursor."""
    return replace(read, cursor=cursor)


def parts(read: Read, resource: Resource) -> Iterator[Read]:
    """A list's span in pieces no longer than its platform allows, earliest first."""
    since, until = span(read)
    while since < until:
        end = min(since + resource.window, until)
        yield replace(read, about={**read.about, "since": times.text(since), "until": times.text(end)})
        since = end


def fine(response: Response, now: datetime, busy: frozenset[int] = frozenset({429})) -> Response:
    """The response, if its status is a success. Denied for 401, Busy for 429, CallFailed for the rest: passing from 500 on."""
    if 200 <= response.status < 300:
        return response
    why = f"status {response.status}: {_said(response)}"
    if response.status in busy:
        raise Busy(why, wait(response.headers, now))
    if response.status == 401:
        raise Denied(why)
    raise CallFailed(why, passing=response.status >= 500 or response.status == 408)


def json_object(response: Response, now: datetime, where: str = "answer") -> Reader:
    """The JSON object in a successful answer. The errors of `fine`; BadPayload for anything else."""
    return Reader(codec.mapping(codec.loads(fine(response, now).body, where), where), where)


def wait(headers: Mapping[str, str], now: datetime, name: str = "retry-after") -> timedelta | None:
    """How long a platform wants to be left alone, at most six hours; None where it does not say or cannot be understood."""
    said = headers.get(name, "").strip()
    if not said:
        return None
    try:
        if re.fullmatch(r"[0-9]{1,9}(\.[0-9]{1,6})?", said):
            found = timedelta(seconds=float(said))
        else:
            at = parsedate_to_datetime(said)
            found = (at if at.tzinfo else at.replace(tzinfo=UTC)) - now
    except (ValueError, TypeError, OverflowError):
        return None
    return min(max(found, timedelta(0)), _LONGEST_WAIT)


def found(what: str, id_: str, one: Mapping[str, Any], make: Callable[[str], Translated]) -> Found:
    """A thing that was read, under a delivery id made of its own content: unchanged things read twice are one delivery."""
    # Half a surrogate pair, which JSON may hold and UTF-8 may not, is replaced: it must not hold up the whole list.
    raw = json.dumps(one, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode("utf-8", "replace")
    digest = hashlib.sha256(raw).hexdigest()[:24]
    return Found(make(f"{what}:{id_}:{digest}"), raw)


def _said(response: Response) -> str:
    """The beginning of what it said, in one line; nobody's data is expected in an error, and little of it is kept."""
    return " ".join(response.body[:_SAID].decode("utf-8", "replace").split())
