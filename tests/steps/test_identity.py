"""References to buyers become keyed hashes, aliases among them."""

from __future__ import annotations

from datetime import UTC, datetime
from types import SimpleNamespace

from chalicelib.model.event import Event, Translated
from chalicelib.model.words import EventType
from chalicelib.steps.identity import hashed

KEYS = SimpleNamespace(hashed=lambda reference: f"h({reference})")
EVENT = Event(EventType.BUYER_REDACTED, datetime(2026, 6, 1, tzinfo=UTC))


def test_a_privacy_request_counts_for_every_name_the_platform_gave_the_buyer():
    found = hashed(Translated("1", "buyer:a", (EVENT,), "a", aliases=("b", "a")), KEYS)
    assert (found.subject, found.aliases) == ("buyer:h(a)", ())
    assert [event.buyer for event in found.events] == ["h(a)", "h(b)"]


def test_nobody_is_nobody():
    found = Translated("1", "order:1", (EVENT,))
    assert hashed(found, KEYS) is found
