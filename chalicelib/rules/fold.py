"""The fold: events into state, whatever their order and however often they come.

Each field of each fact is a register. Of all that events say about it, the word with the highest (time, rank, progress,
spelling) stands. That is a maximum, so the fold is commutative, associative and idempotent by construction, and the same
facts through push, fetch and file give the same bytes: neither the event's id nor its origin takes part.

A tracking service knows a parcel by its number alone ("tracking:1Z9..."). Whose parcel it is follows from all that is known of
the order, whenever it was told: what names that number is what the service's news is about.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any

from ..model import codec
from ..model.event import Delivery, Event, Link
from ..model.facts import KINDS, WORDS, Fact, ReturnFact, ShipmentFact
from ..model.state import State
from ..model.words import GoodsAxis, ShipmentStatus
from .settle import settle
from .standins import without

Key = tuple[datetime, int, int]
Register = tuple[Key, Any]
Registers = dict[tuple[str, str], dict[str, Register]]
Owners = dict[tuple[str, str], list[str]]

PARCEL = "tracking:"
_EVER = datetime.min.replace(tzinfo=UTC)
# What the shop itself says of these stands, whenever it said it: a service has its own names, and estimates for promises.
_HINTS = frozenset({"carrier", "service", "promised_at"})
_GOODS = {ShipmentStatus.DELIVERED: GoodsAxis.RECEIVED, ShipmentStatus.LOST: GoodsAxis.LOST}


def fold(source: str, subject: str, deliveries: Iterable[Delivery], links: Mapping[str, bool] | None = None) -> State:
    """All that is known about `subject` from these deliveries, settled under the invariants. `links` as in State."""
    registers: Registers = {}
    parcels: list[tuple[Event, Fact]] = []
    buyer: tuple[tuple[datetime, int, str], str] | None = None
    for event in (event for delivery in deliveries for event in delivery.events):
        for fact in event.facts:
            if fact.id.startswith(PARCEL):
                parcels.append((event, fact))
            else:
                _take(registers, event, fact)
        if event.buyer:
            candidate = ((event.time, event.rank, event.buyer), event.buyer)
            buyer = max(buyer, candidate) if buyer else candidate
    _join(registers, parcels)
    return settle(State(source, subject, without(_merged(registers)), buyer[1] if buyer else None, links=links or {}))


def moved(source: str, subject: str, order: str) -> State:
    """The state of a subject whose events belong to `order`."""
    return State(source, subject, moved_to=order)


def links(deliveries: Iterable[Delivery]) -> list[Link]:
    """Every native id these deliveries claim for their order, once, in a fixed order."""
    found = {(link.kind, link.id): link for d in deliveries for event in d.events for link in event.links}
    return [found[key] for key in sorted(found)]


def _join(registers: Registers, parcels: Sequence[tuple[Event, Fact]]) -> None:
    """Let news under parcels' numbers compete where those numbers belong, once all else is known."""
    owners: Owners = {}
    for (word, id_), fields in sorted(registers.items()) if parcels else ():
        if word in ("shipment", "return") and "tracking" in fields:
            owners.setdefault((word, _written(fields["tracking"][1])), []).append(id_)
    for event, fact in parcels:
        for own in _owned(fact, owners):
            _take(registers, event, own, _HINTS if own.id != fact.id else frozenset())


def _written(number: str) -> str:
    """A parcel's number however it is written: blanks and small letters make no other parcel."""
    return "".join(number.split()).upper()


def _owned(fact: Fact, owners: Owners) -> Iterator[Fact]:
    """The fact as one of the shipment with its number, else of the return; a parcel that nobody names stands for itself.

    What is said to come from a buyer belongs to a return alone: without one it is no return of its own, and waits.
    """
    number = _written(fact.id.removeprefix(PARCEL))
    shipments, returns = owners.get(("shipment", number), ()), owners.get(("return", number), ())
    if isinstance(fact, ShipmentFact):
        if not shipments and returns:
            yield from (_sent_back(fact, id_) for id_ in returns)
        else:
            yield from (replace(fact, id=id_) for id_ in shipments or (fact.id,))
    elif isinstance(fact, ReturnFact):
        yield from (replace(fact, id=id_) for id_ in returns)
    else:
        yield fact


def _sent_back(fact: ShipmentFact, return_id: str) -> ReturnFact:
    """What a parcel's way says about the return that it carries."""
    moving = GoodsAxis.IN_TRANSIT if fact.dispatched_at else None
    goods = _GOODS.get(fact.status, moving) if fact.status else moving
    return ReturnFact(return_id, fact.at, goods=goods, dispatched_at=fact.dispatched_at, received_at=fact.delivered_at)


def _take(registers: Registers, event: Event, fact: Fact, hints: frozenset[str] = frozenset()) -> None:
    """Let every field the fact speaks of compete for its register; of `hints` only while nobody else speaks."""
    time = fact.at or event.time
    fields = registers.setdefault((WORDS[type(fact)], fact.id), {})
    for code in codec.codes(type(fact)):
        value = getattr(fact, code.name)
        if value is None or code.name in ("id", "at"):
            continue
        key = (_EVER if code.name in hints else time, event.rank, _progress(value))
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
