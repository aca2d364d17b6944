"""Shopify's GraphQL objects as the bodies that its webhooks have of the same things: gid://shopify/Order/5001 is 5001, words
are in small letters, names have underscores. So both become facts in one way (_shopify_facts.py).

Sources: shopify.dev, Admin GraphQL 2026-07: Order, LineItem, Fulfillment, Refund, Return and their enums. Whatever an app may
not see is null.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from ._read import Reader

_GID = re.compile(r"gid://shopify/([A-Za-z]{1,60})/([0-9]{1,20})", re.ASCII)
Body = dict[str, Any]
# What a fulfillment is shown as: mostly the carrier's word in capitals, or another word for it, or nothing of a carrier's.
_SHOWN = {"not_delivered": "failure", "picked_up": "delivered"}
_NO_CARRIER = frozenset({"canceled", "fulfilled", "label_voided", "marked_as_fulfilled", "submitted"})
_PARTLY = {"partially_fulfilled": "partial", "unfulfilled": None}
_PUT_BACK = frozenset({"RETURN", "CANCEL", "LEGACY_RESTOCK"})


def number(one: Reader, name: str = "id") -> str | None:
    """The number in a global id; None for anything else."""
    found = _GID.fullmatch(one.text(name) or "")
    return found[2] if found else None


def order_body(body: Reader) -> Reader | None:
    """An order as a webhook tells it, from either kind of body; None for the API's other things."""
    given = body.value.get("id")
    found = _GID.fullmatch(given) if isinstance(given, str) else None
    if found is None:
        return body
    return Reader(order(body), body.where) if found[1] == "Order" else None


def nodes(one: Reader, name: str) -> list[Reader]:
    """What a connection holds."""
    return list(one.child(name).children("nodes"))


def further(one: Reader, name: str) -> str | None:
    """Where a connection goes on; None where it was told whole."""
    page = one.child(name).child("pageInfo")
    return page.text("endCursor") if page.flag("hasNextPage") else None


def order(node: Reader) -> Body:
    """An order, with those of its fulfillments and refunds that were told whole."""
    to = node.child("shippingAddress")
    return {
        "id": number(node), "name": node.value.get("name"), "created_at": node.value.get("createdAt"),
        "updated_at": node.value.get("updatedAt"), "cancelled_at": node.value.get("cancelledAt"),
        "closed_at": node.value.get("closedAt"), "cancel_reason": _word(node, "cancelReason"),
        "currency": node.value.get("currencyCode"), "customer_locale": node.value.get("customerLocale"),
        "financial_status": _word(node, "displayFinancialStatus"), "fulfillment_status": _fulfilled(node),
        "source_name": node.value.get("sourceName"), "test": node.value.get("test"), "email": node.value.get("email"),
        "phone": node.value.get("phone"), "total_price": _amount(node, "totalPriceSet"),
        "total_price_set": _both(node, "totalPriceSet"), "total_tax": _amount(node, "totalTaxSet"),
        "total_discounts": _amount(node, "totalDiscountsSet"),
        "total_shipping_price_set": _both(node, "totalShippingPriceSet"), "customer": _customer(node.child("customer")),
        "shipping_address": _address(to), "billing_address": _address(node.child("billingAddress")),
        "line_items": [_line(one) for one in nodes(node, "lineItems")],
        "fulfillments": [fulfillment(one, to) for one in told_whole(node, "fulfillments", "fulfillmentLineItems")],
        "refunds": [refund(one) for one in told_whole(node, "refunds", "refundLineItems")],
    }  # fmt: skip


def told_whole(node: Reader, name: str, lines: str) -> Iterator[Reader]:
    """Those of a list's things whose own lines were all told."""
    return (one for one in node.children(name) if further(one, lines) is None)


def ids_apart(node: Reader, name: str, every: str, lines: str) -> list[str]:
    """The ids of those that have to be read by themselves: there are too many of them, or of their lines."""
    known = {number(one) for one in told_whole(node, name, lines)}
    return [id_ for one in node.children(every) if (id_ := number(one)) and id_ not in known]


def fulfillment(node: Reader, to: Reader) -> Body:
    """A fulfillment. Where it goes is where its order goes."""
    parcels = list(node.children("trackingInfo"))
    whole = further(node, "fulfillmentLineItems") is None
    return {
        "id": number(node), "status": _word(node, "status"), "shipment_status": _carried(node),
        "created_at": node.value.get("createdAt"), "updated_at": node.value.get("updatedAt"),
        "service": node.child("service").value.get("handle"),
        "tracking_company": next((one.text("company") for one in parcels), None),
        "tracking_number": next((one.text("number") for one in parcels), None),
        "tracking_numbers": [one.value.get("number") for one in parcels],
        "estimated_delivery_at": node.value.get("estimatedDeliveryAt"),
        "destination": {"country_code": to.value.get("countryCodeV2")},
        "line_items": [_part(one, "id") for one in nodes(node, "fulfillmentLineItems")] if whole else [],
    }  # fmt: skip


