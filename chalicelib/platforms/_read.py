"""Reading payloads that may lack any field: each read names its place, absent is None, wrong is BadPayload.

Reads are on the path of every webhook, so the usual case comes first and a place is put into words only when it is needed.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from ..model import codec, money, times
from ..model.errors import BadPayload
from ..model.money import Money

MAX_ID = 200
_MAX_NAME = 100


def name_of(said: str) -> str:
    """A name the sender gave in a header, fit to be a key: itself up to 100 printable ASCII characters, else its SHA-256."""
    if len(said) <= _MAX_NAME and said.isascii() and said.isprintable():
        return said
    return "sha256-" + hashlib.sha256(said.encode("utf-8", "replace")).hexdigest()[:32]


class Reader:
    """A JSON object of a payload and the path that led to it."""

    __slots__ = ("value", "where")

    def __init__(self, value: Mapping[str, Any], where: str) -> None:
        self.value = value
        self.where = where

    @classmethod
    def of(cls, body: bytes) -> Reader:
        """The JSON object a body is; BadPayload when it is anything else."""
        return cls(codec.mapping(codec.loads(body), "body"), "body")

    def path(self, name: str) -> str:
        """Where a field stands, for messages."""
        return f"{self.where}.{name}"

    def child(self, name: str) -> Reader:
        """The object under `name`; an empty one when absent."""
        value, where = self.value.get(name), f"{self.where}.{name}"
        return Reader({} if value is None else codec.mapping(value, where), where)

    def children(self, name: str) -> Iterator[Reader]:
        """The objects in the list under `name`; none when absent."""
        value = self.value.get(name)
        if not value and (value is None or isinstance(value, list)):
            return
        where = self.path(name)
        for n, item in enumerate(codec.sequence(value, where)):
            place = f"{where}[{n}]"
            yield Reader(codec.mapping(item, place), place)

    def text(self, name: str) -> str | None:
        """Text, shortened to 1,000 characters; None when absent or empty."""
        value = self.value.get(name)
        if value is None or value == "":
            return None
        if isinstance(value, str):
            value = value[: codec.MAX_TEXT]
            if value.isascii():
                return value
        return codec.text(value, self.path(name))

    def id(self, name: str) -> str | None:
        """A native id, a whole number or text of at most 200 characters, as text; None when absent."""
        value = self.value.get(name)
        if type(value) is int and abs(value) < 10**30:
            return str(value)
        if value is None or value == "":
            return None
        if isinstance(value, str) and len(value) <= MAX_ID and value.isprintable():
            return value
        raise BadPayload(f"expected an id: a whole number or at most {MAX_ID} printable characters", self.path(name))

    def needed_id(self, name: str) -> str:
        """A native id that must be there."""
        found = self.id(name)
        if found is None:
            raise BadPayload("is missing", self.path(name))
        return found

    def whole(self, name: str) -> int | None:
        """A whole number; None when absent."""
        value = self.value.get(name)
        return None if value is None else codec.whole(value, self.path(name))

    def flag(self, name: str) -> bool | None:
        """true or false; None when absent."""
        value = self.value.get(name)
        return value if value is None or value is True or value is False else codec.flag(value, self.path(name))

    def time(self, name: str) -> datetime | None:
        """A time; None when absent or empty."""
        value = self.value.get(name)
        return None if value is None or value == "" else times.parse(value, self.path(name))

    def seconds(self, name: str) -> datetime | None:
        """A time given in whole seconds since 1970, as a number or in digits; None when absent, empty or 0."""
        value = self.value.get(name)
        if value is None or value == "" or value == 0 or value == "0":
            return None
        if isinstance(value, str) and len(value) <= 15 and value.isascii() and value.isdigit():
            value = int(value)
        whole = codec.whole(value, self.path(name))
        try:
            return times.parse(datetime.fromtimestamp(whole, UTC).isoformat(), self.path(name))
        except (ValueError, OverflowError, OSError):
            raise BadPayload("expected a time in seconds since 1970", self.path(name)) from None

    def moment(self, name: str) -> datetime | None:
        """A time in whole seconds or milliseconds since 1970, told apart by its length; None when absent, empty or 0."""
        value = self.value.get(name)
        digits = isinstance(value, str) and 12 <= len(value) <= 15 and value.isascii() and value.isdigit()
        millis = int(value) if digits else value  # type: ignore[arg-type]
        if type(millis) is not int or not 10**11 <= millis < 10**14:
            return self.seconds(name)
        return times.parse(times.text(times.from_millis(millis)), self.path(name))

    def price(self, name: str) -> Decimal | None:
        """A unit price in major units; None when absent."""
        value = self.value.get(name)
        if value is None or value == "":
            return None
        try:
            return money.price(value, self.path(name))
        except ArithmeticError:  # an exponent beyond what decimals compute with
            raise BadPayload("number is too large", self.path(name)) from None

    def money(self, name: str, currency: str | None) -> Money | None:
        """An amount given in major units; None when it or the currency is absent."""
        value = self.value.get(name)
        if value is None or value == "" or currency is None:
            return None
        try:
            return money.money(value, currency, self.path(name))
        except ArithmeticError:
            raise BadPayload("number is too large", self.path(name)) from None

    def currency(self, name: str) -> str | None:
        """An ISO 4217 code; None when absent."""
        value = self.value.get(name)
        return None if value is None or value == "" else money.currency_code(value, self.path(name))


def total(amounts: list[Money | None], where: str) -> Money | None:
    """The sum of the amounts that are known; None when none is. BadPayload when they are in several currencies."""
    known = [amount for amount in amounts if amount]
    if not known:
        return None
    if len({amount.currency for amount in known}) > 1:
        raise BadPayload("amounts in several currencies cannot be added up", where)
    return Money(sum(amount.amount for amount in known), known[0].currency)
