"""Keeps the emulator's state across stops and kills, its DynamoDB streams included.

ministack writes its state when it stops cleanly and never its stream records, so that after a restart what no function had
read is lost and the readers' saved positions point past the end. Here every item and stream record is on disk before its
write is answered; everything else is saved whenever something happened. All of it runs on the emulator's event loop, where
its tables change, so a save sees one moment. What is read again after a kill is read twice, never lost.
"""

from __future__ import annotations

import asyncio
import logging
import threading
import time
from types import ModuleType
from typing import Any

from .form import Form
from .ledger import Item, Ledger, Record

_LOG = logging.getLogger("wellkept")
_FOREVER = 10 * 365 * 24 * 3600
_AT_STOP_ONLY = ("cloudwatch", "cloudwatch_logs", "cloudtrail")
_USED = {
    "app": ("_build_persistence_save_dict", "_load_persisted_state", "_state_map", "_get_module", "save_all", "app"),
    "persistence": ("_json_default", "_json_object_hook"),
    "dynamodb": ("_tables", "_set_item", "_remove_item", "_stream_records", "_stream_trimmed", "_STREAM_RETENTION_SECONDS"),
    "lambdas": ("_esms", "_dynamodb_stream_positions", "_write_code_blob", "_prune_orphan_code_blobs"),
}
Table = tuple[str, str]


