"""Infrastructure cost of a million orders in a month at list prices, from measured request units and stated assumptions.

SES itself is not in it; its feed (SNS and the function that reads it) is. Prices: AWS list, us-east-1, on demand, as of
2026-11; no free tier, no storage, no domain. The floor is modelled: an HTTP API, one write an event, one a state, two a
message, batches of ten, 12 ms at 256 MB.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from bench import write_units
from bench.common import Result, peak_memory_mb, show

ORDERS, EVENTS, MESSAGES = 1_000_000, 8, 2
FLOOR, TARGET = 22.7, 40 / 22.7
_MINUTES = 30 * 24 * 60


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
    sns_publish: float = 0.50e-6
    log_gb: float = 0.50


@dataclass(frozen=True)
class Assumed:
    """What cannot be measured without an account. Milliseconds are billed ones at the function's memory size.

    A call to DynamoDB costs 0.7 ms of a full core, of which 256 MB are a seventh and 512 MB two sevenths. Three events a
    second are eight million in a month: a stream's batch, over four shards and five seconds, holds some four of them. The work
    queue, which the sweep fills once a minute, hands over four messages at once.
    """

    webhook_ms: float = 12
    react_ms: float = 22
    react_batch: int = 4
    land_batch: int = 100
    land_ms: float = 400
    merge_runs_a_day: int = 96
    days: int = 30
    merge_ms: float = 20_000
    message_ms: float = 30
    message_batch: int = 4
    feed_ms: float = 10
    sweep_ms: float = 300
    polls_a_minute: int = 15
    kms_calls_a_day: int = 200


# Bytes of a log line, as the functions of the local stack write them: the mean of a demo's lines.
LINES = {"receive": 239, "react": 140, "perform": 183, "feed": 200}


def run() -> dict[str, Any]:
    """USD for a million orders of eight events and two messages each, against the modelled floor."""
    units, price, assumed = write_units.measure(EVENTS), Prices(), Assumed()
    parts = {
        "api": ORDERS * EVENTS * price.http_api,
        "dynamodb writes": (units.writes * ORDERS + _MINUTES) * price.write_unit,
        "dynamodb reads": (units.reads * ORDERS + _MINUTES * 16 * 0.5) * price.read_unit,
        "lambda": _functions(price, assumed),
        "s3": _storage(price, assumed),
        "kms and secrets": assumed.kms_calls_a_day * assumed.days * price.kms_call,
        "queue": _queue(units.immediate, price, assumed),
        "feed": ORDERS * MESSAGES * price.sns_publish,
        "logs": _logs(price),
    }
    also = {f"usd_{name.replace(' ', '_')}": value for name, value in parts.items()}
    return Result(
        "infrastructure per million orders", "USD", sum(parts.values()), FLOOR, TARGET, peak_memory_mb(), also
    ).as_dict()


def _functions(price: Prices, assumed: Assumed) -> float:
    """Lambda's part. React, perform and land are called for batches; the feed for each message."""
    events, messages = ORDERS * EVENTS, ORDERS * MESSAGES
    return sum((
        _lambda(events, assumed.webhook_ms, 256, price),
        _lambda(events / assumed.react_batch, assumed.react_ms * assumed.react_batch, 512, price),
        _lambda(events / assumed.land_batch, assumed.land_ms, 256, price),
        _lambda(assumed.merge_runs_a_day * assumed.days, assumed.merge_ms, 1769, price),
        _lambda(messages / assumed.message_batch, assumed.message_ms * assumed.message_batch, 512, price),
        _lambda(messages, assumed.feed_ms, 256, price),
        _lambda(_MINUTES, assumed.sweep_ms, 256, price),
    ))  # fmt: skip


def _lambda(calls: float, milliseconds: float, memory: int, price: Prices) -> float:
    return calls * (price.lambda_call + milliseconds / 1000 * memory / 1024 * price.lambda_gb_s)


def _storage(price: Prices, assumed: Assumed) -> float:
    landings, merges = ORDERS * EVENTS / assumed.land_batch, assumed.merge_runs_a_day * assumed.days
    return (landings + merges * 5) * (price.s3_put + price.s3_get)


def _queue(immediate: float, price: Prices, assumed: Assumed) -> float:
    """SQS: an immediate message is sent by itself, a swept one with nine others; both are received and deleted in batches."""
    sends = ORDERS * (immediate + (MESSAGES - immediate) / 10)
    taken = 2 * ORDERS * MESSAGES / assumed.message_batch
    return (sends + taken + assumed.polls_a_minute * _MINUTES) * price.sqs_call


def _logs(price: Prices) -> float:
    events, messages = ORDERS * EVENTS, ORDERS * MESSAGES
    written = {"receive": events, "react": events / Assumed.react_batch, "perform": messages, "feed": messages}
    return sum(count * LINES[name] for name, count in written.items()) / 1e9 * price.log_gb


def main() -> None:
    """Measure and print."""
    show(run())


if __name__ == "__main__":
    main()
