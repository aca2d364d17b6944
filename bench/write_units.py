"""DynamoDB request units of an order's life, webhooks and messages included, as a server counts them.

Lives of eight events with a return (placed, paid, sent, scanned, delivered, return asked, approved, refunded) and the two
messages that the default rules ask for, played one after the other, nothing batched. Writes are the emulator's
ReturnConsumedCapacity (it counts them by size and index, as AWS does). Floor (modelled): one unit an event, one a state
written, two a message. Not in it is what does not grow with orders: the sweep's cursor (a unit a minute), the intake key (a
unit for each shop and day).
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from bench import played
from bench.common import Result, peak_memory_mb, show
from bench.emulator import emulator
from bench.metered import Meter, metered
from chalicelib.effects import clock, signed
from chalicelib.effects.secrets import Secrets
from infra.demo import lives as made

LIVES, MESSAGES, TARGET = 40, 2, 28 / 20
LONG = 20
_FIXED = ("settings", "keys")
END = datetime(2026, 5, 1, tzinfo=UTC)


@dataclass(frozen=True)
class Units:
    """Units and calls of one life, on average, and what became of its messages."""

    events: int
    writes: float
    reads: float
    by_table: dict[str, float]
    reads_by_table: dict[str, float]
    outcomes: dict[str, int]
    immediate: float


def run() -> dict[str, Any]:
    """Write units of a life of 8 events and 2 messages against the floor of 20 (target 28)."""
    eight, twenty = measure(8), measure(LONG)
    floor, long_floor = (2 * events + 2 * MESSAGES for events in (8, LONG))
    also = {
        "reads": eight.reads, **{f"writes_{name.replace(' ', '_')}": value for name, value in eight.by_table.items()},
        **{f"reads_{name}": value for name, value in eight.reads_by_table.items()},
        **{f"performed_{word.replace(' ', '_')}": count / LIVES for word, count in eight.outcomes.items()},
        "of_20_events": twenty.writes,
        "floor_of_20_events": long_floor, "ratio_of_20_events": twenty.writes / long_floor,
    }  # fmt: skip
    return Result(
        "write units per order life, messages, index, vault and feed counted", "units", eight.writes, floor, TARGET,
        peak_memory_mb(), also,
    ).as_dict()  # fmt: skip


def measure(events: int) -> Units:
    """Play lives of so many events; the first, which makes keys and fills caches, is not counted."""
    patch = pytest.MonkeyPatch()
    try:
        with metered() as meter, emulator() as (settings, names):
            meter.names = names
            counted = meter.seeing(signed.pooled())
            patch.setattr(signed, "pooled", lambda: counted)
            patch.setattr(clock, "system", clock.system)
            Secrets(settings).add(played.SOURCE, played.SECRET, keep_old=False)
            return _played(played.Played(settings, uncounted=meter.paused), meter, events)
    finally:
        patch.undo()


def _played(world: played.Played, meter: Meter, events: int) -> Units:
    sendings = made.play("bench", 3000, END)
    for n, life in enumerate(played.lives(LIVES + 1, events, sendings)):
        if n == 1:
            meter.clear()
            world.outcomes.clear()
        world.begin(life)
        for one in life:
            world.arrive(one)
        world.until(life[-1].at + timedelta(days=15))
    return _units(meter, world, events)


def _units(meter: Meter, world: played.Played, events: int) -> Units:
    writes = {name: value / LIVES for name, value in sorted(meter.writes.items()) if name not in _FIXED}
    reads = {name: value / LIVES for name, value in sorted(meter.reads.items()) if name not in _FIXED}
    return Units(
        events, sum(writes.values()), sum(reads.values()), writes, reads, dict(Counter(world.outcomes)),
        MESSAGES - meter.writes["outbox due"] / LIVES,
    )  # fmt: skip


def main() -> None:
    """Measure and print."""
    show(run())


if __name__ == "__main__":
    main()
