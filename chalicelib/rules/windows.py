"""Windows and the other dated policies: how long buyers may return, how soon sellers must act, who pays, what is measured.

Where a platform and the law both say something, what is kinder to the buyer holds. What no source gives stays unknown, and is
never filled in.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from decimal import Decimal
from functools import cache
from typing import Any

from ..model.errors import BadPayload
from ..model.policy import Cause, Entry, Fault, Freight, PaidBy, Response, ResponseKind, ReturnWindow, Threshold
from ..model.words import Reason
from . import policies
from .dated import LAW, entry, holding

# Whose doing it is by default that a line comes back for a reason, after the return reasons of Shopify, Amazon, eBay, Solidus.
FAULT: dict[Reason, Fault] = {
    Reason.QUALITY_DEFECT: Fault.SELLER,
    Reason.NOT_AS_DESCRIBED: Fault.SELLER,
    Reason.WRONG_ITEM: Fault.SELLER,
    Reason.MISSING_PARTS: Fault.SELLER,
    Reason.DAMAGED_IN_TRANSIT: Fault.CARRIER,
    Reason.LATE_DELIVERY: Fault.CARRIER,
    Reason.NOT_RECEIVED: Fault.CARRIER,
    Reason.SIZE_TOO_SMALL: Fault.NONE,
    Reason.SIZE_TOO_LARGE: Fault.NONE,
    Reason.SIZE_OR_FIT_OTHER: Fault.NONE,
    Reason.EXPECTATION_GAP: Fault.NONE,
    Reason.COMPATIBILITY: Fault.NONE,
    Reason.CHANGED_MIND: Fault.BUYER,
    Reason.BETTER_PRICE: Fault.BUYER,
    Reason.ORDERED_BY_MISTAKE: Fault.BUYER,
    Reason.OTHER: Fault.UNKNOWN,
}
# A change of mind is what every buyer may plead; more than that needs somebody's fault.
CAUSE: dict[Fault, Cause] = {
    Fault.SELLER: Cause.FAULT,
    Fault.CARRIER: Cause.FAULT,
    Fault.PLATFORM: Cause.FAULT,
    Fault.BUYER: Cause.CHANGED_MIND,
    Fault.NONE: Cause.CHANGED_MIND,
    Fault.UNKNOWN: Cause.CHANGED_MIND,
}
# Who pays, the kindest to the buyer first.
_KINDEST = (PaidBy.SELLER, PaidBy.PLATFORM, PaidBy.AGREED, PaidBy.BUYER, PaidBy.UNKNOWN)


@cache
def windows() -> tuple[ReturnWindow, ...]:
    """Every return window on file."""
    return tuple(_window(one) for one in policies.data("windows.toml")["window"])


@cache
def responses() -> tuple[Response, ...]:
    """Every time on file within which a seller must act, but for return requests: those are `policies.deadline`."""
    return tuple(_response(one) for one in policies.data("deadlines.toml")["response"])


@cache
def payers() -> tuple[Freight, ...]:
    """Who pays for the way back, as far as it is on file."""
    found = policies.data("payers.toml")["payer"]
    return tuple(Freight(entry(one), tuple(Fault(word) for word in one["faults"]), PaidBy(one["payer"])) for one in found)


@cache
def thresholds() -> tuple[Threshold, ...]:
    """Every figure on file by which platforms judge an account."""
    return tuple(_threshold(one) for one in policies.data("health.toml")["threshold"])


def window(
    platform: str, country: str | None, on: date, fault: Fault = Fault.UNKNOWN, programme: str = "", category: str = ""
) -> ReturnWindow:  # fmt: skip
    """How long the buyer of an order placed on a day may send it back: by the platform or by law, whichever is longer.

    One whose length nobody knows gives way to one that is known; where none is, the platform's, with its note.
    """
    cause = CAUSE[fault]
    some = [_of(platform, country, on, cause, programme, category), _of(LAW, country, on, cause, "", "")]
    known = [one for one in some if one and one.length is not None]
    return max(known, key=lambda one: one.length or timedelta(0), default=None) or some[0] or _unknown(platform, cause)


def response(platform: str, kind: ResponseKind, country: str | None, on: date) -> Response:
    """How soon a seller must act. The platform's time counts before the law's; where it sets none, the law's does."""
    if kind is ResponseKind.RETURN_REQUEST:
        return _return_request(platform)
    some = [one for one in responses() if one.kind is kind]
    found = [one for name in (platform, LAW) for one in holding(some, name, country, on, lambda one: one.kind)]
    nothing = Response(_nothing(platform), kind, None, None, "", "not known; act within our own promise")
    return next((one for one in found if one.within or one.business_days), found[0] if found else nothing)


