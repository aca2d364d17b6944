"""Dated policies: what holds where and when, nothing twice, nothing made up."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.model.errors import BadPayload
from chalicelib.model.policy import Cause, Entry, Fault, PaidBy, ResponseKind
from chalicelib.model.words import Reason
from chalicelib.platforms import _reasons
from chalicelib.rules import dated, policies, windows
from tests.rules.test_policies import KNOWN, OURS

NOW = date(2026, 11, 22)
EU = ("DE", "FR", "ES", "IE", "SE")
FILES = {
    "windows": (windows.windows(), lambda one: [(one.cause, one.programme, part) for part in one.categories or ("",)]),
    "deadlines": (windows.responses(), lambda one: [one.kind]),
    "payers": (windows.payers(), lambda one: one.faults),
    "health": (windows.thresholds(), lambda one: [one.metric]),
}  # fmt: skip
every_file = pytest.mark.parametrize("name", FILES)


@every_file
def test_no_two_entries_contradict_each_other(name: str):
    some, key = FILES[name]

    assert list(dated.contradictions(some, key)) == []


@every_file
def test_every_entry_says_by_which_source_how_sure_and_as_of_when(name: str):
    for one in FILES[name][0]:
        entry: Entry = one.entry
        assert entry.platform in KNOWN | {dated.LAW}
        assert entry.source and entry.mark in dated.MARKS and entry.as_of >= date(2026, 1, 1)
        assert all(len(code) == 2 and code.isupper() for code in entry.countries)
        assert entry.since is None or entry.since < (entry.until or date.max)
        assert not entry.note or entry.note.endswith(".")


@every_file
def test_what_is_not_known_says_so_in_words(name: str):
    """A figure that no source gives is left out, and the note says where it may be had or that it was not found."""
    words = ("not found", "says it", "the seller's own", "no figure is published", "was not read", "found for")
    for one in FILES[name][0]:
        if unknown(one):
            assert any(word in one.entry.note.lower() for word in words), one


def unknown(one: Any) -> bool:
    figures = ("days", "years"), ("within", "business_days"), ("limit",)
    names = next((some for some in figures if hasattr(one, some[0])), None)
    if names is None:
        return bool(one.payer in (PaidBy.UNKNOWN, PaidBy.AGREED))
    return all(getattr(one, name) is None for name in names)


@pytest.mark.parametrize("platform", sorted(KNOWN))
def test_every_platform_has_a_window_and_a_payer_even_if_nobody_knows_them(platform: str):
    assert [one for one in windows.windows() if one.entry.platform == platform]
    for fault in Fault:
        assert [one for one in windows.payers() if one.entry.platform == platform and fault in one.faults]


@pytest.mark.parametrize("platform, country, fault, days", [
    ("amazon", "US", Fault.BUYER, 30), ("amazon", "DE", Fault.BUYER, 30), ("ebay", "US", Fault.SELLER, 30),
    ("ebay", "US", Fault.BUYER, None), ("ebay", "DE", Fault.BUYER, 14), ("walmart", "US", Fault.NONE, 30),
    ("shopee", "MY", Fault.BUYER, 15), ("shopee", "TH", Fault.BUYER, None), ("lazada", "SG", Fault.BUYER, 7),
    ("lazada", "TH", Fault.BUYER, None), ("tiktok_shop", "VN", Fault.BUYER, 6), ("tiktok_shop", "VN", Fault.SELLER, None),
    ("tiktok_shop", "US", Fault.BUYER, None), ("shopify", "DE", Fault.BUYER, 14), ("shopify", "US", Fault.BUYER, None),
    ("standard", None, Fault.BUYER, None), ("temu", "ES", Fault.UNKNOWN, 14), ("wish", None, Fault.SELLER, None),
    ("etsy", "US", Fault.BUYER, None), ("etsy", "FR", Fault.BUYER, 14),
])  # fmt: skip
def test_a_window_is_that_of_the_platform_or_of_the_law_whichever_is_longer(platform, country, fault, days):
    assert windows.window(platform, country, NOW, fault).days == days


@pytest.mark.parametrize("country", EU)
def test_who_sells_into_the_union_is_liable_for_two_years(country: str):
    for platform in (*OURS, "amazon", "ebay"):
        found = windows.window(platform, country, NOW, Fault.SELLER)
        assert (found.years, found.entry.platform) == (2, dated.LAW)
    assert windows.window("shopify", country, date(2021, 12, 31), Fault.SELLER).years is None
    assert windows.window("shopify", "US", NOW, Fault.SELLER).years is None


def test_part_of_a_platform_and_some_goods_have_windows_of_their_own():
    assert windows.window("lazada", "SG", NOW, Fault.BUYER, programme="mall").days == 30
    assert windows.window("lazada", "PH", NOW, Fault.BUYER).days is None
    assert windows.window("lazada", "PH", NOW, Fault.BUYER, programme="mall").days == 30
    assert windows.window("tiktok_shop", "VN", NOW, Fault.BUYER, programme="mall").days == 15
    luxury = windows.window("walmart", "US", NOW, Fault.BUYER, category="luxury")
    assert luxury.days is None and "exception" in luxury.entry.note
    assert windows.window("walmart", "US", NOW, Fault.BUYER, category="toys").days == 30


def test_an_entry_holds_from_its_day_until_the_day_before_its_end():
    assert windows.window("shopee", "VN", date(2024, 2, 29), Fault.BUYER).days is None
    assert windows.window("shopee", "VN", date(2024, 3, 1), Fault.BUYER).days == 15
    assert windows.window("shopify", "DE", date(2014, 6, 12), Fault.BUYER).days is None
    assert windows.window("shopify", "DE", date(2014, 6, 13), Fault.BUYER).days == 14


def test_the_last_day_is_counted_from_the_day_after_the_start():
    withdrawal, liable = (windows.window("shopify", "DE", NOW, fault) for fault in (Fault.BUYER, Fault.SELLER))

    assert withdrawal.last_day(date(2026, 3, 2)) == date(2026, 3, 16)
    assert liable.last_day(date(2026, 3, 2)) == date(2028, 3, 2)
    assert liable.last_day(date(2024, 2, 29)) == date(2026, 3, 1)
    assert windows.window("temu", "US", NOW).last_day(date(2026, 3, 2)) is None


@pytest.mark.parametrize("platform, kind, country, within, days", [
    ("amazon", ResponseKind.CLAIM_INFORMATION, "US", timedelta(hours=48), None),
    ("amazon", ResponseKind.CLAIM_APPEAL, None, timedelta(days=30), None),
    ("amazon", ResponseKind.RETURN_REQUEST, None, timedelta(hours=48), None),
    ("ebay", ResponseKind.NOT_RECEIVED, "GB", None, 3), ("ebay", ResponseKind.REFUND, "US", None, 2),
    ("ebay", ResponseKind.RETURN_REQUEST, None, None, 3),
    ("walmart", ResponseKind.REFUND, "US", timedelta(hours=48), None),
    ("walmart", ResponseKind.COMPLAINT, "US", timedelta(hours=1), None),
    ("tiktok_shop", ResponseKind.CANCELLATION, "US", timedelta(hours=24), None),
    ("tiktok_shop", ResponseKind.CANCELLATION, "VN", timedelta(hours=48), None),
    ("shopify", ResponseKind.REFUND, "DE", timedelta(days=14), None), ("shopify", ResponseKind.REFUND, "US", None, None),
    ("shopee", ResponseKind.REFUND, "MY", None, None), ("etsy", ResponseKind.REFUND, "US", None, None),
])  # fmt: skip
def test_a_seller_has_so_long_to_act(platform, kind, country, within, days):
    found = windows.response(platform, kind, country, NOW)

    assert (found.within, found.business_days) == (within, days)
    assert found.on_silence


def test_a_time_is_up_after_hours_or_business_days():
    friday = datetime(2026, 3, 6, 15, tzinfo=UTC)

    def up(platform: str) -> datetime | None:
        return windows.due(windows.response(platform, ResponseKind.REFUND, None, NOW), friday)

    assert up("ebay") == datetime(2026, 3, 10, 15, tzinfo=UTC)
    assert up("walmart") == friday + timedelta(hours=48)
    assert up("shopee") is None


@pytest.mark.parametrize("platform, country, fault, payer", [
    ("walmart", "US", Fault.BUYER, PaidBy.SELLER), ("ebay", "US", Fault.CARRIER, PaidBy.SELLER),
    ("ebay", "US", Fault.BUYER, PaidBy.UNKNOWN), ("ebay", "DE", Fault.BUYER, PaidBy.BUYER),
    ("amazon", "US", Fault.SELLER, PaidBy.AGREED), ("amazon", "DE", Fault.SELLER, PaidBy.SELLER),
    ("shopify", "DE", Fault.SELLER, PaidBy.SELLER), ("shopify", "DE", Fault.BUYER, PaidBy.AGREED),
    ("temu", "US", Fault.SELLER, PaidBy.UNKNOWN), ("etsy", None, Fault.SELLER, PaidBy.UNKNOWN),
])  # fmt: skip
def test_who_pays_for_the_way_back_is_who_is_kindest_to_the_buyer(platform, country, fault, payer):
    assert windows.payer(platform, country, NOW, fault).payer is payer


def test_an_account_is_judged_by_figures_that_differ_by_country():
    limits = {one.metric: one.limit for one in windows.health("walmart", "US", NOW)}
    assert limits["refund rate"] == Decimal("0.06") and limits["cancellation rate"] == Decimal("0.02")
    assert {one.metric: one.limit for one in windows.health("walmart", "CA", NOW)}["refund rate"] == Decimal("0.13")
    assert "refund rate" not in {one.metric for one in windows.health("walmart", None, NOW)}
    assert windows.health("shopify", "US", NOW) == []
    assert all(one.side in ("under", "at most", "over", "at least") for one in windows.thresholds())


def test_every_reason_is_somebodys_doing_and_every_doing_has_a_cause():
    assert {reason: str(fault) for reason, fault in windows.FAULT.items()} == {one: _reasons.fault(one) for one in Reason}
    assert set(windows.CAUSE) == set(Fault)
    assert set(windows.CAUSE.values()) < set(Cause)


def made(**changes: Any) -> dict[str, Any]:
    return {"platform": "etsy", "from": "not found", "note": "", "source": "s", "mark": "C", "as_of": NOW} | changes


@pytest.mark.parametrize("wrong", [{"from": "2026-01-01"}, {"from": ""}, {"mark": "X"}])
def test_an_entry_that_is_wrong_is_refused(wrong: dict[str, Any]):
    with pytest.raises(BadPayload, match="etsy"):
        dated.entry(made(**wrong))


def test_a_contradiction_would_be_found():
    base = windows.windows()[0]

    def at(**changes: Any) -> Any:
        return replace(base, entry=dated.entry(made(**changes)))

    def found(*some: Any) -> int:
        return len(list(dated.contradictions(some, lambda one: [one.cause])))

    assert found(at(), at()) == 1
    assert found(at(countries=["DE"]), at(countries=["EU"])) == 1
    assert found(at(until=date(2026, 2, 1)), at(**{"from": date(2026, 1, 1)})) == 1
    assert found(at(until=date(2026, 1, 1)), at(**{"from": date(2026, 1, 1)})) == 0
    assert found(at(countries=["DE"]), at()) == 0  # a country before everywhere
    assert found(at(countries=["DE"]), at(countries=["FR"])) == 0
    assert found(at(), at(platform="ebay")) == 0


days = st.dates(date(2005, 1, 1), date(2040, 1, 1))
lands = st.sampled_from([None, "US", "DE", "VN", "SG", "XX"])


@given(st.sampled_from(sorted(KNOWN)), lands, days, st.sampled_from(list(Fault)), st.sampled_from(list(ResponseKind)))
def test_whatever_is_asked_there_is_an_answer_and_it_is_no_shorter_than_the_laws(platform, country, on, fault, kind):
    found, law = windows.window(platform, country, on, fault), windows.window("nowhere", country, on, fault)

    assert law.length is None or (found.length or timedelta(0)) >= law.length
    assert windows.payer(platform, country, on, fault).payer in PaidBy
    assert windows.response(platform, kind, country, on).kind is kind
    held: Iterable[Any] = windows.health(platform, country, on)
    assert all(one.entry.since is None or one.entry.since <= on for one in held)


def test_groups_are_countries():
    assert set(policies.data("windows.toml")["groups"]) == {"EU"}
    assert len(dated.entry(made(countries=["EU"])).countries) == 27
