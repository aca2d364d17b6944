"""Shopee's words -> ours. Sources: the console's list of pushes; Shopee Open Platform, data definitions v2.0 (OrderStatus,
ReturnStatus, LogisticsStatus, PackageFulfillmentStatus, TrackingLogisticsStatus, ReverseLogisticsStatus); return reasons are in
reasons/shopee.toml."""

from __future__ import annotations

from ..model.words import DisputeAxis, EventType, GoodsAxis, MoneyAxis, RequestAxis, ShipmentStatus

# What its pushes and calls are like, for docs/platforms.md.
QUIRKS = (
    "One address serves every shop of an app: shop_id in the body tells whose news it is. The address exactly as registered, "
    "with its slash and query, is part of what is signed, so it is kept as url.",
    "Pushes may be signed with another key than calls: the shop's secrets are push keys, two of them while one is changed; "
    "api_key is the other where it differs.",
    "The test push (an empty body, or code 0) is answered 200 and kept nowhere, signed or not: it may come before a shop is "
    "linked. Every answer has an empty body, for Shopee counts any other as a failure.",
    "A delivery is known by msg_id; older pushes have none and are known by shop, code, order or return, parcel, status and "
    "update_time (the time of sending where there is none).",
    "Pushes come in any order and more than once: update_time in the body tells what was true when.",
    "The order is called ordersn in some pushes and order_sn in others, a parcel's number tracking_no or tracking_number, a "
    "parcel's state status or fulfillment_status: both are read.",
    "Pushes carry ids and a status: order and return are fetched. READY_TO_SHIP also comes for cash on delivery, which is not "
    "paid: only the order itself tells, so the push counts as a change.",
    "Pushes that failed are fetched each hour (Shopee keeps them three days) and confirmed once they are stored. Inside, the "
    "push stands as text or as an object, once or twice wrapped.",
    "The order must be asked for by the names of its optional fields, or buyer, lines and payment are missing.",
    "A price of 0 inside a bundle deal is none: it is taken from the escrow, where prices are of the whole line.",
    "An order's own body dates neither a delivery nor a cancellation: the first is read from the parcel's scans, the second is "
    "the time of the order's last change.",
    "The list of returns tells as much as a return does, but its deadlines and parcel: returns still under way are read again.",
    "The deadline that Shopee sends with a return counts, and what it does by itself is shown. Who must act follows from "
    "status, negotiation, evidence, compensation and the parcel.",
    "What the platform found a reason to be instead (reassessed_request_reason) stands beside what the buyer said.",
    "The way back is read from its scans; it has a second leg where a warehouse checks the goods, and a local return then "
    "tells of that leg alone: the goods were received when it begins.",
    "Times are seconds; 0 stands for none. Names, phones and mails with asterisks are masks and are dropped.",
    "A line is known by item and model, because returns name nothing else; where both stand twice in an order, by its own id "
    "too.",
    "Errors come with status 200; 'error' may be '' or '-' where there is none. A daily limit ends at midnight UTC+8.",
    "A refresh token works once and lives 30 days, an access token 4 hours.",
    "No limit of calls is published: we make at most 5 a second. Nor is it said how far lists reach: we ask for 90 days.",
)
LEFT = (
    "Linking a shop and the notice that its authorisation ends (codes 1 and 12) are kept as unknown: tokens that cannot be "
    "renewed are told of anyway.",
    "Code 2 closes a shop only where the seller took back the authorisation of the one shop that this address was connected "
    "for; expiry, a frozen shop and lists of shops are kept as unknown.",
    "Bookings of advance fulfilment (23 to 25), labels (15), couriers (37), sizes (47), goods fulfilled by Shopee (31 to 36), "
    "products, promotions and shop health are kept as unknown.",
    "What changed in a return (updated_values): its inner names are not documented; the return is fetched instead.",
    "The shape of webchat_push is not documented and only whitelisted apps get it: a message is noted where it has the names "
    "seen in public code, anything else is kept as unknown. There is no talk inside a return.",
    "ACCEPTED means that a refund is granted. Nothing tells that the money went, so such a refund stays pending; only the "
    "older word REFUND_PAID confirms one. Nor is it told how a dispute ended.",
    "CLOSED does not say in whose favour.",
    "Which goods of a bundle come back (activity) and what a warehouse does with them (follow_up_action_list) are not read.",
    "return_requested_qty, returned_qty and return_request_due_date of an order: returns tell the first two, and the window "
    "has no place in an order yet.",
    "The tax number (buyer_cpf_id) is not kept. A mail address in a return is always masked.",
    "Only the latest 1,000 reviews can be listed.",
    "Pushing is suspended where most answers fail (an empty 200 avoids it), and what is missed meanwhile is lost for good: the "
    "lists close the gap. Where pushes come from (get_shopee_ip_ranges) is not checked; their signature is.",
    "Calls must come from addresses declared in the console where its whitelist is on: a matter of deployment.",
    "Seller actions (confirm, offer, dispute, proof) are made at Shopee.",
)

