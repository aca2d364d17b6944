"""Merging landed rows against the shortest way there is: pyarrow.json reads the same lines and writes Parquet.

Both in one process and one run, on CPU seconds, best of several, turn by turn. The merge does more: it takes landed objects
apart, keeps one row of each key, sorts and compares. Also told: what a small merge into a full month costs, and memory.
"""

from __future__ import annotations

import random
import resource
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from io import BytesIO
from time import process_time
from typing import Any

from pyarrow import json, parquet

from chalicelib.effects.objects import Listed, Stored
from chalicelib.model import lake
from chalicelib.model.errors import Conflict
from chalicelib.model.lake import Row
from chalicelib.rules import landed, merged
from chalicelib.steps.merge import Merge

ROWS = 300_000
SUBJECTS = 100_000
TARGET = 1.5
TABLE = lake.BY_NAME["order_lines"]
MONTH = "2026-10"


class Memory:
    """A bucket in memory, with ETags."""

    def __init__(self) -> None:
        self.objects: dict[str, bytes] = {}

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


def batches(rows: Iterator[Row], size: int) -> Iterator[bytes]:
    """Landed objects of `size` rows."""
    some: list[landed.Line] = []
    for one in rows:
        some.append(landed.Line(one.table, one.partition, landed.line(one)))
        if len(some) == size:
            yield landed.encode([landed.News(tuple(some))])
            some = []
    if some:
        yield landed.encode([landed.News(tuple(some))])


def shortest(lines: bytes) -> None:
    """The floor: read the lines, write the file."""
    options = json.ParseOptions(explicit_schema=merged.schema(TABLE), unexpected_field_behavior="ignore")
    table = json.read_json(BytesIO(lines), json.ReadOptions(block_size=merged.BLOCK), options)
    parquet.write_table(table, BytesIO(), compression="zstd")


def merge(objects: dict[str, bytes]) -> Memory:
    """Our way: everything landed into the lake, through the real step."""
    bucket = Memory()
    bucket.objects = dict(objects)
    Merge(bucket)()
    return bucket


def cpu(act: Callable[[], Any]) -> float:
    """CPU seconds of one call, all threads."""
    start = process_time()
    act()
    return process_time() - start


def run(rounds: int = 5) -> dict[str, Any]:
    """Ratio of CPU seconds (target <= 1.5), seconds of each, a small merge into the full month, and peak memory in MB."""
    rows = [row(number, 1) for number in range(ROWS)]
    objects = {f"{landed.PREFIX}{n:05d}.rows": body for n, body in enumerate(batches(iter(rows), 1500))}
    lines = b"".join(section for body in objects.values() for section in landed.decode(body).rows.values())
    floor, ours = [], []
    for _ in range(rounds):
        floor.append(cpu(lambda: shortest(lines)))
        ours.append(cpu(lambda: merge(objects)))
    full = merge(objects).objects
    assert parquet.read_metadata(BytesIO(full[merged.path(TABLE.name, MONTH)])).num_rows == ROWS
    late = {f"{landed.PREFIX}{n:05d}.rows": body for n, body in enumerate(batches((row(n * 100, 2) for n in range(3000)), 1500))}
    small = min(cpu(lambda: merge({**full, **late})) for _ in range(rounds))
    return {
        "rows": ROWS,
        "landed_mb": round(len(lines) / 1e6, 1),
        "object_mb": round(len(full[merged.path(TABLE.name, MONTH)]) / 1e6, 1),
        "pyarrow_json_s": round(min(floor), 3),
        "merge_s": round(min(ours), 3),
        "ratio": round(min(ours) / min(floor), 2),
        "target": TARGET,
        "merge_3000_into_month_s": round(small, 3),
        "peak_mb": round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024),
    }


def main() -> None:
    """Print the result; fail when the target is missed."""
    result = run()
    print(result)
    if result["ratio"] > TARGET:
        raise SystemExit(f"merge takes {result['ratio']} times the pyarrow.json path, target {TARGET}")


if __name__ == "__main__":
    main()
