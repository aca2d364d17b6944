"""Bringing the local stack up: emulator, package, deployment, each only if it is not there already."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from .. import session
from ..http_api import DOMAIN
from ..stages import LOCAL, Stage
from . import process
from .home import Home

LOCAL_STAGE = Stage(LOCAL)


@dataclass(frozen=True, slots=True)
class Up:
    """A stack that is up: where, and what had to be done for it."""

    url: str
    port: int
    started: bool
    packaged: bool
    deployed: bool


def url(port: int) -> str:
    """Where pages and API are."""
    return f"http://{DOMAIN}:{port}/"


def up(say: Callable[[str], None], port: int | None = None) -> Up:
    """Bring the stack up and return once it answers. Doing it again changes nothing and takes a second."""
    from ..deploy import deploy
    from ..package import existing, package
    from . import extras, platforms
    from .connect import keep_outputs

    home = Home()
    with home.alone():
        chosen = home.port(port)
        started = process.start(home, chosen, say)
        if started:
            say(f"Started on port {chosen}")
        session.use(LOCAL)
        found = existing(LOCAL_STAGE)
        if found is None:
            say("Packaging the functions")
        made = found or package(LOCAL_STAGE)
        done = deploy(LOCAL_STAGE, made, say)
        if done.changed or started:  # a kill right after a deployment may have cost what is not CloudFormation's
            extras.apply(done.outputs)
        keep_outputs(LOCAL_STAGE, done.outputs)
        platforms.start(home, done.outputs["SettingsTable"])
    return Up(url(chosen), chosen, started, found is None, done.changed)
