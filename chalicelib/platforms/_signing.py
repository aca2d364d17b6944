"""Signature arithmetic shared by platforms. Comparisons take constant time."""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
from collections.abc import Iterable, Sequence


def hmac_sha256_base64(key: bytes, message: bytes) -> str:
    """base64(HMAC-SHA256(key, message)). ValueError for an empty key: anybody could sign with it."""
    if not key:
        raise ValueError("an empty key signs nothing")
    return base64.b64encode(hmac.new(key, message, hashlib.sha256).digest()).decode()


def any_equal(given: Iterable[str], expected: Sequence[str]) -> bool:
    """Whether one of the given signatures is one of the expected; all are compared, each in constant time."""
    pairs = [hmac.compare_digest(one.encode("utf-8", "replace"), other.encode()) for one in given for other in expected]
    return any(pairs)


def base64_bytes(text: str) -> bytes | None:
    """base64 text as bytes, padding optional; None for anything else."""
    try:
        return base64.b64decode(text + "=" * (-len(text) % 4), validate=True)
    except (binascii.Error, ValueError):
        return None
