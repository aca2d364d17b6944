"""TikTok Shop's words -> ours. Sources: partner.tiktokshop.com, pages of topics 1 to 14, return-refund-and-cancel-api-overview,
rate-limits; EcomPHP/tiktokshop-php (signatures, token calls); hsib19/tiktok-shop-sdk and a real answer (shapes of the API)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from ..model.call import Limit, Resource
from ..model.facts import Due
from ..model.words import DisputeAxis, EventType, GoodsAxis, MoneyAxis, RequestAxis, ShipmentStatus

# What its notifications and its API are like, for docs/platforms.md.
QUIRKS = (
    "Signed is the app key followed by the raw body. There is no time in it: an old body stays valid for ever, and repeated it "
    "is the same delivery.",
    "A delivery is known by topic and tts_notification_id; older payloads lack that and are known by topic, shop, the thing's "
    "id, its status and time.",
    "An empty 200 is wanted within three seconds. A notification is tried again after 2 and 30 minutes, 3 and 12 hours, then "
    "lost. The address is a name under HTTPS, without a port; it is not tried beforehand.",
    "All shops of an app share its secret and may share one address: shop_id in the body tells which shop it is. One token may "
    "cover several shops: the cipher tells which is asked about.",
    "The number `type` alone decides nothing: a body without the id that its topic is about is refused.",
    "Notifications hold ids and a status. The rest is read: the order, the return, the cancellation. The outer timestamp is "
    "when it was sent; the thing's own update_time orders the news.",
    "TikTok says not to rely on notifications alone: orders, returns and cancellations are listed by change time as well.",
    "Return statuses are spelled differently on different official pages; all spellings are read, unknown ones are kept.",
    "AWAITING_SHIPMENT is told as paid though cash is paid on delivery; when an order was paid is known from the order alone. "
    "An order that was cancelled is CANCEL in notifications and CANCELLED in the API.",
    "AWAITING_COLLECTION is a parcel that waits for its carrier; it has left with IN_TRANSIT.",
    "A cancellation may be of some lines only: the order counts as cancelled when its own status says so.",
    "What the seller must answer by when stands in seller_next_action_response; requests are approved by TikTok Shop after 48 "
    "hours, replacements after 24.",
    "Refunds have no topic: one is confirmed when its return is COMPLETE, at the time of that status.",
    "Arbitration stands in the API alone; CLOSED ends it without a winner.",
    "Reason codes differ by market and stage: they are matched by a token in an agreed order, prefix and suffix stripped. The "
    "text beside a code is sometimes in a wrong language: the code counts.",
    "The buyer's own note stands in the records of a return, not in the search: they are read too, and stay sealed.",
    "A message's content is JSON inside JSON; one that shows an order belongs to it. Its words stay sealed.",
    "The search of returns answers return_orders, next_page_token and return_status; one SDK's returns, page_token and status "
    "are read too. Return lines may lack their own id and the order line's.",
    "Each line of an order is one unit. Gifts and sample orders are free, not sold. Amounts are decimal strings.",
    "The buyer's e-mail is a relay or masked, names and phones are masked: what is masked is left out.",
    "The call for a new token has the app's secret in its address, as TikTok demands: it must not be logged. The lives of "
    "tokens are absolute seconds since 1970; a small number is taken as a duration.",
    "Errors may come as a code inside an answer of status 200. 429 alone is a limit, 503 is not. No numbers are published: two "
    "calls a second are made; spans and repetition of lists are ours as well.",
)  # fmt: skip
LEFT = (
    "Age limit of notifications: what is sent again is one delivery, for as long as its event is kept.",
    "Subscribing by API (PUT /event/202309/webhooks): the address is set once in Partner Center.",
    "Type 2 (reverse order, before 202309), 5, 37, 42 (products), 13 (a conversation began: its first message comes as 14), 36 "
    "(invoices) and the numbers 64, 65, 67 are kept as unknown.",
    "Type 4 (packages) is only a cause to read its orders: packages are split and combined, and one may be several orders'. A "
    "package that was split away stays as it was last told.",
    "Type 7 (the authorisation ends) is kept under the shop as unknown, with the day it ends.",
    "The buyer of a message: im_user_id cannot be joined to a buyer of orders.",
    "Money of a cancellation: that its COMPLETE means the money went was not found documented.",
    "A refund before the goods came back shows its goods as received: no field for it was found documented.",
    "combined_return_id, return_method (or shipment_type) and handover_method: nothing of ours depends on them.",
    "Reject reasons, eligibility, approve and reject: answers are given at TikTok Shop. Reviews have no API here.",
    "Windows per market, and the full lists of return and cancel reasons: not found.",
)  # fmt: skip

# type -> the name of the topic. Those we do nothing with have their names too.
NAMES = {
    1: "ORDER_STATUS_CHANGE", 2: "REVERSE_ORDER_STATUS_CHANGE", 3: "RECIPIENT_ADDRESS_UPDATE", 4: "PACKAGE_UPDATE",
    5: "PRODUCT_STATUS_CHANGE", 6: "SELLER_DEAUTHORIZATION", 7: "UPCOMING_AUTHORIZATION_EXPIRATION",
    11: "CANCELLATION_STATUS_CHANGE", 12: "RETURN_STATUS_CHANGE", 13: "NEW_CONVERSATION", 14: "NEW_MESSAGE",
    36: "INVOICE_STATUS_CHANGE", 37: "PRODUCT_AUDIT_STATUS_CHANGE", 42: "COMBINED_LISTING_CHANGE",
}  # fmt: skip

ORDER = {
    "UNPAID": EventType.ORDER_PLACED,
    "ON_HOLD": EventType.ORDER_PLACED,
    "AWAITING_SHIPMENT": EventType.ORDER_PAID,
    "PARTIALLY_SHIPPING": EventType.SHIPMENT_DISPATCHED,
    "AWAITING_COLLECTION": EventType.SHIPMENT_MOVED,
    "IN_TRANSIT": EventType.SHIPMENT_DISPATCHED,
    "DELIVERED": EventType.SHIPMENT_DELIVERED,
    "COMPLETED": EventType.ORDER_CHANGED,
    "CANCEL": EventType.ORDER_CANCELLED,
    "CANCELLED": EventType.ORDER_CANCELLED,
}
PARCEL = {
    "AWAITING_SHIPMENT": ShipmentStatus.PENDING,
    "AWAITING_COLLECTION": ShipmentStatus.LABELLED,
    "IN_TRANSIT": ShipmentStatus.IN_TRANSIT,
    "DELIVERED": ShipmentStatus.DELIVERED,
    "COMPLETED": ShipmentStatus.DELIVERED,
    "CANCELLED": ShipmentStatus.CANCELLED,
}
UNDERWAY = frozenset({ShipmentStatus.IN_TRANSIT, ShipmentStatus.DELIVERED})

SILENCE = "TikTok Shop approves it by itself"
ACTIONS = {
    "SELLER_RESPOND_RETURN": "answer the request",
    "SELLER_RESPOND_REFUND": "answer the request",
    "SELLER_RESPOND_REPLACEMENT": "answer the request",
    "SELLER_RESPOND_RECEIVE_PACKAGE": "inspect the parcel that came back",
    "SELLER_RESPOND_CANCEL": "answer the request",
}
MONEY_ALONE, GOODS_BACK, REPLACEMENT = "REFUND", "RETURN_AND_REFUND", "REPLACEMENT"
REPLACEMENT_ANSWER = timedelta(hours=24)


@dataclass(frozen=True, slots=True)
class Stage:
    """What a return's status means. `due` is who acts next where TikTok sends no deadline: it takes an earlier one away."""

    type: EventType
    request: RequestAxis | None = None
    goods: GoodsAxis | None = None
    money: MoneyAxis | None = None
    due: Due | None = None


