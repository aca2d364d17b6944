"""How the local stack is doing: what `status` shows."""

from __future__ import annotations

import json
import sqlite3
import time
from collections import Counter
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import boto3

from chalicelib.effects import breaker
from chalicelib.effects.settings_items import SettingsItems
from chalicelib.model.action import ActionStatus
from chalicelib.steps.pulls import Pulls

from .. import session
from ..deploy import describe
from ..functions import FUNCTIONS
from ..queues import QUEUES
from ..stages import Stage
from . import process
from .connect import outputs
from .home import Home
from .up import url


@dataclass(frozen=True, slots=True)
class Condition:
    """A stack's condition. `waiting` counts stream records not yet read by table; `saved` is seconds since the last save.

    `people` counts actions that wait for a person, by status, on the laptop: elsewhere counting would read the whole outbox.
    `paused` is why no mail goes out. `feeds` counts the lists that are read at platforms, by how they stand.
    """

    running: bool
    url: str = ""
    pid: int | None = None
    stack: str = "not deployed"
    functions: dict[str, str] = field(default_factory=dict)
    queues: dict[str, int] = field(default_factory=dict)
    waiting: dict[str, int] = field(default_factory=dict)
    saved: float | None = None
    people: dict[str, int] = field(default_factory=dict)
    paused: str | None = None
    feeds: dict[str, int] = field(default_factory=dict)


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
        queues={name: depth(found[name]) for name in QUEUES},
        waiting=unread(home, found) if stage.local else {},
        saved=_saved(home) if stage.local else None,
        people=_people(found["OutboxTable"]) if stage.local else {},
        paused=_paused(found["SettingsTable"]),
        feeds=_feeds(found["SettingsTable"]),
    )


def _functions(found: dict[str, str]) -> dict[str, str]:
    lambdas = boto3.client("lambda")
    return {name: str(lambdas.get_function_configuration(FunctionName=found[name])["State"]) for name in FUNCTIONS}


def depth(queue: str, sqs: Any = None) -> int:
    """About how many messages of a queue wait or are in work. What is delayed waits for its time and does not count."""
    wanted: Any = ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"]
    counts = (sqs or boto3.client("sqs")).get_queue_attributes(QueueUrl=queue, AttributeNames=wanted)["Attributes"]
    return sum(int(count) for count in counts.values())


def _people(table: str) -> dict[str, int]:
    pages = boto3.client("dynamodb").get_paginator("scan").paginate(
        TableName=table, ProjectionExpression="#s", FilterExpression="#s IN (:held, :unknown)",
        ExpressionAttributeNames={"#s": "status"},
        ExpressionAttributeValues={":held": {"S": ActionStatus.HELD}, ":unknown": {"S": ActionStatus.UNKNOWN}},
    )  # fmt: skip
    return dict(Counter(item["status"]["S"] for page in pages for item in page["Items"]))


def _paused(table: str) -> str | None:
    item = boto3.client("dynamodb").get_item(TableName=table, Key={"pk": {"S": breaker.KEY}}).get("Item", {})
    found = json.loads(item.get("value", {}).get("S", "{}"))
    return found.get("why") if "tripped_at" in found else None


def _feeds(table: str) -> dict[str, int]:
    return dict(Counter(one.condition for one in Pulls(SettingsItems(table)).feeds(datetime.now(UTC))))


def unread(home: Home, found: dict[str, str]) -> dict[str, int]:
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
