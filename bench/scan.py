"""Bytes a query has to read: an object a month, as merge writes them, against all rows in one file.

Counted as Athena does for Parquet: each file's footer, and the chunks of the columns named, without row groups that their
statistics rule out. The one file is laid out as well as can be: sorted by time, so that a query for some months skips the rest.
"""

from __future__ import annotations

import random
from collections.abc import Iterable, Mapping
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from io import BytesIO
from typing import Any

from pyarrow import BufferReader, concat_tables, parquet

from chalicelib.model import lake
from chalicelib.model.lake import Row
from chalicelib.rules import landed, merged

from .common import Result, peak_memory_mb, show

ROWS = 300_000
TARGET = 1.2
TABLE = lake.BY_NAME["order_lines"]
MONTHS = tuple(f"2026-{month:02d}" for month in range(1, 13))
KPI = ("kind", "sku", "quantity", "value", "currency", "booked_at", "placed_at")
QUERIES: dict[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    "figures_of_the_year": (KPI, MONTHS),
    "figures_of_a_quarter": (KPI, MONTHS[3:6]),
    "figures_of_a_month": (KPI, MONTHS[3:4]),
}


def row(number: int, chance: random.Random) -> Row:
    """A line of one of some 100,000 orders spread over a year."""
    order = number // 3
    placed = datetime(2026, 1, 1, tzinfo=UTC) + timedelta(seconds=order * 315 + chance.randint(0, 300))
    subject = f"order:{order * 7919 % 1_000_003}"
    quantity, price = chance.randint(1, 4), Decimal(chance.randint(99, 19_999)).scaleb(-2)
    values = {
        "platform": "shopify", "shop": "main", "subject": subject, "order_id": subject[6:], "placed_at": placed,
        "country": chance.choice(["DE", "FR", "GB", "US", "JP"]), "buyer": f"{chance.getrandbits(128):032x}",
        "line_id": str(number), "booked_at": placed, "kind": "sale", "sku": f"SKU-{chance.randint(1, 5000):05d}",
        "title": f"Product number {chance.randint(1, 5000)}", "quantity": quantity, "unit_price": price, "discount": 0,
        "value": price * quantity, "currency": "EUR",
    }  # fmt: skip
    return Row(TABLE.name, f"{placed:%Y-%m}", f"shopify/main#{subject}#{number}", 1, values)


def months() -> dict[str, bytes]:
    """The lake's objects by month, written by the merge itself."""
    chance, lines = random.Random(1), dict[str, list[bytes]]()
    for number in range(ROWS):
        one = row(number, chance)
        lines.setdefault(one.partition, []).append(landed.line(one))
    return {month: _object([b"".join(some)]) for month, some in lines.items()}


def _object(sections: list[bytes]) -> bytes:
    body = merged.merge(TABLE, None, merged.read(TABLE, sections), {}, date(2026, 12, 31))
    assert body is not None
    return body


def single(objects: Iterable[bytes]) -> bytes:
    """The same rows in one file by time, written the same way."""
    rows = concat_tables(parquet.read_table(BufferReader(body)) for body in objects)
    sink = BytesIO()
    parquet.write_table(rows.sort_by("placed_at"), sink, compression="zstd", row_group_size=merged.GROUP, store_schema=False)
    return sink.getvalue()


def scanned(body: bytes, columns: Iterable[str], first: str, last: str) -> int:
    """Bytes of the footer and of these columns' chunks, in the row groups that may hold rows of these months."""
    about = parquet.read_metadata(BytesIO(body))
    names = {about.row_group(0).column(n).path_in_schema: n for n in range(about.num_columns)}
    total = about.serialized_size + 8
    for group in (about.row_group(n) for n in range(about.num_row_groups)):
        placed = group.column(names["placed_at"]).statistics
        if f"{placed.min:%Y-%m}" <= last and f"{placed.max:%Y-%m}" >= first:
            total += sum(group.column(names[name]).total_compressed_size for name in columns)
    return total


def run() -> dict[str, Any]:
    """Bytes scanned by the whole year's figures (the worst case for many files) in MB, and the ratio of the other queries."""
    objects = months()
    one = single(objects.values())
    ours, floor = {}, {}
    for name, (columns, wanted) in QUERIES.items():
        ours[name] = sum(scanned(objects[month], columns, month, month) for month in wanted)
        floor[name] = scanned(one, columns, wanted[0], wanted[-1])
    worst = max(QUERIES, key=lambda name: ours[name] / floor[name])
    return Result(
        "scan", "MB", ours[worst] / 1e6, floor[worst] / 1e6, TARGET, peak_memory_mb(), _also(objects, one, ours, floor)
    ).as_dict()


def _also(objects: Mapping[str, bytes], one: bytes, ours: Mapping[str, int], floor: Mapping[str, int]) -> dict[str, Any]:
    stored = {"stored_mb": sum(map(len, objects.values())) / 1e6, "stored_one_file_mb": len(one) / 1e6}
    return stored | {f"ratio_{name}": ours[name] / floor[name] for name in QUERIES}


def main() -> None:
    """Measure and print."""
    show(run())


if __name__ == "__main__":
    main()
