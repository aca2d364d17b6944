"""Moving the laptop's clock forward, from what is due to what is due next, so that weeks pass in seconds and in order."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime, timedelta

from chalicelib.effects.clock import FRESH, Moved
from chalicelib.effects.outbox import SHARDS, Outbox
from chalicelib.effects.work import WorkQueue
from chalicelib.model.action import ActionKind, ActionStatus, Entry
from chalicelib.settings import Settings

from . import flow
from .stages import Stage

# What is due within this time of the first goes together with it: a buyer does not notice, and a day is at most 144 hops.
HOP = timedelta(minutes=10)
# How far ahead the index is read at once.
AHEAD = timedelta(days=2)
LONGEST = timedelta(days=400)
_WORDS = {ActionStatus.READY: "put off", ActionStatus.SENDING: "without answer"}


@dataclass(frozen=True, slots=True)
class Hop:
    """A hop of the clock: the time it came to, what became of the actions due until then, and how many are still in work."""

    at: datetime
    became: Counter[str]
    left: int = 0
    forgot: bool = False

    def told(self) -> str:
        """The hop in a line."""
        words = [f"{count} {word}" for word, count in sorted(self.became.items())]
        words += [f"{self.left} still in work"] if self.left else []
        words += ["what was to be forgotten is forgotten"] if self.forgot else []
        return f"{self.at:%a %Y-%m-%d %H:%M} UTC  {', '.join(words) or 'nothing was due'}"


def ahead(stage: Stage, settings: Settings, by: timedelta) -> Iterator[Hop]:
    """Move the clock forward by `by`, hop by hop, each told when all that was due by then is done.

    Each hop enqueues what it finds due in the index, as a sweep does; a sweep at the end moves the cursor. Stopped half-way the
    clock stands where the last hop came to; moving on from there is the same as not having stopped.
    """
    clock, book, work = Moved(settings.settings_table), Outbox(settings), WorkQueue(settings.work_queue)
    # What is due already belongs to the time before.
    flow.sweep(stage)
    flow.perform(stage)
    now = clock()
    target = now + by
    while now < target:
        at, keys = _next(book, now, target)
        clock.move(max(timedelta(0), at - clock()))
        time.sleep(FRESH + 0.01)  # until every function knows
        open_ = _open(book, keys)
        work.send(open_)
        if at == target:
            flow.sweep(stage)
        left = flow.perform(stage) if open_ or at == target else 0
        forgot = at.date() > now.date()
        if forgot:
            flow.forget(stage)
        yield Hop(at, Counter(_word(entry) for entry in book.many(open_)), left, forgot)
        now = at


def _next(book: Outbox, now: datetime, target: datetime) -> tuple[datetime, list[str]]:
    """The time of the next hop, and what is due by then."""
    near = min(target, now + AHEAD)
    read = _due(book, now - HOP, near)
    coming = [at for at, _ in read if at > now] or [at for at, _ in _due(book, near, target, first_only=True)]
    hop = min(target, max(min(coming, default=target), now + HOP))
    found = read if hop <= near else _due(book, now - HOP, hop)
    return hop, [key for at, key in found if at <= hop]


def _due(book: Outbox, after: datetime, until: datetime, first_only: bool = False) -> list[tuple[datetime, str]]:
    """What stands in the due index in (after, until], of each shard the first alone if asked."""

    def of(shard: int) -> list[tuple[datetime, str]]:
        found = book.due(shard, after, until)
        return [one for one in [next(found, None)] if one] if first_only else list(found)

    with ThreadPoolExecutor(4) as pool:
        return [one for some in pool.map(of, range(SHARDS)) for one in some]


def _open(book: Outbox, keys: list[str]) -> list[str]:
    """Those that nobody has settled yet."""
    return [entry.action.key for entry in book.many(keys) if entry.status in (ActionStatus.READY, ActionStatus.SENDING)]


def _word(entry: Entry) -> str:
    word = _WORDS.get(entry.status, str(entry.status))
    return word if entry.action.kind is ActionKind.MESSAGE else f"{entry.action.kind} {word}"


def seconds(text: str, units: dict[str, int], refuse: Callable[[str], Exception]) -> timedelta:
    """+25h, +3d, +90m or +2w as a span of time."""
    amount, unit = text.removeprefix("+")[:-1], text[-1:]
    known = text.startswith("+") and unit in units and amount.isascii() and amount.isdigit()
    span = timedelta(seconds=int(amount) * units[unit]) if known and len(amount) < 9 else timedelta(0)
    if not timedelta(0) < span <= LONGEST:
        raise refuse(text)
    return span
