"""CSV and its kin as batches of rows: every column as text, every row numbered, and those that cannot be split told apart.

pyarrow reads; here its answers are made exact. A row that does not fit the header is passed over with its number. Bytes are
turned into UTF-8 while they stream by; one that the file's encoding does not know gets a stand-in, so that the row is refused
and not the file. A quote left open, which would swallow the rest of the file, is found by a line of our own that follows the
last byte.
"""

from __future__ import annotations

import codecs
import csv
import io
import re
import secrets
from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import IO, Any

from ..model.errors import BadPayload
from . import encoding
from .encoding import FOREIGN, STAND_IN

BLOCK = 4 * 2**20  # bytes read at once unless told otherwise; a longer row may stop the reading
_DELIMITERS = ",\t;"
_ABOVE = 5  # lines of bare delimiters that may stand above the header, as in eBay's reports
_FIRST = 2**20  # bytes in which the header must end
_OPEN_QUOTE = "a quote that opens in this row is never closed; was the file cut off?"
_CUT = "; the file ends in this row: was it cut off?"
_SHOWN = 100  # characters of a row that are told


@dataclass(frozen=True, slots=True)
class Unread:
    """A row that could not even be split into columns: its number, its beginning, and why."""

    line: int
    value: str
    cause: str


@dataclass(frozen=True, slots=True)
class Batch:
    """Some rows: their numbers (the header is 1; a quoted line break does not count), columns, and rows that could not be read.

    `columns` are Arrow dictionary arrays by name, with FOREIGN for bytes that are of no character; of JSON lines and
    workbooks other arrays (see the contract of formats).
    `done` is how many bytes of the file have been read by now.
    """

    lines: Sequence[int]
    columns: Mapping[str, Any]
    unread: tuple[Unread, ...]
    done: int


def wanted(names: Sequence[str], columns: Sequence[str], optional: Sequence[str], where: str) -> list[str]:
    """The columns to read. BadPayload names those that are missing or stand twice, and what was found."""
    found = f"its header has: {', '.join(repr(name[:40]) for name in names[:30])}"
    if missing := [name for name in columns if name not in names]:
        raise BadPayload(f"lacks the columns {', '.join(missing)}; {found}", where)
    chosen = [*columns, *(name for name in optional if name in names)]
    if doubled := [name for name in chosen if list(names).count(name) > 1]:
        raise BadPayload(f"has the columns {', '.join(doubled)} more than once; {found}", where)
    return chosen


class _Source(io.RawIOBase):
    """The file's bytes as UTF-8 throughout, then `end` as a line of its own: words that no file holds.

    `coding` None means that nothing but ASCII was met yet: the first other byte decides, once, for the whole file.
    """

    def __init__(self, file: IO[bytes], coding: str | None) -> None:
        self._file = file
        self._decoder = _decoder(coding) if coding else None
        self._ascii = not (coding or "").startswith(encoding.UTF16)  # whether ASCII bytes stand for themselves
        self._ready = b""
        self._last = b"\n"
        self._ended = False
        self.end = f"\0end {secrets.token_hex(16)}"
        self.done = 0

    @property
    def cut(self) -> bool:
        """The bytes so far end without a line break."""
        return self._last not in b"\r\n"

    def readable(self) -> bool:
        return True

    def read(self, size: int = -1) -> bytes:
        """So many bytes, fewer only at the end: what one reading gives is a block to Arrow, and rows may not span three."""
        wanted = size if size > 0 else BLOCK
        while len(self._ready) < wanted and not self._ended:
            self._ready += self._more(wanted - len(self._ready))
        data, self._ready = self._ready[:wanted], self._ready[wanted:]
        return data

    def _more(self, size: int) -> bytes:
        """The next bytes; none when they end within a character. The last time, `end` with them."""
        data = self._file.read(size)
        self._ended = not data
        found = data if self._plain(data) else self._decoded(data)
        self.done += len(data)
        self._last = found[-1:] or self._last
        if not self._ended:
            return found
        return found + (b"\n" if self.cut else b"") + self.end.encode()

    def _plain(self, data: bytes) -> bool:
        """Whether these bytes are UTF-8 as they stand: ASCII, and no character begun before them."""
        return self._ascii and data.isascii() and (self._decoder is None or not self._decoder.getstate()[0])

    def _decoded(self, data: bytes) -> bytes:
        if self._decoder is None:
            self._decoder = _decoder(encoding.detected(self._file, self.done))
        return self._decoder.decode(data, self._ended).encode()


def _decoder(coding: str) -> codecs.IncrementalDecoder:
    return codecs.getincrementaldecoder(coding)(STAND_IN)


