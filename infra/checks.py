"""The doctor's checks: each says what it looked at, whether it is well, and what to do if not."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from .deploy import OLDEST
from .local import process
from .local.home import Home
from .package import folder
from .problems import Problem
from .stages import ROOT, Stage
from .storage import TABLES

_VERSION = "import sys; print('%d.%d' % sys.version_info[:2])"


@dataclass(frozen=True, slots=True)
class Check:
    """One finding. `well` None means a remark: it works, with a limit worth knowing."""

    about: str
    well: bool | None
    found: str
    remedy: str = ""


def checks(stage: Stage) -> Iterator[Check]:
    """Every check of `stage`, one after another; what rests on a failed one is left out."""
    yield python()
    if stage.local:
        yield environments()
        yield port()
        if not process.running(Home()):
            return
    yield from deployment(stage)


def python(version: tuple[int, int] = sys.version_info[:2]) -> Check:
    """Is this Python good for AWS as well?"""
    have = ".".join(map(str, version))
    if version < OLDEST:
        return Check("Python", None, f"{have}: good for the local stack, too old to deploy to AWS",
                     "Install Python 3.13 or 3.12, then run: make clean setup")
    return Check("Python", True, have)


def environments(root: Path = ROOT) -> Check:
    """Are both environments whole and of one Python? Functions run locally under the emulator's."""
    versions = {}
    for name in (".venv", ".venv-ministack"):
        done = _run([str(root / name / "bin" / "python"), "-c", _VERSION])
        if done is None:
            return Check("Environments", False, f"{name} is missing or broken", "Run: make setup")
        versions[name] = done.strip()
    if len(set(versions.values())) > 1:
        return Check("Environments", False, f"different Pythons: {versions}", "Run: make clean setup")
    return Check("Environments", True, f".venv and .venv-ministack, Python {versions['.venv']}")


def port(home: Home | None = None) -> Check:
    """Is the port ours, or free?"""
    home = home or Home()
    number, pid = home.port(), process.running(home)
    if pid and process.ready(number):
        return Check("Stack", True, f"answers on port {number} (process {pid})")
    if pid:
        again = "./wellkept down, then ./wellkept up"
        return Check("Stack", False, f"process {pid} runs but does not answer; see {home.log}", again)
    if not process.free(number):
        return Check("Stack", False, f"is down, and another program uses port {number}",
                     f"Stop that program, or: ./wellkept up --port {number + 4}")
    return Check("Stack", False, f"is down; port {number} is free", "./wellkept up")


def deployment(stage: Stage) -> Iterator[Check]:
    """Is the stack there, up to date, reachable, and without dead letters?"""
    from .local.condition import condition

    update = "./wellkept up" if stage.local else f"./wellkept deploy --stage {stage.name}"
    try:
        state = condition(stage)
    except Problem as problem:
        yield Check("Deployment", False, problem.what, problem.remedy)
        return
    well = state.stack.endswith("_COMPLETE") and "ROLLBACK" not in state.stack
    yield Check("Deployment", well, state.stack, "" if well else update)
    if not state.functions:
        return
    yield _up_to_date(stage, update)
    yield from _each("Functions", state.functions, lambda value: value == "Active", update)
    dead = {name: count for name, count in state.queues.items() if name.endswith("DeadLetters") and count}
    remedy = f"Read the errors in the log of the functions; put the cause right; then: ./wellkept redrive --stage {stage.name}"
    yield Check("Dead letters", not dead, ", ".join(f"{count} in {name}" for name, count in dead.items()) or "none",
                remedy if dead else "")
    yield _tables(stage, update)


def _up_to_date(stage: Stage, update: str) -> Check:
    from .deploy import deployed_mark, mark_of
    from .package import existing

    made = existing(stage)
    if made is None:
        record = folder(stage) / "package.json"
        since = "since the last package" if record.exists() else "and no package was made here"
        return Check("Version", None, f"the sources changed {since}", update)
    same = deployed_mark(stage) == mark_of(made)
    return Check("Version", True if same else None, "the sources are deployed" if same else "an older package is deployed",
                 "" if same else update)


def _tables(stage: Stage, update: str) -> Check:
    import boto3

    from .local.connect import outputs

    found, client = outputs(stage), boto3.client("dynamodb")
    states = {name: str(client.describe_table(TableName=found[name])["Table"]["TableStatus"]) for name in TABLES}
    bad = {name: state for name, state in states.items() if state != "ACTIVE"}
    return Check("Tables", not bad, json.dumps(bad) if bad else f"{len(states)} reachable", update if bad else "")


def _each(about: str, states: dict[str, str], good: Callable[[str], bool], remedy: str) -> Iterator[Check]:
    bad = {name: state for name, state in states.items() if not good(state)}
    yield Check(about, not bad, json.dumps(bad) if bad else f"{len(states)} active", remedy if bad else "")


def _run(command: list[str]) -> str | None:
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=30)
    except (OSError, subprocess.TimeoutExpired):
        return None
    return done.stdout if done.returncode == 0 else None
