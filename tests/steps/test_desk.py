"""The desk: an action is always in the work queue or in the due index, whoever wrote it and wherever he ended."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from chalicelib.effects.outbox import SHARDS
from chalicelib.model.action import Action, ActionKind, ActionStatus
from chalicelib.steps.desk import Desk
from tests.fakes import MemoryOutbox, MemoryWork

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
ACTION = Action("k", ActionKind.MESSAGE, "shopify/acme", "order:1", NOW, NOW + timedelta(days=1))


def indexed(book: MemoryOutbox) -> list[str]:
    return [key for shard in range(SHARDS) for _, key in book.due(shard, NOW - timedelta(1), NOW + timedelta(9))]


@pytest.mark.parametrize(
    ("due", "queued", "waits"),
    [(-60, [("k", 0)], []), (0, [("k", 0)], []), (15, [("k", 15)], []), (15.1, [], ["k"]), (600, [], ["k"])],
)
def test_what_is_due_within_a_quarter_of_an_hour_is_queued_and_the_rest_is_indexed(due, queued, waits):
    book, work = MemoryOutbox(), MemoryWork()
    Desk(book, work).put(replace(ACTION, due_at=NOW + due * MINUTE), NOW)

    assert [(key, delay / MINUTE) for key, delay in work.sent] == queued
    assert indexed(book) == waits


def test_what_was_known_is_queued_again_because_its_writer_may_have_ended_before():
    book, work = MemoryOutbox(), MemoryWork(broken=True)
    with pytest.raises(ConnectionError):
        Desk(book, work).put(ACTION, NOW)
    work.broken = False

    assert Desk(book, work).put(ACTION, NOW) is False
    assert work.keys == ["k"]


def test_old_news_is_recorded_and_goes_nowhere():
    book, work = MemoryOutbox(), MemoryWork()
    Desk(book, work).put(replace(ACTION, status=ActionStatus.SUPPRESSED, why="old news"), NOW)

    assert work.keys == indexed(book) == []
    assert book.entries["k"].action.why == "old news"


@pytest.mark.parametrize(("later", "queued", "waits"), [(5, ["k"], []), (60, [], ["k"])])
def test_a_claim_that_is_given_back_is_in_one_of_the_two(later, queued, waits):
    book, work = MemoryOutbox(), MemoryWork()
    book.add(replace(ACTION, due_at=NOW), True, NOW)
    claimed = book.claim("k", "t", NOW)
    Desk(book, work).put_back(claimed, NOW + later * MINUTE, "refused", NOW)

    assert (work.keys, indexed(book)) == (queued, waits)
    assert book.entries["k"].status is ActionStatus.READY


def test_on_the_laptop_all_is_indexed_because_its_queue_may_forget():
    book, work = MemoryOutbox(), MemoryWork()
    Desk(book, work, timedelta(seconds=5), index_all=True).put(ACTION, NOW)

    assert (work.keys, indexed(book)) == (["k"], ["k"])
