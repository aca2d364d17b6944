"""The lake stays right under fire, and the machine that says so notices each planted fault."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, Verbosity, settings
from hypothesis.stateful import run_state_machine_as_test

from chalicelib.model.errors import Conflict, StoreFailed
from chalicelib.rules import landed, merged
from chalicelib.steps import merge
from tests.lake.buckets import Memory
from tests.lake.machine import LakeMachine

pytestmark = pytest.mark.filterwarnings("ignore::hypothesis.errors.NonInteractiveExampleWarning")
RULES = {
    "deadline": None,
    "stateful_step_count": 30,
    "suppress_health_check": list(HealthCheck),
    "verbosity": Verbosity.quiet,
    "database": None,
}


def test_the_lake_stays_right_under_kills_races_and_late_news() -> None:
    run_state_machine_as_test(LakeMachine, settings=settings(max_examples=60, **RULES))


class NoIfMatch(Memory):
    """Puts whoever else was there."""

    def swap(self, key: str, body: bytes, etag: str | None) -> None:
        self.put(key, body)


class DeleteFirst(Memory):
    """Deletes a landed object as soon as it is read."""

    def get(self, key: str) -> Any:
        found = super().get(key)
        if key.startswith(landed.PREFIX):
            self.delete([key])
        return found


class ConflictIsDone(Memory):
    """Takes a lost race for a put."""

    def swap(self, key: str, body: bytes, etag: str | None) -> None:
        try:
            super().swap(key, body, etag)
        except Conflict:
            return


def forget_floors(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(merged, "_remembered", lambda known: {})


def ignore_floors(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(merged, "_above", lambda rows, floors: rows)


def lowest_wins(patch: pytest.MonkeyPatch) -> None:
    real = merged._newest

    def oldest(tables: list[Any]) -> Any:
        from pyarrow import compute

        turned = [t.set_column(1, "version", compute.negate(t["version"])) for t in tables]
        found = real(turned)
        return found.set_column(1, "version", compute.negate(found["version"]))

    patch.setattr(merged, "_newest", oldest)


def failed_place_is_done(patch: pytest.MonkeyPatch) -> None:
    real = merge._merge_place

    def careless(*args: Any) -> set[str]:
        try:
            return real(*args)
        except StoreFailed:
            return set()

    patch.setattr(merge, "_merge_place", careless)


def no_floors_from_states(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(landed, "_floors", lambda pk, places, version: ())


BUCKETS = [NoIfMatch, DeleteFirst, ConflictIsDone]
PATCHES = [forget_floors, ignore_floors, lowest_wins, failed_place_is_done, no_floors_from_states]


def notices(machine: type[LakeMachine]) -> None:
    rules = settings(max_examples=400, derandomize=True, phases=[Phase.generate], report_multiple_bugs=False, **RULES)
    with pytest.raises(AssertionError):
        run_state_machine_as_test(machine, settings=rules)


@pytest.mark.parametrize("bucket", BUCKETS)
def test_the_machine_notices_a_faulty_bucket(bucket: type[Memory]) -> None:
    notices(type("Faulty", (LakeMachine,), {"bucket_of": bucket}))


@pytest.mark.parametrize("plant", PATCHES)
def test_the_machine_notices_a_faulty_merge(
    plant: Callable[[pytest.MonkeyPatch], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    plant(monkeypatch)
    notices(type("Faulty", (LakeMachine,), {}))
