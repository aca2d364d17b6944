"""The consent log: found by any spelling of an address, complete, and never twice the same."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import boto3
import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.effects.contacts import KEPT, Contacts, added
from chalicelib.effects.keys import Keys
from chalicelib.model.person import Channel, Consent, ConsentWord
from tests.aws import stack

SOURCE = "shopify/acme"
START = datetime(2026, 3, 1, tzinfo=UTC)
OUT, IN, BOUNCED = ConsentWord.UNSUBSCRIBED, ConsentWord.SUBSCRIBED, ConsentWord.BOUNCED


def entry(word: ConsentWord, minute: int, by: str = "one-click") -> Consent:
    return Consent(word, START + timedelta(minutes=minute), by)


@pytest.fixture
def contacts(monkeypatch):
    with stack(monkeypatch) as settings:
        yield Contacts(settings, Keys(settings))


def test_an_address_has_one_name_in_all_its_spellings(contacts):
    assert contacts.name(Channel.MAIL, " Buyer@Example.COM ") == contacts.name(Channel.MAIL, "buyer@example.com")
    assert contacts.name(Channel.SMS, "+1 (202) 555-0101") == contacts.name(Channel.SMS, "+12025550101")
    assert contacts.name(Channel.PUSH, "arn:A") != contacts.name(Channel.PUSH, "arn:a")
    assert contacts.name(Channel.MAIL, "12025550101") != contacts.name(Channel.SMS, "12025550101")
    assert "buyer" not in contacts.name(Channel.MAIL, "buyer@example.com")


def test_entries_are_kept_by_shop_and_in_order_of_time(contacts):
    name = contacts.name(Channel.MAIL, "buyer@example.com")
    for one in (entry(BOUNCED, 5, "feed:m#1"), entry(OUT, 1)):
        contacts.add(SOURCE, name, one)

    assert contacts.log(SOURCE, name) == (entry(OUT, 1), entry(BOUNCED, 5, "feed:m#1"))
    assert contacts.log("shopify/other", name) == ()


def test_the_same_by_the_same_evidence_is_noted_once_and_costs_one_write(contacts):
    for minute in (1, 2, 3):
        contacts.add(SOURCE, "n", entry(OUT, minute))

    (item,) = boto3.client("dynamodb").scan(TableName="buyers")["Items"]
    assert (contacts.log(SOURCE, "n"), item["v"]) == ((entry(OUT, 1),), {"N": "1"})


def test_who_unsubscribes_again_after_subscribing_has_unsubscribed(contacts):
    story = [entry(OUT, 1), entry(IN, 2, "operator"), entry(OUT, 3)]
    for one in [*story, story[0], story[2]]:
        contacts.add(SOURCE, "n", one)

    assert contacts.log(SOURCE, "n") == tuple(story)


def test_two_writers_at_once_lose_nothing(contacts, monkeypatch):
    rival = Contacts.__new__(Contacts)
    rival.__dict__.update(contacts.__dict__)
    read, raced = contacts._read, []

    def meanwhile(source: str, name: str):
        found = read(source, name)
        if not raced:
            raced.append(True)
            rival_add(entry(BOUNCED, 2, "feed:m#1"))
        return found

    def rival_add(one: Consent) -> None:
        rival._read = read
        rival.add(SOURCE, "n", one)

    monkeypatch.setattr(contacts, "_read", meanwhile)
    contacts.add(SOURCE, "n", entry(OUT, 1))

    assert read(SOURCE, "n")[0] == (entry(OUT, 1), entry(BOUNCED, 2, "feed:m#1"))


@given(st.lists(st.tuples(st.sampled_from(ConsentWord), st.integers(0, 500), st.sampled_from(["a", "b"])), max_size=150))
def test_however_long_the_log_grows_the_last_of_each_word_stays(some):
    log: tuple[Consent, ...] = ()
    for word, minute, by in some:
        log = added(log, entry(word, minute, by))
        assert added(log, entry(word, minute, by)) == log

    assert len(log) <= KEPT + len(ConsentWord)
    assert {one.word for one in log} == {word for word, _, _ in some}
    assert list(log) == sorted(log, key=lambda one: one.at)
