"""Perform: do what the outbox asks for, one action at a time, each claimed before it is done and settled after.

SES and SNS have no idempotency key, so a message is claimed under a lease, looked at once more, and handed over by ONE call.
A clear refusal gives the claim back. No answer, a server's error or a crash leaves it: the provider's feed settles it, and what
the feed does not know of after `FEED` goes to a person, or if it is critical, out again with an alert.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from secrets import token_hex
from typing import Any, Protocol
from zlib import crc32

from ..effects import log
from ..effects.clock import Clock
from ..effects.queue import worked_off
from ..model.action import FOR_A_PERSON, Action, ActionKind, ActionStatus, Entry
from ..model.errors import WellkeptError
from ..model.person import Channel
from ..model.sending import Accepted, Envelope, NoAnswer, Refused
from ..model.touch import Hold, Later, MessageClass, Send, Suppress, Verdict
from ..settings import Settings
from .desk import Desk

# A function ends after 30 seconds, so nobody who claimed before the lease is still at it.
LEASE = timedelta(seconds=90)
# How long the provider's feed may take to tell of a message. Measured on SES: seconds; this leaves room.
FEED = timedelta(minutes=15)
FIRST_PAUSE, LONGEST_PAUSE = timedelta(seconds=30), timedelta(hours=1)
Provider = Callable[[Envelope], Accepted | Refused]
Work = Callable[[Action, datetime], ActionStatus | tuple[ActionStatus, str]]


class Book(Protocol):
    """The outbox; effects.outbox.Outbox is one."""

    def get(self, key: str) -> Entry | None: ...
    def claim(self, key: str, token: str, now: datetime) -> Entry | None: ...
    def reclaim(self, key: str, old: str, token: str, now: datetime) -> Entry | None: ...
    def settle(self, key: str, token: str, status: ActionStatus, now: datetime, **told: str | None) -> bool: ...
    def mark(self, key: str, status: ActionStatus, now: datetime, why: str | None = None) -> bool: ...


class Glance(Protocol):
    """What the order alone says before a claim is spent on it: `verdict` is why it has become pointless, if it has."""

    @property
    def verdict(self) -> Suppress | None: ...


class Message(Protocol):
    """A message looked at after its claim: may it go, and what goes."""

    @property
    def verdict(self) -> Verdict: ...
    def envelope(self, channel: Channel) -> Envelope: ...
    def name(self, channel: Channel) -> str | None: ...


@dataclass(frozen=True, slots=True)
class Effects:
    """What performing touches.

    `glance` looks at a message's order, `look` at everything else once it is claimed; `others` do what is no message.
    """

    book: Book
    desk: Desk
    glance: Callable[[Entry, datetime], Glance]
    look: Callable[[Entry, Any, datetime], Message]
    providers: Mapping[Channel, Provider]
    others: Mapping[ActionKind, Work]
    clock: Clock
    token: Callable[[], str] = lambda: token_hex(8)


def prepare(settings: Settings) -> Callable[[Sequence[Mapping[str, Any]]], dict[str, Any]]:
    """The step, with its clients made."""
    from .performers import effects

    fx = effects(settings)
    return lambda records: performed(records, fx)


def performed(records: Sequence[Mapping[str, Any]], fx: Effects) -> dict[str, Any]:
    """Perform a batch of messages of the work queue; those that failed stay in the queue."""

    def one(record: Mapping[str, Any]) -> None:
        key = json.loads(record["body"])["key"]
        with log.unit("perform", action=key):
            log.note(outcome=perform(key, fx))

    return worked_off(records, one)


class InWork(WellkeptError):
    """Somebody else has claimed the action and may be at it: look again later."""


def perform(key: str, fx: Effects) -> str:
    """Perform one action; what became of it, in a word. Raises when it must come again: what stands in the outbox is right."""
    entry = fx.book.get(key)
    if entry is None:
        return "missing"
    if entry.status is ActionStatus.SENDING:
        return _taken(entry, fx)
    if entry.status is ActionStatus.UNKNOWN:
        return _unknown(entry, fx)
    if entry.status is not ActionStatus.READY:
        return f"already {entry.status}"
    now = fx.clock()
    if entry.action.due_at > now + timedelta(seconds=1):
        return _early(entry, fx, now)
    if entry.action.kind is not ActionKind.MESSAGE:
        return _other(entry.action, fx, now)
    return _message(entry, fx, now)


def _message(entry: Entry, fx: Effects, now: datetime) -> str:
    """A message whose order makes it pointless is recorded without a claim; any other is claimed first."""
    glance = fx.glance(entry, now)
    if glance.verdict is not None:
        fx.book.mark(entry.action.key, ActionStatus.SUPPRESSED, now, glance.verdict.why)
        return str(ActionStatus.SUPPRESSED)
    claimed = fx.book.claim(entry.action.key, fx.token(), now)
    return _claimed(claimed, glance, fx) if claimed else "claimed by another"


def _early(entry: Entry, fx: Effects, now: datetime) -> str:
    """The queue brought it before its time. What is due much later stands in the due index."""
    if fx.desk.soon(entry.action.due_at, now):
        fx.desk.look_again(entry.action.key, entry.action.due_at, now)
    return "early"


def _other(action: Action, fx: Effects, now: datetime) -> str:
    """What may safely be done twice is done, then marked. What waits for a person is told to one: a request has a deadline."""
    said = fx.others[action.kind](action, now)
    status, why = said if isinstance(said, tuple) else (said, None)
    if status in FOR_A_PERSON and action.kind is not ActionKind.ALERT:
        fx.desk.put(_alert(action, str(status), now, f"waits for a person: {why}"), now)
    fx.book.mark(action.key, status, now, why)
    return str(status)


def _taken(entry: Entry, fx: Effects) -> str:
    """It was claimed before: wait for the claimer, then for the feed; then decide."""
    now, since = fx.clock(), entry.claimed_at or entry.made_at
    if now - since < LEASE:
        raise InWork(f"{entry.action.key} is claimed since {since:%H:%M:%S}")
    if now - since < FEED:
        fx.desk.look_again(entry.action.key, since + FEED, now)
        return "waits for the feed"
    return _overdue(entry, fx, now)


def _overdue(entry: Entry, fx: Effects, now: datetime) -> str:
    """The feed had its time and told nothing. Critical messages go out again, with an alert; others to a person."""
    key, token = entry.action.key, entry.token or ""
    if entry.action.data.get("class") == MessageClass.CRITICAL:
        fx.desk.put(_alert(entry.action, token, now, "is sent again: the provider never told what became of it"), now)
        glance = fx.glance(entry, now)
        mine = fx.book.reclaim(key, token, fx.token(), now)
        return _claimed(mine, glance, fx) if mine else "claimed by another"
    why = "the provider never told whether it was sent; look at the buyer's thread, then send it or leave it"
    return _unknown(entry, fx) if fx.book.settle(key, token, ActionStatus.UNKNOWN, now, why=why) else "settled by another"


def _unknown(entry: Entry, fx: Effects) -> str:
    """Tell the seller's people; again when it comes again, because whoever noted it may have ended before this."""
    now = fx.clock()
    about = "may or may not have been sent; a person must look"
    fx.desk.put(_alert(entry.action, entry.token or "", now, about), now)
    return str(ActionStatus.UNKNOWN)


