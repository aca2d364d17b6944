"""The form in which the emulator's values go to the ledger: JSON, with what is big kept once beside it."""

from __future__ import annotations

import hashlib
import json
from datetime import date
from decimal import Decimal
from typing import Any

from .ledger import Ledger

_BIG = 64 * 1024


class Form:
    """Values to text and back, as ministack's own persistence does it; layers and the like are kept by their hash."""

    def __init__(self, ledger: Ledger, persistence: Any) -> None:
        self._ledger, self._persistence = ledger, persistence
        self._names: dict[int, tuple[str, bytes]] = {}

    def text(self, value: Any) -> str:
        """The value as JSON."""
        return json.dumps(value, default=self._plain)

    def value(self, text: str) -> Any:
        """What `text` was made from."""
        return json.loads(text, object_hook=self._from_plain)

    def _plain(self, value: Any) -> Any:
        # Rows of finished queries: the emulator keeps them as Python values, and nobody reads them after a restart.
        if isinstance(value, (date, Decimal)):
            return str(value)
        if not isinstance(value, bytes) or len(value) < _BIG:
            return self._persistence._json_default(value)
        if id(value) not in self._names:
            name = hashlib.sha256(value).hexdigest()
            self._ledger.keep_blob(name, value)
            self._names[id(value)] = (name, value)  # holding the value keeps its id its own
        return {"__kept__": self._names[id(value)][0]}

    def _from_plain(self, value: dict[str, Any]) -> Any:
        if "__kept__" in value:
            return self._ledger.blob(value["__kept__"])
        return self._persistence._json_object_hook(value)
