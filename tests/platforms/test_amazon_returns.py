"""What Amazon's reports say of returns, and the finances of money."""

from __future__ import annotations

from datetime import UTC, datetime
from itertools import permutations
from typing import Any

import pytest

from chalicelib.model import log, state
from chalicelib.model.call import Read
from chalicelib.model.errors import BadPayload
from chalicelib.model.facts import RefundFact, ReturnFact, ReturnLineFact
from chalicelib.model.money import Money
from chalicelib.model.words import DisputeAxis, EventType, GoodsAxis, MoneyAxis, Reason
from chalicelib.platforms import _amazon_facts as facts
from chalicelib.platforms import _amazon_reports as reports
from chalicelib.platforms import _amazon_values as values
from chalicelib.platforms import _amazon_words as words
from chalicelib.platforms import _reasons
from chalicelib.platforms._read import Reader
from tests.platforms.amazon_samples import LATER, MFN, fba, folded, mfn, only
from tests.platforms.calls import Asked

# Reasons


SHEET = {
    Reason.SIZE_TOO_SMALL: "APPAREL_TOO_SMALL JEWELRY_TOO_SMALL AMZ-PG-APP-TOO-SMALL AMZ-PG-WJ-TOO-SMALL SHOES-TOO-NARROW",
    Reason.SIZE_TOO_LARGE: "APPAREL_TOO_LARGE JEWELRY_TOO_LARGE AMZ-PG-APP-TOO-LARGE",
    Reason.SIZE_OR_FIT_OTHER: "POOR_FIT",
    Reason.EXPECTATION_GAP: "APPAREL_STYLE DID_NOT_LIKE_COLOR DID_NOT_LIKE_FABRIC AMZ-PG-APP-STYLE EXCESSIVE_INSTALLATION",
    Reason.QUALITY_DEFECT: (
        "QUALITY_UNACCEPTABLE CR-QUALITY_UNACCEPTABLE DEFECTIVE WARRANTY CR-DEFECTIVE AMZ-PG-BAD-ITEM JEWELRY_BATTERY "
        "JEWELRY_BAD_CLASP JEWELRY_LOOSE_STONE"
    ),
    Reason.MISSING_PARTS: "JEWELRY_NO_DOCS JEWELRY_NO_CERT MISSING_PARTS CR-MISSING_PARTS",
    Reason.DAMAGED_IN_TRANSIT: "DAMAGED_BY_CARRIER CR-DAMAGED_BY_CARRIER AMZ-PG-DAMAGED DAMAGED_BY_FC CR-DAMAGED_BY_FC",
    Reason.NOT_AS_DESCRIBED: (
        "NOT_AS_DESCRIBED AMZ-PG-BAD-DESC CR-NOT_AS_DESCRIBED NOT_AS_PHOTO PRODUCT_NOT_ITALIAN PRODUCT_NOT_SPANISH "
        "PRODUCT_NOT_GREEK"
    ),
    Reason.WRONG_ITEM: "DIFFERENT_PRODUCT SWITCHEROO CR-SWITCHEROO EXTRA_ITEM CR-EXTRA_ITEM",
    Reason.COMPATIBILITY: "NOT_COMPATIBLE PART_NOT_COMPATIBLE CR-NOT_COMPATIBLE",
    Reason.BETTER_PRICE: "FOUND_BETTER_PRICE CR-FOUND_BETTER_PRICE",
    Reason.CHANGED_MIND: "UNWANTED_ITEM NO_REASON_GIVEN CR-UNWANTED_ITEM CR-NO_REASON_GIVEN UNDELIVERABLE_REFUSED",
    Reason.ORDERED_BY_MISTAKE: "ORDERED_WRONG_ITEM MISORDERED CR-ORDERED_WRONG_ITEM AMZ-PG-MISORDERED",
    Reason.LATE_DELIVERY: "MISSED_ESTIMATED_DELIVERY CR-MISSED_ESTIMATED_DELIVERY CR-ARRIVED_LATE AMZ-PG-APP-TOO-LATE",
    Reason.NOT_RECEIVED: (
        "NEVER_ARRIVED UNDELIVERABLE_UNKNOWN UNDELIVERABLE_INSUFFICIENT_ADDRESS UNDELIVERABLE_FAILED_DELIVERY_ATTEMPTS "
        "UNDELIVERABLE_CARRIER_MISS_SORTED UNDELIVERABLE_MISSING_LABEL UNDELIVERABLE_UNCLAIMED UND-UNKNOWN UNDELIVERABLE_ANEW"
    ),
    Reason.OTHER: "UNAUTHORIZED_PURCHASE CR-UNAUTHORIZED_PURCHASE CUSTOMER_DAMAGED OTHER UNKNOWN_OTHER_REASON",
}  # fmt: skip


