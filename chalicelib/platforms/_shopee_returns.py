"""Shopee's returns as facts: by the list, by the call for one return and by the scans of the parcel on its way back.

Sources: Shopee Open Platform, v2.returns.get_return_list, get_return_detail and get_reverse_tracking_info; data definitions
ReturnStatus, NegotiationStatus, SellerProofStatus, SellerCompensationStatus, ReverseLogisticsStatus.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime

from ..model.facts import Due, Fact, RefundFact, ReturnFact, ReturnLineFact
from ..model.words import DisputeAxis, EventType, GoodsAxis, LineKind, MoneyAxis
from . import _shopee_words as words
from ._read import Reader
from ._reasons import codes
from ._shopee_facts import changed, line_id

_REFUND_ONLY = 1
_WAREHOUSE_CHECKS = "warehouse_validation"
_SILENCE = "Shopee refunds the buyer by itself"


def goods_return(one: Reader, return_id: str) -> ReturnFact:
    """A return, by the list or by its own call: what the list lacks stays unsaid."""
    status, at, goods = one.text("status"), changed(one), goods_axis(one)
    offered = status == "REQUESTED" and _word(one, "negotiation", "negotiation_status") == "PENDING_BUYER_RESPOND"
    return ReturnFact(
        return_id,
        at,
        native_status=status,
        request=words.REQUEST.get(status or ""),
        goods=goods,
        money=MoneyAxis.OFFERED if offered else words.MONEY.get(status or ""),
        dispute=_dispute(one, status),
        requested_at=one.seconds("create_time"),
        closed_at=at if status in words.ENDED else None,
        tracking=one.text("tracking_number"),
        currency=one.currency("currency"),
        due=_due(one, status, goods),
    )


def return_type(one: Reader) -> tuple[EventType, datetime | None]:
    """What a return is news of, by its status and the parcel."""
    status, goods = one.text("status"), goods_axis(one)
    type_ = words.RETURN_EVENT.get(status or "", EventType.RETURN_CHANGED)
    if status == "PROCESSING" and goods in words.BACK_EVENT:
        return words.BACK_EVENT[goods], changed(one)
    return type_, one.seconds("create_time") if type_ is EventType.RETURN_REQUESTED else changed(one)


def goods_axis(one: Reader) -> GoodsAxis | None:
    """Where the goods are: kept where only money is asked for, else by the warehouse that checks them, else by the parcel."""
    if one.whole("return_solution") == _REFUND_ONLY:
        return GoodsAxis.NONE_EXPECTED
    inbound = one.whole("is_arrived_at_warehouse") if one.text("validation_type") == _WAREHOUSE_CHECKS else None
    names = ("reverse_logistics_status", "reverse_logistic_status", "logistics_status")
    parcel = next((word for name in names if (word := one.text(name))), "")
    return words.WAREHOUSE.get(inbound or 0) or words.BACK.get(parcel)


def _word(one: Reader, group: str, name: str) -> str | None:
    """A status that a return holds in a group of its own, and the list as it is."""
    return one.child(group).text(name) or one.text(name)


def _dispute(one: Reader, status: str | None) -> DisputeAxis | None:
    if status is None:
        return None
    claim = (_word(one, "seller_compensation", "seller_compensation_status") or "").removeprefix("COMPENSATION_")
    return words.DISPUTE.get(status) or words.COMPENSATION.get(claim) or DisputeAxis.NONE


def _due(one: Reader, status: str | None, goods: GoodsAxis | None) -> Due | None:
    """Who must act, by when, and what Shopee does on silence. None where the list does not tell enough: the return will."""
    read = _DUE.get(status or "")
    return read(one, goods) if read else None


def _due_answer(one: Reader, goods: GoodsAxis | None) -> Due | None:
    if _word(one, "negotiation", "negotiation_status") != "PENDING_BUYER_RESPOND":
        return Due("seller", "answer the request", one.seconds("due_date"), _SILENCE)
    return Due("buyer", "answer the offer", one.child("negotiation").seconds("offer_due_date")) if _whole(one) else None


def _due_goods(one: Reader, goods: GoodsAxis | None) -> Due | None:
    if goods is GoodsAxis.NONE_EXPECTED:
        return Due("platform", "decide about the refund")
    if goods is None and not _whole(one):
        return None
    if goods in (None, GoodsAxis.AWAITING):
        return Due("buyer", "send the goods back", one.seconds("return_ship_due_date"))
    if one.text("validation_type") == _WAREHOUSE_CHECKS:
        return Due("platform", "check the goods")
    return Due("seller", "check the goods, then accept or dispute", one.seconds("return_seller_due_date"), _SILENCE)


def _due_proof(one: Reader, goods: GoodsAxis | None) -> Due | None:
    if _word(one, "seller_proof", "seller_proof_status") != "PENDING":
        return Due("platform", "decide the dispute")
    until = one.child("seller_proof").seconds("seller_evidence_deadline")
    return Due("seller", "send evidence", until, "Shopee decides without it") if _whole(one) else None


def _due_claim(one: Reader, goods: GoodsAxis | None) -> Due | None:
    claim = _word(one, "seller_compensation", "seller_compensation_status") or ""
    if claim.removeprefix("COMPENSATION_") != "PENDING_REQUEST":
        return Due("platform", "pay the refund")
    until = one.child("seller_compensation").seconds("seller_compensation_due_date")
    return Due("seller", "ask for compensation, if the refund was wrong", until, "none is paid") if _whole(one) else None


def _whole(one: Reader) -> bool:
    """Whether this is the return itself: the list has no groups, and so no deadlines inside them."""
    return any(isinstance(one.value.get(name), dict) for name in ("negotiation", "seller_proof", "seller_compensation"))


_DUE: dict[str, Callable[[Reader, GoodsAxis | None], Due | None]] = {
    "REQUESTED": _due_answer,
    "PROCESSING": _due_goods,
    "JUDGING": _due_proof,
    "SELLER_DISPUTE": _due_proof,
    "ACCEPTED": _due_claim,
}


def return_lines(one: Reader, return_id: str) -> Iterator[ReturnLineFact]:
    """A return's lines, all under the return's one reason; what the platform found it to be instead stands beside it."""
    at, native, found = changed(one), one.text("reason"), one.text("reassessed_request_reason")
    said, instead = (codes("shopee").of((word or "").strip().upper()) for word in (native, found))
    for item in one.children("item"):
        name = line_id(item)
        yield ReturnLineFact(
            f"{return_id}:{name}",
            return_id,
            at,
            line_id=name,
            sku=item.text("variation_sku") or item.text("item_sku"),
            quantity=item.whole("amount"),
            unit_price=item.price("item_price"),
            native_reason=native,
            reason_stated=said.label if said else None,
            reason_inspected=instead.label if instead else None,
            fault=said.fault if said else None,
            kind=LineKind.RETURN,
        )


def refund(one: Reader, return_id: str) -> list[Fact]:
    """The refund of a return, once Shopee says that it was paid."""
    at = changed(one)
    if one.text("status") != "REFUND_PAID":
        return []
    amount = one.money("refund_amount", one.currency("currency"))
    return [RefundFact(return_id, at, return_id=return_id, amount=amount, confirmed=True, issued_at=at)]


def way_back(one: Reader, return_id: str) -> ReturnFact:
    """A return by the scans of its parcel. Where a second leg has begun, the goods were at the warehouse that checked them."""
    second = one.seconds("post_return_logistics_update_time") or _first(one, "post_return_logistics_tracking_info")
    status, at = one.text("reverse_logistics_status"), one.seconds("reverse_logistics_update_time")
    goods = GoodsAxis.RECEIVED if second and not status else words.BACK.get(status or "")
    arrived = (at or _first(one, "post_return_logistics_tracking_info")) if goods is GoodsAxis.RECEIVED else None
    return ReturnFact(
        return_id,
        at or second,
        goods=goods,
        dispatched_at=_first(one, "tracking_info") if goods in (GoodsAxis.IN_TRANSIT, GoodsAxis.RECEIVED) else None,
        received_at=arrived,
        tracking=one.text("tracking_number"),
    )


def _first(one: Reader, name: str) -> datetime | None:
    """When the first of some scans was made."""
    return min((time for row in one.children(name) if (time := row.seconds("update_time"))), default=None)
