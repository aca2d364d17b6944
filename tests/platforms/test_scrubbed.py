"""Nobody real stands in a recorded request, and nothing personal leaves it: events hold ids, codes and amounts only."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from chalicelib.model import log
from chalicelib.model.errors import BadPayload
from tests.platforms import fixtures
from tests.platforms.fixtures import FOLDER, Recorded

# What the recorded people are called, and where they live.
NEUTRAL = {
    *("Sample", "Buyer", "Sample Buyer", "Sample Owner", "Sample Shop"),
    *("1 Sample Street", "Sampleton", "Sampleton depot", "SAMPLE-1", "New York", "Tokyo", "+12025550100"),
}
PERSON = set(
    """
    first_name last_name full_name name company address1 address2 city zip phone email contact_email province latitude
    longitude shop_owner birthday
    """.split()
)
PEOPLE = {"customer", "shipping_address", "billing_address", "default_address", "destination", "origin_address", "buyer"}
WORDS = {
    "note",
    "customer_note",
    "return_reason_note",
    "message",
    "staff_note",
    "comment",
    "properties",
    "note_attributes",
    "user_agent",
}
EMAIL = re.compile(r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+")
PHONE = re.compile(r"\+\d{7,15}|\(\d{3}\) ?\d{3}-\d{4}|\b\d{3}-\d{3}-\d{4}\b")
ADDRESS = re.compile(r"\b\d{1,3}(?:\.\d{1,3}){3}\b")
HOST = re.compile(r"(?:https?://|\b)((?:[a-z0-9-]+\.)+(?:com|net|org|io|dev|shop|cn))\b")
KEYS = re.compile(r"shp(?:ss|at|ca|pa)_|sk_live|rk_live|AKIA|-----BEGIN|whsec_|whsk_|eyJ[\w-]{10,}\.|xox[bp]-|ghp_")

every_request = pytest.mark.parametrize("one", fixtures.recorded(), ids=lambda one: f"{one.platform}/{one.name}")


def personal(value: Any, person: bool = False, told: bool = False) -> Iterator[str]:
    """Every text of a payload that is about a person: in a person's fields, or in words somebody wrote."""
    if isinstance(value, dict):
        for name, inner in value.items():
            inside = person or name in PEOPLE
            about = name in PERSON and (inside or name not in ("name", "company", "city", "zip", "province"))
            yield from personal(inner, inside, told or about or name in WORDS)
    elif isinstance(value, list):
        for item in value:
            yield from personal(item, person, told)
    elif told and isinstance(value, str) and value:
        yield value


def body(one: Recorded) -> Any:
    return json.loads(one.webhook.body) if one.webhook.body else {}


def test_the_search_for_personal_texts_finds_them():
    found = set(
        personal({"customer": {"email": "a@b.example", "id": "c1"}, "note": "call me", "name": "#1", "lines": [{"note": "x"}]})
    )
    assert found == {"a@b.example", "call me", "x"}


@every_request
def test_recorded_people_are_nobody(one: Recorded):
    text = one.webhook.body.decode() + json.dumps(dict(one.webhook.headers))
    assert {address.rpartition("@")[2].lower() for address in EMAIL.findall(text)} <= {"example.com"}
    assert set(PHONE.findall(text)) <= NEUTRAL
    assert all(number.startswith("192.0.2.") for number in ADDRESS.findall(text))
    assert all(host.endswith(("example.com", "shop.myshopify.com")) for host in HOST.findall(text)), HOST.findall(text)
    assert not KEYS.search(text)


@every_request
def test_names_and_addresses_are_the_neutral_ones(one: Recorded):
    for value in people(body(one)):
        assert value in NEUTRAL or EMAIL.fullmatch(value.strip()), value


def people(value: Any, person: bool = False) -> Iterator[str]:
    """The texts in a person's own fields."""
    if isinstance(value, dict):
        for name, inner in value.items():
            if person and name in PERSON and isinstance(inner, str) and inner:
                yield inner
            yield from people(inner, person or name in PEOPLE)
    elif isinstance(value, list):
        for item in value:
            yield from people(item, person)


def test_no_file_beside_the_requests_holds_a_key():
    vectors = {path: json.loads(path.read_text()) for path in FOLDER.glob("*/vectors.json")}
    published = {"test_secret_key", "hush", "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
                 "whpk_A6EHv/POEL4dcN0Y50vAmWfk1jCbpQ1fHdyGZBJVMbg="}  # fmt: skip
    published |= {"sécret", "test_webhook_secret", "TEST17TOKEN", "123456ABCDEF"}  # EasyPost, AfterShip, 17TRACK
    published |= {"walmart_test_secret"}
    published |= {vector["secret"] for vector in vectors.get(FOLDER / "ebay" / "vectors.json", ())}  # documents of public keys
    published |= {"123", "fake_app_secret", "testsecret"}  # TikTok Shop's documentation and an SDK's test, AliExpress
    published |= {"shopee_test_partner_key", "3412gyo124goi3124"}  # computed for Shopee, Lazada's documentation
    published |= {"woo_test_secret", "a&amp;b&#039;c", "12345678abcdefgh"}  # computed for WooCommerce, Temu's documentation
    assert {vector["secret"] for some in vectors.values() for vector in some} <= published
    assert not [path for path in golden_files() if KEYS.search(path.read_text())]


def golden_files() -> list[Path]:
    return [one.golden for one in fixtures.recorded()]


@every_request
def test_events_hold_nothing_personal(one: Recorded):
    try:
        kept = log.dump_events(one.translated().events).decode()
    except BadPayload:
        return  # refused: only the sealed body and the place of the fault are kept
    for value in personal(body(one)):
        assert value not in kept, value


def test_requests_with_personal_texts_are_among_them():
    assert sum(1 for one in fixtures.recorded() if any(personal(body(one)))) > 10
