"""The examples: written ones and labelled real ones, each file checked row by row; and how they are split.

written/<author>.tsv   situation, language, label, secondary, tags, text
real/<source>.tsv      row of the source, language, label, secondary, tags, text
corrections            the same as JSON lines, from `./wellkept corrections` of a running installation

A split is by situation and author, never by row: the development set is written by authors that training never sees, and
real rows are divided by a hash of their number (each review has an author of its own).
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from chalicelib.model.words import REASON_GROUPS, Reason
from chalicelib.rules.reasons import guard, normal

HERE = Path(__file__).parent
LABELS: tuple[Reason, ...] = tuple(Reason)
TAGS = (
    "service", "hard_to_use", "instructions", "packaging", "customs", "sizing_chart", "colour", "material", "smell", "comfort",
    "durability", "noise", "battery", "counterfeit", "used", "value", "photos",
)  # fmt: skip
LANGUAGES = tuple("en zh es pt de fr it ja ko th vi id nl pl tr ru ar hi ms tl".split())
# Whoever wrote these wrote no other file; training never sees them.
DEVELOPMENT = frozenset({"x", "y"})
_HELD_OUT = 15  # per cent of the real rows


@dataclass(frozen=True, slots=True)
class Example:
    """A text with its labels. `author` and `situation` say what must not be on both sides of a split; `real` are reviews."""

    author: str
    situation: str
    language: str
    label: Reason
    secondary: tuple[Reason, ...]
    tags: tuple[str, ...]
    text: str
    real: bool = False

    @property
    def group(self) -> str:
        """The label's group."""
        return REASON_GROUPS[self.label]

    @property
    def cleaned(self) -> str:
        """What the classifier reads: cleaned, commands taken away."""
        return guard.without_commands(normal.clean(self.text))[0]

    @property
    def held_out(self) -> bool:
        """Whether it belongs to the development set."""
        if self.real:
            return int.from_bytes(hashlib.sha256(self.situation.encode()).digest()[:4]) % 100 < _HELD_OUT
        return self.author in DEVELOPMENT


def examples(also: Path | None = None) -> list[Example]:
    """Every example of the repository, in a fixed order; `also` adds corrections of a running installation."""
    found = [one for path in sorted((HERE / "written").glob("*.tsv")) for one in _rows(path, real=False)]
    found += [one for path in sorted((HERE / "real").glob("*.tsv")) for one in _rows(path, real=True)]
    return found + (list(_corrections(also)) if also else [])


def _rows(path: Path, real: bool) -> Iterator[Example]:
    for number, line in enumerate(path.read_text("utf-8").splitlines(), 1):
        try:
            situation, language, label, secondary, tags, text = line.split("\t")
            one = Example(
                path.stem, situation, language, Reason(label), tuple(map(Reason, _listed(secondary))), tuple(_listed(tags)),
                text.replace("\\n", "\n"), real,
            )  # fmt: skip
            if language not in LANGUAGES or not set(one.tags) <= set(TAGS):
                raise ValueError(f"language {language!r} or tags {tags!r}")
        except ValueError as err:
            raise ValueError(f"{path.name}, line {number}: {err}") from None
        yield one


def _listed(words: str) -> list[str]:
    return [] if words == "-" else words.split(",")


def _corrections(path: Path) -> Iterator[Example]:
    for line in path.read_text("utf-8").splitlines():
        told = json.loads(line)
        label = Reason(told["label"])
        yield Example("corrections", told["id"], told.get("language") or "en", label, (), (), told["text"])


def target(one: Example) -> np.ndarray:
    """What is to be learned of an example: its label, and a share for further reasons that were named."""
    found = np.zeros(len(LABELS), np.float32)
    found[LABELS.index(one.label)] = 0.85 if one.secondary else 1.0
    for label in one.secondary:
        found[LABELS.index(label)] += 0.15 / len(one.secondary)
    return found
