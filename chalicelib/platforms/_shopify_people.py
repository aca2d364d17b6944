"""Who ordered, in Shopify's orders. Apart from the facts: the webhooks' function never asks, and need not load it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from ..model.person import Person
from . import _people as people
from ._read import Reader


def person(order: Reader) -> tuple[Person, datetime | None] | None:
    """An order's buyer, and when they ordered: the customer, completed by the order. Where they are is where it goes to.

    The phone of an address is not theirs to be written to: somebody else may receive the parcel. None when nothing is told, and
    for what only names its order (a return, a refund): its `created_at` is not when somebody ordered.
    """
    value = order.value
    if value.keys() & {"order", "order_id"}:
        return None
    customer, billed, sent = (people.part(value, name) for name in ("customer", "billing_address", "shipping_address"))
    where = sent or billed
    names = (customer.get("first_name"), billed.get("first_name"), sent.get("first_name"), sent.get("name"))
    emails = (value.get("email"), value.get("contact_email"), customer.get("email"))
    found = Person(
        name=next((found for one in names if (found := people.name(one))), None),
        email=next((found for one in emails if (found := people.email(one))), None),
        phone=people.phone(value.get("phone")) or people.phone(customer.get("phone")),
        language=people.language(value.get("customer_locale")),
        country=people.country(where.get("country_code")),
        province=people.province(where.get("province_code")),
        marketing=_marketing(value, people.part(customer, "email_marketing_consent").get("state")),
        full_name=_full_name(customer, billed, sent),
        street=people.street(sent.get("address1"), sent.get("address2")),
        city=people.city(sent.get("city")),
        postcode=people.postcode(sent.get("zip")),
    )
    return None if found == Person() else (found, order.time("created_at"))


def _full_name(customer: Mapping[str, Any], *addresses: Mapping[str, Any]) -> str | None:
    """Given and family name of whoever ordered: the customer's, else the bill's, else the receiver's. Of a present it is not
    the receiver's, at whose address the buyer does not live."""
    parts = [found for part in ("first_name", "last_name") if (found := people.name(customer.get(part)))]
    return people.name(" ".join(parts)) or next((found for one in addresses if (found := people.name(one.get("name")))), None)


def _marketing(order: Mapping[str, Any], state: object) -> bool | None:
    """Only a plain yes is one: pending, invalid and redacted are not. The order's own flag speaks where no state is sent."""
    if isinstance(state, str):
        return state == "subscribed"
    flag = order.get("buyer_accepts_marketing")
    return flag if isinstance(flag, bool) else None
