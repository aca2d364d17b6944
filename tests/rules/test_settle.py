"""Invariants of a state: axes of returns, quantities and money."""

from __future__ import annotations

from dataclasses import replace

import pytest

from chalicelib.model.facts import LineFact, OrderFact, RefundFact, RefundLine, ReturnFact, ReturnLineFact
from chalicelib.model.money import Money
from chalicelib.model.state import State
from chalicelib.model.words import GoodsAxis, MoneyAxis, RequestAxis
from chalicelib.rules.settle import return_of, settle


def order_state(*facts: object) -> State:
    """An order of 2 units for 30.00 USD with these facts beside it."""
    words = {RefundFact: "refund", ReturnFact: "return", ReturnLineFact: "return_line"}
    found: dict = {"order": {"o": OrderFact("o", total=Money(3000, "USD"))}, "line": {"l": LineFact("l", quantity=2)}}
    for fact in facts:
        found.setdefault(words[type(fact)], {})[fact.id] = fact  # type: ignore[attr-defined]
    return State("shopify/acme", "order:o", found)


def back(**values: object) -> ReturnFact:
    return replace(ReturnFact("r"), **values)


@pytest.mark.parametrize("request_axis", [RequestAxis.DECLINED, RequestAxis.WITHDRAWN, RequestAxis.EXPIRED])
def test_a_dead_request_moves_neither_goods_nor_money(request_axis: RequestAxis):
    one = back(request=request_axis, goods=GoodsAxis.RECEIVED, money=MoneyAxis.DONE)

    found = settle(order_state(one)).of("return")["r"]

    assert (found.goods, found.money) == (GoodsAxis.NONE_EXPECTED, MoneyAxis.NONE)


def test_money_is_done_only_with_a_confirmed_refund():
    said = back(request=RequestAxis.APPROVED, money=MoneyAxis.DONE)
    pending = RefundFact("f", return_id="r", amount=Money(1500, "USD"), confirmed=False)

    states = [
        settle(order_state(said)),
        settle(order_state(said, pending)),
        settle(order_state(said, replace(pending, confirmed=True))),
    ]

    assert [one.of("return")["r"].money for one in states] == [MoneyAxis.PENDING, MoneyAxis.PENDING, MoneyAxis.DONE]


def test_a_reversed_refund_stays_reversed():
    refund = RefundFact("f", return_id="r", amount=Money(1500, "USD"), confirmed=True)

    assert settle(order_state(back(money=MoneyAxis.REVERSED), refund)).of("return")["r"].money is MoneyAxis.REVERSED


def test_a_refund_without_a_return_belongs_to_the_only_one_that_covers_its_lines():
    refund = RefundFact("f", amount=Money(1500, "USD"), confirmed=True, lines=(RefundLine("l", 1),))
    line = ReturnLineFact("rl", "r", line_id="l", quantity=1)
    one, two = (
        order_state(back(), line, refund),
        order_state(back(), line, ReturnFact("r2"), ReturnLineFact("x", "r2", line_id="l"), refund),
    )

    assert (return_of(one, refund), return_of(two, refund)) == ("r", None)


def test_broken_invariants_are_named():
    found = settle(
        order_state(
            back(request=RequestAxis.APPROVED),
            ReturnLineFact("rl", "r", line_id="l", quantity=3, received_quantity=4),
            RefundFact("f", amount=Money(4000, "USD"), confirmed=True),
            RefundFact("g", amount=Money(10, "EUR"), confirmed=True),
        )
    )

    assert found.problems == (
        "line l: 3 units returned, 2 ordered",
        "refund in EUR, order in USD",
        "refunded 4000 of 3000 USD (minor units)",
        "return line rl: 4 units received, 3 asked for",
    )


def test_what_was_declined_does_not_count_as_returned_units():
    lines = [ReturnLineFact("a", "r", line_id="l", quantity=2), ReturnLineFact("b", "r2", line_id="l", quantity=2)]

    assert settle(order_state(back(request=RequestAxis.DECLINED), ReturnFact("r2"), *lines)).problems == ()