def _alert(one: Action, occasion: str, now: datetime, what: str) -> Action:
    """Tell the seller's people, once for each occasion (a claim's token, a status)."""
    return Action(
        f"alert#{one.key}#{occasion}", ActionKind.ALERT, one.source, one.subject, now, now + timedelta(days=7),
        {"text": f"{one.key} {what}.", "about": one.key},
    )  # fmt: skip


def _claimed(entry: Entry, glance: Glance, fx: Effects) -> str:
    """Ours alone now: look again at all that may have changed since it was written, then hand it over."""
    try:
        message = fx.look(entry, glance, fx.clock())
        verdict = message.verdict
        envelope = message.envelope(verdict.channel) if isinstance(verdict, Send) else None
    except Exception:
        # Nothing has left the house yet: the claim may be given back safely.
        fx.desk.put_back(entry, fx.clock() + pause(entry), "what it needs could not be read", fx.clock())
        raise
    if isinstance(verdict, Send) and envelope is not None:
        return _send(entry, envelope, verdict.channel, message.name(verdict.channel), fx)
    if isinstance(verdict, Later):
        fx.desk.put_back(entry, verdict.at, verdict.why, fx.clock())
        return "later"
    assert isinstance(verdict, (Suppress, Hold))
    status = ActionStatus.SUPPRESSED if isinstance(verdict, Suppress) else ActionStatus.HELD
    return _settle(entry, fx, status, why=verdict.why)


def _send(entry: Entry, envelope: Envelope, channel: Channel, to: str | None, fx: Effects) -> str:
    try:
        answer = fx.providers[channel](envelope)
    except NoAnswer as err:
        log.note(problem=str(err))
        # Nobody knows whether it went. The feed will tell; somebody must come back in case it never does.
        fx.desk.look_again(entry.action.key, fx.clock() + FEED, fx.clock())
        return "no answer"
    if isinstance(answer, Accepted):
        return _settle(entry, fx, ActionStatus.SENT, provider_id=answer.id, channel=str(channel), to=to, why=None)
    if not answer.passing:
        return _settle(entry, fx, ActionStatus.FAILED, why=answer.why, channel=str(channel), to=to)
    now = fx.clock()
    fx.desk.put_back(entry, now + pause(entry), answer.why, now)
    return "refused for now"


def _settle(entry: Entry, fx: Effects, status: ActionStatus, **told: str | None) -> str:
    mine = fx.book.settle(entry.action.key, entry.token or "", status, fx.clock(), **told)
    return str(status) if mine else "settled by another"


def pause(entry: Entry) -> timedelta:
    """How long to wait after a try that was refused: doubling, up to an hour.

    Half as long to half as long again, by the claim's token: what was refused at once must not come back at once.
    """
    doublings = min(max(entry.tries - 1, 0), 10)
    spread = 0.5 + crc32((entry.token or "").encode()) % 1000 / 1000
    return min(LONGEST_PAUSE, FIRST_PAUSE * (1 << doublings)) * spread
