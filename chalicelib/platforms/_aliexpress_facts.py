"""AliExpress's orders as events: a row of the list, or the order itself, which tells of its parcels and its country as well.

The same fields have other names in each; what both tell is the same. The order itself ranks above its row.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from functools import cache
from typing import Any
from zoneinfo import ZoneInfo

from ..model import codec, times
from ..model.errors import BadPayload
from ..model.event import Event, Link
from ..model.facts import DisputeFact, Fact, LineFact, OrderFact, ShipmentFact
from ..model.money import Money
from ..model.words import EventType, LineKind, ShipmentStatus
from . import _aliexpress_words as words
from ._read import MAX_ID, Reader

ROW, DETAIL = 0, 1
STATUSES = (
    "order_status", "fund_status", "logistics_status", "frozen_status", "issue_status", "end_reason", "order_end_reason",
)  # fmt: skip


@cache
def pacific() -> ZoneInfo:
    """The zone of AliExpress's clocks."""
    return ZoneInfo("America/Los_Angeles")


def time(one: Reader, *names: str) -> datetime | None:
    """The first of these times that is there, US Pacific where it has no offset; of an hour that comes twice the first."""
    for name in names:
        said = one.text(name)
        if said is None:
            continue
        try:
            found = datetime.fromisoformat(said)
        except ValueError:
            raise BadPayload(f"expected a time such as 2026-03-02 07:15:00, got {said[:40]!r}", one.path(name)) from None
        if found.year < 1970:
            raise BadPayload(f"time {said[:40]!r} lies before 1970", one.path(name))
        zoned = found if found.tzinfo else found.replace(tzinfo=pacific())
        return times.parse(zoned.isoformat(), one.path(name))
    return None


def listed(one: Reader, name: str) -> Iterator[Reader]:
    """The objects of a list, which stands bare or under the name of its type."""
    value: Any = one.value.get(name)
    where = one.path(name)
    if isinstance(value, dict):
        value = next((inner for inner in value.values() if isinstance(inner, list)), None)
    if value is not None:
        for n, item in enumerate(codec.sequence(value, where)):
            yield Reader(codec.mapping(item, f"{where}[{n}]"), f"{where}[{n}]")


def money(one: Reader, *names: str) -> Money | None:
    """The first of these amounts that is there."""
    for name in names:
        if one.value.get(name) is not None:
            amount = one.child(name)
            found = amount.money("amount", amount.currency("currency_code"))
            if found:
                return found
    return None


def order_id(one: Reader) -> str:
    """An order's number, in the list or in the order itself."""
    return one.id("order_id") or one.needed_id("id")


def changed(one: Reader) -> datetime | None:
    """When an order was changed."""
    return time(one, "gmt_modified", "gmt_update")


def order(one: Reader, topic: str, rank: int, now: datetime) -> tuple[Event, ...]:
    """An order, and its dispute as news of its own. Of one that says no time of its own, `now` is when it was so."""
    id_, at = order_id(one), changed(one)
    fact, parcels = order_fact(one, id_, at), shipments(one, at)
    said: list[Fact] = [fact, *lines(one, at), *parcels]
    links = tuple(dict.fromkeys(Link("tracking", parcel.tracking) for parcel in parcels if parcel.tracking))
    own = {"topic": topic} | {name: word for name in STATUSES if (word := one.text(name))}
    main = Event(_type(one, fact), at or now, tuple(said), own, links=links, rank=rank)
    return (main, *_dispute(one, id_, at, main))


def _type(one: Reader, fact: OrderFact) -> EventType:
    status = one.text("order_status") or ""
    if fact.cancelled_at is not None:
        return EventType.ORDER_CANCELLED
    if status in words.OVER and one.text("logistics_status") == words.CONFIRMED:
        return EventType.SHIPMENT_DELIVERED
    found = words.ORDER.get(status, EventType.ORDER_CHANGED)
    unpaid = found is EventType.ORDER_PAID and one.text("fund_status") != words.PAID
    return EventType.ORDER_CHANGED if unpaid else found


def order_fact(one: Reader, id_: str, at: datetime | None) -> OrderFact:
    """The order itself. `payment` is AliExpress's word for where the money is."""
    total, reason = money(one, "pay_amount", "order_amount"), one.text("end_reason") or one.text("order_end_reason")
    over, ended = one.text("order_status") in words.OVER, time(one, "gmt_trade_end") or at
    cancelled = over and ("cancel" in (reason or "").lower() or one.text("fund_status") == words.NOT_PAID)
    return OrderFact(
        id_,
        at,
        placed_at=time(one, "gmt_create"),
        paid_at=time(one, "gmt_pay_time", "gmt_pay_success"),
        cancelled_at=ended if cancelled else None,
        cancel_reason=reason if cancelled else None,
        closed_at=time(one, "gmt_trade_end") if over else None,
        currency=total.currency if total else None,
        total=total,
        shipping=money(one, "logistics_amount"),
        country=one.child("receipt_address").text("country"),
        payment=one.text("fund_status"),
    )


def lines(one: Reader, at: datetime | None) -> list[LineFact]:
    """An order's lines: child orders."""
    found = [*listed(one, "product_list"), *listed(one, "child_order_list")]
    return [_line(line, at) for line in found]


def _line(one: Reader, at: datetime | None) -> LineFact:
    price = one.child("product_unit_price") if one.value.get("product_unit_price") is not None else one.child("product_price")
    return LineFact(
        one.id("child_id") or one.id("child_order_id") or one.needed_id("id"),
        at,
        sku=one.text("sku_code"),
        title=one.text("product_name"),
        product_id=one.id("product_id"),
        quantity=one.whole("product_count"),
        unit_price=price.price("amount"),
        kind=LineKind.SALE,
    )


def shipments(one: Reader, at: datetime | None) -> list[ShipmentFact]:
    """An order's parcels, by their tracking numbers: the order itself tells of them, its row does not."""
    confirmed = one.text("logistics_status") == words.CONFIRMED
    status = ShipmentStatus.DELIVERED if confirmed else ShipmentStatus.DISPATCHED
    country = one.child("receipt_address").text("country")
    return [
        ShipmentFact(
            number[:MAX_ID],
            at,
            status=status,
            native_status=one.text("logistics_status"),
            carrier=parcel.text("logistics_service_name"),
            service=parcel.text("logistics_type_code"),
            tracking=number,
            country=country,
            dispatched_at=time(parcel, "gmt_send"),
        )
        for parcel in listed(one, "logistic_info_list")
        if (number := parcel.id("logistics_no"))
    ]


def _dispute(one: Reader, id_: str, at: datetime | None, main: Event) -> Iterator[Event]:
    """The order's dispute, if there is or was one."""
    word = one.child("issue_info").text("issue_status") or one.text("issue_status")
    if word and word != words.NO_ISSUE:
        fact = DisputeFact(id_, at, kind="issue", status=words.ISSUE.get(word), native_status=word)
        type_ = EventType.DISPUTE_CLOSED if word in words.ISSUE_OVER else EventType.DISPUTE_OPENED
        yield Event(type_, main.time, (fact,), {**main.native, "issue": word}, links=(Link("dispute", id_),), rank=main.rank)
