"""The sweep: what is due is enqueued, whatever fails; the cursor never passes what the queue did not take."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta

import pytest

from chalicelib.effects.outbox import SHARDS, shard_of
from chalicelib.model.action import Action, ActionKind, ActionStatus
from chalicelib.steps.sweep import CURSOR, PAGE, Effects, sweep
from tests.fakes import MemoryNotes, MemoryOutbox, MemoryWork

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
MINUTE = timedelta(minutes=1)


class Stand:
    """An outbox with a due index, a queue, a cursor, and a clock that is set by hand."""

    def __init__(self, **more: timedelta) -> None:
        self.book, self.work, self.notes, self.now = MemoryOutbox(), MemoryWork(), MemoryNotes(), NOW
        self.fx = Effects(self.book, self.work, self.notes, lambda: self.now, **more)

    def add(self, key: str, due: datetime) -> None:
        self.book.add(Action(key, ActionKind.MESSAGE, "s", "order:1", due, due + timedelta(days=30)), True, NOW - timedelta(9))

    def sweep(self, at: datetime) -> list[str]:
        """The keys that a sweep at this time enqueues."""
        self.now, before = at, len(self.work.sent)
        sweep(self.fx)
        return sorted(self.work.keys[before:])


@pytest.fixture
def stand() -> Stand:
    made = Stand()
    made.sweep(NOW - MINUTE)
    return made


def test_each_action_is_enqueued_once_when_it_is_due(stand: Stand):
    for minute in range(6):
        stand.add(f"k{minute}", NOW + minute * MINUTE)

    assert stand.sweep(NOW) == ["k0"]
    assert stand.sweep(NOW) == []
    # Three ticks were left out.
    assert stand.sweep(NOW + 4 * MINUTE) == ["k1", "k2", "k3", "k4"]


def test_many_due_in_one_millisecond_are_all_enqueued(stand: Stand):
    keys = sorted(f"k{n}" for n in range(40 * PAGE))
    for key in keys:
        stand.add(key, NOW)

    assert stand.sweep(NOW) == keys
    assert stand.sweep(NOW + MINUTE) == []


def test_a_queue_that_takes_nothing_stops_the_cursor(stand: Stand):
    stand.add("k", NOW)
    stand.work.broken = True
    with pytest.raises(ConnectionError):
        stand.sweep(NOW)
    stand.work.broken = False

    assert stand.sweep(NOW + MINUTE) == ["k"]


def test_a_shard_that_cannot_be_read_holds_up_no_other_and_is_made_up_for(stand: Stand):
    for n in range(200):
        stand.add(f"k{n}", NOW)
    sick = {f"k{n}" for n in range(200) if shard_of(f"k{n}") == 3}
    real, broken = stand.book.due, [True]

    def due(shard: int, after: datetime, until: datetime) -> Iterator[tuple[datetime, str]]:
        if shard == 3 and broken[0]:
            raise ConnectionError("shard 3 does not answer")
        return real(shard, after, until)

    stand.book.due = due  # type: ignore[method-assign]
    with pytest.raises(ConnectionError):
        stand.sweep(NOW)
    assert set(stand.work.keys) == {f"k{n}" for n in range(200)} - sick
    broken[0] = False
    stand.work.sent.clear()

    assert set(stand.sweep(NOW + MINUTE)) == sick


def test_a_sweep_that_dies_late_enqueues_little_again(stand: Stand):
    for n in range(40 * PAGE):
        stand.add(f"k{n}", NOW + timedelta(milliseconds=n))
    taken: list[str] = []

    def send(keys: Sequence[str], delay: timedelta = timedelta(0)) -> None:
        if len(taken) > 30 * PAGE:
            raise KeyboardInterrupt
        taken.extend(keys)

    stand.work.send = send  # type: ignore[method-assign]
    with pytest.raises(KeyboardInterrupt):
        stand.sweep(NOW + MINUTE)
    died = list(taken)
    taken.clear()
    sweep(stand.fx)

    assert set(died) | set(taken) == {f"k{n}" for n in range(40 * PAGE)}
    assert len(set(died) & set(taken)) <= SHARDS


def test_once_a_day_what_is_still_open_is_enqueued_again(stand: Stand):
    for key in ("lost", "done"):
        stand.add(key, NOW)
    stand.sweep(NOW)
    stand.book.mark("done", ActionStatus.DONE, NOW)

    assert stand.sweep(NOW + timedelta(hours=11)) == []
    assert stand.sweep(NOW + timedelta(hours=13)) == ["lost"]
    assert stand.sweep(NOW + timedelta(hours=14)) == []
    assert stand.sweep(NOW + timedelta(hours=37)) == ["lost"]


def test_on_the_laptop_each_sweep_looks_back():
    stand = Stand(look_back=timedelta(hours=6))
    stand.add("k", NOW)

    assert [stand.sweep(NOW + n * MINUTE) for n in range(3)] == [["k"]] * 3


def test_a_minutes_work_is_spread_over_a_minute():
    stand = Stand(spread=MINUTE)
    for n in range(400):
        stand.add(f"k{n}", NOW)
    stand.sweep(NOW)
    seconds = {delay.total_seconds() for _, delay in stand.work.sent}

    assert len(seconds) == SHARDS and min(seconds) == 0 and max(seconds) < 60


def test_the_cursor_never_goes_back(stand: Stand):
    stand.sweep(NOW + timedelta(hours=1))
    before = dict(stand.notes.get(CURSOR))
    stand.sweep(NOW)

    assert all(stand.notes.get(CURSOR)[name] >= at for name, at in before.items())
