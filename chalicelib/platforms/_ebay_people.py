"""Who ordered, in eBay's orders. Apart from the facts: the webhooks' function never asks, and need not load it."""

from __future__ import annotations

from datetime import datetime

from ..model.person import Person
from . import _people as people
from ._read import Reader


def person(order: Reader) -> tuple[Person, datetime | None] | None:
    """An order's buyer, and when they ordered: as registered, completed by where it is sent to.

    The e-mail address is an alias at eBay. The phone of whoever receives the parcel is not the buyer's to be written to. None
    for what is no order: notifications and returns tell of nobody.
    """
    value = order.value
    if "orderId" not in value or "lineItems" not in value:
        return None
    who = people.part(people.part(value, "buyer"), "buyerRegistrationAddress")
    steps = value.get("fulfillmentStartInstructions")
    first = steps[0] if isinstance(steps, list) and steps and isinstance(steps[0], dict) else {}
    sent = people.part(people.part(first, "shippingStep"), "shipTo")
    to = people.part(sent, "contactAddress") or people.part(who, "contactAddress")
    found = Person(
        name=people.name(who.get("fullName")) or people.name(sent.get("fullName")),
        email=people.email(who.get("email")) or people.email(sent.get("email")),
        phone=people.phone(people.part(who, "primaryPhone").get("phoneNumber")),
        country=people.country(to.get("countryCode")),
        province=people.province(to.get("stateOrProvince")),
        full_name=people.name(who.get("fullName")) or people.name(sent.get("fullName")),
        street=people.street(to.get("addressLine1"), to.get("addressLine2")),
        city=people.city(to.get("city")),
        postcode=people.postcode(to.get("postalCode")),
    )
    return None if found == Person() else (found, order.time("creationDate"))

