"""Planted bugs: each is a mistake that somebody could make in the claim protocol. The harness must fail every one of them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any
from unittest import mock

from chalicelib.model import state, times
from chalicelib.model.action import Action, ActionStatus, Entry
from chalicelib.model.sending import Accepted, Envelope, NoAnswer
from chalicelib.rules import decide
from chalicelib.steps import perform, react, sweep
from chalicelib.steps.desk import Desk
from tests.fakes import MemoryOutbox

from .parts import Made

Patch = tuple[Any, str, Any]


@dataclass(frozen=True)
class Mutant:
    """A planted bug: parts of the world and functions of the steps that it replaces. `weak` names the runs that find it,
    and the call in which the fault must strike."""

    name: str
    weak: str
    made: Made = field(default_factory=Made)
    patches: tuple[Patch, ...] = ()

    @contextmanager
    def planted(self) -> Iterator[Made]:
        """The steps with the bug in them, and put right again afterwards."""
        with _all(self.patches):
            yield self.made


@contextmanager
def _all(patches: tuple[Patch, ...]) -> Iterator[None]:
    """All patches at once."""
    if not patches:
        yield
        return
    (target, name, value), *rest = patches
    with mock.patch.object(target, name, value), _all(tuple(rest)):
        yield


def mark_first(entry: Entry, envelope: Envelope, channel: Any, to: str | None, fx: perform.Effects) -> str:
    """SENT is written before the provider is asked."""
    perform._settle(entry, fx, ActionStatus.SENT, provider_id="?", channel=str(channel), to=to, why=None)
    fx.providers[channel](envelope)
    return "sent"


def free_on_error(entry: Entry, envelope: Envelope, channel: Any, to: str | None, fx: perform.Effects) -> str:
    """No answer is taken for a refusal."""
    try:
        answer = fx.providers[channel](envelope)
    except NoAnswer as err:
        fx.desk.put_back(entry, fx.clock() + perform.pause(entry), str(err), fx.clock())
        return "refused for now"
    if isinstance(answer, Accepted):
        return perform._settle(entry, fx, ActionStatus.SENT, provider_id=answer.id, channel=str(channel), to=to, why=None)
    fx.desk.put_back(entry, fx.clock() + perform.pause(entry), answer.why, fx.clock())
    return "refused for now"


def forget(entry: Entry, envelope: Envelope, channel: Any, to: str | None, fx: perform.Effects) -> str:
    """After no answer nobody is asked to look again."""
    with mock.patch.object(Desk, "look_again", return_value=None):
        return _SEND(entry, envelope, channel, to, fx)


def free_stale(entry: Entry, fx: perform.Effects) -> str:
    """A claim older than the lease is taken over without waiting for the feed."""
    now, since = fx.clock(), entry.claimed_at or entry.made_at
    if now - since < perform.LEASE:
        raise perform.InWork(entry.action.key)
    glance = fx.glance(entry, now)
    mine = fx.book.reclaim(entry.action.key, entry.token or "", fx.token(), now)
    return perform._claimed(mine, glance, fx) if mine else "claimed by another"


def look_first(entry: Entry, fx: perform.Effects, now: datetime) -> str:
    """Whether it may go is looked at before the claim only."""
    glance = fx.glance(entry, now)
    message = fx.look(entry, glance, now)
    return _MESSAGE(entry, replace(fx, look=lambda *given: message), now)


def cursor_first(fx: sweep.Effects, shard: int, after: datetime, until: datetime, cursor: dict[str, str]) -> int:
    """The cursor moves, and is written, before the queue has the keys."""
    cursor[str(shard)] = times.text(until)
    fx.notes.put(sweep.CURSOR, cursor)
    found = [key for _, key in fx.due.due(shard, after, until)]
    fx.work.send(found)
    return len(found)


def say_nothing(entry: Entry, fx: perform.Effects) -> str:
    """Nobody is told of a message whose fate is unknown."""
    return str(ActionStatus.UNKNOWN)


def act_on_change(fx: react.Effects, pk: str, ids: set[str]) -> None:
    """Unchanged state is read as: nothing to do."""
    source, _, named = pk.partition("#")
    subject = named if named.startswith(state.ORDER) else fx.store.order_of(source, named) or named
    before, _ = fx.store.state(source, subject)
    known = react.gather(fx.store, source, subject)
    if not known.deliveries or state.dump(react.compute(known, source, subject)) != before:
        _REACT(fx, pk, ids)


def new_alone(known: react.Known, new: list[Any]) -> list[Any]:
    """Only the news itself is decided upon, never what came before its order did."""
    return new


def keyed_by_time(*given: Any) -> list[Action]:
    """An action's key depends on when it was decided."""
    return [replace(one, key=f"{one.key}@{given[-1]:%d%H%M%S}") for one in _DECIDE(*given)]


