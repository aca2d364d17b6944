"""What likeness does to a made-up crowd, measured.

`python -m tests.rules.who_is_who` writes the figures into docs/identity.md.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import combinations
from pathlib import Path

from chalicelib.model.identity import TieKind
from chalicelib.rules import likeness
from tests.rules.crowd import LANDS, Crowd, Land, Sighting

PLACE = Path(__file__).parents[2] / "docs" / "identity.md"
BEGIN, END = "<!-- measured: python -m tests.rules.who_is_who -->\n", "<!-- end of what was measured -->\n"
SEEDS = (101, 102, 103)


@dataclass(frozen=True)
class Measured:
    """Pairs of records: which are one person, which of these have one address, which were joined or suggested and rightly."""

    land: str
    records: int
    true: int
    settled: int
    joined: int
    rightly: int
    suggested: int
    rightly_suggested: int

    @property
    def precision(self) -> float:
        """Of the pairs that were joined, how many are one person."""
        return self.rightly / self.joined if self.joined else 1.0

    @property
    def recall(self) -> float:
        """Of the pairs that are one person at one address, how many were joined."""
        return self.rightly / self.settled

    @property
    def found(self) -> float:
        """The same, suggestions counted."""
        return (self.rightly + self.rightly_suggested) / self.settled


def measure(land: Land, seeds: Iterable[int] = SEEDS) -> Measured:
    """Compare everybody of a country who shares a house or a name, as the product does."""
    found: Counter[str] = Counter()
    for seed in seeds:
        crowd = Crowd(land, seed)
        seen = crowd.sightings
        true = [(one, other) for one, other in combinations(seen, 2) if one.soul == other.soul]
        found.update(records=len(seen), true=len(true), settled=sum(one.home == other.home for one, other in true))
        for one, other in _candidates(seen):
            kind, _ = likeness.verdict(one.person, other.person)
            if kind is not None:
                word = "joined" if kind is TieKind.LIKELY else "suggested"
                found[word] += 1
                found[f"rightly {word}"] += one.soul == other.soul
    return Measured(
        land.country, found["records"], found["true"], found["settled"], found["joined"], found["rightly joined"],
        found["suggested"], found["rightly suggested"],
    )  # fmt: skip


def total(some: Iterable[Measured]) -> Measured:
    """All countries together."""
    rows = list(some)
    sums = [sum(getattr(one, name) for one in rows) for name in list(Measured.__dataclass_fields__)[1:]]
    return Measured("all", *sums)


def _candidates(seen: list[Sighting]) -> Iterable[tuple[Sighting, Sighting]]:
    together: defaultdict[str, list[int]] = defaultdict(list)
    for n, one in enumerate(seen):
        for kind, value in likeness.blocks(one.person).items():
            if value:
                together[f"{kind}:{value}"].append(n)
    pairs = {pair for some in together.values() for pair in combinations(some, 2)}
    return ((seen[one], seen[other]) for one, other in sorted(pairs))


def table(rows: Iterable[Measured]) -> str:
    """The figures as Markdown."""
    heads = ("country", "records", "true pairs", "at one address", "joined", "wrongly", "precision", "recall", "suggested too")
    lines = ["| " + " | ".join(heads) + " |", "| --- |" + " ---: |" * (len(heads) - 1)]
    lines += [
        f"| {one.land} | {one.records:,} | {one.true:,} | {one.settled:,} | {one.joined:,} | {one.joined - one.rightly} "
        f"| {one.precision:.3f} | {one.recall:.2f} | {one.found:.2f} |"
        for one in rows
    ]
    return "\n".join(lines) + "\n"


def page(text: str, rows: Iterable[Measured]) -> str:
    """A page with its figures put in."""
    before, _, rest = text.partition(BEGIN)
    return before + BEGIN + "\n" + table(rows) + "\n" + END + rest.partition(END)[2]


def measured() -> list[Measured]:
    """Every country, then all together."""
    rows = [measure(land) for land in LANDS]
    return [*rows, total(rows)]


def main() -> None:
    """Measure, and write the page."""
    PLACE.write_text(page(PLACE.read_text("utf-8"), measured()), "utf-8")


if __name__ == "__main__":
    main()
