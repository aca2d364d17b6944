"""eBay's orders (Fulfillment API) as facts: the order, its lines, parcels and refunds. Money is text in major units.

Whatever a body says was true when the order was last modified; parcels and refunds have dates of their own.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from decimal import Decimal

from ..model import money
from ..model.errors import BadPayload
from ..model.event import Event, Link, Translated
from ..model.facts import Fact, LineFact, OrderFact, Quantity, RefundFact, RefundLine, ShipmentFact
from ..model.money import Money
from ..model.words import EventType, LineKind, ShipmentStatus
from . import _people as people
from ._ebay_words import buyer
from ._read import Reader, total


def amount(one: Reader, name: str) -> Money | None:
    """An amount that says its own currency."""
    said = one.child(name)
    return said.money("value", said.currency("currency"))


def order(made: str, body: Reader, now: datetime) -> Translated:
    """An order as it was read, alone or in a list: what it has come to, and each of its refunds."""
    order_id = body.needed_id("orderId")
    placed, at = body.time("creationDate"), body.time("lastModifiedDate") or body.time("creationDate")
    lines = list(body.children("lineItems"))
    fact = _order(body, order_id, at, placed)
    type_, when = _state(fact, placed)
    links = tuple(Link("line", one.needed_id("lineItemId")) for one in lines)
    native = {"topic": "order"} | {name: word for name, word in _words(body).items() if word}
    said: tuple[Fact, ...] = (fact, *(_line(one, at) for one in lines))
    events = [Event(type_, when or at or now, said, native, links=links), *_refunds(body, lines, native, at or now)]
    return Translated(made, f"order:{order_id}", tuple(events), buyer(body.child("buyer").id("username")))


def _words(body: Reader) -> dict[str, str | None]:
    return {
        "status": body.text("orderFulfillmentStatus"),
        "payment": body.text("orderPaymentStatus"),
        "cancellation": body.child("cancelStatus").text("cancelState"),
    }


def _state(fact: OrderFact, placed: datetime | None) -> tuple[EventType, datetime | None]:
    if fact.cancelled_at:
        return EventType.ORDER_CANCELLED, fact.cancelled_at
    return (EventType.ORDER_PAID, fact.paid_at) if fact.paid_at else (EventType.ORDER_PLACED, placed)


def _order(body: Reader, order_id: str, at: datetime | None, placed: datetime | None) -> OrderFact:
    sums, cancelled = body.child("pricingSummary"), body.child("cancelStatus")
    to = _sent_to(body)
    paid = amount(sums, "total")
    discount = amount(sums, "priceDiscount")
    reasons = [one.text("cancelReason") for one in cancelled.children("cancelRequests")]
    first = next(iter(body.children("lineItems")), None)
    return OrderFact(
        order_id,
        at,
        number=order_id,
        placed_at=placed,
        paid_at=_paid_at(body),
        cancelled_at=cancelled.time("cancelledDate"),
        cancel_reason=next((reason for reason in reasons if reason), None),
        currency=paid.currency if paid else None,
        total=paid,
        shipping=total([amount(sums, "deliveryCost"), amount(sums, "deliveryDiscount")], sums.where),
        tax=amount(sums, "tax"),
        discount=Money(abs(discount.amount), discount.currency) if discount else None,
        country=to.text("countryCode"),
        province=people.province(to.text("stateOrProvince")),
        payment=body.text("orderPaymentStatus"),
        channel=first.text("purchaseMarketplaceId") or first.text("listingMarketplaceId") if first else None,
    )


def _sent_to(body: Reader) -> Reader:
    steps = (one.child("shippingStep").child("shipTo") for one in body.children("fulfillmentStartInstructions"))
    return next(steps, Reader({}, body.where)).child("contactAddress")


def _paid_at(body: Reader) -> datetime | None:
    """When the last of its payments was made, once eBay says that it is paid."""
    if body.text("orderPaymentStatus") in (None, "PENDING", "FAILED"):
        return None
    payments = body.child("paymentSummary").children("payments")
    times = [one.time("paymentDate") for one in payments if one.text("paymentStatus") == "PAID"]
    return max((time for time in times if time), default=None)


def _line(one: Reader, at: datetime | None) -> LineFact:
    quantity, cost = one.whole("quantity"), one.child("lineItemCost")
    whole, less = amount(one, "lineItemCost"), amount(one, "discountedLineItemCost")
    off = Money(whole.amount - less.amount, whole.currency) if whole and less and whole.currency == less.currency else None
    return LineFact(
        one.needed_id("lineItemId"),
        at,
        sku=one.text("sku"),
        title=one.text("title"),
        product_id=one.id("legacyItemId"),
        variant_id=one.id("legacyVariationId"),
        quantity=quantity,
        unit_price=each(cost.price("value"), quantity, cost),
        discount=off,
        kind=LineKind.SALE,
    )


def each(whole: Decimal | None, quantity: int | None, one: Reader) -> Decimal | None:
    """The price of one unit, given that of all."""
    return money.price(whole / quantity, one.path("value")) if whole is not None and quantity and quantity > 0 else whole


def _refunds(body: Reader, lines: list[Reader], native: dict[str, str], told: datetime) -> Iterator[Event]:
    parts: dict[str, list[RefundLine]] = {}
    for line in lines:
        for one in line.children("refunds"):
            part = RefundLine(line.needed_id("lineItemId"), 0, amount(one, "amount"))
            parts.setdefault(_refund_id(one), []).append(part)
    for one in body.child("paymentSummary").children("refunds"):
        id_, at, status = _refund_id(one), one.time("refundDate"), one.text("refundStatus")
        fact = RefundFact(
            id_,
            at,
            amount=amount(one, "amount"),
            confirmed=status == "REFUNDED" if status else None,
            issued_at=at,
            lines=tuple(parts.get(id_, ())) or None,
        )
        yield Event(EventType.REFUND_ISSUED, at or told, (fact,), {**native, **({"refund": status} if status else {})})


def _refund_id(one: Reader) -> str:
    return one.id("refundId") or one.needed_id("refundReferenceId")


def parcel(made: str, order_id: str, one: Reader, now: datetime) -> Translated:
    """A parcel of an order (a shipping fulfillment). eBay tells when it left, never where it is."""
    left = one.time("shippedDate")
    number = one.id("shipmentTrackingNumber")
    fact = ShipmentFact(
        one.id("fulfillmentId") or number or one.needed_id("fulfillmentId"),
        left,
        status=ShipmentStatus.DISPATCHED,
        carrier=one.text("shippingCarrierCode"),
        service=one.text("shippingServiceCode"),
        tracking=number,
        dispatched_at=left,
        lines=_contents(one),
    )
    links = (Link("tracking", number),) if number else ()
    event = Event(EventType.SHIPMENT_DISPATCHED, left or now, (fact,), {"topic": "fulfillments"}, links=links)
    return Translated(made, f"order:{order_id}", (event,))


def _contents(one: Reader) -> tuple[Quantity, ...] | None:
    """What is in a parcel; None where some quantity is left out, as eBay does."""
    units = [(line.needed_id("lineItemId"), line.whole("quantity")) for line in one.children("lineItems")]
    known = tuple(Quantity(line_id, quantity) for line_id, quantity in units if quantity is not None)
    return known if known and len(known) == len(units) else None


def when(one: Reader, name: str) -> datetime | None:
    """A time of the Post-Order API: an object with a value. Plain text is taken too."""
    said = one.value.get(name)
    return one.child(name).time("value") if isinstance(said, dict) else one.time(name)


def several(one: Reader, name: str) -> Iterator[Reader]:
    """The objects in a list of an answer, which may be missing where the answer says that it found none. BadPayload else."""
    counts = (one.value.get("total"), one.child("paginationOutput").value.get("totalEntries"))
    if one.value.get(name) is None and 0 not in counts:
        raise BadPayload("is missing", one.path(name))
    return one.children(name)
