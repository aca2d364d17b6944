"""Who ordered, in Mercado Libre's orders. Addresses and phones are not told there; the receiver of a parcel may be another."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from ..model.person import Person
from . import _mercadolibre_words as words
from . import _people as people
from ._read import Reader


def person(order: Reader) -> tuple[Person, datetime | None] | None:
    """An order's buyer, and when they ordered. A nickname is no name; None where nothing else is told, and for no order."""
    if "order_items" not in order.value:
        return None
    buyer = people.part(order.value, "buyer")
    parts = [word for part in ("first_name", "last_name") if (word := people.name(buyer.get(part)))]
    listed = next(order.children("order_items"), Reader({}, order.where)).child("item").id("id") or ""
    found = Person(
        name=people.name(buyer.get("first_name")),
        email=people.email(buyer.get("email")),
        full_name=people.name(" ".join(parts)),
    )
    if found == Person():
        return None
    return replace(found, country=words.SITES.get(listed[:3])), order.time("date_created")
