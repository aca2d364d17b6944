"""Cells of Amazon's report files, read one by one; BadPayload names the column. Empty cells hold nothing, or blanks.

Days are written with the month's name in the marketplace's language ("10-Jul-2025", "10-juil.-2025"); sources of the names:
CLDR's abbreviations for the languages of Amazon's marketplaces, which the reports follow.
"""

from __future__ import annotations

import re
import unicodedata
from datetime import UTC, datetime
from typing import Any

from ..model import codec, money, times
from ..model.errors import BadPayload
from ..model.money import Money
from . import _said as written

MAX_ID = 200
Moment = tuple[datetime, str]
"""A time, and its text: ids are made of the text."""

# What plainly is an order's id, an id or a time with its offset: whole columns are checked against these at once (RE2 knows
# them as well), and what fits needs no further look. Times near the ends of a year, and leap days, are looked at one by one.
ORDER_SHAPE = r"[A-Za-z0-9-]{3,40}"
ID_SHAPE = r"[!-~]{1,100}"
TIME_SHAPE = (
    r"20(0[6-9]|[12][0-9]|3[0-9])-((0[1-9]|1[0-2])-(0[1-9]|1[0-9]|2[0-8])|(0[13-9]|1[0-2])-(29|30)|(0[13578]|1[02])-31)"
    r"T([01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9](Z|[+-](0[0-9]|1[0-3]):[0-5][0-9])"
)
_ORDER = re.compile(ORDER_SHAPE)
_DAY = re.compile(r"(\d{1,2})[-./ ]([^\W\d_]+)\.?[-./ ](\d{4})")
_EASTERN = re.compile(r"(\d{1,2})[-./ ](\d{1,2})月[-./ ](\d{4})")
_CURRENCY = re.compile(r"[A-Z]{3}")

# English, German, French, Spanish, Italian, Dutch, Swedish, Polish, Portuguese and Turkish, without accents; a name counts
# by the longest of these that it begins with.
_MONTHS = {
    1: "jan janv ene gen sty oca", 2: "feb fevr fev lut sub", 3: "mar marz mrt", 4: "apr avr abr kwi nis",
    5: "may mai mag maj mei", 6: "jun juin giu cze haz", 7: "jul juil lug lip tem", 8: "aug aou ago sie agu",
    9: "sep set wrz eyl", 10: "oct okt ott paz out eki", 11: "nov lis kas", 12: "dec dez dic gru ara",
}  # fmt: skip
_NAMES = {name: month for month, names in _MONTHS.items() for name in names.split()}
_LENGTHS = sorted({len(name) for name in _NAMES}, reverse=True)


def cell(value: Any, name: str) -> str:
    """A cell's text without blanks around it, at most 1,000 characters."""
    return codec.text(value if isinstance(value, str) else _plain(value), name).strip()


def _plain(value: Any) -> str:
    """A number of a spreadsheet or of Parquet as text."""
    return str(int(value)) if isinstance(value, float) and value.is_integer() else str(value)


def word(value: Any, name: str) -> str | None:
    """A word, None when empty."""
    return cell(value, name) or None


def comment(value: Any, name: str) -> str | None:
    """What a buyer wrote, None when empty. Whatever stands there, it is no fault."""
    return written.text(value if isinstance(value, str) else _plain(value))


def identity(value: Any, name: str) -> str | None:
    """An id of at most 200 printable characters, None when empty."""
    text = cell(value, name)
    if len(text) > MAX_ID or not text.isprintable():
        raise BadPayload(f"expected an id of at most {MAX_ID} printable characters", name)
    return text or None


def order(value: Any, name: str) -> str:
    """An order's id: 114-2962899-5762619, or S02-... of a multi-channel order."""
    text = cell(value, name)
    if not text:
        raise BadPayload("is empty", name)
    if not _ORDER.fullmatch(text):
        raise BadPayload("expected an order id such as 114-2962899-5762619", name)
    return text


def units(value: Any, name: str) -> int:
    """A number of units: whole, not negative."""
    text = cell(value, name)
    try:
        found = codec.whole(int(text), name) if text.isascii() else -1
    except ValueError:
        found = -1
    if found < 0:
        raise BadPayload("expected a whole number", name)
    return found


def moment(value: Any, name: str) -> Moment:
    """A time with its offset from UTC, or a day; it must be there."""
    found = day(value, name)
    if found is None:
        raise BadPayload("is empty", name)
    return found


def day(value: Any, name: str) -> Moment | None:
    """A day (as midnight UTC) or a time with its offset from UTC; None when empty."""
    text = cell(value, name)
    if not text:
        return None
    made = _named(text) or text
    try:
        time = times.parse(f"{made}T00:00:00Z" if len(made) == 10 else made, name)
    except BadPayload as err:
        problem = f"expected a day such as 10-Jul-2025 or an ISO 8601 time with its offset, got {text[:40]!r}"
        raise BadPayload(err.problem if err.problem.startswith("time") else problem, name) from None
    return time, times.text(time)


def fitting_moment(text: str) -> Moment:
    """A time of TIME_SHAPE."""
    time = datetime.fromisoformat(text).astimezone(UTC)
    return time, f"{time:%Y-%m-%dT%H:%M:%S}Z" if not text.endswith(("Z", "+00:00")) else f"{text[:19]}Z"


def _named(text: str) -> str | None:
    """2025-07-10 of "10-Jul-2025"; None for what names no month."""
    found = _DAY.fullmatch(text)
    if found:
        date, year, month = found[1], found[3], _month(found[2])
    elif found := _EASTERN.fullmatch(text):
        date, year, month = found[1], found[3], int(found[2])
    else:
        return None
    return f"{year}-{month:02}-{int(date):02}" if month else None


def _month(name: str) -> int:
    """The month that a name in any of the languages means; 0 for none."""
    bare = unicodedata.normalize("NFKD", name.casefold()).encode("ascii", "ignore").decode()
    return next((_NAMES[bare[:length]] for length in _LENGTHS if bare[:length] in _NAMES), 0)


def amount(value: Any, name: str) -> str | None:
    """A number of major units, checked to be one; None when empty. A comma alone stands before decimals."""
    text = cell(value, name)
    if text.count(",") == 1 and "." not in text:
        text = text.replace(",", ".")
    if not text:
        return None
    try:
        money.price(text, name)
    except ArithmeticError:
        raise BadPayload("number is too large", name) from None
    return text


def currency(value: Any, name: str) -> str | None:
    """An ISO 4217 code, None when empty."""
    text = cell(value, name).upper()
    if text and not _CURRENCY.fullmatch(text):
        raise BadPayload("expected a three-letter ISO 4217 currency", name)
    return text or None


def flag(value: Any, name: str) -> bool | None:
    """Y, N, true or false; None for anything else: what it may mean is not guessed."""
    return {"y": True, "true": True, "yes": True, "n": False, "false": False, "no": False}.get(cell(value, name).casefold())


def positive(text: str | None) -> bool:
    """Whether an amount is more than nothing."""
    return bool(text) and money.price(text, "amount") > 0


def paid(text: str | None, code: str | None, name: str) -> Money | None:
    """An amount, whatever its sign, in a currency; None where either is missing."""
    if text is None or code is None:
        return None
    found = money.money(text, code, name)
    return Money(abs(found.amount), found.currency)
