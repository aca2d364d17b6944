"""Moving the clock: from due to due, what is near each other together, and nothing left out."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.model.action import Action, ActionKind, Entry
from infra.ahead import HOP, _next, seconds
from infra.problems import Problem

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
UNITS = {"m": 60, "h": 3600, "d": 86400, "w": 7 * 86400}


class Book:
    """An outbox in memory: actions that stay ready whatever is done, each due at its minute."""

    def __init__(self, minutes: list[int]) -> None:
        self.due_at = {f"k{n}": NOW + timedelta(minutes=at) for n, at in enumerate(minutes)}

    def scan(self) -> Iterator[Entry]:
        for key, at in self.due_at.items():
            yield Entry(Action(key, ActionKind.MESSAGE, "s/x", "order:1", at, at + timedelta(days=1)), NOW)


def hops(book: Book, days: int) -> list[tuple[datetime, list[str]]]:
    now, target, found = NOW, NOW + timedelta(days=days), []
    while now < target:
        at, keys = _next(book, now, target)
        found.append((at, keys))
        assert now < at <= target
        now = at
    return found


@given(st.lists(st.integers(1, 30 * 1440), max_size=40))
def test_all_that_falls_due_is_met_in_time_and_never_early(minutes: list[int]) -> None:
    book = Book(minutes)
    met: dict[str, datetime] = {}
    for at, keys in hops(book, 21):
        for key in keys:
            met.setdefault(key, at)

    due = {key: at for key, at in book.due_at.items() if at <= NOW + timedelta(days=21)}
    assert met.keys() == due.keys()
    assert all(timedelta(0) <= met[key] - at <= HOP for key, at in due.items())


def test_a_time_without_anything_due_is_one_hop() -> None:
    assert [at for at, _ in hops(Book([]), 21)] == [NOW + timedelta(days=21)]
    assert [at for at, _ in hops(Book([10 * 1440]), 21)] == [NOW + timedelta(days=10), NOW + timedelta(days=21)]


@pytest.mark.parametrize(("text", "span"), [("+90m", timedelta(minutes=90)), ("+25h", timedelta(hours=25)),
                                            ("+3d", timedelta(days=3)), ("+2w", timedelta(days=14))])
def test_a_span_of_time_is_read(text: str, span: timedelta) -> None:
    assert seconds(text, UNITS, ValueError) == span


@pytest.mark.parametrize("text", ["", "3d", "-3d", "+d", "+0d", "+1.5d", "+401d", "+3y", "+٣d", "+99999999999w", "+3"])
def test_what_is_no_span_forward_is_refused(text: str) -> None:
    with pytest.raises(Problem):
        seconds(text, UNITS, lambda said: Problem(said, "no"))
