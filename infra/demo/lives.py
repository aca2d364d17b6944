"""Made-up lives of Shopify orders, as webhooks tell them: placed, paid, sent, delivered, some returned and refunded."""

from __future__ import annotations

import json
import random
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from chalicelib.model.event import Webhook

DAYS = 30
COUNTRIES = ("US", "GB", "DE", "FR", "ES", "JP", "AU", "CA")


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


def play(shop: str, orders: int, now: datetime, seed: int = 1) -> list[Sending]:
    """All webhooks of so many orders of the last thirty days, as they would arrive: some late, some twice."""
    chance = random.Random(seed)
    sendings = [one for n in range(orders) for one in _life(shop, 880_000 + n, chance, now) if one.at <= now]
    again = chance.sample(sendings, len(sendings) // 10)
    return sorted([*sendings, *again], key=lambda one: one.at + timedelta(minutes=chance.uniform(0, 90)))


def _life(shop: str, number: int, chance: random.Random, now: datetime) -> Iterator[Sending]:
    placed = now - timedelta(days=chance.uniform(0.2, DAYS))
    order = _order(number, placed, chance)
    yield _sending(shop, "orders/create", placed, order)
    yield _sending(
        shop,
        "orders/paid",
        placed + timedelta(minutes=4),
        {**order, "financial_status": "paid", "updated_at": _text(placed + timedelta(minutes=4))},
    )
    sent = placed + timedelta(hours=chance.uniform(10, 40))
    parcel = _parcel(number, order, sent)
    yield _sending(shop, "fulfillments/create", sent, parcel)
    there = sent + timedelta(days=chance.uniform(2, 6))
    for status, at in (("in_transit", sent + timedelta(hours=9)), ("delivered", there)):
        yield _sending(shop, "fulfillment_events/create", at, _scan(number, status, at))
    line = order["line_items"][0]
    product = next(one for one in PRODUCTS if one.sku == line["sku"])
    if chance.random() < product.returned:
        yield from _return(shop, number, order, product, there + timedelta(days=chance.uniform(0.5, 7)), chance)


def _order(number: int, placed: datetime, chance: random.Random) -> dict[str, Any]:
    some = chance.sample(PRODUCTS, chance.choice((1, 1, 2, 3)))
    lines = [
        {"id": number * 10 + n, "product_id": one.id, "variant_id": one.id * 10, "sku": one.sku, "title": one.title,
         "quantity": chance.choice((1, 1, 1, 2)), "price": _major(one.cents), "discount_allocations": []}
        for n, one in enumerate(some)
    ]  # fmt: skip
    total = sum(line["quantity"] * one.cents for line, one in zip(lines, some, strict=True))
    buyer = chance.randrange(400)
    address = {
        "name": f"Buyer {buyer}",
        "address1": f"Street {buyer}",
        "city": "Town",
        "zip": "00000",
        "country_code": chance.choice(COUNTRIES),
    }
    return {
        "id": number, "name": f"#{number - 879_000}", "created_at": _text(placed), "updated_at": _text(placed),
        "currency": "EUR",
        "total_price": _major(total + 490), "total_tax": "0.00", "total_discounts": "0.00", "financial_status": "pending",
        "customer_locale": "en", "source_name": "web", "test": False, "email": f"buyer{buyer}@example.com", "line_items": lines,
        "customer": {"id": 9_000 + buyer, "email": f"buyer{buyer}@example.com", "first_name": "Buyer", "last_name": str(buyer)},
        "shipping_address": address, "shipping_lines": [{"price": "4.90", "title": "Standard"}],
    }  # fmt: skip


def _parcel(number: int, order: dict[str, Any], sent: datetime) -> dict[str, Any]:
    return {
        "id": number * 10 + 7, "order_id": number, "status": "success", "created_at": _text(sent), "updated_at": _text(sent),
        "tracking_company": "Example Post", "tracking_number": f"EX{number}", "service": "standard",
        "line_items": [{"id": line["id"], "quantity": line["quantity"]} for line in order["line_items"]],
        "destination": order["shipping_address"],
    }  # fmt: skip


def _scan(number: int, status: str, at: datetime) -> dict[str, Any]:
    return {
        "id": number * 100 + len(status), "fulfillment_id": number * 10 + 7, "order_id": number, "status": status,
        "happened_at": _text(at),
        "created_at": _text(at),
    }  # fmt: skip


def _return(
    shop: str, number: int, order: dict[str, Any], product: Product, asked: datetime, chance: random.Random
) -> Iterator[Sending]:
    line = order["line_items"][0]
    back = {
        "id": number * 10 + 8, "name": f"{order['name']}-R1", "status": "requested", "order": {"id": number},
        "return_line_items": [
            {"id": number * 10 + 9, "quantity": 1, "return_reason": product.reason, "customer_note": "",
             "fulfillment_line_item": {"line_item": {"id": line["id"]}}}
        ],
    }  # fmt: skip
    yield _sending(shop, "returns/request", asked, back)
    if chance.random() < 0.1:
        yield _sending(shop, "returns/decline", asked + timedelta(hours=20), {**back, "status": "declined"})
        return
    yield _sending(shop, "returns/approve", asked + timedelta(hours=20), {**back, "status": "open"})
    paid = asked + timedelta(days=5)
    refund = {
        "id": number * 10 + 6, "order_id": number, "created_at": _text(paid), "return": {"id": back["id"]}, "restock": True,
        "refund_line_items": [{"id": 1, "line_item_id": line["id"], "quantity": 1, "subtotal": line["price"]}],
        "transactions": [{"kind": "refund", "status": "success", "amount": line["price"], "currency": "EUR"}],
    }  # fmt: skip
    yield _sending(shop, "refunds/create", paid, refund)
    yield _sending(shop, "returns/close", paid + timedelta(hours=1), {**back, "status": "closed"})


def _sending(shop: str, topic: str, at: datetime, body: dict[str, Any]) -> Sending:
    headers = {
        "x-shopify-topic": topic, "x-shopify-shop-domain": f"{shop}.example.com", "x-shopify-api-version": "2026-10",
        "x-shopify-event-id": f"{topic}-{body['id']}-{int(at.timestamp())}", "x-shopify-triggered-at": _text(at),
    }  # fmt: skip
    return Sending(at, Webhook("shopify", shop, headers, json.dumps(body).encode()))


def _text(time: datetime) -> str:
    return time.replace(microsecond=0).isoformat()


def _major(cents: int) -> str:
    return f"{cents // 100}.{cents % 100:02d}"
