"""The orders of the demo that show something each: told to the end, whatever chance says of the others."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from .lives import Sending, order_of, returned, sending, text, until_delivered

FIRST = 990_000
BOUNCING = "bounce@simulator.amazonses.com"
LEAVING = "leaving@example.com"


@dataclass(frozen=True, slots=True)
class Tale:
    """One order: its number, what it shows, in a sentence."""

    number: int
    shows: str


TALES = (
    Tale(FIRST, "delivered without trouble: both messages go out"),
    Tale(FIRST + 1, "unsubscribes by one click in the first mail: the second is not sent"),
    Tale(FIRST + 2, "its first mail bounces: the address is never written to again"),
    Tale(FIRST + 3, "asks to be erased after delivery: nobody is left to write to"),
    Tale(FIRST + 4, 'asks for a return with the code "other": what they wrote says why; not asked how it is; refunded'),
    Tale(FIRST + 5, "cancelled after it was sent: nothing more is said about it"),
)
DAYS = {FIRST: 1.0, FIRST + 1: 1.2, FIRST + 2: 1.9, FIRST + 3: 2.3, FIRST + 4: 3.1, FIRST + 5: 4.2}


def play(shop: str, start: datetime, seed: int = 5) -> list[Sending]:
    """All webhooks of the tales, in order; the first order is placed a day after `start`."""
    chance = random.Random(seed)
    found = [one for tale in TALES for one in _told(shop, tale.number, start + timedelta(days=DAYS[tale.number]), chance)]
    return sorted(found, key=lambda one: one.at)


def _told(shop: str, number: int, placed: datetime, chance: random.Random) -> Iterator[Sending]:
    email = {FIRST + 1: LEAVING, FIRST + 2: BOUNCING}.get(number, f"tale{number - FIRST}@example.com")
    order = order_of(number, placed, chance, email)
    there = sent = placed
    for one in until_delivered(shop, number, placed, order, chance):
        topic, there = one.webhook.headers["x-shopify-topic"], one.at
        sent = one.at if topic == "fulfillments/create" else sent
        if number == FIRST + 5 and topic == "fulfillment_events/create":
            break
        yield one
    if number == FIRST + 3:
        yield _redact(shop, order["customer"]["id"], number, there + timedelta(days=1))
    if number == FIRST + 4:
        yield from returned(shop, number, order, "size_too_small", there + timedelta(days=1), chance, declined=0, code="other")
    if number == FIRST + 5:
        at = sent + timedelta(minutes=20)
        cancelled = {"cancelled_at": text(at), "updated_at": text(at), "cancel_reason": "customer"}
        yield sending(shop, "orders/cancelled", at, {**order, **cancelled})


def _redact(shop: str, customer: int, number: int, at: datetime) -> Sending:
    body = {
        "shop_id": 1, "shop_domain": f"{shop}.myshopify.com", "orders_to_redact": [number],
        "customer": {"id": customer, "email": f"tale{number - FIRST}@example.com"},
    }  # fmt: skip
    return sending(shop, "customers/redact", at, body, customer)
