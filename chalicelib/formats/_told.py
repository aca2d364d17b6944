"""What documents of a mapped file tell: facts, and the event that they are known by. Pure.

What has no id in the file gets one made of what it is (model/standin.py): a line by its SKU, a return by order, SKU and time.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from ..model import money
from ..model.errors import BadPayload
from ..model.event import Event, Link, Said, Translated
from ..model.facts import Fact, LineFact, OrderFact, RefundFact, ReturnFact, ReturnLineFact, ReviewFact, ShipmentFact
from ..model.money import Money
from ..model.standin import stand_in
from ..model.words import EventType, GoodsAxis, LineKind, RequestAxis, ShipmentStatus
from ._documents import Build, Row
from ._fields import COMMENT, Amount, Comment, Label

Values = Mapping[str, Any]
_RETURN_EVENTS = {
    RequestAxis.APPROVED: EventType.RETURN_APPROVED, RequestAxis.DECLINED: EventType.RETURN_DECLINED,
    RequestAxis.WITHDRAWN: EventType.RETURN_WITHDRAWN, RequestAxis.EXPIRED: EventType.RETURN_CLOSED,
    RequestAxis.REQUESTED: EventType.RETURN_REQUESTED, RequestAxis.NEEDS_REVIEW: EventType.RETURN_REQUESTED,
}  # fmt: skip
_STEPS = ("requested_at", "approved_at", "received_at", "closed_at", "refunded_at")
_LINE_NAMES = ("sku", "product_id", "variant_id", "title")


class Told:
    """Reads documents. `columns` are the file's own names of our fields, for words about what is missing."""

    def __init__(self, kind: str, columns: Mapping[str, str], currency: str | None) -> None:
        self._kind = kind
        self._columns = columns
        self._currency = currency

    def build(self, key: str, rows: Sequence[Row]) -> Translated:
        """The delivery of a document, its id still to be put on."""
        builders: Mapping[str, Build] = {
            "orders": self._order, "order_lines": self._order, "returns": self._return, "refunds": self._refund,
            "reviews": self._review,
        }  # fmt: skip
        return builders[self._kind](key, rows)

    # Orders

    def _order(self, key: str, rows: Sequence[Row]) -> Translated:
        said = _merged(rows)
        order_id, placed = self._needed(said, "order_id"), self._needed(said, "placed_at")
        currency = self._currency_of(said)
        order = OrderFact(
            order_id, number=said.get("order_number"), placed_at=placed, currency=currency,
            total=self._money(said, "total", currency), shipping=self._money(said, "shipping", currency),
            tax=self._money(said, "tax", currency), discount=self._money(said, "discount", currency),
            **_picked(said, "paid_at cancelled_at cancel_reason country province payment channel"),
        )  # fmt: skip
        lines = list(self._lines(rows, currency)) if self._kind == "order_lines" else []
        parcels = list(_parcels(rows))
        back = self._refunds(said, order_id, currency)
        links = [Link("tracking", one.tracking) for one in parcels if one.tracking]
        facts: list[Fact] = [order, *lines, *parcels, *back]
        return self._delivery(f"order:{order_id}", EventType.ORDER_PLACED, placed, facts, links, said)

    def _lines(self, rows: Sequence[Row], currency: str | None) -> Iterator[LineFact]:
        for id_, row in _named(rows):
            said = row.values
            quantity, price = self._needed(said, "quantity"), said.get("unit_price") or self._per_unit(said)
            if quantity < 0:
                problem = "is negative; rows of returns go into a file and a map of their own"
                raise BadPayload(problem, self._columns.get("quantity", "quantity"))
            yield LineFact(
                id_, quantity=quantity, unit_price=price.number if price else None, kind=LineKind.SALE,
                discount=self._money(said, "line_discount", currency),
                **_picked(said, "sku title product_id variant_id variant"),
            )  # fmt: skip

    def _per_unit(self, said: Values) -> Amount | None:
        """A unit's price where the file has only the line's."""
        total, quantity = said.get("line_total"), said.get("quantity")
        if total is None or not quantity:
            return None
        return Amount(money.price(total.number / quantity, self._columns.get("line_total", "line_total")), total.currency)

    def _refunds(self, said: Values, order_id: str, currency: str | None, return_id: str | None = None) -> list[RefundFact]:
        """Money given back. It went through when the file says when, or says it of an order as such; a return may only ask."""
        amount = self._money(said, "refund_amount", currency)
        if amount is None or not amount.amount:
            return []
        at, own = said.get("refunded_at"), said.get("refund_id")
        done = True if at or return_id is None else None
        id_ = own or stand_in("refund", return_id or order_id)
        return [RefundFact(id_, at, return_id, Money(abs(amount.amount), amount.currency), done, at)]

    # Returns, refunds, reviews

    def _return(self, key: str, rows: Sequence[Row]) -> Translated:
        said = _merged(rows)
        requested, currency = self._needed(said, "requested_at"), self._currency_of(said)
        request, goods = _axes(said)
        status: Label | None = said.get("status")
        fact = ReturnFact(
            key, native_status=status.native if status else None, request=request, goods=goods, requested_at=requested,
            currency=currency, **_picked(said, "approved_at received_at closed_at tracking country"),
        )  # fmt: skip
        named = list(_named(rows, key))
        lines = [self._return_line(id_, key, row.values) for id_, row in named]
        type_ = EventType.RETURN_RECEIVED if goods else _RETURN_EVENTS[request]
        at = max(said[name] for name in _STEPS if name in said)
        back = self._refunds(said, "", currency, key)
        links = [Link("return", key)]
        made = self._delivery(_subject(said, f"return:{key}"), type_, at, [fact, *lines, *back], links, said)
        return replace(made, said=tuple(_notes(key, named, requested)))

    def _return_line(self, id_: str, return_id: str, said: Values) -> ReturnLineFact:
        reason: Label | None = said.get("reason")
        price: Amount | None = said.get("unit_price")
        line = said.get("line_id") or (stand_in(said["sku"]) if "sku" in said else None)
        return ReturnLineFact(
            id_, return_id, line_id=line, native_reason=reason.native if reason else None,
            reason_stated=reason.ours if reason else None, kind=LineKind.RETURN, unit_price=price.number if price else None,
            quantity=_units(said, "quantity"), received_quantity=_units(said, "received_quantity"),
            **_picked(said, "sku disposition"),
        )  # fmt: skip

    def _refund(self, key: str, rows: Sequence[Row]) -> Translated:
        said = _merged(rows)
        order_id, at = self._needed(said, "order_id"), self._needed(said, "refunded_at")
        amount = self._money(said, "refund_amount", self._currency_of(said))
        if amount is None:
            raise BadPayload("is empty", self._columns.get("refund_amount", "refund_amount"))
        fact = RefundFact(key, at, said.get("return_id"), Money(abs(amount.amount), amount.currency), True, at)
        return self._delivery(f"order:{order_id}", EventType.REFUND_ISSUED, at, [fact], [Link("refund", key)], said)

    def _review(self, key: str, rows: Sequence[Row]) -> Translated:
        said = _merged(rows)
        posted = self._needed(said, "posted_at")
        fact = ReviewFact(key, rating=self._needed(said, "rating"), posted_at=posted, **_picked(said, "sku product_id line_id"))
        made = self._delivery(_subject(said, f"review:{key}"), EventType.REVIEW_POSTED, posted, [fact], [], said)
        written: Comment | None = said.get(COMMENT)
        return replace(made, said=(Said(f"review:{key}", written.text, posted),) if written else ())

    # What all of them need

    def _delivery(
        self, subject: str, type_: EventType, at: datetime, facts: Sequence[Fact], links: Sequence[Link], said: Values
    ) -> Translated:
        """One event. Its rank is how much it says: of two versions of a document the fuller one knows better."""
        native, email = {"topic": f"file/{self._kind}"}, said.get("buyer_email")
        event = Event(type_, at, tuple(facts), native, links=tuple(links), rank=len(said) + len(facts))
        return Translated("", subject, (event,), f"email:{email}" if email else None)

    def _needed(self, said: Values, name: str) -> Any:
        if name not in said:
            raise BadPayload("is empty", self._columns.get(name, name))
        return said[name]

    def _currency_of(self, said: Values) -> str | None:
        """The row's own currency, else what its amounts name, else the map's."""
        named = {value.currency for value in said.values() if isinstance(value, Amount) and value.currency}
        if len(named) > 1:
            raise BadPayload(f"amounts are in {' and '.join(sorted(named))}", self._columns.get("currency", "currency"))
        own: str | None = said.get("currency")
        if own and named and own not in named:
            raise BadPayload(f"is {own}, but an amount is in {named.pop()}", self._columns.get("currency", "currency"))
        return own or (named.pop() if named else self._currency)

    def _money(self, said: Values, name: str, currency: str | None) -> Money | None:
        amount: Amount | None = said.get(name)
        if amount is None:
            return None
        where = self._columns.get(name, name)
        if currency is None:
            raise BadPayload("no currency: map a column to currency, or give defaults.currency", where)
        return money.money(amount.number, currency, where)


