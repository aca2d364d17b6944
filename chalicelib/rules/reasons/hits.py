"""Rule hits: phrases of twenty languages that stand for a label, a tag or a command to the machine (phrases.toml).

A hit is a feature of the model and evidence for people; no hit decides alone. A phrase that is denied ("not too small") is no
hit. Phrases are regular expressions over the plain form (normal.plain); those of scripts with blanks match whole words, and a
phrase that ends in "*" the beginning of one.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

_FILE = Path(__file__).parent / "phrases.toml"
_UNSPACED = re.compile(r"[\u0e00-\u0e7f\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]")
_REACH = 24  # how many characters before a phrase a denial may stand


@dataclass(frozen=True, slots=True)
class Hit:
    """A phrase found: what it stands for, the words, where they begin and end in the plain text."""

    name: str
    words: str
    start: int
    end: int


def names() -> tuple[str, ...]:
    """Everything a phrase may stand for, in a fixed order: the model's features."""
    return tuple(_phrases()[0])


def hits(plain: str) -> list[Hit]:
    """The phrases found in a text, in their order; of several that stand for the same thing, each. Denied ones are left out."""
    patterns, denials = _phrases()
    return sorted(_found(plain, patterns, denials), key=lambda hit: (hit.start, hit.end, hit.name))


def _found(plain: str, patterns: Mapping[str, re.Pattern[str]], denials: re.Pattern[str]) -> Iterator[Hit]:
    for name, pattern in patterns.items():
        for found in pattern.finditer(plain):
            if not denials.search(plain[max(0, found.start() - _REACH) : found.start()]):
                yield Hit(name, found.group(), found.start(), found.end())


@lru_cache(maxsize=1)
def _phrases() -> tuple[dict[str, re.Pattern[str]], re.Pattern[str]]:
    told = tomllib.loads(_FILE.read_text("utf-8"))
    denied = _either(phrase for phrases in told.pop("denial").values() for phrase in phrases)
    patterns = {name: re.compile(_either(p for phrases in by.values() for p in phrases)) for name, by in told.items()}
    # A denial counts up to the phrase itself, unless another clause begins between them.
    return patterns, re.compile(rf"{denied}[^,.;!?|。、，！？]{{0,12}}$")


def _either(phrases: Iterator[str]) -> str:
    return "(?:" + "|".join(sorted({_bounded(phrase) for phrase in phrases}, key=lambda one: (-len(one), one))) + ")"


def _bounded(phrase: str) -> str:
    """A phrase at the bounds of words, where its script has any."""
    if _UNSPACED.search(phrase):
        return phrase
    begun = phrase.endswith("*")
    return rf"\b(?:{phrase[:-1] if begun else phrase})" + ("" if begun else r"\b")