CODES = {
    1: "shop_authorization_push", 2: "shop_authorization_canceled_push", 3: "order_status_push", 4: "order_trackingno_push",
    5: "shopee_updates", 6: "banned_item_push", 7: "item_promotion_push", 8: "reserved_stock_change_push",
    9: "promotion_update_push", 10: "webchat_push", 11: "video_upload_push", 12: "open_api_authorization_expiry",
    13: "brand_register_result", 15: "shipping_document_status_push", 16: "violation_item_push", 22: "item_price_update_push",
    23: "booking_status_push", 24: "booking_trackingno_push", 25: "booking_shipping_document_status_push",
    27: "item_scheduled_publish_failed_push", 28: "shop_penalty_update_push", 29: "return_updates_push",
    30: "package_fulfillment_status_push", 31: "fbs_br_invoice_issued_push", 33: "fbs_br_invoice_error_push",
    34: "fbs_br_block_shop_push", 35: "fbs_br_block_sku_push", 36: "fbs_sellable_stock",
    37: "courier_delivery_binding_status_push", 38: "video_upload_result_push", 47: "package_info_push",
}  # fmt: skip

# What an order's status is news of, as far as the status alone tells; the rest are changes.
ORDER_EVENT = {
    "UNPAID": EventType.ORDER_PLACED,
    "SHIPPED": EventType.SHIPMENT_DISPATCHED,
    "TO_CONFIRM_RECEIVE": EventType.SHIPMENT_DELIVERED,
    "CANCELLED": EventType.ORDER_CANCELLED,
}
CANCELLED, COMPLETED, READY = "CANCELLED", "COMPLETED", "READY_TO_SHIP"

PARCEL = {
    "LOGISTICS_NOT_START": ShipmentStatus.PENDING,
    "LOGISTICS_PENDING_ARRANGE": ShipmentStatus.PENDING,
    "LOGISTICS_READY": ShipmentStatus.PENDING,
    "LOGISTICS_REQUEST_CREATED": ShipmentStatus.LABELLED,
    "LOGISTICS_PICKUP_RETRY": ShipmentStatus.LABELLED,
    "LOGISTICS_PICKUP_DONE": ShipmentStatus.DISPATCHED,
    "LOGISTICS_DELIVERY_DONE": ShipmentStatus.DELIVERED,
    "LOGISTICS_PICKUP_FAILED": ShipmentStatus.EXCEPTION,
    "LOGISTICS_DELIVERY_FAILED": ShipmentStatus.EXCEPTION,
    "LOGISTICS_LOST": ShipmentStatus.LOST,
    "LOGISTICS_COD_REJECTED": ShipmentStatus.CANCELLED,
    "LOGISTICS_INVALID": ShipmentStatus.CANCELLED,
    "LOGISTICS_REQUEST_CANCELED": ShipmentStatus.CANCELLED,
}
UNDERWAY = frozenset(
    {ShipmentStatus.DISPATCHED, ShipmentStatus.DELIVERED, ShipmentStatus.EXCEPTION, ShipmentStatus.LOST}
)
TROUBLE = frozenset({ShipmentStatus.EXCEPTION, ShipmentStatus.LOST})
PARCEL_EVENT = {
    ShipmentStatus.DISPATCHED: EventType.SHIPMENT_DISPATCHED,
    ShipmentStatus.DELIVERED: EventType.SHIPMENT_DELIVERED,
    ShipmentStatus.EXCEPTION: EventType.SHIPMENT_EXCEPTION,
    ShipmentStatus.LOST: EventType.SHIPMENT_EXCEPTION,
}
# The scans that date what became of a parcel.
PICKED_UP, DELIVERED, FAILED = "PICKED_UP", "DELIVERED", frozenset({"FAILED_DELIVERED", "LOST"})

