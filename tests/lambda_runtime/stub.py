"""A Lambda of one's own: AWS's runtime interface client around a package, and a stub of the Runtime API that it polls.

The function's process sees the standard library, the package, its layers and the runtime client; no development package. The
client is AWS's own, so a handler that starts and answers here does so on AWS, as far as imports and events go.

Protocol: docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html
"""

from __future__ import annotations

import json
import os
import queue
import shutil
import socket
import subprocess
import sys
import tempfile
import threading
import time
import zipfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from importlib.metadata import files
from pathlib import Path
from types import TracebackType
from typing import Any, Self

_CLIENT = ("awslambdaric", "simplejson", "snapshot-restore-py")
_NEXT = "/2018-06-01/runtime/invocation/next"


class FunctionFailed(Exception):
    """The function could not start, its handler raised, or its process ended; with what it said about it."""


@dataclass
class _Desk:
    """What passes between the process and the test: events out, answers in."""

    ready: threading.Event = field(default_factory=threading.Event)
    polled: float = 0.0
    events: queue.Queue[bytes] = field(default_factory=queue.Queue)
    answers: queue.Queue[tuple[str, bytes]] = field(default_factory=queue.Queue)


class _RuntimeApi(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self, port: int) -> None:
        self.desk = _Desk()
        super().__init__(("127.0.0.1", port), _Answers)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """The process went away while it was polling: that is how every run ends."""


class _Answers(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: _RuntimeApi

    def setup(self) -> None:
        super().setup()
        self.connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)  # else the delayed ACK costs 40 ms a call

    def do_GET(self) -> None:
        if self.path != _NEXT:
            self._say(404, b"{}")
            return
        self.server.desk.polled = self.server.desk.polled or time.perf_counter()
        self.server.desk.ready.set()
        event = self.server.desk.events.get()
        about = {
            "Aws-Request-Id": "00000000-0000-0000-0000-000000000000",
            "Deadline-Ms": str(int((time.time() + 30) * 1000)),
            "Invoked-Function-Arn": "arn:aws:lambda:us-east-1:123456789012:function:stub",
            "Trace-Id": "Root=1-00000000-000000000000000000000000",
        }
        self._say(200, event, {f"Lambda-Runtime-{name}": value for name, value in about.items()})

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        self._say(202, b"{}")
        self.server.desk.answers.put((self.path.rpartition("/")[2], body))
        self.server.desk.ready.set()

    def _say(self, status: int, body: bytes, headers: Mapping[str, str] = {}) -> None:
        self.send_response(status)
        # Without a content type the client's native part dereferences nothing and dies.
        for name, value in {"Content-Type": "application/json", "Content-Length": str(len(body)), **headers}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: Any) -> None:
        """Silence: the function's own output is what matters."""


@lru_cache(maxsize=1)
def client_folder() -> Path:
    """A folder with AWS's runtime interface client and what it needs, and nothing else of this environment."""
    folder = Path(tempfile.mkdtemp(prefix="lambda-client-"))
    for package in _CLIENT:
        for file in files(package) or ():
            if ".." not in file.parts and file.suffix != ".pyc":
                (folder / file).parent.mkdir(parents=True, exist_ok=True)
                shutil.copyfile(file.locate(), folder / file)
    subprocess.run([sys.executable, "-m", "compileall", "-q", str(folder)], check=True)
    return folder


def unzip(package: Path, folder: Path) -> Path:
    """`package` unzipped into `folder`, which is returned."""
    with zipfile.ZipFile(package) as zipped:
        zipped.extractall(folder)
    return folder


