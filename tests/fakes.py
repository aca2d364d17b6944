"""In-memory stand-ins with the same verbs as effects/."""

from __future__ import annotations

import bisect
from collections.abc import Callable, Iterator, Sequence
from copy import deepcopy
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

from chalicelib.effects.outbox import shard_of
from chalicelib.model import times
from chalicelib.model.action import FOR_A_PERSON, Action, ActionStatus, Entry
from chalicelib.model.case import Case
from chalicelib.model.errors import Conflict
from chalicelib.model.event import Delivery, Link


@dataclass
class MemoryStore:
    """The tables, in dictionaries. `fault(verb)` is called before each verb and may raise."""

    log: dict[tuple[str, str], dict[str, Delivery]] = field(default_factory=dict)
    states: dict[str, tuple[bytes, int]] = field(default_factory=dict)
    links: dict[str, str] = field(default_factory=dict)
    fault: Callable[[str], None] = lambda verb: None

    def put(self, delivery: Delivery) -> bool:
        """A conditional put, as the intake does it."""
        self.fault("put")
        partition = self.log.setdefault((delivery.source, delivery.subject), {})
        fresh = delivery.id not in partition
        partition.setdefault(delivery.id, delivery)
        return fresh

    def add(self, deliveries: list[Delivery]) -> int:
        return sum(self.put(delivery) for delivery in deliveries)

    def events(self, source: str, subject: str) -> list[Delivery]:
        self.fault("events")
        partition = self.log.get((source, subject), {})
        return [partition[id_] for id_ in sorted(partition)]

    def order_of(self, source: str, subject: str) -> str | None:
        self.fault("order_of")
        return self.links.get(f"{source}#{subject}")

    def claim(self, source: str, link: Link, order: str) -> bool:
        self.fault("claim")
        return self.links.setdefault(f"{source}#{link.kind}:{link.id}", order) == order

    def state(self, source: str, subject: str, fresh: bool = True) -> tuple[bytes | None, int]:
        self.fault("state")
        return self.states.get(f"{source}#{subject}", (None, 0))

    def put_state(self, source: str, subject: str, data: bytes, version: int) -> None:
        self.fault("put_state")
        if self.states.get(f"{source}#{subject}", (None, 0))[1] != version - 1:
            raise Conflict(subject)
        self.states[f"{source}#{subject}"] = (data, version)

    def scan_events(self) -> Iterator[Delivery]:
        return (delivery for partition in self.log.values() for delivery in partition.values())

    def scan_states(self) -> Iterator[tuple[str, bytes, int]]:
        return ((key, data, version) for key, (data, version) in self.states.items())

    def scan_links(self) -> Iterator[tuple[str, str]]:
        return iter(self.links.items())


Due = tuple[int, str]


