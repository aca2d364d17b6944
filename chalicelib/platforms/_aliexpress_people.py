"""Who ordered, in AliExpress's orders. Apart from the facts: the webhooks' function never asks, and need not load it."""

from __future__ import annotations

from datetime import datetime

from ..model.person import Person
from . import _people as people
from ._aliexpress_facts import time
from ._read import Reader

_MASK = "*"


def person(order: Reader) -> tuple[Person, datetime | None] | None:
    """An order's buyer, and when they ordered. AliExpress gives no mail address, and masks most of the rest.

    The receiver's phone is nobody to be written to. None when nothing is told.
    """
    value = order.value
    buyer, to = people.part(value, "buyer_info"), people.part(value, "receipt_address")
    said = (value.get("buyer_signer_fullname"), to.get("contact_person"))
    full = next((name for one in said if (name := people.name(_told(one)))), None)
    found = Person(
        name=people.name(_told(buyer.get("first_name"))) or full,
        country=people.country(to.get("country")) or people.country(buyer.get("country")),
        full_name=full,
        street=people.street(to.get("detail_address"), to.get("address2")),
        city=people.city(to.get("city")),
        postcode=people.postcode(to.get("zip")),
    )
    return None if found == Person() else (found, time(order, "gmt_create"))


def _told(said: object) -> object:
    """What is said in full: stars stand in place of what is not told."""
    return None if isinstance(said, str) and _MASK in said else said
