"""Platforms' report files, read as their modules read the same rows when they are fetched: one delivery a row."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any, Protocol

from ..model.errors import BadPayload
from ..model.event import Translated
from ._bulk import BulkColumns, Shapes
from ._columns import Rows
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
    @property
    def shapes(self) -> Shapes: ...
    @property
    def free(self) -> tuple[str, ...]: ...


def columns(report: Report) -> BulkColumns:
    """What reads and checks batches of a report; the row-level report of faults comes with the rows it returns."""
    return BulkColumns(report.readers, report.shapes, report.free)


def outcomes(report: Report, batches: Iterable[Batch]) -> Iterator[Outcome]:
    """What becomes of a file's rows. A reason whose code nobody knows is noted, and the row is taken."""
    reading = columns(report)
    for batch in batches:
        for rows in reading.read(batch):
            yield from rows.refused
            yield from rows.skipped
            yield from _made(report, rows)


def _made(report: Report, rows: Rows) -> Iterator[Outcome]:
    make, reason = report.make, report.reason
    for number, *values in rows.tuples():
        try:
            yield make(*values)
        except BadPayload as err:
            yield Refused(number, err.where, "", err.problem)
            continue
        said = values[reason]
        if said.label is None and said.native:
            yield Noted(number, NOT_KNOWN, said.native)
