"""TikTok Shop's orders as events, as the API gives them. Times are the order's own.

What was fetched ranks above what was pushed about the same moment: it knows more.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from ..model.event import Event, Link
from ..model.facts import Fact, LineFact, OrderFact, Quantity, ShipmentFact
from ..model.words import EventType, LineKind, ShipmentStatus
from . import _tiktok_shop_words as words
from ._read import Reader, total

FETCHED = 1


def native(**said: str | None) -> dict[str, str]:
    """The platform's own words that are there."""
    return {name: word for name, word in said.items() if word}


def order(one: Reader, order_id: str, topic: str, now: datetime) -> tuple[Event, ...]:
    """An order as the API gives it. Of an order that says no time of its own, `now` is when it was so."""
    at, status = one.seconds("update_time"), one.text("status") or ""
    fact, parcels = order_fact(one, order_id, at, status), shipments(one, at, status)
    type_ = words.ORDER.get(status, EventType.ORDER_CHANGED)
    if type_ is EventType.ORDER_PAID and fact.paid_at is None:  # cash on delivery
        type_ = EventType.ORDER_PLACED
    links = tuple(dict.fromkeys(Link("tracking", parcel.tracking) for parcel in parcels if parcel.tracking))
    said: list[Fact] = [fact, *lines(one, at), *parcels]
    return (Event(type_, at or now, tuple(said), native(topic=topic, status=status), links=links, rank=FETCHED),)


def order_fact(one: Reader, order_id: str, at: datetime | None, status: str) -> OrderFact:
    """The order itself. `total` is what the buyer was asked for, after what seller and TikTok took off."""
    paid, to = one.child("payment"), one.child("recipient_address")
    currency = paid.currency("currency")
    off = [paid.money(name, currency) for name in ("seller_discount", "platform_discount")]
    cancelled = words.ORDER.get(status) is EventType.ORDER_CANCELLED
    return OrderFact(
        order_id,
        at,
        placed_at=one.seconds("create_time"),
        paid_at=one.seconds("paid_time"),
        cancelled_at=(one.seconds("cancel_time") or at) if cancelled else None,
        cancel_reason=one.text("cancel_reason") if cancelled else None,
        currency=currency,
        total=paid.money("total_amount", currency),
        shipping=paid.money("shipping_fee", currency),
        tax=paid.money("tax", currency),
        discount=total(off, paid.where),
        country=to.text("region_code"),
        channel=one.text("commerce_platform"),
    )


def lines(one: Reader, at: datetime | None) -> list[LineFact]:
    """An order's lines, a unit each; `sale_price` is what is left of the price after discounts."""
    free = one.value.get("is_sample_order") in (True, "true")
    return [_line(line, at, free or line.flag("is_gift") is True) for line in one.children("line_items")]


def _line(one: Reader, at: datetime | None, free: bool) -> LineFact:
    return LineFact(
        one.needed_id("id"),
        at,
        sku=one.text("seller_sku"),
        title=one.text("product_name"),
        product_id=one.id("product_id"),
        variant_id=one.id("sku_id"),
        variant=one.text("sku_name"),
        quantity=1,
        unit_price=one.price("sale_price"),
        kind=LineKind.FREE if free else LineKind.SALE,
    )


def shipments(one: Reader, at: datetime | None, status: str) -> list[ShipmentFact]:
    """An order's packages, by the lines that are in them. Without a package id the tracking number is one."""
    found: dict[str, list[Reader]] = {}
    for line in one.children("line_items"):
        package = line.id("package_id") or line.id("tracking_number")
        if package:
            found.setdefault(package, []).append(line)
    number = one.id("tracking_number") if len(found) == 1 else None
    return [_shipment(one, package, some, at, status, number) for package, some in found.items()]


def _shipment(
    one: Reader, package: str, contents: Sequence[Reader], at: datetime | None, status: str, number: str | None
) -> ShipmentFact:  # fmt: skip
    first = contents[0]
    word = first.text("display_status") or status
    now = words.PARCEL.get(word)
    return ShipmentFact(
        package,
        at,
        status=now,
        native_status=word or None,
        carrier=first.text("shipping_provider_name") or one.text("shipping_provider"),
        tracking=first.id("tracking_number") or number,
        country=one.child("recipient_address").text("region_code"),
        dispatched_at=one.seconds("collection_time") if now in words.UNDERWAY else None,
        delivered_at=one.seconds("delivery_time") if now is ShipmentStatus.DELIVERED else None,
        lines=tuple(Quantity(line.needed_id("id"), 1) for line in contents),
    )
