"""The pace at which a platform is asked: bucket, pauses it wants, and the circuit breaker, shared by all who ask."""

from __future__ import annotations

import threading
from datetime import UTC, datetime, timedelta

import pytest

from chalicelib.effects.pace import BREAK_AFTER, FIRST_BREAK, LONGEST_BREAK, Pace
from chalicelib.effects.settings_items import SettingsItems
from chalicelib.model.call import Limit
from tests.aws import stack

SHOP, NOW = "ebay/main", datetime(2026, 6, 1, 12, tzinfo=UTC)
NONE = timedelta(0)


@pytest.fixture
def items(monkeypatch: pytest.MonkeyPatch):
    with stack(monkeypatch) as settings:
        yield SettingsItems(settings.settings_table)


def calls(pace: Pace, limit: Limit, seconds: float, step: float) -> int:
    """How many calls get through, tried every `step` seconds."""
    return sum(
        pace.enter(SHOP, "order", limit, NOW + timedelta(seconds=n * step)) == NONE for n in range(round(seconds / step))
    )


@pytest.mark.parametrize(("rate", "burst"), [(2.0, 1), (2.0, 10), (0.5, 3), (20.0, 5)])
def test_no_more_go_through_than_the_platform_allows(items: SettingsItems, rate: float, burst: int):
    found = calls(Pace(items), Limit(rate, burst), seconds=10, step=0.04)
    assert rate * 10 * 0.9 <= found <= burst + rate * 10


def test_who_must_wait_is_told_how_long_and_then_goes_through(items: SettingsItems):
    pace, limit = Pace(items), Limit(0.1, 1)
    assert pace.enter(SHOP, "orders", limit, NOW) == NONE
    wait = pace.enter(SHOP, "orders", limit, NOW + timedelta(seconds=3))
    assert timedelta(seconds=6.9) < wait < timedelta(seconds=7.1)
    assert pace.enter(SHOP, "orders", limit, NOW + timedelta(seconds=3) + wait) == NONE
    assert pace.enter(SHOP, "return", limit, NOW) == NONE, "each kind of thing has a bucket of its own"


def test_containers_share_a_bucket(items: SettingsItems):
    through, limit = [], Limit(1.0, 5)

    def ask() -> None:
        mine = Pace(items)
        through.extend(1 for _ in range(8) if mine.enter(SHOP, "order", limit, NOW) == NONE)

    threads = [threading.Thread(target=ask) for _ in range(3)]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    assert len(through) == 5


def test_a_platform_that_wants_peace_is_left_in_peace(items: SettingsItems):
    pace, limit = Pace(items), Limit(100.0, 100)
    pace.busy(SHOP, timedelta(seconds=30), NOW)
    assert pace.enter(SHOP, "order", limit, NOW + timedelta(seconds=10)) == timedelta(seconds=20)
    assert "fewer calls" in (pace.condition(SHOP, NOW) or "")
    assert pace.enter(SHOP, "order", limit, NOW + timedelta(seconds=31)) == NONE
    assert pace.condition(SHOP, NOW + timedelta(seconds=31)) is None


def test_the_circuit_opens_after_failures_in_a_row_and_longer_each_time(items: SettingsItems):
    pace, limit, now = Pace(items), Limit(100.0, 100), NOW
    assert not any(pace.failed(SHOP, now) for _ in range(BREAK_AFTER - 1))
    assert pace.enter(SHOP, "order", limit, now) == NONE
    waits = []
    for _ in range(8):
        assert pace.failed(SHOP, now)
        waits.append(pace.enter(SHOP, "order", limit, now))
        now += waits[-1]
        assert pace.enter(SHOP, "order", limit, now) == NONE, "then one is let through"
    assert waits[:3] == [FIRST_BREAK, FIRST_BREAK * 2, FIRST_BREAK * 4] and waits[-1] == LONGEST_BREAK
    pace.fine(SHOP)
    assert not pace.failed(SHOP, now)


def test_an_answer_costs_no_write_where_there_was_no_failure(items: SettingsItems):
    class Counting:
        writes = 0

        def get(self, name: str):
            return items.get(name)

        def swap(self, name: str, before, value) -> bool:
            self.writes += 1
            return items.swap(name, before, value)

    counting = Counting()
    Pace(counting).fine(SHOP)
    assert counting.writes == 0
