"""docs/platforms.md, made from the platform modules and the reason codes' data files: run `python -m infra.docs.platforms_doc`
after changing one.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from pathlib import Path
from typing import Any

from chalicelib import platforms
from chalicelib.model.call import Limit, Resource
from chalicelib.model.event import Webhook
from chalicelib.platforms import _reasons as reasons

PLACE = Path(__file__).parents[2] / "docs" / "platforms.md"
_HEAD = """# Platforms

What each platform sends and what becomes of it. This page is made from the modules in `chalicelib/platforms`: change one, then
run `python -m infra.docs.platforms_doc`.

Connect a shop with `./wellkept shop add PLATFORM NAME`; it asks for the secret and prints the address for the platform's
settings. What else a platform wants ("Connect with") is given as `--with NAME=VALUE`. A delivery that cannot prove who sent it
is answered 401 and not kept. One that can but is not understood is answered 400 and kept with the reason. A topic that is not
listed is kept as `unknown`: nothing is lost, nothing is done.

Where a platform has an API that is read, notifications that only name something are completed from it, and its lists are read
on a schedule, so that a notification that was lost comes in all the same.

Reason codes are data (`chalicelib/platforms/reasons`), each file with its source, date and version. A code is precise where it
says one thing; a prior is a first guess that the buyer's own words may correct. A code that is not on file is kept as it came,
counted and shown, and has no label.

To add a platform, put a module into `chalicelib/platforms` (`_contract.py` says what it offers) and recorded requests into
`tests/platforms/NAME`; `GOLDEN=1 pytest tests/platforms` then writes down what they become, for you to read.
"""
_MARKS = {"C": "certain", "L": "likely", "U": "unsure"}
_UNITS = {"day": timedelta(days=1), "hour": timedelta(hours=1), "minute": timedelta(minutes=1), "second": timedelta(seconds=1)}
Row = tuple[str, ...]


def text() -> str:
    """The whole page, as Markdown."""
    names = platforms.names()
    parts = [_overview(names), *(part for name in names for part in _platform(name, platforms.get(name)))]
    return _HEAD + "".join("\n" + part + "\n" for part in parts)


def main() -> None:
    """Write the page."""
    PLACE.write_text(text(), "utf-8")


def _overview(names: Iterable[str]) -> str:
    rows = (_summary(name, platforms.get(name)) for name in names)
    return _table(("platform", "topics", "read by its API", "reason codes on file"), rows)


def _summary(name: str, module: Any) -> Row:
    codes = sum(len(one.codes) + len(one.families) for one in _files(name))
    title = f"[{module.TITLE}](#{_anchor(module.TITLE)})"
    return title, str(len(module.TOPICS)), str(len(getattr(module, "READS", {})) or "-"), str(codes or "-")


def _anchor(title: str) -> str:
    """The name under which GitHub shows a heading."""
    return "".join(one for one in title.lower().replace(" ", "-") if one.isalnum() or one in "-_")


def _platform(name: str, module: Any) -> Iterator[str]:
    yield f"## {module.TITLE}"
    yield f"`{name}` · [module](../chalicelib/platforms/{name}.py) · [recorded requests](../tests/platforms/{name})"
    yield f"**Secret:** {module.SECRET}."
    yield f"**Proof:** {' '.join(_proof(name, module))}"
    if setup := getattr(module, "SETUP", {}):
        yield "### Connect with\n\n" + _table(("name", "what it is"), ((f"`{one}`", said) for one, said in setup.items()))
    yield "### Topics\n\n" + _table(("topic", "event"), _topics(module.TOPICS))
    if reads := getattr(module, "READS", {}):
        yield "### Read by its API\n\n" + _table(("read", "what", "at most", "how far back", "how often"), _reads(reads))
    for file in _files(name):
        yield _codes(file)
    words: Mapping[str, Mapping[str, StrEnum]] = getattr(module, "VOCABULARY", {})
    for title, table in words.items():
        yield f"### {title}\n\n" + _table(("ours", "theirs"), _words(table))
    for title, said in (("Taken care of", getattr(module, "QUIRKS", ())), ("Left out on purpose", getattr(module, "LEFT", ()))):
        if said:
            yield f"### {title}\n\n" + "\n".join(f"- {line}" for line in said)


def _proof(name: str, module: Any) -> Iterator[str]:
    """How the platform proves that it is the platform, and what else its module offers for its deliveries."""
    yield _proven(name, module)
    if hasattr(module, "opened"):
        yield "Its bodies are encrypted; they are opened with the secret."
    if hasattr(module, "handshake"):
        yield "When it tries the address it is answered by itself."
    if getattr(module, "TRACKER", False):
        yield "It tells of parcels alone: its news goes to the shop whose order the parcel belongs to."


def _proven(name: str, module: Any) -> str:
    if getattr(module, "QUEUE", False):
        return "it writes to a queue of ours, and only it may; nothing is signed."
    if hasattr(module, "key_id"):
        return "each delivery is signed with a key that the platform publishes."
    if getattr(module, "SIGNED", True):
        return "each delivery is signed with the secret."
    sent = module.sign(Webhook(name, "NAME", {}, b"{}"), "secret", datetime(2026, 1, 1, tzinfo=UTC))
    if sent.token:
        return "nothing is signed; its address ends with the secret, which nobody else knows."
    return f"nothing is signed; the secret itself comes along, in the header {', '.join(sent.headers)}."


def _topics(topics: Mapping[str, Any]) -> Iterator[Row]:
    """A topic is known by its event type, or by a value that has `type` and perhaps `also`: what its content may make of it."""
    for topic, told in topics.items():
        main_type = getattr(told, "type", told)
        also = ", ".join(f"`{type_}`" for type_ in getattr(told, "also", ()))
        yield f"`{topic}`", f"`{main_type}`" + (f"; as its content says {also}" if also else "")


def _reads(reads: Mapping[str, Resource]) -> Iterator[Row]:
    for word, one in reads.items():
        if not one.listing:
            yield f"`{word}`", one.title, _limit(one.limit), "-", "when something leads to it"
            continue
        often = f"each {_span(one.every)}" if one.every else "when asked for"
        again = f", the last {_span(one.again)} again" if one.again else ""
        yield f"`{word}`", one.title, _limit(one.limit), f"{_span(one.back)}, {_span(one.window)} at a time", often + again


def _limit(limit: Limit) -> str:
    """What is asked at most, in the shortest unit that fits one call; by the hour where none does."""
    units = [(limit.rate * span, unit) for span, unit in ((1, "a second"), (60, "a minute"), (3600, "an hour"))]
    number, unit = next((one for one in units if one[0] >= 1), units[-1])
    return f"{round(number, 1):g} {unit}" + (f", {limit.burst} at once" if limit.burst > 1 else "")


def _span(time: timedelta) -> str:
    """A length of time in the largest unit that divides it: "15 minutes", "hour"."""
    word, unit = next((word, unit) for word, unit in _UNITS.items() if not time % unit)
    number = time // unit
    return word if number == 1 else f"{number} {word}s"


def _files(name: str) -> list[reasons.Codes]:
    """The files of a platform's codes: reasons/<name>.toml and reasons/<name>_<what>.toml."""
    return [reasons.codes(file) for file in reasons.names() if _owner(file) == name]


