"""The real file's first 20,000 lines: classes, money and documents against figures that DuckDB makes of the same lines."""

from __future__ import annotations

from collections import Counter
from decimal import Decimal
from pathlib import Path

import pytest

from chalicelib.model.facts import LineFact, RefundFact, ReturnLineFact
from tests.formats.retail import Outcome, each_row_once, outcome

FILE = Path(__file__).parents[2].parent / "shared" / "data" / "online_retail" / "online_retail_ii_first_20000.csv"
pytestmark = pytest.mark.skipif(not FILE.exists(), reason="needs the Online Retail II data set beside the repository")

# The line classes of the data set's own description, in its order.
LINES = f"""
SELECT *, CASE WHEN Invoice LIKE 'A%' THEN 'bad_debt'
               WHEN Quantity < 0 AND Invoice NOT LIKE 'C%' THEN 'write_off'
               WHEN Price = 0 THEN 'free' WHEN NOT product THEN 'service'
               WHEN Invoice LIKE 'C%' THEN 'return' ELSE 'sale' END AS kind
FROM (SELECT *, regexp_matches(upper(trim(StockCode)), '^([0-9]{{5}}[A-Z]*|DCGS[0-9A-Z]+|SP1002|PADS)$') AS product
      FROM read_csv('{FILE}', types = {{'Invoice': 'VARCHAR', 'StockCode': 'VARCHAR', 'Price': 'DECIMAL(18, 6)'}}))
"""


@pytest.fixture(scope="module")
def found() -> Outcome:
    return outcome(FILE)


def figures(query: str) -> list[tuple]:
    import duckdb

    return duckdb.sql(f"WITH lines AS ({LINES}) {query}").fetchall()


def test_every_line_is_taken(found: Outcome):
    assert (len(found.lines), found.taken, found.refused, found.unread, found.skipped) == (20_000, 20_000, [], [], [])
    assert each_row_once(found)


def test_classes_units_and_money(found: Outcome):
    count, units, value = Counter(), Counter(), Counter()
    for fact in (fact for one in found.documents for fact in one.events[0].facts):
        if isinstance(fact, (LineFact, ReturnLineFact)):
            sign = -1 if isinstance(fact, ReturnLineFact) else 1
            count[fact.kind] += 1
            units[fact.kind] += sign * fact.quantity
            value[fact.kind] += sign * fact.quantity * fact.unit_price

    expected = figures("SELECT kind, count(*), sum(Quantity)::BIGINT, sum(Quantity * Price) FROM lines GROUP BY kind")
    assert len(expected) >= 5
    assert sorted((str(kind), count[kind], units[kind], value[kind]) for kind in count) == sorted(expected)


def test_documents_by_kind_and_buyer(found: Outcome):
    kinds = Counter(one.subject.partition(":")[0] for one in found.documents)
    buyers = {one.buyer.rpartition(":")[2] for one in found.documents if one.buyer}

    expected = figures("""
        SELECT CASE WHEN Invoice LIKE 'A%' THEN 'ledger' WHEN Invoice LIKE 'C%' THEN 'return'
                    WHEN whole THEN 'stock' ELSE 'order' END, count(*)
        FROM (SELECT Invoice, bool_and(kind = 'write_off') AS whole FROM lines GROUP BY Invoice) GROUP BY 1
    """)
    assert sorted(kinds.items()) == sorted(expected)
    assert buyers == {
        str(customer)
        for (customer,) in figures('SELECT DISTINCT "Customer ID"::BIGINT FROM lines WHERE "Customer ID" IS NOT NULL')
    }


def test_money_given_back_by_document(found: Outcome):
    refunds = {
        fact.id: fact.amount.amount for one in found.documents for fact in one.events[0].facts if isinstance(fact, RefundFact)
    }

    expected = figures("SELECT Invoice, -sum(Quantity * Price) FROM lines WHERE Invoice LIKE 'C%' GROUP BY Invoice")
    assert refunds == {invoice: int((value * 100).quantize(Decimal(1))) for invoice, value in expected}
