"""The rulebook in force: the touchpoints as the seller set them, and every version before. Kept in the settings table.

What cannot be read never replaces what can: text is checked before it is written, and should a stored one no longer hold (a
template that a newer release has no more), the last good one stays in force, else the product's own.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

from ..model import times
from ..model.errors import BadPayload, Conflict
from ..model.touch import Rulebook
from . import log
from .settings_items import SettingsItems

LONGEST = 100_000
_KEY, _HISTORY = "rules", "rules#"
_FRESH = 30.0
Read = Callable[[str, int], Rulebook]


class Names(Protocol):
    """Where things are; Settings is one."""

    @property
    def settings_table(self) -> str: ...


@dataclass(frozen=True, slots=True)
class Version:
    """A rulebook as somebody set it: its number, its text, when."""

    version: int
    text: str
    at: datetime


class Rules:
    """The rulebook by version. `read` makes one of its text and raises BadPayload; `default` is the one before any was set."""

    def __init__(
        self, names: Names, read: Read, default: Callable[[], Rulebook], clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._items = SettingsItems(names.settings_table)
        self._read = read
        self._default = default
        self._clock = clock
        self._book: Rulebook | None = None
        self._until = float("-inf")

    def current(self) -> Rulebook:
        """The rulebook in force; seen anew within half a minute."""
        if self._book is None or self._clock() >= self._until:
            self._book = self._load()
            self._until = self._clock() + _FRESH
        return self._book

    def _load(self) -> Rulebook:
        found = _version(self._items.get(_KEY))
        if found is None:
            return self._default()
        if self._book is not None and self._book.version == found.version:
            return self._book
        try:
            return self._read(found.text, found.version)
        except BadPayload as err:
            log.note(rules_problem=f"version {found.version} is not in force: {err}")
            return self._book or self._default()

    def set(self, text: str, now: datetime) -> Rulebook:
        """Put a rulebook in force as the next version. BadPayload, and nothing changes, when it does not hold together;
        Conflict when somebody else set one at the same moment."""
        if len(text) > LONGEST:
            raise BadPayload(f"text of {len(text)} characters, at most {LONGEST} are taken", "rules")
        before = self._items.get(_KEY)
        standing = _version(before)
        book = self._read(text, standing.version + 1 if standing else 1)
        if before:
            # Whoever set it may have ended before this.
            self._items.put(f"{_HISTORY}{before['version']}", before)
        value = {"version": book.version, "text": text, "at": times.text(now)}
        if not self._items.swap(_KEY, before, value):
            raise Conflict("somebody else has just set the rules: look at them, then set yours again")
        self._items.put(f"{_HISTORY}{book.version}", value)
        self._book, self._until = book, self._clock() + _FRESH
        return book

    def stored(self) -> Version | None:
        """What was set last, as it was written; None while the product's own rules are in force."""
        return _version(self._items.get(_KEY))

    def history(self) -> list[Version]:
        """Every version that was set, oldest first, for operators' commands."""
        listed = [self._items.get(_KEY), *(value for _, value in self._items.under(_HISTORY))]
        found = {one.version: one for one in (_version(value) for value in listed) if one is not None}
        return [found[number] for number in sorted(found)]


def _version(value: Any) -> Version | None:
    return None if value is None else Version(value["version"], value["text"], times.parse(value["at"], "rules"))
