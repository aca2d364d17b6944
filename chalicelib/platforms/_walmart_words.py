"""Walmart's words -> ours. Sources: Walmart's event pages, Orders and Returns API (OpenAPI of 2026-06), its returns overview
for eventTag and status, its care policy for deadlines."""

from __future__ import annotations

from datetime import datetime, timedelta

from ..model.facts import Due
from ..model.words import EventType, GoodsAxis, MoneyAxis, ShipmentStatus

# What its notifications and API are like, for docs/platforms.md.
QUIRKS = (
    "Two ways to prove itself, by `scheme`: hmac (HMAC-SHA256 of the body, in hex or base64: both are taken; the default) or "
    "basic (user and password), in the header named when subscribing; signed (WM_SEC.SIGNATURE over method, address, time and "
    "body's hash).",
    "basic proves who calls, not what they say: prefer hmac.",
    "Signed deliveries may be 5 minutes old, and clocks 2 minutes apart. The address that was signed is the registered `url`'s "
    "path, and the query as it came: a gateway may take a part of the path away.",
    "Header names have dots, which some proxies turn into dashes or underscores: all three are read.",
    "Bodies come with source and payload, or bare as Walmart's own sample of RETURN_CREATED. A bare body names no event: let "
    "the subscription's eventUrl end with ?eventType=RETURN_CREATED, or its headers say x-event-type. Without either, what it "
    "is about is read again.",
    "A delivery is known by source.eventId; a bare one by event and bytes. Neither order nor single delivery is promised.",
    "ORDER_UPDATES tells the event in subEventType, in payload or payload.meta, and the order in payload.order.",
    "PO_LINE_AUTOCANCELLED and FRAUD_CANCEL may be about one line: the order is read for what is left of it.",
    "Return events tell one element per returned line, no SKU and no line: a line is taken from them only where it is alone.",
    "Dates come as ISO 8601, as epoch milliseconds, and as \"Mar 28, 2024\", which anything more exact beats.",
    "Countries have three letters. Quantities are text. A charge is taken as the whole line's: no sample has several units.",
    "A return may be about several purchase orders: each gets its own part.",
    "nextCursor is a ready query string, put behind the address as it is; a list ends when it stays away or repeats.",
    "Start and end dates only go in pairs. Returns are read by when they were changed, orders by when they were made.",
    "Orders go back 180 days at most, 10,000 in one list: they are read in parts of 7 days. How far returns go back is not "
    "said; 180 days are asked for. Only all orders' rate is known (5,000 a minute): the others' rates here are a guess.",
    "Access tokens last 900 seconds. A 429 says in x-next-replenishment-time when there are calls again.",
    "Returns fulfilled by Walmart are listed apart (isWFSEnabled=Y): write down wfs=yes.",
    "Customers are known by their relay address alone; the placeholder nocxemail is nobody.",
    "Walmart approves returns itself. Money is due 48 hours after the goods came, else Walmart gives it at the seller's cost.",
    "Reasons come in capitals, in small letters, or as words; WRONG_SIZE/POOR_FIT is one code with a slash.",
)
LEFT = (
    "OAUTH deliveries: Walmart would ask an endpoint of ours for a token first; hmac proves more with less.",
    "CA, MX and CL (Global APIs with WM_MARKET): what is told there is understood, but only the US API is read.",
    "ORDER_STATUS_UPDATE and ORDER_SHIPMENT_UPDATE: parcels of orders that were sold elsewhere; kept as unknown.",
    "Steps of multichannel returns but created and cancelled: their names are not on file; they are changes of a return.",
    "Performance, report, inventory, offer and buy box events: no news of an order; kept as unknown.",
    "Refunds without a return (adjustments of an order's lines): the API's account of them is not on file.",
    "Disputes and claims: they have APIs, whose answers are not on file. There is no push for them.",
    "Buyers' comments on returns: no official field.",
    "Subscribing itself, and the event types' list (a return's resource is RETURNS on one page, ReturnsAndRefunds on another).",
    "How much was given back where a return is about several purchase orders: the sum is the whole return's.",
    "Seller Center's return exports: no public list of their columns was found.",
)

HEADERS = ("wm_sec.{}", "wm-sec-{}", "wm_sec_{}")
UNNAMED = "unnamed"
SUB_EVENTS = {"PO_CREATED": EventType.ORDER_PLACED}
MCS = {
    "MCS_RETURN_ORDER_CREATED": EventType.RETURN_REQUESTED,
    "MCS_RETURN_ORDER_CANCELLED": EventType.RETURN_WITHDRAWN,
}
GOODS = {
    "RETURN_INITIATED": GoodsAxis.AWAITING,
    "RETURN_IN_TRANSIT": GoodsAxis.IN_TRANSIT,
    "INTRANSIT_AFTER_INVOICE": GoodsAxis.IN_TRANSIT,
    "DELIVERED_AT_RETURN_CENTER": GoodsAxis.RECEIVED,
    "DELIVERED_AFTER_INVOICE": GoodsAxis.RECEIVED,
}
CANCELLED_TAG = "RETURN_CANCELLED"
# What became of the money: by the refund status of lines and deliveries, and by the tags of a line's history.
MONEY = {
    "NON REFUNDED": MoneyAxis.NONE,
    "REFUND_INITIATED": MoneyAxis.PENDING,
    "REFUND_ISSUED": MoneyAxis.DONE,
    "REFUND_COMPLETED": MoneyAxis.DONE,
    "REFUNDED": MoneyAxis.DONE,
}
LINE = {
    "Created": ShipmentStatus.PENDING,
    "Acknowledged": ShipmentStatus.PENDING,
    "Shipped": ShipmentStatus.DISPATCHED,
    "Delivered": ShipmentStatus.DELIVERED,
    "Cancelled": ShipmentStatus.CANCELLED,
}
# ISO 3166-1: the markets, and where US orders may go to.
COUNTRIES = {
    "USA": "US", "CAN": "CA", "MEX": "MX", "CHL": "CL", "PRI": "PR", "GUM": "GU", "VIR": "VI", "ASM": "AS", "MNP": "MP",
    "GTM": "GT", "CRI": "CR", "HND": "HN", "NIC": "NI", "SLV": "SV", "ZAF": "ZA",
}  # fmt: skip
NOBODY = "nocxemail"

REFUND_WITHIN = timedelta(hours=48)
ON_SILENCE = "Walmart gives the money back itself, at the seller's cost"
DONE = Due("nobody", "nothing more to do")


def due(goods: GoodsAxis | None, money: MoneyAxis | None, received: datetime | None, send_by: datetime | None = None) -> Due:
    """What is due next: goods from the buyer, then their money from the seller."""
    if money in (MoneyAxis.DONE, MoneyAxis.PENDING):
        return DONE
    if goods in (GoodsAxis.RECEIVED, GoodsAxis.PARTIAL):
        return Due("seller", "give the money back", received + REFUND_WITHIN if received else None, ON_SILENCE)
    return DONE if goods is GoodsAxis.KEPT else Due("buyer", "send the goods back", send_by)
