"""Replay: every state computed again from the log alone and compared byte for byte with what is stored.

An operator's command: it scans. Rules do not run, nothing is sent; with `repair` states that differ are written anew.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from typing import Protocol

from ..model import state
from ..model.event import Delivery, Link
from ..rules import fold
from . import react
from .forward import tracks


class Book(Protocol):
    """What replaying reads, and writes when it repairs."""

    def scan_events(self) -> Iterator[Delivery]: ...
    def scan_states(self) -> Iterator[tuple[str, bytes, int]]: ...
    def scan_links(self) -> Iterator[tuple[str, str]]: ...
    def put_state(self, source: str, subject: str, data: bytes, version: int) -> None: ...
    def claim(self, source: str, link: Link, order: str) -> bool: ...


@dataclass(slots=True)
class Report:
    """What a replay found. `differ` and `missing` name subjects whose stored state is not what the log says."""

    events: int = 0
    subjects: int = 0
    equal: int = 0
    differ: list[str] = field(default_factory=list)
    missing: list[str] = field(default_factory=list)
    without_events: list[str] = field(default_factory=list)
    repaired: int = 0

    @property
    def proven(self) -> bool:
        """Whether every stored state is byte for byte what the log says."""
        return not (self.differ or self.missing or self.without_events)


@dataclass(slots=True)
class Memory:
    """The whole log in memory, by subject."""

    found: dict[tuple[str, str], list[Delivery]]
    orders: dict[tuple[str, str], str]

    def events(self, source: str, subject: str) -> list[Delivery]:
        """Every delivery about a subject."""
        return self.found.get((source, subject), [])

    def order_of(self, source: str, subject: str) -> str | None:
        """The order a subject belongs to."""
        return self.orders.get((source, subject))

    def claim(self, source: str, link: Link, order: str) -> bool:
        """Whether an id belongs to this order."""
        return self.orders.get((source, f"{link.kind}:{link.id}")) == order


def replay(book: Book, repair: bool = False, progress: Callable[[int], None] = lambda done: None) -> Report:
    """Compute every state from the log and compare. Deterministic: two replays of one log agree byte for byte.

    A tracker's news has no state where it came in; where it was handed to, it is in the log of that shop.
    """
    memory = read((one for one in book.scan_events() if not tracks(one.source)), book.scan_links())
    stored = {key: (data, version) for key, data, version in book.scan_states()}
    report = Report(events=sum(map(len, memory.found.values())))
    if repair:
        _link(book, memory)
    for done, (source, subject) in enumerate(sorted(memory.found)):
        _compare(book, memory, source, subject, stored, report, repair)
        progress(done + 1)
    report.without_events = sorted(stored)
    return report


def _link(book: Book, memory: Memory) -> None:
    """Write the links that the log tells of: a state that knows its own does not ask the table again. The first stays."""
    for (source, name), order in memory.orders.items():
        kind, _, id_ = name.partition(":")
        book.claim(source, Link(kind, id_), order)


def read(deliveries: Iterable[Delivery], links: Iterable[tuple[str, str]]) -> Memory:
    """The log by subject. Links are the table's; where it lacks one, the earliest delivery that claims the id decides."""
    found: dict[tuple[str, str], list[Delivery]] = {}
    claims: dict[tuple[str, str], tuple[object, str, str]] = {}
    for delivery in deliveries:
        found.setdefault((delivery.source, delivery.subject), []).append(delivery)
        for link in fold.links([delivery]) if delivery.subject.startswith(state.ORDER) else ():
            key = (delivery.source, f"{link.kind}:{link.id}")
            claim = (delivery.received, delivery.id, delivery.subject)
            claims[key] = min(claims.get(key, claim), claim)
    orders = {key: claim[2] for key, claim in claims.items()}
    for pk, order in links:
        source, _, subject = pk.partition("#")
        orders[source, subject] = order
    return Memory(found, orders)


def _compare(
    book: Book, memory: Memory, source: str, subject: str, stored: dict[str, tuple[bytes, int]], report: Report, repair: bool
) -> None:
    """Compare one subject and take it off `stored`, so that what is left there has no events."""
    key = f"{source}#{subject}"
    owner = memory.order_of(source, subject)
    known = react.gather(memory, source, subject)
    data = state.dump(fold.moved(source, subject, owner) if owner else react.compute(known, source, subject))
    before, version = stored.pop(key, (None, 0))
    report.subjects += 1
    if before == data:
        report.equal += 1
        return
    (report.missing if before is None else report.differ).append(key)
    if repair:
        book.put_state(source, subject, data, version + 1)
        report.repaired += 1
