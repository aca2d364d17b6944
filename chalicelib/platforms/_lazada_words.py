"""Lazada's words -> ours. Sources: Lazada Open Platform, push mechanism (message types 0, 10 and 14 with their tables of
statuses), GetReverseOrderDetail; what reasons say is in reasons/lazada.toml."""

from __future__ import annotations

from dataclasses import dataclass

from ..model.words import EventType, GoodsAxis, MoneyAxis, RequestAxis, ShipmentStatus

# What its messages and calls are like, for docs/platforms.md.
QUIRKS = (
    "One address serves every seller of an app: seller_id in the body tells whose news it is. A seller has an id in each "
    "country, so each country's shop is connected by itself, with its region. Where two ids differ, the outer one counts.",
    "The signature covers the app key and the raw body; hex in either case is taken. Lazada only recommends checking it; here "
    "it is a must, for nothing else tells who sends.",
    "The answer must be there within half a second; its body is not read. The test message behind the Verify button is a "
    "signed message like any other.",
    "Messages have no id. One is known by its type, the line, package or review it is about, its status and when that changed "
    "(the time of sending where it does not say). A retry carries the newest status, so bodies are never compared.",
    "Messages are about one line of an order: a cancelled line is no cancelled order. Whether all of it is, the order tells.",
    "Ids come as text or as numbers, times in seconds or milliseconds (told apart by their length), the site as lazada_vn, "
    "LAZADA_SG or lazada-sg.",
    "In message type 8 the outer seller_id is the text 'null'; the real one stands inside.",
    "Message type 0 with a reverse_order_id is about a return, or a cancellation by the buyer: reading it tells which.",
    "Types 11 (another envelope, without type and data) and 12 (for everybody, without a seller) are kept as unknown.",
    "Messages carry ids and a status: orders, lines, returns and reviews are fetched, each country at its own host.",
    "A return to the merchant is never told to be refunded: returns are read again after 12 hours, a day and then every two "
    "days for two weeks, and every six hours by their list, until they have ended.",
    "A buyer's cancellation before dispatch comes as a reverse order too; it is no return.",
    "A return's amounts are in cents, whole đồng in Vietnam, and name no currency: it is the region's.",
    "List and detail of returns call the same things product and productDTO, buyer_id and user_id; both are read.",
    "Reasons are numbers with a text in the buyer's language. The number is kept, the label is read from English texts.",
    "The deadline (sla) that Lazada sends with a return counts. Who must act follows from the status and from who inspects.",
    "The order has no lines, and its lines no total: both are read. Each line is one unit.",
    "Reviews are listed product by product, seven days at a time, as ids; ten at once are then read.",
    "Errors come with status 200 and a code that is not 0. Calls may be limited at any rate: we make at most 5 a second.",
    "An access token lives 30 days, a refresh token 180.",
)
LEFT = (
    "Products, videos, stock, promotions, seller status, sessions and purchase orders (types 1, 3 to 7, 11 to 13, 19, 35 and "
    "46) and the notice that an authorisation ends (8) are kept as unknown; a token that cannot be renewed is told of anyway.",
    "Names, phones and addresses are masked: a buyer is known by a number alone, and cannot be written to from here.",
    "Pending means paid; for cash on delivery the order itself tells that it is not.",
    "When an order was paid, or a parcel delivered, is told by messages alone: the order dates neither.",
    "What ofc_status says of a parcel on its way back is not documented in full: it is kept as Lazada's own word.",
    "The talk inside a return (/order/reverse/return/history/list) holds pictures and times; where the buyer's words stand is "
    "not documented.",
    "A session of the chat is known by a hash, for its own name is made of people's account numbers.",
    "Whether a certificate of level OV or EV is still asked for: try the Verify button; it is a matter of deployment.",
    "Pushing stops where more than half of the answers fail, or the authorisation has ended; nothing can be replayed. The "
    "lists close such gaps.",
    "Seller actions and the reasons for a refusal are made and chosen at Lazada.",
)

