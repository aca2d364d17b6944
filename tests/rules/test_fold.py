"""The fold: one final state, whatever the order, the duplicates and the way the news came."""

from __future__ import annotations

import random
from dataclasses import replace
from itertools import permutations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chalicelib.model import state
from chalicelib.model.event import Delivery
from chalicelib.model.facts import OrderFact, ReturnFact, ShipmentFact
from chalicelib.model.state import State
from chalicelib.model.words import EventType, GoodsAxis, MoneyAxis, Origin, RequestAxis, ShipmentStatus
from chalicelib.rules import cases
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


# Parcels: a tracking service knows their numbers alone


def told(n: str, fact: ShipmentFact | ReturnFact, by_number: str = "", rank: int = 0) -> Delivery:
    """News of a shipment or return: of the shop itself, or of a tracking service under the parcel's number."""
    subject = f"tracking:{by_number}" if by_number else SUBJECT
    found = delivery(n, subject, EventType.SHIPMENT_MOVED, fact.at or day(0), fact)
    return replace(found, events=(replace(found.events[0], rank=rank),))


def scanned(number: str, at: float, status: ShipmentStatus, n: str = "", **also: object) -> Delivery:
    fact = ShipmentFact(f"tracking:{number}", day(at), status=status, tracking=number, carrier="tracker's word")
    return told(n or f"t-{number}-{at}", replace(fact, **also), number)


def sent(id_: str, number: str | None, at: float = 1.0, n: str = "", **also: object) -> Delivery:
    fact = ShipmentFact(id_, day(at), status=ShipmentStatus.DISPATCHED, tracking=number, dispatched_at=day(at))
    return told(n or f"s-{id_}-{at}", replace(fact, **also))


def every_order(deliveries: list[Delivery]) -> State:
    """The one state that all orders of arrival make."""
    made = {folded(list(order)) for order in permutations(deliveries)}
    assert len(made) == 1
    return state.load(made.pop())


def test_a_trackers_news_is_news_of_the_shipment_with_its_number():
    there = scanned("T1", 3, ShipmentStatus.DELIVERED, delivered_at=day(3), dispatched_at=day(1.5))

    found = every_order([sent("s1", "T1"), scanned("T1", 2, ShipmentStatus.OUT_FOR_DELIVERY), there]).of("shipment")

    assert list(found) == ["s1"]
    assert (found["s1"].status, found["s1"].delivered_at) == (ShipmentStatus.DELIVERED, day(3))
    assert (found["s1"].dispatched_at, found["s1"].tracking) == (day(1.5), "T1")


def test_several_parcels_keep_their_own_news_and_one_that_nobody_names_stands_for_itself():
    news = [scanned("T1", 2, ShipmentStatus.LOST), scanned("T2", 2, ShipmentStatus.ATTEMPTED)]

    found = every_order([sent("s1", "T1"), sent("s2", "T2"), *news, scanned("T9", 2, ShipmentStatus.IN_TRANSIT)]).of("shipment")

    assert {id_: one.status for id_, one in found.items()} == {
        "s1": ShipmentStatus.LOST, "s2": ShipmentStatus.ATTEMPTED, "tracking:T9": ShipmentStatus.IN_TRANSIT,
    }  # fmt: skip


def test_a_number_that_is_told_later_takes_the_news_that_came_before():
    found = every_order([sent("s1", None), scanned("T1", 0.5, ShipmentStatus.LABELLED), sent("s1", "T1", 5)]).of("shipment")

    assert list(found) == ["s1"]


def test_a_number_that_was_corrected_is_not_the_shipments_any_more():
    found = every_order([sent("s1", "TYPO"), sent("s1", "T1", 2), scanned("TYPO", 3, ShipmentStatus.LOST)]).of("shipment")

    assert (found["s1"].status, found["tracking:TYPO"].status) == (ShipmentStatus.DISPATCHED, ShipmentStatus.LOST)


def test_shipments_that_travel_in_one_parcel_share_its_news():
    found = every_order([sent("s1", "T1"), sent("s2", "T1"), scanned("T1", 2, ShipmentStatus.LOST)]).of("shipment")

    assert {id_: one.status for id_, one in found.items()} == dict.fromkeys(("s1", "s2"), ShipmentStatus.LOST)


@pytest.mark.parametrize("written", ["1z 999 aa1", "1Z999AA1 ", "1z999aa1"])
def test_a_number_is_the_same_however_it_is_written(written: str):
    found = every_order([sent("s1", written), scanned("1Z999AA1", 2, ShipmentStatus.LOST)]).of("shipment")

    assert [one.status for one in found.values()] == [ShipmentStatus.LOST]


def test_what_the_shop_calls_the_carrier_and_promises_stands():
    mine = sent("s1", "T1", carrier="Example Post", promised_at=day(4))
    theirs = scanned("T1", 9, ShipmentStatus.IN_TRANSIT, service="GROUND", promised_at=day(12))

    one = every_order([mine, theirs]).of("shipment")["s1"]

    assert (one.carrier, one.promised_at, one.service) == ("Example Post", day(4), "GROUND")


