"""The contact policy: who is written to, how and when, and the words for why not."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.model.action import ActionStatus
from chalicelib.model.facts import DisputeFact, ShipmentFact
from chalicelib.model.person import Channel, ConsentWord
from chalicelib.model.touch import Hold, Later, MessageClass, Send, Suppress, Verdict
from chalicelib.model.words import EventType, ShipmentStatus
from chalicelib.rules import contact, policies
from chalicelib.rules.contact import Facts, decide
from tests.letters import NOW, PROFILE, SUBJECT, buyer, delivered, entry, facts, log
from tests.lives import SOURCE, day

UNSUBSCRIBED, SUBSCRIBED, BOUNCED, COMPLAINED = (
    ConsentWord.UNSUBSCRIBED, ConsentWord.SUBSCRIBED, ConsentWord.BOUNCED, ConsentWord.COMPLAINED,
)  # fmt: skip
TOUCHPOINT = facts().touchpoint


def of(kind: MessageClass, *channels: Channel, **changes):
    return replace(TOUCHPOINT, kind=kind, channels=channels or (Channel.MAIL,), **changes)


def sourced(source: str) -> Facts:
    return facts(state=replace(delivered(), source=source))


def test_when_nothing_speaks_against_it_it_goes():
    assert decide(facts(), NOW) == Send(Channel.MAIL)


@pytest.mark.parametrize("changes, kind, said", [
    ({"touchpoint": None}, Suppress, "rule that asked for it is gone"),
    ({"touchpoint": replace(TOUCHPOINT, on_=False)}, Suppress, "switched off"),
    ({"touchpoint": replace(TOUCHPOINT, platforms=("shopee",))}, Suppress, "no longer meant for this shop"),
    ({"profile": replace(PROFILE, closed_at=day(6))}, Suppress, "disconnected on 2026-03-07"),
    ({"state": delivered(test=True)}, Suppress, "test order"),
    ({"state": replace(delivered(), facts={})}, Later, "not yet of the order itself"),
    ({"state": delivered(cancelled_at=day(5))}, Suppress, "cancelled"),
    ({"state": delivered(upto=5)}, Suppress, "a return was asked for"),
    ({"state": delivered(upto=6)}, Suppress, "a return was asked for"),
    ({"profile": replace(PROFILE, sender="")}, Hold, "./wellkept shop set shopify acme --sender"),
    ({"profile": replace(PROFILE, postal=" \n")}, Hold, "./wellkept shop set shopify acme --postal"),
    ({"buyer": None}, Suppress, "unknown or was erased"),
    ({"buyer": buyer(email=None)}, Suppress, "no mail address is known"),
    ({"consents": log((UNSUBSCRIBED, day(5)))}, Suppress, "unsubscribed on 2026-03-06"),
    ({"consents": log((BOUNCED, day(5)))}, Suppress, "does not exist"),
    ({"consents": log((COMPLAINED, day(5)))}, Suppress, "reported as unwanted"),
    ({"paused": "too many bounces"}, Later, "too many bounces"),
])  # fmt: skip
def test_each_objection_has_its_verdict_and_its_words(changes: dict, kind: type, said: str):
    verdict = decide(facts(**changes), NOW)

    assert isinstance(verdict, kind)
    assert said in verdict.why


def test_a_message_out_of_its_window_is_old_news():
    assert isinstance(decide(facts(), day(14) - timedelta(minutes=1)), Send)
    assert "out of its window" in decide(facts(), day(14)).why


@pytest.mark.parametrize("fact, word, said", [
    (("dispute", DisputeFact("d1", day(5))), "disputed", "dispute"),
    (("shipment", ShipmentFact("s1", day(5), status=ShipmentStatus.LABELLED)), "dispatched", None),
    (("shipment", ShipmentFact("s1", day(5), status=ShipmentStatus.IN_TRANSIT)), "dispatched", "on its way already"),
    (("shipment", ShipmentFact("s1", day(5), status=ShipmentStatus.DELIVERED)), "delivered", "has arrived"),
    (("shipment", ShipmentFact("s1", day(5), status=ShipmentStatus.LOST)), "in_trouble", "late, lost or stopped"),
    (("shipment", ShipmentFact("s1", day(5), status=ShipmentStatus.LOST, delivered_at=day(6))), "in_trouble", None),
])  # fmt: skip
def test_what_unless_names_suppresses_it(fact: tuple, word: str, said: str | None):
    state = delivered()
    state = replace(state, facts={"order": state.facts["order"], fact[0]: {fact[1].id: fact[1]}})
    verdict = decide(facts(state=state, touchpoint=replace(TOUCHPOINT, unless=(word,))), NOW)

    assert verdict == Send(Channel.MAIL) if said is None else said in verdict.why


def test_a_cancelled_order_is_written_about_only_by_what_outlives_it():
    state = delivered(cancelled_at=day(5))
    for changes, goes in (
        ({"unless": ()}, False),
        ({"unless": (), "on": EventType.ORDER_CANCELLED}, True),
        ({"unless": (), "on": EventType.REFUND_ISSUED}, True),
        ({"unless": (), "kind": MessageClass.CRITICAL}, True),
    ):
        assert isinstance(decide(facts(state=state, touchpoint=replace(TOUCHPOINT, **changes)), NOW), Send) is goes


@pytest.mark.parametrize("platform", ["shopify", "woocommerce", "standard"])
def test_a_sellers_own_shop_may_write_by_itself(platform: str):
    assert decide(sourced(f"{platform}/acme"), NOW) == Send(Channel.MAIL)


@pytest.mark.parametrize(
    "platform",
    ["amazon", "ebay", "walmart", "shopee", "lazada", "tiktok_shop", "aliexpress", "mercadolibre", "temu", "wish", "etsy"],
)
def test_on_a_marketplace_it_becomes_a_draft_for_a_person(platform: str):
    for channel in Channel:
        verdict = decide(replace(sourced(f"{platform}/acme"), touchpoint=of(MessageClass.CRITICAL, channel)), NOW)
        assert isinstance(verdict, Hold)
        assert verdict.why


@pytest.mark.parametrize("words, service, marketing, critical", [
    ([], True, False, True),
    ([(UNSUBSCRIBED, day(1))], False, False, True),
    ([(UNSUBSCRIBED, day(1)), (SUBSCRIBED, day(2))], True, True, True),
    ([(SUBSCRIBED, day(1)), (UNSUBSCRIBED, day(2))], False, False, True),
    ([(UNSUBSCRIBED, day(2)), (SUBSCRIBED, day(2))], False, False, True),
    ([(SUBSCRIBED, day(1))], True, True, True),
    ([(UNSUBSCRIBED, day(1)), (SUBSCRIBED, day(2), contact.UNDONE)], True, False, True),
    ([(BOUNCED, day(1))], False, False, False),
    ([(BOUNCED, day(1)), (SUBSCRIBED, day(2))], False, False, False),
    ([(COMPLAINED, day(1)), (SUBSCRIBED, day(2))], False, False, False),
])  # fmt: skip
def test_the_consent_log_opens_and_closes_an_address_by_class(words: list, service: bool, marketing: bool, critical: bool):
    for kind, goes in zip(("service", "marketing", "critical"), (service, marketing, critical), strict=True):
        verdict = decide(facts(touchpoint=of(MessageClass(kind)), consents=log(*words)), NOW)
        assert isinstance(verdict, Send if goes else Suppress), kind


def test_marketing_goes_to_whoever_agreed_at_the_platform():
    asked = {"touchpoint": of(MessageClass.MARKETING)}

    assert isinstance(decide(facts(buyer=buyer(marketing=True), **asked), NOW), Send)
    for said in (False, None):
        assert "nobody agreed" in decide(facts(buyer=buyer(marketing=said), **asked), NOW).why


def test_agreeing_to_mail_is_not_agreeing_to_sms():
    verdict = decide(facts(buyer=buyer(marketing=True), touchpoint=of(MessageClass.MARKETING, Channel.SMS)), NOW)

    assert isinstance(verdict, Suppress)


def test_the_next_channel_is_taken_where_the_first_is_closed():
    both = of(MessageClass.SERVICE, Channel.MAIL, Channel.SMS)

    assert decide(facts(touchpoint=both, consents=log((UNSUBSCRIBED, day(1)))), NOW) == Send(Channel.SMS)
    verdict = decide(facts(touchpoint=both, buyer=buyer(phone=None), consents=log((BOUNCED, day(1)))), NOW)
    assert "mail address does not exist" in verdict.why
    assert "no phone number is known" in verdict.why


def test_a_pause_of_mail_does_not_hold_up_a_text_message():
    assert decide(facts(paused="bounces"), NOW) == Later(NOW + timedelta(minutes=30), "Sending is paused: bounces")
    assert decide(facts(paused="bounces", touchpoint=of(MessageClass.SERVICE, Channel.SMS)), NOW) == Send(Channel.SMS)


# how often


def sent(hours_ago: float, key: str = "message#other", status: ActionStatus = ActionStatus.SENT):
    return entry(key, status, settled_at=NOW - timedelta(hours=hours_ago))


def test_one_message_a_day_and_three_a_week():
    assert isinstance(decide(facts(others=(sent(25),)), NOW), Send)
    day_cap = decide(facts(others=(sent(20),)), NOW)
    assert isinstance(day_cap, Later)
    assert day_cap.at == NOW + timedelta(hours=4)
    assert "at most 1 message in 24 hours" in day_cap.why
    week_cap = decide(facts(others=(sent(30), sent(60), sent(90))), NOW)
    assert isinstance(week_cap, Later)
    # 78 hours on it is evening: then, or the morning after.
    assert timedelta(hours=78) <= week_cap.at - NOW < timedelta(hours=90)
    assert "at most 3 messages in 7 days" in week_cap.why


def test_what_frees_too_late_is_not_sent_at_all():
    late = replace(entry(), action=replace(entry().action, not_after=NOW + timedelta(hours=3)))

    assert "out of its window" in decide(facts(entry=late, others=(sent(20),)), NOW).why


def test_what_may_have_been_sent_counts_and_what_was_not_does_not():
    unknown = replace(sent(0, status=ActionStatus.UNKNOWN), settled_at=None, claimed_at=NOW - timedelta(hours=1))

    assert isinstance(decide(facts(others=(unknown,)), NOW), Later)
    for status in (ActionStatus.READY, ActionStatus.SUPPRESSED, ActionStatus.HELD, ActionStatus.FAILED):
        assert isinstance(decide(facts(others=(sent(1, status=status),)), NOW), Send)


def test_of_two_that_are_sent_at_once_one_waits():
    """Whichever claimed first goes; on the same instant the smaller key. At least one of any two yields to the other."""
    for ours, since in (("message#a", NOW), ("message#c", NOW), ("message#c", NOW - timedelta(seconds=5))):
        mine, other = entry(ours, claimed_at=since), entry("message#b", claimed_at=NOW)
        verdicts = [decide(facts(entry=one, others=(two,)), NOW) for one, two in ((mine, other), (other, mine))]
        assert sum(isinstance(verdict, Later) for verdict in verdicts) >= 1
        assert len({verdict.at for verdict in verdicts if isinstance(verdict, Later)}) == sum(
            isinstance(verdict, Later) for verdict in verdicts
        )


def test_critical_messages_are_not_held_back_by_others():
    assert isinstance(decide(facts(others=(sent(1),), touchpoint=of(MessageClass.CRITICAL)), NOW), Send)


# at what hour


def test_at_night_it_waits_for_the_morning():
    night = NOW.replace(hour=22)
    verdict = decide(facts(), night)

    assert isinstance(verdict, Later)
    assert verdict.at.astimezone(ZoneInfo("Europe/Berlin")).time() == policies.windows()[Channel.MAIL].start
    assert verdict.at - night < timedelta(hours=12)
    assert "night" in verdict.why


def test_a_morning_that_comes_too_late_is_no_morning():
    late = replace(entry(), action=replace(entry().action, not_after=NOW.replace(hour=23)))

    assert isinstance(decide(facts(entry=late), NOW.replace(hour=22)), Suppress)


def test_the_province_narrows_where_the_buyer_may_be():
    morning = NOW.replace(hour=14)  # 9 in New York, 4 in Honolulu, in winter
    assert isinstance(decide(facts(buyer=buyer(country="US", province="NY")), morning), Send)
    assert isinstance(decide(facts(buyer=buyer(country="US", province="HI")), morning), Later)
    assert isinstance(decide(facts(buyer=buyer(country="US")), morning), Later)


def test_with_no_country_mail_keeps_the_shops_hours_and_sms_waits_for_a_person():
    somewhere = {"state": delivered(country="nowhere"), "profile": replace(PROFILE, zone="Asia/Shanghai")}

    assert isinstance(decide(facts(buyer=buyer(country=None), **somewhere), NOW.replace(hour=12)), Send)
    assert isinstance(decide(facts(buyer=buyer(country=None), **somewhere), NOW.replace(hour=14)), Later)
    sms = facts(buyer=buyer(country=None), touchpoint=of(MessageClass.SERVICE, Channel.SMS), **somewhere)
    assert isinstance(decide(sms, NOW), Hold)


def test_a_shop_zone_that_is_none_counts_as_utc():
    lost = facts(buyer=buyer(country=None), state=delivered(country="?"), profile=replace(PROFILE, zone="Mars/Olympus"))

    assert isinstance(decide(lost, NOW), Send)


verdicts = st.builds(
    lambda hours, country, kind, others, paused, words: (
        facts(
            buyer=buyer(country=country), touchpoint=of(kind), paused=paused, consents=log(*words),
            others=tuple(sent(ago, f"message#{n}") for n, ago in enumerate(others)),
        ),
        NOW + timedelta(hours=hours),
    ),
    st.floats(-40, 200), st.sampled_from(["US", "DE", "CN", "RU", "KI", "BR", None]), st.sampled_from(MessageClass),
    st.lists(st.floats(0, 300), max_size=5), st.sampled_from([None, "bounces"]),
    st.lists(st.tuples(st.sampled_from(ConsentWord), st.integers(0, 6).map(day)), max_size=4),
)  # fmt: skip


@given(verdicts)
def test_whatever_the_facts_say_the_promises_hold(asked: tuple):
    """Nothing goes out of its window or at night, over the cap, or to whoever refused; and `later` is later."""
    known, now = asked
    verdict: Verdict = decide(known, now)

    if isinstance(verdict, Later):
        assert now < verdict.at
        assert verdict.at < known.entry.action.not_after or known.paused
    if isinstance(verdict, Send):
        assert now < known.entry.action.not_after
        country = known.buyer.person.country or known.state.order.country
        zone = {"DE": "Europe/Berlin", "CN": "Asia/Shanghai", "KI": "Pacific/Kiritimati"}.get(country)
        window = policies.windows()[Channel.MAIL]
        assert zone is None or window.start <= now.astimezone(ZoneInfo(zone)).time() < window.end
        words = {one.word for one in known.consents.get(Channel.MAIL, ())}
        assert not words & {BOUNCED, COMPLAINED}
        if known.touchpoint.kind is not MessageClass.CRITICAL:
            times = [one.settled_at for one in known.others]
            for cap in policies.caps():
                assert sum(now - cap.within < time <= now for time in times) < cap.messages


def test_facts_come_in_the_order_that_steps_give_them():
    assert Facts.__slots__ == ("entry", "state", "touchpoint", "profile", "buyer", "consents", "others", "paused")
    assert (facts().state.source, facts().state.subject) == (SOURCE, SUBJECT)
