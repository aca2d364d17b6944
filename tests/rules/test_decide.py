"""Which news asks for action, and which is too old."""

from __future__ import annotations

from dataclasses import replace

import pytest

from chalicelib.model.action import ActionKind, ActionStatus
from chalicelib.model.words import EventType, Origin
from chalicelib.rules import touchpoints
from chalicelib.rules.decide import decide
from chalicelib.rules.fold import fold
from tests.lives import SOURCE, day, delivery, order_life

LIFE = order_life()
DISPATCH = LIFE[2]
STATE = fold(SOURCE, "order:1001", LIFE[:3])
RULES = touchpoints.default()


def test_a_dispatch_asks_for_its_message_under_a_key_of_order_and_rule():
    (action,) = decide(DISPATCH, STATE, RULES, day(1.1))

    assert (action.kind, action.status) == (ActionKind.MESSAGE, ActionStatus.READY)
    assert action.key == "message#shopify/acme#order:1001#check_the_parcel"
    assert "@" not in str(action.data)


def test_news_of_a_parcel_asks_before_the_order_itself_is_known():
    alone = fold(SOURCE, "order:1001", [DISPATCH])

    assert [action.key for action in decide(DISPATCH, alone, RULES, day(1.1))] == [
        "message#shopify/acme#order:1001#check_the_parcel"
    ]


def test_a_push_that_comes_too_late_is_recorded_as_suppressed():
    (action,) = decide(DISPATCH, STATE, RULES, day(60))

    assert action.status is ActionStatus.SUPPRESSED
    assert "old news" in (action.why or "")


@pytest.mark.parametrize("origin", [Origin.IMPORT, Origin.RECONCILE])
def test_history_that_is_read_asks_for_nothing_unless_it_is_fresh(origin: Origin):
    read = replace(DISPATCH, origin=origin)

    assert decide(read, STATE, RULES, day(60)) == []
    assert len(decide(read, STATE, RULES, day(1.2))) == 1


def test_a_request_to_be_forgotten_is_never_old_news():
    asked = delivery("p1", "buyer:b1", EventType.BUYER_REDACTED, day(1))

    (action,) = decide(asked, fold(SOURCE, "buyer:b1", [asked]), RULES, day(900))

    assert (action.kind, action.status) == (ActionKind.ERASE_BUYER, ActionStatus.READY)
