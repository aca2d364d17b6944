"""Counts what DynamoDB would bill, by the sizes of what is really sent, for a life played through receive and react."""

from __future__ import annotations

import base64
import json
import math
from collections import Counter, defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import botocore.handlers

from chalicelib.effects.signed import Post

WRITE_UNIT, READ_UNIT = 1024, 4096
# Tables by name -> how many index entries a new item of theirs makes.
INDEXED = {"outbox": "shard"}


@dataclass
class Meter:
    """Write and read request units by table, and the calls made."""

    writes: Counter[str] = field(default_factory=Counter)
    reads: defaultdict[str, float] = field(default_factory=lambda: defaultdict(float))
    calls: Counter[str] = field(default_factory=Counter)
    sizes: defaultdict[tuple[str, str], dict[str, int]] = field(default_factory=lambda: defaultdict(dict))

    def see(self, request: Any, **_: Any) -> None:
        """One request on its way to DynamoDB."""
        target = request.headers.get("X-Amz-Target", b"")
        self._count(target.decode() if isinstance(target, bytes) else target, request.body)

    def seeing(self, post: Post) -> Post:
        """A signed POST whose requests are counted too."""

        def seen(url: str, body: bytes, headers: dict[str, str]) -> tuple[int, bytes]:
            if headers["x-amz-target"].startswith("DynamoDB"):
                self._count(headers["x-amz-target"], body)
            return post(url, body, headers)

        return seen

    def _count(self, target: str, text: bytes) -> None:
        operation, body = target.rpartition(".")[2], json.loads(text)
        self.calls[operation] += 1
        getattr(self, f"_{operation.lower()}", lambda body: None)(body)

    def clear(self) -> None:
        """Start counting anew; what is stored stays known."""
        self.writes.clear()
        self.reads.clear()
        self.calls.clear()

    def _putitem(self, body: dict[str, Any]) -> None:
        table, item = body["TableName"], body["Item"]
        size = item_size(item)
        self.writes[table] += math.ceil(size / WRITE_UNIT)
        if INDEXED.get(table, "-") in item:
            self.writes[f"{table} index"] += 1
        key = item.get("sk", {"S": ""})["S"]
        self.sizes[table, item["pk"]["S"]].setdefault(key, size)
        if "sk" not in item:
            self.sizes[table, item["pk"]["S"]][key] = size

    def _getitem(self, body: dict[str, Any]) -> None:
        known = self.sizes.get((body["TableName"], body["Key"]["pk"]["S"]), {})
        self.reads[body["TableName"]] += _read(sum(known.values()), body)

    def _query(self, body: dict[str, Any]) -> None:
        (value,) = body["ExpressionAttributeValues"].values()
        known = self.sizes.get((body["TableName"], value["S"]), {})
        self.reads[body["TableName"]] += _read(sum(known.values()), body)


def _read(size: int, body: dict[str, Any]) -> float:
    """Read units: one for each 4 KB begun, half when the read need not be consistent."""
    return math.ceil(max(size, 1) / READ_UNIT) * (1 if body.get("ConsistentRead") else 0.5)


def item_size(item: dict[str, Any]) -> int:
    """Bytes of an item as DynamoDB counts them: names and values in UTF-8, numbers by digits, binary as it is.

    Source: DynamoDB developer guide, "DynamoDB item sizes and formats".
    """
    return sum(len(name.encode()) + _value_size(value) for name, value in item.items())


def _value_size(value: dict[str, Any]) -> int:
    ((kind, one),) = value.items()
    if kind == "S":
        return len(one.encode())
    if kind == "N":
        return math.ceil(len(one.strip("-0.")) / 2) + 1
    return len(base64.b64decode(one)) if kind == "B" else 1


@contextmanager
def metered() -> Iterator[Meter]:
    """Every DynamoDB client made inside is counted."""
    meter = Meter()
    hook = ("before-send.dynamodb", meter.see)
    botocore.handlers.BUILTIN_HANDLERS.insert(0, hook)
    try:
        yield meter
    finally:
        botocore.handlers.BUILTIN_HANDLERS.remove(hook)
