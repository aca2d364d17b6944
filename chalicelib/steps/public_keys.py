"""Published keys that deliveries are verified with, fetched when first seen and remembered for an hour.

A delivery names its key before anybody has verified it, so strangers could make us fetch: unknown keys are fetched a few times
a minute at most, and one that the platform does not know is remembered as well.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import datetime
from functools import lru_cache
from typing import Protocol

from ..effects.clock import system
from ..effects.secrets import Secrets
from ..model.call import Answer, Busy, CallFailed, Denied, Read
from ..model.errors import BadPayload, BadSignature, ConfigurationError, StoreFailed
from ..settings import Settings

KEEP, KEEP_UNKNOWN = 3600.0, 300.0
MISSES, PER = 10, 60.0
_MOST = 1000


class Asking(Protocol):
    """What reads a platform's API; steps.reading.Reading is one."""

    def ask(self, source: str, read: Read, now: datetime) -> Answer: ...


class PublicKeys:
    """Key documents by shop and key id. BadSignature for one its platform does not know, StoreFailed when it cannot be told."""

    def __init__(self, reading: Asking, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._reading, self._monotonic = reading, monotonic
        self._known: dict[tuple[str, str], tuple[float, str]] = {}
        self._fetched: list[float] = []

    def __call__(self, source: str, key_id: str) -> str:
        until, document = self._known.get((source, key_id), (0.0, ""))
        now = self._monotonic()
        if now >= until:
            document = self._fetch(source, key_id, now)
            if len(self._known) >= _MOST:
                self._known.clear()
            self._known[source, key_id] = (now + (KEEP if document else KEEP_UNKNOWN), document)
        if not document:
            raise BadSignature("it names a key that the platform does not know")
        return document

    def _fetch(self, source: str, key_id: str, now: float) -> str:
        self._fetched = [at for at in self._fetched if now - at < PER]
        if len(self._fetched) >= MISSES:
            raise StoreFailed("too many unknown keys were named within a minute")
        self._fetched.append(now)
        try:
            return self._reading.ask(source, Read("public_key", {"id": key_id}), system()).text
        except (Busy, Denied) as err:
            raise StoreFailed(f"the platform's public key could not be had: {type(err).__name__}") from err
        except CallFailed as err:
            if err.passing:
                raise StoreFailed(f"the platform's public key could not be had: {err}") from err
            return ""
        except BadPayload:
            return ""
        except ConfigurationError as err:
            raise BadSignature(str(err)) from err


@lru_cache(maxsize=1)
def known(settings: Settings, secrets: Secrets) -> PublicKeys:
    """The keys this container knows."""
    from .reading import reading

    return PublicKeys(reading(settings, secrets))
