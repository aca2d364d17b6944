"""One module a platform: the folder is the register. Modules are imported when first asked for."""

from __future__ import annotations

import pkgutil
from collections.abc import Sequence
from functools import lru_cache
from importlib import import_module
from typing import cast

from ..model.errors import UnknownPlatform
from ..model.event import Webhook
from . import _raw, _reasons
from ._contract import Platform

pack_raw = _raw.pack
unpack_raw = _raw.unpack


@lru_cache(maxsize=1)
def names() -> tuple[str, ...]:
    """Every platform there is a module for."""
    return tuple(sorted(module.name for module in pkgutil.iter_modules(__path__) if not module.name.startswith("_")))


def opened(webhook: Webhook, secrets: Sequence[str]) -> Webhook:
    """The delivery with its body decrypted, where the platform encrypts it. BadSignature when none of the secrets opens it."""
    module = get(webhook.platform)
    return module.opened(webhook, secrets) if hasattr(module, "opened") else webhook


def reason(platform: str, code: str | None) -> _reasons.Code | None:
    """What a platform's reason code says to us, in whichever of the platforms' spellings it comes; None for none, for one that
    nobody knows, and where no codes are on file."""
    if not code or platform not in _reasons.names():
        return None
    from ._amazon_words import normalised

    spelled = (code.strip(), code.strip().upper(), normalised(code), " ".join(code.lower().split()))
    return next((said for one in spelled if (said := _reasons.codes(platform).of(one))), None)


def get(name: str) -> Platform:
    """The module of a platform. UnknownPlatform for any name that is not in the folder: nothing else is ever imported."""
    if name not in names():
        raise UnknownPlatform(f"no platform {name[:40]!r}; there are: {', '.join(names())}")
    return cast(Platform, import_module(f"{__name__}.{name}"))
