"""Policies of platforms and laws, each in force from a day, in some countries, by a source: values that rules look up.

`mark` is how sure an entry is: C certain (a primary source was read), L likely (a careful secondary source), U unsure. What no
source gives is unknown, and `note` says so: None is never a figure.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from enum import StrEnum


class Fault(StrEnum):
    """Whose doing it is that something comes back."""

    SELLER = "seller"
    CARRIER = "carrier"
    PLATFORM = "platform"
    BUYER = "buyer"
    NONE = "none"
    UNKNOWN = "unknown"


class Cause(StrEnum):
    """What a return window is for: any return, a change of mind, or goods that are not as they should be."""

    ANY = "any"
    CHANGED_MIND = "changed_mind"
    FAULT = "fault"


class ResponseKind(StrEnum):
    """What a seller has to answer or do within a time."""

    RETURN_REQUEST = "return_request"
    BUYER_MESSAGE = "buyer_message"
    NOT_RECEIVED = "not_received"
    CANCELLATION = "cancellation"
    REPLACEMENT = "replacement"
    INSPECTION = "inspection"
    REFUND = "refund"
    CLAIM_INFORMATION = "claim_information"
    CLAIM_QUESTION = "claim_question"
    CLAIM_APPEAL = "claim_appeal"
    ESCALATION = "escalation"
    COMPLAINT = "complaint"
    DISPUTE_EVIDENCE = "dispute_evidence"


class PaidBy(StrEnum):
    """Who pays for the way back. `agreed`: the seller's own terms, or the return itself, say it."""

    SELLER = "seller"
    PLATFORM = "platform"
    BUYER = "buyer"
    AGREED = "agreed"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Entry:
    """Where and when something holds, and how that is known.

    `platform` is "law" for what the law asks everywhere. No `countries`: all of them. In force from `since` (None: no source
    says since when) until the day before `until`.
    """

    platform: str
    countries: tuple[str, ...]
    since: date | None
    until: date | None
    note: str
    source: str
    mark: str
    as_of: date


@dataclass(frozen=True, slots=True)
class ReturnWindow:
    """How long a buyer may send back. `days` or `years` from `starts`; both None where nobody knows or the seller decides.

    `programme` narrows it to part of the shops of a platform ("mall"), `categories` to some goods.
    """

    entry: Entry
    cause: Cause
    programme: str
    categories: tuple[str, ...]
    days: int | None
    years: int | None
    starts: str

    @property
    def length(self) -> timedelta | None:
        """How long it is at least, for comparing; a year as 365 days."""
        return None if self.days is None and self.years is None else timedelta(days=(self.days or 0) + 365 * (self.years or 0))

    def last_day(self, start: date) -> date | None:
        """The last day of a window that starts on a day, which does not count; None where its length is unknown."""
        if self.length is None:
            return None
        year = start.year + (self.years or 0)
        try:
            moved = start.replace(year=year)
        except ValueError:  # the 29th of February
            moved = date(year, 3, 1)
        return moved + timedelta(days=self.days or 0)


@dataclass(frozen=True, slots=True)
class Response:
    """How long a seller has for something, from `starts`; and what silence brings.

    `within` for hours and days, `business_days` where the platform counts Monday to Friday; both None where it sets no time, or
    where the time is only in what the platform sends.
    """

    entry: Entry
    kind: ResponseKind
    within: timedelta | None
    business_days: int | None
    starts: str
    on_silence: str


@dataclass(frozen=True, slots=True)
class Freight:
    """Who pays for the way back, by whose doing it is."""

    entry: Entry
    faults: tuple[Fault, ...]
    payer: PaidBy


@dataclass(frozen=True, slots=True)
class Threshold:
    """A figure by which a platform judges a seller's account.

    `limit` is a share (0.01 is 1 %); `side` says on which side of it the seller must stay: "under", "at most", "over", "at
    least". `over` are the days it is counted over. None where no source gives it.
    """

    entry: Entry
    metric: str
    limit: Decimal | None
    side: str
    over: tuple[int, ...]
    counts: str
