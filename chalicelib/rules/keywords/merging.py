"""Merging: phrases that say the same in other forms, words or languages become one entry.

Vectors alone are no guide here: those of "too short" and "too long", or of "waist too big" and "shoulders too big", lie closer
together than those of "see through" and its translations. So a merge takes agreement of what a phrase speaks of, which way it
points, what else it names, and its reason; the vectors only object.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from .entries import Entry

Embed = Callable[[list[str]], Any]
"""Texts to unit vectors, one row each."""

# Least cosines of multilingual-e5-small, by hand on pairs of phrases in ten languages: whose meaning is the same lie above.
ACROSS, WITHIN = 0.8, 0.86


def by_stem(ranked: Sequence[Entry]) -> list[Entry]:
    """Entries, best first, with those joined that are the same stems in another order ("thin fabric", "fabric is thin")."""
    found: dict[tuple[str, ...], Entry] = {}
    for one in ranked:
        key = one.keys if "!" in "".join(one.direction) else tuple(sorted(one.keys))
        found[key] = found[key].joined(one) if key in found else one
    return list(found.values())


def by_meaning(ranked: Sequence[Entry], embed: Embed | None, again: Callable[[Entry], Entry]) -> list[Entry]:
    """Entries, best first, with those joined that mean the same; all as they are without `embed`.

    `again` measures an entry. What says the same makes a signal clearer; a joined entry that would be less sure than the better
    of the two alone is none.
    """
    able = [one for one in ranked if _pointed(one)]
    if embed is None or len(able) < 2:
        return list(ranked)
    vectors = embed([one.name[1] for one in able])
    kept: list[tuple[Entry, Entry, Any]] = []  # what came of it, as it was, its vector
    for one, vector in zip(able, vectors, strict=True):
        for n, (joined, first, other) in enumerate(kept):
            both = again(joined.joined(one)) if _same(one, first, float(vector @ other)) else None
            if both and both.z >= joined.z:
                kept[n] = (both, first, other)
                break
        else:
            kept.append((one, one, vector))
    return [joined for joined, _, _ in kept] + [one for one in ranked if not _pointed(one)]


def _pointed(one: Entry) -> bool:
    """Whether enough is known of a phrase to compare it: what it speaks of and which way it points."""
    return one.aspect is not None and any(name != "!" for name in one.direction)


def _same(one: Entry, other: Entry, cosine: float) -> bool:
    """Whether two phrases say the same. One that only says more than the other ("fabric is thin", "thin") stays apart: folding
    decided that both are shown."""
    if one.carrying < other.carrying or other.carrying < one.carrying:
        return False
    if (one.aspect, one.direction, one.label, one.rest) != (other.aspect, other.direction, other.label, other.rest):
        return False
    return cosine >= (WITHIN if one.language == other.language else ACROSS)
