"""The log: deliveries of canonical events. Envelope after CloudEvents (id, type, source, subject, time)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from .facts import Fact
from .words import EventType, Origin


@dataclass(frozen=True, slots=True)
class Link:
    """A native id that belongs to this event's order, so that news which names only that id finds the order."""

    kind: str
    id: str


@dataclass(frozen=True, slots=True)
class Want:
    """Something that the event only names: the platform's API tells the rest. `what` is a word of the module's READS."""

    what: str
    id: str


@dataclass(frozen=True, slots=True)
class Event:
    """One thing that happened.

    `rank` settles ties between events of the same time: the higher knows better (a longer version of the same invoice).
    `buyer` is a keyed hash, never the buyer. `native` keeps the platform's own words (topic, status, reason). `wants` is what
    has to be read for it, where the notification carries ids alone.
    """

    type: EventType
    time: datetime
    facts: tuple[Fact, ...] = ()
    native: Mapping[str, str] = field(default_factory=dict)
    buyer: str | None = None
    links: tuple[Link, ...] = ()
    rank: int = 0
    wants: tuple[Want, ...] = ()


@dataclass(frozen=True, slots=True)
class Delivery:
    """What arrived at once: one item of the log. `id` comes from the payload alone and lives as long as the event.

    `source` is platform/shop, `subject` the thing it is about ("order:1001"), `received` when it came in. `sealed` is the raw
    body as the intake sealed it, where it is kept and was read; `sealed_at` where it lies in S3 when it is too large for that.
    """

    id: str
    source: str
    subject: str
    events: tuple[Event, ...]
    received: datetime
    origin: Origin = Origin.PUSH
    sealed: bytes | None = field(default=None, compare=False, repr=False)
    sealed_at: str | None = field(default=None, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Said:
    """What a buyer wrote. It is personal: it is kept sealed, read once, and only a masked copy goes further.

    `about` names what it belongs to: "return_line:7", "return:3" (all of a return's lines), "review:9", "message:m1".
    `language` is ISO 639-1 where the platform says it.
    """

    about: str
    text: str = field(repr=False)
    at: datetime | None = None
    language: str | None = None


@dataclass(frozen=True, slots=True)
class Translated:
    """What a platform module makes of a payload: a delivery to be, and who it is about.

    `buyer` is the platform's own reference to the buyer (a customer id, an address). It is personal: the step replaces it by
    a keyed hash before anything is stored. `seller` is the platform's own id of the shop it is about, where several shops share
    one address: the step looks up which of ours that is. `aliases` are other references to the same buyer, where a platform
    names people now by one and now by another: the events count for each of them. `said` is what the buyer wrote, where a file
    tells it; webhooks leave it to the module's `words`, which reads the sealed body.
    """

    id: str
    subject: str
    events: tuple[Event, ...]
    buyer: str | None = None
    seller: str | None = None
    aliases: tuple[str, ...] = ()
    said: tuple[Said, ...] = field(default=(), repr=False)


@dataclass(frozen=True, slots=True)
class Webhook:
    """A request as it came in: raw bytes and lower-case header names. `path` is the real path, for platforms that sign it.

    `token` is the last part of an address that nobody can guess, for platforms that sign nothing. `setup` is what the seller
    wrote down when connecting the shop (app key, registered address ...); it did not come with the request.
    """

    platform: str
    shop: str
    headers: Mapping[str, str]
    body: bytes
    method: str = "POST"
    path: str = ""
    query: Mapping[str, str] = field(default_factory=dict)
    token: str = field(default="", repr=False)
    setup: Mapping[str, str] = field(default_factory=dict)

    @property
    def source(self) -> str:
        """platform/shop, the first half of every key."""
        return f"{self.platform}/{self.shop}"
