"""The dictionary: headers, closed lists, and one SQL for Athena and the laptop."""

from __future__ import annotations

import re

import pytest
import sqlglot
from sqlglot import exp

from chalicelib import metrics
from chalicelib.metrics import dialect
from chalicelib.metrics.parameters import parameter
from chalicelib.model import lake
from chalicelib.model.errors import BadPayload


def select(sql: str, dialect_: str) -> exp.Select:
    """The statement as that dialect reads it."""
    tree = sqlglot.parse_one(sql, read=dialect_)
    assert isinstance(tree, exp.Select)
    return tree


ASKED: list[dict[str, str | int]] = [
    {},
    {"by": "month", "dating": "cohort", "as_of": "2026-11-22"},
    {"by": "month,country,sku,platform,shop", "dating": "cohort", "buyers": "known", "reversals": "excluded"},
    {"by": "sku", "order": "rate_by_value", "min_units": 100, "min_orders": 5, "limit": 20},
]


@pytest.mark.parametrize("name", metrics.names())
def test_header_says_everything(name: str) -> None:
    """Every metric has titles in both languages, every dating it offers explained, its tables named and used."""
    metric = metrics.get(name)
    assert metric.name == name
    assert metric.title.keys() == {"en", "zh"}
    assert all((metric.meaning, metric.formula, metric.maturity, metric.pitfalls, metric.dimensions))
    assert metric.dating.keys() == {word for one in metric.parameters if one.name == "dating" for word in one.of}
    tree = select(metrics.render(name).sql, "trino")
    within = {cte.alias for cte in tree.find_all(exp.CTE)}
    assert {table.name for table in tree.find_all(exp.Table)} - within == set(metric.tables) <= lake.BY_NAME.keys()
    assert tree.named_selects == list(metric.columns)


@pytest.mark.parametrize("name", metrics.names())
def test_every_parameter_is_used_and_every_placeholder_declared(name: str) -> None:
    """A placeholder nobody declared would stay in the text; a parameter nobody uses would do nothing."""
    metric = metrics.get(name)
    literals = {found for one in metric.parameters for found in one.read(None, name)[1]}
    assert set(re.findall(":([a-z_]+)", metric.sql)) == literals


@pytest.mark.parametrize("asked", ASKED)
def test_the_same_statement_is_read_as_trino_and_as_duckdb(asked: dict[str, str | int]) -> None:
    """Athena's text parses as Trino and comes back the same; the translation parses as DuckDB, with the same columns."""
    sql = metrics.render("return_rate", **asked).sql
    trino = select(sql, "trino")
    again = sqlglot.parse_one(trino.sql(dialect="trino", unsupported_level=sqlglot.ErrorLevel.RAISE), read="trino")
    assert again.sql(dialect="trino", comments=False) == trino.sql(dialect="trino", comments=False)
    duckdb = select(dialect.local(sql), "duckdb")
    assert duckdb.named_selects == trino.named_selects
    back = sqlglot.transpile(dialect.local(sql), read="duckdb", write="trino", unsupported_level=sqlglot.ErrorLevel.RAISE)
    assert select(back[0], "trino").named_selects == trino.named_selects


def test_equal_questions_are_equal_texts() -> None:
    """However it is spelled: order of words, blanks, numbers as text, defaults named or not."""
    one = metrics.render("return_rate", by="sku, month", limit="020")
    assert one == metrics.render("return_rate", by="month,sku", limit=20, dating="event")
    assert (one.parameters["by"], one.parameters["limit"], one.parameters["as_of"]) == ("month,sku", "20", "current_date")
    assert one.sql.startswith("-- metric return_rate: by = month,sku, dating = event")


@pytest.mark.parametrize(
    ("given", "says"),
    [
        ({"by": "week"}, r"return_rate: by: expected all, or some of month, .*got 'week'"),
        ({"by": "all,month"}, "return_rate: by: expected all, or some"),
        ({"by": ""}, "return_rate: by: expected all, or some"),
        ({"dating": "refund"}, r"return_rate: dating: expected event \| cohort, got 'refund'"),
        ({"buyers": "known' OR 1=1 --"}, "return_rate: buyers: expected all | known"),
        ({"reversals": "true"}, "return_rate: reversals: expected included | excluded"),
        ({"order": "rate_by_quantity desc"}, "return_rate: order: expected dimensions"),
        ({"limit": "10; DROP TABLE orders"}, "return_rate: limit: expected a whole number from 1 to 1000000"),
        ({"limit": 0}, "return_rate: limit: expected a whole number from 1"),
        ({"limit": True}, "return_rate: limit: expected a whole number"),
        ({"min_units": -1}, "return_rate: min_units: expected a whole number from 0"),
        ({"min_units": "１０"}, "return_rate: min_units: expected a whole number from 0"),
        ({"as_of": "2026-02-30"}, r"return_rate: as_of: expected a date \(YYYY-MM-DD\), got '2026-02-30'"),
        ({"as_of": "20260222"}, "return_rate: as_of: expected a date"),
        ({"as_of": "current_date"}, "return_rate: as_of: expected a date"),
        ({"month": "2026-01"}, "return_rate: month: no such parameter; there are by, dating, buyers"),
    ],
)
def test_values_off_the_lists_are_refused(given: dict[str, str | int], says: str) -> None:
    """What, where, and what may be given instead."""
    with pytest.raises(BadPayload, match=says):
        metrics.render("return_rate", **given)


def test_unknown_metric_lists_the_known() -> None:
    """Also names that would be a path."""
    for name in ("refund_rate", "../return_rate", ""):
        with pytest.raises(BadPayload, match="no metric of this name; there are return_rate"):
            metrics.get(name)


@pytest.mark.parametrize(
    "declared",
    [{"kind": "text", "meaning": "x"}, {"kind": "one", "meaning": "x"}, {"kind": "one", "of": ["O'Neill"], "meaning": "x"}],
)
def test_a_header_cannot_declare_free_text(declared: dict[str, object]) -> None:
    """Closed lists, whole numbers and dates are all there is."""
    with pytest.raises(ValueError, match="parameter nothing"):
        parameter("nothing", declared)


@pytest.mark.parametrize("name", metrics.names())
def test_what_a_person_is_shown_are_columns_of_the_metric(name: str) -> None:
    shown = metrics.get(name).glance

    assert shown and set(shown) <= set(metrics.get(name).columns) and len(set(shown)) == len(shown)
