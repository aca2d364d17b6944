"""A mail provider without idempotency keys: every accepted call is a letter in a buyer's hands. Its feed tells of it later."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from chalicelib.effects.mailer import TAG
from chalicelib.model.sending import Accepted, Envelope, NoAnswer, Refused
from chalicelib.model.tags import tag

from .faults import Calls, Crash, Fault
from .timeline import Timeline

Publish = Callable[[dict[str, Any]], None]


@dataclass
class Provider:
    """`per_second` is its limit; `lag` draws how long the feed takes. `places` says at
    which call each letter went. `repeats` is an SDK that sends again by itself: never ours."""

    time: Timeline
    calls: Calls
    publish: Publish
    lag: Callable[[], timedelta]
    per_second: int | None = None
    repeats: bool = False
    letters: dict[str, list[datetime]] = field(default_factory=dict)
    places: list[tuple[int, str]] = field(default_factory=list)
    asked: int = 0
    pending: dict[str, dict[str, Any]] = field(default_factory=dict)
    taken: int = 0
    _second: Counter[datetime] = field(default_factory=Counter)

    def __call__(self, envelope: Envelope) -> Accepted | Refused:
        """One call. What it answers is what effects.mailer makes of SES's answers."""
        fault = self.calls.fault("provider.send")
        self.asked += 1
        if fault is Fault.CRASH_BEFORE:
            raise Crash("provider.send")
        if fault in (Fault.REFUSED, Fault.THROTTLED) or self._full():
            return Refused("throttled", passing=True)
        if fault is Fault.SILENT:
            raise NoAnswer("the provider answered 500")
        taken = self._take(envelope)
        if fault is Fault.CRASH_AFTER:
            raise Crash("provider.send")
        if fault in (Fault.LOST, Fault.RETRIED):
            if self.repeats:
                return self._take(envelope)
            raise NoAnswer("the provider's answer was lost")
        return taken

    def _full(self) -> bool:
        if self.per_second is None:
            return False
        second = self.time.now.replace(microsecond=0)
        self._second[second] += 1
        return self._second[second] > self.per_second

    def _take(self, envelope: Envelope) -> Accepted:
        self.letters.setdefault(envelope.tag, []).append(self.time.now)
        self.places.append((self.calls.count, envelope.tag))
        self.taken += 1
        for word in ("Send", "Delivery"):
            name, mail = f"{word}-{self.taken}", {"messageId": f"p{self.taken}", "tags": {TAG: [tag(envelope.tag)]}}
            self.pending[name] = {"eventType": word, "mail": mail}
            self.time.after(self.lag(), self._tell, name)
        return Accepted(f"p{self.taken}")

    def _tell(self, name: str) -> None:
        event = self.pending.pop(name, None)
        if event is not None:
            self.publish(event)

    def tell_all(self) -> None:
        """Let the feed tell all it has, now."""
        for name in list(self.pending):
            self._tell(name)


def soon(chance: random.Random) -> Callable[[], timedelta]:
    """A feed that takes seconds, or minutes now and then, and tells things out of order."""
    return lambda: timedelta(seconds=chance.expovariate(1 / 20) if chance.random() < 0.9 else chance.uniform(60, 240))
