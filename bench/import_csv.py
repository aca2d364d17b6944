"""Reading and checking a file of history against the shortest way there is: pyarrow reads the same CSV and writes Parquet.

Both on one core, in one process and one run, on CPU seconds, best of several, turn by turn. Ours splits rows, understands and
checks every value, and reports faults by row; pyarrow's guesses types and checks nothing. Also told: the same with one bad row
in a thousand, the whole way to packed events, peak memory of ours in a process of its own, and the real file when it is there.
"""

from __future__ import annotations

import json
import os
import random
import resource
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from time import process_time
from typing import Any

from chalicelib.effects import files
from chalicelib.formats import online_retail
from chalicelib.model import log
from chalicelib.model.event import Translated

ROWS = 1_000_000
TARGET = 2.5
REAL = Path(__file__).parents[1].parent / "shared" / "data" / "online_retail" / "online_retail_ii.parquet"
_HEADER = b"Invoice,StockCode,Description,Quantity,InvoiceDate,Price,Customer ID,Country\r\n"
_COUNTRIES = ["United Kingdom"] * 36 + ["EIRE", "Germany", "France", "Netherlands"]
_LETTERS = ("", "", "A", "B", "w")
_FAULTS = (
    b"%d,85048,LAMP,twelve,2010-01-04 10:00:00,6.95,13085,United Kingdom\r\n",
    b"%d,85048,LAMP,12,04.01.2010 10 Uhr,6.95,13085,United Kingdom\r\n",
    b"%d,85048,LAMP \xff\xfe,12,2010-01-04 10:00:00,6.95,13085,United Kingdom\r\n",
    b"%d,85048,LAMP\r\n",
)


def rows(count: int, bad: int = 0) -> Iterator[bytes]:
    """A file of the data set's shape: some 20 lines an invoice, 5,000 products, one row in 50 a cancellation's; every `bad`-th
    row cannot be taken.
    """
    chance = random.Random(502)
    products = [(f"{chance.randint(10_000, 99_999)}{chance.choice(_LETTERS)}", _title(chance)) for _ in range(5_000)]
    yield _HEADER
    number, time, left, letter, customer, country = 100_000, datetime(2009, 12, 1, 7, 45, tzinfo=UTC), 0, "", "", ""
    for row in range(count):
        if not left:
            number, time = number + 1, time + timedelta(minutes=chance.randint(1, 9))
            letter = "C" if chance.random() < 0.1 else ""
            left = chance.randint(1, 6) if letter else chance.randint(1, 42)
            customer, country = chance.choice(["", *[str(chance.randint(12_346, 18_287))] * 3]), chance.choice(_COUNTRIES)
        left -= 1
        sku, title = chance.choice(products)
        quantity = chance.choice((1, 1, 2, 3, 6, 12, 24)) * (-1 if letter else 1)
        if bad and row % bad == 0:
            yield _FAULTS[row // bad % len(_FAULTS)] % number
        else:
            values = f"{quantity},{time:%Y-%m-%d %H:%M:%S},{chance.randint(9, 1995) / 100},{customer},{country}"
            yield f"{letter}{number},{sku},{title},{values}\r\n".encode()


def _title(chance: random.Random) -> str:
    words = "LAMP BAG CUP SET OF HEART GLASS WHITE RED VINTAGE CHRISTMAS HOLDER TIN SIGN".split()
    title = " ".join(chance.choices(words, k=4))
    return f'"{title}, 7"" "' if chance.random() < 0.05 else title


def shortest(path: Path) -> None:
    """The floor: read the rows, write the file."""
    import pyarrow as pa
    from pyarrow import csv, parquet

    pa.set_cpu_count(1)
    parquet.write_table(csv.read_csv(path, csv.ReadOptions(use_threads=False)), path.with_suffix(".parquet"))


def check(path: Path) -> dict[str, int]:
    """Our way: every row split, understood and checked; how many were good and how many refused."""
    columns, good, refused = online_retail.columns(), 0, 0
    for batch in files.read(path, online_retail.COLUMNS, online_retail.OPTIONAL):
        found = columns.read(batch)
        good += len(found.lines)
        refused += len(found.refused) + len(batch.unread)
    return {"good": good, "refused": refused}


def pack(path: Path) -> dict[str, int]:
    """The whole way: rows to documents, as they are put into the log."""
    documents = size = 0
    for one in online_retail.translate(files.read(path, online_retail.COLUMNS, online_retail.OPTIONAL)):
        if isinstance(one, Translated):
            documents += 1
            size += len(log.pack(log.dump_events(one.events)))
    return {"documents": documents, "packed_mb": round(size / 1e6)}


def cpu(act: Callable[[], Any]) -> float:
    """CPU seconds of one call, all threads."""
    start = process_time()
    act()
    return process_time() - start


def peak(path: Path) -> int:
    """Peak memory in MB of a process that does nothing but `check`."""
    code = f"from pathlib import Path; from bench import import_csv as b; b.report_peak(Path({str(path)!r}))"
    answer = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)
    return int(answer.stdout)


def report_peak(path: Path) -> None:
    """Print the peak memory in MB of checking a file: what `peak` starts."""
    check(path)
    status = Path("/proc/self/status")
    if status.exists():  # getrusage would tell the parent's peak too
        print(next(int(line.split()[1]) // 1024 for line in status.read_text().splitlines() if line.startswith("VmHWM")))
    else:
        print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 2**20)


def compare(path: Path, rounds: int) -> dict[str, Any]:
    """CPU seconds of both ways, turn by turn, their ratio, and how fast rows become packed events."""
    floor, ours = [], []
    for _ in range(rounds):
        floor.append(cpu(lambda: shortest(path)))
        ours.append(cpu(lambda: check(path)))
    counts = check(path)
    seconds = cpu(lambda: pack(path))
    total = sum(counts.values())
    return {
        **counts,
        "file_mb": round(path.stat().st_size / 1e6),
        "pyarrow_s": round(min(floor), 3),
        "check_s": round(min(ours), 3),
        "ratio": round(min(ours) / min(floor), 2),
        "peak_mb": peak(path),
        **pack(path),
        "rows_a_second_to_packed_events": round(total / seconds),
    }


def run(count: int = ROWS, rounds: int = 3) -> dict[str, Any]:
    """`made`: a generated file; `bad_rows`: the same with one bad row in 1,000; `real`: the data set as CSV, if it is there."""
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})
    with tempfile.TemporaryDirectory() as folder:
        made, bad, real = (Path(folder) / name for name in ("made.csv", "bad.csv", "real.csv"))
        made.write_bytes(b"".join(rows(count)))
        bad.write_bytes(b"".join(rows(count, bad=1000)))
        found = {"made": compare(made, rounds), "target": TARGET}
        found["bad_rows"] = {**check(bad), "check_s": round(min(cpu(lambda: check(bad)) for _ in range(rounds)), 3)}
        if REAL.exists():
            _as_csv(REAL, real)
            found["real"] = compare(real, rounds)
    return found


def _as_csv(source: Path, path: Path) -> None:
    from pyarrow import csv, parquet

    csv.write_csv(parquet.read_table(source), path)


def main() -> None:
    """Print the result; fail when the target is missed."""
    found = run()
    print(json.dumps(found, indent=1))
    ratio = found["made"]["ratio"]
    if ratio > TARGET:
        raise SystemExit(f"reading and checking takes {ratio} times pyarrow's reading and writing, target {TARGET}")


if __name__ == "__main__":
    main()
