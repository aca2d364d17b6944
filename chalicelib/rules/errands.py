"""Errands: what has to be read at a platform, or handed to the shop it belongs to, as actions with keys of their own.

A read is asked for by an event that only names its subject, by a list that leads to further pages and details, or by a
schedule. The same cause asks once, however often it is decided; another cause (a later push, the next run) asks again.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta

from ..model import times
from ..model.action import Action, ActionKind
from ..model.call import Read
from ..model.event import Delivery
from ..model.words import Origin

PATIENCE = timedelta(days=3)
FORWARD_PATIENCE = timedelta(days=30)
DEEPEST = 5000  # pages one after the other: a list that never ends is a fault somewhere
# Whatever arrived by itself has its details read as news; what was found by a history or a schedule keeps that origin.
_ORIGINS = {Origin.PUSH: Origin.FETCH, Origin.PERSON: Origin.FETCH}
_ABOUT, _WHAT, _CURSOR, _CAUSE, _DEPTH, _PULL = "about.", "what", "cursor", "cause", "depth", "pull"


def wanted(delivery: Delivery, now: datetime) -> Iterator[Action]:
    """The reads that a delivery asks for: each thing once."""
    wants = dict.fromkeys(want for event in delivery.events for want in event.wants)
    for want in wants:
        origin = _ORIGINS.get(delivery.origin, delivery.origin)
        yield asked(delivery.source, Read(want.what, {"id": want.id}), f"{delivery.subject}|{delivery.id}", origin, now)


def asked(
    source: str, read: Read, cause: str, origin: Origin, now: datetime, depth: int = 0, pull: str = "",
) -> Action:  # fmt: skip
    """A read as an action: the same read for the same cause is one action. `pull` names the list that it is part of."""
    mark = hashlib.sha256(cause.encode("utf-8", "replace")).hexdigest()[:16]
    data = {_WHAT: read.what, _CAUSE: mark, "origin": str(origin), _DEPTH: str(depth)}
    data |= {f"{_ABOUT}{name}": value for name, value in read.about.items()}
    data |= {name: value for name, value in ((_CURSOR, read.cursor), (_PULL, pull)) if value}
    key = f"{ActionKind.FETCH}#{source}#{read.name}#{mark}"
    subject = f"{read.what}:{read.about.get('id', 'list')}"[:200]
    return Action(key, ActionKind.FETCH, source, subject, now + read.wait, now + read.wait + PATIENCE, data)


def read_of(data: Mapping[str, str]) -> Read:
    """The read in an action's data."""
    about = {name.removeprefix(_ABOUT): value for name, value in data.items() if name.startswith(_ABOUT)}
    return Read(data[_WHAT], about, data.get(_CURSOR, ""))


def further(action: Action, read: Read, now: datetime) -> Action | None:
    """A read that another led to, for the same cause; None past any sensible depth."""
    depth = int(action.data.get(_DEPTH, "0")) + 1
    if depth > DEEPEST:
        return None
    origin, cause = Origin(action.data["origin"]), action.data[_CAUSE]
    return asked(action.source, read, cause, origin, now, depth, action.data.get(_PULL, ""))


def forward(delivery: Delivery, now: datetime) -> Action:
    """Hand a tracker's news to the shop whose order its parcel belongs to."""
    key = f"{ActionKind.FORWARD}#{delivery.source}#{delivery.subject}#{delivery.id}"
    if len(key.encode()) > 1024:
        key = f"{ActionKind.FORWARD}#{delivery.source}#{hashlib.sha256(key.encode()).hexdigest()}"
    data = {"subject": delivery.subject, "id": delivery.id, "at": times.text(delivery.received)}
    return Action(key, ActionKind.FORWARD, delivery.source, delivery.subject, now, now + FORWARD_PATIENCE, data)
