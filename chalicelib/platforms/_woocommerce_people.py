"""Who ordered, in WooCommerce's orders. Apart from the facts: the webhooks' function never asks, and need not load it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from ..model.person import Person
from . import _people as people
from . import _woocommerce_words as words
from ._read import Reader
from ._woocommerce_facts import gmt, meta


def person(order: Reader) -> tuple[Person, datetime | None] | None:
    """Whom the bill names, and when they ordered. Where they are is where the order goes to.

    None for what is no order: a customer's record and a review have other dates than an order.
    """
    value = order.value
    if "billing" not in value or not value.keys() & {"line_items", "order_key", "date_paid_gmt"}:
        return None
    billed, sent = people.part(value, "billing"), people.part(value, "shipping")
    where = sent if sent.get("country") else billed
    found = Person(
        name=people.name(billed.get("first_name")) or people.name(sent.get("first_name")),
        email=people.email(billed.get("email")),
        phone=people.phone(billed.get("phone")),
        language=people.language(meta(order, words.LANGUAGE)),
        country=people.country(where.get("country")),
        province=people.province(where.get("state")),
        full_name=_full_name(billed) or _full_name(sent),
        street=people.street(where.get("address_1"), where.get("address_2")),
        city=people.city(where.get("city")),
        postcode=people.postcode(where.get("postcode")),
    )
    return None if found == Person() else (found, gmt(order, "date_created_gmt"))


def _full_name(one: Mapping[str, Any]) -> str | None:
    parts = [found for part in ("first_name", "last_name") if (found := people.name(one.get(part)))]
    return people.name(" ".join(parts))