@pytest.mark.parametrize("code, label", [(code, label) for label, codes in SHEET.items() for code in codes.split()])
def test_both_spellings_of_every_code(code: str, label: Reason):
    for spelling in (code, code.lower(), f" {code} "):
        said = words.reason(spelling)
        assert (said.native, said.label) == (spelling.strip(), label)


def test_every_code_on_file_is_in_its_normal_spelling():
    assert [code for code in _reasons.codes("amazon").codes if words.normalised(code) != code] == []


def test_what_is_not_known_is_kept_as_it_came_and_means_nothing():
    assert words.reason("AMZ-PG-SOMETHING-NEW") == words.Said("AMZ-PG-SOMETHING-NEW")
    assert words.reason("  ") == words.Said()
    line = only(fba(reason="brand new"), ReturnLineFact)
    assert (line.native_reason, line.reason_stated, line.fault) == ("brand new", None, None)


def test_fraud_is_no_reason_but_told_to_a_person():
    (said,) = fba(reason="UNAUTHORIZED_PURCHASE").events
    assert said.native["flag"] == "fraud_suspected"
    assert only(fba(reason="UNAUTHORIZED_PURCHASE"), ReturnLineFact).reason_stated is Reason.OTHER
    assert "flag" not in fba().events[0].native


# Returns to Amazon


def test_a_unit_that_came_back():
    found = fba()
    back, line = only(found, ReturnFact), only(found, ReturnLineFact)
    at = datetime(2026, 5, 22, 10, 10, tzinfo=UTC)
    assert found.subject == "order:902-1000003-0000003" and back.id == "902-1000003-0000003-LPNSAMPLE0001"
    assert (back.goods, back.received_at, back.closed_at, back.due) == (GoodsAxis.RECEIVED, at, at, None)
    assert (line.id, line.return_id, line.line_id, line.booked_at) == (back.id, back.id, "LAMP-DE", at)
    assert found.events[0].type is EventType.RETURN_INSPECTED
    assert fba(detailed_disposition="").events[0].type is EventType.RETURN_RECEIVED
    assert b"call me" not in log.dump_events(found.events)


@pytest.mark.parametrize("reason, disposition, inspected, fault", [
    ("DEFECTIVE", "CARRIER_DAMAGED", Reason.DAMAGED_IN_TRANSIT, "carrier"),
    ("NOT_AS_DESCRIBED", "Carrier Damaged", Reason.DAMAGED_IN_TRANSIT, "carrier"),
    ("DAMAGED_BY_FC", "CARRIER_DAMAGED", Reason.DAMAGED_IN_TRANSIT, "carrier"),
    ("UNWANTED_ITEM", "CARRIER_DAMAGED", None, "buyer"),
    ("APPAREL_TOO_SMALL", "CARRIER_DAMAGED", None, "none"),
    ("brand new", "CARRIER_DAMAGED", None, None),
    ("UNWANTED_ITEM", "DEFECTIVE", None, "buyer"),
    ("DEFECTIVE", "SELLABLE", None, "seller"),
    ("DAMAGED_BY_FC", "DAMAGED", None, "platform"),
])  # fmt: skip
def test_the_grading_is_the_reason_only_where_it_cannot_tell_of_the_way_back(
    reason: str, disposition: str, inspected: Reason | None, fault: str | None
):
    line = only(fba(reason=reason, detailed_disposition=disposition), ReturnLineFact)
    assert (line.reason_inspected, line.fault, line.disposition) == (inspected, fault, disposition)


