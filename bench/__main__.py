"""Every benchmark, one after the other, into bench/RESULTS.md: `make bench`, or `python -m bench NAME ...` for some."""

from __future__ import annotations

import json
import platform
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from bench.common import show

HERE = Path(__file__).parent
NAMES = (
    "webhook_cpu", "cold_start", "write_units", "cost", "outbox", "merge", "scan", "import_csv", "translate", "full_import",
    "import_amazon", "classify", "keywords",
)  # fmt: skip
_RECORDS = HERE / "results.json"


def main(names: list[str]) -> int:
    """Run the named benchmarks, each in a process of its own, and write the page; 1 when one is over its target."""
    known = {record["bench"]: record for record in json.loads(_RECORDS.read_text())} if _RECORDS.exists() else {}
    for name in names:
        records = measured(name)
        for record in records:
            show(record)
        known[name] = {"bench": name, "date": f"{datetime.now(UTC):%Y-%m-%d}", "records": records}
        _RECORDS.write_text(json.dumps([known[one] for one in NAMES if one in known], indent=1) + "\n")
    (HERE / "RESULTS.md").write_text(page([known[one] for one in NAMES if one in known]), encoding="utf-8")
    return int(any(not record["met"] for name in names for record in known[name]["records"]))


def measured(name: str) -> list[dict[str, Any]]:
    """The records of one benchmark."""
    code = f"import json; from bench import {name}; found = {name}.run(); print(); print(json.dumps(found))"
    done = subprocess.run([sys.executable, "-c", code], cwd=HERE.parent, capture_output=True, text=True, check=False)
    if done.returncode:
        raise SystemExit(f"bench {name} failed:\n{done.stderr[-3000:]}")
    found = json.loads(done.stdout.splitlines()[-1])
    return found if isinstance(found, list) else [found]


def page(found: list[dict[str, Any]]) -> str:
    """The results as a page."""
    lines = [
        "# Measured",
        "",
        "Ratios against a floor measured in the same run; absolute times mean little. Made by `make bench`.",
        f"Python {platform.python_version()}, {platform.machine()}.",
        "",
        "| bench | what | ours | floor | ratio | target | memory | date |",
        "| --- | --- | --- | --- | --- | --- | --- | --- |",
    ]
    for one in found:
        for record in one["records"]:
            mark = "" if record["met"] else " **over**"
            lines.append(
                f"| {one['bench']} | {record['name']} | {record['value']:,.2f} {record['unit']} | {record['floor']:,.2f} | "
                f"**{record['ratio']:.2f}**{mark} | {record['target']:.2f} | {record['memory']:.0f} MB | {one['date']} |"
            )
    lines += ["", "## Counted beside", ""]
    for one in found:
        for record in one["records"]:
            for name, value in record["also"].items():
                lines.append(
                    f"- {record['name']}: {name.replace('_', ' ')} {value if not isinstance(value, float) else round(value, 4)}"
                )
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:] or list(NAMES)))
