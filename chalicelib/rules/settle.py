"""Invariants: what merged facts must obey, whatever a platform says. Corrections are made here, contradictions are named.

Sources: declined requests move neither goods nor money (spree #5982); money is done only with an external confirmation
(solidus #2780); returned units never exceed ordered ones, refunds never exceed the order's total.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import replace

from ..model.facts import RefundFact, ReturnFact, ShipmentFact
from ..model.state import State
from ..model.words import DisputeAxis, GoodsAxis, MoneyAxis, RequestAxis, ShipmentStatus

DEAD = frozenset({RequestAxis.DECLINED, RequestAxis.WITHDRAWN, RequestAxis.EXPIRED})
# What may become of a parcel after it was delivered: it is on its way back, or it was the wrong door after all.
_AFTER_DELIVERY = frozenset({ShipmentStatus.DELIVERED, ShipmentStatus.EXCEPTION, ShipmentStatus.LOST})


def settle(state: State) -> State:
    """The state with every parcel and every return's axes made consistent, and every broken invariant listed in `problems`."""
    returns = {id_: _settled(state, one) for id_, one in state.of("return").items()}
    shipments = {id_: _arrived(one) for id_, one in state.of("shipment").items()}
    mended = {word: facts for word, facts in (("return", returns), ("shipment", shipments)) if facts}
    settled = replace(state, facts={**state.facts, **mended})
    return replace(settled, problems=tuple(_problems(settled)))


def return_of(state: State, refund: RefundFact) -> str | None:
    """The return a refund belongs to: the one it names, else the only live one that covers all of its lines."""
    if refund.return_id:
        return refund.return_id
    wanted = {line.line_id for line in refund.lines or ()}
    covering = [id_ for id_, one in state.of("return").items() if one.request not in DEAD and wanted <= _lines(state, id_)]
    return covering[0] if wanted and len(covering) == 1 else None


def _lines(state: State, return_id: str) -> set[str]:
    return {line.line_id for line in state.of("return_line").values() if line.return_id == return_id and line.line_id}


def _arrived(one: ShipmentFact) -> ShipmentFact:
    """A late scan does not undo a delivery, whoever told of either."""
    if one.delivered_at is None or one.status in _AFTER_DELIVERY:
        return one
    return replace(one, status=ShipmentStatus.DELIVERED)


def _settled(state: State, one: ReturnFact) -> ReturnFact:
    request = one.request or RequestAxis.REQUESTED
    if request in DEAD:
        return replace(
            one,
            request=request,
            goods=GoodsAxis.NONE_EXPECTED,
            money=MoneyAxis.NONE,
            dispute=one.dispute or DisputeAxis.NONE,
            due=None,
        )
    expected = GoodsAxis.AWAITING if request is RequestAxis.APPROVED else GoodsAxis.NONE_EXPECTED
    return replace(
        one, request=request, goods=one.goods or expected, money=_money(state, one), dispute=one.dispute or DisputeAxis.NONE
    )


def _money(state: State, one: ReturnFact) -> MoneyAxis:
    """Done only when the platform confirmed a refund of this return; a claim without one is still pending."""
    said = one.money or MoneyAxis.NONE
    if said is MoneyAxis.REVERSED:
        return said
    refunds = [refund for refund in state.of("refund").values() if return_of(state, refund) == one.id]
    if any(refund.confirmed for refund in refunds):
        return MoneyAxis.DONE
    return MoneyAxis.PENDING if said is MoneyAxis.DONE or (refunds and said is MoneyAxis.NONE) else said


def _problems(state: State) -> Iterator[str]:
    yield from _too_many_units(state)
    yield from _too_much_money(state)
    for id_, line in state.of("return_line").items():
        if line.received_quantity is not None and line.quantity is not None and line.received_quantity > line.quantity:
            yield f"return line {id_}: {line.received_quantity} units received, {line.quantity} asked for"


def _too_many_units(state: State) -> Iterator[str]:
    live = {id_ for id_, one in state.of("return").items() if one.request not in DEAD}
    back: Counter[str] = Counter()
    for line in state.of("return_line").values():
        if line.line_id and line.return_id in live:
            back[line.line_id] += line.quantity or 0
    lines: Mapping[str, object] = state.of("line")
    for line_id, units in sorted(back.items()):
        ordered = getattr(lines.get(line_id), "quantity", None)
        if ordered is not None and units > ordered:
            yield f"line {line_id}: {units} units returned, {ordered} ordered"


def _too_much_money(state: State) -> Iterator[str]:
    total = state.order.total if state.order else None
    if total is None:
        return
    confirmed = [refund.amount for refund in state.of("refund").values() if refund.confirmed and refund.amount]
    for currency in sorted({amount.currency for amount in confirmed} - {total.currency}):
        yield f"refund in {currency}, order in {total.currency}"
    refunded = sum(amount.amount for amount in confirmed if amount.currency == total.currency)
    if refunded > total.amount:
        yield f"refunded {refunded} of {total.amount} {total.currency} (minor units)"
