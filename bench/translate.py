"""What understanding a notification costs: CPU of translate beyond reading its JSON, for every recorded request.

Each is parsed and translated in turns in one process; the figures are of the least disturbed round, in microseconds.
"""

from __future__ import annotations

from collections.abc import Callable
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
LIMIT = 150.0  # microseconds beyond the parse, for the dearest request
ROUNDS, CALLS = 25, 40
RECEIVED = parse("2026-06-01T12:00:00Z", "bench")


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


def cost(webhook: Webhook) -> tuple[float, float]:
    """Microseconds of CPU that parsing and translating the request take, in the least disturbed of the rounds."""
    module = platforms.get(webhook.platform)
    taken = interleave(
        {"parse": micros(lambda: parsed(webhook.body)), "whole": micros(lambda: module.translate(webhook, RECEIVED))}, ROUNDS
    )
    return best(taken["parse"]), best(taken["whole"])


def parsed(body: bytes) -> Any:
    return codec.loads(body) if body else None


def measure() -> list[tuple[str, int, float, float]]:
    """Of each request: its name, the bytes of its body, what parsing and what translating it takes."""
    files = [path for path in recorded.files(REQUESTS) if understood(recorded.read(path))]
    found = []
    for path in files:
        webhook = recorded.read(path)
        found.append((path.relative_to(REQUESTS).with_suffix("").as_posix(), len(webhook.body), *cost(webhook)))
    return sorted(found, key=lambda one: one[2] - one[3])


def run() -> dict[str, Any]:
    """The dearest request against the limit, and the middle of all."""
    return _result(measure())


def _result(rows: list[tuple[str, int, float, float]]) -> dict[str, Any]:
    beyond = [whole - parse_ for _, _, parse_, whole in rows]
    also = {"dearest": rows[0][0], "median_of_all": median(beyond), "requests": len(rows)}
    return Result("translate", "us", max(beyond), LIMIT, 1.0, peak_memory_mb(), also).as_dict()


def main() -> None:
    """Measure and print."""
    pin(0)
    rows = measure()
    table = Table("request", "bytes", "parse us", "translate us", "beyond us", title="translate")
    for name, size, parse_, whole in rows:
        table.add_row(name, str(size), f"{parse_:.0f}", f"{whole:.0f}", f"{whole - parse_:.0f}")
    Console().print(table)
    show(_result(rows))


if __name__ == "__main__":
    main()
