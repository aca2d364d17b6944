"""Amazon's report of returns, a million rows of it, against the shortest way there is: pyarrow reads the same file and writes
Parquet.

Both on one core, in one run, on CPU seconds, best of several, turn by turn. Told apart: reading and checking every cell that is
used (parse and validate, which the target is for), and the whole way to events (translate). Beside them the way to packed
events, a file of which one row in a thousand is at fault, and peak memory of the whole way in a process of its own.
"""

from __future__ import annotations

import random
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from statistics import median
from typing import Any

import pyarrow
from pyarrow import csv, parquet

from bench.common import Result, best, interleave, pin, show
from bench.import_csv import cpu
from chalicelib.effects import tabbed
from chalicelib.formats import _reports
from chalicelib.formats import amazon_fba_returns as returns
from chalicelib.model import log
from chalicelib.model.event import Translated
from chalicelib.platforms._amazon_reports import FBA

ROWS = 1_000_000
TARGET = 2.5
MEMORY = 512  # MB: the smallest function that an import should do with
_HEADER = (
    "return-date\torder-id\tsku\tasin\tfnsku\tproduct-name\tquantity\tfulfillment-center-id\tdetailed-disposition\treason\tstatus\t"
    "license-plate-number\tcustomer-comments\n"
)
_DISPOSITIONS = ("SELLABLE", "SELLABLE", "SELLABLE", "DEFECTIVE", "CUSTOMER_DAMAGED", "CARRIER_DAMAGED", "DAMAGED", "EXPIRED")
_REASONS = (
    "UNWANTED_ITEM", "DEFECTIVE", "NOT_AS_DESCRIBED", "APPAREL_TOO_SMALL", "APPAREL_TOO_LARGE", "NOT_COMPATIBLE", "SWITCHEROO",
    "QUALITY_UNACCEPTABLE", "MISSED_ESTIMATED_DELIVERY", "UNDELIVERABLE_UNKNOWN", "DAMAGED_BY_CARRIER", "ORDERED_WRONG_ITEM",
)  # fmt: skip
_STATUSES = ("Unit returned to inventory", "Unit returned to inventory", "Reimbursed", "Pending repackaging", "")
_COMMENTS = ("", "", "", "too small", '"great" but broke', "did not fit, sorry", "wrong colour", "never opened")
_LETTERS = "ABCDEFGHJKLMNPQRSTUVWXYZ0123456789"
_FAULTS = ("not-a-date", "", "2026-02-30T00:00:00+00:00")


