"""Sweep: each minute, bring what has become due from the due index to the work queue. It only enqueues.

A cursor for each shard says up to when everything has been enqueued; it moves only after the queue took the keys, so a sweep
that dies is repeated, one that was skipped is made up for, and two at once do no harm. Once a day the sweep looks back over
two days for what should have been done and was not (a dead letter that was thrown away, say), and enqueues it again.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import islice
from typing import Any, Protocol

from ..effects import log
from ..effects.breaker import Breaker, Trip
from ..effects.clock import Clock, clock
from ..effects.outbox import SHARDS, Outbox
from ..effects.settings_items import SettingsItems
from ..effects.work import WorkQueue
from ..model import times
from ..model.action import Action, ActionKind, ActionStatus, Entry
from ..settings import Settings
from .desk import Desk, Work, desk

CURSOR = "sweep"
PAGE = 100
LOOK_BACK = timedelta(days=2)
BUDGET = timedelta(seconds=240)
_SPREAD = timedelta(minutes=1)
_START = datetime(2005, 1, 1, tzinfo=UTC)
_OPEN = frozenset({ActionStatus.READY, ActionStatus.SENDING})


class Due(Protocol):
    """What is due; effects.outbox.Outbox is one."""

    def due(self, shard: int, after: datetime, until: datetime) -> Iterator[tuple[datetime, str]]: ...
    def many(self, keys: Sequence[str]) -> list[Entry]: ...


class Notes(Protocol):
    """Where the cursor is kept; effects.settings_items.SettingsItems is one."""

    def get(self, name: str) -> Any: ...
    def put(self, name: str, value: Any) -> None: ...


@dataclass(frozen=True, slots=True)
class Effects:
    """What sweeping touches. `look_back` is how far each sweep looks back; None leaves it to once a day.

    `spread` is the time over which the shards are handed to the performers: what falls due in one minute must not meet the
    provider in one second.
    """

    due: Due
    work: Work
    notes: Notes
    clock: Clock
    look_back: timedelta | None = None
    spread: timedelta = timedelta(0)


def prepare(settings: Settings) -> Callable[[Mapping[str, Any]], dict[str, Any]]:
    """The step."""
    # The laptop's queue may forget at a kill; there each sweep looks back. And nobody there wants to wait.
    back, spread = (LOOK_BACK, timedelta(0)) if settings.local else (None, _SPREAD)
    notes = SettingsItems(settings.settings_table)
    fx = Effects(Outbox(settings), WorkQueue(settings.work_queue, settings.errand_queue), notes, clock(settings), back, spread)
    breaker, board = Breaker(settings), desk(settings)

    def run(event: Mapping[str, Any]) -> dict[str, Any]:
        found = swept(fx)
        watch(breaker.check, board, fx.clock())
        return found

    return run


def watch(check: Callable[[datetime], Trip | None], board: Desk, now: datetime) -> None:
    """Look whether mail must pause, and tell the seller's people once. A look that fails is logged; the next comes soon."""
    try:
        with log.unit("breaker"):
            trip = check(now)
            if trip is not None:
                log.note(outcome="tripped", why=trip.why)
                text = {"text": f"Mail is paused: {trip.why}."}
                week = now + timedelta(days=7)
                board.put(Action(f"alert#breaker#{trip.at}", ActionKind.ALERT, "", "breaker", now, week, text), now)
    except Exception:  # logged by the unit; the sweep itself went well
        return


def swept(fx: Effects) -> dict[str, Any]:
    """One sweep as a unit of work; how many actions it enqueued."""
    with log.unit("sweep"):
        found = sweep(fx)
        log.note(**found)
        return found


def sweep(fx: Effects) -> dict[str, Any]:
    """Enqueue what became due since the last sweep, shard by shard, and look back if it is time to."""
    now = fx.clock()
    cursor = dict(fx.notes.get(CURSOR) or {})
    again, count, failed = 0, 0, []
    try:
        again = _look_back(fx, cursor, now)
    except Exception as err:  # it is repeated by the next sweep; what is due must not wait for it
        failed.append(err)
    for shard in range(SHARDS):
        try:
            count += _enqueue(fx, shard, _time(cursor.get(str(shard))), now, cursor)
        except Exception as err:  # its cursor stands where the queue took everything; the others must not wait for it
            failed.append(err)
        if fx.clock() - now > BUDGET:
            break
    fx.notes.put(CURSOR, cursor)
    if failed:
        raise failed[0]
    return {"enqueued": count, "again": again}


def _enqueue(fx: Effects, shard: int, after: datetime, until: datetime, cursor: dict[str, str]) -> int:
    """Enqueue a shard's due actions page by page; the cursor follows each page that the queue took.

    After a full page it is written at once, so that a sweep which dies late does not enqueue everything again; a few keys may
    well be enqueued twice, and are not worth a write for each shard and minute.
    """
    count, found = 0, fx.due.due(shard, after, until)
    while page := list(islice(found, PAGE)):
        fx.work.send([key for _, key in page], fx.spread * shard / SHARDS)
        count += len(page)
        if len(page) == PAGE:
            # Others may be due in the same millisecond as the last one.
            cursor[str(shard)] = times.text(page[-1][0] - timedelta(milliseconds=1))
            fx.notes.put(CURSOR, cursor)
    cursor[str(shard)] = times.text(max(after, until))
    return count


def _look_back(fx: Effects, cursor: dict[str, str], now: datetime) -> int:
    """Enqueue again what was due before the cursor and is still open."""
    today = f"{now:%Y-%m-%d}"
    if fx.look_back is None and cursor.get("looked_back") == today:
        return 0
    count, since = 0, now - (fx.look_back or LOOK_BACK)
    for shard in range(SHARDS):
        found = fx.due.due(shard, since, _time(cursor.get(str(shard))))
        while page := list(islice(found, PAGE)):
            late = [entry.action.key for entry in fx.due.many([key for _, key in page]) if entry.status in _OPEN]
            fx.work.send(late)
            count += len(late)
    cursor["looked_back"] = today
    if count:
        fx.notes.put(CURSOR, cursor)
    return count


def _time(text: str | None) -> datetime:
    return times.parse(text, "cursor") if text else _START
