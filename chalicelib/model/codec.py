"""Between the words of the model and JSON: one codec for the log, for state and for the published schema.

Encoding leaves out None and writes each value in one spelling, so equal facts are equal bytes. Decoding checks every field
and names the place of the first fault ("data.lines[2].quantity: expected a whole number, got text").
"""

from __future__ import annotations

import dataclasses
import json
import types
import typing
from collections.abc import Callable, Mapping
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any, TypeVar

from . import money, times
from .errors import BadPayload

T = TypeVar("T")
Decoder = Callable[[Any, str], Any]
Encoder = Callable[[Any], Any]
MAX_TEXT = 1000
MAX_ITEMS = 10_000
_MAX_WHOLE = 2**53


def dumps(value: object) -> bytes:
    """Canonical JSON: sorted keys, no blanks, UTF-8."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()


def loads(data: bytes, where: str = "body") -> Any:
    """JSON bytes as a value. BadPayload for anything that is not strict JSON: bad UTF-8, NaN, doubled keys, depth bombs."""
    try:
        return json.loads(data.decode(), object_pairs_hook=_unique, parse_constant=_no_constant)
    except UnicodeDecodeError:
        raise BadPayload("not UTF-8", where) from None
    except RecursionError:
        raise BadPayload("nested too deeply", where) from None
    except ValueError as err:
        raise BadPayload(f"not JSON: {err}", where) from None


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a key stands twice in one object")
    return found


def _no_constant(word: str) -> Any:
    raise ValueError(f"{word} is not a number")


def text(value: object, where: str) -> str:
    """Text of at most 1,000 characters, safe to store: half surrogates are replaced."""
    if not isinstance(value, str):
        raise BadPayload(f"expected text, got {_named(value)}", where)
    if len(value) > MAX_TEXT:
        raise BadPayload(f"text of {len(value)} characters, at most {MAX_TEXT} are taken", where)
    return value.encode("utf-8", "replace").decode()


def whole(value: object, where: str) -> int:
    """A whole number up to 2^53; BadPayload for fractions, text, true and false."""
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    if not isinstance(value, int) or isinstance(value, bool):
        raise BadPayload(f"expected a whole number, got {_named(value)}", where)
    if abs(value) > _MAX_WHOLE:
        raise BadPayload("number is too large", where)
    return value


def flag(value: object, where: str) -> bool:
    """true or false."""
    if not isinstance(value, bool):
        raise BadPayload(f"expected true or false, got {_named(value)}", where)
    return value


def mapping(value: object, where: str) -> Mapping[str, Any]:
    """A JSON object."""
    if not isinstance(value, dict):
        raise BadPayload(f"expected an object, got {_named(value)}", where)
    return value


def sequence(value: object, where: str) -> list[Any]:
    """A JSON array of at most 10,000 items."""
    if not isinstance(value, list):
        raise BadPayload(f"expected a list, got {_named(value)}", where)
    if len(value) > MAX_ITEMS:
        raise BadPayload(f"list of {len(value)} items, at most {MAX_ITEMS} are taken", where)
    return value


def _named(value: object) -> str:
    names: dict[type, str] = {dict: "an object", list: "a list", str: "text", bool: "true or false"}
    return "nothing" if value is None else names.get(type(value), "a number")


@dataclasses.dataclass(frozen=True, slots=True)
class FieldCode:
    """How one field goes to JSON and back."""

    name: str
    required: bool
    type: Any
    encode: Encoder | None
    decode: Decoder


def encode(value: Any) -> dict[str, Any]:
    """A dataclass of the model as a JSON object without its Nones."""
    found = {}
    for code in codes(type(value)):
        item = getattr(value, code.name)
        if item is not None:
            found[code.name] = code.encode(item) if code.encode else item
    return found


def decode(cls: type[T], value: object, where: str) -> T:
    """A JSON object as `cls`. BadPayload names the field that is missing, unknown or wrong."""
    given = mapping(value, where)
    table = codes(cls)
    found = {c.name: c.decode(given[c.name], f"{where}.{c.name}") for c in table if given.get(c.name) is not None}
    for code in table:
        if code.required and code.name not in found:
            raise BadPayload("is missing", f"{where}.{code.name}")
    if len(found) < len(given):
        _refuse_unknown(given, {c.name for c in table}, where)
    return cls(**found)


def _refuse_unknown(given: Mapping[str, Any], known: set[str], where: str) -> None:
    for name in given:
        if name not in known:
            raise BadPayload(f"is not a field here; known are {', '.join(sorted(known))}", f"{where}.{name[:40]}")


_CODES: dict[type[Any], tuple[FieldCode, ...]] = {}


def codes(cls: type[Any]) -> tuple[FieldCode, ...]:
    """The codec of each field of a dataclass of the model, worked out once."""
    found = _CODES.get(cls)
    if found is None:
        hints = typing.get_type_hints(cls)
        found = _CODES[cls] = tuple(
            FieldCode(f.name, f.default is dataclasses.MISSING, bare(hints[f.name]), *_code(bare(hints[f.name])))
            for f in dataclasses.fields(cls)
        )
    return found


def bare(hint: Any) -> Any:
    """A type without its `| None`."""
    if isinstance(hint, types.UnionType):
        return next(arg for arg in typing.get_args(hint) if arg is not type(None))
    return hint


def _code(hint: Any) -> tuple[Encoder | None, Decoder]:
    if hint in _PLAIN:
        return _PLAIN[hint]
    if typing.get_origin(hint) is tuple:
        to, back = _code(typing.get_args(hint)[0])
        return (lambda items: [to(item) if to else item for item in items]), _many(back)
    if isinstance(hint, type) and issubclass(hint, StrEnum):
        return str, _word(hint)
    return encode, lambda value, where: decode(hint, value, where)


def _many(one: Decoder) -> Decoder:
    def read(value: Any, where: str) -> tuple[Any, ...]:
        return tuple(one(item, f"{where}[{n}]") for n, item in enumerate(sequence(value, where)))

    return read


def _word(enum: type[StrEnum]) -> Decoder:
    def read(value: Any, where: str) -> StrEnum:
        try:
            return enum(value)
        except ValueError:
            raise BadPayload(f"expected one of {', '.join(enum)}, got {str(value)[:40]!r}", where) from None

    return read


def _price_text(number: Decimal) -> str:
    return format(number, "f")


_PLAIN: dict[Any, tuple[Encoder | None, Decoder]] = {
    str: (None, text),
    int: (None, whole),
    bool: (None, flag),
    Decimal: (_price_text, money.price),
    datetime: (times.text, times.parse),
}
