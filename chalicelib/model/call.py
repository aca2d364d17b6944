"""Calls to a platform's own API, as values: what is to be read, the request for it, and what its answer means.

Platform modules make and understand these; steps send them through effects. So a platform stays pure even where its protocol
needs calls, and each call can be written down, put off and made again.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from .errors import WellkeptError
from .event import Translated


@dataclass(frozen=True, slots=True)
class Request:
    """An HTTP request. `url` is the platform's real address, https always; header names in lower case."""

    method: str
    url: str = field(repr=False)  # some platforms want their secrets in it
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    body: bytes = field(default=b"", repr=False)


@dataclass(frozen=True, slots=True)
class Response:
    """What came back. Header names in lower case; the body as it was sent, unpacked where HTTP itself had packed it."""

    status: int
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = field(default=b"", repr=False)


@dataclass(frozen=True, slots=True)
class Read:
    """Something to be read: `what` is a word of the module's READS, `about` what of it, `cursor` where to go on.

    `about` of one thing is {"id": its native id}; of a list {"since", "until"} as ISO 8601 UTC. A module may add its own words.
    `wait` is how long not to ask yet (a report that is being made). All of it is text, so a read can be written down.
    """

    what: str
    about: Mapping[str, str] = field(default_factory=dict)
    cursor: str = ""
    wait: timedelta = timedelta(0)

    @property
    def name(self) -> str:
        """The same for equal reads, whatever order their words stand in: "orders#5f0c..."."""
        spelled = "\n".join([*(f"{key}={value}" for key, value in sorted(self.about.items())), self.cursor])
        return f"{self.what}#{hashlib.sha256(spelled.encode('utf-8', 'replace')).hexdigest()[:20]}"


@dataclass(frozen=True, slots=True)
class Limit:
    """What a platform allows: so many calls a second over time, and so many at once after a rest."""

    rate: float
    burst: int = 1


@dataclass(frozen=True, slots=True)
class Resource:
    """A kind of thing that can be read.

    `token` is the kind of access token it wants ("shop", "app" where the platform knows two; "" where calls need none).
    A list has `back` (how far history reaches), `window` (the longest span of one read), `every` (how often it is read again)
    and `again` (how far back each time: rows may be changed or dated back later). One thing's detail has none of these.
    """

    title: str
    limit: Limit
    token: str = "shop"
    back: timedelta = timedelta(0)
    window: timedelta = timedelta(0)
    every: timedelta = timedelta(0)
    again: timedelta = timedelta(0)

    @property
    def listing(self) -> bool:
        """Whether it is a list that can be read by time."""
        return bool(self.back)


@dataclass(frozen=True, slots=True)
class Account:
    """What calls for one shop are made with.

    `setup` is what the seller wrote down when connecting the shop (ids, region); `secret` the newest of the shop's secrets;
    `access` the access token of the kind that the call wants, `refresh` the refresh token for renewing it.
    """

    source: str
    setup: Mapping[str, str]
    secret: str = field(default="", repr=False)
    access: str = field(default="", repr=False)
    refresh: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True)
class Token:
    """An access token, until when it is good, and the next refresh token where a new one came with it."""

    access: str = field(repr=False)
    expires_at: datetime
    refresh: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True)
class Found:
    """One thing that an answer told of: the delivery to be, and its own raw body as `person` of the module reads it."""

    translated: Translated
    raw: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class Answer:
    """What an answer means: things to keep, and what to read next (a further page, details), once these are kept.

    `text` is what was asked for where it is no event (a public key).
    """

    found: tuple[Found, ...] = ()
    then: tuple[Read, ...] = ()
    text: str = ""


class Denied(WellkeptError):
    """The access token is not good (any more): renew it and ask once more."""


class Busy(WellkeptError):
    """The platform wants fewer calls. `after` is how long it wants to be left alone, where it says."""

    def __init__(self, why: str, after: timedelta | None = None) -> None:
        super().__init__(why)
        self.after = after


class CallFailed(WellkeptError):
    """The platform did not do it. `passing` when a later try may succeed (its own trouble, no answer in time)."""

    def __init__(self, why: str, passing: bool = False) -> None:
        super().__init__(why)
        self.passing = passing
