"""Dates and times as people, platforms and spreadsheets write them, into UTC. Pure functions of one value.

A time without an offset is the shop's local time; a date without a time is the start of that day there. "3/5/2026" is read only
where the day's place is known: from the value itself (13/5), or by what the map says.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta, timezone, tzinfo
from typing import Any

from ..model import times
from ..model.errors import BadPayload
from ._values import folded, shown

_MONTHS = {
    name: number
    for number, names in enumerate(
        (
            "jan january januar janvier janv enero ene janeiro gennaio gen jän jänner",
            "feb february februar février févr fév fevrier febrero fevereiro fev febbraio",
            "mar march märz mär mrz maerz mars marzo março",
            "apr april avril avr abril abr aprile",
            "may mai mayo maio maggio mag",
            "jun june juni juin junio junho giugno giu",
            "jul july juli juillet juil julio julho luglio lug",
            "aug august août aout agosto ago",
            "sep sept september septembre septiembre setembro set settembre",
            "oct october oktober okt octobre octubre outubro out ottobre ott",
            "nov november novembre noviembre novembro",
            "dec december dezember dez décembre déc decembre diciembre dic dezembro dicembre",
        ),
        1,
    )
    for name in names.split()
}
# Zones by letters that mean one offset only in shops' files. CST and IST mean several: they are refused.
_ZONES = {
    "z": 0, "utc": 0, "gmt": 0, "pst": -8, "pdt": -7, "mst": -7, "mdt": -6, "est": -5, "edt": -4, "bst": 1, "cet": 1, "cest": 2,
    "mez": 1, "mesz": 2, "jst": 9, "kst": 9, "aest": 10, "aedt": 11,
}  # fmt: skip
_AFTERNOON = {
    **dict.fromkeys(("pm", "p.m.", "下午", "晚上", "午後"), 12),
    **dict.fromkeys(("am", "a.m.", "上午", "早上", "凌晨", "午前"), 0),
}
_DATES = (
    r"(?P<y>\d{4})\s?[-/.年]\s?(?P<m>\d{1,2})\s?[-/.月]\s?(?P<d>\d{1,2})\s?日?",
    r"(?P<d>\d{1,2})\.\s?(?P<m>\d{1,2})\.\s?(?P<y>\d{4}|\d{2})",
    r"(?P<a>\d{1,2})(?P<mark>[-/])(?P<b>\d{1,2})(?P=mark)(?P<y>\d{4}|\d{2})",
    r"(?P<d>\d{1,2})(?:st|nd|rd|th|º|\.)?[\s/-]*(?:de\s)?(?P<name>[^\W\d_]{3,10})\.?[,\s/-]*(?:de\s)?(?P<y>\d{4}|\d{2})",
    r"(?P<name>[^\W\d_]{3,10})\.?[\s/-]*(?P<d>\d{1,2})(?:st|nd|rd|th)?,?[\s/-]*(?P<y>\d{4}|\d{2})",
    r"(?P<y>20\d{2})(?P<m>\d{2})(?P<d>\d{2})",
)
_HALF = "|".join(re.escape(word) for word in _AFTERNOON)
_TIME = (
    rf"(?:[T,]?\s?(?P<before>{_HALF})?\s?(?P<hour>\d{{1,2}})\s?[:時时点h]\s?(?P<minute>\d{{1,2}})?\s?[:分]?\s?(?P<second>\d{{1,2}})?秒?"
    rf"(?:[.,](?P<part>\d{{1,9}}))?\s?(?P<after>{_HALF})?)?"
)
_OFFSET = r"\s?(?P<offset>(?:utc|gmt)?\s?[+-]\d{1,2}(?::?\d{2})?|[a-z]{1,4})?"
_WEEKDAY = r"(?:[^\W\d_]{2,9}\.?,\s?)?"
_FORMS = tuple(re.compile(f"{_WEEKDAY}{date}{_TIME}{_OFFSET}", re.IGNORECASE) for date in _DATES)
_STAMP = re.compile(r"(20\d{2})(\d{2})(\d{2})(\d{2})(\d{2})(\d{2})")
_SERIAL = re.compile(r"\d{5}(?:\.\d+)?")
_SERIALS = (38353, 51502)  # 2005 to 2040, in days since the start of Excel's calendar
_EXCEL = datetime(1899, 12, 30)  # noqa: DTZ001 - a local calendar
_LONGEST = 60
_EXAMPLES = "such as 2026-03-05 14:03, 05.03.2026 or 10-Jul-2025"


def moment(value: Any, where: str, zone: tzinfo = UTC, day_first: bool | None = None) -> datetime | None:
    """When it was, in UTC; None when empty. `day_first` says what 3/5/2026 means. BadPayload for what is no time."""
    given = folded(value)
    if not given:
        return None
    local = _local(given, where, day_first)
    if local is None:
        raise BadPayload(f"expected a time {_EXAMPLES}, got {shown(value)}", where)
    try:
        aware = local if local.tzinfo else local.replace(tzinfo=zone)
        return times.parse(aware.astimezone(UTC).isoformat(), where)
    except OverflowError:
        raise BadPayload(f"expected a time {_EXAMPLES}, got {shown(value)}", where) from None


def orders(values: Iterable[Any]) -> set[bool]:
    """What dates with slashes prove about the day's place: {True} it comes first, {False} second; none, or both, are open."""
    found: set[bool] = set()
    for value in values:
        matched = _FORMS[2].fullmatch(folded(value))
        if matched:
            first, second = int(matched["a"]), int(matched["b"])
            if first > 12 >= second:
                found.add(True)
            elif second > 12 >= first:
                found.add(False)
    return found


