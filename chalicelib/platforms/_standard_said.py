"""What the buyer wrote, in an event of the seller's own: `data.words`, about the one thing that the event is about.

What somebody wrote beside a step of the seller's (declined, received, inspected ...) is the seller's, and so is a message by
anybody but the buyer, or by nobody knows whom.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

from ..model.event import Said
from ..model.words import EventType
from ._read import Reader
from ._said import once, part, parts, sure, told

About = tuple[str, str | None, object]
"""Kind and id of what words are about, the id None where that is not one thing of the buyer's; a tag of their language."""


def words(event: Reader) -> tuple[Said, ...]:
    """The words of an event."""
    data, type_ = part(event, "data"), event.value.get("type")
    about = _ABOUT.get(type_) if isinstance(type_, str) else None
    if about is None:
        return ()
    written, (kind, id_, tag) = part(data, "words"), about(data)
    tag = written.value.get("language") or tag
    return once(told(kind, id_, written.value.get("text"), at=sure(event.time, "timestamp"), tag=tag))


def _review(data: Reader) -> About:
    one = _only(parts(data, "reviews"))
    return "review", sure(one.id, "id"), one.value.get("language")


def _message(data: Reader) -> About:
    one = _only(parts(data, "messages"))
    return "message", sure(one.id, "id") if one.value.get("by") == "buyer" else None, None


def _return(data: Reader) -> About:
    """The one line that comes back, else the one return."""
    line = sure(_only(parts(data, "return_lines")).id, "id")
    if line:
        return "return_line", line, None
    named = {sure(one.id, "return_id") for one in parts(data, "return_lines")}
    return "return", sure(_only(parts(data, "returns")).id, "id") or (named.pop() if len(named) == 1 else None), None


def _only(some: Iterator[Reader]) -> Reader:
    """The one there is; an empty one for none, and for several."""
    found = list(some)
    return found[0] if len(found) == 1 else Reader({}, "data")


# Of a return's steps those at which it is the buyer who acts: words beside them say why it comes back.
_ABOUT: Mapping[str, Callable[[Reader], About]] = {
    EventType.REVIEW_POSTED: _review,
    EventType.MESSAGE_RECEIVED: _message,
    EventType.RETURN_REQUESTED: _return,
    EventType.RETURN_CHANGED: _return,
    EventType.RETURN_DISPATCHED: _return,
}
