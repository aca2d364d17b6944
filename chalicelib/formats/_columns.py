"""Columns of raw values into columns of understood ones. Each distinct value is read once, by a plain function of one value,
so a million rows cost little more than their distinct values; faults lead back to their rows.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ..model.errors import BadPayload
from ._contract import FOREIGN, Batch, Refused, Skipped

EMPTY_ROW = "empty row"
_MAX_KNOWN = 50_000  # values remembered of a column, so that the next batches need not read them again
_MAX_LENGTH = 1000  # of a value that is remembered
_SHOWN = 100  # characters of a refused value that are told

_FOREIGN = chr(FOREIGN)
_BROKEN = re.compile(f"[{_FOREIGN}-\U0010ffff]+")
_NO_TEXT = "holds bytes that the file's encoding does not know; save the file as UTF-8, or name its encoding (--encoding)"

Reader = Callable[[Any], Any]
Read = tuple[Any, BadPayload | None]


@dataclass(frozen=True, slots=True)
class Column:
    """Understood values, and for each row the place of its value (an Arrow array of whole numbers)."""

    values: Sequence[Any]
    places: Any

    def spread(self) -> list[Any]:
        """The value of each row."""
        values = self.values
        return [values[place] for place in self.places.to_pylist()]


@dataclass(frozen=True, slots=True)
class Rows:
    """The understood rows of a batch, and what became of the others."""

    lines: Sequence[int]
    columns: Mapping[str, Column]
    refused: tuple[Refused, ...]
    skipped: tuple[Skipped, ...]

    def tuples(self) -> Iterator[tuple[Any, ...]]:
        """Line number and values of each row, in the order of the readers."""
        return zip(self.lines, *(column.spread() for column in self.columns.values()), strict=True)


@dataclass(frozen=True, slots=True)
class _Raw:
    """A column as the file has it: distinct values, each as read, and the places of the rows' values."""

    values: Sequence[Any]
    read: Sequence[Read]
    places: Any


class Columns:
    """Reads batches with one reader for each column.

    A reader is given text, a number, or "" where the file has nothing, and returns what it means or raises BadPayload. Of a
    row with several faults the first column's is told, in the order of `readers`. Rows with nothing in any column are skipped.
    In the columns that are `free` people wrote what they liked: bytes that are of no character cost themselves, not the row.
    """

    def __init__(self, readers: Mapping[str, Reader], free: Collection[str] = ()) -> None:
        self._readers = readers
        self._free = free
        self._known: dict[str, dict[Any, Read]] = {name: {} for name in readers}

    def read(self, batch: Batch) -> Rows:
        """The rows of a batch. A column that the file lacks holds "" in each row."""
        raws = {name: self._raw(name, batch) for name in self._readers}
        columns = {name: Column([value for value, _ in raw.read], raw.places) for name, raw in raws.items()}
        skipped = _empty(raws)
        faults = {place: fault for place, fault in _faults(raws).items() if place not in skipped}
        if not skipped and not faults:
            return Rows(batch.lines, columns, (), ())
        gaps = sorted({*faults, *skipped})
        kept = _whole(_without(range(len(batch.lines)), gaps))
        return Rows(
            _without(batch.lines, gaps),
            {name: Column(column.values, column.places.take(kept)) for name, column in columns.items()},
            tuple(Refused(batch.lines[place], *faults[place]) for place in sorted(faults)),
            tuple(Skipped(batch.lines[place], EMPTY_ROW) for place in sorted(skipped)),
        )

    def _raw(self, name: str, batch: Batch) -> _Raw:
        if name not in batch.columns:
            values, places = [""], _whole([0] * len(batch.lines))
        else:
            array = batch.columns[name]
            # Nothing is spelled "", whether it was null or no bytes; 0 is something.
            values = [value if value or value == 0 else "" for value in array.dictionary.to_pylist()] + [""]
            places = array.indices.fill_null(len(values) - 1)
        known = self._known[name]
        return _Raw(values, [known.get(value) or self._learnt(name, value) for value in values], places)

    def _learnt(self, name: str, value: Any) -> Read:
        found, known = _tried(self._readers[name], name, _mended(value) if name in self._free else value), self._known[name]
        if len(known) >= _MAX_KNOWN:
            known.clear()
        if not isinstance(value, (str, bytes)) or len(value) <= _MAX_LENGTH:
            known[value] = found
        return found


def _mended(value: Any) -> Any:
    """A value with a sign of its own in place of whatever is of no character."""
    text = value.decode("utf-8", "replace") if isinstance(value, bytes) else value
    return _BROKEN.sub("\ufffd", text) if isinstance(text, str) and not text.isascii() else text


def _tried(reader: Reader, name: str, value: Any) -> Read:
    try:
        text = value.decode() if isinstance(value, bytes) else value
        if isinstance(text, str) and text and max(text) >= _FOREIGN:
            return None, BadPayload(_NO_TEXT, name)
        return reader(text), None
    except UnicodeDecodeError:
        return None, BadPayload(_NO_TEXT, name)
    except BadPayload as err:
        return None, err


def _faults(raws: Mapping[str, _Raw]) -> dict[int, tuple[str, str, str]]:
    """Place in the batch -> column, value and cause of the first fault of the row."""
    found: dict[int, tuple[str, str, str]] = {}
    for name, raw in raws.items():
        for place in _places(raw, [fault is not None for _, fault in raw.read]):
            value, fault = _at(raw, place)
            if fault is not None:
                found.setdefault(place, (name, shown(value), fault.problem))
    return found


def _at(raw: _Raw, place: int) -> tuple[Any, BadPayload | None]:
    distinct = raw.places[place].as_py()
    return raw.values[distinct], raw.read[distinct][1]


def _empty(raws: Mapping[str, _Raw]) -> set[int]:
    """Places of the rows with nothing in any column."""
    found: set[int] | None = None
    for raw in raws.values():
        places = _places(raw, [value == "" for value in raw.values])
        found = found.intersection(places) if found is not None else set(places)
        if not found:
            break
    return found or set()


def _places(raw: _Raw, flags: list[bool]) -> list[int]:
    """Places of the rows whose value is flagged."""
    if not any(flags):
        return []
    import pyarrow as pa
    from pyarrow import compute

    places: list[int] = compute.indices_nonzero(pa.array(flags, pa.bool_()).take(raw.places)).to_pylist()
    return places


def _without(items: Sequence[int], gaps: Sequence[int]) -> list[int]:
    """The items, less those at the places of `gaps`, which ascend."""
    found: list[int] = []
    for start, end in zip([-1, *gaps], [*gaps, len(items)], strict=True):
        found.extend(items[start + 1 : end])
    return found


def _whole(numbers: list[int]) -> Any:
    import pyarrow as pa

    return pa.array(numbers, pa.int32())


def shown(value: Any) -> str:
    """A refused value as it is told: text of at most 100 characters, bytes that are of no character as \\xNN."""
    text = value.decode("utf-8", "backslashreplace") if isinstance(value, bytes) else str(value)
    return "".join(f"\\x{ord(one) - FOREIGN:02x}" if one >= _FOREIGN else one for one in text[:_SHOWN])
