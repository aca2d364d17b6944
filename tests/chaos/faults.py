"""Faults and the one place where they strike: every call of every effect goes through `Calls`."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable, Mapping
from enum import StrEnum
from typing import Any


class Fault(StrEnum):
    """What may happen to a call.

    `silent` is a server's error that took nothing; for a store it is a refusal. `retried` is an SDK that repeats the call with
    the same arguments after losing the answer; for a provider it is a lost answer, because its SDK must not repeat.
    `rival` lets a second worker do the same piece of work from beginning to end just before the call, `news` lets the
    provider's feed tell all it has.
    """

    REFUSED = "refused"
    THROTTLED = "throttled"
    LOST = "answer lost"
    RETRIED = "answer lost, repeated by the SDK"
    SILENT = "server error"
    CRASH_BEFORE = "crash before"
    CRASH_AFTER = "crash after"
    RIVAL = "a rival does the same"
    DYING_RIVAL = "a rival does the same and dies after sending"
    NEWS = "the feed comes in between"


STRIKES = (
    Fault.REFUSED, Fault.THROTTLED, Fault.LOST, Fault.RETRIED, Fault.SILENT, Fault.CRASH_BEFORE, Fault.CRASH_AFTER,
)  # fmt: skip
Plan = Callable[[int, str], Fault | None]


class Down(Exception):
    """The other side did not take the call."""


class NoReply(Exception):
    """The call was taken, and its answer was lost."""


class Crash(BaseException):
    """The function died. Nothing of ours may catch it; what the invocation was given comes again."""


def never(index: int, name: str) -> Fault | None:
    """No fault at all."""
    return None


def at(faults: Mapping[int, Fault]) -> Plan:
    """These faults at these calls, counted from 1."""
    return lambda index, name: faults.get(index)


def on(name: str, fault: Fault, times: int = 1) -> Plan:
    """The first so many calls of this name meet the fault."""
    left = iter(range(times))
    return lambda index, called: fault if called == name and next(left, None) is not None else None


def rate(share: float, seed: int) -> Plan:
    """A share of all calls meets a fault, each kind as often."""
    chance = random.Random(seed)
    return lambda index, name: chance.choice(STRIKES) if chance.random() < share else None


class Calls:
    """Every call of an effect. `tries` is how often an SDK tries a store or a queue before it gives up.

    `rival` and `news` are set by the world, for the faults of that name.
    """

    def __init__(self, plan: Plan = never, tries: int = 1) -> None:
        self.plan = plan
        self.tries = tries
        self.count = 0
        self.faults = 0
        self.names: list[str] | None = None
        self.struck: Counter[str] = Counter()
        self.rival: Callable[[], None] = lambda: None
        self.news: Callable[[], None] = lambda: None
        self._within: Fault | None = None

    def fault(self, name: str) -> Fault | None:
        """Count a call; the fault that strikes it. What interrupts it is done here."""
        if self._within:
            return Fault.CRASH_AFTER if (self._within, name) == (Fault.DYING_RIVAL, "provider.send") else None
        self.count += 1
        if self.names is not None:
            self.names.append(name)
        fault = self.plan(self.count, name)
        if fault is None:
            return None
        self.faults += 1
        self.struck[f"{name}: {fault}"] += 1
        if fault in (Fault.RIVAL, Fault.DYING_RIVAL, Fault.NEWS):
            self._between(fault)
            return None
        return fault

    def _between(self, fault: Fault) -> None:
        """Something else is done just before the call; nobody counts its calls."""
        self._within = fault
        try:
            (self.news if fault is Fault.NEWS else self.rival)()
        finally:
            self._within = None

    def __call__(self, name: str, do: Callable[..., Any], *args: Any, **more: Any) -> Any:
        """A call of a store or a queue, which the SDK tries so often, with the same arguments."""
        for left in range(self.tries - 1, -1, -1):
            fault = self.fault(name)
            if fault is None:
                return do(*args, **more)
            try:
                return _struck(fault, name, do, args, more)
            except (Down, NoReply):
                if not left:
                    raise
        raise AssertionError("never tried")

    def over(self, what: str, target: Any, *verbs: str) -> Any:
        """`target` with these verbs going through here; everything else is out of reach."""
        return _Over(self, what, target, verbs)


def _struck(fault: Fault, name: str, do: Callable[..., Any], args: tuple[Any, ...], more: dict[str, Any]) -> Any:
    if fault is Fault.CRASH_BEFORE:
        raise Crash(name)
    if fault in (Fault.REFUSED, Fault.THROTTLED, Fault.SILENT):
        raise Down(f"{name}: {fault}")
    do(*args, **more)
    if fault is Fault.RETRIED:
        return do(*args, **more)
    raise Crash(name) if fault is Fault.CRASH_AFTER else NoReply(name)


class _Over:
    def __init__(self, calls: Calls, what: str, target: Any, verbs: tuple[str, ...]) -> None:
        for verb in verbs:
            setattr(self, verb, _through(calls, f"{what}.{verb}", getattr(target, verb)))


def _through(calls: Calls, name: str, do: Callable[..., Any]) -> Callable[..., Any]:
    return lambda *args, **more: calls(name, do, *args, **more)
