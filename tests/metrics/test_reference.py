"""The return rate of a real shop of two years, against figures worked out apart from this product."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

import duckdb
import pytest

from tests.metrics import online_retail
from tests.metrics.asking import Row, ask, rows

pytestmark = pytest.mark.skipif(not online_retail.PARQUET.exists(), reason=online_retail.MISSING)
# The reference's name of a figure, ours, and the decimals the reference keeps.
UNITS = (("units_sold", "units_sold", 0), ("units_returned", "units_returned", 0))
VALUES = (("sold_gbp", "value_sold", 2), ("returned_gbp", "value_returned", 2))
BY_QUANTITY, BY_VALUE = ("return_rate_by_quantity", "rate_by_quantity", 6), ("return_rate_by_value", "rate_by_value", 6)
ORDERS, SALES, RETURNS = ("orders", "orders", 0), ("sale_lines", "sale_lines", 0), ("return_lines", "return_lines", 0)
DOCUMENTS = ("return_documents", "return_documents", 0)
SKU, COUNTRY, MONTH = ("sku", "sku", None), ("country", "country", None), ("month", "month", None)
LATER = ("units_returned_later", "units_returned", 0)
RATES = (BY_QUANTITY, BY_VALUE)
# The reference's name, what to ask, what to compare.
FIGURES: list[tuple[str, dict[str, str | int], tuple[Any, ...]]] = [
    ("overall", {}, (ORDERS, SALES, DOCUMENTS, RETURNS, *UNITS, *VALUES, *RATES)),
    ("overall_known_customers", {"buyers": "known"}, (ORDERS, SALES, RETURNS, *UNITS, *VALUES, *RATES)),
    ("overall_net_of_reversals", {"reversals": "excluded"}, (*UNITS, *VALUES, *RATES)),
    ("by_month", {"by": "month"}, (MONTH, ORDERS, *UNITS, *VALUES, *RATES)),
    ("by_purchase_month", {"by": "month", "dating": "cohort", "buyers": "known"}, (MONTH, UNITS[0], LATER, BY_QUANTITY)),
    ("top_10_countries_by_sales", {"by": "country", "order": "value_sold", "limit": 10},
     (COUNTRY, ORDERS, *UNITS, *VALUES, *RATES)),
    ("top_10_countries_by_return_rate", {"by": "country", "order": "rate_by_value", "min_orders": 50, "limit": 10},
     (COUNTRY, ORDERS, *VALUES, BY_VALUE)),
    ("top_20_skus_by_return_rate", {"by": "sku", "order": "rate_by_quantity", "min_units": 100, "limit": 20},
     (SKU, *UNITS, RETURNS, BY_QUANTITY)),
]  # fmt: skip


@pytest.fixture(scope="module")
def whole() -> Iterator[tuple[Any, dict[str, Any]]]:
    """The lake of the whole data set and its published figures."""
    figures = json.loads(online_retail.FIGURES_JSON.read_text("utf-8"))["figures"]
    with duckdb.connect() as connection:
        online_retail.load(connection, f"read_parquet('{online_retail.PARQUET}')")
        yield connection, figures


@pytest.fixture(scope="module")
def first_lines() -> Iterator[tuple[Any, dict[str, Any]]]:
    """The lake of the first 20,000 lines, and the reference's own queries run over their CSV."""
    source = (
        f"(SELECT 'Year 2009-2010' AS Sheet, * FROM read_csv('{online_retail.FIRST_LINES}', header = true, "
        "types = {'Invoice': 'VARCHAR', 'StockCode': 'VARCHAR', 'Description': 'VARCHAR', 'Quantity': 'BIGINT', "
        "'InvoiceDate': 'TIMESTAMP', 'Price': 'DOUBLE', 'Customer ID': 'BIGINT', 'Country': 'VARCHAR'}))"
    )
    text = online_retail.FIGURES_SQL.read_text("utf-8").replace("read_parquet('online_retail_ii.parquet')", source)
    setup, *blocks = re.split(r"^-- figure: (\w+)$", text, flags=re.MULTILINE)
    with duckdb.connect() as connection, duckdb.connect() as reference:
        reference.execute(setup)
        figures = {name: rows(reference, sql) for name, sql in zip(blocks[::2], blocks[1::2], strict=True)}
        online_retail.load(connection, source)
        single = ("overall", "orders_with", "returns_matched")
        yield connection, {name: found[0] if name.startswith(single) else found for name, found in figures.items()}


