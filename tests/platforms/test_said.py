"""What buyers wrote, as each platform's bodies tell it: their words alone, about what is known, whatever stands there."""

from __future__ import annotations

import json
from collections.abc import Iterator
from copy import deepcopy
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import cache
from types import FunctionType
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from chalicelib import platforms
from chalicelib.model.errors import BadPayload
from chalicelib.model.event import Said, Translated
from chalicelib.model.facts import WORDS
from chalicelib.platforms import _said, amazon, ebay, lazada, shopee, shopify, standard, temu, tiktok_shop, woocommerce
from chalicelib.platforms._read import Reader
from chalicelib.rules import said as sealed
from tests.platforms import calls, fixtures, fuzz
from tests.platforms.calls import Asked
from tests.platforms.fixtures import SECRET
from tests.platforms.test_hostile import RAW, STRANGE, change, places

TELLING = [name for name in platforms.names() if hasattr(platforms.get(name), "words")]
every_telling = pytest.mark.parametrize("platform", TELLING)


def at(said: str) -> datetime:
    return datetime.fromisoformat(said).replace(tzinfo=UTC)


# Every text that a recorded request or read tells: (about, text, when, language). No other body tells any.
TOLD: dict[str, list[tuple[str, str, datetime | None, str | None]]] = {
    "amazon/reads/report_file": [
        ("return_line:902-1000003-0000003-LPNSAMPLE0001", '"it does not fit my table', None, None),
    ],
    "ebay/reads/return": [
        ("return_line:5305512242:10075571665126", "Stopped charging after two days, the port is loose",
         at("2026-05-12T21:40:55"), None),
    ],
    "ebay/reads/return__closed": [
        ("return_line:5305512244:10084048330001", "My daughter already has one", at("2026-05-16T09:00"), None),
    ],
    "ebay/reads/return__escalated": [
        ("return_line:5305512243:10084048110913", "Logo is crooked and the serial number is unknown to the maker",
         at("2026-05-22T09:00"), None),
    ],
    "ebay/reads/return__requested": [
        ("return_line:5305512245:10084048110914", "Sole is a whole size too short for my usual 42",
         at("2026-05-31T20:00"), None),
    ],
    "lazada/im_message": [("message:1zYOS7N0cuIqw96026", "hello world!", at("2020-08-04T14:19:49.323"), None)],
    "lazada/reads/review": [
        ("review:122598400472942", "Nice, but runs small", at("2026-05-26T10:00"), None),
        ("review:122598400472944", "Nice, but runs small", at("2026-05-28T10:00"), None),
    ],
    "shopee/webchat_push__constructed": [
        ("message:2186938264386994544", "Is the dress true to size?", at("2026-05-02T10:00"), None),
    ],
    "shopee/reads/return": [("return:2605100TA5PM801", "too tight around the shoulders", at("2026-05-10T08:00"), None)],
    "shopee/reads/return_accepted": [
        ("return:2605120TA5PM804", "too tight around the shoulders", at("2026-05-12T08:00"), None),
    ],
    "shopee/reads/return_cancelled": [
        ("return:2605130TA5PM805", "too tight around the shoulders", at("2026-05-13T08:00"), None),
    ],
    "shopee/reads/return_judging": [("return:2605250TA5PM803", "too tight around the shoulders", at("2026-05-24T08:00"), None)],
    "shopee/reads/return_refund_only": [("return:2605220TA5PM802", "never came", at("2026-05-28T08:00"), None)],
    "shopee/reads/returns": [
        ("return:2605120TA5PM804", "too tight around the shoulders", at("2026-05-12T08:00"), None),
        ("return:2605220TA5PM802", "never came", at("2026-05-28T08:00"), None),
    ],
    "shopee/reads/returns_second_page": [
        ("return:2605250TA5PM803", "too tight around the shoulders", at("2026-05-24T08:00"), None),
    ],
    "shopee/reads/reviews": [
        ("review:120590835", "Runs small", at("2026-05-17T10:00"), None),
        ("review:120590834", "Very nice", at("2026-05-16T10:00"), None),
    ],
    "shopify/returns/approve__chinese_note": [("return_line:13003", "请尽快退款", None, None)],
    "shopify/returns/request": [("return_line:13001", "The mug is smaller than it looks", None, None)],
    "shopify/reads/return": [("return_line:13001", "The mug is smaller than it looks", at("2026-03-08T16:40"), None)],
    "shopify/reads/return__declined": [("return_line:13002", "I do not like it after all", at("2026-03-09T20:00"), None)],
    "shopify/reads/return__partly_back": [("return_line:13003", "Too tight on the lapel", at("2026-05-18T09:00"), None)],
    "standard/message.received": [("message:MS-1", "Where do I send it back to?", at("2026-03-08T16:00"), None)],
    "standard/return.requested__with_words": [
        ("return_line:RMA-2-1", "Too tight around the neck", at("2026-03-08T16:40"), "en"),
    ],
    "standard/review.posted": [
        ("review:RV-1", "Smaller than it looks, and the handle is loose.", at("2026-03-20T09:00"), "en"),
    ],
    "temu/reads/return": [
        ("return_line:PO-211-21905452099192792-A01-1", "Sample words of a buyer.", at("2026-05-10T10:00"), None),
    ],
    "temu/reads/return__new_reason": [
        ("return_line:PO-211-21905452099192797-A01-1", "Sample words of a buyer.", at("2026-05-12T10:00"), None),
    ],
    "tiktok_shop/NEW_MESSAGE": [("message:722323407926368819", "Sample words", at("2026-05-08T10:00"), None)],
    "tiktok_shop/reads/return_records": [
        ("return:4035318504086604001", "The box was wet and the lid is cracked", at("2026-05-07T09:00"), None),
    ],
    "woocommerce/reads/reviews": [
        ("review:31", "Sample words of a buyer.", at("2026-04-05T10:00"), None),
        ("review:32", "Sample words of a buyer.", at("2026-04-06T10:00"), None),
    ],
}  # fmt: skip


