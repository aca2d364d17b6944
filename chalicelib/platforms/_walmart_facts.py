"""Walmart's purchase orders as facts, as they are read."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from ..model import money
from ..model.event import Event, Link, Translated
from ..model.facts import Fact, LineFact, OrderFact, Quantity, ShipmentFact
from ..model.money import Money
from ..model.words import EventType, LineKind, ShipmentStatus
from . import _people as people
from . import _walmart_words as words
from ._read import Reader, total
from ._walmart_read import count, country, moment


def customer(one: Reader) -> str | None:
    """The reference to whoever ordered: the relay address, which is all that Walmart tells."""
    said = one.text("customerEmailId")
    mail = people.email(said)
    return f"email:{mail.lower()}" if mail and not mail.lower().startswith(words.NOBODY) else None


def order(made: str, body: Reader, now: datetime) -> Translated:
    """A purchase order as it was read: what it has come to, with its parcels."""
    order_id, placed = body.needed_id("purchaseOrderId"), moment(body, "orderDate")
    lines = [_read_line(one) for one in body.child("orderLines").children("orderLine")]
    at = max((time for time in (placed, *(line.at for line in lines)) if time), default=None)
    fact = _order(body, order_id, at, placed, lines)
    gone = fact.cancelled_at is not None
    parcels = _parcels(order_id, lines)
    said: tuple[Fact, ...] = (fact, *(_line(line, at, gone) for line in lines), *parcels)
    type_, when = _state(fact, parcels, lines)
    status = next((line.status for line in reversed(lines) if line.status), None)
    told = {"status": status, "order_type": body.text("orderType"), "reason": fact.cancel_reason}
    native = {"topic": "order"} | {name: word for name, word in told.items() if word}
    links = tuple(dict.fromkeys(Link("tracking", parcel.tracking) for parcel in parcels if parcel.tracking))
    event = Event(type_, when or at or now, said, native, links=links)
    return Translated(made, f"order:{order_id}", (event,), customer(body))


@dataclass(frozen=True, slots=True)
class _Line:
    """A line of a purchase order: `cancelled` units of it are, `status` is that of the rest."""

    one: Reader
    id: str
    at: datetime | None
    ordered: int | None
    cancelled: int
    status: str | None
    reason: str | None
    tracking: Reader

    @property
    def gone(self) -> bool:
        """Whether nothing of it is left."""
        return self.status == "Cancelled"

    @property
    def left(self) -> int | None:
        """How many units are left of it."""
        return max(self.ordered - self.cancelled, 0) if self.ordered is not None else None


def _read_line(one: Reader) -> _Line:
    parts = list(one.child("orderLineStatuses").children("orderLineStatus"))
    off = [part for part in parts if part.text("status") == "Cancelled"]
    live = [part for part in parts if part.text("status") not in (None, "Cancelled")]
    tracked = [part for part in live if part.value.get("trackingInfo") is not None]
    return _Line(
        one,
        one.needed_id("lineNumber"),
        moment(one, "statusDate"),
        count(one.child("orderLineQuantity"), "amount"),
        sum(count(part.child("statusQuantity"), "amount") or 0 for part in off),
        live[-1].text("status") if live else "Cancelled" if off else None,
        next((reason for part in off if (reason := part.text("cancellationReason"))), None),
        tracked[-1].child("trackingInfo") if tracked else Reader({}, one.where),
    )


def _order(body: Reader, order_id: str, at: datetime | None, placed: datetime | None, lines: list[_Line]) -> OrderFact:
    to = body.child("shippingInfo").child("postalAddress")
    goods, shipping = (_charged(lines, kind) for kind in ("PRODUCT", "SHIPPING"))
    tax = total([_amount(part.child("tax"), "taxAmount") for _, part in _charges(lines)], body.path("orderLines"))
    whole = total([goods, shipping, tax], body.path("orderLines"))
    gone = bool(lines) and all(line.gone for line in lines)
    return OrderFact(
        order_id,
        at,
        number=body.id("customerOrderId"),
        placed_at=placed,
        cancelled_at=max((line.at for line in lines if line.at), default=None) if gone else None,
        cancel_reason=next((line.reason for line in lines if line.reason), None),
        currency=whole.currency if whole else None,
        total=whole,
        shipping=shipping,
        tax=tax,
        country=country(to.text("country")),
        province=people.province(to.text("state")),
    )


def _charges(lines: list[_Line]) -> Iterator[tuple[str | None, Reader]]:
    for line in lines:
        for part in line.one.child("charges").children("charge"):
            yield part.text("chargeType"), part


def _charged(lines: list[_Line], kind: str) -> Money | None:
    where = lines[0].one.where if lines else "order.orderLines"
    return total([_amount(part, "chargeAmount") for word, part in _charges(lines) if word == kind], where)


def _amount(one: Reader, name: str) -> Money | None:
    said = one.child(name)
    return said.money("amount", said.currency("currency"))


def _line(line: _Line, at: datetime | None, order_gone: bool) -> LineFact:
    """A line; of one that was cut short only what is left counts, of a cancelled order all that was ordered."""
    one, item = line.one, line.one.child("item")
    prices = [part.child("chargeAmount").price("amount") for word, part in _charges([line]) if word == "PRODUCT"]
    known = [price for price in prices if price is not None]
    return LineFact(
        line.id,
        line.at or at,
        sku=item.text("sku"),
        title=item.text("productName"),
        quantity=line.ordered if order_gone else line.left,
        unit_price=money.price(sum(known, Decimal(0)) / (line.ordered or 1), one.path("charges")) if known else None,
        kind=LineKind.SALE,
    )


def _parcels(order_id: str, lines: list[_Line]) -> list[ShipmentFact]:
    """The parcels: lines that share a tracking number are in one."""
    found: dict[str, list[_Line]] = {}
    for line in lines:
        if words.LINE.get(line.status or "") in (ShipmentStatus.DISPATCHED, ShipmentStatus.DELIVERED):
            number = line.tracking.id("trackingNumber")
            found.setdefault(number or f"{order_id}-{line.id}", []).append(line)
    return [_parcel(id_, some) for id_, some in found.items()]


def _parcel(id_: str, lines: list[_Line]) -> ShipmentFact:
    told, carrier = lines[0].tracking, lines[0].tracking.child("carrierName")
    at = max((line.at for line in lines if line.at), default=None)
    status = min((words.LINE[line.status or ""] for line in lines), key=list(ShipmentStatus).index)
    contents = [Quantity(line.id, line.left) for line in lines if line.left is not None]
    return ShipmentFact(
        id_,
        at,
        status=status,
        native_status=lines[0].status,
        carrier=carrier.text("carrier") or carrier.text("otherCarrier"),
        service=told.text("methodCode"),
        tracking=told.id("trackingNumber"),
        dispatched_at=moment(told, "shipDateTime"),
        delivered_at=at if status is ShipmentStatus.DELIVERED else None,
        lines=tuple(contents) if len(contents) == len(lines) else None,
    )


def _state(fact: OrderFact, parcels: list[ShipmentFact], lines: list[_Line]) -> tuple[EventType, datetime | None]:
    """The last that happened to an order: delivered only when nothing of it is still on its way."""
    if fact.cancelled_at:
        return EventType.ORDER_CANCELLED, fact.cancelled_at
    left = {words.LINE.get(line.status or "") for line in lines if not line.gone}
    if parcels and left == {ShipmentStatus.DELIVERED}:
        return EventType.SHIPMENT_DELIVERED, max((one.at for one in parcels if one.at), default=None)
    if parcels:
        return EventType.SHIPMENT_DISPATCHED, max((one.dispatched_at for one in parcels if one.dispatched_at), default=None)
    return EventType.ORDER_PLACED, fact.placed_at
