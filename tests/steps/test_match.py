"""Matching: one person over several shops is found once, told apart again, and forgotten everywhere."""

from __future__ import annotations

import itertools
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import boto3
import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as how
from hypothesis import strategies as st

from chalicelib.effects.identities import Identities
from chalicelib.effects.keys import Keys
from chalicelib.effects.vault import Vault
from chalicelib.model.identity import TieKind, Whole
from chalicelib.model.person import Person
from chalicelib.rules import identity
from chalicelib.steps import match as step
from chalicelib.steps import privacy
from tests.aws import stack
from tests.steps.test_people import SHOP, World

NOW = datetime(2026, 3, 3, tzinfo=UTC)
OTTO = Person(full_name="Otto Vogelsang", street="12 Sample Street", city="Sampleton", postcode="12345", country="US")
OWN, WOO, EBAY, AMAZON = "shopify/acme", "woocommerce/acme", "ebay/acme", "amazon/acme"


class Shops:
    """A vault that several shops told of their buyers, and the pass over it."""

    def __init__(self, settings: Any) -> None:
        self.keys = Keys(settings)
        self.vault, self.identities = Vault(settings, self.keys), Identities(settings)
        self.fx = step.Effects(self.vault, self.identities, self.keys)
        self.orders = itertools.count(1)

    def tell(self, source: str, buyer: str, person: Person, now: datetime = NOW, days: int = 400) -> None:
        until = now + timedelta(days=days)
        assert self.vault.keep(source, buyer, person, f"order:{next(self.orders)}", now, now, until, now)

    def match(self, now: datetime = NOW) -> dict[str, int]:
        return {name: count for name, count in step.match(self.fx, now).items() if count}

    def whole(self, source: str, buyer: str, now: datetime = NOW) -> Whole:
        return step.whole(self.fx, source, buyer, now)[0]

    def say(self, kind: TieKind, one: tuple[str, str], other: tuple[str, str]) -> bool:
        return step.say(self.fx, kind, one, other, "operator", NOW)


@pytest.fixture
def shops(monkeypatch):
    with stack(monkeypatch) as settings:
        yield Shops(settings)


def items(prefix: str = "") -> dict[str, Any]:
    """What is kept; what was emptied waits for DynamoDB to remove it."""
    return {one["pk"]["S"]: one for one in boto3.client("dynamodb").scan(TableName="buyers")["Items"]
            if one["pk"]["S"].startswith(prefix) and (one.keys() & {"said", "b"})}  # fmt: skip


def test_one_person_in_four_shops_is_one_and_others_are_not(shops: Shops):
    shops.tell(OWN, "a", replace(OTTO, email="otto.vogelsang@gmail.com"))
    shops.tell(WOO, "b", Person(name="Otto", email="OttoVogelsang+shop@googlemail.com"))
    shops.tell(EBAY, "c", replace(OTTO, full_name="VOGELSANG, OTTO", street="12 Sample St.", email="1@members.ebay.com"))
    shops.tell(AMAZON, "d", replace(OTTO, full_name="Ute Vogelsang", email="1@marketplace.amazon.com"))
    shops.tell(AMAZON, "e", Person(email="1@marketplace.amazon.com"))

    assert shops.match() == {"looked for": 5, "email": 1, "likely": 1}

    found = shops.whole(WOO, "b")
    assert found.members == (f"{EBAY}#c", f"{OWN}#a", f"{WOO}#b")
    assert {(one.kind, one.by) for one in found.ties} == {(TieKind.EMAIL, "rules"), (TieKind.LIKELY, "rules")}
    assert shops.whole(EBAY, "c") == shops.whole(OWN, "a") == found
    assert shops.whole(AMAZON, "d").members == (f"{AMAZON}#d",)


