"""Texts of a file to reasons: each line has its answer, in order, and what cannot be understood says so."""

from __future__ import annotations

import json
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from chalicelib.model.words import Reason
from chalicelib.rules.reasons.reading import Asked, Stated, read
from chalicelib.steps import classify as step
from tests import reasons_head
from tests.reasons_head import embed, phrases

__all__ = ["phrases"]


@pytest.fixture(autouse=True)
def model(phrases: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(step.model, "head", reasons_head.head)
    monkeypatch.setattr(step, "embedder", lambda: embed)


def answers(lines: Iterable[Any], **given: Any) -> list[dict[str, Any]]:
    """What is said to some lines: text as it is, all else as JSON."""
    return [json.loads(one) for one in step.classify((x if isinstance(x, str) else json.dumps(x) for x in lines), **given)]


def test_a_line_is_answered_with_all_that_was_read_under_its_id():
    (found,) = answers([{"id": "r1", "text": "far too small", "lang": "en", "platform": "shopify", "code": "SIZE_TOO_LARGE"}])

    (expected,) = read([Asked("far too small", Stated(Reason.SIZE_TOO_LARGE, True))], reasons_head.head(), embed)
    assert found == {"id": "r1", **json.loads(json.dumps(expected.as_dict()))}
    assert (found["label"], found["conflict"], found["group"]) == ("size_too_large", "size_too_small", "description")


def test_answers_come_in_the_order_of_the_lines_whoever_reads_them(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(step, "CHUNK", 7)
    monkeypatch.setattr(step, "ProcessPoolExecutor", ThreadPoolExecutor)
    words = list(reasons_head.WORDS)
    lines = [{"id": n, "text": f"{words[n % len(words)]} {n}"} for n in range(100)]

    one, three = answers(lines), answers(lines, workers=3)
    assert one == three and [found["id"] for found in one] == list(range(100))
    assert [found["label"] for found in one] == [reasons_head.WORDS[words[n % len(words)]] for n in range(100)]


def test_progress_is_told_by_what_is_done(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(step, "CHUNK", 4)
    done: list[int] = []
    answers([{"id": n, "text": "x"} for n in range(10)], progress=done.append)

    assert done == [4, 8, 10]


def test_lines_are_read_as_they_are_asked_for():
    """Somebody pipes a file without end into it."""
    taken: list[int] = []

    def endless() -> Iterable[str]:
        for n in range(10**9):
            taken.append(n)
            yield json.dumps({"id": n, "text": "small"})

    first = next(step.classify(endless()))
    assert json.loads(first)["id"] == 0 and len(taken) == step.CHUNK


def test_blank_lines_are_none():
    assert [found["id"] for found in answers(["", "  \n", '{"id":1,"text":"a"}\n', "\t", '{"id":2}'])] == [1, 2]
    assert answers([]) == answers(["", "\n"]) == []


@pytest.mark.parametrize("line, told", [
    ("{", "not JSON"), ("small", "not JSON"), ('{"id":1,}', "not JSON"), ("[1]", "expected an object"),
    ('"small"', "expected an object"), ("7", "expected an object"), ("null", "expected an object"),
    ("[" * 200_000, "nested too deeply"), ("9" * 5000, "not JSON"),
])  # fmt: skip
def test_what_is_no_object_is_an_error_without_an_id(line: str, told: str):
    before, found, after = answers([{"id": 1, "text": "small"}, line, {"id": 2, "text": "late"}])

    assert found["id"] is None and told in found["error"] and set(found) == {"id", "error"}
    assert (before["label"], after["label"]) == ("size_too_small", "late_delivery"), "the lines beside it are answered"


@pytest.mark.parametrize("fields, told", [
    ({"text": 38}, "text"), ({"text": ["small"]}, "text"), ({"text": {}}, "text"), ({"text": True}, "text"),
    ({"text": "a", "platform": 7, "code": "x"}, "platform or code"), ({"text": "a", "platform": "shopify", "code": []}, "code"),
    ({"text": "a", "platform": "shopify", "code": 1.5}, "code"),
])  # fmt: skip
def test_a_field_that_is_none_of_ours_is_an_error_under_its_id(fields: dict[str, Any], told: str):
    (found,) = answers([{"id": "r1", **fields}])

    assert found["id"] == "r1" and told in found["error"] and "label" not in found


@pytest.mark.parametrize("fields, label, source", [
    ({}, "other", "none"), ({"text": None}, "other", "none"), ({"text": ""}, "other", "none"),
    ({"text": "", "platform": "temu", "code": 55}, "size_too_small", "code"),
    ({"text": "late", "platform": "temu", "code": 99_999}, "late_delivery", "text"),
    ({"text": "late", "platform": "amazon", "code": "CR-QUALITY_UNACCEPTABLE"}, "late_delivery", "code+text"),
    ({"text": "late", "platform": "nowhere", "code": "OTHER"}, "late_delivery", "text"),
    ({"text": "late", "platform": "shopify"}, "late_delivery", "text"),
    ({"text": "late", "code": "OTHER"}, "late_delivery", "text"),
    ({"text": "late", "platform": "shopify", "code": None, "extra": [1]}, "late_delivery", "text"),
])  # fmt: skip
def test_what_is_missing_says_nothing(fields: dict[str, Any], label: str, source: str):
    (found,) = answers([{"id": 1, **fields}])

    assert (found["label"], found["source"]) == (label, source)


@pytest.mark.parametrize("id_", [None, 7, "r1", "ä 字 👍", ["a", 1], {"n": 1}, 1.5, True])
def test_an_id_comes_back_as_it_was(id_: Any):
    assert answers([{"id": id_, "text": "a"}])[0]["id"] == id_


def test_an_answer_can_always_be_written():
    (line,) = step.classify(['{"id":"\\ud800","text":"small \\ud800"}'])

    assert json.loads(line.encode())["id"] == "?" and "\n" not in line
    (readable,) = step.classify(['{"id":"ä","text":"छोटा"}'])
    assert '"ä"' in readable and "छोटा" in readable


def test_a_text_without_end_is_read_to_its_limit():
    found = answers([{"id": 1, "text": "small " * 100_000}, {"id": 2, "text": "\u0000" * 200_000}])

    assert [one["label"] for one in found] == ["size_too_small", "other"]


def test_where_no_engine_runs_the_answer_says_so(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(step, "embedder", lambda: None)

    assert answers([{"id": 1, "text": "small"}])[0]["engine"] == "ngrams+rules"
