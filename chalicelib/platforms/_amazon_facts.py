"""Amazon's orders, parcels and refunds as facts, wherever they are told: in a notification, an order that was read, a list.

A line is known by its SKU, which is all that returns and refunds name; items of one SKU are added up. What buyers wrote (why
they cancel, a gift's message) is not read.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from ..model import money
from ..model.errors import BadPayload
from ..model.event import Event, Link
from ..model.facts import Fact, LineFact, OrderFact, Quantity, RefundFact, RefundLine, ShipmentFact
from ..model.money import Money
from ..model.words import EventType, LineKind, ShipmentStatus
from . import _amazon_words as words
from ._read import Reader

_PROVINCE = re.compile(r"[A-Z0-9]{1,3}")
_COUNTRY = re.compile(r"[A-Z]{2}")
# Parts of a transaction that are between Amazon and the seller, or the tax office: not the buyer's money.
_NOT_THE_BUYERS = re.compile(r"fee|commission|withheld|facilitator|chargeback|expense|reimburse", re.IGNORECASE)
_GROUPS = frozenset({"sales", "expenses", "other", "tax adjustments", "total"})


@dataclass(frozen=True, slots=True)
class Item:
    """An item of an order: which line it is part of, how many, for how much each, what was taken off it in all."""

    line: str
    quantity: int | None
    sku: str | None = None
    title: str | None = None
    asin: str | None = None
    price: Decimal | None = None
    discount: Money | None = None


def lines(items: Iterable[Item], at: datetime | None) -> list[LineFact]:
    """An order's lines: one for each SKU."""
    together: dict[str, list[Item]] = {}
    for item in items:
        together.setdefault(item.line, []).append(item)
    return [_line(line, parts, at) for line, parts in together.items()]


def _line(line: str, parts: Sequence[Item], at: datetime | None) -> LineFact:
    first, units = parts[0], [part.quantity for part in parts if part.quantity is not None]
    off = [part.discount for part in parts if part.discount]
    same = len({one.currency for one in off}) == 1
    return LineFact(
        line, at, sku=first.sku, title=first.title, product_id=first.asin, quantity=sum(units) if units else None,
        unit_price=_price(parts), discount=Money(sum(one.amount for one in off), off[0].currency) if same else None,
        kind=LineKind.SALE,
    )  # fmt: skip


def _price(parts: Sequence[Item]) -> Decimal | None:
    """The price of a unit, the mean where items of one SKU have several."""
    priced = [(part.price, part.quantity or 0) for part in parts if part.price is not None]
    prices, units = {price for price, _ in priced}, sum(quantity for _, quantity in priced)
    if len(prices) < 2 or not units:
        return priced[0][0] if priced else None
    return money.plain((sum((price * units for price, units in priced), Decimal(0)) / units).quantize(money.PRICE_SCALE))


def channel(name: str | None, marketplace: str | None) -> str | None:
    """Where an order was placed: "Amazon.de"; the marketplace's id where it is a new one."""
    return name or (words.MARKETPLACES.get(marketplace, marketplace) if marketplace else None)


def country(code: str | None) -> str | None:
    """A country by its two letters."""
    return code.upper() if code and _COUNTRY.fullmatch(code.upper()) else None


def province(name: str | None) -> str | None:
    """A state by its code; its name (England, Bayern) is none."""
    return name if name and _PROVINCE.fullmatch(name) else None


# An order that was read (2026-01-01)


def order(body: Reader, order_id: str) -> OrderFact:
    """An order as getOrder and searchOrders have it."""
    at, to = body.time("lastUpdatedTime"), body.child("recipient").child("deliveryAddress")
    sold, parts = body.child("salesChannel"), _breakdown(body.child("proceeds"))
    total = _money(body.child("proceeds").child("grandTotal"))
    status = words.plain(body.child("fulfillment").text("fulfillmentStatus"))
    cancelled = status in words.CANCELLED
    alias = next((one.id("aliasId") for one in body.children("orderAliases")), None)
    return OrderFact(
        order_id, at, number=alias, placed_at=body.time("createdTime"), cancelled_at=at if cancelled else None,
        cancel_reason=_cancel_reason(body) if cancelled else None, currency=total.currency if total else _currency(body),
        total=total, shipping=parts.get("SHIPPING"), tax=parts.get("TAX"), discount=parts.get("DISCOUNT"),
        country=country(to.text("countryCode")), province=province(to.text("stateOrRegion")),
        channel=channel(sold.text("marketplaceName"), sold.text("marketplaceId")),
    )  # fmt: skip


