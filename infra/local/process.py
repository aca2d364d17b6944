"""The emulator as a process: started detached with a clean environment, found again by its pid, stopped."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from pathlib import Path

from ..problems import Problem
from ..stages import ROOT
from .home import Home

HOST = "127.0.0.1"
REGION = "us-east-1"
_MODULE = "infra.local.launcher"
_START_WAIT = 120
_STOP_WAIT = 60
_LINGER = 10


def emulator_python(root: Path = ROOT) -> Path:
    """The Python of the emulator's own environment."""
    return root / ".venv-ministack" / "bin" / "python"


def running(home: Home) -> int | None:
    """The process id of this checkout's stack, or None. A pid that now belongs to another program counts as none."""
    pid = home.remembered().get("pid")
    return int(pid) if pid and _MODULE in command_of(int(pid)) else None


def ready(port: int) -> bool:
    """True when a stack answers on `port`."""
    try:
        with urllib.request.urlopen(f"http://{HOST}:{port}/_ministack/ready", timeout=2) as answer:
            return bool(answer.status == 200)
    except (OSError, urllib.error.URLError):
        return False


def free(port: int) -> bool:
    """True when nothing listens on `port` of this machine's loopback."""
    with socket.socket() as probe:
        probe.settimeout(2)
        return probe.connect_ex((HOST, port)) != 0


def _freed(port: int, patience: float) -> bool:
    """Whether the port is free, if need be after a moment: what was killed may hold it a little longer."""
    until = time.monotonic() + patience
    while not free(port):
        if time.monotonic() >= until:
            return False
        time.sleep(0.1)
    return True


def start(home: Home, port: int, say: Callable[[str], None]) -> bool:
    """Start the stack on `port` unless it runs, and wait until it answers. True when it was started.

    Problem when the port is taken, the environment is missing, or the emulator ends at once.
    """
    pid = running(home)
    if pid and home.remembered().get("port") == port:
        _wait(home, port, pid)
        return False
    if not _freed(port, _LINGER if home.remembered().get("pid") and not pid else 0):
        raise Problem(
            f"Port {port} is used by another program.",
            f"Stop that program, or choose another port: ./wellkept up --port {port + 4}",
        )
    if pid:
        say(f"Moving from port {home.remembered().get('port')} to {port}")
        stop(home, say)
    process = _spawn(home, port)
    home.remember(port=port, pid=process.pid)
    _wait(home, port, process.pid, process)
    return True


def stop(home: Home, say: Callable[[str], None]) -> bool:
    """Stop the stack, which saves itself first. True when it ran. One that does not end within a minute is killed."""
    pid = running(home)
    if pid:
        os.kill(pid, signal.SIGTERM)
        if not _ended(pid, _STOP_WAIT):
            say("It did not end within a minute; killed. Its state was saved all along.")
            os.kill(pid, signal.SIGKILL)
            _ended(pid, 10)
        _end_group(pid)
    home.remember(pid=None)
    return bool(pid)


def forget(home: Home) -> None:
    """Delete the stopped stack's data. The port is remembered."""
    for folder in (home.state, home.objects, home.mail, home.scratch):
        shutil.rmtree(folder, ignore_errors=True)
    for record in home.folder.glob("outputs-*.json"):
        record.unlink()


def _spawn(home: Home, port: int) -> subprocess.Popen[bytes]:
    python = emulator_python()
    if not python.exists():
        raise Problem("The emulator's environment (.venv-ministack) is missing.", "Run: make setup")
    shutil.rmtree(home.scratch, ignore_errors=True)
    home.scratch.mkdir(parents=True)
    if home.log.exists():
        os.replace(home.log, home.log.with_suffix(".log.1"))
    with home.log.open("wb") as log:
        return subprocess.Popen(
            [str(python), "-m", _MODULE], cwd=ROOT, env=_environment(home, port),
            stdin=subprocess.DEVNULL, stdout=log, stderr=subprocess.STDOUT, start_new_session=True,
        )


def _environment(home: Home, port: int) -> dict[str, str]:
    """Clean, because the emulator hands its own environment to every function; and without Docker, which we do not need."""
    return {
        "PATH": os.environ.get("PATH", os.defpath),
        "HOME": os.environ.get("HOME", "/"),
        "LANG": "C.UTF-8",
        "TZ": "UTC",
        "TMPDIR": str(home.scratch),
        "DOCKER_HOST": f"unix://{home.scratch}/none",
        "BIND_HOST": HOST,
        "GATEWAY_PORT": str(port),
        "MINISTACK_REGION": REGION,
        "AWS_DEFAULT_REGION": REGION,
        "AWS_ENDPOINT_URL": f"http://{HOST}:{port}",
        "PERSIST_STATE": "1",
        "S3_PERSIST": "1",
        "STATE_DIR": str(home.state),
        "S3_DATA_DIR": str(home.objects),
        "MAIL_DIR": str(home.mail),
        "IOT_MTLS_ENABLED": "0",
        "SFTP_ENABLED": "0",
    }


def _wait(home: Home, port: int, pid: int, process: subprocess.Popen[bytes] | None = None) -> None:
    until = time.monotonic() + _START_WAIT
    while time.monotonic() < until:
        if ready(port):
            return
        if (process is not None and process.poll() is not None) or not _alive(pid):
            home.remember(pid=None)
            what = f"The emulator ended at once. Its last words ({home.log}):\n{_last_words(home)}"
            raise Problem(what, "Run: ./wellkept doctor")
        time.sleep(0.1)
    raise Problem(f"The emulator did not answer on port {port} within {_START_WAIT} seconds; see {home.log}.",
                  "Run ./wellkept down, then ./wellkept up.")


def _last_words(home: Home) -> str:
    return "\n".join(home.log.read_text(errors="replace").splitlines()[-8:]) if home.log.exists() else "(none)"


def _alive(pid: int) -> bool:
    return bool(command_of(pid))


def _ended(pid: int, seconds: float) -> bool:
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        if not _alive(pid):
            return True
        time.sleep(0.1)
    return False


def _end_group(pid: int) -> None:
    """The functions' processes belong to the emulator's group; one that is slow to notice its end is not waited for."""
    try:
        os.killpg(pid, signal.SIGKILL)
    except ProcessLookupError:
        return


def command_of(pid: int) -> str:
    """The command line of a process, "" when there is none or only its remains wait to be collected."""
    done = subprocess.run(["ps", "-o", "stat=,command=", "-p", str(pid)], capture_output=True, text=True)
    state, _, command = done.stdout.strip().partition(" ")
    return "" if state.startswith("Z") else command.strip()
