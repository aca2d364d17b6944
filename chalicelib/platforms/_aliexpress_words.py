"""AliExpress's words -> ours. Sources: retailcrm/aliexpress-top-client (statuses, shapes of the order list), simowment/ae_sdk
(signing, token), gillbeits/aliexpress.open (dispute states of 2015), ticaje/PHP-Aliexpress-SDK (shape of an order)."""

from __future__ import annotations

from datetime import timedelta

from ..model.call import Limit, Resource
from ..model.words import DisputeAxis, EventType

# What its notifications and its API are like, for docs/platforms.md.
QUIRKS = (
    "Orders are read every quarter of an hour by change time; notifications are only a hint to read one at once.",
    "Notifications are refused until the shop is connected with push=on: their form and signature are known from a third "
    "party alone. Believed is hex(HMAC-SHA256(app secret, app key + raw body)) in Authorization, as at Lazada.",
    "A notification names the order and nothing else, so each of an order's is the same delivery; the list tells the rest.",
    "Times are US Pacific time without an offset, summer time minded. Of the hour that comes twice in autumn the first is "
    "taken, so lists are asked for an hour more than needed.",
    "An order that was read is known by its id, its status and when it was changed: countdowns in it are no news.",
    "Requests are signed with upper-case hex of HMAC-SHA256 over the sorted parameters, after the path for /rest and without "
    "one for /sync. All parameters go in the body, so that no token stands in an address.",
    "Errors come inside answers of status 200, in three forms: error_response, code and message, success false in the result.",
    "The life of a token is expires_in; expire_time is taken as milliseconds or seconds by its size where that is missing.",
    "Lists stand under a name of their type (order_dto, global_aeop_tp_child_order_dto ...) or bare; both are read.",
    "The list calls the order's time gmt_update and its lines' ids child_id, the order itself gmt_modified and child_order_id.",
    "A parcel that was sent makes WAIT_BUYER_ACCEPT_GOODS. No state says that a carrier delivered; that the buyer confirmed "
    "(BUYER_ACCEPT_GOODS) is taken for it, without a time.",
    "FINISH is a cancellation where end_reason says cancel, or where nobody ever paid.",
    "A dispute has no id of its own: it goes by the order's. How it ended is not told.",
    "The buyer is a login name; masked names and addresses are left out.",
    "Rate limits, windows and how far history reaches were not found: a call a second, weeks, half a year.",
)  # fmt: skip
LEFT = (
    "The older message service (TMC, a long connection) is superseded.",
    "Why a dispute was opened, and what the buyer wrote: no path was found. Return reasons: no list was found.",
    "Disputes of single lines: the order's own issue_status stands for them.",
    "receive_status and gmt_received of a parcel: their meaning was not found; a parcel tracker tells more.",
    "Windows, deadlines and rules on writing to buyers: not found.",
    "Reviews and messages: no path was found.",
)

PUSHED = 53
ORDER = {
    "PLACE_ORDER_SUCCESS": EventType.ORDER_PLACED,
    "PAYMENT_PROCESSING": EventType.ORDER_CHANGED,
    "FUND_PROCESSING": EventType.ORDER_CHANGED,
    "RISK_CONTROL": EventType.ORDER_CHANGED,
    "RISK_CONTROL_HOLD": EventType.ORDER_CHANGED,
    "WAIT_SELLER_SEND_GOODS": EventType.ORDER_PAID,
    "SELLER_PART_SEND_GOODS": EventType.SHIPMENT_DISPATCHED,
    "WAIT_SELLER_EXAMINE_MONEY": EventType.ORDER_CHANGED,
    "WAIT_BUYER_ACCEPT_GOODS": EventType.SHIPMENT_DISPATCHED,
    "IN_CANCEL": EventType.ORDER_CHANGED,
    "IN_ISSUE": EventType.ORDER_CHANGED,
    "IN_FROZEN": EventType.ORDER_CHANGED,
    "FINISH": EventType.ORDER_CHANGED,
    "ARCHIVE": EventType.ORDER_CHANGED,
}
OVER = frozenset({"FINISH", "ARCHIVE"})
NOT_PAID, PAID = "NOT_PAY", "PAY_SUCCESS"
CONFIRMED = "BUYER_ACCEPT_GOODS"
SENT = frozenset({"SELLER_SEND_GOODS", "SELLER_SEND_PART_GOODS", CONFIRMED})
NO_ISSUE = "NO_ISSUE"
# The two of today, and the states of 2015, which may still be sent.
ISSUE = {
    "IN_ISSUE": DisputeAxis.OPEN,
    "WAIT_SELLER_CONFIRM_REFUND": DisputeAxis.OPEN,
    "SELLER_REFUSE_REFUND": DisputeAxis.OPEN,
    "WAIT_BUYER_SEND_GOODS": DisputeAxis.OPEN,
    "WAIT_SELLER_RECEIVE_GOODS": DisputeAxis.OPEN,
    "SELLER_RESPONSE_ISSUE_TIMEOUT": DisputeAxis.OPEN,
    "ARBITRATING": DisputeAxis.PLATFORM_REVIEW,
    "ACCEPTISSUE": DisputeAxis.LOST,
    "END_ISSUE": DisputeAxis.NONE,
}
ISSUE_OVER = frozenset({"END_ISSUE", "ACCEPTISSUE"})

_LIMIT = Limit(1, 5)
READS = {
    "orders": Resource(
        "orders, by change time", _LIMIT, back=timedelta(days=180), window=timedelta(days=7), every=timedelta(minutes=15),
        again=timedelta(minutes=75),
    ),
    "order": Resource("an order with its parcels", _LIMIT),
}  # fmt: skip
