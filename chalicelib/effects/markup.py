"""XML reports as batches of rows: each item of a record is a row, with all that is said of the record beside it.

Only what a report needs is read of XML. A document type is refused: entities of one's own making have no place in a report.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple, Protocol
from xml.parsers import expat

from ..model.errors import BadPayload
from .delimited import Batch, wanted

ROWS = 5_000
_BLOCK = 2**20
_MAX_TEXT, _MAX_ITEMS = 2_000, 10_000


class Twin(Protocol):
    """How an XML report says what a tabbed one says in rows: the elements, and the column that each leaf stands for."""

    @property
    def record(self) -> str: ...
    @property
    def item(self) -> str: ...
    @property
    def columns(self) -> Mapping[str, str]: ...


def is_xml(start: bytes) -> bool:
    """Whether a file that begins so is XML."""
    return start.removeprefix(b"\xef\xbb\xbf").lstrip().startswith((b"<?xml", b"<"))


def batches(path: Path, twin: Twin, columns: Sequence[str], optional: Sequence[str] = ()) -> Iterator[Batch]:
    """The rows, numbered as if a header stood above them. BadPayload when it is no XML, or no record is in it."""
    chosen = wanted(tuple(twin.columns.values()), columns, optional, path.name)
    parts, next_ = _Parts(twin), 2
    waiting: list[Mapping[str, str]] = []
    with path.open("rb") as file:
        while data := file.read(_BLOCK):
            waiting += parts.feed(data, path.name)
            while len(waiting) >= ROWS:
                some, waiting = waiting[:ROWS], waiting[ROWS:]
                yield _batch(some, chosen, next_, file.tell())
                next_ += len(some)
        waiting += parts.feed(b"", path.name)
        if waiting:
            yield _batch(waiting, chosen, next_, file.tell())
        elif next_ == 2:
            raise BadPayload(f"holds no {twin.record}", path.name)


def _batch(rows: Sequence[Mapping[str, str]], chosen: Sequence[str], first: int, done: int) -> Batch:
    import pyarrow as pa

    values = {name: pa.array([row.get(name, "").encode() for row in rows], pa.binary()) for name in chosen}
    return Batch(range(first, first + len(rows)), {name: one.dictionary_encode() for name, one in values.items()}, (), done)


class _Record(NamedTuple):
    """What is said of a record, and of each of its items."""

    said: dict[str, str]
    items: list[dict[str, str]]


class _Parts:
    """The rows of a report while its bytes come in."""

    def __init__(self, twin: Twin) -> None:
        self._twin = twin
        self._rows: list[Mapping[str, str]] = []
        self._open: _Record | None = None
        self._into: dict[str, str] = {}
        self._text: list[str] = []
        self._parser = expat.ParserCreate()
        self._parser.buffer_text = True
        self._parser.StartElementHandler = self._starts
        self._parser.EndElementHandler = self._ends
        self._parser.CharacterDataHandler = self._text.append
        self._parser.StartDoctypeDeclHandler = self._refuse

    def feed(self, data: bytes, name: str) -> list[Mapping[str, str]]:
        """The rows that are whole by now; no bytes end the document."""
        try:
            self._parser.Parse(data, not data)
        except expat.ExpatError as err:
            raise BadPayload(f"cannot be read as XML: {expat.ErrorString(err.code)} in line {err.lineno}", name) from None
        rows, self._rows = self._rows, []
        return rows

    def _refuse(self, *_: Any) -> None:
        raise BadPayload("has a document type; a report has none", "XML")

    def _starts(self, tag: str, _: Mapping[str, str]) -> None:
        self._text.clear()
        if tag == self._twin.record:
            self._open = _Record({}, [])
            self._into = self._open.said
        elif tag == self._twin.item and self._open is not None:
            if len(self._open.items) >= _MAX_ITEMS:
                raise BadPayload(f"has a {self._twin.record} with over {_MAX_ITEMS} items", "XML")
            self._into = {}
            self._open.items.append(self._into)

    def _ends(self, tag: str) -> None:
        if self._open is None:
            return
        column = self._twin.columns.get(tag)
        if column is not None:
            self._into[column] = " ".join("".join(self._text).split())[:_MAX_TEXT]
        self._text.clear()
        if tag == self._twin.item:
            self._into = self._open.said
        elif tag == self._twin.record:
            self._rows += [{**self._open.said, **item} for item in self._open.items or [{}]]
            self._open = None
