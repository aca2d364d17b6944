"""TikTok Shop's returns and cancellations as events. Each function reads one kind of resource, pushed or fetched: notifications
hold some of the fields that the API gives, under the same names, so the same return tells the same whichever way it came.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from typing import TYPE_CHECKING

from ..model import times
from ..model.event import Event, Link, Want
from ..model.facts import Due, RefundFact, RefundLine, ReturnFact, ReturnLineFact
from ..model.money import Money
from ..model.words import EventType, GoodsAxis, LineKind, MoneyAxis, RequestAxis
from . import _tiktok_shop_words as words
from ._read import MAX_ID, Reader
from ._tiktok_shop_orders import native

if TYPE_CHECKING:
    from ._reasons import Code

# What a code begins and ends with that only says market, stage and who asked.
_PREFIX = re.compile(r"^(seller_)?ecom_order_[a-z_]*?reason_|^(buyer|seller)_(return_and_)?refund_|^(buyer|seller)_")
_SUFFIX = re.compile(r"(_uk|_eu|_us|_seller|_[0-9]+)+$")


def code(said: str) -> str:
    """A reason's code without prefix and suffix: "ecom_order_delivered_refund_reason_too_small_uk" -> "too_small"."""
    return _SUFFIX.sub("", _PREFIX.sub("", said.lower()))


@dataclass(frozen=True, slots=True)
class Told:
    """How news came: its topic, the time it was sent (of notifications), when we heard it, how much its teller knows.

    `want` is whether the rest has to be read.
    """

    topic: str
    sent: datetime | None
    now: datetime
    rank: int = 0
    want: bool = False


def returned(one: Reader, return_id: str, told: Told) -> tuple[Event, ...]:
    """A return, and what it says of money and of arbitration."""
    at, status, kind = one.seconds("update_time") or told.sent, return_status(one), one.text("return_type")
    stage = words.RETURN.get(status or "", words.UNKNOWN)
    fact, reason = return_fact(one, return_id, at, stage), one.text("return_reason")
    said = native(topic=told.topic, status=status, role=one.text("return_role") or one.text("role"), kind=kind, reason=reason)
    links = (Link("return", return_id), *([Link("tracking", fact.tracking)] if fact.tracking else []))
    first = Event(
        _typed(stage, kind), at or told.now, (fact, *return_lines(one, return_id, at, reason)), said, links=links,
        rank=told.rank, wants=(Want("return", return_id),) if told.want else (),
    )  # fmt: skip
    return (first, *_refunded(one, fact, first), *_arbitrated(one, first))


def return_status(one: Reader) -> str | None:
    """A return's status, which one description of the search calls only that."""
    return one.text("return_status") or one.text("status")


def _typed(stage: words.Stage, kind: str | None) -> EventType:
    """Where no goods are sent back there is nothing to inspect: what was accepted was approved."""
    accepted = stage.type is EventType.RETURN_INSPECTED and stage.money is not None
    return EventType.RETURN_APPROVED if accepted and kind != words.GOODS_BACK else stage.type


def _goods(stage: words.Stage, kind: str | None) -> GoodsAxis | None:
    """A parcel has come back only where one was to come."""
    if kind == words.MONEY_ALONE:
        return GoodsAxis.NONE_EXPECTED
    return None if stage.goods is GoodsAxis.RECEIVED and kind != words.GOODS_BACK else stage.goods


def return_fact(one: Reader, return_id: str, at: datetime | None, stage: words.Stage) -> ReturnFact:
    """A return on its axes. The time of a step is that of the status that tells it."""
    kind, created = one.text("return_type"), one.seconds("create_time")
    type_ = _typed(stage, kind)
    return ReturnFact(
        return_id,
        at,
        native_status=return_status(one),
        request=stage.request,
        goods=_goods(stage, kind),
        money=None if stage.money is MoneyAxis.DONE and kind == words.REPLACEMENT else stage.money,
        dispute=words.ARBITRATION.get(one.text("arbitration_status") or ""),
        requested_at=created,
        approved_at=at if type_ is EventType.RETURN_APPROVED else None,
        declined_at=at if type_ is EventType.RETURN_DECLINED else None,
        dispatched_at=at if type_ is EventType.RETURN_DISPATCHED else None,
        received_at=at if type_ is EventType.RETURN_INSPECTED else None,
        closed_at=at if type_ is EventType.RETURN_CLOSED else None,
        tracking=one.id("return_tracking_number"),
        currency=one.child("refund_amount").currency("currency"),
        due=due(one) or _next(stage, kind, created),
    )


