"""What the local platform server knows and remembers: things by kind and id in the platform's own JSON, tokens, calls."""

from __future__ import annotations

import json
import re
import threading
from collections.abc import Callable, Iterator
from copy import deepcopy
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from chalicelib.model.call import Response

_WORLDS = Path(__file__).parent / "worlds"
WRITTEN = datetime(2026, 6, 1, 12, tzinfo=UTC)
_DATE = re.compile(r"20[0-9]{2}-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12][0-9]|3[01])(?![0-9])")
_TIME = re.compile(r"time|date|gmt|deadline|sla|millis", re.IGNORECASE)
_EPOCH = (1_600_000_000, 1_900_000_000)
Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Call:
    """A request as the platform sees it: real host and path, query as it was sent, header names in lower case."""

    method: str
    host: str
    path: str
    query: str
    headers: dict[str, str]
    body: bytes

    @property
    def params(self) -> dict[str, str]:
        """The query's values, the last of each name."""
        return dict(parse_qsl(self.query, keep_blank_values=True))

    @property
    def json(self) -> Any:
        """The body as JSON; None when it is none."""
        try:
            return json.loads(self.body or b"null")
        except ValueError:
            return None

    @property
    def form(self) -> dict[str, str]:
        """The body as a form."""
        return dict(parse_qsl(self.body.decode("utf-8", "replace"), keep_blank_values=True))

    @classmethod
    def of(cls, method: str, url: str, headers: dict[str, str], body: bytes) -> Call:
        """A call to a real address."""
        parts = urlsplit(url)
        return cls(method, parts.netloc, parts.path, parts.query, headers, body)


@dataclass(slots=True)
class World:
    """What one platform knows. `kinds` is kind -> id -> body; `state` whatever its module must remember (tokens, reports)."""

    kinds: dict[str, dict[str, Json]] = field(default_factory=dict)
    state: Json = field(default_factory=dict)
    clock: Callable[[], datetime] = lambda: datetime.now(UTC)
    lock: threading.RLock = field(default_factory=threading.RLock, repr=False)

    @classmethod
    def of(cls, platform: str, clock: Callable[[], datetime] | None = None, later: timedelta = timedelta(0)) -> World:
        """The world that comes with the product: worlds/<platform>.json, an empty one where there is none.

        It was written down at WRITTEN; `later` moves everything in it by so many days, so that it is always of late.
        """
        path = _WORLDS / f"{platform}.json"
        found = json.loads(path.read_text("utf-8")) if path.exists() else {}
        world = cls(moved(found, later.days) if later.days else found)
        if clock:
            world.clock = clock
        return world

    def get(self, kind: str, id_: str) -> Json | None:
        """One thing, a copy."""
        with self.lock:
            return deepcopy(self.kinds.get(kind, {}).get(id_))

    def all(self, kind: str) -> Iterator[tuple[str, Json]]:
        """Every thing of a kind, copies, by id."""
        with self.lock:
            return iter(deepcopy(sorted(self.kinds.get(kind, {}).items())))

    def put(self, kind: str, id_: str, body: Json) -> None:
        """Let something be so from now on."""
        with self.lock:
            self.kinds.setdefault(kind, {})[id_] = body


def moved(value: Any, days: int, name: str = "") -> Any:
    """The same with every date in it so many days later: dates in texts, and seconds or milliseconds under names of times."""
    if isinstance(value, dict):
        return {key: moved(inner, days, key) for key, inner in value.items()}
    if isinstance(value, list):
        return [moved(inner, days, name) for inner in value]
    if isinstance(value, str) and not value.isdecimal():
        return _DATE.sub(lambda one: f"{date.fromisoformat(one[0]) + timedelta(days=days):%Y-%m-%d}", value)
    if isinstance(value, bool) or not isinstance(value, (int, str)) or not value or not _TIME.search(name):
        return value
    unit = next((unit for unit in (1, 1000) if _EPOCH[0] * unit < int(value) < _EPOCH[1] * unit), 0)
    return type(value)(int(value) + days * 86400 * unit)


def said(body: Any, status: int = 200, **headers: str) -> Response:
    """An answer in JSON; underscores in header names stand for dashes."""
    named = {name.replace("_", "-").lower(): value for name, value in headers.items()}
    return Response(status, {"content-type": "application/json", **named}, json.dumps(body, ensure_ascii=False).encode())
