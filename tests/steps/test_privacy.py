"""Privacy requests carried out: whom they forget, what is held for a person, and that doing them twice is doing them once."""

from __future__ import annotations

import itertools
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import boto3
import pytest

from chalicelib.effects.shops import Shops
from chalicelib.model.action import Action, ActionKind, ActionStatus
from chalicelib.model.event import Delivery, Event, Link
from chalicelib.model.facts import Reading, WordsFact
from chalicelib.model.profile import Profile
from chalicelib.model.words import EventType, Origin, Reason
from chalicelib.rules import fold, privacy
from chalicelib.steps import privacy as step
from tests.aws import stack
from tests.steps.test_people import NOW, SHOP, World

DOMAIN = "sample-shop.myshopify.com"


class Shop(World):
    """The same, with a shop's profile and what carries out requests."""

    def __init__(self, settings: Any) -> None:
        super().__init__(settings)
        self.shops = Shops(settings.settings_table)
        self.works = step.works(settings, self.keys)
        self.carry = step.carried_out(step.Effects(self.vault, self.store, self.shops))

    def asked(self, name: str) -> Action:
        """The action that a recorded request asks for."""
        delivery = self.receive(self.recorded(name))
        (action,) = privacy.asked(delivery, delivery.events[0])
        return action

    def life(self) -> str:
        """A whole order's life is received, linked and met; its buyer."""
        deliveries = [self.meet(self.recorded(name)) for name in LIFE]
        for link in fold.links([one for one in deliveries if one.subject == "order:5001"]):
            assert self.store.claim(SHOP, link, "order:5001")
        return str(deliveries[0].events[0].buyer)

    def sealed(self) -> set[tuple[str, str]]:
        """Subject and id of every delivery whose raw body is kept."""
        found = boto3.client("dynamodb").scan(TableName="events")["Items"]
        return {(one["pk"]["S"].partition("#")[2], one["sk"]["S"]) for one in found if "s" in one or "r" in one}


LIFE = ("orders/create", "orders/paid", "fulfillments/create", "returns/request", "reverse_deliveries/attach_deliverable",
        "disputes/create")  # fmt: skip


@pytest.fixture
def shop(monkeypatch):
    with stack(monkeypatch) as settings:
        yield Shop(settings)


def test_every_kind_of_request_has_somebody_who_carries_it_out(shop: Shop):
    assert set(shop.works) == set(shop.carry) == set(privacy.ASKED.values())


def test_an_erasure_takes_the_person_and_every_raw_body_about_them(shop: Shop):
    buyer = shop.life()
    stranger = shop.recorded("orders/create", id=6001, customer={"id": 8001, "email": "other@example.com"})
    shop.meet(replace(stranger, headers={**stranger.headers, "x-shopify-event-id": "other"}))
    shop.receive(shop.recorded("customers/data_request"))
    action = shop.asked("customers/redact")
    assert action.data["buyer"] == buyer
    before = shop.store.events(SHOP, "order:5001")

    assert shop.works[ActionKind.ERASE_BUYER](action, NOW) is ActionStatus.DONE

    assert shop.vault.get(SHOP, buyer, NOW) is None
    assert shop.sealed() == {("order:6001", "orders/create:other")}
    assert shop.store.events(SHOP, "order:5001") == before


def test_an_erasure_takes_the_masked_words_out_of_log_and_state(shop: Shop):
    buyer = shop.life()
    reading = Reading(Reason.SIZE_TOO_SMALL, Decimal("0.9"), "text", evidence=("too small",), model="1")
    words = WordsFact("return:1", text="It is too small", reading=reading)
    read = Delivery("r~words:1", SHOP, "order:5001", (Event(EventType.WORDS_READ, NOW, (words,), rank=3),), NOW, Origin.MODEL)
    shop.store.add([read])

    for _ in range(2):
        step.erase(shop.vault, shop.store, SHOP, buyer, NOW)

    told = shop.store.events(SHOP, "order:5001")
    assert "too small" not in "".join(str(one.events) for one in told)
    (fact,) = fold.fold(SHOP, "order:5001", told).of("words").values()
    assert (fact.text, fact.reading.label, fact.reading.evidence) == ("", Reason.SIZE_TOO_SMALL, None)


def test_a_thing_that_another_order_claimed_is_left_to_that_order(shop: Shop):
    buyer = shop.life()
    (link,) = (one for one in fold.links(shop.store.events(SHOP, "order:5001")) if one.kind == "dispute")
    boto3.client("dynamodb").put_item(
        TableName="links", Item={"pk": {"S": f"{SHOP}#dispute:{link.id}"}, "order": {"S": "order:9"}}
    )
    apart = Delivery("news", SHOP, f"dispute:{link.id}", (), NOW)
    shop.intake.put(apart, b"raw")

    step.erase(shop.vault, shop.store, SHOP, buyer, NOW)

    assert shop.sealed() == {(f"dispute:{link.id}", "news")}


