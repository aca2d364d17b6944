"""Rows of Amazon's report files -> events. Pure, and the one way for files that are imported and reports that are fetched.

A row's delivery id is made of what it says, so a row read twice is one delivery and a changed one another; both are about one
return. Which of them knows better is told by the rank: a report's own time where it has one, else how far things have come.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any

from ..model.errors import BadPayload
from ..model.event import Event, Link, Translated
from ..model.event import Said as Written
from ..model.facts import Due, Fact, OrderFact, RefundFact, ReturnFact, ReturnLineFact
from ..model.standin import stand_in
from ..model.words import DisputeAxis, EventType, GoodsAxis, LineKind, Reason, RequestAxis
from . import _amazon_values as values
from . import _amazon_words as words
from . import _reasons
from ._amazon_values import Moment
from ._amazon_words import Said
from ._amazon_words import native as _native

Reading = Callable[[Any], Any]
FBA_RETURNS = "GET_FBA_FULFILLMENT_CUSTOMER_RETURNS_DATA"
MFN_RETURNS = "GET_FLAT_FILE_RETURNS_DATA_BY_RETURN_DATE"
COMMENTS = "customer-comments"
_PLATFORM = Due("platform", "decide what becomes of the unit")


@dataclass(frozen=True, slots=True)
class Report:
    """A report: Amazon's word for it, the columns it must have, how cells are read (in the order in which faults are told).

    `make` is given what the readers made of a row's cells, in their order, and when the report was made (None for a file).
    `reason` is the place of the reason among them. `shapes` are for columns in which hardly a cell is like another: a pattern,
    and how a cell that fits it is read. `free` are columns of people's own words, for which no row is refused.
    """

    type: str
    needed: tuple[str, ...]
    readers: Mapping[str, Reading]
    make: Callable[..., Translated]
    reason: int
    shapes: Mapping[str, tuple[str, Callable[[str], Any]]]
    free: tuple[str, ...] = ()

    @property
    def others(self) -> tuple[str, ...]:
        """Columns that are read where a report has them."""
        return tuple(name for name in self.readers if name not in self.needed)

    def row(self, cells: Mapping[str, str], told: datetime | None = None) -> Translated:
        """What a row becomes. BadPayload names the first cell that cannot be read."""
        return self.make(*(read(cells.get(name, "")) for name, read in self.readers.items()), told=told)


def _reader(read: Callable[[Any, str], Any], name: str) -> Reading:
    return lambda value: read(value, name)


def _readers(**by_column: Callable[[Any, str], Any]) -> dict[str, Reading]:
    return {name: _reader(read, name) for name, read in by_column.items()}


def _said(value: Any, name: str) -> Said:
    return words.reason(values.cell(value, name))


def _fba(
    order: str, plate: str | None, at: Moment, sku: str | None, asin: str | None, quantity: int, said: Said,
    disposition: str | None, status: str | None, comment: str | None, told: datetime | None = None,
) -> Translated:  # fmt: skip
    """A unit that came back to Amazon: received and graded, by order and licence plate; and what its buyer wrote."""
    item = sku or asin
    if item is None:
        raise BadPayload("is empty, and so is asin", "sku")
    (time, spelled), found = at, _graded(said, disposition, status)
    id_ = f"{order}-{plate}" if plate else stand_in("return", order, item, spelled)
    back = ReturnFact(
        id_, native_status=status, request=RequestAxis.APPROVED, goods=GoodsAxis.RECEIVED, dispute=found.dispute,
        received_at=time, closed_at=time if found.done else None, due=None if found.done else _PLATFORM,
    )  # fmt: skip
    line = ReturnLineFact(
        id_, id_, line_id=item, sku=sku, quantity=quantity, received_quantity=quantity, native_reason=said.native,
        reason_stated=said.label, reason_inspected=found.reason, disposition=disposition, fault=found.fault,
        kind=LineKind.RETURN, booked_at=time,
    )  # fmt: skip
    rank = int(told.timestamp()) if told else found.rank
    event = Event(found.type, time, (back, line), found.native, links=(Link("return", id_),), rank=rank)
    digest = _digest(spelled, sku, asin, str(quantity), said.native, disposition, status)
    wrote = (Written(f"return_line:{id_}", comment),) if comment else ()
    return Translated(f"fba_return:{id_}:{digest}", f"order:{order}", (event,), said=wrote)


@dataclass(frozen=True, slots=True)
class _Grade:
    """What disposition, reason and status say together, whichever unit they are about."""

    type: EventType
    reason: Reason | None
    fault: str | None
    dispute: DisputeAxis | None
    done: bool
    rank: int
    native: Mapping[str, str]


@lru_cache(maxsize=4096)
def _graded(said: Said, disposition: str | None, status: str | None) -> _Grade:
    reason, done = _inspected(disposition, said), words.settled(status)
    return _Grade(
        EventType.RETURN_INSPECTED if disposition else EventType.RETURN_RECEIVED, reason,
        _reasons.fault(reason) if reason else said.fault,
        DisputeAxis.COMPENSATED if words.plain(status) == words.REIMBURSED else None, done, bool(status) + done,
        _native(FBA_RETURNS, status=status, reason=said.native, disposition=disposition, flag=said.flag),
    )  # fmt: skip


def _inspected(disposition: str | None, said: Said) -> Reason | None:
    """What Amazon's grading says about why a unit came back; None where it may as well tell of the way back."""
    damaged = disposition is not None and disposition.upper().replace(" ", "_") in words.CARRIER_DAMAGED
    return Reason.DAMAGED_IN_TRANSIT if damaged and said.label in words.STATE_OF_GOODS else None


