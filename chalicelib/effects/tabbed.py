"""Report files as marketplaces write them, in batches of rows: tab-separated, quotes are part of the text, a row may leave away
its last cells. Read as CSV, a comment that begins with a quote would swallow the rows below it.

Whatever else a report was saved as (CSV, a workbook, Parquet) is read as any such file is.
"""

from __future__ import annotations

import codecs
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import IO, Any

from ..model.errors import BadPayload
from . import delimited, encoding, files
from .delimited import BLOCK, Batch, Header, Unread, wanted
from .encoding import FOREIGN, STAND_IN
from .files import AS_IT_IS, Reading

_CUT = "the file ends in this row: was it cut off?"
_SHOWN = 100
_PEEK = 2**16


def read(
    path: Path, columns: Sequence[str], optional: Sequence[str] = (), block: int = BLOCK, reading: Reading = AS_IT_IS
) -> Iterator[Batch]:
    """The rows of a report that has `columns` and perhaps `optional`, by the `block` of bytes, which a row must not exceed.

    BadPayload when the file cannot be read, lacks a column, or holds no rows; what was read before is good all the same.
    """
    header = _header(path, reading)
    if header is None:
        yield from files.read(path, columns, optional, block, reading)
        return
    rows = 0
    with path.open("rb") as file:
        for batch in _Rows(path.name, file, header, wanted(header.names, columns, optional, path.name), block).batches():
            rows += len(batch.lines) + len(batch.unread)
            yield batch
    if not rows:
        raise BadPayload("has a header but no rows below it", path.name)


def _header(path: Path, reading: Reading) -> Header | None:
    """The header of a tab-separated file; None for anything else, an unreadable file among it."""
    try:
        with path.open("rb") as file:
            if b"\t" not in file.read(_PEEK):
                return None
            file.seek(0)
            found = delimited.header(file, path.name, encoding.named(reading.encoding) if reading.encoding else None)
    except (OSError, BadPayload):
        return None
    return found if found.delimiter == "\t" else None


class _Rows:
    """One reading of a tab-separated file."""

    def __init__(self, name: str, file: IO[bytes], header: Header, chosen: Sequence[str], block: int) -> None:
        self._name, self._file, self._header, self._chosen, self._block = name, file, header, chosen, block
        self._decoder = _decoder(header.coding) if header.coding else None
        self._next = 1  # the number of the next row; the header is the first that is no bare line
        self._done = 0

    def batches(self) -> Iterator[Batch]:
        """Each block's whole rows as a batch."""
        rest, ended, above = b"", False, self._header.above + 1
        while not ended:
            data = self._more()
            ended = not data
            text, rest = rest + data, b""
            if not ended:
                text, _, rest = text.rpartition(b"\n")
                if not text and len(rest) > self._block:
                    raise BadPayload(f"row {self._next} exceeds {self._block} bytes; is it a report?", self._name)
            rows = _lines(text) if text else []
            if above and rows:
                skipped = min(above, len(rows))
                above, rows, self._next = above - skipped, rows[skipped:], self._next + skipped
            if rows:
                yield self._batch(rows, ended)

    def _more(self) -> bytes:
        """The next bytes as UTF-8; none at the end. The first byte that is not ASCII decides the encoding."""
        data = self._file.read(self._block)
        if self._decoder is None:
            if data.isascii():
                self._done += len(data)
                return data
            self._decoder = _decoder(encoding.detected(self._file, self._done))
        self._done += len(data)
        found = self._decoder.decode(data, not data).encode()
        return found if found or not data else self._more()

    def _batch(self, rows: list[bytes], last: bool) -> Batch:
        """Rows as columns, short ones filled up; those with too many cells are told apart."""
        tabs = len(self._header.names) - 1
        first, numbers, unread = self._next, range(self._next, self._next + len(rows)), []
        self._next += len(rows)
        if {row.count(b"\t") for row in rows} != {tabs}:
            kept: list[int] = []
            for place, row in enumerate(rows):
                fitted = _fitted(row, tabs)
                cut = last and place == len(rows) - 1 and row.count(b"\t") < tabs
                if fitted is None or cut:
                    cause = _CUT if cut else f"has {row.count(9) + 1} values where the header has {tabs + 1}"
                    unread.append(Unread(first + place, _shown(row), cause))
                else:
                    rows[place] = fitted
                    kept.append(place)
            numbers = [first + place for place in kept]  # type: ignore[assignment]
            rows = [rows[place] for place in kept]
        return Batch(numbers, self._columns(rows) if rows else {}, tuple(unread), self._done)

    def _columns(self, rows: list[bytes]) -> dict[str, Any]:
        import pyarrow as pa
        from pyarrow import csv

        data = b"\n".join(rows) + b"\n"
        places = [str(self._header.names.index(name)) for name in self._chosen]
        every = [str(place) for place in range(len(self._header.names))]
        table = csv.read_csv(
            pa.BufferReader(data),
            csv.ReadOptions(use_threads=False, column_names=every, block_size=len(data) + 1),
            csv.ParseOptions(delimiter="\t", quote_char=False, escape_char=False),
            csv.ConvertOptions(
                check_utf8=False, include_columns=places,
                column_types=dict.fromkeys(places, pa.dictionary(pa.int32(), pa.binary())),
            ),
        )  # fmt: skip
        found = zip(self._chosen, places, strict=True)
        return {name: table.column(place).combine_chunks() for name, place in found}


def _decoder(coding: str) -> codecs.IncrementalDecoder:
    return codecs.getincrementaldecoder(coding)(STAND_IN)


def _lines(text: bytes) -> list[bytes]:
    """The lines of a text; a carriage return alone is a blank."""
    if b"\r" in text:
        text = text.replace(b"\r\n", b"\n").removesuffix(b"\r").replace(b"\r", b" ")
    return text.removesuffix(b"\n").split(b"\n")


def _fitted(row: bytes, tabs: int) -> bytes | None:
    """A row with as many cells as the header; None for one with more that are not empty."""
    cells = row.count(b"\t")
    if cells <= tabs:
        return row + b"\t" * (tabs - cells)
    parts = row.split(b"\t")
    return None if b"".join(parts[tabs + 1 :]).strip() else b"\t".join(parts[: tabs + 1])


def _shown(row: bytes) -> str:
    """The beginning of a row, bytes that are of no character as \\xNN."""
    text = row[: 4 * _SHOWN].decode("utf-8", "backslashreplace")[:_SHOWN]
    return "".join(f"\\x{ord(one) - FOREIGN:02x}" if ord(one) >= FOREIGN else one for one in text)