def test_who_is_known_costs_nothing_again(shops: Shops):
    shops.tell(OWN, "a", replace(OTTO, email="otto@example.com"))
    shops.tell(WOO, "b", Person(email="otto@example.com"))
    shops.match()
    before = items("who#")

    shops.tell(OWN, "a", replace(OTTO, email="otto@example.com"), NOW + timedelta(days=1))  # another order, nothing new of them

    assert shops.match() == {}
    assert items("who#") == before


def test_a_buyer_of_no_other_shop_costs_as_many_writes_as_they_have_identifiers_and_two(shops: Shops):
    shops.tell(OWN, "a", replace(OTTO, email="otto@example.com", phone="+12025550101"))

    assert shops.match() == {"looked for": 1}
    assert len(items("who#")) == 1 + len(identity.identifiers(replace(OTTO, email="otto@example.com", phone="+12025550101")))
    assert {one["v"]["N"] for one in items("who#").values()} == {"1"}


def test_a_new_address_is_looked_for_and_the_old_one_left(shops: Shops):
    shops.tell(OWN, "a", Person(email="old@example.com"))
    shops.tell(WOO, "b", Person(email="new@example.com"))
    shops.match()

    shops.tell(OWN, "a", Person(email="new@example.com"), NOW + timedelta(days=1))

    assert shops.match(NOW + timedelta(days=1)) == {"looked for": 1, "email": 1}
    shops.tell(EBAY, "c", Person(email="old@example.com"))
    assert shops.match() == {"looked for": 1}


def test_a_telephone_joins_but_not_two_of_whom_the_names_say_they_are_two(shops: Shops):
    shops.tell(OWN, "a", Person(full_name="Otto Vogelsang", phone="+12025550101", country="US"))
    shops.tell(WOO, "b", Person(full_name="VOGELSANG Otto", phone="+12025550101"))
    shops.tell(EBAY, "c", Person(full_name="Ute Vogelsang", phone="+12025550101"))

    found = shops.match()

    assert (found["phone"], found["suggested"]) == (1, 2)
    assert shops.whole(OWN, "a").members == (f"{OWN}#a", f"{WOO}#b")


def test_an_address_that_many_share_is_nobodys_and_takes_its_ties_back(shops: Shops, monkeypatch):
    monkeypatch.setitem(step.MOST, identity.MAIL, 3)
    for n in range(3):
        shops.tell(f"shopify/s{n}", "a", Person(email="front.desk@example.com"))
    shops.match()
    assert len(shops.whole("shopify/s0", "a").members) == 3
    shops.say(TieKind.PERSON, ("shopify/s0", "a"), ("shopify/s1", "a"))

    shops.tell("shopify/s3", "a", Person(email="front.desk@example.com"))
    shops.match()

    assert shops.whole("shopify/s0", "a").members == ("shopify/s0#a", "shopify/s1#a")  # what a person said stays
    assert shops.whole("shopify/s3", "a").members == ("shopify/s3#a",)


def test_what_is_merged_by_hand_can_be_split_and_stays_so(shops: Shops):
    shops.tell(OWN, "a", Person(email="a@example.com"))
    shops.tell(WOO, "b", Person(email="b@example.com"))
    shops.match()
    alone = shops.whole(OWN, "a"), shops.whole(WOO, "b")

    assert shops.say(TieKind.PERSON, (OWN, "a"), (WOO, "b"))
    assert not shops.say(TieKind.PERSON, (WOO, "b"), (OWN, "a"))
    assert shops.whole(OWN, "a").members == (f"{OWN}#a", f"{WOO}#b")
    assert shops.say(TieKind.NEVER, (OWN, "a"), (WOO, "b"))

    assert (shops.whole(OWN, "a"), shops.whole(WOO, "b")) == alone
    shops.tell(WOO, "b", Person(email="a@example.com"), NOW + timedelta(days=1))
    shops.match(NOW + timedelta(days=1))
    assert (shops.whole(OWN, "a"), shops.whole(WOO, "b")) == alone