def _merged(rows: Sequence[Row]) -> dict[str, Any]:
    """What the rows say of their document: of each field what the first that has it says."""
    found: dict[str, Any] = {}
    for row in rows:
        for name, value in row.values.items():
            found.setdefault(name, value)
    return found


def _picked(said: Values, names: str) -> dict[str, Any]:
    return {name: said.get(name) for name in names.split()}


def _units(said: Values, name: str) -> int | None:
    """Units that came back: some files write them as negative numbers."""
    return abs(said[name]) if name in said else None


def _subject(said: Values, other: str) -> str:
    return f"order:{said['order_id']}" if "order_id" in said else other


def _named(rows: Sequence[Row], of: str | None = None) -> Iterator[tuple[str, Row]]:
    """Each row that tells of a line, with the line's id; `of` is the return it belongs to.

    A line without an id is known by its SKU; several of one SKU are numbered.
    """
    seen: Counter[str] = Counter()
    for row in rows:
        said = row.values
        if not of and not any(name in said for name in ("line_id", *_LINE_NAMES)):
            continue
        own = None if of else said.get("line_id")
        base = said.get("line_id") or next((said[name] for name in _LINE_NAMES if name in said), "")
        seen[base] += 1
        parts = [of] if of else []
        number = [str(seen[base])] if seen[base] > 1 else []
        yield own or stand_in(*parts, str(base), *number), row


