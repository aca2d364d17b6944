"""WooCommerce's orders, refunds and reviews as facts. An order is the same whether it was pushed, read or listed.

Source: the REST v3 representation, which is what webhooks carry. Times are the `*_gmt` ones: UTC, though they do not say so.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any

from ..model import times
from ..model.event import Link
from ..model.facts import LineFact, OrderFact, Quantity, RefundFact, RefundLine, ReturnFact, ReviewFact, ShipmentFact
from ..model.money import Money
from ..model.words import GoodsAxis, LineKind, RequestAxis, ShipmentStatus
from . import _people as people
from . import _woocommerce_words as words
from ._read import Reader

MOST_PARCELS = 50


def gmt(one: Reader, name: str) -> datetime | None:
    """A time in UTC that does not say so; None when absent."""
    value = one.text(name)
    return times.parse(value if value.endswith("Z") else f"{value}Z", one.path(name)) if value else None


def changed(order: Reader) -> datetime | None:
    """As of when the order is as it says."""
    return gmt(order, "date_modified_gmt") or gmt(order, "date_created_gmt")


def meta(one: Reader, key: str) -> object:
    """What a plugin noted under a key; None for nothing."""
    return next((entry.get("value") for entry in _entries(one) if entry.get("key") == key), None)


def _entries(one: Reader) -> list[dict[str, Any]]:
    """What plugins noted. It is anybody's data: whatever has no form is passed over."""
    listed = one.value.get("meta_data")
    return [entry for entry in listed if isinstance(entry, dict)] if isinstance(listed, list) else []


def order(body: Reader, order_id: str, at: datetime | None, status: str) -> OrderFact:
    """An order. A draft of the checkout was placed by nobody yet."""
    currency, to = body.currency("currency"), _where(body)
    return OrderFact(
        order_id,
        at,
        number=body.text("number"),
        placed_at=None if status in words.DRAFTS else gmt(body, "date_created_gmt"),
        paid_at=gmt(body, "date_paid_gmt"),
        cancelled_at=at if status == words.CANCELLED else None,
        closed_at=gmt(body, "date_completed_gmt"),
        currency=currency,
        total=body.money("total", currency),
        shipping=body.money("shipping_total", currency),
        tax=body.money("total_tax", currency),
        discount=body.money("discount_total", currency),
        country=people.country(to.value.get("country")),
        province=people.province(to.value.get("state")),
        language=people.language(meta(body, words.LANGUAGE)),
        channel=body.text("created_via"),
    )


def _where(order: Reader) -> Reader:
    """Where it goes to; where the bill goes to when nothing is sent."""
    sent = order.child("shipping")
    return sent if sent.text("country") else order.child("billing")


def lines(body: Reader, at: datetime | None) -> list[LineFact]:
    """An order's lines."""
    return [_line(one, at) for one in body.children("line_items")]


def _line(one: Reader, at: datetime | None) -> LineFact:
    return LineFact(
        one.needed_id("id"),
        at,
        sku=one.text("sku"),
        title=_plain(one.text("name")),
        product_id=known(one.id("product_id")),
        variant_id=known(one.id("variation_id")),
        variant=_variant(one),
        quantity=_units(one),
        unit_price=one.price("price"),
        kind=LineKind.SALE,
    )


def known(native_id: str | None) -> str | None:
    """An id; None for 0, by which WooCommerce says that there is none."""
    return None if native_id == "0" else native_id


def _plain(title: str | None) -> str | None:
    """A title without the HTML entities that WordPress puts into it."""
    if not title or "&" not in title:
        return title
    import html

    return html.unescape(title)


def _variant(line: Reader) -> str | None:
    found = [Reader(entry, line.where).text("value") for entry in _entries(line) if _tells_variant(entry)]
    return ", ".join(value for value in found if value)[:200] or None


def _tells_variant(entry: dict[str, Any]) -> bool:
    key = entry.get("key")
    known = isinstance(key, str) and key.removeprefix("pa_").lower() in words.VARIANT
    return known and isinstance(entry.get("value"), str)


def _units(line: Reader) -> int | None:
    """How many; None for a part of one, which shops that sell by weight have."""
    value = line.value.get("quantity")
    if isinstance(value, float) and value == value and abs(value) < 1e9:
        return int(value) if value == int(value) else None
    return line.whole("quantity")


