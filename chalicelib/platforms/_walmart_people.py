"""Who ordered, in Walmart's orders. Apart from the facts: the webhooks' function never asks, and need not load it."""

from __future__ import annotations

from datetime import datetime

from ..model.person import Person
from . import _people as people
from ._read import Reader
from ._walmart_facts import customer
from ._walmart_read import country, moment


def person(order: Reader) -> tuple[Person, datetime | None] | None:
    """An order's buyer, and when they ordered. Walmart tells where it goes to and a relay address; phones have no country.

    None for what is no order: notifications tell of nobody, and returns only name their order.
    """
    if "purchaseOrderId" not in order.value or "shippingInfo" not in order.value:
        return None
    to = people.part(people.part(order.value, "shippingInfo"), "postalAddress")
    where = to.get("country")
    mail = people.email(order.value.get("customerEmailId"))
    found = Person(
        name=people.name(to.get("name")),
        email=mail if customer(order) else None,
        country=people.country(country(where) if isinstance(where, str) else None),
        province=people.province(to.get("state")),
        full_name=people.name(to.get("name")),
        street=people.street(to.get("address1"), to.get("address2")),
        city=people.city(to.get("city")),
        postcode=people.postcode(to.get("postalCode")),
    )
    return None if found == Person() else (found, moment(order, "orderDate"))
