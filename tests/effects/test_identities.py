"""Who is who, as it is stored: seen the same from either end, written under conditions, forgotten wherever it is named."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from threading import Barrier, Thread
from typing import Any

import boto3
import pytest

from chalicelib.effects import identities as module
from chalicelib.effects.identities import Identities
from chalicelib.model.errors import Conflict
from chalicelib.model.identity import Standing, Tie, TieKind, tie
from chalicelib.rules.profiles import stands
from tests.aws import stack

A, B, C = "shopify/acme#a", "ebay/acme#b", "woocommerce/acme#c"
NOW = datetime(2026, 3, 2, tzinfo=UTC)
UNTIL = NOW + timedelta(days=400)
ID = "mail:0123456789abcdef01234567"


@pytest.fixture
def settings(monkeypatch):
    with stack(monkeypatch) as found:
        yield found


@pytest.fixture
def who(settings) -> Identities:
    return Identities(settings)


def items() -> dict[str, Any]:
    """What is kept; what was emptied is only waiting for DynamoDB to remove it."""
    found = {one["pk"]["S"]: one for one in boto3.client("dynamodb").scan(TableName="buyers")["Items"]}
    assert all(set(one) == {"pk", "v", "ttl"} for one in found.values() if "said" not in one)
    return {name: one for name, one in found.items() if "said" in one}


def two(one: str, other: str, kind: TieKind = TieKind.EMAIL, until: datetime = UNTIL) -> Tie:
    return tie(one, other, kind, NOW, "rules", until)


def known(who: Identities, *members: str) -> None:
    for member in members:
        who.stand(member, (ID,), UNTIL)
        who.enter(ID, member, UNTIL, 12)


def test_members_under_one_identifier_see_each_other(who: Identities):
    assert who.stand(A, (ID,), UNTIL) == ()
    assert who.enter(ID, A, UNTIL, 12).members == ()
    assert who.enter(ID, B, UNTIL, 12).members == (A,)
    assert who.enter(ID, A, UNTIL, 12).members == (B,)
    assert items()[f"who#id#{ID}"]["ttl"] == {"N": str(int(UNTIL.timestamp()))}


def test_what_is_known_is_not_written_again(who: Identities):
    for _ in range(3):
        known(who, A, B)
        who.tie(two(A, B), stands)

    assert {name: one["v"]["N"] for name, one in items().items()} == {
        f"who#{A}": "2", f"who#{B}": "2", f"who#id#{ID}": "2", f"who#tie#{B}|{A}": "1",
    }  # fmt: skip


def test_a_member_that_stands_elsewhere_now_says_what_it_left(who: Identities):
    who.stand(A, ("mail:1", "house:2"), UNTIL)

    assert who.stand(A, ("mail:3", "house:2"), UNTIL) == ("mail:1",)
    assert who.standing(A) == Standing(("mail:3", "house:2"), (), UNTIL)
    assert who.standing(B) is None


def test_an_identifier_of_too_many_is_shared_and_says_nothing_afterwards(who: Identities):
    for n in range(3):
        assert not who.enter(ID, f"shopify/s#{n}", UNTIL, 3).shared
    crowd = who.enter(ID, A, UNTIL, 3)
    assert crowd.shared and crowd.members == ("shopify/s#0", "shopify/s#1", "shopify/s#2")

    assert who.enter(ID, B, UNTIL, 3).members  # until it is closed, whoever was stopped half-way is told again
    who.close(ID)
    assert (who.enter(ID, C, UNTIL, 3).members, who.enter(ID, C, UNTIL, 3).shared) == ((), True)
    who.leave(ID, A)
    assert who.enter(ID, A, UNTIL, 3).shared


def test_a_tie_is_seen_from_both_ends_and_the_surer_stands(who: Identities):
    known(who, A, B)

    assert who.tie(two(A, B, TieKind.SUGGESTED), stands)
    assert who.tie(two(B, A, TieKind.EMAIL), stands)
    assert not who.tie(two(A, B, TieKind.LIKELY), stands)
    assert who.ties(A) == who.ties(B) == [two(A, B, TieKind.EMAIL)] == list(who.all_ties())
    assert dict(who.members()).keys() == {A, B}


def test_nobody_is_tied_to_whoever_is_not_there(who: Identities):
    known(who, A)

    assert not who.tie(two(A, B), stands)
    assert who.ties(A) == []


def test_a_tie_is_taken_away_only_as_what_it_is(who: Identities):
    known(who, A, B)
    who.tie(two(A, B, TieKind.PERSON), stands)

    who.untie(B, A, only=TieKind.EMAIL)
    assert [one.kind for one in who.ties(A)] == [TieKind.PERSON]
    who.untie(B, A)
    who.untie(B, A)
    assert who.ties(A) == who.ties(B) == []


def test_ties_are_kept_as_long_as_their_members(who: Identities):
    known(who, A, B)
    who.tie(two(A, B, TieKind.NEVER), stands)
    later = UNTIL + timedelta(days=100)

    who.prolong(A, NOW)
    who.stand(A, (ID,), later)
    who.prolong(A, later)
    assert who.ties(B) == [two(A, B, TieKind.NEVER)]  # no longer than the other end

    who.stand(B, (ID,), later)
    who.prolong(B, later)
    assert who.ties(B) == [two(A, B, TieKind.NEVER, later)]
    assert items()[f"who#tie#{B}|{A}"]["ttl"] == {"N": str(int(later.timestamp()))}
    assert items()[f"who#{A}"]["ttl"] == {"N": str(int((later + module.GRACE).timestamp()))}


def test_whoever_is_forgotten_is_named_nowhere(who: Identities):
    known(who, A, B, C)
    for one, other in itertools.combinations((A, B, C), 2):
        who.tie(two(one, other), stands)

    for _ in range(2):
        who.forget(A)

    assert A not in repr(items())
    assert who.standing(B).ties == (C,)
    assert who.ties(B) == [two(B, C)]
    assert who.enter(ID, B, UNTIL, 12).members == (C,)


def test_what_was_emptied_goes_within_days_and_its_version_goes_on(who: Identities, settings):
    known(who, A)
    who.forget(A)

    (item, other) = boto3.client("dynamodb").scan(TableName="buyers")["Items"]
    assert {item["v"]["N"], other["v"]["N"]} == {"2", "3"}
    assert all(abs(int(one["ttl"]["N"]) - datetime.now(UTC).timestamp()) < 60 for one in (item, other))
    known(who, A)
    assert {one["v"]["N"] for one in items().values()} == {"3", "4"}


def test_forgetting_nobody_writes_nothing(who: Identities):
    who.forget(A)
    assert items() == {}


def test_a_forgetting_that_was_stopped_at_any_write_is_finished_by_the_next(settings, monkeypatch):
    stopped = 0
    for at in itertools.count(1):
        who = Identities(settings)
        known(who, A, B, C)
        who.tie(two(A, B), stands)
        who.tie(two(A, C, TieKind.NEVER), stands)
        failing(monkeypatch, who, at)
        try:
            who.forget(A)
            break
        except ConnectionError:
            stopped += 1
        Identities(settings).forget(A)
        assert A not in repr(items())

    assert stopped > 5


def failing(monkeypatch, who: Identities, at: int) -> None:
    """Let the write of that number fail."""
    write, calls = who._write, iter(range(1, 1000))

    def fail(*args: Any) -> bool:
        if next(calls) == at:
            raise ConnectionError(f"stopped at write {at}")
        return write(*args)

    monkeypatch.setattr(who, "_write", fail)


# What happens at once


def meanwhile(monkeypatch, who: Identities, pk: str, act: Callable[[], object], times: int = 1) -> None:
    """Let `act` happen between the reads of a key and the writes that follow from them."""
    read, left = who._read, [times]

    def found(key: str, cls: type) -> Any:
        answer = read(key, cls)
        if key == pk and left[0]:
            left[0] -= 1
            act()
        return answer

    monkeypatch.setattr(who, "_read", found)


def test_of_two_that_enter_at_once_the_later_sees_the_earlier(who: Identities, settings, monkeypatch):
    meanwhile(monkeypatch, who, f"who#id#{ID}", lambda: Identities(settings).enter(ID, B, UNTIL, 12))

    assert who.enter(ID, A, UNTIL, 12).members == (B,)


@pytest.mark.parametrize("pk", [f"who#{A}", f"who#{B}", f"who#tie#{B}|{A}"])
@pytest.mark.parametrize("gone", [A, B])
def test_a_forgetting_between_any_read_and_write_of_a_tie_leaves_nothing_of_it(who, settings, monkeypatch, pk: str, gone: str):
    known(who, A, B)
    meanwhile(monkeypatch, who, pk, lambda: Identities(settings).forget(gone))

    assert not who.tie(two(A, B), stands)
    assert list(who.all_ties()) == []
    assert who.standing(gone) is None


def test_a_tie_made_while_its_member_is_marked_is_taken_back(who: Identities, settings, monkeypatch):
    """The forgetting has read which ties there are; one that comes after that is its own maker's to take back."""
    known(who, A, B)
    rival = Identities(settings)
    meanwhile(monkeypatch, rival, f"who#id#{ID}", lambda: who.tie(two(A, B), stands))

    rival.forget(A)

    assert A not in repr(items())


