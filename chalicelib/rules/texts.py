"""Texts: the messages' words, one file for each template and language, as translators write them.

A file opens with a header of `subject:`, `preview:` (what a mail program shows after the subject) and `sms:`, then come the
paragraphs, parted by empty lines. Lines that begin with "- " are a list, with "> " what stands out. A list line that uses
{{ title }} or {{ quantity }} comes once for each product of the order. Placeholders are Jinja's; PLACEHOLDERS lists them.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from importlib.resources.abc import Traversable

from ..model.errors import BadPayload
from . import policies

ENGLISH = "en"
HEADER = ("subject", "preview", "sms")
ITEM = frozenset({"title", "quantity"})
PLACEHOLDERS = frozenset({"name", "shop", "order", "contact", "country"}) | ITEM
_MARKS = {"- ": "list", "> ": "note"}
_LANGUAGE = re.compile(r"[a-z]{2,3}(-[A-Za-z0-9]{2,8})*")


@dataclass(frozen=True, slots=True)
class Block:
    """Lines that belong together: a paragraph, a list or a note. The kind comes from the file, never from what is filled in."""

    kind: str
    lines: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Text:
    """A template in one language, unfilled. `where` names its file."""

    where: str
    language: str
    subject: str
    preview: str
    sms: str
    blocks: tuple[Block, ...]


def folder() -> Traversable:
    """Where the texts are."""
    return files(__package__.rpartition(".")[0]).joinpath("texts")


@cache
def names() -> tuple[str, ...]:
    """Every template there is, sorted."""
    return tuple(sorted(one.name for one in folder().iterdir() if one.is_dir() and not one.name.startswith(("_", "."))))


@cache
def languages(template: str) -> tuple[str, ...]:
    """The languages a template is written in, sorted."""
    found = (one.name for one in folder().joinpath(template).iterdir())
    return tuple(sorted(name.removesuffix(".txt") for name in found if name.endswith(".txt")))


@cache
def read(template: str, language: str) -> Text:
    """A template in a language that it has. BadPayload when there is none or the file is not of this form."""
    where = f"texts/{template}/{language}.txt"
    if template not in names() or language not in languages(template):
        raise BadPayload(f"there is no such text; templates are {', '.join(names())}", where)
    return parse(folder().joinpath(template, f"{language}.txt").read_text("utf-8"), language, where)


def parse(text: str, language: str, where: str) -> Text:
    """A file's text, taken apart. BadPayload names what is missing."""
    head, _, body = text.strip().partition("\n\n")
    found = header(head, where)
    missing = [name for name in HEADER if not found.get(name)]
    if missing or set(found) - set(HEADER):
        raise BadPayload(f"the header has the lines {', '.join(HEADER)}, each once and with words", where)
    blocks = tuple(_blocks(body))
    if not blocks:
        raise BadPayload("there are no paragraphs after the header and an empty line", where)
    return Text(where, language, found["subject"], found["preview"], found["sms"], blocks)


def header(text: str, where: str) -> dict[str, str]:
    """Lines of the form `name: words`."""
    found = {}
    for line in text.splitlines():
        name, colon, words = line.partition(":")
        if not colon or not name.isidentifier() or name in found:
            raise BadPayload(f"expected a line such as `subject: words` in the header, got {line[:60]!r}", where)
        found[name] = words.strip()
    return found


@cache
def footer(language: str) -> dict[str, str]:
    """The words under every mail, {"because", "unsubscribe"}, in this language or in English."""
    for tag in (language, ENGLISH):
        place = folder().joinpath(f"footer.{tag}.txt")
        if place.is_file():
            return header(place.read_text("utf-8").strip(), f"texts/footer.{tag}.txt")
    raise BadPayload("is missing", f"texts/footer.{ENGLISH}.txt")


def choose(template: str, wanted: str | None, country: str | None) -> str:
    """The language to write in: the buyer's, else one of their country's, else English; each as near as there is a text.

    "zh-Hant-TW" is served by zh-Hant, else zh.
    """
    there = {language.lower(): language for language in languages(template)}
    for tag in [wanted, _spoken().get((country or "").upper()), ENGLISH]:
        for shorter in _ever_shorter(tag or ""):
            if shorter in there:
                return there[shorter]
    raise BadPayload("there is no English text to fall back to", f"texts/{template}")


def _ever_shorter(tag: str) -> Iterator[str]:
    parts = tag.replace("_", "-").lower().split("-")
    return ("-".join(parts[:n]) for n in range(len(parts), 0, -1))


@cache
def _spoken() -> dict[str, str]:
    listed = policies.data("languages.toml")
    return {country: language for language, countries in listed.items() for country in countries.split()}


def _blocks(body: str) -> Iterator[Block]:
    for part in re.split(r"\n\s*\n", body.strip()):
        lines = tuple(line.strip() for line in part.splitlines() if line.strip())
        kind = _MARKS.get(lines[0][:2], "paragraph") if lines else ""
        if kind == "paragraph":
            yield Block(kind, lines)
        elif kind:
            yield Block(kind, tuple(line[2:].strip() if line[:2] in _MARKS else line for line in lines))
