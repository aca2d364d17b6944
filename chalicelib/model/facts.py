"""Facts: what an event says about one thing, each field None when it says nothing about it.

A fact is keyed by the platform's own id of the thing. The fold merges facts field by field, so the same classes also hold
the merged truth. Money is in minor units; times are UTC; `country` is ISO 3166-1 alpha-2, or the source's own word where
that names no ISO country; `province` ISO 3166-2 without the country.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from .money import Money
from .words import DisputeAxis, GoodsAxis, LineKind, MoneyAxis, Reason, RequestAxis, ShipmentStatus


@dataclass(frozen=True, slots=True)
class OrderFact:
    """An order as the platform knows it. `total` is what the buyer was asked to pay; `paid` what was captured."""

    id: str
    at: datetime | None = None
    number: str | None = None
    placed_at: datetime | None = None
    paid_at: datetime | None = None
    cancelled_at: datetime | None = None
    cancel_reason: str | None = None
    closed_at: datetime | None = None
    currency: str | None = None
    total: Money | None = None
    shipping: Money | None = None
    tax: Money | None = None
    discount: Money | None = None
    country: str | None = None
    province: str | None = None
    language: str | None = None
    payment: str | None = None
    channel: str | None = None
    test: bool | None = None


@dataclass(frozen=True, slots=True)
class LineFact:
    """A line of an order. `discount` is the whole line's; goods value = quantity x unit_price - discount."""

    id: str
    at: datetime | None = None
    sku: str | None = None
    title: str | None = None
    product_id: str | None = None
    variant_id: str | None = None
    variant: str | None = None
    quantity: int | None = None
    unit_price: Decimal | None = None
    discount: Money | None = None
    kind: LineKind | None = None
    booked_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Quantity:
    """So many units of an order line."""

    line_id: str
    quantity: int


@dataclass(frozen=True, slots=True)
class ShipmentFact:
    """A parcel on its way to the buyer."""

    id: str
    at: datetime | None = None
    status: ShipmentStatus | None = None
    native_status: str | None = None
    carrier: str | None = None
    service: str | None = None
    tracking: str | None = None
    country: str | None = None
    dispatched_at: datetime | None = None
    delivered_at: datetime | None = None
    exception_at: datetime | None = None
    promised_at: datetime | None = None
    lines: tuple[Quantity, ...] | None = None


@dataclass(frozen=True, slots=True)
class Due:
    """What must happen next: who acts, what, by when, and what the platform does by itself on silence."""

    actor: str
    action: str
    at: datetime | None = None
    on_timeout: str | None = None


@dataclass(frozen=True, slots=True)
class ReturnFact:
    """A return on its four axes, with the platform's own status beside them.

    `special` is a person's word that it is unfair and that nothing can be learned from it.
    """

    id: str
    at: datetime | None = None
    number: str | None = None
    native_status: str | None = None
    request: RequestAxis | None = None
    goods: GoodsAxis | None = None
    money: MoneyAxis | None = None
    dispute: DisputeAxis | None = None
    requested_at: datetime | None = None
    approved_at: datetime | None = None
    declined_at: datetime | None = None
    decline_reason: str | None = None
    dispatched_at: datetime | None = None
    received_at: datetime | None = None
    closed_at: datetime | None = None
    tracking: str | None = None
    country: str | None = None
    currency: str | None = None
    due: Due | None = None
    special: bool | None = None


@dataclass(frozen=True, slots=True)
class ReturnLineFact:
    """A line of a return. Reasons stated by the buyer, inferred by us and found on inspection are kept apart, and so
    is a person's correction, which wins over all of them."""

    id: str
    return_id: str | None = None
    at: datetime | None = None
    line_id: str | None = None
    sku: str | None = None
    quantity: int | None = None
    received_quantity: int | None = None
    unit_price: Decimal | None = None
    native_reason: str | None = None
    reason_stated: Reason | None = None
    reason_inferred: Reason | None = None
    reason_inspected: Reason | None = None
    reason_corrected: Reason | None = None
    disposition: str | None = None
    fault: str | None = None
    kind: LineKind | None = None
    booked_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class RefundLine:
    """So many units and so much money of an order line, given back."""

    line_id: str
    quantity: int
    amount: Money | None = None


@dataclass(frozen=True, slots=True)
class RefundFact:
    """Money given back. `confirmed` is True only once the platform says it went through."""

    id: str
    at: datetime | None = None
    return_id: str | None = None
    amount: Money | None = None
    confirmed: bool | None = None
    issued_at: datetime | None = None
    restock: bool | None = None
    lines: tuple[RefundLine, ...] | None = None


@dataclass(frozen=True, slots=True)
class DisputeFact:
    """A chargeback, claim or inquiry about an order."""

    id: str
    at: datetime | None = None
    kind: str | None = None
    status: DisputeAxis | None = None
    native_status: str | None = None
    native_reason: str | None = None
    amount: Money | None = None
    opened_at: datetime | None = None
    due_at: datetime | None = None
    answered_at: datetime | None = None
    closed_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class ReviewFact:
    """A review of a product. `rating` is 1 to 5 stars. Its words are the buyer's: they stay sealed and are no fact."""

    id: str
    at: datetime | None = None
    rating: int | None = None
    sku: str | None = None
    product_id: str | None = None
    line_id: str | None = None
    language: str | None = None
    posted_at: datetime | None = None
    answered_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class MessageFact:
    """A message in a talk with a buyer. `by` is buyer, seller or platform. Its words stay sealed and are no fact."""

    id: str
    at: datetime | None = None
    thread: str | None = None
    by: str | None = None
    received_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Reading:
    """What was read in a buyer's words, as one whole: another reading of the same words takes its place.

    `label` is the reason, `confidence` (0 to 1) how sure it is, `source` what it rests on (code, text, code+text, none);
    `conflict` is what the words say where a precise code says something else. `secondary` are further reasons, `tags` what else
    was said, `evidence` the words that decided. `model` is the classifier's version, `engine` what of it could be loaded.
    """

    label: Reason
    confidence: Decimal
    source: str
    conflict: Reason | None = None
    secondary: tuple[Reason, ...] | None = None
    tags: tuple[str, ...] | None = None
    evidence: tuple[str, ...] | None = None
    engine: str | None = None
    model: str | None = None


@dataclass(frozen=True, slots=True)
class WordsFact:
    """What a buyer wrote, and what was read in it.

    `id` names what the words belong to: "return_line:7", "return:3" (all lines without words of their own), "review:9",
    "message:m1". `text` is a copy in which everything personal is masked, `said_at` when it was written, `language` ISO 639-1.
    """

    id: str
    at: datetime | None = None
    text: str | None = None
    said_at: datetime | None = None
    language: str | None = None
    reading: Reading | None = None


Fact = (
    OrderFact | LineFact | ShipmentFact | ReturnFact | ReturnLineFact | RefundFact | DisputeFact | ReviewFact | MessageFact
    | WordsFact
)  # fmt: skip

# The word each kind of fact goes by in the log, in state and in the published schema.
KINDS: dict[str, type[Fact]] = {
    "order": OrderFact,
    "line": LineFact,
    "shipment": ShipmentFact,
    "return": ReturnFact,
    "return_line": ReturnLineFact,
    "refund": RefundFact,
    "dispute": DisputeFact,
    "review": ReviewFact,
    "message": MessageFact,
    "words": WordsFact,
}
WORDS: dict[type[Fact], str] = {cls: word for word, cls in KINDS.items()}
