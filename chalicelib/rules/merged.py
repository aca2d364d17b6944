"""The lake's objects: landed rows merged into one Parquet object per partition. Pure: bytes in, bytes out.

An object is sorted by key and holds each key once, in row groups of 20,000 rows, so one merge walks it group by group and
needs memory for a group, not for the object's rows. Its floors stand in its own metadata: they change with it in one PUT, and
readers of Parquet never see them. pyarrow is imported inside, since only the merge's function has it.
"""

from __future__ import annotations

import json
import zlib
from base64 import b64decode, b64encode
from bisect import bisect_right
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date, timedelta
from typing import Any

from ..model import lake
from ..model.errors import BadPayload, WellkeptError
from ..model.lake import Table

ROOT = "lake/"
GROUP = 20_000  # rows in a row group: an order is found by reading one, and a whole month stays a few
REMEMBERED = timedelta(days=30)  # how long a floor outlives the last row it removed: landed objects never grow that old
_IDS = {"key", "subject", "buyer", "number"}  # and all that end in _id: next to no value comes twice
_FORMAT = b"wellkept.format"
_FLOORS = b"wellkept.floors"


class NotOurs(WellkeptError):
    """What stands where the lake's object should be was not written by merge. It is left as it is."""


Floors = dict[str, tuple[int, str]]  # pk -> version, day it was remembered


def path(table: str, partition: str) -> str:
    """The key of the one object of a partition."""
    return f"{ROOT}{table}/{lake.PARTITION}={partition}/rows.parquet"


def schema(table: Table) -> Any:
    """The Arrow schema of a table. Times have no zone, are UTC and whole milliseconds: what Athena calls `timestamp`."""
    import pyarrow as pa

    types = {
        "string": pa.string(),
        "bigint": pa.int64(),
        "decimal(18,6)": pa.decimal128(18, 6),
        "timestamp": pa.timestamp("ms"),
        "boolean": pa.bool_(),
    }
    return pa.schema([(column.name, types[column.type]) for column in table.columns])


def read(table: Table, sections: Sequence[bytes | memoryview]) -> Any:
    """Landed JSON lines (oldest section first) as an Arrow table: sorted, the truth of each key once.

    Of rows with one key the highest version wins, of equal versions the one landed last, so that landing a state again after a
    change of the rules replaces its rows. BadPayload when a line is not a row of the table.
    """
    import pyarrow as pa

    form = schema(table)
    data = b"".join(reversed(sections))
    if not data:
        return form.empty_table()
    try:
        found = _parse(form, data)
    except pa.ArrowInvalid as err:
        raise BadPayload(str(err), f"landed rows of {table.name}") from err
    if found["key"].null_count or found["version"].null_count:
        raise BadPayload("a row without key or version", f"landed rows of {table.name}")
    return _newest([found])


def _parse(form: Any, data: bytes) -> Any:
    import pyarrow as pa
    from pyarrow import json as lines

    # A column this release does not know is dropped: after a roll-back rows must still merge.
    parsing = lines.ParseOptions(explicit_schema=form, unexpected_field_behavior="ignore")
    try:
        found = lines.read_json(pa.BufferReader(data), lines.ReadOptions(), parsing)
    except pa.ArrowInvalid:
        # A line longer than a block (1 MB) is refused: once more as one block. What is truly wrong is wrong again.
        found = lines.read_json(pa.BufferReader(data), lines.ReadOptions(block_size=len(data) + 1), parsing)
    return found.select(form.names)


def merge(table: Table, current: bytes | None, landed: Any, floors: Mapping[str, int], today: date) -> bytes | None:
    """The partition's next object: `landed` (from `read`) and `floors` (pk -> version) merged into `current`.

    None when the object would be the same to the byte. `today` dates the floors; those over 30 days old are forgotten.
    NotOurs when `current` is damaged or from another hand.
    """
    import pyarrow as pa

    form = schema(table)
    try:
        known = _open(table, current) if current is not None else None
        remembered = _raised(_remembered(known), floors, today)
        tables = (_above(window, remembered) for window in _windows(_groups(known, form), landed))
        body = _write(form, tables, remembered)
    except (pa.ArrowException, OSError) as err:
        raise NotOurs(f"{table.name}: an object of the lake cannot be read: {err}") from err
    return None if current is not None and body.equals(pa.py_buffer(current)) else bytes(body)


