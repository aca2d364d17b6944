"""Amazon's notifications, type by type. Keys of a payload's object come in two spellings and are read in small letters, those
below it as each type spells them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from ..model import times
from ..model.event import Event, Link, Want
from ..model.facts import Fact, OrderFact, ReturnFact, ReturnLineFact, ShipmentFact
from ..model.standin import stand_in
from ..model.words import EventType, GoodsAxis, LineKind, RequestAxis, ShipmentStatus
from . import _amazon_facts as facts
from . import _amazon_words as words
from ._amazon_words import native as _native
from ._read import Reader

Said = tuple[str, tuple[Event, ...]]
_TRACKING = "tracking:"


@dataclass(frozen=True, slots=True)
class News:
    """A notification: its type, its own part of the payload, whose it is; when Amazon says it happened; when it came in."""

    topic: str
    id: str
    body: Reader
    told: datetime | None
    received: datetime


@dataclass(frozen=True, slots=True)
class Topic:
    """How a type is read, and as which type of event; `also` lists the types its content may make of it."""

    type: EventType
    read: Callable[[News, EventType], Said]
    also: tuple[EventType, ...] = ()


def folded(one: Reader) -> Reader:
    """An object with its keys in small letters."""
    return Reader({name.casefold(): value for name, value in one.value.items()}, one.where)


def unknown(news: News) -> Said:
    """A notification that is kept, and says nothing."""
    return f"unknown:{news.id}", _told(news, EventType.UNKNOWN, None, (), {"topic": news.topic})


def _told(
    news: News, type_: EventType, at: datetime | None, said: Sequence[Fact], native: Mapping[str, str],
    links: Sequence[Link] = (), wants: Sequence[Want] = (),
) -> tuple[Event, ...]:  # fmt: skip
    return (Event(type_, at or news.told or news.received, tuple(said), native, links=tuple(links), wants=tuple(wants)),)


def _order(news: News, type_: EventType) -> Said:
    body, summary = news.body, news.body.child("summary")
    order_id, change = body.needed_id("amazonorderid"), body.text("orderchangetype")
    at = body.child("orderchangetrigger").time("TimeOfOrderChange") or news.told
    status = summary.text("OrderStatus")
    if words.plain(change) == "orderstatuschange":
        type_ = words.ORDER.get(words.plain(status), type_)
    cancelled = words.plain(status) in words.CANCELLED
    order = OrderFact(
        order_id, at, placed_at=summary.time("PurchaseDate"), paid_at=at if type_ is EventType.ORDER_PAID else None,
        cancelled_at=at if cancelled else None, channel=facts.channel(None, summary.id("MarketplaceId")),
    )  # fmt: skip
    asked = any(one.flag("IsBuyerRequestedCancel") for one in summary.children("OrderItems"))
    native = _native(
        news.topic, status=status, change=change, fulfilled_by=summary.text("FulfillmentType"),
        easy_ship=summary.text("EasyShipShipmentStatus"), cancel_asked="true" if asked else None,
    )  # fmt: skip
    said: list[Fact] = [order, *facts.lines(map(_item, summary.children("OrderItems")), at)]
    return f"order:{order_id}", _told(news, type_, at, said, native, wants=[Want("order", order_id)])


def _item(one: Reader) -> facts.Item:
    sku, id_ = one.id("SellerSKU"), one.needed_id("OrderItemId")
    return facts.Item(sku or id_, one.whole("Quantity"), sku)


def _outbound(news: News, type_: EventType) -> Said:
    body, order_id = news.body, news.body.needed_id("amazonorderid")
    native = body.text("shipmentstatus")
    status = words.OUTBOUND.get((native or "").upper())
    fact = ShipmentFact(body.needed_id("amazonshipmentid"), news.told, status=status, native_status=native)
    return f"order:{order_id}", _told(news, _moved(status, type_), None, [fact], _native(news.topic, status=native))


def _moved(status: ShipmentStatus | None, otherwise: EventType) -> EventType:
    return words.SHIPMENT_EVENT.get(status, otherwise) if status else otherwise


def _multichannel(news: News, type_: EventType) -> Said:
    """An order of another shop that Amazon ships: the order, its parcels, what came back. EventType says which of them is news,
    the others may stand beside it."""
    body, order_id = news.body, news.body.needed_id("sellerfulfillmentorderid")
    at, status = body.time("statusupdateddatetime") or news.told, body.text("fulfillmentorderstatus")
    parcels = list(_parcels(body.child("fulfillmentshipment"), at))
    back = list(_came_back(body.child("fulfillmentreturnitem"), order_id))
    of_order = words.MULTICHANNEL.get((status or "").upper(), type_)
    of_parcel = _moved(parcels[0].status, EventType.SHIPMENT_MOVED) if parcels else of_order
    told = {"order": of_order, "shipment": of_parcel, "return": EventType.RETURN_RECEIVED if back else of_order}
    now = told.get(words.plain(body.text("eventtype"))) or (told["return"] if back else of_parcel)
    order = OrderFact(order_id, at, cancelled_at=at if now is EventType.ORDER_CANCELLED else None)
    links = [*facts.tracking(parcels), *(Link("return", one.id) for one in back if isinstance(one, ReturnFact))]
    native = _native(news.topic, status=status, kind=body.text("eventtype"))
    return f"order:{order_id}", _told(news, now, at, [order, *parcels, *back], native, links)


def _parcels(shipment: Reader, at: datetime | None) -> Iterator[ShipmentFact]:
    """A shipment's parcels: each by its number, for only that is told when it moves."""
    native, promised = shipment.text("FulfillmentShipmentStatus"), shipment.time("EstimatedArrivalDateTime")
    shipment_id, status = shipment.id("AmazonShipmentId"), words.OUTBOUND.get((native or "").upper())
    for one in shipment.children("FulfillmentShipmentPackages"):
        number, place = one.id("TrackingNumber"), one.id("PackageNumber")
        if number or (shipment_id and place):
            yield ShipmentFact(
                number or f"{shipment_id}-{place}", at, status=status, native_status=native, carrier=one.text("CarrierCode"),
                tracking=number, dispatched_at=at if status is ShipmentStatus.DISPATCHED else None, promised_at=promised,
            )  # fmt: skip


