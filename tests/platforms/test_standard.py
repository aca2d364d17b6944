"""What is particular to Standard Webhooks."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from dataclasses import replace
from datetime import timedelta

import pytest

from chalicelib.model.errors import BadPayload, BadSignature
from chalicelib.model.event import Webhook
from chalicelib.model.words import EventType
from chalicelib.platforms import standard
from tests.platforms import fixtures
from tests.platforms.fixtures import RECEIVED, SECRET

SEED = base64.b64encode(bytes(range(32))).decode()
PUBLIC = "whpk_A6EHv/POEL4dcN0Y50vAmWfk1jCbpQ1fHdyGZBJVMbg="


def request(secret: str = SECRET) -> Webhook:
    return fixtures.signed(fixtures.one("standard", "order.placed").webhook, secret)


@pytest.mark.parametrize("seconds, fresh", [(-301, False), (-300, True), (0, True), (300, True), (301, False), (86_400, False)])
def test_a_delivery_is_taken_within_five_minutes_of_its_timestamp(seconds: int, fresh: bool):
    now = RECEIVED + timedelta(seconds=seconds)
    if fresh:
        standard.verify(request(), [SECRET], now)
    else:
        with pytest.raises(BadSignature, match="five minutes"):
            standard.verify(request(), [SECRET], now)


@pytest.mark.parametrize("sent", ["", "now", "-5", "1.5", "1e9", "١٧٧", " 1780315200", "9" * 13, "0x10"])
def test_a_timestamp_is_whole_seconds(sent: str):
    webhook = request()
    with pytest.raises(BadSignature):
        standard.verify(replace(webhook, headers={**webhook.headers, "webhook-timestamp": sent}), [SECRET], RECEIVED)


def test_an_id_with_a_dot_is_refused_though_it_is_signed():
    webhook = replace(request(), headers={"webhook-id": "msg.1"})
    with pytest.raises(BadSignature, match="dot"):
        standard.verify(fixtures.signed(webhook, SECRET), [SECRET], RECEIVED)


def forged(key: bytes) -> Webhook:
    webhook = request()
    sent = str(int(RECEIVED.timestamp()))
    content = f"msg_1.{sent}.".encode() + webhook.body
    signature = base64.b64encode(hmac.new(key, content, hashlib.sha256).digest()).decode()
    return replace(webhook, headers={"webhook-id": "msg_1", "webhook-timestamp": sent, "webhook-signature": f"v1,{signature}"})


@pytest.mark.parametrize("secret, key", [("", b""), ("whsec_", b""), ("whsec_c2hvcnQ=", b"short"), ("whpk_", b"")])
def test_an_empty_or_short_key_is_refused_even_when_the_signature_is_right(secret: str, key: bytes):
    with pytest.raises(BadSignature):
        standard.verify(forged(key), [secret], RECEIVED)


def test_an_ed25519_sender_is_known_by_its_public_key():
    webhook = request(f"whsk_{SEED}")
    assert webhook.headers["webhook-signature"].startswith("v1a,")
    standard.verify(webhook, [SECRET, PUBLIC], RECEIVED)
    for secrets in ([SECRET], [f"whsec_{PUBLIC[5:]}"], [f"whsk_{SEED}"], ["whpk_" + base64.b64encode(bytes(32)).decode()]):
        with pytest.raises(BadSignature):
            standard.verify(webhook, secrets, RECEIVED)


def test_any_listed_signature_may_match_and_odd_items_are_skipped():
    webhook = request()
    good = webhook.headers["webhook-signature"]
    for listed in (f"v1,AAAA {good}", f"{good} v2,AAAA", f"nonsense , v1, ,x {good}", f"v1a,{good[3:]}  {good}"):
        standard.verify(replace(webhook, headers={**webhook.headers, "webhook-signature": listed}), [SECRET], RECEIVED)
    for listed in ("nonsense", ",", "v1", "v1,", f"v2,{good[3:]}", f"v1a,{good[3:]}", good[3:], good.replace(",", " ")):
        with pytest.raises(BadSignature):
            standard.verify(replace(webhook, headers={**webhook.headers, "webhook-signature": listed}), [SECRET], RECEIVED)


def test_an_empty_body_is_signed_and_kept_as_unknown():
    webhook = fixtures.signed(replace(request(), body=b""), SECRET)
    standard.verify(webhook, [SECRET], RECEIVED)
    assert standard.translate(webhook, RECEIVED).events[0].type is EventType.UNKNOWN


def test_every_type_and_kind_of_fact_is_among_the_requests():
    events = [
        event
        for one in fixtures.recorded("standard")
        if "refused" not in fixtures.outcome(one)
        for event in one.translated().events
    ]
    assert standard.FACTUAL.keys() <= {event.type for event in events}
    assert {type(fact).__name__ for event in events for fact in event.facts} == {
        "OrderFact", "LineFact", "ShipmentFact", "ReturnFact", "ReturnLineFact", "RefundFact", "DisputeFact", "ReviewFact",
        "MessageFact"
    }  # fmt: skip


@pytest.mark.parametrize(
    "change, where",
    [
        ({"lines": {}}, "body.data.lines"),
        ({"order": {"id": ""}}, "body.data.order.id"),
        ({"order": {"id": "a\nb"}}, "body.data.order.id"),
        ({"order": {"id": "x" * 201}}, "body.data.order.id"),
        ({"order": {"id": 5}}, "body.data.order.id"),
        ({"order": {"id": "1", "currency": "usd"}}, "body.data.order.currency"),
        ({"lines": [{"id": "1", "unit_price": "1e30"}]}, "body.data.lines[0].unit_price"),
        ({"shipments": [{"id": "1", "lines": [{"line_id": "", "quantity": 1}]}]}, "body.data.shipments[0].lines[0].line_id"),
        ({"refunds": [{"id": "1", "lines": [{"line_id": "1", "quantity": 1, "amount": {"amount": 1, "currency": "€"}}]}]},
         "body.data.refunds[0].lines[0].amount.currency"),
        ({"native": {"a b": "x"}}, "body.data.native"),
        ({"native": {"a": 1}}, "body.data.native.a"),
        ({"native": {str(n): "x" for n in range(21)}}, "body.data.native"),
        ({"buyer": {"nickname": "x"}}, "body.data.buyer.nickname"),
        ({"buyer": {"name": "x"}}, "body.data.buyer"),
        ({"buyer": {"id": "1", "name": "a\r\nBcc: b"}}, "body.data.buyer.name"),
        ({"buyer": {"email": "a\u0000@example.com"}}, "body.data.buyer.email"),
        ({"buyer": {"id": "1", "phone": "0201234567"}}, "body.data.buyer.phone"),
        ({"buyer": {"id": "1", "language": "en\nUS"}}, "body.data.buyer.language"),
        ({"buyer": {"id": "1", "country": "us"}}, "body.data.buyer.country"),
        ({"buyer": {"id": "1", "province": "US-CA"}}, "body.data.buyer.province"),
        ({"buyer": {"id": "1", "push": "https://example.com"}}, "body.data.buyer.push"),
        ({"buyer": {"id": "1", "marketing": "yes"}}, "body.data.buyer.marketing"),
        ({"notes": "x"}, "body.data.notes"),
        ({"reviews": [{"id": "1", "rating": 0}]}, "body.data.reviews[0].rating"),
        ({"reviews": [{"id": "1", "text": "nice"}]}, "body.data.reviews[0].text"),
        ({"messages": [{"id": "1", "by": "customer"}]}, "body.data.messages[0].by"),
        ({"messages": [{"id": "1", "thread": ""}]}, "body.data.messages[0].thread"),
        ({"words": "Too small"}, "body.data.words"),
        ({"words": {}}, "body.data.words.text"),
        ({"words": {"text": ""}}, "body.data.words.text"),
        ({"words": {"text": 5}}, "body.data.words.text"),
        ({"words": {"text": "x" * 10_001}}, "body.data.words.text"),
        ({"words": {"text": "x", "language": "en\nUS"}}, "body.data.words.language"),
        ({"words": {"text": "x", "title": "y"}}, "body.data.words.title"),
    ],
)  # fmt: skip
def test_refusals_name_the_field(change: dict, where: str):
    webhook = request()
    body = json.loads(webhook.body)
    body["data"] |= change
    with pytest.raises(BadPayload) as caught:
        standard.translate(replace(webhook, body=json.dumps(body).encode()), RECEIVED)
    assert caught.value.where == where


@pytest.mark.parametrize(
    "name", ["review.posted", "message.received", "message.received__thread", "return.requested__with_words"]
)  # fmt: skip
def test_words_are_no_part_of_an_event(name: str):
    one = fixtures.one("standard", name)
    found, body = one.translated(), json.loads(one.webhook.body)
    words = body["data"].pop("words")
    assert words["text"] and words["text"] not in repr(found)
    without = replace(one.webhook, body=json.dumps(body).encode())
    assert standard.translate(without, RECEIVED).events == found.events


def test_as_many_words_as_are_promised():
    webhook = request()
    body = json.loads(webhook.body)
    body["data"]["words"] = {"text": "ж" * standard.MAX_WORDS, "language": "ru"}
    assert standard.translate(replace(webhook, body=json.dumps(body).encode()), RECEIVED).subject == "order:SO-1001"


def test_a_thread_leads_its_messages_to_the_order_that_one_of_them_names():
    first, later = (fixtures.one("standard", name).translated() for name in ("message.received", "message.received__thread"))
    assert (first.subject, later.subject) == ("order:SO-1001", "thread:T-9")
    assert later.subject in {f"{link.kind}:{link.id}" for link in first.events[0].links}


def test_the_topic_cannot_be_written_over():
    webhook = request()
    body = json.loads(webhook.body)
    body["data"]["native"] = {"topic": "refund.issued"}
    (event,) = standard.translate(replace(webhook, body=json.dumps(body).encode()), RECEIVED).events
    assert event.native == {"topic": "order.placed"}