def _open(table: Table, current: bytes) -> Any:
    import pyarrow as pa
    from pyarrow import parquet

    known = parquet.ParquetFile(pa.BufferReader(current))
    if (known.metadata.metadata or {}).get(_FORMAT) != b"1":
        raise NotOurs(f"{table.name}: an object of the lake was not written by merge; move it away and land the states again")
    return known


def _groups(known: Any, form: Any) -> Iterator[Any]:
    """The row groups, in today's schema: a column newer than the object is null."""
    import pyarrow as pa

    for number in range(known.num_row_groups if known else 0):
        group = known.read_row_group(number)
        if group.schema.names == form.names:
            yield group
        else:
            have = set(group.schema.names)
            columns = [group[f.name] if f.name in have else pa.nulls(len(group), f.type) for f in form]
            yield pa.table(columns, schema=form)


def _windows(groups: Iterator[Any], landed: Any) -> Iterator[Any]:
    """Both sides cut at the same keys and merged, in key order: each row group with the landed rows up to its last key."""
    keys, start = landed["key"], 0
    for group in groups:
        end = bisect_right(keys, group["key"][-1].as_py(), lo=start, key=lambda key: key.as_py())
        yield _newest([landed.slice(start, end - start), group]) if end > start else group
        start = end
    yield landed.slice(start)


def _newest(tables: list[Any]) -> Any:
    """One table by key, of each key the highest version; of equal versions the one from the earlier table or row."""
    import pyarrow as pa
    from pyarrow import compute

    both = pa.concat_tables(tables)
    # A stable sort, so the first of each run of equal keys is the row to keep. Only the sorted columns are copied together.
    sorting = both.select(["key", "version"]).combine_chunks()
    order = compute.sort_indices(sorting, sort_keys=[("key", "ascending"), ("version", "descending")])
    keys = sorting["key"].take(order)
    first = compute.not_equal(keys[1:], keys[:-1])
    return both.take(order.filter(pa.chunked_array([pa.array([True]), *first.chunks])))


def _above(rows: Any, floors: Floors) -> Any:
    """The rows without those below their subject's floor."""
    import pyarrow as pa
    from pyarrow import compute

    if not floors:
        return rows
    sources = compute.binary_join_element_wise(rows["platform"], rows["shop"], "/")
    subjects = compute.binary_join_element_wise(sources, rows["subject"], "#")
    found = compute.index_in(subjects, value_set=pa.array(list(floors), pa.string()))
    least = pa.array([version for version, _ in floors.values()], pa.int64()).take(found)
    return rows.filter(compute.fill_null(compute.greater_equal(rows["version"], least), True))


def _remembered(known: Any) -> Floors:
    if known is None:
        return {}
    text = zlib.decompress(b64decode(known.metadata.metadata[_FLOORS]))
    return {pk: (version, day) for pk, version, day in json.loads(text)}


def _raised(remembered: Floors, floors: Mapping[str, int], today: date) -> Floors:
    """Old and new floors, the higher of each subject; without those remembered too long."""
    oldest = (today - REMEMBERED).isoformat()
    kept = {pk: floor for pk, floor in remembered.items() if floor[1] >= oldest}
    higher = {pk: (version, today.isoformat()) for pk, version in floors.items() if version > kept.get(pk, (0, ""))[0]}
    return kept | higher


def _write(form: Any, tables: Iterable[Any], floors: Floors) -> Any:
    import pyarrow as pa
    from pyarrow import parquet

    sink = pa.BufferOutputStream()
    # A dictionary of ids would hold nearly each of them once; Arrow's own copy of the schema only adds to what is scanned.
    dictionaries = [name for name in form.names if name not in _IDS and not name.endswith("_id")]
    with parquet.ParquetWriter(sink, form, compression="zstd", use_dictionary=dictionaries, store_schema=False) as writer:
        for some in _regrouped(tables):
            writer.write_table(some, row_group_size=GROUP)
        listed = json.dumps([[pk, *floor] for pk, floor in sorted(floors.items())], separators=(",", ":"))
        writer.add_key_value_metadata({_FORMAT: b"1", _FLOORS: b64encode(zlib.compress(listed.encode()))})
    return sink.getvalue()


def _regrouped(tables: Iterable[Any]) -> Iterator[Any]:
    """The same rows in tables of whole row groups, then the rest, so that many merges do not leave many small groups."""
    import pyarrow as pa

    rest = None
    for some in tables:
        rest = pa.concat_tables([rest, some]) if rest is not None else some
        whole = len(rest) // GROUP * GROUP
        if whole:
            yield rest.slice(0, whole)
            rest = rest.slice(whole)
    if rest is not None and len(rest):
        yield rest
