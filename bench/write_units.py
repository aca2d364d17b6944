"""DynamoDB request units of an order's life: webhooks received and reacted to, counted by what is really sent.

Floor (modelled): one unit an event and one a state written, two a message. Messages are not sent yet, so the floor here is two
units an event, and two messages at the floor's own two units each are added to both sides.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from bench.common import Result, peak_memory_mb, show
from bench.metered import Meter, metered
from chalicelib import platforms
from chalicelib.effects import signed
from chalicelib.effects.secrets import Secrets
from chalicelib.effects.store import Store
from chalicelib.model.event import Webhook
from chalicelib.settings import Settings
from chalicelib.steps import react, receive
from infra.demo import lives
from tests import aws
from tests.aws import stack

LIVES, MESSAGES, TARGET = 40, 2 * 2, 1.4
SECRET = "bench"
LONG = 20


@dataclass(frozen=True)
class Units:
    """Units and calls of one life, on average."""

    events: int
    writes: float
    reads: float
    by_table: dict[str, float]
    webhook_calls: float


def run() -> dict[str, Any]:
    """Write units of a life of 8 events and 2 messages against the floor of 20 (target 28)."""
    eight, twenty = measure(8), measure(LONG)
    also = {
        "reads": eight.reads, **{f"writes_{name.replace(' ', '_')}": value for name, value in eight.by_table.items()},
        "calls_per_webhook": eight.webhook_calls, "of_20_events": twenty.writes + MESSAGES,
        "floor_of_20_events": 2 * LONG + MESSAGES,
        "ratio_of_20_events": (twenty.writes + MESSAGES) / (2 * LONG + MESSAGES),
    }  # fmt: skip
    floor = 2 * 8 + MESSAGES
    name = "write units per order life (messages at the floor's units)"
    return Result(name, "units", eight.writes + MESSAGES, floor, TARGET, peak_memory_mb(), also).as_dict()


def measure(events: int) -> Units:
    """Play lives of so many events; the first, which makes keys and fills caches, is not counted."""
    patch = pytest.MonkeyPatch()
    try:
        with metered() as meter, stack(patch) as settings:
            counted = meter.seeing(aws.post)
            patch.setattr(signed, "pooled", lambda: counted)
            Secrets(settings).add("shopify/bench", SECRET, keep_old=False)
            return _played(settings, meter, events)
    finally:
        patch.undo()


def _played(settings: Settings, meter: Meter, events: int) -> Units:
    received, store = receive.prepare(settings), Store(settings)
    now, signer = datetime.now(UTC), platforms.get("shopify")
    calls: Counter[str] = Counter()
    for n, life in enumerate(_lives(events)):
        if n == 1:
            meter.clear()
            calls.clear()
        for webhook in life:
            before = sum(meter.calls.values())
            received(replace(webhook, headers={**webhook.headers, **signer.sign(webhook, SECRET, now)}), now)
            calls["webhook"] += sum(meter.calls.values()) - before
            told = signer.translate(webhook, now)
            react.react(store, f"shopify/bench#{told.subject}", {told.id}, now)
    count = LIVES * events
    by_table = {name: value / LIVES for name, value in sorted(meter.writes.items())}
    return Units(
        events, sum(meter.writes.values()) / LIVES, sum(meter.reads.values()) / LIVES, by_table, calls["webhook"] / count
    )


def _lives(events: int) -> list[list[Webhook]]:
    """Lives with a return, cut or drawn out with parcel scans to so many events."""
    now = datetime.now(UTC)
    all_: dict[str, list[lives.Sending]] = {}
    for one in lives.play("bench", 3000, now):
        subject = platforms.get("shopify").translate(one.webhook, now).subject
        all_.setdefault(subject, []).append(one)
    found = []
    for some in all_.values():
        unique = list({one.webhook.headers["x-shopify-event-id"]: one for one in some}.values())
        if len(unique) == 9 and len(found) <= LIVES:
            found.append(_drawn_out([one.webhook for one in sorted(unique, key=lambda one: one.at)], events))
    return found


def _drawn_out(life: list[Webhook], events: int) -> list[Webhook]:
    scan = next(webhook for webhook in life if webhook.headers["x-shopify-topic"] == "fulfillment_events/create")
    more = [_again(scan, n) for n in range(events - len(life))]
    return [*life[:4], *more, *life[4:]][:events]


def _again(scan: Webhook, n: int) -> Webhook:
    import json

    body = json.loads(scan.body)
    at = datetime.fromisoformat(body["happened_at"]) + timedelta(hours=3 * n + 1)
    body |= {"id": body["id"] * 100 + n, "happened_at": at.isoformat(), "status": "in_transit"}
    return replace(scan, headers={**scan.headers, "x-shopify-event-id": f"scan-{body['id']}"}, body=json.dumps(body).encode())


def main() -> None:
    """Measure and print."""
    show(run())


if __name__ == "__main__":
    main()