def test_two_trackers_of_one_parcel_are_one_shipment_with_or_without_the_shop():
    one, other = scanned("T1", 2, ShipmentStatus.IN_TRANSIT, "a"), scanned("T1", 3, ShipmentStatus.OUT_FOR_DELIVERY, "b")

    assert list(every_order([one, other]).of("shipment")) == ["tracking:T1"]
    assert list(every_order([one, other, sent("s1", "T1")]).of("shipment")) == ["s1"]


def test_of_news_with_the_same_newest_scan_the_later_look_stands():
    seen = ShipmentFact("tracking:T1", day(2), status=ShipmentStatus.EXCEPTION, tracking="T1")
    again = replace(seen, status=ShipmentStatus.IN_TRANSIT)

    found = every_order([sent("s1", "T1"), told("a", seen, "T1", rank=1), told("b", again, "T1", rank=2)])

    assert found.of("shipment")["s1"].status is ShipmentStatus.IN_TRANSIT


@pytest.mark.parametrize(
    "later, status",
    [
        (ShipmentStatus.IN_TRANSIT, ShipmentStatus.DELIVERED),
        (ShipmentStatus.PENDING, ShipmentStatus.DELIVERED),
        (ShipmentStatus.EXCEPTION, ShipmentStatus.EXCEPTION),
        (ShipmentStatus.LOST, ShipmentStatus.LOST),
    ],
)
def test_nothing_but_trouble_comes_after_a_delivery(later: ShipmentStatus, status: ShipmentStatus):
    there = sent("s1", "T1", 3, status=ShipmentStatus.DELIVERED, delivered_at=day(3))

    assert every_order([there, scanned("T1", 4, later)]).of("shipment")["s1"].status is status


def asked_back(number: str | None) -> Delivery:
    return told("r", ReturnFact("r1", day(5), request=RequestAxis.APPROVED, approved_at=day(5), tracking=number))


def test_a_parcel_that_a_return_names_is_the_returns_and_no_shipment():
    way = [scanned("R1", 6, ShipmentStatus.IN_TRANSIT, dispatched_at=day(6)),
           scanned("R1", 8, ShipmentStatus.DELIVERED, dispatched_at=day(6), delivered_at=day(8))]  # fmt: skip

    found = every_order([asked_back("R1"), *way])

    assert found.of("shipment") == {}
    assert (found.of("return")["r1"].goods, found.of("return")["r1"].received_at) == (GoodsAxis.RECEIVED, day(8))
    assert every_order([asked_back("R1"), way[0]]).of("return")["r1"].goods is GoodsAxis.IN_TRANSIT


def test_a_parcel_that_comes_from_a_buyer_waits_for_its_return():
    fact = ReturnFact("tracking:R1", day(6), goods=GoodsAxis.IN_TRANSIT, dispatched_at=day(6), tracking="R1")
    way = told("t", fact, "R1")

    alone = every_order([way, sent("s1", "T1")])

    assert (alone.of("return"), cases.of(alone), list(alone.of("shipment"))) == ({}, [], ["s1"])
    assert every_order([asked_back(None), way]).of("return")["r1"].goods is GoodsAxis.AWAITING
    assert every_order([asked_back("r1"), way]).of("return")["r1"].dispatched_at == day(6)


NUMBERS = st.sampled_from(["T1", "T2", "T3"])
TIMES = st.integers(0, 12).map(float)
STATUSES = st.sampled_from(sorted(ShipmentStatus))


@st.composite
def parcels(draw: st.DrawFn) -> list[Delivery]:
    """What a shop and tracking services may tell of an order's parcels and returns, in no order."""
    found = []
    for n in range(draw(st.integers(0, 4))):
        id_, number = draw(st.sampled_from(["s1", "s2"])), draw(NUMBERS | st.none())
        found.append(sent(id_, number, draw(TIMES), f"s{n}", status=draw(STATUSES), carrier=draw(st.none() | st.just("Post"))))
    for n in range(draw(st.integers(0, 5))):
        over, number = draw(st.none() | TIMES.map(day)), draw(NUMBERS)
        found.append(scanned(number, draw(TIMES), draw(STATUSES), f"t{n}", delivered_at=over, promised_at=over))
    if draw(st.booleans()):
        found.append(asked_back(draw(NUMBERS | st.none())))
    if draw(st.booleans()):
        number = draw(NUMBERS)
        fact = ReturnFact(f"tracking:{number}", day(draw(TIMES)), goods=GoodsAxis.IN_TRANSIT, tracking=number)
        found.append(told("tr", fact, number))
    return found


@settings(max_examples=400, deadline=None)
@given(st.data(), parcels())
def test_parcels_are_one_state_in_any_order_and_each_is_one_shipment(data: st.DataObject, told_of: list[Delivery]):
    again = data.draw(st.lists(st.sampled_from(told_of), max_size=3)) if told_of else []
    expected = folded(told_of)

    assert folded(data.draw(st.permutations(told_of + again))) == expected
    found = state.load(expected)
    own = {one.tracking for id_, one in found.of("shipment").items() if not id_.startswith("tracking:")}
    back = {one.tracking for one in found.of("return").values()}
    tracked = {one.events[0].facts[0].tracking for one in told_of if one.id[:1] == "t" and one.id != "tr"}
    alone = {id_.removeprefix("tracking:") for id_ in found.of("shipment") if id_.startswith("tracking:")}
    assert alone == tracked - own - back
