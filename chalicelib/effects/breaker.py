"""The breaker: pauses all mail when bounces or complaints come near what SES punishes, and stays so until a person resets it.

SES reviews an account at 5 % bounces or 0.1 % complaints and pauses it at 10 % or 0.5 %: then nothing goes out at all, for
days. Source: SES developer guide, "Sending review process FAQs", bounces and complaints.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cached_property
from typing import Any, Protocol

from ..model import times
from .clock import system
from .settings_items import SettingsItems

KEY = "breaker"
_FRESH = 30.0
SPAN = timedelta(days=7)
EVERY = timedelta(minutes=5)


@dataclass(frozen=True, slots=True)
class Limit:
    """A share of what was sent that is too much. Not judged below `attempts` sent and `least` of them."""

    share: float
    attempts: int
    least: int


# Two fifths of what SES reviews an account for, and half. Below 200 mails a share of 2 % is four addresses, which a mistyped
# batch explains; one complaint is one person's click, and in 2,000 mails already 0.05 %: so two of them are asked for.
LIMITS: Mapping[str, Limit] = {
    "bounces": Limit(0.02, attempts=200, least=5),
    "complaints": Limit(0.0005, attempts=0, least=2),
}


class Names(Protocol):
    """Where things are; Settings is one."""

    @property
    def settings_table(self) -> str: ...


@dataclass(frozen=True, slots=True)
class Trip:
    """The breaker has tripped: when, and why in words with the numbers."""

    at: str
    why: str


class Breaker:
    """Why mail is paused, if it is."""

    def __init__(
        self, names: Names, monotonic: Callable[[], float] = time.monotonic, real: Callable[[], datetime] = system
    ) -> None:
        self._items = SettingsItems(names.settings_table)
        self._monotonic, self._real = monotonic, real
        self._until = float("-inf")
        self._trip: Trip | None = None
        self._looked: datetime | None = None

    def reason(self) -> str | None:
        """Why no mail goes out, None when it does. Asked of the table every half minute."""
        if self._monotonic() >= self._until:
            self._trip = self.trip()
            self._until = self._monotonic() + _FRESH
        return self._trip.why if self._trip else None

    def trip(self) -> Trip | None:
        """Whether it has tripped, read now."""
        found = self._items.get(KEY) or {}
        return Trip(found["tripped_at"], found["why"]) if "tripped_at" in found else None

    def check(self, now: datetime) -> Trip | None:
        """Look at SES's statistics, at most every five minutes; the trip that stands, if one does. Safe to repeat."""
        if self._looked is not None and timedelta(0) <= now - self._looked < EVERY:
            return None
        self._looked = now
        before = self._items.get(KEY)
        if before and "tripped_at" in before:
            return Trip(before["tripped_at"], before["why"])
        why = judged(self._points(before))
        if why is None:
            return None
        # A person who resets it at this moment wins: the next look judges by what they wrote.
        found = {"tripped_at": times.text(now), "why": why}
        return Trip(found["tripped_at"], why) if self._items.swap(KEY, before, found) else None

    def reset(self) -> bool:
        """Let mail go out again; only what SES counts from now on is judged. False when it had not tripped."""
        tripped = self.trip() is not None
        if tripped:
            self._items.put(KEY, {"since": times.text(self._real())})
            self._until = float("-inf")
        return tripped

    @cached_property
    def _ses(self) -> Any:
        import boto3

        return boto3.client("ses")

    def _points(self, before: Mapping[str, str] | None) -> list[Mapping[str, Any]]:
        """SES's quarters of an hour within the span, and since the last reset. They are dated by the system's time."""
        since = self._real() - SPAN
        if before and "since" in before:
            since = max(since, times.parse(before["since"], "breaker"))
        points = self._ses.get_send_statistics().get("SendDataPoints", [])
        return [one for one in points if one["Timestamp"] >= since]


def judged(points: Iterable[Mapping[str, Any]]) -> str | None:
    """Why mail must pause, in words with the numbers; None while all is well."""
    known = list(points)
    attempts = sum(int(one.get("DeliveryAttempts", 0)) for one in known)
    for name, limit in LIMITS.items():
        count = sum(int(one.get(name.capitalize(), 0)) for one in known)
        if attempts >= max(limit.attempts, 1) and count >= limit.least and count / attempts > limit.share:
            return (
                f"{count} {name} among {attempts} mails of the last {SPAN.days} days ({count / attempts:.2%}, at most "
                f"{limit.share:.2%}): mail is paused until somebody found out why and runs ./wellkept breaker reset"
            )
    return None
