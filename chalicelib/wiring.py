"""Which function runs which step: imports that step alone, once per container, while the function starts."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from importlib import import_module
from typing import Any

from . import settings

STEPS = (
    "receive", "inbox", "react", "words", "retry", "perform", "errands", "sweep", "reconcile", "feed", "forget", "unsubscribe",
    "land", "merge", "loader", "console",
)  # fmt: skip


@lru_cache(maxsize=None)
def step(name: str) -> Callable[..., Any]:
    """The step called `name`, ready to run: `prepare(settings)` of steps/<name>.py, kept for the container's life."""
    if name not in STEPS:
        raise LookupError(f"no step called {name!r}")
    module = import_module(f"{__package__}.steps.{name}")
    ready: Callable[..., Any] = module.prepare(settings.from_environment())
    return ready


def warm() -> None:
    """Import this function's own step now: start-up has full CPU on Lambda, and each function pays only for its own."""
    name = settings.step_name()
    if name:
        step(name)
