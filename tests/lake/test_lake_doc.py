"""docs/lake.md says what the schema says, and its example queries run in both readings."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import duckdb
import pytest
import sqlglot

from chalicelib.metrics import dialect
from chalicelib.model import lake
from chalicelib.rules import landed, merged
from infra.docs import lake_doc
from tests.lives import SOURCE, approval, order_life


def test_the_page_is_up_to_date() -> None:
    assert lake_doc.PLACE.read_text("utf-8") == lake_doc.text(), "run: python -m infra.docs.lake_doc"


@pytest.fixture(scope="module")
def tables(tmp_path_factory: pytest.TempPathFactory) -> duckdb.DuckDBPyConnection:
    """The lake of one order's life, laid out as merge lays it out."""
    from chalicelib.model import state
    from chalicelib.rules.fold import fold
    from chalicelib.rules.rows import rows

    root, data = tmp_path_factory.mktemp("bucket"), state.dump(fold(SOURCE, "order:1001", [*order_life(), approval()]))
    news = landed.changes(f"{SOURCE}#order:1001", [], rows(data, 1), 1)
    for (name, partition), lines in landed.decode(landed.encode([news])).rows.items():
        _write(root / merged.path(name, partition), lake.BY_NAME[name], [lines])
    connection = duckdb.connect()
    for table in lake.TABLES:
        if not (root / merged.ROOT / table.name).exists():
            _write(root / merged.path(table.name, lake.UNKNOWN), table, [])
        files = root / merged.ROOT / table.name / "*" / "*.parquet"
        connection.execute(
            f"CREATE VIEW {table.name} AS SELECT * FROM read_parquet('{files}', hive_types={{'month': VARCHAR}})"
        )
    return connection


def _write(path: Path, table: lake.Table, sections: list[memoryview]) -> None:
    body = merged.merge(table, None, merged.read(table, sections), {}, date(2026, 11, 22))
    path.parent.mkdir(parents=True)
    path.write_bytes(body or b"")


@pytest.mark.parametrize("title", lake_doc.QUERIES)
def test_an_example_runs(tables: duckdb.DuckDBPyConnection, title: str) -> None:
    sql = lake_doc.QUERIES[title]

    assert sqlglot.parse_one(sql, dialect="athena")
    tables.execute(dialect.local(sql)).fetchall()


def test_an_example_finds_the_order(tables: duckdb.DuckDBPyConnection) -> None:
    (title,) = [title for title in lake_doc.QUERIES if "one order" in title]

    found = tables.execute(dialect.local(lake_doc.QUERIES[title])).fetchall()
    assert [row[1:] for row in found] == [("MUG-RED", 2, 1, "in_transit", "done"), ("TEE-M", 1, None, None, None)]


def test_duckdb_reads_the_types_that_glue_declares(tables: duckdb.DuckDBPyConnection) -> None:
    words = {
        "string": "VARCHAR",
        "bigint": "BIGINT",
        "decimal(18,6)": "DECIMAL(18,6)",
        "timestamp": "TIMESTAMP",
        "boolean": "BOOLEAN",
    }
    for table in lake.TABLES:
        described = {row[0]: row[1] for row in tables.execute(f"DESCRIBE {table.name}").fetchall()}
        assert described == {column.name: words[column.type] for column in table.columns} | {"month": "VARCHAR"}
