"""The clock. Time is an effect like any other: on the laptop a person may move it forward and watch weeks go by.

On AWS it is the system's and costs nothing. On the local stage the offset is an item of the settings table, read again after a
twentieth of a second: whoever moves it waits so long, and then everybody knows. Signatures are checked against the system's
clock on every stage: security is about real time.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Protocol

Clock = Callable[[], datetime]
_KEY = "clock"
FRESH = 0.05


class Names(Protocol):
    """Where things are; Settings is one."""

    @property
    def local(self) -> bool: ...
    @property
    def settings_table(self) -> str: ...


def clock(names: Names) -> Clock:
    """What tells the time of this stage, in UTC."""
    return Moved(names.settings_table) if names.local else system


def system() -> datetime:
    """The system's time."""
    return datetime.now(UTC)


class Moved:
    """The system's time and an offset that only grows."""

    def __init__(self, table: str, monotonic: Callable[[], float] = time.monotonic) -> None:
        from .settings_items import SettingsItems  # brings PynamoDB, which the webhook's function must not pay for on AWS

        self._items = SettingsItems(table)
        self._monotonic = monotonic
        self._offset, self._until = timedelta(0), float("-inf")

    def __call__(self) -> datetime:
        if self._monotonic() >= self._until:
            self._offset = self.offset()
            self._until = self._monotonic() + FRESH
        return system() + self._offset

    def offset(self) -> timedelta:
        """How far the clock has been moved."""
        return timedelta(seconds=float((self._items.get(_KEY) or {}).get("seconds", 0)))

    def move(self, by: timedelta) -> datetime:
        """Move the clock forward; the time it tells then. ValueError backwards: what has happened stays in the past."""
        if by < timedelta(0):
            raise ValueError("the clock only moves forward")
        self._offset = self.offset() + by
        self._items.put(_KEY, {"seconds": self._offset.total_seconds()})
        self._until = self._monotonic() + FRESH
        return system() + self._offset
