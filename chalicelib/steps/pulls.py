"""Pulls: lists of a shop's orders, returns or reviews that are read page by page, by hand for its history or on a schedule.

How far each has come is one small item: which of its pages are still open, what was found, what went wrong. A page is taken out
when it was read and what it leads to put in, so telling twice changes nothing; when none is open, the list was read whole.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Protocol

from .. import platforms
from ..model import times
from ..model.action import Action
from ..model.call import Answer, Read, Resource
from ..model.words import Origin
from ..platforms._calls import parts
from ..rules import errands

_TRIES = 8
_PREFIX = "pull#"
STALE = timedelta(hours=12)
FIRST = timedelta(days=7)
OVERLAP = timedelta(hours=1)  # a platform's own index may be a little behind
Item = dict[str, Any]


class Items(Protocol):
    """Where it is noted; effects.settings_items.SettingsItems is one."""

    def get(self, name: str) -> Any: ...
    def swap(self, name: str, before: Any, value: Any) -> bool: ...
    def under(self, prefix: str) -> Iterator[tuple[str, Any]]: ...


@dataclass(frozen=True, slots=True)
class Feed:
    """How a shop's list stands: `condition` is reading, complete, empty, late, failing or never.

    `until` is up to when it is known whole; `found` and `new` are what the latest reading told and what of it was new.
    """

    source: str
    what: str
    condition: str
    until: datetime | None = None
    pages: int = 0
    found: int = 0
    new: int = 0
    open: int = 0
    origin: str = ""
    why: str | None = None


class Pulls:
    """The pulls of all shops."""

    def __init__(self, items: Items) -> None:
        self._items = items

    def begin(self, source: str, read: Read, resource: Resource, origin: Origin, now: datetime) -> list[Action]:
        """Note that a list is to be read over its span, and the actions that read it, earliest part first."""
        pieces, stamp = list(parts(read, resource)), times.text(now)
        fresh = {"began": stamp, "origin": str(origin), "since": read.about["since"], "to": read.about["until"],
                 "open": [piece.name for piece in pieces], "pages": 0, "found": 0, "new": 0}  # fmt: skip
        self._change(source, read.what, lambda item: {**({"until": item["until"]} if "until" in item else {}), **fresh})
        pull = f"{read.what}@{stamp}"
        return [errands.asked(source, piece, f"pull|{pull}", origin, now, pull=pull) for piece in pieces]

    def read(self, action: Action, read: Read, answer: Answer, new: int, now: datetime) -> None:
        """Note that a page of a pull was read. Details that a page leads to are errands of their own and not waited for."""
        what, _, stamp = action.data.get("pull", "").partition("@")
        if not what:
            return
        module: Any = platforms.get(action.source.partition("/")[0])
        pages = [one.name for one in answer.then if module.READS[one.what].listing or len(answer.then) == 1]

        def noted(item: Item) -> Item | None:
            if item.get("began") != stamp or read.name not in item["open"]:
                return None
            left = [name for name in dict.fromkeys([*item["open"], *pages]) if name != read.name]
            told = len(answer.found) + len(answer.then) - len(pages)
            counts = {"pages": item["pages"] + 1, "found": item["found"] + told, "new": item["new"] + new}
            changed = {**item, "open": left, **counts}
            return changed if left else {**changed, "until": max(item["to"], item.get("until", ""))}

        self._change(action.source, what, noted)

    def stopped(self, action: Action, why: str) -> None:
        """Note that a page could not be read: the list is not whole."""
        what, _, stamp = action.data.get("pull", "").partition("@")
        if what:
            self._change(action.source, what, lambda item: {**item, "why": why} if item.get("began") == stamp else None)

    def known(self, source: str, what: str) -> Item:
        """What is noted of a list; empty when it was never read."""
        return self._items.get(f"{_PREFIX}{source}#{what}") or {}

    def feeds(self, now: datetime) -> list[Feed]:
        """How every list stands that was ever read, for operators' commands: it scans."""
        found = []
        for name, item in self._items.under(_PREFIX):
            source, _, what = name.removeprefix(_PREFIX).rpartition("#")
            found.append(self.feed(source, what, item, now))
        return sorted(found, key=lambda one: (one.source, one.what))

    def feed(self, source: str, what: str, item: Item, now: datetime) -> Feed:
        """How one list stands."""
        until = times.parse(item["until"], "until") if item.get("until") else None
        module: Any = platforms.get(source.partition("/")[0])
        condition = _condition(item, until, module.READS.get(what), now)
        return Feed(
            source, what, condition, until, item.get("pages", 0), item.get("found", 0), item.get("new", 0),
            len(item.get("open", [])), item.get("origin", ""), item.get("why"),
        )  # fmt: skip

    def _change(self, source: str, what: str, change: Callable[[Item], Item | None]) -> None:
        name = f"{_PREFIX}{source}#{what}"
        for _ in range(_TRIES):
            before = self._items.get(name)
            after = change(dict(before or {}))
            if after is None or self._items.swap(name, before, after):
                return
        raise RuntimeError(f"{name} changed under {_TRIES} attempts to write it")


def due(item: Item, resource: Resource, now: datetime) -> bool:
    """Whether a list is to be read again: its time has come, and no reading of it is under way (a stuck one is given up)."""
    began = times.parse(item["began"], "began") if item.get("began") else None
    if began is None:
        return True
    return now - began >= (resource.every if not item.get("open") else max(resource.every, STALE))


def again(what: str, item: Item, resource: Resource, now: datetime) -> Read:
    """A list to be read again: from a little before it is known whole, and further back where rows are dated back.

    Of one that was never read the latest week: the rest is its history, which somebody asks for.
    """
    if not item.get("until"):
        since = now - max(resource.again, FIRST)
    else:
        since = min(times.parse(item["until"], "until") - OVERLAP, now - resource.again)
    return span(what, max(since, now - resource.back), now)


def span(what: str, since: datetime, until: datetime) -> Read:
    """A list over a span of time."""
    return Read(what, {"since": times.text(since), "until": times.text(until)})


def _condition(item: Item, until: datetime | None, resource: Resource | None, now: datetime) -> str:
    if item.get("why"):
        return "failing"
    every = resource.every if resource else timedelta(0)
    if until is None or (every and now - until > 2 * every + timedelta(hours=1)):
        return "reading" if item.get("open") and not until else "late" if until else "never"
    if item.get("open"):
        return "reading"
    return "complete" if item.get("found") else "empty"
