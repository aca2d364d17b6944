"""Lives of orders for the world: what platforms deliver, when, twice and out of order, and the messages that follow from it."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal

from chalicelib.model.event import Delivery, Event, Link
from chalicelib.model.facts import Fact, LineFact, OrderFact, RefundFact, ReturnFact, ShipmentFact
from chalicelib.model.money import Money
from chalicelib.model.touch import MessageClass, Rulebook, Touchpoint
from chalicelib.model.words import EventType, LineKind, RequestAxis, ShipmentStatus

SOURCE = "shopify/acme"
# In the hours in which mail may go, with all the life's moments after it.
START = datetime(2026, 3, 2, 11, tzinfo=UTC)
DAY = timedelta(days=1)

# A message of each class: carried by the queue, waiting in the due index, at once, and on news under a name of its own.
RULES = Rulebook(1, (
    Touchpoint("parcel", EventType.SHIPMENT_DISPATCHED, timedelta(minutes=10), 20 * DAY, "check_the_parcel", unless=()),
    Touchpoint("asked", EventType.SHIPMENT_DELIVERED, 3 * DAY, 30 * DAY, "how_is_it", kind=MessageClass.MARKETING, unless=()),
    Touchpoint("granted", EventType.RETURN_APPROVED, timedelta(0), 20 * DAY, "how_is_it", unless=()),
    Touchpoint("refund", EventType.REFUND_ISSUED, timedelta(0), 20 * DAY, "how_is_it", kind=MessageClass.CRITICAL, unless=()),
))  # fmt: skip


def life(number: int = 1, start: datetime = START) -> list[Delivery]:
    """Eight deliveries of one order, two of them under names of their own, which the order's news links to it later."""
    name, money = str(1000 + number), Money(1250, "USD")
    order, line, parcel, back = f"order:{name}", f"{name}-1", f"{name}-s", f"{name}-r"

    def told(id_: str, subject: str, type_: EventType, days: float, *facts: Fact, links: tuple[Link, ...] = ()) -> Delivery:
        at = start + days * DAY
        return Delivery(f"{name}-{id_}", SOURCE, subject, (Event(type_, at, facts, {}, f"b{number}", links),), at)

    placed = OrderFact(name, placed_at=start, currency="USD", total=money, country="GB")
    goods = LineFact(line, sku="A", title="Mug", quantity=1, unit_price=Decimal("12.50"), kind=LineKind.SALE)
    moved = ShipmentFact(parcel, status=ShipmentStatus.IN_TRANSIT, carrier="Post")
    sent = ShipmentFact(parcel, status=ShipmentStatus.DISPATCHED, tracking=f"T{name}", dispatched_at=start + DAY)
    there = ShipmentFact(parcel, status=ShipmentStatus.DELIVERED, delivered_at=start + 4 * DAY)
    asked = ReturnFact(back, request=RequestAxis.REQUESTED, requested_at=start + 7.5 * DAY)
    granted = ReturnFact(back, request=RequestAxis.APPROVED, approved_at=start + 8.1 * DAY)
    refund = RefundFact(f"{name}-f", None, back, money, True, start + 9 * DAY)
    return [
        told("1", order, EventType.ORDER_PLACED, 0, placed, goods),
        told("2", order, EventType.ORDER_PAID, 0.05, replace(placed, paid_at=start + 0.05 * DAY)),
        told("3", order, EventType.SHIPMENT_DISPATCHED, 1, sent, links=(Link("tracking", f"T{name}"),)),
        told("4", f"tracking:T{name}", EventType.SHIPMENT_MOVED, 2, moved),
        told("5", order, EventType.SHIPMENT_DELIVERED, 4, there),
        told("6", order, EventType.RETURN_REQUESTED, 7.5, asked, links=(Link("return", back),)),
        told("7", f"return:{back}", EventType.RETURN_APPROVED, 8.1, granted),
        told("8", order, EventType.REFUND_ISSUED, 9, refund),
    ]


def crowd(deliveries: int, seed: int, twice: float = 0.3) -> list[tuple[datetime, Delivery]]:
    """So many deliveries of many orders, a share of them duplicates, each up to half a day late: shuffled."""
    chance, found = random.Random(seed), list[tuple[datetime, Delivery]]()
    for number in range(1, deliveries):
        for one in life(number, START + timedelta(seconds=chance.uniform(0, 3 * 3600))):
            found.append((one.received + timedelta(seconds=chance.uniform(0, 12 * 3600)), one))
            if chance.random() < twice / (1 - twice):
                found.append((one.received + timedelta(seconds=chance.uniform(0, 24 * 3600)), one))
        if len(found) >= deliveries:
            break
    return sorted(found[:deliveries], key=lambda pair: pair[0])


def on_time(deliveries: list[Delivery]) -> Iterator[tuple[datetime, Delivery]]:
    """Each delivery when it happened."""
    return ((one.received, one) for one in deliveries)
