"""Mercado Libre's orders, shipments and payments as facts. Each is the same whether it was read alone or in a list.

Source: developers.mercadolibre.com. Amounts are JSON numbers in major units; times have an offset.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from ..model.event import Link
from ..model.facts import DisputeFact, LineFact, OrderFact, RefundFact, ShipmentFact
from ..model.money import Money
from ..model.words import DisputeAxis, LineKind, ShipmentStatus
from . import _mercadolibre_words as words
from ._read import Reader, total


def changed(one: Reader) -> datetime | None:
    """As of when a thing is as it says."""
    return one.time("last_updated") or one.time("date_last_updated") or one.time("date_created")


def order(body: Reader, order_id: str, at: datetime | None) -> OrderFact:
    """An order. What was asked for is the goods' sum, or what was paid where shipping came on top."""
    currency, status = currency_of(body), body.text("status")
    goods, paid = body.money("total_amount", currency), body.money("paid_amount", currency)
    cancelled = status in words.CANCELLED
    listed = next(body.children("order_items"), Reader({}, body.where)).child("item").id("id") or ""
    tags = body.value.get("tags")
    return OrderFact(
        order_id,
        at,
        number=body.id("pack_id"),
        placed_at=body.time("date_created"),
        paid_at=_paid_at(body, status),
        cancelled_at=(body.child("cancel_detail").time("date") or at) if cancelled else None,
        cancel_reason=body.child("cancel_detail").text("code") if cancelled else None,
        currency=currency,
        total=max((one for one in (goods, paid) if one), key=lambda one: one.amount, default=None),
        discount=body.child("coupon").money("amount", currency),
        country=words.SITES.get(listed[:3]),
        payment=status,
        test=True if isinstance(tags, list) and words.TEST in tags else None,
    )


def currency_of(body: Reader) -> str | None:
    """An order's currency: its own, or that of its first line."""
    return body.currency("currency_id") or next(body.children("order_items"), Reader({}, "")).currency("currency_id")


def _paid_at(body: Reader, status: str | None) -> datetime | None:
    """When the first payment was approved; where payments are not told, when a paid order was confirmed."""
    approved = [time for one in body.children("payments") if (time := one.time("date_approved"))]
    return min(approved) if approved else (body.time("date_closed") if status in words.PAID else None)


def lines(body: Reader, at: datetime | None) -> list[LineFact]:
    """An order's lines. They have no ids of their own: item and variation name them."""
    return [_line(one, at) for one in body.children("order_items")]


def line_id(item: str, variation: str | None) -> str:
    """By what a line is known."""
    return f"{item}-{variation}" if variation else item


def _line(one: Reader, at: datetime | None) -> LineFact:
    item = one.child("item")
    item_id, variation = item.needed_id("id"), item.id("variation_id")
    return LineFact(
        line_id(item_id, variation),
        at,
        sku=item.text("seller_sku") or item.text("seller_custom_field"),
        title=item.text("title"),
        product_id=item_id,
        variant_id=variation,
        variant=", ".join(_attributes(item))[:200] or None,
        quantity=one.whole("quantity"),
        unit_price=one.price("unit_price"),
        kind=LineKind.SALE,
    )


def _attributes(item: Reader) -> Iterator[str]:
    """What the variation is: its colour, its size."""
    for one in item.children("variation_attributes"):
        value = one.text("value_name")
        if value:
            yield value


def refund(body: Reader, order_id: str, at: datetime | None) -> RefundFact | None:
    """What an order's payments say was given back, as one refund that grows; None while nothing was."""
    currency = currency_of(body)
    parts = [(one, back) for one in body.children("payments") if (back := _given_back(one, currency)) and back.amount]
    if not parts:
        return None
    moved = [time for one, _ in parts if (time := one.time("date_last_modified"))]
    amount = total([back for _, back in parts], body.path("payments"))
    return RefundFact(order_id, at, amount=amount, confirmed=True, issued_at=max(moved, default=None))


def _given_back(payment: Reader, currency: str | None) -> Money | None:
    currency = payment.currency("currency_id") or currency
    said = payment.money("transaction_amount_refunded", currency)
    return said or (payment.money("transaction_amount", currency) if payment.text("status") == "refunded" else None)


def order_links(body: Reader) -> list[Link]:
    """The things that name this order no more than by their own ids: its shipment, its payments, its pack."""
    own = [("shipment", body.child("shipping").id("id")), ("purchase", body.id("pack_id"))]
    own += [("payment", one.id("id")) for one in body.children("payments")]
    return [Link(kind, id_) for kind, id_ in own if id_]


def returning(body: Reader) -> bool:
    """Whether a parcel is on its way back to the seller."""
    return body.child("logistic").text("direction") in words.BACK or body.text("type") in words.BACK


def shipment(body: Reader, shipment_id: str, at: datetime | None) -> ShipmentFact:
    """A parcel to the buyer, in the older form (with its history) or the newer one."""
    native, sub = body.text("status") or "", body.text("substatus")
    status = (words.SUBSTATUS.get(sub or "") if native in words.SPEAKING else None) or words.SHIPMENT.get(native)
    history = body.child("status_history")
    # Without its history a parcel's last change dates a step only while nothing has followed it.
    last = at if not history.value and not sub else None
    sent = history.time("date_shipped") or (last if native == "shipped" else None)
    arrived = history.time("date_delivered") or (last if native == "delivered" else None)
    return ShipmentFact(
        shipment_id,
        at,
        status=status,
        native_status=f"{native}/{sub}" if sub else native or None,
        carrier=body.text("tracking_method"),
        service=body.child("logistic").text("type") or body.text("logistic_type"),
        tracking=body.id("tracking_number"),
        country=_country(body),
        dispatched_at=sent,
        delivered_at=arrived,
        exception_at=(history.time("date_not_delivered") or at) if status is ShipmentStatus.EXCEPTION else None,
        promised_at=body.child("lead_time").child("estimated_delivery_time").time("date"),
    )


def _country(body: Reader) -> str | None:
    new = body.child("destination").child("shipping_address").child("country").text("id")
    found = new or body.child("receiver_address").child("country").text("id")
    return found if found and len(found) == 2 and found.isascii() and found.isupper() else None


def chargeback(body: Reader, payment_id: str, at: datetime | None) -> DisputeFact:
    """A payment that the buyer's bank took back."""
    detail, currency = body.text("status_detail"), body.currency("currency_id")
    return DisputeFact(
        payment_id,
        at,
        kind="chargeback",
        status=words.CHARGEBACK.get(detail or "", DisputeAxis.OPEN),
        native_status=body.text("status"),
        native_reason=detail,
        amount=body.money("transaction_amount", currency),
        closed_at=at if detail in words.CHARGEBACK else None,
    )
