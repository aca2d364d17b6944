"""Shopify: HTTPS webhooks, REST-shaped bodies, signed over the raw body alone.

Sources: shopify.dev webhooks, return reasons and privacy pages; Shopify's own SDKs for headers and signature. Headers are not
signed, so nothing destructive is chosen by a header alone. Any field may be stripped by the subscription: all are optional.
Order is not promised; bodies carry their own `updated_at`, else X-Shopify-Triggered-At tells when it happened.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from datetime import datetime

from ..model import times
from ..model.errors import BadPayload, BadSignature
from ..model.event import Event, Link, Translated, Webhook
from ..model.facts import DisputeFact, Fact, LineFact, OrderFact, Quantity, RefundFact, RefundLine, ReturnFact, ReturnLineFact
from ..model.facts import ShipmentFact
from ..model.money import Money
from ..model.words import DisputeAxis, EventType, GoodsAxis, LineKind, ShipmentStatus
from . import _shopify_words as words
from ._read import Reader
from ._signing import any_equal, hmac_sha256_base64

TITLE = "Shopify"
SECRET = "the app's client secret, or the key shown under Settings > Notifications > Webhooks for webhooks made by hand there"


def verify(webhook: Webhook, secrets: Sequence[str], now: datetime) -> None:
    """One of the secrets signed the raw body. The signature has no time in it, so there is no window to check."""
    given = _header(webhook, "hmac-sha256")
    if not given or not webhook.body:
        raise BadSignature("header X-Shopify-Hmac-Sha256 or the body is missing")
    if not any_equal([given], [hmac_sha256_base64(secret.encode(), webhook.body) for secret in secrets]):
        raise BadSignature("X-Shopify-Hmac-Sha256 does not match the body; is the secret the one this webhook was made with?")


def sign(webhook: Webhook, secret: str, now: datetime) -> dict[str, str]:
    """The signature header Shopify would send; the webhook's other headers are its own."""
    return {"x-shopify-hmac-sha256": hmac_sha256_base64(secret.encode(), webhook.body)}


def translate(webhook: Webhook, received: datetime) -> Translated:
    """The events of one delivery. Unknown topics are kept as `unknown`."""
    topic = _header(webhook, "topic")
    if not topic:
        raise BadPayload("is missing; Shopify names the kind of event in it", "header X-Shopify-Topic")
    body = Reader.of(webhook.body)
    subject, events = TOPICS.get(topic, _unknown)(body, topic, _triggered(webhook) or received, _delivery_id(webhook, topic))
    return Translated(_delivery_id(webhook, topic), subject, events, _buyer(body))


def _header(webhook: Webhook, name: str) -> str | None:
    """A header under either of Shopify's two prefixes."""
    return webhook.headers.get(f"x-shopify-{name}") or webhook.headers.get(f"shopify-{name}")


def _delivery_id(webhook: Webhook, topic: str) -> str:
    """The documented key (topic, event id); deliveries that carry no id are known by their bytes."""
    named = _header(webhook, "event-id") or _header(webhook, "webhook-id")
    return f"{topic}:{named[:200]}" if named else f"{topic}:sha256-{hashlib.sha256(webhook.body).hexdigest()[:32]}"


def _triggered(webhook: Webhook) -> datetime | None:
    text = _header(webhook, "triggered-at")
    return times.parse(text, "header X-Shopify-Triggered-At") if text else None


def _buyer(body: Reader) -> str | None:
    customer = body.child("customer").id("id")
    if customer:
        return f"shopify:customer:{customer}"
    email = body.text("email") or body.text("contact_email")
    return f"email:{email.strip().lower()}" if email else None


Answer = tuple[str, tuple[Event, ...]]


def _event(type_: EventType, time: datetime, topic: str, facts: Sequence[Fact], native: dict[str, str | None], links: Sequence[Link] = ()) -> Event:
    said = {"topic": topic} | {name: word for name, word in native.items() if word}
    return Event(type_, time, tuple(facts), said, links=tuple(links))


def _subject(order_id: str | None, other: str) -> str:
    return f"order:{order_id}" if order_id else other


# Orders


