"""What buyers wrote in imported rows, on its way to be read: one spelling in bytes, sealed like a raw body."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ..model import codec, times
from ..model.errors import BadPayload
from ..model.event import Said

LONGEST = 20_000  # characters of one text


def dump(texts: Sequence[Said]) -> bytes:
    """Texts as canonical JSON."""
    return codec.dumps([
        {"about": one.about, "text": _storable(one.text), **({"at": times.text(one.at)} if one.at else {}),
         **({"language": one.language} if one.language else {})}
        for one in texts
    ])  # fmt: skip


def _storable(text: str) -> str:
    return text[:LONGEST].encode("utf-8", "replace").decode()


def load(data: bytes) -> tuple[Said, ...]:
    """The texts that `dump` wrote; BadPayload for anything else."""
    return tuple(_said(one, f"said[{n}]") for n, one in enumerate(codec.sequence(codec.loads(data, "said"), "said")))


def _said(value: Any, where: str) -> Said:
    told = codec.mapping(value, where)
    if not isinstance(told.get("text"), str):
        raise BadPayload("is missing", f"{where}.text")
    at = times.parse(told["at"], f"{where}.at") if "at" in told else None
    language = codec.text(told["language"], f"{where}.language") if "language" in told else None
    return Said(codec.text(told.get("about"), f"{where}.about"), told["text"], at, language)
