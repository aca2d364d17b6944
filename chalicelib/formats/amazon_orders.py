"""Amazon's report of all orders, GET_FLAT_FILE_ALL_ORDERS_DATA_BY_ORDER_DATE_GENERAL or ..._BY_LAST_UPDATE_GENERAL: a row for
each item of an order.

Columns: CaponicaAmazonMwsComplete (header of 32 columns in ReportFbaSalesAllByLastUpdateFlatFile, of 29 in its older sister).
item-price is for all units of the row; whether it holds tax depends on the marketplace, so that no total is made of it. Rows of
one order that stand together are one delivery; two rows of one SKU are one line, as in orders that are read.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from decimal import Decimal
from typing import Any, NamedTuple

from ..model import money
from ..model.errors import BadPayload
from ..model.event import Event, Translated
from ..model.facts import Fact, OrderFact
from ..model.words import EventType
from ..platforms import _amazon_facts as facts
from ..platforms import _amazon_values as values
from ..platforms import _amazon_words as words
from ..platforms._amazon_values import Moment
from ._columns import Columns, Reader
from ._contract import Batch, Outcome, Refused

TITLE = "Amazon's report of all orders"
PLATFORM, PLAIN = "amazon", True
COLUMNS = (
    "amazon-order-id", "purchase-date", "last-updated-date", "order-status", "fulfillment-channel", "sku", "quantity",
    "currency", "item-price",
)  # fmt: skip
OPTIONAL = (
    "merchant-order-id", "sales-channel", "product-name", "asin", "item-status", "item-promotion-discount", "ship-country",
    "ship-state",
)  # fmt: skip
TOPIC = "GET_FLAT_FILE_ALL_ORDERS_DATA"
# Of two versions of an order in files the longer is the whole one; an order that was read knows better than any file.
_MOST = 10_000


class Item(NamedTuple):
    """One understood row."""

    number: int
    order: str
    sku: str | None
    asin: str | None
    placed: Moment
    updated: Moment
    status: str | None
    of_item: str | None
    quantity: int
    currency: str | None
    price: str | None
    off: str | None
    by: str | None
    own: str | None
    channel: str | None
    title: str | None
    country: str | None
    state: str | None


def translate(batches: Iterable[Batch]) -> Iterator[Outcome]:
    """One delivery an order, for each time that its rows stand together."""
    reading = Columns(_READERS)
    waiting: list[Item] = []
    for batch in batches:
        rows = reading.read(batch)
        yield from rows.refused
        yield from rows.skipped
        for row in rows.tuples():
            item = Item(*row)
            if waiting and item.order != waiting[0].order:
                yield from _order(waiting)
                waiting = []
            waiting.append(item)
    if waiting:
        yield from _order(waiting)


def _order(rows: Sequence[Item]) -> Iterator[Outcome]:
    try:
        yield _translated(rows)
    except BadPayload as err:
        yield from (Refused(row.number, err.where, "", err.problem) for row in rows)


def _translated(rows: Sequence[Item]) -> Translated:
    first, last = rows[0], max(rows, key=lambda row: row.updated)
    at, status = last.updated[0], words.plain(last.status)
    cancelled = status in words.CANCELLED
    order = OrderFact(
        first.order, at, number=first.own, placed_at=first.placed[0], cancelled_at=at if cancelled else None,
        currency=next((row.currency for row in rows if row.currency), None), country=facts.country(first.country),
        province=facts.province(first.state), channel=first.channel,
    )  # fmt: skip
    said: list[Fact] = [order, *facts.lines([_item(row, cancelled) for row in rows], at)]
    # "Shipped - Delivered to Buyer" and its like are shipped.
    type_ = words.ORDER.get("shipped" if status.startswith("shipped") else status, EventType.ORDER_CHANGED)
    native = words.native(TOPIC, status=last.status, fulfilled_by=first.by)
    event = Event(type_, at, tuple(said), native, rank=min(len(rows), _MOST) - _MOST - 1)
    spelled = "\n".join("\t".join(_spelled(row)) for row in rows)
    digest = hashlib.sha256(spelled.encode()).hexdigest()[:24]
    return Translated(f"order:{first.order}:{digest}", f"order:{first.order}", (event,))


def _item(row: Item, cancelled: bool) -> facts.Item:
    """An item; of one that was cancelled in an order that was not, nothing was sold."""
    line = row.sku or row.asin
    if line is None:
        raise BadPayload("is empty, and so is asin", "sku")
    price = None
    if row.price is not None and row.quantity:
        price = money.price(Decimal(row.price) / row.quantity, "item-price")
    off = values.paid(row.off, row.currency, "item-promotion-discount")
    units = 0 if words.plain(row.of_item) in words.CANCELLED and not cancelled else row.quantity
    return facts.Item(line, units, row.sku, row.title, row.asin, price, off if off and off.amount else None)


def _spelled(row: Item) -> Iterator[str]:
    """What a delivery's id is made of: all that is read of a row, but for where it stands."""
    for value in row[1:]:
        yield value[1] if isinstance(value, tuple) else "" if value is None else str(value)


def _reader(name: str, read: Any) -> Reader:
    return lambda value: read(value, name)


# In the order of Item, which is the one in which faults are told.
_READ: Mapping[str, Any] = {
    "amazon-order-id": values.order, "sku": values.identity, "asin": values.identity, "purchase-date": values.moment,
    "last-updated-date": values.moment, "order-status": values.word, "item-status": values.word, "quantity": values.units,
    "currency": values.currency, "item-price": values.amount, "item-promotion-discount": values.amount,
    "fulfillment-channel": values.word, "merchant-order-id": values.identity, "sales-channel": values.word,
    "product-name": values.word, "ship-country": values.word, "ship-state": values.word,
}  # fmt: skip
_READERS = {name: _reader(name, read) for name, read in _READ.items()}