def test_erasing_twice_is_erasing_once_and_takes_no_later_order(shop: Shop):
    shop.life()
    action = shop.asked("customers/redact")
    shop.carry[ActionKind.ERASE_BUYER](action, NOW)
    shop.now = NOW + timedelta(days=8)
    new = shop.recorded("orders/create", id=5999, created_at="2026-03-10T00:00:00Z")
    shop.meet(replace(new, headers={**new.headers, "x-shopify-event-id": "new"}), shop.now)

    assert shop.carry[ActionKind.ERASE_BUYER](action, shop.now) is ActionStatus.DONE

    assert shop.vault.get(SHOP, action.data["buyer"], shop.now).orders[0].subject == "order:5999"
    assert shop.sealed() == {("order:5999", "orders/create:new")}


def test_an_erasure_that_was_stopped_at_any_call_is_finished_by_the_next_run(shop: Shop):
    shop.life()
    action = shop.asked("customers/redact")
    stopped = 0
    for at in itertools.count(1):
        calls = iter(range(1, 1000))
        world = step.carried_out(step.Effects(Stopping(shop.vault, calls, at), Stopping(shop.store, calls, at), shop.shops))
        try:
            world[ActionKind.ERASE_BUYER](action, NOW)
            break
        except ConnectionError:
            stopped += 1

    assert stopped > 5
    assert shop.sealed() == set()
    assert shop.vault.get(SHOP, action.data["buyer"], NOW) is None


class Stopping:
    """Something whose calls, counted together with others', fail at one of them."""

    def __init__(self, inner: Any, calls: Any, at: int) -> None:
        self._inner, self._calls, self._at = inner, calls, at

    def __getattr__(self, name: str) -> Any:
        def call(*args: Any) -> Any:
            if next(self._calls) == self._at:
                raise ConnectionError(f"stopped at call {self._at}")
            return getattr(self._inner, name)(*args)

        return call


def test_a_request_that_names_another_shop_is_held(shop: Shop):
    buyer = shop.life()
    shop.shops.present(Profile(SHOP, domain="another.myshopify.com"))
    for name, kind in (("customers/redact", ActionKind.ERASE_BUYER), ("customers/data_request", ActionKind.EXPORT_BUYER),
                       ("shop/redact", ActionKind.ERASE_SHOP), ("app/uninstalled", ActionKind.CLOSE_SHOP)):  # fmt: skip
        action = replace(shop.asked(name), data={**shop.asked(name).data, "shop": DOMAIN})
        status, why = shop.carry[kind](action, NOW)
        assert status is ActionStatus.HELD
        assert DOMAIN in why and "another.myshopify.com" in why

    assert shop.vault.get(SHOP, buyer, NOW) is not None
    assert shop.shops.profile(SHOP).closed_at is None


def test_an_export_waits_for_a_person_with_the_command_and_the_day(shop: Shop):
    buyer = shop.life()
    status, why = shop.carry[ActionKind.EXPORT_BUYER](shop.asked("customers/data_request"), NOW)

    assert status is ActionStatus.HELD
    assert f"./wellkept buyer export {buyer} --shop {SHOP}" in why and "2026-04-02" in why


def test_a_shop_is_erased_only_when_its_domain_is_known_and_named(shop: Shop):
    buyer = shop.life()
    action = replace(shop.asked("shop/redact"), data={"shop": DOMAIN, "at": f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%S.999Z}"})
    status, why = shop.carry[ActionKind.ERASE_SHOP](action, NOW)
    assert status is ActionStatus.HELD and f"./wellkept shop set shopify sample-shop --domain {DOMAIN}" in why
    assert shop.vault.get(SHOP, buyer, NOW) is not None

    shop.shops.present(Profile(SHOP, domain=DOMAIN))
    for _ in range(2):
        assert shop.carry[ActionKind.ERASE_SHOP](action, NOW) is ActionStatus.DONE
    assert shop.vault.get(SHOP, buyer, NOW) is None


def test_a_domain_of_somebody_elses_words_is_no_command(shop: Shop):
    action = replace(shop.asked("shop/redact"), data={"shop": "x; rm -rf ."})

    assert "--domain 'x; rm -rf .' and" in shop.carry[ActionKind.ERASE_SHOP](action, NOW)[1]
    assert shop.carry[ActionKind.ERASE_SHOP](replace(action, data={}), NOW) == (ActionStatus.HELD, "the request names no shop")


def test_a_closed_shop_is_noted_with_the_time_it_was_told(shop: Shop):
    action = shop.asked("app/uninstalled")

    for now in (NOW, NOW + timedelta(days=1)):
        assert shop.carry[ActionKind.CLOSE_SHOP](action, now) is ActionStatus.DONE

    assert shop.shops.profile(SHOP).closed_at == NOW


def test_a_link_is_followed_only_where_it_leads_back(shop: Shop):
    shop.life()

    subjects = {one.subject for some in step.about(shop.store, SHOP, "order:5001") for one in some}

    assert subjects >= {"order:5001", "return:12001"}
    assert shop.store.order_of(SHOP, Link("tracking", "nobody").id) is None
