"""eBay's words -> ours. Sources: Notification API topics, Post-Order API enums (ReturnStateEnum, CancelStatusEnum,
InquiryStatusEnum, CaseStatusEnum), Fulfillment API (PaymentDisputeStatusEnum)."""

from __future__ import annotations

from ..model.facts import Due
from ..model.words import DisputeAxis, EventType, GoodsAxis, MoneyAxis, RequestAxis

BUYER = "ebay:user:"


def buyer(name: str | None) -> str | None:
    """The reference to a buyer: eBay's name for them, or the id that some developers get in place of it."""
    return f"{BUYER}{name}" if name else None


# What its notifications and API are like, for docs/platforms.md.
QUIRKS = (
    "Deliveries are signed with ECDSA keys that eBay publishes by id; the hash is the published one (SHA1 today, or SHA256).",
    "The key's id in a delivery is anybody's word until it is verified: only a UUID is ever asked for.",
    "A signature says that eBay sent it, not to whom: with `seller` written down, news of other sellers is not taken.",
    "The address is tried with GET ?challenge_code=...; the answer is made of the registered address, byte for byte.",
    "A delivery is known by notificationId, which stays the same while publishDate and publishAttemptCount change.",
    "Notifications carry ids: order and return are read for the rest. ORDER_CONFIRMATION comes once per line item, and again "
    "after a checkout was reopened; the lines add up to one order.",
    "ORDER_RETURN_ACTIVITY tells no reason, and times of its own: what was read of the return counts where both speak.",
    "ITEM_MARKED_SHIPPED may name a listing alone; without an order nothing follows from it.",
    "Account deletions come for every eBay user who leaves, strangers too. They are matched by user id and by name, for "
    "some developers get ids in place of the names of users in the US (since 2025-09-26).",
    "AUTHORIZATION_REVOCATION closes the shop only where `seller` is written down and is whom it names.",
    "Post-Order calls want `Authorization: IAF` and X-EBAY-C-MARKETPLACE-ID; dates are objects there, money JSON numbers.",
    "A return names no SKU: its line is the order line whose lineItemId is the return's transactionId.",
    "Inquiries and cases may name no order: they find it by the line item, which each order claims.",
    "A return's summary has no time of its own: open returns are read in full, and the latest entry of their history counts.",
    "The money of a refund is the seller's net amount, without tax that eBay collected.",
    "lineItemCost is the whole line's; the unit price is it divided by the quantity.",
    "An order without parcels answers 200 with total 0, and shippingCarrierCode may be missing.",
    "Disputed payments are on another host, apiz.ebay.com.",
    "A deadline (respondByDate) of the seller's comes first where both sides have one.",
    "Calls a day are shared by all shops of one application: 5,000 for each Post-Order resource, so its lists are read every "
    "6 hours; the rates here spend no more than that for one shop.",
    "Feedback is no stars: POSITIVE, NEUTRAL or NEGATIVE is kept as eBay's word, and the rating stays empty.",
)
LEFT = (
    "NEW_MESSAGE does not say which side is the seller: what it holds is not read. Buyers' questions, feedback and comments on "
    "returns are.",
    "Platform Notifications (SOAP): their MD5 signature covers a time and nothing of the body, which anybody could change.",
    "A body that was spelled anew on its way is refused: only the raw bytes are verified, which are what eBay signed.",
    "The age of publishDate is not checked: a delivery played again has the same id and is a duplicate.",
    "412 for a bad signature: eBay's SDKs answer so, but any refusal makes it send again.",
    "FEEDBACK_LEFT and FEEDBACK_STAR_RATING tell of the seller's own words and star: kept as unknown.",
    "There is no push for delivered parcels or their trouble: a tracking service or the carrier tells.",
    "Subscribing (config, destination, subscription) is done once in eBay's API explorer; without an alert e-mail it fails.",
    "ORDER_RETURN_ACTIVITY, ORDER_CANCELLATION_ACTIVITY and ORDER_INQUIRY_ACTIVITY need scopes that eBay grants on request; "
    "the lists need none and tell the same.",
    "Which side won a disputed payment is told by no field on file: it is closed, and no more is said.",
    "The sandbox: Post-Order searches do not exist there.",
    "EU and UK sellers must sign refund calls (RFC 9421); no refund is called from here.",
    "Seller Hub's return exports: no public list of their columns was found.",
)

RETURN_ACTIVITY = {
    "RETURN_REQUESTED": EventType.RETURN_REQUESTED,
    "RETURN_FULFILLMENT_INITIATED": EventType.RETURN_DISPATCHED,
    "RETURN_FULFILLMENT_COMPLETED": EventType.RETURN_RECEIVED,
    "RETURN_CLOSED": EventType.RETURN_CLOSED,
}
# Where the goods are after an activity. What became of the request only the return itself says.
ACTIVITY_GOODS = {
    "RETURN_FULFILLMENT_INITIATED": GoodsAxis.IN_TRANSIT,
    "RETURN_FULFILLMENT_COMPLETED": GoodsAxis.RECEIVED,
}
CANCELLATION_ACTIVITY = {"CANCELLATION_COMPLETED": EventType.ORDER_CANCELLED}
INQUIRY_ACTIVITY = {"INQUIRY_CREATED": EventType.DISPUTE_OPENED, "INQUIRY_CLOSED": EventType.DISPUTE_CLOSED}
# Handed to eBay for a decision. What became of it only the case tells.
REFERRED = frozenset(
    "RETURN_REFERRAL_CREATED RETURN_REFERRAL_ON_HOLD INQUIRY_REFERRAL_CREATED INQUIRY_REFERRAL_ON_HOLD".split()
)
INQUIRY_AXIS = {
    "INQUIRY_CREATED": DisputeAxis.OPEN,
    "INQUIRY_CLOSED": DisputeAxis.NONE,
    **dict.fromkeys(sorted(REFERRED), DisputeAxis.PLATFORM_REVIEW),
}