@pytest.mark.parametrize("status, dispute, open_", [
    ("Unit returned to inventory", None, False), ("Reimbursed", DisputeAxis.COMPENSATED, False),
    ("Pending repackaging", None, True), ("Repackaged Successfully", None, False), ("IMMEDIATE_DONATION", None, False),
    ("", None, False), ("anything else", None, False),
])  # fmt: skip
def test_the_status_of_a_unit(status: str, dispute: DisputeAxis | None, open_: bool):
    back = only(fba(status=status), ReturnFact)
    assert (back.dispute, back.closed_at is None, back.native_status) == (dispute, open_, status or None)
    assert (back.due.actor if back.due else None) == ("platform" if open_ else None)
    assert only(fba(status=status), ReturnFact).money is None


def test_a_unit_told_again_with_another_date_and_status_is_one_return():
    """amzn/selling-partner-api-models#2940: return-date moves from one report to the next."""
    early, late = datetime(2026, 5, 23, tzinfo=UTC), datetime(2026, 5, 30, tzinfo=UTC)
    first = fba(early, status="Pending repackaging", detailed_disposition="DEFECTIVE")
    moved = fba(late, status="Reimbursed", detailed_disposition="CARRIER_DAMAGED", return_date="2026-05-23T08:00:00+00:00")
    same_day = fba(late, status="Reimbursed", detailed_disposition="CARRIER_DAMAGED")
    for last in (moved, same_day):
        assert last.id != first.id
        for some in ([first, last], [last, first], [last, first, last]):
            found = folded(*some)
            (back,), (line,) = found.of("return").values(), found.of("return_line").values()
            assert (back.native_status, line.disposition, line.quantity) == ("Reimbursed", "CARRIER_DAMAGED", 1)
    assert folded(first, moved).of("return").popitem()[1].received_at == datetime(2026, 5, 23, 8, tzinfo=UTC)


def test_a_report_knows_better_than_a_file_and_of_files_the_further_status():
    pending, done = fba(status="Pending repackaging"), fba(status="Repackaged Successfully")
    assert folded(done, pending).of("return").popitem()[1].native_status == "Repackaged Successfully"
    told = fba(datetime(2026, 5, 23, tzinfo=UTC), status="Pending repackaging")
    assert folded(done, told).of("return").popitem()[1].native_status == "Pending repackaging"


def test_a_row_read_twice_is_one_delivery_by_whichever_way():
    assert fba().id == fba(LATER).id == fba(customer_comments="other words").id
    assert fba().id != fba(status="Reimbursed").id


def test_a_unit_without_plate_stands_in_until_it_has_one():
    bare = fba(license_plate_number="")
    assert only(bare, ReturnFact).id.startswith("~")
    assert folded(bare, fba()).of("return").keys() == {"902-1000003-0000003-LPNSAMPLE0001"}
    assert len(folded(bare).of("return")) == len(folded(bare, fba(license_plate_number="", sku="OTHER")).of("return")) - 1


@pytest.mark.parametrize("changes, where", [
    ({"order_id": ""}, "order-id"), ({"order_id": "a b"}, "order-id"), ({"return_date": ""}, "return-date"),
    ({"return_date": "2026-05-22T10:10:00"}, "return-date"), ({"return_date": "1999-01-01T00:00:00Z"}, "return-date"),
    ({"quantity": "one"}, "quantity"), ({"quantity": "-1"}, "quantity"), ({"quantity": ""}, "quantity"),
    ({"sku": "", "asin": " "}, "sku"), ({"license_plate_number": "x" * 300}, "license-plate-number"),
])  # fmt: skip
def test_rows_that_cannot_be_read_name_their_column(changes: dict[str, str], where: str):
    with pytest.raises(BadPayload) as caught:
        fba(**changes)
    assert caught.value.where == where


# Returns to the seller


