"""Which reason counts: a person's, an inspection's, what was read in words, the code's, an inferred one; and where it shows."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import Any

from chalicelib.model import lake, state
from chalicelib.model.facts import LineFact, Reading, ReturnFact, ReturnLineFact, ReviewFact, WordsFact
from chalicelib.model.state import State
from chalicelib.model.words import Reason
from chalicelib.rules import cases
from chalicelib.rules.fold import fold
from chalicelib.rules.reasons.decided import reason_of, words_of
from chalicelib.rules.rows import rows
from tests.lives import SOURCE, day, order_life

READ = Reading(
    Reason.LATE_DELIVERY, Decimal("0.8765"), "code+text", Reason.WRONG_ITEM, (Reason.WRONG_ITEM, Reason.CHANGED_MIND),
    ("smell",), ("too late", "the platform's code"), "ngrams+rules", "1",
)  # fmt: skip
LINE = ReturnLineFact(
    "7", "3", line_id="L1", reason_corrected=Reason.BETTER_PRICE, reason_inspected=Reason.QUALITY_DEFECT,
    reason_stated=Reason.SIZE_TOO_SMALL, reason_inferred=Reason.CHANGED_MIND,
)  # fmt: skip
# What is taken away from the line, step by step, and what counts then.
STEPS: list[tuple[str, Reason, str, Decimal | None]] = [
    ("", Reason.BETTER_PRICE, "person", Decimal(1)), ("reason_corrected", Reason.QUALITY_DEFECT, "inspection", None),
    ("reason_inspected", Reason.LATE_DELIVERY, "code+text", Decimal("0.8765")), ("words", Reason.SIZE_TOO_SMALL, "code", None),
    ("reason_stated", Reason.CHANGED_MIND, "inferred", None), ("reason_inferred", Reason.OTHER, "none", None),
]  # fmt: skip


def known(back: ReturnLineFact, *words: WordsFact, **facts: dict[str, Any]) -> State:
    return State(SOURCE, "order:1001", {
        "return": {"3": ReturnFact("3")}, "return_line": {back.id: back}, "words": {one.id: one for one in words}, **facts,
    })  # fmt: skip


def words(id_: str = "return_line:7", read: Reading | None = READ) -> WordsFact:
    return WordsFact(id_, text="It came too late", said_at=day(6), language="en", reading=read)


def test_each_word_counts_until_a_better_one_is_said():
    line, said = LINE, (words(),)
    for gone, label, source, sure in STEPS:
        if gone == "words":
            said = ()
        elif gone:
            line = replace(line, **{gone: None})
        found = reason_of(known(line, *said), line)
        assert (found.label, found.source, found.confidence) == (label, source, sure), gone


def test_words_of_the_line_come_before_words_of_the_whole_return():
    line = replace(LINE, reason_corrected=None, reason_inspected=None)
    own, whole = words("return_line:7"), words("return:3", replace(READ, label=Reason.NOT_RECEIVED))

    assert words_of(known(line, own, whole), line) == own
    assert reason_of(known(line, own, whole), line).label is Reason.LATE_DELIVERY
    assert reason_of(known(line, whole), line).label is Reason.NOT_RECEIVED
    others = words("return_line:8"), words("return:4"), words("review:7"), words("message:3")
    assert words_of(known(line, *others), line) is None
    assert reason_of(known(line, *others), line).source == "code"


def test_words_that_said_nothing_and_words_not_read_yet_leave_the_code():
    line = replace(LINE, reason_corrected=None, reason_inspected=None)
    for read in (None, replace(READ, source="none", label=Reason.OTHER)):
        assert reason_of(known(line, words(read=read)), line).source == "code"
        bare = replace(line, reason_stated=None, reason_inferred=None)
        found = reason_of(known(bare, words(read=read)), bare)
        assert (found.label, found.source) == (Reason.OTHER, "none")


def test_words_of_a_return_whose_lines_have_different_codes_do_not_overrule_a_lines_own():
    """Then they were read without a code: they are the reason of the lines that have none."""
    line, whole = ReturnLineFact("7", "3", reason_stated=Reason.SIZE_TOO_SMALL), words("return:3", replace(READ, source="text"))

    assert reason_of(known(line, whole), line).source == "code"
    for code in (None, Reason.OTHER):
        coded = replace(line, reason_stated=code)
        assert reason_of(known(coded, whole), coded).label is Reason.LATE_DELIVERY
    own = replace(whole, id="return_line:7")
    assert reason_of(known(line, own), line).label is Reason.LATE_DELIVERY


def test_what_else_was_said_is_told_whoever_decided():
    assert reason_of(known(LINE, words()), LINE).tags == ("smell",)
    assert reason_of(known(LINE), LINE).tags is None


# In the lake


def table(name: str, one: State) -> list[dict[str, Any]]:
    found = [row.values for row in rows(state.dump(one), 3) if row.table == name]
    for values in found:
        assert set(values) == {column.name for column in lake.BY_NAME[name].columns}
    return found


def test_a_return_shows_what_decided_and_what_else_was_known():
    back = {"3": ReturnFact("3", special=True)}
    (row,) = table("returns", known(replace(LINE, reason_corrected=None, reason_inspected=None), words(), **{"return": back}))

    assert (row["reason"], row["reason_group"], row["reason_source"]) == (Reason.LATE_DELIVERY, "logistics", "code+text")
    assert (row["reason_confidence"], row["reason_tags"], row["special"]) == (Decimal("0.8765"), "smell", True)
    assert (row["reason_stated"], row["reason_corrected"]) == (Reason.SIZE_TOO_SMALL, None)
    (corrected,) = table("returns", known(LINE, words()))
    assert (corrected["reason"], corrected["reason_source"], corrected["special"]) == (Reason.BETTER_PRICE, "person", None)


def test_a_return_without_lines_shows_the_words_that_were_written_for_it():
    one = State(SOURCE, "order:1001", {"return": {"3": ReturnFact("3")}, "words": {"return:3": words("return:3")}})

    (row,) = table("returns", one)
    assert (row["reason"], row["reason_source"], row["return_line_id"]) == (Reason.LATE_DELIVERY, "code+text", None)


def test_words_are_rows_with_what_they_are_about():
    sold = {"L1": LineFact("L1", sku="MUG-RED", title="Mug")}
    (row,) = table("words", known(LINE, words(), line=sold))

    assert (row["kind"], row["about"], row["return_id"]) == ("return_line", "7", "3")
    assert (row["sku"], row["title"]) == ("MUG-RED", "Mug")
    assert (row["text"], row["language"], row["said_at"]) == ("It came too late", "en", day(6))
    assert (row["label"], row["confidence"], row["source"], row["model"]) == (
        Reason.LATE_DELIVERY, Decimal("0.8765"), "code+text", "1",
    )  # fmt: skip
    assert (row["conflict"], row["secondary"], row["tags"]) == (Reason.WRONG_ITEM, "wrong_item,changed_mind", "smell")
    assert (row["evidence"], row["corrected"]) == ("too late,the platform's code", Reason.BETTER_PRICE)
    (whole,) = table("words", known(LINE, words("return:3", None), line=sold))
    assert (whole["kind"], whole["return_id"], whole["sku"], whole["label"]) == ("return", "3", "MUG-RED", None)


def test_words_of_several_lines_are_of_no_product():
    two = {"7": LINE, "8": replace(LINE, id="8", line_id="L2")}
    (row,) = table("words", known(LINE, words("return:3"), return_line=two, line={"L1": LineFact("L1", sku="A")}))

    assert (row["return_id"], row["sku"], row["title"], row["corrected"]) == ("3", None, None, None)


def test_a_reviews_words_are_of_the_product_reviewed_and_of_no_return_that_has_its_id():
    review = {"3": ReviewFact("3", rating=2, sku="TEE-M")}
    (row,) = table("words", known(LINE, words("review:3"), review=review))

    assert (row["kind"], row["rating"], row["sku"], row["return_id"], row["corrected"]) == ("review", 2, "TEE-M", None, None)
    (message,) = table("words", known(LINE, words("message:3")))
    assert (message["kind"], message["sku"], message["return_id"], message["corrected"]) == ("message", None, None, None)


def test_words_that_were_forgotten_are_a_row_without_text():
    (row,) = table("words", known(LINE, replace(words(), text="")))

    assert row["text"] is None and row["label"] is Reason.LATE_DELIVERY


# In cases


def test_a_case_names_the_reasons_that_count():
    told = fold(SOURCE, "order:1001", order_life()[:5])
    line = told.of("return_line")["1001-rl"]

    def named(line: ReturnLineFact, *said: WordsFact) -> tuple[tuple[Reason, ...], str | None]:
        facts = {**told.facts, "return_line": {line.id: line}, "words": {one.id: one for one in said}}
        (case,) = cases.of(replace(told, facts=facts))
        return case.reasons, case.group

    assert named(line) == ((Reason.SIZE_TOO_SMALL,), "description")
    assert named(line, words("return:1001-r")) == ((Reason.LATE_DELIVERY,), "logistics")
    corrected = replace(line, reason_corrected=Reason.CHANGED_MIND)
    assert named(corrected, words("return:1001-r")) == ((Reason.CHANGED_MIND,), "no_reason")
