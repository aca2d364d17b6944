"""A shop small enough to work out by hand: two currencies, two months, everything a return rate can stumble over.

Sold in GBP in shop uk (product A costs 10, B 5) and in EUR in shop de (A costs 12.50):

    U1 Jan 05 b1 GB  A 2 = 20, B 1 = 5, postage     U5 Feb 03 b3 GB  B 6   cancelled, nothing had left: no sale
    U2 Jan 10 b2 GB  A 4 = 40 less 4 off = 36       U6 Feb 04 b3 GB  B 2 = 10   cancelled after the parcel left: a sale
    U3 Jan 20 -  FR  A 1 = 10                       U7 Feb 10 b4 GB  A 100   a platform's test order: no sale
    U4 Feb 02 b1 GB  " a " 3 = 30                   U8 Feb 15 b2 GB  B 10 = 50
    D1 Jan 07 c1 DE  A 2 = 25                       D2 Feb 20 c2 DE  A 1 = 12.50
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

from chalicelib.model import lake

Values = dict[str, Any]
_CARRIED = ("platform", "shop", "subject", "version", "order_id", "placed_at", "country", "buyer", "currency")


def _day(text: str) -> datetime:
    return datetime.fromisoformat(f"2026-{text}")


def _head(shop: str, subject: str, id_: str) -> Values:
    return {"key": f"bazaar/{shop}#{subject}#{id_}", "version": 1, "platform": "bazaar", "shop": shop, "subject": subject}


def _order(shop: str, id_: str, day: str, country: str, buyer: str | None, **more: Any) -> Values:
    currency = "GBP" if shop == "uk" else "EUR"
    known = {"order_id": id_, "placed_at": _day(day), "country": country, "buyer": buyer, "currency": currency}
    return _head(shop, f"order:{id_}", id_) | known | more


ORDERS = {
    row["order_id"]: row
    for row in (
        _order("uk", "U1", "01-05", "GB", "b1"),
        _order("uk", "U2", "01-10", "GB", "b2"),
        _order("uk", "U3", "01-20", "FR", None),
        _order("uk", "U4", "02-02", "GB", "b1"),
        _order("uk", "U5", "02-03", "GB", "b3", cancelled_at=_day("02-03T12:00")),
        _order("uk", "U6", "02-04", "GB", "b3", cancelled_at=_day("02-06")),
        _order("uk", "U7", "02-10", "GB", "b4", test=True),
        _order("uk", "U8", "02-15T09:00", "GB", "b2"),
        _order("de", "D1", "01-07", "DE", "c1"),
        _order("de", "D2", "02-20", "DE", "c2"),
    )
}


def _line(order: str, id_: str, sku: str, quantity: int, value: str, kind: str = "sale") -> Values:
    row = {name: ORDERS[order].get(name) for name in (*_CARRIED, "cancelled_at")}
    own = {"line_id": id_, "booked_at": row["placed_at"], "kind": kind, "sku": sku, "quantity": quantity}
    return row | own | {"value": Decimal(value), "key": f"{ORDERS[order]['key']}#{id_}"}


LINES = [
    _line("U1", "1", "A", 2, "20"),
    _line("U1", "2", "B", 1, "5"),
    _line("U1", "3", "POST", 1, "3", "service"),
    _line("U2", "1", "A", 4, "36"),
    _line("U3", "1", "A", 1, "10"),
    _line("U4", "1", " a ", 3, "30"),
    _line("U5", "1", "B", 6, "30"),
    _line("U6", "1", "B", 2, "10"),
    _line("U7", "1", "A", 100, "1000"),
    _line("U8", "1", "B", 10, "50"),
    _line("D1", "1", "A", 2, "25"),
    _line("D2", "1", "A", 1, "12.50"),
]


def of_order(order: str, id_: str, day: str, sku: str | None, quantity: int | None, value: str | None, **more: Any) -> Values:
    """A return of an order the platform named."""
    return {name: ORDERS[order].get(name) for name in _CARRIED} | _back(f"{order}#{id_}", id_, day, sku, quantity, value) | more


def of_nobody_knows(id_: str, day: str, buyer: str, sku: str, quantity: int, value: str, **more: Any) -> Values:
    """A return whose order the platform did not name."""
    known = {"country": "GB", "buyer": buyer, "currency": "GBP"}
    return _head("uk", f"return:{id_}", id_) | known | _back(f"return:{id_}", id_, day, sku, quantity, value) | more


def _back(key: str, id_: str, day: str, sku: str | None, quantity: int | None, value: str | None) -> Values:
    axes = {"kind": "return", "request": "approved", "goods": "received", "money": "done", "dispute": "none"}
    own = {"return_id": id_, "return_line_id": "1", "booked_at": _day(day), "sku": sku, "quantity": quantity}
    return axes | own | {"key": f"bazaar#{key}", "value": Decimal(value) if value else None}


RETURNS = [
    of_order("U1", "R1", "02-01", "A", 1, "10"),
    of_order("U2", "R2", "01-15", "A", 4, "36", request="declined", goods="none_expected"),
    of_nobody_knows("R3", "02-12", "b2", "a ", 1, "10"),
    of_nobody_knows("R4", "01-25", "b9", "A", 2, "20"),
    of_nobody_knows("R5", "02-16T08:00", "b2", "B", 10, "50"),
    of_order("U6", "R6", "02-12", "B", 2, "10"),
    of_order("U5", "R7", "02-12", "B", 6, "30"),
    of_order("U4", "R8", "02-12", "A", 3, "30", goods="expired"),
    of_order("D1", "R9", "02-03", "A", 1, "12.50"),
    of_order("U1", "R10", "02-12", "POST", 1, "3", kind="service"),
    of_order("U3", "R11", "02-12", "A", 1, "10", request="expired"),
    of_order("U7", "R12", "02-12", "A", 100, "1000"),
    of_order("U3", "R13", "02-20", "A", 1, "10"),
    of_order("U4", "R14", "02-12", "A", 3, "30", request="withdrawn"),
]
SHIPMENTS = [
    {name: ORDERS["U6"][name] for name in ("platform", "shop", "subject", "version", "order_id", "placed_at")}
    | {"key": "bazaar/uk#order:U6#P1", "shipment_id": "P1", "dispatched_at": _day("02-05")},
]
TABLES: dict[str, list[Values]] = {name: [] for name in lake.BY_NAME} | {
    "orders": list(ORDERS.values()), "order_lines": LINES, "returns": RETURNS, "shipments": SHIPMENTS,
}  # fmt: skip


def _month(row: Values) -> str:
    return f"{row['placed_at']:%Y-%m}" if row.get("placed_at") else lake.UNKNOWN


def _by_month(rows: list[Values]) -> Iterator[tuple[str, list[Values]]]:
    for month in sorted({_month(row) for row in rows}):
        yield month, [row for row in rows if _month(row) == month]


def write(folder: Path) -> None:
    """The shop as the lake keeps it: TABLE/month=YYYY-MM/rows.parquet."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    types = {
        "string": pa.string(), "bigint": pa.int64(), "decimal(18,6)": pa.decimal128(18, 6), "timestamp": pa.timestamp("ms"),
        "boolean": pa.bool_(),
    }  # fmt: skip
    for name, rows in TABLES.items():
        schema = pa.schema([(column.name, types[column.type]) for column in lake.BY_NAME[name].columns])
        for month, part in _by_month(rows):
            place = folder / name / f"{lake.PARTITION}={month}"
            place.mkdir(parents=True)
            pq.write_table(pa.Table.from_pylist(part, schema=schema), place / "rows.parquet", compression="zstd")
