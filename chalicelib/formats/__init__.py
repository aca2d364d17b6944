"""File formats of history: one module a format, the folder is the register. Pure: rows in, deliveries and refusals out."""

from __future__ import annotations

import pkgutil
from functools import lru_cache
from importlib import import_module
from typing import cast

from ..model.errors import BadPayload
from ._contract import FOREIGN, LINE, Batch, Format, Refused, Skipped

__all__ = ["FOREIGN", "LINE", "Batch", "Format", "Refused", "Skipped", "get", "names"]


@lru_cache(maxsize=1)
def names() -> tuple[str, ...]:
    """Every format there is a module for."""
    return tuple(sorted(module.name for module in pkgutil.iter_modules(__path__) if not module.name.startswith("_")))


def get(name: str) -> Format:
    """The module of a format; BadPayload names the known ones for any other."""
    if name not in names():
        raise BadPayload(f"no format {name[:40]!r}; there are: {', '.join(names())}", "--format")
    return cast(Format, import_module(f"{__name__}.{name}"))
