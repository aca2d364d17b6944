"""Waiting until what came in has flowed through: log, state, landed rows, lake."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from typing import Any

import boto3
from botocore.config import Config

from .local.condition import Condition, condition
from .local.connect import outputs
from .local.home import Home
from .local.up import url
from .problems import Problem
from .stages import Stage

_PAUSE = 1.2
# What EventBridge sends on a schedule, as far as Chalice reads it.
_TICK = {
    "version": "0", "id": "", "detail-type": "Scheduled Event", "source": "operator", "account": "", "time": "", "region": "",
    "resources": [], "detail": {},
}  # fmt: skip


def door(stage: Stage) -> str:
    """Where the stage's pages and webhooks are."""
    return url(Home().port()) if stage.local else outputs(stage)["Url"]


def drain(stage: Stage, say: Callable[[str], None] = lambda text: None, patience: float = 3600) -> None:
    """Return once no stream record and no retry waits. Local stage only.

    A stream record is on the ledger before its write is answered, and leaves it only after what it led to is there too. A retry
    is invisible for its first second; hence two looks that far apart.
    """
    until, quiet = time.monotonic() + patience, 0
    while quiet < 2:
        now = condition(stage)
        waiting = sum(now.waiting.values()) + now.queues.get("RetryQueue", 0)
        say(f"{waiting:,} records on their way")
        quiet = quiet + 1 if waiting == 0 else 0
        if time.monotonic() > until:
            remedy = "Look at ./wellkept status and .wellkept/stack.log."
            raise Problem(f"{waiting} records still wait after {patience:.0f} s.", remedy)
        time.sleep(_PAUSE)


def merge(stage: Stage) -> dict[str, Any]:
    """Run the merge now instead of at its next quarter of an hour; what it says it did."""
    client = boto3.client("lambda", config=Config(read_timeout=310, retries={"total_max_attempts": 1}))
    answer = client.invoke(FunctionName=outputs(stage)["Merge"], Payload=json.dumps(_TICK))
    said = json.loads(answer["Payload"].read() or b"{}")
    if "FunctionError" in answer:
        raise Problem(f"The merge failed: {said.get('errorMessage', said)}", "Look at the function's log: .wellkept/stack.log")
    return dict(said or {})


def settle(stage: Stage, say: Callable[[str], None] = lambda text: None) -> Condition:
    """Drain, then merge until nothing landed is left."""
    drain(stage, say)
    while (done := merge(stage)).get("left"):
        say(f"merging: {done['left']} landed objects left")
    return condition(stage)
