"""How fast a shop's platform may be asked, shared by everybody who asks: a token bucket for each kind of thing, and a circuit
breaker for the platform as a whole. One small item of the settings table for each shop, changed by conditional writes.

The bucket is the generic cell rate algorithm (ITU-T I.371): it needs one number, the time at which it would be full again.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any, Protocol

from ..model.call import Limit

TRIES = 6
BREAK_AFTER = 5
FIRST_BREAK, LONGEST_BREAK = timedelta(seconds=30), timedelta(minutes=30)
_CROWDED = timedelta(seconds=1)
_NOW = timedelta(0)
_ROUNDING = 1e-6  # seconds since 1970 as a float are good to some tenths of a microsecond
Item = dict[str, Any]


class Items(Protocol):
    """Where it is noted; effects.settings_items.SettingsItems is one."""

    def get(self, name: str) -> Any: ...
    def swap(self, name: str, before: Any, value: Any) -> bool: ...


class Pace:
    """Who may ask now, and who must wait."""

    def __init__(self, items: Items) -> None:
        self._items = items

    def enter(self, source: str, what: str, limit: Limit, now: datetime) -> timedelta:
        """Zero when a call may be made now, which is then counted; else how long to wait."""
        waits = timedelta(0)

        def counted(item: Item) -> Item | None:
            nonlocal waits
            waits = max(_until(item, "shut_until", now), _until(item, "busy_until", now))
            if waits > _NOW:
                return None
            buckets, gap = item.get("full", {}), 1 / limit.rate
            full = max(buckets.get(what, 0.0), now.timestamp()) + gap
            waits = max(_NOW, timedelta(seconds=full - now.timestamp() - gap * limit.burst - _ROUNDING))
            return None if waits > _NOW else {**item, "full": {**buckets, what: full}}

        return waits if self._changed(source, counted) else _CROWDED

    def busy(self, source: str, after: timedelta, now: datetime) -> None:
        """The platform asked to be left alone for a while."""
        self._changed(source, lambda item: {**item, "busy_until": (now + after).timestamp()})

    def failed(self, source: str, now: datetime) -> bool:
        """The platform is in trouble. After some failures in a row it is left alone, each time for longer; True when so now."""
        shut = False

        def noted(item: Item) -> Item:
            nonlocal shut
            failures = int(item.get("failures", 0)) + 1
            shut = failures >= BREAK_AFTER
            changed = {**item, "failures": failures}
            if shut:
                pause = min(LONGEST_BREAK, FIRST_BREAK * (1 << min(failures - BREAK_AFTER, 10)))
                changed["shut_until"] = (now + pause).timestamp()
            return changed

        self._changed(source, noted)
        return shut

    def fine(self, source: str) -> None:
        """The platform answered: earlier failures are forgotten. No write where there were none."""
        self._changed(source, lambda item: _without(item) if item.get("failures") else None)

    def condition(self, source: str, now: datetime) -> str | None:
        """Why a shop's platform is not asked at the moment, if so."""
        item: Item = self._items.get(_name(source)) or {}
        if _until(item, "shut_until", now) > _NOW:
            return f"in trouble: {item.get('failures')} failures in a row, asked again at {_told(item['shut_until'])}"
        return f"wants fewer calls until {_told(item['busy_until'])}" if _until(item, "busy_until", now) > _NOW else None

    def _changed(self, source: str, change: Callable[[Item], Item | None]) -> bool:
        """Change a shop's item; a change of None leaves it. False when others changed it each time we tried."""
        for _ in range(TRIES):
            before = self._items.get(_name(source))
            after = change(dict(before or {}))
            if after is None or self._items.swap(_name(source), before, after):
                return True
        return False


def _name(source: str) -> str:
    return f"pace#{source}"


def _without(item: Item) -> Item:
    return {key: value for key, value in item.items() if key not in ("failures", "shut_until")}


def _until(item: Item, name: str, now: datetime) -> timedelta:
    return timedelta(seconds=float(item.get(name, 0.0)) - now.timestamp()) if item.get(name) else _NOW


def _told(seconds: float) -> str:
    return f"{datetime.fromtimestamp(seconds, UTC):%H:%M:%S} UTC"