def due(one: Reader) -> Due | None:
    """What the seller must do next by when, the earliest of what is sent; None when nothing is."""
    found = [(one.seconds("deadline"), one.text("action") or "") for one in one.children("seller_next_action_response")]
    dated = sorted((at, action) for at, action in found if at)
    if not dated:
        return None
    at, action = dated[0]
    return Due("seller", words.ACTIONS.get(action, action) or "answer", at, words.SILENCE)


def _next(stage: words.Stage, kind: str | None, created: datetime | None) -> Due | None:
    """Who acts next where no deadline is sent. How long a seller has is on file for requests, and is less for replacements."""
    if stage.request is RequestAxis.REQUESTED and kind == words.REPLACEMENT and created:
        return Due("seller", "answer the request", created + words.REPLACEMENT_ANSWER, words.SILENCE)
    return stage.due


def return_lines(one: Reader, return_id: str, at: datetime | None, reason: str | None) -> list[ReturnLineFact]:
    """A return's lines, all for the one reason that it has."""
    listed, known = list(one.children("return_line_items")), None
    if listed and reason:
        from ._reasons import codes  # notifications hold no lines, and need no codes

        known = codes("tiktok_shop").of(code(reason))
    return [_return_line(line, n, return_id, at, reason, known) for n, line in enumerate(listed, 1)]


def _return_line(
    one: Reader, n: int, return_id: str, at: datetime | None, reason: str | None, known: Code | None
) -> ReturnLineFact:  # fmt: skip
    """A line of an order is a unit; of a line that names none nobody knows how many came back."""
    ordered = one.id("order_line_item_id")
    return ReturnLineFact(
        one.id("return_line_item_id") or f"{return_id}:{ordered or n}"[:MAX_ID],
        return_id,
        at,
        line_id=ordered,
        sku=one.text("seller_sku"),
        quantity=1 if ordered else None,
        native_reason=reason,
        reason_stated=known.label if known else None,
        fault=known.fault if known else None,
        kind=LineKind.RETURN,
    )


def _refunded(one: Reader, fact: ReturnFact, first: Event) -> Iterator[Event]:
    """The refund of a return that is finished: TikTok says the money went."""
    if fact.money is MoneyAxis.DONE:
        named = ((line.id("order_line_item_id"), line) for line in one.children("return_line_items"))
        back = tuple(RefundLine(id_, 1, _amount(line)) for id_, line in named if id_)
        refund = RefundFact(
            fact.id, fact.at, return_id=fact.id, amount=_amount(one), confirmed=True, issued_at=fact.at, lines=back or None
        )
        yield replace(first, type=EventType.REFUND_ISSUED, facts=(refund,), wants=())


def _amount(one: Reader) -> Money | None:
    amount = one.child("refund_amount")
    return amount.money("refund_total", amount.currency("currency"))


def _arbitrated(one: Reader, first: Event) -> Iterator[Event]:
    """TikTok's own judgement, as news of its own: it is asked for while the return's status stays what it was."""
    word = one.text("arbitration_status")
    if word:
        type_ = EventType.DISPUTE_OPENED if word == words.IN_ARBITRATION else EventType.DISPUTE_CLOSED
        yield replace(first, type=type_, facts=(), native={**first.native, "arbitration": word}, wants=())


def records(one: Reader, return_id: str, told: Told) -> tuple[Event, ...]:
    """What was done and written in a return. No more of it is a fact than that there is one; the buyer's words stay in the
    sealed body."""
    made = [at for record in one.children("records") if (at := record.seconds("create_time"))]
    facts, links = (ReturnFact(return_id),), (Link("return", return_id),)
    return (Event(EventType.RETURN_CHANGED, max(made, default=told.now), facts, {"topic": told.topic}, links=links),)


def cancellation(one: Reader, told: Told) -> tuple[Event, ...]:
    """A request to cancel an order or some of its lines. It is no fact: that an order is cancelled, and why, the order says."""
    cancel_id, status, reason = one.needed_id("cancel_id"), one.text("cancel_status"), one.text("cancel_reason")
    at, next_ = one.seconds("update_time") or told.sent or one.seconds("create_time"), due(one)
    said = native(
        topic=told.topic, status=status, role=one.text("cancellations_role") or one.text("role"), reason=reason,
        cancellation=cancel_id, due=times.text(next_.at) if next_ and next_.at else None,
    )  # fmt: skip
    wants = (Want("cancellation", cancel_id),) if told.want else ()
    return (Event(EventType.ORDER_CHANGED, at or told.now, native=said, rank=told.rank, wants=wants),)
