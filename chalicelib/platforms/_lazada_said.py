"""What buyers wrote at Lazada: reviews that were read, and messages of the chat. A return tells a reason from a list alone.

`seller_reply` is the seller's, and what answers by itself is a machine's.
"""

from __future__ import annotations

from collections.abc import Iterator

from ..model.event import Said
from ..model.facts import MessageFact
from . import _lazada_facts as facts
from . import _lazada_pushes as pushes
from ._read import Reader
from ._said import SOME_TIME, inside, once, part, sure, told


def words(raw: bytes) -> tuple[Said, ...]:
    """What the buyer wrote in a message that was pushed, or in a review."""
    body = Reader.of(raw)
    if "review_content" in body.value:
        written = sure(body.moment, "submit_time") or sure(body.moment, "create_time")
        return once(told("review", sure(body.id, "id"), body.value.get("review_content"), at=written))
    return once(_message(raw, part(body, "data"))) if "message_type" in body.value else ()


def _message(raw: bytes, data: Reader) -> Iterator[Said]:
    made, machine = sure(pushes.translated, raw, SOME_TIME), sure(facts.true, data, "auto_reply")
    content = inside(data.value.get("content")).get("txt")
    for fact in made.events[0].facts if made and not machine else ():
        if isinstance(fact, MessageFact) and fact.by == "buyer":
            yield from told("message", fact.id, content, at=fact.received_at)