def shipments(body: Reader, order_id: str, at: datetime | None, status: str) -> list[ShipmentFact]:
    """The parcels a tracking plugin noted; where there is none, the order's one shipment once it was completed.

    The first has the order's id, so that a number that is noted later belongs to the same shipment.
    """
    parcels, completed = list(_parcels(body))[:MOST_PARCELS], gmt(body, "date_completed_gmt")
    if parcels:
        return [_parcel(one, _shipment_id(order_id, n), at, completed) for n, one in enumerate(parcels)]
    if not (completed or status == words.COMPLETED) or not _sent(body):
        return []
    sent, contents = ShipmentStatus.DISPATCHED, tuple(_contents(body)) or None
    return [ShipmentFact(order_id, at, sent, words.COMPLETED, dispatched_at=completed, lines=contents)]


def _contents(body: Reader) -> Iterator[Quantity]:
    for one in body.children("line_items"):
        units = _units(one)
        if units is not None:
            yield Quantity(one.needed_id("id"), units)


def _parcels(body: Reader) -> Iterator[Reader]:
    for entry in _entries(body):
        if entry.get("key") == words.TRACKING and entry.get("value"):
            yield from Reader(entry, body.path("meta_data")).children("value")


def _shipment_id(order_id: str, n: int) -> str:
    return order_id if n == 0 else f"{order_id}-{n + 1}"


def _parcel(one: Reader, shipment_id: str, at: datetime | None, completed: datetime | None) -> ShipmentFact:
    return ShipmentFact(
        shipment_id,
        at,
        status=ShipmentStatus.DISPATCHED,
        carrier=one.text("tracking_provider") or one.text("custom_tracking_provider"),
        tracking=one.id("tracking_number"),
        dispatched_at=one.seconds("date_shipped") or completed,
    )


def _sent(body: Reader) -> bool:
    """Whether anything is sent: downloads have no shipping line, and what is picked up has another."""
    return any((one.text("method_id") or "") not in words.PICKED_UP for one in body.children("shipping_lines"))


def tracking_links(parcels: Sequence[ShipmentFact]) -> list[Link]:
    """Every parcel's number: news of a parcel from elsewhere names nothing else."""
    return [Link("tracking", one.tracking) for one in parcels if one.tracking]


def refunds(body: Reader, at: datetime | None) -> list[RefundFact]:
    """The refunds an order lists, as amounts below zero. Whether money moved only each refund itself tells."""
    currency = body.currency("currency")
    return [RefundFact(one.needed_id("id"), at, amount=_back(one, currency)) for one in body.children("refunds")]


def _back(one: Reader, currency: str | None) -> Money | None:
    found = one.money("total", currency)
    return Money(abs(found.amount), found.currency) if found else None


def refund(body: Reader, refund_id: str) -> RefundFact:
    """A refund of its own. It does not name its currency: the order tells the amount."""
    at = gmt(body, "date_created_gmt")
    back = tuple(_refunded(body))
    return RefundFact(refund_id, at, confirmed=body.flag("refunded_payment"), issued_at=at, lines=back or None)


def _refunded(body: Reader) -> Iterator[RefundLine]:
    """The lines of the order that it gives back, where the shop says which; their quantities come below zero."""
    for one in body.children("line_items"):
        line, units = meta(one, words.REFUNDED_LINE), _units(one)
        if isinstance(line, (str, int)) and str(line).isdigit() and len(str(line)) <= 20 and units:
            yield RefundLine(str(line), abs(units))


def goods_return(order_id: str, at: datetime | None, status: str, request: RequestAxis) -> ReturnFact:
    """What a plugin's status says of the order's one return."""
    back = status.removeprefix("wc-") == words.BACK
    return ReturnFact(
        order_id,
        at,
        native_status=status,
        request=request,
        goods=GoodsAxis.RECEIVED if back else None,
        requested_at=at if request is RequestAxis.REQUESTED else None,
        approved_at=at if request is RequestAxis.APPROVED and not back else None,
        declined_at=at if request is RequestAxis.DECLINED else None,
        received_at=at if back else None,
    )


def review(body: Reader, review_id: str) -> ReviewFact:
    """A product's review. Its words and who wrote them stay in the sealed body."""
    at, stars = gmt(body, "date_created_gmt"), body.whole("rating")
    product = known(body.id("product_id"))
    return ReviewFact(review_id, at, rating=stars if stars and 1 <= stars <= 5 else None, product_id=product, posted_at=at)
