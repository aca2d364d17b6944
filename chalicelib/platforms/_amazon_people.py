"""Who ordered, in orders that were read. Apart from the facts: the inbox's function never asks, and need not load it."""

from __future__ import annotations

from datetime import datetime

from ..model.person import Person
from . import _people as people
from ._read import Reader


def person(order: Reader) -> tuple[Person, datetime | None] | None:
    """An order's buyer, and when they ordered. None for what is no order, and where nothing is told.

    The phone belongs to whoever receives the parcel, and `buyerEmail` is an alias of Amazon's that only orders have which the
    seller ships. Neither the name nor the street of a parcel sent to somebody else are the buyer's.
    """
    value = order.value
    if "orderId" not in value:
        return None
    buyer, to = people.part(value, "buyer"), people.part(people.part(value, "recipient"), "deliveryAddress")
    named, sent = people.name(buyer.get("buyerName")), people.name(to.get("name"))
    home = to if sent and (named is None or named.casefold() == sent.casefold()) else {}
    found = Person(
        name=named or sent,
        email=people.email(buyer.get("buyerEmail")),
        country=people.country(to.get("countryCode")),
        province=people.province(to.get("stateOrRegion")),
        full_name=named or sent,
        street=people.street(home.get("addressLine1"), home.get("addressLine2"), home.get("addressLine3")),
        city=people.city(home.get("city")),
        postcode=people.postcode(home.get("postalCode")),
    )
    return None if found == Person() else (found, order.time("createdTime"))
