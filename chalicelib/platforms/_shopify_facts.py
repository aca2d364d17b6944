"""Shopify's resources as facts. Each function reads one kind of resource, wherever it stands: alone in a webhook, inside an
order, or fetched again later. So the same resource gives the same facts, whichever way it came.

Any field may be stripped by the subscription. Times a body does not hold come as `told`, the notification's own time; they
never come from the time of arrival.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from ..model.event import Link
from ..model.facts import (
    DisputeFact,
    LineFact,
    OrderFact,
    Quantity,
    RefundFact,
    RefundLine,
    ReturnFact,
    ReturnLineFact,
    ShipmentFact,
)
from ..model.money import Money
from ..model.words import EventType, GoodsAxis, LineKind, ShipmentStatus
from . import _shopify_words as words
from ._read import MAX_ID, Reader, total


def native_id(one: Reader) -> str | None:
    """A resource's number: `id`, or the end of `admin_graphql_api_id` ("gid://shopify/Return/1") where only that is sent."""
    found = one.id("id") or one.id("admin_graphql_api_id")
    return found.rpartition("/")[2] or None if found else None


def related_id(one: Reader, name: str) -> str | None:
    """The number of another resource that this one names: `order.id`, or `order_id`."""
    if isinstance(one.value.get(name), dict):
        return native_id(one.child(name))
    return one.id(f"{name}_id")


def shop_amount(one: Reader, name: str, currency: str | None) -> Money | None:
    """An amount in the shop's currency: `<name>_set.shop_money` says so itself, else `name` is taken to be in `currency`."""
    both = f"{name}_set"
    if one.value.get(both) is not None:
        shop = one.child(both).child("shop_money")
        found = shop.money("amount", shop.currency("currency_code"))
        if found:
            return found
    return one.money(name, currency)


def shop_currency(order: Reader) -> str | None:
    """The shop's currency, in which an order's plain amounts are; the buyer may have paid in another."""
    return order.currency("currency") or order.child("total_price_set").child("shop_money").currency("currency_code")


def order(body: Reader, order_id: str, at: datetime | None, type_: EventType) -> OrderFact:
    """An order. When it was paid is known only from being told so."""
    currency = shop_currency(body)
    shipping = total([one.money("price", currency) for one in body.children("shipping_lines")], body.path("shipping_lines"))
    shipping_to, billed_to = body.child("shipping_address"), body.child("billing_address")
    to = shipping_to if shipping_to.text("country_code") else billed_to
    return OrderFact(
        order_id,
        at,
        number=body.text("name"),
        placed_at=body.time("created_at"),
        paid_at=at if type_ is EventType.ORDER_PAID else None,
        cancelled_at=body.time("cancelled_at") or (at if type_ is EventType.ORDER_CANCELLED else None),
        cancel_reason=body.text("cancel_reason"),
        closed_at=body.time("closed_at"),
        currency=currency,
        total=body.money("total_price", currency) or shop_amount(body, "total_price", currency),
        shipping=shipping or shop_amount(body, "total_shipping_price", currency),
        tax=body.money("total_tax", currency),
        discount=body.money("total_discounts", currency),
        country=to.text("country_code"),
        province=to.text("province_code"),
        language=body.text("customer_locale"),
        payment=body.text("financial_status"),
        channel=body.text("source_name"),
        test=body.flag("test"),
    )


def lines(body: Reader, at: datetime | None, currency: str | None) -> list[LineFact]:
    """An order's lines, in the shop's currency."""
    return [_line(one, currency, at) for one in body.children("line_items")]


def _line(one: Reader, currency: str | None, at: datetime | None) -> LineFact:
    off = total([part.money("amount", currency) for part in one.children("discount_allocations")], one.where)
    return LineFact(
        one.needed_id("id"),
        at,
        sku=one.text("sku"),
        title=one.text("title"),
        product_id=one.id("product_id"),
        variant_id=one.id("variant_id"),
        variant=one.text("variant_title"),
        quantity=one.whole("quantity"),
        unit_price=one.price("price"),
        discount=off or one.money("total_discount", currency),
        kind=LineKind.SERVICE if one.flag("gift_card") else LineKind.SALE,
    )


def shipment(one: Reader) -> ShipmentFact:
    """A fulfillment: one shipment to the buyer, though it may be several parcels."""
    carrier, own = one.text("shipment_status"), one.text("status")
    status = words.SHIPMENT.get(carrier or "") or words.FULFILLMENT.get(own or "")
    made, moved = one.time("created_at"), one.time("updated_at") or one.time("created_at")
    left = status in words.UNDERWAY and (carrier in words.SHIPMENT or status is not ShipmentStatus.EXCEPTION)
    contents = tuple(Quantity(line.needed_id("id"), line.whole("quantity") or 0) for line in one.children("line_items"))
    return ShipmentFact(
        one.needed_id("id"),
        moved,
        status=status,
        native_status=carrier or own,
        carrier=one.text("tracking_company"),
        service=one.text("service"),
        tracking=one.text("tracking_number"),
        country=one.child("destination").text("country_code"),
        dispatched_at=made if left else None,
        delivered_at=moved if status is ShipmentStatus.DELIVERED else None,
        exception_at=moved if status is ShipmentStatus.EXCEPTION else None,
        promised_at=one.time("estimated_delivery_at"),
        lines=contents or None,
    )


