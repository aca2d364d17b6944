"""The one translation: what it changes, what it leaves, and how it says no."""

from __future__ import annotations

import duckdb
import pytest

from chalicelib.metrics import dialect
from chalicelib.model.errors import BadPayload


@pytest.mark.parametrize(
    ("sql", "answer"),
    [
        ("SELECT date_diff('day', TIMESTAMP '2026-01-01 23:00:00', TIMESTAMP '2026-01-02 01:00:00')", 0),
        ("SELECT date_diff('day', DATE '2026-01-01', DATE '2026-01-31')", 30),
        ("SELECT date_diff('hour', TIMESTAMP '2026-01-01 10:59:00', TIMESTAMP '2026-01-01 12:01:00')", 1),
        ("SELECT date_format(TIMESTAMP '2026-01-31 10:00:00', '%Y-%m')", "2026-01"),
        ("SELECT max_by(x, y) FROM (VALUES ('a', 1), ('b', 2)) AS t (x, y)", "b"),
        ("SELECT approx_percentile(x, 0.5) FROM (VALUES 1, 2, 3) AS t (x)", 2),
        ("SELECT count_if(x > 1) FROM (VALUES 1, 2, 3) AS t (x) LIMIT ALL", 2),
    ],
)
def test_the_laptop_answers_as_athena_would(sql: str, answer: object) -> None:
    """Answers by Trino's documentation: date_diff counts whole units, not boundaries."""
    assert duckdb.connect().execute(dialect.local(sql)).fetchall() == [(answer,)]


def test_times_of_any_precision_are_plain_timestamps() -> None:
    """Only those come back from the laptop's Athena as times."""
    sql = "SELECT TIMESTAMP '2026-01-02 03:04:05.123', CAST('2026-01-02 03:04:05' AS timestamp(3)), TIMESTAMP '2026-01-02'"
    types = [str(column[1]) for column in duckdb.connect().execute(dialect.local(sql)).description]
    assert types == ["TIMESTAMP"] * 3


def test_statements_without_a_grammar_stay_as_they_are() -> None:
    """SHOW and EXPLAIN go through."""
    assert dialect.local("SHOW TABLES") == "SHOW TABLES"


@pytest.mark.parametrize(
    ("sql", "says"),
    [
        ("SELECT a\nFROM orders WHERE", "sql: line 2, column"),
        ("SELECT (1", "sql: line 1, column 9"),
        ("SELECT 'x", "sql: "),
        ("", "sql: expected one statement, got 0"),
        ("SELECT 1; DROP TABLE orders", "sql: expected one statement, got 2"),
    ],
)
def test_text_that_is_no_statement_is_refused_with_its_place(sql: str, says: str) -> None:
    """A person typed it: say where."""
    with pytest.raises(BadPayload, match=says):
        dialect.local(sql)
