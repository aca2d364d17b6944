"""Errands that read a platform: what is found is kept once, whatever fails and however often it is repeated."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from chalicelib import platforms
from chalicelib.effects.pace import BREAK_AFTER, Pace
from chalicelib.effects.secrets import Shop
from chalicelib.model.action import Action, ActionKind, ActionStatus
from chalicelib.model.call import CallFailed, Denied, Read, Request, Response
from chalicelib.model.errors import UnknownShop
from chalicelib.model.event import Delivery
from chalicelib.model.words import Origin
from chalicelib.rules import errands as rules
from chalicelib.steps import errands, fetch, pulls
from chalicelib.steps.desk import Desk
from chalicelib.steps.reading import SHARED, Reading
from tests import toy
from tests.fakes import MemoryNotes, MemoryOutbox, MemoryStore, MemoryWork

NOW = datetime(2026, 6, 1, 12, tzinfo=UTC)
SHOP = "toy/box"
FULL = Shop(("word",), {"refresh_token": "r", "id": "7"})


class Stopped(BaseException):
    """The process ended here."""


@pytest.fixture(autouse=True)
def toys(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    with toy.beside_the_others(tmp_path, monkeypatch):
        yield


@dataclass
class Platform:
    """The toy's API: orders by id; pages of two. `say` answers instead, once each."""

    orders: dict[str, dict[str, Any]] = field(default_factory=dict)
    say: list[Response | Exception] = field(default_factory=list)
    calls: list[Request] = field(default_factory=list)
    good: str = "a1"

    def send(self, request: Request) -> Response:
        self.calls.append(request)
        if request.url.endswith("/token"):
            return Response(200, {}, self.good.encode())
        if self.say:
            said = self.say.pop(0)
            if isinstance(said, Exception):
                raise said
            return said
        if request.headers["x-access"] != self.good:
            return Response(401, {}, b"{}")
        path, _, cursor = request.url.removeprefix("https://toy.example.com/").partition("?")
        what, _, id_ = path.partition("/")
        if what == "order":
            return said_json({"orders": [self.orders[id_]]}) if id_ in self.orders else Response(404, {}, b"{}")
        ids, at = sorted(self.orders), int(cursor or 0)
        following = str(at + 2) if at + 2 < len(ids) else ""
        return said_json({"orders": [self.orders[one] for one in ids[at : at + 2]], "next": following})


def said_json(body: Any) -> Response:
    return Response(200, {}, json.dumps(body).encode())


class Holder:
    """Access tokens, asked for anew when one was refused."""

    def __init__(self) -> None:
        self.access = ""

    def get(self, source: str, kind: str, seed: str, renew: Any, stale: str = "") -> str:
        if not self.access or self.access == stale:
            self.access = renew(seed).access
        return self.access


