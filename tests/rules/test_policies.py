"""Policies are data, and each says where it is from."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from chalicelib import platforms
from chalicelib.model.person import Channel
from chalicelib.rules import policies

OURS = {"shopify", "woocommerce", "standard"}
KNOWN = OURS | {"amazon", "ebay", "walmart", "shopee", "lazada", "tiktok_shop", "aliexpress", "mercadolibre", "temu", "wish"}


def test_every_platform_has_a_contact_rule_and_a_deadline():
    assert set(policies.contacts()) == set(policies.deadlines()) == KNOWN
    trackers = {name for name in platforms.names() if hasattr(platforms.get(name), "TRACKER")}  # they sell nothing
    assert set(platforms.names()) - trackers <= KNOWN


@pytest.mark.parametrize("name", sorted(KNOWN))
def test_a_rule_says_why_by_which_source_and_as_of_when(name: str):
    for rule in (policies.contact(name), policies.deadline(name)):
        assert rule.source
        assert rule.mark in ("C", "L", "U")
        assert date(2026, 1, 1) <= rule.as_of
    assert policies.contact(name).why.endswith(".")
    assert policies.deadline(name).on_silence


def test_only_a_sellers_own_shop_is_written_from_by_itself():
    assert {name for name, rule in policies.contacts().items() if rule.send} == OURS


def test_of_a_platform_nobody_has_read_about_nothing_is_sent():
    assert policies.contact("etsy").send == ()
    assert "etsy" in policies.contact("etsy").why
    assert policies.deadline("etsy").within is None


def test_caps_and_hours_are_data():
    assert [(cap.messages, cap.within) for cap in policies.caps()] == [(1, timedelta(days=1)), (3, timedelta(days=7))]
    assert set(policies.windows()) == set(Channel)
    assert "64.1200" in policies.windows()[Channel.SMS].source


def test_promises_are_two_days():
    assert policies.promise("answer") == policies.promise("refund") == timedelta(hours=48)
