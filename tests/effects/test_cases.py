"""Cases in their table: written when what waits is new, and never over something newer."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import boto3
import pytest

from chalicelib.effects.cases import Cases
from chalicelib.model.case import Case, CaseStatus
from chalicelib.model.facts import Due
from chalicelib.model.words import Reason
from chalicelib.settings import Settings
from tests.aws import stack
from tests.lives import SOURCE, day

CASE = Case(
    f"{SOURCE}#return:77", SOURCE, "order:1001", "77", day(6), CaseStatus.OPEN, Due("seller", "answer the request", day(8)),
    (Reason.SIZE_TOO_SMALL, Reason.OTHER), "description",
)  # fmt: skip
ENDED = replace(CASE, status=CaseStatus.CLOSED, due=Due("nobody", "nothing more to do"))


@pytest.fixture
def names(monkeypatch: pytest.MonkeyPatch) -> Iterator[Settings]:
    with stack(monkeypatch) as settings:
        yield settings


def test_a_case_is_kept_and_found(names: Settings):
    cases = Cases(names)
    other = replace(CASE, id=f"{SOURCE}#return:78", return_id="78", reasons=(), group=None)
    for one in (CASE, other, CASE):
        cases.keep(one, 1)

    assert cases.get(CASE.id) == CASE
    assert cases.get("nobody") is None
    assert sorted(cases.all(), key=lambda one: one.id) == [CASE, other]


def test_only_news_is_written(names: Settings):
    cases, raw = Cases(names), boto3.client("dynamodb")
    cases.keep(CASE, 1)
    item = {"TableName": "cases", "Key": {"pk": {"S": CASE.id}}}
    raw.update_item(**item, UpdateExpression="SET seen = :x", ExpressionAttributeValues={":x": {"S": "x"}})

    cases.keep(CASE, 2)
    assert "seen" in raw.get_item(**item)["Item"]
    cases.keep(ENDED, 3)
    assert "seen" not in raw.get_item(**item)["Item"]
    assert cases.get(CASE.id) == ENDED


def test_what_was_made_from_an_older_state_never_wins(names: Settings):
    cases = Cases(names)
    cases.keep(ENDED, 5)
    cases.keep(CASE, 4)

    assert cases.get(CASE.id) == ENDED
