"""Time in the world: things that happen at a moment, earliest first. Nothing waits and nothing sleeps."""

from __future__ import annotations

import heapq
from collections.abc import Callable
from datetime import datetime, timedelta
from itertools import count
from typing import Any


class Timeline:
    """What is to happen, and what time it is."""

    def __init__(self, start: datetime) -> None:
        self.now = start
        self._numbers = count()
        self._heap: list[tuple[datetime, int, Callable[..., Any], tuple[Any, ...]]] = []

    def __call__(self) -> datetime:
        """The time; this is the steps' clock."""
        return self.now

    def at(self, time: datetime, do: Callable[..., Any], *args: Any) -> None:
        """Let something happen at a time, or now if that is over."""
        heapq.heappush(self._heap, (max(time, self.now), next(self._numbers), do, args))

    def after(self, pause: timedelta, do: Callable[..., Any], *args: Any) -> None:
        """Let something happen a while from now."""
        self.at(self.now + pause, do, *args)

    def run(self, until: datetime | None = None) -> None:
        """Let everything happen, or everything before a time, which it then is."""
        while self._heap and (until is None or self._heap[0][0] <= until):
            self.now, _, do, args = heapq.heappop(self._heap)
            do(*args)
        if until is not None:
            self.now = max(self.now, until)