def told(row: Row, compared: tuple[Any, ...], ours: int) -> list[Any]:
    """The compared figures of a row, in the reference's precision."""
    values = ((row[one[ours]], one[2]) for one in compared)
    return [value if digits is None or value is None else round(float(value), digits) for value, digits in values]


def expected(figures: dict[str, Any], name: str) -> list[Row]:
    """A figure's rows; one that is no table is one row."""
    return figures[name] if isinstance(figures[name], list) else [figures[name]]


@pytest.mark.parametrize(("name", "asked", "compared"), FIGURES, ids=[name for name, _, _ in FIGURES])
def test_published_figures(
    whole: tuple[Any, dict[str, Any]], name: str, asked: dict[str, str | int], compared: tuple[Any, ...]
) -> None:
    """Each published figure, row by row and to its last digit."""
    connection, figures = whole
    found = [row for row in ask(connection, **asked) if row["month"] != "unknown"]
    assert [told(row, compared, 1) for row in found] == [told(row, compared, 0) for row in expected(figures, name)]


@pytest.mark.parametrize(("name", "asked", "compared"), FIGURES, ids=[name for name, _, _ in FIGURES])
def test_figures_of_the_first_lines(
    first_lines: tuple[Any, dict[str, Any]], name: str, asked: dict[str, str | int], compared: tuple[Any, ...]
) -> None:
    """The same questions on the first 20,000 lines, where the reference's own queries answer."""
    connection, figures = first_lines
    found = [row for row in ask(connection, **asked) if row["month"] != "unknown"]
    # Where nothing came back the reference's plain sums are null; ours are nought.
    theirs = [told(row, compared, 0) for row in expected(figures, name)]
    assert [told(row, compared, 1) for row in found] == [[0.0 if value is None else value for value in row] for row in theirs]


@pytest.mark.parametrize("data", ["whole", "first_lines"])
def test_orders_with_a_return_and_returns_without_an_order(request: pytest.FixtureRequest, data: str) -> None:
    """Orders of known customers some of which came back; returns no purchase was found for are counted apart."""
    connection, figures = request.getfixturevalue(data)
    (row,) = ask(connection, dating="cohort", buyers="known")
    orders, matched = figures["orders_with_a_return"], figures["returns_matched_to_purchases"]
    assert row["orders"] == orders["orders_of_known_customers"]
    assert row["orders_returned"] == orders["orders_with_a_matched_return"]
    assert row["rate_by_orders"] == orders["share"]
    assert row["orders_low"] < row["rate_by_orders"] < row["orders_high"]
    assert row["return_lines"] == matched["with_an_earlier_purchase_of_the_same_product"]
    assert row["unmatched_lines"] == matched["without_an_earlier_purchase"]


@pytest.mark.parametrize("data", ["whole", "first_lines"])
def test_products_net_of_reversals(request: pytest.FixtureRequest, data: str) -> None:
    """Reversals taken off both sides, product by product; at least five return lines left."""
    connection, figures = request.getfixturevalue(data)
    found = ask(connection, by="sku", reversals="excluded", order="rate_by_quantity", min_units=100)
    compared = (SKU, *UNITS, RETURNS, BY_QUANTITY)
    ours = [told(row, compared, 1) for row in found if row["return_lines"] >= 5][:20]
    assert ours == [told(row, compared, 0) for row in figures["top_20_skus_by_return_rate_net_of_reversals"]]


def test_parts_of_any_split_add_up(first_lines: tuple[Any, dict[str, Any]]) -> None:
    """Split by month, country and product, the parts make the whole, in either dating."""
    connection, _ = first_lines
    for dating in ("event", "cohort"):
        (everything,) = ask(connection, dating=dating)
        parts = ask(connection, dating=dating, by="month,country,sku")
        for name in ("sale_lines", "units_sold", "value_sold", "return_lines", "units_returned", "value_returned"):
            assert sum(row[name] for row in parts) == everything[name]