TYPES = {
    "0": "trade_order", "1": "product_quality_control", "2": "im_message", "3": "product_created", "4": "product_edited",
    "5": "product_deleted", "6": "shallow_stock", "7": "short_video", "8": "token_expiration", "10": "reverse_order",
    "11": "promotion", "12": "category_tree", "13": "seller_status", "14": "fulfillment_order", "19": "im_session",
    "21": "product_review", "35": "jit_purchase_order", "46": "jit_pick_up",
}  # fmt: skip
# The regions by the end of `site`, with the host of their API and the currency that their returns are in.
HOSTS = {
    "SG": "api.lazada.sg", "VN": "api.lazada.vn", "TH": "api.lazada.co.th", "PH": "api.lazada.com.ph",
    "MY": "api.lazada.com.my", "ID": "api.lazada.co.id",
}  # fmt: skip
CURRENCY = {"SG": "SGD", "VN": "VND", "TH": "THB", "PH": "PHP", "MY": "MYR", "ID": "IDR"}

_TROUBLE = """
    failed failed_delivery damaged_by_3pl lost_by_3pl shipped_back shipped_back_failed shipped_back_success package_scrapped
"""
# A line's status. What it is news of; the rest are changes.
LINE_EVENT = {
    "unpaid": EventType.ORDER_PLACED,
    "pending": EventType.ORDER_PAID,
    "shipped": EventType.SHIPMENT_DISPATCHED,
    "delivered": EventType.SHIPMENT_DELIVERED,
    **dict.fromkeys(_TROUBLE.split(), EventType.SHIPMENT_EXCEPTION),
}
CANCELLED, RETURNED = "canceled", "returned"
LINE_PARCEL = {
    "packed": ShipmentStatus.LABELLED,
    "repacked": ShipmentStatus.LABELLED,
    "ready_to_ship": ShipmentStatus.LABELLED,
    "ready_to_ship_pending": ShipmentStatus.LABELLED,
    "shipped": ShipmentStatus.DISPATCHED,
    "delivered": ShipmentStatus.DELIVERED,
    "returned": ShipmentStatus.DELIVERED,
    "canceled": ShipmentStatus.CANCELLED,
    **dict.fromkeys(_TROUBLE.split(), ShipmentStatus.EXCEPTION),
    "lost_by_3pl": ShipmentStatus.LOST,
}
PACKAGE = {
    "READY_TO_SHIP": ShipmentStatus.LABELLED,
    "READY_TO_SHIP_PENDING": ShipmentStatus.LABELLED,
    "TRANSIT_TO_SHIP": ShipmentStatus.LABELLED,
    "INFO_ST_REQUESTING_DRIVER": ShipmentStatus.LABELLED,
    "INFO_ST_DRIVER_ASSIGNED": ShipmentStatus.LABELLED,
    "INFO_ST_DOMESTIC_PICKUP_SIGN_IN_SUCCESS": ShipmentStatus.DISPATCHED,
    "INFO_ST_DOMESTIC_OUT_FOR_DELIVERY": ShipmentStatus.OUT_FOR_DELIVERY,
    "INFO_ST_DOMESTIC_1ST_ATTEMPT_FAILED": ShipmentStatus.ATTEMPTED,
    "INFO_ST_DOMESTIC_REDELIVERY": ShipmentStatus.OUT_FOR_DELIVERY,
    "INFO_ST_DOMESTIC_REATTEMPTS_FAILED": ShipmentStatus.EXCEPTION,
    "INFO_ST_DOMESTIC_DELIVERY_FAILED": ShipmentStatus.EXCEPTION,
    "INFO_ST_DOMESTIC_ON_HOLD": ShipmentStatus.DELAYED,
    "DELIVERED": ShipmentStatus.DELIVERED,
    "DELIVER_FAILED": ShipmentStatus.EXCEPTION,
    "ON_THE_WAY_BACK_TO_SHIPPER": ShipmentStatus.EXCEPTION,
    "INFO_ST_DOMESTIC_BACK_TO_SHIPPER": ShipmentStatus.EXCEPTION,
    "DAMAGE_BY_3PL": ShipmentStatus.EXCEPTION,
    "PACKAGE_SCRAPPED": ShipmentStatus.EXCEPTION,
    "LOST_BY_3PL": ShipmentStatus.LOST,
    "CANCELLED": ShipmentStatus.CANCELLED,
}
# Line-haul and customs of a parcel from abroad.
ABROAD = "INFO_ST_CB_"
PARCEL_EVENT = {
    ShipmentStatus.DISPATCHED: EventType.SHIPMENT_DISPATCHED,
    ShipmentStatus.DELIVERED: EventType.SHIPMENT_DELIVERED,
    ShipmentStatus.DELAYED: EventType.SHIPMENT_EXCEPTION,
    ShipmentStatus.EXCEPTION: EventType.SHIPMENT_EXCEPTION,
    ShipmentStatus.LOST: EventType.SHIPMENT_EXCEPTION,
}
TROUBLE = frozenset({ShipmentStatus.DELAYED, ShipmentStatus.EXCEPTION, ShipmentStatus.LOST})


