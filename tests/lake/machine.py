"""A lake under fire, as a Hypothesis state machine: changes, losses, duplicates, kills at every call, merges at once.

After every step nothing that was deleted from landing/ may be missing from the lake, and no row may be there twice, go back in
version or come back from the dead. At the end the lake is the states' rows, to the byte of content.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from datetime import date
from typing import Any

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from chalicelib.model.errors import StoreFailed
from chalicelib.model.lake import Row
from chalicelib.rules import landed
from chalicelib.rules.landed import News
from chalicelib.steps.merge import Limits, Merge
from tests.lake.buckets import CUTS, Cut, Killed, Memory, Turns
from tests.lake.world import Model, Record, Truth, contents, place_of, row, truth

SUBJECTS = ("shopify/main#order:1", "shopify/main#order:2", "amazon/eu#return:1")
MONTHS = ("unknown", "2026-01", "2026-02")
HOLDINGS = st.frozensets(st.tuples(st.sampled_from(("orders", "refunds")), st.integers(0, 2)), max_size=4)
CUT = st.tuples(st.integers(0, 24), st.sampled_from(CUTS))
WHOLE = st.just((-1, CUTS[0]))
LANDING = 2  # a turn that neither merge has: news lands
END = "its end"
TURN = st.tuples(st.sampled_from((0, 1, LANDING)), st.sampled_from(("", "get", "swap", "delete", END)))
# Half of the races begin where it hurts: both are about to put, and the second knows of news that the first does not.
CLOSE = st.just([(0, "swap"), (LANDING, ""), (1, "swap")])
FINISH = st.permutations([(0, END), (1, END)])
TURNS = st.builds(lambda first, some, last: first + some + last, st.just([]) | CLOSE, st.lists(TURN, max_size=6), FINISH)


class LakeMachine(RuleBasedStateMachine):
    """`bucket_of` makes the bucket: the way in for planted faults."""

    bucket_of: Callable[[], Memory] = Memory

    @initialize()
    def begin(self) -> None:
        self.bucket = type(self).bucket_of()
        self.states: dict[str, tuple[int, str, tuple[Row, ...]]] = dict.fromkeys(SUBJECTS, (0, "unknown", ()))
        self.stream: list[Record] = []
        self.past: list[Record] = []
        self.sent: dict[str, tuple[News, tuple[Row, ...]]] = {}
        self.seen: dict[tuple[str, str, str], int] = {}

    # The world goes on

    @rule(pk=st.sampled_from(SUBJECTS), holdings=HOLDINGS, month=st.sampled_from(MONTHS))
    def change(self, pk: str, holdings: frozenset[tuple[str, int]], month: str) -> None:
        version, before, old = self.states[pk]
        month = month if before == "unknown" else before
        new = tuple(row(pk, table, month, number, version + 1) for table, number in sorted(holdings))
        self.states[pk] = version + 1, month, new
        self.stream.append(Record(pk, old, new, version + 1))

    # Landing: any order, several together, twice, or lost and replaced by a full statement

    @precondition(lambda self: self.stream)
    @rule(data=st.data(), together=st.integers(1, 3))
    def land(self, data: st.DataObject, together: int) -> None:
        some = [
            self.stream.pop(data.draw(st.integers(0, len(self.stream) - 1))) for _ in range(min(together, len(self.stream)))
        ]
        self.past += some
        self._put([(landed.changes(r.pk, r.old, r.new, r.version), r.new) for r in some])

    @precondition(lambda self: self.past)
    @rule(data=st.data())
    def land_again(self, data: st.DataObject) -> None:
        record = data.draw(st.sampled_from(self.past))
        self._put([(landed.changes(record.pk, record.old, record.new, record.version), record.new)])

    @precondition(lambda self: any(self.states[r.pk][2] for r in self.stream))
    @rule(data=st.data())
    def lose_and_state(self, data: st.DataObject) -> None:
        record = data.draw(st.sampled_from([r for r in self.stream if self.states[r.pk][2]]))
        self.stream.remove(record)
        version, _, rows = self.states[record.pk]
        self._put([(landed.statement(record.pk, rows, version), rows)])

    def _put(self, some: list[tuple[News, tuple[Row, ...]]]) -> None:
        key = f"{landed.PREFIX}{len(self.sent):06d}.rows"
        self.sent[key] = (
            News(floors=tuple(f for news, _ in some for f in news.floors)),
            tuple(r for _, rows in some for r in rows),
        )
        self.bucket.put(key, landed.encode([news for news, _ in some]))

    # Merging: whole, cut off at any call, or two at once with landings in between

    def _merge(self, bucket: Any) -> dict[str, int]:
        return Merge(bucket, Limits(batch=2000), today=lambda: date(2026, 11, 22), pause=lambda seconds: None)()

    @rule()
    def merge(self) -> None:
        self._merge(self.bucket)

    @rule(cut=CUT)
    def merge_cut(self, cut: tuple[int, str]) -> None:
        with suppress(Killed, StoreFailed):
            self._merge(Cut(self.bucket, *cut))

    @rule(data=st.data(), cuts=st.tuples(WHOLE | WHOLE | CUT, WHOLE | WHOLE | CUT), turns=TURNS)
    def merge_two(self, data: st.DataObject, cuts: tuple[Any, Any], turns: list[tuple[int, str]]) -> None:
        self._one_more(data)
        both = [Turns(self.bucket), Turns(self.bucket)]
        for one, cut in zip(both, cuts, strict=True):
            one.start(lambda one=one, cut=cut: self._merge(Cut(one, *cut)))
        for turn, until in turns:
            if turn == LANDING:
                self._one_more(data)
            for one in both[turn : turn + 1]:
                one.go(until)
        assert all(one.ended for one in both)

    def _one_more(self, data: st.DataObject) -> None:
        if not self.stream:
            self.change(SUBJECTS[0], frozenset({("orders", 0)}), MONTHS[0])
        self.land(data, 1)

    # What must hold

    def _lake(self) -> Truth:
        found: Truth = {}
        for key, body in self.bucket.objects.items():
            if key.startswith("lake/"):
                rows, _ = contents(body)
                keys = [r[0] for r in rows]
                assert keys == sorted(set(keys)), f"{key}: keys twice or out of order: {keys}"
                found |= {(*place_of(key), name): (version, content) for name, version, content, _ in rows}
        return found

    def _model(self, keys: Any) -> Model:
        model = Model()
        for key in keys:
            model.take(*self.sent[key])
        return model

    @invariant()
    def nothing_is_lost_or_comes_back(self) -> None:
        lake, everything = self._lake(), self._model(self.sent)
        merged_away = self._model(key for key in self.sent if key not in self.bucket.objects)
        for at, (version, _) in merged_away.visible().items():
            floor = everything.floors.get((at[0], at[1], at[2].rpartition("#")[0]), 0)
            assert lake.get(at, (0, ""))[0] >= version or floor > version, (
                f"{at} version {version} was landed, deleted and is gone"
            )
        for at, (version, content) in lake.items():
            assert content.endswith(f" of {version}"), f"{at} mixes versions: {content}, {version}"
            floor = merged_away.floors.get((at[0], at[1], at[2].rpartition("#")[0]), 0)
            assert version >= max(self.seen.get(at, 0), floor), f"{at} went back to version {version}"
            self.seen[at] = version

    def teardown(self) -> None:
        if not hasattr(self, "bucket"):
            return
        for record in self.stream:
            self._put([(landed.changes(record.pk, record.old, record.new, record.version), record.new)])
        self._merge(self.bucket)
        assert not list(self.bucket.list(landed.PREFIX)), "landed objects are left"
        assert self._lake() == self._model(self.sent).visible(), "the lake is not what was landed"
        assert self._lake() == truth([r for _, _, rows in self.states.values() for r in rows]), (
            "the lake is not what the states hold"
        )
        again = dict(self.bucket.objects)
        self._merge(self.bucket)
        assert self.bucket.objects == again, "a merge of nothing changed something"
