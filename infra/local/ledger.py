"""What the local stack keeps on disk: one SQLite file, so that a kill at any point leaves the state before or after a write.

Items and stream records are rows, written as they change; every other service is one row, replaced when it changed.
Standard library only: the emulator's Python imports it.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import NamedTuple

_SCHEMA = """
CREATE TABLE IF NOT EXISTS service (name TEXT PRIMARY KEY, state TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS blob (name TEXT PRIMARY KEY, body BLOB NOT NULL);
CREATE TABLE IF NOT EXISTS item (
    scope TEXT, name TEXT, pk TEXT, sk TEXT, body TEXT NOT NULL, PRIMARY KEY (scope, name, pk, sk)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS record (
    scope TEXT, name TEXT, position INTEGER, body TEXT NOT NULL, PRIMARY KEY (scope, name, position)) WITHOUT ROWID;
"""


Table = tuple[str, str]


class Item(NamedTuple):
    """An item of a table: account and region, table, keys as text, and the item as JSON or None when it is gone."""

    scope: str
    name: str
    pk: str
    sk: str
    body: str | None


class Record(NamedTuple):
    """A record of a table's stream at its position since the stream began."""

    scope: str
    name: str
    position: int
    body: str


class Ledger:
    """The file. Every method that writes is one transaction."""

    def __init__(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self._db = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
        self._db.execute("PRAGMA journal_mode=WAL")
        self._db.execute("PRAGMA synchronous=NORMAL")
        self._db.executescript(_SCHEMA)
        self._written: dict[str, int] = {}

    def services(self) -> dict[str, str]:
        """The services' states as JSON, by name."""
        return dict(self._db.execute("SELECT name, state FROM service"))

    def blob(self, name: str) -> bytes:
        """The bytes kept under `name`."""
        return bytes(self._db.execute("SELECT body FROM blob WHERE name = ?", (name,)).fetchone()[0])

    def keep_blob(self, name: str, body: bytes) -> None:
        """Keep `body` under `name`, its hash."""
        self._db.execute("INSERT OR IGNORE INTO blob VALUES (?, ?)", (name, body))

    def items(self) -> Iterator[Item]:
        """Every item of every table."""
        return (Item(*row) for row in self._db.execute("SELECT scope, name, pk, sk, body FROM item"))

    def records(self) -> Iterator[Record]:
        """The stream records not yet read by all, in order."""
        return (Record(*row) for row in self._db.execute("SELECT * FROM record ORDER BY scope, name, position"))

    def note(self, items: Iterable[Item], records: Iterable[Record]) -> None:
        """Write changed items and new stream records together: a change is never kept without its record."""
        with self._transaction() as db:
            self._put(db, items, records)

    def save(self, services: Mapping[str, str], items: Iterable[Item], records: Iterable[Record],
             read: Mapping[Table, int], tables: set[Table]) -> None:
        """Write what changed of everything; forget stream records before position `read` and tables that are no more."""
        changed = self._changed(services)
        with self._transaction() as db:
            self._put(db, items, records)
            self._put_services(db, changed)
            forgotten = [(*key, position) for key, position in read.items()]
            db.executemany("DELETE FROM record WHERE scope = ? AND name = ? AND position < ?", forgotten)
            for gone in self._names(db) - tables:
                self._forget(db, gone)
        self._written |= {name: hash(state) for name, state in changed.items()}

    def keep(self, services: Mapping[str, str]) -> None:
        """Write these services' states, if they changed, and nothing else."""
        if changed := self._changed(services):
            with self._transaction() as db:
                self._put_services(db, changed)
            self._written |= {name: hash(state) for name, state in changed.items()}

    def rewrite(self, table: Table, items: Iterable[Item]) -> None:
        """Replace all items of one table."""
        with self._transaction() as db:
            db.execute("DELETE FROM item WHERE scope = ? AND name = ?", table)
            self._put(db, items, ())

    def close(self) -> None:
        """Close the file."""
        self._db.close()

    def _changed(self, services: Mapping[str, str]) -> dict[str, str]:
        return {name: state for name, state in services.items() if self._written.get(name) != hash(state)}

    @staticmethod
    def _put_services(db: sqlite3.Connection, services: Mapping[str, str]) -> None:
        db.executemany("INSERT OR REPLACE INTO service VALUES (?, ?)", services.items())

    @staticmethod
    def _put(db: sqlite3.Connection, items: Iterable[Item], records: Iterable[Record]) -> None:
        for item in items:
            if item.body is None:
                db.execute("DELETE FROM item WHERE scope = ? AND name = ? AND pk = ? AND sk = ?", item[:4])
            else:
                db.execute("INSERT OR REPLACE INTO item VALUES (?, ?, ?, ?, ?)", item)
        db.executemany("INSERT OR REPLACE INTO record VALUES (?, ?, ?, ?)", records)

    @staticmethod
    def _names(db: sqlite3.Connection) -> set[Table]:
        """Tables that have rows; the keys' own index answers without reading every row."""
        found = set()
        for kind in ("item", "record"):
            row = db.execute(f"SELECT scope, name FROM {kind} ORDER BY scope, name LIMIT 1").fetchone()
            while row:
                found.add(tuple(row))
                after = f"SELECT scope, name FROM {kind} WHERE (scope, name) > (?, ?) ORDER BY scope, name LIMIT 1"
                row = db.execute(after, row).fetchone()
        return found

    @staticmethod
    def _forget(db: sqlite3.Connection, table: Table) -> None:
        for kind in ("item", "record"):
            db.execute(f"DELETE FROM {kind} WHERE scope = ? AND name = ?", table)

    def _transaction(self) -> _Transaction:
        return _Transaction(self._db)


class _Transaction:
    """All or nothing."""

    def __init__(self, db: sqlite3.Connection) -> None:
        self._db = db

    def __enter__(self) -> sqlite3.Connection:
        self._db.execute("BEGIN IMMEDIATE")
        return self._db

    def __exit__(self, kind: object, *_: object) -> None:
        self._db.execute("ROLLBACK" if kind else "COMMIT")
