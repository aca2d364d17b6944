"""The vocabulary: every closed set of words that events, states and figures are made of.

Sources: return axes after the states published by Shopify, eBay, TikTok Shop, Solidus and AfterShip, which no single
status survives; reason labels and groups are the public contract of the classifier.
"""

from __future__ import annotations

from enum import StrEnum


class Origin(StrEnum):
    """How an event reached us. Imports and reconciliation fold into state but act only while still fresh. `model` is what our
    own reading of a buyer's words added."""

    PUSH = "push"
    FETCH = "fetch"
    IMPORT = "import"
    RECONCILE = "reconcile"
    PERSON = "person"
    MODEL = "model"


class EventType(StrEnum):
    """What happened, in the past tense. A kind we do not know is `unknown` and keeps its payload."""

    ORDER_PLACED = "order.placed"
    ORDER_PAID = "order.paid"
    ORDER_CHANGED = "order.changed"
    ORDER_CANCELLED = "order.cancelled"
    SHIPMENT_DISPATCHED = "shipment.dispatched"
    SHIPMENT_MOVED = "shipment.moved"
    SHIPMENT_EXCEPTION = "shipment.exception"
    SHIPMENT_DELIVERED = "shipment.delivered"
    RETURN_REQUESTED = "return.requested"
    RETURN_APPROVED = "return.approved"
    RETURN_DECLINED = "return.declined"
    RETURN_WITHDRAWN = "return.withdrawn"
    RETURN_CHANGED = "return.changed"
    RETURN_DISPATCHED = "return.dispatched"
    RETURN_RECEIVED = "return.received"
    RETURN_INSPECTED = "return.inspected"
    RETURN_CLOSED = "return.closed"
    RETURN_REOPENED = "return.reopened"
    RETURN_CORRECTED = "return.corrected"
    REFUND_ISSUED = "refund.issued"
    DISPUTE_OPENED = "dispute.opened"
    DISPUTE_CHANGED = "dispute.changed"
    DISPUTE_CLOSED = "dispute.closed"
    REVIEW_POSTED = "review.posted"
    MESSAGE_RECEIVED = "message.received"
    WORDS_READ = "words.read"
    BUYER_REDACTED = "buyer.redacted"
    BUYER_DATA_REQUESTED = "buyer.data_requested"
    SHOP_REDACTED = "shop.redacted"
    SHOP_UNINSTALLED = "shop.uninstalled"
    STOCK_ADJUSTED = "stock.adjusted"
    LEDGER_ADJUSTED = "ledger.adjusted"
    REJECTED = "rejected"
    UNKNOWN = "unknown"


class LineKind(StrEnum):
    """What a booked line is. Only `sale` counts as sold goods and only `return` as goods that came back."""

    SALE = "sale"
    RETURN = "return"
    SERVICE = "service"
    FREE = "free"
    WRITE_OFF = "write_off"
    BAD_DEBT = "bad_debt"


class ShipmentStatus(StrEnum):
    """Where a parcel is, least to most advanced: on equal time the later word wins."""

    PENDING = "pending"
    LABELLED = "labelled"
    DISPATCHED = "dispatched"
    IN_TRANSIT = "in_transit"
    OUT_FOR_DELIVERY = "out_for_delivery"
    ATTEMPTED = "attempted"
    READY_FOR_PICKUP = "ready_for_pickup"
    DELAYED = "delayed"
    EXCEPTION = "exception"
    LOST = "lost"
    CANCELLED = "cancelled"
    DELIVERED = "delivered"


class RequestAxis(StrEnum):
    """Axis A of a return: what became of the request."""

    REQUESTED = "requested"
    NEEDS_REVIEW = "needs_review"
    APPROVED = "approved"
    DECLINED = "declined"
    WITHDRAWN = "withdrawn"
    EXPIRED = "expired"


class GoodsAxis(StrEnum):
    """Axis B of a return: where the goods are."""

    NONE_EXPECTED = "none_expected"
    AWAITING = "awaiting"
    IN_TRANSIT = "in_transit"
    PARTIAL = "partial"
    RECEIVED = "received"
    MISMATCH = "mismatch"
    LOST = "lost"
    KEPT = "kept"
    EXPIRED = "expired"


class MoneyAxis(StrEnum):
    """Axis C of a return: where the money is. `done` needs a refund confirmed by the platform."""

    NONE = "none"
    OFFERED = "offered"
    DECLINED_OFFER = "declined_offer"
    PENDING = "pending"
    FAILED = "failed"
    DONE = "done"
    REVERSED = "reversed"


class DisputeAxis(StrEnum):
    """Axis D of a return, and the status of a dispute on an order."""

    NONE = "none"
    OPEN = "open"
    PLATFORM_REVIEW = "platform_review"
    WON = "won"
    LOST = "lost"
    COMPENSATED = "compensated"


class Reason(StrEnum):
    """Why something came back: the 16 labels of the classifier, and fraud which only rules on behaviour may set."""

    QUALITY_DEFECT = "quality_defect"
    SIZE_TOO_SMALL = "size_too_small"
    SIZE_TOO_LARGE = "size_too_large"
    SIZE_OR_FIT_OTHER = "size_or_fit_other"
    NOT_AS_DESCRIBED = "not_as_described"
    COMPATIBILITY = "compatibility"
    EXPECTATION_GAP = "expectation_gap"
    DAMAGED_IN_TRANSIT = "damaged_in_transit"
    WRONG_ITEM = "wrong_item"
    MISSING_PARTS = "missing_parts"
    NOT_RECEIVED = "not_received"
    LATE_DELIVERY = "late_delivery"
    CHANGED_MIND = "changed_mind"
    BETTER_PRICE = "better_price"
    ORDERED_BY_MISTAKE = "ordered_by_mistake"
    OTHER = "other"


REASON_GROUPS: dict[Reason, str] = {
    Reason.QUALITY_DEFECT: "quality",
    Reason.SIZE_TOO_SMALL: "description",
    Reason.SIZE_TOO_LARGE: "description",
    Reason.SIZE_OR_FIT_OTHER: "description",
    Reason.NOT_AS_DESCRIBED: "description",
    Reason.COMPATIBILITY: "description",
    Reason.EXPECTATION_GAP: "description",
    Reason.DAMAGED_IN_TRANSIT: "logistics",
    Reason.WRONG_ITEM: "logistics",
    Reason.MISSING_PARTS: "logistics",
    Reason.NOT_RECEIVED: "logistics",
    Reason.LATE_DELIVERY: "logistics",
    Reason.CHANGED_MIND: "no_reason",
    Reason.BETTER_PRICE: "no_reason",
    Reason.ORDERED_BY_MISTAKE: "no_reason",
    Reason.OTHER: "other",
}
