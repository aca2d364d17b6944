"""Wish's words -> ours. Sources: the OpenAPI document of the Marketplace API v3 (states, milestones, refunds) and the catalogue
of webhook topics in the platform's own front end."""

from __future__ import annotations

from ..model.words import ShipmentStatus

# What its notifications are like, for docs/platforms.md.
QUIRKS = (
    "No signature is documented: the endpoint ends with a word that nobody can guess, and a push is a hint. Only the "
    "order's id, state and last change are taken from it, whatever else its body holds; the API tells the rest.",
    "Which topic a push belongs to is not documented: subscribe each with ?topic=NAME at the end of its endpoint. Without "
    "it, and without a topic in the body, an order's push counts as ORDER_ALL.",
    "A delivery is known by topic, order, state and last change. An order may be released more than once: each release has "
    "another change.",
    "Orders are read again every two hours by their last change: retries are not documented, and a subscription may be "
    "switched off.",
    "Answers are {message, code, data} and fine with code 0; errors come with 200 and with 400.",
    "When calls are spent, Wish-Rate-Limit-Reset says until when; how many there are is not published, so two a second are "
    "made.",
    "A token lasts 30 days and is renewed by GET, with the app's secret in the address as the documentation has it.",
    "There are no returns: a refund after shipping is told as one that expects no goods, with the reason the refund was "
    "given for; one before shipping is a cancellation.",
    "Refunds have no ids: order and time name them.",
    "An order holds one product. When it was placed is not told: its release, which is when it was paid, stands for that.",
    "payment_total is what Wish pays the seller, so it is not the order's total; the price and the shipping are by unit.",
    "Of two tracking numbers the first is the newer one.",
)
LEFT = (
    "A refund that was removed again: the order no longer lists it, and nothing says that it was there.",
    "Penalties, taxes, products and ProductBoost: kept as unknown.",
    "Tickets are noted without their words; which order one is about is taken only where the push says so.",
    "Who the buyer is: no id and no mail address are told, and for some programmes the address is a warehouse of Wish.",
    "Whether a subscription is still active must be looked at by hand (GET /webhook/subscriptions).",
    "Reasons that a refund may have (GET /orders/{id}/refund_reasons) serve to give one, which is done at the platform for "
    "now.",
    "Retries, deadlines and review rules are not documented.",
)

# A milestone of an order -> where its parcel is. The latest one speaks.
MILESTONE = {
    "ORDER_RELEASED": ShipmentStatus.PENDING,
    "MARK_SHIPPED": ShipmentStatus.DISPATCHED,
    "CONFIRM_FULFILLED": ShipmentStatus.IN_TRANSIT,
    "ORDER_DELIVERED": ShipmentStatus.DELIVERED,
    "TRACKING_CANCELLED": ShipmentStatus.CANCELLED,
    "ORDER_RE_RELEASED": ShipmentStatus.PENDING,
}
SENT, ARRIVED, RELEASED_AGAIN = "MARK_SHIPPED", "ORDER_DELIVERED", "ORDER_RE_RELEASED"
DECLINED, REFUNDED, IN_REVIEW = "DECLINED", "REFUNDED", "REQUIRE_REVIEW"
# Programmes whose parcels go to a warehouse of Wish first: the address tells nothing of the buyer.
WAREHOUSE = frozenset({"ADVANCED_LOGISTICS", "OPTIONAL_ADVANCED_LOGISTICS", "FULFILLED_BY_WISH", "UNIFICATION_INITIATIVE"})
RETURNED = "ITEM_RETURNED_TO_SENDER"


def code(reason: str) -> str:
    """A reason in the spelling of its code: the API may say it in words."""
    return "_".join(reason.upper().replace("-", " ").replace("_", " ").split())
