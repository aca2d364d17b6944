"""What buyers wrote at Amazon: the comments in the report of returns to Amazon.

The report of returns to the seller has none, and buyers' messages have no API. Why somebody asks to cancel is no word on a
return.
"""

from __future__ import annotations

from ..model.event import Said
from ._amazon_reports import COMMENTS, FBA
from ._read import Reader
from ._said import sure


def words(row: Reader) -> tuple[Said, ...]:
    """The comment in a row of that report, as it was fetched; nothing for anything else."""
    if not row.value.get(COMMENTS):
        return ()
    made = sure(FBA.row, {name: cell for name, cell in row.value.items() if isinstance(cell, str)})
    return made.said if made else ()
