"""Uploaded files: split once into parts, each put into the log by itself, whatever fails and however often it is repeated."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from chalicelib.model import times
from chalicelib.steps import loader
from tests.fakes import MemoryNotes, MemoryStore

NOW = datetime(2026, 6, 1, 12, tzinfo=UTC)
SPEC = {"format": "standard", "source": "standard/own", "name": "h.jsonl", "received": times.text(NOW)}


class Stopped(BaseException):
    """The process ended here."""


class Objects:
    """Uploads in memory. `fault(verb)` is called before each verb and may raise."""

    def __init__(self) -> None:
        self.kept: dict[tuple[str, str], bytes] = {}
        self.asked: list[dict[str, Any]] = []
        self.fault: Callable[[str], None] = lambda verb: None

    def fetch_file(self, upload: str, name: str, path: Path) -> bool:
        self.fault("fetch")
        if (upload, name) in self.kept:
            path.write_bytes(self.kept[upload, name])
        return (upload, name) in self.kept

    def send_file(self, upload: str, name: str, path: Path) -> None:
        self.put(upload, name, path.read_bytes())

    def put(self, upload: str, name: str, body: bytes) -> None:
        self.fault("put")
        self.kept[upload, name] = body

    def get(self, upload: str, name: str) -> bytes | None:
        self.fault("get")
        return self.kept.get((upload, name))

    def delete(self, upload: str, name: str) -> None:
        self.fault("delete")
        self.kept.pop((upload, name), None)

    def ask(self, upload: str, part: int | None = None) -> None:
        self.fault("ask")
        self.asked.append({"upload": upload} | ({} if part is None else {"part": part}))


class Hashes:
    def hashed(self, text: str) -> str:
        return f"hash of {text}"


class Stand:
    def __init__(self) -> None:
        self.uploads, self.store, self.items = Objects(), MemoryStore(), MemoryNotes()
        self.fx = loader.Effects(self.uploads, self.store, Hashes(), self.items)

    def begin(self, path: Path, **changes: Any) -> None:
        loader.begin("u1", {**SPEC, **changes}, path, self.uploads, self.items)

    def run(self) -> None:
        """Work off the queue, in which a message stays until it was dealt with."""
        while self.uploads.asked:
            message = self.uploads.asked[0]
            failed = loader.load_all([{"messageId": "m", "body": json.dumps(message)}], self.fx)["batchItemFailures"]
            assert failed == []
            self.uploads.asked.remove(message)

    @property
    def progress(self) -> dict[str, Any]:
        return loader.progress(self.items, "u1")


def lines(count: int, spoil: int = 0) -> bytes:
    rows = []
    for n in range(count):
        body = {"id": f"e{n}", "type": "order.placed", "timestamp": "2026-05-01T00:00:00Z", "data": {"order": {"id": str(n)}}}
        rows.append("{" if spoil and n % spoil == 1 else json.dumps(body))
    return "\n".join(rows).encode()


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "h.jsonl"
    path.write_bytes(lines(5000))
    return path


def test_a_file_is_split_and_loaded_in_parts(file: Path):
    stand = Stand()
    stand.begin(file)
    stand.run()
    assert len(stand.store.log) == 5000
    found = stand.progress
    assert (found["rows"], found["documents"], found["new"], found["parts"], found["refused"]) == (5000, 5000, 5000, 3, 0)
    assert loader.ended(found)
    assert {name for _, name in stand.uploads.kept} == {"spec.json"}, "files and parts are gone once they were read"


def test_again_it_changes_nothing(file: Path):
    stand = Stand()
    stand.begin(file)
    stand.run()
    loader.begin("u2", SPEC, file, stand.uploads, stand.items)
    stand.run()
    found = loader.progress(stand.items, "u2")
    assert (found["documents"], found["new"]) == (5000, 0) and len(stand.store.log) == 5000


def test_refused_rows_are_kept_for_who_uploaded(tmp_path: Path):
    path = tmp_path / "h.jsonl"
    path.write_bytes(lines(100, spoil=10))
    stand = Stand()
    stand.begin(path)
    stand.run()
    assert (stand.progress["refused"], stand.progress["documents"]) == (10, 90)
    rejected = stand.uploads.kept["u1", "rejected.csv"].decode()
    assert rejected.count("\n") == 11 and '"2"' in rejected


@pytest.mark.parametrize("changes", [{"source": "not a source"}, {"format": "nonsense"}, {"map": {"kind": "?"}}])
def test_a_file_that_cannot_be_read_says_why_and_is_not_tried_for_ever(file: Path, changes: dict[str, Any]):
    stand = Stand()
    stand.begin(file, **changes)
    stand.run()
    assert stand.progress["problem"] and stand.store.log == {}


def test_stopped_at_any_call_and_run_again_it_is_whole(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(loader, "PART", 20)
    path = tmp_path / "h.jsonl"
    path.write_bytes(lines(70))
    stops = 0
    for n in range(1, 60):
        stand = Stand()
        stand.begin(path)
        countdown = [n]

        def strike(verb: str, countdown: list[int] = countdown) -> None:
            countdown[0] -= 1
            if countdown[0] == 0:
                raise Stopped(verb)

        stand.uploads.fault = stand.store.fault = strike
        try:
            stand.run()
        except Stopped:
            stops += 1
            stand.run()
        assert len(stand.store.log) == 70 and loader.ended(stand.progress), n
        assert (stand.progress["documents"], stand.progress["parts"]) == (70, 4), n
    assert stops > 25


def test_a_message_about_what_is_gone_is_done():
    stand = Stand()
    assert loader.split("u9", stand.fx) == {"outcome": "gone"}
    assert loader.load("u9", 3, stand.fx) == {"outcome": "gone"}


def test_events_come_through_the_parts_as_they_were(file: Path):
    stand = Stand()
    stand.begin(file)
    stand.run()
    (delivery,) = stand.store.events("standard/own", "order:7")
    assert (delivery.id, delivery.received, str(delivery.origin)) == ("e7", NOW, "import")
    assert delivery.events[0].facts[0].id == "7"
