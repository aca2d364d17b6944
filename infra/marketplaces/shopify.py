"""Shopify's Admin API from its documentation: one shop's orders, returns, parcels and refunds by GraphQL, and its tokens.

Sources: shopify.dev, Admin GraphQL 2026-07 (types and fields), rate limits, client credentials grant. The world's things are
GraphQL objects, lists and connections written as lists. Let "throttle"/"status" be so to see a query turned down.
"""

from __future__ import annotations

import hashlib
import re
from typing import Any

from chalicelib.model.call import Response

from . import _graphql as graphql
from .world import Call, Json, World, said

HOSTS = ("sample-shop.myshopify.com",)
DEMO = {"secret": "demo-client-secret", "shop_domain": HOSTS[0], "client_id": "demo-client-id"}
LASTING = "demo-lasting-token"  # of a custom app: it is never fetched
LIMIT = (20.0, 40)
VERSIONS = ("2025-10", "2026-01", "2026-04", "2026-07", "2026-10", "unstable")
DAY = 86_399  # seconds that a fetched token lives
DEAREST = 1000
CHEAPER = 4  # how many times less a query costs in the end: it finds less than it asked for
PAGE = 3  # orders on a page, few on purpose
_BUCKET = {"maximumAvailable": 2000.0, "currentlyAvailable": 2000, "restoreRate": 100.0}
_CHANGED = re.compile(r"updated_at:>='([^']+)' AND updated_at:<'([^']+)'")

SCHEMA = graphql.schema("""
QueryRoot: order=Order orders=Order* return=Return fulfillment=Fulfillment refund=Refund
Order: id name createdAt updatedAt processedAt cancelledAt closedAt cancelReason currencyCode presentmentCurrencyCode
    customerLocale displayFinancialStatus displayFulfillmentStatus returnStatus sourceName test email phone note
    totalPriceSet=MoneyBag totalTaxSet=MoneyBag totalDiscountsSet=MoneyBag totalShippingPriceSet=MoneyBag
    customer=Customer shippingAddress=MailingAddress billingAddress=MailingAddress lineItems=LineItem* returns=Return*
    fulfillments=Fulfillment[] refunds=Refund[] transactions=OrderTransaction[]
MoneyBag: shopMoney=MoneyV2 presentmentMoney=MoneyV2
MoneyV2: amount currencyCode
Customer: id firstName lastName locale defaultEmailAddress=CustomerEmailAddress defaultPhoneNumber=CustomerPhoneNumber
CustomerEmailAddress: emailAddress marketingState
CustomerPhoneNumber: phoneNumber marketingState
MailingAddress: firstName lastName name company address1 address2 city zip province provinceCode country countryCodeV2 phone
LineItem: id sku title variantTitle name quantity currentQuantity isGiftCard product=Product variant=ProductVariant
    originalUnitPriceSet=MoneyBag totalDiscountSet=MoneyBag discountAllocations=DiscountAllocation[]
Product: id title
ProductVariant: id sku
DiscountAllocation: allocatedAmountSet=MoneyBag
OrderTransaction: id kind status gateway createdAt processedAt amountSet=MoneyBag
Fulfillment: id name status displayStatus createdAt updatedAt inTransitAt deliveredAt estimatedDeliveryAt order=Order
    service=FulfillmentService trackingInfo=FulfillmentTrackingInfo[] fulfillmentLineItems=FulfillmentLineItem*
FulfillmentService: handle serviceName
FulfillmentTrackingInfo: company number url
FulfillmentLineItem: id quantity lineItem=LineItem
Refund: id createdAt processedAt updatedAt note return=Return order=Order totalRefundedSet=MoneyBag
    refundLineItems=RefundLineItem* transactions=OrderTransaction*
RefundLineItem: quantity restockType restocked lineItem=LineItem subtotalSet=MoneyBag
Return: id name status createdAt requestApprovedAt closedAt totalQuantity decline=ReturnDecline order=Order refunds=Refund*
    returnLineItems=ReturnLineItemType* reverseFulfillmentOrders=ReverseFulfillmentOrder*
ReturnDecline: reason note
ReturnLineItemType: id quantity processedQuantity processableQuantity refundableQuantity refundedQuantity customerNote
    unprocessedQuantity returnReason returnReasonNote
ReturnLineItem: returnReasonDefinition=ReturnReasonDefinition fulfillmentLineItem=FulfillmentLineItem
ReturnReasonDefinition: id handle name
ReverseFulfillmentOrder: id status lineItems=ReverseFulfillmentOrderLineItem* reverseDeliveries=ReverseDelivery*
ReverseFulfillmentOrderLineItem: id totalQuantity dispositions=ReverseFulfillmentOrderDisposition[]
ReverseFulfillmentOrderDisposition: id type quantity createdAt
ReverseDelivery: id deliverable=ReverseDeliveryDeliverable
ReverseDeliveryShippingDeliverable: tracking=ReverseDeliveryTrackingV2
ReverseDeliveryTrackingV2: carrierName number url
""")
KINDS = {"order": ("Order", "orders"), "return": ("Return", "returns"), "fulfillment": ("Fulfillment", "fulfillments"),
         "refund": ("Refund", "refunds")}  # fmt: skip


