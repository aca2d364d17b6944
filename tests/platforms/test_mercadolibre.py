"""What is particular to Mercado Libre."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from datetime import timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chalicelib.model import log, state
from chalicelib.model.call import Answer, Denied, Read, Response
from chalicelib.model.errors import BadPayload, BadSignature, Ignored
from chalicelib.model.event import Delivery
from chalicelib.model.person import Person
from chalicelib.model.words import DisputeAxis, EventType, GoodsAxis, MoneyAxis, Origin, Reason, RequestAxis, ShipmentStatus
from chalicelib.platforms import _mercadolibre_claims as claims
from chalicelib.platforms import _reasons, mercadolibre
from chalicelib.platforms._read import Reader
from chalicelib.rules import fold
from infra.marketplaces.world import World
from tests.platforms import fixtures
from tests.platforms.calls import NOW, Asked
from tests.platforms.fixtures import RECEIVED, SECRET

SHOP, ORDER, CLAIM = "mercadolibre/sample-shop", "2000000000000101", "5000000001"


def pushed(**changes: Any):
    one = fixtures.one("mercadolibre", "orders_v2")
    return replace(one.signed(), body=json.dumps(json.loads(one.webhook.body) | changes).encode())


# Who may call, and for whom


def test_news_of_another_application_or_user_is_dropped_and_answered_as_if_taken():
    mercadolibre.verify(pushed(), [SECRET], RECEIVED)
    mercadolibre.verify(pushed(user_id=333333333), [SECRET], RECEIVED)
    for changes in ({"application_id": 1}, {"user_id": 1}, {"user_id": None}, {"application_id": "x"}, {"user_id": [1]}):
        with pytest.raises(Ignored):
            mercadolibre.verify(pushed(**changes), [SECRET], RECEIVED)


def test_nothing_is_said_of_the_body_to_whoever_does_not_know_the_address():
    with pytest.raises(BadSignature):
        mercadolibre.verify(replace(pushed(user_id=1), token="guess"), [SECRET], RECEIVED)


@pytest.mark.parametrize("missing", ["application_id", "user_id"])
def test_a_shop_that_was_connected_without_them_says_what_is_missing(missing: str):
    webhook = pushed()
    with pytest.raises(BadSignature, match=missing):
        mercadolibre.verify(replace(webhook, setup={**webhook.setup, missing: ""}), [SECRET], RECEIVED)


@pytest.mark.parametrize("body", [b"", b"[]", b"{", b"[" * 100_000, b"\xff"])
def test_a_body_that_cannot_be_read_is_refused_where_it_is_kept(body: bytes):
    webhook = replace(pushed(), body=body)
    mercadolibre.verify(webhook, [SECRET], RECEIVED)
    with pytest.raises(BadPayload):
        mercadolibre.translate(webhook, RECEIVED)


def test_the_seller_is_told_so_that_a_shared_address_finds_the_shop():
    assert mercadolibre.translate(pushed(user_id=333333333), RECEIVED).seller == "333333333"


# What may be read


@pytest.mark.parametrize("resource", [
    "/orders/1/../../users/me", "/orders/1?access_token=x", "/orders/", "orders/1", "https://evil.example/orders/1",
    "//evil.example/orders/1", "/orders/1\n", "/orders/\u0661", "/orders/-1", "/orders/1#x", "/orders/" + "9" * 21,
    "/orders/1%2f..", "@evil.example/orders/1", "/orders/1/", "/shipments/1",
])  # fmt: skip
def test_a_resource_of_any_other_form_is_kept_and_never_read(resource: str):
    made = mercadolibre.translate(pushed(resource=resource), RECEIVED)
    assert [(event.type, event.wants, event.native) for event in made.events] == [
        (EventType.UNKNOWN, (), {"topic": "orders_v2"})
    ]


def test_every_topic_leads_to_a_read_of_our_own_path():
    asked = Asked("mercadolibre")
    for one in fixtures.recorded("mercadolibre"):
        golden = json.loads(one.golden.read_text())
        for want in (want for event in golden.get("events", []) for want in event.get("wants", [])):
            request = mercadolibre.request(Read(want["what"], {"id": want["id"]}), asked.account, NOW)
            assert re.fullmatch(r"https://api\.mercadolibre\.com/[a-z0-9/-]+/[0-9]+", request.url)


def test_accounts_of_global_selling_read_elsewhere():
    asked = Asked("mercadolibre", global_selling="yes")
    paths = {
        what: urlsplit(mercadolibre.request(Read(what, {"id": "7"}), asked.account, NOW).url).path
        for what in ("order", "shipment", "claim")
    }
    assert paths == {"order": "/marketplace/orders/7", "shipment": "/marketplace/shipments/7", "claim": "/marketplace/claims/7"}


def test_notices_of_one_change_are_one_delivery_however_often_they_are_tried():
    retried = pushed(_id="another", attempts=5, received="2026-05-02T10:40:00.000Z")
    ids = [mercadolibre.translate(one, RECEIVED).id for one in (pushed(), retried, pushed(sent="2026-05-02T10:00:09Z"))]
    assert ids[0] == ids[1] != ids[2]


def test_messages_of_a_pack_share_their_resource_and_are_several():
    resource = "/messages/packs/2000000000000001/sellers/222222222"
    ids = set()
    for minute in (1, 2):
        webhook = pushed(topic="messages", resource=resource, sent=f"2026-05-02T10:0{minute}:00Z")
        ids.add(mercadolibre.translate(webhook, RECEIVED).events[0].facts[0].id)
    assert len(ids) == 2


def test_missed_news_is_the_very_delivery_that_the_push_would_have_been():
    asked = Asked("mercadolibre")
    about = {"since": "2026-05-30T12:00:00Z", "until": "2026-06-01T12:00:00Z"}
    found = [one for cursor in ("", "2") for one in asked.read(Read("missed_feeds", about, cursor)).found]
    for one in found:
        webhook = replace(pushed(), body=one.raw)
        assert mercadolibre.translate(webhook, RECEIVED) == one.translated
    assert {one.translated.seller for one in found} == {"222222222"}


# Tokens


def test_a_refresh_token_is_good_for_one_use_and_brings_the_next():
    asked = Asked("mercadolibre")
    first = replace(asked.account, refresh=asked.account.setup["refresh_token"])
    token = mercadolibre.renewed("shop", asked.send(mercadolibre.renewal("shop", first, NOW)), first, NOW)
    assert (token.refresh, token.expires_at) == ("TG-rehearsal-1", NOW + timedelta(hours=6))
    with pytest.raises(Denied, match="authorise"):
        mercadolibre.renewed("shop", asked.send(mercadolibre.renewal("shop", first, NOW)), first, NOW)
    again = replace(first, refresh=token.refresh)
    third = mercadolibre.renewed("shop", asked.send(mercadolibre.renewal("shop", again, NOW)), again, NOW)
    assert third.refresh == "TG-rehearsal-2"


def test_an_expired_access_token_is_refused():
    asked = Asked("mercadolibre")
    account = asked.with_token("shop")
    world: World = asked.server.worlds["mercadolibre"]
    world.clock = lambda: NOW + timedelta(hours=7)
    response = asked.send(mercadolibre.request(Read("order", {"id": ORDER}), account, NOW))
    with pytest.raises(Denied):
        mercadolibre.answer(Read("order", {"id": ORDER}), response, account, NOW)


# Claims


def told(what: str, **about: str) -> Answer:
    return Asked("mercadolibre").read(Read(what, about))


def facts(answer: Answer, kind: str) -> list[Any]:
    events = [event for found in answer.found for event in found.translated.events]
    return [fact for event in events for fact in event.facts if type(fact).__name__ == kind]


def claim(**changes: Any) -> list[Any]:
    body = dict(World.of("mercadolibre").get("claims", CLAIM) or {}) | changes
    return claims.claim(Reader(body, "claim"), CLAIM, NOW)


@pytest.mark.parametrize("resolution, request_, dispute", [
    ({"reason": "payment_refunded", "benefited": ["complainant"]}, RequestAxis.APPROVED, DisputeAxis.LOST),
    ({"reason": "worked_out_with_seller", "benefited": ["complainant"]}, RequestAxis.WITHDRAWN, DisputeAxis.WON),
    ({"reason": "return_expired"}, RequestAxis.EXPIRED, DisputeAxis.WON),
    ({"reason": "a new one", "benefited": ["respondent"]}, RequestAxis.DECLINED, DisputeAxis.WON),
    ({"reason": "a new one", "benefited": ["complainant"]}, RequestAxis.APPROVED, DisputeAxis.LOST),
    ({"reason": "a new one", "benefited": "complainant"}, None, DisputeAxis.WON),
])  # fmt: skip
def test_how_a_mediation_ended(resolution: dict[str, Any], request_: RequestAxis | None, dispute: DisputeAxis):
    fact = claim(stage="dispute", resolution=resolution)[0]
    assert (fact.request, fact.dispute) == (request_, dispute)


def test_an_open_claim_says_what_the_seller_must_do_first():
    (fact,) = facts(told("claim", id="5000000002"), "ReturnFact")
    assert (fact.due.actor, fact.due.action, fact.goods) == ("seller", "add_shipping_evidence", GoodsAxis.NONE_EXPECTED)


def test_a_cancelled_purchase_is_no_return():
    answer = told("claim", id="5000000003")
    assert facts(answer, "ReturnFact") == [] and answer.then == ()
    assert [want.what for found in answer.found for event in found.translated.events for want in event.wants] == ["order"]


@pytest.mark.parametrize("code, name, expected", [
    ("PNR3430", None, Reason.NOT_RECEIVED), ("CS5590", None, Reason.CHANGED_MIND), ("PDD9549", None, None),
    ("XYZ1", None, None),
    ("PDD1", "defective_item", Reason.QUALITY_DEFECT), ("PDD1", "El producto llegó roto", Reason.DAMAGED_IN_TRANSIT),
    ("PDD1", "O produto veio quebrado", Reason.DAMAGED_IN_TRANSIT), ("PDD1", "Me enviaron otro producto", Reason.WRONG_ITEM),
    ("PDD1", "different_than_published", Reason.NOT_AS_DESCRIBED), ("PDD1", "Faltan partes del producto", Reason.MISSING_PARTS),
    ("PDD1", "Me queda chico", Reason.SIZE_TOO_SMALL), ("PDD1", "Ficou grande", Reason.SIZE_TOO_LARGE),
    ("PDD1", "El talle no es", Reason.SIZE_OR_FIT_OTHER), ("PDD1", "repentant_buyer", Reason.CHANGED_MIND),
    ("PNR1", "undelivered_repentant_buyer", Reason.CHANGED_MIND), ("PNR1", "A entrega está atrasada", Reason.LATE_DELIVERY),
    ("PNR1", "No me llegó", Reason.NOT_RECEIVED), ("PDD1", "No funciona", Reason.QUALITY_DEFECT), ("PDD1", "xyzzy", None),
])  # fmt: skip
def test_reasons_by_family_and_by_their_text(code: str, name: str | None, expected: Reason | None):
    known = claims.reason(Reader({"name": name}, "reason")) if name else _reasons.codes("mercadolibre").of(code)
    assert (known.label if known else None) is expected


def test_a_family_alone_is_a_guess_and_what_is_not_genuine_is_flagged():
    known = _reasons.codes("mercadolibre")
    assert not known.of("PNR1").precise and not known.of("CS1").precise
    assert known.of("es falso, una réplica").flag == "counterfeit"


def test_a_reason_nobody_knows_leaves_the_claim_as_it_was():
    response = Response(200, {}, json.dumps({"id": "PDD1", "name": "xyzzy"}).encode())
    read = Read("claim_reason", {"id": "PDD1", "claim": CLAIM, "subject": f"order:{ORDER}"})
    assert mercadolibre.answer(read, response, Asked("mercadolibre").account, NOW) == Answer()


def test_a_claim_without_a_return_is_no_fault():
    assert told("return", id="5000000002") == Answer()


# Shipments and payments


@pytest.mark.parametrize("status, sub, expected", [
    ("ready_to_ship", "printed", ShipmentStatus.LABELLED), ("shipped", None, ShipmentStatus.DISPATCHED),
    ("shipped", "out_for_delivery", ShipmentStatus.OUT_FOR_DELIVERY), ("a new one", None, None),
    ("not_delivered", "returning_to_sender", ShipmentStatus.EXCEPTION), ("not_delivered", "stolen", ShipmentStatus.LOST),
    ("delivered", "delayed", ShipmentStatus.DELIVERED),
])  # fmt: skip
def test_where_a_parcel_is(status: str, sub: str | None, expected: ShipmentStatus | None):
    response = Response(200, {}, json.dumps({"id": 1, "status": status, "substatus": sub}).encode())
    answer = mercadolibre.answer(Read("shipment", {"id": "1"}), response, Asked("mercadolibre").account, NOW)
    assert [fact.status for fact in facts(answer, "ShipmentFact")] == [expected]


def test_a_parcel_on_its_way_back_is_no_shipment_to_the_buyer():
    assert facts(told("shipment", id="44000000003"), "ShipmentFact") == []


def test_a_chargeback_is_a_dispute_and_a_payment_leads_to_its_order():
    (fact,) = facts(told("payment", id="90000000002"), "DisputeFact")
    assert (fact.kind, fact.status, fact.amount.amount) == ("chargeback", DisputeAxis.OPEN, 1000)
    assert facts(told("payment", id="90000000001"), "RefundFact") == []


def test_an_order_tells_little_of_its_buyer():
    named, plain = (World.of("mercadolibre").get("orders", id_) for id_ in ("2000000000000104", ORDER))
    found, placed = mercadolibre.person(json.dumps(named).encode())
    assert found == Person(name="Sample", full_name="Sample Buyer", country="BR") and placed is not None
    assert mercadolibre.person(json.dumps(plain).encode()) is None
    assert mercadolibre.person(b'{"id":1,"buyer":{"first_name":"Sample"}}') is None


# One order, however it is told


def deliveries() -> list[Delivery]:
    """Order 101 with its shipment, its claim, what its reason means, and its return; each as read alone, then as listed."""
    asked, about = Asked("mercadolibre"), {"since": "2026-05-01T00:00:00Z", "until": "2026-05-31T00:00:00Z"}
    whole = f"order:{ORDER}"
    reads = [
        Read("order", {"id": ORDER}), Read("shipment", {"id": "44000000001"}), Read("claim", {"id": CLAIM}),
        Read("claim_reason", {"id": "PDD9549", "claim": CLAIM, "subject": whole, "at": "2026-05-15T12:59:00Z"}),
        Read("return", {"id": CLAIM, "subject": whole}), Read("orders", about), Read("claims", about),
    ]  # fmt: skip
    found = [one.translated for read in reads for one in asked.read(read).found]
    kept = [(one, log.load_events(log.dump_events(one.events))) for one in found if one.subject == whole]
    return [Delivery(one.id, SHOP, one.subject, events, RECEIVED, Origin.FETCH) for one, events in kept]


@settings(max_examples=30, deadline=None)
@given(st.data())
def test_read_alone_or_listed_in_any_order_is_one_state(data: st.DataObject):
    every = deliveries()
    alone = every[:5]
    whole = state.dump(fold.fold(SHOP, f"order:{ORDER}", alone))
    assert state.dump(fold.fold(SHOP, f"order:{ORDER}", data.draw(st.permutations([*every, *alone])))) == whole


def test_the_whole_story_of_an_order():
    found = fold.fold(SHOP, f"order:{ORDER}", deliveries())
    goods, line = found.of("return")[CLAIM], found.of("return_line")[f"{CLAIM}-1"]
    assert (goods.request, goods.goods, goods.money) == (RequestAxis.APPROVED, GoodsAxis.RECEIVED, MoneyAxis.DONE)
    assert (line.line_id, line.native_reason, line.reason_stated) == (
        "MLB1000000001-170000001", "PDD9549", Reason.QUALITY_DEFECT,
    )  # fmt: skip
    assert [(one.amount.amount, one.confirmed, one.return_id) for one in found.of("refund").values()] == [(9990, True, CLAIM)]
    assert found.of("shipment")["44000000001"].status is ShipmentStatus.DELIVERED and found.problems == ()


def test_lists_are_asked_for_by_seller_and_by_time():
    asked, about = Asked("mercadolibre"), {"since": "2026-05-01T00:00:00Z", "until": "2026-05-02T00:00:00Z"}
    urls = (mercadolibre.request(Read(what, about), asked.account, NOW).url for what in ("orders", "claims"))
    orders, listed = (parse_qs(urlsplit(url).query) for url in urls)
    assert orders["seller"] == ["222222222"] and orders["order.date_last_updated.from"] == ["2026-05-01T00:00:00.000-00:00"]
    assert listed["players.user_id"] == ["222222222"] and listed["players.role"] == ["respondent"]
    assert listed["range"] == ["last_updated:after:2026-05-01T00:00:00.000-00:00,before:2026-05-02T00:00:00.000-00:00"]
