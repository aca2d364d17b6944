"""Folding: of phrases that are parts of one another and stand in the same texts, one is enough."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from .entries import Entry

SAME = 0.7  # so large a part of its texts shared, a phrase stands for another
_ALIKE = 0.6  # ... of the texts of both, where each has words that the other has not


def folded(ranked: Iterable[Entry]) -> list[Entry]:
    """Entries, best first, without those that another one stands for. Where a longer phrase has nearly the same texts as a
    shorter one, the longer stays: it tells more."""
    kept: list[Entry] = []
    for one in ranked:
        known = [other for other in kept if _related(one, other)]
        if all(_tells_more(one, other) for other in known):
            kept = [other for other in kept if other not in known] + [one]
    return sorted(kept, key=lambda one: one.order)


def _tells_more(one: Entry, other: Entry) -> bool:
    return _within(other.keys, one.keys) and _shared(one, other) >= SAME * len(other.complaints)


def _related(one: Entry, other: Entry) -> bool:
    """Whether only one of two is worth showing; `other` is the better one."""
    shared = _shared(one, other)
    if not shared or not set(one.keys) & set(other.keys):
        return False
    if _within(one.keys, other.keys):
        return shared >= SAME * len(one.complaints)
    if _within(other.keys, one.keys):
        # What only adds a word to two or more is no news; what adds one to a single word often is.
        return shared >= SAME * len(other.complaints) or len(other.carrying) > 1
    return shared >= _ALIKE * len(one.complaints | other.complaints)


def _shared(one: Entry, other: Entry) -> int:
    return len(one.complaints & other.complaints)


def _within(short: Sequence[str], long: Sequence[str]) -> bool:
    """Whether a phrase is a part of a longer one, side by side."""
    many = len(short)
    return many < len(long) and any(tuple(long[n : n + many]) == tuple(short) for n in range(len(long) - many + 1))
