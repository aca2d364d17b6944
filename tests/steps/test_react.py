"""Reacting: one final state under disorder, late links, rivals, crashes and poison."""

from __future__ import annotations

import random
from dataclasses import replace

import pytest

from chalicelib.model import lake, state
from chalicelib.model.case import CaseStatus
from chalicelib.model.errors import Conflict
from chalicelib.model.event import Delivery
from chalicelib.model.facts import MessageFact, ReturnFact, ReturnLineFact, ReviewFact, WordsFact
from chalicelib.model.words import EventType, Origin
from chalicelib.rules import rows
from chalicelib.steps.react import react_to
from chalicelib.steps.replay import replay
from tests.fakes import MemoryQueue, MemoryStore, stream_record
from tests.lives import SOURCE, approval, day, delivery, dispute, order_life, parcel_news
from tests.reacting import World

NOW = day(10)
WHOLE = [*order_life(), approval(), parcel_news(), dispute("1001"), dispute(None, "d1")]
PARCEL, AFTER = (f"message#shopify/acme#order:1001#{name}" for name in ("check_the_parcel", "how_is_it"))


def played(*deliveries: Delivery) -> World:
    world = World()
    world.play(NOW, *deliveries)
    return world


def states(store: MemoryStore) -> dict[str, bytes]:
    return {key: data for key, (data, _) in store.states.items()}


def test_any_order_of_arrival_ends_in_the_same_states_and_actions():
    expected = played(*WHOLE)
    chance = random.Random(7)
    for _ in range(300):
        shuffled = WHOLE + chance.choices(WHOLE, k=3)
        chance.shuffle(shuffled)
        world = played(*shuffled)

        assert world.store.states["shopify/acme#order:1001"][0] == expected.store.states["shopify/acme#order:1001"][0]
        assert visible(world.store) == visible(expected.store)
        assert world.actions.keys() == expected.actions.keys() == {PARCEL, AFTER}
        assert world.cases.kept == expected.cases.kept


def visible(store: MemoryStore) -> set[tuple[str, str]]:
    """What the lake would show."""
    return {(row.table, row.key) for data, version in store.states.values() for row in rows.rows(data, version)}


def test_news_that_came_before_its_order_moves_to_it_when_the_link_appears():
    world = played(approval())
    store = world.store
    early = state.load(store.states["shopify/acme#return:1001-r"][0])
    world.play(NOW, *order_life())

    assert early.of("return")["1001-r"].approved_at == day(7)
    assert state.load(store.states["shopify/acme#return:1001-r"][0]).moved_to == "order:1001"
    assert state.load(store.states["shopify/acme#order:1001"][0]).of("return")["1001-r"].approved_at == day(7)
    assert [row.partition for row in rows.rows(*store.states["shopify/acme#order:1001"]) if row.table == "returns"] == [
        "2026-03"
    ]
    assert all(row.partition != lake.UNKNOWN for data, version in store.states.values() for row in rows.rows(data, version))


def test_a_native_id_stays_with_the_first_order_that_claims_it():
    rival = replace(order_life()[2], id="x", subject="order:2002")
    store = played(*order_life(), rival, parcel_news()).store

    assert state.load(store.states["shopify/acme#order:2002"][0]).of("shipment")["1001-s"].carrier is None
    assert state.load(store.states["shopify/acme#order:1001"][0]).of("shipment")["1001-s"].carrier == "Example Post"


def test_unchanged_states_are_not_written_again():
    world = played(*order_life())
    version = world.store.states["shopify/acme#order:1001"][1]
    world.play(NOW, *order_life())

    assert world.store.states["shopify/acme#order:1001"][1] == version


def test_what_the_state_knows_of_its_links_is_not_asked_again():
    world = played(*order_life(), parcel_news())
    asked: list[str] = []
    world.store.fault = asked.append
    world.react(order_life()[5], NOW)

    assert asked.count("claim") == 0
    assert asked.count("events") == 2  # its own, and what was told under the tracking number; not the silent return


def test_a_rival_writer_costs_a_second_look_not_a_loss():
    world = World()
    for one in order_life():
        world.store.put(one)
    beaten = iter([True, True, False])

    def rival(verb: str) -> None:
        if verb == "put_state" and next(beaten, False):
            raise Conflict("beaten")

    world.store.fault = rival
    world.react(order_life()[4], NOW)

    assert len(state.load(world.store.states["shopify/acme#order:1001"][0]).of("line")) == 2


