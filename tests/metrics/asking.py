"""The lake's tables in DuckDB, and a metric asked of them the way the local stage asks."""

from __future__ import annotations

from typing import Any

from chalicelib import metrics
from chalicelib.metrics import dialect
from chalicelib.model import lake

Row = dict[str, Any]
_DUCK = {name: name.upper() for name in ("bigint", "decimal(18,6)", "timestamp", "boolean")} | {"string": "VARCHAR"}


def create(connection: Any, table: str) -> None:
    """An empty table of the lake: its columns as model/lake.py has them, and the partition."""
    columns = ", ".join(f"{column.name} {_DUCK[column.type]}" for column in lake.BY_NAME[table].columns)
    connection.execute(f"CREATE TABLE {table} ({columns}, {lake.PARTITION} VARCHAR)")


def rows(connection: Any, sql: str) -> list[Row]:
    """The rows of a DuckDB query, each by column name."""
    answer = connection.execute(sql)
    names = [column[0] for column in answer.description]
    return [dict(zip(names, row, strict=True)) for row in answer.fetchall()]


def ask(connection: Any, **parameters: str | int) -> list[Row]:
    """The return rate under these parameters, translated as on the local stage."""
    return rows(connection, dialect.local(metrics.render("return_rate", **parameters).sql))
