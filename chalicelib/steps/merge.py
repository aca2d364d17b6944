"""merge: fold landed rows into the lake, one object per partition, until none is left or the time is up.

Safe to run twice, to be killed anywhere and to run beside itself: an object is replaced only if it is still the one that was
read, and landed objects are deleted only after every partition they touch is safely put.
"""

from __future__ import annotations

import random
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Any, Protocol

from ..effects import log
from ..effects.objects import Listed, Objects, Stored
from ..model import lake
from ..model.errors import BadPayload, Conflict, StoreFailed, WellkeptError
from ..rules import landed, merged
from ..rules.landed import Landed, Place

if TYPE_CHECKING:
    from ..settings import Settings

UNREADABLE = f"{landed.PREFIX}unreadable/"


class Bucket(Protocol):
    """What merge needs of a bucket; Objects is one."""

    def list(self, prefix: str) -> Iterator[Listed]: ...
    def get(self, key: str) -> Stored | None: ...
    def put(self, key: str, body: bytes) -> None: ...
    def swap(self, key: str, body: bytes, etag: str | None) -> None: ...
    def delete(self, keys: Sequence[str]) -> None: ...


@dataclass(frozen=True, slots=True)
class Limits:
    """`batch`: landed bytes held at once. `seconds`: no new batch after that. `tries`: how often a put may lose to another.

    Measured on order lines: 160 MB landed take about 700 MB of memory, whatever the size of the partition.
    """

    batch: int = 160 * 2**20
    seconds: float = 180
    tries: int = 8


def _today() -> date:
    return datetime.now(UTC).date()


@dataclass(frozen=True, slots=True)
class Merge:
    """A merge ready to run: `merge(event)` does it and tells how many objects and partitions it went through."""

    bucket: Bucket
    limits: Limits = field(default_factory=Limits)
    today: Callable[[], date] = _today
    clock: Callable[[], float] = time.monotonic
    pause: Callable[[float], None] = time.sleep

    def __call__(self, event: Mapping[str, Any] | None = None) -> dict[str, int]:
        """Merge batch by batch, oldest first. StoreFailed at the end if a partition failed: its rows stay in landing/."""
        with log.unit("merge"):
            counts: Counter[str] = Counter(landed=0, written=0, same=0, unreadable=0)
            failed = self._run(counts)
            counts["left"] = sum(1 for _ in self._waiting())
            log.note(**counts)
            if counts["unreadable"]:
                log.note(outcome=log.FAILED, problem=f"unreadable landed objects were set aside under {UNREADABLE}")
            if failed:
                raise StoreFailed(f"{len(failed)} partitions not merged, first: {failed[0]}") from failed[0]
        return dict(counts)

    def _run(self, counts: Counter[str]) -> list[Exception]:
        failed: list[Exception] = []
        tried: set[str] = set()
        until = self.clock() + self.limits.seconds
        while self.clock() < until and (keys := self._next(tried)):
            tried |= set(keys)
            failed += _merge_batch(self, keys, counts)
        return failed

    def _next(self, tried: set[str]) -> list[str]:
        """The oldest landed objects not yet tried in this run, up to the limit of bytes, at least one."""
        keys: list[str] = []
        room = self.limits.batch
        for item in self._waiting():
            if item.key not in tried:
                room -= item.size
                if keys and room < 0:
                    break
                keys.append(item.key)
        return keys

    def _waiting(self) -> Iterator[Listed]:
        return (item for item in self.bucket.list(landed.PREFIX) if not item.key.startswith(UNREADABLE))


def prepare(settings: Settings) -> Merge:
    """The step for the lake's bucket. Arrow is imported now: start-up has full CPU."""
    import pyarrow.compute
    import pyarrow.json
    import pyarrow.parquet  # noqa: F401

    return Merge(Objects(settings.lake_bucket))


def _merge_batch(merge: Merge, keys: Sequence[str], counts: Counter[str]) -> list[Exception]:
    """Merge these landed objects place by place, then delete those of which every place went well. The failures, by place."""
    batch, bad = _load(merge.bucket, keys)
    failed: dict[Place, Exception] = {}
    # `unknown` comes last, so a row that moves is for a moment in two partitions rather than in none.
    for place in sorted({place for one in batch.values() for place in one.places}, key=lambda place: place[::-1]):
        try:
            bad |= _merge_place(merge, place, batch, counts)
        except WellkeptError as err:
            failed[place] = err
    waiting = {key for key, one in batch.items() if one.places & failed.keys()}
    done = [key for key in batch if key not in waiting | bad]
    for key in sorted(bad - waiting):
        _set_aside(merge.bucket, key)
    if done:
        merge.bucket.delete(done)
    counts.update(landed=len(done), unreadable=len(bad - waiting))
    return list(failed.values())


def _load(bucket: Bucket, keys: Sequence[str]) -> tuple[dict[str, Landed], set[str]]:
    """Landed objects by key, and the keys of those that cannot be taken apart. One already gone was merged by another run."""
    found: dict[str, Landed] = {}
    bad: set[str] = set()
    for key in keys:
        if stored := bucket.get(key):
            try:
                found[key] = landed.decode(stored.body)
            except BadPayload:
                bad.add(key)
    return found, bad


def _merge_place(merge: Merge, place: Place, batch: Mapping[str, Landed], counts: Counter[str]) -> set[str]:
    """Merge what the batch says of one place; the keys whose rows of it cannot be read, and were left out."""
    table, partition = lake.BY_NAME[place[0]], place[1]
    sections = {key: one.rows[place] for key, one in batch.items() if place in one.rows}
    floors: dict[str, int] = {}
    for one in batch.values():
        for pk, version in one.floors.get(place, {}).items():
            floors[pk] = max(version, floors.get(pk, 0))
    rows, bad = _read(table, sections)
    counts[_swap(merge, table, merged.path(table.name, partition), rows, floors)] += 1
    return bad


def _read(table: lake.Table, sections: Mapping[str, memoryview]) -> tuple[Any, set[str]]:
    """All sections at once; only if that fails one by one, to leave out those at fault."""
    try:
        return merged.read(table, list(sections.values())), set()
    except BadPayload:
        bad = {key for key, section in sections.items() if not _readable(table, section)}
        return merged.read(table, [section for key, section in sections.items() if key not in bad]), bad


def _readable(table: lake.Table, section: memoryview) -> bool:
    try:
        merged.read(table, [section])
    except BadPayload:
        return False
    return True


def _swap(merge: Merge, table: lake.Table, path: str, rows: Any, floors: Mapping[str, int]) -> str:
    """Replace the partition's object by the merged one, reading again as long as another run is quicker."""
    for number in range(merge.limits.tries):
        current = merge.bucket.get(path)
        body = merged.merge(table, current.body if current else None, rows, floors, merge.today())
        if body is None:
            return "same"
        try:
            merge.bucket.swap(path, body, current.etag if current else None)
            return "written"
        except Conflict:
            merge.pause(random.uniform(0, 0.1 * 2**number))
    raise Conflict(f"{path}: changed under the merge {merge.limits.tries} times; it is tried again by the next run")


def _set_aside(bucket: Bucket, key: str) -> None:
    """Keep an unreadable object out of the way, so that it neither is lost nor holds up the rest."""
    if stored := bucket.get(key):
        bucket.put(UNREADABLE + key.removeprefix(landed.PREFIX), stored.body)
    bucket.delete([key])