def rows(count: int, bad: int = 0) -> Iterator[str]:
    """A file as Amazon makes it: 5,000 products, three units in two orders, each unit with a licence plate of its own."""
    chance = random.Random(13)
    skus = [f"SKU-{number:05d}-{chance.choice('SML')}" for number in range(5_000)]
    words = "Lamp Bag Cup Set of Heart Glass White Red Vintage Holder Tin Sign".split()
    titles = [" ".join(chance.choices(words, k=9)) for _ in skus]
    yield _HEADER
    time, order = datetime(2025, 1, 1, tzinfo=UTC), ""
    for row in range(count):
        if row % 3 != 2:
            order = f"{chance.randint(100, 999)}-{chance.randint(10**6, 10**7 - 1)}-{chance.randint(10**6, 10**7 - 1)}"
        time += timedelta(seconds=chance.randint(1, 60))
        product = chance.randrange(len(skus))
        plate = "LPN" + "".join(chance.choices(_LETTERS, k=11))
        said = _FAULTS[row // bad % len(_FAULTS)] if bad and row % bad == 0 else f"{time:%Y-%m-%dT%H:%M:%S}+00:00"
        yield "\t".join((
            said, order, skus[product], f"B0{product:08d}", f"X00{product:07d}", titles[product], "1", "LEX1",
            chance.choice(_DISPOSITIONS), chance.choice(_REASONS), chance.choice(_STATUSES), plate, chance.choice(_COMMENTS),
        )) + "\n"  # fmt: skip


def shortest(path: Path) -> None:
    """The floor: read the rows as they are (quotes are text), write the file."""
    pyarrow.set_cpu_count(1)
    table = csv.read_csv(path, csv.ReadOptions(use_threads=False), csv.ParseOptions(delimiter="\t", quote_char=False))
    parquet.write_table(table, path.with_suffix(".parquet"))


def check(path: Path) -> dict[str, int]:
    """Every row split, understood and checked; how many were good and how many refused."""
    columns, good, refused = _reports.columns(FBA), 0, 0
    for batch in tabbed.read(path, returns.COLUMNS, returns.OPTIONAL):
        refused += len(batch.unread)
        for found in columns.read(batch):
            good += len(found.lines)
            refused += len(found.refused)
    return {"good": good, "refused": refused}


def translate(path: Path) -> int:
    """The whole way to deliveries; how many."""
    found = returns.translate(tabbed.read(path, returns.COLUMNS, returns.OPTIONAL))
    return sum(isinstance(one, Translated) for one in found)


def pack(path: Path) -> int:
    """As they are put into the log; megabytes."""
    found = returns.translate(tabbed.read(path, returns.COLUMNS, returns.OPTIONAL))
    return sum(len(log.pack(log.dump_events(one.events))) for one in found if isinstance(one, Translated)) // 10**6


def peak(path: Path) -> int:
    """Peak memory in MB of a process that does nothing but translate."""
    code = f"from pathlib import Path; from bench import import_amazon as b; b.report_peak(Path({str(path)!r}))"
    return int(subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True).stdout)


def report_peak(path: Path) -> None:
    """Print the peak memory in MB of translating a file: what `peak` starts."""
    translate(path)
    from bench.common import peak_memory_mb

    status = Path("/proc/self/status")
    if status.exists():  # what getrusage tells is never less than the parent's peak
        print(next(int(line.split()[1]) // 1024 for line in status.read_text().splitlines() if line.startswith("VmHWM")))
    else:
        print(round(peak_memory_mb()))


def run(count: int = ROWS, rounds: int = 5) -> list[dict[str, Any]]:
    """A generated report, and the same with one row in 1,000 at fault."""
    pin(0)
    with tempfile.TemporaryDirectory() as folder:
        made, bad = Path(folder) / "made.txt", Path(folder) / "bad.txt"
        made.write_text("".join(rows(count)), "utf-8")
        bad.write_text("".join(rows(count, bad=1000)), "utf-8")
        ways = {"floor": lambda: cpu(lambda: shortest(made)), "check": lambda: cpu(lambda: check(made)),
                "translate": lambda: cpu(lambda: translate(made))}  # fmt: skip
        taken, counts, faulty = interleave(ways, rounds), check(made), check(bad)
        floor, checked, translated = best(taken["floor"]), best(taken["check"]), best(taken["translate"])
        packed = cpu(lambda: pack(made))
        memory = peak(made)
        also = {
            "rows": counts["good"], "refused": counts["refused"], "file_mb": made.stat().st_size / 1e6,
            "one_bad_row_in_1000_s": best([cpu(lambda: check(bad)) for _ in range(2)]),
            "of_them_refused": faulty["refused"],
            "ratio_of_medians": round(median(taken["check"]) / median(taken["floor"]), 3),
            "whole_way_to_events_s": translated, "whole_way_ratio": round(translated / floor, 3),
            "rows_a_second_to_events": round(count / translated),
            "rows_a_second_to_packed_events": round(count / packed),
            "memory_is": f"of the whole way to events; the smallest function has {MEMORY} MB",
        }  # fmt: skip
    what = "import of a report of returns, parse and validate"
    return [Result(what, "CPU s", checked, floor, TARGET, memory, also).as_dict()]


def main() -> None:
    """Measure and print."""
    for record in run():
        show(record)


if __name__ == "__main__":
    main()