@dataclass(frozen=True)
class Body:
    """A raw body as it is kept: the request or the read that it came with, and the delivery it made."""

    platform: str
    name: str
    raw: bytes
    made: Translated

    @property
    def said(self) -> tuple[Said, ...]:
        found: tuple[Said, ...] = platforms.get(self.platform).words(self.raw)  # type: ignore[attr-defined]
        return found


@cache
def bodies() -> tuple[Body, ...]:
    return tuple(_bodies())


def _bodies() -> Iterator[Body]:
    for platform in TELLING:
        for one in fixtures.recorded(platform):
            if "refused" not in json.loads(one.golden.read_text()) and one.webhook.body.startswith(b"{"):
                raw = platforms.opened(one.signed(), [SECRET]).body
                yield Body(platform, f"{platform}/{one.name}", raw, one.translated())
        for read in calls.recorded(platform):
            name = f"{platform}/reads/{read.path.name.removesuffix('.read.json')}"
            for found in Asked(platform).read(read.read).found:
                yield Body(platform, name, found.raw, found.translated)


def known(made: Translated) -> set[str]:
    return {f"{WORDS[type(fact)]}:{fact.id}" for event in made.events for fact in event.facts}


def recorded(platform: str, name: str) -> Any:
    return json.loads(fixtures.one(platform, name).webhook.body)


def read(platform: str, name: str) -> Any:
    """The first body that a recorded read found."""
    return json.loads(next(one.raw for one in bodies() if one.name == f"{platform}/reads/{name}"))


def texts(module: Any, body: Any) -> list[str]:
    return [one.text for one in module.words(json.dumps(body).encode())]


def test_what_recorded_bodies_tell_and_nothing_else():
    found: dict[str, list[Any]] = {}
    for body in bodies():
        for one in body.said:
            found.setdefault(body.name, []).append((one.about, one.text, one.at, one.language))
    assert found == TOLD


def test_whoever_has_the_name_has_the_hook():
    """A module that calls something else `words` would be asked in vain."""
    for name in platforms.names():
        assert isinstance(getattr(platforms.get(name), "words", test_what_recorded_bodies_tell_and_nothing_else), FunctionType)
    assert {name.partition("/")[0] for name in TOLD} == set(TELLING)


def test_words_are_about_what_the_same_delivery_tells():
    for body in bodies():
        assert {one.about for one in body.said} <= known(body.made), body.name


