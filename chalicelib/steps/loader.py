"""Loader: files too large for one person's line or one function's time. A file that was uploaded is split once into parts of
the deliveries it holds; each part is put into the log by itself, many at once.

Splitting streams the file, so memory does not grow with it. Parts are numbered and made of the content, so a split that was cut
off is repeated over itself; what the log holds already is left as it is.
"""

from __future__ import annotations

import base64
import json
import tempfile
import zlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any, Protocol

from .. import formats
from ..effects import files
from ..effects import log as lines
from ..effects.keys import Keys
from ..effects.queue import worked_off
from ..effects.settings_items import SettingsItems
from ..effects.store import Store
from ..effects.uploads import FILE, REJECTED, SPEC, Uploads
from ..formats import Format, mapped
from ..model import log, times
from ..model.errors import BadPayload
from ..model.event import Delivery
from ..model.words import Origin
from ..settings import Settings
from . import import_

PART = 2000
_TRIES = 20
_PREFIX = "import#"
Item = dict[str, Any]


class Log(Protocol):
    """The log; effects.store.Store is one."""

    def add(self, deliveries: Sequence[Delivery]) -> int: ...


class Objects(Protocol):
    """What was uploaded; effects.uploads.Uploads is one."""

    def fetch_file(self, upload: str, name: str, path: Path) -> bool: ...
    def send_file(self, upload: str, name: str, path: Path) -> None: ...
    def put(self, upload: str, name: str, body: bytes) -> None: ...
    def get(self, upload: str, name: str) -> bytes | None: ...
    def delete(self, upload: str, name: str) -> None: ...
    def ask(self, upload: str, part: int | None = None) -> None: ...


class Items(Protocol):
    """Where progress is noted; effects.settings_items.SettingsItems is one."""

    def get(self, name: str) -> Any: ...
    def swap(self, name: str, before: Any, value: Any) -> bool: ...


class Listing(Protocol):
    """Where all progress can be looked through; effects.settings_items.SettingsItems is one."""

    def under(self, prefix: str) -> Iterator[tuple[str, Any]]: ...


@dataclass(frozen=True, slots=True)
class Effects:
    """What loading touches."""

    uploads: Objects
    store: Log
    keys: import_.Keyed
    items: Items


def prepare(settings: Settings) -> Callable[[Sequence[Mapping[str, Any]]], dict[str, Any]]:
    """The step, with its clients made."""
    uploads, items = Uploads(settings.blobs_bucket, settings.import_queue), SettingsItems(settings.settings_table)
    fx = Effects(uploads, Store(settings), Keys(settings), items)
    return lambda records: load_all(records, fx)


def load_all(records: Sequence[Mapping[str, Any]], fx: Effects) -> dict[str, Any]:
    """Work off a batch of messages of the import queue; those that failed stay in the queue."""

    def one(record: Mapping[str, Any]) -> None:
        asked = json.loads(record["body"])
        with lines.unit("loader", upload=asked["upload"], part=asked.get("part")):
            lines.note(**(split(asked["upload"], fx) if "part" not in asked else load(asked["upload"], asked["part"], fx)))

    return worked_off(records, one)


@dataclass(slots=True)
class _Parts:
    """Stands in for the log while a file is split: what is added is kept as parts instead."""

    upload: str
    fx: Effects
    source: str
    waiting: list[Delivery] = field(default_factory=list)
    count: int = 0

    def add(self, deliveries: Sequence[Delivery]) -> int:
        self.waiting += deliveries
        while len(self.waiting) >= PART:
            self._keep(self.waiting[:PART])
            self.waiting = self.waiting[PART:]
        return 0

    def close(self) -> None:
        if self.waiting:
            self._keep(self.waiting)
        self.waiting = []

    def _keep(self, some: Sequence[Delivery]) -> None:
        self.fx.uploads.put(self.upload, _part(self.count), _packed(some))
        self.fx.uploads.ask(self.upload, self.count)
        self.count += 1


def split(upload: str, fx: Effects) -> dict[str, Any]:
    """Split an uploaded file into parts. A file that cannot be read as a whole is noted with its cause and not tried again."""
    said = fx.uploads.get(upload, SPEC)
    if said is None:
        return {"outcome": "gone"}
    spec = json.loads(said)
    parts = _Parts(upload, fx, spec["source"])
    with tempfile.TemporaryDirectory() as folder:
        path, rejected = Path(folder) / Path(spec["name"]).name, Path(folder) / REJECTED
        if not fx.uploads.fetch_file(upload, FILE, path):
            return {"outcome": "gone"}
        try:
            summary = _read(path, rejected, spec, parts, fx)
            parts.close()
        except BadPayload as err:
            refused = {"problem": err.cause, "split": True, "parts": parts.count}
            _change(fx, upload, lambda item: {**item, **refused})
            return {"outcome": "refused", "why": err.cause}
        if rejected.exists():
            fx.uploads.send_file(upload, REJECTED, rejected)
    done = {"rows": summary.rows, "documents": summary.documents, "refused": summary.refused, "skipped": summary.skipped}
    _change(fx, upload, lambda item: {**item, **done, "split": True, "parts": parts.count})
    fx.uploads.delete(upload, FILE)
    return {"parts": parts.count, "rows": summary.rows}


