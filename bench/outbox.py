"""Processor time of a due message: claimed, looked at again, put in words, handed to the provider, settled.

The floor is what the protocol cannot do without, by bare boto3 and nothing else: claim (update), read the order, read the
buyer, settle (update). No rules, no vault, no words. Both talk to the emulator and take turns; only this process's own time is
counted, and the provider takes everything at once. Messages a second are those of one core that waits for nothing.
"""

from __future__ import annotations

import itertools
import random
import time
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import boto3
import pytest

from bench import played
from bench.common import Result, best, interleave, peak_memory_mb, pin, show
from bench.emulator import emulator
from chalicelib.effects import clock
from chalicelib.effects.secrets import Secrets
from chalicelib.settings import Settings
from infra.demo import lives as made

ROUNDS, BATCH, TARGET = 5, 40, 4.0
START = datetime(2026, 3, 2, 9, tzinfo=UTC)
# All are delivered for more than three days and less than ten; it is 7 in the morning on the Pacific, afternoon in Europe.
MOMENT = datetime(2026, 3, 14, 15, 30, tzinfo=UTC)


def run() -> dict[str, Any]:
    """CPU of a message against bare calls, and messages a second of one core."""
    patch = pytest.MonkeyPatch()
    try:
        with emulator() as (settings, _):
            pin(1)
            patch.setattr(clock, "system", clock.system)
            Secrets(settings).add(played.SOURCE, played.SECRET, keep_old=False)
            world = played.Played(settings)
            batches = iter(list(_batches(_due(world))))
            bare = Bare(settings)
            taken = interleave({"ours": lambda: _ours(world, next(batches)), "bare": bare.run}, ROUNDS + 1)
            return _result({name: times[1:] for name, times in taken.items()}, len(world.sent))
    finally:
        patch.undo()


def _due(world: played.Played) -> list[str]:
    """Keys of messages that are due three days after delivery, to buyers who are all awake at `MOMENT`."""
    keys: list[str] = []
    numbers = itertools.count(700_000)
    while len(keys) < (ROUNDS + 1) * BATCH:
        number = next(numbers)
        placed = START + timedelta(minutes=len(keys))
        life = list(made.life("bench", number, placed, random.Random(number), f"due{number}@example.com"))[:5]
        if b'"country_code": "SG"' in life[0].webhook.body:
            continue
        world.begin(life)
        for one in life:
            world.arrive(one)
        world.waiting = []
        keys.append(f"message#{played.SOURCE}#order:{number}#how_is_it")
    world.now = MOMENT
    world.sent.clear()
    return keys


def _batches(keys: Sequence[str]) -> Iterator[Sequence[str]]:
    for start in range(0, len(keys), BATCH):
        yield keys[start : start + BATCH]


def _ours(world: played.Played, keys: Sequence[str]) -> float:
    began = time.process_time()
    for key in keys:
        world.do(key)
    return (time.process_time() - began) / len(keys)


class Bare:
    """The floor: four calls a message, on items of the same size, by one client."""

    def __init__(self, settings: Settings) -> None:
        self._client = boto3.client("dynamodb")
        self._tables = (settings.outbox_table, settings.orders_table, settings.buyers_table)
        for table in self._tables:
            item = {"pk": {"S": "bare"}, "status": {"S": "ready"}, "b": {"B": bytes(600)}}
            self._client.put_item(TableName=table, Item=item)

    def run(self) -> float:
        began = time.process_time()
        for _ in range(BATCH):
            self._message()
        return (time.process_time() - began) / BATCH

    def _message(self) -> None:
        outbox, orders, buyers = self._tables
        self._to(outbox, "sending")
        for table in (orders, buyers):
            self._client.get_item(TableName=table, Key={"pk": {"S": "bare"}}, ConsistentRead=True)
        self._to(outbox, "sent")

    def _to(self, table: str, status: str) -> None:
        self._client.update_item(
            TableName=table, Key={"pk": {"S": "bare"}}, UpdateExpression="SET #s = :s, #t = :t",
            ConditionExpression="attribute_exists(pk)", ExpressionAttributeNames={"#s": "status", "#t": "token"},
            ExpressionAttributeValues={":s": {"S": status}, ":t": {"S": "token"}},
        )  # fmt: skip


def _result(taken: dict[str, list[float]], sent: int) -> dict[str, Any]:
    ours, bare = best(taken["ours"]) * 1e6, best(taken["bare"]) * 1e6
    also = {"messages_a_second_of_one_core": 1e6 / ours, "messages_sent": sent, "rounds": ROUNDS}
    return Result("due message, CPU", "µs", ours, bare, TARGET, peak_memory_mb(), also).as_dict()


def main() -> None:
    """Measure and print."""
    show(run())


if __name__ == "__main__":
    main()
