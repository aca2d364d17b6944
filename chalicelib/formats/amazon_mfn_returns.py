"""Amazon's report of returns to the seller, GET_FLAT_FILE_RETURNS_DATA_BY_RETURN_DATE ("Manage Seller Fulfilled Returns"): a
row for each line of a return. Rows become what the same report becomes when it is fetched.

Columns: airbytehq/airbyte, source-amazon-seller-partner; amzn/selling-partner-api-models issue 284. Rows may stop short, days
name their month in the marketplace's language.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from ..platforms._amazon_reports import MFN
from . import _reports
from ._contract import Batch, Outcome

TITLE = "Amazon's report of returns to the seller (seller-fulfilled)"
PLATFORM, PLAIN = "amazon", True
COLUMNS, OPTIONAL = MFN.needed, MFN.others


def translate(batches: Iterable[Batch]) -> Iterator[Outcome]:
    """One delivery for each line of a return."""
    return _reports.outcomes(MFN, batches)
