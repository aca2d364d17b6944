"""Touchpoints: rules that are refused with the place and the remedy, and the messages that events ask for."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.model.action import ActionKind
from chalicelib.model.errors import BadPayload
from chalicelib.model.event import Event
from chalicelib.model.person import Channel
from chalicelib.model.tags import LONGEST, tag, untag
from chalicelib.model.touch import MessageClass
from chalicelib.model.words import EventType
from chalicelib.rules import policies, touchpoints
from tests.letters import SUBJECT, delivered
from tests.lives import SOURCE, day

GOOD = """
[[touchpoint]]
id = "hello"
on = "order.paid"
after = "15m"
within = "24h"
template = "expectations"
"""


def test_the_products_own_rules_hold_together():
    book = touchpoints.default()

    assert book.version == 0
    assert [one.id for one in book.touchpoints] == ["expectations", "check_the_parcel", "how_is_it"]
    assert all({"cancelled", "returned", "refunded", "disputed"} <= set(one.unless) for one in book.touchpoints)
    assert all(one.kind is MessageClass.SERVICE for one in book.touchpoints)


def test_what_is_left_out_is_the_careful_choice():
    (one,) = touchpoints.load(GOOD, 7).touchpoints

    assert (one.channels, one.kind, one.platforms, one.on_) == (("mail",), MessageClass.SERVICE, (), True)
    assert one.unless == ("cancelled", "returned", "refunded", "disputed")
    assert touchpoints.load(GOOD.replace("order.paid", "order.cancelled"), 1).touchpoints[0].unless == (
        "returned", "refunded", "disputed",
    )  # fmt: skip


@pytest.mark.parametrize("line, place, remedy", [
    ('ID = "x"', "touchpoint hello", "known are active, after, channels"),
    ('on = "order.payed"', "touchpoint hello.on", "order.paid"),
    ('on = "message.received"', "touchpoint hello.on", "expected one of order.placed"),
    ("on = 5", "touchpoint hello.on", "expected one of"),
    ('after = "3 days"', "touchpoint hello.after", '"3d"'),
    ('after = ""', "touchpoint hello.after", '"3d"'),
    ('after = "-3d"', "touchpoint hello.after", '"3d"'),
    ('after = "٣d"', "touchpoint hello.after", '"3d"'),
    ("after = 3", "touchpoint hello.after", '"3d"'),
    ('after = "900d"', "touchpoint hello.after", "365d"),
    ('within = "15m"', "touchpoint hello.within", "longer than `after`"),
    ('template = "../../settings"', "touchpoint hello.template", "check_the_parcel, expectations, how_is_it"),
    ('channels = ["fax"]', "touchpoint hello.channels[0]", "mail, sms, push"),
    ('channels = "mail"', "touchpoint hello.channels", "list"),
    ("channels = []", "touchpoint hello.channels", "no channel"),
    ('channels = ["mail", "mail"]', "touchpoint hello.channels", "twice"),
    ('class = "vip"', "touchpoint hello.class", "critical, service, marketing"),
    ('platforms = ["Shopify"]', "touchpoint hello.platforms", "shopify"),
    ('platforms = "shopify"', "touchpoint hello.platforms", "list"),
    ('unless = ["rainy"]', "touchpoint hello.unless[0]", "cancelled, returned"),
    ('active = "yes"', "touchpoint hello.active", "true or false"),
    ('id = "Hello World"', "touchpoint 1.id", "small letters"),
    ('id = "' + "a" * 41 + '"', "touchpoint 1.id", "40"),
])  # fmt: skip
def test_a_mistake_is_named_with_its_place_and_what_is_allowed(line: str, place: str, remedy: str):
    field = line.partition(" ")[0]
    kept = [other for other in GOOD.splitlines() if not other.startswith(f"{field} ")]

    with pytest.raises(BadPayload) as caught:
        touchpoints.load("\n".join([*kept, line]), 1)

    assert caught.value.where == place
    assert remedy in caught.value.problem


@pytest.mark.parametrize("text, said", [
    ("[[touchpoint]", "not TOML"),
    ("touchpoint = 3", "[[touchpoint]]"),
    ("touchpoint = [3]", "table"),
    ('rules = "mine"', "known are touchpoint"),
    (GOOD + GOOD, "is taken"),
    (GOOD.replace('template = "expectations"', ""), "template is missing"),
    (GOOD.replace("order.paid", "order.cancelled") + 'unless = ["cancelled"]', "would never be sent"),
    ("\n".join(GOOD.replace("hello", f"h{n}") for n in range(51)), "at most 50"),
])  # fmt: skip
def test_a_whole_that_does_not_hold_together_is_refused(text: str, said: str):
    with pytest.raises(BadPayload) as caught:
        touchpoints.load(text, 1)

    assert said in str(caught.value)


def refusal(rules: object) -> str | None:
    """Where rules are refused; None when they are not."""
    try:
        touchpoints.load(rules, 1)
    except BadPayload as err:
        return err.where
    return None


@given(st.text(max_size=200))
def test_no_text_does_anything_but_load_or_be_refused(text: str):
    assert refusal(text) in (None, "rules", "touchpoint")


@given(st.recursive(st.none() | st.booleans() | st.integers() | st.text(max_size=9), lambda one: st.lists(one, max_size=3)))
def test_no_value_in_any_field_does_anything_but_load_or_be_refused(value: object):
    for field in ("id", "on", "after", "within", "template", "channels", "class", "platforms", "unless", "active"):
        good = {"id": "x", "on": "order.paid", "after": "1h", "within": "2h", "template": "how_is_it"}
        assert (refusal({"touchpoint": [good | {field: value}]}) or "touchpoint").startswith("touchpoint")


@given(
    st.from_regex(r"[a-z_]{1,15}/[A-Za-z0-9._-]{1,80}", fullmatch=True),
    st.text(min_size=1, max_size=200),
    st.from_regex(r"[a-z][a-z0-9_]{0,39}", fullmatch=True),
)
def test_a_key_of_any_legal_length_fits_a_message_tag(source: str, id_: str, touchpoint: str):
    found = touchpoints.key(source, f"order:{id_}", touchpoint)

    assert len(tag(found)) <= LONGEST
    assert untag(tag(found)) == found
    assert found != touchpoints.key(source, f"order:{id_}", touchpoint + "x")


def asked(type_: EventType = EventType.SHIPMENT_DISPATCHED, at: float = 1, now: float | None = None, **more):
    state = more.pop("state", None) or delivered(**more)
    return list(touchpoints.asked(Event(type_, day(at)), state, touchpoints.default(), day(at if now is None else now)))


def test_an_event_asks_for_the_messages_on_it():
    (one,) = asked()

    assert one.key == f"message#{SOURCE}#{SUBJECT}#check_the_parcel"
    assert (one.kind, one.source, one.subject) == (ActionKind.MESSAGE, SOURCE, SUBJECT)
    assert one.data == {"touchpoint": "check_the_parcel", "rule": "0", "class": "service", "at": "2026-03-02T12:00:00Z"}
    assert (one.due_at, one.not_after) == (day(1), day(2))


def test_the_delay_counts_from_the_event_and_not_from_hearing_of_it():
    (one,) = asked(EventType.SHIPMENT_DELIVERED, at=4, now=5)

    assert (one.due_at, one.not_after) == (day(7), day(14))


def test_what_was_due_before_we_heard_of_it_is_due_now():
    (one,) = asked(EventType.SHIPMENT_DELIVERED, at=4, now=9)

    assert one.due_at == day(9)


def test_it_is_due_at_a_decent_hour_of_the_whole_country():
    start = policies.windows()[Channel.MAIL].start

    # Noon in London, early morning in New York: it waits for Honolulu's morning.
    assert asked(country="GB")[0].due_at == day(1)
    assert asked(country="US")[0].due_at.astimezone(ZoneInfo("Pacific/Honolulu")).time() == start
    (japan,) = asked(state=replace(delivered("JP")), at=1.2)
    assert japan.due_at.astimezone(ZoneInfo("Asia/Tokyo")).time() == start


def test_a_decent_hour_that_comes_too_late_moves_nothing():
    book = touchpoints.load(GOOD.replace('"24h"', '"1h"'), 1)
    (one,) = touchpoints.asked(Event(EventType.ORDER_PAID, day(1.2)), delivered("JP"), book, day(1.2))

    assert one.due_at == day(1.2) + timedelta(minutes=15)


@pytest.mark.parametrize("changes", [{"test": True}, {"country": "nowhere"}])
def test_test_orders_ask_for_nothing_and_unknown_countries_for_all(changes: dict):
    assert len(asked(**changes)) == (0 if "test" in changes else 1)


def test_only_orders_ask_for_messages():
    state = delivered()

    assert asked(state=replace(state, subject="return:77")) == []


def test_a_parcel_heard_of_before_its_order_asks_all_the_same():
    (one,) = asked(state=replace(delivered(), facts={}))

    assert one.due_at == day(1)


def test_expectations_are_set_on_the_marketplaces_they_are_meant_for():
    assert asked(EventType.ORDER_PAID) == []
    (one,) = asked(EventType.ORDER_PAID, state=replace(delivered(), source="shopee/acme"))
    assert one.data["touchpoint"] == "expectations"


def test_a_touchpoint_that_is_switched_off_asks_for_nothing():
    book = touchpoints.load(GOOD + "active = false", 1)

    assert list(touchpoints.asked(Event(EventType.ORDER_PAID, day(1)), delivered(), book, day(1))) == []


def test_durations_are_read_in_three_units():
    assert [policies.duration(text, "x") for text in ("0m", "90m", "24h", "3d")] == [
        timedelta(0), timedelta(minutes=90), timedelta(days=1), timedelta(days=3),
    ]  # fmt: skip
