"""Policies: what platforms and laws ask of whoever writes to a buyer, and how long an answer may take. Data, with sources."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from functools import cache
from importlib.resources import files
from typing import Any

from ..model.errors import BadPayload
from ..model.person import Channel

_UNITS = {"m": timedelta(minutes=1), "h": timedelta(hours=1), "d": timedelta(days=1)}


@dataclass(frozen=True, slots=True)
class Window:
    """Hours of the day, at the buyer's place, in which a channel may be used: from `start` until just before `end`."""

    start: time
    end: time
    source: str = ""


@dataclass(frozen=True, slots=True)
class Cap:
    """At most so many messages to one buyer within so long."""

    messages: int
    within: timedelta


@dataclass(frozen=True, slots=True)
class Contact:
    """A platform's contact rule: the channels that may be used without a person, why, by which source, as of when.

    `mark` is how sure that is: C certain, L likely, U unsure.
    """

    platform: str
    send: tuple[Channel, ...]
    why: str
    source: str
    mark: str
    as_of: date


@dataclass(frozen=True, slots=True)
class Deadline:
    """How long a seller has to answer a return request at a platform, None where it sets no time; and what silence brings.

    `days` are business days, Monday to Friday, where the platform counts in those.
    """

    platform: str
    within: timedelta | None
    days: int
    on_silence: str
    source: str
    mark: str
    as_of: date

    def after(self, asked: datetime) -> datetime | None:
        """When the time is up for what was asked at that moment; None where the platform sets none."""
        if self.days:
            return business_days(asked, self.days)
        return asked + self.within if self.within else None


def duration(given: object, where: str) -> timedelta:
    """Text like "15m", "24h" or "3d" as a length of time of at most a year. BadPayload says what is allowed."""
    if isinstance(given, str) and given[:-1].isascii() and given[:-1].isdecimal() and len(given) <= 7 and given[-1] in _UNITS:
        found = int(given[:-1]) * _UNITS[given[-1]]
        if found <= timedelta(days=365):
            return found
    raise BadPayload(f'expected a length of time such as "15m", "24h" or "3d", at most "365d", got {str(given)[:40]!r}', where)


@cache
def data(name: str) -> dict[str, Any]:
    """A file of rules/data, parsed."""
    return tomllib.loads(text(name))


def text(name: str) -> str:
    """A file of rules/data, as it is written."""
    return files(__package__).joinpath("data", name).read_text("utf-8")


@cache
def contacts() -> Mapping[str, Contact]:
    """Every platform's contact rule, by its name."""
    return {name: _contact(name, one) for name, one in data("contact.toml")["platforms"].items()}


def contact(platform: str) -> Contact:
    """A platform's contact rule. Of one that nobody has read about, nothing may be sent."""
    known = contacts().get(platform)
    why = f"Nothing is known of what {platform} allows. Write to the buyer by hand where that is allowed."
    return known or Contact(platform, (), why, "no rule on file", "U", date.min)


@cache
def windows() -> Mapping[Channel, Window]:
    """The hours of each channel."""
    found = data("contact.toml")["hours"]
    return {Channel(word): Window(_time(one["from"]), _time(one["to"]), one["source"]) for word, one in found.items()}


@cache
def caps() -> tuple[Cap, ...]:
    """How often one buyer may be written to."""
    listed = data("contact.toml")["frequency"]
    return tuple(Cap(one["messages"], duration(one["within"], "contact.toml: frequency")) for one in listed)


@cache
def deadlines() -> Mapping[str, Deadline]:
    """Every platform's deadline for return requests, by its name."""
    return {name: _deadline(name, one) for name, one in data("deadlines.toml")["platforms"].items()}


def deadline(platform: str) -> Deadline:
    """A platform's deadline for return requests."""
    unknown = Deadline(platform, None, 0, "not known; answer within our own promise", "no rule on file", "U", date.min)
    return deadlines().get(platform, unknown)


@cache
def promise(word: str) -> timedelta:
    """How soon we mean to do something ("answer", "refund") where nobody makes us."""
    return duration(data("deadlines.toml")["promise"][word], f"deadlines.toml: promise.{word}")


def _contact(name: str, one: Mapping[str, Any]) -> Contact:
    return Contact(name, tuple(Channel(word) for word in one["send"]), one["why"], one["source"], one["mark"], one["as_of"])


def _deadline(name: str, one: Mapping[str, Any]) -> Deadline:
    within = one.get("within", "")
    days = int(within.removesuffix("bd")) if within.endswith("bd") else 0
    span = duration(within, f"deadlines.toml: {name}.within") if within and not days else None
    return Deadline(name, span, days, one["on_silence"], one["source"], one["mark"], one["as_of"])


def _time(text: str) -> time:
    """ "24:00" is the day's end."""
    return time.max if text == "24:00" else time.fromisoformat(text)


def business_days(asked: datetime, days: int) -> datetime:
    """The moment so many business days later, Monday to Friday; bank holidays are counted, which errs on the early side."""
    found = asked
    while days:
        found += timedelta(days=1)
        days -= found.weekday() < 5
    return found