def _mfn(
    order: str, rma: str | None, sku: str | None, asin: str | None, requested: Moment, ordered: Moment | None,
    delivered: Moment | None, quantity: int, said: Said, status: str | None, resolution: str | None, number: str | None,
    tracking: str | None, currency: str | None, refunded: str | None, claim: bool | None, safe_t: str | None,
    granted: str | None, told: datetime | None = None,
) -> Translated:  # fmt: skip
    """A line of a return to the seller, by RMA and SKU."""
    item = sku or asin
    if item is None:
        raise BadPayload("is empty, and so is ASIN", "Merchant SKU")
    id_ = rma or stand_in("return", order, item, requested[1])
    request, latest = words.request_of(status), max(requested, delivered or requested)
    closed = words.plain(status) in words.CLOSED
    goods = GoodsAxis.RECEIVED if delivered else GoodsAxis.KEPT if words.plain(resolution) in words.RETURNLESS else None
    paid_back = values.positive(refunded)
    said_of: list[Fact] = [OrderFact(order, ordered[0], placed_at=ordered[0])] if ordered else []
    said_of.append(ReturnFact(
        id_, number=number, native_status=status, request=request, goods=goods, dispute=_dispute(claim, granted),
        requested_at=requested[0], received_at=delivered[0] if delivered else None, closed_at=latest[0] if closed else None,
        tracking=tracking, currency=currency,
    ))  # fmt: skip
    said_of.append(ReturnLineFact(
        f"{id_}-{item}", id_, line_id=item, sku=sku, quantity=quantity, received_quantity=quantity if delivered else None,
        native_reason=said.native, reason_stated=said.label, fault=said.fault, kind=LineKind.RETURN, booked_at=requested[0],
    ))  # fmt: skip
    if paid_back:
        amount = values.paid(refunded, currency, "Refunded Amount")
        said_of.append(RefundFact(stand_in("refund", id_), return_id=id_, amount=amount, confirmed=True))
    native = _native(
        MFN_RETURNS, status=status, reason=said.native, resolution=resolution, flag=said.flag, safe_t=safe_t,
        refunded=f"{refunded} {currency or ''}".strip() if paid_back else None,
    )  # fmt: skip
    rank = _rank(told, _far(request, closed, delivered is not None, paid_back))
    event = Event(_type(request, closed, goods), latest[0], tuple(said_of), native, links=(Link("return", id_),), rank=rank)
    spelled = [one[1] for one in (requested, ordered, delivered) if one]
    digest = _digest(
        *spelled, sku, asin, str(quantity), said.native, status, resolution, number, tracking, currency, refunded, str(claim),
        safe_t, granted,
    )  # fmt: skip
    return Translated(f"mfn_return:{id_}:{digest}", f"order:{order}", (event,))


def _dispute(claim: bool | None, granted: str | None) -> DisputeAxis | None:
    """An A-to-z claim is the buyer's; money of a SAFE-T claim is what Amazon gave the seller for it."""
    if values.positive(granted):
        return DisputeAxis.COMPENSATED
    return None if claim is None else DisputeAxis.OPEN if claim else DisputeAxis.NONE


def _type(request: RequestAxis | None, closed: bool, goods: GoodsAxis | None) -> EventType:
    if closed:
        return EventType.RETURN_CLOSED
    if goods is GoodsAxis.RECEIVED:
        return EventType.RETURN_RECEIVED
    return words.REQUEST_EVENT[request] if request else EventType.RETURN_CHANGED


def _far(request: RequestAxis | None, closed: bool, delivered: bool, paid_back: bool) -> int:
    """How far a return has come: of two files that tell of it the one that tells more is the later."""
    answered = request not in (None, RequestAxis.REQUESTED)
    return answered + 2 * delivered + 2 * paid_back + 4 * closed


def _rank(told: datetime | None, far: int) -> int:
    """A report's own time decides between two that tell of the same; any report knows better than a file of unknown age."""
    return int(told.timestamp()) if told else far


def _digest(*cells: str | None) -> str:
    return hashlib.sha256("\t".join([cell or "" for cell in cells]).encode()).hexdigest()[:20]


FBA = Report(
    FBA_RETURNS,
    ("order-id", "return-date", "sku", "quantity", "reason", "detailed-disposition"),
    _readers(**{
        "order-id": values.order, "license-plate-number": values.identity, "return-date": values.moment,
        "sku": values.identity, "asin": values.identity, "quantity": values.units, "reason": _said,
        "detailed-disposition": values.word, "status": values.word, COMMENTS: values.comment,
    }),
    _fba,
    6,
    {
        "order-id": (values.ORDER_SHAPE, str), "license-plate-number": (values.ID_SHAPE, str),
        "return-date": (values.TIME_SHAPE, values.fitting_moment),
    },
    (COMMENTS,),
)  # fmt: skip
MFN = Report(
    MFN_RETURNS,
    (
        "Order ID", "Amazon RMA ID", "Merchant SKU", "Return request date", "Return request status", "Return quantity",
        "Return Reason",
    ),
    _readers(**{
        "Order ID": values.order, "Amazon RMA ID": values.identity, "Merchant SKU": values.identity, "ASIN": values.identity,
        "Return request date": values.moment, "Order date": values.day, "Return delivery date": values.day,
        "Return quantity": values.units, "Return Reason": _said, "Return request status": values.word,
        "Resolution": values.word, "Merchant RMA ID": values.identity, "Tracking ID": values.identity,
        "Currency code": values.currency, "Refunded Amount": values.amount, "A-to-Z Claim": values.flag,
        "SafeT claim state": values.word, "SafeT claim reimbursement amount": values.amount,
    }),
    _mfn,
    8,
    {"Order ID": (values.ORDER_SHAPE, str), "Amazon RMA ID": (values.ID_SHAPE, str)},
)  # fmt: skip
REPORTS = {one.type: one for one in (FBA, MFN)}
