"""Understood rows into documents: rows that belong together, wherever they stand near each other in the file.

Memory holds the documents that are still open, a thousand at most, and sixteen bytes of each that is closed. When rows of a
closed one come again they are the same once more and are passed over, or the file is not sorted and they are refused: half a
document must never be taken for the whole.
"""

from __future__ import annotations

import hashlib
from collections import OrderedDict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, NamedTuple

from ..model import codec
from ..model.errors import BadPayload
from ..model.event import Translated
from ._columns import shown
from ._contract import Noted, Outcome, Refused, Skipped

OPEN = 1000  # documents whose rows may lie among each other's
PERSONAL = ("buyer_email", "comment")
MOST = 2000  # rows of one document; more are no order's
TOO_MANY = f"stands in {MOST} rows or more; is this column the document's own number?"
_NONE = b""  # content of what is no document
OTHERWISE = "stands further up in the same document with other values"
AGAIN = "the same as another row of its document, and taken as a line of its own"
APART = "other rows of the same document stand far above; sort the file by that column and import it again"
TWICE = "stands further up with the same values"


class Row(NamedTuple):
    """An understood row: its number in the file, what its fields mean, without those that say nothing, and all that spelled."""

    line: int
    values: Mapping[str, Any]
    spelling: str


class Cell(NamedTuple):
    """A field's meaning and its part of a row's spelling. Made once for each distinct value of a column."""

    value: Any
    spelling: str


def cell(name: str, value: Any) -> Cell:
    """A field's meaning, spelled as JSON: the same in whatever way the file writes it. Ids are made of spellings, and so of a
    buyer and of what they wrote no more is spelled than that there is some.
    """
    said = "" if name in PERSONAL else [str(part) for part in value] if isinstance(value, tuple) else str(value)
    return Cell(value, codec.dumps({name: said})[1:-1].decode("utf-8", "replace"))


Build = Callable[[str, Sequence[Row]], Translated]
"""A document's key and rows into a delivery to be; BadPayload when they make none. Its id is put on here.

Rows come sorted by their content: a document is the same however a file lists its rows.
"""


@dataclass(slots=True)
class Documents:
    """Documents while their rows come in. `name` begins the deliveries' ids; `column` is what the file calls the key, `lines`
    what it calls the id of a line.
    """

    name: str
    column: str
    lines: str
    build: Build
    whole: bool
    """Whether a document must come in one piece: its rows have no ids of their own, so that parts could not be told apart."""
    single: bool = False
    """Whether a row is a document: two rows of one key are the same, or one of them is wrong."""
    waiting: OrderedDict[str, list[Row]] = field(default_factory=OrderedDict)
    closed: dict[bytes, bytes] = field(default_factory=dict)

    def take(self, key: str, row: Row) -> Iterator[Outcome]:
        """Add a row; what is complete now that this one came."""
        rows = self.waiting.setdefault(key, [])
        self.waiting.move_to_end(key)
        rows.append(row)
        if len(rows) >= MOST:
            self.closed[_digest(key)] = _NONE
            yield from self._refused(self.waiting.pop(key), key, TOO_MANY)
        elif len(self.waiting) > OPEN:
            yield from self._close(*self.waiting.popitem(last=False))

    def close(self) -> Iterator[Outcome]:
        """All that is still open: the file has ended."""
        while self.waiting:
            yield from self._close(*self.waiting.popitem(last=False))

    def _close(self, key: str, rows: list[Row]) -> Iterator[Outcome]:
        name, content = _digest(key), _digest("\n".join(sorted(row.spelling for row in rows)))
        before = self.closed.get(name)
        if before == _NONE:
            yield from self._refused(rows, key, TOO_MANY)
        elif before == content:
            yield from (Skipped(row.line, TWICE) for row in rows)
        elif before and self.whole:
            yield from self._refused(rows, key, APART)
        else:
            kept, others = self._once(rows)
            yield from others
            yield from self._built(key, kept, content)
            self.closed[name] = content

    def _once(self, rows: list[Row]) -> tuple[list[Row], list[Outcome]]:
        """The rows, less those that tell of the same thing as one above: the same again, or otherwise."""
        seen: dict[str, str] = {}
        kept: list[Row] = []
        others: list[Outcome] = []
        for row in rows:
            own, spelling = "" if self.single else row.values.get("line_id"), row.spelling
            name = spelling if own is None else f"id {own}"
            if name not in seen:
                kept.append(row)
                seen[name] = spelling
            elif own is None:
                kept.append(row)
                others.append(Noted(row.line, AGAIN, ""))
            elif seen[name] == spelling:
                others.append(Skipped(row.line, TWICE))
            else:
                others.append(Refused(row.line, self.column if self.single else self.lines, shown(own), OTHERWISE))
        return kept, others

    def _built(self, key: str, rows: list[Row], content: bytes) -> Iterator[Outcome]:
        try:
            found = self.build(key, sorted(rows, key=lambda row: row.spelling))
        except BadPayload as err:
            yield from (Refused(row.line, err.where, "", err.problem) for row in rows)
        else:
            # The id is the content: the same rows are the same delivery, whatever file they stand in.
            yield replace(found, id=f"{self.name}:{_digest(key + content.hex()).hex()}{content.hex()}")

    def _refused(self, rows: Sequence[Row], key: str, cause: str) -> Iterator[Refused]:
        return (Refused(row.line, self.column, shown(key), cause) for row in rows)


def _digest(text: str) -> bytes:
    return hashlib.sha256(text.encode("utf-8", "replace")).digest()[:8]
