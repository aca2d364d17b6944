"""Shopify's words -> ours. Sources: shopify.dev enums ReturnReason, ReturnStatus, FulfillmentEventStatus; dispute and
fulfillment statuses of the REST resources. Return reasons are in reasons/shopify.toml."""

from __future__ import annotations

from datetime import timedelta

from ..model.call import Limit, Resource
from ..model.words import DisputeAxis, EventType, RequestAxis, ShipmentStatus
from ._reasons import Code, codes

# What its notifications are like, for docs/platforms.md.
QUIRKS = (
    "Only the body is signed. A privacy request must have the body of its kind and name its shop there, not in a header.",
    "Headers come with the prefix X-Shopify- or shopify-; both are read.",
    "A delivery is known by topic and X-Shopify-Event-Id; without it by the webhook id, and without any by its bytes.",
    "Times a body does not hold come from X-Shopify-Triggered-At. The time of arrival only orders news that has no other.",
    "Amounts are in the shop's currency, also where the buyer paid in another one.",
    "returns/cancel, close and reopen say order_id, the other return topics order.id; returns/update has only a GraphQL id.",
    "A dispute may name no order, and a reverse delivery names only its return: they find the order by links.",
    "Return reasons come as ten words or as one of 470 handles; a handle not yet known is read by its ending.",
    "A guest's order has no customer id: its buyer is known by e-mail, and only there.",
    "The API is GraphQL. What it tells is put into the webhooks' words (the number of a gid://, small letters), so that both "
    "are the same facts; of the same moment the API's stand.",
    "Calls are counted by what a query may cost. THROTTLED comes inside a 200: the wait is worked out from throttleStatus.",
    "ACCESS_DENIED beside an order means that the app may not see its buyer: the rest is kept. Without the order it is a "
    "failure.",
    "A query may cost 1,000 points at most: an order tells 25 lines, 4 parcels and 3 refunds at once, others are read apart.",
    "There is no list of returns: an order that is read leads to its returns. A return has no time of change; its order's "
    "stands for it.",
    "Return parcels come with the return: their numbers lead a tracker's news to it.",
    "Tokens of an app of one's own (client credentials) last a day and are fetched anew; a custom app's access_token lasts.",
    "Without shop_domain nothing is read, and no notification asks for it.",
)
LEFT = (
    "The Events preview (bodies made by the app's own GraphQL query) is kept as unknown.",
    "orders/edited carries changes only; the orders/updated that comes with it carries the lines.",
    "The changes inside returns/update: the return is read instead. Dispositions that name no return are kept as unknown; the "
    "order's next reading tells of them.",
    "Reviews and messages: Shopify has none, they live in apps. Send them by Standard Webhooks.",
    "Orders older than 60 days, which Shopify shows with the scope read_all_orders alone: the list reaches back 60 days.",
    "When a return was declined or withdrawn: the API does not say, the webhook does.",
    "Disputes are not read by the API; it shows them to Shopify Payments' own scope alone.",
    "Expiring offline tokens with a refresh token, which apps for other sellers' shops have.",
    "app/uninstalled has the body of any shop news, so its topic rests on an unsigned header: ask Shopify before acting on it.",
    "A refund whose transactions are in the buyer's currency and carry no shop amount stays in that currency.",
)

SHIPMENT = {
    "label_printed": ShipmentStatus.LABELLED,
    "label_purchased": ShipmentStatus.LABELLED,
    "confirmed": ShipmentStatus.LABELLED,
    "carrier_picked_up": ShipmentStatus.DISPATCHED,
    "in_transit": ShipmentStatus.IN_TRANSIT,
    "out_for_delivery": ShipmentStatus.OUT_FOR_DELIVERY,
    "attempted_delivery": ShipmentStatus.ATTEMPTED,
    "ready_for_pickup": ShipmentStatus.READY_FOR_PICKUP,
    "delayed": ShipmentStatus.DELAYED,
    "failure": ShipmentStatus.EXCEPTION,
    "delivered": ShipmentStatus.DELIVERED,
}
# The fulfillment's own status, where no carrier has spoken yet.
FULFILLMENT = {
    "pending": ShipmentStatus.PENDING,
    "open": ShipmentStatus.PENDING,
    "success": ShipmentStatus.DISPATCHED,
    "cancelled": ShipmentStatus.CANCELLED,
    "error": ShipmentStatus.EXCEPTION,
    "failure": ShipmentStatus.EXCEPTION,
}
# A parcel that has left the seller. A fulfillment that failed before any carrier spoke never did.
UNDERWAY = frozenset(ShipmentStatus) - {ShipmentStatus.PENDING, ShipmentStatus.LABELLED, ShipmentStatus.CANCELLED}
SHIPMENT_EVENT = {
    ShipmentStatus.DISPATCHED: EventType.SHIPMENT_DISPATCHED,
    ShipmentStatus.DELIVERED: EventType.SHIPMENT_DELIVERED,
    ShipmentStatus.EXCEPTION: EventType.SHIPMENT_EXCEPTION,
    ShipmentStatus.DELAYED: EventType.SHIPMENT_EXCEPTION,
}
REQUEST = {
    "requested": RequestAxis.REQUESTED,
    "open": RequestAxis.APPROVED,
    "closed": RequestAxis.APPROVED,
    "declined": RequestAxis.DECLINED,
    "canceled": RequestAxis.WITHDRAWN,
    "cancelled": RequestAxis.WITHDRAWN,
}
DISPUTE = {
    "needs_response": DisputeAxis.OPEN,
    "under_review": DisputeAxis.PLATFORM_REVIEW,
    "charge_refunded": DisputeAxis.LOST,
    "accepted": DisputeAxis.LOST,
    "lost": DisputeAxis.LOST,
    "won": DisputeAxis.WON,
}

_LIMIT = Limit(1.0, 2)
READS = {
    "orders": Resource(
        "orders by when they were changed", Limit(0.5, 2), back=timedelta(days=60), window=timedelta(days=7),
        every=timedelta(minutes=30), again=timedelta(hours=6),
    ),
    "order": Resource("an order with its lines, parcels and refunds", _LIMIT),
    "fulfillment": Resource("a parcel of an order that has many", _LIMIT),
    "refund": Resource("a refund of an order that has many", _LIMIT),
    "return": Resource("a return with its lines and parcels", _LIMIT),
}  # fmt: skip


def code(handle: str | None, word: str | None) -> Code | None:
    """What the reason a buyer gave says: by the definition's handle where there is one, else by the older enum's word."""
    return codes("shopify").of(handle or (word or "").upper())