def test_who_read_fewer_deliveries_never_overwrites_who_read_more():
    """News comes in and is folded by another between this one's reading of the log and its writing of the state."""
    world, life = World(), order_life()
    world.store.put(life[0])
    come = iter(life[1:2])

    def rival(verb: str) -> None:
        if verb == "put_state" and (late := next(come, None)) is not None:
            world.store.fault = lambda verb: None
            world.play(NOW, late)
            world.store.fault = rival

    world.store.fault = rival
    world.react(life[0], NOW)

    assert world.store.states["shopify/acme#order:1001"][0] == played(*life[:2]).store.states["shopify/acme#order:1001"][0]


def test_a_crash_at_any_call_is_healed_by_the_next_delivery_of_the_record():
    clean = played(*WHOLE)
    for at in range(1, 400):
        world, calls = World(), iter(range(1, 10_000))

        def crash(verb: str, calls=calls, at=at) -> None:
            if next(calls) == at:
                raise ConnectionError(f"crash at call {at}")

        crashed = False
        for one in WHOLE:
            world.store.put(one)
            world.store.fault = world.outbox.fault = crash
            try:
                world.react(one, NOW)
            except ConnectionError:
                crashed = True
                world.react(one, NOW)
            world.store.fault = world.outbox.fault = lambda verb: None

        assert states(world.store) == states(clean.store)
        assert world.actions == clean.actions
        assert set(world.work.keys) == set(clean.work.keys)
        assert world.cases.kept == clean.cases.kept
        if not crashed:
            assert at > 50
            return
    pytest.fail("a life takes fewer calls than this")


def test_a_poison_record_goes_to_the_retry_queue_and_holds_up_nobody():
    world, queue = World(), MemoryQueue()
    for one in order_life():
        world.store.put(one)
    sick = f"{SOURCE}#order:666"
    world.store.log[SOURCE, "order:666"] = {"bad": None}  # type: ignore[dict-item]
    records = [stream_record(sick, "bad"), *(stream_record(f"{SOURCE}#order:1001", one.id) for one in order_life())]

    answer = react_to(records, world.effects(NOW), queue)  # type: ignore[arg-type]

    assert answer == {"batchItemFailures": []}
    assert queue.sent == [("react", {"pk": sick, "sk": "bad"})]
    assert f"{SOURCE}#order:1001" in world.store.states


def test_what_not_even_the_queue_takes_is_left_to_the_stream():
    world = World()
    world.store.log[SOURCE, "order:666"] = {"bad": None}  # type: ignore[dict-item]
    records = [stream_record(f"{SOURCE}#order:666", "bad", "42")]

    answer = react_to(records, world.effects(NOW), MemoryQueue(broken=True))  # type: ignore[arg-type]

    assert answer == {"batchItemFailures": [{"itemIdentifier": "42"}]}


def test_only_what_is_new_is_reacted_to():
    """A delivery whose sealed body was taken away, or that was removed, tells nothing."""
    world = World()
    world.store.put(order_life()[0])
    records = [stream_record(f"{SOURCE}#order:1001", "e1") | {"eventName": name} for name in ("MODIFY", "REMOVE")]

    react_to(records, world.effects(NOW), MemoryQueue())  # type: ignore[arg-type]

    assert world.store.states == {}


def test_a_record_whose_event_is_gone_is_no_failure():
    queue = MemoryQueue()

    react_to([stream_record(f"{SOURCE}#order:1", "gone")], World().effects(NOW), queue)  # type: ignore[arg-type]

    assert queue.sent == []


def test_replay_proves_every_state_byte_for_byte():
    chance = random.Random(3)
    shuffled = [*WHOLE, *order_life("2002"), dispute("2002", "d2")]
    chance.shuffle(shuffled)

    report = replay(played(*shuffled).store)

    assert report.proven
    assert (report.equal, report.events) == (report.subjects, len(shuffled))


