"""Messages to decide about and to put in words: an order that was delivered, its buyer, its shop."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from chalicelib.model.action import Action, ActionKind, ActionStatus, Entry
from chalicelib.model.person import Buyer, Channel, Consent, ConsentWord, Person
from chalicelib.model.profile import Profile
from chalicelib.model.state import State
from chalicelib.rules import touchpoints
from chalicelib.rules.contact import Facts
from chalicelib.rules.fold import fold
from tests.lives import SOURCE, day, order_life

SUBJECT = "order:1001"
# Fifteen o'clock in Berlin on the seventh day, three days after delivery.
NOW = day(7) + timedelta(hours=2)
PROFILE = Profile(SOURCE, "Acme Outdoor", "hello@example.com", "help@example.com", "Acme Ltd\nExample Street 1\nExample City")
PERSON = Person("Alex Example", "buyer@example.com", "+4915550100", language="en", country="DE", marketing=None)


def delivered(country: str = "DE", upto: int = 4, **order: Any) -> State:
    """The order of tests/lives after so many of its six events (four: delivered, six: refunded)."""
    found = fold(SOURCE, SUBJECT, order_life()[:upto])
    return replace(found, facts={**found.facts, "order": {"1001": replace(found.order, country=country, **order)}})


def buyer(**changes: Any) -> Buyer:
    return Buyer(replace(PERSON, **changes), day(0), (), day(400))


def entry(key: str = "message#m", status: ActionStatus = ActionStatus.SENDING, **more: Any) -> Entry:
    action = Action(key, ActionKind.MESSAGE, SOURCE, SUBJECT, day(7), day(14), {"touchpoint": "how_is_it"}, status)
    return Entry(action, day(4), **({"token": "t", "claimed_at": NOW} | more))


def facts(**changes: Any) -> Facts:
    """All is well: it would be sent by mail at NOW."""
    plain = Facts(entry(), delivered(), touchpoints.default().get("how_is_it"), PROFILE, buyer(), {}, (), None)
    return replace(plain, **changes)


def log(*words: tuple[ConsentWord, datetime] | tuple[ConsentWord, datetime, str]) -> dict[Channel, tuple[Consent, ...]]:
    """A consent log of the mail address."""
    return {Channel.MAIL: tuple(Consent(one[0], one[1], one[2] if len(one) == 3 else "test") for one in words)}
