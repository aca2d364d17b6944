"""Corrections: a person's word wins over every reading, for good, and is what the next training learns from."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from itertools import permutations
from typing import Any

import pytest

from chalicelib.model import state
from chalicelib.model.errors import BadPayload
from chalicelib.model.event import Delivery, Event
from chalicelib.model.facts import Reading, ReturnFact, ReturnLineFact, WordsFact
from chalicelib.model.words import EventType, Origin, Reason
from chalicelib.rules.fold import fold
from chalicelib.rules.reasons.decided import reason_of
from chalicelib.rules.rows import rows
from chalicelib.steps.correct import Correction, correct, taught
from chalicelib.steps.replay import replay
from tests.lives import SOURCE, approval, day, delivery, order_life
from tests.reacting import World

ORDER, RETURN, LINE = "order:1001", "1001-r", "1001-rl"
KEY = f"{SOURCE}#{ORDER}"
OTHER_LINE = ReturnLineFact("1001-rl2", RETURN, line_id="1001-2", quantity=1, reason_stated=Reason.WRONG_ITEM)
READ = Reading(Reason.LATE_DELIVERY, Decimal("0.99"), "text", model="1")


def words(id_: str = f"return_line:{LINE}", text: str = "it came [number] days late", version: int = 1) -> Delivery:
    """What was read of a note, by a version of the model."""
    fact = WordsFact(id_, text=text, language="en", reading=replace(READ, model=str(version)))
    event = Event(EventType.WORDS_READ, day(6), (fact,), rank=version)
    return Delivery(f"e5~words:{version}:{id_}", SOURCE, ORDER, (event,), day(6), Origin.MODEL)


FOUND = ReturnLineFact(LINE, reason_inspected=Reason.QUALITY_DEFECT)
INSPECTED = delivery("x1", ORDER, EventType.RETURN_INSPECTED, day(8), FOUND)
TWO = delivery("x2", ORDER, EventType.RETURN_CHANGED, day(7), OTHER_LINE)
BARE = delivery("x3", ORDER, EventType.RETURN_REQUESTED, day(6), ReturnFact("1001-bare"))


@pytest.fixture
def world() -> World:
    found = World()
    found.play(day(10), *order_life(), TWO, words(), INSPECTED)
    return found


def told(world: World, said: Correction, at: float = 11, return_id: str = RETURN, subject: str = ORDER) -> Delivery:
    """Correct, and react to it."""
    made = correct(world.store, SOURCE, subject, return_id, said, day(at))
    world.react(made, day(at))
    return made


def reason(world: World, line: str = LINE) -> tuple[Reason, str]:
    known = state.load(world.store.states[KEY][0])
    found = reason_of(known, known.of("return_line")[line])
    return found.label, found.source


def test_a_correction_wins_over_inspection_words_and_code(world: World):
    assert reason(world) == (Reason.QUALITY_DEFECT, "inspection")
    made = told(world, Correction(Reason.CHANGED_MIND))

    assert reason(world) == (Reason.CHANGED_MIND, "person")
    assert (made.origin, made.subject, made.received) == (Origin.PERSON, ORDER, day(11))
    ((event),) = made.events
    assert (event.type, event.time) == (EventType.RETURN_CORRECTED, day(11))


def test_whatever_comes_later_and_whatever_newer_model_reads_again_it_stands(world: World):
    told(world, Correction(Reason.CHANGED_MIND))
    late = replace(INSPECTED, id="x9", events=tuple(replace(event, time=day(30)) for event in INSPECTED.events))
    world.play(day(31), late, words(version=2), approval())

    assert reason(world) == (Reason.CHANGED_MIND, "person")
    known = state.load(world.store.states[KEY][0])
    assert known.of("words")[f"return_line:{LINE}"].reading.model == "2", "the reading itself is kept beside it"


def test_it_survives_replay_and_comes_to_the_same_in_any_order(world: World):
    told(world, Correction(Reason.CHANGED_MIND, special=True))
    told(world, Correction(Reason.BETTER_PRICE, line=LINE), at=12)
    stored = world.store.states[KEY][0]

    assert replay(world.store).proven
    log = world.store.events(SOURCE, ORDER)
    head, links = log[:-3], state.load(stored).links
    for tail in permutations(log[-3:]):
        assert state.dump(fold(SOURCE, ORDER, [*tail, *head, *tail], links)) == stored
    assert reason(world) == (Reason.BETTER_PRICE, "person")
    assert reason(world, "1001-rl2") == (Reason.CHANGED_MIND, "person")


def test_a_correction_may_name_one_line_or_mean_all(world: World):
    told(world, Correction(Reason.BETTER_PRICE, line="1001-rl2"))
    assert reason(world)[1] == "inspection" and reason(world, "1001-rl2") == (Reason.BETTER_PRICE, "person")
    told(world, Correction(Reason.NOT_RECEIVED), at=12)
    assert reason(world) == reason(world, "1001-rl2") == (Reason.NOT_RECEIVED, "person")


def test_special_marks_the_return_and_can_be_taken_back(world: World):
    def special() -> Any:
        return {row.values["special"] for row in rows(*world.store.states[KEY]) if row.table == "returns"}

    assert special() == {None}
    told(world, Correction(special=True))
    assert special() == {True} and reason(world)[1] == "inspection", "the reason stays as it was"
    told(world, Correction(special=False), at=12)
    assert special() == {False}
    told(world, Correction(Reason.OTHER), at=13)
    assert special() == {False}


def test_a_return_without_lines_can_be_special_but_has_no_reason_to_correct(world: World):
    world.play(day(10), BARE)
    told(world, Correction(special=True), return_id="1001-bare")

    assert state.load(world.store.states[KEY][0]).of("return")["1001-bare"].special is True
    with pytest.raises(BadPayload, match="has no lines"):
        told(world, Correction(Reason.OTHER), return_id="1001-bare")


def test_a_case_follows_the_correction(world: World):
    told(world, Correction(Reason.NOT_RECEIVED))

    (case,) = world.cases.kept.values()
    assert (case.reasons, case.group) == ((Reason.NOT_RECEIVED,), "logistics")


def test_told_twice_it_is_one_event_and_told_otherwise_another(world: World):
    before = len(world.store.events(SOURCE, ORDER))
    for _ in range(2):
        told(world, Correction(Reason.OTHER))
    assert len(world.store.events(SOURCE, ORDER)) == before + 1
    for other in (Correction(Reason.OTHER, special=False), Correction(Reason.OTHER, line=LINE), Correction(Reason.WRONG_ITEM)):
        told(world, other)
    told(world, Correction(Reason.OTHER), at=11.5)
    assert len(world.store.events(SOURCE, ORDER)) == before + 5
    assert reason(world) == (Reason.OTHER, "person"), "the last word stands"


def test_a_return_that_was_told_of_under_its_own_name_is_corrected_in_its_order(world: World):
    made = told(world, Correction(Reason.OTHER), subject=f"return:{RETURN}")

    assert made.subject == ORDER and reason(world) == (Reason.OTHER, "person")


@pytest.mark.parametrize("said, return_id, subject, told_of", [
    (Correction(), RETURN, ORDER, ["neither a label nor"]), (Correction(line=LINE), RETURN, ORDER, ["neither a label nor"]),
    (Correction(Reason.OTHER), "77", ORDER, ["'77'", ORDER, RETURN]), (Correction(special=True), "77", ORDER, ["'77'", RETURN]),
    (Correction(Reason.OTHER), "x" * 5000, ORDER, ["is no return"]), (Correction(Reason.OTHER), RETURN, "order:9", ["none"]),
    (Correction(Reason.OTHER, line="88"), RETURN, ORDER, ["'88'", LINE, "1001-rl2"]),
    (Correction(special=True, line="88"), RETURN, ORDER, ["'88'", LINE]),
])  # fmt: skip
def test_what_cannot_be_corrected_is_refused_in_words_and_nothing_is_written(
    world: World, said: Correction, return_id: str, subject: str, told_of: list[str]
):
    log = world.store.events(SOURCE, ORDER)
    with pytest.raises(BadPayload) as refused:
        correct(world.store, SOURCE, subject, return_id, said, day(11))

    assert all(words in str(refused.value) for words in told_of) and len(str(refused.value)) < 500
    assert world.store.events(SOURCE, ORDER) == log and not world.store.events(SOURCE, "order:9")


def test_stopped_at_any_call_and_given_again_it_is_one_correction():
    class Stopped(BaseException):
        pass

    stops = 0
    for n in range(1, 8):
        found = World()
        found.play(day(10), *order_life())
        countdown = [n]

        def strike(verb: str, countdown: list[int] = countdown) -> None:
            countdown[0] -= 1
            if countdown[0] == 0:
                raise Stopped(verb)

        found.store.fault = strike
        try:
            correct(found.store, SOURCE, ORDER, RETURN, Correction(Reason.OTHER), day(11))
        except Stopped:
            stops += 1
        found.store.fault = lambda verb: None
        told(found, Correction(Reason.OTHER))
        assert [one.origin for one in found.store.events(SOURCE, ORDER)].count(Origin.PERSON) == 1
    assert stops == 3


# What corrections teach


def lessons(world: World) -> list[dict[str, str | None]]:
    return list(taught(world.store.scan_states()))


def test_corrected_words_are_taught_masked_with_their_label(world: World):
    assert lessons(world) == []
    told(world, Correction(Reason.CHANGED_MIND))

    (lesson,) = lessons(world)
    assert lesson | {"id": ""} == {"id": "", "language": "en", "label": "changed_mind", "text": "it came [number] days late"}
    assert len(lesson["id"] or "") == 16 and "1001" not in (lesson["id"] or "")
    told(world, Correction(Reason.OTHER), at=12)
    assert [(one["id"], one["label"]) for one in lessons(world)] == [(lesson["id"], "other")]


def test_words_of_the_whole_return_teach_each_of_its_lines(world: World):
    world.play(day(10), words(f"return:{RETURN}", "both too late"))
    told(world, Correction(Reason.LATE_DELIVERY))

    assert sorted(str(one["text"]) for one in lessons(world)) == ["both too late", "it came [number] days late"]
    assert len({one["id"] for one in lessons(world)}) == 2


def test_special_returns_wordless_ones_and_forgotten_words_teach_nothing(world: World):
    told(world, Correction(Reason.CHANGED_MIND, special=True))
    assert lessons(world) == []
    told(world, Correction(special=False), at=12)
    assert len(lessons(world)) == 1
    world.play(day(13), words(text="", version=9))
    assert lessons(world) == []


def test_time_is_that_of_the_correction_and_a_word_of_the_same_second_is_the_same_word(world: World):
    one = correct(world.store, SOURCE, ORDER, RETURN, Correction(Reason.OTHER), day(11))
    same = correct(world.store, SOURCE, ORDER, RETURN, Correction(Reason.OTHER), day(11) + timedelta(milliseconds=300))

    assert one.id == same.id
    assert [found for found in world.store.events(SOURCE, ORDER) if found.origin is Origin.PERSON] == [one]