def tracking_links(fulfillments: Sequence[Reader]) -> list[Link]:
    """Every parcel's number: news of a parcel from elsewhere names nothing else."""
    numbers: list[object] = []
    for one in fulfillments:
        listed = one.value.get("tracking_numbers")
        numbers += [one.text("tracking_number"), *(listed if isinstance(listed, list) else ())]
    return number_links(numbers)


def number_links(numbers: Sequence[object]) -> list[Link]:
    """Links by parcels' numbers, each once; what is no number is left out."""
    good = [one for one in numbers if isinstance(one, str) and 0 < len(one) <= MAX_ID and one.isprintable()]
    return [Link("tracking", number) for number in dict.fromkeys(good)]


def scan(body: Reader, shipment_id: str, at: datetime | None) -> ShipmentFact:
    """What a carrier's scan (fulfillment event) says about the shipment."""
    status = words.SHIPMENT.get(body.text("status") or "")
    return ShipmentFact(
        shipment_id,
        at,
        status=status,
        native_status=body.text("status"),
        promised_at=body.time("estimated_delivery_at"),
        delivered_at=at if status is ShipmentStatus.DELIVERED else None,
        exception_at=at if status is ShipmentStatus.EXCEPTION else None,
    )


def goods_return(body: Reader, return_id: str, at: datetime | None, type_: EventType, goods: GoodsAxis | None) -> ReturnFact:
    """A return. Webhooks hold none of its times today; each is then the time we were told of that step."""
    status = body.text("status")
    return ReturnFact(
        return_id,
        at,
        number=body.text("name"),
        native_status=status,
        request=words.REQUEST.get((status or "").lower()),
        goods=goods,
        requested_at=body.time("created_at") or (at if type_ is EventType.RETURN_REQUESTED else None),
        approved_at=body.time("request_approved_at") or (at if type_ is EventType.RETURN_APPROVED else None),
        declined_at=at if type_ is EventType.RETURN_DECLINED else None,
        decline_reason=body.child("decline").text("reason"),
        received_at=at if goods is GoodsAxis.RECEIVED else None,
        closed_at=body.time("closed_at") or (at if type_ is EventType.RETURN_CLOSED else None),
    )


def return_lines(body: Reader, return_id: str, at: datetime | None) -> list[ReturnLineFact]:
    """A return's lines. returns/update sends changes to them in another shape, an object, which is not read."""
    listed = isinstance(body.value.get("return_line_items"), list)
    return [_return_line(one, return_id, at) for one in body.children("return_line_items")] if listed else []


def _return_line(one: Reader, return_id: str, at: datetime | None) -> ReturnLineFact:
    handle, word = one.child("return_reason_definition").text("handle"), one.text("return_reason")
    says = words.code(handle, word)
    return ReturnLineFact(
        one.needed_id("id"),
        return_id,
        at,
        line_id=related_id(one.child("fulfillment_line_item"), "line_item") or one.id("line_item_id"),
        quantity=one.whole("quantity"),
        native_reason=handle or word,
        reason_stated=says.label if says else None,
        fault=says.fault if says else None,
        kind=LineKind.RETURN,
    )


def refund(body: Reader, told: datetime | None, currency: str | None = None) -> RefundFact:
    """A refund: the sum of its transactions that went through or still may, confirmed once all of them did."""
    at = body.time("processed_at") or body.time("created_at") or told
    parts = [one for one in body.children("transactions") if one.text("kind") == "refund"]
    live = [one for one in parts if one.text("status") not in ("failure", "error")]
    amounts = [shop_amount(one, "amount", one.currency("currency") or currency) for one in live]
    amount = total(amounts, body.path("transactions"))
    paid_in = currency or (amount.currency if amount else None)
    back = tuple(
        RefundLine(one.needed_id("line_item_id"), one.whole("quantity") or 0, shop_amount(one, "subtotal", paid_in))
        for one in body.children("refund_line_items")
    )
    return RefundFact(
        body.needed_id("id"),
        at,
        return_id=related_id(body, "return"),
        amount=amount,
        confirmed=all(one.text("status") == "success" for one in live) if live else None,
        issued_at=body.time("created_at") or at,
        restock=body.flag("restock"),
        lines=back or None,
    )


def dispute(body: Reader, dispute_id: str, at: datetime | None) -> DisputeFact:
    """A chargeback or inquiry of Shopify Payments."""
    native = body.text("status")
    return DisputeFact(
        dispute_id,
        at,
        kind=body.text("type"),
        status=words.DISPUTE.get(native or ""),
        native_status=native,
        native_reason=body.text("reason"),
        amount=body.money("amount", body.currency("currency")),
        opened_at=body.time("initiated_at"),
        due_at=body.time("evidence_due_by"),
        answered_at=body.time("evidence_sent_on"),
        closed_at=body.time("finalized_on"),
    )
