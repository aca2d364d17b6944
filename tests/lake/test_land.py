"""The land step: stream records into one landed object; what fails goes to the retry queue by itself."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from chalicelib.model import state
from chalicelib.model.facts import LineFact, OrderFact
from chalicelib.model.lake import TABLES
from chalicelib.model.state import State
from chalicelib.rules import landed
from chalicelib.rules.landed import Landed
from chalicelib.steps.land import Land
from chalicelib.steps.merge import Merge
from tests.fakes import MemoryQueue
from tests.lake.buckets import Memory
from tests.lake.test_merge import holds

NOW = datetime(2026, 11, 22, 10, 0, 0, 123456, tzinfo=UTC)
JANUARY = datetime(2026, 1, 5, tzinfo=UTC)
ONE, TWO = "shopify/main#order:1", "shopify/main#order:2"


class States:
    """The orders table: images are {"data": state, "v": version}; a broken one raises."""

    def __init__(self) -> None:
        self.now: dict[str, tuple[bytes, int]] = {}

    def state(self, source: str, subject: str) -> tuple[bytes | None, int]:
        return self.now.get(f"{source}#{subject}", (None, 0))

    def state_of_image(self, image: Mapping[str, Any]) -> tuple[bytes | None, int]:
        if "broken" in image:
            raise ValueError("not a packed record")
        return image["data"], image["v"]


def data_of(pk: str, placed: datetime | None = JANUARY, lines: int = 1) -> bytes:
    source, _, subject = pk.partition("#")
    facts = {
        "order": {subject[6:]: OrderFact(subject[6:], placed_at=placed, currency="EUR")},
        "line": {str(n): LineFact(str(n), sku=f"SKU-{n}", quantity=1) for n in range(lines)},
    }
    return state.dump(State(source, subject, facts))


def record(pk: str, old: Any, new: Any, number: int = 1) -> dict[str, Any]:
    images = {name: image for name, image in (("OldImage", old), ("NewImage", new)) if image}
    return {"dynamodb": {"Keys": {"pk": {"S": pk}}, "SequenceNumber": str(number), **images}}


def image(pk: str, version: int, **about: Any) -> dict[str, Any]:
    return {"data": data_of(pk, **about), "v": version}


class Landing:
    """A land step over fakes, and what came of it."""

    def __init__(self) -> None:
        self.bucket, self.states, self.queue = Memory(), States(), MemoryQueue()
        self.land = Land(self.bucket, self.states, self.queue, lambda: NOW, iter("abcdef").__next__)

    def landed(self) -> list[Landed]:
        return [landed.decode(body) for key, body in self.bucket.objects.items() if key.startswith(landed.PREFIX)]

    def lake(self) -> set[tuple[str, str, str, int]]:
        Merge(self.bucket)()
        return {(*at, version) for at, (version, _) in holds(self.bucket).items()}


def test_a_batch_becomes_one_object_named_by_time() -> None:
    on = Landing()

    answer = on.land([record(ONE, None, image(ONE, 1)), record(TWO, None, image(TWO, 1, lines=2))])

    assert answer == {"batchItemFailures": []}
    assert list(on.bucket.objects) == ["landing/20261122T100000123Z-a.rows"]
    (found,) = on.landed()
    lines = [json.loads(line) for line in bytes(found.rows["order_lines", "2026-01"]).splitlines()]
    assert [(line["key"], line["sku"], line["version"]) for line in lines] == [
        (f"{ONE}#0", "SKU-0", 1), (f"{TWO}#0", "SKU-0", 1), (f"{TWO}#1", "SKU-1", 1),
    ]  # fmt: skip


def test_an_order_that_learns_its_month_leaves_unknown() -> None:
    on = Landing()
    on.land([record(ONE, None, image(ONE, 1, placed=None, lines=2))])
    assert {at[1] for at in on.lake()} == {"unknown"}

    on.land([record(ONE, image(ONE, 1, placed=None, lines=2), image(ONE, 2, lines=1))])

    assert on.lake() == {("orders", "2026-01", f"{ONE}#1", 2), ("order_lines", "2026-01", f"{ONE}#0", 2)}


def test_several_changes_of_a_subject_are_landed_as_one() -> None:
    on = Landing()
    first, second, third = image(ONE, 1, placed=None), image(ONE, 2, lines=3), image(ONE, 3, lines=2)
    on.land([record(ONE, None, first)])

    on.land([record(ONE, first, second, 1), record(ONE, second, third, 2)])

    assert {at[3] for at in on.lake()} == {3}
    assert on.lake() == {("orders", "2026-01", f"{ONE}#1", 3), *(("order_lines", "2026-01", f"{ONE}#{n}", 3) for n in (0, 1))}


def test_a_removed_state_takes_its_rows_away() -> None:
    on = Landing()
    on.land([record(ONE, None, image(ONE, 4)), record(TWO, None, image(TWO, 1))])
    on.land([record(ONE, image(ONE, 4), None)])

    assert {at[2] for at in on.lake()} == {f"{TWO}#2", f"{TWO}#0"}


def test_a_broken_record_is_retried_alone() -> None:
    on = Landing()

    answer = on.land([record(ONE, None, {"broken": True}), record(TWO, None, image(TWO, 1))])

    assert answer == {"batchItemFailures": []}
    assert on.queue.sent == [("land", {"pk": ONE})]
    assert {at[2] for at in on.lake()} == {f"{TWO}#2", f"{TWO}#0"}


def test_only_what_the_queue_refuses_is_reported_back() -> None:
    on = Landing()
    on.queue.broken = True

    answer = on.land(
        [record(ONE, None, {"broken": True}, 7), record(ONE, None, {"broken": True}, 8), record(TWO, None, image(TWO, 1), 9)]
    )

    assert answer == {"batchItemFailures": [{"itemIdentifier": "7"}, {"itemIdentifier": "8"}]}
    assert len(on.landed()) == 1


def test_when_the_bucket_is_out_every_subject_is_retried() -> None:
    on = Landing()

    class Out(Memory):
        def put(self, key: str, body: bytes) -> None:
            raise ConnectionError("no bucket")

    answer = Land(Out(), on.states, on.queue)([record(ONE, None, image(ONE, 1)), record(TWO, None, {"broken": True})])

    assert answer == {"batchItemFailures": []}
    assert sorted(on.queue.sent, key=str) == [("land", {"pk": ONE}), ("land", {"pk": TWO})]


def test_a_retry_lands_what_the_table_holds_now_and_takes_the_rest_away() -> None:
    on = Landing()
    on.land([record(ONE, None, image(ONE, 1, placed=None, lines=3))])
    on.lake()
    on.states.now[ONE] = data_of(ONE, lines=1), 4  # the news of versions 2 to 4 was lost

    on.land.current(ONE)

    assert on.lake() == {("orders", "2026-01", f"{ONE}#1", 4), ("order_lines", "2026-01", f"{ONE}#0", 4)}


def test_a_retry_of_a_state_that_is_gone_lands_nothing() -> None:
    on = Landing()

    on.land.current(ONE)

    assert on.bucket.objects == {}


def test_all_states_are_landed_in_full() -> None:
    on = Landing()

    count = on.land.all((pk, data_of(pk), 2) for pk in (ONE, TWO))

    assert count == 2
    (found,) = on.landed()
    assert set(found.floors) == {(table.name, partition) for table in TABLES for partition in ("unknown", "2026-01")}
    assert {at[2] for at in on.lake()} == {f"{ONE}#1", f"{ONE}#0", f"{TWO}#2", f"{TWO}#0"}