@pytest.mark.parametrize("text, expected", [
    ("10-Jul-2025", "2025-07-10"), ("1-Jan-2026", "2026-01-01"), ("10-juil.-2025", "2025-07-10"), ("03-Mai-2026", "2026-05-03"),
    ("1-März-2025", "2025-03-01"), ("07-Dez-2025", "2025-12-07"), ("5-août-2025", "2025-08-05"), ("1-févr.-2025", "2025-02-01"),
    ("31-ene-2025", "2025-01-31"), ("9-ago-2025", "2025-08-09"), ("2-giu-2025", "2025-06-02"), ("28-ott-2025", "2025-10-28"),
    ("4-mrt.-2025", "2025-03-04"), ("4-mei-2025", "2025-05-04"), ("6-maj-2025", "2025-05-06"), ("8-juni-2025", "2025-06-08"),
    ("1-paź-2025", "2025-10-01"), ("11-lis-2025", "2025-11-11"), ("3-out-2025", "2025-10-03"), ("3-Şub-2025", "2025-02-03"),
    ("3-Ağu-2025", "2025-08-03"), ("3-Ara-2025", "2025-12-03"), ("10-12月-2025", "2025-12-10"),
    ("10-September-2025", "2025-09-10"), ("2025-07-10", "2025-07-10"), (" ", None), ("", None),
])  # fmt: skip
def test_days_in_every_marketplaces_language(text: str, expected: str | None):
    found = values.day(text, "day")
    assert (found[0].date().isoformat() if found else None) == expected


@pytest.mark.parametrize(
    "text", ["31-Feb-2026", "10-Xyz-2025", "07/10/2025", "0-Jan-2025", "10-13月-2025", "1-Jan-1999", "x" * 900]
)
def test_days_that_are_none(text: str):
    with pytest.raises(BadPayload, match=r"day|time"):
        values.day(text, "day")


def test_no_two_languages_mean_different_months_by_one_name():
    names = [name for names in values._MONTHS.values() for name in names.split()]
    assert len(names) == len(set(names))


@pytest.mark.parametrize("status, type_, axis", [
    ("Approved", EventType.RETURN_APPROVED, "approved"), ("PendingApproval", EventType.RETURN_REQUESTED, "requested"),
    ("Pending - anything", EventType.RETURN_REQUESTED, "requested"), ("Rejected", EventType.RETURN_DECLINED, "declined"),
    ("Closed", EventType.RETURN_CLOSED, "approved"), ("Cancelled", EventType.RETURN_WITHDRAWN, "withdrawn"),
    ("Something New", EventType.RETURN_CHANGED, None), ("", EventType.RETURN_CHANGED, None),
])  # fmt: skip
def test_each_status_of_a_request(status: str, type_: EventType, axis: str | None):
    found = mfn(Return_request_status=status)
    assert (found.events[0].type, only(found, ReturnFact).request) == (type_, axis)


def test_goods_money_and_claims_of_a_return():
    arrived = mfn(Return_delivery_date="29-May-2026")
    assert (arrived.events[0].type, only(arrived, ReturnFact).goods) == (EventType.RETURN_RECEIVED, GoodsAxis.RECEIVED)
    assert only(mfn(Resolution="RETURNLESSREFUND"), ReturnFact).goods is GoodsAxis.KEPT
    assert only(reports.MFN.row({**MFN, "A-to-Z Claim": "Y"}), ReturnFact).dispute is DisputeAxis.OPEN
    assert only(reports.MFN.row({**MFN, "A-to-Z Claim": "?"}), ReturnFact).dispute is None
    assert only(mfn(SafeT_claim_reimbursement_amount="9,45"), ReturnFact).dispute is DisputeAxis.COMPENSATED
    assert folded(mfn(Refunded_Amount="59.9")).of("return")["DsampleARRMA"].money is MoneyAxis.DONE
    assert folded(mfn(Refunded_Amount="0.00")).of("return")["DsampleARRMA"].money is MoneyAxis.NONE


def test_the_money_of_a_return_is_counted_once():
    """The report says that money went back, and so does the finances' transaction: the latter stands."""
    told = Asked("amazon").read(Read("order_transactions", {"id": "902-1000001-0000001"})).found[0].translated
    report = mfn(LATER, Refunded_Amount="29.99")
    assert {one.amount for one in folded(report).of("refund").values()} == {Money(2999, "USD")}
    for some in ([report, told], [told, report]):
        found = folded(*some)
        assert {id_: one.amount for id_, one in found.of("refund").items()} == {"rf-0001": Money(3239, "USD")}
        assert found.of("return")["DsampleARRMA"].money is MoneyAxis.DONE  # by its line, which is the SKU


