"""Touchpoints: which message, to whom, when. The rules are data; here they are read, checked and applied.

A rule that does not hold together is refused whole, with the place and what is allowed there, so a mistake never goes live.
"""

from __future__ import annotations

import hashlib
import re
import tomllib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from typing import Any

from ..model import codec, times
from ..model.action import Action, ActionKind
from ..model.errors import BadPayload
from ..model.event import Event
from ..model.person import Channel
from ..model.state import ORDER, State
from ..model.touch import MessageClass, Rulebook, Touchpoint
from ..model.words import EventType
from . import policies, quiet, texts
from .conditions import CONDITIONS, USUAL

LONGEST_KEY = 192  # bytes: base64 of these fills a message tag (model/tags.py)
MOST = 50
# News that may find its order or case; a touchpoint on anything else would never be asked for.
EVENTS = tuple(word for word in EventType if word.partition(".")[0] in ("order", "shipment", "return", "refund", "dispute"))
_ID = re.compile(r"[a-z][a-z0-9_]{0,39}")
_PLATFORM = re.compile(r"[a-z][a-z0-9_]{0,29}")


@cache
def default() -> Rulebook:
    """The touchpoints that come with the product, as version 0."""
    return load(policies.data("touchpoints.toml"), 0)


def load(given: str | Mapping[str, Any], version: int) -> Rulebook:
    """A rulebook from TOML text or what was parsed from it. BadPayload names the first wrong place and what may stand there."""
    found = codec.mapping(_parsed(given) if isinstance(given, str) else given, "rules")
    _only(found, {"touchpoint"}, "rules")
    listed = found.get("touchpoint", [])
    if not isinstance(listed, list) or len(listed) > MOST:
        raise BadPayload(f"expected at most {MOST} touchpoints, each under [[touchpoint]]", "touchpoint")
    book = tuple(_touchpoint(one, f"touchpoint {n}") for n, one in enumerate(listed, 1))
    for n, one in enumerate(book, 1):
        if one.id in {other.id for other in book[: n - 1]}:
            raise BadPayload(f"the id {one.id!r} is taken; each touchpoint has its own", f"touchpoint {n}.id")
    return Rulebook(version, book)


def applies(touchpoint: Touchpoint, source: str) -> bool:
    """Whether a touchpoint is on and meant for this platform/shop."""
    return touchpoint.on_ and (not touchpoint.platforms or source.partition("/")[0] in touchpoint.platforms)


def key(source: str, subject: str, touchpoint_id: str) -> str:
    """The key of the message that a touchpoint sends about an order: one for each of both. It fits a message tag."""
    found = f"message#{source}#{subject}#{touchpoint_id}"
    if len(found.encode()) <= LONGEST_KEY:
        return found
    return f"message#~{hashlib.sha256(found.encode()).hexdigest()}"


def asked(event: Event, state: State, rulebook: Rulebook, now: datetime) -> Iterator[Action]:
    """The messages that an event asks for: one for each touchpoint on it, about orders that are no tests.

    News of a parcel may come before the order itself: it asks all the same, and the order is looked at when it is due. Due
    after the touchpoint's delay, at a decent hour where the order goes, until the touchpoint's time is over.
    """
    if not state.subject.startswith(ORDER) or (state.order is not None and state.order.test):
        return
    for one in rulebook.touchpoints:
        if one.on is event.type and applies(one, state.source):
            data = {"touchpoint": one.id, "rule": str(rulebook.version), "class": str(one.kind), "at": times.text(event.time)}
            yield Action(
                key(state.source, state.subject, one.id), ActionKind.MESSAGE, state.source, state.subject,
                _due(one, event, state, now), event.time + one.within, data,
            )  # fmt: skip


def _due(one: Touchpoint, event: Event, state: State, now: datetime) -> datetime:
    """When to look at it: at a time that suits wherever the order goes, where that comes early enough."""
    earliest, latest = max(event.time + one.after, now), event.time + one.within
    country, province = (state.order.country, state.order.province) if state.order else (None, None)
    if not quiet.known(country):
        return earliest
    decent = quiet.next_allowed(earliest, quiet.zones(country, province), policies.windows()[one.channels[0]])
    return decent if decent is not None and decent < latest else earliest


