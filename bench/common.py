"""What the benches share: one core, rounds that take turns, the result's record and how it is shown."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

from rich.console import Console
from rich.table import Table


@dataclass(frozen=True, slots=True)
class Result:
    """A figure of ours (`value`) and of the floor it is compared with, both in `unit`; lower is better.

    `memory` is our peak resident memory in MB, `also` whatever else was counted. `target` is the highest ratio allowed.
    """

    name: str
    unit: str
    value: float
    floor: float
    target: float
    memory: float = 0.0
    also: Mapping[str, Any] = field(default_factory=dict)

    @property
    def ratio(self) -> float:
        """How many times the floor we need."""
        return self.value / self.floor

    @property
    def met(self) -> bool:
        """True when the ratio is within the target."""
        return self.ratio <= self.target

    def as_dict(self) -> dict[str, Any]:
        """The record as JSON takes it, rounded to what the measurement can tell."""
        figures = asdict(self) | {"ratio": round(self.ratio, 3), "met": self.met, "also": dict(self.also)}
        return figures | {name: round(figures[name], 3) for name in ("value", "floor", "memory")}


def interleave(candidates: Mapping[str, Callable[[], float]], rounds: int) -> dict[str, list[float]]:
    """Call each candidate once a round, in turn, so that whatever else the machine does falls on all alike."""
    taken: dict[str, list[float]] = {name: [] for name in candidates}
    for _ in range(rounds):
        for name, measure in candidates.items():
            taken[name].append(measure())
    return taken


def best(taken: Sequence[float]) -> float:
    """The least disturbed of several measurements of the same work."""
    return min(taken)


def pin(core: int) -> None:
    """Keep this process (and those it starts) on one core, where the system can; counted from 0, wrapping round."""
    if hasattr(os, "sched_setaffinity"):
        cores = sorted(os.sched_getaffinity(0))
        os.sched_setaffinity(0, {cores[core % len(cores)]})


def peak_memory_mb() -> float:
    """This process's peak resident memory in MB (Linux counts in KB, macOS in bytes)."""
    import resource
    import sys

    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / (1024**2 if sys.platform == "darwin" else 1024)


def show(record: Mapping[str, Any]) -> None:
    """Print a result's record as a table."""
    table = Table(title=str(record["name"]), show_header=False)
    table.add_column(style="dim")
    table.add_column(justify="right")
    table.add_row("ours", f"{record['value']:.2f} {record['unit']}")
    table.add_row("floor", f"{record['floor']:.2f} {record['unit']}")
    mark = "[green]within[/]" if record["met"] else "[red]over[/]"
    table.add_row("ratio", f"[bold]{record['ratio']:.3f}[/] ({mark} {record['target']:.2f})")
    table.add_row("memory", f"{record['memory']:.0f} MB")
    for name, value in record["also"].items():
        table.add_row(name.replace("_", " "), f"{value:.3f}" if isinstance(value, float) else str(value))
    Console().print(table)