_SEND, _MESSAGE, _REACT, _DECIDE = perform._send, perform._message, react.react, decide.decide


class QueueWhenNew(Desk):
    """The queue is told only by whoever wrote the action first."""

    def put(self, action: Action, now: datetime) -> bool:
        ready, soon = action.status is ActionStatus.READY, self.soon(action.due_at, now)
        fresh = self.book.add(action, ready and not soon, now)
        if fresh and ready and soon:
            self.work.send([action.key], action.due_at - now)
        return fresh


class NoIndex(Desk):
    """What is due later is not put into the due index."""

    def put(self, action: Action, now: datetime) -> bool:
        fresh = self.book.add(action, False, now)
        if action.status is ActionStatus.READY and self.soon(action.due_at, now):
            self.work.send([action.key], action.due_at - now)
        return fresh


class NoReturn(Desk):
    """A claim that is given back is not queued again."""

    def put_back(self, entry: Entry, at: datetime, why: str, now: datetime) -> None:
        self.book.release(entry.action.key, entry.token or "", at, why, not self.soon(at, now))


class LastWins(MemoryOutbox):
    """Settling asks for no token."""

    def settle(self, key: str, token: str, status: ActionStatus, now: datetime, **told: str | None) -> bool:
        return self._keep(self.entries[key], status, settled_at=now, **told)


class Rivalry(MemoryOutbox):
    """A claim does not know its own token again."""

    def claim(self, key: str, token: str, now: datetime) -> Entry | None:
        entry = self.entries.get(key)
        return super().claim(key, token, now) if entry and entry.status is ActionStatus.READY else None


class OpenClaim(MemoryOutbox):
    """A claim asks nothing."""

    def claim(self, key: str, token: str, now: datetime) -> Entry | None:
        return self._claimed(self.entries[key], token, now)


class OpenReclaim(MemoryOutbox):
    """Whoever takes a claim over does not say whose."""

    def reclaim(self, key: str, old: str, token: str, now: datetime) -> Entry | None:
        entry = self.entries.get(key)
        return super().reclaim(key, entry.token or "", token, now) if entry else None


class DeafConfirm(MemoryOutbox):
    """The feed settles nothing that a person was told of."""

    def confirm(self, key: str, provider_id: str, now: datetime) -> bool:
        entry = self.entries.get(key)
        return bool(entry and entry.status is ActionStatus.SENDING and super().confirm(key, provider_id, now))


def _nothing(*given: Any) -> int:
    return 0


def _patched(name: str, weak: str, target: Any, function: str, value: Any) -> Mutant:
    return Mutant(name, weak, patches=((target, function, value),))


MUTANTS: tuple[Mutant, ...] = (
    Mutant("the SDK repeats a provider's call", "singles provider.send", Made(repeats=True)),
    _patched("marked as sent before it is sent", "singles provider.send", perform, "_send", mark_first),
    _patched("a claim is freed on any error", "pairs", perform, "_send", free_on_error),
    _patched("a stale claim is freed without asking the feed", "pairs", perform, "_taken", free_stale),
    _patched("the feed is not given its time", "pairs", perform, "FEED", timedelta(seconds=100)),
    _patched("nobody looks again after no answer", "singles provider.send", perform, "_send", forget),
    _patched("nobody is told of what is unknown", "singles provider.send", perform, "_unknown", say_nothing),
    _patched("looked at before the claim only", "unsubscribing", perform, "_message", look_first),
    Mutant("the feed is ignored", "singles provider.send", Made(feeds=False)),
    Mutant("the feed does not settle what is unknown", "pairs", Made(book=DeafConfirm)),
    Mutant("last write wins", "pairs", Made(book=LastWins)),
    Mutant("a claim without its own token", "singles book.claim", Made(book=Rivalry)),
    Mutant("a claim without a condition", "singles book.claim", Made(book=OpenClaim)),
    Mutant("taken over without the other's token", "pairs", Made(book=OpenReclaim)),
    Mutant("queued only when new", "singles book.add", Made(desk=QueueWhenNew)),
    Mutant("not indexed when due later", "quiet", Made(desk=NoIndex)),
    Mutant("given back and not queued again", "shuffled", Made(desk=NoReturn)),
    _patched("the cursor moves before the queue took the keys", "singles work.send", sweep, "_enqueue", cursor_first),
    _patched("no look-back", "thrown_away", sweep, "_look_back", _nothing),
    _patched("unchanged state asks for nothing", "singles book.add", react, "react", act_on_change),
    _patched("what came before its order is never decided upon", "shuffled", react, "askers", new_alone),
    _patched("a key that depends on the time", "quiet", decide, "decide", keyed_by_time),
)
