"""State into keyed rows of the lake. Pure; the schema is model/lake.py, and a test holds the two together."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime
from decimal import ROUND_HALF_EVEN, Decimal
from typing import Any

from ..model import lake, state
from ..model.facts import (
    DisputeFact,
    LineFact,
    MessageFact,
    Reading,
    RefundFact,
    ReturnFact,
    ReturnLineFact,
    ReviewFact,
    ShipmentFact,
    WordsFact,
)
from ..model.lake import Row
from ..model.money import PRICE_SCALE, Money, exponent
from ..model.state import State
from ..model.words import LineKind
from .reasons.decided import reason_of
from .settle import return_of

Values = dict[str, Any]


def rows(data: bytes, version: int) -> list[Row]:
    """The lake's rows of a state (its bytes) at a version. A moved subject has none."""
    return list(rows_of(state.load(data), version))


def rows_of(one: State, version: int) -> Iterator[Row]:
    """The same from a state already loaded."""
    context = _context(one)
    month = _month(context["placed_at"])
    for table, id_, values in _all(one, context):
        key = f"{one.source}#{one.subject}#{id_}"
        platform, _, shop = one.source.partition("/")
        head = {"key": key, "version": version, "platform": platform, "shop": shop, "subject": one.subject}
        yield Row(table, month, key, version, head | context | values)


def _all(one: State, context: Values) -> Iterator[tuple[str, str, Values]]:
    if one.order and one.subject.startswith(state.ORDER):
        yield "orders", one.order.id, _order(one)
    for id_, line in one.of("line").items():
        yield "order_lines", id_, _line(one, line)
    for id_, shipment in one.of("shipment").items():
        yield "shipments", id_, _shipment(shipment)
    for back in one.of("return").values():
        yield from _returns(one, back, context)
    for id_, refund in one.of("refund").items():
        yield "refunds", id_, _refund(one, refund)
    for id_, words in one.of("words").items():
        yield "words", id_, _words(one, words)
    for word, (table, told) in _OTHERS.items():
        for id_, fact in one.of(word).items():
            yield table, id_, told(fact)


def _context(one: State) -> Values:
    """What every row of the subject carries about its order."""
    order = one.order
    is_order = one.subject.startswith(state.ORDER)
    return {
        "order_id": one.subject.removeprefix(state.ORDER) if is_order else None,
        "placed_at": order.placed_at if order else None,
        "country": (order.country if order else None) or _first(one, "return", "country") or _first(one, "shipment", "country"),
        "buyer": one.buyer,
    }


def _first(one: State, word: str, field: str) -> Any:
    return next((getattr(fact, field) for fact in one.of(word).values() if getattr(fact, field) is not None), None)


def _month(placed_at: datetime | None) -> str:
    return placed_at.strftime("%Y-%m") if placed_at else lake.UNKNOWN


def _order(one: State) -> Values:
    order, lines = one.order, one.of("line").values()
    confirmed = [
        r.amount for r in one.of("refund").values() if r.confirmed and r.amount and r.amount.currency == order.currency
    ]
    return {
        "number": order.number, "paid_at": order.paid_at, "cancelled_at": order.cancelled_at,
        "cancel_reason": order.cancel_reason,
        "currency": order.currency, "total": _minor(order.total), "shipping": _minor(order.shipping), "tax": _minor(order.tax),
        "discount": _minor(order.discount), "refunded": sum(amount.amount for amount in confirmed), "lines": len(lines),
        "units": sum(line.quantity or 0 for line in lines if line.kind is LineKind.SALE), "payment": order.payment,
        "channel": order.channel, "test": order.test, "problems": "\n".join(one.problems) or None,
    }  # fmt: skip


def _line(one: State, line: LineFact) -> Values:
    order = one.order
    return {
        "line_id": line.id, "booked_at": line.booked_at or (order.placed_at if order else None), "kind": line.kind,
        "sku": line.sku,
        "title": line.title, "quantity": line.quantity, "unit_price": line.unit_price, "discount": _minor(line.discount),
        "value": _value(line.quantity, line), "currency": order.currency if order else None,
        "cancelled_at": order.cancelled_at if order else None,
    }  # fmt: skip


def _shipment(shipment: ShipmentFact) -> Values:
    return {
        "shipment_id": shipment.id, "status": shipment.status, "native_status": shipment.native_status,
        "carrier": shipment.carrier,
        "service": shipment.service, "units": _units(shipment.lines), "dispatched_at": shipment.dispatched_at,
        "promised_at": shipment.promised_at, "exception_at": shipment.exception_at, "delivered_at": shipment.delivered_at,
    }  # fmt: skip


def _returns(one: State, back: ReturnFact, context: Values) -> Iterator[tuple[str, str, Values]]:
    lines = [line for line in one.of("return_line").values() if line.return_id == back.id]
    for line in lines or [ReturnLineFact("", return_id=back.id)]:
        yield "returns", f"{back.id}#{line.id}", _return(one, back, line) | {"country": back.country or context["country"]}


