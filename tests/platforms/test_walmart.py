"""What is particular to Walmart."""

from __future__ import annotations

import base64
import json
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chalicelib.model import state
from chalicelib.model.call import Answer, Busy, CallFailed, Denied, Read, Response
from chalicelib.model.errors import BadPayload, BadSignature
from chalicelib.model.event import Delivery, Webhook
from chalicelib.model.person import Person
from chalicelib.model.words import EventType, GoodsAxis, MoneyAxis, Origin, Reason
from chalicelib.platforms import _walmart_read as written
from chalicelib.platforms import walmart
from chalicelib.platforms._read import Reader
from infra.marketplaces import walmart as server
from infra.marketplaces.server import Marketplaces
from tests.platforms import fixtures
from tests.platforms.calls import NOW, Asked
from tests.platforms.fixtures import OLD, RECEIVED, SECRET, STRANGE
from tests.platforms.test_same_facts import delivered, folded

SIGNED = {"scheme": "signed"}
BASIC = {"scheme": "basic", "user": "sample-user", "header": "X-Walmart-Auth"}


def request(name: str = "RETURN_CREATED", setup: dict[str, str] | None = None, **changes: Any) -> Webhook:
    return replace(fixtures.one("walmart", name).webhook, setup=setup or {}, **changes)


def accepted(webhook: Webhook, *secrets: str, now: datetime = RECEIVED) -> bool:
    try:
        walmart.verify(webhook, secrets, now)
    except BadSignature:
        return False
    return True


# Proofs


@pytest.mark.parametrize("setup", [SIGNED, BASIC, {"scheme": "hmac", "header": "X-Auth"}, {}])
def test_every_way_to_prove_it(setup: dict[str, str]):
    webhook = walmart.sign(request(setup=setup), SECRET, RECEIVED)
    assert accepted(webhook, OLD, SECRET) and not accepted(webhook, STRANGE) and not accepted(webhook)
    assert not accepted(replace(webhook, headers={}), SECRET)
    assert not accepted(replace(webhook, body=b""), SECRET)
    with pytest.raises(ValueError, match="key"):
        walmart.sign(webhook, "", RECEIVED)
    for name, value in webhook.headers.items() - request().headers.items():
        for other in ("", "ключ", "\udcff", value[:-1], value + "x"):
            assert not accepted(replace(webhook, headers={**webhook.headers, name: other}), SECRET), (name, other)


def test_an_unknown_way_is_named():
    with pytest.raises(BadSignature, match="hmac, basic, signed"):
        walmart.verify(request(setup={"scheme": "oauth"}), [SECRET], RECEIVED)


def test_basic_comes_with_its_word_or_without_and_needs_a_user():
    bare = base64.b64encode(f"sample-user:{SECRET}".encode()).decode()
    for value in (bare, f"Basic {bare}"):
        assert accepted(request(setup=BASIC, headers={"x-walmart-auth": value}), SECRET)
    with pytest.raises(BadSignature, match="user"):
        walmart.verify(request(setup={"scheme": "basic"}, headers={"authorization": bare}), [SECRET], RECEIVED)


def test_hexadecimal_may_be_in_capitals():
    import hashlib
    import hmac

    digest = hmac.new(SECRET.encode(), request().body, hashlib.sha256).hexdigest()
    assert accepted(request(headers={"authorization": digest.upper()}), SECRET)
    assert not accepted(request(headers={"authorization": digest[:-1] + "g"}), SECRET)


