"""What a format module must offer, and the words it uses. Pure: reading the file itself is an effect."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from ..model.event import Translated

LINE = "line"
"""The one column of a file of JSON lines: each line's bytes."""
FOREIGN = 0x10FF00
"""A byte that the encoding of a text file does not know comes as this character (of private use) plus the byte."""


class Batch(Protocol):
    """Some rows of a file, in their order, as columns.

    `lines` are the rows' numbers: the header is 1, and a row whose quoted value spans several lines counts as one, as a
    spreadsheet counts; rows of Parquet are numbered as if a header stood above them. `columns` holds for each column that
    the format asked for and the file has an Arrow dictionary array: values as bytes in UTF-8 (text files, whatever their
    encoding was), or as the file's own text, numbers and null (Parquet and workbooks; times come as ISO 8601 text). For JSON
    lines it holds LINE, an Arrow array of bytes.
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


@dataclass(frozen=True, slots=True)
class Noted:
    """A remark on a row that was taken all the same, such as a reason whose words are not known: it is counted and shown."""

    line: int
    remark: str
    value: str


Outcome = Translated | Refused | Skipped | Noted


@dataclass(frozen=True, slots=True)
class Twin:
    """How a report looks as XML: the element of a record, the one of an item in it, and the column each leaf stands for."""

    record: str
    item: str
    columns: Mapping[str, str]


class Format(Protocol):
    """A module of this folder, or what `mapped` makes of a map.

    A module may also have PLATFORM (whose files these are); PLAIN, True where quotes are part of the text and a row may leave
    away its last cells (Amazon's reports); and then XML, a Twin, where the same report comes as XML as well.
    """

    @property
    def TITLE(self) -> str: ...  # noqa: N802
    @property
    def COLUMNS(self) -> tuple[str, ...]:  # noqa: N802
        """The columns a file of this format must have, at least two; empty for JSON lines."""

    @property
    def OPTIONAL(self) -> tuple[str, ...]:  # noqa: N802
        """Columns that are read where a file has them."""

    def translate(self, batches: Iterable[Batch]) -> Iterator[Outcome]:
        """Deliveries to be, refused rows and skipped rows, in the file's order as far as documents allow; and remarks.

        Every row is taken into one delivery, refused or skipped, exactly once. Memory holds a batch and the documents that
        are still open, not the file.
        """
