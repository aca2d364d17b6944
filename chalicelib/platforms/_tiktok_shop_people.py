"""Who ordered, in TikTok Shop's orders. Apart from the facts: the webhooks' function never asks, and need not load it."""

from __future__ import annotations

from datetime import datetime

from ..model.person import Person
from . import _people as people
from ._read import Reader

_MASK = "*"


def person(order: Reader) -> tuple[Person, datetime | None] | None:
    """An order's buyer, and when they ordered. Their address is TikTok's relay; what is masked is nothing.

    The receiver's phone is nobody to be written to. None when nothing is told, and for what is no order.
    """
    value = order.value
    to = people.part(value, "recipient_address")
    found = Person(
        name=people.name(_told(to.get("first_name")) or _told(to.get("name"))),
        email=people.email(_told(value.get("buyer_email"))),
        country=people.country(to.get("region_code")),
        full_name=people.name(_told(to.get("name"))),
        street=people.street(to.get("address_line1"), to.get("address_line2"), to.get("address_detail")),
        city=people.city(_city(to)),
        postcode=people.postcode(to.get("postal_code")),
    )
    return None if found == Person() else (found, order.seconds("create_time"))


def _told(said: object) -> object:
    """What is said in full: TikTok puts stars in place of what it does not tell."""
    return None if isinstance(said, str) and _MASK in said else said


def _city(to: object) -> object:
    """The level of the address that is called a city."""
    listed = to.get("district_info") if isinstance(to, dict) else None
    named = [one for one in listed if isinstance(one, dict)] if isinstance(listed, list) else []
    return next((one.get("address_name") for one in named if str(one.get("address_level_name")).lower() == "city"), None)
