"""People: who a buyer is, what they agreed to. Lives in the vault and in a performer's memory, nowhere else."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class Channel(StrEnum):
    """A way to reach somebody."""

    MAIL = "mail"
    SMS = "sms"
    PUSH = "push"


@dataclass(frozen=True, slots=True)
class Person:
    """A buyer, as a platform tells of them; None where it says nothing.

    `phone` in E.164; `push` is the endpoint of their device in the seller's own app (an SNS endpoint ARN). `language` is a
    BCP 47 tag, `country` ISO 3166-1 alpha-2, `province` ISO 3166-2 without the country ("CA" of US-CA). `marketing` is
    whether they agreed to marketing by mail, as the platform last said.

    `name` is how they are greeted, often a given name alone. `full_name`, `street` (with house number and flat), `city` and
    `postcode` are as somebody wrote them; they serve to recognise one person in two shops, and stay in the vault.
    """

    name: str | None = None
    email: str | None = None
    phone: str | None = None
    push: str | None = None
    language: str | None = None
    country: str | None = None
    province: str | None = None
    marketing: bool | None = None
    full_name: str | None = None
    street: str | None = None
    city: str | None = None
    postcode: str | None = None

    def address(self, channel: Channel) -> str | None:
        """Where the channel reaches them."""
        return {Channel.MAIL: self.email, Channel.SMS: self.phone, Channel.PUSH: self.push}[channel]


@dataclass(frozen=True, slots=True)
class Seen:
    """An order of a buyer's."""

    subject: str
    placed_at: datetime


@dataclass(frozen=True, slots=True)
class Buyer:
    """A buyer's record in the vault: who they are as of `told_at`, their latest orders, and until when it may be kept."""

    person: Person
    told_at: datetime
    orders: tuple[Seen, ...]
    keep_until: datetime


class ConsentWord(StrEnum):
    """What happened between us and an address. `subscribed` undoes `unsubscribed` alone."""

    UNSUBSCRIBED = "unsubscribed"
    SUBSCRIBED = "subscribed"
    BOUNCED = "bounced"
    COMPLAINED = "complained"


@dataclass(frozen=True, slots=True)
class Consent:
    """One entry of the consent log: what, when, and by what evidence ("one-click", "feed:<action key>", "operator")."""

    word: ConsentWord
    at: datetime
    by: str
