"""Quiet hours: where on earth a buyer may be, and when it is day in all of those places.

Nobody tells us a buyer's zone, so every zone of their country counts, narrowed by the province where one is known. A moment
is allowed only if it is within the channel's hours in all of them: the strictest reading.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, time, timedelta
from functools import cache, lru_cache
from importlib.resources import files
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from .policies import Window, data

HORIZON = timedelta(hours=48)
_PROBES = [timedelta(hours=hours) for hours in range(0, 97, 12)]


@cache
def zones(country: str | None, province: str | None = None) -> tuple[str, ...]:
    """Every IANA zone that a buyer of this country (ISO 3166-1) and province (ISO 3166-2, second half) may be in.

    A province that is not on file counts as the whole country, a country that is not as the whole world.
    """
    place, part = (country or "").upper(), (province or "").upper().replace(" ", "_").removeprefix(f"{country}-".upper())
    if part and part in _anywhere().get(place, ()):
        return _world()
    return _provinces().get((place, part)) or _countries().get(place) or _world()


def known(country: str | None) -> bool:
    """Whether a country's zones are on file."""
    return (country or "").upper() in _countries()


def one(zone: str) -> tuple[str, ...]:
    """A zone by its name; UTC when there is none of that name."""
    try:
        ZoneInfo(zone)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return ("UTC",)
    return (zone,)


def allowed(now: datetime, places: Sequence[str], window: Window) -> bool:
    """Whether it is within the window at all of these places."""
    return all(_within(now, ZoneInfo(place), window) for place in places)


def next_allowed(now: datetime, places: Sequence[str], window: Window) -> datetime | None:
    """The first moment from now on that is within the window at all of these places; None when there is none in 48 hours.

    Such a moment is now, or the start of the window at one of the places: only starts are tried.
    """
    if not places:
        return None
    if allowed(now, places, window):
        return now
    if tuple(places) == _world():
        # It is always night somewhere.
        return None
    today = now.astimezone(UTC).date()
    some = _different(today, tuple(places))
    starts = sorted({start for place in some for start in _starts(today, place, window) if now < start <= now + HORIZON})
    return next((one for one in starts if allowed(one, some, window) and allowed(one, places, window)), None)


def _within(now: datetime, zone: ZoneInfo, window: Window) -> bool:
    return window.start <= now.astimezone(zone).time() < window.end


@lru_cache(maxsize=4096)
def _starts(today: date, place: str, window: Window) -> frozenset[datetime]:
    """When the window opens at a place around the days from today on. On the day a clock is set back it may open twice."""
    days = [today + timedelta(days=n) for n in range(-1, 4)]
    local = [datetime.combine(day, window.start, ZoneInfo(place)).replace(fold=fold) for day in days for fold in (0, 1)]
    return frozenset(moment.astimezone(UTC) for moment in local)


@lru_cache(maxsize=1024)
def _different(today: date, places: tuple[str, ...]) -> tuple[str, ...]:
    """One place for each way that clocks are set over the next days: the world's 400 zones are some 40 of these."""
    midnight = datetime.combine(today, time.min, UTC)
    set_so = {tuple((midnight + probe).astimezone(ZoneInfo(place)).utcoffset() for probe in _PROBES): place for place in places}
    return tuple(set_so.values())


@cache
def _countries() -> Mapping[str, tuple[str, ...]]:
    """Zones by country, as the tz database lists them."""
    found: dict[str, list[str]] = defaultdict(list)
    for line in files("tzdata.zoneinfo").joinpath("zone.tab").read_text("utf-8").splitlines():
        if line and not line.startswith("#"):
            country, _, zone, *_ = line.split("\t")
            found[country].append(zone)
    extra = {country: [zone] for country, zone in data("zones.toml")["countries"].items()}
    return {country: tuple(sorted(listed)) for country, listed in (found | extra).items()}


@cache
def _provinces() -> Mapping[tuple[str, str], tuple[str, ...]]:
    """Zones by (country, province), of the countries that have several."""
    found: dict[tuple[str, str], list[str]] = defaultdict(list)
    for country, listed in data("zones.toml").items():
        for zone, provinces in listed.items() if len(country) == 2 else ():
            for province in provinces.split():
                found[country, province].append(zone)
    return {key: tuple(sorted(zones_)) for key, zones_ in found.items()}


@cache
def _anywhere() -> Mapping[str, frozenset[str]]:
    return {country: frozenset(provinces.split()) for country, provinces in data("zones.toml")["anywhere"].items()}


@cache
def _world() -> tuple[str, ...]:
    return tuple(sorted({zone for listed in _countries().values() for zone in listed}))
