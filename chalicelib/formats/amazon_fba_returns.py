"""Amazon's report of returns to its own warehouses, GET_FBA_FULFILLMENT_CUSTOMER_RETURNS_DATA ("FBA customer returns" in Seller
Central): a row for each unit that came back. Rows become what the same report becomes when it is fetched.

Columns: airbytehq/airbyte, source-amazon-seller-partner. customer-comments are the buyer's own words, and no part of a fact.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from ..platforms._amazon_reports import FBA
from . import _reports
from ._contract import Batch, Outcome

TITLE = "Amazon's report of returns to Amazon (FBA customer returns)"
PLATFORM, PLAIN = "amazon", True
COLUMNS, OPTIONAL = FBA.needed, FBA.others


def translate(batches: Iterable[Batch]) -> Iterator[Outcome]:
    """One delivery for each unit."""
    return _reports.outcomes(FBA, batches)
