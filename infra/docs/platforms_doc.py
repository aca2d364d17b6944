"""docs/platforms.md, made from the platform modules: run `python -m infra.docs.platforms_doc` after changing one."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from enum import StrEnum
from pathlib import Path
from typing import Any

from chalicelib import platforms

PLACE = Path(__file__).parents[2] / "docs" / "platforms.md"
_HEAD = """# Platforms

What each platform sends and what becomes of it. This page is made from the modules in `chalicelib/platforms`: change one, then
run `python -m infra.docs.platforms_doc`.

Connect a shop with `./wellkept shop add PLATFORM NAME`; it asks for the secret and prints the address for the platform's
settings. A delivery whose signature does not fit is answered 401 and not kept. One that fits but cannot be understood is
answered 400 and kept with the reason. A topic that is not listed is kept as `unknown`: nothing is lost, nothing is done.

To add a platform, put a module into `chalicelib/platforms` (`_contract.py` says what it offers) and recorded requests into
`tests/platforms/NAME`; `GOLDEN=1 pytest tests/platforms` then writes down what they become, for you to read.
"""


def text() -> str:
    """The whole page, as Markdown."""
    return _HEAD + "".join("\n" + part + "\n" for name in platforms.names() for part in _platform(name, platforms.get(name)))


def main() -> None:
    """Write the page."""
    PLACE.write_text(text(), "utf-8")


def _platform(name: str, module: Any) -> Iterator[str]:
    yield f"## {module.TITLE}"
    yield f"`{name}` · [module](../chalicelib/platforms/{name}.py) · [recorded requests](../tests/platforms/{name})"
    yield f"**Secret:** {module.SECRET}."
    yield "### Topics\n\n" + _table(("topic", "event"), _topics(module.TOPICS))
    words: Mapping[str, Mapping[str, StrEnum]] = getattr(module, "VOCABULARY", {})
    for title, table in words.items():
        yield f"### {title}\n\n" + _table(("ours", "theirs"), _words(table))
    for title, said in (("Taken care of", getattr(module, "QUIRKS", ())), ("Left out on purpose", getattr(module, "LEFT", ()))):
        if said:
            yield f"### {title}\n\n" + "\n".join(f"- {line}" for line in said)


def _topics(topics: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """A topic is known by its event type, or by a value that has `type` and perhaps `also`: what its content may make of it."""
    for topic, told in topics.items():
        main_type = getattr(told, "type", told)
        also = ", ".join(f"`{type_}`" for type_ in getattr(told, "also", ()))
        yield f"`{topic}`", f"`{main_type}`" + (f"; as its content says {also}" if also else "")


def _words(table: Mapping[str, StrEnum]) -> Iterator[tuple[str, str]]:
    theirs: dict[StrEnum, list[str]] = defaultdict(list)
    for word, ours in table.items():
        theirs[ours].append(f"`{word}`")
    for ours, words in theirs.items():
        yield f"`{ours}`", ", ".join(words)


def _table(head: tuple[str, ...], rows: Iterator[tuple[str, ...]]) -> str:
    lines = (head, tuple("---" for _ in head), *rows)
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)


if __name__ == "__main__":
    main()
