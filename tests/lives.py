"""Order lives to play: deliveries of one order from placing to refund, and of things that arrive under other names."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal

from chalicelib.model.event import Delivery, Event, Link
from chalicelib.model.facts import (
    DisputeFact,
    Fact,
    LineFact,
    OrderFact,
    RefundFact,
    RefundLine,
    ReturnFact,
    ReturnLineFact,
    ShipmentFact,
)
from chalicelib.model.money import Money
from chalicelib.model.words import DisputeAxis, EventType, GoodsAxis, LineKind, Origin, Reason, RequestAxis, ShipmentStatus

SOURCE = "shopify/acme"
START = datetime(2026, 3, 1, 12, tzinfo=UTC)


def day(number: float) -> datetime:
    """So many days after the order was placed."""
    return START + timedelta(days=number)


def delivery(id_: str, subject: str, type_: EventType, time: datetime, *facts: Fact, links: tuple[Link, ...] = ()) -> Delivery:
    """One delivery of one event, received when it happened."""
    return Delivery(id_, SOURCE, subject, (Event(type_, time, facts, {"topic": type_}, "b1", links),), time)


def order_life(order: str = "1001") -> list[Delivery]:
    """Six events: placed, paid, dispatched, delivered, return requested, refund issued."""
    subject = f"order:{order}"
    lines = [
        LineFact(f"{order}-1", day(0), sku="MUG-RED", title="Mug", quantity=2, unit_price=Decimal("12.50"), kind=LineKind.SALE),
        LineFact(f"{order}-2", day(0), sku="TEE-M", title="Tee", quantity=1, unit_price=Decimal("20"), kind=LineKind.SALE),
    ]
    total = Money(4500, "USD")
    placed = OrderFact(order, day(0), placed_at=day(0), currency="USD", total=total, country="US", payment="pending")
    paid = OrderFact(
        order, day(0.1), placed_at=day(0), paid_at=day(0.1), currency="USD", total=total, country="US", payment="paid"
    )
    sent = ShipmentFact(f"{order}-s", day(1), status=ShipmentStatus.DISPATCHED, tracking=f"T{order}", dispatched_at=day(1))
    there = ShipmentFact(f"{order}-s", day(4), status=ShipmentStatus.DELIVERED, delivered_at=day(4))
    back = ReturnFact(f"{order}-r", day(6), request=RequestAxis.REQUESTED, requested_at=day(6))
    back_line = ReturnLineFact(
        f"{order}-rl",
        f"{order}-r",
        day(6),
        line_id=f"{order}-1",
        quantity=1,
        reason_stated=Reason.SIZE_TOO_SMALL,
        kind=LineKind.RETURN,
    )
    refund = RefundFact(
        f"{order}-f",
        day(9),
        f"{order}-r",
        Money(1250, "USD"),
        True,
        day(9),
        lines=(RefundLine(f"{order}-1", 1, Money(1250, "USD")),),
    )
    return [
        delivery("e1", subject, EventType.ORDER_PLACED, day(0), placed, *lines),
        delivery("e2", subject, EventType.ORDER_PAID, day(0.1), paid),
        delivery("e3", subject, EventType.SHIPMENT_DISPATCHED, day(1), sent, links=(Link("tracking", f"T{order}"),)),
        delivery("e4", subject, EventType.SHIPMENT_DELIVERED, day(4), there),
        delivery("e5", subject, EventType.RETURN_REQUESTED, day(6), back, back_line, links=(Link("return", f"{order}-r"),)),
        delivery("e6", subject, EventType.REFUND_ISSUED, day(9), refund),
    ]


def approval(order: str = "1001") -> Delivery:
    """The same return's approval, under the return's own name: it does not know the order."""
    fact = ReturnFact(f"{order}-r", day(7), request=RequestAxis.APPROVED, goods=GoodsAxis.IN_TRANSIT, approved_at=day(7))
    return delivery("e7", f"return:{order}-r", EventType.RETURN_APPROVED, day(7), fact)


def parcel_news(order: str = "1001") -> Delivery:
    """News of the parcel from a tracking service, under its tracking number."""
    fact = ShipmentFact(f"{order}-s", day(2), status=ShipmentStatus.IN_TRANSIT, carrier="Example Post")
    return delivery("e8", f"tracking:T{order}", EventType.SHIPMENT_MOVED, day(2), fact)


def dispute(order: str | None, id_: str = "d1") -> Delivery:
    """A chargeback that may or may not name its order."""
    fact = DisputeFact(id_, day(12), kind="chargeback", status=DisputeAxis.OPEN, amount=Money(4500, "USD"), opened_at=day(12))
    links = (Link("dispute", id_),)
    return delivery(
        f"e9-{order}", f"order:{order}" if order else f"dispute:{id_}", EventType.DISPUTE_OPENED, day(12), fact, links=links
    )


def as_read(found: Delivery, origin: Origin) -> Delivery:
    """The same news as a fetch or a file brings it: another id, another time of arrival, another origin."""
    return replace(found, id=f"{origin}:{found.id}", received=day(100), origin=origin)
