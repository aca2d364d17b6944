"""What one batch of state changes tells the lake, and its spelling as one object: an index line, then rows as JSON lines.

Pure. Two kinds of news: rows (of one key the highest version is the truth), and floors. A floor says that in this table and
partition no row of this subject below this version exists any more. It stands for all the rows that a newer state no longer
has, because every state lands all of its rows at its own version.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from ..model import lake
from ..model.errors import BadPayload
from ..model.lake import Row

PREFIX = "landing/"
Place = tuple[str, str]  # table, partition
_TYPES = {table.name: {column.name: column.type for column in table.columns} for table in lake.TABLES}


@dataclass(frozen=True, slots=True)
class Floor:
    """In `table` and `partition`, rows of the subject `pk` (platform/shop#subject) with a version below this are gone."""

    table: str
    partition: str
    pk: str
    version: int


@dataclass(frozen=True, slots=True)
class Line:
    """A row for `table` and `partition`, written as a line of JSON."""

    table: str
    partition: str
    body: bytes


@dataclass(frozen=True, slots=True)
class News:
    """What one subject's change tells the lake. Always landed together, in one object."""

    lines: tuple[Line, ...] = ()
    floors: tuple[Floor, ...] = ()


@dataclass(frozen=True, slots=True)
class Landed:
    """A landed object, taken apart: the JSON lines of each place, and the floors of each place as {pk: version}."""

    rows: dict[Place, memoryview]
    floors: dict[Place, dict[str, int]]

    @property
    def places(self) -> set[Place]:
        return self.rows.keys() | self.floors.keys()


def changes(pk: str, old: Iterable[Row], new: Iterable[Row], version: int) -> News:
    """The rows of the new state, and floors at its `version` where the old state had a row that the new one has not.

    BadPayload for a row that is not the subject's own or that its table cannot hold.
    """
    rows = list(new)
    kept = {(row.table, row.partition, row.key) for row in rows}
    places = {(row.table, row.partition) for row in old if (row.table, row.partition, row.key) not in kept}
    return News(_lines(pk, rows), _floors(pk, places, version))


def statement(pk: str, rows: Iterable[Row], version: int) -> News:
    """The same when the old state is not known: floors in every table, where its rows are now and where they may have been.

    Rows move only from `unknown` to a month, so these two places are all there are.
    """
    found = list(rows)
    partitions = {row.partition for row in found} | {lake.UNKNOWN}
    places = {(table.name, partition) for table in lake.TABLES for partition in partitions}
    return News(_lines(pk, found), _floors(pk, places, version))


def _floors(pk: str, places: set[Place], version: int) -> tuple[Floor, ...]:
    return tuple(Floor(table, partition, pk, version) for table, partition in sorted(places))


def _lines(pk: str, rows: Iterable[Row]) -> tuple[Line, ...]:
    return tuple(Line(row.table, row.partition, line(_own(pk, row))) for row in rows)


def _own(pk: str, row: Row) -> Row:
    """The row, if its columns name the subject it comes from: floors are matched by them."""
    values = row.values
    found = f"{values.get('platform')}/{values.get('shop')}#{values.get('subject')}"
    if found != pk:
        raise BadPayload(f"the row says it belongs to {found}, its state is {pk}", f"{row.table} {row.key}")
    return row


def name(now: datetime, random: str) -> str:
    """The key of a landed object: by time to the millisecond, so that a listing is oldest first."""
    return f"{PREFIX}{now.astimezone(UTC):%Y%m%dT%H%M%S}{now.microsecond // 1000:03d}Z-{random}.rows"


def encode(news: Sequence[News]) -> bytes:
    """One object: {"rows": [[table, partition, rows, bytes] ...], "floors": [[table, partition, pk, version] ...]}; rows."""
    places: dict[Place, list[bytes]] = {}
    for one in (line for some in news for line in some.lines):
        places.setdefault((one.table, one.partition), []).append(one.body)
    bodies = [b"".join(lines) for lines in places.values()]
    index = {
        "rows": [[*place, len(lines), len(body)] for (place, lines), body in zip(places.items(), bodies, strict=True)],
        "floors": [[floor.table, floor.partition, floor.pk, floor.version] for some in news for floor in some.floors],
    }
    return json.dumps(index, separators=(",", ":")).encode() + b"\n" + b"".join(bodies)


def decode(data: bytes) -> Landed:
    """Take a landed object apart without reading its rows. BadPayload for anything `encode` did not make."""
    end = data.find(b"\n") + 1
    try:
        index = json.loads(data[:end])
        rows = dict(_slices(memoryview(data), end, index["rows"]))
        floors: dict[Place, dict[str, int]] = {}
        for table, partition, pk, version in index["floors"]:
            known = floors.setdefault(_known(table, partition), {})
            known[str(pk)] = max(int(version), known.get(str(pk), 0))
    except (ValueError, KeyError, TypeError) as err:
        raise BadPayload(f"not a landed object: {err}", "index line") from err
    return Landed(rows, floors)


def _slices(data: memoryview, start: int, sections: list[Any]) -> Iterator[tuple[Place, memoryview]]:
    for table, partition, _, length in sections:
        yield _known(table, partition), data[start : start + length]
        start += length
    if start != len(data):
        raise ValueError(f"{len(data)} bytes where the index tells of {start}")


def _known(table: str, partition: str) -> Place:
    if table not in lake.BY_NAME:
        raise ValueError(f"no table called {table!r}")
    return table, partition


def line(row: Row) -> bytes:
    """A row as a line of JSON that reads back exactly: decimals and times as text, nulls left out.

    BadPayload names the column whose value its type cannot hold.
    """
    values = {**row.values, "key": row.key, "version": row.version}
    types = _TYPES[row.table]
    if unknown := values.keys() - types.keys():
        raise BadPayload(f"no column {', '.join(sorted(unknown))} in model/lake.py", f"{row.table} {row.key}")
    written = {name: _WRITE[types[name]](value, f"{row.table}.{name}") for name, value in values.items() if value is not None}
    # Half a surrogate pair, which JSON can bring in, has no UTF-8: it becomes a question mark.
    return json.dumps(written, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "replace") + b"\n"


def _string(value: Any, where: str) -> str:
    if not isinstance(value, str):
        raise BadPayload(f"expected text, got {type(value).__name__}", where)
    return value


def _bigint(value: Any, where: str) -> int:
    if not isinstance(value, int) or isinstance(value, bool) or not -(2**63) <= value < 2**63:
        raise BadPayload(f"expected a whole number of 64 bits, got {str(value)[:40]}", where)
    return value


def _decimal(value: Any, where: str) -> str:
    """Arrow's reader does not check the precision it is told, so it is checked here: 12 digits before the point, 6 after."""
    if not isinstance(value, Decimal) or not value.is_finite() or abs(value) >= 10**12 or value != round(value, 6):
        raise BadPayload(f"expected a decimal (18,6), got {str(value)[:40]}", where)
    return f"{value:.6f}"


def _timestamp(value: Any, where: str) -> str:
    """UTC without a zone, to the millisecond: what `timestamp` is to Athena."""
    if not isinstance(value, datetime) or value.tzinfo is None:
        raise BadPayload(f"expected a time with a zone, got {str(value)[:40]}", where)
    return value.astimezone(UTC).replace(tzinfo=None).isoformat(" ", "milliseconds")


def _boolean(value: Any, where: str) -> bool:
    if not isinstance(value, bool):
        raise BadPayload(f"expected true or false, got {type(value).__name__}", where)
    return value


_WRITE = {"string": _string, "bigint": _bigint, "decimal(18,6)": _decimal, "timestamp": _timestamp, "boolean": _boolean}