REQUEST = {
    "REQUESTED": RequestAxis.REQUESTED,
    "JUDGING": RequestAxis.NEEDS_REVIEW,
    "SELLER_DISPUTE": RequestAxis.NEEDS_REVIEW,
    "PROCESSING": RequestAxis.APPROVED,
    "ACCEPTED": RequestAxis.APPROVED,
    "REFUND_PAID": RequestAxis.APPROVED,
    "CANCELLED": RequestAxis.WITHDRAWN,
}
RETURN_EVENT = {
    "REQUESTED": EventType.RETURN_REQUESTED,
    "PROCESSING": EventType.RETURN_APPROVED,
    "ACCEPTED": EventType.RETURN_APPROVED,
    "REFUND_PAID": EventType.REFUND_ISSUED,
    "CANCELLED": EventType.RETURN_WITHDRAWN,
    "CLOSED": EventType.RETURN_CLOSED,
}
ENDED = frozenset({"CANCELLED", "CLOSED"})
DISPUTE = {"SELLER_DISPUTE": DisputeAxis.OPEN, "JUDGING": DisputeAxis.PLATFORM_REVIEW}
COMPENSATION = {
    "REQUESTED": DisputeAxis.OPEN,
    "APPROVED": DisputeAxis.COMPENSATED,
    "REJECTED": DisputeAxis.LOST,
}
MONEY = {"ACCEPTED": MoneyAxis.PENDING, "REFUND_PAID": MoneyAxis.DONE}
# The parcel on its way back, in the words of a normal return and of one turned round at the door.
BACK = {
    "LOGISTICS_PENDING_ARRANGE": GoodsAxis.AWAITING,
    "LOGISTICS_READY": GoodsAxis.AWAITING,
    "LOGISTICS_REQUEST_CREATED": GoodsAxis.AWAITING,
    "LOGISTICS_PICKUP_RETRY": GoodsAxis.AWAITING,
    "LOGISTICS_PICKUP_FAILED": GoodsAxis.AWAITING,
    "LOGISTICS_PICKUP_DONE": GoodsAxis.IN_TRANSIT,
    "LOGISTICS_DELIVERY_FAILED": GoodsAxis.IN_TRANSIT,
    "LOGISTICS_DELIVERY_DONE": GoodsAxis.RECEIVED,
    "LOGISTICS_LOST": GoodsAxis.LOST,
    "Preparing": GoodsAxis.AWAITING,
    "Delivery Failed": GoodsAxis.IN_TRANSIT,
    "Delivered": GoodsAxis.RECEIVED,
    "Lost": GoodsAxis.LOST,
}
# What a warehouse that checks the goods says of them (is_arrived_at_warehouse); it means nothing where the seller checks.
WAREHOUSE = {2: GoodsAxis.MISMATCH, 3: GoodsAxis.RECEIVED}
BACK_EVENT = {GoodsAxis.IN_TRANSIT: EventType.RETURN_DISPATCHED, GoodsAxis.RECEIVED: EventType.RETURN_RECEIVED}
