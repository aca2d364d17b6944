"""The vault: people are kept sealed, forgotten by one write, and never brought back by what was told of before."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from threading import Barrier, Thread
from typing import Any

import boto3
import pytest

from chalicelib.effects import log
from chalicelib.effects import vault as module
from chalicelib.effects.keys import Keys
from chalicelib.effects.vault import MOST_ORDERS, Vault, merged
from chalicelib.model.errors import Conflict
from chalicelib.model.person import Buyer, Person, Seen
from tests.aws import stack

SOURCE, BUYER = "shopify/acme", "b1"
START = datetime(2026, 3, 1, 12, tzinfo=UTC)
SAMPLE = Person(name="Sample", email="canary@example.com", phone="+12025550101", country="US")


def day(number: float) -> datetime:
    return START + timedelta(days=number)


@pytest.fixture
def settings(monkeypatch):
    with stack(monkeypatch) as found:
        yield found


@pytest.fixture
def vault(settings) -> Vault:
    return Vault(settings, Keys(settings))


def keep(vault: Vault, order: str = "order:1", placed: float = 0, told: float | None = None, person: Person = SAMPLE,
         until: float | None = None, now: float = 0, buyer: str = BUYER) -> bool:  # fmt: skip
    told_at, until_at = day(placed if told is None else told), day(placed + 400 if until is None else until)
    return vault.keep(SOURCE, buyer, person, order, day(placed), told_at, until_at, day(now))


def items() -> list[dict[str, Any]]:
    return boto3.client("dynamodb").scan(TableName="buyers")["Items"]


def test_who_is_kept_is_found_again_by_another_container(vault: Vault, settings):
    assert keep(vault)

    found = Vault(settings, Keys(settings)).get(SOURCE, BUYER, day(1))

    assert found == Buyer(SAMPLE, day(0), (Seen("order:1", day(0)),), day(400))
    assert vault.get(SOURCE, "b2", day(1)) is None
    assert vault.get("shopify/other", BUYER, day(1)) is None


def test_nothing_personal_stands_in_the_item(vault: Vault):
    keep(vault)

    (item,) = items()
    assert set(item) == {"pk", "w", "b", "v", "until", "ttl"}
    text = repr(item)
    assert not [value for value in ("Sample", "canary", "2025550101") if value in text]


def test_each_buyer_has_a_key_of_their_own_and_two_equal_records_differ(vault: Vault):
    keep(vault)
    keep(vault, buyer="b2")

    one, other = items()
    assert one["w"]["B"] != other["w"]["B"] and one["b"]["B"] != other["b"]["B"]


def test_an_item_moved_to_another_buyers_place_does_not_open(vault: Vault):
    keep(vault)
    (item,) = items()
    boto3.client("dynamodb").put_item(TableName="buyers", Item=item | {"pk": {"S": f"{SOURCE}#b2"}})

    assert vault.get(SOURCE, "b2", day(0)) is None
    assert vault.get(SOURCE, BUYER, day(0)) is not None


def test_what_is_told_later_wins_and_nothing_said_overwrites_nothing(vault: Vault):
    keep(vault, told=5)
    keep(vault, "order:2", 6, person=Person(email="new@example.com", language="de"))
    keep(vault, "order:3", 1, told=2, person=Person(email="old@example.com", province="CA"))

    found = vault.get(SOURCE, BUYER, day(7))
    assert found.person == replace(SAMPLE, email="new@example.com", language="de", province="CA")
    assert found.told_at == day(6)
    assert [one.subject for one in found.orders] == ["order:1", "order:3", "order:2"]


def test_an_address_is_one_thing_and_that_of_the_order_placed_last(vault: Vault):
    here = Person(street="1 Sample Street", city="Sampleton", postcode="12345")
    there = Person(street="2 Other Street", city="Otherton")
    keep(vault, "order:1", 0, person=here)
    keep(vault, "order:2", 1, person=there)
    keep(vault, "order:1", 0, told=3, person=here)  # news of the older order
    keep(vault, "order:2", 1, told=4, person=Person(email="new@example.com"))

    found = vault.get(SOURCE, BUYER, day(5)).person
    assert (found.street, found.city, found.postcode) == ("2 Other Street", "Otherton", None)
    assert found.email == "new@example.com"
    assert items()[0]["v"] == {"N": "3"}


def test_orders_told_in_any_order_make_one_record():
    told = [(SAMPLE, Seen("order:1", day(0)), day(0)), (Person(email="b@example.com"), Seen("order:2", day(2)), day(2)),
            (Person(email="c@example.com", name="S"), Seen("order:3", day(3)), day(3))]  # fmt: skip
    found = set()
    for some in itertools.permutations(told):
        record = None
        for person, order, at in some:
            record = merged(record, person, order, at, order.placed_at + timedelta(days=400))
        found.add(record)

    assert len(found) == 1


def test_the_newest_orders_are_kept_each_once(vault: Vault):
    record = None
    for n in [*range(MOST_ORDERS + 5), 3, MOST_ORDERS + 4]:
        record = merged(record, SAMPLE, Seen(f"order:{n}", day(n)), day(n), day(n + 400))

    assert [one.subject for one in record.orders] == [f"order:{n}" for n in range(5, MOST_ORDERS + 5)]


def test_news_that_is_none_is_not_written(vault: Vault):
    for told in (0, 1, 2, 3):
        assert keep(vault, told=told)
    assert items()[0]["v"] == {"N": "1"}

    keep(vault, until=420, now=10)
    assert items()[0]["v"] == {"N": "1"}  # twenty more days of nearly four hundred are not worth a write
    keep(vault, until=500, now=10)
    assert items()[0]["v"] == {"N": "2"}
    assert vault.get(SOURCE, BUYER, day(499)) is not None


def test_who_is_past_their_time_is_gone_before_dynamodb_removes_them(vault: Vault):
    keep(vault, until=30)

    assert vault.get(SOURCE, BUYER, day(29.9)) is not None
    assert vault.get(SOURCE, BUYER, day(30)) is None
    (item,) = items()
    assert item["ttl"] == item["until"] == {"N": str(int(day(30).timestamp()))}


def test_what_may_be_kept_no_longer_is_refused_and_a_new_order_carries_nothing_old_on(vault: Vault):
    keep(vault, until=30)

    assert not keep(vault, "order:2", 1, until=31, now=31)
    assert keep(vault, "order:3", 40, until=70, now=40, person=Person(email="new@example.com"))
    assert vault.get(SOURCE, BUYER, day(41)) == Buyer(
        Person(email="new@example.com"), day(40), (Seen("order:3", day(40)),), day(70)
    )


def test_erasing_leaves_a_tombstone_and_nothing_else(vault: Vault):
    keep(vault)
    keep(vault, "order:2", 1)

    assert vault.erase(SOURCE, BUYER, day(2)) == ("order:1", "order:2")

    assert vault.get(SOURCE, BUYER, day(2)) is None
    assert items() == [{"pk": {"S": f"{SOURCE}#{BUYER}"}, "gone": {"N": str(int(day(2).timestamp() * 1000))}}]
    assert vault.erase(SOURCE, BUYER, day(2)) == ()


def test_news_of_orders_from_before_is_refused_for_ever_and_of_orders_after_is_not(vault: Vault):
    assert vault.erase(SOURCE, BUYER, day(2)) == ()  # not known yet: the tombstone comes first

    assert not keep(vault, placed=1, told=3, now=3)
    assert not keep(vault, placed=2, told=3, now=3)
    assert vault.get(SOURCE, BUYER, day(3)) is None
    assert keep(vault, "order:9", 2.5, now=3)
    assert not keep(vault, placed=1, told=4, now=4)  # the new record remembers
    assert [one.subject for one in vault.get(SOURCE, BUYER, day(4)).orders] == ["order:9"]


def test_of_two_erasures_the_later_stands_and_an_older_one_repeated_takes_nothing_new(vault: Vault):
    vault.erase(SOURCE, BUYER, day(5))
    vault.erase(SOURCE, BUYER, day(2))
    assert not keep(vault, placed=4, now=6)

    keep(vault, "order:9", 6, now=6)
    assert vault.erase(SOURCE, BUYER, day(5)) == ()
    assert vault.get(SOURCE, BUYER, day(7)) is not None
    assert vault.erase(SOURCE, BUYER, day(8)) == ("order:9",)


def test_erasing_a_shop_destroys_its_keys(vault: Vault, settings):
    keep(vault)
    keys, now = Keys(settings), datetime.now(UTC)
    for name in (
        f"intake#{SOURCE}#{now:%Y-%m-%d}",
        f"intake#{SOURCE}#{now - timedelta(days=89):%Y-%m-%d}",
        "intake#shopify/other#1",
    ):
        keys.get(name)

    Vault(settings, keys).erase_shop(SOURCE)
    Vault(settings, keys).erase_shop(SOURCE)

    assert {item["pk"]["S"] for item in boto3.client("dynamodb").scan(TableName="keys")["Items"]} == {"intake#shopify/other#1"}
    fresh = Vault(settings, Keys(settings))
    assert fresh.get(SOURCE, BUYER, day(0)) is None
    assert list(fresh.scan(SOURCE, day(0))) == []
    assert keep(fresh, "order:2", 1, person=Person(email="new@example.com"))
    assert fresh.get(SOURCE, BUYER, day(2)).orders == (Seen("order:2", day(1)),)


def test_a_shop_that_came_back_is_not_erased_by_the_request_of_before(vault: Vault):
    keep(vault)

    vault.erase_shop(SOURCE, datetime.now(UTC) - timedelta(days=1))

    assert vault.get(SOURCE, BUYER, day(0)) is not None


@pytest.mark.parametrize("broken", [{"b": {"B": b"x"}}, {"b": {"B": b""}}, {"w": {"B": b"y" * 60}}], ids=str)
def test_what_cannot_be_opened_counts_as_gone_and_is_said_in_the_log(vault: Vault, broken, caplog):
    keep(vault)
    boto3.client("dynamodb").put_item(TableName="buyers", Item=items()[0] | broken)

    with log.unit("test"):
        assert vault.get(SOURCE, BUYER, day(0)) is None
    (line,) = caplog.records
    assert line.outcome == "done" and "could not be read" in line.vault
    assert keep(vault, "order:2", 1)
    assert vault.get(SOURCE, BUYER, day(2)).orders == (Seen("order:2", day(1)),)


# What happens at once


def meanwhile(monkeypatch, vault: Vault, act: Callable[[], object], times: int = 1) -> None:
    """Let `act` happen between the vault's next reads and the writes that follow from them."""
    find, left = vault._find, [times]

    def read(source: str, buyer: str, **how: bool) -> Any:
        found = find(source, buyer, **how)
        if left[0]:
            left[0] -= 1
            act()
        return found

    monkeypatch.setattr(vault, "_find", read)


