"""History files: CSV, TSV, workbooks, Parquet and JSON lines, read in batches of bounded size.

What values mean, and whether all bytes could be read, is for the format to say, row by row. Only what stops the reading of a
whole file is BadPayload here, in words that say what to do.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

from ..model.errors import BadPayload
from . import delimited, encoding, sheets
from .delimited import BLOCK, Batch, Delimited, Unread, wanted
from .encoding import BOM

LINE = "line"
ROWS = 50_000  # of Parquet read at once
LINES = 1000  # JSON lines read at once
_PACKED = "is compressed; unpack it first"
_SIGNS = {
    b"\x1f\x8b": f"{_PACKED} (gunzip)", b"BZh": _PACKED, b"\x28\xb5\x2f\xfd": _PACKED, b"\xfd7zXZ": _PACKED,
}  # fmt: skip
# Some platforms name a web page .xls, which Excel opens all the same.
_PAGES = (b"<html", b"<head", b"<meta", b"<table", b"<!doctyp", b"<?xml")
_PARQUET = b"PAR1"
_BOOKS = (sheets.ZIP, sheets.OLE)


@dataclass(frozen=True, slots=True)
class Reading:
    """How a file is to be read where it does not say itself: the encoding of its text, the name of its sheet."""

    encoding: str | None = None
    sheet: str | None = None


AS_IT_IS = Reading()


def read(
    path: Path, columns: Sequence[str], optional: Sequence[str] = (), block: int = BLOCK, reading: Reading = AS_IT_IS
) -> Iterator[Batch]:
    """The rows of a file that has `columns` and perhaps `optional`; JSON lines when `columns` is empty.

    The kind is told by the file's first bytes, the delimiter (comma, tab, semicolon) by its header. Text files are read by the
    `block` of bytes, which a row should not exceed. BadPayload when the file cannot be read, lacks a column, or holds no rows;
    what was read before is good all the same.
    """
    with _opened(path) as file:
        start = file.read(16)
        file.seek(0)
        _check(start, columns, path.name)
        rows = 0
        for batch in _batches(path, file, start, columns, optional, block, reading):
            rows += len(batch.lines) + len(batch.unread)
            yield batch
        if not rows:
            raise BadPayload("has a header but no rows below it" if columns else "holds no line", path.name)


def names(path: Path, reading: Reading = AS_IT_IS) -> tuple[str, ...]:
    """The names of a file's columns in its order; none for JSON lines. BadPayload when it cannot be read."""
    with _opened(path) as file:
        start = file.read(2**16)
        file.seek(0)
        _check(start, ("any",), path.name)
        if start.startswith(_PARQUET):
            return _schema(path)
        if start.startswith(_BOOKS):
            return sheets.names(path, reading.sheet)
        if start.removeprefix(BOM).lstrip().startswith(b"{"):
            return ()
        return delimited.header(file, path.name, _coding(reading)).names


def _coding(reading: Reading) -> str | None:
    return encoding.named(reading.encoding) if reading.encoding else None


@contextmanager
def _opened(path: Path) -> Iterator[IO[bytes]]:
    try:
        if path.is_dir():
            raise BadPayload("is a directory; name a file in it", str(path))
        if path.exists() and not path.is_file():
            raise BadPayload("is not a regular file; save it to disk first", str(path))
        file = path.open("rb")
    except FileNotFoundError:
        raise BadPayload("does not exist", str(path)) from None
    except OSError as err:
        raise BadPayload(f"cannot be opened: {err.strerror}", str(path)) from err
    with file:
        yield file


def _check(start: bytes, columns: Sequence[str], name: str) -> None:
    """BadPayload when the first bytes tell that this is no file to be read here."""
    if not start.removeprefix(BOM):
        raise BadPayload("is empty", name)
    for sign, problem in _SIGNS.items():
        if start.startswith(sign):
            raise BadPayload(problem, name)
    if start.removeprefix(BOM).lstrip().lower().startswith(_PAGES):
        raise BadPayload("is a web page or XML, whatever its name says; open it in Excel and save it as XLSX or CSV", name)
    if not columns and start.startswith((_PARQUET, *_BOOKS)):
        kind = "Parquet" if start.startswith(_PARQUET) else "a workbook"
        raise BadPayload(f"is {kind}; this format wants JSON lines", name)


