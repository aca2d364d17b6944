"""Parameters of a metric: what a header declares, and how a value is checked and written into SQL. Closed lists only."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from ..model.errors import BadPayload

Value = str | int | None
Read = tuple[str, dict[str, str]]
_KEYS = {
    "one": {"of"},
    "some": {"of", "none"},
    "whole": {"least", "most", "unset"},
    "date": {"unset"},
}


@dataclass(frozen=True, slots=True)
class Parameter:
    """A parameter. `kind` is one (word of `of`, the first is the default), some (words of `of`, or `none`), whole (number
    from `least` to `most`) or date (YYYY-MM-DD); whole and date stand as `unset` in the SQL when not given."""

    name: str
    kind: str
    meaning: str
    of: tuple[str, ...] = ()
    none: str = ""
    least: int = 0
    most: int = 0
    unset: str = ""

    @property
    def default(self) -> str:
        """What stands when it is not given."""
        return {"one": self.of[0] if self.of else "", "some": self.none}.get(self.kind, self.unset)

    @property
    def values(self) -> str:
        """What may be given, in words."""
        words = {
            "one": " | ".join(self.of),
            "some": f"{self.none}, or some of {', '.join(self.of)}",
            "whole": f"a whole number from {self.least} to {self.most}",
            "date": "a date (YYYY-MM-DD)",
        }
        return words[self.kind]

    def read(self, value: Value, where: str) -> Read:
        """A given value as its one spelling and as the SQL literals of its placeholders; None takes the default.

        BadPayload says what may be given when it is anything else.
        """
        return _READERS[self.kind](self, value, where)


def parameter(name: str, declared: Mapping[str, Any]) -> Parameter:
    """The parameter a header declares; ValueError when the declaration is not of its kind's form."""
    kind = declared.get("kind", "")
    if kind not in _KEYS or declared.keys() != _KEYS[kind] | {"kind", "meaning"}:
        raise ValueError(f"parameter {name} of kind {kind!r} is declared with {', '.join(sorted(declared))}")
    of = tuple(declared.get("of", ()))
    if not all(re.fullmatch("[a-z_]+", word) for word in of):
        raise ValueError(f"parameter {name}: words are lower-case letters and underscores")
    return Parameter(name, **{**declared, "of": of})


def _one(one: Parameter, value: Value, where: str) -> Read:
    word = one.default if value is None else str(value).strip()
    if word not in one.of:
        raise _refused(one, value, where)
    return word, {one.name: f"'{word}'"}


def _some(one: Parameter, value: Value, where: str) -> Read:
    """Each word of the list is a placeholder NAME_WORD of its own, TRUE or FALSE."""
    words = {word.strip() for word in (one.none if value is None else str(value)).split(",")}
    if words != {one.none} and not words <= set(one.of):
        raise _refused(one, value, where)
    chosen = [word for word in one.of if word in words]
    return ",".join(chosen) or one.none, {f"{one.name}_{word}": str(word in words).upper() for word in one.of}


def _whole(one: Parameter, value: Value, where: str) -> Read:
    if value is None:
        return one.unset, {one.name: one.unset}
    digits = "" if isinstance(value, bool) else str(value).strip()
    if not re.fullmatch("[0-9]{1,18}", digits) or not one.least <= int(digits) <= one.most:
        raise _refused(one, value, where)
    return str(int(digits)), {one.name: str(int(digits))}


def _date(one: Parameter, value: Value, where: str) -> Read:
    if value is None:
        return one.unset, {one.name: one.unset}
    text = str(value).strip()
    try:
        day = date.fromisoformat(text if re.fullmatch("[0-9]{4}-[0-9]{2}-[0-9]{2}", text) else "")
    except ValueError:
        raise _refused(one, value, where) from None
    return day.isoformat(), {one.name: f"DATE '{day.isoformat()}'"}


def _refused(one: Parameter, value: Value, where: str) -> BadPayload:
    return BadPayload(f"expected {one.values}, got {str(value)[:40]!r}", where)


_READERS: dict[str, Callable[[Parameter, Value, str], Read]] = {"one": _one, "some": _some, "whole": _whole, "date": _date}
