"""What keywords are made of: the texts that go in, and the entries of the table that come out."""

from __future__ import annotations

from collections import Counter
from dataclasses import asdict, dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Text:
    """Words of a buyer, masked. `kind` is return, review or message; `complaint` says on which side they are counted.

    `language` is an ISO 639-1 code or a tag that begins with one ("pt-BR"); None where nobody knows. `label` is the reason.
    """

    id: str
    text: str
    language: str | None = None
    kind: str = "return"
    rating: int | None = None
    sku: str | None = None
    category: str | None = None
    shop: str | None = None
    label: str | None = None
    complaint: bool = True


@dataclass(frozen=True, slots=True)
class Spelling:
    """One way in which a phrase is written, and in how many complaints."""

    language: str
    words: str
    texts: int


@dataclass(frozen=True, slots=True)
class Example:
    """A complaint that holds the phrase: its id, and the words around the phrase."""

    id: str
    excerpt: str


@dataclass(frozen=True, slots=True)
class Keyword:
    """A phrase that complaints hold more often than ordinary texts. All counts are of texts, each counted once.

    `z` ranks: the log-odds ratio in units of its standard error. `lift` is how many times more frequent the phrase is among
    complaints, `low` and `high` its 95 % interval. `polarity` is -1 where only complaints hold the phrase, 0 where complaints
    and praise do alike, 1 where only praise does. `direction` holds which way it points ("small"; "!works" where denied).
    """

    phrase: str
    language: str
    aspect: str | None
    direction: tuple[str, ...]
    z: float
    lift: float
    low: float
    high: float
    n_complaints: int
    complaints: int
    n_returns: int
    n_background: int
    background: int
    polarity: float
    label: str | None
    spellings: tuple[Spelling, ...]
    examples: tuple[Example, ...]

    def as_dict(self) -> dict[str, Any]:
        """The entry as JSON takes it."""
        return asdict(self)


def most_frequent(values: Counter[str]) -> str | None:
    """The most frequent of some values, the first by alphabet among equals; None of none."""
    return min(values, key=lambda value: (-values[value], value)) if values else None
