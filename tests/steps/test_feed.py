"""The feed: what the provider tells settles what nobody knew, and closes addresses that must not be written to."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from chalicelib.effects.mailer import TAG as WRITTEN
from chalicelib.model.action import Action, ActionKind, ActionStatus, Entry
from chalicelib.model.person import Channel, Consent
from chalicelib.model.tags import tag
from chalicelib.steps.feed import TAG, Effects, News, again, fed, feed, read
from tests.fakes import MemoryOutbox, MemoryQueue

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
KEY = "message#shopify/acme#order:1001#how_is_it"


class Stand:
    """A message that was claimed, and what the feed does to it."""

    def __init__(self) -> None:
        self.book, self.closed = MemoryOutbox(), list[tuple[str, str]]()
        self.book.add(Action(KEY, ActionKind.MESSAGE, "shopify/acme", "order:1001", NOW, NOW + timedelta(9)), False, NOW)
        self.book.claim(KEY, "t", NOW)
        self.fx = Effects(self.book, self._close, lambda: NOW)

    def _close(self, entry: Entry, channel: Channel, consent: Consent) -> None:
        self.closed.append((str(consent.word), consent.by))

    @property
    def entry(self) -> Entry:
        return self.book.entries[KEY]


@pytest.fixture
def stand() -> Stand:
    return Stand()


def event(word: str, **more: Any) -> dict[str, Any]:
    return {"eventType": word, "mail": {"messageId": "p1", "tags": {TAG: [tag(KEY)]}}, **more}


def record(told: dict[str, Any]) -> dict[str, Any]:
    return {"Sns": {"Message": json.dumps(told)}}


def test_the_tag_that_is_read_is_the_one_that_is_written():
    assert TAG == WRITTEN


@pytest.mark.parametrize(
    ("told", "news"),
    [
        (event("Send"), News(KEY, "Send", "p1")),
        (event("Bounce", bounce={"bounceType": "Permanent"}), News(KEY, "Bounce", "p1", True)),
        (event("Bounce", bounce={"bounceType": "Transient"}), News(KEY, "Bounce", "p1", False)),
        (
            {"notificationType": "Complaint", "mail": {"messageId": "p1", "tags": {TAG: [tag(KEY)]}}},
            News(KEY, "Complaint", "p1"),
        ),
        ({"eventType": "Send", "mail": {"messageId": "p1", "tags": {"other": ["x"]}}}, None),
        ({"eventType": "Send", "mail": {}}, None),
        ({}, None),
    ],
)
def test_an_event_of_ses_is_read(told: dict[str, Any], news: News | None):
    assert read(told) == news


def test_a_sending_that_nobody_settled_is_settled_once(stand: Stand):
    for word in ("Delivery", "Send", "Send"):
        feed(News(KEY, word, "p1"), stand.fx)

    assert (stand.entry.status, stand.entry.provider_id) == (ActionStatus.SENT, "p1")
    assert stand.book.settle(KEY, "t", ActionStatus.UNKNOWN, NOW) is False


def test_late_news_settles_even_what_went_to_a_person(stand: Stand):
    stand.book.settle(KEY, "t", ActionStatus.UNKNOWN, NOW)
    feed(News(KEY, "Send", "p1"), stand.fx)

    assert stand.entry.status is ActionStatus.SENT


@pytest.mark.parametrize(
    ("news", "closed", "outcome"),
    [
        (News(KEY, "Bounce", "p1", True), ["bounced"], "bounced"),
        (News(KEY, "Complaint", "p1"), ["complained"], "complained"),
        (News(KEY, "Bounce", "p1", False), [], "bounced for now"),
        (News(KEY, "Reject", "p1"), [], "rejected"),
        (News(KEY, "Delivery", "p1"), [], None),
    ],
)
def test_hard_bounces_and_complaints_close_the_address(stand: Stand, news: News, closed: list[str], outcome: str | None):
    feed(news, stand.fx)

    assert stand.closed == [(word, f"feed:{KEY}") for word in closed]
    assert stand.entry.outcome == outcome


def test_news_of_an_action_nobody_knows_is_left(stand: Stand):
    feed(News("message#nobody", "Bounce", "p1"), stand.fx)

    assert stand.closed == []


def test_what_fails_is_queued_by_its_key_alone_and_can_be_repeated(stand: Stand):
    queue = MemoryQueue()
    stand.book.fault = lambda verb: (_ for _ in ()).throw(ConnectionError("no answer"))
    told = event("Bounce", bounce={"bounceType": "Transient", "bouncedRecipients": [{"emailAddress": "buyer@example.com"}]})
    fed([record(told), record({})], stand.fx, queue)

    assert queue.sent == [("feed", {"key": KEY, "word": "Bounce", "id": "p1", "hard": "False"})]
    stand.book.fault = lambda verb: None
    again(queue.sent[0][1], stand.fx)
    assert (stand.entry.outcome, stand.closed) == ("bounced for now", [])


def test_what_cannot_even_be_queued_is_left_to_sns(stand: Stand):
    stand.book.fault = lambda verb: (_ for _ in ()).throw(ConnectionError("no answer"))
    with pytest.raises(ConnectionError):
        fed([record(event("Send"))], stand.fx, MemoryQueue(broken=True))
