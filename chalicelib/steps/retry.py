"""Retry: what failed in react, land or feed, once more, each for itself. After five tries SQS keeps it as a dead letter."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from ..effects import log
from ..effects.clock import clock
from ..effects.outbox import Outbox
from ..settings import Settings
from . import feed, land, react
from .performers import closer

Work = Callable[[dict[str, str]], None]


def prepare(settings: Settings) -> Callable[[Sequence[Mapping[str, Any]]], dict[str, Any]]:
    """The step, with what it may have to repeat."""
    reacting, landing = react.effects(settings), land.prepare(settings)
    feeding = feed.Effects(Outbox(settings), closer(settings), clock(settings))
    work: dict[str, Work] = {
        "react": lambda key: react.react(reacting, key["pk"], {key["sk"]}),
        "land": lambda key: landing.current(key["pk"]),
        "feed": lambda key: feed.again(key, feeding),
    }
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
