"""Performing: what each answer and each state of the outbox leads to. tests/chaos plays what faults make of it."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from chalicelib.model.action import Action, ActionKind, ActionStatus, Entry
from chalicelib.model.person import Channel
from chalicelib.model.sending import Accepted, Envelope, NoAnswer, Refused
from chalicelib.model.touch import Hold, Later, Letter, Send, Suppress, Verdict
from chalicelib.steps.desk import Desk
from chalicelib.steps.perform import FEED, LEASE, LONGEST_PAUSE, Effects, InWork, pause, perform, performed
from tests.fakes import MemoryOutbox, MemoryWork

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
ACTION = Action("k", ActionKind.MESSAGE, "s", "order:1", NOW, NOW + timedelta(days=9), {"class": "service"})


@dataclass
class Seen:
    """What looking says, before the claim and after it."""

    verdict: Verdict | None

    def envelope(self, channel: Channel) -> Envelope:
        return Envelope("buyer@example.com", Letter("Subject", "Text", "en"), "k")

    def name(self, channel: Channel) -> str | None:
        return "hash"


class Stand:
    """One action, a provider that answers as told, and a clock that is set by hand."""

    def __init__(self, action: Action = ACTION) -> None:
        self.book, self.work, self.now, self.sent = MemoryOutbox(), MemoryWork(), NOW, list[Envelope]()
        self.answer: Any = Accepted("p1")
        self.glance, self.look = Seen(None), Seen(Send(Channel.MAIL))
        self.book.add(action, False, NOW)
        numbers = iter(range(1, 99))
        self.fx = Effects(
            self.book, Desk(self.book, self.work), self._glance, self._look, {Channel.MAIL: self._send},
            {ActionKind.ALERT: lambda action, now: (ActionStatus.DONE, "told")}, lambda: self.now, lambda: f"t{next(numbers)}",
        )  # fmt: skip

    def _send(self, envelope: Envelope) -> Accepted | Refused:
        self.sent.append(envelope)
        return self._said(self.answer)

    def _glance(self, entry: Entry, now: datetime) -> Any:
        return self._said(self.glance)

    def _look(self, entry: Entry, seen: Any, now: datetime) -> Any:
        return self._said(self.look)

    def _said(self, answer: Any) -> Any:
        if isinstance(answer, Exception):
            raise answer
        return answer

    def perform(self, key: str = "k") -> str:
        return perform(key, self.fx)

    @property
    def entry(self) -> Entry:
        return self.book.entries["k"]


@pytest.fixture
def stand() -> Stand:
    return Stand()


def test_an_accepted_message_is_sent_and_never_again(stand: Stand):
    assert [stand.perform() for _ in range(3)] == ["sent", "already sent", "already sent"]
    assert len(stand.sent) == 1
    assert (stand.entry.provider_id, stand.entry.channel, stand.entry.to, stand.entry.tries) == ("p1", "mail", "hash", 1)


def test_a_passing_refusal_gives_it_back_for_later(stand: Stand):
    stand.answer = Refused("throttled", passing=True)

    assert stand.perform() == "refused for now"
    assert (stand.entry.status, stand.entry.action.why) == (ActionStatus.READY, "throttled")
    ((key, delay),) = stand.work.sent
    assert key == "k" and timedelta(seconds=15) <= delay <= timedelta(seconds=45)
    assert stand.perform() == "early" and len(stand.sent) == 1


def test_a_lasting_refusal_ends_it(stand: Stand):
    stand.answer = Refused("no such address", passing=False)

    assert stand.perform() == "failed"
    assert (stand.entry.status, stand.entry.action.why) == (ActionStatus.FAILED, "no such address")


def test_no_answer_leaves_the_claim_until_the_feed_had_its_time_and_then_tells_a_person(stand: Stand):
    stand.answer = NoAnswer("the line went dead")

    assert stand.perform() == "no answer"
    assert stand.entry.status is ActionStatus.SENDING and stand.work.sent == [("k", FEED)]
    with pytest.raises(InWork):
        stand.perform()
    stand.now = NOW + LEASE
    assert stand.perform() == "waits for the feed"
    stand.now = NOW + FEED
    assert stand.perform() == "unknown"
    (alert,) = (one for one in stand.book.scan() if one.action.kind is ActionKind.ALERT)
    assert alert.action.key in stand.work.keys and alert.action.data["about"] == "k"
    assert len(stand.sent) == 1
    assert stand.perform(alert.action.key) == "done" and stand.perform(alert.action.key) == "already done"


def test_a_critical_message_goes_out_again_with_an_alert_once_the_feed_had_its_time():
    stand = Stand(replace(ACTION, data={"class": "critical"}))
    stand.answer = NoAnswer("the line went dead")
    stand.perform()
    stand.answer, stand.now = Accepted("p2"), NOW + FEED

    assert stand.perform() == "sent"
    assert len(stand.sent) == 2 and stand.entry.tries == 2
    assert any(one.action.kind is ActionKind.ALERT for one in stand.book.scan())


def test_what_its_order_makes_pointless_is_recorded_without_a_claim(stand: Stand):
    stand.glance = Seen(Suppress("cancelled"))

    assert stand.perform() == "suppressed"
    assert (stand.entry.status, stand.entry.action.why, stand.entry.tries, stand.sent) == (
        ActionStatus.SUPPRESSED,
        "cancelled",
        0,
        [],
    )


@pytest.mark.parametrize(
    ("verdict", "said", "status"),
    [
        (Suppress("unsubscribed"), "suppressed", ActionStatus.SUPPRESSED),
        (Hold("nobody knows"), "held", ActionStatus.HELD),
        (Later(NOW + timedelta(hours=9), "night"), "later", ActionStatus.READY),
    ],
)
def test_what_is_read_after_the_claim_decides(stand: Stand, verdict: Verdict, said: str, status: ActionStatus):
    stand.look = Seen(verdict)

    assert stand.perform() == said
    assert (stand.entry.status, stand.entry.action.why, stand.sent) == (status, verdict.why, [])


def test_what_could_not_be_read_gives_the_claim_back_and_fails_the_message(stand: Stand):
    stand.look = ConnectionError("the vault does not answer")  # type: ignore[assignment]

    with pytest.raises(ConnectionError):
        stand.perform()
    assert stand.entry.status is ActionStatus.READY and stand.work.keys == ["k"] and stand.sent == []


def test_before_its_time_it_is_asked_for_again_if_the_queue_can_carry_it():
    for later, keys in ((timedelta(minutes=5), ["k"]), (timedelta(hours=5), [])):
        stand = Stand(replace(ACTION, due_at=NOW + later))
        assert stand.perform() == "early"
        assert stand.work.keys == keys


def test_an_action_nobody_knows_is_left(stand: Stand):
    assert stand.perform("nobody") == "missing"


def test_only_what_failed_comes_again(stand: Stand):
    stand.book.add(replace(ACTION, key="sick", kind=ActionKind.ERASE_SHOP), False, NOW)
    records = [{"messageId": name, "body": json.dumps({"key": name})} for name in ("sick", "k")]

    assert performed(records, stand.fx) == {"batchItemFailures": [{"itemIdentifier": "sick"}]}
    assert stand.entry.status is ActionStatus.SENT


def test_pauses_double_up_to_an_hour_and_are_not_the_same_for_all():
    def waits(tries: int) -> list[timedelta]:
        return [pause(Entry(ACTION, NOW, token=f"t{n}", tries=tries)) for n in range(200)]

    for tries, mean in ((1, timedelta(seconds=30)), (2, timedelta(seconds=60)), (50, LONGEST_PAUSE)):
        found = waits(tries)
        assert mean * 0.5 <= min(found) < mean * 0.6 and mean * 1.4 < max(found) <= mean * 1.5
        assert len(set(found)) > 100


def test_a_request_that_waits_for_a_person_is_told_to_one_once():
    stand = Stand(replace(ACTION, kind=ActionKind.EXPORT_BUYER))
    held = (ActionStatus.HELD, "give them their data")
    stand.fx = replace(stand.fx, others={ActionKind.EXPORT_BUYER: lambda action, now: held})

    assert stand.perform() == "held"
    assert [entry.action.data["text"] for entry in stand.book.entries.values() if entry.action.kind is ActionKind.ALERT] == [
        "k waits for a person: give them their data."
    ]
    assert stand.work.keys == ["alert#k#held"]
