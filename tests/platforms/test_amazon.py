"""What is particular to Amazon's notifications."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime
from itertools import permutations
from typing import Any

import pytest

from chalicelib.model import log, state
from chalicelib.model.call import Read
from chalicelib.model.errors import BadSignature
from chalicelib.model.event import Webhook
from chalicelib.model.money import Money
from chalicelib.model.person import Person
from chalicelib.model.words import EventType
from chalicelib.platforms import _amazon_facts as facts
from chalicelib.platforms import _amazon_values as values
from chalicelib.platforms import amazon
from tests.platforms import fixtures
from tests.platforms.amazon_samples import FBA, SPAN, body, event, folded, pushed, translated
from tests.platforms.calls import Asked
from tests.platforms.fixtures import RECEIVED

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
