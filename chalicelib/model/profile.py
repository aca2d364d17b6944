"""A shop's profile: how it presents itself to its buyers. Settings of the seller's, not secrets."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Profile:
    """How a shop writes to its buyers; without a `sender` nothing is sent, everything is held.

    `sender` and `reply_to` are mail addresses, `postal` the seller's postal address (CAN-SPAM asks for it in every mail),
    `domain` the shop's own domain at its platform, by which privacy requests are checked, `zone` the seller's IANA zone.
    `languages` are those the seller can answer in. `closed_at` is when the platform said that the shop was disconnected.
    """

    source: str
    title: str = ""
    sender: str = ""
    reply_to: str = ""
    postal: str = ""
    domain: str = ""
    url: str = ""
    zone: str = "UTC"
    languages: tuple[str, ...] = ("en",)
    closed_at: datetime | None = None