# reading one touchpoint


@dataclass(frozen=True, slots=True)
class _Field:
    """A field of the rules: the touchpoint's own name for it, how it is read, whether it must be there."""

    name: str
    read: Callable[[Any, str], Any]
    needed: bool = False


def _touchpoint(given: Any, where: str) -> Touchpoint:
    if not isinstance(given, dict):
        raise BadPayload("expected a table of fields, under [[touchpoint]]", where)
    if isinstance(given.get("id"), str) and _ID.fullmatch(given["id"]):
        where = f"touchpoint {given['id']}"
    _only(given, set(_FIELDS), where)
    for word, one in _FIELDS.items():
        if one.needed and word not in given:
            raise BadPayload(f"{word} is missing", where)
    values = {_FIELDS[word].name: _FIELDS[word].read(value, f"{where}.{word}") for word, value in given.items()}
    values.setdefault("unless", tuple(word for word in USUAL if CONDITIONS[word].by is not values["on"]))
    return _sensible(Touchpoint(**values), where)


def _sensible(one: Touchpoint, where: str) -> Touchpoint:
    """Each field may be right and the whole still never send anything."""
    if one.within <= one.after:
        raise BadPayload("must be longer than `after`, or it is over before it is due", f"{where}.within")
    for word in one.unless:
        if CONDITIONS[word].by is one.on:
            raise BadPayload(f"{word!r} always holds on {one.on}, so this would never be sent; leave it out", f"{where}.unless")
    return one


def _only(given: Mapping[str, Any], known: set[str], where: str) -> None:
    unknown = sorted(set(given) - known)
    if unknown:
        raise BadPayload(f"{unknown[0][:40]!r} is not a field here; known are {', '.join(sorted(known))}", where)


def _parsed(text: str) -> dict[str, Any]:
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as err:
        raise BadPayload(f"not TOML: {err}", "rules") from None


def _named(value: Any, where: str) -> str:
    if isinstance(value, str) and _ID.fullmatch(value):
        return value
    raise BadPayload(f"expected up to 40 small letters, digits and _, a letter first; got {str(value)[:40]!r}", where)


def _word(words: tuple[str, ...] | Callable[[], tuple[str, ...]], value: Any, where: str) -> str:
    known = words() if callable(words) else words
    if isinstance(value, str) and value in known:
        return value
    raise BadPayload(f"expected one of {', '.join(known)}; got {str(value)[:40]!r}", where)


def _words(words: tuple[str, ...], value: Any, where: str) -> tuple[str, ...]:
    if not isinstance(value, list):
        raise BadPayload(f"expected a list such as [{words[0]!r}]", where)
    found = tuple(_word(words, item, f"{where}[{n}]") for n, item in enumerate(value))
    if len(set(found)) < len(found):
        raise BadPayload("names something twice", where)
    return found


def _platforms(value: Any, where: str) -> tuple[str, ...]:
    if isinstance(value, list) and all(isinstance(item, str) and _PLATFORM.fullmatch(item) for item in value):
        return tuple(value)
    raise BadPayload('expected a list of platform names such as ["shopify"]; leave it out for all platforms', where)


def _channels(value: Any, where: str) -> tuple[Channel, ...]:
    found = tuple(Channel(word) for word in _words(tuple(Channel), value, where))
    if not found:
        raise BadPayload(f"names no channel; there are {', '.join(Channel)}", where)
    return found


def _after(value: Any, where: str) -> timedelta:
    return policies.duration(value, where)


_FIELDS: dict[str, _Field] = {
    "id": _Field("id", _named, needed=True),
    "on": _Field("on", lambda value, where: EventType(_word(EVENTS, value, where)), needed=True),
    "after": _Field("after", _after, needed=True),
    "within": _Field("within", _after, needed=True),
    "template": _Field("template", lambda value, where: _word(texts.names, value, where), needed=True),
    "channels": _Field("channels", _channels),
    "class": _Field("kind", lambda value, where: MessageClass(_word(tuple(MessageClass), value, where))),
    "platforms": _Field("platforms", _platforms),
    "unless": _Field("unless", lambda value, where: _words(tuple(CONDITIONS), value, where)),
    "active": _Field("on_", codec.flag),
}