@dataclass
class MemoryOutbox:
    """The outbox with the conditions of effects.outbox, which tests/effects/test_outbox.py holds it to.

    Times are kept to the millisecond, as the table does. `shards` is the due index; `fault(verb)` as in MemoryStore.
    """

    entries: dict[str, Entry] = field(default_factory=dict)
    shards: dict[int, list[Due]] = field(default_factory=dict)
    fault: Callable[[str], None] = lambda verb: None
    _placed: dict[str, Due] = field(default_factory=dict)

    def add(self, action: Action, indexed: bool, now: datetime) -> bool:
        self.fault("add")
        if action.key in self.entries:
            return False
        kept = replace(action, due_at=_cut(action.due_at), not_after=_cut(action.not_after), data=dict(action.data))
        self.entries[action.key] = Entry(kept, _cut(now))
        self._index(action.key, kept.due_at if indexed else None)
        return True

    def get(self, key: str) -> Entry | None:
        self.fault("get")
        return self.entries.get(key)

    def many(self, keys: Sequence[str]) -> list[Entry]:
        self.fault("many")
        return [self.entries[key] for key in keys if key in self.entries]

    def claim(self, key: str, token: str, now: datetime) -> Entry | None:
        self.fault("claim")
        entry = self.entries.get(key)
        if entry is None or not (entry.status is ActionStatus.READY or self._mine(entry, token)):
            return None
        return self._claimed(entry, token, now)

    def reclaim(self, key: str, old: str, token: str, now: datetime) -> Entry | None:
        self.fault("reclaim")
        entry = self.entries.get(key)
        if entry is None or entry.status is not ActionStatus.SENDING or entry.token not in (old, token):
            return None
        return self._claimed(entry, token, now)

    def settle(self, key: str, token: str, status: ActionStatus, now: datetime, **told: str | None) -> bool:
        self.fault("settle")
        entry = self.entries.get(key)
        if entry is None or entry.token != token or entry.status not in (ActionStatus.SENDING, status):
            return False
        return self._keep(entry, status, settled_at=_cut(now), **told)

    def release(self, key: str, token: str, due_at: datetime, why: str, indexed: bool) -> bool:
        self.fault("release")
        entry = self.entries.get(key)
        if entry is None or entry.token != token or entry.status not in (ActionStatus.SENDING, ActionStatus.READY):
            return False
        self._keep(entry, ActionStatus.READY, due_at=_cut(due_at), why=why)
        self._index(key, _cut(due_at) if indexed else None)
        return True

    def mark(self, key: str, status: ActionStatus, now: datetime, why: str | None = None) -> bool:
        self.fault("mark")
        entry = self.entries.get(key)
        if entry is None or entry.status not in (ActionStatus.READY, status):
            return False
        return self._keep(entry, status, settled_at=_cut(now), why=why)

    def confirm(self, key: str, provider_id: str, now: datetime) -> bool:
        self.fault("confirm")
        entry = self.entries.get(key)
        if entry is None or entry.status not in (ActionStatus.READY, ActionStatus.SENDING, ActionStatus.UNKNOWN):
            return False
        return self._keep(entry, ActionStatus.SENT, settled_at=_cut(now), provider_id=provider_id)

    def tell(self, key: str, outcome: str) -> bool:
        self.fault("tell")
        entry = self.entries.get(key)
        return entry is not None and self._keep(entry, entry.status, outcome=outcome)

    def answer(self, key: str, status: ActionStatus, due_at: datetime, why: str) -> bool:
        self.fault("answer")
        entry = self.entries.get(key)
        if entry is None or entry.status not in FOR_A_PERSON:
            return False
        self._keep(entry, status, due_at=_cut(due_at), why=why)
        self._index(key, None)
        return True

    def due(self, shard: int, after: datetime, until: datetime) -> Iterator[tuple[datetime, str]]:
        self.fault("due")
        found = self.shards.get(shard, [])
        first = bisect.bisect_left(found, (times.millis(after) + 1, ""))
        last = bisect.bisect_left(found, (times.millis(until) + 1, ""))
        return iter([(times.from_millis(at), key) for at, key in found[first:last]])

    def scan(self) -> Iterator[Entry]:
        return iter(list(self.entries.values()))

    def _mine(self, entry: Entry, token: str) -> bool:
        return entry.status is ActionStatus.SENDING and entry.token == token

    def _claimed(self, entry: Entry, token: str, now: datetime) -> Entry:
        self._keep(entry, ActionStatus.SENDING, token=token, claimed_at=_cut(now), tries=entry.tries + 1)
        return self.entries[entry.action.key]

    def _keep(self, entry: Entry, status: ActionStatus, **values: Any) -> bool:
        about = {name: values.pop(name) for name in ("due_at", "why") if name in values}
        action = replace(entry.action, status=status, **about)
        self.entries[action.key] = replace(entry, action=action, **values)
        if "due_at" in about and action.key in self._placed:
            self._index(action.key, action.due_at)
        return True

    def _index(self, key: str, at: datetime | None) -> None:
        """Where an action stands in the due index; None: nowhere."""
        entries = self.shards.setdefault(shard_of(key), [])
        known = self._placed.pop(key, None)
        if known is not None:
            del entries[bisect.bisect_left(entries, known)]
        if at is not None:
            self._placed[key] = (times.millis(at), key)
            bisect.insort(entries, self._placed[key])


def _cut(at: datetime) -> datetime:
    """A time as the table keeps it: whole milliseconds."""
    return times.from_millis(times.millis(at))


@dataclass
class MemoryWork:
    """The work queue, as a list of (key, delay). `broken` makes every send fail."""

    sent: list[tuple[str, timedelta]] = field(default_factory=list)
    broken: bool = False

    def send(self, keys: Sequence[str], delay: timedelta = timedelta(0)) -> None:
        if self.broken:
            raise ConnectionError("the work queue does not answer")
        self.sent += [(key, max(delay, timedelta(0))) for key in keys]

    @property
    def keys(self) -> list[str]:
        """What was asked for, in order."""
        return [key for key, _ in self.sent]


@dataclass
class MemoryNotes:
    """The settings table: values by name."""

    values: dict[str, Any] = field(default_factory=dict)

    def get(self, name: str) -> Any:
        return deepcopy(self.values.get(name))

    def put(self, name: str, value: Any) -> None:
        self.values[name] = dict(value) if isinstance(value, dict) else value

    def swap(self, name: str, before: Any, value: Any) -> bool:
        if self.values.get(name) != before:
            return False
        self.values[name] = deepcopy(value)
        return True

    def under(self, prefix: str) -> Iterator[tuple[str, Any]]:
        return ((name, deepcopy(value)) for name, value in list(self.values.items()) if name.startswith(prefix))


@dataclass
class MemoryCases:
    """The cases table: an older version never wins."""

    kept: dict[str, Case] = field(default_factory=dict)
    versions: dict[str, int] = field(default_factory=dict)

    def keep(self, case: Case, version: int) -> None:
        if version >= self.versions.get(case.id, 0):
            self.kept[case.id], self.versions[case.id] = case, version


@dataclass
class MemoryQueue:
    """The retry queue, as a list. `broken` makes every send fail."""

    sent: list[tuple[str, dict[str, str]]] = field(default_factory=list)
    broken: bool = False

    def send(self, step: str, key: dict[str, str], error: BaseException) -> None:
        if self.broken:
            raise ConnectionError("the queue does not answer")
        self.sent.append((step, key))


def stream_record(pk: str, sk: str, number: str = "1") -> dict[str, Any]:
    """A record of the log's stream (keys only)."""
    keys = {"pk": {"S": pk}, "sk": {"S": sk}}
    return {"eventName": "INSERT", "dynamodb": {"Keys": keys, "SequenceNumber": number, "StreamViewType": "KEYS_ONLY"}}