def test_a_member_being_forgotten_takes_nothing_new(who: Identities, monkeypatch):
    known(who, A)
    failing(monkeypatch, who, 2)
    with pytest.raises(ConnectionError):
        who.forget(A)

    assert who.stand(A, ("mail:9",), UNTIL) is None
    assert who.standing(A) is None and who.ties(A) == []
    assert [one.gone for _, one in who.members()] == [True]


def test_who_never_gets_to_write_says_so(who: Identities, settings, monkeypatch):
    rival, numbers = Identities(settings), itertools.count()
    meanwhile(monkeypatch, who, f"who#id#{ID}", lambda: rival.enter(ID, f"shopify/x#{next(numbers)}", UNTIL, 99), times=100)

    with pytest.raises(Conflict):
        who.enter(ID, A, UNTIL, 99)


def test_many_at_once_lose_nobody(settings, monkeypatch):
    monkeypatch.setattr(module, "TRIES", 200)
    members = [f"shopify/s{n}#b" for n in range(6)]
    start = Barrier(len(members))

    def enter(member: str) -> None:
        who = Identities(settings)
        start.wait()
        who.stand(member, (ID,), UNTIL)
        for other in who.enter(ID, member, UNTIL, 12).members:
            who.tie(two(member, other), stands)

    threads = [Thread(target=enter, args=(member,)) for member in members]
    for one in threads:
        one.start()
    for one in threads:
        one.join()

    assert {(one.a, one.b) for one in Identities(settings).all_ties()} == set(itertools.combinations(members, 2))
