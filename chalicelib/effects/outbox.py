"""The outbox: every outward action, and the moves of the claim protocol as conditional writes.

Every move is fenced by the claim's token and may be repeated: a write whose answer was lost and that is tried again finds its
own token, and is not read as a rival. An action due later than the queue can carry stands in the due index (`shard`, `due_at`);
it stays there after it is done, because taking it out would be one more write: the sweep's cursor has passed it.
"""

from __future__ import annotations

import json
import zlib
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from typing import Any, Protocol

from pynamodb.exceptions import PutError, UpdateError

from ..model import times
from ..model.action import FOR_A_PERSON, Action, ActionKind, ActionStatus, Entry
from .tables import OutboxItem, bind, refused

SHARDS = 16
KEPT = timedelta(days=400)


class Names(Protocol):
    """Where things are; Settings is one."""

    @property
    def outbox_table(self) -> str: ...


class Outbox:
    """Actions by key."""

    def __init__(self, names: Names) -> None:
        self._items = bind(OutboxItem, names.outbox_table)

    def add(self, action: Action, indexed: bool, now: datetime) -> bool:
        """Write an action once; False when it was there already. `indexed` puts it in the due index."""
        item = self._items(
            action.key, kind=action.kind, source=action.source, subject=action.subject, status=action.status, why=action.why,
            due_at=times.millis(action.due_at), not_after=times.millis(action.not_after), made_at=times.millis(now),
            data=json.dumps(dict(action.data), sort_keys=True), ttl=int((max(now, action.not_after) + KEPT).timestamp()),
        )  # fmt: skip
        if indexed:
            item.shard = shard_of(action.key)
        try:
            item.save(condition=self._items.pk.does_not_exist())
        except PutError as err:
            if refused(err):
                return False
            raise
        return True

    def get(self, key: str) -> Entry | None:
        """The action under a key, perhaps as it was a moment ago: every move checks where it stands. Never missed."""
        for fresh in (False, True):
            try:
                return _entry(self._items.get(key, consistent_read=fresh))
            except self._items.DoesNotExist:
                continue
        return None

    def many(self, keys: Sequence[str]) -> list[Entry]:
        """Those of these actions that there are, read consistently."""
        return [_entry(item) for item in self._items.batch_get(list(keys), consistent_read=True)]

    def claim(self, key: str, token: str, now: datetime) -> Entry | None:
        """READY -> SENDING under this token; None when it cannot be claimed. One's own claim counts as success."""
        mine = (self._items.status == ActionStatus.SENDING) & (self._items.token == token)
        changes = {"status": ActionStatus.SENDING, "token": token, "claimed_at": times.millis(now)}
        return self._move(key, (self._items.status == ActionStatus.READY) | mine, changes, counted=True)

    def reclaim(self, key: str, old: str, token: str, now: datetime) -> Entry | None:
        """SENDING under `old` -> SENDING under `token`: what was claimed and never sent is taken over."""
        held = (self._items.status == ActionStatus.SENDING) & self._items.token.is_in(old, token)
        return self._move(key, held, {"token": token, "claimed_at": times.millis(now)}, counted=True)

    def settle(self, key: str, token: str, status: ActionStatus, now: datetime, **told: str | None) -> bool:
        """SENDING under this token -> `status`, with `why`, `provider_id`, `channel`, `to`. False when it is not our claim."""
        standing = (self._items.token == token) & self._items.status.is_in(ActionStatus.SENDING, status)
        changes = {"status": status, "settled_at": times.millis(now)} | told
        return self._move(key, standing, changes) is not None

    def release(self, key: str, token: str, due_at: datetime, why: str, indexed: bool) -> bool:
        """SENDING under this token -> READY again at `due_at`. False when the claim is not ours."""
        standing = (self._items.token == token) & self._items.status.is_in(ActionStatus.SENDING, ActionStatus.READY)
        changes = {"status": ActionStatus.READY, "due_at": times.millis(due_at), "why": why,
                   "shard": shard_of(key) if indexed else None}  # fmt: skip
        return self._move(key, standing, changes) is not None

    def mark(self, key: str, status: ActionStatus, now: datetime, why: str | None = None) -> bool:
        """READY -> `status`, for what needs no claim because doing it twice does no harm."""
        standing = self._items.status.is_in(ActionStatus.READY, status)
        return self._move(key, standing, {"status": status, "why": why, "settled_at": times.millis(now)}) is not None

    def confirm(self, key: str, provider_id: str, now: datetime) -> bool:
        """The provider's feed says it was sent: whatever is not settled is SENT. False when there was nothing to settle."""
        open_ = self._items.status.is_in(ActionStatus.READY, ActionStatus.SENDING, ActionStatus.UNKNOWN)
        changes = {"status": ActionStatus.SENT, "provider_id": provider_id, "settled_at": times.millis(now)}
        return self._move(key, open_, changes) is not None

    def tell(self, key: str, outcome: str) -> bool:
        """Note what became of a message that was sent: bounced, complained."""
        return self._move(key, self._items.pk.exists(), {"outcome": outcome}) is not None

    def answer(self, key: str, status: ActionStatus, due_at: datetime, why: str) -> bool:
        """A person's answer to what was HELD, UNKNOWN or FAILED: READY (send it) or SUPPRESSED (leave it). Else False."""
        waiting = self._items.status.is_in(*FOR_A_PERSON)
        changes = {"status": status, "why": why, "due_at": times.millis(due_at), "shard": None}
        return self._move(key, waiting, changes) is not None

    def due(self, shard: int, after: datetime, until: datetime) -> Iterator[tuple[datetime, str]]:
        """(time, key) of what stands in one shard of the due index in (after, until], earliest first."""
        span = self._items.due_at.between(times.millis(after) + 1, max(times.millis(until), times.millis(after) + 1))
        for item in self._items.due.query(shard, span):
            if item.due_at <= times.millis(until):
                yield times.from_millis(int(item.due_at)), item.pk

    def scan(self) -> Iterator[Entry]:
        """Every action, for operators' commands."""
        return (_entry(item) for item in self._items.scan())

    def _move(self, key: str, condition: Any, changes: dict[str, Any], counted: bool = False) -> Entry | None:
        """One conditional update; the action after it, None when the condition does not hold."""
        item = self._items(key)
        actions = [getattr(self._items, name).remove() if value is None else getattr(self._items, name).set(value)
                   for name, value in changes.items()]  # fmt: skip
        if counted:
            actions.append(self._items.tries.set((self._items.tries | 0) + 1))
        try:
            item.update(actions=actions, condition=condition)
        except UpdateError as err:
            if refused(err):
                return None
            raise
        return _entry(item)


def shard_of(key: str) -> int:
    """The shard of the due index that an action stands in."""
    return zlib.crc32(key.encode()) % SHARDS


def _entry(item: OutboxItem) -> Entry:
    action = Action(
        item.pk, ActionKind(item.kind), item.source, item.subject, times.from_millis(int(item.due_at)),
        times.from_millis(int(item.not_after)), json.loads(item.data), ActionStatus(item.status), item.why,
    )  # fmt: skip
    return Entry(
        action, times.from_millis(int(item.made_at)), item.token, _time(item.claimed_at), int(item.tries or 0),
        item.provider_id, item.channel, item.to, _time(item.settled_at), item.outcome,
    )  # fmt: skip


def _time(value: float | None) -> datetime | None:
    return None if value is None else times.from_millis(int(value))