def answer(call: Call, world: World) -> Response:
    """What Shopify says to a call."""
    if call.path == "/admin/oauth/access_token":
        return _token(call, world)
    version = re.fullmatch(r"/admin/api/([a-z0-9-]+)/graphql\.json", call.path)
    if version is None or version[1] not in VERSIONS or call.method != "POST":
        return said({"errors": "Not Found"}, 404)
    if not _known(call.headers.get("x-shopify-access-token", ""), world):
        return said({"errors": "[API] Invalid API key or access token (unrecognized login or wrong password)"}, 401)
    asked = call.json if call.headers.get("content-type", "").startswith("application/json") else None
    if not isinstance(asked, dict) or not isinstance(asked.get("query"), str):
        return said({"errors": "Bad Request"}, 400)
    try:
        return _asked(asked["query"], asked.get("variables") or {}, world)
    except graphql.Refused as err:
        return said({"errors": [err.error]})


def _known(token: str, world: World) -> bool:
    """Whether a token is good: the one that lasts, or one that was fetched within a day."""
    return token == LASTING or world.state.get("tokens", {}).get(token, 0) > world.clock().timestamp()


def _token(call: Call, world: World) -> Response:
    """A token by the client credentials grant."""
    form = call.form
    if call.method != "POST" or form.get("grant_type") != "client_credentials":
        return said({"error": "unsupported_grant_type"}, 400)
    if (form.get("client_id"), form.get("client_secret")) != (DEMO["client_id"], DEMO["secret"]):
        return said({"error": "invalid_client", "error_description": "client authentication failed"}, 400)
    with world.lock:
        tokens = world.state.setdefault("tokens", {})
        access = f"demo-day-token-{len(tokens) + 1}"
        tokens[access] = world.clock().timestamp() + DAY
    return said({"access_token": access, "scope": "read_orders,read_all_orders,read_returns", "expires_in": DAY})


def _asked(query: str, variables: Json, world: World) -> Response:
    """The answer to a query whose cost the bucket holds."""
    fields = graphql.parsed(query, variables)
    cost, bucket = graphql.cost(SCHEMA, "QueryRoot", fields), world.get("throttle", "status") or _BUCKET
    if cost > DEAREST:
        raise graphql.Refused(f"Query cost is {cost}, which exceeds the single query max cost limit", "MAX_COST_EXCEEDED")
    if cost > bucket["currentlyAvailable"]:
        told = {"requestedQueryCost": cost, "actualQueryCost": None, "throttleStatus": bucket}
        return said({"errors": [graphql.Refused("Throttled", "THROTTLED").error], "extensions": {"cost": told}})
    root = {one.name: _root(one, world) for one in fields}
    data = graphql.resolved(SCHEMA, "QueryRoot", root, fields, lambda value: _whole(value, world))
    left = {**bucket, "currentlyAvailable": bucket["currentlyAvailable"] - cost // CHEAPER}
    told = {"requestedQueryCost": cost, "actualQueryCost": cost // CHEAPER, "throttleStatus": left}
    return said({"data": data, "extensions": {"cost": told}}, x_request_id=hashlib.sha256(query.encode()).hexdigest()[:32])


def _root(one: graphql.Field, world: World) -> Any:
    """What a field of the query root stands for."""
    if one.name == "orders":
        one.args["first"] = min(one.args["first"], PAGE)
        return _changed(str(one.args.get("query") or ""), world)
    type_, kind = KINDS[one.name]
    found = re.fullmatch(rf"gid://shopify/{type_}/(\d+)", str(one.args.get("id")))
    if found is None:
        raise graphql.Refused(f"Invalid global id '{one.args.get('id')}'", "argumentLiteralsIncompatible")
    return _things(kind, world).get(found[0])


def _changed(query: str, world: World) -> list[Json]:
    """The orders that were changed within a span, by when."""
    span = _CHANGED.fullmatch(query)
    if span is None:
        return []
    some = [one for _, one in world.all("orders") if span[1] <= one["updatedAt"] < span[2]]
    return sorted(some, key=lambda one: (one["updatedAt"], one["id"]))


def _things(kind: str, world: World) -> dict[str, Json]:
    """Everything of a kind by its global id; parcels and refunds lie in their orders."""
    if kind in ("orders", "returns"):
        return {one["id"]: one for _, one in world.all(kind)}
    return {one["id"]: {**one, "order": {"id": order["id"]}} for _, order in world.all("orders") for one in order.get(kind, ())}


def _whole(value: Any, world: World) -> Any:
    """The order or return that a thing only names."""
    if isinstance(value, dict) and value.keys() == {"id"}:
        type_ = str(value["id"]).rpartition("/")[0].rpartition("/")[2]
        kind = {"Order": "orders", "Return": "returns"}.get(type_)
        return _things(kind, world).get(value["id"], value) if kind else value
    return value
