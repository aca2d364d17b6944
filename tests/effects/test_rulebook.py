"""The rulebook in force: versions, and that a mistake never replaces what works."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from chalicelib.effects.rulebook import Rules
from chalicelib.effects.settings_items import SettingsItems
from chalicelib.model.errors import BadPayload, Conflict
from chalicelib.rules import policies, touchpoints
from chalicelib.settings import Settings
from tests.aws import stack
from tests.lives import day

TEXT = policies.text("touchpoints.toml")
ONE = TEXT[: TEXT.index("# Damage")]


class Time:
    now = 0.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def names(monkeypatch: pytest.MonkeyPatch) -> Iterator[Settings]:
    with stack(monkeypatch) as settings:
        yield settings


def rules(names: Settings, clock: Time | None = None) -> Rules:
    return Rules(names, touchpoints.load, touchpoints.default, clock or Time())


def test_before_any_was_set_the_products_own_is_in_force(names: Settings):
    assert rules(names).current() == touchpoints.default()
    assert rules(names).stored() is None
    assert rules(names).history() == []


def test_what_is_set_is_the_next_version_and_in_force_everywhere_within_half_a_minute(names: Settings):
    time = Time()
    here, elsewhere = rules(names), rules(names, time)
    assert elsewhere.current().version == 0

    assert here.set(ONE, day(1)).version == 1
    assert here.set(TEXT, day(2)).version == 2

    assert [one.id for one in here.current().touchpoints] == ["expectations", "check_the_parcel", "how_is_it"]
    assert elsewhere.current().version == 0
    time.now = 31
    assert elsewhere.current() == touchpoints.load(TEXT, 2)
    assert [(one.version, one.text, one.at) for one in elsewhere.history()] == [(1, ONE, day(1)), (2, TEXT, day(2))]


def test_a_mistake_changes_nothing(names: Settings):
    here = rules(names)
    here.set(ONE, day(1))
    for text in (ONE.replace("order.paid", "order.payed"), "x" * 200_000, "["):
        with pytest.raises(BadPayload):
            here.set(text, day(2))

    assert (here.current().version, len(here.history())) == (1, 1)
    assert here.stored().text == ONE


def test_of_two_who_set_at_once_one_is_told(names: Settings, monkeypatch: pytest.MonkeyPatch):
    here, rival = rules(names), rules(names)
    read = touchpoints.load

    def slow(text: str, version: int):
        rival.set(ONE, day(2))
        return read(text, version)

    with pytest.raises(Conflict, match="look at them"):
        Rules(names, slow, touchpoints.default).set(TEXT, day(1))
    assert here.current() == touchpoints.load(ONE, 1)


def test_what_no_longer_holds_is_not_in_force(names: Settings):
    """A release that has no such template any more: the last good one stays, for a new container the product's own."""
    time = Time()
    here = rules(names, time)
    here.set(ONE, day(1))
    items = SettingsItems(names.settings_table)
    items.put(
        "rules",
        {"version": 2, "text": ONE.replace('"expectations"\nchannels', '"gone"\nchannels'), "at": "2026-03-03T00:00:00Z"},
    )
    time.now = 31

    assert here.current().version == 1
    assert rules(names).current() == touchpoints.default()


def test_a_version_whose_setter_died_half_way_is_in_the_history_all_the_same(names: Settings):
    here = rules(names)
    here.set(ONE, day(1))
    SettingsItems(names.settings_table).delete("rules#1")

    assert [one.version for one in here.history()] == [1]
    here.set(TEXT, day(2))
    assert [one.version for one in rules(names).history()] == [1, 2]