def _order(type_: EventType) -> Callable[[Reader, str, datetime, str], Answer]:
    def read(body: Reader, topic: str, time: datetime, delivery: str) -> Answer:
        order_id = body.needed_id("id")
        currency = body.currency("currency")
        shipments = [_shipment(one) for one in body.children("fulfillments")]
        at = body.time("updated_at") or time
        when = {EventType.ORDER_PLACED: body.time("created_at"), EventType.ORDER_CANCELLED: body.time("cancelled_at")}.get(type_) or at
        facts = [_order_fact(body, order_id, currency, at, type_), *(_line(one, currency, at) for one in body.children("line_items")), *shipments]
        native = {"status": body.text("fulfillment_status"), "payment": body.text("financial_status")}
        return f"order:{order_id}", (_event(type_, when, topic, facts, native, _tracking_links(shipments)),)

    return read


def _order_fact(body: Reader, order_id: str, currency: str | None, at: datetime, type_: EventType) -> OrderFact:
    address, billing = body.child("shipping_address"), body.child("billing_address")
    shipping = [one.money("price", currency) for one in body.children("shipping_lines")]
    return OrderFact(
        order_id, at, number=body.text("name"), placed_at=body.time("created_at"), paid_at=at if type_ is EventType.ORDER_PAID else None,
        cancelled_at=body.time("cancelled_at"), cancel_reason=body.text("cancel_reason"), closed_at=body.time("closed_at"),
        currency=currency, total=body.money("total_price", currency), shipping=_sum(shipping), tax=body.money("total_tax", currency),
        discount=body.money("total_discounts", currency), country=address.text("country_code") or billing.text("country_code"),
        language=body.text("customer_locale"), payment=body.text("financial_status"), channel=body.text("source_name"), test=body.flag("test"),
    )  # fmt: skip


def _sum(amounts: Sequence[Money | None]) -> Money | None:
    known = [amount for amount in amounts if amount]
    return Money(sum(amount.amount for amount in known), known[0].currency) if known else None


def _line(one: Reader, currency: str | None, at: datetime | None) -> LineFact:
    off = _sum([part.money("amount", currency) for part in one.children("discount_allocations")])
    return LineFact(
        one.needed_id("id"), at, sku=one.text("sku"), title=one.text("title"), product_id=one.id("product_id"),
        variant_id=one.id("variant_id"), variant=one.text("variant_title"), quantity=one.whole("quantity"), unit_price=one.price("price"),
        discount=off or one.money("total_discount", currency), kind=LineKind.SERVICE if one.flag("gift_card") else LineKind.SALE,
    )  # fmt: skip


def _edited(body: Reader, topic: str, time: datetime, delivery: str) -> Answer:
    edit = body.child("order_edit") if "order_edit" in body.value else body
    order_id = edit.id("order_id") or edit.needed_id("id")
    return f"order:{order_id}", (_event(EventType.ORDER_CHANGED, edit.time("committed_at") or time, topic, [OrderFact(order_id)], {}),)


# Shipments


def _shipment(one: Reader) -> ShipmentFact:
    native = one.text("shipment_status") or one.text("status")
    status = words.SHIPMENT.get(one.text("shipment_status") or "") or words.FULFILLMENT.get(one.text("status") or "")
    moved = one.time("updated_at") or one.time("created_at")
    lines = tuple(Quantity(line.needed_id("id"), line.whole("quantity") or 0) for line in one.children("line_items"))
    return ShipmentFact(
        one.needed_id("id"), moved, status=status, native_status=native, carrier=one.text("tracking_company"), service=one.text("service"),
        tracking=one.text("tracking_number"), country=one.child("destination").text("country_code"),
        dispatched_at=one.time("created_at") if status not in (ShipmentStatus.PENDING, ShipmentStatus.CANCELLED) else None,
        delivered_at=moved if status is ShipmentStatus.DELIVERED else None,
        exception_at=moved if status is ShipmentStatus.EXCEPTION else None, lines=lines or None,
    )  # fmt: skip


def _tracking_links(shipments: Sequence[ShipmentFact]) -> list[Link]:
    """Parcel news from elsewhere names only the tracking number."""
    return [Link("tracking", one.tracking) for one in shipments if one.tracking]


def _fulfillment(body: Reader, topic: str, time: datetime, delivery: str) -> Answer:
    fact = _shipment(body)
    type_ = words.SHIPMENT_EVENT.get(fact.status, EventType.SHIPMENT_MOVED) if fact.status else EventType.SHIPMENT_MOVED
    event = _event(type_, fact.at or time, topic, [fact], {"status": fact.native_status}, _tracking_links([fact]))
    return _subject(body.id("order_id"), f"shipment:{fact.id}"), (event,)


