"""What Shopify's API tells, as events: the same facts as the webhooks', each step at its own time.

A reading makes good for webhooks that were lost, so an order that was read tells its steps, parcels and refunds one by one.
What was read ranks above what was pushed about the same moment.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import datetime

from ..model.event import Event, Link, Translated
from ..model.facts import Fact, OrderFact, RefundFact, ReturnFact, ShipmentFact
from ..model.words import EventType, GoodsAxis, ShipmentStatus
from . import _shopify_facts as facts
from . import _shopify_news as topics
from . import _shopify_nodes as nodes
from ._read import Reader

RANK = 1
_CAPTURED = frozenset({"SALE", "CAPTURE"})
_PAID = frozenset({"paid", "partially_refunded", "refunded"})
_MISSING = "MISSING"
# A return's status, and which of its times is the time of that.
_STEPS = {
    "requested": (EventType.RETURN_REQUESTED, "requested_at"),
    "open": (EventType.RETURN_APPROVED, "approved_at"),
    "closed": (EventType.RETURN_CLOSED, "closed_at"),
    "declined": (EventType.RETURN_DECLINED, ""),
    "canceled": (EventType.RETURN_WITHDRAWN, ""),
}


def order(node: Reader, id_: str, now: datetime) -> Translated:
    """An order, or the lines of it that a further page told."""
    body = Reader(nodes.order(node), node.where)
    order_id, at = body.needed_id("id"), body.time("updated_at")
    fact = replace(facts.order(body, order_id, at, EventType.ORDER_CHANGED), paid_at=_paid_at(node, body))
    parcels = list(body.children("fulfillments"))
    links = [*facts.tracking_links(parcels), *(Link("return", one) for one in returns_of(node))]
    said: list[Fact] = [fact, *facts.lines(body, at, fact.currency)]
    native = {"status": body.text("fulfillment_status"), "payment": fact.payment}
    events = [_event(EventType.ORDER_CHANGED, at or now, "order", said, links, **native)]
    events += _steps(fact)
    events += [_moved(facts.shipment(one), now, "order") for one in parcels]
    events += [_refunded(facts.refund(one, None, fact.currency), now, "order") for one in body.children("refunds")]
    return Translated(id_, f"order:{order_id}", tuple(events), topics.buyer(body, ordering=True))


def fulfillment(node: Reader, id_: str, now: datetime) -> Translated:
    """A fulfillment that was read by itself."""
    belongs = node.child("order")
    body = Reader(nodes.fulfillment(node, belongs.child("shippingAddress")), node.where)
    fact, order_id = facts.shipment(body), nodes.number(belongs)
    event = replace(_moved(fact, now, "fulfillment"), links=tuple(facts.tracking_links([body])))
    return Translated(id_, f"order:{order_id}" if order_id else f"shipment:{fact.id}", (event,))


def refund(node: Reader, id_: str, now: datetime) -> Translated:
    """A refund that was read by itself."""
    fact, order_id = facts.refund(Reader(nodes.refund(node), node.where), None), nodes.number(node.child("order"))
    return Translated(id_, f"order:{order_id}" if order_id else f"refund:{fact.id}", (_refunded(fact, now, "refund"),))


def goods_return(node: Reader, id_: str, now: datetime) -> Translated:
    """A return, or the lines of it that a further page told. It has no time of change: its order's stands for it."""
    body, belongs = Reader(nodes.goods_return(node), node.where), node.child("order")
    return_id, order_id = body.needed_id("id"), nodes.number(belongs)
    sent, done = _parcels(node), _dispositions(node)
    told = [node.time("createdAt"), node.time("requestApprovedAt"), node.time("closedAt"), belongs.time("updatedAt")]
    at = max((time for time in (*told, *(one.time("createdAt") for one in done)) if time), default=None)
    lines = facts.return_lines(body, return_id, at)
    fact = _returned(facts.goods_return(body, return_id, at, EventType.RETURN_CHANGED, None), node, done, sent)
    type_, when = _step(fact)
    reason = next((line.native_reason for line in lines if line.native_reason), None)
    links = [Link("return", return_id), *facts.number_links(sent)]
    event = _event(type_, when or at or now, "return", [fact, *lines], links, status=fact.native_status, reason=reason)
    subject = f"order:{order_id}" if order_id else f"return:{return_id}"
    return Translated(id_, subject, (event,), topics.buyer(body, ordering=False))


