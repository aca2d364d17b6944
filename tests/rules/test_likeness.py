"""Likeness: what counts as one person by name and address, and how sure that is on a made-up crowd."""

from __future__ import annotations

import math
from functools import cache

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.model.identity import TieKind
from chalicelib.model.person import Person
from chalicelib.rules import likeness, spelling
from tests.rules import who_is_who

LIKELY, SUGGESTED = TieKind.LIKELY, TieKind.SUGGESTED
PARTS = ("Sample", "Buyer", "Müller", "王伟", "Иван", "محمد", "Nguyễn", "12", "Apt 4", "10115", "-", " ", "Straße", "号")


def at(name: str, street: str = "12 Sample Street", city: str = "Sampleton", code: str = "12345", land: str = "US") -> Person:
    return Person(full_name=name, street=street, city=city, postcode=code, country=land)


def kind(one: Person, other: Person) -> TieKind | None:
    assert likeness.verdict(one, other) == likeness.verdict(other, one)
    return likeness.verdict(one, other)[0]


@pytest.mark.parametrize("one, other", [
    (at("Otto Vogelsang"), at("VOGELSANG, OTTO")), (at("Otto Vogelsang"), at("Herr Otto Vogelsang")),
    (at("Jürgen Höchberg"), at("Juergen Hoechberg")), (at("Jürgen Höchberg"), at("Jurgen Hochberg")),
    (at("Otto Vogelsang"), at("Otto Karl Vogelsang")), (at("José Quiñones"), at("Jose Quinones")),
    (at("Глеб Воронцов"), at("Gleb Vorontsov")), (at("慕容思远"), at("慕容思远")),
    (at("Otto Vogelsang", "12 Oak Avenue, Apt 4B", code="02108"),
     at("Otto Vogelsang", "Apt 4b, 12 Oak Ave", code="02108-1234")),
    (at("Otto Vogelsang", code="02108"), at("Otto Vogelsang", code="2108")),
    (at("Otto Vogelsang", "Hauptstraße 12 a", "München", "80331", "DE"),
     at("Otto Vogelsang", "Hauptstr. 12A", "Munich", "D-80331", "DE")),
    (at("Глеб Воронцов", "ул. Ленина, д. 5, кв. 12", "Тверь", "170100", "RU"),
     at("Gleb Vorontsov", "Lenina ul. 5-12", "Tver", "170100", "RU")),
    (at("慕容思远", "朝阳区建国路88号5室", "北京市", "100022", "CN"),
     at("慕容思远", "88 Jianguo Road, Chaoyang, Room 5", "Beijing", "100022", "CN")),
    (at("Otto Vogelsang", code=""), at("Otto Vogelsang", code="")),
])  # fmt: skip
def test_the_same_written_in_another_way_is_the_same(one: Person, other: Person):
    assert kind(one, other) is LIKELY


@pytest.mark.parametrize("one, other", [
    (at("Otto Vogelsang"), at("Ute Vogelsang")),  # a couple
    (at("Otto Vogelsang"), at("Otto Brandstetter")),  # one given name in a house
    (at("Otto Vogelsang"), at("Otto Vogelsang", "99 Other Road", "Otherton", "54321")),  # one name in two towns
    (at("Maria Garcia"), at("Maria Garcia", "99 Other Road")),  # a frequent name, in one part of town
    (at("John Thornford Jr."), at("John Thornford Sr.")),
    (at("O*** V***"), at("O*** V***")),  # masked
    (at("王伟", "12号"), at("王薇", "99号")),
])  # fmt: skip
def test_two_people_are_two(one: Person, other: Person):
    assert kind(one, other) is None


@pytest.mark.parametrize("one, other", [
    (at("Marianna Vogelsang"), at("Marianne Vogelsang")),  # twins, or a slip of the pen
    (at("J. Vogelsang"), at("Jasper Vogelsang")),  # or Jutta
    (at("John Thornford"), at("John Thornford Jr.")),
    (at("Karl Vogelsang"), at("Otto Karl Vogelsang")),  # a father's name behind the son's own
    (at("Maria Garcia"), at("Maria Garcia")),
    (at("王伟"), at("王薇")), (at("王佳怡"), at("王佳仪")),
    (at("أحمد الحربي", land="SA"), at("حمد الحربي", land="SA")),
    (at("Hùng Đoàn", land="VN"), at("Hưng Đoàn", land="VN")),
    (at("Otto Vogelsang", "12 Sample Street, Apt 3"), at("Otto Vogelsang", "12 Sample Street, Apt 9")),
    (at("Otto Vogelsang"), at("Otto Vogelsang", "99 Other Road")),  # moved round the corner
    (at("Otto Vogelsang"), at("Otto Vogelsang", land="CA")),
    (at("محمد الشمري", "شارع 12", "الرياض", "11564", "SA"), at("Mohammed Alshamri", "12 Fahd Street", "Riyadh", "11564", "SA")),
])  # fmt: skip
def test_what_nobody_can_tell_is_at_most_suggested(one: Person, other: Person):
    assert kind(one, other) in (SUGGESTED, None)


