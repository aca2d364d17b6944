"""The local platform server: http://127.0.0.1:PORT/HOST/PATH is answered as https://HOST/PATH would be.

    python -m infra.marketplaces.server [--port N]

POST /_faults takes a list of faults ({"host", "path" (pattern), "times", "status", "headers", "body", "seconds", "cut"}) and
lays them over what is asked next; GET /_calls tells what was asked (never with its secrets); POST /_put/PLATFORM/KIND/ID lets
something be so from now on; POST /_reset forgets all that.
"""

from __future__ import annotations

import argparse
import json
import pkgutil
import re
import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from importlib import import_module
from typing import Any

from chalicelib.model.call import Response

from . import __path__ as _folder
from .world import WRITTEN, Call, World, said

_NOT_PLATFORMS = {"server", "world"}
_TOO_LARGE = 20 * 1024 * 1024


class Marketplaces:
    """Every platform of this folder with its world. `answer` is a platform's answer to a call, after faults and limits."""

    def __init__(
        self, clock: Callable[[], datetime] | None = None, limits: bool = True, later: timedelta = timedelta(0)
    ) -> None:
        names = sorted(one.name for one in pkgutil.iter_modules(_folder) if one.name not in _NOT_PLATFORMS)
        self._modules = {name: import_module(f"{__package__}.{name}") for name in names if not name.startswith("_")}
        self._hosts = {host: name for name, module in self._modules.items() for host in module.HOSTS}
        self._clock, self._limits, self._later = clock, limits, later
        self._lock = threading.RLock()
        self.reset()

    def reset(self) -> None:
        """Forget everything but what comes with the product."""
        self.worlds = {name: World.of(name, self._clock, self._later) for name in self._modules}
        self.calls: list[dict[str, Any]] = []
        self.faults: list[dict[str, Any]] = []
        self._spent: dict[str, tuple[float, float]] = {}

    def demo(self, platform: str) -> dict[str, str]:
        """The credentials it knows for a platform: "secret", and the names of the adapter's SETUP."""
        return dict(self._modules[platform].DEMO)

    def names(self) -> list[str]:
        """The platforms it speaks for."""
        return list(self._modules)

    def answer(self, call: Call) -> Response:
        """What the platform says, or the fault that was laid over it."""
        name = self._hosts.get(call.host)
        if name is None:
            return said({"message": f"no platform here answers for {call.host}"}, 421)
        fault = self._fault(call)
        answer = self._faulty(fault) if fault else self._asked(name, call)
        with self._lock:
            self.calls.append({"host": call.host, "method": call.method, "path": call.path, "status": answer.status})
        return answer

    def _asked(self, name: str, call: Call) -> Response:
        wait = self._wait(name)
        if wait:
            return said({"message": "too many requests"}, 429, retry_after=str(max(1, round(wait))))
        answer: Response = self._modules[name].answer(call, self.worlds[name])
        return answer

    def _wait(self, name: str) -> float:
        """How many seconds until the platform's bucket holds a call again; 0 when it does, and takes it."""
        rate, burst = getattr(self._modules[name], "LIMIT", (1000.0, 1000))
        if not self._limits:
            return 0.0
        with self._lock:
            left, at = self._spent.get(name, (float(burst), time.monotonic()))
            left = min(float(burst), left + (time.monotonic() - at) * rate)
            self._spent[name] = (left - 1 if left >= 1 else left, time.monotonic())
            return 0.0 if left >= 1 else (1 - left) / rate

    def _fault(self, call: Call) -> dict[str, Any] | None:
        with self._lock:
            for one in self.faults:
                fits = one.get("host", call.host) == call.host and re.search(one.get("path", ""), call.path)
                if fits and one.setdefault("times", 1) > 0:
                    one["times"] -= 1
                    return one
        return None

    def _faulty(self, fault: dict[str, Any]) -> Response:
        time.sleep(float(fault.get("seconds", 0)))
        body = fault.get("body", {"message": "a planted fault"})
        raw = body.encode() if isinstance(body, str) else json.dumps(body).encode()
        headers = {"content-type": "application/json", **fault.get("headers", {})}
        return Response(int(fault.get("status", 500)), headers, raw[: len(raw) // 2] if fault.get("cut") else raw)


class Server:
    """The server on a port of its own (0: any). Start and stop it, or use it in a `with`."""

    def __init__(self, port: int = 0, marketplaces: Marketplaces | None = None) -> None:
        self.marketplaces = marketplaces or Marketplaces()
        self._server = ThreadingHTTPServer(("127.0.0.1", port), _handler(self.marketplaces))
        self._server.daemon_threads = True

    @property
    def url(self) -> str:
        """Where it is."""
        return f"http://127.0.0.1:{self._server.server_address[1]}"

    def __enter__(self) -> Server:
        threading.Thread(target=self._server.serve_forever, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()

    def forever(self) -> None:
        """Serve until the process is stopped."""
        self._server.serve_forever()


def _handler(marketplaces: Marketplaces) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_any(self) -> None:
            length = int(self.headers.get("content-length") or 0)
            if length > _TOO_LARGE:
                self._send(said({"message": "too large"}, 413))
                return
            body = self.rfile.read(length)
            path, _, query = self.path.partition("?")
            headers = {name.lower(): value for name, value in self.headers.items()}
            host, _, rest = path.lstrip("/").partition("/")
            if host.startswith("_"):
                self._send(_controlled(marketplaces, host, rest, body))
            else:
                self._send(marketplaces.answer(Call(self.command, host, f"/{rest}", query, headers, body)))

        do_GET = do_POST = do_PUT = do_DELETE = do_PATCH = do_any  # noqa: N815 (names of http.server)

        def _send(self, answer: Response) -> None:
            self.send_response(answer.status)
            for name, value in answer.headers.items():
                self.send_header(name, value)
            self.send_header("content-length", str(len(answer.body)))
            self.end_headers()
            self.wfile.write(answer.body)

        def log_message(self, *_: object) -> None:
            """Addresses may hold tokens: nothing is logged; /_calls tells what was asked."""

    return Handler


def _controlled(marketplaces: Marketplaces, verb: str, rest: str, body: bytes) -> Response:
    if verb == "_calls":
        return said(marketplaces.calls)
    if verb == "_faults":
        marketplaces.faults = json.loads(body or b"[]")
    elif verb == "_put":
        platform, kind, id_ = rest.split("/", 2)
        marketplaces.worlds[platform].put(kind, id_, json.loads(body))
    elif verb == "_reset":
        marketplaces.reset()
    elif verb != "_ready":
        return said({"message": f"no such control: {verb}"}, 404)
    return said({"ok": True})


def main() -> None:
    """Serve on a port until stopped."""
    parser = argparse.ArgumentParser(description="The local platform server.")
    parser.add_argument("--port", type=int, default=0)
    server = Server(parser.parse_args().port, Marketplaces(later=datetime.now(UTC) - WRITTEN))
    print(server.url, flush=True)  # noqa: T201 (whoever starts it reads where it is)
    server.forever()


if __name__ == "__main__":
    main()
