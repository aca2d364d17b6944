"""Which shops have data here without being connected: those whose history was imported. Kept in the settings table."""

from __future__ import annotations

from pynamodb.attributes import UnicodeAttribute
from pynamodb.models import Model

from .tables import bind

_PREFIX = "shop#"


class SettingItem(Model):
    """One setting."""

    pk = UnicodeAttribute(hash_key=True)
    value = UnicodeAttribute(null=True)


class Shops:
    """The register of imported shops."""

    def __init__(self, settings_table: str) -> None:
        self._items = bind(SettingItem, settings_table)

    def note(self, source: str) -> None:
        """Remember platform/shop; safe to repeat."""
        self._items(_PREFIX + source, value="imported").save()

    def all(self) -> list[str]:
        """Every platform/shop noted, for operators' commands."""
        return sorted(item.pk.removeprefix(_PREFIX) for item in self._items.scan() if item.pk.startswith(_PREFIX))
