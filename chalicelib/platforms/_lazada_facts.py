"""Lazada's orders, lines, returns and reviews as facts, as the API tells them.

Sources: Lazada Open Platform, GetOrder, GetOrderItems, GetReverseOrderDetail, GetReverseOrdersForSeller, GetReviewListByIdList.
An order's amounts are in major units; a return's in cents, but whole đồng in Vietnam, which is each currency's minor unit.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime
from decimal import ROUND_HALF_EVEN, Decimal

from ..model import money, times
from ..model.facts import (
    Due,
    Fact,
    LineFact,
    OrderFact,
    Quantity,
    RefundFact,
    RefundLine,
    ReturnFact,
    ReturnLineFact,
    ReviewFact,
    ShipmentFact,
)
from ..model.money import Money
from ..model.words import DisputeAxis, EventType, GoodsAxis, LineKind, ShipmentStatus
from . import _lazada_pushes as pushes
from . import _lazada_words as words
from ._read import Reader
from ._reasons import Code, codes

_STAMP = re.compile(r"(\d{4}-\d\d-\d\d)[ T](\d\d:\d\d:\d\d) ?([+-]\d\d):?(\d\d)", re.ASCII)
_CASH = frozenset({"COD", "CASHONDELIVERY"})
_SILENCE = "Lazada may refund the buyer by itself"
_SELLERS = {
    EventType.RETURN_REQUESTED: "answer the request",
    EventType.RETURN_RECEIVED: "check the goods, then refund or refuse",
}


def stamp(one: Reader, name: str) -> datetime | None:
    """A time as Lazada's order calls write it: 2026-05-03 10:00:00 +0800."""
    said = one.value.get(name)
    found = _STAMP.fullmatch(said.strip()) if isinstance(said, str) else None
    if found is None:
        return one.time(name)
    day, clock, hours, minutes = found.groups()
    return times.parse(f"{day}T{clock}{hours}:{minutes}", one.path(name))


def order(one: Reader, order_id: str, region: str) -> OrderFact:
    """An order's head: it has no lines. Only where every line is cancelled is it a cancelled order."""
    at, currency = stamp(one, "updated_at") or stamp(one, "created_at"), words.CURRENCY[region]
    return OrderFact(
        order_id,
        at,
        number=one.id("order_number"),
        placed_at=stamp(one, "created_at"),
        cancelled_at=at if statuses(one) == {words.CANCELLED} else None,
        currency=currency,
        total=one.money("price", currency),
        shipping=one.money("shipping_fee", currency),
        discount=one.money("voucher", currency),
        country=region,
        payment=one.text("payment_method"),
    )


def statuses(one: Reader) -> set[str]:
    """The statuses that an order's lines have."""
    listed = one.value.get("statuses")
    return {word for word in listed if isinstance(word, str)} if isinstance(listed, list) else set()


def type_of(found: set[str], cash: bool = False) -> EventType:
    """What an order is news of: by the status that all of its lines have. Cash on delivery is not paid when it is pending."""
    if len(found) != 1:
        return EventType.ORDER_CHANGED
    (status,) = found
    if status == words.CANCELLED:
        return EventType.ORDER_CANCELLED
    type_ = words.LINE_EVENT.get(status, EventType.ORDER_CHANGED)
    return EventType.ORDER_PLACED if cash and type_ is EventType.ORDER_PAID else type_


def cash(one: Reader) -> bool:
    """Whether it is paid at the door."""
    return (one.text("payment_method") or "").upper().replace("_", "").replace(" ", "") in _CASH


def line(one: Reader) -> LineFact:
    """A line: one unit. What vouchers took off is its discount."""
    asked, paid, currency = one.price("item_price"), one.price("paid_price"), one.currency("currency")
    off = asked - paid if asked is not None and paid is not None and asked >= paid else None
    return LineFact(
        one.needed_id("order_item_id"),
        stamp(one, "updated_at"),
        sku=one.text("sku"),
        title=one.text("name"),
        product_id=one.id("product_id"),
        variant_id=one.id("sku_id"),
        variant=one.text("variation"),
        quantity=1,
        unit_price=asked,
        discount=money.money(off, currency, one.path("paid_price")) if off is not None and currency else None,
        kind=LineKind.SALE,
    )


def parcels(items: list[Reader]) -> Iterator[ShipmentFact]:
    """The packages of an order's lines, each as the line that changed last has it."""
    inside: dict[str, list[Reader]] = {}
    for one in items:
        number = one.id("package_id")
        if number:
            inside.setdefault(number, []).append(one)
    for number, some in inside.items():
        last = max(some, key=lambda one: (stamp(one, "updated_at") or times.from_millis(0), one.needed_id("order_item_id")))
        native, at = last.text("status"), stamp(last, "updated_at")
        status = words.LINE_PARCEL.get(native or "")
        yield ShipmentFact(
            number,
            at,
            status=status,
            native_status=native,
            carrier=last.text("shipment_provider"),
            tracking=last.text("tracking_code"),
            exception_at=at if status in (ShipmentStatus.EXCEPTION, ShipmentStatus.LOST) else None,
            lines=tuple(Quantity(one.needed_id("order_item_id"), 1) for one in some),
        )


def cancelled_because(items: list[Reader]) -> str | None:
    """Why an order was cancelled, as the text of its first cancelled line says."""
    gone = (one for one in items if one.text("status") == words.CANCELLED)
    return next((why for one in gone if (why := one.text("reason") or one.text("reason_detail"))), None)