def _notes(return_id: str, named: Sequence[tuple[str, Row]], asked: datetime) -> Iterator[Said]:
    """What the buyer wrote beside each line; once for the return where all of several lines have the same."""
    notes = [(id_, row.values[COMMENT].text) for id_, row in named if COMMENT in row.values]
    if 1 < len(notes) == len(named) and len({text for _, text in notes}) == 1:
        notes = [("", notes[0][1])]
    for id_, text in notes:
        yield Said(f"return_line:{id_}" if id_ else f"return:{return_id}", text, asked)


def _parcels(rows: Sequence[Row]) -> Iterator[ShipmentFact]:
    """A parcel for each tracking number; one for the order where only times are told."""
    found: dict[str | None, dict[str, Any]] = {}
    for row in rows:
        told = {name: row.values[name] for name in _PARCEL if name in row.values}
        if told:
            known = found.setdefault(told.get("tracking"), {})
            found[told.get("tracking")] = told | known
    if len(found) > 1 and None in found:
        found = {tracking: told | found[None] for tracking, told in found.items() if tracking}
    for tracking, told in found.items():
        at = told.get("delivered_at") or told.get("dispatched_at")
        yield ShipmentFact(stand_in("parcel", tracking or ""), at, _parcel_status(told), **told)


_PARCEL = ("tracking", "carrier", "service", "dispatched_at", "delivered_at")


def _parcel_status(told: Values) -> ShipmentStatus | None:
    if "delivered_at" in told:
        return ShipmentStatus.DELIVERED
    return ShipmentStatus.DISPATCHED if "dispatched_at" in told else None


def _axes(said: Values) -> tuple[RequestAxis, GoodsAxis | None]:
    """What became of the request, and of the goods: what the status says, else what the times prove."""
    status: Label | None = said.get("status")
    goods = GoodsAxis.RECEIVED if "received_at" in said or "received_quantity" in said else None
    if status and status.ours:
        return status.ours, goods
    proven = goods or any(name in said for name in ("approved_at", "refunded_at"))
    return RequestAxis.APPROVED if proven else RequestAxis.REQUESTED, goods


def key_of(kind: str, said: Values) -> str | None:
    """A document's key where the file gives it none: made of what it is. None when there is not enough to make it of."""
    makers = {
        "returns": ("order_id", "line_id", "sku", "requested_at"), "refunds": ("order_id", "refunded_at", "refund_amount"),
        "reviews": ("order_id", "product_id", "sku", "posted_at", "rating"),
    }  # fmt: skip
    parts = [_spelled(said[name]) for name in makers.get(kind, ()) if name in said]
    return stand_in(*parts) if len(parts) > 1 else None


def _spelled(value: Any) -> str:
    if isinstance(value, datetime):
        return value.strftime("%Y%m%dT%H%M%S")
    return str(value.number if isinstance(value, Amount) else value)


