"""Small files of the retailer's shape, as text, and what becomes of their rows."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

from chalicelib.effects import files
from chalicelib.formats import Format, Refused, Skipped, online_retail
from chalicelib.model.event import Translated
from chalicelib.model.facts import LineFact, ReturnLineFact

HEADER = "Invoice,StockCode,Description,Quantity,InvoiceDate,Price,Customer ID,Country"
SOLD = "489434,85048,GLASS BALL LIGHTS,12,2009-12-01 07:45:00,6.95,13085,United Kingdom"


@dataclass
class Outcome:
    """What became of a file: documents, refused and skipped rows, rows that could not be split, and every row's number."""

    documents: list[Translated] = field(default_factory=list)
    refused: list[Refused] = field(default_factory=list)
    skipped: list[Skipped] = field(default_factory=list)
    unread: list[files.Unread] = field(default_factory=list)
    lines: list[int] = field(default_factory=list)

    @property
    def taken(self) -> int:
        """How many rows became lines of documents."""
        facts = [fact for one in self.documents for event in one.events for fact in event.facts]
        return sum(isinstance(fact, (LineFact, ReturnLineFact)) for fact in facts)

    def causes(self) -> list[tuple[int, str, str]]:
        """Line, column and value of each refused row."""
        return [(one.line, one.column, one.value) for one in self.refused]


def write(path: Path, rows: Iterable[str], header: str = HEADER, end: str = "\n") -> Path:
    """A text file of a header and rows."""
    path.write_bytes("".join(line + end for line in (header, *rows)).encode())
    return path


def outcome(path: Path, format_: Format = online_retail, block: int = files.BLOCK) -> Outcome:
    """What becomes of a file."""
    found = Outcome()

    def watched():
        for batch in files.read(path, format_.COLUMNS, format_.OPTIONAL, block):
            found.unread.extend(batch.unread)
            found.lines.extend([*batch.lines, *(one.line for one in batch.unread)])
            yield batch

    kinds = {Translated: found.documents, Refused: found.refused, Skipped: found.skipped}
    for one in format_.translate(watched()):
        kinds[type(one)].append(one)
    return found


def of(folder: Path, *rows: str, header: str = HEADER) -> Outcome:
    """What becomes of a file of these rows."""
    return outcome(write(folder / "history.csv", rows, header))


def each_row_once(found: Outcome) -> bool:
    """Every row of the file is in one document, refused, skipped or could not be split: exactly one of them."""
    numbers = sorted(found.lines)
    left = [one.line for one in (*found.refused, *found.skipped, *found.unread)]
    return (
        numbers == list(range(2, len(numbers) + 2))
        and len(left) == len(set(left))
        and set(left) <= set(numbers)
        and found.taken == len(numbers) - len(left)
    )
