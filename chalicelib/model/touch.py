"""Touchpoints: messages that a rule sends at a moment of an order's life, and what may be decided about one."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from .person import Channel
from .words import EventType


class MessageClass(StrEnum):
    """What kind of message it is, which decides who may refuse it.

    `critical` must arrive (a refund that failed): when its fate is unknown it is sent again, with an alert. `service` is about
    the order and may be unsubscribed from. `marketing` needs an opt-in.
    """

    CRITICAL = "critical"
    SERVICE = "service"
    MARKETING = "marketing"


@dataclass(frozen=True, slots=True)
class Touchpoint:
    """A rule: on this event, this long after it happened, this message.

    `within` is how long after the event it still makes sense; past that it is suppressed. `channels` in order of preference.
    `platforms` empty means every platform. `unless` names states that suppress it when it is due (cancelled, returned,
    refunded, dispatched, delivered ...).
    """

    id: str
    on: EventType
    after: timedelta
    within: timedelta
    template: str
    channels: tuple[Channel, ...] = (Channel.MAIL,)
    kind: MessageClass = MessageClass.SERVICE
    platforms: tuple[str, ...] = ()
    unless: tuple[str, ...] = ()
    on_: bool = True


@dataclass(frozen=True, slots=True)
class Rulebook:
    """The touchpoints in force, and the version that every message names."""

    version: int
    touchpoints: tuple[Touchpoint, ...]

    def get(self, id_: str) -> Touchpoint | None:
        """The touchpoint of this id, None when it is no longer there."""
        return next((one for one in self.touchpoints if one.id == id_), None)


@dataclass(frozen=True, slots=True)
class Send:
    """Send it now, this way."""

    channel: Channel


@dataclass(frozen=True, slots=True)
class Later:
    """Not now: look again at `at`."""

    at: datetime
    why: str


@dataclass(frozen=True, slots=True)
class Suppress:
    """Never."""

    why: str


@dataclass(frozen=True, slots=True)
class Hold:
    """A person must decide."""

    why: str


Verdict = Send | Later | Suppress | Hold


@dataclass(frozen=True, slots=True)
class Letter:
    """A message in words, ready to go. `html` is None for channels that have none."""

    subject: str
    text: str
    language: str
    html: str | None = None
