"""How the local stack is doing: what `status` shows."""

from __future__ import annotations

import sqlite3
import time
from dataclasses import dataclass, field
from typing import Any

import boto3

from .. import session
from ..deploy import describe
from ..functions import FUNCTIONS
from ..stages import Stage
from . import process
from .connect import outputs
from .home import Home
from .up import url

_QUEUES = ("RetryQueue", "RetryDeadLetters", "StreamDeadLetters")


@dataclass(frozen=True, slots=True)
class Condition:
    """A stack's condition. `waiting` counts stream records not yet read by table; `saved` is seconds since the last save."""

    running: bool
    url: str = ""
    pid: int | None = None
    stack: str = "not deployed"
    functions: dict[str, str] = field(default_factory=dict)
    queues: dict[str, int] = field(default_factory=dict)
    waiting: dict[str, int] = field(default_factory=dict)
    saved: float | None = None


def condition(stage: Stage) -> Condition:
    """Ask the stack of `stage`. One that is down, or not deployed, is a condition too and no error."""
    home = Home()
    pid = process.running(home) if stage.local else None
    if stage.local and not (pid and process.ready(home.port())):
        return Condition(running=False, pid=pid, saved=_saved(home))
    session.use(stage.name)
    stack = describe(stage)
    if stack is None:
        return Condition(running=True, pid=pid)
    found = outputs(stage)
    return Condition(
        running=True,
        url=url(home.port()) if stage.local else found["Url"],
        pid=pid,
        stack=stack["StackStatus"],
        functions=_functions(found),
        queues={name: _depth(found[name]) for name in _QUEUES},
        waiting=_waiting(home, found) if stage.local else {},
        saved=_saved(home) if stage.local else None,
    )


def _functions(found: dict[str, str]) -> dict[str, str]:
    lambdas = boto3.client("lambda")
    return {name: str(lambdas.get_function_configuration(FunctionName=found[name])["State"]) for name in FUNCTIONS}


def _depth(queue: str) -> int:
    wanted: Any = ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"]
    counts = boto3.client("sqs").get_queue_attributes(QueueUrl=queue, AttributeNames=wanted)["Attributes"]
    return sum(int(count) for count in counts.values())


def _waiting(home: Home, found: dict[str, str]) -> dict[str, int]:
    """Stream records not read by all, as of the last save."""
    rows = dict(_ask(home, "SELECT name, count(*) FROM record GROUP BY name"))
    return {name: rows.get(found[name], 0) for name in ("EventsTable", "OrdersTable")}


def _saved(home: Home) -> float | None:
    """Seconds since the emulator's state was last written, None when it never was."""
    files = [path for path in home.state.glob("state.sqlite*") if path.is_file()] if home.state.exists() else []
    return round(time.time() - max(path.stat().st_mtime for path in files), 1) if files else None


def _ask(home: Home, question: str) -> list[Any]:
    path = home.state / "state.sqlite"
    if not path.exists():
        return []
    db = sqlite3.connect(f"file:{path}?mode=ro", uri=True, timeout=5)
    try:
        return db.execute(question).fetchall()
    finally:
        db.close()