def depends(value: Any) -> bool:
    """Whether a value means two days, depending on where the day stands."""
    matched = _FORMS[2].fullmatch(folded(value))
    days = {int(matched["a"]), int(matched["b"])} if matched else set()
    return len(days) == 2 and max(days) <= 12


def _local(given: str, where: str, day_first: bool | None) -> datetime | None:
    if len(given) > _LONGEST:
        return None
    if _SERIAL.fullmatch(given) and _SERIALS[0] <= float(given) < _SERIALS[1]:
        return _EXCEL + timedelta(seconds=round(float(given) * 86400))
    if stamp := _STAMP.fullmatch(given):
        return _made(*map(int, stamp.groups()))
    for form in _FORMS:
        if found := form.fullmatch(given):
            return _read(found.groupdict(), where, day_first)
    return None


def _read(part: Mapping[str, str | None], where: str, day_first: bool | None) -> datetime | None:
    year, month, day = int(part["y"] or 0), _month(part), int(part.get("d") or 0)
    if part.get("a"):
        month, day = _placed(int(part["a"] or 0), int(part["b"] or 0), where, day_first)
    clock, offset = _clock(part), _zone(part["offset"])
    if month is None or clock is None or offset is False:
        return None
    found = _made(year if year > 99 else 2000 + year, month, day, *clock)
    return found.replace(tzinfo=offset) if found and isinstance(offset, tzinfo) else found


def _month(part: Mapping[str, str | None]) -> int | None:
    name = part.get("name")
    return _MONTHS.get(name.casefold()) if name else int(part.get("m") or 0)


def _placed(first: int, second: int, where: str, day_first: bool | None) -> tuple[int, int]:
    """Month and day of "first/second"."""
    if first > 12 or second > 12:
        proven = first > 12
        if day_first is not None and proven is not day_first:
            raise BadPayload(f"the day is not where the map says (day_first: {str(day_first).lower()})", where)
        day_first = proven
    elif day_first is None and first != second:
        problem = f"{first}/{second} may be day {first} of month {second} or the other way round"
        raise BadPayload(f"{problem}; say which (day_first: in the map)", where)
    return (second, first) if day_first else (first, second)


def _clock(part: Mapping[str, str | None]) -> tuple[int, int, int, int] | None:
    """Hour, minute, second, microsecond; None where they are none of a day's."""
    if not part["hour"]:
        return 0, 0, 0, 0
    hour, half = int(part["hour"]), _AFTERNOON.get((part["before"] or part["after"] or "").casefold())
    if half is not None and hour > (12 if part["after"] else 23):
        return None
    if half is not None and hour <= 12:
        hour = hour % 12 + half
    micro = int((part["part"] or "0")[:6].ljust(6, "0"))
    return hour, int(part["minute"] or 0), int(part["second"] or 0), micro


def _zone(text: str | None) -> tzinfo | bool | None:
    """An offset; None where none is given, False for letters that are no zone we know."""
    if not text:
        return None
    found = re.fullmatch(r"(?:utc|gmt)?\s?([+-])(\d{1,2}):?(\d{2})?", text, re.IGNORECASE)
    if not found:
        hours = _ZONES.get(text.casefold())
        return False if hours is None else timezone(timedelta(hours=hours))
    minutes = int(found[2]) * 60 + int(found[3] or 0)
    return timezone(timedelta(minutes=-minutes if found[1] == "-" else minutes)) if minutes < 24 * 60 else False


def _made(year: int, month: int, day: int, hour: int = 0, minute: int = 0, second: int = 0, micro: int = 0) -> datetime | None:
    try:
        return datetime(year, month, day, hour, minute, second, micro)  # noqa: DTZ001 - local until its zone is put on
    except ValueError:
        return None
