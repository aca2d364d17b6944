"""What a step wants said to whoever called over HTTP. `web` turns it into the framework's own answer."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class Reply:
    """Status, body and headers of an answer.

    A dict body is sent as JSON, a str as plain text in UTF-8 and bytes as they are, unless `headers` names another
    content type.
    """

    status: int = 200
    body: bytes | str | dict[str, Any] = b""
    headers: Mapping[str, str] = field(default_factory=dict)
