"""Shopify's words -> ours. Sources: shopify.dev enums ReturnReason, ReturnStatus, FulfillmentEventStatus; dispute and
fulfillment statuses of the REST resources; return reason definitions of Shopify's product taxonomy, release 2026-08."""

from __future__ import annotations

import re

from ..model.words import DisputeAxis, EventType, Reason, RequestAxis, ShipmentStatus

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
REASON = {
    "size_too_small": Reason.SIZE_TOO_SMALL,
    "size_too_large": Reason.SIZE_TOO_LARGE,
    "defective": Reason.QUALITY_DEFECT,
    "not_as_described": Reason.NOT_AS_DESCRIBED,
    "wrong_item": Reason.WRONG_ITEM,
    "unwanted": Reason.CHANGED_MIND,
    "style": Reason.EXPECTATION_GAP,
    "color": Reason.EXPECTATION_GAP,
    "other": Reason.OTHER,
    "unknown": Reason.OTHER,
}
DISPUTE = {
    "needs_response": DisputeAxis.OPEN,
    "under_review": DisputeAxis.PLATFORM_REVIEW,
    "charge_refunded": DisputeAxis.LOST,
    "accepted": DisputeAxis.LOST,
    "lost": DisputeAxis.LOST,
    "won": DisputeAxis.WON,
}
# The library of 470 definitions that replaces those ten words: its handles, apart from those a rule or the default tells.
_HANDLES = {
    Reason.CHANGED_MIND: "changed-my-mind budget scheduling-conflict trial-period-ending",
    Reason.COMPATIBILITY: (
        "amperage buttons-not-accessible caliber connectivity doesnt-fit-mattress doesnt-fit-tv filtration-class fitment "
        "flange-size gauge incompatible instrument inverter-type laptop-fit lock-type metrics-supported "
        "not-dishwasher-safe not-pet-friendly not-suitable-for-terrain plate-type power-source pressure-rating region "
        "vehicle-fit voltage doesnt-fit-phone optic-didnt-fit doesnt-fit-bed-frame"
    ),
    Reason.DAMAGED_IN_TRANSIT: "damaged-packaging",
    Reason.EXPECTATION_GAP: "field-of-view-too-narrow type-too-big type-too-small",
    Reason.LATE_DELIVERY: "arrived-late",
    Reason.NOT_AS_DESCRIBED: "item-not-as-described condition low-resolution",
    Reason.NOT_RECEIVED: "delivery-issue",
    Reason.ORDERED_BY_MISTAKE: "duplicate-order ordered-multiple ordered-wrong-format ordered-wrong-item",
    Reason.OTHER: "unknown other-reason provider-unavailable service-area service-unavailable",
    Reason.QUALITY_DEFECT: (
        "damaged-or-defective prescription-processed-incorrectly print-quality reaction seal side-effects breaks-easily "
        "caused-allergic-reaction caused-irritation damaged-after-use damaged-after-washing damaged-after-wear "
        "doesnt-stay-closed dried-out dye-transferred embellishment-fell-off fails-to-detect-threats frame-crooked "
        "lens-popped-out-of-frame lens-scratched logo-peeling loose-seams loose-threads material-not-durable "
        "packaging-not-sealed poor-stitching product-leaks product-overheats pulls-in-fabric quality scratched "
        "seams-splitting shedding squeaks stained stains-easily stone-setting surface-damage tangles-easily tarnished "
        "unstable wheels-stick lock pilling"
    ),
    Reason.SIZE_OR_FIT_OTHER: (
        "band-rolls-down barrel-size depth diameter draw-length fit head-size height length scale shaft-length size "
        "stride-length tip-size wear width wrong-hand band-rolls-up band-too-thick band-too-thin base-curve cups-gaping "
        "cups-too-thick cups-too-thin footbed-too-deep footbed-too-shallow frame-needs-adjustments heel-too-high "
        "heel-too-low heel-too-thick heel-too-thin restrictive sole-too-thick sole-too-thin straps-too-thick "
        "straps-too-thin underwire waist-too-high waist-too-low"
    ),
    Reason.WRONG_ITEM: "received-the-wrong-item edition wrong-amount wrong-dosage wrong-format",
}
HANDLE = {handle: reason for reason, handles in _HANDLES.items() for handle in handles.split()}
_SMALL = re.compile(r"too-(small|tight|short|narrow)$|^tight-")
_LARGE = re.compile(r"too-(big|large|loose|long|wide|bulky)$|^loose-")


def reason(handle: str | None, word: str | None) -> Reason | None:
    """The reason a buyer gave: by the definition's handle where there is one, else by the older enum's word.

    A handle that is not known (the library grows) is about size when it says so, else about what the buyer expected.
    """
    if not handle:
        return REASON.get((word or "").lower())
    if handle in HANDLE:
        return HANDLE[handle]
    if _SMALL.search(handle):
        return Reason.SIZE_TOO_SMALL
    return Reason.SIZE_TOO_LARGE if _LARGE.search(handle) else Reason.EXPECTATION_GAP
