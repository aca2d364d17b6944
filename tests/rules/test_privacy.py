"""Privacy requests become actions that are never old news; every platform says how long it may know its buyers."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from chalicelib import platforms
from chalicelib.model.action import ActionKind
from chalicelib.model.event import Delivery, Event
from chalicelib.model.words import EventType, Origin
from chalicelib.rules import privacy

RECEIVED = datetime(2026, 3, 1, 12, tzinfo=UTC)
ASKED = {
    EventType.BUYER_REDACTED: ActionKind.ERASE_BUYER,
    EventType.BUYER_DATA_REQUESTED: ActionKind.EXPORT_BUYER,
    EventType.SHOP_REDACTED: ActionKind.ERASE_SHOP,
    EventType.SHOP_UNINSTALLED: ActionKind.CLOSE_SHOP,
}


def delivery(type_: EventType, buyer: str | None = "b1", time: datetime = RECEIVED, **native: str) -> Delivery:
    subject = f"buyer:{buyer}" if str(type_).startswith("buyer.") else "shop:acme.example.com"
    return Delivery("e1", "shopify/acme", subject, (Event(type_, time, native=native, buyer=buyer),), RECEIVED)


def asked(one: Delivery):
    return list(privacy.asked(one, one.events[0]))


@pytest.mark.parametrize("type_, kind", ASKED.items(), ids=str)
def test_a_request_asks_for_its_action_as_it_came_in(type_: EventType, kind: ActionKind):
    (action,) = asked(delivery(type_, shop="acme.example.com"))

    assert (action.kind, action.source, action.due_at) == (kind, "shopify/acme", RECEIVED)
    assert action.data == {"buyer": "b1", "shop": "acme.example.com", "at": "2026-03-01T12:00:00Z"}
    about = "b1" if "buyer" in kind else "acme.example.com"
    assert action.key == f"{kind}#shopify/acme#{about}#e1"


@pytest.mark.parametrize("type_", [one for one in EventType if one not in ASKED])
def test_nothing_else_asks_for_any(type_: EventType):
    assert asked(delivery(type_)) == []


def test_a_request_that_names_nobody_asks_nothing_of_anybody():
    assert asked(delivery(EventType.BUYER_REDACTED, buyer=None)) == []


@pytest.mark.parametrize("time", [datetime(2005, 1, 2, tzinfo=UTC), datetime(2040, 1, 1, tzinfo=UTC)])
def test_a_senders_clock_neither_delays_nor_ages_an_erasure(time: datetime):
    from chalicelib.model.state import State
    from chalicelib.model.touch import Rulebook
    from chalicelib.rules.decide import decide

    for origin in (Origin.PUSH, Origin.IMPORT, Origin.PERSON):
        one = replace(delivery(EventType.BUYER_REDACTED, time=time), origin=origin)
        (action,) = decide(one, State("shopify/acme", one.subject), Rulebook(1, ()), RECEIVED + timedelta(days=3000))
        assert (action.status, action.due_at) == ("ready", RECEIVED)


def test_buyers_of_marketplaces_are_known_for_a_shorter_time_than_ones_own():
    telling = {name for name in platforms.names() if hasattr(platforms.get(name), "person")}

    assert set(privacy.RETENTION) <= telling
    assert privacy.keep_until("shopify", RECEIVED) == RECEIVED + timedelta(days=400)
    assert privacy.keep_until("amazon", RECEIVED) == RECEIVED + timedelta(days=30)
    assert privacy.keep_until("lazada", RECEIVED) == RECEIVED + privacy.MARKETPLACE < RECEIVED + timedelta(days=365)
