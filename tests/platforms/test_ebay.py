"""What is particular to eBay."""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chalicelib.model import state
from chalicelib.model.call import CallFailed, Denied, Found, Read, Response
from chalicelib.model.errors import BadPayload, BadSignature, ConfigurationError, Ignored
from chalicelib.model.event import Delivery, Webhook
from chalicelib.model.person import Person
from chalicelib.model.words import EventType, Origin, Reason
from chalicelib.platforms import _ebay_keys as keys
from chalicelib.platforms import _ebay_returns as returns
from chalicelib.platforms import ebay
from infra.marketplaces import ebay as server
from infra.marketplaces.server import Marketplaces
from tests.platforms import fixtures
from tests.platforms.calls import NOW, Asked
from tests.platforms.fixtures import RECEIVED, SECRET
from tests.platforms.test_same_facts import delivered, folded

SDK = json.loads((fixtures.FOLDER / "ebay" / "vectors.json").read_text())[0]
SETUP = fixtures.one("ebay", "ORDER_CONFIRMATION").setup


def request(name: str = "ORDER_CONFIRMATION", **setup: str) -> Webhook:
    found = fixtures.one("ebay", name)
    return replace(found.webhook, setup=found.setup | setup)


def body(webhook: Webhook) -> Any:
    return json.loads(webhook.body)


def with_body(webhook: Webhook, value: Any) -> Webhook:
    return replace(webhook, body=json.dumps(value, separators=(",", ":")).encode())


# Signatures


def test_the_sdks_own_tampered_body_is_refused():
    told = Webhook("ebay", "box", SDK["headers"], SDK["body"].encode())
    ebay.verify(told, [SDK["secret"]], RECEIVED)
    with pytest.raises(BadSignature):
        ebay.verify(replace(told, body=told.body.replace(b"test_user", b"test_user2")), [SDK["secret"]], RECEIVED)


def header(**changes: Any) -> Webhook:
    """A signed delivery, its header spelled anew with some of its parts changed (None: left out)."""
    webhook = ebay.sign(request(), SECRET, RECEIVED)
    said = json.loads(base64.b64decode(webhook.headers[keys.HEADER])) | changes
    raw = json.dumps({name: value for name, value in said.items() if value is not None}).encode()
    return replace(webhook, headers={keys.HEADER: base64.b64encode(raw).decode()})


@pytest.mark.parametrize("changes", [
    {"alg": "none"}, {"alg": "hmac"}, {"alg": None}, {"digest": "MD5"}, {"digest": "SHA512"}, {"digest": None},
    {"kid": "../../admin"}, {"kid": "1"}, {"kid": 7}, {"kid": None}, {"signature": ""}, {"signature": "AAAA"}, {"more": "x"},
])  # fmt: skip
def test_a_header_that_says_something_else_is_refused(changes: dict[str, Any]):
    with pytest.raises(BadSignature):
        ebay.verify(header(**changes), [ebay.public(SECRET)], RECEIVED)


def test_the_hash_is_the_published_one_whatever_the_delivery_says():
    ebay.verify(header(digest="SHA256"), [ebay.public(SECRET)], RECEIVED)
    published = json.loads(ebay.public(SECRET))
    for digest in ("SHA256", "MD5", None):
        with pytest.raises(BadSignature):
            ebay.verify(header(), [json.dumps(published | {"digest": digest})], RECEIVED)


@pytest.mark.parametrize("given", ["bm90IGpzb24=", "W10=", "e30=", "eyJhbGciOiJlY2RzYSJ9", "=", "AAAA", "A" * 5000, "ключ"])
def test_headers_that_are_none(given: str):
    for refusing in (ebay.key_id, lambda webhook: ebay.verify(webhook, [ebay.public(SECRET)], RECEIVED)):
        with pytest.raises(BadSignature):
            refusing(replace(request(), headers={keys.HEADER: given}))


def test_a_key_under_another_id_verifies_nothing():
    webhook, published = ebay.sign(request(), SECRET, RECEIVED), json.loads(ebay.public(SECRET))
    assert ebay.key_id(webhook) == published["kid"]
    with pytest.raises(BadSignature):
        ebay.verify(webhook, [json.dumps(published | {"kid": json.loads(ebay.public("another"))["kid"]})], RECEIVED)


