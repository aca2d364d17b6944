"""The local platform server as a process beside the emulator: for shops that were connected with --demo."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
import urllib.request

from chalicelib.effects.settings_items import SettingsItems
from chalicelib.steps.reading import LOCAL_PLATFORMS

from ..problems import Problem
from ..stages import ROOT
from .home import Home
from .process import HOST, command_of

_MODULE = "infra.marketplaces.server"
_PATIENCE = 20


def running(home: Home) -> int | None:
    """The process id of this checkout's platform server, or None."""
    pid = home.remembered().get("platforms_pid")
    return int(pid) if pid and _MODULE in command_of(int(pid)) else None


def url(home: Home) -> str:
    """Where it is; "" when it does not run."""
    return str(home.remembered().get("platforms_url", "")) if running(home) else ""


def start(home: Home, settings_table: str) -> bool:
    """Start it on a free port unless it runs, and tell the stack where it is. True when it was started."""
    started = not running(home)
    if started:
        log = (home.folder / "platforms.log").open("wb")
        process = subprocess.Popen(
            [sys.executable, "-m", _MODULE], cwd=ROOT, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=log,
            start_new_session=True,
        )  # fmt: skip
        assert process.stdout is not None
        said = process.stdout.readline().decode().strip()
        if not said.startswith("http://") or not _ready(said):
            raise Problem(f"The local platform server did not start: {said}", f"Look at {home.folder / 'platforms.log'}.")
        home.remember(platforms_pid=process.pid, platforms_url=said)
    items, where = SettingsItems(settings_table), url(home)
    if items.get(LOCAL_PLATFORMS) != where:
        items.put(LOCAL_PLATFORMS, where)
    return started


def stop(home: Home) -> bool:
    """Stop it. True when it ran."""
    pid = running(home)
    if pid:
        os.kill(pid, signal.SIGTERM)
    home.remember(platforms_pid=None, platforms_url=None)
    return bool(pid)


def _ready(where: str) -> bool:
    assert where.startswith(f"http://{HOST}:")
    until = time.monotonic() + _PATIENCE
    while time.monotonic() < until:
        try:
            with urllib.request.urlopen(f"{where}/_ready", timeout=2) as answer:
                return bool(answer.status == 200)
        except OSError:
            time.sleep(0.1)
    return False
