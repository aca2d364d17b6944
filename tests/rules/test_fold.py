"""The fold: one final state, whatever the order, the duplicates and the way the news came."""

from __future__ import annotations

import random
from dataclasses import replace
from itertools import permutations

import pytest

from chalicelib.model import state
from chalicelib.model.event import Delivery
from chalicelib.model.facts import OrderFact
from chalicelib.model.words import EventType, MoneyAxis, Origin, ShipmentStatus
from chalicelib.rules.fold import fold
from tests.lives import SOURCE, approval, as_read, day, delivery, dispute, order_life, parcel_news

SUBJECT = "order:1001"


def folded(deliveries: list[Delivery]) -> bytes:
    return state.dump(fold(SOURCE, SUBJECT, deliveries))


def test_every_permutation_of_a_life_of_six_events_gives_the_same_bytes():
    life = order_life()

    assert {folded(list(order)) for order in permutations(life)} == {folded(life)}


def test_ten_thousand_interleavings_with_duplicates_give_the_same_bytes():
    chance = random.Random(20260301)
    life = [*order_life(), approval(), parcel_news(), dispute("1001")]
    expected = folded(life)
    for _ in range(10_000):
        played = life + chance.choices(life, k=chance.randrange(len(life)))
        chance.shuffle(played)

        assert folded(played) == expected


def test_push_fetch_and_file_of_the_same_facts_give_the_same_bytes():
    life = order_life()
    ways = [[as_read(one, origin) for one in life] for origin in (Origin.FETCH, Origin.IMPORT, Origin.RECONCILE)]

    assert {folded(way) for way in ways} | {folded([*life, *ways[0], *ways[1]])} == {folded(life)}


def test_one_refund_by_three_ways_is_one_refund():
    life = order_life()
    refund = life[-1]
    played = [*life, as_read(refund, Origin.FETCH), as_read(refund, Origin.IMPORT)]

    found = fold(SOURCE, SUBJECT, played)

    assert len(found.of("refund")) == 1
    assert found.of("return")["1001-r"].money is MoneyAxis.DONE


def test_a_late_scan_does_not_undo_a_delivery():
    assert fold(SOURCE, SUBJECT, [*order_life(), parcel_news()]).of("shipment")["1001-s"].status is ShipmentStatus.DELIVERED


def test_of_news_of_the_same_time_the_higher_rank_stands_whatever_the_order():
    short = delivery("a", SUBJECT, EventType.ORDER_PLACED, day(0), OrderFact("1001", number="short"))
    long = delivery("b", SUBJECT, EventType.ORDER_PLACED, day(0), OrderFact("1001", number="alpha"))
    long = replace(long, events=(replace(long.events[0], rank=7),))

    assert [fold(SOURCE, SUBJECT, order).order.number for order in ([short, long], [long, short])] == ["alpha", "alpha"]


def test_what_an_event_does_not_say_is_left_as_it_was():
    after = delivery("z", SUBJECT, EventType.ORDER_CHANGED, day(30), OrderFact("1001", payment="partially_refunded"))

    order = fold(SOURCE, SUBJECT, [*order_life(), after]).order

    assert (order.payment, order.country, order.total.amount) == ("partially_refunded", "US", 4500)


def test_no_events_are_no_facts():
    assert state.dump(fold(SOURCE, SUBJECT, [])) == b'{"source":"shopify/acme","subject":"order:1001"}'


@pytest.mark.parametrize("count", [1, 3])
def test_state_survives_its_bytes(count: int):
    found = fold(SOURCE, SUBJECT, [*order_life(), approval()][:: 1 if count == 1 else 2])

    assert state.load(state.dump(found)) == found
