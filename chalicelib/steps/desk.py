"""The desk: where actions are handed over. Soon due ones go to the work queue, later ones wait in the due index.

An action is always in one of the two, so a crash between any two calls leaves something that brings it back: what was written
is queued again whenever it is written again, and a message stays in the queue until it was dealt with.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

from ..effects.outbox import Outbox
from ..effects.work import LONGEST, WorkQueue
from ..model.action import Action, ActionStatus, Entry
from ..settings import Settings


class Book(Protocol):
    """What the desk writes to; effects.outbox.Outbox is one."""

    def add(self, action: Action, indexed: bool, now: datetime) -> bool: ...
    def release(self, key: str, token: str, due_at: datetime, why: str, indexed: bool) -> bool: ...


class Work(Protocol):
    """What brings actions to their performer; effects.work.WorkQueue is one."""

    def send(self, keys: Sequence[str], delay: timedelta = timedelta(0)) -> None: ...


@dataclass(frozen=True, slots=True)
class Desk:
    """`horizon` is how far ahead the queue may carry; `index_all` also indexes what is queued (the laptop's queue forgets)."""

    book: Book
    work: Work
    horizon: timedelta = LONGEST
    index_all: bool = False

    def put(self, action: Action, now: datetime) -> bool:
        """Write an action and see that it comes to be performed; False when it was known. Safe to run again."""
        ready, soon = action.status is ActionStatus.READY, self.soon(action.due_at, now)
        fresh = self.book.add(action, ready and (self.index_all or not soon), now)
        # Queued even when it was known: whoever wrote it may have ended before this.
        if ready and soon:
            self.work.send([action.key], action.due_at - now)
        return fresh

    def put_back(self, entry: Entry, at: datetime, why: str, now: datetime) -> None:
        """Give up a claim: perform it at `at`."""
        soon = self.soon(at, now)
        self.book.release(entry.action.key, entry.token or "", at, why, self.index_all or not soon)
        if soon:
            self.work.send([entry.action.key], at - now)

    def look_again(self, key: str, at: datetime, now: datetime) -> None:
        """Bring an action to its performer again at `at`, without touching it; at most 15 minutes from now."""
        self.work.send([key], at - now)

    def soon(self, at: datetime, now: datetime) -> bool:
        """Whether the queue carries it there."""
        return at - now <= self.horizon


def desk(settings: Settings) -> Desk:
    """The desk of a stage."""
    # A local message's delay runs on the machine's clock, which a person may have left behind.
    horizon = timedelta(seconds=5) if settings.local else LONGEST
    return Desk(Outbox(settings), WorkQueue(settings.work_queue, settings.errand_queue), horizon, settings.local)
