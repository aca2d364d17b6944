"""The same facts by push, by fetch and from a file are the same state, byte for byte."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import timedelta
from types import SimpleNamespace
from typing import Any

import pyarrow
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chalicelib import formats, platforms
from chalicelib.formats._contract import LINE
from chalicelib.model import codec, log, state
from chalicelib.model.event import Delivery, Translated, Webhook
from chalicelib.model.words import Origin
from chalicelib.rules import fold
from tests.platforms import fixtures
from tests.platforms.fixtures import LATER, RECEIVED, Recorded

# The life of Shopify's order 5001, as it was pushed.
SHOPIFY = tuple(
    """
    orders/create orders/paid fulfillments/create orders/fulfilled fulfillment_events/create fulfillments/update
    fulfillment_events/create__delivered fulfillments/update__delivered returns/request returns/approve
    reverse_deliveries/attach_deliverable returns/process refunds/create returns/close orders/updated disputes/create
    disputes/update__won
    """.split()
)
# The life of the ERP's order SO-1001; news that names only its return or shipment is among it.
STANDARD = tuple(
    """
    order.placed order.paid order.changed shipment.dispatched shipment.moved shipment.exception shipment.delivered
    return.requested return.approved return.changed return.dispatched return.received return.inspected refund.issued
    return.closed return.reopened dispute.opened dispute.changed dispute.closed
    """.split()
)


def delivered(found: Translated, source: str, received: Any, origin: Origin, mark: str = "") -> Delivery:
    """The delivery, its buyer hashed as the step does it."""
    events = tuple(replace(event, buyer=f"hash of {found.buyer}" if found.buyer else None) for event in found.events)
    events = log.load_events(log.dump_events(events))
    return Delivery(mark + found.id, source, found.subject, events, received, origin)


def dated(one: Recorded) -> Webhook:
    """A request whose body holds its own time, as the same resource has it when it is read through the API."""
    body = json.loads(one.webhook.body)
    if one.topic.startswith(("returns/", "reverse_deliveries/", "disputes/")):
        body["updated_at"] = one.webhook.headers["x-shopify-triggered-at"]
    return replace(one.webhook, body=codec.dumps(body))


def pushed(names: Iterable[str] = SHOPIFY) -> list[Delivery]:
    return [
        delivered(platforms.get("shopify").translate(dated(one), RECEIVED), "shopify/sample-shop", RECEIVED, Origin.PUSH)
        for one in (fixtures.one("shopify", name) for name in names)
    ]


def fetched(names: Iterable[str] = SHOPIFY) -> list[Delivery]:
    """The same resources read again: no delivery ids, no trigger time, much later, under names of our own."""
    found = []
    for n, one in enumerate(fixtures.one("shopify", name) for name in names):
        webhook = replace(dated(one), headers={"shopify-topic": one.topic})
        made = platforms.get("shopify").translate(webhook, LATER + timedelta(hours=n))
        found.append(delivered(made, "shopify/sample-shop", LATER + timedelta(hours=n), Origin.FETCH, "fetch:"))
    return found


def erp(received: Any = RECEIVED) -> list[Delivery]:
    module = platforms.get("standard")
    made = [module.translate(fixtures.one("standard", name).webhook, received) for name in STANDARD]
    return [delivered(one, "standard/sample-shop", received, Origin.PUSH) for one in made]


def filed() -> list[Delivery]:
    """The same events as the lines of a file, with ids of their own."""
    bodies = [json.loads(fixtures.one("standard", name).webhook.body) for name in STANDARD]
    lines = pyarrow.array([codec.dumps({**body, "id": f"line-{n}"}) for n, body in enumerate(bodies, 1)])
    batch = SimpleNamespace(lines=range(1, len(bodies) + 1), columns={LINE: lines})
    made = list(formats.get("standard").translate([batch]))
    assert [type(one) for one in made] == [Translated] * len(STANDARD)
    return [delivered(one, "standard/sample-shop", LATER, Origin.IMPORT) for one in made if isinstance(one, Translated)]


def folded(deliveries: Sequence[Delivery]) -> bytes:
    """The order's state, everything that links lead to included."""
    (subject,) = {one.subject for one in deliveries if one.subject.startswith("order:")}
    linked = {f"{link.kind}:{link.id}" for link in fold.links(deliveries)} | {subject}
    assert {one.subject for one in deliveries} <= linked
    return state.dump(fold.fold(deliveries[0].source, subject, deliveries))


def test_the_lives_end_as_they_should():
    shopify = state.load(folded(pushed()))
    assert shopify.of("shipment")["6001"].status == "delivered"
    assert shopify.of("return")["12001"].native_status == "closed"
    assert (shopify.of("return")["12001"].money, shopify.of("return")["12001"].goods) == ("done", "received")
    assert shopify.of("dispute")["25001"].status == "won"
    assert (shopify.order.payment, shopify.order.paid_at is not None, shopify.problems) == ("partially_refunded", True, ())
    erp_state = state.load(folded(erp()))
    assert erp_state.of("shipment")["SH-1"].status == "delivered"
    assert erp_state.of("return_line")["RMA-1-1"].reason_inspected == "quality_defect"
    assert erp_state.of("return")["RMA-1"].money == "done"


def test_pushed_and_fetched_resources_are_one_state():
    assert {one.id for one in pushed()} & {one.id for one in fetched()} == set()
    assert folded(fetched()) == folded(pushed())
    assert folded([*pushed(), *fetched()]) == folded(pushed())


def test_pushed_events_and_lines_of_a_file_are_one_state():
    assert {one.id for one in erp()} & {one.id for one in filed()} == set()
    assert folded(filed()) == folded(erp())
    assert folded([*filed(), *erp(LATER)]) == folded(erp())


@settings(max_examples=40, deadline=None)
@given(st.data())
@pytest.mark.parametrize("life", ["shopify", "standard"])
def test_in_any_order_and_any_number_of_times(life: str, data: st.DataObject):
    once, again = (pushed(), fetched()) if life == "shopify" else (erp(), filed())
    every = [a if data.draw(st.booleans()) else b for a, b in zip(once, again, strict=True)]
    some = data.draw(st.lists(st.sampled_from([*once, *again]), max_size=5))
    assert folded(data.draw(st.permutations(every + some))) == folded(once)


def test_an_order_read_again_tells_of_its_parcels_and_refunds_alone():
    """Reconciliation reads orders: what their bodies hold is what was pushed piece by piece."""
    whole = state.load(folded(fetched(["orders/updated"])))
    pieces = state.load(folded(pushed(["orders/create", "fulfillments/update__delivered", "refunds/create"])))
    assert whole.of("refund") == pieces.of("refund")
    assert whole.of("line") == pieces.of("line")
    ours, theirs = whole.of("shipment")["6001"], pieces.of("shipment")["6001"]
    assert replace(ours, country="US") == theirs  # the destination stands in the fulfillment alone


def test_facts_without_a_time_of_their_own_are_not_dated_by_their_arrival():
    bare = replace(fixtures.one("shopify", "returns/request").webhook, headers={"x-shopify-topic": "returns/request"})
    for received in (RECEIVED, LATER):
        (event,) = platforms.get("shopify").translate(bare, received).events
        assert event.time == received
        assert event.facts[0].requested_at is None and event.facts[0].at is None
