"""WooCommerce's words -> ours. Sources: WooCommerce's own code (class-wc-webhook.php) and REST v3 documentation for statuses;
plugins that take returns add statuses of their own, of which the usual names are known."""

from __future__ import annotations

from ..model.words import EventType, RequestAxis

# What its notifications are like, for docs/platforms.md.
QUIRKS = (
    "The key of the signature is the secret with its HTML entities resolved, as the shop itself does before it signs.",
    "The ping sent when a webhook is switched on (webhook_id=N, without headers) is answered 200 and kept nowhere.",
    "A delivery is known by shop, topic, order, date_modified_gmt and its bytes: all that is sent in one second shares one "
    "delivery id, and two changes within a second share their date.",
    "A failed delivery is never sent again, and after a few the shop switches the webhook off: each quarter of an hour the "
    "orders that were changed are read.",
    "Only *_gmt times are read, which are UTC without saying so; the others are in the shop's own time.",
    "The body shows the order as it is when it is sent, so an update is typed by what the order has come to: cancelled, "
    "refunded, shipped, paid.",
    "There is no topic for refunds: they stand in the order as negative totals, and each is read for its day and its lines. "
    "Only one that went through the payment's own gateway is confirmed.",
    "completed is a shop's word for shipped, where the order has a shipping line that is no pick-up. Parcel numbers come "
    "from the tracking plugins' _wc_shipment_tracking_items.",
    "failed is a payment that did not go through and may be tried again: it cancels nothing. A draft of the checkout is no "
    "order.",
    "An order under a returns plugin's status (return-requested ...) has a return with the order's id; the status that your "
    "plugin sets can be named as return_status.",
    "The price of a line is a number, without tax and after discounts, of any length: it is kept with six decimals.",
    "A guest's customer_id is 0: the buyer is known by the bill's e-mail address.",
    "Reviews are asked for from a day earlier until a day later than meant: their filter is in the shop's own time.",
    "There is no limit to calls but what the host allows: one a second is made, one at a time.",
)
LEFT = (
    "Topics of customers, products, coupons and action.* hooks are kept as unknown. customer.deleted is an id alone under "
    "an unsigned topic, so nobody is forgotten by it.",
    "order.deleted says neither why nor when: the order stays as it was known.",
    "Delivery and trouble on the way: core knows neither; connect a tracking service.",
    "Return requests and disputes: core has none. A returns portal sends them as Standard Webhooks; disputes are the "
    "payment gateway's.",
    "A plugin's return and the refund that settles it: the order's later status no longer says that they belong together.",
    "Why money was given back is staff's free text: it stays in the sealed body.",
    "A quantity that is no whole number (goods by weight): the line is kept without it.",
    "Fees, taxes by line and coupons; OAuth 1.0a for shops on plain HTTP, which are not called at all.",
    "A filter in the shop may sign by another algorithm than SHA-256.",
)

# A plugin's status -> what it says of the return that has the order's id. The first is the one WooCommerce's forums name.
REQUEST = {
    "return-requested": RequestAxis.REQUESTED,
    "return-request": RequestAxis.REQUESTED,
    "refund-requested": RequestAxis.REQUESTED,
    "refund-request": RequestAxis.REQUESTED,
    "return-approved": RequestAxis.APPROVED,
    "refund-approved": RequestAxis.APPROVED,
    "returned": RequestAxis.APPROVED,
    "return-rejected": RequestAxis.DECLINED,
    "return-declined": RequestAxis.DECLINED,
    "refund-rejected": RequestAxis.DECLINED,
    "return-cancelled": RequestAxis.WITHDRAWN,
    "return-canceled": RequestAxis.WITHDRAWN,
    "refund-cancelled": RequestAxis.WITHDRAWN,
}
RETURN_EVENT = {
    RequestAxis.REQUESTED: EventType.RETURN_REQUESTED,
    RequestAxis.APPROVED: EventType.RETURN_APPROVED,
    RequestAxis.DECLINED: EventType.RETURN_DECLINED,
    RequestAxis.WITHDRAWN: EventType.RETURN_WITHDRAWN,
}
BACK = "returned"
CANCELLED = "cancelled"
COMPLETED = "completed"
# Neither placed nor paid, whatever else the order says.
DRAFTS = frozenset({"checkout-draft", "auto-draft"})
UNPAID = frozenset({"pending", "failed", "trash"}) | DRAFTS
PICKED_UP = frozenset({"local_pickup", "pickup_location"})
# Attributes of a line that say which variant it is. Others may be the buyer's own words, such as an engraving.
VARIANT = frozenset({"size", "color", "colour"})
TRACKING = "_wc_shipment_tracking_items"
LANGUAGE = "wpml_language"
REFUNDED_LINE = "_refunded_item_id"


def request_of(status: str, own: str) -> RequestAxis | None:
    """What an order's status says of a return; `own` is the status that this shop's plugin sets when one is asked for."""
    word = status.removeprefix("wc-")
    return RequestAxis.REQUESTED if own and word == own.removeprefix("wc-") else REQUEST.get(word)