UNKNOWN = Stage(EventType.RETURN_CHANGED)
_PENDING = Stage(EventType.RETURN_REQUESTED, RequestAxis.REQUESTED)
_REJECTED = Stage(EventType.RETURN_DECLINED, RequestAxis.DECLINED)
_ASKED = Stage(EventType.RETURN_CHANGED, RequestAxis.NEEDS_REVIEW, due=Due("buyer", "answer the seller"))
_APPROVED = Stage(
    EventType.RETURN_APPROVED, RequestAxis.APPROVED, GoodsAxis.AWAITING, due=Due("buyer", "send the goods back")
)  # fmt: skip
_SENT = Stage(
    EventType.RETURN_DISPATCHED, RequestAxis.APPROVED, GoodsAxis.IN_TRANSIT, due=Due("carrier", "bring the goods back")
)  # fmt: skip
_REFUSED = Stage(
    EventType.RETURN_INSPECTED, RequestAxis.APPROVED, GoodsAxis.MISMATCH, due=Due("buyer", "appeal or let it rest")
)  # fmt: skip
_ACCEPTED = Stage(
    EventType.RETURN_INSPECTED, RequestAxis.APPROVED, GoodsAxis.RECEIVED, MoneyAxis.PENDING, Due("platform", "refund the buyer")
)  # fmt: skip
_FINISHED = Stage(EventType.RETURN_CLOSED, RequestAxis.APPROVED, GoodsAxis.RECEIVED, MoneyAxis.DONE)
_REPLACED = Stage(EventType.RETURN_CLOSED, RequestAxis.APPROVED)
_CANCELLED = Stage(EventType.RETURN_WITHDRAWN, RequestAxis.WITHDRAWN)
RETURN = {
    "RETURN_OR_REFUND_REQUEST_PENDING": _PENDING,
    "REPLACEMENT_REQUEST_PENDING": _PENDING,
    "AWAITING_BUYER_RESPONSE": _ASKED,
    "REFUND_OR_RETURN_REQUEST_REJECT": _REJECTED,
    "RETURN_OR_REFUND_REQUEST_REJECT": _REJECTED,
    "REQUEST_REJECTED": _REJECTED,
    "REPLACEMENT_REQUEST_REJECT": _REJECTED,
    "AWAITING_BUYER_SHIP": _APPROVED,
    "BUYER_SHIPPED_ITEM": _SENT,
    "REJECT_RECEIVE_PACKAGE": _REFUSED,
    "RECEIVE_REJECTED": _REFUSED,
    "RETURN_OR_REFUND_REQUEST_SUCCESS": _ACCEPTED,
    "REQUEST_SUCCESS": _ACCEPTED,
    "REPLACEMENT_REQUEST_REFUND_SUCCESS": _ACCEPTED,
    "RETURN_OR_REFUND_REQUEST_COMPLETE": _FINISHED,
    "REPLACEMENT_REQUEST_COMPLETE": _REPLACED,
    "RETURN_OR_REFUND_REQUEST_CANCEL": _CANCELLED,
    "RETURN_OR_REFUND_CANCEL": _CANCELLED,
    "RETURN_OR_REFUND__REQUEST_CANCELLED": _CANCELLED,
    "RETURN_OR_REFUND_REQUEST_CANCELLED": _CANCELLED,
    "REPLACEMENT_REQUEST_CANCEL": _CANCELLED,
}
REQUEST = {word: stage.request for word, stage in RETURN.items() if stage.request}
GOODS = {word: stage.goods for word, stage in RETURN.items() if stage.goods}
ARBITRATION = {
    "IN_PROGRESS": DisputeAxis.PLATFORM_REVIEW,
    "SUPPORT_BUYER": DisputeAxis.LOST,
    "SUPPORT_SELLER": DisputeAxis.WON,
    "CLOSED": DisputeAxis.NONE,
}
IN_ARBITRATION = "IN_PROGRESS"
SENDER = {
    "BUYER": "buyer", "SHOP": "seller", "SELLER": "seller", "CUSTOMER_SERVICE": "seller", "SYSTEM": "platform",
    "ROBOT": "platform",
}  # fmt: skip

_LIMIT = Limit(2, 5)


def _list(title: str) -> Resource:
    """A list by change time, which is exact: a short overlap is enough."""
    return Resource(
        title, _LIMIT, back=timedelta(days=365), window=timedelta(days=15), every=timedelta(hours=1), again=timedelta(hours=2)
    )


READS = {
    "orders": _list("orders, by change time"),
    "order": Resource("an order", _LIMIT),
    "returns": _list("returns, by change time"),
    "return": Resource("a return", _LIMIT),
    "return_records": Resource("what was done and written in a return", _LIMIT),
    "cancellations": _list("cancellations, by change time"),
    "cancellation": Resource("a cancellation", _LIMIT),
}
