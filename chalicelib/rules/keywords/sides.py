"""The two sides that are compared: complaints of one SKU (or category, or shop), and ordinary texts.

Ordinary is what the same product's buyers praise. Where that is little, praise of its category joins, then that of the shop's
other products; where there is no more praise, their complaints, the category's first. Of each as many as are wanted, drawn by a
hash of their ids, so that the same texts always give the same table and all counts are whole numbers.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from .values import Text

ENOUGH = 1000  # ordinary texts, or twice as many as there are complaints


@dataclass(frozen=True, slots=True)
class Sides:
    """Complaints, praise of the same goods, and the other texts that joined it to make the background."""

    complaints: tuple[Text, ...]
    praise: tuple[Text, ...]
    joined: tuple[Text, ...]

    @property
    def background(self) -> tuple[Text, ...]:
        """All ordinary texts."""
        return (*self.praise, *self.joined)


def sides(texts: Iterable[Text], sku: str | None, category: str | None) -> Sides:
    """The sides of a SKU's table, else of a category's, else of all texts. Each id counts once."""
    once = {text.id: text for text in sorted(texts, key=lambda one: (one.id, one.text), reverse=True)}
    every = sorted(once.values(), key=lambda text: text.id)
    own = [text for text in every if sku in (None, text.sku) and (sku is not None or category in (None, text.category))]
    complaints = tuple(text for text in own if text.complaint)
    praise = tuple(text for text in own if not text.complaint)
    mine = {text.id for text in own}
    gap = max(ENOUGH, 2 * len(complaints)) - len(praise)
    rings = _rings([text for text in every if text.id not in mine], _categories(own, category))
    return Sides(complaints, praise, _filled(rings, gap))


def _categories(own: Sequence[Text], category: str | None) -> frozenset[str]:
    return frozenset({category} if category else {text.category for text in own if text.category})


def _rings(others: Sequence[Text], categories: frozenset[str]) -> Iterator[list[Text]]:
    """Other texts, the likest first."""
    for complaint in (False, True):
        for near in (True, False):
            yield [one for one in others if one.complaint == complaint and (one.category in categories) == near]


def _filled(rings: Iterable[Sequence[Text]], gap: int) -> tuple[Text, ...]:
    """Texts to fill a gap, from the nearer ring first."""
    found: list[Text] = []
    for ring in rings:
        found += sorted(ring, key=_chance)[: max(0, gap - len(found))]
    return tuple(sorted(found, key=lambda text: text.id))


def _chance(text: Text) -> bytes:
    """A number as good as drawn by lot, always the same for a text."""
    return hashlib.blake2b(text.id.encode("utf-8", "replace"), digest_size=8).digest()
