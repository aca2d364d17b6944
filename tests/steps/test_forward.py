"""A tracker's news comes to the shop whose order its parcel belongs to, whenever that is known."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from chalicelib.effects.secrets import Shop
from chalicelib.model.action import ActionKind, ActionStatus
from chalicelib.model.event import Delivery, Event, Link
from chalicelib.model.facts import OrderFact, ShipmentFact
from chalicelib.model.touch import Rulebook
from chalicelib.model.words import EventType, ShipmentStatus
from chalicelib.steps import errands, forward, react, replay
from chalicelib.steps.desk import Desk
from tests import toy
from tests.fakes import MemoryCases, MemoryOutbox, MemoryStore, MemoryWork

NOW = datetime(2026, 6, 1, 12, tzinfo=UTC)
TRACKER, SHOP, OTHER = "toytracker/main", "shopify/my", "ebay/other"


@pytest.fixture(autouse=True)
def toys(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    with toy.beside_the_others(tmp_path, monkeypatch):
        yield


class Stand:
    def __init__(self, *served: str) -> None:
        self.store, self.book, self.now = MemoryStore(), MemoryOutbox(), NOW
        self.desk = Desk(self.book, MemoryWork(), index_all=True)
        self.reacting = react.Effects(
            self.store, lambda delivery: None, MemoryCases(), self.desk, lambda: Rulebook(0, ()), lambda: self.now
        )
        fx = forward.Effects(self.store, lambda source: served or (OTHER, SHOP))
        works = {ActionKind.FORWARD: lambda entry, now: forward.forward(entry, now, fx)}
        self.errands = errands.Effects(self.book, self.desk, works, lambda: self.now)

    def tell(self, delivery: Delivery) -> None:
        self.store.put(delivery)
        react.react(self.reacting, f"{delivery.source}#{delivery.subject}", {delivery.id})

    def run(self) -> list[str]:
        ready = [key for key, entry in self.book.entries.items() if entry.status is ActionStatus.READY]
        return [errands.run(key, self.errands) for key in ready]


def order(source: str = SHOP, tracking: str = "T1", id_: str = "1") -> Delivery:
    facts = (OrderFact(id_, NOW, placed_at=NOW), ShipmentFact(f"f{id_}", NOW, tracking=tracking))
    event = Event(EventType.ORDER_CHANGED, NOW, facts, {"topic": "order"}, links=(Link("tracking", tracking),))
    return Delivery(f"order-{id_}", source, f"order:{id_}", (event,), NOW)


def scan(number: str = "T1", ref: str = "", sealed: bytes | None = b"the body") -> Delivery:
    fact = ShipmentFact(f"tracking:{number}", NOW, ShipmentStatus.DELIVERED, tracking=number, delivered_at=NOW)
    native = {"topic": "delivered"} | ({"order_ref": ref} if ref else {})
    event = Event(EventType.SHIPMENT_DELIVERED, NOW, (fact,), native)
    return Delivery(f"scan-{number}", TRACKER, f"tracking:{number}", (event,), NOW, sealed=sealed)


def state(stand: Stand, source: str = SHOP) -> str:
    return (stand.store.state(source, "order:1")[0] or b"").decode()


def test_news_after_the_order_is_handed_over_and_folded():
    stand = Stand()
    stand.tell(order())
    stand.tell(scan())
    assert stand.run() == ["done"]
    react.react(stand.reacting, f"{SHOP}#tracking:T1", {"scan-T1"})
    assert '"delivered"' in state(stand)
    (copy,) = stand.store.events(SHOP, "tracking:T1")
    assert copy.sealed is None, "the raw body stays where it came in"


def test_news_before_the_order_waits_and_looks_again():
    stand = Stand()
    stand.tell(scan())
    for _ in range(3):
        assert stand.run() == ["later"]
        (entry,) = stand.book.entries.values()
        assert entry.action.due_at > stand.now
        stand.now = entry.action.due_at
    stand.tell(order())
    assert stand.run() == ["done"]


def test_a_parcel_nobody_ever_claims_is_given_up_after_a_month():
    stand = Stand()
    stand.tell(scan())
    (key,) = stand.book.entries
    for _ in range(200):
        entry = stand.book.entries[key]
        if entry.status is not ActionStatus.READY:
            break
        stand.now = max(stand.now, entry.action.due_at)
        stand.run()
    assert stand.book.entries[key].status is ActionStatus.FAILED
    assert stand.now - NOW < timedelta(days=32)


def test_an_order_the_tracker_names_will_do():
    stand = Stand()
    stand.tell(order(tracking="another"))
    stand.tell(scan(ref="1"))
    assert stand.run() == ["done"]
    assert [one.id for one in stand.store.events(SHOP, "order:1")] == ["order-1", "scan-T1"]


def test_only_the_shops_it_serves_are_looked_at():
    stand = Stand(OTHER)
    stand.tell(order())
    stand.tell(scan())
    assert stand.run() == ["later"]
    assert forward.served(Shop(("s",), {"shops": "ebay/a, shopify/b"}), [SHOP]) == ["ebay/a", "shopify/b"]
    assert forward.served(Shop(("s",)), [SHOP, TRACKER, OTHER, "nowhere/x"]) == [SHOP, OTHER, "nowhere/x"]


def test_a_tracker_has_no_states_of_its_own():
    stand = Stand()
    stand.tell(scan())
    assert stand.store.states == {} and stand.store.links == {}


def test_replay_proves_the_states_of_shops_and_asks_for_none_of_trackers():
    stand = Stand()
    stand.tell(order())
    stand.tell(scan())
    stand.run()
    react.react(stand.reacting, f"{SHOP}#tracking:T1", {"scan-T1"})
    report = replay.replay(stand.store)
    assert (report.differ, report.missing, report.without_events) == ([], [], []) and report.equal == 2


def test_again_and_again_it_is_handed_over_once():
    stand = Stand()
    stand.tell(order())
    for _ in range(3):
        stand.tell(scan())
        stand.run()
    assert len(stand.book.entries) == 1 and len(stand.store.events(SHOP, "tracking:T1")) == 1
