"""The outbox against moto: every move of the claim protocol, and the same script of moves against its stand-in in memory."""

from __future__ import annotations

import itertools
import random
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import boto3
import pytest

from chalicelib.effects.outbox import SHARDS, Outbox, shard_of
from chalicelib.model.action import Action, ActionKind, ActionStatus, Entry
from chalicelib.settings import Settings
from tests.aws import stack
from tests.fakes import MemoryOutbox

NOW = datetime(2026, 3, 1, 12, 0, 0, 123456, UTC)
LATER = NOW + timedelta(hours=3)
ACTION = Action(
    "message#shopify/acme#order:1001#review", ActionKind.MESSAGE, "shopify/acme", "order:1001", LATER, LATER + timedelta(9),
    {"touchpoint": "review", "class": "service"},
)  # fmt: skip
KEY = ACTION.key


@pytest.fixture
def settings(monkeypatch: pytest.MonkeyPatch) -> Iterator[Settings]:
    with stack(monkeypatch) as found:
        yield found


@pytest.fixture(params=["table", "memory"])
def outbox(request: pytest.FixtureRequest) -> Any:
    return MemoryOutbox() if request.param == "memory" else Outbox(request.getfixturevalue("settings"))


def due(outbox: Any, after: datetime = NOW, until: datetime = LATER + timedelta(days=99)) -> list[tuple[datetime, str]]:
    return [found for shard in range(SHARDS) for found in outbox.due(shard, after, until)]


def found(outbox: Any) -> Entry:
    entry = outbox.get(KEY)
    assert entry is not None
    return entry


def test_an_action_comes_back_as_it_was_and_the_second_write_changes_nothing(outbox: Any):
    assert outbox.add(ACTION, True, NOW)
    assert not outbox.add(replace(ACTION, data={}, due_at=NOW), False, LATER)

    entry = found(outbox)
    assert entry.action.data == ACTION.data and entry.action.kind is ActionKind.MESSAGE
    assert entry.action.due_at == LATER.replace(microsecond=123000) and entry.made_at == NOW.replace(microsecond=123000)
    assert (entry.token, entry.claimed_at, entry.tries) == (None, None, 0)
    assert [one.action.key for one in outbox.many([KEY, "nobody"])] == [KEY] and outbox.get("nobody") is None


def test_a_claim_counts_and_its_own_token_is_no_rival(outbox: Any):
    outbox.add(ACTION, False, NOW)

    mine = outbox.claim(KEY, "t1", NOW)
    assert mine.status is ActionStatus.SENDING and (mine.token, mine.tries) == ("t1", 1)
    assert outbox.claim(KEY, "t1", NOW) is not None
    assert outbox.claim(KEY, "t2", NOW) is None
    assert outbox.claim("nobody", "t1", NOW) is None


def test_only_the_claimer_settles_and_may_do_so_again(outbox: Any):
    outbox.add(ACTION, False, NOW)
    outbox.claim(KEY, "t1", NOW)

    assert not outbox.settle(KEY, "t2", ActionStatus.SENT, NOW, provider_id="p2")
    assert outbox.settle(KEY, "t1", ActionStatus.SENT, NOW, provider_id="p1", channel="mail", to="h", why=None)
    assert outbox.settle(KEY, "t1", ActionStatus.SENT, NOW, provider_id="p1", channel="mail", to="h", why=None)
    assert not outbox.settle(KEY, "t1", ActionStatus.UNKNOWN, NOW)
    assert not outbox.release(KEY, "t1", LATER, "refused", True)
    assert (found(outbox).provider_id, found(outbox).channel, found(outbox).to) == ("p1", "mail", "h")


def test_a_claim_given_back_is_ready_later_and_stands_in_the_index_only_when_asked(outbox: Any):
    outbox.add(ACTION, True, NOW)
    outbox.claim(KEY, "t1", NOW)

    assert outbox.release(KEY, "t1", LATER + timedelta(days=1), "refused", True)
    assert [at for at, _ in due(outbox)] == [(LATER + timedelta(days=1)).replace(microsecond=123000)]
    assert outbox.release(KEY, "t1", LATER + timedelta(days=1), "refused", True)
    assert not outbox.release(KEY, "t2", LATER, "refused", False)
    assert outbox.release(KEY, "t1", LATER, "refused", False)
    assert due(outbox) == []
    assert (found(outbox).status, found(outbox).action.why) == (ActionStatus.READY, "refused")


def test_what_the_feed_confirms_is_sent_until_somebody_settled_it(outbox: Any):
    outbox.add(ACTION, False, NOW)
    outbox.claim(KEY, "t1", NOW)

    assert outbox.confirm(KEY, "p1", NOW) and not outbox.confirm(KEY, "p2", NOW)
    assert not outbox.settle(KEY, "t1", ActionStatus.UNKNOWN, NOW, why="?")
    assert outbox.settle(KEY, "t1", ActionStatus.SENT, NOW, channel="mail")
    assert outbox.tell(KEY, "bounced") and not outbox.tell("nobody", "bounced")
    assert (found(outbox).status, found(outbox).outcome, found(outbox).provider_id) == (ActionStatus.SENT, "bounced", "p1")