@pytest.mark.parametrize("document", ["", "{}", "[]", "null", "x", '{"kid":"k"}', '{"key":7}', "ключ", "\udcff"])
def test_documents_that_are_none_verify_nothing_and_spoil_no_other(document: str):
    webhook = ebay.sign(request(), SECRET, RECEIVED)
    ebay.verify(webhook, [document, ebay.public(SECRET)], RECEIVED)
    with pytest.raises(BadSignature):
        ebay.verify(webhook, [document], RECEIVED)


def test_only_p256_keys_are_kept():
    from cryptography.hazmat.primitives.asymmetric import ec, ed25519
    from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

    for private in (ec.generate_private_key(ec.SECP384R1()), ed25519.Ed25519PrivateKey.generate()):
        pem = private.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()
        with pytest.raises(BadPayload):
            keys.document("k", {"key": pem.replace("\n", ""), "algorithm": "ECDSA", "digest": "SHA1"})
    assert json.loads(keys.document("k", json.loads(SDK["secret"])))["kid"] == "k"


def test_the_local_server_publishes_the_key_that_recorded_deliveries_are_signed_with():
    asked, webhook = Asked("ebay"), ebay.sign(request(), server.DEMO["secret"], RECEIVED)
    document = asked.read(Read("public_key", {"id": ebay.key_id(webhook)})).text
    ebay.verify(webhook, [document], RECEIVED)
    told = Webhook("ebay", "box", SDK["headers"], SDK["body"].encode())
    ebay.verify(told, [asked.read(Read("public_key", {"id": ebay.key_id(told)})).text], RECEIVED)
    with pytest.raises(CallFailed):
        asked.read(Read("public_key", {"id": "9936261a-7d7b-4621-a0f1-96ccb428af99"}))


# Handshake


@pytest.mark.parametrize("code, token, expected", [
    ("a8628072-3d33-45ee-9004-bee86830a22d", "71745723-d031-455c-bfa5-f90d11b4f20a",
     "ca527df75caa230092d7e90484071e8f05d63068f1317973d6a3a42593734bbb"),
    ("71745723-d031-455c-bfa5-f90d11b4f20a", "71745723-d031-455c-bfa5-f90d11b4f20a",
     "048de9ffd0e35021fefc0388d5c52e0f475324f582f3778ca81a53354ccbbc97"),
])  # fmt: skip
def test_the_challenge_is_answered(code: str, token: str, expected: str):
    setup = {"verification_token": token, "url": "http://www.testendpoint.com/webhook"}
    webhook = Webhook("ebay", "box", {}, b"", "GET", query={"challenge_code": code}, setup=setup)
    reply = ebay.handshake(webhook, [], RECEIVED)
    assert reply is not None and (reply.status, reply.body) == (200, {"challengeResponse": expected})


def test_only_a_challenge_is_answered_and_what_it_needs_is_named():
    webhook = Webhook("ebay", "box", {}, b"", "GET", query={"challenge_code": "x"}, setup=SETUP)
    assert ebay.handshake(replace(webhook, query={}), [], RECEIVED) is None
    assert ebay.handshake(replace(webhook, method="POST"), [], RECEIVED) is None
    assert ebay.handshake(replace(webhook, query={"challenge_code": "\udcff"}), [], RECEIVED) is not None
    for name in ("verification_token", "url"):
        with pytest.raises(BadSignature, match=name):
            ebay.handshake(replace(webhook, setup=SETUP | {name: ""}), [], RECEIVED)


# Whose news it is


def verified(webhook: Webhook) -> None:
    ebay.verify(ebay.sign(webhook, SECRET, RECEIVED), [ebay.public(SECRET)], RECEIVED)


@pytest.mark.parametrize("name", ["ORDER_CONFIRMATION", "NEW_MESSAGE", "NEW_MESSAGE__own", "AUTHORIZATION_REVOCATION"])
def test_another_sellers_news_is_not_taken(name: str):
    verified(request(name))
    verified(request(name, seller="somebody, SAMPLE_SELLER"))
    verified(request(name, seller=""))
    with pytest.raises(Ignored):
        verified(request(name, seller="somebody, else"))


def test_account_deletions_and_bodies_that_name_nobody_are_everybodys():
    verified(request("MARKETPLACE_ACCOUNT_DELETION", seller="somebody"))
    verified(replace(request(seller="somebody"), body=b'{"metadata":{},"notification":7}'))


def test_a_revocation_closes_the_shop_only_where_it_is_known_whose_it_is():
    (event,) = ebay.translate(request("AUTHORIZATION_REVOCATION"), RECEIVED).events
    assert event.type is EventType.SHOP_UNINSTALLED
    (event,) = ebay.translate(request("AUTHORIZATION_REVOCATION", seller=""), RECEIVED).events
    assert event.type is EventType.UNKNOWN


