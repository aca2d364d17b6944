"""Dated policies: which of several entries holds at a platform, in a country, on a day. For a country before for everywhere."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping
from datetime import date
from functools import cache
from itertools import combinations
from typing import Any, Protocol, TypeVar

from ..model.errors import BadPayload
from ..model.policy import Entry
from . import policies

LAW = "law"
NOT_FOUND = "not found"
MARKS = ("C", "L", "U")


class Dated(Protocol):
    """Anything with an entry."""

    @property
    def entry(self) -> Entry: ...


T = TypeVar("T", bound=Dated)


def entry(one: Mapping[str, Any]) -> Entry:
    """The dated part of an entry of a file. BadPayload for a day that is none, or a mark that there is not."""
    since, until = one["from"], one.get("until")
    if one["mark"] not in MARKS or not (since == NOT_FOUND or isinstance(since, date)):
        raise BadPayload(f'expected a day or "{NOT_FOUND}" as from, and a mark of {", ".join(MARKS)}', f"{one['platform']}")
    countries = tuple(sorted({code for name in one.get("countries", ()) for code in _countries(name)}))
    return Entry(
        one["platform"], countries, None if since == NOT_FOUND else since, until, one["note"], one["source"], one["mark"],
        one["as_of"],
    )  # fmt: skip


def holding(some: Iterable[T], platform: str, country: str | None, on: date, key: Callable[[T], Hashable]) -> list[T]:
    """What holds at a platform on a day, by `key` one each: that for the country, else that for everywhere."""
    found: dict[Hashable, T] = {}
    for one in some:
        here = not one.entry.countries or country in one.entry.countries
        if one.entry.platform == platform and here and _on(one.entry, on):
            before = found.get(key(one))
            if before is None or not before.entry.countries:
                found[key(one)] = one
    return list(found.values())


def contradictions(some: Iterable[T], key: Callable[[T], Iterable[Hashable]]) -> Iterator[tuple[T, T]]:
    """Pairs that speak about the same thing, at the same platform, for the same country or both for everywhere, on one day."""
    for one, other in combinations(some, 2):
        same = one.entry.platform == other.entry.platform and set(key(one)) & set(key(other))
        places = set(one.entry.countries) & set(other.entry.countries) or one.entry.countries == other.entry.countries
        if same and places and _overlap(one.entry, other.entry):
            yield one, other


def _on(one: Entry, day: date) -> bool:
    return (one.since is None or one.since <= day) and (one.until is None or day < one.until)


def _overlap(one: Entry, other: Entry) -> bool:
    return all((a.since or date.min) < (b.until or date.max) for a, b in ((one, other), (other, one)))


@cache
def _countries(name: str) -> tuple[str, ...]:
    """The countries of a group, or the country itself."""
    return tuple(policies.data("windows.toml")["groups"].get(name, name).split())
