"""The log: one JSON line per unit of work, which CloudWatch also reads as metrics (EMF). Ids and outcomes, never payloads.

The EMF block rides in the same line instead of a second one, and only where there is something to measure: `failed` on a
unit of work that failed, and what a step counts. AWS/Lambda's own Invocations say how many units there were.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from time import perf_counter
from traceback import extract_tb
from typing import Any

from aws_lambda_powertools import Logger
from aws_lambda_powertools.metrics import Metrics, MetricUnit

from ..model.errors import BadPayload, ConfigurationError, WellkeptError

FAILED = "failed"
_FRAMES = 6

# The service is POWERTOOLS_SERVICE_NAME, which infra/ sets. Never the Chalice app's name: both would be the same logger of
# the standard library, and if Chalice is told to configure logs, every line would come twice.
# CloudWatch stamps each line itself.
_logger = Logger(location=None, timestamp=None)
_metrics = Metrics(namespace="Wellkept")


@dataclass(slots=True)
class _Line:
    fields: dict[str, Any]
    counts: dict[str, int] = field(default_factory=dict)


_current: ContextVar[_Line | None] = ContextVar("line", default=None)


@contextmanager
def unit(step: str, **fields: Any) -> Iterator[None]:
    """One unit of work: everything noted inside comes out as one line when it ends, with `outcome` and `duration_ms`.

    The outcome is "done" unless noted otherwise. An exception makes it "failed", is described in the line and goes on up.
    """
    line = _Line({"outcome": "done", **fields})
    token, started = _current.set(line), perf_counter()
    try:
        yield
    except BaseException as error:
        line.fields |= {"outcome": FAILED, **describe(error)}
        raise
    finally:
        _current.reset(token)
        _write(step, line, (perf_counter() - started) * 1000)


def note(**fields: Any) -> None:
    """Add fields to the line of the unit of work in progress (event_id=..., outcome=...). Outside of one: nothing to do."""
    line = _current.get()
    if line is not None:
        line.fields |= fields


def count(name: str, value: int = 1) -> None:
    """Add to a metric of the step in progress. Each new name costs a custom metric: use few."""
    line = _current.get()
    if line is not None:
        line.counts[name] = line.counts.get(name, 0) + value


def describe(error: BaseException) -> dict[str, Any]:
    """What may be said of an error in a log: its kind, its cause's kind and where it rose.

    The message is kept for our own errors alone. Those of libraries quote the data they stumbled over.
    """
    told: dict[str, Any] = {"error": type(error).__name__}
    told["trace"] = [f"{frame.filename}:{frame.lineno} {frame.name}" for frame in extract_tb(error.__traceback__)[-_FRAMES:]]
    if isinstance(error, (WellkeptError, ConfigurationError)):
        told["problem"] = said(error)
    if error.__cause__ is not None:
        told["cause"] = type(error.__cause__).__name__
    return told


def said(error: BaseException) -> str:
    """An error of ours in words, without what it quotes of somebody's data."""
    return error.cause if isinstance(error, BadPayload) else str(error)


def _write(step: str, line: _Line, milliseconds: float) -> None:
    failed = line.fields["outcome"] == FAILED
    report = _logger.error if failed else _logger.info
    report(step, extra={**line.fields, "duration_ms": round(milliseconds, 2), **_measured(step, failed, line.counts)})


def _measured(step: str, failed: bool, counts: dict[str, int]) -> dict[str, Any]:
    if failed:
        counts = counts | {FAILED: 1}
    if not counts:
        return {"step": step}
    _metrics.add_dimension("step", step)
    for name, value in counts.items():
        _metrics.add_metric(name, MetricUnit.Count, value)
    measured: dict[str, Any] = dict(_metrics.serialize_metric_set())
    _metrics.clear_metrics()
    return measured
