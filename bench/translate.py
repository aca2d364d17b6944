"""What understanding a notification costs: CPU of translate beyond reading its JSON, for every recorded request.

Each is parsed and translated in turns in one process; the figures are of the least disturbed round, in microseconds.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from statistics import median
from time import process_time
from typing import Any

from rich.console import Console
from rich.table import Table

from bench.common import Result, best, interleave, peak_memory_mb, pin, show
from chalicelib import platforms
from chalicelib.model import codec
from chalicelib.model.errors import BadPayload
from chalicelib.model.event import Webhook
from chalicelib.model.times import parse
from infra import recorded

REQUESTS = Path(__file__).parents[1] / "tests" / "platforms"
LIMIT = 150.0  # microseconds beyond the parse: the median of each platform's requests
ROUNDS, CALLS = 15, 30
RECEIVED = parse("2026-06-01T12:00:00Z", "bench")
Row = tuple[str, str, int, float, float]


def micros(act: Callable[[], Any]) -> Callable[[], float]:
    """CPU of one call, in microseconds."""

    def measure() -> float:
        started = process_time()
        for _ in range(CALLS):
            act()
        return (process_time() - started) / CALLS * 1e6

    return measure


def understood(webhook: Webhook) -> bool:
    """Whether a recorded request is one that is taken."""
    try:
        platforms.get(webhook.platform).translate(webhook, RECEIVED)
    except BadPayload:
        return False
    return True


def requests() -> Iterator[tuple[str, Webhook]]:
    """Every recorded request as `translate` gets it: decrypted, with what its shop is connected with."""
    for path in recorded.files(REQUESTS):
        webhook = recorded.read(path)
        setup = REQUESTS / webhook.platform / "setup.json"
        if setup.exists():
            webhook = replace(webhook, setup=json.loads(setup.read_text()))
        if understood(webhook):
            yield path.relative_to(REQUESTS / webhook.platform).with_suffix("").as_posix(), webhook


def cost(webhook: Webhook) -> tuple[float, float]:
    """Microseconds of CPU that parsing and translating the request take, in the least disturbed of the rounds."""
    module = platforms.get(webhook.platform)
    taken = interleave(
        {"parse": micros(lambda: parsed(webhook.body)), "whole": micros(lambda: module.translate(webhook, RECEIVED))}, ROUNDS
    )
    return best(taken["parse"]), best(taken["whole"])


def parsed(body: bytes) -> Any:
    """What the body's JSON costs by itself; bodies that are none cost nothing beside the translation."""
    return codec.loads(body) if body.lstrip().startswith((b"{", b"[")) else None


def measure() -> list[Row]:
    """Of each request: its platform and name, the bytes of its body, what parsing and what translating it takes."""
    return [(webhook.platform, name, len(webhook.body), *cost(webhook)) for name, webhook in requests()]


def medians(rows: list[Row]) -> dict[str, float]:
    """Each platform's median beyond the parse, in microseconds, dearest first."""
    found: dict[str, list[float]] = {}
    for platform, _, _, parse_, whole in rows:
        found.setdefault(platform, []).append(whole - parse_)
    return dict(sorted(((platform, median(some)) for platform, some in found.items()), key=lambda one: -one[1]))


def run() -> dict[str, Any]:
    """The dearest platform against the limit."""
    return _result(measure())


def _result(rows: list[Row]) -> dict[str, Any]:
    by_platform = medians(rows)
    platform, name, _, parse_, whole = max(rows, key=lambda one: one[4] - one[3])
    also = {"dearest request": f"{platform}/{name}: {whole - parse_:.0f} us", "requests": len(rows)}
    also |= {f"median of {one}": round(value, 1) for one, value in by_platform.items()}
    return Result("translate, by platform", "us", max(by_platform.values()), LIMIT, 1.0, peak_memory_mb(), also).as_dict()


def main() -> None:
    """Measure and print."""
    pin(0)
    rows = measure()
    table = Table("platform", "request", "bytes", "parse us", "translate us", "beyond us", title="translate: the dearest 25")
    for platform, name, size, parse_, whole in sorted(rows, key=lambda one: one[3] - one[4])[:25]:
        table.add_row(platform, name, str(size), f"{parse_:.0f}", f"{whole:.0f}", f"{whole - parse_:.0f}")
    Console().print(table)
    show(_result(rows))


if __name__ == "__main__":
    main()
