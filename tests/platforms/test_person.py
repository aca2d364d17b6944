"""Who the buyer is, as each platform's bodies tell it: well formed or left out, whatever stands there."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chalicelib import platforms
from chalicelib.model.errors import BadPayload
from chalicelib.model.person import Person
from chalicelib.platforms import _people as people
from chalicelib.platforms import shopify, standard
from tests.platforms import fixtures

PLACED = datetime(2026, 3, 2, 15, 15, tzinfo=UTC)
FORMS = {
    "name": people.NAME, "phone": people.PHONE, "language": people.LANGUAGE, "country": people.COUNTRY,
    "province": people.PROVINCE, "push": people.PUSH, "full_name": people.NAME, "street": people.STREET, "city": people.CITY,
    "postcode": people.POSTCODE,
}  # fmt: skip
TELLING = [one for one in fixtures.recorded() if hasattr(one.module, "person") and one.webhook.body]


def order(**changes: Any) -> bytes:
    """Shopify's recorded order with some of its fields changed."""
    return json.dumps(json.loads(fixtures.one("shopify", "orders/create").webhook.body) | changes).encode()


def event(type_: str = "order.placed", order: dict[str, Any] | None = None, **buyer: Any) -> bytes:
    """An event of the seller's own."""
    data = {"order": {"id": "SO-1"} | (order or {}), "buyer": buyer}
    return json.dumps({"type": type_, "timestamp": "2026-03-02T15:15:00Z", "data": data}).encode()


def test_a_recorded_order_tells_of_its_buyer():
    assert shopify.person(order()) == (
        Person(
            name="Sample", email="buyer@example.com", language="en-US", country="US", province="NY", marketing=False,
            full_name="Sample Buyer", street="1 Sample Street", city="Sampleton", postcode="SAMPLE-1",
        ),
        PLACED,
    )


def test_the_phone_of_an_address_is_nobody_to_write_to():
    found, _ = shopify.person(order(phone="+1 (202) 555-0101"))
    assert found.phone == "+12025550101"
    assert json.loads(order())["shipping_address"]["phone"] and shopify.person(order())[0].phone is None
    assert shopify.person(order(phone="202 555 0101"))[0].phone is None  # whose country it is nobody knows


def test_a_guest_is_who_the_bill_names_and_reached_at_a_relay():
    relay = "b1c2d3.ex+a1@relay.example.com"
    found, _ = shopify.person(order(customer=None, email=relay, contact_email=relay))
    assert (found.name, found.email) == ("Sample", relay)
    nobody, _ = shopify.person(order(customer=None, billing_address=None, shipping_address={"name": "Sample Buyer"}))
    assert (nobody.name, nobody.country) == ("Sample Buyer", None)


def test_a_present_goes_to_the_receivers_house_and_is_ordered_by_the_buyer():
    sent = {
        "name": "Other Receiver", "address1": "2 Sample Street", "address2": "Flat 3", "city": "Sampleton", "zip": "１２３ ab",
    }  # fmt: skip
    found, _ = shopify.person(order(shipping_address=sent))
    assert (found.full_name, found.street, found.postcode) == ("Sample Buyer", "2 Sample Street, Flat 3", "123 AB")

    guest, _ = shopify.person(order(customer=None, shipping_address=sent))
    assert guest.full_name == "Sample Buyer"
    only, _ = shopify.person(order(customer=None, billing_address=None, shipping_address=sent))
    assert only.full_name == "Other Receiver"


def test_the_bills_address_is_not_where_the_buyer_lives():
    found, _ = shopify.person(order(shipping_address=None))
    assert (found.street, found.city, found.postcode) == (None, None, None)
    assert found.country == "US"


def test_masked_parts_of_an_address_are_none():
    assert people.street("12 S***** Street", "Flat 3") is None
    assert people.city("Ber***") is None
    assert people.postcode("10***") is None
    assert people.postcode("١٠١١٥") == "10115"
    assert people.street(None, 7, " 1  Sample\nStreet ") == "1 Sample Street"


@pytest.mark.parametrize("state, agreed", [
    ("subscribed", True), ("not_subscribed", False), ("pending", False), ("unsubscribed", False), ("invalid", False),
    ("redacted", False),
])  # fmt: skip
def test_only_a_plain_yes_is_consent_to_marketing(state: str, agreed: bool):
    found, _ = shopify.person(
        order(customer={"id": 1, "email_marketing_consent": {"state": state}}, buyer_accepts_marketing=True)
    )
    assert found.marketing is agreed