@dataclass(frozen=True, slots=True)
class Step:
    """What a reverse status says of a return: the news, its axes, who acts next, and whether it is the last."""

    type: EventType
    request: RequestAxis
    goods: GoodsAxis | None = None
    money: MoneyAxis | None = None
    next: tuple[str, str] | None = None
    ended: bool = False


_ASKED = Step(EventType.RETURN_REQUESTED, RequestAxis.REQUESTED)
_WITHDRAWN = Step(EventType.RETURN_WITHDRAWN, RequestAxis.WITHDRAWN, ended=True)
_REFUSED = Step(EventType.RETURN_DECLINED, RequestAxis.DECLINED, ended=True)
_BACK = Step(
    EventType.RETURN_DISPATCHED, RequestAxis.APPROVED, GoodsAxis.IN_TRANSIT, next=("carrier", "bring the goods back")
)
_PAY = ("platform", "pay the refund")
# Messages give each status for its own kind of return only: RTM to the merchant, RTW to Lazada's warehouse, REFUND where
# nothing comes back. Reading a return gives the REQUEST words, and any other.
REVERSE = {
    "REQUEST_INITIATE": _ASKED,
    "RTM_INIT": _ASKED,
    "RTW_INIT": _ASKED,
    "REFUND_INIT": Step(EventType.RETURN_REQUESTED, RequestAxis.REQUESTED, GoodsAxis.NONE_EXPECTED),
    "REQUEST_CANCEL": _WITHDRAWN,
    "RTM_CANCELED": _WITHDRAWN,
    "RTW_CANCELED": _WITHDRAWN,
    "RTM_SHIPPING_BACK": _BACK,
    "RTW_SHIPPING_BACK": _BACK,
    "RTM_RECEIVE_ITEM": Step(
        EventType.RETURN_RECEIVED, RequestAxis.APPROVED, GoodsAxis.RECEIVED,
        next=("seller", "check the goods, then refund or refuse"),
    ),
    "REQUEST_REJECT": _REFUSED,
    "RTW_REJECT": _REFUSED,
    "REFUND_REJECTED": _REFUSED,
    "RTW_REFUND_PENDING": Step(
        EventType.RETURN_INSPECTED, RequestAxis.APPROVED, GoodsAxis.RECEIVED, MoneyAxis.PENDING, _PAY
    ),
    "REFUND_PENDING": Step(
        EventType.RETURN_APPROVED, RequestAxis.APPROVED, GoodsAxis.NONE_EXPECTED, MoneyAxis.PENDING, _PAY
    ),
    "REFUND_SUCCESS": Step(
        EventType.REFUND_ISSUED, RequestAxis.APPROVED, GoodsAxis.NONE_EXPECTED, MoneyAxis.DONE, ended=True
    ),
}  # fmt: skip
CANCEL, ONLY_REFUND = "CANCEL", "ONLY_REFUND"
# The only words that say that the money went.
PAID = frozenset({"REFUND_SUCCESS", "CANCEL_REFUND_ISSUED"})
CANCEL_ENDED = frozenset({"CANCEL_SUCCESS", "CANCEL_REFUND_ISSUED"})


def parcel(word: str | None) -> ShipmentStatus | None:
    """Where a package is, by its status in message type 14."""
    known = PACKAGE.get(word or "")
    return known or (ShipmentStatus.IN_TRANSIT if word and word.startswith(ABROAD) else None)


def region(site: str | None) -> str | None:
    """The country at the end of a site's name: lazada_vn, LAZADA_SG, lazada-sg and SG are spelt so. None for any other."""
    end = (site or "")[-2:].upper()
    return end if end in HOSTS else None