def refund(node: Reader) -> Body:
    """A refund. Goods were put back when any of its lines were."""
    lines = nodes(node, "refundLineItems")
    kinds = {one.text("restockType") for one in lines} - {None}
    return {
        "id": number(node), "created_at": node.value.get("createdAt"), "processed_at": node.value.get("processedAt"),
        "return_id": number(node.child("return")), "restock": bool(kinds & _PUT_BACK) if kinds else None,
        "transactions": [
            {"kind": _word(one, "kind"), "status": _word(one, "status"), "amount_set": _both(one, "amountSet")}
            for one in nodes(node, "transactions")
        ],
        "refund_line_items": [
            {**_part(one, "line_item_id"), "subtotal_set": _both(one, "subtotalSet")} for one in lines
        ] if further(node, "refundLineItems") is None else [],
    }  # fmt: skip


def goods_return(node: Reader) -> Body:
    """A return."""
    return {
        "id": number(node), "name": node.value.get("name"), "status": _word(node, "status"),
        "created_at": node.value.get("createdAt"), "request_approved_at": node.value.get("requestApprovedAt"),
        "closed_at": node.value.get("closedAt"), "decline": {"reason": _word(node.child("decline"), "reason")},
        "return_line_items": [_return_line(one) for one in nodes(node, "returnLineItems")],
        "customer": _customer(node.child("order").child("customer")),
    }  # fmt: skip


def _line(node: Reader) -> Body:
    return {
        "id": number(node), "sku": node.value.get("sku"), "title": node.value.get("title"),
        "product_id": number(node.child("product")), "variant_id": number(node.child("variant")),
        "variant_title": node.value.get("variantTitle"), "quantity": node.value.get("quantity"),
        "price": _amount(node, "originalUnitPriceSet"), "total_discount": _amount(node, "totalDiscountSet"),
        "gift_card": node.value.get("isGiftCard"),
        "discount_allocations": [
            {"amount": _amount(one, "allocatedAmountSet")} for one in node.children("discountAllocations")
        ],
    }  # fmt: skip


def _return_line(node: Reader) -> Body:
    return {
        "id": number(node), "quantity": node.value.get("quantity"), "return_reason": _word(node, "returnReason"),
        "return_reason_definition": {"handle": node.child("returnReasonDefinition").value.get("handle")},
        "line_item_id": number(node.child("fulfillmentLineItem").child("lineItem")),
    }  # fmt: skip


def _part(node: Reader, name: str) -> Body:
    """So many units of an order's line."""
    return {name: number(node.child("lineItem")), "quantity": node.value.get("quantity")}


def _customer(node: Reader) -> Body | None:
    mail = node.child("defaultEmailAddress")
    return {
        "id": number(node), "first_name": node.value.get("firstName"), "last_name": node.value.get("lastName"),
        "email": mail.value.get("emailAddress"), "phone": node.child("defaultPhoneNumber").value.get("phoneNumber"),
        "email_marketing_consent": {"state": _word(mail, "marketingState")},
    } if node.value else None  # fmt: skip


def _address(node: Reader) -> Body | None:
    given = node.value
    return {
        "first_name": given.get("firstName"), "name": given.get("name"), "address1": given.get("address1"),
        "address2": given.get("address2"), "city": given.get("city"), "zip": given.get("zip"),
        "province_code": given.get("provinceCode"), "country_code": given.get("countryCodeV2"),
    } if given else None  # fmt: skip


def _amount(node: Reader, name: str) -> Any:
    """An amount in the shop's currency."""
    return node.child(name).child("shopMoney").value.get("amount")


def _both(node: Reader, name: str) -> Body:
    """The same with its currency."""
    shop = node.child(name).child("shopMoney").value
    return {"shop_money": {"amount": shop.get("amount"), "currency_code": shop.get("currencyCode")}}


def _word(node: Reader, name: str) -> str | None:
    """A word of an enum, as the webhooks write it."""
    found = node.text(name)
    return found.lower() if found else None


def _fulfilled(node: Reader) -> str | None:
    word = _word(node, "displayFulfillmentStatus") or ""
    return _PARTLY.get(word, word or None)


def _carried(node: Reader) -> str | None:
    """The carrier's word for where a parcel is."""
    word = _word(node, "displayStatus") or ""
    return None if word in _NO_CARRIER else _SHOWN.get(word, word or None)
