"""`./wellkept clock`: what time it is on a stage, and on the laptop, moving it forward."""

from __future__ import annotations

import time
from typing import Annotated

import typer

from chalicelib.effects.clock import clock as clock_of
from chalicelib.effects.clock import system
from chalicelib.model import times

from ..ahead import ahead, seconds
from ..local.connect import settings_of
from ..problems import Problem
from ..stages import LOCAL, Stage
from .screen import NOTES, SCREEN, AsJson, OnStage, say_json

_UNITS = {"m": 60, "h": 3600, "d": 86400, "w": 7 * 86400}


def clock(
    by: Annotated[str, typer.Argument(metavar="[+TIME]", help="Forward by +90m, +25h, +3d, +2w. Local stage only.")] = "",
    stage: OnStage = LOCAL,
    as_json: AsJson = False,
) -> None:
    """Show the stage's time; or move the laptop's forward, doing on the way all that falls due."""
    settings = settings_of(stage)
    tells = clock_of(settings)
    if not by:
        _show(tells().replace(microsecond=0).isoformat(), (tells() - system()).total_seconds(), as_json)
        return
    if not settings.local:
        raise Problem(f"The clock of {stage} is the real one.", "Only the local stage's can be moved.")
    span = seconds(by, _UNITS, _refused)
    began, hops = time.monotonic(), []
    with NOTES.status("Moving the clock"):
        for hop in ahead(Stage(stage), settings, span):
            hops.append(hop)
            if not as_json and (hop.became or hop.left):
                SCREEN.print(hop.told())
    if as_json:
        say_json([{"at": times.text(hop.at), "became": dict(hop.became), "left": hop.left} for hop in hops])
    else:
        SCREEN.print(f"It is {hops[-1].at:%Y-%m-%d %H:%M} UTC here now ({len(hops)} hops, {time.monotonic() - began:.1f} s)")


def _show(now: str, ahead_by: float, as_json: bool) -> None:
    if as_json:
        say_json({"now": now, "ahead_seconds": round(ahead_by)})
    else:
        days = f", {ahead_by / 86400:.1f} days ahead of this machine" if ahead_by > 1 else ""
        SCREEN.print(f"{now}{days}")


def _refused(text: str) -> Problem:
    return Problem(f"{text!r} is no way to move the clock.", "Forward only, by at most 400 days: +90m, +25h, +3d or +2w.")
