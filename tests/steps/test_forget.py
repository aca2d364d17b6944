"""The daily clean-up: bodies of more than 30 days ago become noise, shop by shop, whatever runs were skipped."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import boto3
import pytest

from chalicelib.effects.intake import day_name
from chalicelib.effects.keys import Keys, Unreadable
from chalicelib.effects.shops import Shops
from chalicelib.steps import forget
from tests.aws import stack


@pytest.fixture
def settings(monkeypatch):
    with stack(monkeypatch) as found:
        yield found


def test_bodies_of_more_than_thirty_days_ago_cannot_be_read(settings):
    keys, shops, today = Keys(settings), Shops(settings.settings_table), datetime.now(UTC)
    sealed = {}
    for source in ("shopify/acme", "standard/erp"):
        shops.note(source)
        for back in (0, 30, 31, 60, 90, 91):
            name = day_name(source, today - timedelta(days=back))
            sealed[source, back] = name, keys.seal(name, b"raw", "context")

    assert forget.prepare(settings)({}) == {"shops": 2, "days": 60}

    readable = set()
    for (source, back), (name, body) in sealed.items():
        try:
            assert Keys(settings).open(name, body, "context") == b"raw"
            readable.add((source, back))
        except Unreadable:
            continue
    assert readable == {(source, back) for source in ("shopify/acme", "standard/erp") for back in (0, 30, 91)}
    assert forget.prepare(settings)({}) == {"shops": 2, "days": 60}


def test_no_other_key_is_touched(settings):
    keys = Keys(settings)
    for name in ("pepper", "vault#shopify/acme", "unsubscribe"):
        keys.get(name)
    Shops(settings.settings_table).note("shopify/acme")

    forget.prepare(settings)({})

    names = {item["pk"]["S"] for item in boto3.client("dynamodb").scan(TableName="keys")["Items"]}
    assert names == {"pepper", "vault#shopify/acme", "unsubscribe"}


def test_each_day_is_covered_by_sixty_runs():
    day = date(2026, 3, 1)
    runs = [n for n in range(200) if day in forget.days(day + timedelta(days=n), day + timedelta(days=n))]

    assert runs == list(range(31, 91))


def test_a_clock_that_was_moved_ahead_never_takes_the_key_bodies_come_in_under():
    real = date(2026, 3, 1)

    assert real not in forget.days(real + timedelta(days=40), real)
    assert real - timedelta(days=1) in forget.days(real + timedelta(days=40), real)
