"""Online Retail II (UCI 502): invoice lines of a gift retailer, as CSV or Parquet. The real format that history is tried on.

One event an invoice. What a line is follows the data set's own description: a leading C cancels, a leading A adjusts bad
debt, a negative quantity without C writes stock off, a price of 0 gives away, service codes are no products. Lines have no
key: they are numbered by their place in the invoice. Times carry no zone and are taken as UTC; prices are pounds sterling.
The two sheets overlap from 2010-12-01 on: those lines are left out of the first.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

from ..model import codec, money
from ..model.errors import BadPayload
from ..model.event import Event, Translated
from ..model.facts import Fact, LineFact, OrderFact, RefundFact, ReturnFact, ReturnLineFact
from ..model.words import EventType, GoodsAxis, LineKind, MoneyAxis, RequestAxis
from ._contract import Refused, Row, Skipped

TITLE = "Online Retail II (UCI 502)"
COLUMNS = ("Invoice", "StockCode", "Description", "Quantity", "InvoiceDate", "Price", "Customer ID", "Country")

_CURRENCY = "GBP"
_INVOICE = re.compile(r"[AC]?[0-9]{6}")
_PRODUCT = re.compile(r"[0-9]{5}[A-Z]*|DCGS[0-9A-Z]+|SP1002|PADS")
_OVERLAP_SHEET, _OVERLAP_FROM = "Year 2009-2010", datetime(2010, 12, 1, tzinfo=UTC)
# Lines of one invoice may lie apart and carry time stamps up to nine minutes apart; an hour closes it for certain.
_OPEN = timedelta(hours=1)
# ISO 3166-1 alpha-2 where the name means one country; other names ("Channel Islands") stay as they are.
_COUNTRIES = {
    "Australia": "AU", "Austria": "AT", "Bahrain": "BH", "Belgium": "BE", "Bermuda": "BM", "Brazil": "BR", "Canada": "CA", "Cyprus": "CY",
    "Czech Republic": "CZ", "Denmark": "DK", "EIRE": "IE", "Finland": "FI", "France": "FR", "Germany": "DE", "Greece": "GR",
    "Hong Kong": "HK", "Iceland": "IS", "Israel": "IL", "Italy": "IT", "Japan": "JP", "Korea": "KR", "Lebanon": "LB",
    "Lithuania": "LT", "Malta": "MT", "Netherlands": "NL", "Nigeria": "NG", "Norway": "NO", "Poland": "PL", "Portugal": "PT",
    "RSA": "ZA", "Saudi Arabia": "SA", "Singapore": "SG", "Spain": "ES", "Sweden": "SE", "Switzerland": "CH", "Thailand": "TH",
    "USA": "US", "United Arab Emirates": "AE", "United Kingdom": "GB",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Line:
    """One understood row."""

    number: int
    invoice: str
    sku: str
    title: str | None
    quantity: int
    price: Decimal
    at: datetime
    customer: str | None
    country: str
    kind: LineKind


@dataclass(slots=True)
class Invoice:
    """An invoice while its lines come in."""

    lines: list[Line] = field(default_factory=list)
    digest: Any = field(default_factory=hashlib.sha256)


def translate(rows: Iterable[Row]) -> Iterator[Translated | Refused | Skipped]:
    """One delivery an invoice, as soon as no more of its lines can come."""
    waiting: dict[str, Invoice] = {}
    for number, values in rows:
        try:
            line = _line(number, values)
        except BadPayload as err:
            yield Refused(number, err.where, str(values.get(err.where))[:100], err.problem)
            continue
        if values.get("Sheet") == _OVERLAP_SHEET and line.at >= _OVERLAP_FROM:
            yield Skipped(number, "stands in the other sheet too")
            continue
        for done in [name for name, one in waiting.items() if line.at - one.lines[-1].at > _OPEN]:
            yield _translated(waiting.pop(done))
        _collect(waiting.setdefault(line.invoice, Invoice()), line)
    for invoice in waiting.values():
        yield _translated(invoice)


def _collect(invoice: Invoice, line: Line) -> None:
    invoice.lines.append(line)
    words = (line.sku, line.title, line.quantity, str(line.price), line.at.isoformat(), line.customer, line.country)
    invoice.digest.update(codec.dumps(words))


def _line(number: int, values: Mapping[str, Any]) -> Line:
    invoice = _text(values, "Invoice").strip().upper()
    if not _INVOICE.fullmatch(invoice):
        raise BadPayload("an invoice number is six digits, C or A may lead", "Invoice")
    sku = _text(values, "StockCode").strip().upper()
    quantity = _whole(values, "Quantity")
    price = money.price(values.get("Price"), "Price")
    country = _text(values, "Country").strip()
    return Line(
        number, invoice, sku, _optional(values, "Description"), quantity, price, _time(values), _customer(values),
        _COUNTRIES.get(country, country), _kind(invoice, sku, quantity, price),
    )  # fmt: skip


def _kind(invoice: str, sku: str, quantity: int, price: Decimal) -> LineKind:
    """The data set's own rule, in its order."""
    if invoice.startswith("A"):
        return LineKind.BAD_DEBT
    if quantity < 0 and not invoice.startswith("C"):
        return LineKind.WRITE_OFF
    if price == 0:
        return LineKind.FREE
    if not _PRODUCT.fullmatch(sku):
        return LineKind.SERVICE
    return LineKind.RETURN if invoice.startswith("C") else LineKind.SALE


