"""Report files as marketplaces write them, in batches of rows: tab-separated, quotes are part of the text, a row may leave away
its last cells. Read as CSV, a comment that begins with a quote would swallow the rows below it.

Whatever else a report was saved as (CSV, a workbook, Parquet) is read as any such file is; XML where its format says how.
"""

from __future__ import annotations

import codecs
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import IO, Any

from ..model.errors import BadPayload
from . import delimited, encoding, files, markup
from .delimited import BLOCK, Batch, Header, Unread, wanted
from .encoding import FOREIGN, STAND_IN
from .files import AS_IT_IS, Reading
from .markup import Twin

_CUT = "the file ends in this row: was it cut off?"
_SHOWN = 100
_PEEK = 2**16


def read(
    path: Path, columns: Sequence[str], optional: Sequence[str] = (), block: int = BLOCK, reading: Reading = AS_IT_IS,
    twin: Twin | None = None,
) -> Iterator[Batch]:  # fmt: skip
    """The rows of a report that has `columns` and perhaps `optional`, by the `block` of bytes, which a row must not exceed.

    `twin` says how the same report looks as XML. BadPayload when the file cannot be read, lacks a column, or holds no rows;
    what was read before is good all the same.
    """
    if twin is not None and _xml(path):
        yield from markup.batches(path, twin, columns, optional)
        return
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


def _xml(path: Path) -> bool:
    try:
        with path.open("rb") as file:
            return markup.is_xml(file.read(_PEEK))
    except OSError:
        return False


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
            while above and text:
                _, _, text = text.partition(b"\n")
                above, self._next = above - 1, self._next + 1
            if text:
                yield self._batch(text, ended)

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

    def _batch(self, text: bytes, last: bool) -> Batch:
        """Whole rows as a batch: at once where each has as many cells as the header, else row by row."""
        columns = self._columns(text)
        if columns is None:
            return self._mended(_lines(text), last)
        count = len(columns[self._chosen[0]])
        self._next += count
        return Batch(range(self._next - count, self._next), columns, (), self._done)

    def _mended(self, rows: list[bytes], last: bool) -> Batch:
        """Rows of which some are short, and are filled up, or have too many cells, and are told apart.

        `last` when they are what stands behind the file's last line break: a short one is then one that was cut off.
        """
        tabs, numbers, kept, unread = len(self._header.names) - 1, [], [], []
        for row in rows:
            fitted = _fitted(row, tabs)
            cut = last and row is rows[-1] and row.count(b"\t") < tabs
            if fitted is None or cut:
                cause = _CUT if cut else f"has {row.count(9) + 1} values where the header has {tabs + 1}"
                unread.append(Unread(self._next, _shown(row), cause))
            else:
                numbers.append(self._next)
                kept.append(fitted)
            self._next += 1
        columns = self._columns(b"\n".join(kept) + b"\n") if kept else {}
        return Batch(numbers, columns or {}, tuple(unread), self._done)

    def _columns(self, text: bytes) -> dict[str, Any] | None:
        """The columns of rows that all have as many cells as the header; None where one has not."""
        import pyarrow as pa
        from pyarrow import csv

        odd: list[Any] = []

        def pass_over(row: Any) -> str:
            odd.append(row)
            return "skip"

        every = [str(place) for place in range(len(self._header.names))]
        places = [str(self._header.names.index(name)) for name in self._chosen]
        kinds = dict.fromkeys(places, pa.dictionary(pa.int32(), pa.binary()))
        table = csv.read_csv(
            pa.BufferReader(text),
            csv.ReadOptions(use_threads=False, column_names=every, block_size=len(text) + 1),
            csv.ParseOptions(
                delimiter="\t", quote_char=False, escape_char=False, ignore_empty_lines=False, invalid_row_handler=pass_over
            ),
            csv.ConvertOptions(check_utf8=False, include_columns=places, column_types=kinds),
        )
        if odd:
            return None
        named = zip(self._chosen, places, strict=True)
        return {name: table.column(place).combine_chunks() for name, place in named}


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
