"""Which news asks for action, and which is too old."""

from __future__ import annotations

from dataclasses import replace

import pytest

from chalicelib.model.action import ActionKind, ActionStatus
from chalicelib.model.words import Origin, RequestAxis
from chalicelib.rules.decide import decide
from chalicelib.rules.fold import fold
from tests.lives import SOURCE, day, order_life

LIFE = order_life()
REQUEST = LIFE[4]
STATE = fold(SOURCE, "order:1001", LIFE)


def test_a_return_that_waits_becomes_a_case():
    (action,) = decide(REQUEST, STATE, day(6.1))

    assert (action.kind, action.key, action.status) == (
        ActionKind.OPEN_CASE,
        "open_case#shopify/acme#1001-r",
        ActionStatus.READY,
    )


def test_a_push_that_comes_too_late_is_recorded_as_suppressed():
    (action,) = decide(REQUEST, STATE, day(60))

    assert action.status is ActionStatus.SUPPRESSED
    assert "old news" in (action.why or "")


@pytest.mark.parametrize("origin", [Origin.IMPORT, Origin.RECONCILE])
def test_history_that_is_read_asks_for_nothing_unless_it_is_fresh(origin: Origin):
    read = replace(REQUEST, origin=origin)

    assert decide(read, STATE, day(60)) == []
    assert len(decide(read, STATE, day(7))) == 1


def test_a_return_that_is_settled_already_needs_no_case():
    known = STATE.of("return")["1001-r"]
    answered = replace(STATE, facts={**STATE.facts, "return": {"1001-r": replace(known, request=RequestAxis.DECLINED)}})

    assert decide(REQUEST, answered, day(7)) == []
