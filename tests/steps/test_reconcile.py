"""The schedule that reads lists again: what is due, how far back, and that one shop holds up no other."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from chalicelib import platforms
from chalicelib.effects.secrets import Shop
from chalicelib.model import times
from chalicelib.model.call import Answer
from chalicelib.model.errors import ConfigurationError, StoreFailed, UnknownShop
from chalicelib.model.profile import Profile
from chalicelib.rules import errands as rules
from chalicelib.steps import pulls, reconcile
from chalicelib.steps.desk import Desk
from tests import toy
from tests.fakes import MemoryNotes, MemoryOutbox, MemoryWork

NOW = datetime(2026, 6, 1, 12, tzinfo=UTC)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
FULL = Shop(("word",), {"refresh_token": "r", "id": "7"})


@pytest.fixture(autouse=True)
def toys(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    with toy.beside_the_others(tmp_path, monkeypatch):
        yield


class Stand:
    def __init__(self, **shops: Shop) -> None:
        self.now, self.known = NOW, {f"toy/{name}": shop for name, shop in shops.items()}
        self.book, self.closed = MemoryOutbox(), set[str]()
        self.pulls = pulls.Pulls(MemoryNotes())
        desk = Desk(self.book, MemoryWork(), index_all=True)
        self.real: datetime | None = None
        self.fx = reconcile.Effects(self, self, self.pulls, desk, lambda: self.now, lambda: self.real or self.now)

    def all(self) -> list[str]:
        return [*self.known, "toy/gone", "online_retail/main"]

    def profile(self, source: str) -> Profile:
        return Profile(source, closed_at=NOW if source in self.closed else None)

    def shop(self, source: str) -> Shop:
        if source == "toy/broken":
            raise StoreFailed("the secret could not be read")
        if source not in self.known:
            raise UnknownShop(source)
        return self.known[source]

    def run(self) -> list[str]:
        """What a run begins; the details of its reads."""
        return list(reconcile.reconciled(self.fx)["begun"])

    def reads(self) -> list[tuple[str, str]]:
        """The spans of everything asked for so far, in order."""
        abouts = [rules.read_of(entry.action.data).about for entry in self.book.entries.values()]
        return [(about["since"], about["until"]) for about in abouts]

    def finish(self) -> None:
        """Every page that is open was read."""
        for entry in self.book.entries.values():
            self.pulls.read(entry.action, rules.read_of(entry.action.data), Answer(), 0, self.now)


def test_a_list_is_read_when_its_time_has_come_and_not_while_it_is_being_read():
    stand = Stand(box=FULL)
    assert stand.run() == ["toy/box orders"]
    stand.now += HOUR
    assert stand.run() == [], "it is still being read"
    stand.finish()
    stand.now += HOUR
    assert stand.run() == ["toy/box orders"]
    stand.finish()
    stand.now += HOUR / 2
    assert stand.run() == [], "read half an hour ago"


def test_a_reading_that_is_stuck_is_given_up_in_time():
    stand = Stand(box=FULL)
    stand.run()
    stand.now += pulls.STALE
    assert stand.run() == ["toy/box orders"]


def test_each_reading_goes_back_as_far_as_rows_may_still_change():
    stand = Stand(box=FULL)
    stand.run()
    assert stand.reads() == [(times.text(NOW - 7 * DAY), times.text(NOW))]
    stand.finish()
    stand.now += 3 * DAY
    stand.run()
    assert stand.reads()[1] == (times.text(NOW - 4 * DAY), times.text(NOW + 3 * DAY))


def test_after_a_long_silence_it_goes_back_to_where_the_list_was_whole():
    stand = Stand(box=FULL)
    stand.run()
    stand.finish()
    stand.now += 40 * DAY
    stand.run()
    assert [since for since, _ in stand.reads()[1:]] == [times.text(NOW - HOUR), times.text(NOW - HOUR + 30 * DAY)]


def test_but_never_further_than_the_platform_allows():
    stand = Stand(box=FULL)
    stand.run()
    stand.finish()
    stand.now += 400 * DAY
    stand.run()
    assert stand.reads()[1][0] == times.text(stand.now - 90 * DAY)


def test_feeds_tell_complete_from_empty_from_late():
    stand = Stand(box=FULL)
    stand.run()
    assert [one.condition for one in stand.pulls.feeds(stand.now)] == ["reading"]
    stand.finish()
    assert [one.condition for one in stand.pulls.feeds(stand.now)] == ["empty"]
    stand.now += 4 * HOUR
    assert [one.condition for one in stand.pulls.feeds(stand.now)] == ["late"]


def test_shops_that_cannot_be_read_are_passed_over_and_hold_up_nobody():
    stand = Stand(broken=FULL, bare=Shop(("word",)), half=Shop(("word",), {"refresh_token": "r"}), closed=FULL, box=FULL)
    stand.closed.add("toy/closed")
    assert stand.run() == ["toy/box orders"]


def test_history_goes_back_as_far_as_the_platform_allows():
    stand = Stand(box=FULL)
    assert reconcile.history("toy/box", stand.fx) == {"orders": 3}
    assert stand.reads()[0][0] == times.text(NOW - 90 * DAY) and stand.reads()[-1][1] == times.text(NOW)
    assert {e.action.data["origin"] for e in stand.book.entries.values()} == {"import"}
    assert reconcile.history("toy/box", Stand(box=FULL).fx, since=NOW - 10 * DAY) == {"orders": 1}
    assert reconcile.history("toy/box", Stand(box=FULL).fx, only=["reviews"]) == {}


def test_a_laptops_moved_clock_asks_no_platform_for_its_future():
    stand = Stand(box=FULL)
    stand.now, stand.real = NOW + 21 * DAY, NOW
    reconcile.history("toy/box", stand.fx, since=NOW - 10 * DAY)
    stand.finish()
    stand.now += HOUR
    stand.run()
    assert {until for _, until in stand.reads()} == {times.text(NOW)}


def test_history_says_what_is_missing():
    with pytest.raises(ConfigurationError, match="refresh_token"):
        reconcile.history("toy/bare", Stand(bare=Shop(("word",))).fx)
    with pytest.raises(ConfigurationError, match="--with id="):
        reconcile.history("toy/half", Stand(half=Shop(("word",), {"refresh_token": "r"})).fx)


def test_parts_are_read_oldest_first_and_cover_the_span_without_gaps():
    resource = platforms.get("toy").READS["orders"]
    stand = Stand(box=FULL)
    reconcile.pull("toy/box", pulls.span("orders", NOW - 75 * DAY, NOW), resource, "import", stand.fx, NOW)
    spans = stand.reads()
    assert spans == sorted(spans) and all(spans[n][1] == spans[n + 1][0] for n in range(len(spans) - 1))
