"""Wish's orders as facts, from the API alone. An order holds one product, one shipment, and the refunds that were given for it.

Source: the OpenAPI document of the Marketplace API v3. Amounts are decimals in major units.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from ..model import times
from ..model.event import Link
from ..model.facts import Fact, LineFact, OrderFact, RefundFact, ReturnFact, ReturnLineFact, ShipmentFact
from ..model.money import Money
from ..model.words import EventType, GoodsAxis, LineKind, MoneyAxis, RequestAxis, ShipmentStatus
from . import _people as people
from . import _wish_words as words
from ._read import Reader
from ._reasons import codes

Records = list[tuple[datetime, ShipmentStatus, str]]
"""An order's milestones: when, where its parcel was then, and Wish's word for it."""


@dataclass(frozen=True, slots=True)
class Told:
    """What an order tells: as which type of event and since when, its facts, and the numbers of its parcels."""

    type: EventType
    when: datetime | None
    facts: tuple[Fact, ...]
    links: tuple[Link, ...]


def told(body: Reader, order_id: str) -> Told:
    """All that an order tells, as of its last change."""
    at, state = body.time("updated_at"), body.text("state")
    records = _records(body)
    parcel = _shipment(body, order_id, at, records)
    back = list(_refunds(body, order_id, at, _sent_at(records)))
    cancelled = _cancelled(body, state, at, records)
    said: list[Fact] = [_order(body, order_id, at, cancelled), _line(body, at), *([parcel] if parcel else []), *back]
    type_, when = _typed(body, state, at, cancelled, parcel, [one for one in back if isinstance(one, RefundFact)])
    links = [Link("tracking", one) for part in body.children("tracking_information") if (one := part.id("tracking_number"))]
    links += [Link("return", one.id) for one in back if isinstance(one, ReturnFact)]
    return Told(type_, when, tuple(said), tuple(dict.fromkeys(links)))


def _typed(
    body: Reader, state: str | None, at: datetime | None, cancelled: datetime | None, parcel: ShipmentFact | None,
    back: list[RefundFact],
) -> tuple[EventType, datetime | None]:  # fmt: skip
    """The furthest that an order has come to, and since when."""
    if cancelled:
        return EventType.ORDER_CANCELLED, cancelled
    if back:
        return EventType.REFUND_ISSUED, max((one.issued_at for one in back if one.issued_at), default=at)
    if parcel and parcel.delivered_at:
        return EventType.SHIPMENT_DELIVERED, parcel.delivered_at
    if parcel and parcel.dispatched_at:
        return EventType.SHIPMENT_DISPATCHED, parcel.dispatched_at
    released = body.time("released_at")
    return (EventType.ORDER_PAID, released) if released and state != words.IN_REVIEW else (EventType.ORDER_CHANGED, at)


def _records(body: Reader) -> Records:
    """An order's milestones, earliest first; those that are not known say nothing."""
    found = [(one.time("event_time"), one.text("event_type") or "") for one in body.children("fulfillment_records")]
    return sorted((time, words.MILESTONE[word], word) for time, word in found if time and word in words.MILESTONE)


def _sent_at(records: Records) -> datetime | None:
    """When it was first marked as shipped."""
    return next((time for time, _, word in records if word == words.SENT), None)


def _cancelled(body: Reader, state: str | None, at: datetime | None, records: Records) -> datetime | None:
    """When an order came to nothing: its payment was declined, or it was refunded and had never been sent."""
    if state == words.DECLINED:
        return at
    times_ = [time for one in body.children("refunds") if (time := one.time("refund_time"))]
    return max(times_, default=at) if state == words.REFUNDED and _sent_at(records) is None else None


def _paying(body: Reader) -> Reader:
    return body.child("order_payment").child("general_payment_details")


def _amount(one: Reader, name: str) -> Money | None:
    part = one.child(name)
    return part.money("amount", part.currency("currency_code"))


def _order(body: Reader, order_id: str, at: datetime | None, cancelled: datetime | None) -> OrderFact:
    paying, where = _paying(body), body.child("full_address").child("shipping_detail")
    units, shipping, total = paying.whole("product_quantity"), _amount(paying, "product_shipping_price"), None
    if paying.value.get("customer_paid_prices_detail") is not None:
        total = _amount(paying.child("customer_paid_prices_detail"), "total")
    programmes = body.value.get("fulfillment_order_types")
    elsewhere = isinstance(programmes, list) and any(one in words.WAREHOUSE for one in programmes if isinstance(one, str))
    price = paying.child("product_price")
    return OrderFact(
        order_id,
        at,
        placed_at=body.time("released_at"),
        paid_at=body.time("released_at") if body.text("state") != words.DECLINED else None,
        cancelled_at=cancelled,
        cancel_reason=_reason(body) if cancelled else None,
        currency=price.currency("currency_code"),
        total=total,
        shipping=Money(shipping.amount * units, shipping.currency) if shipping and units else None,
        country=None if elsewhere else people.country(where.value.get("country_code")),
        payment=body.text("state"),
    )


