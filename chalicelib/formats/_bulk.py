"""Columns in which hardly a value is like another, such as ids and times: checked as a whole against a pattern by Arrow, and
read one by one only when somebody wants the rows. Rows with a value that does not fit are read the usual way, which says why.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ._columns import Column, Columns, Reader, Rows
from ._contract import Batch

Shapes = Mapping[str, tuple[str, Callable[[str], Any]]]
_LEAST = 256  # different values; fewer are read as quickly


@dataclass(frozen=True, slots=True)
class Fitting(Column):
    """Values that all fit their pattern: `values` is an Arrow array of text, `read` makes each what it means."""

    read: Callable[[str], Any]

    def spread(self) -> list[Any]:
        """The value of each row."""
        texts, read = self.values.take(self.places).to_pylist(), self.read  # type: ignore[attr-defined]
        return texts if read is str else [read(text) for text in texts]


@dataclass(frozen=True, slots=True)
class _Part:
    """Some rows of a batch."""

    lines: Sequence[int]
    columns: Mapping[str, Any]


class BulkColumns:
    """Reads batches as Columns does, but for the columns of `shapes`.

    The rows of a batch come in one piece, or in two: first those whose values all fit.
    """

    def __init__(self, readers: Mapping[str, Reader], shapes: Shapes, free: Collection[str] = ()) -> None:
        self._shapes, self._order = shapes, tuple(readers)
        self._whole = Columns(readers, free)
        self._others = Columns({name: read for name, read in readers.items() if name not in shapes}, free)

    def read(self, batch: Batch) -> Iterator[Rows]:
        """The rows of a batch."""
        if not all(_many(batch, name) for name in self._shapes):
            yield self._whole.read(batch)
            return
        fits = _fits(batch, self._shapes)
        fine, odd = (_part(batch, fits, wanted) for wanted in (True, False))
        if fine.lines:
            yield self._fine(fine)
        if odd.lines:
            yield self._whole.read(odd)

    def _fine(self, part: _Part) -> Rows:
        """Rows whose values all fit: the other columns decide which are taken."""
        rows = self._others.read(part)
        if rows.skipped:  # these have something in the columns that were not looked at
            return self._whole.read(part)
        kept = _places(part.lines, rows.lines)
        late = {name: _late(part.columns[name], kept, read) for name, (_, read) in self._shapes.items()}
        columns = {name: late.get(name) or rows.columns[name] for name in self._order}
        return Rows(rows.lines, columns, rows.refused, rows.skipped)


def _many(batch: Batch, name: str) -> bool:
    """Whether a column is there, as bytes or text, with many different values."""
    import pyarrow as pa
    from pyarrow import types

    array = batch.columns.get(name)
    if array is None or len(array.dictionary) < _LEAST:
        return False
    kind: pa.DataType = array.dictionary.type
    return bool(types.is_binary(kind) or types.is_string(kind))


def _fits(batch: Batch, shapes: Shapes) -> Any:
    """For each row, whether its values in these columns fit their patterns."""
    from pyarrow import compute

    found = None
    for name, (pattern, _) in shapes.items():
        array = batch.columns[name]
        mask = compute.match_substring_regex(array.dictionary, f"^(?:{pattern})$")
        rows = compute.fill_null(mask.take(array.indices), False)
        found = rows if found is None else compute.and_(found, rows)
    return found


def _part(batch: Batch, fits: Any, wanted: bool) -> _Part:
    """The rows that fit, or those that do not."""
    from pyarrow import compute

    count = compute.sum(fits).as_py() or 0
    if count == (len(fits) if wanted else 0):
        return _Part(batch.lines, batch.columns)
    places = compute.indices_nonzero(fits if wanted else compute.invert(fits))
    if not len(places):
        return _Part((), {})
    lines = [batch.lines[place] for place in places.to_pylist()]
    return _Part(lines, {name: _taken(array, places, compact=not wanted) for name, array in batch.columns.items()})


def _taken(array: Any, places: Any, compact: bool) -> Any:
    """Some rows of a column; `compact` without the values that only other rows have."""
    found = array.take(places)
    return found.cast(found.type.value_type).dictionary_encode() if compact else found


def _places(lines: Sequence[int], kept: Sequence[int]) -> Any:
    """Where the kept lines stand among all; None for all of them."""
    import pyarrow as pa

    if len(lines) == len(kept):
        return None
    left = set(kept)
    return pa.array([place for place, line in enumerate(lines) if line in left], pa.int32())


def _late(array: Any, kept: Any, read: Callable[[str], Any]) -> Fitting:
    import pyarrow as pa

    places = array.indices if kept is None else array.indices.take(kept)
    return Fitting(array.dictionary.cast(pa.string()), places, read)
