"""What is particular to Lazada."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chalicelib.model import codec, state
from chalicelib.model.call import Read
from chalicelib.model.errors import BadSignature
from chalicelib.model.event import Delivery, Want, Webhook
from chalicelib.model.facts import ReturnFact, ReturnLineFact
from chalicelib.model.money import Money
from chalicelib.model.words import EventType, Origin, Reason
from chalicelib.platforms import _lazada_facts as facts
from chalicelib.platforms import _lazada_words as words
from chalicelib.platforms import lazada
from chalicelib.platforms._read import Reader
from chalicelib.rules import cases, fold
from tests.platforms import fixtures
from tests.platforms.calls import Asked
from tests.platforms.fixtures import LATER, RECEIVED, SECRET
from tests.platforms.test_same_facts import delivered

ORDER, RETURN, LINE = "416557324702006", "658960600102006", "663790000102006"


def message(name: str, data: dict[str, Any] | None = None, **changes: Any) -> Webhook:
    """A recorded message with some of its fields changed."""
    found = fixtures.one("lazada", name)
    body = json.loads(found.webhook.body)
    inside = {"data": body["data"] | data} if data else {}
    return replace(found.webhook, setup=found.setup, body=codec.dumps(body | inside | changes))


def event(webhook: Webhook) -> Any:
    (found,) = lazada.translate(webhook, RECEIVED).events
    return found


# Signatures, ids, sellers


def test_a_signature_in_capitals_is_taken():
    webhook = fixtures.one("lazada", "trade_order").signed()
    capitals = webhook.headers["authorization"].upper()
    lazada.verify(replace(webhook, headers={"authorization": capitals}), [SECRET], RECEIVED)


def test_the_app_key_is_part_of_what_is_signed():
    webhook = fixtures.one("lazada", "trade_order").signed()
    with pytest.raises(BadSignature, match="app_key"):
        lazada.verify(replace(webhook, setup={"app_key": "123457"}), [SECRET], RECEIVED)
    with pytest.raises(BadSignature, match="--with app_key="):
        lazada.verify(replace(webhook, setup={}), [SECRET], RECEIVED)


def test_a_retry_with_another_body_is_the_same_message_while_it_tells_the_same():
    first = lazada.translate(message("trade_order__unpaid"), RECEIVED)
    retried = lazada.translate(message("trade_order__unpaid", timestamp=1777689000000, site="LAZADA_SG"), RECEIVED)
    assert retried.id == first.id == "0:416557324802006:unpaid:1777687200"
    newest = lazada.translate(message("trade_order__unpaid", {"order_status": "pending"}), RECEIVED)
    assert newest.id != first.id


def test_messages_about_two_lines_of_an_order_are_two():
    one, other = (lazada.translate(message(name), RECEIVED) for name in ("trade_order__unpaid", "trade_order__another_line"))
    assert one.id != other.id and one.subject == other.subject


@pytest.mark.parametrize(
    "name, seller", [("trade_order", "1234567"), ("reverse_order", "12345"), ("im_message", "20240305"),
                     ("token_expiration", "1000165972"), ("category_tree", None), ("promotion", "1000114855")],
)  # fmt: skip
def test_whose_news_it_is(name: str, seller: str | None):
    assert lazada.translate(message(name), RECEIVED).seller == seller


def test_ids_as_text_and_as_numbers_are_the_same_and_times_are_told_apart_by_their_length():
    names = ("reverse_order_id", "trade_order_id", "reverse_order_line_id", "trade_order_line_id", "buyer_id")
    data = json.loads(fixtures.one("lazada", "reverse_order__rtm_init").webhook.body)["data"]
    text = message("reverse_order__rtm_init", {name: str(data[name]) for name in names})
    assert lazada.translate(text, RECEIVED) == lazada.translate(message("reverse_order__rtm_init"), RECEIVED)
    millis = message("reverse_order__rtm_init", {"status_update_time": 1778209200000})
    assert event(millis).time == event(message("reverse_order__rtm_init")).time == datetime(2026, 5, 8, 3, tzinfo=UTC)


@pytest.mark.parametrize("site", ["lazada_vn", "LAZADA_VN", "lazada-vn", "vn"])
def test_sites_are_one_however_they_are_spelt(site: str):
    assert event(message("trade_order", site=site)).native["site"] == "VN"


def test_a_site_that_is_none_is_left_out():
    assert "site" not in event(message("trade_order", site="lazada_xx")).native


# What messages come to


def test_a_reverse_order_inside_a_trade_message_is_read_as_one():
    returned, gone = event(message("trade_order__returned")), event(message("trade_order__canceled_reverse"))
    assert Want("return", "501977696648153") in returned.wants and Want("return", "501977696648153") in gone.wants
    assert returned.type is EventType.RETURN_CHANGED and any(isinstance(one, ReturnFact) for one in returned.facts)
    assert gone.type is EventType.ORDER_CHANGED and not any(isinstance(one, ReturnFact) for one in gone.facts)


def test_a_cancelled_line_is_no_cancelled_order():
    said = event(message("trade_order__line_canceled"))
    assert said.type is EventType.ORDER_CHANGED and said.facts[0].cancelled_at is None
    (mixed,) = found(Read("order", {"id": "416557326702006"}))
    (whole,) = found(Read("order", {"id": "416557327702006"}))
    assert mixed.events[0].type is EventType.ORDER_CHANGED and mixed.events[0].facts[0].cancelled_at is None
    assert whole.events[0].type is EventType.ORDER_CANCELLED and whole.events[0].facts[0].cancelled_at


def test_a_cancellation_by_the_buyer_is_no_return_and_its_refund_is_a_refund():
    for name in ("reverse_order__cancel_init", "reverse_order__cancel_refund_issued"):
        assert not any(isinstance(one, ReturnFact | ReturnLineFact) for one in event(message(name)).facts)
    (told,) = found(Read("return", {"id": "658960600302006"}))
    (refund,) = told.events[0].facts
    assert (refund.amount, refund.confirmed, refund.return_id) == (Money(2199, "SGD"), True, None)
    pushed = event(message("reverse_order__cancel_refund_issued")).facts[1]
    assert (pushed.id, pushed.issued_at, pushed.confirmed) == (refund.id, refund.issued_at, refund.confirmed)


def test_cash_on_delivery_is_pending_and_not_paid():
    (cash,) = found(Read("order", {"id": "416557325702006"}))
    assert cash.events[0].type is EventType.ORDER_PLACED
    assert facts.type_of({"pending"}) is EventType.ORDER_PAID


def test_nothing_that_was_written_leaves_the_chat_and_no_account_is_in_its_threads_name():
    said = event(message("im_message"))
    assert "hello" not in str(said) and "1011822749" not in str(said) and "1891549323" not in str(said)
    assert said.facts[0].thread == event(message("im_message__own")).facts[0].thread


# One thing by message, list and detail


def found(read: Read, **changes: str) -> list[Any]:
    return [one.translated for one in Asked("lazada", **changes).read(read).found]


def test_a_row_of_the_list_of_returns_tells_what_the_return_does():
    span = {"since": "2026-05-18T00:00:00Z", "until": "2026-06-01T00:00:00Z"}
    rows = [one for cursor in ("", "2") for one in found(Read("returns", span, cursor))]
    assert len(rows) == 4
    for row in rows:
        (whole,) = found(Read("return", {"id": row.events[0].links[0].id}))
        assert (row.events[0].facts, row.subject, row.buyer) == (whole.events[0].facts, whole.subject, whole.buyer)


def test_a_row_of_the_list_of_orders_is_the_order_itself():
    rows = found(Read("orders", {"since": "2026-05-20T00:00:00Z", "until": "2026-05-21T00:00:00Z"}))
    assert rows == [found(Read("order", {"id": one.subject.removeprefix("order:")}))[0] for one in rows]


LIFE = tuple(
    """
    trade_order__unpaid trade_order__another_line trade_order__pending trade_order__ready_to_ship
    fulfillment_order__ready_to_ship fulfillment_order__picked_up trade_order__shipped fulfillment_order__customs
    fulfillment_order__out_for_delivery fulfillment_order__first_attempt_failed fulfillment_order__delivered
    trade_order__delivered reverse_order__rtm_init reverse_order__rtm_shipping_back reverse_order__rtm_receive_item
    trade_order__returned_here
    """.split()
)


def life() -> list[Delivery]:
    pushed = [delivered(lazada.translate(message(name), RECEIVED), "lazada/box", RECEIVED, Origin.PUSH) for name in LIFE]
    reads = (Read("order", {"id": ORDER}), Read("lines", {"id": ORDER}), Read("return", {"id": RETURN}))
    return pushed + [delivered(one, "lazada/box", LATER, Origin.FETCH) for read in reads for one in found(read)]


def folded(deliveries: list[Delivery]) -> bytes:
    return state.dump(fold.fold("lazada/box", f"order:{ORDER}", deliveries))


def test_the_life_of_an_order_ends_as_it_should():
    whole = state.load(folded(life()))
    parcel, back, line = whole.of("shipment")["FP018711048499663"], whole.of("return")[RETURN], whole.of("return_line")[LINE]
    assert (parcel.status, parcel.tracking, parcel.delivered_at) == (
        "delivered", "LEXSG0000000001", datetime(2026, 5, 6, 5, tzinfo=UTC),
    )  # fmt: skip
    assert (back.request, back.goods, back.money) == ("approved", "received", "none")
    assert back.dispatched_at == datetime(2026, 5, 10, 3, tzinfo=UTC)
    assert back.received_at == datetime(2026, 5, 12, 9, tzinfo=UTC)
    assert (line.native_reason, line.reason_stated, line.sku) == ("10012", "size_or_fit_other", "SHOE-42")
    assert [one.quantity for one in whole.of("line").values()] == [1, 1] and not whole.problems
    assert whole.buyer == "hash of lazada:buyer:100112802006"
    (case,) = cases.of(whole)
    assert (case.due.actor, case.due.at) == ("seller", datetime(2026, 5, 15, 9, tzinfo=UTC))


@settings(max_examples=40, deadline=None)
@given(st.data())
def test_in_any_order_and_any_number_of_times(data: st.DataObject):
    every = life()
    again = data.draw(st.lists(st.sampled_from(every), max_size=5))
    assert folded(data.draw(st.permutations(every + again))) == folded(every)


def test_a_return_has_ended_when_all_of_its_lines_have():
    (told,) = found(Read("return", {"id": "658960600502006"}))
    assert told.events[0].type is EventType.RETURN_DISPATCHED  # one line is refunded, the other on its way
    assert told.events[0].facts[0].closed_at is None


# Money, reasons


@pytest.mark.parametrize(
    "region, amount, unit, minor",
    [("SG", "100", "1", 100), ("ID", 1_500_000, "15000", 1_500_000), ("VN", "10000", "10000", 10_000)],
)
def test_a_returns_money_is_in_cents_but_for_vietnam(region: str, amount: Any, unit: str, minor: int):
    amounts = {"item_unit_price": amount, "refund_amount": amount}
    row = Reader({"reverse_order_line_id": 1, "reverse_status": "REFUND_SUCCESS", **amounts}, "row")
    assert str(facts.return_line(row, "r", region).unit_price) == unit
    (refund,) = facts.refunds([row], "r", region)
    assert refund.amount == Money(minor, words.CURRENCY[region])


@pytest.mark.parametrize(
    "text, label, flag",
    [
        ("Damaged / faulty item", Reason.QUALITY_DEFECT, None),
        ("Defective", Reason.QUALITY_DEFECT, None),
        ("Damaged", Reason.DAMAGED_IN_TRANSIT, None),
        ("Item damaged on arrival", Reason.DAMAGED_IN_TRANSIT, None),
        ("Received wrong item", Reason.WRONG_ITEM, None),
        ("Wrong item", Reason.WRONG_ITEM, None),
        ("Missing accessories / freebie", Reason.MISSING_PARTS, None),
        ("Missing parts", Reason.MISSING_PARTS, None),
        ("Item does not match description / pictures", Reason.NOT_AS_DESCRIBED, None),
        ("Not as advertised", Reason.NOT_AS_DESCRIBED, None),
        ("Does not fit", Reason.SIZE_OR_FIT_OTHER, None),
        ("Counterfeit item", Reason.NOT_AS_DESCRIBED, "counterfeit"),
        ("Expired item", Reason.QUALITY_DEFECT, None),
        ("Don't want item anymore (Change of mind)", Reason.CHANGED_MIND, None),
        ("Package not received", Reason.NOT_RECEIVED, None),
        ("Empty package / fraudulent item", Reason.NOT_RECEIVED, "fraud_suspected"),
        ("Out of stock", Reason.OTHER, None),
        ("Pricing error", Reason.OTHER, None),
    ],
)
def test_reasons(text: str, label: Reason, flag: str | None):
    said = facts.reason(text)
    assert (said.label, said.flag) == (label, flag)


def test_a_reason_in_another_language_keeps_its_code():
    assert facts.reason("Kiện hàng rỗng") is None
    (told,) = found(Read("return", {"id": "658960600402006"}))
    line = next(one for one in told.events[0].facts if isinstance(one, ReturnLineFact))
    assert (line.native_reason, line.reason_stated) == ("30009", None)
    assert told.events[0].native["reason"] == "Kiện hàng rỗng"