def other(settings) -> Vault:
    return Vault(settings, Keys(settings))


@pytest.mark.parametrize("known", [False, True])
def test_an_erasure_between_a_read_and_its_write_wins_over_it(vault: Vault, settings, monkeypatch, known: bool):
    rival = other(settings)
    if known:
        keep(rival, "order:0", -1)
    meanwhile(monkeypatch, vault, lambda: rival.erase(SOURCE, BUYER, day(1)))

    assert not keep(vault)
    assert rival.get(SOURCE, BUYER, day(1)) is None


def test_an_erasure_and_a_new_order_between_a_read_and_its_write_are_not_mixed_with_it(vault: Vault, settings, monkeypatch):
    """The new record has the version that was read; the erasure it remembers tells them apart."""
    rival = other(settings)
    keep(rival)

    def erased_and_new() -> None:
        rival.erase(SOURCE, BUYER, day(1))
        keep(rival, "order:9", 2, now=2, person=Person(email="new@example.com"))

    meanwhile(monkeypatch, vault, erased_and_new)
    assert not keep(vault, "order:2", 0.5, now=2)
    assert rival.get(SOURCE, BUYER, day(2)).orders == (Seen("order:9", day(2)),)


def test_an_order_between_an_erasures_read_and_its_write_is_erased_and_told(vault: Vault, settings, monkeypatch):
    rival = other(settings)
    keep(rival)
    meanwhile(monkeypatch, vault, lambda: keep(rival, "order:2", 0.5))

    assert vault.erase(SOURCE, BUYER, day(1)) == ("order:1", "order:2")
    assert rival.get(SOURCE, BUYER, day(1)) is None


