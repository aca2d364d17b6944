"""Reacting: one final state under disorder, late links, rivals, crashes and poison."""

from __future__ import annotations

import random
from dataclasses import replace

import pytest

from chalicelib.model import lake, state
from chalicelib.model.errors import Conflict
from chalicelib.model.event import Delivery
from chalicelib.model.words import Origin
from chalicelib.rules import rows
from chalicelib.steps.react import react, react_to
from chalicelib.steps.replay import replay
from tests.fakes import MemoryQueue, MemoryStore, stream_record
from tests.lives import SOURCE, approval, day, dispute, order_life, parcel_news

NOW = day(10)
WHOLE = [*order_life(), approval(), parcel_news(), dispute("1001"), dispute(None, "d1")]


def play(store: MemoryStore, *deliveries: Delivery) -> None:
    for one in deliveries:
        store.put(one)
        react(store, f"{one.source}#{one.subject}", {one.id}, NOW)


def states(store: MemoryStore) -> dict[str, bytes]:
    return {key: data for key, (data, _) in store.states.items()}


def test_any_order_of_arrival_ends_in_the_same_states_and_actions():
    expected = MemoryStore()
    play(expected, *WHOLE)
    chance = random.Random(7)
    for _ in range(300):
        shuffled = WHOLE + chance.choices(WHOLE, k=3)
        chance.shuffle(shuffled)
        store = MemoryStore()
        play(store, *shuffled)

        assert store.states["shopify/acme#order:1001"][0] == expected.states["shopify/acme#order:1001"][0]
        assert visible(store) == visible(expected)
        assert store.outbox.keys() <= {"open_case#shopify/acme#1001-r"}


def visible(store: MemoryStore) -> set[tuple[str, str]]:
    """What the lake would show."""
    return {(row.table, row.key) for data, version in store.states.values() for row in rows.rows(data, version)}


def test_news_that_came_before_its_order_moves_to_it_when_the_link_appears():
    store = MemoryStore()
    play(store, approval())
    early = state.load(store.states["shopify/acme#return:1001-r"][0])
    play(store, *order_life())

    assert early.of("return")["1001-r"].approved_at == day(7)
    assert state.load(store.states["shopify/acme#return:1001-r"][0]).moved_to == "order:1001"
    assert state.load(store.states["shopify/acme#order:1001"][0]).of("return")["1001-r"].approved_at == day(7)
    assert [row.partition for row in rows.rows(*store.states["shopify/acme#order:1001"]) if row.table == "returns"] == [
        "2026-03"
    ]
    assert all(row.partition != lake.UNKNOWN for data, version in store.states.values() for row in rows.rows(data, version))


def test_a_native_id_stays_with_the_first_order_that_claims_it():
    store = MemoryStore()
    play(store, *order_life())
    rival = replace(order_life()[2], id="x", subject="order:2002")
    play(store, rival, parcel_news())

    assert state.load(store.states["shopify/acme#order:2002"][0]).of("shipment")["1001-s"].carrier is None
    assert state.load(store.states["shopify/acme#order:1001"][0]).of("shipment")["1001-s"].carrier == "Example Post"


def test_unchanged_states_are_not_written_again():
    store = MemoryStore()
    play(store, *order_life())
    version = store.states["shopify/acme#order:1001"][1]
    play(store, *order_life())

    assert store.states["shopify/acme#order:1001"][1] == version


def test_a_rival_writer_costs_a_second_look_not_a_loss():
    store = MemoryStore()
    life = order_life()
    for one in life:
        store.put(one)
    beaten = iter([True, True, False])

    def rival(verb: str) -> None:
        if verb == "put_state" and next(beaten, False):
            raise Conflict("beaten")

    store.fault = rival
    react(store, "shopify/acme#order:1001", {"e5"}, NOW)

    assert len(state.load(store.states["shopify/acme#order:1001"][0]).of("line")) == 2


