"""Merging landed rows against the shortest way there is: pyarrow.json reads the same lines and writes Parquet.

Both in one process and one run, on CPU seconds, best of several, turn by turn. The merge does more: it takes landed objects
apart, keeps one row of each key, sorts and compares. Also told: what a small merge into a full month costs, and memory.
"""

from __future__ import annotations

import logging
import random
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from io import BytesIO
from itertools import islice
from statistics import median
from time import process_time
from typing import Any

from pyarrow import BufferReader, json, parquet

from chalicelib.effects.objects import Listed, Stored
from chalicelib.model import lake
from chalicelib.model.errors import Conflict
from chalicelib.model.lake import Row
from chalicelib.rules import landed, merged
from chalicelib.steps.merge import Merge

from .common import Result, best, interleave, peak_memory_mb, pin, show

ROWS = 300_000
SUBJECTS = 100_000
ROUNDS = 9
TARGET = 1.5
TABLE = lake.BY_NAME["order_lines"]
MONTH = "2026-10"


class Memory:
    """A bucket in memory, with ETags."""

    def __init__(self, objects: dict[str, bytes]) -> None:
        self.objects = objects

    def list(self, prefix: str) -> Iterator[Listed]:
        return (Listed(key, len(body)) for key, body in sorted(self.objects.items()) if key.startswith(prefix))

    def get(self, key: str) -> Stored | None:
        body = self.objects.get(key)
        return None if body is None else Stored(body, str(hash(body)))

    def put(self, key: str, body: bytes) -> None:
        self.objects[key] = body

    def swap(self, key: str, body: bytes, etag: str | None) -> None:
        found = self.get(key)
        if (found.etag if found else None) != etag:
            raise Conflict(key)
        self.objects[key] = body

    def delete(self, keys: Any) -> None:
        for key in keys:
            self.objects.pop(key, None)


def row(number: int, version: int) -> Row:
    """A line of an order like those a shop sends: three lines to an order, some fields empty."""
    chance = random.Random(f"{number}/{version}")
    order = number * 7919 % SUBJECTS  # not in the order of the keys
    subject, placed = f"order:{order + 10_000_000}", datetime(2026, 10, 1, tzinfo=UTC) + timedelta(seconds=order * 26)
    key = f"shopify/main#{subject}#{number + 90_000_000}"
    quantity, price = chance.randint(1, 4), Decimal(chance.randint(99, 19_999)).scaleb(-2)
    values = {
        "platform": "shopify", "shop": "main", "subject": subject, "order_id": subject[6:], "placed_at": placed,
        "country": chance.choice(["DE", "FR", "GB", "US", "JP"]), "buyer": f"{chance.getrandbits(128):032x}",
        "line_id": str(number + 90_000_000), "booked_at": placed, "kind": "sale", "sku": f"SKU-{chance.randint(1, 5000):05d}",
        "title": f"Product number {chance.randint(1, 5000)}", "quantity": quantity, "unit_price": price, "discount": 0,
        "value": price * quantity, "currency": "EUR", "cancelled_at": None if chance.random() < 0.97 else placed,
    }  # fmt: skip
    return Row(TABLE.name, MONTH, key, version, values)


def batches(numbers: Iterable[int], version: int) -> dict[str, bytes]:
    """These rows at a version as landed objects, 1,500 rows each."""
    rows, found = (row(number, version) for number in numbers), {}
    while some := [landed.Line(one.table, one.partition, landed.line(one)) for one in islice(rows, 1500)]:
        found[f"{landed.PREFIX}{version}-{len(found):05d}.rows"] = landed.encode([landed.News(tuple(some))])
    return found


def shortest(lines: bytes) -> None:
    """The floor: read the lines, write the file."""
    options = json.ParseOptions(explicit_schema=merged.schema(TABLE), unexpected_field_behavior="ignore")
    table = json.read_json(BufferReader(lines), parse_options=options)
    parquet.write_table(table, BytesIO(), compression="zstd")


def merge(objects: Mapping[str, bytes]) -> dict[str, bytes]:
    """Our way: everything landed into the lake, through the real step. What the bucket holds then."""
    bucket = Memory(dict(objects))
    Merge(bucket)()
    return bucket.objects


def cpu(act: Callable[[], Any]) -> float:
    """CPU seconds of one call, all threads."""
    start = process_time()
    act()
    return process_time() - start


def run(rounds: int = ROUNDS) -> dict[str, Any]:
    """CPU seconds of both over the same rows; beside it a small merge into the full month. Memory counts landed objects too."""
    pin(0)
    logging.disable(logging.INFO)
    objects = batches(range(ROWS), 1)
    full, memory = merge(objects), peak_memory_mb()
    late = batches(range(0, ROWS, 100), 2)
    lines = b"".join(section for body in objects.values() for section in landed.decode(body).rows.values())
    work = {"floor": lambda: shortest(lines), "ours": lambda: merge(objects), "small": lambda: merge({**full, **late})}
    taken = interleave({name: lambda act=act: cpu(act) for name, act in work.items()}, rounds)
    (month,) = full.values()
    also = {
        "rows": parquet.read_metadata(BytesIO(month)).num_rows,
        "landed_mb": len(lines) / 1e6,
        "parquet_mb": len(month) / 1e6,
        "3000_rows_into_the_month_s": best(taken["small"]),
        "ratio_of_medians": round(median(taken["ours"]) / median(taken["floor"]), 3),
    }
    return Result("merge", "CPU s", best(taken["ours"]), best(taken["floor"]), TARGET, memory, also).as_dict()


def main() -> None:
    """Measure and print."""
    show(run())


if __name__ == "__main__":
    main()