class Delimited:
    """One reading of a file with a header of at least two columns."""

    def __init__(
        self, name: str, file: IO[bytes], columns: Sequence[str], optional: Sequence[str], block: int, coding: str | None = None
    ) -> None:
        self._name = name
        self._block = block
        self._header = header(file, name, coding)
        self._wanted = wanted(self._header.names, columns, optional, name)
        self._source = _Source(file, self._header.coding)
        self._bad: deque[int] = deque()  # numbers of rows that could not be split and are still ahead of `_next`
        self._unread: list[Unread] = []
        self._next = 2 + self._header.above
        self._ended = False  # its end was met: no quote is open

    def batches(self) -> Iterator[Batch]:
        """Each block a batch. The last is held back until it is known whether its last row ended."""
        import pyarrow as pa

        held = None
        try:
            for rows in self._blocks():
                if held is not None:
                    yield self._batch(held)
                held = rows
        except pa.ArrowException as err:
            if held is not None:
                yield self._batch(held)
            raise BadPayload(self._problem(str(err)), self._name) from err
        yield self._last(held)

    def _blocks(self) -> Iterator[Any]:
        import pyarrow as pa
        from pyarrow import csv as arrow

        kinds = dict.fromkeys(self._wanted, pa.dictionary(pa.int32(), pa.binary()))
        # One thread, or Arrow would not number the rows it cannot split.
        reading = arrow.ReadOptions(use_threads=False, block_size=self._block, skip_rows=self._header.above)
        parsing = arrow.ParseOptions(
            delimiter=self._header.delimiter, newlines_in_values=True, ignore_empty_lines=False,
            invalid_row_handler=self._pass_over,
        )  # fmt: skip
        converting = arrow.ConvertOptions(check_utf8=False, column_types=kinds, include_columns=self._wanted)
        with arrow.open_csv(pa.PythonFile(self._source, "r"), reading, parsing, converting) as reader:
            yield from reader

    def _pass_over(self, row: Any) -> str:
        """Note a row with too few or too many values. Arrow calls this while it reads ahead."""
        end = self._source.end
        if row.text == end:
            self._ended = True
            if self._source.cut and self._unread and self._unread[-1].line == row.number - 1:
                self._unread[-1] = Unread(row.number - 1, self._unread[-1].value, self._unread[-1].cause + _CUT)
            return "skip"
        cause = f"has {row.actual_columns} values where the header has {row.expected_columns}"
        if row.text.endswith(end):
            self._ended, cause = True, _OPEN_QUOTE
        self._bad.append(row.number)
        self._unread.append(Unread(row.number, _shown(row.text.removesuffix(end)), cause))
        return "skip"

    def _batch(self, rows: Any) -> Batch:
        unread, self._unread = tuple(self._unread), []
        return Batch(self._numbers(len(rows)), {name: rows[name] for name in self._wanted}, unread, self._source.done)

    def _last(self, rows: Any) -> Batch:
        """The last batch, without a row whose open quote swallowed the end of the file."""
        if rows is None:
            return Batch((), {}, tuple(self._unread), self._source.done)
        if self._ended:
            return self._batch(rows)
        batch = self._batch(rows.slice(0, len(rows) - 1))
        swallowed = Unread(self._numbers(1)[0], "", _OPEN_QUOTE)
        return Batch(batch.lines, batch.columns, (*batch.unread, swallowed), batch.done)

    def _numbers(self, count: int) -> Sequence[int]:
        """The numbers of the next rows that could be split."""
        if not self._bad or self._bad[0] >= self._next + count:
            self._next += count
            return range(self._next - count, self._next)
        found: list[int] = []
        while len(found) < count:
            end = self._next + count - len(found)
            until = min(self._bad[0], end) if self._bad else end
            found.extend(range(self._next, until))
            self._next = until
            if self._bad and self._bad[0] == until and len(found) < count:
                self._next = self._bad.popleft() + 1
        return found

    def _problem(self, said: str) -> str:
        if "straddling" in said or "out of sync" in said:
            problem = f"a quote is never closed or a row exceeds {self._block} bytes; mend it and import again"
            return f"after row {self._next - 1} {problem}"
        return f"cannot be read as CSV after row {self._next - 1}: {said}"


def _shown(text: str) -> str:
    """The beginning of a row, stand-ins as \\xNN."""
    return "".join(f"\\x{ord(one) - FOREIGN:02x}" if ord(one) >= FOREIGN else one for one in text[:_SHOWN])


@dataclass(frozen=True, slots=True)
class Header:
    """What a file begins with: its delimiter (the one that makes the most columns) and the columns' names.

    `above` bare lines stand over it. `coding` is the file's encoding, None while only ASCII has been seen.
    """

    delimiter: str
    names: tuple[str, ...]
    above: int
    coding: str | None


def header(file: IO[bytes], where: str, coding: str | None = None) -> Header:
    """The header of a file that stands at its start and is put back there. BadPayload when there is none that can be read."""
    raw = file.read(_FIRST)
    file.seek(0)
    coding = coding or encoding.marked(raw)
    lines = _LINES.split(_ascii(raw, coding), maxsplit=_ABOVE + 1)
    above = next((n for n, line in enumerate(lines[:_ABOVE]) if not _BARE.fullmatch(line)), 0)
    line = lines[above].removeprefix(encoding.BOM)
    if coding is None and not line.isascii():
        coding = encoding.detected(file, 0)
    found = _columns(line, encoding.UTF8 if coding is None or coding.startswith(encoding.UTF16) else coding, where)
    if not found:
        raise BadPayload("begins with a line that is no header; is it empty, or a quote left open in it?", where)
    mark = max(found, key=lambda one: len(found[one]))
    return Header(mark, tuple(found[mark]), above, coding)


_LINES = re.compile(rb"\r\n|[\r\n]")
_BARE = re.compile(rb'[\t ",;]*[\t,;][\t ",;]*')


def _ascii(raw: bytes, coding: str | None) -> bytes:
    """The same with ASCII bytes that stand for themselves: UTF-16 becomes UTF-8."""
    if not (coding or "").startswith(encoding.UTF16):
        return raw
    return _decoder(str(coding)).decode(raw).encode()


def _columns(line: bytes, coding: str, where: str) -> dict[str, list[str]]:
    """The names in a header by each delimiter that it can have been written with."""
    try:
        text = line.decode(coding)
    except UnicodeDecodeError:
        problem = "has a header that is not UTF-8; save the file as CSV (UTF-8), or name its encoding (--encoding)"
        raise BadPayload(problem, where) from None
    return {mark: names for mark in _DELIMITERS if (names := _split(text, mark))}


def _split(text: str, mark: str) -> list[str]:
    """The names in a header; none when it cannot have been written with this delimiter."""
    try:
        return next(csv.reader([text], delimiter=mark, strict=True), [])
    except csv.Error:
        return []