def test_a_return_told_again_converges_whatever_the_order():
    days = [datetime(2026, 5, day, tzinfo=UTC) for day in (24, 26, 30)]
    told = [
        mfn(days[0], Return_request_status="PendingApproval"), mfn(days[1]),
        mfn(days[2], Return_request_status="Closed", Return_delivery_date="29-May-2026", Refunded_Amount="29.99"),
    ]  # fmt: skip
    expected = state.dump(folded(*told))
    for some in permutations(told):
        assert state.dump(folded(*some)) == expected
    back = state.load(expected).of("return")["DsampleARRMA"]
    assert (back.native_status, back.goods, back.closed_at is not None) == ("Closed", GoodsAxis.RECEIVED, True)


def test_the_day_of_an_order_in_a_report_gives_way_to_the_orders_own_time():
    read = Asked("amazon").read(Read("order", {"id": "902-1000001-0000001"})).found[0].translated
    assert folded(mfn()).order.placed_at == datetime(2026, 5, 18, tzinfo=UTC)
    assert folded(mfn(LATER), read).order.placed_at == datetime(2026, 5, 18, 9, 15, tzinfo=UTC)


# Money


def transaction(**changes: Any) -> RefundFact | None:
    said = {
        "transactionType": "Refund", "transactionId": "t-1", "transactionStatus": "RELEASED",
        "postedDate": "2026-05-28T10:00:00Z", "breakdowns": [
            {"breakdownType": "Sales", "breakdownAmount": {"currencyAmount": 6.84, "currencyCode": "USD"}, "breakdowns": [
                {"breakdownType": "AmazonFees", "breakdownAmount": {"currencyAmount": 6.84, "currencyCode": "USD"}}]},
            {"breakdownType": "Expenses", "breakdownAmount": {"currencyAmount": -57.01, "currencyCode": "USD"}, "breakdowns": [
                {"breakdownType": "ProductCharges", "breakdownAmount": {"currencyAmount": -53.01, "currencyCode": "USD"}},
                {"breakdownType": "Tax", "breakdownAmount": {"currencyAmount": -4, "currencyCode": "USD"}}]},
        ],
    } | changes  # fmt: skip
    one = Reader(said, "transaction")
    return facts.refund(one, facts.related(one)) if facts.is_refund(one) else None


def test_what_the_buyer_got_is_all_but_the_fees():
    """The shape is that of amzn/selling-partner-api-models#4274: groups are made by sign."""
    assert transaction().amount == Money(5701, "USD")
    withheld = {"breakdownType": "MarketplaceFacilitatorTax", "breakdownAmount": {"currencyAmount": 4, "currencyCode": "USD"}}
    assert transaction(breakdowns=[withheld]).amount is None
    assert transaction(breakdowns=None).amount is None


def test_only_money_that_went_is_confirmed():
    assert transaction().confirmed and transaction(transactionStatus="DEFERRED_RELEASED").confirmed
    assert transaction(transactionStatus=None).confirmed
    assert transaction(transactionStatus="Deferred").confirmed is None


def test_a_deferred_refund_and_its_release_are_one():
    about = [{"relatedIdentifierName": "DEFERRED_TRANSACTION_ID", "relatedIdentifierValue": "t-1"}]
    released = transaction(transactionId="t-2", relatedIdentifiers=about)
    assert transaction(transactionStatus="DEFERRED").id == released.id == "t-1"
    asked = Asked("amazon")
    found = [one.translated for one in asked.read(Read("order_transactions", {"id": "902-1000003-0000003"})).found]
    (refund,) = folded(*found).of("refund").values()
    assert (len(found), refund.confirmed, refund.amount) == (2, True, Money(2495, "EUR"))


def test_other_bookings_are_no_refunds():
    assert transaction(transactionType="ServiceFee", description="Subscription") is None
    assert transaction(transactionType="ChargebackRefund").amount == Money(5701, "USD")
