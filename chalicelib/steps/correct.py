"""Correct: a person's word on why something came back, as an event. It wins over every reading and survives replay.

A correction names a return and, where it has several lines, the line. `special` marks the whole return as unfair: it stays in
the books and counts in no analysis. The same correction given twice is one event.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

from ..model import state
from ..model.errors import BadPayload
from ..model.event import Delivery, Event
from ..model.facts import ReturnFact, ReturnLineFact
from ..model.state import State
from ..model.words import EventType, Origin, Reason
from ..rules.reasons.decided import words_of


class Book(Protocol):
    """The log and its states; effects.store.Store is one."""

    def order_of(self, source: str, subject: str) -> str | None: ...
    def state(self, source: str, subject: str, fresh: bool = True) -> tuple[bytes | None, int]: ...
    def add(self, deliveries: Sequence[Delivery]) -> int: ...


@dataclass(frozen=True, slots=True)
class Correction:
    """What a person says. `label` None leaves the reason as it is; `special` None leaves that."""

    label: Reason | None = None
    special: bool | None = None
    line: str | None = None


def correct(book: Book, source: str, subject: str, return_id: str, said: Correction, now: datetime) -> Delivery:
    """Put a correction into the log; the delivery that holds it. BadPayload when there is no such return or line, or nothing
    is said."""
    if said.label is None and said.special is None:
        raise BadPayload("says neither a label nor whether the return is special", "correction")
    subject = book.order_of(source, subject) or subject
    data, _ = book.state(source, subject)
    lines = _lines(state.load(data) if data else State(source, subject), return_id, said)
    facts: list[Any] = [ReturnFact(return_id, special=said.special)] if said.special is not None else []
    if said.label is not None:
        facts += [ReturnLineFact(one.id, reason_corrected=said.label) for one in lines]
    spelled = f"{return_id}|{said.line}|{said.label}|{said.special}|{now:%Y%m%dT%H%M%S}"
    id_ = f"correction:{hashlib.sha256(spelled.encode()).hexdigest()[:24]}"
    event = Event(EventType.RETURN_CORRECTED, now, tuple(facts))
    delivery = Delivery(id_, source, subject, (event,), now, Origin.PERSON)
    book.add([delivery])
    return delivery


def _lines(known: State, return_id: str, said: Correction) -> list[ReturnLineFact]:
    """The lines that a correction is about; none only where it says nothing of their reason."""
    if return_id not in known.of("return"):
        there = ", ".join(sorted(known.of("return"))) or "none"
        raise BadPayload(f"is no return of {known.subject}; there are: {there[:200]}", f"return {return_id[:60]!r}")
    found = [one for one in known.of("return_line").values() if one.return_id == return_id]
    chosen = [one for one in found if said.line in (None, one.id)]
    if not chosen and said.line is not None:
        there = ", ".join(one.id for one in found) or "none"
        raise BadPayload(f"is no line of return {return_id}; there are: {there[:200]}", f"line {said.line[:60]!r}")
    if not chosen and said.label is not None:
        raise BadPayload("has no lines, and reasons are those of lines", f"return {return_id[:60]!r}")
    return chosen


def taught(states: Iterator[tuple[str, bytes, int]]) -> Iterator[dict[str, str | None]]:
    """What corrections teach: masked words and the corrected label, for the next training. Special returns teach nothing."""
    for pk, data, _ in states:
        one = state.load(data)
        for line in one.of("return_line").values():
            back = one.of("return").get(line.return_id)
            words = words_of(one, line)
            if line.reason_corrected and words and words.text and not (back and back.special):
                id_ = hashlib.sha256(f"{pk}|{line.id}".encode()).hexdigest()[:16]
                yield {"id": id_, "language": words.language, "label": str(line.reason_corrected), "text": words.text}
