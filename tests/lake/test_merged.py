"""One object of the lake: what merge makes of rows, floors and the object before."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from io import BytesIO
from typing import Any

import pytest
from pyarrow import BufferReader, parquet

from chalicelib.model import lake
from chalicelib.model.errors import BadPayload
from chalicelib.rules import landed, merged
from tests.lake.world import row

TABLE = lake.BY_NAME["orders"]
DAY = date(2026, 11, 22)
ONE, TWO = "shopify/main#order:1", "shopify/main#order:2"


def lines(*rows: tuple[str, int, int]) -> bytes:
    return b"".join(landed.line(row(pk, "orders", "2026-01", number, version)) for pk, number, version in rows)


def merge(current: bytes | None, section: bytes = b"", floors: dict[str, int] | None = None, today: date = DAY) -> bytes | None:
    return merged.merge(TABLE, current, merged.read(TABLE, [section]), floors or {}, today)


def found(body: bytes | None) -> list[tuple[str, int]]:
    assert body is not None
    return [(r["key"], r["version"]) for r in parquet.read_table(BufferReader(body)).to_pylist()]


def test_rows_come_sorted_and_once_whatever_order_they_came_in() -> None:
    body = merge(merge(None, lines((TWO, 1, 1), (ONE, 2, 3))), lines((ONE, 1, 1), (ONE, 2, 2), (TWO, 1, 4), (TWO, 1, 2)))

    assert found(body) == [(f"{ONE}#1", 1), (f"{ONE}#2", 3), (f"{TWO}#1", 4)]


def test_nothing_new_is_no_new_object() -> None:
    body = merge(None, lines((ONE, 1, 2)), {TWO: 4})

    assert merge(body, lines((ONE, 1, 2))) is None
    assert merge(body, lines((ONE, 1, 1)), {TWO: 3}) is None


def test_of_equal_versions_the_one_landed_last_wins() -> None:
    def spelled(word: str) -> bytes:
        one = row(ONE, "orders", "2026-01", 1, 1)
        return landed.line(replace(one, values=(one.values or {}) | {"payment": word}))

    both = merged.merge(TABLE, None, merged.read(TABLE, [spelled("old"), spelled("new")]), {}, DAY)
    later = merged.merge(TABLE, both, merged.read(TABLE, [spelled("newest")]), {}, DAY)

    assert parquet.read_table(BufferReader(both))["payment"].to_pylist() == ["new"]
    assert parquet.read_table(BufferReader(later))["payment"].to_pylist() == ["newest"]


def test_a_floor_takes_away_what_is_below_it_and_keeps_late_rows_out() -> None:
    body = merge(merge(None, lines((ONE, 1, 1), (ONE, 2, 3), (TWO, 1, 1))), floors={ONE: 3})

    assert found(body) == [(f"{ONE}#2", 3), (f"{TWO}#1", 1)]
    assert merge(body, lines((ONE, 3, 2))) is None


def test_an_emptied_partition_keeps_an_empty_object() -> None:
    body = merge(merge(None, lines((ONE, 1, 1))), floors={ONE: 2})

    assert found(body) == []
    assert parquet.read_schema(BufferReader(body)).names == [column.name for column in TABLE.columns]


def test_a_floor_is_forgotten_after_thirty_days() -> None:
    body = merge(None, floors={ONE: 3})
    kept, gone = DAY + timedelta(days=30), DAY + timedelta(days=31)

    assert found(merge(body, lines((TWO, 1, 1), (ONE, 1, 2)), today=kept)) == [(f"{TWO}#1", 1)]
    assert found(merge(body, lines((TWO, 1, 1), (ONE, 1, 2)), today=gone)) == [(f"{ONE}#1", 2), (f"{TWO}#1", 1)]


def test_floors_are_no_column_and_no_row() -> None:
    body = merge(None, lines((ONE, 1, 1)), {f"shopify/main#order:{n}": 9 for n in range(100)})

    table = parquet.read_table(BufferReader(body))
    assert (table.num_rows, table.schema.names) == (0, [column.name for column in TABLE.columns])


def test_many_small_merges_leave_full_row_groups(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(merged, "GROUP", 10)
    body: Any = None
    for start in range(0, 70, 7):
        body = merge(body, lines(*((ONE, 100 + n * 37 % 70, 1) for n in range(start, start + 7))))

    about = parquet.read_metadata(BytesIO(body))
    assert [about.row_group(n).num_rows for n in range(about.num_row_groups)] == [10] * 7
    assert found(body) == sorted((f"{ONE}#{100 + n}", 1) for n in range(70))


def test_a_column_newer_than_the_object_is_null_until_its_row_lands_again() -> None:
    old = replace(TABLE, columns=tuple(column for column in TABLE.columns if column.name != "payment"))
    before = merged.merge(old, None, merged.read(old, [lines((ONE, 1, 1))]), {}, DAY)

    after = merge(before, lines((TWO, 1, 1)))

    assert found(after) == [(f"{ONE}#1", 1), (f"{TWO}#1", 1)]
    assert parquet.read_table(BufferReader(after))["payment"].to_pylist() == [None, None]


def test_a_column_of_a_newer_release_is_left_out() -> None:
    assert found(merge(None, lines((ONE, 1, 1)).replace(b'{"', b'{"tomorrow":1,"', 1))) == [(f"{ONE}#1", 1)]


def test_a_line_longer_than_a_block_is_read() -> None:
    one = row(ONE, "orders", "2026-01", 1, 1)
    long = landed.line(replace(one, values=(one.values or {}) | {"problems": "x" * 3_000_000}))

    assert found(merge(None, lines((ONE, 2, 1)) + long)) == [(f"{ONE}#1", 1), (f"{ONE}#2", 1)]


@pytest.mark.parametrize("section", [b"no json\n", b'{"key":1,"version":1}\n', b'{"version":1}\n', b'{"key":"a"}\n'])
def test_lines_that_are_no_rows_are_refused(section: bytes) -> None:
    with pytest.raises(BadPayload, match="landed rows of orders"):
        merged.read(TABLE, [section])


def test_an_object_of_another_hand_is_left_alone() -> None:
    sink = BytesIO()
    parquet.write_table(merged.schema(TABLE).empty_table(), sink)

    for foreign in (sink.getvalue(), b"not parquet at all", (merge(None, lines((ONE, 1, 1))) or b"")[:-9]):
        with pytest.raises(merged.NotOurs, match="orders"):
            merge(foreign, lines((ONE, 1, 1)))


def test_types_are_those_athena_is_told() -> None:
    body = merge(None, lines((ONE, 1, 1)))

    assert parquet.read_schema(BufferReader(body)).remove_metadata() == merged.schema(TABLE)
    about = parquet.ParquetFile(BufferReader(body)).metadata.row_group(0)
    assert {about.column(n).compression for n in range(about.num_columns)} == {"ZSTD"}
