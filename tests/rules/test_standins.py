"""What a file told without ids gives way to what the platform tells with its own, kind by kind, and only then."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from chalicelib.model.facts import LineFact, OrderFact, RefundFact, ReturnFact, ReturnLineFact
from chalicelib.model.standin import stand_in, stands_in
from chalicelib.rules.standins import without

MADE, OWN = stand_in("S-1"), "5001"


def of(*facts):
    words = {LineFact: "line", RefundFact: "refund", ReturnFact: "return", ReturnLineFact: "return_line", OrderFact: "order"}
    found: dict = {}
    for fact in facts:
        found.setdefault(words[type(fact)], {})[fact.id] = fact
    return found


def test_ids_that_are_made_are_known_and_never_too_long():
    assert stands_in(MADE) and not stands_in(OWN)
    assert stand_in("a", "b") == "~a:b"
    assert len(stand_in("x" * 500)) < 60 and stand_in("x" * 500) != stand_in("x" * 501)


def test_alone_they_stay_and_beside_the_platforms_own_they_go():
    assert without(of(LineFact(MADE))) == of(LineFact(MADE))
    assert without(of(LineFact(MADE), LineFact(OWN))) == of(LineFact(OWN))
    assert without(of(LineFact(MADE), RefundFact(OWN))) == of(LineFact(MADE), RefundFact(OWN))
    assert without(of(OrderFact("~1"), OrderFact("2"))) == of(OrderFact("~1"), OrderFact("2"))


def test_lines_of_a_return_give_way_within_their_return():
    known, made = ReturnFact("77"), ReturnFact("78")
    lines = [ReturnLineFact("~77:S-1", "77"), ReturnLineFact("1", "77"), ReturnLineFact("~78:S-1", "78")]

    assert without(of(known, made, *lines)) == of(known, made, *lines[1:])


def test_a_return_that_gives_way_takes_its_lines_along():
    assert without(of(ReturnFact("~7"), ReturnFact("77"), ReturnLineFact("~7:S", "~7"))) == {
        **of(ReturnFact("77")),
        "return_line": {},
    }


@given(st.lists(st.tuples(st.sampled_from([LineFact, RefundFact, ReturnFact]), st.sampled_from(["~a", "~b", "1", "2"]))))
def test_it_is_idempotent_and_whatever_is_there_stays_in_kind(pairs):
    facts = of(*(kind(id_) for kind, id_ in pairs))
    found = without(facts)

    assert without(found) == found
    assert {word for word, some in found.items() if some} == set(facts)
    for word, some in found.items():
        assert len({stands_in(id_) for id_ in some}) <= 1
        assert some.keys() <= facts[word].keys()
