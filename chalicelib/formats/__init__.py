"""File formats of history: one module a format, the folder is the register. Pure: rows in, deliveries and refusals out.

`mapped` alone is no format: it makes one from a map, which a person writes for a file that is of no known format.
"""

from __future__ import annotations

import pkgutil
from collections.abc import Sequence
from functools import lru_cache
from importlib import import_module
from typing import cast

from ..model.errors import BadPayload
from ._contract import FOREIGN, LINE, Batch, Format, Noted, Outcome, Refused, Skipped

__all__ = ["FOREIGN", "LINE", "Batch", "Format", "Noted", "Outcome", "Refused", "Skipped", "get", "names", "recognised"]
MAKER = "mapped"


@lru_cache(maxsize=1)
def names() -> tuple[str, ...]:
    """Every format there is a module for."""
    found = (module.name for module in pkgutil.iter_modules(__path__) if not module.name.startswith("_"))
    return tuple(sorted(name for name in found if name != MAKER))


def get(name: str) -> Format:
    """The module of a format; BadPayload names the known ones for any other."""
    if name == MAKER:
        raise BadPayload("is made from a map: give --map FILE instead", "--format mapped")
    if name not in names():
        raise BadPayload(f"no format {name[:40]!r}; there are: {', '.join(names())}", "--format")
    return cast(Format, import_module(f"{__name__}.{name}"))


def recognised(columns: Sequence[str]) -> tuple[str, ...]:
    """The formats that a file with these columns may be, by the columns they must have; JSON lines when it has none.

    Of two formats of which one asks for all that the other does and more, that one is meant. Several names mean that the
    header does not tell them apart, none that it is of no known format.
    """
    asked = {name: frozenset(get(name).COLUMNS) for name in names()}
    if not columns:
        return tuple(name for name, needed in asked.items() if not needed)
    fitting = {name: needed for name, needed in asked.items() if needed and needed <= frozenset(columns)}
    return tuple(name for name, needed in fitting.items() if not any(needed < other for other in fitting.values()))
