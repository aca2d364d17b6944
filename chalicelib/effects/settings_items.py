"""Items of the settings table: small JSON values under a name. The few settings that are data and not of the deployment."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from pynamodb.attributes import UnicodeAttribute
from pynamodb.exceptions import PutError
from pynamodb.models import Model

from .tables import bind, refused


class SettingItem(Model):
    """One setting."""

    pk = UnicodeAttribute(hash_key=True)
    value = UnicodeAttribute(null=True)


class SettingsItems:
    """Settings by name."""

    def __init__(self, table: str) -> None:
        self._items = bind(SettingItem, table)

    def get(self, name: str) -> Any:
        """The value under a name, None when there is none. Read consistently."""
        try:
            found = self._items.get(name, consistent_read=True).value
        except self._items.DoesNotExist:
            return None
        return None if found is None else json.loads(found)

    def put(self, name: str, value: Any) -> None:
        """Write a value."""
        self._items(name, value=_text(value)).save()

    def swap(self, name: str, before: Any, value: Any) -> bool:
        """Write a value where `before` stands (None: nothing); False when something else does."""
        stands = self._items.pk.does_not_exist() if before is None else (self._items.value == _text(before))
        try:
            self._items(name, value=_text(value)).save(condition=stands)
        except PutError as err:
            if refused(err):
                return False
            raise
        return True

    def delete(self, name: str) -> None:
        """Remove a value; safe to repeat."""
        self._items(name).delete()

    def under(self, prefix: str) -> Iterator[tuple[str, Any]]:
        """Every (name, value) whose name begins so, for operators' commands: it scans."""
        for item in self._items.scan(self._items.pk.startswith(prefix)):
            yield item.pk, None if item.value is None else json.loads(item.value)


def _text(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, sort_keys=True)
