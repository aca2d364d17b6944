"""Retry: records that failed in react or land, once more, each for itself. After five tries SQS keeps them as dead letters."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from ..effects import log
from ..effects.store import Store
from ..settings import Settings
from . import land, react

Work = Callable[[dict[str, str]], None]


def prepare(settings: Settings) -> Callable[[Sequence[Mapping[str, Any]]], dict[str, Any]]:
    """The step, with what it may have to repeat."""
    store, landing = Store(settings), land.prepare(settings)

    def again(key: dict[str, str]) -> None:
        react.react(store, key["pk"], {key["sk"]}, datetime.now(UTC))

    work: dict[str, Work] = {"react": again, "land": lambda key: landing.current(key["pk"])}
    return lambda records: retry(records, work)


def retry(records: Sequence[Mapping[str, Any]], work: Mapping[str, Work]) -> dict[str, Any]:
    """Repeat each message's step; the ids of those that failed again go back to the queue."""
    failed = []
    for record in records:
        message = json.loads(record["body"])
        try:
            with log.unit("retry", repeats=message["step"], key=message["key"]):
                work[message["step"]](message["key"])
        except Exception:  # logged by the unit, and reported to SQS, which counts the tries
            failed.append({"itemIdentifier": record["messageId"]})
    return {"batchItemFailures": failed}