def _reason(body: Reader) -> str | None:
    """Why the latest refund was given, as a code: what is said beside it is somebody's own words."""
    reasons = [one.text("refund_reason") for one in body.children("refunds")]
    return next((words.code(one)[:200] for one in reversed(reasons) if one), None)


def line_id(body: Reader) -> str:
    """By what an order's one line is known: the variation, else the product, else the order."""
    product = body.child("product_information")
    return product.id("variation_id") or product.id("id") or body.needed_id("id")


def _line(body: Reader, at: datetime | None) -> LineFact:
    product, paying = body.child("product_information"), _paying(body)
    attributes = [value for name in ("color", "size") if (value := product.text(name))]
    return LineFact(
        line_id(body),
        at,
        sku=product.text("sku"),
        title=product.text("name"),
        product_id=product.id("id"),
        variant_id=product.id("variation_id"),
        variant=", ".join(attributes)[:200] or None,
        quantity=paying.whole("product_quantity"),
        unit_price=paying.child("product_price").price("amount"),
        kind=LineKind.SALE,
    )


def _shipment(body: Reader, order_id: str, at: datetime | None, records: Records) -> ShipmentFact | None:
    """An order's shipment once it was sent, as its latest milestone has it. What came before a new release is over."""
    if _sent_at(records) is None:
        return None
    released = max((n for n, (_, _, word) in enumerate(records) if word == words.RELEASED_AGAIN), default=0)
    current = records[released:]
    live = records[-1][1] is not ShipmentStatus.CANCELLED
    newest = next(body.children("tracking_information"), Reader({}, body.where))
    return ShipmentFact(
        order_id,
        at,
        status=records[-1][1],
        native_status=records[-1][2],
        carrier=newest.child("shipping_provider").text("name"),
        tracking=newest.id("tracking_number"),
        dispatched_at=_last(current, words.SENT) if live else None,
        delivered_at=_last(current, words.ARRIVED),
        promised_at=body.child("fulfillment_requirements").time("expected_delivery_time"),
    )


def _last(records: Records, milestone: str) -> datetime | None:
    return max((time for time, _, word in records if word == milestone), default=None)


def _refunds(body: Reader, order_id: str, at: datetime | None, sent: datetime | None) -> Iterator[Fact]:
    """The refunds of an order; those given after it was sent are its returns, for Wish has no others."""
    for n, one in enumerate(body.children("refunds")):
        time, amount = one.time("refund_time"), _amount(one, "refund_amount")
        id_ = f"{order_id}:{times.text(time) if time else n}"
        came_back = sent is not None and (time is None or time >= sent)
        yield RefundFact(id_, at, return_id=id_ if came_back else None, amount=amount, confirmed=True, issued_at=time)
        if came_back:
            yield from _returned(body, one, id_, at, time, amount)


def _returned(
    body: Reader, one: Reader, id_: str, at: datetime | None, time: datetime | None, amount: Money | None,
) -> Iterator[Fact]:  # fmt: skip
    reason = one.text("refund_reason")
    code = words.code(reason) if reason else None
    known = codes("wish").of(code)
    yield ReturnFact(
        id_,
        at,
        native_status=one.text("refund_source"),
        request=RequestAxis.APPROVED,
        goods=GoodsAxis.RECEIVED if code == words.RETURNED else GoodsAxis.NONE_EXPECTED,
        money=MoneyAxis.DONE,
        requested_at=time,
        approved_at=time,
        closed_at=time,
    )
    yield ReturnLineFact(
        f"{id_}-1",
        id_,
        at,
        line_id=line_id(body),
        sku=body.child("product_information").text("sku"),
        quantity=_units(body, amount),
        native_reason=reason[:200] if reason else None,
        reason_stated=known.label if known else None,
        fault=known.fault if known else None,
        kind=LineKind.RETURN,
    )


def _units(body: Reader, amount: Money | None) -> int | None:
    """How many units a refund is for: all of them when it pays for all, the one there is; else it is not told."""
    paying = _paying(body)
    units, price = paying.whole("product_quantity"), _amount(paying, "product_price")
    if units == 1 or units is None:
        return units
    whole = price and amount and price.currency == amount.currency and amount.amount >= price.amount * units
    return units if whole else None
