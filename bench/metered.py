"""Counts DynamoDB's request units: writes as the server says it consumed them, reads by the sizes of what came back.

Writes are asked for with ReturnConsumedCapacity=INDEXES; a write whose condition failed is billed as well and counts one. The
emulator's own figures for reads are not AWS's, so reads are worked out: 4 KB a unit, half when they need not be consistent.
"""

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

READ_UNIT = 4096
_WRITES = frozenset({"PutItem", "UpdateItem", "DeleteItem", "BatchWriteItem"})
_ASK = {"ReturnConsumedCapacity": "INDEXES"}


@dataclass
class Meter:
    """Write and read request units by table (an index apart), and the calls made by operation."""

    writes: defaultdict[str, float] = field(default_factory=lambda: defaultdict(float))
    reads: defaultdict[str, float] = field(default_factory=lambda: defaultdict(float))
    calls: Counter[str] = field(default_factory=Counter)
    names: dict[str, str] = field(default_factory=dict)
    counting: bool = True

    @contextmanager
    def paused(self) -> Iterator[None]:
        """Count nothing inside."""
        self.counting = False
        try:
            yield
        finally:
            self.counting = True

    def clear(self) -> None:
        """Start counting anew."""
        self.writes.clear()
        self.reads.clear()
        self.calls.clear()

    def take(self, operation: str, asked: dict[str, Any], answer: dict[str, Any]) -> None:
        """One call and its answer."""
        if not self.counting:
            return
        self.calls[operation] += 1
        if operation in _WRITES:
            self._written(asked, answer)
        for table, items, consistent in _read(operation, asked, answer):
            self.reads[self._name(table)] += sum(_units(size, consistent) for size in items)

    def _written(self, asked: dict[str, Any], answer: dict[str, Any]) -> None:
        consumed = answer.get("ConsumedCapacity")
        if consumed is None:
            self.writes[self._name(asked["TableName"])] += 1
            return
        for one in consumed if isinstance(consumed, list) else [consumed]:
            name = self._name(one["TableName"])
            indexes = {index: part["CapacityUnits"] for index, part in (one.get("GlobalSecondaryIndexes") or {}).items()}
            self.writes[name] += one["CapacityUnits"] - sum(indexes.values())
            for index, units in indexes.items():
                self.writes[f"{name} {index}"] += units

    def _name(self, table: str) -> str:
        return self.names.get(table.rpartition("/")[2], table)

    def seeing(self, post: Post) -> Post:
        """A signed POST whose DynamoDB calls are counted too."""

        def seen(url: str, body: bytes, headers: dict[str, str]) -> tuple[int, bytes]:
            service, _, operation = headers["x-amz-target"].partition(".")
            if not service.startswith("DynamoDB"):
                return post(url, body, headers)
            asked = json.loads(body) | (_ASK if operation in _WRITES else {})
            status, answer = post(url, json.dumps(asked).encode(), headers)
            self.take(operation, asked, json.loads(answer or b"{}"))
            return status, answer

        return seen


def _read(operation: str, asked: dict[str, Any], answer: dict[str, Any]) -> Iterator[tuple[str, list[int], bool]]:
    """(table, sizes that are rounded up each for itself, whether consistent) of what a call read."""
    if operation == "GetItem":
        yield asked["TableName"], [item_size(answer.get("Item") or {})], bool(asked.get("ConsistentRead"))
    elif operation == "Query":
        size = sum(item_size(item) for item in answer.get("Items", []))
        yield asked["TableName"], [size], bool(asked.get("ConsistentRead"))
    elif operation == "BatchGetItem":
        for table, wanted in asked["RequestItems"].items():
            found = [item_size(item) for item in answer.get("Responses", {}).get(table, [])]
            missing = [0] * (len(wanted["Keys"]) - len(found))
            yield table, found + missing, bool(wanted.get("ConsistentRead"))


def _units(size: int, consistent: bool) -> float:
    return math.ceil(max(size, 1) / READ_UNIT) * (1 if consistent else 0.5)


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
    if kind == "B":
        return len(one if isinstance(one, bytes) else base64.b64decode(one))
    return 3 + sum(_value_size(part) for part in one) if kind == "L" else 1


@contextmanager
def metered() -> Iterator[Meter]:
    """Every DynamoDB client made inside is counted."""
    meter = Meter()

    def ask(params: dict[str, Any], model: Any, context: dict[str, Any], **_: Any) -> dict[str, Any]:
        more = params | (_ASK if model.name in _WRITES else {})
        context["bench"] = more
        return more

    def see(parsed: dict[str, Any], model: Any, context: dict[str, Any], **_: Any) -> None:
        meter.take(model.name, context.get("bench", {}), parsed)

    hooks = [("provide-client-params.dynamodb", ask), ("after-call.dynamodb", see)]
    for hook in hooks:
        botocore.handlers.BUILTIN_HANDLERS.insert(0, hook)
    try:
        yield meter
    finally:
        for hook in hooks:
            botocore.handlers.BUILTIN_HANDLERS.remove(hook)
