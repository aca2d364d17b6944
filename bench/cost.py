"""Infrastructure cost of a million orders at list prices, from measured request units and stated assumptions. SES is not in it.

Prices: AWS list, us-east-1, on demand, as of 2026-11; no free tier, no storage, no domain. The floor is modelled: an HTTP API,
one write an event, one a state, two a message, batches of ten, 12 ms at 256 MB.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from bench import write_units
from bench.common import Result, peak_memory_mb, show

ORDERS, EVENTS, MESSAGES = 1_000_000, 8, 2
FLOOR, TARGET = 22.7, 40 / 22.7


@dataclass(frozen=True)
class Prices:
    """USD each."""

    http_api: float = 1.00e-6
    lambda_call: float = 0.20e-6
    lambda_gb_s: float = 0.0000166667
    write_unit: float = 0.625e-6
    read_unit: float = 0.125e-6
    s3_put: float = 5.0e-6
    s3_get: float = 0.4e-6
    kms_call: float = 3.0e-6
    sqs_call: float = 0.40e-6
    log_gb: float = 0.50


@dataclass(frozen=True)
class Assumed:
    """What cannot be measured without an account. Milliseconds are billed ones at the function's memory size.

    A call to DynamoDB costs 0.7 ms of a full core, of which 256 MB are a seventh and 512 MB two sevenths.
    """

    webhook_ms: float = 12
    react_ms: float = 22
    react_batch: int = 3
    land_batch: int = 100
    land_ms: float = 400
    merge_runs_a_day: int = 96
    days: int = 30
    merge_ms: float = 20_000
    log_bytes: int = 450
    message_writes: int = 2
    message_ms: float = 30
    kms_calls_a_day: int = 200


def run() -> dict[str, Any]:
    """USD for a million orders of eight events and two messages each, against the modelled floor."""
    units, parts = write_units.measure(EVENTS), {}
    price, assumed = Prices(), Assumed()
    events = ORDERS * EVENTS
    messages = ORDERS * MESSAGES
    landings = events / assumed.land_batch
    merges = assumed.merge_runs_a_day * assumed.days
    parts["api"] = events * price.http_api
    parts["dynamodb writes"] = (units.writes * ORDERS + messages * assumed.message_writes) * price.write_unit
    parts["dynamodb reads"] = units.reads * ORDERS * price.read_unit
    parts["lambda"] = sum((
        _lambda(events, assumed.webhook_ms, 256, price), _lambda(events / assumed.react_batch,
        assumed.react_ms * assumed.react_batch, 512, price),
        _lambda(landings, assumed.land_ms, 256, price), _lambda(merges, assumed.merge_ms, 1769, price),
        _lambda(messages, assumed.message_ms, 256, price),
    ))  # fmt: skip
    parts["s3"] = landings * (price.s3_put + price.s3_get) + merges * 5 * (price.s3_put + price.s3_get)
    parts["kms and secrets"] = assumed.kms_calls_a_day * assumed.days * price.kms_call
    parts["queue"] = messages * 3 * price.sqs_call
    parts["logs"] = (events + events / assumed.react_batch + messages) * assumed.log_bytes / 1e9 * price.log_gb
    also = {f"usd_{name.replace(' ', '_')}": value for name, value in parts.items()}
    return Result(
        "infrastructure per million orders", "USD", sum(parts.values()), FLOOR, TARGET, peak_memory_mb(), also
    ).as_dict()


def _lambda(calls: float, milliseconds: float, memory: int, price: Prices) -> float:
    return calls * (price.lambda_call + milliseconds / 1000 * memory / 1024 * price.lambda_gb_s)


def main() -> None:
    """Measure and print."""
    show(run())


if __name__ == "__main__":
    main()