def test_an_order_stripped_of_its_people_tells_nobody():
    assert shopify.person(b'{"id":5001,"updated_at":"2026-03-02T15:15:00Z"}') is None


@pytest.mark.parametrize(
    "name", ["returns/request", "returns/close", "refunds/create", "fulfillments/create", "disputes/create"]
)
def test_what_only_names_its_order_tells_nobody(name: str):
    """A return's time is not the order's: it would pass for a new order of a buyer who was erased."""
    body = json.loads(fixtures.one("shopify", name).webhook.body)
    people = {"customer": {"id": 7001, "email": "buyer@example.com"}, "email": "buyer@example.com"}

    assert shopify.person(json.dumps(body | people | {"created_at": "2026-05-01T00:00:00Z"}).encode()) is None


def test_the_sellers_own_events_tell_as_much_as_they_hold():
    push = "arn:aws:sns:us-east-1:000000000000:endpoint/GCM/sample/1"
    whole = {"email": "buyer@example.com", "phone": "+12025550101", "push": push, "name": "Sample Buyer", "language": "pt-BR",
             "country": "BR", "province": "SP", "marketing": True}  # fmt: skip
    assert standard.person(event(id="c-1", **whole)) == (Person(**whole), PLACED)
    assert standard.person(event(id="c-1")) is None
    assert standard.person(event("order.paid", email="buyer@example.com")) == (Person(email="buyer@example.com"), None)
    placed = {"placed_at": "2026-02-01T00:00:00Z"}
    assert standard.person(event("order.paid", placed, name="x"))[1] == datetime(2026, 2, 1, tzinfo=UTC)


def test_what_the_person_is_does_not_change_who_the_buyer_is():
    for body, buyer in (
        (event(id="c-1", email="Buyer@example.com", name="x"), "standard:buyer:c-1"),
        (event(email="Buyer@Example.com", phone="+12025550101"), "email:buyer@example.com"),
    ):
        webhook = fixtures.one("standard", "order.placed").webhook
        made = standard.translate(replace(webhook, body=body), fixtures.RECEIVED)
        assert made.buyer == buyer
        assert "x" not in [*made.events[0].native.values()]


@pytest.mark.parametrize("said", [
    "a@b@example.com", "a b@example.com", "a@example.com\nBcc: c@example.com", "a@example.com, c@example.com",
    "<a@example.com>", '"a"@example.com', "a@example.com;c", "@example.com", "a@", "x" * 250 + "@example.com",
    "a\u2028@example.com", 7, None, [], {},
])  # fmt: skip
def test_what_could_be_more_than_one_address_is_none(said: Any):
    assert people.email(said) is None


@pytest.mark.parametrize("said, kept", [
    ("Sample\r\nBcc: x@example.com", "Sample Bcc: x@example.com"), ("  Sample \x00\x1b[2J ", "Sample [2J"), ("\u2028", None),
    ("x" * 5000, "x" * people.MAX_NAME), ("{{ 7*7 }}", "{{ 7*7 }}"), ("\ud800", "?"), ("", None), (5, None),
])  # fmt: skip
def test_a_name_is_one_line(said: Any, kept: str | None):
    assert people.name(said) == kept


@settings(max_examples=600, deadline=None)
@given(st.sampled_from(TELLING), st.data())
def test_whatever_stands_there_only_well_formed_values_are_kept(one: fixtures.Recorded, data: st.DataObject):
    body = json.loads(one.webhook.body)
    strange = st.one_of(st.text(max_size=300), st.integers(), st.none(), st.lists(st.text(), max_size=2), st.builds(dict))
    for _ in range(data.draw(st.integers(1, 4))):
        value: Any = data.draw(st.sampled_from([part for part in objects(body) if part] or [body]))
        value[data.draw(st.sampled_from(sorted(value)))] = data.draw(strange)
    try:
        told = one.module.person(json.dumps(body).encode())
    except BadPayload:
        return
    person = told[0] if told else Person()
    for name, form in FORMS.items():
        assert getattr(person, name) is None or form.fullmatch(getattr(person, name)), name
    assert person.email is None or (person.email.isprintable() and person.email.count("@") == 1)
    assert person.marketing in (True, False, None)


def objects(value: Any) -> list[Any]:
    inner = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return ([value] if isinstance(value, dict) else []) + [found for one in inner for found in objects(one)]


def test_what_introduces_buyers_says_how_it_names_them():
    introducing = [platforms.get(name) for name in platforms.names() if hasattr(platforms.get(name), "person")]
    assert len(introducing) > 5
    assert all(module.BUYER.endswith(":") for module in introducing)
    assert len({module.BUYER for module in introducing}) == len(introducing)