def test_the_due_index_is_read_by_time_from_after_to_until(outbox: Any):
    for minute in range(40):
        outbox.add(replace(ACTION, key=f"a{minute}", due_at=NOW + timedelta(minutes=minute)), True, NOW)
    outbox.add(replace(ACTION, key="unindexed", due_at=NOW + timedelta(minutes=5)), False, NOW)

    some = due(outbox, NOW + timedelta(minutes=9), NOW + timedelta(minutes=19))
    assert {key for _, key in some} == {f"a{minute}" for minute in range(10, 20)}
    assert due(outbox, NOW + timedelta(minutes=9), NOW + timedelta(minutes=9)) == []
    for shard in range(SHARDS):
        one = list(outbox.due(shard, NOW - timedelta(1), LATER))
        assert one == sorted(one) and all(shard_of(key) == shard for _, key in one)


def test_a_record_says_when_it_may_go(settings: Settings):
    Outbox(settings).add(ACTION, False, NOW)

    item = boto3.client("dynamodb").get_item(TableName=settings.outbox_table, Key={"pk": {"S": KEY}})["Item"]
    assert int(item["ttl"]["N"]) == int((ACTION.not_after + timedelta(days=400)).timestamp())


MOVES: dict[str, Callable[[Any, random.Random], Any]] = {
    "add": lambda box, chance: box.add(replace(ACTION, key=_key(chance)), chance.random() < 0.5, _time(chance)),
    "claim": lambda box, chance: box.claim(_key(chance), _token(chance), _time(chance)),
    "reclaim": lambda box, chance: box.reclaim(_key(chance), _token(chance), _token(chance), _time(chance)),
    "sent": lambda box, chance: box.settle(
        _key(chance), _token(chance), ActionStatus.SENT, _time(chance), provider_id="p", to=chance.choice(["h", None]), why=None
    ),
    "unknown": lambda box, chance: box.settle(_key(chance), _token(chance), ActionStatus.UNKNOWN, _time(chance), why="?"),
    "release": lambda box, chance: box.release(
        _key(chance), _token(chance), _time(chance), "refused", chance.random() < 0.5
    ),
    "mark": lambda box, chance: box.mark(_key(chance), ActionStatus.DONE, _time(chance), chance.choice([None, "so"])),
    "confirm": lambda box, chance: box.confirm(_key(chance), f"p{chance.randint(1, 3)}", _time(chance)),
    "tell": lambda box, chance: box.tell(_key(chance), "bounced"),
    "answer": lambda box, chance: box.answer(
        _key(chance), chance.choice([ActionStatus.READY, ActionStatus.SUPPRESSED]), _time(chance), "a person"
    ),
}  # fmt: skip


def _key(chance: random.Random) -> str:
    return chance.choice(["k1", "k1", "k1", "k2"])


def _token(chance: random.Random) -> str:
    return chance.choice(["t1", "t1", "t1", "t2"])


def _time(chance: random.Random) -> datetime:
    return NOW + timedelta(minutes=chance.randint(0, 300), microseconds=chance.randint(0, 999_999))


def test_the_stand_in_makes_the_same_moves_as_the_table(settings: Settings):
    """Six hundred moves by chance: the same answers, the same items, the same index, after every one of them."""
    table, memory, taken = Outbox(settings), MemoryOutbox(), set()
    for step in range(600):
        move = random.Random(step).choice([*MOVES, "claim", "unknown", "answer"])
        answers = [MOVES[move](box, random.Random(step * 7 + 2)) for box in (table, memory)]
        assert answers[0] == answers[1], (step, move)
        taken |= {(move, bool(answers[0]))}
        for key in ("k1", "k2"):
            assert table.get(key) == memory.get(key), (step, move, key)
        if step % 20 == 0:
            span = (NOW - timedelta(1), NOW + timedelta(1))
            assert sorted(due(table, *span)) == sorted(due(memory, *span)), (step, move)
            for key in ("k1", "k2"):
                _forget(table, memory, settings, key)

    # The script is worth something only if every move was both taken and refused.
    assert set(itertools.product(MOVES, (True, False))) <= taken


def _forget(table: Outbox, memory: MemoryOutbox, settings: Settings, key: str) -> None:
    """Begin anew, so that final states do not swallow the rest of the script."""
    boto3.client("dynamodb").delete_item(TableName=settings.outbox_table, Key={"pk": {"S": key}})
    memory._index(key, None)
    memory.entries.pop(key, None)
