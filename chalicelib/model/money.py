"""Money and prices. Settled amounts are whole minor units with an ISO 4217 code; unit prices are exact decimals (18,6)."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import ROUND_HALF_EVEN, Decimal, InvalidOperation

from .errors import BadPayload

# ISO 4217 list one: the currencies whose minor unit is not a hundredth. Everything else has two decimals.
_EXPONENTS = {
    **dict.fromkeys("BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF".split(), 0),
    **dict.fromkeys("BHD IQD JOD KWD LYD OMR TND".split(), 3),
    **dict.fromkeys("CLF UYW".split(), 4),
}
PRICE_SCALE = Decimal("0.000001")
_PRICE_LIMIT = Decimal(10) ** 12
_AMOUNT_LIMIT = 10**15


@dataclass(frozen=True, slots=True)
class Money:
    """A settled amount: `amount` in minor units (cents, pence, yen) of `currency` (ISO 4217)."""

    amount: int
    currency: str


def exponent(currency: str) -> int:
    """How many decimals the minor unit of `currency` has (2 for USD, 0 for JPY, 3 for KWD)."""
    return _EXPONENTS.get(currency, 2)


def decimal(value: object, where: str) -> Decimal:
    """`value` (text or whole number) as a finite decimal; BadPayload if it is anything else. Floats go through their text."""
    if isinstance(value, bool) or value is None or isinstance(value, (dict, list)):
        raise BadPayload(f"expected a decimal number, got {type(value).__name__}", where)
    try:
        number = Decimal(str(value).strip())
    except InvalidOperation:
        raise BadPayload(f"expected a decimal number, got {str(value)[:40]!r}", where) from None
    if not number.is_finite():
        raise BadPayload(f"expected a finite number, got {str(value)[:40]!r}", where)
    return number


def currency_code(value: object, where: str) -> str:
    """An ISO 4217 code: three capital letters; BadPayload otherwise."""
    if isinstance(value, str) and len(value) == 3 and value.isascii() and value.isalpha():
        return value.upper()
    raise BadPayload(f"expected a three-letter ISO 4217 currency, got {str(value)[:40]!r}", where)


def money(value: object, currency: str, where: str) -> Money:
    """A decimal amount in major units ("19.99") as Money, rounded half-even to the minor unit; BadPayload when absurd."""
    number = decimal(value, where)
    if number.copy_abs() >= _AMOUNT_LIMIT:
        raise BadPayload(f"amount {str(value)[:40]} is beyond any order", where)
    minor = number.scaleb(exponent(currency)).quantize(Decimal(1), rounding=ROUND_HALF_EVEN)
    return Money(int(minor), currency)


def price(value: object, where: str) -> Decimal:
    """A unit price as an exact decimal with at most six places, without trailing zeros; BadPayload when absurd."""
    number = decimal(value, where)
    if number.copy_abs() >= _PRICE_LIMIT:
        raise BadPayload(f"price {str(value)[:40]} is beyond any product", where)
    return plain(number.quantize(PRICE_SCALE, rounding=ROUND_HALF_EVEN))


def plain(number: Decimal) -> Decimal:
    """The same number in one spelling: no exponent, no trailing zeros, so that equal prices are equal bytes."""
    return Decimal(format(number.normalize(), "f")) if number else Decimal(0)