class Stand:
    """The errands of a stage in memory; `run` runs everything that is due, again and again, until nothing is."""

    def __init__(self, shop: Shop | None = FULL) -> None:
        self.platform, self.store, self.book, self.notes = Platform(), MemoryStore(), MemoryOutbox(), MemoryNotes()
        self.now, self.known = NOW, shop
        self.pulls, self.pace = pulls.Pulls(self.notes), Pace(self.notes)
        self.desk = Desk(self.book, MemoryWork(), index_all=True)
        self.use(Holder())

    def use(self, holder: Any) -> None:
        """Read under the access tokens of `holder`."""
        self.reading = Reading(self, holder, lambda request: self.platform.send(request), lambda: self.now)
        fetching = fetch.Effects(self.reading, self.pace, self, self, self.desk, self.pulls)
        works = {ActionKind.FETCH: lambda entry, now: fetch.fetched(entry, now, fetching)}
        self.fx = errands.Effects(self.book, self.desk, works, lambda: self.now)

    # what effects are asked
    def shop(self, source: str) -> Shop:
        if self.known is None:
            raise UnknownShop(source)
        return self.known

    def put(self, delivery: Delivery, raw: bytes) -> bool:
        assert raw
        return self.store.put(delivery)

    def hashed(self, text: str) -> str:
        return f"hash of {text}"

    # what tests do
    def ask(self, read: Read, cause: str = "a push", origin: Origin = Origin.FETCH) -> Action:
        action = rules.asked(SHOP, read, cause, origin, self.now)
        self.desk.put(action, self.now)
        return action

    def run(self, hours: float = 30) -> None:
        """Run what is due now, then what falls due, for so many hours."""
        until = self.now + timedelta(hours=hours)
        while True:
            due = sorted((e.action.due_at, key) for key, e in self.book.entries.items() if self.open(e))
            if not due or due[0][0] > until:
                return
            self.now = max(self.now, due[0][0])
            self.one(due[0][1])

    @staticmethod
    def open(entry: Any) -> bool:
        return entry.action.kind is ActionKind.FETCH and entry.status in (ActionStatus.READY, ActionStatus.SENDING)

    def one(self, key: str) -> None:
        try:
            errands.run(key, self.fx)
        except errands.InWork:
            self.now += errands.LEASE

    def status(self, action: Action) -> tuple[ActionStatus, str | None]:
        entry = self.book.entries[action.key]
        return entry.status, entry.action.why

    def kept(self) -> dict[str, list[str]]:
        return {subject: sorted(some) for (_, subject), some in self.store.log.items()}


@pytest.fixture
def stand() -> Stand:
    return made()


def made(shop: Shop | None = FULL) -> Stand:
    return Stand(shop)


def order(id_: str, hour: int = 0) -> dict[str, Any]:
    return {"id": id_, "at": f"2026-05-{20 + hour // 24:02}T{hour % 24:02}:00:00Z"}


ORDER = Read("order", {"id": "1"})


def test_a_detail_comes_into_the_log_as_fetched(stand: Stand):
    stand.platform.orders["1"] = order("1")
    action = stand.ask(ORDER)
    stand.run()
    assert stand.status(action) == (ActionStatus.DONE, None)
    ((delivery,),) = [some.values() for some in stand.store.log.values()]
    assert (delivery.source, delivery.subject, delivery.origin, delivery.received) == (SHOP, "order:1", Origin.FETCH, NOW)


def test_unchanged_it_is_kept_once_and_changed_again(stand: Stand):
    stand.platform.orders["1"] = order("1")
    for cause in ("one", "two", "two"):
        stand.ask(ORDER, cause)
        stand.run()
    assert len(stand.platform.calls) == 1 + 2, "a token, and one call for each cause"
    assert [len(ids) for ids in stand.kept().values()] == [1]
    stand.platform.orders["1"] = order("1", hour=5)
    stand.ask(ORDER, "three")
    stand.run()
    assert [len(ids) for ids in stand.kept().values()] == [2]


def test_a_list_is_read_to_its_end_and_its_progress_is_told(stand: Stand):
    stand.platform.orders = {str(n): order(str(n), n) for n in range(7)}
    resource = platforms.get("toy").READS["orders"]
    for action in stand.pulls.begin(SHOP, pulls.span("orders", NOW - timedelta(days=70), NOW), resource, Origin.IMPORT, NOW):
        stand.desk.put(action, NOW)
    (feed,) = stand.pulls.feeds(NOW)
    assert (feed.condition, feed.open, feed.found) == ("reading", 3, 0), "seventy days in windows of thirty"
    stand.run()
    (feed,) = stand.pulls.feeds(NOW)
    assert (feed.condition, feed.until, feed.open, feed.pages) == ("complete", NOW, 0, 12)
    assert (feed.found, feed.new) == (21, 7), "the toy tells all of them in each window"
    assert sorted(stand.kept()) == [f"order:{n}" for n in range(7)]
    assert {one.origin for some in stand.store.log.values() for one in some.values()} == {Origin.IMPORT}


