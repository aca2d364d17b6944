"""What is particular to Amazon."""

from __future__ import annotations

import gzip
import json
import re
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import permutations
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chalicelib import platforms
from chalicelib.model import log, state
from chalicelib.model.call import Account, Busy, CallFailed, Denied, Read, Response
from chalicelib.model.errors import BadPayload, BadSignature, ConfigurationError
from chalicelib.model.event import Delivery, Event, Translated, Webhook
from chalicelib.model.facts import LineFact, RefundFact, ReturnFact, ReturnLineFact
from chalicelib.model.money import Money
from chalicelib.model.person import Person
from chalicelib.model.words import DisputeAxis, EventType, GoodsAxis, MoneyAxis, Origin, Reason
from chalicelib.platforms import _amazon_facts as facts
from chalicelib.platforms import _amazon_reports as reports
from chalicelib.platforms import _amazon_values as values
from chalicelib.platforms import _amazon_words as words
from chalicelib.platforms import _reasons, amazon
from chalicelib.platforms._read import Reader
from chalicelib.rules import fold
from tests.platforms import calls, fixtures
from tests.platforms.calls import NOW, Asked
from tests.platforms.fixtures import RECEIVED

SHOP = "amazon/sample-shop"
FBA = {
    "return-date": "2026-05-22T10:10:00+00:00", "order-id": "902-1000003-0000003", "sku": "LAMP-DE", "asin": "B0SAMPLE04",
    "quantity": "1", "detailed-disposition": "SELLABLE", "reason": "DEFECTIVE", "status": "Unit returned to inventory",
    "license-plate-number": "LPNSAMPLE0001", "customer-comments": "call me at home",
}  # fmt: skip
MFN = {
    "Order ID": "902-1000001-0000001", "Order date": "18-May-2026", "Return request date": "23-May-2026",
    "Return request status": "Approved", "Amazon RMA ID": "DsampleARRMA", "Currency code": "USD", "A-to-Z Claim": "N",
    "ASIN": "B0SAMPLE01", "Merchant SKU": "SHIRT-M-BLUE", "Return quantity": "1", "Return Reason": "AMZ-PG-APP-TOO-SMALL",
    "Resolution": "StandardRefund",
}  # fmt: skip
LATER = datetime(2026, 6, 2, tzinfo=UTC)
SPAN = {"since": "2026-05-10T00:00:00Z", "until": "2026-06-01T00:00:00Z"}


