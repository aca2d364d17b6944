"""Classify: texts of a JSON Lines file to reasons, at batch speed. The same code that reads a return's words on a stage.

In: {"id", "text", "lang"?, "platform"?, "code"?} a line. Out: the same ids, each with what was read. A line that cannot be
understood gives {"id", "error"}: nothing is dropped.
"""

from __future__ import annotations

import json
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Executor, ProcessPoolExecutor
from itertools import islice
from typing import Any

from .. import platforms
from ..effects.embedding import embedder
from ..model.errors import BadPayload
from ..rules.reasons import model
from ..rules.reasons.reading import Asked, Stated, read

CHUNK = 128
_LONGEST = 100_000


def classify(lines: Iterable[str], workers: int = 1, progress: Callable[[int], None] = lambda done: None) -> Iterator[str]:
    """Each line's answer as JSON, in the order of the lines; several processes work side by side."""
    chunks, done = _chunks(iter(lines)), 0
    if workers == 1:
        answers: Iterator[list[str]] = map(answered, chunks)
        for some in answers:
            done += len(some)
            progress(done)
            yield from some
        return
    with ProcessPoolExecutor(workers) as pool:
        for some in _side_by_side(pool, chunks, 2 * workers):
            done += len(some)
            progress(done)
            yield from some


def _side_by_side(pool: Executor, chunks: Iterator[list[str]], ahead: int) -> Iterator[list[str]]:
    """The chunks' answers in their order; never more than `ahead` of them are read before they are needed."""
    waiting = deque(pool.submit(answered, chunk) for chunk in islice(chunks, ahead))
    while waiting:
        some = waiting.popleft().result()
        waiting.extend(pool.submit(answered, chunk) for chunk in islice(chunks, 1))
        yield some


def answered(lines: list[str]) -> list[str]:
    """The answers to some lines."""
    told = [_asked(line, number) for number, line in enumerate(lines, 1)]
    asked = [one for _, one in told if isinstance(one, Asked)]
    found = iter(read(asked, model.head(), embedder()))
    return [
        _text({"id": id_, **(next(found).as_dict() if isinstance(one, Asked) else {"error": one})}) for id_, one in told
    ]


def _text(answer: dict[str, Any]) -> str:
    """An answer as JSON; half a surrogate in an id could not be written."""
    return json.dumps(answer, ensure_ascii=False).encode("utf-8", "replace").decode()


def _chunks(lines: Iterator[str]) -> Iterator[list[str]]:
    """Small chunks, so that processes end together; blank lines are none."""
    told = (line for line in lines if line.strip())
    while some := list(islice(told, CHUNK)):
        yield some


def _asked(line: str, number: int) -> tuple[Any, Asked | str]:
    try:
        told = json.loads(line)
    except ValueError as err:
        return None, f"not JSON: {err}"
    except RecursionError:
        return None, "nested too deeply"
    if not isinstance(told, dict):
        return None, "expected an object with id and text"
    text = told.get("text")
    if text is not None and not isinstance(text, str):
        return told.get("id"), "text is no text"
    try:
        return told.get("id"), Asked((text or "")[:_LONGEST], _stated(told))
    except BadPayload as err:
        return told.get("id"), str(err)


def _stated(told: dict[str, Any]) -> Stated | None:
    """What the code says, where a platform and its code are given; a code nobody knows says nothing."""
    platform, code = told.get("platform"), told.get("code")
    if platform is None or code is None:
        return None
    if not isinstance(platform, str) or not isinstance(code, (str, int)):
        raise BadPayload("expected text", "platform or code")
    found = platforms.reason(platform, str(code))
    return Stated(found.label, found.precise, found.also) if found else None
