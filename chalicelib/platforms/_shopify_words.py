"""Shopify's words -> ours. Sources: shopify.dev enums ReturnReason, ReturnStatus, FulfillmentEventStatus; dispute and
fulfillment statuses of the REST resources."""

from __future__ import annotations

from ..model.words import DisputeAxis, EventType, Reason, RequestAxis, ShipmentStatus

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
