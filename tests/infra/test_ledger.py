"""The ledger: all of a write or none, and only what is still needed."""

from __future__ import annotations

from pathlib import Path

import pytest

from infra.local.ledger import Item, Ledger, Record

HERE = ("000000000000|us-east-1", "events")


def record(position: int, body: str = "{}") -> Record:
    return Record(*HERE, position, body)


@pytest.fixture
def ledger(tmp_path: Path) -> Ledger:
    return Ledger(tmp_path / "state.sqlite")


def test_what_was_noted_is_there_after_reopening_without_closing(ledger: Ledger, tmp_path: Path) -> None:
    ledger.note([Item(*HERE, "a", "1", "{}"), Item(*HERE, "b", "1", "{}")], [record(7), record(8)])
    ledger.note([Item(*HERE, "a", "1", None)], [])
    again = Ledger(tmp_path / "state.sqlite")
    assert [item.pk for item in again.items()] == ["b"]
    assert [one.position for one in again.records()] == [7, 8]


def test_a_save_forgets_read_records_and_gone_tables(ledger: Ledger) -> None:
    ledger.note([Item(*HERE, "a", "1", "{}"), Item(HERE[0], "gone", "a", "1", "{}")], [record(n) for n in range(5)])
    ledger.save({"sqs": "{}"}, [], [], {HERE: 3}, {HERE})
    assert [item.name for item in ledger.items()] == ["events"]
    assert [one.position for one in ledger.records()] == [3, 4]
    assert ledger.services() == {"sqs": "{}"}


def test_a_save_that_breaks_half_way_changes_nothing(ledger: Ledger) -> None:
    ledger.save({"lambda": "before"}, [], [record(1)], {}, {HERE})
    with pytest.raises(ZeroDivisionError):
        ledger.save({"lambda": "after"}, (Item(*HERE, "a", "1", str(1 // n)) for n in (1, 0)), [], {HERE: 9}, {HERE})
    assert ledger.services() == {"lambda": "before"}
    assert [*ledger.items()] == []
    assert [one.position for one in ledger.records()] == [1]


def test_a_table_is_rewritten_as_a_whole(ledger: Ledger) -> None:
    ledger.note([Item(*HERE, "old", "1", "{}"), Item(HERE[0], "other", "x", "1", "{}")], [])
    ledger.rewrite(HERE, [Item(*HERE, "new", "1", "{}")])
    assert {(item.name, item.pk) for item in ledger.items()} == {("events", "new"), ("other", "x")}


def test_blobs_are_kept_once(ledger: Ledger) -> None:
    ledger.keep_blob("hash", b"\0layer")
    ledger.keep_blob("hash", b"\0layer")
    assert ledger.blob("hash") == b"\0layer"
