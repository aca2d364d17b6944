"""JSON lines of our published event schema: {"id", "type", "timestamp", "data"} a line, as Standard Webhooks carry it."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime

from ..model import codec
from ..model.errors import BadPayload
from ..model.event import Translated
from ..model.words import EventType
from ..platforms import standard
from ..platforms._read import Reader
from ._contract import Refused, Row, Skipped

TITLE = "JSON lines in the published event schema"
COLUMNS: tuple[str, ...] = ()

_NEVER = datetime(1990, 1, 1, tzinfo=UTC)


def translate(rows: Iterable[Row]) -> Iterator[Translated | Refused | Skipped]:
    """One delivery a line. Its id is the line's own, else made of its content."""
    for number, values in rows:
        body = Reader(values, "line")
        try:
            if body.time("timestamp") is None:
                raise BadPayload("is missing", "line.timestamp")
            found = standard.read(body, body.id("id") or _content_id(values), _NEVER)
            if found.events[0].type is EventType.UNKNOWN:
                raise BadPayload(f"is not in the schema; known are {', '.join(standard.TOPICS)}", "line.type")
            yield found
        except BadPayload as err:
            yield Refused(number, err.where, "", err.problem)


def _content_id(values: object) -> str:
    return "sha256-" + hashlib.sha256(codec.dumps(values)).hexdigest()[:32]
