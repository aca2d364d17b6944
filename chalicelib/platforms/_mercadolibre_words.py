"""Mercado Libre's words -> ours. Sources: developers.mercadolibre.com pages on notifications, orders, shipments, claims and
returns; statuses of payments as Mercado Pago documents them. Claim reasons have no published list: reasons/mercadolibre.toml.
"""

from __future__ import annotations

from ..model.words import DisputeAxis, GoodsAxis, RequestAxis, ShipmentStatus

# What its notifications are like, for docs/platforms.md.
QUIRKS = (
    "Nothing is signed: the callback address ends with a word that nobody can guess, the application and the user must be "
    "the ones the shop was connected with (others are answered 200 and dropped), and nothing a notification says is "
    "believed.",
    "A notification only points at a resource. Its path must have the very form that its topic has before anything is read; "
    "any other is kept as unknown.",
    "One callback address serves all sellers of an application: user_id may list several, and says whose news it is.",
    "An answer is wanted within 500 ms, or the topic is switched off and its news is lost: nothing is asked before the "
    "answer.",
    "A delivery is known by topic, resource and the time it was sent; retries keep all three.",
    "What could not be delivered stays for two days among the missed feeds, which are read every hour. It is the same "
    "delivery as the push would have been.",
    "A refresh token is good for one use, and each renewal brings the next.",
    "Claims name a reason by a family and a number (PNR not received, PDD different or defective, CS cancellation). Its "
    "text is read each time and tells the reason; PDD alone tells none.",
    "A claim is about an order, a shipment, a payment or a purchase (pack): all but the first find the order by links.",
    "Claims that cancel a purchase or a sale are no returns. A claim without a return among its entities expects no goods.",
    "Refunds are kept as one for each order: what its payments say was given back, confirmed. A claim or a return that was "
    "settled by one belongs to it.",
    "An order has a handful of lines without ids: item and variation name them.",
    "The country of an order is that of the site its items are listed on.",
    "Accounts of Global Selling read the same things under /marketplace: connect them with global_selling.",
    "How many calls are allowed is not published: five a second are made, and 429 is waited out.",
)
LEFT = (
    "The source addresses that Mercado Libre lists are incomplete in every copy, so they are not checked.",
    "Messages and questions are noted without their words, and by whom they are is not told.",
    "Chargebacks are noted from the payment; Mercado Libre publishes no deadline for the answer.",
    "Return windows and deadlines by site are not published; what the seller must do by when comes with each claim.",
    "Reviews have no topic and no documented list.",
    "The receiver of a shipment need not be the buyer and is not kept. A buyer's mail address and phone are not told.",
    "Parcels on their way back tell of the return through the claim's own return, not as shipments.",
)

# A shipment's status; the substatus says more where it is one of those below.
SHIPMENT = {
    "pending": ShipmentStatus.PENDING,
    "handling": ShipmentStatus.PENDING,
    "to_be_agreed": ShipmentStatus.PENDING,
    "ready_to_ship": ShipmentStatus.LABELLED,
    "shipped": ShipmentStatus.DISPATCHED,
    "delivered": ShipmentStatus.DELIVERED,
    "not_delivered": ShipmentStatus.EXCEPTION,
    "cancelled": ShipmentStatus.CANCELLED,
}
SUBSTATUS = {
    "in_hub": ShipmentStatus.IN_TRANSIT,
    "out_for_delivery": ShipmentStatus.OUT_FOR_DELIVERY,
    "receiver_absent": ShipmentStatus.ATTEMPTED,
    "waiting_for_withdrawal": ShipmentStatus.READY_FOR_PICKUP,
    "delayed": ShipmentStatus.DELAYED,
    "lost": ShipmentStatus.LOST,
    "stolen": ShipmentStatus.LOST,
}
# A substatus speaks while the parcel is on its way or failed; a later delivery is not undone by one.
SPEAKING = frozenset({"shipped", "not_delivered"})
PAID = frozenset({"paid", "partially_refunded", "partially_paid"})
CANCELLED = frozenset({"cancelled", "invalid"})
CHARGED_BACK = "charged_back"
CHARGEBACK = {"settled": DisputeAxis.LOST, "reimbursed": DisputeAxis.WON}
# Claims that undo a purchase before anything was sent.
CANCELLING = frozenset({"cancel_purchase", "cancel_sale"})
RETURNING = frozenset({"return", "returns"})
BACK = frozenset({"reverse", "return"})
# How a claim ended -> what became of the request. Any other reason is read by whom it benefited.
RESOLUTION = {
    "payment_refunded": RequestAxis.APPROVED,
    "partial_refunded": RequestAxis.APPROVED,
    "reimbursed": RequestAxis.APPROVED,
    "item_returned": RequestAxis.APPROVED,
    "item_changed": RequestAxis.APPROVED,
    "low_cost": RequestAxis.APPROVED,
    "respondent_timeout": RequestAxis.APPROVED,
    "opened_claim_by_mistake": RequestAxis.WITHDRAWN,
    "worked_out_with_seller": RequestAxis.WITHDRAWN,
    "prefered_to_keep_product": RequestAxis.WITHDRAWN,
    "return_canceled": RequestAxis.WITHDRAWN,
    "return_expired": RequestAxis.EXPIRED,
}
REFUNDED = frozenset({"payment_refunded", "partial_refunded", "reimbursed"})
BENEFITED = {"complainant": RequestAxis.APPROVED, "respondent": RequestAxis.DECLINED}
# The status of a return -> where its goods are.
GOODS = {
    "pending": GoodsAxis.AWAITING,
    "label_generated": GoodsAxis.AWAITING,
    "scheduled": GoodsAxis.AWAITING,
    "shipped": GoodsAxis.IN_TRANSIT,
    "pending_delivered": GoodsAxis.IN_TRANSIT,
    "delivered": GoodsAxis.RECEIVED,
    "expired": GoodsAxis.EXPIRED,
    "failed": GoodsAxis.NONE_EXPECTED,
    "cancelled": GoodsAxis.NONE_EXPECTED,
}
SITES = {
    "MLA": "AR", "MLB": "BR", "MLM": "MX", "MLC": "CL", "MCO": "CO", "MLU": "UY", "MPE": "PE", "MEC": "EC", "MLV": "VE",
    "MCR": "CR", "MPA": "PA", "MRD": "DO", "MBO": "BO", "MPY": "PY", "MGT": "GT", "MHN": "HN", "MNI": "NI", "MSV": "SV",
}  # fmt: skip
TEST = "test_order"
