"""Raw bodies of deliveries, opened while their day's key lives: whoever reads in them does it here."""

from __future__ import annotations

from typing import Any, Protocol

from .. import platforms
from ..effects.intake import opened
from ..effects.keys import Keys
from ..model.errors import UnknownPlatform
from ..model.event import Delivery


class Blobs(Protocol):
    """Where large bodies lie; effects.blobs.Blobs is one."""

    def get(self, key: str) -> bytes: ...


def kept(delivery: Delivery) -> bool:
    """Whether a delivery's raw body is still there, sealed."""
    return bool(delivery.sealed or delivery.sealed_at)


def body(keys: Keys, blobs: Blobs, delivery: Delivery) -> bytes:
    """The raw body of a delivery; Unreadable once its key is gone."""
    sealed = delivery.sealed or blobs.get(str(delivery.sealed_at))
    return platforms.unpack_raw(delivery.source.partition("/")[0], opened(keys, delivery, sealed))


def module_with(delivery: Delivery, hook: str) -> Any:
    """The platform's module, if it offers `hook` for what this delivery keeps; else None."""
    if not kept(delivery):
        return None
    try:
        module = platforms.get(delivery.source.partition("/")[0])
    except UnknownPlatform:
        return None
    return module if hasattr(module, hook) else None