def _owner(file: str) -> str:
    """The platform with the longest name that the file's begins with."""
    return max((name for name in platforms.names() if file == name or file.startswith(f"{name}_")), key=len, default="")


def _codes(file: reasons.Codes) -> str:
    about = f"Source: {file.source} ({_MARKS.get(file.mark, file.mark)}). As of {file.as_of}, version {file.version}."
    heads = ("code", "label", "how surely", "fault", "flag", "what it says")
    rows = [*(_code(name, one) for name, one in file.codes.items()), *(_code(form.pattern, one) for form, one in file.families)]
    if file.families:
        about += f" The last {len(file.families)} are patterns for codes that are not listed; the first that fits decides."
    return f"### Reason codes: {file.title}\n\n{about}\n\n" + _table(heads, rows)


def _code(name: str, one: reasons.Code) -> Row:
    label = f"`{one.label}`" + (f", or `{one.also}`" if one.also else "")
    return f"`{name}`", label, "precise" if one.precise else "prior", one.fault, one.flag or "", one.text or ""


def _words(table: Mapping[str, StrEnum]) -> Iterator[Row]:
    theirs: dict[StrEnum, list[str]] = defaultdict(list)
    for word, ours in table.items():
        theirs[ours].append(f"`{word}`")
    for ours, words in theirs.items():
        yield f"`{ours}`", ", ".join(words)


def _table(head: Row, rows: Iterable[Row]) -> str:
    lines = (head, tuple("---" for _ in head), *rows)
    return "\n".join("| " + " | ".join(_cell(one) for one in line) + " |" for line in lines)


def _cell(said: str) -> str:
    """A cell's text: a bar would end the cell, a new line the row."""
    return " ".join(said.replace("|", "\\|").split())


if __name__ == "__main__":
    main()
