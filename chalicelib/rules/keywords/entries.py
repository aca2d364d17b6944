"""Candidates for the table: a phrase, or several that mean the same, with the texts that hold it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

from . import lexicon
from .phrases import Phrases
from .values import most_frequent


@dataclass(frozen=True)
class Entry:
    """A candidate: its stems, the complaints and background texts that hold it, by number, and in how many complaints it is
    written how, by language and words. `places` tells for each complaint where it stands, as an entry of the phrases.

    `aspect` is what it speaks of, `direction` which ways it points, `rest` what it names besides, `carrying` those of its
    words that carry something, `label` the complaints' most frequent reason: all those of the phrase that others joined.
    """

    keys: tuple[str, ...]
    complaints: frozenset[int]
    background: frozenset[int]
    places: Mapping[int, int]
    spellings: Mapping[tuple[str, str], int]
    language: str
    aspect: str | None
    direction: tuple[str, ...]
    rest: frozenset[str]
    carrying: frozenset[str]
    label: str | None
    z: float

    @cached_property
    def name(self) -> tuple[str, str]:
        """The language and the words of the most frequent spelling; of equally frequent ones the shortest."""
        return min(self.spellings, key=lambda one: (-self.spellings[one], len(one[1]), one))

    @property
    def order(self) -> tuple[float, int, tuple[str, str]]:
        """Best first, and the same order however the texts came."""
        return (-self.z, -len(self.complaints), self.name)

    def joined(self, other: Entry) -> Entry:
        """Both as one: texts united, spellings added."""
        spellings = Counter(self.spellings)
        spellings.update(other.spellings)
        return replace(
            self, complaints=self.complaints | other.complaints, background=self.background | other.background,
            places={**other.places, **self.places}, spellings=dict(spellings),
        )  # fmt: skip


def entry(phrases: Phrases, span: tuple[int, int], labels: Sequence[str | None], z: float) -> Entry:
    """The entry of one phrase, which has this span of the phrases' entries. Texts up to the number of labels are complaints."""
    at = {int(phrases.text[n]): n for n in range(*span)}
    complaints = {text: n for text, n in at.items() if text < len(labels)}
    spellings = Counter((phrases.spoken(n), phrases.written(n)) for n in complaints.values())
    spoken = most_frequent(Counter(phrases.spoken(n) for n in complaints.values())) or ""
    keys = phrases.keys(span[0])
    return Entry(
        keys, frozenset(complaints), frozenset(set(at) - set(complaints)), complaints, dict(spellings), spoken,
        lexicon.aspect(keys, spoken), lexicon.direction(keys, spoken), lexicon.rest(keys, spoken),
        lexicon.carrying(keys, spoken), label_of(complaints, labels), z,
    )  # fmt: skip


def label_of(complaints: Mapping[int, int] | frozenset[int], labels: Sequence[str | None]) -> str | None:
    """The most frequent reason of some complaints."""
    return most_frequent(Counter(label for text in complaints if (label := labels[text])))