def _scan(body: Reader, topic: str, time: datetime, delivery: str) -> Answer:
    shipment, at = body.needed_id("fulfillment_id"), body.time("happened_at") or time
    status = words.SHIPMENT.get(body.text("status") or "")
    fact = ShipmentFact(
        shipment, at, status=status, native_status=body.text("status"), promised_at=body.time("estimated_delivery_at"),
        delivered_at=at if status is ShipmentStatus.DELIVERED else None, exception_at=at if status is ShipmentStatus.EXCEPTION else None,
    )  # fmt: skip
    type_ = words.SHIPMENT_EVENT.get(status, EventType.SHIPMENT_MOVED) if status else EventType.SHIPMENT_MOVED
    return _subject(body.id("order_id"), f"shipment:{shipment}"), (_event(type_, at, topic, [fact], {"status": body.text("status")}),)


# Returns


def _return(type_: EventType, goods: GoodsAxis | None = None) -> Callable[[Reader, str, datetime, str], Answer]:
    def read(body: Reader, topic: str, time: datetime, delivery: str) -> Answer:
        return_id, at = body.needed_id("id"), body.time("updated_at") or time
        status = body.text("status")
        fact = ReturnFact(
            return_id, at, number=body.text("name"), native_status=status, request=words.REQUEST.get((status or "").lower()), goods=goods,
            requested_at=body.time("requested_at") or body.time("created_at") or (at if type_ is EventType.RETURN_REQUESTED else None),
            approved_at=body.time("approved_at") or (at if type_ is EventType.RETURN_APPROVED else None),
            declined_at=at if type_ is EventType.RETURN_DECLINED else None, decline_reason=body.child("decline").text("reason"),
            closed_at=body.time("closed_at") or (at if type_ is EventType.RETURN_CLOSED else None),
            received_at=at if goods is GoodsAxis.RECEIVED else None,
        )  # fmt: skip
        lines = [_return_line(one, return_id, at) for one in body.children("return_line_items")]
        order_id = body.child("order").id("id") or body.id("order_id")
        native = {"status": status, "reason": next((line.native_reason for line in lines if line.native_reason), None)}
        event = _event(type_, at, topic, [fact, *lines], native, [Link("return", return_id)])
        return _subject(order_id, f"return:{return_id}"), (event,)

    return read


def _return_line(one: Reader, return_id: str, at: datetime) -> ReturnLineFact:
    line = one.child("fulfillment_line_item").child("line_item")
    native = one.child("return_reason_definition").text("handle") or one.text("return_reason")
    return ReturnLineFact(
        one.needed_id("id"), return_id, at, line_id=line.id("id") or one.id("line_item_id"), quantity=one.whole("quantity"),
        native_reason=native, reason_stated=words.REASON.get((native or "").lower()), kind=LineKind.RETURN,
    )  # fmt: skip


def _return_goods(type_: EventType, goods: GoodsAxis) -> Callable[[Reader, str, datetime, str], Answer]:
    """Parcels and inspections of a return: they name the return, seldom the order."""

    def read(body: Reader, topic: str, time: datetime, delivery: str) -> Answer:
        return_id = body.child("return").id("id") or body.id("return_id")
        order_id = body.child("order").id("id") or body.id("order_id")
        if return_id is None:
            return _unknown(body, topic, time, delivery)
        parcel = body.child("deliverable").child("tracking")
        sent = time if type_ is EventType.RETURN_DISPATCHED else None
        fact = ReturnFact(return_id, time, goods=goods, dispatched_at=sent, tracking=parcel.text("number"))
        return _subject(order_id, f"return:{return_id}"), (_event(type_, time, topic, [fact], {}),)

    return read


# Money


def _refund(body: Reader, topic: str, time: datetime, delivery: str) -> Answer:
    refund_id = body.needed_id("id")
    at = body.time("processed_at") or body.time("created_at") or time
    amount, confirmed = _given_back(body)
    currency = amount.currency if amount else None
    lines = tuple(
        RefundLine(one.needed_id("line_item_id"), one.whole("quantity") or 0, one.money("subtotal", currency)) for one in body.children("refund_line_items")
    )
    back = body.child("return").id("id") or body.id("return_id")
    fact = RefundFact(refund_id, at, back, amount, confirmed, body.time("created_at") or at, body.flag("restock"), lines or None)
    return _subject(body.id("order_id"), f"refund:{refund_id}"), (_event(EventType.REFUND_ISSUED, at, topic, [fact], {}),)


