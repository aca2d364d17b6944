"""What buyers wrote at Shopee: why they ask for their money, what they say of an item, what they write in the chat.

`dispute_text_reason` and `cmt_reply` are the seller's. A chat message counts where its shops say that it came from the buyer.
"""

from __future__ import annotations

from collections.abc import Iterator

from ..model.event import Said
from ..model.facts import MessageFact
from . import _shopee_pushes as pushes
from ._read import Reader
from ._said import SOME_TIME, once, part, sure, told


def words(body: Reader) -> tuple[Said, ...]:
    """What the buyer wrote in a push, in a review or in a return."""
    if "code" in body.value:
        return once(_message(body))
    written = sure(body.seconds, "create_time")
    if "comment_id" in body.value:
        return once(told("review", sure(body.id, "comment_id"), body.value.get("comment"), at=written))
    return once(told("return", sure(body.id, "return_sn"), body.value.get("text_reason"), at=written))


def _message(body: Reader) -> Iterator[Said]:
    made = sure(pushes.translated, body, "", SOME_TIME)
    content = part(body, "data", "content", "content").value.get("text")
    for fact in made.events[0].facts if made else ():
        if isinstance(fact, MessageFact) and fact.by == "buyer":
            yield from told("message", fact.id, content, at=fact.received_at)
