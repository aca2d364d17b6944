"""Made-up lives of Shopify orders, as webhooks tell them: placed, paid, sent, delivered, some returned and refunded.

Buyers have numbers for names and example.com for a home; they speak the language of the country they live in.
"""

from __future__ import annotations

import json
import random
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from chalicelib.model.event import Webhook

from .wordings import note

DAYS = 30
FIRST = 880_000
# A European warehouse, most of its buyers on its own continent: country, province (of those with several zones), language.
PLACES = (
    ("GB", "", "en-GB"), ("US", "NY", "en-US"), ("DE", "", "de-DE"), ("SG", "", "zh-CN"), ("FR", "", "fr-FR"),
    ("US", "CA", "es-US"), ("ES", "", "es-ES"), ("MX", "JAL", "es-MX"), ("IT", "", "it-IT"), ("NL", "", "nl-NL"),
)  # fmt: skip
OPENS, CLOSES = 8, 17


@dataclass(frozen=True, slots=True)
class Product:
    """Something the shop sells: price in euro cents, how often it comes back and why."""

    id: int
    sku: str
    title: str
    cents: int
    returned: float
    reason: str


PRODUCTS = (
    Product(501, "TEE-M-WHT", "T-shirt, M, white", 1990, 0.22, "size_too_small"),
    Product(502, "TEE-L-WHT", "T-shirt, L, white", 1990, 0.12, "size_too_small"),
    Product(503, "MUG-330-RED", "Mug, 330 ml, red", 1150, 0.05, "defective"),
    Product(504, "LAMP-E27-BRS", "Desk lamp, E27, brass", 5900, 0.09, "not_as_described"),
    Product(505, "CABLE-USBC-2M", "USB-C cable, 2 m", 890, 0.02, "unwanted"),
    Product(506, "BAG-20L-NVY", "Backpack, 20 l, navy", 7450, 0.07, "color"),
)


@dataclass(frozen=True, slots=True)
class Sending:
    """A webhook and the moment it would have been sent."""

    at: datetime
    webhook: Webhook


