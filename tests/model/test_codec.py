"""The codec, money and times: one spelling for each value, and a clear word for each fault."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.model import codec, log, money, times
from chalicelib.model.errors import BadPayload
from chalicelib.model.event import Event, Link
from chalicelib.model.facts import KINDS, LineFact, OrderFact, RefundFact, RefundLine
from chalicelib.model.money import Money
from chalicelib.model.words import EventType, LineKind

moments = st.datetimes(datetime(2005, 1, 1), datetime(2040, 12, 31), timezones=st.just(UTC)).map(
    lambda time: time.replace(microsecond=time.microsecond // 1000 * 1000)
)
words = st.text(st.characters(codec="utf-8"), min_size=1, max_size=40)
amounts = st.builds(Money, st.integers(-(10**12), 10**12), st.sampled_from(["USD", "JPY", "KWD"]))
lines = st.builds(
    LineFact, words, st.none() | moments, sku=st.none() | words, quantity=st.none() | st.integers(-999, 999),
    unit_price=st.none() | st.decimals(0, 10**6, places=6).map(money.plain), discount=st.none() | amounts,
    kind=st.none() | st.sampled_from(LineKind), booked_at=st.none() | moments,
)  # fmt: skip
refunds = st.builds(
    RefundFact, words, amount=st.none() | amounts, confirmed=st.none() | st.booleans(),
    lines=st.none() | st.lists(st.builds(RefundLine, words, st.integers(0, 9), st.none() | amounts), min_size=1,
    max_size=3).map(tuple),
)  # fmt: skip
events = st.builds(
    Event, st.sampled_from(EventType), moments, st.lists(lines | refunds, max_size=4).map(tuple), st.dictionaries(words,
    words, max_size=2),
    st.none() | words, st.lists(st.builds(Link, words, words), max_size=2).map(tuple), st.integers(0, 9),
)  # fmt: skip


@given(st.lists(events, max_size=3).map(tuple))
def test_events_survive_the_log(some: tuple[Event, ...]):
    written = log.pack(log.dump_events(some))

    assert log.load_events(log.unpack(written)) == some


def test_every_kind_of_fact_has_a_codec():
    for cls in KINDS.values():
        assert {code.name for code in codec.codes(cls)} >= {"id", "at"}


@pytest.mark.parametrize(
    ("value", "said"),
    [
        ([], "fact: expected an object, got a list"),
        ({}, "fact.id: is missing"),
        ({"id": "1", "quantity": "two"}, "fact.quantity: expected a whole number, got text"),
        ({"id": "1", "quantity": True}, "fact.quantity: expected a whole number, got true or false"),
        ({"id": "1", "quantity": 2**60}, "fact.quantity: number is too large"),
        (
            {"id": "1", "kind": "gift"},
            "fact.kind: expected one of sale, return, service, free, write_off, bad_debt, got 'gift'",
        ),
        ({"id": "1", "unit_price": "NaN"}, "fact.unit_price: expected a finite number, got 'NaN'"),
        ({"id": "1", "unit_price": "1e30"}, "fact.unit_price: price 1e30 is beyond any product"),
        ({"id": "1", "booked_at": "2026-01-01T00:00:00"}, "fact.booked_at: time '2026-01-01T00:00:00' has no offset from UTC"),
        (
            {"id": "1", "booked_at": "1066-01-01T00:00:00Z"},
            "fact.booked_at: time '1066-01-01T00:00:00Z' lies outside 2005 to 2040",
        ),
        ({"id": "1", "discount": {"amount": 1}}, "fact.discount.currency: is missing"),
        ({"id": "x" * 1001}, "fact.id: text of 1001 characters, at most 1000 are taken"),
    ],
)
def test_a_fault_is_named_with_its_place(value: object, said: str):
    with pytest.raises(BadPayload) as caught:
        codec.decode(LineFact, value, "fact")

    assert str(caught.value) == said


def test_an_unknown_field_is_named_beside_the_known_ones():
    with pytest.raises(BadPayload, match=r"fact\.colour: is not a field here; known are at, booked_at,"):
        codec.decode(LineFact, {"id": "1", "colour": "red"}, "fact")


@pytest.mark.parametrize(
    "body", [b"", b"{", b'{"a":1,"a":2}', b"[NaN]", b"[Infinity]", b"\xff", b"[" * 100_000, b"1" * 5000 + b"x"]
)
def test_what_is_not_strict_json_is_refused(body: bytes):
    with pytest.raises(BadPayload):
        codec.loads(body)


def test_half_a_surrogate_cannot_reach_the_store():
    assert codec.text("a\ud800b", "title") == "a?b"


def test_one_value_has_one_spelling():
    one = OrderFact("1", placed_at=datetime(2026, 3, 1, 12, tzinfo=timezone(timedelta(hours=8))))

    assert codec.dumps(codec.encode(one)) == b'{"id":"1","placed_at":"2026-03-01T04:00:00Z"}'
    assert [money.price(text, "p") for text in ("19.90", "19.900000", "1.99e1")] == [Decimal("19.9")] * 3
    assert str(money.price("100.00", "p")) == "100"


@pytest.mark.parametrize(
    ("text", "currency", "minor"),
    [("19.99", "USD", 1999), ("1999", "JPY", 1999), ("1.234", "KWD", 1234), ("0.125", "EUR", 12), ("-5", "EUR", -500)],
)
def test_amounts_are_whole_minor_units_of_their_currency(text: str, currency: str, minor: int):
    assert money.money(text, currency, "amount") == Money(minor, currency)


@pytest.mark.parametrize("value", [True, None, [], "twelve", "1e400", float("inf"), "9" * 16])
def test_absurd_amounts_are_refused(value: object):
    with pytest.raises(BadPayload):
        money.money(value, "USD", "amount")


@given(moments)
def test_times_survive_their_text(time: datetime):
    assert times.parse(times.text(time), "time") == time
    assert times.from_millis(times.millis(time)) == time


def test_bytes_that_were_never_packed_are_refused():
    for data in (b"", b"\x07abc", b"\x01\xff\xff"):
        with pytest.raises(ValueError, match="not a packed record"):
            log.unpack(data)