def test_what_was_read_is_told_by_the_body_alone():
    """A fetched row is read like any other body: nothing goes beside it."""
    assert not [body.name for body in bodies() if body.made.said]


# Whose words they are


def test_shopifys_staff_is_not_the_customer():
    body = recorded("shopify", "returns/approve__chinese_note")
    assert body["return_line_items"][0]["return_reason_note"]
    assert texts(shopify, body) == ["请尽快退款"]
    for name in ("returns/decline", "refunds/create", "orders/create", "orders/edited", "fulfillment_events/create"):
        assert texts(shopify, recorded("shopify", name)) == []
    node = read("shopify", "return")
    node["returnLineItems"]["nodes"][0] |= {"customerNote": " ", "returnReasonNote": "seen on inspection"}
    assert texts(shopify, node | {"decline": {"note": "too late"}}) == []


def test_ebays_seller_is_not_the_buyer():
    body = read("ebay", "return")
    created = body["summary"]["creationInfo"]
    history = [
        {"author": "SELLER", "activity": "SELLER_DECLINE_RETURN", "notes": "not as described by you"},
        {"author": "BUYER", "activity": "BUYER_CREATE_RETURN", "notes": "the screen is cracked"},
    ]
    body["detail"]["responseHistory"] = history
    created["comments"] = {"content": "it was cracked"}
    assert texts(ebay, body) == ["it was cracked"]
    created["comments"] = None
    assert texts(ebay, body) == ["the screen is cracked"]
    assert texts(ebay, recorded("ebay", "NEW_MESSAGE")) == texts(ebay, recorded("ebay", "NEW_MESSAGE__own")) == []


def feedback(**changes: Any) -> Any:
    body = recorded("ebay", "FEEDBACK_RECEIVED")
    detail = body["notification"]["data"]["feedbackDetail"]
    detail |= {"feedbackComment": {"commentText": "Runs small"}, "sellerReply": {"commentText": "sorry"}} | changes
    return body


def test_feedback_and_questions_of_ebays_buyers():
    (one,) = ebay.words(json.dumps(feedback()).encode())
    assert (one.about, one.text, one.at) == ("review:2530001122334", "Runs small", at("2026-05-28T16:00"))
    assert texts(ebay, feedback(automatedFeedback=True)) == []
    assert texts(ebay, feedback(feedbackComment={"commentText": "--", "commentTextRemovedPerPolicy": True})) == []
    assert texts(ebay, feedback(feedbackComment={"commentText": "--"})) == []
    left = feedback()
    left["metadata"]["topic"] = "FEEDBACK_LEFT"
    assert texts(ebay, left) == []

    question = recorded("ebay", "BUYER_QUESTION")
    question["notification"]["data"]["messageBody"] = "Is it oak?"
    (asked,) = ebay.words(json.dumps(question).encode())
    assert (asked.about, asked.text) == ("message:3429373760020", "Is it oak?")
    question["notification"]["data"]["conversationType"] = "FROM_EBAY"
    assert texts(ebay, question) == []


def test_in_a_chat_only_the_buyers_side_is_heard():
    own = recorded("shopee", "webchat_push__own_answer")
    assert own["data"]["content"]["content"]["text"] and texts(shopee, own) == []
    nobody = recorded("shopee", "webchat_push__constructed")
    nobody["data"]["content"] |= {"from_shop_id": 1, "to_shop_id": 2}
    assert texts(shopee, nobody) == []

    talk = recorded("lazada", "im_message")
    for changes in ({"from_account_type": 2}, {"from_account_type": 9}, {"auto_reply": True}, {"auto_reply": "true"}):
        assert texts(lazada, talk | {"data": talk["data"] | changes}) == []

    message = recorded("tiktok_shop", "NEW_MESSAGE")
    for role in ("SHOP", "SELLER", "CUSTOMER_SERVICE", "SYSTEM", "ROBOT", "SOMEBODY", None):
        assert texts(tiktok_shop, message | {"data": message["data"] | {"sender": {"role": role}}}) == []


def test_replies_and_disputes_of_the_seller_are_left_out():
    review = read("shopee", "reviews")
    assert texts(shopee, review | {"comment": "", "cmt_reply": {"reply": "Thank you"}}) == []
    assert texts(shopee, read("shopee", "return") | {"text_reason": "", "dispute_text_reason": ["it was fine"]}) == []
    assert texts(lazada, read("lazada", "review") | {"review_content": "", "seller_reply": "Thank you"}) == []