# Returns


def return_lines(one: Reader) -> list[Reader]:
    """A return's lines, under the name of the list or of the detail."""
    name = "reverse_order_lines" if one.value.get("reverse_order_lines") is not None else "reverseOrderLineDTOList"
    return list(one.children(name))


def leading(lines: list[Reader]) -> Reader | None:
    """The line that a return stands at: one that has not ended, the latest of them; a return has ended when all lines have."""
    return max(lines, key=lambda it: (not ended(it), changed(it) or times.from_millis(0), it.id("reverse_order_line_id") or ""),
               default=None)  # fmt: skip


def changed(one: Reader) -> datetime | None:
    """When a return's line was last changed."""
    return one.moment("return_order_line_gmt_modified") or one.moment("return_order_line_gmt_create")


def ended(one: Reader) -> bool:
    """Whether nothing more is expected to become of a return's line."""
    status = one.text("reverse_status") or ""
    step = words.REVERSE.get(status)
    return step.ended if step else status in words.CANCEL_ENDED


def goods_return(one: Reader, return_id: str, lines: list[Reader]) -> ReturnFact:
    """A return, as the line it stands at says."""
    line_, asked = leading(lines), [time for it in lines if (time := it.moment("return_order_line_gmt_create"))]
    if line_ is None:
        return ReturnFact(return_id)
    status, at = line_.text("reverse_status"), changed(line_)
    said = pushes.goods_return(return_id, status, at)
    only_money = one.text("request_type") == words.ONLY_REFUND
    goods = GoodsAxis.NONE_EXPECTED if only_money else None if said.goods is GoodsAxis.NONE_EXPECTED else said.goods
    return replace(
        said,
        goods=goods,
        dispute=DisputeAxis.OPEN if true(line_, "is_dispute") else DisputeAxis.NONE,
        requested_at=min(asked, default=None),
        tracking=line_.text("tracking_number"),
        due=_due(one, line_, status) or said.due,
    )


def _due(one: Reader, line_: Reader, status: str | None) -> Due | None:
    """What the seller must do, by the deadline that Lazada sends; where its warehouse inspects, Lazada decides."""
    step = words.REVERSE.get(status or "")
    action = _SELLERS.get(step.type) if step else None
    if action is None:
        return None
    if true(one, "is_rtm") is False and one.text("request_type") != words.ONLY_REFUND:
        return Due("platform", "decide about the return")
    return Due("seller", action, line_.moment("sla"), _SILENCE)


def true(one: Reader, name: str) -> bool | None:
    """true or false, which Lazada's samples write as text."""
    said = one.value.get(name)
    return {"true": True, "false": False}.get(said.lower()) if isinstance(said, str) else one.flag(name)


def return_line(one: Reader, return_id: str, region: str) -> ReturnLineFact:
    """A return's line: one unit. Its code is a number; what it means is read from the text."""
    said = reason(one.text("reason_text"))
    cents, currency = one.price("item_unit_price"), words.CURRENCY[region]
    return ReturnLineFact(
        one.needed_id("reverse_order_line_id"),
        return_id,
        changed(one),
        line_id=one.id("trade_order_line_id"),
        sku=one.text("seller_sku_id"),
        quantity=1,
        unit_price=money.plain(cents.scaleb(-money.exponent(currency))) if cents is not None else None,
        native_reason=one.id("reason_code") or one.text("reason_text"),
        reason_stated=said.label if said else None,
        disposition=one.text("whqc_decision"),
        fault=said.fault if said else None,
        kind=LineKind.RETURN,
    )


def reason(text: str | None) -> Code | None:
    """What a reason's text says, where it is one of those on file."""
    return codes("lazada").of(" ".join(text.lower().split())[:200]) if text else None


def refunds(lines: list[Reader], return_id: str | None, region: str) -> list[Fact]:
    """The refunds of a return's lines that were paid."""
    found: list[Fact] = []
    for one in lines:
        id_, at, ordered = one.needed_id("reverse_order_line_id"), changed(one), one.id("trade_order_line_id")
        if one.text("reverse_status") in words.PAID:
            amount = minor(one, "refund_amount", region)
            back = (RefundLine(ordered, 1, amount),) if ordered else None
            found.append(RefundFact(id_, at, return_id=return_id, amount=amount, confirmed=True, issued_at=at, lines=back))
    return found


def minor(one: Reader, name: str, region: str) -> Money | None:
    """An amount that is given in minor units; None when absent."""
    value = one.price(name)
    if value is None:
        return None
    return Money(int(value.quantize(Decimal(1), rounding=ROUND_HALF_EVEN)), words.CURRENCY[region])


def review(one: Reader, review_id: str) -> ReviewFact:
    """A review. One that was added to an earlier one has no stars."""
    ratings = one.child("ratings")
    posted = one.moment("submit_time") or one.moment("create_time")
    stars = ratings.value.get("product_rating")
    return ReviewFact(
        review_id,
        posted,
        rating=_stars(ratings, "product_rating" if stars is not None else "overall_rating"),
        product_id=one.id("product_id") or one.id("item_id"),
        posted_at=posted,
    )


def _stars(ratings: Reader, name: str) -> int | None:
    """One to five stars, which come as a number or a digit."""
    said = ratings.value.get(name)
    return int(said) if isinstance(said, str) and said.isascii() and said.isdigit() and len(said) == 1 else ratings.whole(name)
