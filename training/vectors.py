"""Vectors of many texts, from the encoder as it is served, on both cores."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from typing import Any

import numpy as np

from chalicelib.effects import embedding
from layers.text import use_weights

_CHUNK = 64


def embedded(texts: Sequence[str], workers: int = 2) -> np.ndarray:
    """The vectors, a row each, in the texts' order."""
    chunks = [texts[at : at + _CHUNK] for at in range(0, len(texts), _CHUNK)]
    # Spawned, not forked: JAX has threads of its own by now, and a fork of those may stand still for ever.
    with ProcessPoolExecutor(workers, mp_context=get_context("spawn")) as pool:
        return np.concatenate(list(pool.map(_embedded, chunks)))


def _embedded(texts: Sequence[str]) -> Any:
    use_weights()
    return embedding.engine().embed(texts)