def test_stopped_at_any_call_and_run_again_it_converges():
    """The process ends at the nth call it makes to anything, for every n; what is left is the same as without."""
    whole = made()
    whole.platform.orders = {str(n): order(str(n), n) for n in range(5)}
    whole.ask(Read("orders", {"since": "2026-05-01T00:00:00Z", "until": "2026-05-30T00:00:00Z"}))
    whole.run()
    stops = 0
    for n in range(200):
        stand = made()
        stand.platform.orders = dict(whole.platform.orders)
        stand.ask(Read("orders", {"since": "2026-05-01T00:00:00Z", "until": "2026-05-30T00:00:00Z"}))
        countdown = [n]

        def strike(verb: str, countdown: list[int] = countdown) -> None:
            countdown[0] -= 1
            if countdown[0] == 0:
                raise Stopped(verb)

        stand.book.fault = stand.store.fault = strike
        try:
            stand.run()
        except Stopped:
            stops += 1
            stand.run()
        assert stand.kept() == whole.kept(), n
        assert {entry.status for entry in stand.book.entries.values()} == {ActionStatus.DONE}, n
    assert stops >= 15


def test_a_refused_access_token_is_renewed_once_and_the_read_made_again(stand: Stand):
    stand.platform.orders["1"] = order("1")
    stand.ask(ORDER, "one")
    stand.run()
    stand.platform.good = "a2"
    action = stand.ask(ORDER, "two")
    stand.run()
    assert stand.status(action)[0] is ActionStatus.DONE
    assert [request.url.rpartition("/")[2] for request in stand.platform.calls].count("token") == 2


def test_a_shop_that_must_be_authorised_again_is_told_once_a_day(stand: Stand):
    class Dead:
        def get(self, *args: Any, **more: Any) -> str:
            raise Denied("the refresh token is spent")

    stand.use(Dead())
    found = [stand.ask(Read("order", {"id": str(n)})) for n in range(3)]
    stand.run()
    assert {stand.status(one)[0] for one in found} == {ActionStatus.FAILED}
    alerts = [entry.action for entry in stand.book.entries.values() if entry.action.kind is ActionKind.ALERT]
    assert len(alerts) == 1 and "refresh token is spent" in alerts[0].data["text"]


def test_too_many_calls_wait_as_long_as_the_platform_says(stand: Stand):
    stand.platform.orders["1"] = order("1")
    stand.platform.say = [Response(429, {"retry-after": "90"}, b"{}")]
    action = stand.ask(ORDER)
    stand.one(action.key)
    assert stand.status(action)[0] is ActionStatus.READY
    assert stand.book.entries[action.key].action.due_at == NOW + timedelta(seconds=90)
    other = stand.ask(Read("order", {"id": "2"}))
    stand.one(other.key)
    assert len(stand.platform.calls) == 2, "nobody else asks meanwhile"
    stand.run()
    assert stand.status(action)[0] is ActionStatus.DONE


@pytest.mark.parametrize("trouble", [
    Response(500, {}, b"<html>"), Response(503, {}, b""), CallFailed("no answer in time", passing=True),
])  # fmt: skip
def test_passing_trouble_is_tried_again_with_growing_pauses(stand: Stand, trouble: Any):
    stand.platform.orders["1"] = order("1")
    stand.platform.say = [trouble, trouble, trouble]
    action = stand.ask(ORDER)
    stand.run()
    assert stand.status(action)[0] is ActionStatus.DONE and stand.book.entries[action.key].tries == 4


