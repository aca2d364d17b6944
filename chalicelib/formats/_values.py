"""Values as people and spreadsheets write them: text, numbers, amounts, countries. Pure functions of one value.

A value that can be read in two ways is refused unless the file's map says which: "1.234" is a thousand and some, or one and a
bit. Full-width characters count as their narrow twins (NFKC). Times are read in `_dates`.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from decimal import Decimal
from typing import Any

from ..model import codec
from ..model.errors import BadPayload

MAX_ID = 200
_NOT_SHOWN = dict.fromkeys(map(ord, "\u200b\u200c\u200d\u2060\ufeff\u200e\u200f"))
_FORMULA = re.compile(r'="(.*)"', re.DOTALL)
_SPELLED = str.maketrans({"−": "-", "–": "-", "’": "'", "`": "'", "\u066c": "'", "\u066b": ","})
_DIGITS = 30  # of a number; more is no number of a shop's

# Signs that stand for one currency. "$", "kr" and "￥" (yen and yuan) stand for several and say nothing.
_SIGNS = {
    "€": "EUR", "£": "GBP", "₩": "KRW", "₹": "INR", "₽": "RUB", "₺": "TRY", "₫": "VND", "฿": "THB", "₱": "PHP", "₴": "UAH",
    "₪": "ILS", "R$": "BRL", "US$": "USD", "US $": "USD", "A$": "AUD", "AU$": "AUD", "AU $": "AUD", "C$": "CAD", "CA$": "CAD",
    "C $": "CAD", "HK$": "HKD", "NT$": "TWD", "S$": "SGD", "MX$": "MXN", "RM": "MYR", "Rp": "IDR", "zł": "PLN", "Kč": "CZK",
    "Ft": "HUF", "RMB": "CNY", "人民币": "CNY", "美元": "USD", "欧元": "EUR", "英镑": "GBP", "日元": "JPY", "港币": "HKD",
}  # fmt: skip
_SILENT = ("$", "¥", "元", "円", "kr", "kr.", "-", ".-")
_AROUND = re.compile(r"(?P<before>[^\d.,+\-()']*)(?P<number>[+\-]?[\d.,' ]*\d[\d.,' ]*-?)(?P<after>[^\d]*)")


def text(value: Any) -> str:
    """A value as text without what spreadsheets put around it: ="00123", a leading ' or tab, marks that are not seen."""
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    found = str(value).translate(_NOT_SHOWN).strip()
    if formula := _FORMULA.fullmatch(found):
        found = formula[1].replace('""', '"').strip()
    return found[1:].strip() if found.startswith("'") and not found.endswith("'") else found


def folded(value: Any) -> str:
    """The same with full-width characters made narrow and blanks made single: for all that is compared or computed with."""
    return " ".join(unicodedata.normalize("NFKC", text(value)).split())


def words(value: Any, where: str) -> str | None:
    """Text of at most 1,000 characters as it stands, None when empty."""
    return codec.text(text(value), where) or None


def identity(value: Any, where: str) -> str | None:
    """An id of at most 200 printable characters, None when empty."""
    found = codec.text(text(value), where)
    if len(found) > MAX_ID or not found.isprintable():
        raise BadPayload(f"expected an id of at most {MAX_ID} printable characters", where)
    return found or None


def number(value: Any, where: str, mark: str | None = None) -> Decimal | None:
    """A number, with `mark` ("." or ",") before its decimals; None when empty. Currency signs around it are passed over.

    Without a mark each value speaks for itself, and one that does not ("1.234") is refused. (12.00) and 12.00- are negative.
    """
    found = _split(value)
    return _decimal(found[1], value, where, mark) if found else None


def currency(value: Any) -> str | None:
    """The currency that a value names beside its number: a code of three letters, or a sign that only one currency has."""
    found = _split(value)
    if not found:
        return None
    named = [one for one in (found[0], found[2]) if one]
    return next((_SIGNS.get(one, one if re.fullmatch("[A-Z]{3}", one) else None) for one in named), None)


