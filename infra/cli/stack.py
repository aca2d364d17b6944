"""The commands about the stack itself: up, down, status, doctor, deploy."""

from __future__ import annotations

import json
import sys
import time
from dataclasses import asdict
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from ..stages import LOCAL, Stage

_SCREEN = Console(soft_wrap=True, highlight=False)
_OnStage = Annotated[str, typer.Option("--stage", help="Which deployment: local, or a name of yours on AWS.")]


def register(app: typer.Typer) -> None:
    """Add the commands to `app`."""
    for command in (up, down, status, doctor, deploy):
        app.command()(command)


def up(
    port: Annotated[int | None, typer.Option(min=1024, max=65535, help="Port on 127.0.0.1, remembered. First 4566.")] = None,
) -> None:
    """Start the local stack and deploy to it what changed."""
    from ..local import up as local

    began = time.monotonic()
    with _SCREEN.status("Bringing the stack up") as spinner:
        done = local.up(lambda text: spinner.update(text) if _SCREEN.is_terminal else _SCREEN.print(f"  {text}"), port)
    news = [word for word, did in (("started", done.started), ("packaged", done.packaged), ("deployed", done.deployed)) if did]
    _SCREEN.print(f"[green]Up[/] ({', '.join(news) or 'nothing had changed'}, {time.monotonic() - began:.1f} s): {done.url}")


def down(forget: Annotated[bool, typer.Option("--forget", help="Also delete the local stack's data.")] = False) -> None:
    """Stop the local stack. Its data stays for the next start."""
    from ..local import platforms, process
    from ..local.home import Home

    home = Home()
    with home.alone():
        platforms.stop(home)
        ran = process.stop(home, _SCREEN.print)
        if forget:
            process.forget(home)
    _SCREEN.print("Down" + ("; its data is deleted" if forget else "") if ran or forget else "It was not running")


def status(stage: _OnStage = LOCAL, as_json: Annotated[bool, typer.Option("--json", help="For programs.")] = False) -> None:
    """Show the stack, its functions and what waits in its queues and streams."""
    from ..local.condition import condition

    state = condition(Stage(stage))
    if as_json:
        sys.stdout.write(json.dumps(asdict(state)) + "\n")
        return
    if not state.running:
        _SCREEN.print("Down. Start it: ./wellkept up")
        return
    table = Table(show_header=False, box=None)
    waiting = ", ".join(f"{name} {count}" for name, count in state.waiting.items())
    rows = {
        "open": state.url,
        "stack": state.stack,
        "functions": ", ".join(f"{name} {one.lower()}" for name, one in state.functions.items()),
        "queues": ", ".join(f"{name} {count}" for name, count in state.queues.items()),
        "streams, unread": waiting,
        "for a person": ", ".join(f"{count} {word}" for word, count in sorted(state.people.items())),
        "read at platforms": _feeds(state.feeds),
        "mail is paused": state.paused or "",
        "last save": "" if state.saved is None else f"{state.saved} s ago",
    }
    for name, value in rows.items():
        if value:
            table.add_row(f"[dim]{name}[/]", value)
    _SCREEN.print(table)


def _feeds(found: dict[str, int]) -> str:
    said = ", ".join(f"{count} {word}" for word, count in sorted(found.items()))
    return f"{said} lists: ./wellkept feeds" if said else ""


def doctor(stage: _OnStage = LOCAL) -> None:
    """Check everything the stack needs; each fault comes with its remedy."""
    from ..checks import checks

    signs = {True: "[green]✓[/]", None: "[yellow]•[/]", False: "[red]✗[/]"}
    well = True
    for check in checks(Stage(stage)):
        well = well and check.well is not False
        _SCREEN.print(f"{signs[check.well]} {check.about}: {check.found}" + (f"\n  → {check.remedy}" if check.remedy else ""))
    if not well:
        raise typer.Exit(1)


def deploy(
    stage: Annotated[str, typer.Option("--stage", help="A name of yours for the deployment on AWS, such as production.")],
    rollback: Annotated[bool, typer.Option("--rollback", help="Go back to what was deployed before.")] = False,
) -> None:
    """Deploy to your AWS account (AWS_PROFILE, AWS_REGION), or back to the version before."""
    from .. import deploy as deployment
    from ..local.connect import keep_outputs
    from ..package import package
    from ..session import use

    where = Stage(stage)
    use(stage)
    deployment.check_python(where)
    if rollback:
        done = deployment.roll_back(where, _SCREEN.print)
    else:
        made = package(where)
        _SCREEN.print(made.report())
        done = deployment.deploy(where, made, _SCREEN.print)
    keep_outputs(where, done.outputs)
    news = "Deployed" if done.changed else "Nothing had changed"
    _SCREEN.print(f"[green]{news}[/]: {done.outputs.get('Url', '')}")