def _return(one: State, back: ReturnFact, line: ReturnLineFact) -> Values:
    sold = _sold(one, line.line_id)
    order = one.order
    requested = back.requested_at or back.approved_at or back.closed_at
    decided = reason_of(one, line)
    return {
        "return_id": back.id, "return_line_id": line.id or None, "line_id": line.line_id,
        "booked_at": line.booked_at or requested,
        "kind": line.kind or LineKind.RETURN, "sku": line.sku or (sold.sku if sold else None), "quantity": line.quantity,
        "received_quantity": line.received_quantity, "unit_price": line.unit_price or (sold.unit_price if sold else None),
        "value": _returned_value(line, sold), "currency": back.currency or (order.currency if order else None),
        "native_reason": line.native_reason, "reason_stated": line.reason_stated, "reason_inferred": line.reason_inferred,
        "reason_inspected": line.reason_inspected, "reason_corrected": line.reason_corrected, "reason": decided.label,
        "reason_group": decided.group, "reason_source": decided.source, "reason_confidence": decided.confidence,
        "reason_tags": _joined(decided.tags), "special": back.special,
        "disposition": line.disposition, "fault": line.fault,
        "request": back.request,
        "goods": back.goods, "money": back.money, "dispute": back.dispute, "native_status": back.native_status,
        "requested_at": requested, "received_at": back.received_at, "closed_at": back.closed_at,
    }  # fmt: skip


def _refund(one: State, refund: RefundFact) -> Values:
    return {
        "refund_id": refund.id, "return_id": return_of(one, refund), "issued_at": refund.issued_at,
        "amount": _minor(refund.amount),
        "currency": refund.amount.currency if refund.amount else None, "confirmed": refund.confirmed,
        "units": _units(refund.lines),
    }  # fmt: skip


def _dispute(dispute: DisputeFact) -> Values:
    return {
        "dispute_id": dispute.id, "kind": dispute.kind, "status": dispute.status, "native_status": dispute.native_status,
        "native_reason": dispute.native_reason, "amount": _minor(dispute.amount),
        "currency": dispute.amount.currency if dispute.amount else None, "opened_at": dispute.opened_at,
        "due_at": dispute.due_at, "answered_at": dispute.answered_at, "closed_at": dispute.closed_at,
    }  # fmt: skip


def _review(review: ReviewFact) -> Values:
    return {
        "review_id": review.id, "rating": review.rating, "sku": review.sku, "product_id": review.product_id,
        "line_id": review.line_id, "language": review.language, "posted_at": review.posted_at,
        "answered_at": review.answered_at,
    }  # fmt: skip


def _words(one: State, words: WordsFact) -> Values:
    kind, _, about = words.id.partition(":")
    review = one.of("review").get(about) if kind == "review" else None
    field = {"return_line": "id", "return": "return_id"}.get(kind)
    lines = [line for line in one.of("return_line").values() if field and getattr(line, field) == about]
    sold = _sold(one, lines[0].line_id if len(lines) == 1 else review.line_id if review else None)
    sku = lines[0].sku if len(lines) == 1 else review.sku if review else None
    return {
        "kind": kind, "about": about,
        "return_id": about if kind == "return" else lines[0].return_id if lines and kind == "return_line" else None,
        "sku": sku or (sold.sku if sold else None), "title": sold.title if sold else None,
        "rating": review.rating if review else None, "said_at": words.said_at,
        "language": words.language or _language(one),
        "text": words.text or None,
        "corrected": lines[0].reason_corrected if len(lines) == 1 else None, **_reading(words.reading),
    }  # fmt: skip


def _language(one: State) -> str | None:
    """The two letters of the language an order was placed in."""
    tag = ((one.order and one.order.language) or "").partition("-")[0].lower()
    return tag if len(tag) == 2 else None


def _reading(read: Reading | None) -> Values:
    if read is None:
        return dict.fromkeys(("label", "confidence", "source", "conflict", "secondary", "tags", "evidence", "model"))
    return {
        "label": read.label, "confidence": read.confidence, "source": read.source, "conflict": read.conflict,
        "secondary": _joined(read.secondary), "tags": _joined(read.tags), "evidence": _joined(read.evidence),
        "model": read.model,
    }  # fmt: skip


def _sold(one: State, line_id: str | None) -> LineFact | None:
    return one.of("line").get(line_id) if line_id else None


def _joined(names: tuple[str, ...] | None) -> str | None:
    return ",".join(names) if names else None


def _message(message: MessageFact) -> Values:
    return {"message_id": message.id, "thread": message.thread, "sender": message.by, "received_at": message.received_at}


_OTHERS: dict[str, tuple[str, Callable[[Any], Values]]] = {
    "dispute": ("disputes", _dispute), "review": ("reviews", _review), "message": ("messages", _message),
}  # fmt: skip


def _returned_value(line: ReturnLineFact, sold: LineFact | None) -> Decimal | None:
    """What the returned units were sold for: the return's own price if it names one, else the order line's after discount."""
    if line.unit_price is not None and line.quantity is not None:
        return line.unit_price * line.quantity
    return _value(line.quantity, sold) if sold else None


def _value(quantity: int | None, line: LineFact) -> Decimal | None:
    """Goods value of `quantity` units of a line, its discount shared evenly over its units; exact to six places."""
    if quantity is None or line.unit_price is None:
        return None
    value = line.unit_price * quantity
    if line.discount and line.quantity:
        off = Decimal(line.discount.amount).scaleb(-exponent(line.discount.currency))
        value -= off * quantity / line.quantity
    return value.quantize(PRICE_SCALE, rounding=ROUND_HALF_EVEN)


def _minor(amount: Money | None) -> int | None:
    return amount.amount if amount else None


def _units(lines: tuple[Any, ...] | None) -> int | None:
    return sum(line.quantity for line in lines) if lines else None
