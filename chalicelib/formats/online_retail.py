"""Online Retail II (UCI 502): invoice lines of a gift retailer, as CSV or Parquet. The real format that history is tried on.

What a line is follows the data set's own description: a leading C cancels, a leading A adjusts bad debt, a negative quantity
without C writes stock off, a price of 0 gives away, service codes are no products. Times carry no zone and are taken as UTC;
prices are pounds sterling. The two sheets overlap from 2010-12-01 on: those lines are left out of the first.

Here single values are read; `_invoices` makes events of the lines.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from ..model import codec, money, times
from ..model.errors import BadPayload
from ..model.event import Translated
from ..model.words import LineKind
from ._columns import Columns
from ._contract import Batch, Refused, Skipped
from ._invoices import Invoices, Line

TITLE = "Online Retail II (UCI 502)"
COLUMNS = ("Invoice", "StockCode", "Description", "Quantity", "InvoiceDate", "Price", "Customer ID", "Country")
OPTIONAL = ("Sheet",)

OVERLAP = "stands in the other sheet too"
_INVOICE = re.compile(r"[AC]?[0-9]{6}")
_PRODUCT = re.compile(r"[0-9]{5}[A-Z]*|DCGS[0-9A-Z]+|SP1002|PADS")
_OVERLAP_SHEET, _OVERLAP_FROM = "Year 2009-2010", datetime(2010, 12, 1, tzinfo=UTC)
# ISO 3166-1 alpha-2 where the name means one country; other names ("Channel Islands") stay as they are.
_COUNTRIES = {
    "Australia": "AU", "Austria": "AT", "Bahrain": "BH", "Belgium": "BE", "Bermuda": "BM", "Brazil": "BR", "Canada": "CA",
    "Cyprus": "CY", "Czech Republic": "CZ", "Denmark": "DK", "EIRE": "IE", "Finland": "FI", "France": "FR", "Germany": "DE",
    "Greece": "GR", "Hong Kong": "HK", "Iceland": "IS", "Israel": "IL", "Italy": "IT", "Japan": "JP", "Korea": "KR",
    "Lebanon": "LB", "Lithuania": "LT", "Malta": "MT", "Netherlands": "NL", "Nigeria": "NG", "Norway": "NO", "Poland": "PL",
    "Portugal": "PT", "RSA": "ZA", "Saudi Arabia": "SA", "Singapore": "SG", "Spain": "ES", "Sweden": "SE",
    "Switzerland": "CH", "Thailand": "TH", "USA": "US", "United Arab Emirates": "AE", "United Kingdom": "GB",
}  # fmt: skip
_json = json.JSONEncoder(ensure_ascii=False).encode
Spelled = tuple[Any, str]
"""What a value means, and its JSON text: a line's spelling is put together from these."""


def columns() -> Columns:
    """What reads and checks batches of this format; the row-level report of faults comes with the rows it returns."""
    return Columns(_READERS)


def translate(batches: Iterable[Batch]) -> Iterator[Translated | Refused | Skipped]:
    """One delivery an invoice, as soon as no more of its lines can come."""
    reading, invoices = columns(), Invoices()
    for batch in batches:
        rows = reading.read(batch)
        yield from rows.refused
        yield from rows.skipped
        for row in rows.tuples():
            line = _line(*row)
            if line is None:
                yield Skipped(row[0], OVERLAP)
            else:
                yield from invoices.take(line)
    yield from invoices.close()


def _line(
    number: int, invoice: str, code: tuple[Spelled, bool], quantity: Spelled, price: Spelled, country: Spelled, title: Spelled,
    time: Spelled, customer: Spelled, sheet: str,
) -> Line | None:  # fmt: skip
    """A row as a line; None when it stands in the other sheet too."""
    if sheet == _OVERLAP_SHEET and time[0] >= _OVERLAP_FROM:
        return None
    sku, product = code
    kind = _kind(invoice, product, quantity[0], price[0])
    spelling = f"[{sku[1]},{title[1]},{quantity[1]},{price[1]},{time[1]},{customer[1]},{country[1]}]"
    return Line(
        number, invoice, sku[0], title[0], quantity[0], price[0], time[0], customer[0], country[0], kind, spelling
    )  # fmt: skip


def _kind(invoice: str, product: bool, quantity: int, price: Decimal) -> LineKind:
    """The data set's own rule, in its order."""
    letter = invoice[0]
    if letter == "A":
        return LineKind.BAD_DEBT
    if quantity < 0 and letter != "C":
        return LineKind.WRITE_OFF
    if not price:
        return LineKind.FREE
    if not product:
        return LineKind.SERVICE
    return LineKind.RETURN if letter == "C" else LineKind.SALE


def _invoice(value: Any) -> str:
    text = _text(value, "Invoice").upper()
    if not _INVOICE.fullmatch(text):
        raise BadPayload("an invoice number is six digits, C or A may lead", "Invoice")
    return text


def _code(value: Any) -> tuple[Spelled, bool]:
    """A folded code, and whether it is a product's."""
    sku = _text(value, "StockCode").upper()
    return _spelled(sku), _PRODUCT.fullmatch(sku) is not None


def _quantity(value: Any) -> Spelled:
    try:
        return _spelled(codec.whole(int(str(value).strip()), "Quantity"))
    except ValueError:
        raise BadPayload("expected a whole number", "Quantity") from None


def _price(value: Any) -> Spelled:
    number = money.price(value, "Price")
    return number, _json(str(number))


def _country(value: Any) -> Spelled:
    name = _text(value, "Country")
    return _spelled(_COUNTRIES.get(name, name))


def _title(value: Any) -> Spelled:
    return _spelled(codec.text(str(value), "Description").strip() or None)


def _time(value: Any) -> Spelled:
    try:
        time = datetime.fromisoformat(str(value).strip())
        time = time.astimezone(UTC) if time.tzinfo else time.replace(tzinfo=UTC)
    except (ValueError, OverflowError):
        raise BadPayload("expected a time such as 2009-12-01 07:45:00", "InvoiceDate") from None
    time = times.parse(time.isoformat(), "InvoiceDate")  # what the log can hold
    return time, _json(time.isoformat())


def _customer(value: Any) -> Spelled:
    text = codec.text(str(value), "Customer ID").strip()
    return _spelled(text.removesuffix(".0") if text else None)


def _text(value: Any, name: str) -> str:
    text = codec.text(str(value), name).strip()
    if not text:
        raise BadPayload("is empty", name)
    return text


def _spelled(value: str | int | None) -> Spelled:
    return value, _json(value)


# In the order in which faults are told.
_READERS: dict[str, Callable[[Any], Any]] = {
    "Invoice": _invoice, "StockCode": _code, "Quantity": _quantity, "Price": _price, "Country": _country, "Description": _title,
    "InvoiceDate": _time, "Customer ID": _customer, "Sheet": str,
}  # fmt: skip