def test_one_flipped_bit_of_a_signed_delivery_is_refused():
    webhook = walmart.sign(request(setup=SIGNED), SECRET, RECEIVED)
    for name in ("wm_sec.signature", "wm_sec.timestamp"):
        value = webhook.headers[name]
        for bit in range(len(value) * 7):
            at, mask = bit // 7, 1 << bit % 7
            flipped = value[:at] + chr(ord(value[at]) ^ mask) + value[at + 1 :]
            assert not accepted(replace(webhook, headers={**webhook.headers, name: flipped}), SECRET), flipped
    for bit in range(0, len(webhook.body) * 8, 7):
        flipped_body = bytearray(webhook.body)
        flipped_body[bit // 8] ^= 1 << bit % 8
        assert not accepted(replace(webhook, body=bytes(flipped_body)), SECRET)


@pytest.mark.parametrize("late, fine", [(0, True), (419, True), (421, False), (-119, True), (-121, False)])
def test_the_window_is_five_minutes_and_two_of_skew(late: int, fine: bool):
    webhook = walmart.sign(request(setup=SIGNED), SECRET, RECEIVED)
    assert accepted(webhook, SECRET, now=RECEIVED + timedelta(seconds=late)) is fine


@pytest.mark.parametrize("form", ["wm_sec.{}", "wm-sec-{}", "wm_sec_{}"])
def test_proxies_that_change_dots_do_no_harm(form: str):
    webhook = walmart.sign(request(setup=SIGNED), SECRET, RECEIVED)
    given = {form.format(name): webhook.headers[f"wm_sec.{name}"] for name in ("signature", "timestamp")}
    assert accepted(replace(webhook, headers=given), SECRET)


def test_the_registered_path_and_the_query_are_signed():
    url = {"url": "https://api.example.com/production/webhooks/walmart/box?eventType=X"}
    webhook = request(setup=SIGNED | url, path="/webhooks/walmart/box", query={"eventType": "RETURN_CREATED"})
    signed = walmart.sign(webhook, SECRET, RECEIVED)
    assert accepted(signed, SECRET)
    assert not accepted(replace(signed, setup=SIGNED), SECRET)
    assert not accepted(replace(signed, query={"eventType": "RETURN_INVOICED"}), SECRET)
    assert not accepted(replace(signed, query={}), SECRET)
    assert not accepted(replace(signed, method="PUT"), SECRET)
    whole = replace(signed, setup=SIGNED, path="/production/webhooks/walmart/box")
    assert accepted(whole, SECRET)


# Bodies


def test_a_bare_body_is_named_by_its_address():
    bare = request("unnamed")
    named = walmart.translate(replace(bare, query={"eventType": "RETURN_DELIVERED"}), RECEIVED)
    assert (named.events[0].type, named.events[0].native["topic"]) == (EventType.RETURN_RECEIVED, "RETURN_DELIVERED")
    assert named.id != walmart.translate(bare, RECEIVED).id
    (event,) = walmart.translate(bare, RECEIVED).events
    assert event.type is EventType.RETURN_CHANGED and event.wants


def test_what_a_body_says_of_its_event_beats_the_address():
    made = walmart.translate(request(query={"eventType": "PO_CREATED"}), RECEIVED)
    assert made.events[0].type is EventType.RETURN_REQUESTED


def test_a_bare_body_without_any_time_says_nothing_that_could_change():
    body = {"returnOrders": [{"returnOrderId": "7", "returnReason": "DAMAGED", "refundStatus": "Refunded"}]}
    (event,) = walmart.translate(request(body=json.dumps(body).encode()), RECEIVED).events
    (fact,) = event.facts
    assert (fact.at, fact.request, fact.money, event.wants[0].id) == (None, None, None, "7")


@pytest.mark.parametrize("said, expected", [
    ("Mar 28, 2024", datetime(2024, 3, 28, tzinfo=UTC)), ("Mar 8 2024", datetime(2024, 3, 8, tzinfo=UTC)),
    ("2024-03-28T12:00:00.000Z", datetime(2024, 3, 28, 12, tzinfo=UTC)),
    (1711627200000, datetime(2024, 3, 28, 12, tzinfo=UTC)), ("", None), (None, None),
])  # fmt: skip
def test_times(said: Any, expected: datetime | None):
    assert written.moment(Reader({"at": said}, "body"), "at") == expected


@pytest.mark.parametrize("said", [
    "Mar", "Mar 32, 2024", "Mar 28, 1024", "Mar x, 2024", "Mar 28, 2024, 1", "March 99999999999999999999", -1, 10**30, 1, True,
    1711627200, "28.03.2024", [], {},
])  # fmt: skip
def test_times_that_are_none(said: Any):
    with pytest.raises(BadPayload, match=r"body\.at"):
        written.moment(Reader({"at": said}, "body"), "at")


@pytest.mark.parametrize("said, expected", [("1", 1), (" 12 ", 12), (3, 3), (2.0, 2), ("", None), (None, None), ("  ", None)])
def test_counts(said: Any, expected: int | None):
    assert written.count(Reader({"n": said}, "body"), "n") == expected


@pytest.mark.parametrize("said", ["one", "-1", "1.5", "9" * 20, "١", True, [], {}])
def test_counts_that_are_none(said: Any):
    with pytest.raises(BadPayload, match=r"body\.n"):
        written.count(Reader({"n": said}, "body"), "n")


@pytest.mark.parametrize("said, expected", [
    ("DAMAGED", Reason.DAMAGED_IN_TRANSIT), ("damaged", Reason.DAMAGED_IN_TRANSIT), ("Changed Mind", Reason.CHANGED_MIND),
    ("WRONG_SIZE/POOR_FIT", Reason.SIZE_OR_FIT_OTHER), ("POOR_FIT", Reason.SIZE_OR_FIT_OTHER),
    ("wrong_size", Reason.SIZE_OR_FIT_OTHER), ("BOUGHT_ANOTHER_SIZE_OR_COLOR", Reason.CHANGED_MIND),
])  # fmt: skip
def test_reasons(said: str, expected: Reason):
    known = written.reason(said)
    assert known is not None and known.label is expected


def test_reasons_that_nobody_knows_are_kept():
    assert written.reason("A_NEW_REASON") is None and written.reason(None) is None
    lines = {line.id: line for line in state.load(folded(listed("4790210558892"))).of("return_line").values()}
    assert lines["103738048909818827:2"].native_reason == "A_NEW_REASON"
    assert lines["103738048909818827:2"].reason_stated is None


@pytest.mark.parametrize(
    "said, expected", [("USA", "US"), ("CAN", "CA"), ("usa", "US"), ("US", "US"), ("ABC", "ABC"), (None, None)]
)
def test_countries(said: str | None, expected: str | None):
    assert written.country(said) == expected


def test_the_seller_is_the_partner():
    assert walmart.translate(request(), RECEIVED).seller == "10900015773"
    assert walmart.translate(request("SELLER_PERFORMANCE_NOTIFICATIONS"), RECEIVED).seller is None


def test_an_update_is_what_its_sub_event_says_wherever_that_stands():
    for name, expected in (("ORDER_UPDATES", EventType.ORDER_PLACED), ("ORDER_UPDATES__fraud", EventType.ORDER_CHANGED)):
        (event,) = walmart.translate(request(name), RECEIVED).events
        assert event.type is expected and event.native["event"]


# What is read


def read(what: str, id_: str, **setup: str) -> Answer:
    return Asked("walmart", **setup).read(Read(what, {"id": id_}))


def facts_of(answer: Answer, kind: str) -> list[Any]:
    found = [fact for one in answer.found for event in one.translated.events for fact in event.facts]
    return [fact for fact in found if type(fact).__name__ == kind]


def test_a_line_that_was_cut_short_counts_what_is_left():
    lines = {line.id: line.quantity for line in facts_of(read("order", "1796277083022"), "LineFact")}
    assert lines == {"1": 1, "2": 1}
    (gone,) = facts_of(read("order", "1796277083023"), "LineFact")
    assert gone.quantity == 1  # a cancelled order keeps what was ordered


def test_lines_in_one_parcel_are_one_shipment():
    (parcel,) = facts_of(read("order", "4790210558890"), "ShipmentFact")
    assert (parcel.id, [line.line_id for line in parcel.lines]) == ("920012345678", ["1", "2"])
    (other,) = facts_of(read("order", "4790210558891"), "ShipmentFact")
    assert (other.carrier, other.delivered_at) == ("Sample Carrier", None)


def test_a_placeholder_address_is_nobody():
    (one,) = read("order", "1796277083023").found
    assert one.translated.buyer is None
    told = walmart.person(one.raw)
    assert told is not None and told[0].email is None


def test_an_order_tells_who_its_buyer_is_and_a_return_does_not():
    (one,) = read("order", "4790210558891").found
    assert one.translated.buyer == "email:3a31739d@example.com"
    assert walmart.person(one.raw) == (
        Person(name="Sample Buyer", email="3a31739d@example.com", country="CA", province="ON", full_name="Sample Buyer",
               street="1 Sample Street", city="Sampleton", postcode="13164"),
        datetime(2026, 5, 3, 10, tzinfo=UTC),
    )  # fmt: skip
    assert walmart.person(read("return", "103738048909818825").found[0].raw) is None
    assert walmart.person(request().body) is None


def test_a_return_about_two_orders_is_told_to_both():
    first, second = read("return", "103738048909818827").found
    assert (first.translated.subject, second.translated.subject) == ("order:4790210558892", "order:4790210558893")
    assert first.translated.id != second.translated.id
    kept = second.translated.events[0].facts[0]
    assert (kept.goods, kept.money) == (GoodsAxis.KEPT, MoneyAxis.PENDING)
    (refund,) = facts_of(Answer((second,)), "RefundFact")
    assert (refund.amount, refund.confirmed) == (None, False)


def test_goods_of_which_some_came_back_are_partly_there():
    rows = [
        {"returnOrderLineNumber": n, "purchaseOrderId": "1", "returnTrackingDetail": [{"eventTag": tag}]}
        for n, tag in enumerate(("DELIVERED_AT_RETURN_CENTER", "RETURN_INITIATED"), 1)
    ]
    told = Response(200, {}, json.dumps({"returnOrders": [{"returnOrderId": "7", "returnOrderLines": rows}]}).encode())
    (one,) = walmart.answer(Read("return", {"id": "7"}), told, Asked("walmart").account, NOW).found
    (event,) = one.translated.events
    assert (event.facts[0].goods, event.type, event.time) == (GoodsAxis.PARTIAL, EventType.RETURN_CHANGED, NOW)


def test_the_sellers_deadline_is_two_days_after_the_goods_came():
    (fact,) = facts_of(read("return", "103738048909818826"), "ReturnFact")
    assert fact.due.actor == "seller" and fact.due.at - fact.received_at == timedelta(hours=48)


SPAN = {"since": "2026-05-01T00:00:00Z", "until": "2026-05-31T23:00:00Z"}


def test_a_cursor_goes_into_the_address_as_it_came_and_ends_when_it_repeats():
    asked = Asked("walmart")
    first = asked.read(Read("returns", SPAN))
    further = next(one for one in first.then if one.cursor)
    assert further.cursor.startswith("?") and further.cursor.endswith("&offset=2")
    url = walmart.request(further, asked.with_token("shop"), NOW).url
    assert url == f"https://marketplace.walmartapis.com/v3/returns{further.cursor}"
    assert json.loads(asked.response(further)[0].body)["meta"]["nextCursor"] == further.cursor
    assert asked.read(further).then == ()
    bare = replace(further, cursor=further.cursor[1:])
    assert walmart.request(bare, asked.account, NOW).url == url


@pytest.mark.parametrize("cursor", ["?a#b", "?a b", "?\u202e", "@evil.example/", "?" + "x" * 3000, "?a\nb"])
def test_a_cursor_that_is_no_query_string_is_refused(cursor: str):
    if cursor == "@evil.example/":
        asked = walmart.request(Read("orders", SPAN, cursor), Asked("walmart").account, NOW)
        assert asked.url.startswith("https://marketplace.walmartapis.com/v3/orders?")
        return
    with pytest.raises(BadPayload, match="cursor"):
        walmart.request(Read("orders", SPAN, cursor), Asked("walmart").account, NOW)


def test_dates_only_go_in_pairs():
    asked = Asked("walmart")
    request_ = walmart.request(Read("returns", SPAN), asked.with_token("shop"), NOW)
    first = request_.url.partition("&")[0]
    assert [asked.send(one).status for one in (request_, replace(request_, url=first))] == [200, 400]


def test_returns_of_walmarts_own_warehouses_are_asked_for_once():
    further = [one for one in Asked("walmart").read(Read("returns", SPAN)).then if one.about.get("wfs")]
    assert len(further) == 1 and Asked("walmart").read(further[0]).found
    assert not [one for one in Asked("walmart", wfs="").read(Read("returns", SPAN)).then if one.about.get("wfs")]
    assert not [one for one in Asked("walmart").read(further[0]).then if one.about.get("wfs") and one.name == further[0].name]


def test_an_empty_list_of_orders_is_a_404():
    none = Read("orders", {"since": "2026-04-01T00:00:00Z", "until": "2026-04-02T00:00:00Z"})
    response, account = Asked("walmart").response(none)
    assert response.status == 404 and walmart.answer(none, response, account, NOW) == Answer()
    with pytest.raises(CallFailed):
        walmart.answer(Read("order", {"id": "1"}), response, account, NOW)


def test_tokens_end_after_900_seconds():
    clock = [NOW]
    asked = Asked("walmart")
    asked.server = Marketplaces(clock=lambda: clock[0], limits=False)
    one = Read("order", {"id": "4790210558890"})
    assert asked.read(one).found
    clock[0] += timedelta(seconds=900)
    with pytest.raises(Denied):
        asked.read(one)


def test_the_apps_own_secret_counts_where_deliveries_have_another():
    asked = Asked("walmart", secret="the deliveries' secret", client_secret=server.DEMO["secret"])
    assert asked.read(Read("order", {"id": "4790210558890"})).found


def test_a_refresh_token_is_used_where_there_is_one():
    account = replace(Asked("walmart").account, refresh="r-1")
    assert b"grant_type=refresh_token&refresh_token=r-1" in walmart.renewal("shop", account, NOW).body
    token = walmart.renewed("shop", Response(200, {}, b'{"access_token":"a","refresh_token":"r-2"}'), account, NOW)
    assert (token.refresh, token.expires_at - NOW) == ("r-2", timedelta(seconds=900))
    with pytest.raises(CallFailed):
        walmart.renewed("shop", Response(200, {}, b"{}"), account, NOW)


def test_every_call_has_an_id_of_its_own():
    asked = Asked("walmart")
    one, other = Read("order", {"id": "1"}), Read("order", {"id": "2"})
    ids = [walmart.request(read_, asked.account, now).headers["wm_qos.correlation_id"]
           for read_ in (one, other) for now in (NOW, NOW + timedelta(seconds=1))]  # fmt: skip
    assert len(set(ids)) == 4


@pytest.mark.parametrize("said, after", [
    (str(int(NOW.timestamp()) + 30), 30), (str((int(NOW.timestamp()) + 30) * 1000), 30), ("1", None), ("soon", None),
    ("9" * 14, 21600), (str(int(NOW.timestamp()) - 30), 0),
])  # fmt: skip
def test_an_empty_bucket_says_when_it_is_filled(said: str, after: int | None):
    response = Response(429, {"x-next-replenishment-time": said, "x-current-token-count": "0"}, b"{}")
    with pytest.raises(Busy) as caught:
        walmart.answer(Read("order", {"id": "1"}), response, Asked("walmart").account, NOW)
    assert caught.value.after == (None if after is None else timedelta(seconds=after))


# The same facts, whichever way they come

PUSHED = ("RETURN_CREATED", "RETURN_DELIVERED", "RETURN_INVOICED")
SOURCE = "walmart/sample-shop"


def listed(order: str) -> list[Delivery]:
    """What the lists tell of an order, pages included."""
    asked, waiting, found = Asked("walmart"), [Read("orders", SPAN), Read("returns", SPAN)], []
    while waiting:
        answer = asked.read(waiting.pop())
        found += [one.translated for one in answer.found]
        waiting += answer.then
    ours = [one for one in found if one.subject == f"order:{order}"]
    return [delivered(one, SOURCE, RECEIVED, Origin.RECONCILE) for one in ours]


def told(order: str, return_id: str) -> list[Delivery]:
    """What is pushed of an order, and read because of it."""
    pushed = [walmart.translate(request(name), RECEIVED) for name in PUSHED]
    fetched = [one.translated for what, id_ in (("order", order), ("return", return_id)) for one in read(what, id_).found]
    return [delivered(one, SOURCE, RECEIVED, Origin.FETCH) for one in (*pushed, *fetched)]


LISTED, TOLD = listed("4790210558890"), told("4790210558890", "103738048909818825")


def test_the_life_of_an_order_ends_as_it_should():
    order = state.load(folded([*TOLD, *LISTED]))
    back = order.of("return")["103738048909818825"]
    assert (back.request, back.goods, back.money) == ("approved", "received", "done")
    assert set(order.of("return_line")) == {"103738048909818825:1"} and set(order.of("refund")) == {"103738048909818825"}
    assert order.of("refund")["103738048909818825"].amount.amount == 12745
    assert order.of("shipment")["920012345678"].status == "delivered"
    assert order.problems == ()


def test_what_is_read_alone_and_what_is_listed_is_one():
    fetched = [one for one in TOLD if not one.events[0].native["topic"].startswith("RETURN_")]
    assert folded(fetched) == folded(LISTED)
    assert {one.id for one in fetched} == {one.id for one in LISTED}


@settings(max_examples=25, deadline=None)
@given(st.data())
def test_in_any_order_and_any_number_of_times(data: st.DataObject):
    every: Sequence[Delivery] = [*TOLD, *LISTED]
    again = data.draw(st.lists(st.sampled_from(every), max_size=4))
    assert folded(data.draw(st.permutations([*every, *again]))) == folded(every)


def test_the_demo_shop_can_be_played():
    for found in fixtures.recorded("walmart"):
        webhook = replace(found.webhook, setup=server.DEMO)
        assert accepted(walmart.sign(webhook, server.DEMO["secret"], RECEIVED), server.DEMO["secret"])
