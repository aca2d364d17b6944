"""Ids for things that a file tells of without naming them: made of what they are, and known by their first character.

Once the platform itself tells of such things, with its own ids, what stands in for them gives way (rules/standins.py): the
lines of an order are not there twice because its history was also imported.
"""

from __future__ import annotations

import hashlib

MARK = "~"
_LONGEST = 100


def stand_in(*parts: str) -> str:
    """An id made of these parts; of their hash when they are too long for one."""
    text = ":".join(parts)
    if len(text) > _LONGEST or not text.isprintable():
        text = "sha256-" + hashlib.sha256(text.encode("utf-8", "replace")).hexdigest()[:32]
    return MARK + text


def stands_in(id_: str) -> bool:
    """Whether an id was made here."""
    return id_.startswith(MARK)