def body(name: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(fixtures.one("amazon", name).webhook.body)
    return found


def pushed(said: dict[str, Any], **setup: str) -> Webhook:
    return Webhook("amazon", "inbox", {}, json.dumps(said).encode(), setup=setup)


def translated(said: dict[str, Any]) -> Translated:
    return amazon.translate(pushed(said), RECEIVED)


def event(said: dict[str, Any]) -> Event:
    (found,) = translated(said).events
    return found


def delivered(found: Translated, origin: Origin = Origin.PUSH, received: datetime = RECEIVED) -> Delivery:
    return Delivery(found.id, SHOP, found.subject, log.load_events(log.dump_events(found.events)), received, origin)


def folded(*found: Translated) -> state.State:
    (subject,) = {one.subject for one in found if one.subject.startswith("order:")}
    return fold.fold(SHOP, subject, [delivered(one) for one in found])


def fba(told: datetime | None = None, **changes: str) -> Translated:
    return reports.FBA.row({**FBA, **{name.replace("_", "-"): value for name, value in changes.items()}}, told)


def mfn(told: datetime | None = None, **changes: str) -> Translated:
    return reports.MFN.row({**MFN, **{name.replace("_", " "): value for name, value in changes.items()}}, told)


def only(found: Translated, kind: type) -> Any:
    (fact,) = [fact for event in found.events for fact in event.facts if isinstance(fact, kind)]
    return fact


# Who may write to the queue


def test_without_an_application_named_the_queues_policy_decides():
    amazon.verify(pushed(body("ORDER_CHANGE")), [], RECEIVED)
    amazon.verify(Webhook("amazon", "inbox", {}, b"no JSON"), [], RECEIVED)


@pytest.mark.parametrize("name", ["ORDER_CHANGE", "ORDER_CHANGE__camel_case", "ORDER_CHANGE__eventbridge"])
def test_another_applications_notification_is_refused(name: str):
    said = pushed(body(name))
    for ours in ("amzn1.sellerapps.app.sample", "amzn1.sp.solution.new, amzn1.sellerapps.app.sample"):
        amazon.verify(replace(said, setup={"application_id": ours}), [], RECEIVED)
    with pytest.raises(BadSignature, match="application_id"):
        amazon.verify(replace(said, setup={"application_id": "amzn1.sellerapps.app.other"}), [], RECEIVED)


@pytest.mark.parametrize("raw", [
    b"", b"[]", b"{}", b'{"NotificationMetadata":[]}', b'{"NotificationMetadata":{"ApplicationId":7}}',
])  # fmt: skip
def test_what_names_no_application_is_refused_where_one_is_named(raw: bytes):
    with pytest.raises(BadSignature):
        amazon.verify(Webhook("amazon", "inbox", {}, raw, setup={"application_id": "x"}), ["x"], RECEIVED)


# The envelope


def spelled(value: Any, how: Any, levels: int) -> Any:
    if not levels or not isinstance(value, dict):
        return value
    return {how(name): spelled(inner, how, levels - 1) for name, inner in value.items()}


TYPED = [one for one in fixtures.recorded("amazon") if "__no_type" not in one.name]


@pytest.mark.parametrize("one", TYPED, ids=lambda one: one.name)
@pytest.mark.parametrize("how", [str.lower, str.upper, lambda name: name[0].swapcase() + name[1:]])
def test_keys_of_the_outer_levels_are_read_in_any_case(one: fixtures.Recorded, how: Any):
    said = json.loads(one.webhook.body)
    if "detail" in said:
        said = said["detail"]
    assert translated(spelled(said, how, 3)) == translated(said)


def test_an_event_of_eventbridge_is_what_it_wraps():
    said = body("ORDER_CHANGE")
    wrapped = {"version": "0", "id": "other", "detail-type": "ORDER_CHANGE", "time": "2020-01-01T00:00:00Z",
               "source": "aws.partner/sellingpartnerapi.amazon.com/000000000000/app", "detail": said}  # fmt: skip
    assert translated(wrapped) == translated(said)


def test_a_notification_is_known_by_its_type_and_id_however_often_it_comes():
    said = body("ORDER_CHANGE")
    again = {**said, "EventTime": "2021-01-01T00:00:00Z"}
    assert translated(said).id == translated(again).id == "ORDER_CHANGE:" + said["NotificationMetadata"]["NotificationId"]
    other = {**said, "NotificationType": "ORDER_STATUS_CHANGE"}
    assert translated(other).id != translated(said).id and event(other).type is EventType.UNKNOWN
    del said["NotificationMetadata"]
    assert translated(said).id.startswith("ORDER_CHANGE:sha256-")


@pytest.mark.parametrize("name, seller", [
    ("ORDER_CHANGE", "A3TH9S8BH6GOGM"), ("ORDER_CHANGE__camel_case", "A3SAMPLESELLER"),
    ("ORDER_CHANGE__eventbridge", "A3SAMPLESELLER"),
    ("FULFILLMENT_ORDER_STATUS", "A3TH9S8BH6GOGM"), ("REPORT_PROCESSING_FINISHED", "A3TH9S8BH6GOGM"),
    ("TRANSACTION_UPDATE", "A3TH9S8BH6GOGM"), ("FEED_PROCESSING_FINISHED", "A3SAMPLESELLER"),
    ("SHIPMENT_TRACKING_MILESTONE_CHANGED", None),
])  # fmt: skip
def test_whose_notification_it_is(name: str, seller: str | None):
    assert translated(body(name)).seller == seller


def test_a_type_nobody_knows_is_kept_with_its_seller_if_it_names_one():
    said = {"NotificationType": "NEW_KIND", "NotificationMetadata": {"NotificationId": "n-1"},
            "Payload": {"NewNotification": {"SellerId": "A3SAMPLESELLER"}}}  # fmt: skip
    assert (translated(said).seller, event(said).type) == ("A3SAMPLESELLER", EventType.UNKNOWN)
    said["Payload"]["NewNotification"]["SellerId"] = {"strange": []}
    assert translated(said).seller is None


# Orders


def change(status: str, kind: str = "OrderStatusChange") -> dict[str, Any]:
    said = body("ORDER_CHANGE__shipped")
    told = said["Payload"]["OrderChangeNotification"]
    told["OrderChangeType"], told["Summary"]["OrderStatus"] = kind, status
    return said


@pytest.mark.parametrize("status, type_", [
    ("Pending", EventType.ORDER_PLACED), ("PendingAvailability", EventType.ORDER_PLACED), ("Unshipped", EventType.ORDER_PAID),
    ("PartiallyShipped", EventType.SHIPMENT_DISPATCHED), ("Shipped", EventType.SHIPMENT_DISPATCHED),
    ("Canceled", EventType.ORDER_CANCELLED), ("Unfulfillable", EventType.ORDER_CHANGED),
    ("InvoiceUnconfirmed", EventType.ORDER_CHANGED), ("Something New", EventType.ORDER_CHANGED),
])  # fmt: skip
def test_each_status_of_an_order(status: str, type_: EventType):
    assert event(change(status)).type is type_
    assert event(change(status, "BuyerRequestedChange")).type is EventType.ORDER_CHANGED


def test_what_a_notification_does_not_hold_is_asked_for():
    (want,) = event(body("ORDER_CHANGE")).wants
    assert (want.what, want.id) == ("order", "903-8868176-2219830") and want.what in amazon.READS
    (want,) = event(body("TRANSACTION_UPDATE__refund")).wants
    assert (want.what, want.id) == ("order_transactions", "902-1000001-0000001")
    assert event(body("TRANSACTION_UPDATE")).wants == ()  # a shipment tells nothing of the buyer's money


def test_why_a_buyer_cancels_may_be_their_own_words_and_is_not_kept():
    said = change("Unshipped", "BuyerRequestedChange")
    said["Payload"]["OrderChangeNotification"]["OrderChangeTrigger"]["ChangeReason"] = "my sister already bought one"
    kept = log.dump_events(translated(said).events)
    assert b"sister" not in kept and b"cancel_asked" not in kept
    found = Asked("amazon").read(Read("order", {"id": "902-1000002-0000002"})).found[0]
    assert b"two by mistake" in found.raw and b"two by mistake" not in log.dump_events(found.translated.events)
    assert found.translated.events[0].facts[0].cancel_reason == "BUYER_CANCELED"


def test_items_of_one_sku_are_one_line():
    items = [facts.Item("A", 2, "A", price=values.money.price("10", "p")), facts.Item("B", 1, "B"),
             facts.Item("A", 1, "A", price=values.money.price("13", "p"), discount=Money(50, "USD"))]  # fmt: skip
    first, second = facts.lines(items, None)
    assert (first.id, first.quantity, str(first.unit_price), first.discount) == ("A", 3, "11", Money(50, "USD"))
    assert (second.id, second.quantity, second.unit_price) == ("B", 1, None)


def test_pushed_and_read_orders_are_about_the_same_lines():
    asked = Asked("amazon")
    read = asked.read(Read("order", {"id": "902-1000001-0000001"})).found[0].translated
    news = [translated(body(f"ORDER_CHANGE__{name}")) for name in ("pending", "unshipped", "shipped")]
    for some in permutations([*news, read]):
        found = folded(*some)
        assert {id_: line.quantity for id_, line in found.of("line").items()} == {"SHIRT-M-BLUE": 3, "SCARF-RED": 1}
        assert found.order.paid_at == datetime(2026, 5, 18, 9, 20, tzinfo=UTC) and found.order.total == Money(11447, "USD")
        assert state.dump(found) == state.dump(folded(*news, read))


def test_an_order_is_the_same_read_alone_and_in_a_list():
    asked, waiting, listed = Asked("amazon"), [Read("orders", SPAN)], {}
    while waiting:
        answer = asked.read(waiting.pop())
        listed |= {found.translated.subject: found for found in answer.found}
        waiting += answer.then
    assert len(listed) == 5
    for subject, found in listed.items():
        assert asked.read(Read("order", {"id": subject.removeprefix("order:")})).found == (found,)


def test_who_ordered():
    raw = Asked("amazon").read(Read("order", {"id": "902-1000001-0000001"})).found[0].raw
    found, placed = amazon.person(raw)
    assert found == Person(
        name="Sample Buyer", email="Sample-Alias@example.com", country="US", province="NY", full_name="Sample Buyer",
        street="1 Sample Street", city="Sampleton", postcode="00001",
    )  # fmt: skip
    assert placed == datetime(2026, 5, 18, 9, 15, tzinfo=UTC)
    gift = json.loads(raw)
    gift["recipient"]["deliveryAddress"]["name"] = "Sample Owner"
    found, _ = amazon.person(json.dumps(gift).encode())
    assert (found.name, found.street, found.postcode) == ("Sample Buyer", None, None)
    assert amazon.person(fixtures.one("amazon", "ORDER_CHANGE").webhook.body) is None
    assert amazon.person(json.dumps(FBA).encode()) is None


# Parcels


def test_a_milestone_finds_the_multi_channel_order_that_told_its_number():
    said = [translated(body(name)) for name in (
        "FULFILLMENT_ORDER_STATUS__received", "FULFILLMENT_ORDER_STATUS__shipped", "SHIPMENT_TRACKING_MILESTONE_CHANGED",
        "SHIPMENT_TRACKING_MILESTONE_CHANGED__shipped",
    )]  # fmt: skip
    assert said[2].subject in {f"{link.kind}:{link.id}" for link in said[1].events[0].links}
    for some in permutations(said):
        found = folded(*some)
        parcel = found.of("shipment")["AFTN987654321"]
        assert (parcel.status, parcel.delivered_at) == ("delivered", datetime(2026, 6, 14, 1, 26, 56, tzinfo=UTC))
        assert found.of("shipment").keys() == {"AFTN987654321", "ASID0001-2"}


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


# Reports that are fetched


def chain(asked: Asked, read: Read) -> tuple[list[Translated], list[str]]:
    """All that a read leads to, and the reads on the way."""
    waiting, found, way = [read], [], []
    while waiting:
        one = waiting.pop(0)
        way.append(one.what)
        answer = asked.read(one)
        found += [each.translated for each in answer.found]
        waiting += answer.then
        assert len(way) < 100
    return found, way


@pytest.mark.parametrize("what, rows", [("fba_returns", 6), ("mfn_returns", 4)])
def test_a_report_is_asked_for_waited_for_and_read(what: str, rows: int):
    found, way = chain(Asked("amazon"), Read(what, SPAN))
    assert way == [what, "report", "report", "report_document", "report_file"] and len(found) == rows


def test_a_report_without_rows_ends_quietly_and_one_that_failed_does_not():
    asked = Asked("amazon")
    assert chain(asked, Read("fba_returns", {"since": "2026-01-01T00:00:00Z", "until": "2026-01-02T00:00:00Z"})) == (
        [], ["fba_returns", "report", "report"],
    )  # fmt: skip
    with pytest.raises(CallFailed, match="FATAL") as caught:
        asked.read(Read("report", {"id": "54517018504"}))
    assert not caught.value.passing


def test_a_report_is_not_waited_for_for_ever():
    read, waits = Read("report", {"id": "54517018505"}), []
    response, account = Asked("amazon").response(read)
    assert json.loads(response.body)["processingStatus"] == "IN_PROGRESS"
    while int(read.about.get("tries", "0")) <= 58:
        (read,) = amazon.answer(read, response, account, NOW).then
        waits.append(read.wait)
    with pytest.raises(CallFailed, match="four hours"):
        amazon.answer(read, response, account, NOW)
    assert timedelta(hours=4) <= sum(waits, timedelta(0)) <= timedelta(hours=5)
    assert (waits[0], waits[-1]) == (timedelta(minutes=1), timedelta(minutes=5))


def test_an_address_that_has_closed_is_asked_for_again_and_the_rows_go_on():
    asked = Asked("amazon")
    closed = calls.RecordedRead("amazon", calls.FOLDER / "amazon" / "reads" / "report_file__closed.read.json").read
    (again,) = asked.read(closed).then
    assert (again.what, again.about["at"], "url" in again.about) == ("report_document", "10000", False)
    (fresh,) = asked.read(again).then
    assert (fresh.what, fresh.cursor) == ("report_file", "10000") and "at" not in fresh.about
    refused = Response(400, {}, b"<Error><Code>ExpiredToken</Code></Error>")
    for tries in range(1, 5):
        (again,) = amazon.answer(fresh, refused, asked.account, NOW).then
        fresh = replace(fresh, about={**fresh.about, "tries": again.about["tries"]})
        assert fresh.about["tries"] == str(tries + 1)
    with pytest.raises(CallFailed, match="refused each time"):
        amazon.answer(fresh, refused, asked.account, NOW)


@pytest.mark.parametrize("url", [
    "http://tortuga.s3.amazonaws.com/x", "https://amazonaws.com.evil.example/x", "https://evil.example/.amazonaws.com",
    "https://user@tortuga.s3.amazonaws.com/x", "https://tortuga.s3.amazonaws.com:8443/x", "https://evilamazonaws.com/x",
    "https://169.254.169.254/latest", "https://[::1]/x", "ftp://a.amazonaws.com/", "//a.amazonaws.com/x", "", "https://",
    "https://a.amazonaws.com/\r\nhost: x", "https://a.amazonaws.com\\@evil.example/",
])  # fmt: skip
def test_files_are_fetched_from_amazons_storage_and_nowhere_else(url: str):
    asked, about = Asked("amazon"), {"id": "doc-1", "type": reports.FBA_RETURNS, "told": "2026-06-01T00:00:00Z"}
    with pytest.raises(BadPayload, match="no address of a report"):
        amazon.request(Read("report_file", {**about, "url": url}), asked.account, NOW)
    told = Response(200, {}, json.dumps({"url": url}).encode())
    with pytest.raises(BadPayload, match="no address of a report"):
        amazon.answer(Read("report_document", about), told, asked.account, NOW)


def test_the_access_token_never_goes_to_the_storage():
    asked = Asked("amazon")
    file = next(one.read for one in calls.recorded("amazon") if one.id == "amazon/report_file")
    request = amazon.request(file, asked.with_token("shop"), NOW)
    assert dict(request.headers) == {} and request.url == file.about["url"]
    assert "url" not in file.name  # nor does the address go into the read's name


HEADER = "\t".join(FBA)


def filed(text: str | bytes, charset: str = "", start: str = "", packed: bool = True, kind: str = reports.FBA_RETURNS) -> Any:
    """What a file that was fetched tells."""
    raw = text.encode() if isinstance(text, str) else text
    headers = {"content-type": f"text/plain; charset={charset}"} if charset else {}
    about = {"id": "d-1", "type": kind, "told": "2026-06-01T00:00:00Z", "url": "https://a.amazonaws.com/d"}
    read = Read("report_file", about, start)
    return amazon.answer(read, Response(200, headers, gzip.compress(raw) if packed else raw), Account(SHOP, {}), NOW)


def line(**changes: str) -> str:
    return "\t".join({**FBA, **{name.replace("_", "-"): value for name, value in changes.items()}}.values())


def test_quotes_are_text_and_short_rows_are_rows():
    comments = ['"too small', 'it"s broken"', '"all good"', "'"]
    rows = [line(license_plate_number=f"LPN{n}", customer_comments=said) for n, said in enumerate(comments)]
    short = line(license_plate_number="LPNSHORT").rpartition("\t")[0]
    for end in ("\n", "\r\n"):
        found = filed(end.join([HEADER, *rows, short, "", ""])).found
        assert [one.translated.subject for one in found] == ["order:902-1000003-0000003"] * 5
        assert [json.loads(one.raw)["customer-comments"] for one in found] == [*comments, ""]


@pytest.mark.parametrize(
    "charset, codec", [("UTF-8", "utf-8"), ("Cp1252", "cp1252"), ("ISO-8859-1", "iso8859-1"), ("", "utf-8")]
)
@pytest.mark.parametrize("packed", [True, False])
def test_the_encoding_is_the_one_that_the_answer_names(charset: str, codec: str, packed: bool):
    found = filed(f"{HEADER}\n{line(sku='MÜTZE-1')}\n".encode(codec), charset, packed=packed).found
    assert only(found[0].translated, ReturnLineFact).sku == "MÜTZE-1"


def test_japanese_files_are_read():
    found = filed(f"{HEADER}\n{line(sku='ランプ')}\n".encode("cp932"), "Shift_JIS").found
    assert only(found[0].translated, ReturnLineFact).sku == "ランプ"


@pytest.mark.parametrize("charset", ["zlib", "base64", "idna", "utf-7", "unicode_escape", "no-such"])
def test_an_encoding_that_is_not_known_is_not_guessed(charset: str):
    with pytest.raises(BadPayload, match="encoding"):
        filed(f"{HEADER}\n{line()}\n", charset)


def test_a_file_that_was_cut_off_or_is_another_is_refused():
    whole = gzip.compress(f"{HEADER}\n{line()}\n".encode())
    with pytest.raises(BadPayload, match="cut off"):
        filed(whole[:-9], packed=False)
    with pytest.raises(BadPayload, match="lacks the columns"):
        filed("order-id\tsku\n1\t2\n")


def test_long_files_are_read_piece_by_piece(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("chalicelib.platforms._amazon_files.ROWS", 2)
    text = "\n".join([HEADER, *(line(license_plate_number=f"LPN{n}") for n in range(5))])
    ids, start = [], ""
    while True:
        answer = filed(text, start=start)
        ids += [only(one.translated, ReturnFact).id[-4:] for one in answer.found]
        if not answer.then:
            break
        start = answer.then[0].cursor
    assert ids == [f"LPN{n}" for n in range(5)]


def test_a_row_that_cannot_be_read_is_kept_and_stops_no_other():
    good, bad = filed("\n".join([HEADER, line(), line(quantity="one")])).found
    assert good.translated.events[0].type is EventType.RETURN_INSPECTED
    (event,) = bad.translated.events
    assert (event.type, event.native["problem"], event.facts) == (EventType.UNKNOWN, "quantity: expected a whole number", ())
    assert json.loads(bad.raw)["quantity"] == "one"


@settings(max_examples=60, deadline=None)
@given(st.lists(st.text(st.characters(codec="utf-8"), max_size=12), max_size=16))
def test_any_cells_are_taken_or_kept(cells: Sequence[str]):
    safe = [re.sub(r"[\t\r\n]", " ", cell) for cell in cells]
    for one in filed(f"{HEADER}\n" + "\t".join(safe)).found:
        assert log.load_events(log.dump_events(one.translated.events)) == one.translated.events


def test_only_reports_that_hold_returns_are_read_when_they_are_told_of():
    assert [want.what for want in event(body("REPORT_PROCESSING_FINISHED__returns")).wants] == ["report"]
    assert event(body("REPORT_PROCESSING_FINISHED")).wants == ()
    other = {"processingStatus": "DONE", "reportType": "GET_AFN_INVENTORY_DATA", "reportDocumentId": "d"}
    told = Response(200, {}, json.dumps(other).encode())
    answer = amazon.answer(Read("report", {"id": "1"}), told, Account(SHOP, {}), NOW)
    assert answer.found == answer.then == ()


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
    found, way = chain(Asked("amazon"), Read("transactions", SPAN))
    assert [one.events[0].facts[0].id for one in found] == ["rf-0001", "tx-0003", "tx-0003"] and len(way) == 3


# Calls


def test_pages_of_a_list_are_asked_for_with_the_same_span():
    read = Read("orders", {"since": "2026-05-31T00:00:00Z", "until": "2026-06-01T12:00:00Z"})
    account = Asked("amazon").with_token("shop")
    urls = [amazon.request(read, account, now).url for now in (NOW, NOW + timedelta(minutes=7))]
    assert urls[0] == urls[1] and "lastUpdatedBefore=2026-06-01T11%3A57%3A00Z" in urls[0]


@pytest.mark.parametrize("changes", [
    {"region": "cn"}, {"region": ""}, {"marketplaces": ""}, {"marketplaces": "Amazon.de"}, {"marketplaces": "../x"},
])  # fmt: skip
def test_a_region_or_marketplace_that_is_none_is_named(changes: dict[str, str]):
    asked = Asked("amazon", **changes)
    with pytest.raises(ConfigurationError, match="--with"):
        amazon.request(Read("orders", SPAN), asked.account, NOW)


@pytest.mark.parametrize("region", ["na", "eu", "fe", " EU "])
def test_each_region_has_its_host(region: str):
    request = amazon.request(Read("order", {"id": "902-1000001-0000001"}), Asked("amazon", region=region).account, NOW)
    assert request.url.startswith(
        f"https://sellingpartnerapi-{region.strip().lower()}.amazon.com/orders/2026-01-01/orders/902-"
    )


def refusal(status: int, said: Any, **headers: str) -> Exception:
    response = Response(status, headers, json.dumps(said).encode())
    with pytest.raises((Denied, Busy, CallFailed)) as caught:
        amazon.answer(Read("order", {"id": "902-1000001-0000001"}), response, Account(SHOP, {}), NOW)
    return caught.value


def test_403_is_a_bad_token_or_a_missing_role():
    denied = {"errors": [{"code": "Unauthorized", "message": "Access to requested resource is denied.", "details": ""}]}
    assert isinstance(refusal(403, denied), CallFailed)
    denied["errors"][0]["details"] = "The access token you provided has expired."
    assert isinstance(refusal(403, denied), Denied)


def test_how_long_to_leave_it_alone_follows_from_the_rate():
    rate = {"x-amzn-ratelimit-limit": "0.0056"}
    assert refusal(429, {}, **rate).after.total_seconds() == pytest.approx(178.57, abs=0.01)
    assert refusal(429, {}, **rate, **{"retry-after": "3"}).after == timedelta(seconds=3)
    assert refusal(429, {}, **{"x-amzn-ratelimit-limit": "0"}).after is None
    assert refusal(429, {}).after is None


def test_a_token_is_made_by_login_with_amazon():
    asked = Asked("amazon")
    request = amazon.renewal("shop", asked.account, NOW)
    assert request.url == "https://api.amazon.com/auth/o2/token" and b"grant_type=refresh_token" in request.body
    token = amazon.renewed("shop", asked.send(request), asked.account, NOW)
    assert (token.access, token.expires_at) == ("Atza|sample-1", NOW + timedelta(hours=1))
    for error in ("invalid_grant", "invalid_client", "strange"):
        with pytest.raises(Denied, match=error if error != "strange" else "status 400"):
            amazon.renewed("shop", Response(400, {}, json.dumps({"error": error}).encode()), asked.account, NOW)


def test_every_want_can_be_read():
    for one in fixtures.recorded("amazon"):
        try:
            events = one.translated().events
        except BadPayload:
            continue
        assert {want.what for event in events for want in event.wants} <= amazon.READS.keys()


def test_lines_are_named_alike_by_every_source():
    """An order's lines, a return's, a refund's: all by SKU, so that they find each other."""
    asked = Asked("amazon")
    order = asked.read(Read("order", {"id": "902-1000001-0000001"})).found[0].translated
    refund = asked.read(Read("order_transactions", {"id": "902-1000001-0000001"})).found[0].translated
    lines = {fact.id for fact in order.events[0].facts if isinstance(fact, LineFact)}
    assert only(mfn(), ReturnLineFact).line_id in lines
    assert {line.line_id for line in only(refund, RefundFact).lines} <= lines
    found = folded(order, mfn(Return_quantity="9"))
    assert found.problems == ("line SHIRT-M-BLUE: 9 units returned, 3 ordered",)


def test_the_module_is_a_queue_and_signs_nothing():
    module: Any = platforms.get("amazon")
    assert (module.QUEUE, module.SIGNED) == (True, False)
    webhook = pushed(body("ORDER_CHANGE"))
    assert amazon.sign(webhook, "any", NOW) == webhook
