"""Who an event is about: references to buyers become keyed hashes before anything is stored, whichever door they came by."""

from __future__ import annotations

from dataclasses import replace
from functools import lru_cache
from typing import Protocol

from ..model.event import Translated

_REMEMBERED = 10_000


class Hashing(Protocol):
    """What makes a keyed hash of a personal reference; effects.keys.Keys is one."""

    def hashed(self, reference: str) -> str: ...


class Remembered:
    """The same hashes, the latest 10,000 of them kept: a history names each buyer many times."""

    def __init__(self, keys: Hashing) -> None:
        self.hashed = lru_cache(maxsize=_REMEMBERED)(keys.hashed)


def hashed(translated: Translated, keys: Hashing) -> Translated:
    """The same, its references to the buyer replaced by keyed hashes; ids of privacy requests are personal too.

    Where the buyer has aliases, there is each event once more for each of them.
    """
    if translated.buyer is None:
        return translated
    buyer = keys.hashed(translated.buyer)
    subject = f"buyer:{buyer}" if translated.subject.startswith("buyer:") else translated.subject
    every = dict.fromkeys((buyer, *map(keys.hashed, translated.aliases)))
    events = tuple(replace(event, buyer=one) for one in every for event in translated.events)
    return replace(translated, subject=subject, events=events, aliases=())