_WAITING = "WAITING_FOR_RMA REPLACEMENT_WAITING_FOR_RMA WAITING_FOR_RETURN_LABEL RETURN_LABEL_PENDING RETURN_LABEL_REQUESTED"
_REPLACING = "REPLACEMENT_LABEL_REQUESTED REPLACEMENT_STARTED REPLACEMENT_SHIPPED REPLACEMENT_DELIVERED REPLACEMENT_CLOSED"
_AWAITED = f"{_WAITING} ITEM_READY_TO_SHIP READY_FOR_SHIPPING RETURN_LABEL_PROVIDED"
_MOVING = "ITEM_SHIPPED"
_PAYING = (
    "REFUND_INITIATED PARTIAL_REFUND_INITIATED REFUND_SENT_PENDING_CONFIRMATION PAYOUT_INITIATED AUTO_REFUND_INITIATED "
    "REFUND_AS_PAYOUT_INITIATED PARTIAL_REFUND_AS_PAYOUT_INITIATED"
)
REQUEST = {
    **dict.fromkeys("RETURN_REQUESTED REPLACEMENT_REQUESTED".split(), RequestAxis.REQUESTED),
    **dict.fromkeys(f"{_AWAITED} {_REPLACING} {_MOVING} ITEM_DELIVERED ITEM_KEPT {_PAYING}".split(), RequestAxis.APPROVED),
    **dict.fromkeys("LESS_THAN_A_FULL_REFUND_ISSUED REFUND_TIMEOUT".split(), RequestAxis.APPROVED),
    "RETURN_REJECTED": RequestAxis.DECLINED,
    **dict.fromkeys("RETURN_REQUEST_TIMEOUT REPLACEMENT_REQUEST_TIMEOUT".split(), RequestAxis.EXPIRED),
}
GOODS = {
    **dict.fromkeys(_AWAITED.split(), GoodsAxis.AWAITING),
    _MOVING: GoodsAxis.IN_TRANSIT,
    "ITEM_DELIVERED": GoodsAxis.RECEIVED,
    "ITEM_KEPT": GoodsAxis.KEPT,
}
MONEY = {
    "PARTIAL_REFUND_REQUESTED": MoneyAxis.OFFERED,
    "PARTIAL_REFUND_DECLINED": MoneyAxis.DECLINED_OFFER,
    **dict.fromkeys(_PAYING.split(), MoneyAxis.PENDING),
    **dict.fromkeys("PARTIAL_REFUND_FAILED REFUND_FAILED REFUND_TIMEOUT".split(), MoneyAxis.FAILED),
    "LESS_THAN_A_FULL_REFUND_ISSUED": MoneyAxis.DONE,
}
ESCALATED = frozenset({"ESCALATED", "RETURN_ESCALATED"})
CLOSED = frozenset({"CLOSED", "REPLACEMENT_CLOSED", "ITEM_KEPT", "RETURN_REQUEST_TIMEOUT", "REPLACEMENT_REQUEST_TIMEOUT"})
# The type of event that a return's state makes of it, by its goods, else by its request.
RETURN_EVENT = {
    GoodsAxis.IN_TRANSIT: EventType.RETURN_DISPATCHED,
    GoodsAxis.RECEIVED: EventType.RETURN_RECEIVED,
    RequestAxis.REQUESTED: EventType.RETURN_REQUESTED,
    RequestAxis.APPROVED: EventType.RETURN_APPROVED,
    RequestAxis.DECLINED: EventType.RETURN_DECLINED,
}
CANCELLED = frozenset(
    "CANCEL_CLOSED_FOR_COMMITMENT CANCEL_CLOSED_NO_REFUND CANCEL_CLOSED_UNKNOWN_REFUND CANCEL_CLOSED_WITH_REFUND".split()
)
DISPUTE_CLOSED = frozenset("CLOSED CS_CLOSED CLOSED_WITH_ESCALATION".split())
# Closed says nothing of who won: there is none any more.
DISPUTE = {
    **dict.fromkeys("OPEN PENDING ACTION_NEEDED WAITING_SELLER_RESPONSE WAITING_BUYER_RESPONSE".split(), DisputeAxis.OPEN),
    **dict.fromkeys("ON_HOLD WAITING_DELIVERY REFUND_AGREED_BUT_FAILED".split(), DisputeAxis.OPEN),
    **dict.fromkeys("ESCALATED WAITING_CS".split(), DisputeAxis.PLATFORM_REVIEW),
    **dict.fromkeys(sorted(DISPUTE_CLOSED), DisputeAxis.NONE),
}

ON_SILENCE = "the buyer may ask eBay to step in, which may refund at the seller's cost"
NOBODY = Due("nobody", "eBay waits for neither side")
DECIDES = Due("platform", "eBay decides the case")
ACTIONS = {
    "SELLER_APPROVE_REQUEST": "answer the request",
    "SELLER_ISSUE_REFUND": "give the money back",
    "SELLER_PROVIDE_RMA": "give the buyer a return number",
    "SELLER_PROVIDE_LABEL": "give the buyer a label",
    "SELLER_PRINT_SHIPPING_LABEL": "give the buyer a label",
    "SELLER_MARK_AS_RECEIVED": "say that the goods came back",
    "NOTIFIED_SHIPPED": "send the goods back",
    "BUYER_PROVIDE_TRACKING_INFO": "send the goods back",
}