def _came_back(item: Reader, order_id: str) -> Iterator[Fact]:
    """Goods that came back to Amazon. Nothing names such a return: it is known by order, SKU and time, until a report does."""
    sku, received = item.id("SellerSKU"), item.time("ReceivedDateTime")
    if sku is None or received is None:
        return
    id_, units = stand_in("return", order_id, sku, times.text(received)), item.whole("ReturnedQuantity")
    yield ReturnFact(
        id_, received, request=RequestAxis.APPROVED, goods=GoodsAxis.RECEIVED, received_at=received, closed_at=received
    )
    yield ReturnLineFact(
        id_, id_, received, line_id=sku, sku=sku, quantity=units, received_quantity=units, kind=LineKind.RETURN,
        booked_at=received,
    )  # fmt: skip


def _milestone(news: News, type_: EventType) -> Said:
    """A parcel's way. It names no order: it is kept under its number, where an order that told the number finds it."""
    detail = news.body.child("trackingdetail")
    numbers = detail.child("identifier")
    number = numbers.id("aftn") or numbers.child("carrierTracking").id("trackingNumber")
    latest = detail.child("latestMilestone")
    code, at = latest.child("status").text("code"), latest.time("occurredAt") or news.told
    if number is None:
        return unknown(news)
    passed = {one.child("status").text("code"): one.time("occurredAt") for one in detail.children("milestoneHistory")}
    promised = (
        one.child("estimatedInterval").time("endTime")
        for one in detail.children("trackingEstimates") if one.text("type") == "ESTIMATED_DELIVERY_DATE"
    )  # fmt: skip
    status = words.MILESTONE.get(code or "")
    fact = ShipmentFact(
        f"{_TRACKING}{number}", at, status=status, native_status=code, tracking=number, dispatched_at=passed.get("SHIPPED"),
        delivered_at=at if status is ShipmentStatus.DELIVERED else passed.get("DELIVERED"), promised_at=next(promised, None),
    )  # fmt: skip
    return f"{_TRACKING}{number}", _told(news, _moved(status, type_), at, [fact], _native(news.topic, status=code))


def _report(news: News, type_: EventType) -> Said:
    """A report is made: one that holds returns is read."""
    from ._amazon_reports import REPORTS

    report_id, kind, state = news.body.needed_id("reportid"), news.body.text("reporttype"), news.body.text("processingstatus")
    wants = [Want("report", report_id)] if kind in REPORTS and state == "DONE" else []
    native = _native(news.topic, status=state, report=kind)
    return f"report:{report_id}", _told(news, type_, None, (), native, wants=wants)


def _feed(news: News, type_: EventType) -> Said:
    native = _native(news.topic, status=news.body.text("processingstatus"))
    return f"feed:{news.body.needed_id('feedid')}", _told(news, type_, None, (), native)


def _transaction(news: News, type_: EventType) -> Said:
    """Money was booked between Amazon and the seller: what a refund gave the buyer is read, for this tells a net sum alone."""
    kind, at = news.body.text("transactiontype"), news.body.time("posteddate")
    about = {
        words.plain(one.text("RelatedIdentifierName")): one.id("RelatedIdentifierValue")
        for one in news.body.children("relatedidentifiers")
    }
    order_id, native = about.get("orderid"), _native(news.topic, status=kind)
    if order_id is None:
        return unknown(news)
    wants = [] if words.plain(kind) == "shipment" else [Want("order_transactions", order_id)]
    return f"order:{order_id}", _told(news, type_, at, (), native, wants=wants)


_PARCEL = (EventType.SHIPMENT_DISPATCHED, EventType.SHIPMENT_DELIVERED)
TOPICS: dict[str, Topic] = {
    "ORDER_CHANGE": Topic(
        EventType.ORDER_CHANGED, _order, tuple(dict.fromkeys(words.ORDER.values())),
    ),
    "FBA_OUTBOUND_SHIPMENT_STATUS": Topic(EventType.SHIPMENT_MOVED, _outbound),
    "FULFILLMENT_ORDER_STATUS": Topic(
        EventType.ORDER_CHANGED, _multichannel,
        (EventType.ORDER_PLACED, EventType.ORDER_CANCELLED, EventType.SHIPMENT_MOVED, *_PARCEL, EventType.RETURN_RECEIVED),
    ),
    "SHIPMENT_TRACKING_MILESTONE_CHANGED": Topic(EventType.SHIPMENT_MOVED, _milestone, (*_PARCEL, EventType.UNKNOWN)),
    "REPORT_PROCESSING_FINISHED": Topic(EventType.UNKNOWN, _report),
    "TRANSACTION_UPDATE": Topic(EventType.LEDGER_ADJUSTED, _transaction, (EventType.UNKNOWN,)),
    "FEED_PROCESSING_FINISHED": Topic(EventType.UNKNOWN, _feed),
}  # fmt: skip