def test_a_person_is_asked_about_what_is_nearly_sure():
    assert kind(at("Marianna Vogelsang"), at("Marianne Vogelsang")) is SUGGESTED
    assert kind(at("Otto Vogelsang"), at("Otto Vogelsang", "99 Other Road")) is SUGGESTED
    assert kind(at("Otto Vogelsang"), Person(full_name="Otto Vogelsang", postcode="12345", country="US")) is SUGGESTED


@pytest.mark.parametrize("one, other, said", [
    ("Otto Vogelsang", "Ute Vogelsang", True), ("Otto Vogelsang", "Ute Brandstetter", True),
    ("Otto Vogelsang", "VOGELSANG Otto", False), ("Otto", "Otto Vogelsang", False), ("王伟", "Otto Vogelsang", False),
    ("Marianna Vogelsang", "Marianne Vogelsang", False),
])  # fmt: skip
def test_names_that_are_two_peoples_contradict(one: str, other: str, said: bool):
    assert likeness.contradict(Person(full_name=one), Person(full_name=other)) is said
    assert likeness.contradict(Person(name=one), Person()) is False


texts = st.one_of(st.none(), st.text(max_size=40), st.lists(st.sampled_from(PARTS), max_size=6).map(" ".join))
lands = st.sampled_from([None, "US", "CN"])
somebody = st.builds(Person, full_name=texts, street=texts, city=texts, postcode=texts, country=lands)


@given(somebody, somebody)
def test_whatever_is_said_likeness_is_the_same_from_both_sides(one: Person, other: Person):
    kind(one, other)
    assert likeness.contradict(one, other) == likeness.contradict(other, one) or one.country != other.country


@given(somebody)
def test_who_shares_everything_is_found_again(one: Person):
    assert likeness.blocks(one) == likeness.blocks(one)
    for value in likeness.blocks(one).values():
        assert value is None or str(one.country) in value


def test_a_name_in_two_orders_is_found_under_one_block():
    assert likeness.blocks(at("Otto Vogelsang")) == likeness.blocks(at("VOGELSANG, Otto", "12 Sample St"))


def test_spelling_gives_parts_that_can_be_compared():
    junior = spelling.Name(("jurgen", "van", "der", "hochberg"), "jr", "LATIN", "")
    assert spelling.name("Dr. Jürgen van der Höchberg Jr.") == junior
    assert spelling.street("Apt 4B, 123 5th Avenue").numbers == ("123", "4b")
    assert spelling.street("12 a Sample Street") == spelling.Street(("sample",), ("12a",), "LATIN")
    assert spelling.postcode("1234", "US") == "01234" and spelling.postcode("LV-1010", "LV") == "1010"
    assert spelling.postcode("SW1A 1AA", "GB") == "SW1A1AA"
    assert spelling.name("***") is None and spelling.street("") is None and spelling.city(" ") is None


@cache
def measured() -> list[who_is_who.Measured]:
    return who_is_who.measured()


def test_who_is_joined_by_likeness_alone_is_one_person_in_99_of_100_cases():
    """With the lower end of the 95 % interval (Wilson), so that it is no luck of the seed."""
    everybody = measured()[-1]
    wrong, pairs, z = everybody.joined - everybody.rightly, everybody.joined, 1.96
    share, spread = everybody.rightly / pairs, z * z / pairs
    low = (share + spread / 2 - math.sqrt(spread * share * (1 - share) + spread * spread / 4)) / (1 + spread)

    assert pairs > 1000 and low >= 0.99, (wrong, pairs)
    assert all(one.precision >= 0.97 or one.joined - one.rightly <= 2 for one in measured())


def test_enough_is_found_for_it_to_be_worth_while():
    everybody = measured()[-1]

    assert everybody.recall > 0.35 and everybody.found > 0.65


def test_the_page_gives_the_figures_that_were_measured():
    text = who_is_who.PLACE.read_text("utf-8")

    assert text == who_is_who.page(text, measured()), "run python -m tests.rules.who_is_who"
