"""The streams of the emulator's DynamoDB tables: their records on disk as they are made, cut once all have read them."""

from __future__ import annotations

import threading
import time
from typing import Any

from .form import Form
from .ledger import Ledger, Record, Table


class Streams:
    """The records of every stream, and how far its readers have come. Positions count from a stream's beginning."""

    def __init__(self, ledger: Ledger, dynamodb: Any, lambdas: Any, form: Form) -> None:
        self._ledger, self._dynamodb, self._lambdas, self._form = ledger, dynamodb, lambdas, form
        self._noted: dict[Table, int] = {}
        self._reading = threading.RLock()

    def lock_readers(self) -> None:
        """A reader must never see a stream between the cut of its records and the count of what was cut."""
        for name in ("stream_start_position", "stream_end_position", "stream_records_since", "stream_live_records"):
            setattr(self._dynamodb, name, self._locked(getattr(self._dynamodb, name)))

    def _locked(self, read: Any) -> Any:
        def locked(*args: Any, **more: Any) -> Any:
            with self._reading:
                return read(*args, **more)

        return locked

    def new(self) -> list[Record]:
        """The records made since the last time."""
        found = []
        for key, records in list(self._dynamodb._stream_records._data.items()):
            first = self._dynamodb._stream_trimmed._data.get(key, 0)
            start = max(self._noted.get(table_of(key), 0), first)
            new = enumerate(records[start - first:], start)
            found += [Record(*table_of(key), position, self._form.text(record)) for position, record in new]
            self._noted[table_of(key)] = first + len(records)
        return found

    def positions(self) -> dict[Table, int]:
        """How far all readers of each stream have come; a stream nobody reads is kept whole."""
        at = self._lambdas._dynamodb_stream_positions._data
        found: dict[Table, int] = {}
        for (account, region, reader), mapping in list(self._lambdas._esms._data.items()):
            source = mapping.get("EventSourceArn", "")
            if ":dynamodb:" in source and "/stream/" in source:
                table = (f"{account}|{region}", source.split("/stream/")[0].split("/")[-1])
                position = at.get((account, region, reader), 0)
                found[table] = min(found.get(table, position), position)
        return found

    def cut(self, positions: dict[Table, int]) -> None:
        """Let go of the stream records that all have read."""
        for key, records in list(self._dynamodb._stream_records._data.items()):
            done = positions.get(table_of(key), 0) - self._dynamodb._stream_trimmed._data.get(key, 0)
            if done > 0:
                with self._reading:
                    del records[:done]
                    self._dynamodb._stream_trimmed._data[key] = positions[table_of(key)]

    def restore(self, lambda_state: str) -> None:
        """Put them back: positions count from a stream's beginning, so first the count of what is gone, then the records."""
        saved = self._form.value(lambda_state)
        for key, position in saved["dynamodb_stream_positions"]._data.items():
            source = saved["esms"]._data.get(key, {}).get("EventSourceArn", "")
            table = (*key[:2], source.split("/stream/")[0].split("/")[-1])
            gone = self._dynamodb._stream_trimmed._data.get(table, position)
            self._dynamodb._stream_trimmed._data[table] = min(gone, position)
        now = int(time.time())
        for record in self._ledger.records():
            key = (*record.scope.split("|"), record.name)
            records = self._dynamodb._stream_records._data.setdefault(key, [])
            if not records:
                self._dynamodb._stream_trimmed._data[key] = record.position
            records.append(_fresh(self._form.value(record.body), now))
        for key, records in self._dynamodb._stream_records._data.items():
            self._noted[table_of(key)] = self._dynamodb._stream_trimmed._data[key] + len(records)


def table_of(key: Any) -> Table:
    """Account and region, and the table's name, from the emulator's key."""
    account, region, name = key
    return f"{account}|{region}", name


def _fresh(record: Any, now: int) -> Any:
    """A record is as old as the time the stack ran: hours switched off must not make it too old to be read."""
    record["dynamodb"]["ApproximateCreationDateTime"] = now
    return record
