"""eBay's returns, cancellations, inquiries and cases (Post-Order API) and disputed payments (Fulfillment API) as facts.

Dates of the Post-Order API are objects ({"value": ...}), money is JSON numbers. A return has no time of its own: the latest
that its history, label or closing tells is when all the rest was true.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from functools import lru_cache

from ..model.event import Event, Link, Translated
from ..model.facts import DisputeFact, Due, OrderFact, ReturnFact, ReturnLineFact
from ..model.words import DisputeAxis, EventType, GoodsAxis, LineKind, MoneyAxis
from . import _ebay_words as words
from ._ebay_facts import amount, when
from ._ebay_words import buyer
from ._read import Reader
from ._reasons import Code, codes


@lru_cache(maxsize=1024)
def reason(code: str | None) -> Code | None:
    """What a return reason says."""
    return codes("ebay").of(code.upper()) if code else None


def goods_return(made: str, whole: Reader, now: datetime) -> Translated:
    """A return as it was read in full (summary and detail), or the summary alone as a list has it."""
    summary = whole.child("summary") if "summary" in whole.value else whole
    detail = whole.child("detail")
    return_id, order_id = summary.needed_id("returnId"), summary.id("orderId")
    history = _History(detail)
    fact = _return(summary, detail, return_id, history)
    line = _line(summary, detail, return_id, fact.at)
    case, state = summary.child("escalationInfo").id("caseId"), fact.native_status
    links = [Link("return", return_id), *_links("tracking", fact.tracking), *_links("dispute", case)]
    known = reason(line.native_reason)
    said = {"status": state, "reason": line.native_reason, "flag": known.flag if known else None}
    native = {"topic": "return"} | {name: word for name, word in said.items() if word}
    event = Event(_return_type(fact), fact.at or now, (fact, line), native, links=tuple(links))
    subject = f"order:{order_id}" if order_id else f"return:{return_id}"
    return Translated(made, subject, (event,), buyer(summary.id("buyerLoginName")))


def refunded(one: Reader) -> str | None:
    """The order of a return whose money has moved, so that its refund is read with it; None where none did."""
    summary = one.child("summary") if "summary" in one.value else one
    state = summary.text("state") or ""
    money = _paid_back(summary) or words.MONEY.get(state) in (MoneyAxis.PENDING, MoneyAxis.DONE)
    return summary.id("orderId") if money or state in words.CLOSED else None


class _History:
    """When a return came into its states, by the history in its detail; and the latest time that its detail tells."""

    def __init__(self, detail: Reader) -> None:
        self._times: dict[str, datetime] = {}
        self.latest: datetime | None = None
        for one in detail.children("responseHistory"):
            at, state = when(one, "creationDate"), one.text("toState")
            if at is None:
                continue
            self.latest = max(self.latest or at, at)
            if state and (state not in self._times or at < self._times[state]):
                self._times[state] = at

    def first(self, *states: str) -> datetime | None:
        """When it first came into one of these states."""
        return min((self._times[state] for state in states if state in self._times), default=None)


def _return(summary: Reader, detail: Reader, return_id: str, history: _History) -> ReturnFact:
    state = summary.text("state") or summary.text("status")
    made = when(summary.child("creationInfo"), "creationDate")
    parcel = detail.child("returnShipmentInfo").child("shipmentTracking")
    closed = when(summary, "closedDate") or when(detail.child("closeInfo"), "returnCloseDate")
    known = [made, history.latest, when(parcel, "labelDate"), closed]
    at = max((time for time in known if time), default=None)
    sums = summary.child("sellerTotalRefund")
    money = amount(sums, "actualRefundAmount") or amount(sums, "estimatedRefundAmount")
    goods, dispute = words.GOODS.get(state or ""), _escalated(summary, state)
    return ReturnFact(
        return_id,
        at,
        number=return_id,
        native_status=state,
        request=words.REQUEST.get(state or ""),
        goods=goods,
        money=MoneyAxis.DONE if _paid_back(summary) else words.MONEY.get(state or ""),
        dispute=dispute,
        requested_at=made,
        approved_at=history.first("ITEM_READY_TO_SHIP", "READY_FOR_SHIPPING", "WAITING_FOR_RETURN_LABEL", "WAITING_FOR_RMA"),
        declined_at=history.first("RETURN_REJECTED"),
        dispatched_at=history.first("ITEM_SHIPPED"),
        received_at=history.first("ITEM_DELIVERED"),
        closed_at=closed or (history.first("CLOSED") if state in words.CLOSED else None),
        tracking=parcel.id("trackingNumber"),
        currency=money.currency if money else None,
        due=_due(summary, dispute is not None),
    )


def _paid_back(summary: Reader) -> bool:
    """Whether eBay says how much was really given back."""
    paid = amount(summary.child("sellerTotalRefund"), "actualRefundAmount")
    paid = paid or amount(summary.child("buyerTotalRefund"), "actualRefundAmount")
    return paid is not None and paid.amount > 0


def _escalated(summary: Reader, state: str | None) -> DisputeAxis | None:
    return DisputeAxis.PLATFORM_REVIEW if state in words.ESCALATED or summary.child("escalationInfo").id("caseId") else None


def _due(summary: Reader, escalated: bool) -> Due:
    """What is due next, the seller's first: theirs is what can be missed here."""
    for actor in ("seller", "buyer"):
        due = summary.child(f"{actor}ResponseDue")
        what = due.text("activityDue")
        if what:
            action = words.ACTIONS.get(what, what.replace("_", " ").lower())
            return Due(actor, action, when(due, "respondByDate"), words.ON_SILENCE if actor == "seller" else None)
    return words.DECIDES if escalated else words.NOBODY


