"""A platform's codes for why something comes back, as data: reasons/<platform>.toml, with version, source and date.

A code is precise when it says one thing (TOO_SMALL), else it is a prior that the buyer's own words may correct. A code that
nobody knows yet is kept as it came and has no label: it is counted and shown, never rejected.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from pathlib import Path
from typing import Any

from ..model.words import Reason

_FOLDER = Path(__file__).parent / "reasons"
_LOGISTICS = frozenset({Reason.DAMAGED_IN_TRANSIT, Reason.NOT_RECEIVED, Reason.LATE_DELIVERY})
_SELLERS = frozenset({Reason.QUALITY_DEFECT, Reason.NOT_AS_DESCRIBED, Reason.WRONG_ITEM, Reason.MISSING_PARTS})
_BUYERS = frozenset({Reason.CHANGED_MIND, Reason.BETTER_PRICE, Reason.ORDERED_BY_MISTAKE})
_FAULTS = (
    dict.fromkeys(_SELLERS, "seller") | dict.fromkeys(_LOGISTICS, "carrier") | dict.fromkeys(_BUYERS, "buyer")
    | {Reason.OTHER: "unknown"}
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Code:
    """What a code says: our label, whose fault it is by default, and whether it says so precisely.

    `also` is a second label it may mean; `flag` what a person should know besides (counterfeit, fraud_suspected).
    """

    label: Reason
    precise: bool
    fault: str
    also: Reason | None = None
    flag: str | None = None
    text: str | None = None


@dataclass(frozen=True, slots=True)
class Codes:
    """A platform's codes. `families` are patterns for codes that are not listed, the first that fits decides."""

    title: str
    version: int
    source: str
    mark: str
    as_of: date
    codes: Mapping[str, Code]
    families: tuple[tuple[re.Pattern[str], Code], ...] = ()

    def of(self, code: str | None) -> Code | None:
        """What a code says, already in the spelling of the file; None for none and for one that nobody knows."""
        if not code:
            return None
        known = self.codes.get(code)
        return known or next((said for pattern, said in self.families if pattern.search(code)), None)


@lru_cache(maxsize=None)
def codes(platform: str) -> Codes:
    """The codes of a platform. FileNotFoundError where none are on file."""
    found = tomllib.loads((_FOLDER / f"{platform}.toml").read_text("utf-8"))
    listed = {name: _code(one) for name, one in found.get("codes", {}).items()}
    families = tuple((re.compile(one["match"]), _code(one)) for one in found.get("families", []))
    return Codes(found["title"], found["version"], found["source"], found["mark"], found["as_of"], listed, families)


def names() -> tuple[str, ...]:
    """Every platform whose codes are on file."""
    return tuple(sorted(path.stem for path in _FOLDER.glob("*.toml")))


def fault(label: Reason) -> str:
    """Whose fault a reason is where nothing more is known: seller, carrier, buyer, none (size, taste) or unknown."""
    return _FAULTS.get(label, "none")


def _code(one: Mapping[str, Any]) -> Code:
    label, also = Reason(one["label"]), one.get("also")
    return Code(
        label, one["precise"], one.get("fault", fault(label)), Reason(also) if also else None, one.get("flag"), one.get("text")
    )