def test_a_crash_at_any_call_is_healed_by_the_next_delivery_of_the_record():
    clean = MemoryStore()
    play(clean, *WHOLE)
    for at in range(1, 400):
        store, calls = MemoryStore(), iter(range(1, 10_000))

        def crash(verb: str, calls=calls, at=at) -> None:
            if next(calls) == at:
                raise ConnectionError(f"crash at call {at}")

        crashed = False
        for one in WHOLE:
            store.put(one)
            store.fault = crash
            try:
                react(store, f"{one.source}#{one.subject}", {one.id}, NOW)
            except ConnectionError:
                crashed = True
                react(store, f"{one.source}#{one.subject}", {one.id}, NOW)
            store.fault = lambda verb: None

        assert states(store) == states(clean)
        assert store.outbox == clean.outbox
        if not crashed:
            assert at > 50
            return
    pytest.fail("a life takes fewer calls than this")


def test_a_poison_record_goes_to_the_retry_queue_and_holds_up_nobody():
    store, queue = MemoryStore(), MemoryQueue()
    for one in order_life():
        store.put(one)
    sick = f"{SOURCE}#order:666"
    store.log[SOURCE, "order:666"] = {"bad": None}  # type: ignore[dict-item]
    records = [stream_record(sick, "bad"), *(stream_record(f"{SOURCE}#order:1001", one.id) for one in order_life())]

    answer = react_to(records, store, queue, NOW)  # type: ignore[arg-type]

    assert answer == {"batchItemFailures": []}
    assert queue.sent == [("react", {"pk": sick, "sk": "bad"})]
    assert f"{SOURCE}#order:1001" in store.states


def test_what_not_even_the_queue_takes_is_left_to_the_stream():
    store = MemoryStore()
    store.log[SOURCE, "order:666"] = {"bad": None}  # type: ignore[dict-item]

    answer = react_to([stream_record(f"{SOURCE}#order:666", "bad", "42")], store, MemoryQueue(broken=True), NOW)  # type: ignore[arg-type]

    assert answer == {"batchItemFailures": [{"itemIdentifier": "42"}]}


def test_a_record_whose_event_is_gone_is_no_failure():
    store, queue = MemoryStore(), MemoryQueue()

    react_to([stream_record(f"{SOURCE}#order:1", "gone")], store, queue, NOW)  # type: ignore[arg-type]

    assert queue.sent == []


def test_replay_proves_every_state_byte_for_byte():
    store = MemoryStore()
    chance = random.Random(3)
    shuffled = [*WHOLE, *order_life("2002"), dispute("2002", "d2")]
    chance.shuffle(shuffled)
    play(store, *shuffled)

    report = replay(store)

    assert report.proven
    assert (report.equal, report.events) == (report.subjects, len(shuffled))


def test_replay_finds_and_repairs_what_differs():
    store = MemoryStore()
    play(store, *WHOLE)
    good = dict(store.states)
    data, version = store.states["shopify/acme#order:1001"]
    store.states["shopify/acme#order:1001"] = (data.replace(b'"US"', b'"GB"'), version)
    del store.states["shopify/acme#return:1001-r"]
    store.states["shopify/acme#order:9"] = (b"{}", 1)

    report = replay(store, repair=True)

    assert (report.differ, report.missing) == (["shopify/acme#order:1001"], ["shopify/acme#return:1001-r"])
    assert report.without_events == ["shopify/acme#order:9"]
    assert store.states["shopify/acme#order:1001"][0] == good["shopify/acme#order:1001"][0]
    assert not replay(store).differ


def test_importing_history_leaves_the_outbox_empty():
    store = MemoryStore()
    play(store, *(replace(one, origin=Origin.IMPORT) for one in order_life()))
    assert store.outbox  # ten days old is fresh enough for a case

    store = MemoryStore()
    for one in order_life():
        store.put(replace(one, origin=Origin.IMPORT))
        react(store, f"{SOURCE}#order:1001", {one.id}, day(400))
    assert store.outbox == {}