def _given_back(body: Reader) -> tuple[Money | None, bool | None]:
    """The sum of the refund's transactions that went through or may still, and whether all of them did."""
    parts = [one for one in body.children("transactions") if one.text("kind") == "refund" and one.text("status") not in ("failure", "error")]
    amounts = [part.money("amount", part.currency("currency")) for part in parts]
    return _sum(amounts), all(part.text("status") == "success" for part in parts) if parts else None


def _dispute(type_: EventType) -> Callable[[Reader, str, datetime, str], Answer]:
    def read(body: Reader, topic: str, time: datetime, delivery: str) -> Answer:
        dispute_id, native = body.needed_id("id"), body.text("status")
        fact = DisputeFact(
            dispute_id, time, kind=body.text("type"), status=words.DISPUTE.get(native or ""), native_status=native,
            native_reason=body.text("reason"), amount=body.money("amount", body.currency("currency")), opened_at=body.time("initiated_at"),
            due_at=body.time("evidence_due_by"), answered_at=body.time("evidence_sent_on"), closed_at=body.time("finalized_on"),
        )  # fmt: skip
        type_now = EventType.DISPUTE_CLOSED if fact.status in (DisputeAxis.WON, DisputeAxis.LOST) else type_
        event = _event(type_now, time, topic, [fact], {"status": native, "reason": fact.native_reason}, [Link("dispute", dispute_id)])
        return _subject(body.id("order_id"), f"dispute:{dispute_id}"), (event,)

    return read


# Privacy and life cycle: the shop and the customer are read from the signed body, never from a header.


def _privacy(type_: EventType) -> Callable[[Reader, str, datetime, str], Answer]:
    def read(body: Reader, topic: str, time: datetime, delivery: str) -> Answer:
        customer = body.child("customer").id("id")
        subject = f"buyer:{customer}" if customer else f"shop:{body.needed_id('shop_domain')}"
        return subject, (_event(type_, time, topic, [], {}),)

    return read


def _uninstalled(body: Reader, topic: str, time: datetime, delivery: str) -> Answer:
    shop = body.text("myshopify_domain") or body.text("domain") or body.needed_id("id")
    return f"shop:{shop}", (_event(EventType.SHOP_UNINSTALLED, time, topic, [], {}),)


def _unknown(body: Reader, topic: str, time: datetime, delivery: str) -> Answer:
    return f"unknown:{delivery}", (_event(EventType.UNKNOWN, time, topic, [], {}),)


TOPICS: dict[str, Callable[[Reader, str, datetime, str], Answer]] = {
    "orders/create": _order(EventType.ORDER_PLACED),
    "orders/paid": _order(EventType.ORDER_PAID),
    "orders/updated": _order(EventType.ORDER_CHANGED),
    "orders/edited": _edited,
    "orders/cancelled": _order(EventType.ORDER_CANCELLED),
    "orders/fulfilled": _order(EventType.SHIPMENT_DISPATCHED),
    "orders/partially_fulfilled": _order(EventType.SHIPMENT_DISPATCHED),
    "fulfillments/create": _fulfillment,
    "fulfillments/update": _fulfillment,
    "fulfillment_events/create": _scan,
    "returns/request": _return(EventType.RETURN_REQUESTED),
    "returns/approve": _return(EventType.RETURN_APPROVED),
    "returns/decline": _return(EventType.RETURN_DECLINED),
    "returns/cancel": _return(EventType.RETURN_WITHDRAWN),
    "returns/update": _return(EventType.RETURN_CHANGED),
    "returns/process": _return(EventType.RETURN_INSPECTED, GoodsAxis.RECEIVED),
    "returns/close": _return(EventType.RETURN_CLOSED),
    "returns/reopen": _return(EventType.RETURN_REOPENED),
    "reverse_deliveries/attach_deliverable": _return_goods(EventType.RETURN_DISPATCHED, GoodsAxis.IN_TRANSIT),
    "reverse_fulfillment_orders/dispose": _return_goods(EventType.RETURN_INSPECTED, GoodsAxis.RECEIVED),
    "refunds/create": _refund,
    "disputes/create": _dispute(EventType.DISPUTE_OPENED),
    "disputes/update": _dispute(EventType.DISPUTE_CHANGED),
    "customers/data_request": _privacy(EventType.BUYER_DATA_REQUESTED),
    "customers/redact": _privacy(EventType.BUYER_REDACTED),
    "shop/redact": _privacy(EventType.SHOP_REDACTED),
    "app/uninstalled": _uninstalled,
}
