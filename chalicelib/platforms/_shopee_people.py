"""Who ordered, in Shopee's orders as they are fetched. Apart from the facts: the webhooks' function never asks."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from ..model.person import Person
from . import _people as people
from ._read import Reader


def person(order: Reader) -> tuple[Person, datetime | None] | None:
    """Whom the parcel goes to, and when they ordered. None where their name is masked, as it is in most countries and states of
    an order, and for what is no order. The phone of an address is nobody to write to; there is no mail address.
    """
    value = order.value
    if "order_sn" not in value or "order_status" not in value:
        return None
    sent = people.part(value, "recipient_address")
    name = people.name(_open(sent, "name"))
    if name is None:
        return None
    found = Person(
        name=name,
        country=people.country(sent.get("region")),
        full_name=name,
        street=people.street(_open(sent, "full_address")),
        city=people.city(_open(sent, "city")),
        postcode=people.postcode(_open(sent, "zipcode")),
    )
    return found, order.seconds("create_time")


def _open(address: Mapping[str, Any], name: str) -> object:
    """What is told without a mask: Shopee writes asterisks for what it hides."""
    said = address.get(name)
    return said if isinstance(said, str) and "*" not in said else None
