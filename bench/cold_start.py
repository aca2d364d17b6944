"""Cold start of the webhook's function, as packaged, under AWS's runtime client: what our code adds to Chalice and boto3.

The floor is the least a Chalice webhook can be: Chalice and one DynamoDB client, from the same package, with the same
byte-code. What Python and the runtime client take before either is measured too and left out of both.
Needs a package: `python -m infra.package`.
"""

from __future__ import annotations

import compileall
import json
import tempfile
from pathlib import Path
from typing import Any

from infra.stages import BUILD, LOCAL
from tests.lambda_runtime.stub import Function, unzip

from .common import Result, best, interleave, show

ROUNDS = 7
TARGET = 1.25
_FLOOR = """
import boto3
from chalice import Chalice

app = Chalice(app_name="floor", configure_logs=False)
client = boto3.client("dynamodb")
"""
_NOTHING = "def handler(event, context):\n    return event\n"


class Start:
    """One of the functions compared: starts it and keeps what the last start took."""

    def __init__(self, code: Path, handler: str, environment: dict[str, str]) -> None:
        self._made = (code, handler, environment)
        self.memory: list[float] = []
        self.cpu: list[float] = []

    def __call__(self) -> float:
        """Milliseconds from the process's start to its first poll."""
        with Function(*self._made) as function:
            self.memory.append(function.memory_mb())
            self.cpu.append(function.init_cpu_ms)
            return function.init_ms


def run(built: Path = BUILD / LOCAL, rounds: int = ROUNDS) -> dict[str, Any]:
    """Milliseconds until the webhook's function can take its first event, against the floor. FileNotFoundError: no package."""
    package = built / "deployment.zip"
    if not package.exists():
        raise FileNotFoundError(f"{package} is missing: run `python -m infra.package` first")
    template = json.loads((built / "template.json").read_text())
    ours = template["Resources"]["WebhookHandler"]["Properties"]
    given = ours["Environment"]["Variables"]
    variables = {name: value if isinstance(value, str) else "bench" for name, value in given.items()}
    with tempfile.TemporaryDirectory(prefix="cold-start-") as scratch:
        code = unzip(package, Path(scratch))
        for name, source in (("floor", _FLOOR), ("nothing", _NOTHING)):
            (code / f"{name}.py").write_text(source)
            compileall.compile_file(code / f"{name}.py", quiet=1)
        starts = {
            "nothing": Start(code, "nothing.handler", {}),
            "floor": Start(code, "floor.app", {}),
            "ours": Start(code, ours["Handler"], variables),
        }
        for start in starts.values():
            start()  # the first of each reads the package from the disk
        taken = interleave(starts, rounds)
    return _result({name: best(times) for name, times in taken.items()}, starts)


def _result(taken: dict[str, float], starts: dict[str, Start]) -> dict[str, Any]:
    cpu = {name: best(start.cpu) for name, start in starts.items()}
    memory = {name: best(start.memory) for name, start in starts.items()}
    also = {
        "runtime_alone_ms": round(taken["nothing"], 1),
        "ratio_with_runtime": round(taken["ours"] / taken["floor"], 3),
        "cpu_ratio": round((cpu["ours"] - cpu["nothing"]) / (cpu["floor"] - cpu["nothing"]), 3),
        "floor_memory_mb": round(memory["floor"], 1),
        "rounds": len(starts["ours"].memory) - 1,
    }
    value, floor = taken["ours"] - taken["nothing"], taken["floor"] - taken["nothing"]
    return Result("webhook cold start", "ms", value, floor, TARGET, memory["ours"], also).as_dict()


def main() -> None:
    """Measure and print."""
    show(run())


if __name__ == "__main__":
    main()
