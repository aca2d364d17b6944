"""Identifiers: one spelling for one address or number, and none for what is not the buyer's own."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.model.person import Person
from chalicelib.rules import identity, policies

RELAYS = [name for one in policies.data("identity.toml")["relay"] for name in one["domains"]]


@pytest.mark.parametrize("said, one", [
    ("Buyer@Example.COM ", "buyer@example.com"), ("buyer@example.com.", "buyer@example.com"),
    ("ｂｕｙｅｒ＠ｅｘａｍｐｌｅ．ｃｏｍ", "buyer@example.com"),
    ("Sample.Buyer+shop@gmail.com", "samplebuyer@gmail.com"), ("s.a.m.p.l.e.buyer@GoogleMail.com", "samplebuyer@gmail.com"),
    ("sample.buyer+shop@example.com", "sample.buyer+shop@example.com"),
    ("käufer@bücher.example", "käufer@xn--bcher-kva.example"),
])  # fmt: skip
def test_an_address_has_one_spelling(said: str, one: str):
    assert identity.email(said) == one


@pytest.mark.parametrize("said", [
    None, "", "nobody", "a b@example.com", "a@b@example.com", "buyer@localhost", "********oo@shopee.com", "b***r@example.com",
    "noreply@example.com", "No-Reply@example.com", "n.a@example.com", "+@gmail.com", "x" * 70 + "@example.com", "a@-.com",
    "k7m2x9q4w1ab3@marketplace.amazon.com.br", "3x@marketplace.amazon.de", "0123456789abcdef@members.ebay.co.uk",
    "1@relay.walmart.com", "v4b@scs.tiktokw.us", "v4b@scs3.tiktok.com", "x@mail.mercadolibre.com.ar", "a+b@allegromail.pl",
    "tq1234snin@privaterelay.appleid.com", "a@mozmail.com", "a@deep.below.relay.walmart.com",
])  # fmt: skip
def test_what_is_not_the_buyers_own_is_no_address(said: str | None):
    assert identity.email(said) is None


@given(st.one_of(st.emails(), st.text(max_size=60), st.builds("{}@{}".format, st.text(max_size=20), st.text(max_size=20))))
def test_spelling_an_address_again_changes_nothing(said: str):
    found = identity.email(said)
    assert found is None or identity.email(found) == found
    assert identity.email(said.upper()) is None or identity.email(said.lower()) is not None


@given(st.text("abcdefghijklmnopqrstuvwxyz0123456789.+-_", min_size=1, max_size=30), st.sampled_from(RELAYS),
       st.sampled_from(["com", "co.uk", "de", "com.br", "sg"]), st.sampled_from(["", "eu.", "a.b."]))  # fmt: skip
def test_an_alias_of_a_marketplace_never_matches(local: str, relay: str, ending: str, below: str):
    address = f"{local}@{below}{relay.replace('*', ending)}"
    for said in (address, address.upper(), f" {address}. "):
        assert identity.email(said) is None
        assert not [one for one in identity.identifiers(Person(email=said)) if one.startswith("mail:")]


@pytest.mark.parametrize("said, country, one", [
    ("+1 (202) 555-0101", None, "+12025550101"), ("202 555 0101", "US", "+12025550101"),
    ("030 23459-876", "DE", "+493023459876"), ("0049 30 23459876", "DE", "+493023459876"),
    ("０９０−１２３４−５６７９", "JP", "+819012345679"), ("٠٥٠١٢٣٤٥٦٨", "SA", "+966501234568"),
    ("138 1234 5679", "CN", "+8613812345679"),
])  # fmt: skip
def test_a_number_has_one_spelling(said: str, country: str | None, one: str):
    assert identity.phone(said, country) == one
    assert identity.phone(one, None) == one


@pytest.mark.parametrize("said, country", [
    (None, "US"), ("", "US"), ("202 555 0101", None), ("(+1)202***55", "US"), ("+1202xxx0101", "US"), ("12", "US"),
    ("call me", "US"), ("+1 314-282-9402 ext. 12345", "US"), ("+1 314-282-9402 x12345", "US"), ("1800 555 1234", "US"),
    ("0900 123456", "DE"), ("000000000", "DE"), ("030 1234567", "DE"), ("+1 111 111 1111", None), ("0123456789", "DE"),
    ("+86 138 0013 8000", None), ("+491701111111", None), ("202 555 0101", "ZZ"),
])  # fmt: skip
def test_what_is_nobodys_or_many_peoples_is_no_number(said: str | None, country: str | None):
    assert identity.phone(said, country) is None


@given(st.text(max_size=40), st.sampled_from([None, "US", "DE", "CN", "XX", "us"]))
def test_spelling_a_number_again_changes_nothing(said: str, country: str | None):
    found = identity.phone(said, country)
    assert found is None or identity.phone(found, None) == found


def test_a_buyer_is_found_by_what_they_gave():
    whole = Person(email="Buyer@example.com", phone="+12025550101", country="US", full_name="Sample Buyer",
                   street="1 Sample Street, Apt 4", city="Sampleton", postcode="12345-6789")  # fmt: skip

    assert identity.identifiers(whole) == (
        "mail:buyer@example.com", "phone:+12025550101", "house:US|12345|1", "name:US|12345|bs",
    )  # fmt: skip
    assert identity.identifiers(Person(name="Sample")) == ()
    assert identity.identifiers(Person(email="1@relay.walmart.com", phone="+1 800 555 1234")) == ()


def test_every_relay_says_by_which_source_and_as_of_when():
    for one in policies.data("identity.toml")["relay"]:
        assert one["domains"] and one["source"] and one["mark"] in ("C", "L", "U")
        assert one["as_of"] >= date(2026, 1, 1)
