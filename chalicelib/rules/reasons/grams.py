"""Character n-grams and words of a text, hashed into one space: what carries the sign ("small", "large") and works anywhere.

Values are 1 / sqrt(number of different features), so that a long text weighs no more than a short one. The hash is a
polynomial over code points modulo 2**64, finished as in MurmurHash3, so that it is the same on every machine.
"""

from __future__ import annotations

import re
from itertools import pairwise
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from numpy import float32, int64, uint64
    from numpy.typing import NDArray

BITS = 17
LONGEST = 5
_PRIME, _MIX = 0x100000001B3, 0xFF51AFD7ED558CCD
_WORD = re.compile(r"[^\W\d_]+(?:'[^\W\d_]+)?|\d+")


def features(plain: str) -> tuple[NDArray[int64], NDArray[float32]]:
    """The features of a text (see normal.plain): their numbers below 2**BITS, ascending, each once, and their values."""
    import numpy as np

    found = np.unique(np.concatenate([_characters(f" {plain} "), _words(plain)]))
    return found, np.full(len(found), 1 / np.sqrt(max(1, len(found))), dtype=np.float32)


def _characters(text: str) -> NDArray[int64]:
    """All runs of 1 to 5 characters. Runs over a blank stand for how words begin, end and follow each other."""
    import numpy as np

    points = np.frombuffer(text.encode("utf-32-le", "replace"), dtype=np.uint32).astype(np.uint64)
    rolled, every = np.zeros(len(points), dtype=np.uint64), []
    for length in range(1, LONGEST + 1):
        if len(points) < length:
            break
        rolled = rolled[: len(points) - length + 1] * np.uint64(_PRIME) + points[length - 1 :]
        every.append(_finished(rolled, length))
    return np.concatenate(every)


def _words(text: str) -> NDArray[int64]:
    """Words and pairs of words, where a script puts blanks between them."""
    import numpy as np

    words = _WORD.findall(text)
    pairs = [f"{one} {two}" for one, two in pairwise(words)]
    rolled = np.array([_rolled(word) for word in (*words, *pairs)], dtype=np.uint64)
    return _finished(rolled, 100)


def _rolled(word: str) -> int:
    value = 0
    for char in word:
        value = (value * _PRIME + ord(char)) & 0xFFFFFFFFFFFFFFFF
    return value


def _finished(rolled: NDArray[uint64], kind: int) -> NDArray[int64]:
    """Hashes spread evenly over the space; `kind` keeps runs of different lengths apart."""
    import numpy as np

    mixed = (rolled ^ (rolled >> np.uint64(33))) * np.uint64(_MIX) + np.uint64(kind * 0x9E3779B97F4A7C15 % 2**64)
    mixed ^= mixed >> np.uint64(33)
    return (mixed & np.uint64(2**BITS - 1)).astype(np.int64)
