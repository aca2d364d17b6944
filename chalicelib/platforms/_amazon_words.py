"""Amazon's words -> ours. Sources: amzn/selling-partner-api-models (notification schemas, orders 2026-01-01, finances
2024-06-19, fulfillment outbound 2020-07-01); words of the report files as public projects that read real ones know them."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

from ..model.words import EventType, Reason, RequestAxis, ShipmentStatus
from . import _reasons

# What it is like, for docs/platforms.md.
QUIRKS = (
    "Amazon calls nobody: it writes to an SQS queue of yours, which its account 437568002678 alone may do. Nothing is signed. "
    "Any seller's application could name your queue as its destination, so give application_id: other applications' "
    "notifications are then refused.",
    "Keys of the envelope come as NotificationType or as notificationType, and in an EventBridge event under detail: all are "
    "read.",
    "A notification is known by its type and NotificationId. SQS brings it at least once and in any order.",
    "ORDER_CHANGE holds no buyer, price, currency or tracking number: the order is read for each.",
    "Plain requests are made: the API wants the access token (Login with Amazon) in a header and no AWS signature any more.",
    "Orders, returns and refunds of Amazon share nothing but order and SKU, so a line is known by its SKU: two items of one "
    "SKU in one order are one line.",
    "There is no notification of returns. Both reports (fulfilled by Amazon, and by the seller) are asked for once a day over "
    "the last 35 days, because rows change and are dated back; at most 30 and 60 days to a report.",
    "A report that is CANCELLED has no rows, one that is FATAL was not made; it is looked at each minute, later every 5, for "
    "4 hours.",
    "A report lies behind an address that opens for 5 minutes, at a host under .amazonaws.com, packed by GZIP, in the "
    "encoding that its answer names. An address that has closed is asked for again. 10,000 rows are read at once.",
    "Report files quote nothing, leave cells away at the end of a row, and hold a blank in empty ones.",
    "Days in the report on returns to the seller come as 10-Jul-2025, month names in the marketplace's language; they are "
    "taken as midnight UTC. The seller's own XML report says the time.",
    "A unit that Amazon took back is a return of its own, by order and licence plate: its return-date moves from one report "
    "to the next. A later report knows better; among files the further status does.",
    "FBA returns are Amazon's business, refund included: a unit is done with unless its status is pending, and none waits for "
    "the seller. Reimbursed is money for the seller, not for the buyer.",
    "The disposition of a returned unit is kept as it is. It is taken for the reason only where CARRIER_DAMAGED meets a buyer "
    "who complained of the goods' state: otherwise the damage was done on the way back, and DEFECTIVE may only repeat the "
    "buyer.",
    "Reason codes have two spellings (APPAREL_TOO_SMALL, AMZ-PG-APP-TOO-SMALL) and an open list: prefixes are taken off, "
    "families matched, and what is not known is kept as it came.",
    "Refunded Amount of a returns report stands in for the refund until the finances tell of one: money is counted once.",
    "A refund's transaction mixes what the buyer got with the fees that Amazon gave back; the buyer's part is all but the "
    "fees.",
    "A deferred transaction says nothing of whether the money went; the one that releases it has the same refund.",
    "Of an order that Amazon ships no parcels are told; of one that the seller ships, not when a parcel was delivered.",
    "Buyers are known by the alias of their e-mail address, which only orders that the seller ships have.",
    "The last two minutes cannot be read: lists of orders and transactions are moved back by three.",
    "Amazon says how far back reports reach nowhere we could find; a year is asked for.",
)
LEFT = (
    "A-to-z claims and chargebacks have no notification and no API. The returns report says that there is a claim; the "
    "finances say so only after the decision, as a refund like any other.",
    "FEED_PROCESSING_FINISHED and other types are kept as unknown. ORDER_STATUS_CHANGE and MFN_ORDER_STATUS_CHANGE are gone.",
    "Making the destination and the subscriptions (a token without a seller) is part of setting up, not of running.",
    "SHIPMENT_TRACKING_MILESTONE_CHANGED names neither order nor seller: it finds an order only where a multi-channel order "
    "told the same number, and of sellers who share a queue only the queue's own shop.",
    "Prime returns reports (CSV, XML): their columns were found nowhere. Seller feedback: headers and dates in the "
    "marketplace's language, of which no list was found. The External Fulfillment Returns API (mainly India), and its status "
    "words.",
    "The Customer Feedback API (why people return in a category) is a benchmark, not news. Buyers' messages have no API.",
    "Messages to buyers (Messaging and Solicitations API): every message to an Amazon buyer waits for a person.",
    "The codes by which sellers explain returns of multi-channel orders are Amazon's to give out, for each SKU.",
    "Returns without licence plate are known by order, SKU and return-date until they have one: two units of one second are "
    "one.",
    "Why somebody asked to cancel may be the buyer's own words: it stays in the sealed body. Only codes are kept as a reason.",
    "Totals of the All Orders report: whether its prices hold tax depends on the marketplace. Easy Ship's status names no "
    "parcel.",
    "Restricted data tokens: orders 2026-01-01 needs none. Orders v0 and Finances v0 are on their way out.",
    "refund_amount of the XML returns report: the published one is of a request that was approved, not yet refunded.",
)

# marketplace id -> what Amazon calls the shop there; sources: developer-docs.amazon.com/sp-api/docs/marketplace-ids
MARKETPLACES = {
    "ATVPDKIKX0DER": "Amazon.com", "A2EUQ1WTGCTBG2": "Amazon.ca", "A1AM78C64UM0Y8": "Amazon.com.mx",
    "A2Q3Y263D00KWC": "Amazon.com.br", "A28R8C7NBKEWEA": "Amazon.ie", "A1RKKUPIHCS9HS": "Amazon.es",
    "A1F83G8C2ARO7P": "Amazon.co.uk", "A13V1IB3VIYZZH": "Amazon.fr", "AMEN7PMS3EDWL": "Amazon.com.be",
    "A1805IZSGTT6HS": "Amazon.nl", "A1PA6795UKMFR9": "Amazon.de", "APJ6JRA9NG5V4": "Amazon.it", "A2NODRKZP88ZB9": "Amazon.se",
    "AE08WJ6YKNBMC": "Amazon.co.za", "A1C3SOZRARQ6R3": "Amazon.pl", "ARBP9OOSHTCHU": "Amazon.eg",
    "A33AVAJ2PDY3EV": "Amazon.com.tr",
    "A17E79C6D8DWNP": "Amazon.sa", "A2VIGQ35RCS4UG": "Amazon.ae", "A21TJRUUN4KGV": "Amazon.in", "A19VAU5U5O7RUS": "Amazon.sg",
    "A39IBJ37TRP1C6": "Amazon.com.au", "A1VC38T7YXB528": "Amazon.co.jp",
}  # fmt: skip

# An order's status, as notifications (Canceled), orders 2026-01-01 (CANCELLED) and reports (Cancelled) spell it -> the event it
# makes; compared as `plain` makes it.
ORDER = {
    "pending": EventType.ORDER_PLACED,
    "pendingavailability": EventType.ORDER_PLACED,
    "unshipped": EventType.ORDER_PAID,
    "partiallyshipped": EventType.SHIPMENT_DISPATCHED,
    "shipped": EventType.SHIPMENT_DISPATCHED,
    "canceled": EventType.ORDER_CANCELLED,
    "cancelled": EventType.ORDER_CANCELLED,
}
CANCELLED = frozenset({"canceled", "cancelled"})
# A package's own status, the finer one first.
PACKAGE = {
    "PENDING_SCHEDULE": ShipmentStatus.PENDING,
    "PENDING_PICK_UP": ShipmentStatus.LABELLED,
    "PENDING_DROP_OFF": ShipmentStatus.LABELLED,
    "LABEL_CANCELLED": ShipmentStatus.CANCELLED,
    "PICKED_UP": ShipmentStatus.DISPATCHED,
    "DROPPED_OFF": ShipmentStatus.DISPATCHED,
    "AT_ORIGIN_FC": ShipmentStatus.IN_TRANSIT,
    "AT_DESTINATION_FC": ShipmentStatus.IN_TRANSIT,
    "OUT_FOR_DELIVERY": ShipmentStatus.OUT_FOR_DELIVERY,
    "REJECTED_BY_BUYER": ShipmentStatus.EXCEPTION,
    "RETURNING_TO_SELLER": ShipmentStatus.EXCEPTION,
    "RETURNED_TO_SELLER": ShipmentStatus.EXCEPTION,
    "DAMAGED": ShipmentStatus.EXCEPTION,
    "LOST": ShipmentStatus.LOST,
    "PENDING": ShipmentStatus.PENDING,
    "SHIPPED": ShipmentStatus.DISPATCHED,
    "IN_TRANSIT": ShipmentStatus.IN_TRANSIT,
    "DELIVERED": ShipmentStatus.DELIVERED,
    "CANCELLED": ShipmentStatus.CANCELLED,
    "UNDELIVERABLE": ShipmentStatus.EXCEPTION,
}
# Multi-channel shipments (fulfillment outbound) and those of orders that Amazon ships.
OUTBOUND = {
    "CREATED": ShipmentStatus.PENDING,
    "PENDING": ShipmentStatus.PENDING,
    "PROCESSED": ShipmentStatus.PENDING,
    "SHIPPED": ShipmentStatus.DISPATCHED,
    "DELIVERED": ShipmentStatus.DELIVERED,
    "CANCELED": ShipmentStatus.CANCELLED,
    "CANCELLED": ShipmentStatus.CANCELLED,
    "CANCELLED_BY_FULFILLER": ShipmentStatus.CANCELLED,
    "CANCELLED_BY_SELLER": ShipmentStatus.CANCELLED,
}
MILESTONE = {
    "ORDER_PREPARING": ShipmentStatus.PENDING,
    "BOOKING_CONFIRMED": ShipmentStatus.PENDING,
    "CARRIER_ASSIGNED": ShipmentStatus.LABELLED,
    "SHIPPED": ShipmentStatus.DISPATCHED,
    "CUSTOMS_CLEARED": ShipmentStatus.IN_TRANSIT,
    "OUT_FOR_DELIVERY": ShipmentStatus.OUT_FOR_DELIVERY,
    "DELIVERED": ShipmentStatus.DELIVERED,
}
SHIPMENT_EVENT = {
    ShipmentStatus.DISPATCHED: EventType.SHIPMENT_DISPATCHED,
    ShipmentStatus.DELIVERED: EventType.SHIPMENT_DELIVERED,
    ShipmentStatus.EXCEPTION: EventType.SHIPMENT_EXCEPTION,
    ShipmentStatus.LOST: EventType.SHIPMENT_EXCEPTION,
}
MULTICHANNEL = {
    "RECEIVED": EventType.ORDER_PLACED,
    "CANCELLED": EventType.ORDER_CANCELLED,
    "CANCELED": EventType.ORDER_CANCELLED,
}
# Return request status of the report on returns to the seller; all that begins with "pending" is asked for, too.
REQUEST = {
    "pending": RequestAxis.REQUESTED,
    "pendingapproval": RequestAxis.REQUESTED,
    "approved": RequestAxis.APPROVED,
    "authorized": RequestAxis.APPROVED,
    "completed": RequestAxis.APPROVED,
    "closed": RequestAxis.APPROVED,
    "rejected": RequestAxis.DECLINED,
    "denied": RequestAxis.DECLINED,
    "declined": RequestAxis.DECLINED,
    "canceled": RequestAxis.WITHDRAWN,
    "cancelled": RequestAxis.WITHDRAWN,
    "expired": RequestAxis.EXPIRED,
}
REQUEST_EVENT = {
    RequestAxis.REQUESTED: EventType.RETURN_REQUESTED,
    RequestAxis.APPROVED: EventType.RETURN_APPROVED,
    RequestAxis.DECLINED: EventType.RETURN_DECLINED,
    RequestAxis.WITHDRAWN: EventType.RETURN_WITHDRAWN,
    RequestAxis.EXPIRED: EventType.RETURN_CLOSED,
}
CLOSED = frozenset({"closed", "completed"})
RETURNLESS = frozenset({"returnlessrefund"})
REIMBURSED = "reimbursed"
# A buyer who gave one of these was speaking of the state in which the goods came to them.
STATE_OF_GOODS = frozenset({Reason.QUALITY_DEFECT, Reason.DAMAGED_IN_TRANSIT, Reason.NOT_AS_DESCRIBED})
CARRIER_DAMAGED = frozenset({"CARRIER_DAMAGED", "CARRIERDAMAGED"})

_PREFIX = re.compile(r"(CR_)?(AMZ_PG_)?((APP|WJ|SHOES[A-Z]*)_)?")
_CODE = re.compile(r"[A-Z][A-Z0-9]*(_[A-Z0-9]+)*")
_MAX_CODE = 60


@dataclass(frozen=True, slots=True)
class Said:
    """What a reason code says: as it came, our label (None where nobody knows it), whose fault, what a person should know."""

    native: str | None = None
    label: Reason | None = None
    fault: str | None = None
    flag: str | None = None


@lru_cache(maxsize=4096)
def reason(code: str) -> Said:
    """A reason code in either spelling."""
    code = code.strip()
    if not code:
        return Said()
    known = _reasons.codes("amazon").of(normalised(code))
    return Said(code, known.label, known.fault, known.flag) if known else Said(code)


def normalised(code: str) -> str:
    """A code in the one spelling of the file of reasons."""
    text = code.strip().upper().replace("-", "_").replace(" ", "_")
    return text[match.end() :] if (match := _PREFIX.match(text)) and match.end() < len(text) else text


def plain(word: str | None) -> str:
    """A status word without what differs from one place to the other: "PARTIALLY_SHIPPED", "PartiallyShipped"."""
    return "".join(one for one in (word or "").casefold() if one.isalnum())


def code_alone(word: str | None) -> str | None:
    """A word that is plainly a code of Amazon's; None for anything that somebody may have written."""
    return word if word and len(word) <= _MAX_CODE and _CODE.fullmatch(word) else None


def settled(status: str | None) -> bool:
    """Whether nothing more happens to a unit that Amazon took back: only what is pending is still in work."""
    return not plain(status).startswith("pending")


def native(topic: str, **said: str | None) -> dict[str, str]:
    """Amazon's own words for an event."""
    return {"topic": topic} | {name: word for name, word in said.items() if word}


def request_of(status: str | None) -> RequestAxis | None:
    """What the status of a return request says; None for one that is not known."""
    word = plain(status)
    return RequestAxis.REQUESTED if word.startswith("pending") else REQUEST.get(word)