class Keeper:
    """Watches the tables of a ministack that has just been imported, and saves and restores its state.

    `every` is the least time between two saves in seconds; a save never takes more than a tenth of the time.
    """

    def __init__(self, ledger: Ledger, app: Any, persistence: Any, dynamodb: Any, lambdas: Any, *, every: float = 2) -> None:
        _check(app=app, persistence=persistence, dynamodb=dynamodb, lambdas=lambdas)
        self._ledger, self._every = ledger, every
        self._app, self._persistence, self._dynamodb, self._lambdas = app, persistence, dynamodb, lambdas
        self._changed: set[tuple[int, str, str]] = set()
        self._noted: dict[Table, int] = {}
        self._whole: dict[Table, Any] = {}
        self._blobs: set[str] | None = None
        self._form = Form(ledger, persistence)
        self._reading = threading.RLock()
        self._busy = True

    # -- watching ------------------------------------------------------------------------------------------------------

    def watch(self) -> None:
        """Put this keeper between ministack and its own persistence. Call once, before it serves."""
        self._watch_items()
        self._lock_readers()
        self._keep_blobs()
        self._count_requests()
        self._dynamodb._STREAM_RETENTION_SECONDS = _FOREVER
        self._app._load_persisted_state = self.start
        self._app.save_all = lambda _: self.save(last=True)

    def _watch_items(self) -> None:
        """Note every item that changes, and write it before its request is answered."""
        for name in ("_set_item", "_remove_item"):
            setattr(self._dynamodb, name, self._noting(getattr(self._dynamodb, name)))
        handle = self._dynamodb.handle_request

        async def handle_and_note(*request: Any) -> Any:
            answer = await handle(*request)
            if self._changed:
                self.note()
            return answer

        self._dynamodb.handle_request = handle_and_note

    def _noting(self, change: Any) -> Any:
        def noted(table: Any, pk: Any, sk: Any, *more: Any) -> Any:
            self._changed.add((id(table["items"]), pk, sk))
            return change(table, pk, sk, *more)

        return noted

    def _lock_readers(self) -> None:
        """A reader must never see a stream between the cut of its records and the count of what was cut."""
        for name in ("stream_start_position", "stream_end_position", "stream_records_since", "stream_live_records"):
            setattr(self._dynamodb, name, self._locked(getattr(self._dynamodb, name)))

    def _locked(self, read: Any) -> Any:
        def locked(*args: Any, **more: Any) -> Any:
            with self._reading:
                return read(*args, **more)

        return locked

    def _keep_blobs(self) -> None:
        """Packages are files by hash: hash each once, and delete none before the save that no longer needs it."""
        write = self._lambdas._write_code_blob
        known: dict[int, tuple[str, bytes]] = {}

        def write_once(code: bytes) -> str:
            if id(code) not in known:
                known[id(code)] = (write(code), code)
            return known[id(code)][0]

        def remember(used: set[str]) -> None:
            self._blobs = used

        self._prune = self._lambdas._prune_orphan_code_blobs
        self._lambdas._write_code_blob, self._lambdas._prune_orphan_code_blobs = write_once, remember

    def _count_requests(self) -> None:
        serve = self._app.app

        async def counted(scope: Any, receive: Any, send: Any) -> None:
            self._busy = self._busy or scope["type"] == "http"
            await serve(scope, receive, send)

        self._app.app = counted

    # -- saving --------------------------------------------------------------------------------------------------------

    def note(self) -> None:
        """Write the items changed and the stream records made since the last time."""
        self._rewrite_replaced()
        self._ledger.note(self._changes(), self._new_records())

    def save(self, *, last: bool = False) -> None:
        """Write everything that changed; with `last` also logs and metrics, which a kill may cost.

        While a stack is being changed only items and records are written: after a kill it is as before the change.
        """
        if not last and self._deploying():
            self.note()
            return
        positions = self._positions()
        self._rewrite_replaced()
        tables = {_table(key) for key in self._dynamodb._tables._data}
        self._ledger.save(self._states(last), self._changes(), self._new_records(), positions, tables)
        self._cut(positions)
        if self._blobs is not None:
            self._prune(self._blobs)

    def _states(self, last: bool) -> dict[str, str]:
        found = {}
        for name, state in self._app._build_persistence_save_dict().items():
            if not last and name in _AT_STOP_ONLY:
                continue
            value = self._tables_alone(state) if name == "dynamodb" else state()
            if value is not None:
                self._write_down(found, name, value)
        return found

    def _write_down(self, found: dict[str, str], name: str, value: Any) -> None:
        """Put a service's state in words. One that has none keeps its last saved state; it must not cost the others theirs."""
        try:
            found[name] = self._form.text(value)
        except TypeError:
            if name == "dynamodb":
                raise
            _LOG.exception("The state of %s cannot be saved; it stays as it was saved last", name)

    def _deploying(self) -> bool:
        stacks = self._app._get_module("cloudformation")._stacks
        return any(stack.get("StackStatus", "").endswith("IN_PROGRESS") for stack in list(stacks._data.values()))

    def _tables_alone(self, state: Any) -> Any:
        """DynamoDB's state without the items, which are rows of their own."""
        full = self._dynamodb._tables
        slim = type(full)()
        slim._data = {key: {name: part for name, part in table.items() if name not in ("items", "_index_members")}
                      for key, table in full._data.items()}
        self._dynamodb._tables = slim
        try:
            return state()
        finally:
            self._dynamodb._tables = full

    def _changes(self) -> list[Item]:
        changed, self._changed = self._changed, set()
        tables = {id(table["items"]): (key, table["items"]) for key, table in self._dynamodb._tables._data.items()}
        found = []
        for which, pk, sk in changed:
            if which in tables:
                key, items = tables[which]
                item = items.get(pk, {}).get(sk)
                found.append(Item(*_table(key), pk, sk, None if item is None else self._form.text(item)))
        return found

    def _rewrite_replaced(self) -> None:
        """A table whose items were replaced as a whole (a failed transaction does that) is written as a whole."""
        for key, table in self._dynamodb._tables._data.items():
            if self._whole.get(_table(key)) is not table["items"]:
                self._whole[_table(key)] = table["items"]
                rows = [Item(*_table(key), pk, sk, self._form.text(item))
                        for pk, items in table["items"].items() for sk, item in items.items()]
                self._ledger.rewrite(_table(key), rows)

    def _new_records(self) -> list[Record]:
        found = []
        for key, records in list(self._dynamodb._stream_records._data.items()):
            first = self._dynamodb._stream_trimmed._data.get(key, 0)
            start = max(self._noted.get(_table(key), 0), first)
            new = enumerate(records[start - first:], start)
            found += [Record(*_table(key), position, self._form.text(record)) for position, record in new]
            self._noted[_table(key)] = first + len(records)
        return found

    def _positions(self) -> dict[Table, int]:
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

    def _cut(self, positions: dict[Table, int]) -> None:
        """Let go of the stream records that all have read."""
        for key, records in list(self._dynamodb._stream_records._data.items()):
            done = positions.get(_table(key), 0) - self._dynamodb._stream_trimmed._data.get(key, 0)
            if done > 0:
                with self._reading:
                    del records[:done]
                    self._dynamodb._stream_trimmed._data[key] = positions[_table(key)]

    # -- starting ------------------------------------------------------------------------------------------------------

    def start(self) -> None:
        """Restore what is on disk, then save from time to time. Runs on the event loop, before the first request."""
        self.restore()
        self._saving = asyncio.get_running_loop().create_task(self._save_now_and_then())

    def restore(self) -> None:
        """Put back the state: streams and tables first, functions last, because their readers begin at once."""
        states = self._ledger.services()
        order = sorted(states, key=lambda name: (name == "lambda", name != "dynamodb"))
        for name in order:
            if name == "lambda":
                self._restore_streams(states[name])
            state = self._form.value(states[name])
            if name == "dynamodb":
                self._with_items(state["tables"]._data)
            self._app._get_module(self._app._state_map[name]).load_persisted_state(state)
        _LOG.info("Restored %d services", len(order))

    def _with_items(self, tables: dict[Any, Any]) -> None:
        for table in tables.values():
            table["items"] = {}
        for scope, name, pk, sk, body in self._ledger.items():
            table = tables.get((*scope.split("|"), name))
            if table is not None:
                items = table["items"].setdefault(pk, {})
                items[sk] = self._form.value(body or "")
        for table in tables.values():
            table["ItemCount"] = sum(len(items) for items in table["items"].values())

    def _restore_streams(self, lambda_state: str) -> None:
        """Positions count from the stream's beginning, so the count of what is gone comes first, then the records."""
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
            self._noted[_table(key)] = self._dynamodb._stream_trimmed._data[key] + len(records)

    async def _save_now_and_then(self) -> None:
        pause = self._every
        while True:
            await asyncio.sleep(pause)
            if not self._busy:
                continue
            self._busy, began = False, time.monotonic()
            try:
                self.save()
            except Exception:
                _LOG.exception("State not saved; the next save tries again")
            pause = max(self._every, 10 * (time.monotonic() - began))


def _table(key: Any) -> Table:
    account, region, name = key
    return f"{account}|{region}", name


def _fresh(record: Any, now: int) -> Any:
    """A record is as old as the time the stack ran: hours switched off must not make it too old to be read."""
    record["dynamodb"]["ApproximateCreationDateTime"] = now
    return record


def _check(**modules: ModuleType | Any) -> None:
    missing = [f"{module}.{name}" for module, names in _USED.items() for name in names if not hasattr(modules[module], name)]
    if missing:
        raise RuntimeError(f"this ministack is not the version in requirements-ministack.txt; it lacks {', '.join(missing)}")
