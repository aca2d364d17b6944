"""Workbooks: Excel's .xlsx, .xlsm, .xlsb and .xls, and OpenDocument's .ods. One sheet, as batches of rows.

Rows have the numbers that Excel shows; the header is the first row with two cells filled in, so titles may stand above it. The
sheet's cells are held by calamine (Rust, some 80 bytes a cell) and given out in batches: a workbook that would unpack to more
than `UNPACKED` is refused before it is read.
"""

from __future__ import annotations

import zipfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from itertools import islice
from pathlib import Path
from typing import Any

from ..model.errors import BadPayload
from .delimited import Batch, wanted

ROWS = 10_000  # given out at once
UNPACKED = 512 * 2**20  # bytes; a million rows of eight columns are 400 MB
ZIP, OLE = b"PK\x03\x04", b"\xd0\xcf\x11\xe0"
_SECOND = timedelta(milliseconds=1)
_EXACT = 2.0**53  # whole numbers from here on have lost digits in Excel already


def batches(path: Path, columns: Sequence[str], optional: Sequence[str], sheet: str | None) -> Iterator[Batch]:
    """The rows below the header. BadPayload when it is no workbook, has no such sheet, or lacks a column."""
    with _sheet(path, sheet) as found:
        rows = _numbered(found)
        names = _header(rows, path.name)
        chosen = wanted(names, columns, optional, path.name)
        places = [names.index(name) for name in chosen]
        size, last = path.stat().st_size, found.end[0] + 1
        while some := list(islice(rows, ROWS)):
            numbers = [number for number, _ in some]
            cells = {name: _encoded([row[place] for _, row in some]) for name, place in zip(chosen, places, strict=True)}
            yield Batch(numbers, cells, (), size * numbers[-1] // last)


def names(path: Path, sheet: str | None) -> tuple[str, ...]:
    """The columns' names, "" where the header has an empty cell."""
    with _sheet(path, sheet) as found:
        return tuple(_header(_numbered(found), path.name))


@contextmanager
def _sheet(path: Path, name: str | None) -> Iterator[Any]:
    """The sheet of this name, or the first. What calamine makes of a broken file becomes BadPayload."""
    import python_calamine as calamine

    _check(path)
    try:
        # By its content: many an export is named .xls and is none.
        with path.open("rb") as file, calamine.load_workbook(file) as book:
            if name is not None and name not in book.sheet_names:
                listed = ", ".join(repr(one[:40]) for one in book.sheet_names[:20])
                raise BadPayload(f"has no sheet {name[:40]!r}; there are: {listed}", path.name)
            if not book.sheet_names:
                raise BadPayload("is a workbook without sheets", path.name)
            sheet = book.get_sheet_by_name(name) if name is not None else book.get_sheet_by_index(0)
        if sheet.start is None:
            raise BadPayload(f"its sheet {sheet.name[:40]!r} is empty; name another with --sheet", path.name)
    except calamine.PasswordError:
        raise BadPayload("is locked with a password; save it without one, or its sheet as CSV (UTF-8)", path.name) from None
    except (calamine.CalamineError, OSError) as err:
        problem = f"is a zip file or a workbook that cannot be read ({err}); unpack it, or save its sheet as CSV (UTF-8)"
        raise BadPayload(problem, path.name) from err
    yield sheet


def _check(path: Path) -> None:
    """BadPayload for a zip file that is no workbook, or one that unpacks to more than is held in memory."""
    with path.open("rb") as file:
        if file.read(len(OLE)) == OLE:
            return
    try:
        with zipfile.ZipFile(path) as packed:
            parts = packed.infolist()
    except (zipfile.BadZipFile, OSError, NotImplementedError, ValueError) as err:
        raise BadPayload(f"is a broken zip file or workbook ({err}); unpack it, or save its sheet as CSV", path.name) from err
    if sum(part.file_size for part in parts) > UNPACKED:
        raise BadPayload(f"unpacks to more than {UNPACKED // 2**20} MB; save its sheet as CSV (UTF-8)", path.name)


def _numbered(sheet: Any) -> Iterator[tuple[int, list[Any]]]:
    """Rows with their numbers as Excel shows them: calamine gives the empty ones above the first cell as well."""
    return enumerate(sheet.iter_rows(), 1)


def _header(rows: Iterator[tuple[int, list[Any]]], where: str) -> list[str]:
    """The first row with two cells filled in, which is taken from `rows`."""
    for _, row in rows:
        found = [_text(cell) or "" for cell in row]
        if sum(bool(name.strip()) for name in found) >= 2:
            return found
    raise BadPayload("has no row with two cells filled in, so no header; is it the right sheet (--sheet)?", where)


def _encoded(cells: list[Any]) -> Any:
    """A column as whole numbers or numbers where it holds nothing else, else as text."""
    import pyarrow as pa

    given = [cell for cell in cells if cell is not None and cell != ""]
    if given and all(isinstance(cell, (int, float)) and not isinstance(cell, bool) for cell in given):
        values = [None if cell is None or cell == "" else cell for cell in cells]
        if all(abs(cell) < _EXACT for cell in given):
            whole = all(cell == int(cell) for cell in given)
            return pa.array(values, pa.float64()).cast(pa.int64() if whole else pa.float64()).dictionary_encode()
    return pa.array([_text(cell) for cell in cells], pa.string()).dictionary_encode()


def _text(cell: Any) -> str | None:
    """A cell as text: times in ISO 8601, nothing as None."""
    if cell is None or cell == "":
        return None
    if isinstance(cell, bool):
        return "TRUE" if cell else "FALSE"
    if isinstance(cell, (int, float)):
        return _number(cell)
    if isinstance(cell, datetime):
        return _rounded(cell).isoformat()
    if isinstance(cell, (date, time)):
        return cell.isoformat()
    return str(cell)


def _number(cell: float) -> str:
    """A number among texts, so written that no reader takes its point for a thousands mark: 1.2340, never with an exponent."""
    if cell != cell or abs(cell) == float("inf"):
        return str(cell)
    if cell == int(cell):
        return str(int(cell))
    whole, _, decimals = format(Decimal(repr(cell)), "f").partition(".")
    return f"{whole}.{decimals.ljust(4, '0')}"


def _rounded(moment: datetime) -> datetime:
    """Excel counts in fractions of a day: a whole second may come out a millisecond off."""
    near = (moment + timedelta(milliseconds=500)).replace(microsecond=0)
    return near if abs(near - moment) <= _SECOND else moment
