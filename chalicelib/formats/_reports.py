"""Platforms' report files, read as their modules read the same rows when they are fetched: one delivery a row."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any, Protocol

from ..model.errors import BadPayload
from ..model.event import Translated
from ._columns import Columns
from ._contract import Batch, Noted, Outcome, Refused

NOT_KNOWN = "the reason's code is not known yet"


class Report(Protocol):
    """What a platform's module knows of a report; platforms._amazon_reports.Report is one."""

    @property
    def readers(self) -> Mapping[str, Callable[[Any], Any]]: ...
    @property
    def make(self) -> Callable[..., Translated]: ...
    @property
    def reason(self) -> int: ...


def outcomes(report: Report, batches: Iterable[Batch]) -> Iterator[Outcome]:
    """What becomes of a file's rows. A reason whose code nobody knows is noted, and the row is taken."""
    reading, make, reason = Columns(report.readers), report.make, report.reason
    for batch in batches:
        rows = reading.read(batch)
        yield from rows.refused
        yield from rows.skipped
        for number, *values in rows.tuples():
            try:
                yield make(*values)
            except BadPayload as err:
                yield Refused(number, err.where, "", err.problem)
                continue
            said = values[reason]
            if said.native and said.label is None:
                yield Noted(number, NOT_KNOWN, said.native)
