"""Reading and checking a file of history against the shortest way there is: pyarrow reads the same CSV and writes Parquet.

Both on one core, in one run, on CPU seconds, best of several, turn by turn. Ours splits rows, understands and
checks every value, and reports faults by row; pyarrow's guesses types and checks nothing. Also told: the same with one bad row
in a thousand, the whole way to packed events, peak memory of ours in a process of its own, and the real file when it is there.
"""

from __future__ import annotations

import random
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from statistics import median
from time import process_time
from typing import Any

import pyarrow
from pyarrow import csv, parquet

from bench.common import Result, best, interleave, peak_memory_mb, pin, show
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
    pyarrow.set_cpu_count(1)
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
    if status.exists():  # what getrusage tells is never less than the parent's peak
        print(next(int(line.split()[1]) // 1024 for line in status.read_text().splitlines() if line.startswith("VmHWM")))
    else:
        print(round(peak_memory_mb()))


def compare(name: str, path: Path, rounds: int) -> Result:
    """CPU seconds of both ways, and how fast rows become packed events."""
    taken = interleave({"floor": lambda: cpu(lambda: shortest(path)), "ours": lambda: cpu(lambda: check(path))}, rounds)
    counts, start = check(path), process_time()
    packed = pack(path)
    whole = process_time() - start
    also = {
        "rows": counts["good"] + counts["refused"],
        "refused": counts["refused"],
        "file_mb": path.stat().st_size / 1e6,
        **packed,
        "rows_a_second_to_packed_events": round(counts["good"] / whole),
        "ratio_of_medians": round(median(taken["ours"]) / median(taken["floor"]), 3),
    }
    return Result(name, "CPU s", best(taken["ours"]), best(taken["floor"]), TARGET, peak(path), also)


def run(count: int = ROWS, rounds: int = 5) -> list[dict[str, Any]]:
    """A generated file, beside it the same with one bad row in 1,000; and the real data set as CSV, where it is there."""
    pin(0)
    with tempfile.TemporaryDirectory() as folder:
        made, bad, real = (Path(folder) / name for name in ("made.csv", "bad.csv", "real.csv"))
        made.write_bytes(b"".join(rows(count)))
        bad.write_bytes(b"".join(rows(count, bad=1000)))
        found = [compare("import, parse and validate", made, rounds)]
        with_faults = {
            "one_bad_row_in_1000_s": best([cpu(lambda: check(bad)) for _ in range(rounds)]),
            "of_them_refused": check(bad)["refused"],
        }
        found[0] = replace(found[0], also={**found[0].also, **with_faults})
        if REAL.exists():
            csv.write_csv(parquet.read_table(REAL), real)
            found.append(compare("import, parse and validate, Online Retail II", real, rounds))
    return [one.as_dict() for one in found]


def main() -> None:
    """Measure and print."""
    for record in run():
        show(record)


if __name__ == "__main__":
    main()