def due(rule: Response, since: datetime) -> datetime | None:
    """When the time is up; None where the rule sets none."""
    if rule.business_days:
        return policies.business_days(since, rule.business_days)
    return since + rule.within if rule.within else None


def payer(platform: str, country: str | None, on: date, fault: Fault) -> Freight:
    """Who pays for the way back: by the platform or by law, whichever is kinder to the buyer."""
    some = [one for one in payers() if fault in one.faults]
    found = [one for name in (platform, LAW) for one in holding(some, name, country, on, lambda one: fault)]
    nothing = Freight(_nothing(platform), (fault,), PaidBy.UNKNOWN)
    return min(found, key=lambda one: _KINDEST.index(one.payer), default=nothing)


def health(platform: str, country: str | None, on: date) -> list[Threshold]:
    """The figures by which a platform judges an account."""
    return holding(thresholds(), platform, country, on, lambda one: one.metric)


def _of(
    platform: str, country: str | None, on: date, cause: Cause, programme: str, category: str
) -> ReturnWindow | None:  # fmt: skip
    """The platform's window for a cause: the one that fits most closely of those that fit at all."""
    some = holding(windows(), platform, country, on, lambda one: (one.cause, one.programme, one.categories))
    fitting = (one for one in some if one.cause in (cause, Cause.ANY) and one.programme in (programme, ""))
    fitting = (one for one in fitting if not one.categories or category in one.categories)
    return max(fitting, key=lambda one: _closeness(one, cause), default=None)


def _closeness(one: ReturnWindow, cause: Cause) -> tuple[bool, ...]:
    return bool(one.categories), bool(one.programme), bool(one.entry.countries), one.cause is cause


def _return_request(platform: str) -> Response:
    rule = policies.deadline(platform)
    known = Entry(platform, (), None, None, "", rule.source, rule.mark, rule.as_of)
    return Response(known, ResponseKind.RETURN_REQUEST, rule.within, rule.days or None, "the request", rule.on_silence)


def _window(one: Mapping[str, Any]) -> ReturnWindow:
    within = one.get("within", "")
    number, unit = (int(within[:-1]), within[-1]) if within else (None, "")
    if unit not in ("", "d", "y"):
        raise BadPayload('expected a length such as "30d" or "2y"', f"windows.toml: {one['platform']}.within")
    return ReturnWindow(
        entry(one), Cause(one["cause"]), one.get("programme", ""), tuple(one.get("categories", ())),
        number if unit == "d" else None, number if unit == "y" else None, one["starts"],
    )  # fmt: skip


def _response(one: Mapping[str, Any]) -> Response:
    within = one.get("within", "")
    days = int(within.removesuffix("bd")) if within.endswith("bd") else None
    span = policies.duration(within, f"deadlines.toml: {one['platform']}.within") if within and not days else None
    return Response(entry(one), ResponseKind(one["kind"]), span, days, one["starts"], one["on_silence"])


def _threshold(one: Mapping[str, Any]) -> Threshold:
    limit = one.get("limit")
    return Threshold(
        entry(one), one["metric"], Decimal(limit) if limit else None, one["side"], tuple(one.get("over", ())), one["counts"]
    )  # fmt: skip


def _unknown(platform: str, cause: Cause) -> ReturnWindow:
    return ReturnWindow(_nothing(platform), cause, "", (), None, None, "")


def _nothing(platform: str) -> Entry:
    return Entry(platform, (), None, None, "Nothing is on file.", "no rule on file", "U", date.min)
