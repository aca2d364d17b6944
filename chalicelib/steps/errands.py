"""Errands: calls to platforms, and news on its way to the shop it belongs to. Each is claimed, done and settled; all may safely
be done twice, so one that was claimed and never heard of again is simply done again.

A platform that wants fewer calls, or is in trouble, is left alone for a while: the errand goes back to its place in time.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from secrets import token_hex
from typing import Any

from ..effects import log
from ..effects.clock import Clock, clock
from ..effects.outbox import Outbox
from ..effects.queue import worked_off
from ..model.action import Action, ActionKind, ActionStatus, Entry
from ..settings import Settings
from .desk import Desk, desk
from .perform import Book, InWork, pause

# The function ends after 60 seconds, so nobody who claimed before the lease is still at it.
LEASE = timedelta(seconds=120)
TRIES = 12


@dataclass(frozen=True, slots=True)
class Done:
    """It is done."""


@dataclass(frozen=True, slots=True)
class Again:
    """Not now: at `at`, or after a pause that grows with each try. `counts` when it should not go on for ever."""

    why: str
    at: datetime | None = None
    counts: bool = True


@dataclass(frozen=True, slots=True)
class Failed:
    """It cannot be done, and a person should know why. `alert` tells the seller's people at once."""

    why: str
    alert: bool = False


Outcome = Done | Again | Failed
Work = Callable[[Entry, datetime], Outcome]


@dataclass(frozen=True, slots=True)
class Effects:
    """What running errands touches; `works` does each kind."""

    book: Book
    desk: Desk
    works: Mapping[ActionKind, Work]
    clock: Clock
    token: Callable[[], str] = lambda: token_hex(8)


def prepare(settings: Settings) -> Callable[[Sequence[Mapping[str, Any]]], dict[str, Any]]:
    """The step, with its clients made."""
    from . import fetch, forward

    works = {ActionKind.FETCH: fetch.work(settings), ActionKind.FORWARD: forward.work(settings)}
    fx = Effects(Outbox(settings), desk(settings), works, clock(settings))
    return lambda records: run_all(records, fx)


def run_all(records: Sequence[Mapping[str, Any]], fx: Effects) -> dict[str, Any]:
    """Run a batch of messages of the errand queue; those that failed stay in the queue."""

    def one(record: Mapping[str, Any]) -> None:
        key = json.loads(record["body"])["key"]
        with log.unit("errand", action=key):
            log.note(outcome=run(key, fx))

    return worked_off(records, one)


def run(key: str, fx: Effects) -> str:
    """Run one errand; what became of it, in a word. Raises when it must come again."""
    entry, now = fx.book.get(key), fx.clock()
    if entry is None:
        return "missing"
    if entry.status is ActionStatus.READY and entry.action.due_at > now + timedelta(seconds=1):
        if fx.desk.soon(entry.action.due_at, now):
            fx.desk.look_again(key, entry.action.due_at, now)
        return "early"
    if entry.status not in (ActionStatus.READY, ActionStatus.SENDING):
        return f"already {entry.status}"
    if entry.status is ActionStatus.READY and entry.action.not_after <= now:
        why = f"given up: {entry.action.why}" if entry.action.why else "old news: it was due before we could ask"
        fx.book.mark(key, ActionStatus.FAILED, now, why)
        return str(ActionStatus.FAILED)
    mine = _claimed(entry, fx, now)
    return _settled(mine, fx.works[mine.action.kind](mine, now), fx) if mine else "claimed by another"


def _claimed(entry: Entry, fx: Effects, now: datetime) -> Entry | None:
    key = entry.action.key
    if entry.status is ActionStatus.READY:
        return fx.book.claim(key, fx.token(), now)
    if now - (entry.claimed_at or entry.made_at) < LEASE:
        raise InWork(f"{key} is in work")
    return fx.book.reclaim(key, entry.token or "", fx.token(), now)


def _settled(entry: Entry, outcome: Outcome, fx: Effects) -> str:
    key, token, now = entry.action.key, entry.token or "", fx.clock()
    if isinstance(outcome, Again) and not (outcome.counts and entry.tries >= TRIES):
        fx.desk.put_back(entry, outcome.at or now + pause(entry), outcome.why, now)
        log.note(why=outcome.why)
        return "later"
    if isinstance(outcome, Done):
        fx.book.settle(key, token, ActionStatus.DONE, now, why=None)
        return str(ActionStatus.DONE)
    if isinstance(outcome, Failed) and outcome.alert:
        fx.desk.put(_alert(entry.action, outcome.why, now), now)
    fx.book.settle(key, token, ActionStatus.FAILED, now, why=outcome.why)
    log.note(why=outcome.why)
    return str(ActionStatus.FAILED)


def _alert(one: Action, why: str, now: datetime) -> Action:
    """Tell the seller's people, once a day for each shop: what stops one read stops them all."""
    text = {"text": f"{one.source} cannot be read: {why}", "about": one.source}
    return Action(
        f"alert#{one.source}#{now:%Y-%m-%d}", ActionKind.ALERT, one.source, one.subject, now, now + timedelta(days=2), text
    )
