"""Online Retail II as the lake holds it, made straight from the file with DuckDB, apart from the product's own importer."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from chalicelib.model import lake
from tests.metrics.asking import create

FOLDER = Path(__file__).parents[2].parent / "shared" / "data" / "online_retail"
PARQUET = FOLDER / "online_retail_ii.parquet"
FIRST_LINES = FOLDER / "online_retail_ii_first_20000.csv"
FIGURES_SQL = FOLDER / "reference_figures.sql"
FIGURES_JSON = FOLDER / "reference_figures.json"
MISSING = f"no {FOLDER.name} folder beside the repository: the reference data is not part of it"

# The line classes of the data set's README, in its order; nine days stand in both of its sheets and count once.
_LINES = """
CREATE OR REPLACE TABLE booked AS
SELECT *,
       row_number() OVER (PARTITION BY Invoice ORDER BY nth) AS position,
       CASE WHEN Invoice LIKE 'A%' THEN 'bad_debt'
            WHEN Quantity < 0 AND Invoice NOT LIKE 'C%' THEN 'write_off'
            WHEN Price = 0 THEN 'free'
            WHEN NOT regexp_matches(sku, '^([0-9]{{5}}[A-Z]*|DCGS[0-9A-Z]+|SP1002|PADS)$') THEN 'service'
            WHEN Invoice LIKE 'C%' THEN 'return'
            ELSE 'sale' END AS kind
FROM (SELECT Invoice, upper(trim(StockCode)) AS sku, Description, Quantity, Price::DECIMAL(18, 6) AS price, Price,
             InvoiceDate::TIMESTAMP AS booked_at, sha256('key' || "Customer ID") AS buyer, Country AS country, nth
      FROM (SELECT *, row_number() OVER () AS nth FROM {source})
      WHERE NOT (Sheet = 'Year 2009-2010' AND InvoiceDate >= TIMESTAMP '2010-12-01'))
"""
_KEYS = "1 AS version, 'online_retail' AS platform, 'giftware' AS shop"
_ORDER_LINES = f"""
SELECT {_KEYS}, 'online_retail/giftware#order:' || Invoice || '#' || position AS key, 'order:' || Invoice AS subject,
       Invoice AS order_id, min(booked_at) OVER (PARTITION BY Invoice) AS placed_at, country, buyer,
       position::VARCHAR AS line_id, booked_at, kind, sku, Description AS title, Quantity AS quantity, price AS unit_price,
       Quantity * price AS value, 'GBP' AS currency,
       strftime(min(booked_at) OVER (PARTITION BY Invoice), '%Y-%m') AS month
FROM booked WHERE Invoice NOT LIKE 'C%'
"""
_RETURNS = f"""
SELECT {_KEYS}, 'online_retail/giftware#return:' || Invoice || '#' || position AS key, 'return:' || Invoice AS subject,
       country, buyer, Invoice AS return_id, position::VARCHAR AS return_line_id, booked_at, kind, sku,
       -Quantity AS quantity, price AS unit_price, -Quantity * price AS value, 'GBP' AS currency,
       'approved' AS request, 'received' AS goods, 'done' AS money, 'none' AS dispute, 'unknown' AS month
FROM booked WHERE Invoice LIKE 'C%'
"""
_ORDERS = """
SELECT version, platform, shop, 'online_retail/giftware#' || subject AS key, subject, order_id, placed_at, country, buyer,
       order_id AS number, currency, count(*) AS lines, sum(quantity) FILTER (kind = 'sale') AS units, month
FROM order_lines GROUP BY ALL
"""


def load(connection: Any, source: str) -> None:
    """Fill the lake's tables in DuckDB from a relation with the data set's columns (`read_parquet(...)`, a table)."""
    connection.execute(_LINES.format(source=source))
    for table in lake.BY_NAME:
        create(connection, table)
    for table, select in (("order_lines", _ORDER_LINES), ("returns", _RETURNS), ("orders", _ORDERS)):
        connection.execute(f"INSERT INTO {table} BY NAME {select}")
