"""Evidence: the words that speak most for a reason, so that a person can see why and correct it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from ...model.words import Reason
from . import model, normal

MOST = 4
_WORD = re.compile(rf"(?:[^\W_]|[{normal.SIGNS}])+(?:'[^\W_]+)?")
_UNSPACED = re.compile(r"[\u0e00-\u0e7f\u3040-\u30ff\u3400-\u9fff]")
_WINDOW = 4  # characters that stand for a word where a script has no blanks


@dataclass(frozen=True, slots=True)
class Evidence:
    """Words of the text, and why they count: "phrase" (a rule of ours), "words" (learned), "code", "command left out"."""

    words: str
    why: str


def of(label: Reason, text: Any, coded: bool, head: model.Head) -> tuple[Evidence, ...]:
    """What speaks for a label in a prepared text, strongest first: phrases, then words by what they weigh."""
    found = [Evidence(hit.words, "phrase") for hit in text.found if hit.name == label]
    found += [Evidence(words, "words") for words in _weightiest(text.plain, model.LABELS.index(label), head)]
    named: dict[str, Evidence] = {}
    for one in found:
        named.setdefault(one.words, one)
    once = list(named.values())[:MOST]
    if coded:
        once.append(Evidence("the platform's code", "code"))
    once += [Evidence(words[:80], "command left out") for words in text.commands[:1]]
    return tuple(once)


def _weightiest(plain: str, label: int, head: model.Head) -> list[str]:
    """The two or three words (pieces, where there are no blanks) whose n-grams speak most for a label, if any do."""
    words = dict.fromkeys(part for word in _WORD.findall(plain)[:150] for part in _parts(word))
    weighed = sorted(((model.weight_of(head, word, label), word) for word in words if len(word) > 1), reverse=True)
    return [word for weight, word in weighed[:3] if weight > 0]


def _parts(word: str) -> list[str]:
    if not _UNSPACED.search(word) or len(word) <= _WINDOW:
        return [word]
    return [word[at : at + _WINDOW] for at in range(0, len(word) - _WINDOW + 1, 2)]
