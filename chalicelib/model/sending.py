"""Handing a message to its provider: what goes, and what can come of it."""

from __future__ import annotations

from dataclasses import dataclass

from .errors import WellkeptError
from .touch import Letter


@dataclass(frozen=True, slots=True)
class Envelope:
    """A letter on its way: `to` is an address of the channel, `tag` the action's key, by which the feed names it.

    `sender`, `reply_to` and `unsubscribe` (an https address) are mail's; other channels leave them empty.
    """

    to: str
    letter: Letter
    tag: str
    sender: str = ""
    reply_to: str = ""
    unsubscribe: str = ""


@dataclass(frozen=True, slots=True)
class Accepted:
    """The provider took it and gave it an id."""

    id: str


@dataclass(frozen=True, slots=True)
class Refused:
    """The provider clearly did not take it. `passing` when a later try may succeed (throttled, quota, paused)."""

    why: str
    passing: bool


class NoAnswer(WellkeptError):
    """The provider did not answer, or with a server's error: it may or may not have taken the message."""
