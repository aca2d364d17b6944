"""docs/policies.md, made from the dated policies: run `python -m infra.docs.policies_doc` after changing one."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import TypeVar

from chalicelib.model.policy import Entry, Freight, Response, ReturnWindow, Threshold
from chalicelib.rules import policies, windows

from ..cli.messages import span

PLACE = Path(__file__).parents[2] / "docs" / "policies.md"
T = TypeVar("T", ReturnWindow, Response, Freight, Threshold)
MARKS = {"C": "certain", "L": "likely", "U": "unsure"}
_HEAD = """# Policies

What platforms and laws ask of a seller, with its source, by platform, country and day. This page is made from
`chalicelib/rules/data`: change an entry there, then run `python -m infra.docs.policies_doc`. What may be written to buyers, and
how soon a return request must be answered, is in [messages.md](messages.md).

    ./wellkept policy ebay --country DE                  what holds there today
    ./wellkept policy shopee --country VN --on 2024-02-01    what held then

- An entry for a country counts before one for everywhere; where a platform and the law both say something, what is kinder to
  the buyer holds.
- *Sure* says how it is known: certain (a primary source was read), likely (a careful secondary source), unsure. *Since* is
  empty where no source says since when.
- What no source gives is left out and says so. Nothing is filled in by a guess.
- EU stands for the 27 member states. Bank holidays are counted as business days, which errs on the early side.
"""


def text() -> str:
    """The whole page, as Markdown."""
    parts = [
        "## How long buyers may return", windows_table(windows.windows()),
        "## How soon a seller must act", responses_table(windows.responses()),
        "## Who pays for the way back", payers_table(windows.payers()),
        "## How accounts are judged", health_table(windows.thresholds()),
    ]  # fmt: skip
    return _HEAD + "".join("\n" + part.strip() + "\n" for part in parts)


def main() -> None:
    """Write the page."""
    PLACE.write_text(text(), "utf-8")


def windows_table(some: Iterable[ReturnWindow]) -> str:
    """Return windows as Markdown."""
    return _table(("for", "how long", "from"), some, lambda one: (_scope(one), length(one), one.starts))


def responses_table(some: Iterable[Response]) -> str:
    """Times to act as Markdown."""
    return _table(
        ("what", "within", "from", "on silence"), some,
        lambda one: (words(one.kind), within(one), one.starts, one.on_silence),
    )  # fmt: skip


def payers_table(some: Iterable[Freight]) -> str:
    """Who pays as Markdown."""
    return _table(("whose doing", "who pays"), some, lambda one: (", ".join(one.faults), words(one.payer)))


def health_table(some: Iterable[Threshold]) -> str:
    """Figures of accounts as Markdown."""
    return _table(("figure", "limit", "over", "what counts"), some, lambda one: (one.metric, limit(one), over(one), one.counts))


def length(one: ReturnWindow) -> str:
    """A window's length in words."""
    return f"{one.days} days" if one.days is not None else f"{one.years} years" if one.years is not None else "not known"


def within(one: Response) -> str:
    """The time to act in words."""
    return f"{one.business_days} business days" if one.business_days else span(one.within) if one.within else "not known"


def limit(one: Threshold) -> str:
    """A limit in words."""
    return f"{one.side} {one.limit * 100:f}".rstrip("0").rstrip(".") + " %" if one.limit is not None else "not known"


def over(one: Threshold) -> str:
    """The days a figure is counted over, in words."""
    return " and ".join(f"{days} days" for days in one.over)


def words(name: str) -> str:
    """A word of ours as a reader would say it."""
    return name.replace("_", " ")


def place(entry: Entry) -> str:
    """Where an entry holds."""
    union = set(policies.data("windows.toml")["groups"]["EU"].split())
    return "EU" if set(entry.countries) == union else ", ".join(entry.countries) or "everywhere"


def _scope(one: ReturnWindow) -> str:
    return ", ".join(part for part in (words(one.cause), one.programme, *one.categories) if part)


def _days(entry: Entry) -> str:
    since = f"{entry.since}" if entry.since else ""
    return f"{since} until {entry.until}".strip() if entry.until else since


def _table(head: tuple[str, ...], some: Iterable[T], cells: Callable[[T], tuple[str, ...]]) -> str:
    def rows() -> Iterator[tuple[str, ...]]:
        yield ("platform", "where", *head, "since", "note", "source", "sure")
        yield ("---",) * (6 + len(head))
        for one in some:
            entry = one.entry
            source = f"{entry.source} ({entry.as_of})"
            yield (f"`{entry.platform}`", place(entry), *cells(one), _days(entry), entry.note, source, MARKS[entry.mark])

    return "\n".join("| " + " | ".join(cell or " " for cell in row) + " |" for row in rows())


if __name__ == "__main__":
    main()
