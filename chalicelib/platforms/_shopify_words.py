"""Shopify's words -> ours. Sources: shopify.dev enums ReturnReason, ReturnStatus, FulfillmentEventStatus; dispute and
fulfillment statuses of the REST resources. Return reasons are in reasons/shopify.toml."""

from __future__ import annotations

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
)
LEFT = (
    "The Events preview (bodies made by the app's own GraphQL query) is kept as unknown.",
    "orders/edited carries changes only; the orders/updated that comes with it carries the lines.",
    "The changes inside returns/update and dispositions that name no return: fetch the return instead.",
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


def code(handle: str | None, word: str | None) -> Code | None:
    """What the reason a buyer gave says: by the definition's handle where there is one, else by the older enum's word."""
    return codes("shopify").of(handle or (word or "").upper())
