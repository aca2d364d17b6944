"""The reason of a return's line, out of everything that was ever said of it.

A person's correction wins; then what an inspection found; then what was read in the buyer's words together with the platform's
code; then the code alone; then what somebody else inferred. Stated, inferred and inspected stay apart in the facts themselves.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from ...model.facts import ReturnLineFact, WordsFact
from ...model.state import State
from ...model.words import REASON_GROUPS, Reason


@dataclass(frozen=True, slots=True)
class Decided:
    """A reason: its label, the label's group, and who said so: person, inspection, text, code+text, code, inferred or none.

    `words` are the buyer's, where there are any.
    """

    label: Reason
    source: str
    confidence: Decimal | None = None
    words: WordsFact | None = None

    @property
    def group(self) -> str:
        """The label's group."""
        return REASON_GROUPS[self.label]

    @property
    def tags(self) -> tuple[str, ...] | None:
        """What else the buyer said."""
        return self.words.reading.tags if self.words and self.words.reading else None


def reason_of(state: State, line: ReturnLineFact) -> Decided:
    """The reason of a line of a return."""
    words = words_of(state, line)
    if line.reason_corrected:
        return Decided(line.reason_corrected, "person", Decimal(1), words)
    if line.reason_inspected:
        return Decided(line.reason_inspected, "inspection", None, words)
    read = words.reading if words else None
    if read and words and read.source != "none" and not _of_others(words, read.source, line):
        return Decided(read.label, read.source, read.confidence, words)
    if line.reason_stated:
        return Decided(line.reason_stated, "code")
    return Decided(line.reason_inferred or Reason.OTHER, "inferred" if line.reason_inferred else "none")


def _of_others(words: WordsFact, source: str, line: ReturnLineFact) -> bool:
    """Whether words written for a whole return were read without the line's own code: its lines have different ones."""
    coded = line.reason_stated not in (None, Reason.OTHER)
    return coded and source == "text" and words.id == f"return:{line.return_id}"


def words_of(state: State, line: ReturnLineFact) -> WordsFact | None:
    """The words that belong to a line: its own, else those written for the whole return."""
    told = state.of("words")
    return told.get(f"return_line:{line.id}") or told.get(f"return:{line.return_id}")
