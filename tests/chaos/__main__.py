"""`make chaos`: every run, a table of figures, and docs/trust.md written anew.

    python -m tests.chaos [--seed N] [--deliveries N] [--date YYYY-MM-DD] [--dry]     --dry leaves docs/trust.md as it is

Ends with 1 when a message was doubled or lost, when anything hangs, or when a planted bug was not found.
"""

from __future__ import annotations

import argparse
import logging
import sys
from datetime import UTC, datetime

from chalicelib.effects import log

from . import report


def main() -> int:
    """Run it all."""
    parser = argparse.ArgumentParser(prog="make chaos", description="planted faults and planted bugs against the acting half")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--deliveries", type=int, default=100_000)
    parser.add_argument("--date", default=f"{datetime.now(UTC):%Y-%m-%d}")
    parser.add_argument("--dry", action="store_true")
    asked = parser.parse_args()
    quiet()
    found = report.measure(asked.deliveries, (0.01, 0.05, 0.2), asked.deliveries, asked.seed, asked.date, say)
    say(report.table(found))
    say(f"planted bugs found: {len(found.caught)} of {len(found.caught) + len(found.missed)}")
    if not asked.dry:
        report.write(found)
    return 0 if found.proven else 1


def quiet() -> None:
    """No log lines of the steps: there would be millions."""
    log._logger.setLevel(logging.CRITICAL)


def say(line: str) -> None:
    """Tell whoever waits."""
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