def test_replay_finds_and_repairs_what_differs():
    store = played(*WHOLE).store
    good = dict(store.states)
    data, version = store.states["shopify/acme#order:1001"]
    store.states["shopify/acme#order:1001"] = (data.replace(b'"US"', b'"GB"'), version)
    del store.states["shopify/acme#return:1001-r"]
    store.states["shopify/acme#order:9"] = (b"{}", 1)
    links = dict(store.links)
    store.links.clear()

    report = replay(store, repair=True)

    assert (report.differ, report.missing) == (["shopify/acme#order:1001"], ["shopify/acme#return:1001-r"])
    assert report.without_events == ["shopify/acme#order:9"]
    assert store.links == links
    assert store.states["shopify/acme#order:1001"][0] == good["shopify/acme#order:1001"][0]
    assert not replay(store).differ


def test_importing_history_writes_to_nobody():
    world = World()
    world.play(day(400), *(replace(one, origin=Origin.IMPORT) for one in order_life()))

    assert world.actions == {}
    assert world.work.keys == []


def test_a_return_that_waits_is_a_case_until_it_is_answered():
    world = played(*order_life()[:5])
    (asked,) = world.cases.kept.values()
    world.play(NOW, approval())
    (answered,) = world.cases.kept.values()

    assert (asked.status, asked.due.actor, asked.due.at) == (CaseStatus.OPEN, "seller", day(8))
    assert answered.status is CaseStatus.ANSWERED


def test_a_return_that_was_told_of_before_its_order_is_a_case_once_the_link_appears():
    world = played(approval())
    early = dict(world.cases.kept)
    world.play(NOW, *order_life()[:4])
    apart = dict(world.cases.kept)
    world.play(NOW, order_life()[4])

    assert [case.subject for case in early.values()] == [case.subject for case in apart.values()] == ["return:1001-r"]
    assert [case.subject for case in world.cases.kept.values()] == ["order:1001"]


def test_whoever_a_delivery_tells_of_is_met_once_for_each_delivery():
    assert played(*order_life()).met == ["e1", "e2", "e3", "e4", "e5", "e6"]


WORDY = replace(order_life()[4], sealed=b"x")


@pytest.mark.parametrize("held", [
    WORDY, replace(WORDY, sealed=None, sealed_at="raw/1"), replace(WORDY, origin=Origin.FETCH),
    replace(order_life()[0], sealed=b"x", origin=Origin.IMPORT),
    *(replace(delivery("w", "order:1001", EventType.UNKNOWN, day(6), fact), sealed=b"x")
      for fact in (ReturnFact("r"), ReturnLineFact("l"), ReviewFact("v"), MessageFact("m"))),
])  # fmt: skip
def test_words_are_to_be_read_of_deliveries_that_may_hold_some(held: Delivery):
    assert played(held).asked == [("shopify/acme#order:1001", held.id)]


@pytest.mark.parametrize("mute", [
    order_life()[4], replace(order_life()[0], sealed=b"x"), replace(order_life()[5], sealed=b"x"),
    replace(WORDY, source="nowhere/acme"), replace(WORDY, sealed=None, origin=Origin.IMPORT),
    replace(WORDY, sealed=None, origin=Origin.MODEL), replace(WORDY, sealed=None, origin=Origin.PERSON),
    replace(delivery("w", "order:1001", EventType.WORDS_READ, day(6), WordsFact("return:1001-r", text="small")), sealed=b"x"),
])  # fmt: skip
def test_all_else_is_left_alone(mute: Delivery):
    assert played(mute).asked == []


def test_words_are_asked_for_once_for_each_delivery_under_the_name_it_came_in():
    early = replace(approval(), sealed=b"x")
    world = played(early)
    world.play(NOW, *order_life())

    assert world.asked == [("shopify/acme#return:1001-r", early.id)], "not again when its order comes"


def test_words_that_cannot_be_asked_for_hold_up_nobody_and_are_asked_for_again():
    world, queue = World(), MemoryQueue()
    for one in (WORDY, *order_life("2002")):
        world.store.put(one)
    down = replace(world.effects(NOW), words=lambda pk, sk: 1 / 0)  # type: ignore[arg-type, return-value]
    records = [stream_record(f"{SOURCE}#{WORDY.subject}", WORDY.id), stream_record(f"{SOURCE}#order:2002", "e1")]

    assert react_to(records, down, queue) == {"batchItemFailures": []}  # type: ignore[arg-type]
    assert queue.sent == [("react", {"pk": f"{SOURCE}#{WORDY.subject}", "sk": WORDY.id})]
    world.react(WORDY, NOW)
    assert world.asked == [(f"{SOURCE}#{WORDY.subject}", WORDY.id)]