def test_those_who_were_never_looked_for_can_be_merged_and_looked_for_later(shops: Shops):
    shops.tell(OWN, "a", Person(email="a@example.com"))
    shops.tell(WOO, "b", Person(name="b"))
    assert shops.say(TieKind.PERSON, (OWN, "a"), (WOO, "b"))
    shops.tell(EBAY, "c", Person(email="a@example.com"))

    shops.match()

    assert len(shops.whole(WOO, "b").members) == 3


def test_nobody_is_said_to_be_one_with_whoever_is_not_known(shops: Shops):
    shops.tell(OWN, "a", OTTO)

    assert not shops.say(TieKind.PERSON, (OWN, "a"), (WOO, "nobody"))
    assert items("who#") == {}
    assert step.whole(shops.fx, WOO, "nobody", NOW)[1] == {}


def test_an_erased_buyer_leaves_no_trace_among_the_others(shops: Shops):
    for source, buyer in ((OWN, "a"), (WOO, "b"), (EBAY, "c")):
        shops.tell(source, buyer, replace(OTTO, email="otto@example.com"))
    shops.match()

    for _ in range(2):
        shops.vault.erase(WOO, "b", NOW + timedelta(days=1))

    assert f"{WOO}#b" not in repr(items("who#"))
    assert shops.whole(OWN, "a").members == (f"{EBAY}#c", f"{OWN}#a")
    assert step.whole(shops.fx, WOO, "b", NOW)[1] == {}


def test_a_tie_through_whoever_is_no_longer_known_holds_nobody_together(shops: Shops):
    shops.tell(OWN, "a", Person(email="a@example.com", phone="+12025550101"), days=400)
    shops.tell(WOO, "b", Person(email="a@example.com"), days=30)
    shops.tell(EBAY, "c", Person(phone="+12025550101"), days=400)
    shops.match()
    assert len(shops.whole(WOO, "b").members) == 3

    assert shops.whole(EBAY, "c", NOW + timedelta(days=40)).members == (f"{EBAY}#c", f"{OWN}#a")


def test_who_stays_known_is_looked_for_again_before_it_is_forgotten_who_they_are(shops: Shops):
    for source, buyer in ((OWN, "a"), (WOO, "b")):
        shops.tell(source, buyer, Person(email="a@example.com"), days=100)
    shops.match()
    shops.say(TieKind.NEVER, (OWN, "a"), (WOO, "b"))
    for source, buyer in ((OWN, "a"), (WOO, "b")):
        shops.tell(source, buyer, Person(email="a@example.com"), NOW + timedelta(days=50), days=400)

    assert shops.match(NOW + timedelta(days=90)) == {}
    assert shops.match(NOW + timedelta(days=99)) == {"looked for": 2}

    until = NOW + timedelta(days=450)
    assert {one["ttl"]["N"] for name, one in items("who#").items() if name.startswith(("who#id#", "who#tie#"))} == {
        str(int(until.timestamp()))
    }
    assert [one.kind for one in shops.identities.ties(f"{OWN}#a")] == [TieKind.NEVER]


def test_whose_time_is_over_is_named_nowhere_any_more(shops: Shops):
    shops.tell(OWN, "a", Person(email="a@example.com"), days=400)
    shops.tell(AMAZON, "b", Person(email="a@example.com"), days=30)
    shops.match()
    assert len(shops.whole(OWN, "a").members) == 2

    assert shops.match(NOW + timedelta(days=31)) == {"forgotten": 1}
    assert f"{AMAZON}#b" not in repr(items("who#"))


