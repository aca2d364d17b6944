"""docs/lake.md, made from chalicelib/model/lake.py: run `python -m infra.docs.lake_doc` after changing a table."""

from __future__ import annotations

from pathlib import Path

from chalicelib.model.lake import TABLES, Table

PLACE = Path(__file__).parents[2] / "docs" / "lake.md"
QUERIES = {
    "What was sold by month and currency": """SELECT month, currency, sum(quantity) AS units, sum(value) AS value
FROM order_lines
WHERE kind = 'sale' AND month BETWEEN '2026-01' AND '2026-03'
GROUP BY month, currency
ORDER BY month, currency""",
    "Why products come back": """SELECT
  sku,
  coalesce(reason_inspected, reason_stated, reason_inferred) AS reason,
  sum(quantity) AS units
FROM returns
WHERE kind = 'return' AND request IN ('requested', 'needs_review', 'approved')
GROUP BY 1, 2
ORDER BY units DESC, sku, reason
LIMIT 20""",
    "Everything about one order (with its month named, one object a table is read)": """WITH
  one AS (SELECT * FROM orders WHERE month = '2026-03' AND order_id = '1001'),
  back AS (SELECT * FROM returns WHERE month = '2026-03' AND order_id = '1001')
SELECT one.number, sold.sku, sold.quantity, back.quantity AS returned, back.goods, back.money
FROM one
JOIN order_lines sold ON sold.platform = one.platform AND sold.shop = one.shop AND sold.subject = one.subject
LEFT JOIN back ON back.platform = sold.platform AND back.shop = sold.shop AND back.line_id = sold.line_id
WHERE sold.month = '2026-03'
ORDER BY sold.line_id""",
    "Refunds without a return": """SELECT month, currency, count(*) AS refunds, sum(amount) AS minor_units
FROM refunds
WHERE confirmed AND return_id IS NULL
GROUP BY month, currency
ORDER BY month, currency""",
}
_HEAD = """# The lake

The tables that figures are made from, as Parquet in the lake bucket, for Athena and anything else that reads Parquet. This page
is made from `chalicelib/model/lake.py`: change that, then run `python -m infra.docs.lake_doc`.

## How it is laid out

- One object a month and table: `lake/TABLE/month=2026-03/rows.parquet` (zstd, sorted by `key`, row groups of 20,000 rows).
- `month` is the partition: the month **the order was placed**, whatever happened when. It is `unknown` while the order's date
  is not known, and for returns that never named an order. Naming months in WHERE is what keeps a query cheap.
- `key` is unique in a table. There are no duplicates to filter and no deleted rows to skip: SELECT counts right as it stands.
- Times are UTC without a zone, to the millisecond. Amounts of type bigint are minor units (cents) of the row's `currency`;
  `value` and `unit_price` are major units. Never add amounts of different currencies.
- No personal data: `buyer` is a keyed hash. Equal hashes are the same reference to a buyer.

## How rows get there

The lake is computed from the states of the orders table and can be computed again.

1. A state changes. `land` reads the change from the table's stream and writes all rows of the new state as one object under
   `landing/`, with a *floor* wherever the old state had a row that the new one has not: "of this subject, nothing below this
   version is left here".
2. Every 15 minutes `merge` takes what has landed and rewrites each object concerned: of each key the highest version stays, and
   rows below their subject's floor go. The new object replaces the old in a single PUT, only if nobody else has replaced it.
3. Only when every partition it touches is written is a landed object deleted. A run that is killed is simply repeated.

So a figure is at most about a quarter of an hour behind the log. Tables and partitions change one after another, not together:
a row that moves from `unknown` to its month is for a moment in both, since months are written first. Floors are kept in the
object's own metadata for 30 days, so that news which comes late cannot bring a row back; readers do not see them. What has
landed and cannot be read is set aside under `landing/unreadable/`, and the run is reported as failed.

A new column is null in old rows until they land again; a change of what rows mean shows in each row when it lands next.
"""


def text() -> str:
    """The whole page, as Markdown."""
    tables = "".join(_table(table) for table in TABLES)
    queries = "".join(f"\n{title}:\n\n```sql\n{sql}\n```\n" for title, sql in QUERIES.items())
    return f"{_HEAD}\n## Tables\n{tables}\n## Example queries\n{queries}"


def main() -> None:
    """Write the page."""
    PLACE.write_text(text(), "utf-8")


def _table(table: Table) -> str:
    rows = [f"| `{column.name}` | {column.type} | {column.meaning.replace('|', '/')} |" for column in table.columns]
    rows.append("| `month` | string | Partition: month the order was placed (`2026-03`), or `unknown` |")
    head = ["| column | type | meaning |", "| --- | --- | --- |"]
    return "\n".join(["", f"### {table.name}", "", f"{table.meaning}. Location `lake/{table.name}/`.", "", *head, *rows, ""])


if __name__ == "__main__":
    main()