def test_the_seller_is_told_by_the_id_that_is_written_down():
    assert ebay.translate(request(), RECEIVED).seller == "sELLer1aBcD"
    assert ebay.translate(request(seller="sample_seller"), RECEIVED).seller == "sample_seller"
    assert ebay.translate(request("NEW_MESSAGE__own"), RECEIVED).seller == "sample_seller"
    assert ebay.translate(request("MARKETPLACE_ACCOUNT_DELETION"), RECEIVED).seller is None


# Notifications


def test_a_delivery_that_is_sent_again_is_the_same():
    first = ebay.translate(request(), RECEIVED)
    again = body(request())
    again["notification"] |= {"publishDate": "2026-05-19T14:26:40.500Z", "publishAttemptCount": 2}
    assert ebay.translate(with_body(request(), again), RECEIVED) == first


def test_whoever_leaves_is_known_by_id_and_by_name():
    both = ebay.translate(request("MARKETPLACE_ACCOUNT_DELETION"), RECEIVED)
    assert (both.buyer, both.aliases) == ("ebay:user:bUYer1aBcD", ("ebay:user:sample_buyer",))
    alone = ebay.translate(request("MARKETPLACE_ACCOUNT_DELETION__name_alone"), RECEIVED)
    assert (alone.buyer, alone.aliases) == ("ebay:user:sample_buyer2", ())
    ordered = {one.translated.buyer for one in Asked("ebay").read(Read("order", {"id": "13-14786-65872"})).found}
    assert ordered == {"ebay:user:sample_buyer"}


@pytest.mark.parametrize("name, part, id_", [
    ("ORDER_RETURN_ACTIVITY", "orderReturn", "returnId"), ("ORDER_INQUIRY_ACTIVITY", "orderInquiry", "inquiryId"),
    ("FEEDBACK_RECEIVED", "feedbackDetail", "feedbackId"), ("ORDER_CANCELLATION_ACTIVITY", "orderCancellation", "orderId"),
])  # fmt: skip
def test_what_names_nothing_is_kept_as_unknown(name: str, part: str, id_: str):
    told = body(request(name))
    told["notification"]["data"][part] = {}
    (event,) = ebay.translate(with_body(request(name), told), RECEIVED).events
    assert (event.type, event.facts, event.wants) == (EventType.UNKNOWN, (), ())


def test_only_ids_that_can_be_asked_for_are_wanted():
    told = body(request())
    told["notification"]["data"]["order"]["orderId"] = "12/../34"
    (event,) = ebay.translate(with_body(request(), told), RECEIVED).events
    assert event.wants == ()


def test_an_older_shape_of_feedback_is_read_too():
    told = body(request("FEEDBACK_RECEIVED"))
    told["notification"]["data"] = {"feedbackId": "1", "orderId": "1-2-3"}
    made = ebay.translate(with_body(request("FEEDBACK_RECEIVED"), told), RECEIVED)
    assert (made.subject, made.events[0].facts[0].id) == ("order:1-2-3", "1")


# What is read


def read(what: str, id_: str) -> Any:
    (one, *_) = Asked("ebay").read(Read(what, {"id": id_})).found
    return one


def test_post_order_wants_iaf_and_a_marketplace():
    asked = Asked("ebay")
    account = asked.with_token("shop")
    request_ = ebay.request(Read("return", {"id": "5305512242"}), account, NOW)
    assert request_.headers["authorization"].startswith("IAF ")
    bearer = replace(request_, headers=request_.headers | {"authorization": f"Bearer {account.access}"})
    elsewhere = replace(request_, headers=request_.headers | {"x-ebay-c-marketplace-id": "EBAY_XX"})
    assert [asked.send(one).status for one in (request_, bearer, elsewhere)] == [200, 401, 400]
    with pytest.raises(ConfigurationError, match="marketplace"):
        ebay.request(Read("return", {"id": "1"}), replace(account, setup={}), NOW)


def test_each_kind_of_token_opens_its_own_doors():
    asked = Asked("ebay")
    for what, id_, kind in (("order", "13-14786-65872", "app"), ("public_key", ebay.key_id(header()), "shop")):
        one = Read(what, {"id": id_})
        response = asked.send(ebay.request(one, asked.with_token(kind), NOW))
        with pytest.raises(CallFailed, match="403"):
            ebay.answer(one, response, asked.account, NOW)