def _line(summary: Reader, detail: Reader, return_id: str, at: datetime | None) -> ReturnLineFact:
    """What comes back: one line item. Its order line has the id that the return calls transactionId."""
    created = summary.child("creationInfo")
    item, said = created.child("item"), created.text("reason")
    known = reason(said)
    return ReturnLineFact(
        line_name(return_id, created),
        return_id,
        at,
        line_id=item.id("transactionId"),
        quantity=item.whole("returnQuantity"),
        unit_price=detail.child("itemDetail").child("itemPrice").price("value"),
        native_reason=said,
        reason_stated=known.label if known else None,
        fault=known.fault if known else None,
        kind=LineKind.RETURN,
    )


def line_name(return_id: str, created: Reader) -> str:
    """By what the one line of a return is known: the line item that was bought, else its listing."""
    item = created.child("item")
    return f"{return_id}:{item.id('transactionId') or item.id('itemId') or 1}"


def _return_type(fact: ReturnFact) -> EventType:
    if fact.closed_at or fact.native_status in words.CLOSED:
        return EventType.RETURN_CLOSED
    known = words.RETURN_EVENT.get(fact.goods or GoodsAxis.NONE_EXPECTED)
    return known or (words.RETURN_EVENT.get(fact.request) if fact.request else None) or EventType.RETURN_CHANGED


def _links(kind: str, id_: str | None) -> Iterator[Link]:
    if id_:
        yield Link(kind, id_)


def cancellation(made: str, one: Reader, now: datetime) -> Translated:
    """A request to cancel an order, as a list has it."""
    order_id, status = one.needed_id("legacyOrderId"), one.text("cancelStatus")
    asked, closed = when(one, "cancelRequestDate"), when(one, "cancelCloseDate")
    done, at = status in words.CANCELLED, closed or asked
    fact = OrderFact(order_id, at, cancelled_at=closed if done else None, cancel_reason=one.text("cancelReason"))
    said = {"status": status, "state": one.text("cancelState"), "reason": fact.cancel_reason, "by": one.text("requestorType")}
    native = {"topic": "cancellations"} | {name: word for name, word in said.items() if word}
    event = Event(EventType.ORDER_CANCELLED if done and closed else EventType.ORDER_CHANGED, at or now, (fact,), native)
    return Translated(made, f"order:{order_id}", (event,), buyer(one.id("buyerLoginName")))


def inquiry(made: str, one: Reader, now: datetime) -> Translated:
    """An inquiry after something that did not arrive, as a list has it."""
    status = one.text("inquiryStatusEnum") or one.text("status")
    return _claim(made, one, "inquiries", one.needed_id("inquiryId"), "inquiry", status, "ITEM_NOT_RECEIVED", now)


def case(made: str, one: Reader, now: datetime) -> Translated:
    """A case of the Money Back Guarantee, which eBay decides, as a list has it."""
    status, why = one.text("caseStatusEnum") or one.text("status"), one.text("escalateReason") or one.text("caseType")
    return _claim(made, one, "cases", one.needed_id("caseId"), "case", status, why, now)


def _claim(
    made: str, one: Reader, topic: str, id_: str, kind: str, status: str | None, why: str | None, now: datetime
) -> Translated:
    """An inquiry or a case: it may name no order, but the line item, which leads to it."""
    opened, changed, closed = (when(one, name) for name in ("creationDate", "lastModifiedDate", "closedDate"))
    fact = DisputeFact(
        id_,
        changed or closed or opened,
        kind=kind,
        status=words.DISPUTE.get(status or ""),
        native_status=status,
        native_reason=why,
        amount=amount(one, "claimAmount"),
        opened_at=opened,
        due_at=when(one, "respondByDate"),
        closed_at=closed or (changed if status in words.DISPUTE_CLOSED else None),
    )
    flag = codes("ebay_escalation").of(why) if kind == "case" else None
    said = {"status": status, "reason": why, "flag": flag.flag if flag else None}
    return _dispute(made, topic, fact, said, _named(one), buyer(one.id("buyer")), now)


def _named(one: Reader) -> str | None:
    """What a claim is about: the order, else the line item that was bought."""
    order_id, line_id = one.id("orderId"), one.id("transactionId")
    return f"order:{order_id}" if order_id else f"line:{line_id}" if line_id else None


def payment_dispute(made: str, one: Reader, now: datetime) -> Translated:
    """A payment that the buyer disputes with whoever paid it for them."""
    status, order_id = one.text("paymentDisputeStatus"), one.id("orderId")
    opened, closed = one.time("openDate"), one.time("closedDate")
    fact = DisputeFact(
        one.needed_id("paymentDisputeId"),
        closed or opened,
        kind="payment",
        status=words.DISPUTE.get(status or ""),
        native_status=status,
        native_reason=one.text("reason"),
        amount=amount(one, "amount"),
        opened_at=opened,
        due_at=one.time("respondByDate"),
        closed_at=closed,
    )
    said, subject = {"status": status, "reason": fact.native_reason}, f"order:{order_id}" if order_id else None
    return _dispute(made, "disputes", fact, said, subject, buyer(one.id("buyerUsername")), now)


def _dispute(
    made: str, topic: str, fact: DisputeFact, said: dict[str, str | None], subject: str | None, who: str | None, now: datetime
) -> Translated:
    over = fact.closed_at or fact.native_status in words.DISPUTE_CLOSED
    native = {"topic": topic} | {name: word for name, word in said.items() if word}
    type_ = EventType.DISPUTE_CLOSED if over else EventType.DISPUTE_OPENED
    event = Event(type_, fact.at or now, (fact,), native, links=(Link("dispute", fact.id),))
    return Translated(made, subject or f"dispute:{fact.id}", (event,), who)
