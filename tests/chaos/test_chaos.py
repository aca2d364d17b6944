"""The acting half under planted faults, in sizes for every test run; `make chaos` plays the large ones."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from datetime import timedelta

import pytest

from chalicelib.effects import log
from chalicelib.model.action import ActionStatus
from infra.functions import FUNCTIONS
from infra.queues import queues
from infra.stages import Stage
from tests.chaos import parts, report, runs
from tests.chaos.faults import Fault, on
from tests.chaos.lives import RULES, START, life, on_time
from tests.chaos.mutants import MUTANTS, Mutant
from tests.chaos.parts import Knobs
from tests.chaos.runs import Figures, Gauntlet
from tests.chaos.world import World


@pytest.fixture(autouse=True, scope="module")
def quiet() -> Iterator[None]:
    before = log._logger.level
    log._logger.setLevel(logging.CRITICAL)
    yield
    log._logger.setLevel(before)


@pytest.fixture(scope="module")
def clean(quiet: None) -> World:
    return runs.gauntlet().clean


def failed(trial: Gauntlet, kind: str) -> list[str]:
    return [f"{name}: {verdict}" for name, verdict in getattr(trial, kind)() if not verdict]


def test_a_life_without_faults_is_told_of_in_four_messages(clean: World):
    assert [key.rpartition("#")[2] for key in clean.provider.letters] == ["parcel", "asked", "granted", "refund"]
    assert all(one.status is ActionStatus.SENT for one in clean.book.scan()) and clean.alerts == []


@pytest.mark.parametrize("kind", ["quiet", "shuffled", "thrown_away", "unsubscribing"])
def test_a_life_comes_out_the_same(clean: World, kind: str):
    assert failed(Gauntlet(clean), kind) == []


def test_each_fault_at_each_call_of_a_life(clean: World):
    trial = Gauntlet(clean)

    assert failed(trial, "singles") == []
    assert trial.figures.runs == trial.figures.faults == clean.calls.count * len(Fault)


def test_two_faults(clean: World):
    trial = Gauntlet(clean, every=7)

    assert failed(trial, "pairs") == []
    assert trial.figures.runs > 300 and trial.figures.faults > 1.9 * trial.figures.runs


def test_many_lives_shuffled_and_doubled_under_faults():
    plain, *struck = runs.mass(2000, (0.01, 0.05, 0.2), seed=11)

    for share, (figures, world) in zip((0.01, 0.05, 0.2), struck, strict=True):
        assert figures.said == []
        assert figures.messages == plain[0].messages > 500
        assert figures.faults > share * figures.calls * 0.8
        assert not world.work.dead and not world.retry.dead


def test_a_flood_drains_through_a_narrow_provider_without_hammering_it():
    figures, world = runs.flood(3000, 2)

    assert figures.said == []
    assert max(world.provider._second.values()) > 2  # it was narrow
    assert world.provider.asked <= 2 * 3000
    assert max(times[0] for times in world.provider.letters.values()) < START + timedelta(days=1, hours=1, minutes=30)


def test_a_flood_under_faults():
    assert runs.flood(2000, None, 0.05)[0].said == []


@pytest.mark.parametrize("mutant", MUTANTS, ids=lambda mutant: mutant.name)
def test_a_planted_bug_is_found(clean: World, mutant: Mutant):
    found = runs.hunt(mutant, clean)

    assert found is not None, f"nothing fails when {mutant.name}"


def test_a_provider_that_never_answers_and_never_tells_leaves_nobody_in_the_dark():
    """Each call is a server's error and took nothing: a person is told of each, and the critical one is tried again."""
    world = World(RULES, START, Knobs(on("provider.send", Fault.SILENT, times=10_000), persons=False))
    world.play(on_time(life()))

    waiting = [one for one in world.book.scan() if one.status is ActionStatus.UNKNOWN]
    assert len(waiting) == 3 and {one.action.key for one in waiting} <= world.told
    assert world.provider.letters == {} and world.provider.asked > 4


def test_the_world_has_the_queues_that_are_deployed():
    made = queues(Stage("test"))
    for name, function, invisible, most in (
        ("WorkQueue", "Perform", parts.WORK_INVISIBLE, parts.WORK_MOST),
        ("RetryQueue", "Retry", parts.RETRY_INVISIBLE, parts.RETRY_MOST),
    ):
        properties = made[name]["Properties"]
        assert properties["VisibilityTimeout"] == invisible.total_seconds() == 6 * FUNCTIONS[function].timeout
        assert properties["RedrivePolicy"]["maxReceiveCount"] == most


def test_the_report_fails_when_something_went_wrong_or_a_bug_was_missed():
    assert report.Report(1, "2026-01-01", [Figures("x")]).proven
    assert not report.Report(1, "2026-01-01", [Figures("x", double=1)]).proven
    assert not report.Report(1, "2026-01-01", [Figures("x")], missed=["a bug"]).proven
    written = report.section(report.Report(7, "2026-01-01", [Figures("x", runs=1234)], {"a bug": "call 3: double 1: ['k']"}))
    assert "| x | 1,234 |" in written and "seed 7" in written and "| a bug | call 3: double 1 |" in written
