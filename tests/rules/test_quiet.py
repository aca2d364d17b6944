"""Quiet hours: day or night at every place on earth, on the days when clocks are set as on all others."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from functools import cache
from zoneinfo import ZoneInfo, available_timezones

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chalicelib.model.person import Channel
from chalicelib.rules import policies, quiet
from chalicelib.rules.policies import Window

DAY = Window(time(8), time(21))
ODD = Window(time(1, 30), time(2, 45))  # lies in the hour that most clocks skip or repeat
ZONES = sorted(available_timezones())
START, END = datetime(2026, 1, 1, tzinfo=UTC), datetime(2028, 1, 1, tzinfo=UTC)


@cache
def changes(zone: str) -> tuple[datetime, ...]:
    """The hours of 2026 and 2027 after which a zone's clocks were set."""
    found, place, at = [], ZoneInfo(zone), START
    while at < END:
        if at.astimezone(place).utcoffset() != (at + timedelta(days=1)).astimezone(place).utcoffset():
            hours = (at + timedelta(hours=n) for n in range(24))
            found += [one for one in hours if one.astimezone(place).utcoffset() != _later(one).astimezone(place).utcoffset()]
        at += timedelta(days=1)
    return tuple(found)


def _later(moment: datetime) -> datetime:
    return moment + timedelta(hours=1)


def around(zone: str) -> list[datetime]:
    """Each hour of two days around each change, and of a day without one."""
    middle = [*changes(zone), datetime(2026, 6, 15, 12, tzinfo=UTC)]
    return [moment + timedelta(hours=hour) for moment in middle for hour in range(-24, 25)]


def test_there_are_zones_and_changes_to_try():
    assert len(ZONES) > 400
    assert sum(len(changes(zone)) for zone in ZONES) > 500
    assert len(changes("Europe/Berlin")) == len(changes("America/New_York")) == 4
    assert changes("Asia/Shanghai") == ()


# The night is eleven hours, and clocks are set by two at most; on the day Troll sets its clock there is no ODD at all.
@pytest.mark.parametrize("window, longest", [(DAY, 13), (ODD, 45)], ids=["day", "odd"])
def test_at_every_place_around_every_change_nothing_goes_out_at_night_nor_late(window: Window, longest: int):
    """`allowed` says what a clock on the wall there says; the next moment is in the window by that clock, and soon."""
    wrong = []
    for zone in ZONES:
        place = ZoneInfo(zone)
        for now in around(zone):
            wall = window.start <= now.astimezone(place).time() < window.end
            then = quiet.next_allowed(now, (zone,), window)
            right = then is not None and window.start <= then.astimezone(place).time() < window.end
            soon = then is not None and now <= then <= (now if wall else now + timedelta(hours=longest))
            if quiet.allowed(now, (zone,), window) is not wall or not right or not soon:
                wrong.append((zone, now, then))
    assert wrong == []


@settings(deadline=None)
@given(
    st.lists(st.sampled_from(ZONES), min_size=1, max_size=5),
    st.datetimes(datetime(2025, 1, 1), datetime(2030, 1, 1), timezones=st.just(UTC)),
    st.integers(0, 23),
    st.integers(1, 24),
)
def test_wherever_and_whenever_the_next_moment_suits_every_place(zones: list[str], now: datetime, start: int, length: int):
    window = Window(time(start), time.max if start + length >= 24 else time(start + length))
    then = quiet.next_allowed(now, zones, window)

    if then is not None:
        assert now <= then <= now + timedelta(hours=48)
        assert all(window.start <= then.astimezone(ZoneInfo(zone)).time() < window.end for zone in zones)
    # Nothing a quarter of an hour apart was passed over.
    quarters = [now + timedelta(minutes=15 * n) for n in range(4 * 47)]
    first = next((moment for moment in quarters if quiet.allowed(moment, zones, window)), None)
    assert first is None or (then is not None and then <= first)


@pytest.mark.parametrize("country, province, expected", [
    ("FR", None, {"Europe/Paris"}),
    ("us", "ca", {"America/Los_Angeles"}),
    ("US", "US-HI", {"Pacific/Honolulu"}),
    ("US", "FL", {"America/New_York", "America/Chicago"}),
    ("CA", "SK", {"America/Regina", "America/Swift_Current", "America/Edmonton"}),
    ("AU", "WA", {"Australia/Perth", "Australia/Eucla"}),
    ("BR", "PE", {"America/Recife", "America/Noronha"}),
    ("MX", "Q ROO", {"America/Cancun"}),
    ("ID", "BA", {"Asia/Makassar"}),
    ("RU", "KGD", {"Europe/Kaliningrad"}),
    ("XK", None, {"Europe/Belgrade"}),
])  # fmt: skip
def test_where_a_buyer_may_be(country: str, province: str | None, expected: set[str]):
    assert set(quiet.zones(country, province)) == expected


def test_a_province_nobody_knows_is_the_whole_country_and_a_country_the_whole_world():
    assert len(quiet.zones("US")) == len(quiet.zones("US", "ZZ")) == 29
    for country, province in ((None, None), ("", ""), ("EIRE", None), ("Unspecified", "x"), ("US", "AP")):
        assert len(quiet.zones(country, province)) > 400


def test_provinces_lie_in_zones_of_their_country_and_cover_all_of_them():
    data = policies.data("zones.toml")
    territories = {"America/Puerto_Rico", "America/St_Thomas", "Pacific/Guam", "Pacific/Saipan", "Pacific/Pago_Pago"}
    for country in ("US", "CA", "AU", "BR", "MX", "ID", "RU"):
        rare = {"Antarctica/Macquarie"} | {zone for zone in quiet.zones(country) if zone.startswith("America/Indiana/")}
        assert set(data[country]) - territories <= set(quiet.zones(country))
        assert set(quiet.zones(country)) - set(data[country]) <= rare
    assert len({province for _, provinces in data["US"].items() for province in provinces.split()}) == 51 + 5
    assert len({province for _, provinces in data["RU"].items() for province in provinces.split()}) == 83


def test_for_the_whole_world_there_is_no_decent_hour():
    assert quiet.next_allowed(START, quiet.zones(None), DAY) is None
    assert quiet.next_allowed(START, (), DAY) is None


def test_hours_are_data():
    assert set(policies.windows()) == set(Channel)
    for channel in (Channel.SMS, Channel.PUSH):
        assert (policies.windows()[channel].start, policies.windows()[channel].end) == (time(8), time(21))
