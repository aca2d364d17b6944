"""Rule hits: phrases of twenty languages that stand for a label, a tag or something else worth knowing (phrases.toml).

A hit is a feature of the model and evidence for people; no hit decides alone. A phrase that is denied ("not too small") is no
hit. Phrases are regular expressions over the plain form (normal.plain), and are brought into it; those of scripts with blanks
match whole words, and a phrase that ends in "*" the beginning of one. There are thousands of them, so each is tried only where
the letters that it cannot do without are in the text.
"""

from __future__ import annotations

import re
import tomllib
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from . import normal

_FILE = Path(__file__).parent / "phrases.toml"
_UNSPACED = re.compile(r"[\u0e00-\u0e7f\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]")
_IN_WORD = rf"[\w{normal.SIGNS}]"
_REACH = 24  # how many characters before a phrase a denial may stand
_DENIAL = "denial"


@dataclass(frozen=True, slots=True)
class Hit:
    """A phrase found: what it stands for, the words, where they begin and end in the plain text."""

    name: str
    words: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class _Phrase:
    """A phrase, what it stands for, and runs of letters of which every text it matches holds one."""

    name: str
    pattern: str
    needs: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Book:
    """Everything in phrases.toml: what phrases may stand for in a fixed order, the phrases, and what denies them."""

    names: tuple[str, ...]
    phrases: tuple[_Phrase, ...]
    denials: re.Pattern[str]


def names() -> tuple[str, ...]:
    """Everything a phrase may stand for, in a fixed order: the model's features."""
    return _book().names


def hits(plain: str) -> list[Hit]:
    """The phrases found in a text, in their order; of several that stand for the same thing, each. Denied ones are left out."""
    return sorted(_found(plain, _book()), key=lambda hit: (hit.start, hit.end, hit.name))


def _found(plain: str, book: _Book) -> Iterator[Hit]:
    for phrase in book.phrases:
        if any(run in plain for run in phrase.needs):
            for found in _compiled(phrase.pattern).finditer(plain):
                if not book.denials.search(plain, max(0, found.start() - _REACH), found.start()):
                    yield Hit(phrase.name, found.group(), found.start(), found.end())


@lru_cache(maxsize=None)
def _compiled(pattern: str) -> re.Pattern[str]:
    return re.compile(pattern)


@lru_cache(maxsize=1)
def _book() -> _Book:
    told = tomllib.loads(_FILE.read_text("utf-8"))
    denied = "|".join(sorted({_bounded(_spelled(one)) for some in told.pop(_DENIAL).values() for one in some}))
    phrases = {
        _Phrase(name, _bounded(one), _needed(one.removesuffix("*")))
        for name, by in told.items() for some in by.values() for one in map(_spelled, some)
    }  # fmt: skip
    # A denial counts up to the phrase itself, unless another clause begins between them.
    denials = re.compile(rf"(?:{denied})[^,.;!?|。、，！？]{{0,12}}$")
    return _Book(tuple(told), tuple(sorted(phrases, key=lambda one: (one.name, one.pattern))), denials)


def _spelled(phrase: str) -> str:
    """A phrase as the texts are spelled that it is sought in: "groß" as "gross", Thai and Devanagari as NFKC leaves them."""
    return normal.plain(unicodedata.normalize("NFKC", phrase).replace("ß", "ss"))


def _bounded(phrase: str) -> str:
    """A phrase at the bounds of words, where its script has any."""
    if _UNSPACED.search(phrase):
        return phrase.removesuffix("*")
    begun = phrase.endswith("*")
    # What a phrase only begins is taken to its end, so that whole words are shown as evidence.
    return rf"(?<!{_IN_WORD})(?:{phrase[:-1] if begun else phrase})" + (rf"{_IN_WORD}*" if begun else rf"(?!{_IN_WORD})")


def _needed(pattern: str) -> tuple[str, ...]:
    """Letters without which a simple pattern cannot match: at least one of these runs. Of all choices that the pattern leaves,
    the one whose shortest run is longest."""
    choices = _parted(pattern)
    if len(choices) > 1:
        return tuple(dict.fromkeys(run for one in choices for run in _needed(one)))
    found: list[tuple[str, ...]] = [("",)]
    run, at = "", 0
    while at < len(pattern):
        char, end = pattern[at], at
        if char in "([":
            end = _closed(pattern, at)
        after = pattern[end + 1 : end + 2]
        if (char.isalpha() or char in " '-") and after not in ("?", "*", "{"):
            run += char
        else:
            found.append((run.strip(),))
            run = ""
            if char == "(" and after not in ("?", "*", "{") and pattern.startswith("(?:", at):
                found.append(_needed(pattern[at + 3 : end]))
            end = pattern.index("}", at) if char == "{" else end + (char == "\\")
        at = end + 1
    return max((*found, (run.strip(),)), key=lambda runs: min(map(len, runs)))


def _parted(pattern: str) -> list[str]:
    """A pattern's alternatives: what stands between the bars outside groups and classes."""
    found, begun, at = [], 0, 0
    while at < len(pattern):
        if pattern[at] == "|":
            found.append(pattern[begun:at])
            begun = at + 1
        at = (_closed(pattern, at) if pattern[at] in "([" else at + (pattern[at] == "\\")) + 1
    return [*found, pattern[begun:]]


def _closed(pattern: str, at: int) -> int:
    """Where the group or class that opens at a place ends."""
    if pattern[at] == "[":
        return pattern.index("]", at + 1)
    depth = 0
    for place in range(at, len(pattern)):
        depth += {"(": 1, ")": -1}.get(pattern[place], 0)
        if not depth:
            return place
    raise ValueError(f"a group of {pattern!r} never ends")