def _batches(
    path: Path, file: IO[bytes], start: bytes, columns: Sequence[str], optional: Sequence[str], block: int, reading: Reading
) -> Iterator[Batch]:
    if not columns:
        return _json(file, block)
    if start.startswith(_PARQUET):
        return _parquet(path, columns, optional)
    if start.startswith(_BOOKS):
        return sheets.batches(path, columns, optional, reading.sheet)
    return Delimited(path.name, file, columns, optional, block, _coding(reading)).batches()


# JSON lines


def _json(file: IO[bytes], block: int) -> Iterator[Batch]:
    lines: list[int] = []
    values: list[bytes] = []
    unread: list[Unread] = []
    for number, raw in enumerate(_lines(file, block), 1):
        if raw is None:
            unread.append(Unread(number, "", f"the line is longer than {block} bytes"))
        elif raw.strip():
            lines.append(number)
            values.append(raw)
        if len(lines) + len(unread) >= LINES:
            yield _json_batch(lines, values, unread, file.tell())
            lines, values, unread = [], [], []
    yield _json_batch(lines, values, unread, file.tell())


def _json_batch(lines: list[int], values: list[bytes], unread: list[Unread], done: int) -> Batch:
    import pyarrow as pa

    return Batch(lines, {LINE: pa.array(values, pa.binary())}, tuple(unread), done)


def _lines(file: IO[bytes], block: int) -> Iterator[bytes | None]:
    """Each line; None for one of more than `block` bytes."""
    if file.read(len(BOM)) != BOM:
        file.seek(0)
    while piece := file.readline(block):
        if len(piece) < block or piece.endswith(b"\n"):
            yield piece
            continue
        rest = file.readline(block)
        yield None if rest else piece
        while len(rest) == block and not rest.endswith(b"\n"):
            rest = file.readline(block)


# Parquet


def _parquet(path: Path, columns: Sequence[str], optional: Sequence[str]) -> Iterator[Batch]:
    import pyarrow as pa
    from pyarrow import parquet

    try:
        with parquet.ParquetFile(path) as file:
            names = wanted(file.schema_arrow.names, columns, optional, path.name)
            size, count, line = path.stat().st_size, file.metadata.num_rows, 2
            for rows in file.iter_batches(ROWS, columns=names):
                end = line + len(rows)
                encoded = {name: _encoded(rows[name], name, path.name) for name in names}
                yield Batch(range(line, end), encoded, (), size * (end - 2) // count)
                line = end
    except (pa.ArrowException, OSError) as err:
        raise BadPayload(f"cannot be read as Parquet; is it whole? {err}", path.name) from err


def _schema(path: Path) -> tuple[str, ...]:
    import pyarrow as pa
    from pyarrow import parquet

    try:
        return tuple(parquet.read_schema(path).names)
    except (pa.ArrowException, OSError) as err:
        raise BadPayload(f"cannot be read as Parquet; is it whole? {err}", path.name) from err


def _encoded(array: Any, name: str, where: str) -> Any:
    """A column as a dictionary array of text, numbers or bytes. Times become text: Python knows fewer of them than Arrow."""
    import pyarrow as pa
    from pyarrow import types

    encoded = array if types.is_dictionary(array.type) else _distinct(array, name, where)
    values = encoded.dictionary
    if not types.is_temporal(values.type):
        return encoded
    if types.is_timestamp(values.type) and values.type.tz:
        values = values.cast(pa.timestamp(values.type.unit, "UTC"))
    return pa.DictionaryArray.from_arrays(encoded.indices, values.cast(pa.string()))


def _distinct(array: Any, name: str, where: str) -> Any:
    import pyarrow as pa

    try:
        return array.dictionary_encode()
    except pa.ArrowException:
        raise BadPayload(f"column {name} holds {array.type}; expected text, numbers or times", where) from None
