"""Shopee's orders, parcels and reviews as facts. Each function reads one kind of thing as the API tells it.

Times are seconds since 1970, 0 for none; amounts are in major units of the order's currency. Sources: Shopee Open Platform,
v2.order.get_order_detail, v2.logistics.get_tracking_info, v2.payment.get_escrow_detail, v2.product.get_comment.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from datetime import datetime
from decimal import Decimal

from ..model import money
from ..model.facts import LineFact, OrderFact, Quantity, ReviewFact, ShipmentFact
from ..model.words import EventType, LineKind, ShipmentStatus
from . import _shopee_words as words
from ._read import Reader

_BUNDLE, _GIFT = "bundle_deal", "add_on_free_gift_sub"


def order(one: Reader, order_id: str) -> OrderFact:
    """An order. It does not date its cancellation or completion: its last change is when that was told."""
    at, status, currency = changed(one), one.text("order_status"), one.currency("currency")
    return OrderFact(
        order_id,
        at,
        placed_at=one.seconds("create_time"),
        paid_at=one.seconds("pay_time"),
        cancelled_at=at if status == words.CANCELLED else None,
        cancel_reason=one.text("buyer_cancel_reason") or one.text("cancel_reason"),
        closed_at=at if status == words.COMPLETED else None,
        currency=currency,
        total=one.money("total_amount", currency),
        country=one.child("recipient_address").text("region") or one.text("region"),
        payment=one.text("payment_method"),
    )


def order_type(one: Reader) -> tuple[EventType, datetime | None]:
    """What an order is news of by its status, and when that was. Cash on delivery is not paid when it is ready to ship."""
    status = one.text("order_status")
    if status == words.READY:
        paid = None if one.flag("cod") else one.seconds("pay_time")
        return (EventType.ORDER_PAID, paid) if paid else (EventType.ORDER_PLACED, one.seconds("create_time"))
    type_ = words.ORDER_EVENT.get(status or "", EventType.ORDER_CHANGED)
    when = {EventType.ORDER_PLACED: "create_time", EventType.SHIPMENT_DISPATCHED: "pickup_done_time"}.get(type_)
    return type_, (one.seconds(when) if when else None) or changed(one)


def changed(one: Reader) -> datetime | None:
    """When what is told was true."""
    return one.seconds("update_time") or one.seconds("create_time")


def line_id(one: Reader, double: bool = False) -> str:
    """A line by item and model, as returns name it; by its own id too where both stand twice (in and out of a bundle)."""
    name = f"{one.needed_id('item_id')}-{one.id('model_id') or 0}"
    return f"{name}-{one.id('order_item_id') or one.id('promotion_group_id') or 0}" if double else name


def doubles(items: list[Reader]) -> set[str]:
    """The item and model that stand in an order more than once."""
    return {name for name, times in Counter(line_id(one) for one in items).items() if times > 1}


def lines(one: Reader) -> Iterator[LineFact]:
    """An order's lines."""
    items, at = list(one.children("item_list")), changed(one)
    twice = doubles(items)
    for item in items:
        price, kind = item.price("model_discounted_price"), item.text("promotion_type")
        yield LineFact(
            line_id(item, line_id(item) in twice),
            at,
            sku=item.text("model_sku") or item.text("item_sku"),
            title=item.text("item_name"),
            product_id=item.id("item_id"),
            variant_id=item.id("model_id") if item.value.get("model_id") else None,
            variant=item.text("model_name"),
            quantity=item.whole("model_quantity_purchased"),
            unit_price=None if kind == _BUNDLE and not price else price,
            kind=LineKind.FREE if kind == _GIFT else LineKind.SALE,
        )


def bundled(one: Reader) -> bool:
    """Whether a line's price stands in the escrow alone."""
    priceless = (item for item in one.children("item_list") if item.text("promotion_type") == _BUNDLE)
    return any(not item.price("model_discounted_price") for item in priceless)


def parcels(one: Reader) -> Iterator[ShipmentFact]:
    """An order's parcels. When they arrived stands in their scans."""
    at, left, twice = changed(one), one.seconds("pickup_done_time"), doubles(list(one.children("item_list")))
    for parcel in one.children("package_list"):
        number, native = parcel.id("package_number"), parcel.text("logistics_status")
        if number is None:
            continue
        status = words.PARCEL.get(native or "")
        inside = parcel.children("item_list")
        contents = tuple(Quantity(line_id(it, line_id(it) in twice), it.whole("model_quantity") or 0) for it in inside)
        yield ShipmentFact(
            number,
            at,
            status=status,
            native_status=native,
            carrier=parcel.text("shipping_carrier"),
            tracking=parcel.text("tracking_number"),
            dispatched_at=left if status in words.UNDERWAY else None,
            exception_at=at if status in words.TROUBLE else None,
            lines=contents or None,
        )


def scans(one: Reader, number: str) -> ShipmentFact:
    """A parcel by its scans: the only place that tells when it arrived."""
    found = [(row.seconds("update_time"), row.text("logistics_status")) for row in one.children("tracking_info")]
    dated = sorted((time, word or "") for time, word in found if time)
    first = {word: time for time, word in reversed(dated)}
    native = one.text("logistics_status")
    failed = [time for time, word in dated if word in words.FAILED]
    return ShipmentFact(
        number,
        dated[-1][0] if dated else None,
        status=words.PARCEL.get(native or ""),
        native_status=native,
        dispatched_at=first.get(words.PICKED_UP),
        delivered_at=first.get(words.DELIVERED),
        exception_at=failed[0] if failed else None,
    )


def bundle_prices(one: Reader) -> list[LineFact]:
    """The prices of lines in bundles: the escrow gives what is paid for the whole line. Lines that stand twice are left out."""
    items = list(one.children("items"))
    twice, found = doubles(items), []
    for item in items:
        whole, units = item.price("discounted_price"), item.whole("quantity_purchased")
        if item.text("activity_type") == _BUNDLE and whole is not None and units and line_id(item) not in twice:
            each = money.price(whole / Decimal(units), item.path("discounted_price"))
            found.append(LineFact(line_id(item), unit_price=each))
    return found


def review(one: Reader, review_id: str) -> ReviewFact:
    """A review."""
    posted = one.seconds("create_time")
    return ReviewFact(
        review_id,
        posted,
        rating=one.whole("rating_star"),
        product_id=one.id("item_id"),
        line_id=line_id(one) if one.id("item_id") else None,
        posted_at=posted,
    )


def arrived(one: Reader) -> list[str]:
    """The parcels of an order that have arrived, by number."""
    return [parcel.id for parcel in parcels(one) if parcel.status is ShipmentStatus.DELIVERED]
