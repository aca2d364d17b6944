"""Conditions: the words that a touchpoint's `unless` may hold, each a state of the order that makes a message pointless."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from ..model.facts import ShipmentFact
from ..model.state import State
from ..model.words import DisputeAxis, EventType, ShipmentStatus

_NOT_SENT = frozenset({ShipmentStatus.PENDING, ShipmentStatus.LABELLED, ShipmentStatus.CANCELLED, None})
_TROUBLE = frozenset({ShipmentStatus.DELAYED, ShipmentStatus.EXCEPTION, ShipmentStatus.LOST})


@dataclass(frozen=True, slots=True)
class Condition:
    """A state of an order: how to tell it, how to say it, and the event that by itself brings it about."""

    holds: Callable[[State], bool]
    says: str
    by: EventType | None = None


def _cancelled(state: State) -> bool:
    return state.order is not None and state.order.cancelled_at is not None


def _disputed(state: State) -> bool:
    open_returns = (one.dispute not in (None, DisputeAxis.NONE) for one in state.of("return").values())
    return bool(state.of("dispute")) or any(open_returns)


def _sent(one: ShipmentFact) -> bool:
    return one.dispatched_at is not None or one.status not in _NOT_SENT


def _arrived(one: ShipmentFact) -> bool:
    return one.delivered_at is not None or one.status is ShipmentStatus.DELIVERED


def _parcels(state: State, test: Callable[[ShipmentFact], bool]) -> bool:
    return any(test(one) for one in state.of("shipment").values())


CONDITIONS: Mapping[str, Condition] = {
    "cancelled": Condition(_cancelled, "the order was cancelled", EventType.ORDER_CANCELLED),
    "returned": Condition(lambda state: bool(state.of("return")), "a return was asked for", EventType.RETURN_REQUESTED),
    "refunded": Condition(lambda state: bool(state.of("refund")), "money was given back", EventType.REFUND_ISSUED),
    "disputed": Condition(_disputed, "the buyer opened a dispute", EventType.DISPUTE_OPENED),
    "dispatched": Condition(
        lambda state: _parcels(state, _sent), "the parcel is on its way already", EventType.SHIPMENT_DISPATCHED
    ),
    "delivered": Condition(
        lambda state: _parcels(state, _arrived), "the parcel has arrived already", EventType.SHIPMENT_DELIVERED
    ),
    "in_trouble": Condition(
        lambda state: _parcels(state, lambda one: one.status in _TROUBLE and not _arrived(one)),
        "a parcel is late, lost or stopped", EventType.SHIPMENT_EXCEPTION,
    ),
}  # fmt: skip
# What a touchpoint that says nothing about it is suppressed by: whoever sends something back is not asked how they like it.
USUAL = ("cancelled", "returned", "refunded", "disputed")