def play(shop: str, orders: int, now: datetime, seed: int = 1, days: int = DAYS) -> list[Sending]:
    """All webhooks of so many orders of the last thirty days, as they would arrive: some late, some twice."""
    chance = random.Random(seed)
    placed = [now - timedelta(days=chance.uniform(0.2, days)) for _ in range(orders)]
    sendings = [one for n, at in enumerate(placed) for one in life(shop, FIRST + n, at, chance) if one.at <= now]
    again = chance.sample(sendings, len(sendings) // 10)
    return sorted([*sendings, *again], key=lambda one: one.at + timedelta(minutes=chance.uniform(0, 90)))


def life(shop: str, number: int, placed: datetime, chance: random.Random, email: str = "") -> Iterator[Sending]:
    """The webhooks of one order's life, in order."""
    order = order_of(number, placed, chance, email)
    there = placed
    for one in until_delivered(shop, number, placed, order, chance):
        there = one.at
        yield one
    line = order["line_items"][0]
    product = next(one for one in PRODUCTS if one.sku == line["sku"])
    if chance.random() < product.returned:
        yield from returned(shop, number, order, product.reason, there + timedelta(days=chance.uniform(0.5, 7)), chance)


def until_delivered(
    shop: str, number: int, placed: datetime, order: dict[str, Any], chance: random.Random
) -> Iterator[Sending]:
    """Placed, paid, sent within the warehouse's hours, scanned, delivered."""
    yield sending(shop, "orders/create", placed, order)
    paid = placed + timedelta(minutes=4)
    yield sending(shop, "orders/paid", paid, {**order, "financial_status": "paid", "updated_at": text(paid)})
    sent = at_work(placed + timedelta(hours=chance.uniform(10, 40)), chance)
    parcel = _parcel(number, order, sent)
    yield sending(shop, "fulfillments/create", sent, parcel)
    there = sent + timedelta(days=chance.uniform(2, 6))
    for status, at in (("in_transit", sent + timedelta(hours=9)), ("delivered", there)):
        yield sending(shop, "fulfillment_events/create", at, _scan(number, status, at))


def at_work(time: datetime, chance: random.Random) -> datetime:
    """The same moment, or the next working hours of the warehouse."""
    if OPENS <= time.hour < CLOSES:
        return time
    day = time.replace(hour=OPENS, minute=0, second=0, microsecond=0)
    return day + timedelta(days=1 if time.hour >= CLOSES else 0, minutes=chance.randrange(0, 300))


def order_of(number: int, placed: datetime, chance: random.Random, email: str = "") -> dict[str, Any]:
    """The body of an order just placed."""
    some = chance.sample(PRODUCTS, chance.choice((1, 1, 2, 3)))
    lines = [
        {"id": number * 10 + n, "product_id": one.id, "variant_id": one.id * 10, "sku": one.sku, "title": one.title,
         "quantity": chance.choice((1, 1, 1, 2)), "price": _major(one.cents), "discount_allocations": []}
        for n, one in enumerate(some)
    ]  # fmt: skip
    total = sum(line["quantity"] * one.cents for line, one in zip(lines, some, strict=True))
    buyer = chance.randrange(400)
    country, province, language = PLACES[buyer % len(PLACES)]
    address = {
        "name": f"Buyer {buyer}",
        "address1": f"Street {buyer}",
        "city": "Town",
        "zip": "00000",
        "country_code": country,
        "province_code": province or None,
    }
    email = email or f"buyer{buyer}@example.com"
    return {
        "id": number, "name": f"#{number % 100_000}", "created_at": text(placed), "updated_at": text(placed),
        "currency": "EUR",
        "total_price": _major(total + 490), "total_tax": "0.00", "total_discounts": "0.00", "financial_status": "pending",
        "customer_locale": language, "source_name": "web", "test": False, "email": email, "line_items": lines,
        "customer": {"id": email_number(email), "email": email, "first_name": "Buyer", "last_name": str(buyer)},
        "shipping_address": address, "shipping_lines": [{"price": "4.90", "title": "Standard"}],
    }  # fmt: skip


def email_number(email: str) -> int:
    """The customer's number at the shop: one for each address."""
    return 9_000_000 + zlib.crc32(email.encode()) % 900_000


def _parcel(number: int, order: dict[str, Any], sent: datetime) -> dict[str, Any]:
    return {
        "id": number * 10 + 7, "order_id": number, "status": "success", "created_at": text(sent), "updated_at": text(sent),
        "tracking_company": "Example Post", "tracking_number": f"EX{number}", "service": "standard",
        "line_items": [{"id": line["id"], "quantity": line["quantity"]} for line in order["line_items"]],
        "destination": order["shipping_address"],
    }  # fmt: skip


def _scan(number: int, status: str, at: datetime) -> dict[str, Any]:
    return {
        "id": number * 100 + len(status), "fulfillment_id": number * 10 + 7, "order_id": number, "status": status,
        "happened_at": text(at),
        "created_at": text(at),
    }  # fmt: skip


def returned(
    shop: str, number: int, order: dict[str, Any], reason: str, asked: datetime, chance: random.Random, declined: float = 0.1,
    code: str = "",
) -> Iterator[Sending]:  # fmt: skip
    """A return asked for and declined, or approved, refunded and closed; one in two buyers says in words what is wrong.

    `code` is what they chose where that is not what they mean.
    """
    line = order["line_items"][0]
    said = note(reason, order["customer_locale"]) if code or number % 2 else ""
    back = {
        "id": number * 10 + 8, "name": f"{order['name']}-R1", "status": "requested", "order": {"id": number},
        "return_line_items": [
            {"id": number * 10 + 9, "quantity": 1, "return_reason": code or reason, "customer_note": said,
             "fulfillment_line_item": {"line_item": {"id": line["id"]}}}
        ],
    }  # fmt: skip
    yield sending(shop, "returns/request", asked, back)
    if chance.random() < declined:
        yield sending(shop, "returns/decline", asked + timedelta(hours=20), {**back, "status": "declined"})
        return
    yield sending(shop, "returns/approve", asked + timedelta(hours=20), {**back, "status": "open"})
    paid = asked + timedelta(days=5)
    refund = {
        "id": number * 10 + 6, "order_id": number, "created_at": text(paid), "return": {"id": back["id"]}, "restock": True,
        "refund_line_items": [{"id": 1, "line_item_id": line["id"], "quantity": 1, "subtotal": line["price"]}],
        "transactions": [{"kind": "refund", "status": "success", "amount": line["price"], "currency": "EUR"}],
    }  # fmt: skip
    yield sending(shop, "refunds/create", paid, refund)
    yield sending(shop, "returns/close", paid + timedelta(hours=1), {**back, "status": "closed"})


def sending(shop: str, topic: str, at: datetime, body: dict[str, Any], id_: int | None = None) -> Sending:
    """A webhook of this topic; what it is about is `id_`, else the body's own id."""
    headers = {
        "x-shopify-topic": topic, "x-shopify-shop-domain": f"{shop}.example.com", "x-shopify-api-version": "2026-10",
        "x-shopify-event-id": f"{topic}-{id_ or body['id']}-{int(at.timestamp())}", "x-shopify-triggered-at": text(at),
    }  # fmt: skip
    return Sending(at, Webhook("shopify", shop, headers, json.dumps(body).encode()))


def text(time: datetime) -> str:
    """A time as Shopify writes it, with its offset."""
    return time.replace(microsecond=0).isoformat()


def _major(cents: int) -> str:
    return f"{cents // 100}.{cents % 100:02d}"
