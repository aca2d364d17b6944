"""Profiles follow from the ties alone: whatever their order, reversible, and never against what a person said."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from itertools import combinations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.model import codec
from chalicelib.model.identity import Tie, TieKind, Whole, tie
from chalicelib.rules import profiles

AT = datetime(2026, 3, 2, tzinfo=UTC)
MEMBERS = tuple(f"shopify/s{n}#b{n}" for n in range(7))
PAIRS = tuple(combinations(MEMBERS, 2))


def between(one: int, other: int, kind: TieKind, bits: int | None = None) -> Tie:
    return tie(MEMBERS[one], MEMBERS[other], kind, AT, "rules", AT, bits)


@st.composite
def ties(draw: st.DrawFn) -> list[Tie]:
    """At most one tie a pair."""
    chosen = draw(st.lists(st.sampled_from(PAIRS), unique=True, max_size=14))
    return [tie(*pair, draw(st.sampled_from(list(TieKind))), AT, "rules", AT) for pair in chosen]


def together(some: list[Tie]) -> set[frozenset[str]]:
    return {frozenset(one.members) for one in profiles.profiles(MEMBERS, some)}


def test_a_chain_of_evidence_makes_one_person():
    found = profiles.profile(MEMBERS[2], MEMBERS, [between(0, 1, TieKind.EMAIL), between(2, 1, TieKind.LIKELY, 35)])

    assert found.members == MEMBERS[:3]
    assert [one.kind for one in found.ties] == [TieKind.EMAIL, TieKind.LIKELY]
    assert found.id == profiles.profile(MEMBERS[0], MEMBERS, [between(0, 1, TieKind.EMAIL), between(1, 2, TieKind.PERSON)]).id


def test_a_suggestion_joins_nobody():
    assert profiles.profile(MEMBERS[0], MEMBERS, [between(0, 1, TieKind.SUGGESTED)]).members == MEMBERS[:1]


def test_never_wins_over_every_way_round():
    some = [between(0, 1, TieKind.PHONE), between(1, 2, TieKind.EMAIL), between(0, 2, TieKind.NEVER)]

    assert together(some) == {frozenset(MEMBERS[1:3]), *(frozenset({one}) for one in (MEMBERS[0], *MEMBERS[3:]))}


def test_nobody_knows_whoever_has_no_ties_as_one_member():
    alone = profiles.profile("shopify/s9#b9", (), [])

    assert alone == Whole(profiles.named(["shopify/s9#b9"]), ("shopify/s9#b9",), ())
    assert len(alone.id) == 24


@given(ties(), st.randoms(use_true_random=False))
def test_the_order_in_which_ties_are_found_does_not_matter(some: list[Tie], dice):
    mixed = list(some)
    dice.shuffle(mixed)

    assert profiles.profiles(MEMBERS, some) == profiles.profiles(tuple(reversed(MEMBERS)), mixed)


@given(ties())
def test_everybody_is_in_one_person_and_no_pair_that_was_split_is_together(some: list[Tie]):
    groups = together(some)

    assert sorted(member for group in groups for member in group) == sorted(MEMBERS)
    assert not [one for one in some if one.kind is TieKind.NEVER and any({one.a, one.b} <= group for group in groups)]


@given(ties().filter(lambda some: not [one for one in some if one.kind is TieKind.NEVER]))
def test_without_a_split_people_are_what_hangs_together(some: list[Tie]):
    groups = {member: {member} for member in MEMBERS}
    for _ in MEMBERS:
        for one in some:
            if one.kind in profiles.JOINS:
                groups[one.a] = groups[one.b] = groups[one.a] | groups[one.b]
                for member in groups[one.a]:
                    groups[member] = groups[one.a]

    assert together(some) == {frozenset(one) for one in groups.values()}


@given(ties(), st.sampled_from(PAIRS))
def test_a_merge_and_its_split_leave_everybody_who_they_were(some: list[Tie], pair: tuple[str, str]):
    """Nobody is joined by it any more, and where the two were apart before, everybody is as before."""
    others = [one for one in some if (one.a, one.b) != pair]
    before = together(others)
    split = together([*others, tie(*pair, TieKind.NEVER, AT, "a", AT)])

    assert not any(set(pair) <= group for group in split)
    if not any(set(pair) <= group for group in before):
        assert split == before
        assert profiles.profiles(MEMBERS, [*others, tie(*pair, TieKind.NEVER, AT, "a", AT)]) == \
            profiles.profiles(MEMBERS, others)  # fmt: skip


@pytest.mark.parametrize("before, after, stays", [
    (None, TieKind.SUGGESTED, True), (TieKind.SUGGESTED, TieKind.LIKELY, True), (TieKind.LIKELY, TieKind.SUGGESTED, False),
    (TieKind.LIKELY, TieKind.EMAIL, True), (TieKind.EMAIL, TieKind.EMAIL, False), (TieKind.EMAIL, TieKind.NEVER, True),
    (TieKind.NEVER, TieKind.EMAIL, False), (TieKind.NEVER, TieKind.PERSON, True), (TieKind.PERSON, TieKind.NEVER, True),
    (TieKind.PERSON, TieKind.PERSON, False), (TieKind.PERSON, TieKind.EMAIL, False),
])  # fmt: skip
def test_a_persons_word_stands_and_the_surer_finding(before: TieKind | None, after: TieKind, stays: bool):
    known = between(0, 1, before) if before else None

    assert profiles.stands(known, between(0, 1, after)) is stays


def test_a_tie_has_one_spelling_and_two_ends():
    one = tie(MEMBERS[3], MEMBERS[1], TieKind.LIKELY, AT, "rules", AT, 31)

    assert (one.a, one.b) == (MEMBERS[1], MEMBERS[3])
    assert codec.decode(Tie, codec.loads(codec.dumps(codec.encode(one))), "tie") == replace(one)
    with pytest.raises(ValueError, match="itself"):
        tie(MEMBERS[0], MEMBERS[0], TieKind.EMAIL, AT, "rules", AT)
