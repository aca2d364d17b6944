"""Invoice lines into documents: one event an invoice. Lines have no key: they are numbered by their place in the invoice.

The lines of an invoice may lie apart, among those of others, and a few minutes apart; a line an hour earlier or later closes
it. What is still open is all that memory holds, and of each invoice already closed its length and a hash.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from typing import NamedTuple

from ..model import money
from ..model.errors import BadPayload
from ..model.event import Event, Translated
from ..model.facts import Fact, LineFact, OrderFact, RefundFact, ReturnFact, ReturnLineFact
from ..model.words import EventType, GoodsAxis, LineKind, MoneyAxis, RequestAxis
from ._contract import Refused, Skipped

# In the data set the lines of one invoice lie at most nine minutes apart.
OPEN = timedelta(hours=1)
_CURRENCY = "GBP"
APART = "other lines of this invoice stand further up, over an hour apart; sort the file by time and import it again"
TWICE = "its invoice stands further up with the same lines"


class Line(NamedTuple):
    """One understood row. `spelling` is what the invoice's id is made of; `customer` is personal."""

    number: int
    invoice: str
    sku: str
    title: str | None
    quantity: int
    price: Decimal
    at: datetime
    customer: str | None
    country: str
    kind: LineKind
    spelling: str


Outcome = Translated | Refused | Skipped


class _Closed(NamedTuple):
    """What is remembered of an invoice: how many lines, their hash, and the hash of the same lines in any order."""

    length: int
    digest: str
    unordered: str


@dataclass(slots=True)
class Invoices:
    """Invoices while their lines come in.

    `waiting` has the one last added to at its end. An invoice that comes again with the same lines first is the same event or a
    longer version of it; with the same lines in another order it is passed over (a sheet that stands twice in the file). With
    others the file is not in the order of time: its lines are refused rather than taken for the whole invoice.
    """

    waiting: dict[str, list[Line]] = field(default_factory=dict)
    closed: dict[str, _Closed] = field(default_factory=dict)
    last: Line | None = None

    def take(self, line: Line) -> Sequence[Outcome]:
        """Add a line; what is complete now that this one came."""
        last, self.last = self.last, line
        found: Sequence[Outcome] = ()
        if last is None or line.at != last.at:
            found = [one for name in self._over(line) for one in self._close(self.waiting.pop(name))]
        elif line.invoice == last.invoice:
            self.waiting[line.invoice].append(line)
            return found
        lines = self.waiting.pop(line.invoice, None) or []
        lines.append(line)
        self.waiting[line.invoice] = lines
        return found

    def close(self) -> Iterator[Outcome]:
        """All that is still open: the file has ended."""
        for lines in self.waiting.values():
            yield from self._close(lines)
        self.waiting.clear()

    def _over(self, line: Line) -> list[str]:
        """Open invoices that a line at this time closes: those touched longest ago, and its own after too long a gap."""
        found = []
        for name, lines in self.waiting.items():
            if abs(line.at - lines[-1].at) <= OPEN:
                break
            found.append(name)
        own = self.waiting.get(line.invoice)
        if own and line.invoice not in found and abs(line.at - own[-1].at) > OPEN:
            found.append(line.invoice)
        return found

    def _close(self, lines: list[Line]) -> Sequence[Outcome]:
        name, digest, unordered = lines[0].invoice, _digest(lines), _digest(sorted(lines, key=lambda line: line.spelling))
        before = self.closed.get(name)
        if before and _digest(lines[: before.length]) != before.digest:
            if unordered == before.unordered:
                return [Skipped(line.number, TWICE) for line in lines]
            return [Refused(line.number, "Invoice", name, APART) for line in lines]
        try:
            found = _translated(lines, digest)
        except BadPayload as err:
            return [Refused(line.number, err.where, str(line.price)[:100], err.problem) for line in lines]
        self.closed[name] = _Closed(len(lines), digest, unordered)
        return (found,)


def _digest(lines: list[Line]) -> str:
    return hashlib.sha256("".join([line.spelling for line in lines]).encode()).hexdigest()[:24]


def _translated(lines: list[Line], digest: str) -> Translated:
    """One event. Its id holds the content, its rank the length: a longer version of the same invoice knows better."""
    first = lines[0]
    subject, type_, facts = _document(lines)
    event = Event(type_, first.at, facts, {"document": first.invoice}, rank=len(lines))
    id_ = f"{first.invoice}:{len(lines)}:{digest}"
    return Translated(id_, subject, (event,), f"online_retail:customer:{first.customer}" if first.customer else None)


def _document(lines: list[Line]) -> tuple[str, EventType, tuple[Fact, ...]]:
    first = lines[0]
    if first.kind is LineKind.BAD_DEBT:
        return f"ledger:{first.invoice}", EventType.LEDGER_ADJUSTED, (_order(first), *_lines(lines))
    if first.invoice.startswith("C"):
        return f"return:{first.invoice}", EventType.RETURN_RECEIVED, tuple(_cancellation(lines))
    if all(line.kind is LineKind.WRITE_OFF for line in lines):
        return f"stock:{first.invoice}", EventType.STOCK_ADJUSTED, (_order(first), *_lines(lines))
    return f"order:{first.invoice}", EventType.ORDER_PLACED, (_order(first), *_lines(lines))


def _order(first: Line) -> OrderFact:
    return OrderFact(first.invoice, number=first.invoice, placed_at=first.at, currency=_CURRENCY, country=first.country)


def _lines(lines: list[Line]) -> Iterator[LineFact]:
    for place, line in enumerate(lines, 1):
        yield LineFact(
            str(place), sku=line.sku, title=line.title, quantity=line.quantity, unit_price=line.price, kind=line.kind,
            booked_at=line.at if line.at != lines[0].at else None,
        )  # fmt: skip


def _cancellation(lines: list[Line]) -> Iterator[Fact]:
    """A credit note: goods and money have moved when it is written. It never names the invoice it cancels."""
    first = lines[0]
    yield ReturnFact(
        first.invoice, number=first.invoice, native_status="cancelled", request=RequestAxis.APPROVED, goods=GoodsAxis.RECEIVED,
        money=MoneyAxis.DONE, requested_at=first.at, received_at=first.at, closed_at=first.at, country=first.country,
        currency=_CURRENCY,
    )  # fmt: skip
    for place, line in enumerate(lines, 1):
        yield ReturnLineFact(
            f"{first.invoice}-{place}", first.invoice, sku=line.sku, quantity=-line.quantity, received_quantity=-line.quantity,
            unit_price=line.price, kind=line.kind, booked_at=line.at if line.at != first.at else None,
        )  # fmt: skip
    total = -sum((line.price * line.quantity for line in lines), Decimal(0))
    yield RefundFact(first.invoice, None, first.invoice, money.money(total, _CURRENCY, "Price"), True, first.at)
