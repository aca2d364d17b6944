"""The world: the real steps of the acting half, wired to effects in memory that can fail at every call.

Deliveries are put into the log; its stream brings them to react, which writes the outbox; the queue and the sweep bring actions
to perform, which hands letters to a provider; the provider's feed comes back. Time is a list of things to happen.
"""

from __future__ import annotations

import json
import random
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import count
from typing import Any

from chalicelib.model.action import Action, ActionKind, ActionStatus, Entry
from chalicelib.model.event import Delivery
from chalicelib.model.person import Channel, Consent
from chalicelib.model.touch import Rulebook
from chalicelib.rules import contact
from chalicelib.steps import feed, message, perform, react, retry, sweep
from chalicelib.steps.desk import Desk
from tests.fakes import MemoryCases, MemoryNotes, MemoryStore, stream_record

from .faults import Calls, Crash
from .parts import (
    HORIZON,
    LETTER,
    MINUTE,
    RETRY_INVISIBLE,
    RETRY_MOST,
    STREAM_PAUSE,
    WORK_INVISIBLE,
    WORK_MOST,
    Contacts,
    Due,
    Knobs,
    Made,
    People,
    profile,
)  # fmt: skip
from .provider import Provider, soon
from .queue import Queue
from .timeline import Timeline


@dataclass
class World:
    """A stage in memory, seen from outside."""

    rulebook: Rulebook
    start: datetime
    knobs: Knobs = field(default_factory=Knobs)
    made: Made = field(default_factory=Made)

    def __post_init__(self) -> None:
        self.time, self.chance = Timeline(self.start), random.Random(self.knobs.seed)
        self.calls = Calls(self.knobs.plan, self.knobs.tries)
        self.store, self.book, self.notes = MemoryStore(), self.made.book(), MemoryNotes()
        self.people, self.cases = People(), MemoryCases()
        self.alerts: list[str] = []
        self.told: set[str] = set()
        self._called = False
        self.person_asked = self.dead_letters = 0
        self.work = Queue(self.time, self._perform, WORK_INVISIBLE, WORK_MOST, self.knobs.batch, self.knobs.pace)
        self.retry = Queue(self.time, self._retry, RETRY_INVISIBLE, RETRY_MOST, batch=1)
        self.provider = Provider(
            self.time, self.calls, self._publish, self.knobs.lag or soon(self.chance), self.knobs.per_second, self.made.repeats
        )
        self.work.on_dead = self.retry.on_dead = self._call_person
        self._ticks: set[tuple[datetime, ...]] = set()
        self._stream: list[dict[str, Any]] = []
        self._wire()

    def _wire(self) -> None:
        """The steps' own Effects, every one of them over `calls`."""
        over, desk = self.calls.over, self._desk()
        store = over("store", self.store, "events", "order_of", "claim", "state", "put_state")
        book = over("book", self.book, "get", "claim", "reclaim", "settle", "mark", "confirm", "tell", "many")
        notes = over("notes", self.notes, "get", "put")
        tokens = count(1)
        vault, contacts = over("vault", self.people, "get"), Contacts(over("consents", self.people, "log"))
        looking = message.Effects(
            store, vault, contacts, book, self._rules, profile, lambda: None,
            lambda source, name: f"https://wellkept.example.com/unsubscribe/{name}",
        )  # fmt: skip
        others = {ActionKind.ALERT: lambda action, now: self.calls("alerts.publish", self._alert, action)}
        meet = over("vault", self.people, "meet").meet
        self.reacting = react.Effects(store, meet, over("cases", self.cases, "keep"), desk, self._rules, self.time)
        self.performing = perform.Effects(
            book, desk, lambda entry, now: message.glance(entry, now, looking),
            lambda entry, seen, now: self._look(entry, seen, now, looking), {Channel.MAIL: self.provider}, others, self.time,
            lambda: f"t{next(tokens)}",
        )  # fmt: skip
        self.feeding = feed.Effects(book, lambda *given: self.calls("consents.add", self._close, *given), self.time)
        self.sweeping = sweep.Effects(Due(self.calls, self.book), over("work", self, "send"), notes, self.time, None, MINUTE)
        self._repeats = {
            "react": lambda key: react.react(self.reacting, key["pk"], {key["sk"]}),
            "feed": lambda key: feed.again(key, self.feeding),
        }
        self._retrying = over("retry", self, "queue_again")

    def _desk(self) -> Desk:
        return self.made.desk(self.calls.over("book", self, "add", "release"), self.calls.over("work", self, "send"))

    # What the steps reach; every one of these goes through `calls`.

    def add(self, action: Action, indexed: bool, now: datetime) -> bool:
        """The outbox's add; what stands in the index afterwards gives the sweep something to come for."""
        fresh = self.book.add(action, indexed, now)
        if fresh and indexed:
            self._tick_for(action.due_at)
        return fresh

    def release(self, key: str, token: str, due_at: datetime, why: str, indexed: bool) -> bool:
        """The outbox's release, likewise."""
        if indexed:
            self._tick_for(due_at)
        return self.book.release(key, token, due_at, why, indexed)

    def send(self, keys: Sequence[str], delay: timedelta = timedelta(0)) -> None:
        """The work queue's send."""
        for key in keys:
            self.work.put(json.dumps({"key": key}), delay)

    def queue_again(self, step: str, key: dict[str, str], error: BaseException) -> None:
        """The retry queue's send."""
        self.retry.put(json.dumps({"step": step, "key": key}), STREAM_PAUSE)

    def _alert(self, action: Action) -> ActionStatus:
        self.alerts.append(action.data["about"])
        self.told.add(action.data["about"])
        self._call_person()
        return ActionStatus.DONE

    def _close(self, entry: Entry, channel: Channel, consent: Consent) -> None:
        self.people.consents.setdefault(f"{entry.action.source}#{entry.to}", []).append(consent)

    def _rules(self) -> Rulebook:
        return self.calls("rules.current", lambda: self.rulebook)

    def _look(self, entry: Entry, seen: message.Glance, now: datetime, looking: message.Effects) -> perform.Message:
        if self.knobs.words:
            return message.look(entry, seen, now, looking)
        # Words take half of the time and decide nothing.
        facts, names = message.gather(entry, seen, now, looking)
        return message.Looked(entry, facts, contact.decide(facts, now), names, LETTER)

    # What happens

    def deliver(self, delivery: Delivery, at: datetime) -> None:
        """A platform delivers news at a time."""
        self.time.at(at, self._put, delivery)

    def _put(self, delivery: Delivery) -> None:
        """The intake's one conditional put. The stream tells of every item once it is there, whatever the intake heard."""
        fresh = delivery.id not in self.store.log.get((delivery.source, delivery.subject), {})
        try:
            self.calls("log.put", self.store.put, delivery)
        except (Exception, Crash):
            # The platform was not told that all is well: it delivers again.
            self.time.after(timedelta(seconds=5), self._put, delivery)
        if fresh and delivery.id in self.store.log.get((delivery.source, delivery.subject), {}):
            self._stream.append(stream_record(f"{delivery.source}#{delivery.subject}", delivery.id, delivery.id))
            if len(self._stream) == 1:
                self.time.after(STREAM_PAUSE, self._shard)

    def _shard(self) -> None:
        """What the stream gathered in a second, in batches."""
        gathered, self._stream = self._stream, []
        for start in range(0, len(gathered), self.knobs.batch):
            self._react(gathered[start : start + self.knobs.batch])

    def _react(self, records: list[dict[str, Any]]) -> None:
        self.calls.rival = lambda: react.react_to(records, self.reacting, self._retrying)
        try:
            failed = react.react_to(records, self.reacting, self._retrying)["batchItemFailures"]
        except Crash:
            failed = [True]
        if failed:
            # BisectBatchOnFunctionError.
            half = (len(records) + 1) // 2
            for some in filter(None, (records[:half], records[half:])):
                self.time.after(STREAM_PAUSE, self._react, some)

    def _perform(self, records: Sequence[dict[str, Any]]) -> dict[str, Any]:
        self.calls.rival = lambda: self._rival(records)
        return perform.performed(records, self.performing)

    def _retry(self, records: Sequence[dict[str, Any]]) -> dict[str, Any]:
        self.calls.rival = lambda: retry.retry(records, self._repeats)
        return retry.retry(records, self._repeats)

    def _rival(self, records: Sequence[dict[str, Any]]) -> None:
        """SQS brought the same messages to a second worker; if that one dies, it brings them again."""
        try:
            perform.performed(records, self.performing)
        except Crash:
            for record in records:
                self.time.after(WORK_INVISIBLE, self.work.put, record["body"])

    def _publish(self, event: dict[str, Any]) -> None:
        if self.made.feeds:
            self._feed([{"Sns": {"Message": json.dumps(event)}}])

    def _feed(self, records: list[dict[str, Any]]) -> None:
        """SNS calls the function, and again when it fails."""
        self.calls.rival = lambda: feed.fed(records, self.feeding, self._retrying)
        try:
            feed.fed(records, self.feeding, self._retrying)
        except (Exception, Crash):
            self.time.after(timedelta(seconds=20), self._feed, records)

    def _tick_for(self, due: datetime) -> None:
        """The sweep comes each minute; only the minutes in which it may find something are played."""
        played = tuple(self.knobs.ticks(due.replace(second=0, microsecond=0) + MINUTE))
        if played not in self._ticks:
            self._ticks.add(played)
            for at in played:
                self.time.at(at, self.tick)

    def tick(self) -> None:
        """One sweep; one that fails is made up for a minute later."""
        self.calls.rival = lambda: sweep.sweep(self.sweeping)
        try:
            sweep.sweep(self.sweeping)
        except (Exception, Crash):
            self._tick_for(self.time.now)

    def run(self) -> World:
        """Let everything happen, until nobody has anything left to do."""
        self.calls.news = self.provider.tell_all
        self.time.run(self.start + HORIZON)
        return self

    def _call_person(self) -> None:
        """Somebody reads the alarms, an hour later."""
        if self.knobs.persons and not self._called:
            self._called = True
            self.time.after(timedelta(hours=1), self._come)

    def _come(self) -> None:
        """A person redrives the dead letters and answers what nobody else can know."""
        self._called = False
        self.dead_letters += self.work.redrive() + self.retry.redrive()
        self._answer()

    def _answer(self) -> None:
        """Read the buyer's thread for each message that nobody knows of, and have it sent if it is not there."""
        waiting = {key for key in self.alerts if self.book.entries[key].status is ActionStatus.UNKNOWN}
        self.alerts = [key for key in self.alerts if key not in waiting]
        for key in sorted(waiting):
            there = key in self.provider.letters
            self.book.answer(key, ActionStatus.SUPPRESSED if there else ActionStatus.READY, self.time.now, "a person looked")
            if not there:
                self.send([key])
        self.person_asked += len(waiting)

    def play(self, deliveries: Iterable[tuple[datetime, Delivery]]) -> World:
        """Deliver all this and let everything happen."""
        for at, delivery in deliveries:
            self.deliver(delivery, at)
        return self.run()
