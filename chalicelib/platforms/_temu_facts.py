"""Temu's orders and returns as facts, from what is pushed, listed or read alone. All ways lead through the same functions.

Times are seconds or milliseconds since 1970, kept in whole seconds: the same step is told in both. Amounts are whole cents.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from decimal import Decimal

from ..model.errors import BadPayload
from ..model.facts import Due, LineFact, OrderFact, RefundFact, ReturnFact, ReturnLineFact, ShipmentFact
from ..model.money import Money, currency_code, exponent, plain
from ..model.words import GoodsAxis, LineKind, RequestAxis
from . import _temu_words as words
from ._read import Reader
from ._reasons import codes

_MOST_DIGITS = 15


def when(one: Reader, *names: str) -> datetime | None:
    """The first of these times that is there, in whole seconds."""
    for name in names:
        found = one.moment(name)
        if found:
            return found.replace(microsecond=0)
    return None


def cents(one: Reader, name: str) -> Money | None:
    """An amount of `currency` and whole cents; None when absent."""
    part = one.child(name)
    currency, value = part.value.get("currency"), part.value.get("amount")
    if currency in (None, "") or value in (None, ""):
        return None
    text = str(value) if type(value) is int or isinstance(value, str) else ""
    digits = text.removeprefix("-")
    if not digits.isascii() or not digits.isdigit() or len(digits) > _MOST_DIGITS:
        raise BadPayload("expected an amount in whole cents", part.path("amount"))
    return Money(int(text), currency_code(currency, part.path("currency")))


def parcel(order_sn: str, status: str | None, at: datetime | None) -> ShipmentFact | None:
    """The parcel of one order in a parent order, as a push tells of it; None before it is sent."""
    known = words.PARCEL.get(status or "")
    if known is None:
        return None
    sent, arrived = (at if status == one else None for one in (words.SHIPPED, words.DELIVERED))
    return ShipmentFact(order_sn, at, status=known, native_status=status, dispatched_at=sent, delivered_at=arrived)


def order(parent: Reader, order_id: str, at: datetime | None) -> OrderFact:
    """A parent order."""
    status = parent.id("parentOrderStatus")
    return OrderFact(
        order_id,
        at,
        placed_at=when(parent, "parentOrderTime"),
        paid_at=when(parent, "parentOrderPendingFinishTime") if status not in (words.PENDING, words.CANCELLED) else None,
        cancelled_at=at if status == words.CANCELLED else None,
    )


def line(one: Reader, at: datetime | None) -> LineFact:
    """An order in a parent order: one product of the seller's."""
    product = next(one.children("productList"), Reader({}, one.where))
    return LineFact(
        one.needed_id("orderSn"),
        at,
        sku=product.text("extCode"),
        title=one.text("goodsName"),
        product_id=one.id("goodsId"),
        variant_id=one.id("skuId"),
        variant=one.text("spec"),
        quantity=one.whole("quantity"),
        kind=LineKind.SALE,
    )


def sent(one: Reader, parent: Reader, at: datetime | None) -> ShipmentFact | None:
    """The parcel of an order that was read. When it arrived is not told there: the order's last change may be another."""
    status = one.id("orderStatus")
    known = words.PARCEL.get(status or "")
    if known is None:
        return None
    return ShipmentFact(
        one.needed_id("orderSn"),
        at,
        status=known,
        native_status=status,
        dispatched_at=when(one, "orderShippingTime") or when(parent, "parentShippingTime"),
        promised_at=when(parent, "latestDeliveryTime"),
    )


def amounts(parent: Reader, order_id: str, at: datetime | None) -> OrderFact:
    """What was paid for a parent order."""
    paid = cents(parent, "customerPaid")
    return OrderFact(
        order_id,
        at,
        currency=paid.currency if paid else None,
        total=paid,
        shipping=cents(parent, "shippingAmountTotal"),
        tax=cents(parent, "taxTotalAfterDiscount") or cents(parent, "taxTotal"),
        discount=cents(parent, "totalDiscount"),
    )


def price(one: Reader, at: datetime | None) -> LineFact:
    """What one piece of a line brings in: the base price, which the seller is paid."""
    found = cents(one, "unitBasePrice")
    unit = plain(Decimal(found.amount).scaleb(-exponent(found.currency))) if found else None
    return LineFact(one.needed_id("orderSn"), at, unit_price=unit)


def goods_return(one: Reader, return_id: str, at: datetime | None, asked: datetime | None) -> ReturnFact:
    """A return (parent after-sales order) as its status has it; `asked` is when it was asked for, where that is told."""
    status = one.id("parentAfterSalesStatus")
    step = words.STEPS.get(status or "")
    if step is None:
        return ReturnFact(return_id, at, native_status=status, requested_at=asked)
    alone = one.id("afterSalesType") == words.REFUND_ONLY
    due = when(one, "operateExpireTimeMs") if step.next else None
    return ReturnFact(
        return_id,
        at,
        native_status=status,
        request=step.request,
        goods=GoodsAxis.NONE_EXPECTED if alone else step.goods,
        money=step.money,
        dispute=step.dispute,
        requested_at=asked or (at if step.request is RequestAxis.REQUESTED else None),
        declined_at=at if step.request is RequestAxis.DECLINED else None,
        dispatched_at=at if step.goods is GoodsAxis.IN_TRANSIT else None,
        received_at=at if step.goods is GoodsAxis.RECEIVED else None,
        closed_at=at if status in words.ENDED else None,
        due=Due("seller", step.next, due) if step.next and due else None,
    )


def refund(one: Reader, return_id: str, at: datetime | None) -> RefundFact | None:
    """The money of a return or cancellation once Temu says that it was refunded; None before."""
    if one.id("parentAfterSalesStatus") != words.REFUNDED:
        return None
    amount = cents(one.child("refundSummary"), "buyerTotalRefund")
    return RefundFact(return_id, at, return_id=return_id, amount=amount, confirmed=True, issued_at=at)


def return_lines(one: Reader, return_id: str, at: datetime | None) -> Iterator[ReturnLineFact]:
    """What comes back and why. What the buyer wrote beside it stays in the sealed body."""
    for part in one.children("afterSalesList"):
        code = part.id("afterSalesReasonCode")
        known = codes("temu").of(code)
        product = next(part.child("afterSalesGoodsInfo").children("productList"), Reader({}, part.where))
        yield ReturnLineFact(
            part.needed_id("afterSalesSn"),
            return_id,
            at,
            line_id=part.id("orderSn"),
            sku=product.text("extCode"),
            quantity=part.whole("applyAfterSalesGoodsNumber"),
            native_reason=code,
            reason_stated=known.label if known else None,
            fault=known.fault if known else None,
            kind=LineKind.RETURN,
        )