class Function:
    """A running function, for `with`. `code` is the unzipped package, `layers` unzipped layers, `handler` "app.http".

    `init_ms` is the time from the start of its process to its first poll: interpreter, runtime client and the handler's
    imports; `init_cpu_ms` the processor time that took (Linux). FunctionFailed when it does not start. `port` 0 takes any
    that is free.
    """

    def __init__(
        self, code: Path, handler: str, environment: Mapping[str, str], layers: Sequence[Path] = (), port: int = 0
    ) -> None:
        self._code, self._handler, self._port = code, handler, port
        self._environment = _environment(code, layers) | dict(environment)
        self.init_ms = self.init_cpu_ms = 0.0

    def __enter__(self) -> Self:
        self._api = _RuntimeApi(self._port)
        threading.Thread(target=self._api.serve_forever, args=(0.02,), daemon=True).start()
        self._output = tempfile.TemporaryFile()  # lives as long as the process that writes to it
        address = f"127.0.0.1:{self._api.server_address[1]}"
        started = time.perf_counter()
        self._process = subprocess.Popen(
            [sys.executable, "-S", "-s", "-P", "-m", "awslambdaric", self._handler],
            cwd=self._code,
            env=self._environment | {"AWS_LAMBDA_RUNTIME_API": address},
            stdout=self._output,
            stderr=subprocess.STDOUT,
        )
        try:
            self._wait_for_start()
        except BaseException:
            self.__exit__(None, None, None)
            raise
        self.init_ms = (self._api.desk.polled - started) * 1000
        self.init_cpu_ms = self._cpu_ms()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._process.kill()
        self._process.wait()
        self._api.shutdown()
        self._api.server_close()
        self._output.close()

    def _wait_for_start(self, seconds: float = 30.0) -> None:
        until = time.monotonic() + seconds
        while not self._api.desk.ready.wait(0.05):
            if self._process.poll() is not None or time.monotonic() > until:
                raise FunctionFailed(f"{self._handler} did not start:\n{self.output()}")
        if not self._api.desk.answers.empty():
            raise FunctionFailed(f"{self._handler} did not start:\n{self._api.desk.answers.get()[1].decode()}\n{self.output()}")

    def invoke(self, event: Mapping[str, Any], seconds: float = 30.0) -> Any:
        """The handler's answer to `event`. FunctionFailed with the error's text when it raised or gave none in time."""
        self._api.desk.events.put(json.dumps(event).encode())
        kind, body = self._answer(time.monotonic() + seconds)
        if kind != "response":
            raise FunctionFailed(f"{self._handler} raised:\n{body.decode()}\n{self.output()}")
        return json.loads(body)

    def _answer(self, until: float) -> tuple[str, bytes]:
        while True:
            try:
                return self._api.desk.answers.get(timeout=0.5)
            except queue.Empty:
                ended = self._process.poll()
                if ended is not None or time.monotonic() > until:
                    said = "did not answer in time" if ended is None else f"ended with {ended} instead of answering"
                    raise FunctionFailed(f"{self._handler} {said}:\n{self.output()}") from None

    def output(self) -> str:
        """What the process has printed so far."""
        size = os.fstat(self._output.fileno()).st_size
        return os.pread(self._output.fileno(), size, 0).decode(errors="replace")

    def memory_mb(self) -> float:
        """The process's peak resident memory in MB; 0 where the system does not say (/proc)."""
        try:
            status = Path(f"/proc/{self._process.pid}/status").read_text()
        except FileNotFoundError:
            return 0.0
        return next(int(line.split()[1]) / 1024 for line in status.splitlines() if line.startswith("VmHWM"))

    def _cpu_ms(self) -> float:
        try:
            fields = Path(f"/proc/{self._process.pid}/schedstat").read_text().split()
        except FileNotFoundError:
            return 0.0
        return int(fields[0]) / 1e6


def _environment(code: Path, layers: Sequence[Path]) -> dict[str, str]:
    """The variables every function has on AWS that matter here. Nothing of the shell's own."""
    paths = [code, *(layer / "python" for layer in layers), client_folder()]
    return {
        "PYTHONPATH": os.pathsep.join(str(path) for path in paths),
        "PYTHONDONTWRITEBYTECODE": "1",
        "LAMBDA_TASK_ROOT": str(code),
        "AWS_LAMBDA_FUNCTION_NAME": "stub",
        "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": "256",
        "AWS_LAMBDA_FUNCTION_VERSION": "$LATEST",
        "AWS_REGION": "us-east-1",
        "AWS_DEFAULT_REGION": "us-east-1",
        "AWS_ACCESS_KEY_ID": "testing",
        "AWS_SECRET_ACCESS_KEY": "testing",
        "AWS_EC2_METADATA_DISABLED": "true",
        "LANG": "C.UTF-8",
    }
