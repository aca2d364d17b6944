"""Cases: what waits for somebody, by when, and what the platform does by itself if nobody acts."""

from __future__ import annotations

from datetime import UTC, datetime

from ..model.case import Case, CaseStatus
from ..model.facts import Due, ReturnFact
from ..model.state import State
from ..model.words import GoodsAxis, MoneyAxis, RequestAxis
from . import policies
from .reasons.decided import reason_of

_ENDED = frozenset({RequestAxis.DECLINED, RequestAxis.WITHDRAWN, RequestAxis.EXPIRED})
_BACK = frozenset({GoodsAxis.RECEIVED, GoodsAxis.PARTIAL, GoodsAxis.MISMATCH})
_STAYS = frozenset({GoodsAxis.NONE_EXPECTED, GoodsAxis.KEPT})
_NOTHING_HAPPENS = "nothing happens by itself"
# Nothing is known of when it was asked for: it shows as overdue, so that somebody looks.
_LONG_AGO = datetime(2005, 1, 1, tzinfo=UTC)


def of(state: State) -> list[Case]:
    """One case for each return of the order, by the return's id."""
    return [_case(state, one) for _, one in sorted(state.of("return").items())]


def _case(state: State, one: ReturnFact) -> Case:
    opened, status = _opened(state, one), _status(one)
    lines = [line for line in state.of("return_line").values() if line.return_id == one.id]
    decided = [reason_of(state, line) for line in lines]
    labels, groups = {one.label for one in decided}, {one.group for one in decided}
    return Case(
        f"{state.source}#return:{one.id}", state.source, state.subject, one.id, opened, status,
        _due(state.source, one, status, opened), tuple(sorted(labels)), groups.pop() if len(groups) == 1 else None,
    )  # fmt: skip


def _status(one: ReturnFact) -> CaseStatus:
    if one.closed_at or one.money is MoneyAxis.DONE or one.request is RequestAxis.EXPIRED:
        return CaseStatus.CLOSED
    return CaseStatus.OPEN if one.request in (None, RequestAxis.REQUESTED, RequestAxis.NEEDS_REVIEW) else CaseStatus.ANSWERED


def _opened(state: State, one: ReturnFact) -> datetime:
    """When it was asked for; where nobody said, the first that is known of it."""
    known = [one.approved_at, one.declined_at, one.dispatched_at, one.received_at, one.closed_at]
    first = min((time for time in known if time), default=None)
    return one.requested_at or first or (state.order.placed_at if state.order else None) or _LONG_AGO


def _due(source: str, one: ReturnFact, status: CaseStatus, opened: datetime) -> Due:
    """What must happen next. A deadline that the platform sent counts before any on file."""
    if status is CaseStatus.CLOSED or one.request in _ENDED:
        return Due("nobody", "nothing more to do")
    if one.due is not None:
        return one.due
    if status is CaseStatus.OPEN:
        rule = policies.deadline(source.partition("/")[0])
        return Due("seller", "answer the request", rule.after(opened) or opened + policies.promise("answer"), rule.on_silence)
    if one.goods in _BACK or one.goods in _STAYS:
        since = one.received_at or one.approved_at or opened
        return Due("seller", "give the money back", since + policies.promise("refund"), _NOTHING_HAPPENS)
    return Due("buyer", "send the goods back", None, _NOTHING_HAPPENS)
