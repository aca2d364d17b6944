"""Shops: which have data here, and how each presents itself to its buyers. Kept in the settings table."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import replace

from ..model import codec
from ..model.profile import Profile
from .settings_items import SettingsItems

_SHOP, _PROFILE = "shop#", "profile#"
_FRESH = 30.0


class Shops:
    """The register of shops and their profiles. A profile is read again after half a minute."""

    def __init__(self, settings_table: str, clock: Callable[[], float] = time.monotonic) -> None:
        self._items = SettingsItems(settings_table)
        self._clock = clock
        self._cache: dict[str, tuple[float, Profile]] = {}

    def note(self, source: str) -> None:
        """Remember platform/shop; safe to repeat."""
        self._items.put(_SHOP + source, "known")

    def all(self) -> list[str]:
        """Every platform/shop noted, for operators' commands and the daily clean-up."""
        return sorted(name.removeprefix(_SHOP) for name, _ in self._items.under(_SHOP))

    def profile(self, source: str) -> Profile:
        """How a shop presents itself; an empty profile when nobody said."""
        until, profile = self._cache.get(source, (0.0, Profile(source)))
        if self._clock() >= until:
            found = self._items.get(_PROFILE + source)
            profile = codec.decode(Profile, found, f"profile of {source}") if found else Profile(source)
            self._cache[source] = (self._clock() + _FRESH, profile)
        return profile

    def present(self, profile: Profile) -> None:
        """Write a shop's profile."""
        self._items.put(_PROFILE + profile.source, codec.encode(profile))
        self._cache.pop(profile.source, None)

    def change(self, source: str, **values: object) -> Profile:
        """A shop's profile with some fields changed, written."""
        self._cache.pop(source, None)
        changed = replace(self.profile(source), **values)  # type: ignore[arg-type]
        self.present(changed)
        return changed
