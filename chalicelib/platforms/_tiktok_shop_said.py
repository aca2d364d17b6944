"""What buyers wrote at TikTok Shop: their notes in the records of a return, and messages of a talk.

`reason_text` and `description` are TikTok's sentences; notes and messages of any other role are not the buyer's.
"""

from __future__ import annotations

from collections.abc import Iterator

from ..model.event import Said
from . import _tiktok_shop_words as vocabulary
from ._read import Reader
from ._said import SOME_TIME, inside, once, part, parts, sure, told

_MESSAGE = 14


def words(body: Reader) -> tuple[Said, ...]:
    """What the buyer wrote in a notification, or in the records of a return, which are kept under the return's id."""
    if "records" in body.value:
        return once(_notes(body))
    return once(_message(part(body, "data"))) if body.value.get("type") == _MESSAGE else ()


def _notes(body: Reader) -> Iterator[Said]:
    """All that the buyer noted in a return, the earliest first."""
    rows = [(sure(one.seconds, "create_time"), one) for one in parts(body, "records") if _buyers(one)]
    rows.sort(key=lambda row: row[0] or SOME_TIME)
    notes = [(at, one.value.get("note")) for at, one in rows if one.value.get("note")]
    return told("return", sure(body.id, "return_id"), *(note for _, note in notes), at=notes[0][0] if notes else None)


def _message(data: Reader) -> Iterator[Said]:
    if not _buyers(part(data, "sender")):
        return iter(())
    content = inside(data.value.get("content")).get("content")
    return told("message", sure(data.id, "message_id"), content, at=sure(data.seconds, "create_time"))


def _buyers(one: Reader) -> bool:
    role = one.value.get("role")
    return isinstance(role, str) and vocabulary.SENDER.get(role.upper()) == "buyer"