def returns_of(node: Reader) -> list[str]:
    """The returns that an order names."""
    return [id_ for one in nodes.nodes(node, "returns") if (id_ := nodes.number(one))]


def _event(
    type_: EventType, time: datetime, topic: str, said: Sequence[Fact] = (), links: Sequence[Link] = (), **native: str | None
) -> Event:  # fmt: skip
    words = {"topic": topic} | {name: word for name, word in native.items() if word}
    return Event(type_, time, tuple(said), words, links=tuple(dict.fromkeys(links)), rank=RANK)


def _paid_at(node: Reader, body: Reader) -> datetime | None:
    """When all of an order was paid: with the last of its captures."""
    if body.text("financial_status") not in _PAID:
        return None
    paid = [
        one.time("processedAt")
        for one in node.children("transactions")
        if one.text("kind") in _CAPTURED and one.text("status") == "SUCCESS"
    ]
    return max((time for time in paid if time), default=None)


def _steps(fact: OrderFact) -> Iterator[Event]:
    """What became of an order, as far as it says when."""
    steps = {
        EventType.ORDER_PLACED: fact.placed_at,
        EventType.ORDER_PAID: fact.paid_at,
        EventType.ORDER_CANCELLED: fact.cancelled_at,
    }
    return (_event(type_, when, "order") for type_, when in steps.items() if when)


def _moved(fact: ShipmentFact, now: datetime, topic: str) -> Event:
    type_ = topics.by_status(fact.status, EventType.SHIPMENT_MOVED)
    when = fact.dispatched_at if fact.status is ShipmentStatus.DISPATCHED else fact.delivered_at
    return _event(type_, when or fact.at or now, topic, [fact], status=fact.native_status)


def _refunded(fact: RefundFact, now: datetime, topic: str) -> Event:
    return _event(EventType.REFUND_ISSUED, fact.at or now, topic, [fact])


def _parcels(node: Reader) -> list[str]:
    """The numbers of a return's parcels."""
    labels = [
        parcel.child("deliverable").child("tracking").text("number")
        for one in nodes.nodes(node, "reverseFulfillmentOrders")
        for parcel in nodes.nodes(one, "reverseDeliveries")
    ]
    return [number for number in labels if number]


def _dispositions(node: Reader) -> list[Reader]:
    """What was done with the goods that came back."""
    return [
        what
        for one in nodes.nodes(node, "reverseFulfillmentOrders")
        for line in nodes.nodes(one, "lineItems")
        for what in line.children("dispositions")
    ]


def _returned(fact: ReturnFact, node: Reader, done: Sequence[Reader], sent: Sequence[str]) -> ReturnFact:
    """The fact with where its goods and its parcel are."""
    came = [time for one in done if one.text("type") != _MISSING and (time := one.time("createdAt"))]
    return replace(fact, goods=_goods(node, done), received_at=max(came, default=None), tracking=sent[-1] if sent else None)


def _goods(node: Reader, done: Sequence[Reader]) -> GoodsAxis | None:
    """Received once all units were processed; a parcel without them is a mismatch. A page of lines alone does not tell."""
    expected = node.whole("totalQuantity")
    if not expected:
        return None
    missing = sum(one.whole("quantity") or 0 for one in done if one.text("type") == _MISSING)
    disposed = sum(one.whole("quantity") or 0 for one in done) - missing
    processed = sum(one.whole("processedQuantity") or 0 for one in nodes.nodes(node, "returnLineItems")) - missing
    came = max(disposed, processed)
    if came >= expected:
        return GoodsAxis.RECEIVED
    if nodes.further(node, "returnLineItems"):
        return None
    return GoodsAxis.PARTIAL if came > 0 else GoodsAxis.MISMATCH if missing else None


def _step(fact: ReturnFact) -> tuple[EventType, datetime | None]:
    """What a return has come to, and since when, where it says so."""
    type_, name = _STEPS.get(fact.native_status or "", (EventType.RETURN_CHANGED, ""))
    if type_ is EventType.RETURN_APPROVED and fact.received_at:
        return EventType.RETURN_INSPECTED, fact.received_at
    return type_, getattr(fact, name) if name else None