def test_a_buyers_notes_on_a_tiktok_return_are_one_text_in_their_order():
    rows = [
        {"role": "BUYER", "create_time": 1778300000, "note": "And the label is torn.", "reason_text": "Too small"},
        {"role": "SELLER", "create_time": 1778200000, "note": "Please send a picture."},
        {"role": "BUYER", "create_time": 1778100000, "note": "Tight at the waist."},
        {"role": "BUYER", "create_time": 1778150000, "note": "", "description": "Buyer shipped the parcel"},
    ]
    (one,) = tiktok_shop.words(json.dumps({"return_id": "7", "records": rows}).encode())
    assert (one.about, one.text) == ("return:7", "Tight at the waist.\nAnd the label is torn.")
    assert one.at == datetime.fromtimestamp(1778100000, UTC)


def test_of_the_sellers_own_events_only_the_buyers_words_are_read():
    back = recorded("standard", "return.requested__with_words")
    lines = back["data"]["return_lines"]
    assert texts(standard, back) == ["Too tight around the neck"]
    for type_ in ("return.declined", "return.inspected", "return.received", "return.closed", "order.changed", "buyer.redacted"):
        assert texts(standard, back | {"type": type_}) == []
    two = back | {"data": back["data"] | {"return_lines": [*lines, {**lines[0], "id": "RMA-2-2"}]}}
    (whole,) = standard.words(json.dumps(two).encode())
    assert whole.about == "return:RMA-2"
    two["data"]["returns"] = []
    assert standard.words(json.dumps(two).encode())[0].about == "return:RMA-2"
    two["data"]["return_lines"][1]["return_id"] = "RMA-3"
    assert texts(standard, two) == []

    assert texts(standard, recorded("standard", "message.received__thread")) == []
    said = recorded("standard", "message.received")
    said["data"]["messages"][0].pop("by")
    assert texts(standard, said) == []


def test_the_language_is_the_words_own_or_the_reviews():
    review = recorded("standard", "review.posted")
    for tag, told in (("zh-Hans", "zh"), ("pt_BR", "pt"), ("yue", None), ("x" * 40, None), (None, "en")):
        review["data"]["words"] = {"text": "ok"} | ({"language": tag} if tag else {})
        assert standard.words(json.dumps(review).encode())[0].language == told


def test_woocommerces_reviews_are_html_and_remarks_on_orders_are_none():
    review = read("woocommerce", "reviews")
    markup = "<p>Too small &amp; thin.<br />I am &lt;1.60 m.</p>\n<script>x</script><p class='a'>Sorry</p>"
    assert texts(woocommerce, review | {"review": markup}) == ["Too small & thin.\nI am <1.60 m.\n\nxSorry"]
    order = recorded("woocommerce", "order.created")
    assert texts(woocommerce, order | {"customer_note": "Größe zu klein"}) == []
    assert texts(woocommerce, read("woocommerce", "refund") | {"reason": "staff"}) == []


def test_amazons_comments_are_of_returns_to_amazon_alone():
    row = read("amazon", "report_file")
    assert texts(amazon, row | {"customer-comments": "x" * 20_000}) == ["x" * _said.MOST]
    for changes in ({"customer-comments": "  "}, {"quantity": "two"}, {"order-id": ""}, {"customer-comments": 7}):
        assert texts(amazon, row | changes) == []
    order = read("amazon", "order__cancelled")
    assert "cancellationRequest" in json.dumps(order) and texts(amazon, order) == []


# Whatever stands there


def test_a_part_that_is_not_well_formed_costs_no_other():
    back = recorded("shopify", "returns/request")
    (line,) = back["return_line_items"]
    odd: list[Any] = [None, [], "x", {**line, "id": {}}, {**line, "id": None}, {**line, "customer_note": ["x"]}]
    assert texts(shopify, back | {"return_line_items": [*odd, {**line, "id": 7, "customer_note": "fine"}, line]}) == [
        "fine", line["customer_note"],
    ]  # fmt: skip
    parts = read("temu", "return")
    (part,) = parts["afterSalesList"]
    assert texts(temu, parts | {"afterSalesList": [{"afterSalesSn": []}, part], "createAtMillis": "never"}) == [
        part["buyerComment"]
    ]


