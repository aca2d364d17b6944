"""Moving the laptop's clock forward, from what is due to what is due next, so that weeks pass in seconds and in order."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from chalicelib.effects.clock import FRESH, Moved
from chalicelib.effects.outbox import Outbox
from chalicelib.effects.work import WorkQueue
from chalicelib.model.action import ActionKind, ActionStatus, Entry
from chalicelib.settings import Settings

from . import flow
from .stages import Stage

# What is due within this time of the first goes together with it: a buyer does not notice, and a day is at most 144 hops.
HOP = timedelta(minutes=10)
LONGEST = timedelta(days=400)
_OPEN = frozenset({ActionStatus.READY, ActionStatus.SENDING})
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


def ahead(stage: Stage, settings: Settings, by: timedelta, hop: timedelta = HOP) -> Iterator[Hop]:
    """Move the clock forward by `by`, hop by hop, each told when all that was due by then is done.

    What is due within `hop` of the first goes with it. Each hop enqueues what it finds due, as a sweep does; a sweep at
    the end moves the cursor. Stopped half-way the clock stands where the last hop came to; moving on is the same as not having
    stopped.
    """
    clock, book, work = Moved(settings.settings_table), Outbox(settings), WorkQueue(settings.work_queue, settings.errand_queue)
    # What is due already belongs to the time before.
    flow.sweep(stage)
    flow.perform(stage)
    now = clock()
    target = now + by
    while now < target:
        at, keys = _next(book, now, target, hop)
        clock.move(max(timedelta(0), at - clock()))
        time.sleep(FRESH + 0.01)  # until every function knows
        work.send(keys)
        if at == target:
            flow.sweep(stage)
        left = flow.perform(stage) if keys or at == target else 0
        forgot = at.date() > now.date()
        if forgot:
            flow.forget(stage)
        yield Hop(at, Counter(_word(entry) for entry in book.many(keys)), left, forgot)
        now = at


def _next(book: Outbox, now: datetime, target: datetime, hop: timedelta = HOP) -> tuple[datetime, list[str]]:
    """The time of the next hop, and what is open and due by then: one scan, for a laptop's outbox is small."""
    waiting = [(entry.action.due_at, entry.action.key) for entry in book.scan() if entry.status in _OPEN]
    coming = min((at for at, _ in waiting if at > now), default=target)
    until = min(target, max(coming, now + hop))
    return until, [key for at, key in waiting if at <= until]


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
