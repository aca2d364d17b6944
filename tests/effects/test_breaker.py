"""The breaker trips by what SES says, stays until a person resets it, and then judges anew."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from chalicelib.effects.breaker import EVERY, LIMITS, Breaker, judged
from chalicelib.settings import Settings
from tests.aws import stack

NOW = datetime(2026, 3, 10, 12, tzinfo=UTC)


def points(attempts: int, bounces: int = 0, complaints: int = 0, at: datetime = NOW) -> list[dict[str, Any]]:
    return [{"Timestamp": at, "DeliveryAttempts": attempts, "Bounces": bounces, "Complaints": complaints, "Rejects": 0}]


class Ses:
    """SES's statistics."""

    def __init__(self, *found: dict[str, Any]) -> None:
        self.found = list(found)
        self.asked = 0

    def get_send_statistics(self) -> dict[str, Any]:
        self.asked += 1
        return {"SendDataPoints": self.found}


@pytest.fixture
def settings(monkeypatch: pytest.MonkeyPatch) -> Iterator[Settings]:
    with stack(monkeypatch) as found:
        yield found


def breaker(settings: Settings, ses: Ses, real: datetime = NOW) -> Breaker:
    one = Breaker(settings, monotonic=lambda: 0.0, real=lambda: real)
    one.__dict__["_ses"] = ses
    return one


@pytest.mark.parametrize(("attempts", "bounces", "complaints", "trips"), [
    (1000, 20, 0, False), (1000, 21, 0, True), (199, 100, 0, False), (200, 5, 0, True), (200, 4, 0, False),
    (4000, 0, 2, False), (3999, 0, 2, True), (100, 0, 1, False), (10, 0, 2, True), (0, 0, 0, False),
])  # fmt: skip
def test_it_trips_above_the_limits_and_not_for_single_ones(attempts: int, bounces: int, complaints: int, trips: bool) -> None:
    assert (judged(points(attempts, bounces, complaints)) is not None) is trips


def test_the_limits_lie_well_below_what_ses_punishes() -> None:
    assert LIMITS["bounces"].share <= 0.05 / 2
    assert LIMITS["complaints"].share <= 0.001 / 2


def test_it_adds_up_the_quarters_of_an_hour() -> None:
    some = points(500, 6) + points(500, 15)
    assert "21 bounces among 1000" in (judged(some) or "")


def test_tripped_it_stays_so_and_says_why_to_everybody(settings: Settings) -> None:
    ses = Ses(*points(1000, 50))
    trip = breaker(settings, ses).check(NOW)

    assert trip is not None and "50 bounces" in trip.why
    ses.found = points(100_000)
    other = breaker(settings, ses)
    assert other.check(NOW + timedelta(days=8)) == trip
    assert other.reason() == trip.why


def test_while_all_is_well_it_gives_no_reason(settings: Settings) -> None:
    one = breaker(settings, Ses(*points(1000, 3, 0)))

    assert one.check(NOW) is None
    assert one.reason() is None


def test_it_asks_ses_every_five_minutes_at_most(settings: Settings) -> None:
    ses = Ses()
    one = breaker(settings, ses)

    for minute in range(12):
        one.check(NOW + timedelta(minutes=minute))

    assert ses.asked == 3
    assert timedelta(minutes=5) == EVERY


def test_what_is_older_than_a_week_does_not_count(settings: Settings) -> None:
    old = points(1000, 500, at=NOW - timedelta(days=7, minutes=1))

    assert breaker(settings, Ses(*old, *points(1000))).check(NOW) is None


def test_reset_it_judges_only_what_comes_after(settings: Settings) -> None:
    ses = Ses(*points(1000, 500, at=NOW - timedelta(hours=1)))
    one = breaker(settings, ses)
    one.check(NOW)

    assert one.reset() is True
    assert one.reason() is None
    again = breaker(settings, ses)
    assert again.check(NOW + EVERY) is None
    ses.found += points(1000, 30, at=NOW + timedelta(hours=1))
    assert breaker(settings, ses).check(NOW + timedelta(hours=2)) is not None
    assert one.reset() is True
    assert one.reset() is False