def test_two_texts_about_one_thing_are_the_first():
    back = recorded("shopify", "returns/request")
    (line,) = back["return_line_items"]
    assert texts(shopify, back | {"return_line_items": [line, {**line, "customer_note": "again"}]}) == [line["customer_note"]]


@pytest.mark.parametrize("said, kept", [
    ((" a ", "", None, 7, "a", "b"), "a\nb"), (("\ud800x\x00\x1b[2J\u0085",), "?x  [2J"), (("a\r\nb\tc",), "a\r\nb\tc"),
    (("x" * 20_000,), "x" * 10_000), (("\n \t", "\ufeff", "\u200b\u202e"), None), ((), None), (({"a": 1}, ["x"]), None),
    (("👍",), "👍"),
])  # fmt: skip
def test_a_text_is_what_was_written_without_what_is_no_text(said: tuple[Any, ...], kept: str | None):
    assert _said.text(*said) == kept


def check(platform: str, raw: bytes) -> None:
    """Words are told that can be kept; BadPayload is raised for what is no object at all, and nothing else."""
    try:
        Reader.of(raw)
    except BadPayload:
        with pytest.raises(BadPayload):
            platforms.get(platform).words(raw)  # type: ignore[attr-defined]
        return
    found = platforms.get(platform).words(raw)  # type: ignore[attr-defined]
    assert sealed.load(sealed.dump(found)) == found
    assert len({one.about for one in found}) == len(found)
    for one in found:
        kind, _, id_ = one.about.partition(":")
        assert kind in ("return", "return_line", "review", "message") and id_ and len(one.about) < 1000
        assert one.text.strip() and len(one.text) <= _said.MOST
        assert one.language is None or (len(one.language) == 2 and one.language.islower())


def shapes() -> Iterator[tuple[str, Any]]:
    """Bodies that tell something, four times as often as others: there is more in them to go wrong."""
    for body in bodies():
        yield from [(body.platform, json.loads(body.raw))] * (4 if body.said else 1)
    yield "ebay", feedback()


SHAPES = list(shapes())


@settings(max_examples=600, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
@given(st.data())
def test_changed_bodies(data: st.DataObject):
    platform, body = data.draw(st.sampled_from(SHAPES))
    body = deepcopy(body)
    for path in data.draw(st.lists(st.sampled_from(places(body) or [()]), min_size=1, max_size=3)):
        if path:
            how = data.draw(st.sampled_from(["drop", "rename", "replace", "replace"]))
            change(body, path, how, data.draw(st.sampled_from(STRANGE)))
    check(platform, json.dumps(body).encode())


@every_telling
def test_each_value_of_what_tells_something_may_be_anything(platform: str):
    telling = [json.loads(one.raw) for one in bodies() if one.platform == platform and one.said]
    kinds = {"ebay": [feedback()]}.get(platform, []) + list({tuple(sorted(body)): body for body in telling}.values())
    assert kinds
    for body in kinds:
        for path in places(body):
            for value in (None, [], {}, [[]], "\ud800", 10**40, float("nan"), "x" * 20_000, {"id": {}}):
                changed = deepcopy(body)
                change(changed, path, "replace", value)
                check(platform, json.dumps(changed).encode())


@pytest.mark.parametrize("raw", RAW.values(), ids=RAW.keys())
@every_telling
def test_bodies_that_are_no_recorded_shape(platform: str, raw: bytes):
    check(platform, raw)


@every_telling
def test_what_fuzzing_kept(platform: str):
    for one in fuzz.read(platform):
        check(platform, one.body)


@settings(max_examples=300, deadline=None)
@given(st.data())
def test_cut_and_scribbled_bodies(data: st.DataObject):
    body = data.draw(st.sampled_from(bodies()))
    place = data.draw(st.integers(0, len(body.raw)))
    check(body.platform, body.raw[:place] + data.draw(st.binary(max_size=4)) + body.raw[place + data.draw(st.integers(0, 9)) :])


def test_a_bodys_words_are_told_the_same_twice():
    for body in bodies():
        assert body.said == replace(body).said
