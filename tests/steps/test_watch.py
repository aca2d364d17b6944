"""The sweep's look at the breaker: people are told once, and a look that fails costs nothing else."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from chalicelib.effects.breaker import Trip
from chalicelib.model.action import Action, ActionKind
from chalicelib.steps.desk import Desk
from chalicelib.steps.sweep import watch

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)


class Book:
    """An outbox that knows what it was given."""

    def __init__(self) -> None:
        self.actions: dict[str, Action] = {}

    def add(self, action: Action, indexed: bool, now: datetime) -> bool:
        return self.actions.setdefault(action.key, action) is action

    def release(self, key: str, token: str, due_at: datetime, why: str, indexed: bool) -> bool:
        raise AssertionError("nothing is given back here")


class Work:
    """A queue that takes everything."""

    def __init__(self) -> None:
        self.keys: list[str] = []

    def send(self, keys: list[str], delay: timedelta = timedelta(0)) -> None:
        self.keys += keys


def test_a_trip_is_told_under_one_key_however_often_it_is_seen() -> None:
    book, work = Book(), Work()

    for minute in range(3):
        watch(lambda now: Trip("2026-03-01T12:00:00Z", "50 bounces"), Desk(book, work), NOW + timedelta(minutes=5 * minute))

    (action,) = book.actions.values()
    assert (action.kind, action.key) == (ActionKind.ALERT, "alert#breaker#2026-03-01T12:00:00Z")
    assert "50 bounces" in action.data["text"]
    assert set(work.keys) == {action.key}


def test_without_a_trip_nobody_is_told() -> None:
    book = Book()

    watch(lambda now: None, Desk(book, Work()), NOW)

    assert book.actions == {}


def test_a_look_that_fails_does_not_fail_the_sweep() -> None:
    seen: list[datetime] = []

    def fail(now: datetime) -> Trip | None:
        seen.append(now)
        raise ConnectionError("no statistics")

    watch(fail, Desk(Book(), Work()), NOW)

    assert seen == [NOW]
