"""The whole of Online Retail II (1.07 million lines) through the deployed local stack, checked against its reference figures.

Takes a quarter of an hour. Floor: writing the same documents to the same table in batches, and nothing else: an import can be
no quicker than its store. The figures must be equal; a difference fails the run.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from bench.common import Result, peak_memory_mb, show

ROOT = Path(__file__).parents[1]
FOLDER = ROOT.parent / "shared/data/online_retail"
FILE = FOLDER / "online_retail_ii.parquet"
TARGET = 3.0
SAMPLE = 4_000


def run() -> dict[str, Any] | list[dict[str, Any]]:
    """Seconds from file to log against batched writes alone; beside it the way to the lake, figures and the second import."""
    if not FILE.exists():
        sys.stderr.write(f"skipped: {FILE} is not here\n")
        return []
    with tempfile.TemporaryDirectory() as home:
        os.environ |= {"WELLKEPT_HOME": home, "WELLKEPT_PORT": "4599"}
        wellkept("up")
        try:
            return _measured()
        finally:
            wellkept("down")


def _measured() -> dict[str, Any]:
    from infra import flow
    from infra.local.connect import settings_of
    from infra.stages import LOCAL, Stage

    first, log_seconds = _timed("import", str(FILE), "--format", "online_retail", "--no-wait")
    started = time.monotonic()
    flow.settle(Stage(LOCAL))
    lake_seconds = time.monotonic() - started
    again, again_seconds = _timed("import", str(FILE), "--format", "online_retail", "--no-wait")
    assert again["new"] == 0, again
    equal = figures()
    floor = writing(settings_of(LOCAL), first["documents"])
    also = {
        "rows": first["rows"], "documents": first["documents"], "refused": first["refused"],
        "seconds_to_the_lake": lake_seconds, "seconds_again": again_seconds, "figures_equal_to_the_reference": equal,
        "memory_is": "of the driver, not of the import",
    }  # fmt: skip
    name = "import of 1.07 million lines into the log"
    return Result(name, "s", log_seconds, floor, TARGET, peak_memory_mb(), also).as_dict()


def wellkept(*words: str) -> str:
    """Run a command; what it prints."""
    command = [sys.executable, "-m", "infra.cli.main", *words]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    if done.returncode:
        raise SystemExit(f"./wellkept {' '.join(words)}: {done.stdout}{done.stderr}")
    return done.stdout


def _timed(*words: str) -> tuple[dict[str, Any], float]:
    started = time.monotonic()
    return json.loads(wellkept(*words, "--json")), time.monotonic() - started


def writing(settings: Any, documents: int) -> float:
    """Seconds that batched writes of so many items of a kilobyte take, by a sample."""
    import boto3

    table = boto3.resource("dynamodb").Table(settings.events_table)
    started = time.monotonic()
    with table.batch_writer() as batch:
        for n in range(SAMPLE):
            batch.put_item({"pk": f"bench/bench#unknown:{n}", "sk": "floor", "at": 0, "o": "import", "e": os.urandom(900)})
    return (time.monotonic() - started) * documents / SAMPLE


def figures() -> int:
    """How many of the reference's figures the metric gives, to the last digit; the first that differs ends the run."""
    reference = json.loads((FOLDER / "reference_figures.json").read_text())["figures"]
    skus = _skus(reference["top_20_skus_by_return_rate"])
    return _overall(reference["overall"]) + _rows(reference["by_month"], "month", "month") + skus


def _metric(by: str, *more: str) -> list[dict[str, Any]]:
    words = [word for pair in more for word in ("--with", pair)]
    return list(json.loads(wellkept("metric", "return_rate", "--by", by, *words, "--json"))["rows"])


_SAME = {
    "orders": "orders", "units_sold": "units_sold", "units_returned": "units_returned", "sold_gbp": "value_sold",
    "returned_gbp": "value_returned", "return_rate_by_quantity": "rate_by_quantity", "return_rate_by_value": "rate_by_value",
}  # fmt: skip


def _equal(wanted: dict[str, Any], found: dict[str, Any]) -> int:
    count = 0
    for theirs, ours in _SAME.items():
        if theirs in wanted:
            digits = 2 if theirs.endswith("_gbp") else 6
            assert round(float(found[ours]), digits) == round(float(wanted[theirs]), digits), (theirs, wanted, found)
            count += 1
    return count


def _overall(wanted: dict[str, Any]) -> int:
    (found,) = _metric("all")
    return _equal(wanted, found)


def _rows(wanted: list[dict[str, Any]], by: str, key: str) -> int:
    found = {row[by]: row for row in _metric(by)}
    assert len(found) == len(wanted)
    return sum(_equal(row, found[row[key]]) for row in wanted)


def _skus(wanted: list[dict[str, Any]]) -> int:
    found = _metric("sku", "min_units=100", "order=rate_by_quantity", f"limit={len(wanted)}")
    assert [row["sku"] for row in found] == [row["sku"] for row in wanted]
    return sum(_equal(theirs, ours) for theirs, ours in zip(wanted, found, strict=True))


def main() -> None:
    """Measure and print."""
    found = run()
    if isinstance(found, dict):
        show(found)


if __name__ == "__main__":
    main()
