"""Amazon's report of returns to the seller, GET_FLAT_FILE_RETURNS_DATA_BY_RETURN_DATE ("Manage Seller Fulfilled Returns"): a
row for each line of a return. Rows become what the same report becomes when it is fetched.

Columns: airbytehq/airbyte, source-amazon-seller-partner; amzn/selling-partner-api-models issue 284. Rows may stop short, days
name their month in the marketplace's language. Its twin GET_XML_RETURNS_DATA_BY_RETURN_DATE says the time; its elements are
named as in a real one that was published. refund_amount is not read: that request was approved, not refunded.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from ..platforms._amazon_reports import MFN
from . import _reports
from ._contract import Batch, Outcome, Twin

TITLE = "Amazon's report of returns to the seller (seller-fulfilled)"
PLATFORM, PLAIN = "amazon", True
COLUMNS, OPTIONAL = MFN.needed, MFN.others
XML = Twin("return_details", "item_details", {
    "order_id": "Order ID", "order_date": "Order date", "return_request_date": "Return request date",
    "return_request_status": "Return request status", "amazon_rma_id": "Amazon RMA ID", "merchant_rma_id": "Merchant RMA ID",
    "currency_code": "Currency code", "a_to_z_claim": "A-to-Z Claim", "asin": "ASIN", "merchant_sku": "Merchant SKU",
    "return_quantity": "Return quantity", "return_reason_code": "Return Reason", "resolution": "Resolution",
})  # fmt: skip


def translate(batches: Iterable[Batch]) -> Iterator[Outcome]:
    """One delivery for each line of a return."""
    return _reports.outcomes(MFN, batches)
