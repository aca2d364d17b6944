"""How raw bodies are compressed before they are sealed: with a dictionary of the platform's own field names, if it has one.

A dictionary is a file dictionaries/<platform>-<number>.txt; its number is the first byte of what is kept (0: none). Files are
never changed or removed while bodies kept with them live (30 days), only added.
"""

from __future__ import annotations

import zlib
from functools import lru_cache
from pathlib import Path

_FOLDER = Path(__file__).parent / "dictionaries"


@lru_cache(maxsize=None)
def _dictionary(platform: str, number: int) -> bytes:
    return (_FOLDER / f"{platform}-{number}.txt").read_bytes()


@lru_cache(maxsize=None)
def newest(platform: str) -> int:
    """The number of the newest dictionary of a platform, 0 when it has none."""
    return max((int(path.stem.rpartition("-")[2]) for path in _FOLDER.glob(f"{platform}-*.txt")), default=0)


def pack(platform: str, body: bytes) -> bytes:
    """A raw body, compressed; the dictionary's number in front."""
    number = newest(platform)
    words = _dictionary(platform, number) if number else b""
    squeeze = zlib.compressobj(6, zlib.DEFLATED, -13, 5, zlib.Z_DEFAULT_STRATEGY, words)
    return bytes([number]) + squeeze.compress(body) + squeeze.flush()


def unpack(platform: str, packed: bytes) -> bytes:
    """The raw body that was packed."""
    words = _dictionary(platform, packed[0]) if packed[0] else b""
    swell = zlib.decompressobj(-15, words)
    return swell.decompress(packed[1:]) + swell.flush()
