"""What pushed and read bodies of Walmart's share: its ways to write times, counts and countries, and a returned line's reason.

Apart from what only reading needs: the webhooks' function loads no more than this.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from decimal import Decimal
from functools import lru_cache
from typing import TYPE_CHECKING

from ..model import times
from ..model.errors import BadPayload
from ..model.facts import LineFact, ReturnLineFact
from ..model.words import LineKind
from . import _walmart_words as words
from ._read import Reader

if TYPE_CHECKING:
    from ._reasons import Code

_MONTHS = {name: n for n, name in enumerate("Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec".split(), 1)}
_MOST_DIGITS = 9


def moment(one: Reader, name: str) -> datetime | None:
    """A time, however Walmart writes it: epoch milliseconds, "Mar 28, 2024" (its first instant in UTC), or ISO 8601."""
    value = one.value.get(name)
    if type(value) is int:
        return _epoch(value, one.path(name))
    if isinstance(value, str) and value[:3] in _MONTHS:
        return _day(value, one.path(name))
    return one.time(name)


def _epoch(millis: int, where: str) -> datetime:
    try:
        found = times.from_millis(millis)
    except (ValueError, OverflowError, OSError):
        raise BadPayload("expected milliseconds since 1970", where) from None
    return times.parse(times.text(found), where)


def _day(said: str, where: str) -> datetime:
    month, *rest = said[:20].replace(",", " ").split()
    try:
        day, year = (int(part) for part in rest)
        found = datetime(year, _MONTHS[month[:3]], day, tzinfo=UTC)
    except (ValueError, OverflowError):
        raise BadPayload(f"expected a date like Mar 28, 2024, got {said[:40]!r}", where) from None
    return times.parse(times.text(found), where)


def count(one: Reader, name: str) -> int | None:
    """A number of units, often as text; None when absent."""
    value = one.value.get(name)
    if isinstance(value, str) and value.strip():
        digits = value.strip()
        if not digits.isascii() or not digits.isdigit() or len(digits) > _MOST_DIGITS:
            raise BadPayload(f"expected a number of units, got {value[:40]!r}", one.path(name))
        return int(digits)
    return None if value == "" or isinstance(value, str) else one.whole(name)


def country(said: str | None) -> str | None:
    """A country by its two letters; as it came where its three letters are not on file."""
    return words.COUNTRIES.get(said.upper(), said) if said else None


def news_lines(order: Reader, at: datetime | None) -> Iterator[LineFact]:
    """The lines of an order as a delivery tells them: no prices."""
    for one in order.children("orderLines"):
        yield LineFact(
            one.needed_id("lineNumber"),
            at,
            sku=one.text("sku"),
            title=one.text("productName"),
            quantity=count(one.child("quantity"), "measurementValue"),
            kind=LineKind.SALE,
        )


@lru_cache(maxsize=1024)
def reason(said: str | None) -> Code | None:
    """What a reason says, however it is spelled."""
    from ._reasons import codes

    return codes("walmart").of(said.strip().upper().replace(" ", "_")) if said else None


def returned_line(
    id_: str, return_id: str, at: datetime | None, said: str | None, quantity: int | None, line_id: str | None = None,
    sku: str | None = None, unit_price: Decimal | None = None,
) -> ReturnLineFact:  # fmt: skip
    """A line of a return, with what its reason says."""
    known = reason(said)
    return ReturnLineFact(
        id_,
        return_id,
        at,
        line_id=line_id,
        sku=sku,
        quantity=quantity,
        unit_price=unit_price,
        native_reason=said,
        reason_stated=known.label if known else None,
        fault=known.fault if known else None,
        kind=LineKind.RETURN,
    )
