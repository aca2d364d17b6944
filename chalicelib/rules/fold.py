"""The fold: events into state, whatever their order and however often they come.

Each field of each fact is a register. Of all that events say about it, the word with the highest (time, rank, progress,
spelling) stands. That is a maximum, so the fold is commutative, associative and idempotent by construction, and the same
facts through push, fetch and file give the same bytes: neither the event's id nor its origin takes part.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from enum import StrEnum
from typing import Any

from ..model import codec
from ..model.event import Delivery, Event, Link
from ..model.facts import KINDS, WORDS, Fact
from ..model.state import State
from .settle import settle

Key = tuple[datetime, int, int]
Register = tuple[Key, Any]
Registers = dict[tuple[str, str], dict[str, Register]]


def fold(source: str, subject: str, deliveries: Iterable[Delivery], links: Mapping[str, bool] | None = None) -> State:
    """All that is known about `subject` from these deliveries, settled under the invariants. `links` as in State."""
    registers: Registers = {}
    buyer: tuple[tuple[datetime, int, str], str] | None = None
    for event in (event for delivery in deliveries for event in delivery.events):
        for fact in event.facts:
            _take(registers, event, fact)
        if event.buyer:
            candidate = ((event.time, event.rank, event.buyer), event.buyer)
            buyer = max(buyer, candidate) if buyer else candidate
    return settle(State(source, subject, _merged(registers), buyer[1] if buyer else None, links=links or {}))


def moved(source: str, subject: str, order: str) -> State:
    """The state of a subject whose events belong to `order`."""
    return State(source, subject, moved_to=order)


def links(deliveries: Iterable[Delivery]) -> list[Link]:
    """Every native id these deliveries claim for their order, once, in a fixed order."""
    found = {(link.kind, link.id): link for d in deliveries for event in d.events for link in event.links}
    return [found[key] for key in sorted(found)]


def _take(registers: Registers, event: Event, fact: Fact) -> None:
    """Let every field the fact speaks of compete for its register."""
    time = fact.at or event.time
    fields = registers.setdefault((WORDS[type(fact)], fact.id), {})
    for code in codec.codes(type(fact)):
        value = getattr(fact, code.name)
        if value is None or code.name in ("id", "at"):
            continue
        key = (time, event.rank, _progress(value))
        known = fields.get(code.name)
        if known is None or key > known[0] or (key == known[0] and _spelling(code, value) > _spelling(code, known[1])):
            fields[code.name] = (key, value)


def _progress(value: Any) -> int:
    """How far a status has come: words of an enum are written down from least to most advanced."""
    return _ORDINALS[type(value)][value] if isinstance(value, StrEnum) else 0


class _Ordinals(dict[type[StrEnum], dict[StrEnum, int]]):
    def __missing__(self, enum: type[StrEnum]) -> dict[StrEnum, int]:
        self[enum] = {word: n for n, word in enumerate(enum)}
        return self[enum]


_ORDINALS = _Ordinals()


def _spelling(code: codec.FieldCode, value: Any) -> str:
    if code.encode is None or isinstance(value, StrEnum):
        return str(value)
    encoded = code.encode(value)
    return encoded if isinstance(encoded, str) else codec.dumps(encoded).decode()


def _merged(registers: Registers) -> dict[str, dict[str, Fact]]:
    facts: dict[str, dict[str, Fact]] = {}
    for (word, id_), fields in sorted(registers.items()):
        values = {name: value for name, (_, value) in fields.items()}
        facts.setdefault(word, {})[id_] = KINDS[word](id=id_, **values)
    return facts