def test_tokens_end_after_two_hours():
    clock = [NOW]
    asked = Asked("ebay")
    asked.server = Marketplaces(clock=lambda: clock[0], limits=False)
    one = Read("order", {"id": "13-14786-65872"})
    assert asked.read(one).found
    clock[0] += timedelta(seconds=7200)
    with pytest.raises(Denied):
        asked.read(one)


def test_a_refresh_token_that_is_dead_is_told_apart_from_a_request_that_is_wrong():
    dead = Response(400, {}, b'{"error":"invalid_grant","error_description":"the provided refresh token is invalid"}')
    with pytest.raises(Denied, match="refresh_token"):
        ebay.renewed("shop", dead, Asked("ebay").account, NOW)
    with pytest.raises(CallFailed):
        ebay.renewed("shop", Response(400, {}, b'{"error":"invalid_scope"}'), Asked("ebay").account, NOW)
    with pytest.raises(CallFailed):
        ebay.renewed("shop", Response(200, {}, b"{}"), Asked("ebay").account, NOW)


@pytest.mark.parametrize("cursor", ["-1", "x", "1e3", "9" * 20, "١"])
def test_a_cursor_is_a_number_of_rows(cursor: str):
    with pytest.raises(BadPayload, match="cursor"):
        ebay.request(Read("orders", {"since": "2026-05-01T00:00:00Z", "until": "2026-05-02T00:00:00Z"}, cursor),
                     Asked("ebay").with_token("shop"), NOW)  # fmt: skip


def test_a_page_without_its_list_is_none_unless_it_says_that_there_is_nothing():
    span = Read("returns", {"since": "2026-05-01T00:00:00Z", "until": "2026-05-02T00:00:00Z"})
    nothing = Response(200, {}, b'{"paginationOutput":{"totalEntries":0}}')
    assert ebay.answer(span, nothing, Asked("ebay").account, NOW).found == ()
    with pytest.raises(BadPayload, match="members"):
        ebay.answer(span, Response(200, {}, b'{"total":1}'), Asked("ebay").account, NOW)


def test_a_return_without_any_date_is_dated_by_its_reading_but_not_its_facts():
    told = Response(200, {}, b'{"summary":{"returnId":"1","state":"ITEM_SHIPPED"},"detail":{}}')
    (one,) = ebay.answer(Read("return", {"id": "1"}), told, Asked("ebay").account, NOW).found
    (event,) = one.translated.events
    assert (event.time, event.facts[0].at, one.translated.subject) == (NOW, None, "return:1")
    assert event.type is EventType.RETURN_DISPATCHED


@pytest.mark.parametrize("code, label, flag", [
    ("WRONG_SIZE", Reason.SIZE_OR_FIT_OTHER, None), ("does_not_fit", Reason.COMPATIBILITY, None),
    ("FAKE_OR_COUNTERFEIT", Reason.NOT_AS_DESCRIBED, "counterfeit"),
])  # fmt: skip
def test_reasons(code: str, label: Reason, flag: str | None):
    known = returns.reason(code)
    assert known is not None and (known.label, known.flag) == (label, flag)
    assert returns.reason("A_NEW_ONE") is None and returns.reason(None) is None


def test_a_flag_of_a_reason_is_told():
    assert read("return", "5305512243").translated.events[0].native["flag"] == "counterfeit"


def test_an_order_tells_who_its_buyer_is():
    one = read("order", "13-14786-65872")
    placed = one.translated.events[0].facts[0].placed_at
    assert ebay.person(one.raw) == (
        Person(name="Sample Buyer", email="sample-buyer@example.com", country="US", province="AR", full_name="Sample Buyer",
               street="1 Sample Street", city="Sampleton", postcode="72764"),
        placed,
    )  # fmt: skip


def test_what_is_no_order_tells_nobody():
    assert ebay.person(read("return", "5305512242").raw) is None
    assert ebay.person(request().body) is None
    assert ebay.person(b'{"orderId":"1","lineItems":[]}') is None


def test_words_that_buyers_wrote_stay_out_of_events():
    told = Response(200, {}, json.dumps({
        "summary": {"returnId": "1", "creationInfo": {"comments": {"content": "call me"}, "reason": "OTHER"}},
        "detail": {"responseHistory": [{"notes": "call me", "creationDate": {"value": "2026-05-01T00:00:00Z"}}]},
    }).encode())  # fmt: skip
    (one,) = ebay.answer(Read("return", {"id": "1"}), told, Asked("ebay").account, NOW).found
    assert "call me" not in repr(one.translated) and b"call me" in one.raw


# The same facts, whichever way they come

