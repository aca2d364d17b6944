"""What a format module must offer, and the words it uses. Pure: reading the file itself is an effect."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from ..model.event import Translated

LINE = "line"
"""The one column of a file of JSON lines: each line's bytes."""
FOREIGN = 0x10FF00
"""A byte of a text file that is no UTF-8 comes as this character (of private use) plus the byte."""


class Batch(Protocol):
    """Some rows of a file, in their order, as columns.

    `lines` are the rows' numbers: the header is 1, and a row whose quoted value spans several lines counts as one, as a
    spreadsheet counts; rows of Parquet are numbered as if a header stood above them. `columns` holds for each column that
    the format asked for and the file has an Arrow dictionary array: values as bytes in UTF-8 (text files), or as the file's
    own text, numbers and null (Parquet; times come as ISO 8601 text). For JSON lines it holds LINE, an Arrow array of bytes.
    """

    @property
    def lines(self) -> Sequence[int]: ...
    @property
    def columns(self) -> Mapping[str, Any]: ...


@dataclass(frozen=True, slots=True)
class Refused:
    """A row that could not be taken: where, what stood there and why. The rest of the file is taken all the same."""

    line: int
    column: str
    value: str
    cause: str


@dataclass(frozen=True, slots=True)
class Skipped:
    """A row left out on purpose, with the rule: it is counted, not refused."""

    line: int
    rule: str


class Format(Protocol):
    """A module of this folder."""

    TITLE: str
    COLUMNS: tuple[str, ...]
    """The columns a file of this format must have, at least two; empty for JSON lines."""
    OPTIONAL: tuple[str, ...]
    """Columns that are read where a file has them."""

    def translate(self, batches: Iterable[Batch]) -> Iterator[Translated | Refused | Skipped]:
        """Deliveries to be, refused rows and skipped rows, in the file's order as far as documents allow.

        Every row is taken into one delivery, refused or skipped, exactly once. Memory holds a batch and the documents that
        are still open, not the file.
        """
