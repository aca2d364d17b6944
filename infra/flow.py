"""Waiting until what came in has flowed through: log, state, actions, landed rows, lake; and running what a schedule runs."""

from __future__ import annotations

import json
import time
import urllib.request
from collections.abc import Callable
from typing import Any

import boto3
from botocore.config import Config

from .local.condition import Condition, condition, depth, unread
from .local.connect import outputs
from .local.home import Home
from .local.process import HOST
from .local.relay import STATUS
from .local.up import url
from .problems import Problem
from .stages import Stage

_PAUSE = 1.2
_BUSY = 310
_WORKED = ("RetryQueue", "WorkQueue", "ErrandQueue", "InboxQueue", "ImportQueue", "WordsQueue")
# What EventBridge sends on a schedule, as far as Chalice reads it.
_TICK = {
    "version": "0", "id": "", "detail-type": "Scheduled Event", "source": "operator", "account": "", "time": "", "region": "",
    "resources": [], "detail": {},
}  # fmt: skip


def door(stage: Stage) -> str:
    """Where the stage's pages and webhooks are."""
    return url(Home().port()) if stage.local else outputs(stage)["Url"]


def drain(stage: Stage, say: Callable[[str], None] = lambda text: None, patience: float = 3600) -> None:
    """Return once no stream record, no retry, no action and no news of a mail waits. Local stage only.

    A stream record is on the ledger before its write is answered, and leaves it only after what it led to is there too. A retry
    is invisible for its first second; hence two looks that far apart. Actions that are delayed wait for their time.
    """
    until, quiet = time.monotonic() + patience, 0
    while quiet < 2:
        waiting = sum(unread(Home(), outputs(stage)).values()) + moving(stage)
        say(f"{waiting:,} records on their way")
        quiet = quiet + 1 if waiting == 0 else 0
        if time.monotonic() > until:
            remedy = "Look at ./wellkept status and .wellkept/stack.log."
            raise Problem(f"{waiting} records still wait after {patience:.0f} s.", remedy)
        time.sleep(_PAUSE)


def moving(stage: Stage, sqs: Any = None) -> int:
    """How many retries, actions and deliveries of news are under way now. Local stage only."""
    found = outputs(stage)
    with urllib.request.urlopen(f"http://{HOST}:{Home().port()}{STATUS}", timeout=10) as answer:
        delivering = int(json.load(answer)["delivering"])
    return delivering + sum(depth(found[name], sqs) for name in _WORKED)


def perform(stage: Stage, patience: float = 60) -> int:
    """Wait until what the work queue holds is performed; how much still is under way when patience ends. Local stage only."""
    until, sqs = time.monotonic() + patience, boto3.client("sqs")
    while (left := moving(stage, sqs)) and time.monotonic() < until:
        time.sleep(0.05)
    return left


def merge(stage: Stage) -> dict[str, Any]:
    """Run the merge now instead of at its next quarter of an hour; what it says it did."""
    return _run(stage, "Merge")


def sweep(stage: Stage) -> dict[str, Any]:
    """Run the sweep now instead of at its next minute; how many actions it enqueued."""
    return _run(stage, "Sweep")


def reconcile(stage: Stage) -> dict[str, Any]:
    """Ask now for every list whose time has come; which were asked for."""
    return _run(stage, "Reconcile")


def forget(stage: Stage) -> dict[str, Any]:
    """Run the daily forgetting now; what it says it did."""
    return _run(stage, "Forget")


def _run(stage: Stage, name: str) -> dict[str, Any]:
    client = boto3.client("lambda", config=Config(read_timeout=310, retries={"total_max_attempts": 1}))
    until = time.monotonic() + _BUSY
    while True:
        try:
            answer = client.invoke(FunctionName=outputs(stage)[name], Payload=json.dumps(_TICK))
            break
        except client.exceptions.TooManyRequestsException:
            # Its own schedule has just started it, and it runs but once at a time.
            if time.monotonic() > until:
                raise
            time.sleep(0.1)
    said = json.loads(answer["Payload"].read() or b"{}")
    if "FunctionError" in answer:
        where = ".wellkept/stack.log" if stage.local else "CloudWatch"
        raise Problem(f"{name} failed: {said.get('errorMessage', said)}", f"Look at the function's log: {where}")
    return dict(said or {})


def settle(stage: Stage, say: Callable[[str], None] = lambda text: None) -> Condition:
    """Drain, then merge until nothing landed is left."""
    drain(stage, say)
    while (done := merge(stage)).get("left"):
        say(f"merging: {done['left']} landed objects left")
    return condition(stage)
