"""Published keys: fetched once, remembered, and never fetched as often as strangers please."""

from __future__ import annotations

import pytest

from chalicelib.model.call import Answer, Busy, CallFailed, Denied, Read
from chalicelib.model.errors import BadPayload, BadSignature, ConfigurationError, StoreFailed
from chalicelib.steps.public_keys import KEEP, KEEP_UNKNOWN, MISSES, PER, PublicKeys


class Stand:
    def __init__(self) -> None:
        self.seconds, self.asked = 1000.0, 0
        self.say: Exception | str = "the document"
        self.keys = PublicKeys(self, lambda: self.seconds)

    def ask(self, source: str, read: Read, now: object) -> Answer:
        self.asked += 1
        if isinstance(self.say, Exception):
            raise self.say
        return Answer(text=f"{self.say} of {read.about['id']}")


def test_a_key_is_fetched_once_an_hour():
    stand = Stand()
    assert {stand.keys("ebay/a", "k1") for _ in range(5)} == {"the document of k1"} and stand.asked == 1
    stand.keys("ebay/b", "k1")
    assert stand.asked == 2, "each shop asks with its own account"
    stand.seconds += KEEP + 1
    stand.keys("ebay/a", "k1")
    assert stand.asked == 3


def test_a_key_the_platform_does_not_know_is_remembered_too():
    stand = Stand()
    stand.say = CallFailed("status 404")
    for _ in range(5):
        with pytest.raises(BadSignature):
            stand.keys("ebay/a", "made up")
    assert stand.asked == 1
    stand.seconds, stand.say = stand.seconds + KEEP_UNKNOWN + 1, "the document"
    assert stand.keys("ebay/a", "made up")


def test_strangers_cannot_make_us_fetch_without_end():
    stand = Stand()
    stand.keys("ebay/a", "good")
    stand.say = CallFailed("status 404")
    for n in range(100):
        with pytest.raises((BadSignature, StoreFailed)):
            stand.keys("ebay/a", f"made up {n}")
    assert stand.asked == MISSES
    assert stand.keys("ebay/a", "good") == "the document of good", "known keys serve on"
    stand.seconds += PER
    with pytest.raises(BadSignature):
        stand.keys("ebay/a", "another")


@pytest.mark.parametrize(("error", "answered"), [
    (CallFailed("status 503", passing=True), StoreFailed), (Busy("429"), StoreFailed), (Denied("401"), StoreFailed),
    (ConfigurationError("no client_id"), BadSignature), (BadPayload("no key"), BadSignature),
])  # fmt: skip
def test_trouble_makes_the_sender_come_again_and_a_fault_of_ours_is_named(error: Exception, answered: type[Exception]):
    stand = Stand()
    stand.say = error
    with pytest.raises(answered):
        stand.keys("ebay/a", "k")
    if answered is StoreFailed:
        stand.say = "the document"
        assert stand.keys("ebay/a", "k"), "what could not be told is not remembered"