PUSHED = ("ORDER_RETURN_ACTIVITY", "ORDER_RETURN_ACTIVITY__shipped", "ORDER_RETURN_ACTIVITY__delivered",
          "ORDER_RETURN_ACTIVITY__closed")  # fmt: skip
FETCHED = (("order", "26-13721-98548"), ("fulfillments", "26-13721-98548"), ("return", "5305512242"))
LISTS = ("orders", "returns", "cancellations", "inquiries", "cases", "disputes")
SPAN = {"since": "2026-04-01T00:00:00Z", "until": "2026-05-31T23:00:00Z"}
SOURCE = "ebay/sample-shop"


def listed() -> list[Found]:
    """All that the lists lead to, pages and details included."""
    asked, waiting, found = Asked("ebay"), [Read(what, SPAN) for what in LISTS], []
    while waiting:
        answer = asked.read(waiting.pop())
        found += answer.found
        waiting += answer.then
    return found


def life() -> tuple[list[Delivery], list[Delivery]]:
    """The life of one order: as it is pushed and then fetched, and as the lists alone tell it."""
    asked = Asked("ebay")
    pushed = [ebay.translate(request(name), RECEIVED) for name in PUSHED]
    pushed += [one.translated for what, id_ in FETCHED for one in asked.read(Read(what, {"id": id_})).found]
    ours = {"order:26-13721-98548", "line:10075571665126"}
    told = [one.translated for one in listed() if one.translated.subject in ours]
    make = lambda made, origin: delivered(made, SOURCE, RECEIVED, origin)  # noqa: E731
    return [make(one, Origin.FETCH) for one in pushed], [make(one, Origin.RECONCILE) for one in told]


LIFE = life()


def test_the_life_of_an_order_ends_as_it_should():
    order = state.load(folded([*LIFE[0], *LIFE[1]]))
    back = order.of("return")["5305512242"]
    assert (back.request, back.goods, back.money) == ("approved", "received", "done")
    assert back.closed_at and back.received_at and back.due.actor == "seller"
    assert order.of("return_line")["5305512242:10075571665126"].line_id in order.of("line")
    assert set(order.of("dispute")) == {"5071234568", "5071235000", "5000012346"}
    assert order.of("shipment")["1Z999AA10123456784"].status == "dispatched"
    assert order.problems == ()


def test_what_is_fetched_and_what_is_listed_is_one():
    alone = state.load(folded(LIFE[1]))
    fetched = [one for one in LIFE[0] if not one.events[0].native["topic"].startswith("ORDER_")]
    both = state.load(folded([*fetched, *LIFE[1]]))
    assert (alone.order, alone.of("line"), alone.of("refund")) == (both.order, both.of("line"), both.of("refund"))
    assert (alone.of("return"), alone.of("shipment")) == (both.of("return"), both.of("shipment"))


@settings(max_examples=25, deadline=None)
@given(st.data())
def test_in_any_order_and_any_number_of_times(data: st.DataObject):
    every: Sequence[Delivery] = [*LIFE[0], *LIFE[1]]
    again = data.draw(st.lists(st.sampled_from(every), max_size=4))
    assert folded(data.draw(st.permutations([*every, *again]))) == folded(every)


def test_line_items_of_one_order_add_up():
    made = [ebay.translate(request(name), RECEIVED) for name in ("ORDER_CONFIRMATION", "ORDER_CONFIRMATION__second_line")]
    one = state.load(folded([delivered(found, SOURCE, RECEIVED, Origin.PUSH) for found in made]))
    assert {line.id: line.quantity for line in one.of("line").values()} == {"10084048110913": 2, "10084048110914": 1}


def test_the_demo_shop_can_be_played():
    """What `./wellkept send` does: signed with the demo's secret, verified under the key that the server publishes."""
    asked = Asked("ebay")
    for found in fixtures.recorded("ebay"):
        webhook = ebay.sign(replace(found.webhook, setup=server.DEMO), server.DEMO["secret"], RECEIVED)
        ebay.verify(webhook, [asked.read(Read("public_key", {"id": ebay.key_id(webhook)})).text], RECEIVED)


def test_the_challenge_of_the_demo_shop():
    webhook = Webhook("ebay", "box", {}, b"", "GET", query={"challenge_code": "c"}, setup=server.DEMO)
    expected = hashlib.sha256(f"c{server.DEMO['verification_token']}{server.DEMO['url']}".encode()).hexdigest()
    reply = ebay.handshake(webhook, [], RECEIVED)
    assert reply is not None and reply.body == {"challengeResponse": expected}