def _text(values: Mapping[str, Any], name: str) -> str:
    value = values.get(name)
    if value is None or str(value).strip() == "":
        raise BadPayload("is empty", name)
    return codec.text(str(value), name)


def _optional(values: Mapping[str, Any], name: str) -> str | None:
    value = values.get(name)
    return codec.text(str(value), name).strip() or None if value is not None else None


def _whole(values: Mapping[str, Any], name: str) -> int:
    try:
        return codec.whole(int(str(values.get(name)).strip()), name)
    except ValueError:
        raise BadPayload("expected a whole number", name) from None


def _customer(values: Mapping[str, Any]) -> str | None:
    text = _optional(values, "Customer ID")
    return text.removesuffix(".0") if text else None


def _time(values: Mapping[str, Any]) -> datetime:
    value = values.get("InvoiceDate")
    try:
        time = value if isinstance(value, datetime) else datetime.fromisoformat(str(value).strip())
    except ValueError:
        raise BadPayload("expected a time such as 2009-12-01 07:45:00", "InvoiceDate") from None
    return time.replace(tzinfo=UTC)


def _translated(invoice: Invoice) -> Translated:
    """One event. Its id holds the content, its rank the length: a longer version of the same invoice knows better."""
    first = invoice.lines[0]
    subject, type_, facts = _document(invoice.lines)
    event = Event(type_, first.at, facts, {"document": first.invoice}, rank=len(invoice.lines))
    id_ = f"{first.invoice}:{len(invoice.lines)}:{invoice.digest.hexdigest()[:24]}"
    return Translated(id_, subject, (event,), f"online_retail:customer:{first.customer}" if first.customer else None)


def _document(lines: list[Line]) -> tuple[str, EventType, tuple[Fact, ...]]:
    first = lines[0]
    if first.kind is LineKind.BAD_DEBT:
        return f"ledger:{first.invoice}", EventType.LEDGER_ADJUSTED, (_order(first), *_lines(lines))
    if first.invoice.startswith("C"):
        return f"return:{first.invoice}", EventType.RETURN_RECEIVED, tuple(_cancellation(lines))
    if all(line.kind is LineKind.WRITE_OFF for line in lines):
        return f"stock:{first.invoice}", EventType.STOCK_ADJUSTED, (_order(first), *_lines(lines))
    return f"order:{first.invoice}", EventType.ORDER_PLACED, (_order(first), *_lines(lines))


def _order(first: Line) -> OrderFact:
    return OrderFact(first.invoice, number=first.invoice, placed_at=first.at, currency=_CURRENCY, country=first.country)


def _lines(lines: list[Line]) -> Iterator[LineFact]:
    for place, line in enumerate(lines, 1):
        yield LineFact(
            str(place), sku=line.sku, title=line.title, quantity=line.quantity, unit_price=line.price, kind=line.kind,
            booked_at=line.at if line.at != lines[0].at else None,
        )  # fmt: skip


def _cancellation(lines: list[Line]) -> Iterator[Fact]:
    """A credit note: goods and money have moved when it is written. It never names the invoice it cancels."""
    first = lines[0]
    yield ReturnFact(
        first.invoice, number=first.invoice, native_status="cancelled", request=RequestAxis.APPROVED, goods=GoodsAxis.RECEIVED,
        money=MoneyAxis.DONE, requested_at=first.at, received_at=first.at, closed_at=first.at, country=first.country, currency=_CURRENCY,
    )  # fmt: skip
    for place, line in enumerate(lines, 1):
        yield ReturnLineFact(
            f"{first.invoice}-{place}", first.invoice, sku=line.sku, quantity=-line.quantity, received_quantity=-line.quantity,
            unit_price=line.price, kind=line.kind, booked_at=line.at if line.at != first.at else None,
        )  # fmt: skip
    total = -sum((line.price * line.quantity for line in lines), Decimal(0))
    yield RefundFact(first.invoice, None, first.invoice, money.money(total, _CURRENCY, "Price"), True, first.at)
