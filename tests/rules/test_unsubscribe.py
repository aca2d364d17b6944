"""Tokens in unsubscribe addresses: ours are read, no other ever is."""

from __future__ import annotations

import base64
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.model.errors import BadPayload
from chalicelib.rules import unsubscribe

KEY = bytes(range(32))
TOKEN = unsubscribe.token(KEY, "shopify/acme", "0123456789abcdef01234567")


@given(
    st.text(st.characters(exclude_characters="\0", exclude_categories=("Cs",)), max_size=120),
    st.from_regex(r"[0-9a-f]{24}", fullmatch=True),
)
def test_what_was_put_in_is_read_back(source: str, name: str):
    assert unsubscribe.read(KEY, unsubscribe.token(KEY, source, name)) == (source, name)


def test_it_stands_in_an_address_as_it_is_and_names_no_address():
    assert re.fullmatch(r"[A-Za-z0-9_-]{20,120}", TOKEN)
    assert unsubscribe.token(KEY, "shopify/acme", "0123456789abcdef01234567") == TOKEN


def refused(token: str, key: bytes = KEY) -> bool:
    with pytest.raises(BadPayload, match="not an address of ours"):
        unsubscribe.read(key, token)
    return True


def test_every_flipped_bit_is_refused():
    data = base64.urlsafe_b64decode(TOKEN + "=" * (-len(TOKEN) % 4))
    for n in range(len(data) * 8):
        changed = bytearray(data)
        changed[n // 8] ^= 1 << n % 8
        assert refused(base64.urlsafe_b64encode(bytes(changed)).decode().rstrip("="))


def test_every_shorter_one_is_refused():
    # Base64's last letter may stand for bits that no byte takes; only whole bytes count.
    assert all(refused(TOKEN[:n]) for n in range(len(TOKEN) - 1))


@given(st.text(max_size=200))
def test_whatever_else_is_refused(token: str):
    assert refused(token)


@pytest.mark.parametrize(
    "token", ["", "A", "=" * 9, "A" * 100_000, TOKEN + "AAAA", "....", "%00", "тест", TOKEN.upper(), f" {TOKEN}"]
)
def test_oddities_are_refused(token: str):
    assert refused(token)


def test_another_installations_token_is_refused():
    assert refused(TOKEN, bytes(32))


def test_a_shop_cannot_be_moved_into_a_name():
    assert unsubscribe.token(KEY, "a/bc", "d") != unsubscribe.token(KEY, "a/b", "cd")