def test_an_erasure_while_somebody_is_looked_for_wins(shops: Shops, monkeypatch):
    """Wherever it falls between the reads and writes of the pass."""
    for at in itertools.count(1):
        shops.tell(OWN, "a", Person(email="a@example.com"), NOW + timedelta(days=at))
        shops.tell(WOO, "b", Person(email="a@example.com"), NOW + timedelta(days=at))
        calls, change = itertools.count(1), shops.identities._change

        def erased(*args: Any, calls: Any = calls, change: Any = change, at: int = at) -> Any:
            answer = change(*args)
            if next(calls) == at:
                monkeypatch.setattr(shops.identities, "_change", change)
                shops.vault.erase(WOO, "b", NOW + timedelta(days=at))
            return answer

        monkeypatch.setattr(shops.identities, "_change", erased)
        shops.match(NOW + timedelta(days=at))
        if shops.identities._change is not change:
            monkeypatch.setattr(shops.identities, "_change", change)
        if next(calls) <= at:
            break
        shops.match(NOW + timedelta(days=at))
        assert f"{WOO}#b" not in repr(items("who#")), at
        shops.vault.erase(OWN, "a", NOW + timedelta(days=at))

    assert at > 6


def test_the_members_of_a_shop_whose_key_was_destroyed_are_tidied_away(shops: Shops, monkeypatch):
    for source, buyer in ((OWN, "a"), (WOO, "b")):
        shops.tell(source, buyer, Person(email="a@example.com"))
    shops.match()
    shops.vault.erase_shop(WOO)
    assert shops.whole(OWN, "a").members == (f"{OWN}#a",)

    assert shops.match() == {"forgotten": 1}
    assert f"{WOO}#b" not in repr(items("who#"))


def test_nothing_personal_stands_in_what_says_who_is_who(shops: Shops):
    shops.tell(OWN, "a", replace(OTTO, email="otto@example.com", phone="+12025550101"))
    shops.tell(WOO, "b", replace(OTTO, email="otto@example.com"))
    shops.match()

    text = repr(items("who#")).lower()
    assert not [word for word in ("otto", "vogelsang", "2025550101", "sample", "12345|") if word in text]


people = st.builds(
    Person, email=st.sampled_from([None, "a@example.com", "b@example.com"]), phone=st.sampled_from([None, "+12025550101"]),
    full_name=st.sampled_from([None, "Otto Vogelsang", "Ute Vogelsang"]), street=st.sampled_from([None, "12 Sample Street"]),
    postcode=st.sampled_from([None, "12345"]), country=st.just("US"),
)  # fmt: skip


@how(max_examples=8, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(people, min_size=2, max_size=4), st.randoms(use_true_random=False))
def test_who_is_one_does_not_depend_on_who_came_first(monkeypatch, some: list[Person], dice):
    """In one pass, or in as many as there are buyers, in any order."""
    found = []
    for order, passes in ((list(enumerate(some)), False), (dice.sample(list(enumerate(some)), len(some)), True)):
        with pytest.MonkeyPatch.context() as patch, stack(patch) as settings:
            shops = Shops(settings)
            for n, person in order:
                shops.tell(f"shopify/s{n}", "b", person)
                if passes:
                    shops.match()
            shops.match()
            found.append([shops.whole(f"shopify/s{n}", "b").members for n in range(len(some))])
    assert found[0] == found[1]


def test_a_webhooks_buyer_is_matched_and_erased_by_a_privacy_request(monkeypatch):
    """From the recorded webhook of one platform to the pass, and from the request back."""
    with stack(monkeypatch) as settings:
        world, shops = World(settings), Shops(settings)
        delivery = world.meet(world.recorded("orders/create"))
        buyer = str(delivery.events[0].buyer)
        shops.tell(EBAY, "c", Person(full_name="BUYER SAMPLE", street="1 Sample St", postcode="SAMPLE-1", country="US"))

        assert shops.match() == {"looked for": 2, "likely": 1}
        assert len(shops.whole(SHOP, buyer).members) == 2

        privacy.erase(world.vault, world.store, SHOP, buyer, NOW)
        assert buyer not in repr(items("who#"))
        assert shops.whole(EBAY, "c").members == (f"{EBAY}#c",)
