"""What buyers wrote at eBay: why something comes back, feedback on the seller, questions about a listing.

NEW_MESSAGE is left out: which of the two sides is the seller its body does not say. Sources: Post-Order API (comments of a
return's creation), Feedback API (Comment, FeedbackDetail), the AsyncAPI file of BUYER_QUESTION.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from ..model.event import Said
from . import _ebay_returns as returns
from ._ebay_facts import when
from ._read import Reader
from ._said import once, part, parts, sure, told

_REMOVED = "--"
_ASKED = "BUYER_CREATE_RETURN"


def words(body: Reader) -> tuple[Said, ...]:
    """What the buyer wrote in a notification, or in a return that was read."""
    if "notification" not in body.value:
        return once(_return(body))
    topic = part(body, "metadata").value.get("topic")
    read = _TOPICS.get(topic) if isinstance(topic, str) else None
    return once(read(part(body, "notification"))) if read else ()


def _return(whole: Reader) -> Iterator[Said]:
    """Why it comes back: the comment on the request, else the note that its history has of it."""
    summary = part(whole, "summary") if "summary" in whole.value else whole
    created, return_id = part(summary, "creationInfo"), sure(summary.id, "returnId")
    history = parts(part(whole, "detail"), "responseHistory")
    notes = (one.value.get("notes") for one in history if one.value.get("activity") == _ASKED)
    comment = part(created, "comments").value.get("content") or next(notes, None)
    line = sure(returns.line_name, return_id, created) if return_id else None
    return told("return_line", line, comment, at=sure(when, created, "creationDate"))


def _feedback(news: Reader) -> Iterator[Said]:
    """Feedback, unless eBay left it by itself, or took its words away."""
    data = part(news, "data")
    one = part(data, "feedbackDetail") if "feedbackDetail" in data.value else data
    comment = part(one, "feedbackComment")
    written = comment.value.get("commentText")
    if one.value.get("automatedFeedback") is True or comment.value.get("commentTextRemovedPerPolicy") is True:
        return iter(())
    id_, at = sure(one.id, "feedbackId"), sure(news.time, "eventDate")
    return told("review", id_, None if written == _REMOVED else written, at=at)


def _question(news: Reader) -> Iterator[Said]:
    """A question about a listing, which only those ask who may buy."""
    data = part(news, "data")
    if data.value.get("conversationType") == "FROM_EBAY":
        return iter(())
    id_ = sure(data.id, "messageId") or sure(data.id, "questionId")
    at = sure(data.time, "createdDate") or sure(news.time, "eventDate")
    return told("message", id_, data.value.get("messageBody"), at=at)


_TOPICS: dict[str, Callable[[Reader], Iterator[Said]]] = {"FEEDBACK_RECEIVED": _feedback, "BUYER_QUESTION": _question}