def items(body: Reader) -> Iterator[tuple[str, Item]]:
    """Each item's own id, and the item."""
    for one in body.children("orderItems"):
        product, id_ = one.child("product"), one.needed_id("orderItemId")
        sku, price = product.id("sellerSku"), product.child("price").child("unitPrice")
        off = _breakdown(one.child("proceeds")).get("DISCOUNT")
        yield id_, Item(
            sku or product.id("asin") or id_, one.whole("quantityOrdered"), sku, product.text("title"), product.id("asin"),
            price.price("amount"), off,
        )  # fmt: skip


def packages(body: Reader) -> Iterator[ShipmentFact]:
    """The parcels of an order that the seller ships."""
    lines_of = {id_: item.line for id_, item in items(body)}
    promised = body.child("fulfillment").child("deliverByWindow").time("latestDateTime")
    to = country(body.child("recipient").child("deliveryAddress").text("countryCode"))
    for one in body.children("packages"):
        state, shipped = one.child("packageStatus"), one.time("shipTime")
        native = state.text("detailedStatus") or state.text("status")
        status = words.PACKAGE.get(native or "") or words.PACKAGE.get(state.text("status") or "")
        yield ShipmentFact(
            one.needed_id("packageReferenceId"), body.time("lastUpdatedTime"), status=status, native_status=native,
            carrier=one.text("carrier"), service=one.text("shippingService"), tracking=one.id("trackingNumber"), country=to,
            dispatched_at=shipped if status not in (ShipmentStatus.PENDING, ShipmentStatus.CANCELLED) else None,
            promised_at=promised, lines=_contents(one, lines_of) or None,
        )  # fmt: skip


def _contents(package: Reader, lines_of: Mapping[str, str]) -> tuple[Quantity, ...]:
    """How many of each line are in a package."""
    found: Counter[str] = Counter()
    for item in package.children("packageItems"):
        id_ = item.needed_id("orderItemId")
        found[lines_of.get(id_, id_)] += item.whole("quantity") or 0
    return tuple(Quantity(line, units) for line, units in found.items())


def tracking(parcels: Iterable[ShipmentFact]) -> tuple[Link, ...]:
    """Every parcel's number: news of a parcel from elsewhere names nothing else."""
    return tuple(dict.fromkeys(Link("tracking", one.tracking) for one in parcels if one.tracking))


def cancel_asked(body: Reader) -> bool:
    """Whether the buyer asked to cancel."""
    asked = (one.child("cancellation").child("cancellationRequest") for one in body.children("orderItems"))
    return any(one.text("requester") == "BUYER" for one in asked)


def _cancel_reason(body: Reader) -> str | None:
    """Who cancelled and, where that is a code, why."""
    done = [one.child("cancellation").child("cancellationExecution") for one in body.children("orderItems")]
    said = [words.code_alone(one.text("cancelReason")) or words.code_alone(one.text("cancelledBy")) for one in done]
    return next((one for one in said if one), None)


def _currency(body: Reader) -> str | None:
    prices = (one.child("product").child("price").child("unitPrice") for one in body.children("orderItems"))
    return next((code for one in prices if (code := one.currency("currencyCode"))), None)


def _breakdown(proceeds: Reader) -> dict[str, Money]:
    """The parts of what was paid, by their names; what was taken off is positive."""
    found: dict[str, Money] = {}
    for one in proceeds.children("breakdowns"):
        part, name = _money(one.child("subtotal")), one.text("type")
        if part and name:
            found[name] = Money(abs(part.amount), part.currency) if name == "DISCOUNT" else part
    return found


def _money(one: Reader) -> Money | None:
    return one.money("amount", one.currency("currencyCode"))


