"""TikTok Shop's reason codes: which token of a long name decides."""

from __future__ import annotations

import pytest

from chalicelib.model.words import Reason
from chalicelib.platforms import _reasons
from chalicelib.platforms import _tiktok_shop_returns as returns
from tests.platforms.test_tiktok_shop import row

REASONS = {
    "ecom_order_delivered_refund_and_return_reason_too_big_uk": Reason.SIZE_TOO_LARGE,
    "buyer_return_and_refund_too_long": Reason.SIZE_TOO_LARGE,
    "ecom_order_delivered_refund_and_return_reason_too_small_1": Reason.SIZE_TOO_SMALL,
    "buyer_refund_too_short_uk": Reason.SIZE_TOO_SMALL,
    "ecom_order_delivered_refund_and_return_reason_multiple_sizes_ordered": Reason.SIZE_OR_FIT_OTHER,
    "ecom_order_delivered_refund_and_return_reason_ordered_incorrect_size": Reason.ORDERED_BY_MISTAKE,
    "ecom_order_delivered_refund_and_return_reason_does_not_suit_me": Reason.EXPECTATION_GAP,
    "ecom_order_delivered_refund_and_return_reason_quality_or_style_not_as_expected": Reason.EXPECTATION_GAP,
    "ecom_order_shipped_refund_reason_missed_delivery_date": Reason.LATE_DELIVERY,
    "ecom_order_shipped_refund_reason_didn't_arrive_on_time": Reason.LATE_DELIVERY,
    "ecom_order_shipped_refund_reason_not_arrive_on_time": Reason.LATE_DELIVERY,
    "ecom_order_shipped_refund_reason_miss_estimated_delivery_date": Reason.LATE_DELIVERY,
    "ecom_order_shipped_refund_reason_package_lost_seller": Reason.NOT_RECEIVED,
    "seller_ecom_order_shipped_refund_reason_delivery_failed": Reason.NOT_RECEIVED,
    "ecom_order_delivered_refund_reason_return_proxy_app": Reason.NOT_RECEIVED,
    "ecom_order_delivered_refund_reason_not_received": Reason.NOT_RECEIVED,
    "ecom_order_delivered_refund_reason_missing_product": Reason.MISSING_PARTS,
    "ecom_order_delivered_refund_reason_missing_broken_parts": Reason.MISSING_PARTS,
    "ecom_order_delivered_refund_reason_suspected_counterfeit": Reason.NOT_AS_DESCRIBED,
    "ecom_order_delivered_refund_reason_not_match_description": Reason.NOT_AS_DESCRIBED,
    "ecom_order_delivered_refund_reason_not_match": Reason.NOT_AS_DESCRIBED,
    "ecom_order_delivered_refund_reason_wrong_product": Reason.WRONG_ITEM,
    "ecom_order_shipped_refund_reason_wrong_delivery_info": Reason.ORDERED_BY_MISTAKE,
    "ecom_order_delivered_refund_reason_expired/spoiled": Reason.QUALITY_DEFECT,
    "ecom_order_delivered_refund_reason_not_frozen_on_arrival": Reason.QUALITY_DEFECT,
    "ecom_order_delivered_refund_and_return_reason_damaged": Reason.DAMAGED_IN_TRANSIT,
    "ecom_order_delivered_refund_and_return_reason_defective": Reason.QUALITY_DEFECT,
    "ecom_order_delivered_refund_reason_unauthorised_purchase": Reason.OTHER,
    "ecom_order_delivered_refund_and_return_reason_no_need": Reason.CHANGED_MIND,
    "ecom_order_delivered_refund_reason_empty_parcel": Reason.NOT_RECEIVED,
    "ecom_order_to_ship_canceled_reason_change_payment_method": Reason.CHANGED_MIND,
    "ecom_order_delivered_refund_reason_other": Reason.OTHER,
    "ecom_order_delivered_refund_reason_another_matter": None,
    "something entirely else": None,
}


@pytest.mark.parametrize("code, label", REASONS.items())
def test_reasons_are_matched_by_a_token_in_order(code: str, label: Reason | None):
    found = _reasons.codes("tiktok_shop").of(returns.code(code))
    assert (found.label if found else None) is label


def test_flags_of_reasons():
    codes = _reasons.codes("tiktok_shop")
    assert codes.of("suspected_counterfeit").flag == "counterfeit"
    assert codes.of("unauthorised_purchase").flag == "fraud_suspected"
    assert codes.of("does_not_suit_me").also is Reason.SIZE_OR_FIT_OTHER


def test_the_code_counts_and_not_the_text_beside_it():
    first, *_ = row(return_reason="ecom_order_delivered_refund_reason_too_small_uk", return_reason_text="Gói hàng bị hư hỏng")
    line = next(fact for fact in first.facts if hasattr(fact, "reason_stated"))
    assert (line.reason_stated, line.native_reason) == (
        Reason.SIZE_TOO_SMALL, "ecom_order_delivered_refund_reason_too_small_uk",
    )  # fmt: skip
    assert "hư" not in str(first)
    unknown, *_ = row(return_reason="a_new_code")
    line = next(fact for fact in unknown.facts if hasattr(fact, "reason_stated"))
    assert (line.reason_stated, line.fault, line.native_reason) == (None, None, "a_new_code")
