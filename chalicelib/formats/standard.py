"""JSON lines of our published event schema: {"id", "type", "timestamp", "data"} a line, as Standard Webhooks carry it."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import UTC, datetime

from ..model import codec
from ..model.errors import BadPayload
from ..model.event import Translated
from ..model.words import EventType
from ..platforms import _standard_said, standard
from ..platforms._read import Reader
from ._contract import LINE, Batch, Refused, Skipped

TITLE = "JSON lines in the published event schema"
COLUMNS: tuple[str, ...] = ()
OPTIONAL: tuple[str, ...] = ()

_NEVER = datetime(2005, 1, 1, tzinfo=UTC)


def translate(batches: Iterable[Batch]) -> Iterator[Translated | Refused | Skipped]:
    """One delivery a line. Its id is the line's own, else made of its content."""
    for batch in batches:
        for number, raw in zip(batch.lines, batch.columns[LINE].to_pylist(), strict=True):
            try:
                yield _translated(raw)
            except BadPayload as err:
                # Not what stood there: a line of this schema may name a buyer.
                yield Refused(number, err.where, "", err.problem)


def _translated(raw: bytes) -> Translated:
    values = codec.mapping(codec.loads(raw, "line"), "line")
    body = Reader(values, "line")
    if body.time("timestamp") is None:
        raise BadPayload("is missing", "line.timestamp")
    found = standard.read(body, body.id("id") or _content_id(values), _NEVER)
    if found.events[0].type is EventType.UNKNOWN:
        raise BadPayload(f"is not in the schema; known are {', '.join(standard.TOPICS)}", "line.type")
    return replace(found, said=_standard_said.words(body))


def _content_id(values: object) -> str:
    try:
        return "sha256-" + hashlib.sha256(codec.dumps(values)).hexdigest()[:32]
    except UnicodeEncodeError:
        raise BadPayload("holds half a character (an escape \\ud800 to \\udfff without its other half)", "line") from None