def read_order(body: Reader, topic: str) -> tuple[str, Event]:
    """An order that was read: its id, and the event of the state it is in."""
    order_id = body.needed_id("orderId")
    fact, parcels = order(body, order_id), tuple(packages(body))
    status = body.child("fulfillment").text("fulfillmentStatus")
    delivered = bool(parcels) and all(one.status is ShipmentStatus.DELIVERED for one in parcels)
    now = words.ORDER.get(words.plain(status), EventType.ORDER_CHANGED)
    type_ = EventType.SHIPMENT_DELIVERED if delivered else now
    said: tuple[Fact, ...] = (fact, *lines((item for _, item in items(body)), fact.at), *parcels)
    original = next((one.id("orderId") for one in body.children("associatedOrders")), None)
    by = words.code_alone(body.child("fulfillment").text("fulfilledBy"))
    asked = "true" if cancel_asked(body) else None
    native = words.native(topic, status=status, fulfilled_by=by, in_place_of=original, cancel_asked=asked)
    if fact.at is None:
        raise BadPayload("is missing", body.path("lastUpdatedTime"))
    return order_id, Event(type_, fact.at, said, native, links=tracking(parcels))


# A transaction of the finances (2024-06-19)


def related(body: Reader) -> dict[str, str]:
    """What a transaction is about: the value of each kind of identifier, in capitals and without what parts words."""
    found = {}
    for one in body.children("relatedIdentifiers"):
        name, id_ = one.text("relatedIdentifierName"), one.id("relatedIdentifierValue")
        if name and id_:
            found[words.plain(name)] = id_
    return found


def is_refund(body: Reader) -> bool:
    """Whether a transaction gave money back: Refund, and whatever else of that kind there is (ChargebackRefund ...)."""
    return "refund" in words.plain(body.text("transactionType")) or "refund" in words.plain(body.text("description"))


def refund(body: Reader, about: dict[str, str]) -> RefundFact | None:
    """A refund; None for one that nothing names. A deferred one and the one that releases it are the same."""
    id_ = about.get("refundid") or about.get("deferredtransactionid") or body.id("transactionId")
    if id_ is None:
        return None
    posted, deferred = body.time("postedDate"), words.plain(body.text("transactionStatus")) == "deferred"
    back = [(_sku(item), item) for item in body.children("items")]
    parts = tuple(RefundLine(sku, units, _buyers(item)) for (sku, units), item in back if sku)
    whole = _buyers(body)
    return RefundFact(
        id_, posted, amount=whole if whole else _sum(part.amount for part in parts), confirmed=None if deferred else True,
        issued_at=posted, lines=parts or None,
    )  # fmt: skip


def _sku(item: Reader) -> tuple[str | None, int]:
    for context in item.children("contexts"):
        sku = context.id("sku") or context.id("asin")
        if sku:
            return sku, abs(context.whole("quantityShipped") or 0)
    return None, 0


def _buyers(one: Reader) -> Money | None:
    """What the buyer got: the parts of a transaction or item that are neither fees nor tax withheld, in the other direction.

    The parts stand below groups that are made by sign (Sales, Expenses), so what a part is called decides, not its group.
    """
    back = _sum(_amount(part) for part in _parts(one, 0))
    return Money(-back.amount, back.currency) if back and back.amount < 0 else None


def _parts(one: Reader, depth: int) -> Iterator[Reader]:
    for part in one.children("breakdowns") if isinstance(one.value.get("breakdowns"), list) else ():
        name = part.text("breakdownType") or ""
        if name.casefold() in _GROUPS and part.value.get("breakdowns") and depth < 3:
            yield from _parts(part, depth + 1)
        elif not _NOT_THE_BUYERS.search(name):
            yield part


def _amount(part: Reader) -> Money | None:
    said = part.child("breakdownAmount")
    return said.money("currencyAmount", said.currency("currencyCode"))


def _sum(amounts: Iterable[Money | None]) -> Money | None:
    """The sum of amounts in one currency; None for none, and for several currencies."""
    known = [one for one in amounts if one]
    if len({one.currency for one in known}) != 1:
        return None
    return Money(sum(one.amount for one in known), known[0].currency)
