"""Keeps the emulator's state across stops and kills, its DynamoDB streams included.

ministack writes its state when it stops cleanly and never its stream records, so that after a restart what no function had
read is lost and the readers' saved positions point past the end. Here every item and stream record is on disk before its
write is answered; everything else is saved whenever something happened. All of it runs on the emulator's event loop, where
its tables change, so a save sees one moment. What is read again after a kill is read twice, never lost.
"""

from __future__ import annotations

import asyncio
import logging
import time
from types import ModuleType
from typing import Any

from .form import Form
from .ledger import Item, Ledger, Table
from .streams import Streams, table_of

_LOG = logging.getLogger("wellkept")
_FOREVER = 10 * 365 * 24 * 3600
_AT_ONCE = "secretsmanager"
_AT_STOP_ONLY = ("cloudwatch", "cloudwatch_logs", "cloudtrail")
_USED = {
    "app": ("_build_persistence_save_dict", "_load_persisted_state", "_state_map", "_get_module", "save_all", "app"),
    "persistence": ("_json_default", "_json_object_hook"),
    "dynamodb": ("_tables", "_set_item", "_remove_item", "_stream_records", "_stream_trimmed", "_STREAM_RETENTION_SECONDS"),
    "lambdas": ("_esms", "_dynamodb_stream_positions", "_write_code_blob", "_prune_orphan_code_blobs"),
}


class Keeper:
    """Watches the tables of a ministack that has just been imported, and saves and restores its state.

    `every` is the least time between two saves in seconds; a save never takes more than a tenth of the time.
    """

    def __init__(self, ledger: Ledger, app: Any, persistence: Any, dynamodb: Any, lambdas: Any, *, every: float = 2) -> None:
        _check(app=app, persistence=persistence, dynamodb=dynamodb, lambdas=lambdas)
        self._ledger, self._every = ledger, every
        self._app, self._persistence, self._dynamodb, self._lambdas = app, persistence, dynamodb, lambdas
        self._changed: set[tuple[int, str, str]] = set()
        self._whole: dict[Table, Any] = {}
        self._blobs: set[str] | None = None
        self._form = Form(ledger, persistence)
        self._streams = Streams(ledger, dynamodb, lambdas, self._form)
        self._busy = True
        self._deployed: list[tuple[str, str, str]] = []

    # -- watching ------------------------------------------------------------------------------------------------------

    def watch(self) -> None:
        """Put this keeper between ministack and its own persistence. Call once, before it serves."""
        self._watch_items()
        self._watch_secrets()
        self._streams.lock_readers()
        self._keep_blobs()
        self._watch_requests()
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

    def _watch_secrets(self) -> None:
        """Write the secrets before a request about them is answered: a shop that is connected stays so."""
        secrets = self._app._get_module(_AT_ONCE)
        handle = secrets.handle_request

        async def handle_and_keep(*request: Any) -> Any:
            answer = await handle(*request)
            if not self._deploying():
                self._ledger.keep({_AT_ONCE: self._form.text(secrets.get_state())})
            return answer

        secrets.handle_request = handle_and_keep

    def _noting(self, change: Any) -> Any:
        def noted(table: Any, pk: Any, sk: Any, *more: Any) -> Any:
            self._changed.add((id(table["items"]), pk, sk))
            return change(table, pk, sk, *more)

        return noted

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

    def _watch_requests(self) -> None:
        """Note that something may have changed, and save a deployment before the first answer after its end."""
        serve = self._app.app

        async def watched(scope: Any, receive: Any, send: Any) -> None:
            if scope["type"] == "http":
                self._busy = True
                self._keep_deployment()
            await serve(scope, receive, send)

        self._app.app = watched

    def _keep_deployment(self) -> None:
        stacks = self._stacks()
        if stacks != self._deployed and not self._deploying():
            self._deployed = stacks
            self._save_or_say()

    # -- saving --------------------------------------------------------------------------------------------------------

    def note(self) -> None:
        """Write the items changed and the stream records made since the last time."""
        self._rewrite_replaced()
        self._ledger.note(self._changes(), self._streams.new())

    def save(self, *, last: bool = False) -> None:
        """Write everything that changed; with `last` also logs and metrics, which a kill may cost.

        While a stack is being changed only items and records are written: after a kill it is as before the change.
        """
        if not last and self._deploying():
            self.note()
            return
        positions = self._streams.positions()
        self._rewrite_replaced()
        tables = {table_of(key) for key in self._dynamodb._tables._data}
        self._ledger.save(self._states(last), self._changes(), self._streams.new(), positions, tables)
        self._streams.cut(positions)
        if self._blobs is not None:
            self._prune(self._blobs)

    def _states(self, last: bool) -> dict[str, str]:
        found: dict[str, str] = {}
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
        return any(status.endswith("IN_PROGRESS") for _, status, _ in self._stacks())

    def _stacks(self) -> list[tuple[str, str, str]]:
        """Each stack, its status, and when that was last changed."""
        stacks = list(self._app._get_module("cloudformation")._stacks._data.values())
        return [(str(one.get("StackId")), str(one.get("StackStatus", "")), str(one.get("LastUpdatedTime"))) for one in stacks]

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
                found.append(Item(*table_of(key), pk, sk, None if item is None else self._form.text(item)))
        return found

    def _rewrite_replaced(self) -> None:
        """A table whose items were replaced as a whole (a failed transaction does that) is written as a whole."""
        for key, table in self._dynamodb._tables._data.items():
            if self._whole.get(table_of(key)) is not table["items"]:
                self._whole[table_of(key)] = table["items"]
                rows = [Item(*table_of(key), pk, sk, self._form.text(item))
                        for pk, items in table["items"].items() for sk, item in items.items()]
                self._ledger.rewrite(table_of(key), rows)

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
                self._streams.restore(states[name])
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

    def _save_or_say(self) -> None:
        try:
            self.save()
        except Exception:
            self._busy = True
            _LOG.exception("State not saved; the next save tries again")

    async def _save_now_and_then(self) -> None:
        pause = self._every
        while True:
            await asyncio.sleep(pause)
            if not self._busy:
                continue
            self._busy, began = False, time.monotonic()
            self._save_or_say()
            pause = max(self._every, 10 * (time.monotonic() - began))


def _check(**modules: ModuleType | Any) -> None:
    missing = [f"{module}.{name}" for module, names in _USED.items() for name in names if not hasattr(modules[module], name)]
    if missing:
        raise RuntimeError(f"this ministack is not the version in requirements-ministack.txt; it lacks {', '.join(missing)}")