def test_a_platform_in_trouble_is_left_alone_and_comes_back(stand: Stand):
    stand.platform.orders = {str(n): order(str(n)) for n in range(20)}
    stand.platform.say = [Response(503, {}, b"")] * (BREAK_AFTER + 3)
    found = [stand.ask(Read("order", {"id": str(n)})) for n in range(20)]
    for action in found:
        stand.one(action.key)
    assert len(stand.platform.calls) == BREAK_AFTER + 1, "after that nobody asks"
    assert "in trouble" in (stand.pace.condition(SHOP, stand.now) or "")
    stand.run()
    assert {stand.status(one)[0] for one in found} == {ActionStatus.DONE}
    assert stand.pace.condition(SHOP, stand.now) is None


def test_trouble_without_end_ends_for_a_person(stand: Stand):
    stand.platform.say = [Response(500, {}, b"")] * 1000
    action = stand.ask(ORDER)
    stand.run(hours=24 * 10)
    status, why = stand.status(action)
    assert status is ActionStatus.FAILED and why and "500" in why


@pytest.mark.parametrize("said", [
    Response(404, {}, b"{}"), Response(200, {}, b"{"), Response(200, {}, b"[]"), Response(403, {}, b"no"),
])  # fmt: skip
def test_what_cannot_be_read_is_told_and_not_tried_for_ever(stand: Stand, said: Response):
    stand.platform.say = [said]
    action = stand.ask(ORDER)
    stand.run()
    status, why = stand.status(action)
    assert status is ActionStatus.FAILED and why
    assert len(stand.platform.calls) == 2


def test_a_list_that_cannot_be_read_on_is_failing(stand: Stand):
    stand.platform.orders = {str(n): order(str(n), n) for n in range(5)}
    resource = platforms.get("toy").READS["orders"]
    for action in stand.pulls.begin(SHOP, pulls.span("orders", NOW - timedelta(days=9), NOW), resource, Origin.RECONCILE, NOW):
        stand.desk.put(action, NOW)
    stand.platform.say = [said_json({"orders": [order("0")], "next": "2"}), Response(200, {}, b"{")]
    stand.run()
    (feed,) = stand.pulls.feeds(NOW)
    assert feed.condition == "failing" and feed.why and feed.until is None


def test_what_was_not_connected_fully_is_named():
    for shop, words in ((Shop(("word",), {"refresh_token": "r"}), "--with id="), (None, SHOP)):
        stand = made(shop)
        action = stand.ask(ORDER)
        stand.run()
        status, why = stand.status(action)
        assert status is ActionStatus.FAILED and words in (why or "")


def test_an_unknown_word_is_no_read(stand: Stand):
    action = stand.ask(Read("nonsense", {"id": "1"}))
    stand.run()
    assert stand.status(action)[0] is ActionStatus.FAILED and stand.platform.calls == []


def test_old_errands_are_given_up(stand: Stand):
    action = stand.ask(ORDER)
    stand.now += rules.PATIENCE + timedelta(hours=1)
    stand.one(action.key)
    assert stand.status(action)[0] is ActionStatus.FAILED and stand.platform.calls == []


def test_another_containers_claim_is_respected_until_its_lease_ends(stand: Stand):
    stand.platform.orders["1"] = order("1")
    action = stand.ask(ORDER)
    stand.book.claim(action.key, "somebody", NOW)
    with pytest.raises(errands.InWork):
        errands.run(action.key, stand.fx)
    stand.now += errands.LEASE
    assert errands.run(action.key, stand.fx) == "done"


def test_what_an_apps_list_tells_of_other_shops_is_kept_as_theirs():
    known = {
        "toy/box": Shop(("w",), {SHARED: "main"}), "toy/main": Shop(("w",), {}, {"7": "box", "8": "crate"}), "toy/own": FULL,
    }  # fmt: skip

    class Secrets:
        def shop(self, source: str) -> Shop:
            return known[source]

    shop_of = fetch.routed(Secrets())
    assert [shop_of("toy/box", seller) for seller in ("7", "8", "9")] == ["toy/box", "toy/crate", "toy/box"]
    assert shop_of("toy/main", "8") == "toy/crate"
    assert shop_of("toy/own", "8") == "toy/own"