def test_two_orders_at_once_are_both_kept(vault: Vault, settings, monkeypatch):
    rival = other(settings)
    meanwhile(monkeypatch, vault, lambda: keep(rival, "order:2", 1))

    assert keep(vault)
    assert {one.subject for one in rival.get(SOURCE, BUYER, day(1)).orders} == {"order:1", "order:2"}


def test_who_never_gets_to_write_says_so(vault: Vault, settings, monkeypatch):
    rival, orders = other(settings), itertools.count(2)
    meanwhile(monkeypatch, vault, lambda: keep(rival, f"order:{next(orders)}", 1), times=100)

    with pytest.raises(Conflict):
        keep(vault)
    with pytest.raises(Conflict):
        vault.erase(SOURCE, BUYER, day(1))


def test_news_and_an_erasure_from_many_threads_end_in_the_erasure(settings, monkeypatch):
    monkeypatch.setattr(module, "TRIES", 200)
    Keys(settings).get(f"vault#{SOURCE}")
    start, refused = Barrier(5), []

    def tell(thread: int) -> None:
        vault = other(settings)
        start.wait()
        refused.extend(not keep(vault, f"order:{thread}-{n}", n / 10, now=1) for n in range(5))

    def erase() -> None:
        start.wait()
        other(settings).erase(SOURCE, BUYER, day(1))

    threads = [*(Thread(target=tell, args=(n,)) for n in range(4)), Thread(target=erase)]
    for one in threads:
        one.start()
    for one in threads:
        one.join()

    assert len(refused) == 20
    assert other(settings).get(SOURCE, BUYER, day(1)) is None
    assert set(items()[0]) == {"pk", "gone"}