def whole(value: Any, where: str, mark: str | None = None) -> int | None:
    """A whole number, None when empty; "2.0" and "1,000" are, "2.5" is not."""
    found = number(value, where, mark)
    if found is None:
        return None
    if found != found.to_integral_value():
        raise BadPayload(f"expected a whole number, got {shown(value)}", where)
    return codec.whole(int(found), where)


def marks(values: Iterable[Any]) -> set[str]:
    """The decimal marks that numbers prove by how they are written: {"."} or {","}; none, or both, leaves it open."""
    cores = (found[1].strip("+-() ") for value in values if (found := _split(value)))
    return {proven for core in cores if (proven := _proven(core))}


def shown(value: Any) -> str:
    """A refused value in a message."""
    return repr(str(value)[:40])


def _split(value: Any) -> tuple[str, str, str] | None:
    """What stands before a number, the number, what stands after; None when the value is empty. No number is ("", "?", "")."""
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        return "", format(Decimal(repr(value)), "f") if value == value and abs(value) < 1e30 else "?", ""
    given = folded(value).translate(_SPELLED)
    if not given:
        return None
    inner = given
    if given.startswith("(") and given.endswith(")"):
        inner = given[1:-1].strip()
    found = _AROUND.fullmatch(inner) if len(inner) <= 60 else None
    sign = "-" if inner is not given else ""
    if not found:
        # The sign may stand before the currency: -$12.00
        found = _AROUND.fullmatch(inner[1:].strip()) if inner[:1] in "+-" and len(inner) <= 60 else None
        sign = "-" if inner[:1] == "-" else ""
    if not found or sum(one.isdigit() for one in found["number"]) > _DIGITS:
        return "", "?", ""
    return found["before"].strip(), sign + found["number"].strip(), found["after"].strip()


def _decimal(core: str, value: Any, where: str, mark: str | None) -> Decimal:
    digits, negative = core.strip("+- "), "-" in core
    if isinstance(value, (int, float)):
        mark = "."
    if mark is None and _OPEN.fullmatch(digits):
        readings = f"{re.sub('[.,]', '', digits)} or {digits.replace(',', '.')}"
        raise BadPayload(f"{shown(value)} may mean {readings}; say which mark precedes decimals (decimal: in the map)", where)
    mark = mark or _proven(digits) or "."
    if core.count("-") + core.count("+") > 1 or not _FORMS[mark].fullmatch(digits) or not _known_around(value):
        raise BadPayload(f"expected a number such as 1234.56, got {shown(value)}", where)
    before, _, after = digits.partition(mark)
    return Decimal(("-" if negative else "") + (re.sub(r"\D", "", before) or "0") + ("." + after if after else ""))


def _form(mark: str, other: str) -> re.Pattern[str]:
    """Numbers with this decimal mark: groups of three behind any thousands mark, or of two before the last, as in India."""
    three = rf"(?!0)\d{{1,3}}(?P<gap>[{other}' ])\d{{3}}(?:(?P=gap)\d{{3}})*"
    two = rf"(?!0)\d{{1,2}}(?:[{other}]\d{{2}})+[{other}]\d{{3}}"
    return re.compile(rf"(?=.*\d)(?:{three}|{two}|\d*)(?:[{mark}]\d*)?")


_FORMS = {".": _form(".", ","), ",": _form(",", ".")}
_OPEN = re.compile(r"[1-9]\d{0,2}[.,]\d{3}")


def _proven(digits: str) -> str | None:
    """The decimal mark that a number's own writing proves; None where it may be either, or has none."""
    seen = [one for one in digits if one in ".,"]
    if not seen or _OPEN.fullmatch(digits):
        return None
    last = seen[-1]
    other = "," if last == "." else "."
    if other in seen:
        return last if seen.count(last) == 1 else None
    return other if len(seen) > 1 else last


def _known_around(value: Any) -> bool:
    """Whether what stands around a number is a currency or nothing."""
    found = _split(value)
    around = [one for one in (found[0], found[2]) if one] if found else []
    return all(one in _SIGNS or one in _SILENT or re.fullmatch("[A-Z]{3}", one) for one in around)