def _read(path: Path, rejected: Path, spec: Mapping[str, Any], parts: _Parts, fx: Effects) -> import_.Summary:
    received, reading = times.parse(spec["received"], "received"), files.Reading(spec.get("encoding"))

    def told(done: import_.Progress) -> None:
        # The last word comes with the summary.
        if done.share < 1:
            so_far = {"rows": done.rows, "parts": parts.count}
            _change(fx, parts.upload, lambda item: None if item.get("split") else {**item, **so_far})

    return import_.import_file(
        path, _format(spec), spec["source"], parts, fx.keys, received, progress=told, rejected=rejected, reading=reading
    )


def _format(spec: Mapping[str, Any]) -> Format:
    """What the file is: by a map, or by the name of a format."""
    return mapped.made(spec["map"]) if spec.get("map") else formats.get(spec["format"])


def load(upload: str, part: int, fx: Effects) -> dict[str, Any]:
    """Put a part's deliveries into the log. Safe to repeat: a part that is gone was loaded."""
    packed, said = fx.uploads.get(upload, _part(part)), fx.uploads.get(upload, SPEC)
    if packed is None or said is None:
        return {"outcome": "gone"}
    spec = json.loads(said)
    deliveries = _unpacked(packed, spec["source"], times.parse(spec["received"], "received"))
    new = fx.store.add(deliveries)

    def noted(item: Item) -> Item | None:
        if part in item.get("loaded", []):
            return None
        return {**item, "loaded": sorted([*item.get("loaded", []), part]), "new": item.get("new", 0) + new}

    _change(fx, upload, noted)
    fx.uploads.delete(upload, _part(part))
    return {"deliveries": len(deliveries), "new": new}


def begin(upload: str, spec: Mapping[str, Any], path: Path, uploads: Objects, items: Items) -> None:
    """Upload a file and ask for it to be split. The spec is kept before the file, and both before anybody is asked."""
    uploads.put(upload, SPEC, json.dumps(spec).encode())
    uploads.send_file(upload, FILE, path)
    items.swap(_PREFIX + upload, None, {"name": spec["name"], "source": spec["source"], "began": spec["received"]})
    uploads.ask(upload)


def progress(items: Items, upload: str) -> Item:
    """How far an upload is: rows, parts, loaded parts, new, refused, whether it is split, and what is wrong with it."""
    return items.get(_PREFIX + upload) or {}


def uploads(items: Listing) -> list[tuple[str, Item]]:
    """Every upload that is remembered, latest first, for operators' commands: it scans."""
    found = [(name.removeprefix(_PREFIX), item) for name, item in items.under(_PREFIX)]
    return sorted(found, reverse=True, key=lambda one: one[0])


def ended(item: Mapping[str, Any]) -> bool:
    """Whether an upload was split and all of its parts loaded."""
    return bool(item.get("split")) and len(item.get("loaded", [])) >= item.get("parts", 0)


def _change(fx: Effects, upload: str, change: Callable[[Item], Item | None]) -> None:
    for _ in range(_TRIES):
        before = fx.items.get(_PREFIX + upload)
        after = change(dict(before or {}))
        if after is None or fx.items.swap(_PREFIX + upload, before, after):
            return
    raise RuntimeError(f"the progress of upload {upload} changed under {_TRIES} attempts to write it")


def _part(number: int) -> str:
    return f"part-{number:06}"


def _packed(deliveries: Sequence[Delivery]) -> bytes:
    """Deliveries of one source, time and origin, compressed."""
    rows = [[one.id, one.subject, _text(log.pack(log.dump_events(one.events))), _text(one.sealed or b"")] for one in deliveries]
    return zlib.compress(json.dumps(rows, ensure_ascii=False).encode(), 6)


def _unpacked(packed: bytes, source: str, received: datetime) -> list[Delivery]:
    return [
        Delivery(
            id_, source, subject, log.load_events(log.unpack(base64.b64decode(events))), received, Origin.IMPORT,
            base64.b64decode(sealed) or None,
        )
        for id_, subject, events, sealed in json.loads(zlib.decompress(packed))
    ]  # fmt: skip


def _text(data: bytes) -> str:
    return base64.b64encode(data).decode()
