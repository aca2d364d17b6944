"""Import: a file of history into the log, through the same fold and lake as everything else. Safe to run again at any time."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import partial
from itertools import islice
from pathlib import Path
from typing import Protocol

from .. import formats, platforms
from ..effects import files, tabbed
from ..effects.delimited import Batch
from ..effects.intake import Sealing, closed
from ..effects.keys import Keys
from ..effects.rejected import Rejected
from ..effects.store import Store
from ..formats import Format, Noted, Outcome, Refused
from ..model.errors import BadPayload
from ..model.event import Delivery, Translated
from ..model.words import Origin
from ..rules import said
from ..settings import Settings
from .identity import Hashing, Remembered, hashed

BATCH = 400
REMARKS = 30  # different remarks that are told one by one; what comes beyond is told together
_SOURCE = re.compile(r"[a-z0-9_]{1,40}/[A-Za-z0-9._-]{1,80}")


class Keyed(Hashing, Sealing, Protocol):
    """What hashes references to buyers and seals what they wrote; effects.keys.Keys is one."""


class Log(Protocol):
    """What importing writes to; effects.store.Store is one."""

    def add(self, deliveries: Sequence[Delivery]) -> int: ...


@dataclass(frozen=True, slots=True)
class Summary:
    """What became of a file's rows. Every row is in a document, refused, or skipped under a rule.

    `documents` are the deliveries made of the rows, `new` those that the log did not hold; `rejected` is the file of refused
    rows, None when there are none. `noted` counts rows that were taken, by what is to be known about them.
    """

    rows: int
    documents: int
    new: int
    refused: int
    skipped: dict[str, int]
    rejected: Path | None
    noted: dict[str, int] = field(default_factory=dict)

    @property
    def known(self) -> int:
        """Documents that the log held already, or that stand twice in the file."""
        return self.documents - self.new

    def as_dict(self) -> dict[str, int | str | None]:
        """The same for print and JSON: one entry for each rule that skipped rows."""
        counts = {"rows": self.rows, "documents": self.documents, "new": self.new, "known": self.known, "refused": self.refused}
        rules = {f"skipped, {rule}": count for rule, count in self.skipped.items()}
        notes = {f"noted, {remark}": count for remark, count in self.noted.items()}
        return {**counts, **rules, **notes, "rejected": str(self.rejected) if self.rejected else None}


@dataclass(frozen=True, slots=True)
class Progress:
    """How far an import is: `share` of the file's bytes (0 to 1), rows read, and documents that were new."""

    share: float
    rows: int
    new: int


@dataclass(slots=True)
class Tally:
    """Counts while an import runs."""

    rows: int = 0
    documents: int = 0
    new: int = 0
    skipped: Counter[str] = field(default_factory=Counter)
    noted: Counter[str] = field(default_factory=Counter)

    def note(self, one: Noted) -> None:
        """Count a remark, with the value it is about while there are few of them."""
        remark = f"{one.remark}: {one.value}" if one.value else one.remark
        self.noted[remark if remark in self.noted or len(self.noted) < REMARKS else f"{one.remark}: others"] += 1


def prepare(settings: Settings) -> Callable[[Path, str, str, datetime], Summary]:
    """The step, with its clients made: path, format's name, source and time of receipt in, Summary out."""
    store, keys = Store(settings), Keys(settings)
    return lambda path, name, source, received: import_file(path, formats.get(name), source, store, keys, received)


def import_file(
    path: Path,
    format_: Format,
    source: str,
    store: Log,
    keys: Keyed,
    received: datetime,
    *,
    origin: Origin = Origin.IMPORT,
    progress: Callable[[Progress], None] = lambda done: None,
    rejected: Path | None = None,
    reading: files.Reading = files.AS_IT_IS,
) -> Summary:
    """Put a file's documents into the log of `source` (platform/shop). What the log holds already is left as it is, so that an
    import that was interrupted is completed by running it again.

    All deliveries of an import share the time `received`. `progress` is told after each part of the file. Refused rows go to
    `rejected`, by default <file name>.rejected.csv beside the file. `reading` says how the file is to be read where it does not
    say itself. BadPayload when the file as a whole cannot be read (see
    effects.files.read); StoreFailed and the store's own errors rise, and nothing that was put is undone.
    """
    if not _SOURCE.fullmatch(source):
        raise BadPayload("expected platform/shop, in letters, digits, dots, dashes and underscores", f"source {source[:80]!r}")
    tally, known = Tally(), Remembered(keys)
    with Rejected(rejected or path.with_name(f"{path.name}.rejected.csv")) as out:
        plain = partial(tabbed.read, twin=getattr(format_, "XML", None))
        read = plain if getattr(format_, "PLAIN", False) else files.read
        batches = _read(read(path, format_.COLUMNS, format_.OPTIONAL, reading=reading), path, tally, out, progress)
        for some in _chunks(_documents(format_.translate(batches), tally, out)):
            deliveries = [_delivery(hashed(one, known), source, received, origin, keys) for one in some]
            tally.new += store.add(deliveries)
            tally.documents += len(deliveries)
        progress(Progress(1.0, tally.rows, tally.new))
    left, noted = out.path if out.count else None, dict(tally.noted.most_common())
    return Summary(tally.rows, tally.documents, tally.new, out.count, dict(tally.skipped), left, noted)


def _read(
    batches: Iterable[Batch], path: Path, tally: Tally, out: Rejected, progress: Callable[[Progress], None]
) -> Iterator[Batch]:
    """The file's batches, counted; rows that could not be split into columns are refused here."""
    for batch in batches:
        for row in batch.unread:
            out.add(row.line, "", row.value, row.cause)
        yield batch
        tally.rows += len(batch.lines) + len(batch.unread)
        progress(Progress(min(1.0, batch.done / max(1, path.stat().st_size)), tally.rows, tally.new))


def _documents(found: Iterable[Outcome], tally: Tally, out: Rejected) -> Iterator[Translated]:
    for one in found:
        if isinstance(one, Translated):
            yield one
        elif isinstance(one, Refused):
            out.add(one.line, one.column, one.value, one.cause)
        elif isinstance(one, Noted):
            tally.note(one)
        else:
            tally.skipped[one.rule] += 1


def _chunks(found: Iterator[Translated]) -> Iterator[list[Translated]]:
    while some := list(islice(found, BATCH)):
        yield some


def _delivery(found: Translated, source: str, received: datetime, origin: Origin, keys: Keyed) -> Delivery:
    """What the log is given. A buyer's words are sealed beside it, as the body of a webhook would be."""
    made = Delivery(found.id, source, found.subject, found.events, received, origin)
    if not found.said:
        return made
    raw = platforms.pack_raw(source.partition("/")[0], said.dump(found.said))
    return replace(made, sealed=closed(keys, made, raw))
