"""What the runs came to, as a table for a terminal and for docs/trust.md."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from . import runs
from .mutants import MUTANTS
from .runs import Figures

HEAD = ("what", "runs", "deliveries", "messages", "calls", "faults", "double", "lost", "stuck", "other", "asked of a person")
BEGIN, END = "<!-- written by: make chaos -->", "<!-- end -->"
PAGE = Path(__file__).parents[2] / "docs/trust.md"


@dataclass(slots=True)
class Report:
    """All figures of one `make chaos`."""

    seed: int
    date: str
    figures: list[Figures] = field(default_factory=list)
    caught: dict[str, str] = field(default_factory=dict)
    missed: list[str] = field(default_factory=list)
    asked: float = 0.0
    seconds: float = 0.0

    @property
    def proven(self) -> bool:
        """Whether nothing went wrong and every planted bug was found."""
        return not self.missed and not any(one.double or one.lost or one.stuck or one.other for one in self.figures)


def measure(deliveries: int, shares: Sequence[float], due: int, seed: int, date: str, say: Callable[[str], None]) -> Report:
    """Run everything; `say` is told of each part as it ends."""
    report, started = Report(seed, date), time.perf_counter()
    for one in _parts(report, deliveries, shares, due, seed):
        report.figures.append(one)
        say(f"{one.name}: {one.runs:,} runs, {one.faults:,} faults, {one.double} double, {one.lost} lost, {one.stuck} stuck")
        for problem in one.said:
            say(f"  {problem}")
    _hunt(report, say)
    report.seconds = time.perf_counter() - started
    return report


def _parts(report: Report, deliveries: int, shares: Sequence[float], due: int, seed: int) -> Iterator[Figures]:
    clean = runs.gauntlet().clean
    for name, kind in _SETS.items():
        trial = runs.Gauntlet(clean, figures=Figures(name))
        for _ in getattr(trial, kind)():
            pass
        yield trial.figures
    for figures, _ in runs.mass(deliveries, shares, seed):
        yield figures
    figures, world = runs.flood(due, 14, seed=seed)
    report.asked = world.provider.asked / due
    yield figures
    yield runs.flood(due, None, 0.05, seed)[0]


_SETS = {
    "one life; ticks doubled, late, left out": "quiet",
    "one life, its news in 60 orders": "shuffled",
    "one life, each queued message thrown away": "thrown_away",
    "one life, unsubscribed at each call": "unsubscribing",
    "one life, each fault at each call": "singles",
    "one life, two faults": "pairs",
}


def _hunt(report: Report, say: Callable[[str], None]) -> None:
    clean = runs.gauntlet().clean
    for mutant in MUTANTS:
        found = runs.hunt(mutant, clean)
        if found is None:
            report.missed.append(mutant.name)
        else:
            report.caught[mutant.name] = found
        say(f"planted: {mutant.name}: {'caught' if found else 'MISSED'}")


def table(report: Report) -> str:
    """The figures in Markdown."""
    rows = [HEAD, tuple("---" if n == 0 else "---:" for n in range(len(HEAD))), *(_row(one) for one in report.figures)]
    return "\n".join(f"| {' | '.join(row)} |" for row in rows)


def _row(one: Figures) -> tuple[str, ...]:
    counts = (one.runs, one.deliveries, one.messages, one.calls, one.faults)
    wrong = (one.double, one.lost, one.stuck, one.other, one.persons)
    return (one.name, *(f"{count:,}" for count in (*counts, *wrong)))


def section(report: Report) -> str:
    """What stands between the markers of docs/trust.md."""
    caught = "\n".join(f"| {name} | {_first(found)} |" for name, found in report.caught.items())
    missed = "".join(f"\n| {name} | **not found** |" for name in report.missed)
    return (
        f"{BEGIN}\n\nMeasured {report.date}, seed {report.seed}, in {report.seconds / 60:.0f} minutes.\n\n{table(report)}\n\n"
        "A provider that takes 14 messages a second, before workers that could send 50, was asked "
        f"{report.asked:.1f} times for each message.\n\n"
        f"Planted bugs: {len(report.caught)} of {len(report.caught) + len(report.missed)} found.\n\n"
        f"| planted bug | the first run that fails it |\n| --- | --- |\n{caught}{missed}\n\n{END}"
    )


def _first(found: str) -> str:
    return re.sub(r"(?<=\d): \[.*", "", found)


def write(report: Report, page: Path = PAGE) -> None:
    """Put the figures into the page."""
    text = page.read_text(encoding="utf-8")
    before, _, rest = text.partition(BEGIN)
    _, _, after = rest.partition(END)
    page.write_text(f"{before}{section(report)}{after}", encoding="utf-8")
