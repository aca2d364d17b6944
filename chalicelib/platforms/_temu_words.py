"""Temu's words -> ours. Sources: the Temu Partner Platform's guides on webhooks, orders, returns and refunds; order statuses as
public integrations of its API have them. Statuses are numbers."""

from __future__ import annotations

from dataclasses import dataclass

from ..model.words import DisputeAxis, EventType, GoodsAxis, MoneyAxis, RequestAxis, ShipmentStatus

# What its notifications are like, for docs/platforms.md.
QUIRKS = (
    "Bodies are encrypted: AES-128-CBC, key and IV both the first 16 bytes of the app's secret. The signature is over the "
    "plain text, so each secret is tried, decrypted first and then verified; bad padding and a bad signature are answered "
    "alike.",
    "One of the two official examples signs x-tm-ext-param, the other does not, though both send it: either is taken.",
    "The signed time has no documented window, and retries go on for 28 hours: news older than 30 hours is refused.",
    "The guide's own code (upper case, & between) makes neither of its examples; the form that makes both is used.",
    "An answer is wanted within 500 ms; a change of the address takes up to a week to be approved.",
    "There is no message id. An order's news is known by its code, order numbers, status and time; a return's by its own "
    "number, status and time.",
    "A change of address tells no time, so a second one of the same order counts as repeated; it would change nothing that "
    "is kept.",
    "Bodies hold numbers alone: the order, the return with its reasons, and prices are read. A field that is not there "
    "leaves the news to be read, not refused.",
    "The order is the parent order (PO-...), its lines and parcels are the orders in it. mallId tells whose it is.",
    "API calls answer 200 with an error inside. Which code is what is not published: what the message says of token, "
    "frequency or system decides.",
    "Amounts are whole cents, as numbers or in texts. Prices need an approval of their own (error 3000032): set "
    "price_approval once it is there; until then returns are counted, not valued.",
    "An access token belongs to one mall and cannot be renewed: the seller authorises again in the Seller Center and the "
    "new one is written down.",
    "Twenty calls a second are allowed for an app key; ten are made. How far lists reach is not published: 90 days in steps "
    "of seven.",
)
LEFT = (
    "The test button's bg_open_event_test is answered and kept nowhere.",
    "A push tells when a parcel arrived; the order read later does not, so orders known only by reading have no day of "
    "delivery.",
    "Reviews, messages and disputes: Temu has no event and no call for them. How long an authorisation is good must be "
    "watched by hand.",
    "Buyers' names and addresses: a call of its own with an approval of its own; buyers are not known here, nor written to.",
    "The order's country: Temu tells a region number without a published list.",
    "Tracking numbers of parcels both ways: calls of their own, not documented in what could be read.",
    "The subscription of events by shop (bg.tmc.message.update) is done once, by hand.",
)

RETRIES_HOURS = 30
TEST = "bg_open_event_test"
# An order's status, of the parent or of one order in it.
PENDING, PAID, CANCELLED, SHIPPED, SHIPPED_IN_PART, DELIVERED, DELIVERED_IN_PART = "1", "2", "3", "4", "41", "5", "51"
ORDER = {
    PENDING: EventType.ORDER_PLACED,
    PAID: EventType.ORDER_PAID,
    CANCELLED: EventType.ORDER_CANCELLED,
    SHIPPED: EventType.SHIPMENT_DISPATCHED,
    SHIPPED_IN_PART: EventType.SHIPMENT_DISPATCHED,
    DELIVERED: EventType.SHIPMENT_DELIVERED,
    DELIVERED_IN_PART: EventType.SHIPMENT_MOVED,
}
PARCEL = {SHIPPED: ShipmentStatus.DISPATCHED, DELIVERED: ShipmentStatus.DELIVERED}


@dataclass(frozen=True, slots=True)
class Step:
    """What a status of a return says on the four axes, as which event it is told, and what the seller must do next."""

    type: EventType
    request: RequestAxis
    goods: GoodsAxis | None = None
    money: MoneyAxis | None = None
    dispute: DisputeAxis | None = None
    next: str | None = None


_YES = RequestAxis.APPROVED
STEPS = {
    "1": Step(EventType.RETURN_REQUESTED, RequestAxis.REQUESTED, next="answer the request for a refund"),
    "2": Step(EventType.RETURN_DISPATCHED, _YES, GoodsAxis.IN_TRANSIT),
    "3": Step(EventType.RETURN_RECEIVED, _YES, GoodsAxis.RECEIVED, next="give the money back"),
    "4": Step(EventType.RETURN_CHANGED, _YES, money=MoneyAxis.PENDING),
    "5": Step(EventType.REFUND_ISSUED, _YES, money=MoneyAxis.DONE),
    "6": Step(EventType.RETURN_WITHDRAWN, RequestAxis.WITHDRAWN),
    "7": Step(EventType.RETURN_DECLINED, RequestAxis.DECLINED),
    "8": Step(EventType.RETURN_APPROVED, _YES, GoodsAxis.AWAITING, next="check and upload the return label"),
    "9": Step(EventType.RETURN_CHANGED, _YES, money=MoneyAxis.PENDING),
    "10": Step(EventType.RETURN_REQUESTED, RequestAxis.REQUESTED),
    "11": Step(EventType.RETURN_CHANGED, RequestAxis.NEEDS_REVIEW, dispute=DisputeAxis.PLATFORM_REVIEW),
}
REQUEST = {status: step.request for status, step in STEPS.items()}
REFUNDED = "5"
ENDED = frozenset({"5", "6", "7"})
REFUND_ONLY = "1"
