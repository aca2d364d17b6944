"""A local stack of its own for these tests: another folder, another port, deployed from the real package."""

from __future__ import annotations

import http.client
import json
import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from chalicelib import platforms
from chalicelib.model.event import Webhook

ROOT = Path(__file__).parents[2]
SECRET = "a secret of the tests"


@dataclass
class Stack:
    """A deployed local stack and the command line that belongs to it."""

    home: Path
    port: int

    def __call__(self, *words: str, code: int | None = 0) -> str:
        """Run ./wellkept with these words; its standard output. Fails when it ends with another code."""
        environment = {**os.environ, "WELLKEPT_HOME": str(self.home), "WELLKEPT_PORT": str(self.port)}
        command = [sys.executable, "-P", "-m", "infra.cli.main", *words]
        done = subprocess.run(
            command, cwd=ROOT, env={**environment, "PYTHONPATH": str(ROOT)}, capture_output=True, text=True, timeout=900
        )
        assert code is None or done.returncode == code, f"{words}: {done.stdout}\n{done.stderr}"
        return done.stdout if code == 0 else done.stdout + done.stderr

    def json(self, *words: str) -> Any:
        """The same with --json, read."""
        return json.loads(self(*words, "--json"))

    def post(self, path: str, body: bytes, headers: dict[str, str]) -> tuple[int, dict[str, Any]]:
        """Send a request to the stack's door."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        connection.request("POST", path, body, {"host": f"wellkept.localhost:{self.port}", **headers})
        answer = connection.getresponse()
        text = answer.read()
        connection.close()
        return answer.status, json.loads(text or b"{}")

    def deliver(self, webhook: Webhook, secret: str = SECRET) -> tuple[int, dict[str, Any]]:
        """Send a webhook, signed now."""
        signed = platforms.get(webhook.platform).sign(webhook, secret, datetime.now(UTC))
        return self.post(f"/webhooks/{webhook.platform}/{webhook.shop}", signed.body, dict(signed.headers))

    @property
    def pid(self) -> int:
        """The emulator's process."""
        return int(json.loads((self.home / "stack.json").read_text())["pid"])


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.fixture(scope="session")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    if not (ROOT / ".venv-ministack/bin/python").exists():
        pytest.skip("the emulator's environment is missing; run: make setup")
    found = Stack(tmp_path_factory.mktemp("stack"), free_port())
    try:
        found("up")
        yield found
    finally:
        found("down", code=None)
