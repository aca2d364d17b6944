"""Feed: what the mail provider tells of our messages (SES events through SNS), told to the outbox and to the consent log.

A message is named by its tag, the action's key. `Send` proves that it was accepted: what was claimed and not settled is settled
by it. A hard bounce or a complaint closes the address for good. The event names the recipient, so it never goes into a queue of
ours: what fails is queued by the action's key alone.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

from ..effects import log
from ..effects.clock import Clock, clock
from ..effects.outbox import Outbox
from ..effects.queue import RetryQueue
from ..model.action import ActionStatus, Entry
from ..model.person import Channel, Consent, ConsentWord
from ..model.tags import TAG, untag
from ..settings import Settings

_OPEN = frozenset({ActionStatus.READY, ActionStatus.SENDING, ActionStatus.UNKNOWN})


@dataclass(frozen=True, slots=True)
class News:
    """What a feed event says: of which action, what ("Send", "Bounce" ...), the provider's id, hard or soft."""

    key: str
    word: str
    provider_id: str
    hard: bool = True


class Book(Protocol):
    """The outbox; effects.outbox.Outbox is one."""

    def get(self, key: str) -> Entry | None: ...
    def confirm(self, key: str, provider_id: str, now: datetime) -> bool: ...
    def tell(self, key: str, outcome: str) -> bool: ...


@dataclass(frozen=True, slots=True)
class Effects:
    """What the feed touches. `close` notes a consent entry for the address that an action's message went to."""

    book: Book
    close: Callable[[Entry, Channel, Consent], None]
    clock: Clock


def prepare(settings: Settings) -> Callable[[Sequence[Mapping[str, Any]]], None]:
    """The step, with its clients made."""
    from .performers import closer

    fx = Effects(Outbox(settings), closer(settings), clock(settings))
    queue = RetryQueue(settings.retry_queue)
    return lambda records: fed(records, fx, queue)


def fed(records: Sequence[Mapping[str, Any]], fx: Effects, queue: RetryQueue) -> None:
    """Take in a batch of SNS records. What fails is queued by itself; only what cannot even be queued raises."""
    for record in records:
        news = read(json.loads(record["Sns"]["Message"]))
        if news is None:
            continue
        try:
            with log.unit("feed", action=news.key, word=news.word):
                feed(news, fx)
        except Exception as err:  # logged by the unit
            queue.send("feed", {"key": news.key, "word": news.word, "id": news.provider_id, "hard": str(news.hard)}, err)


def again(key: Mapping[str, str], fx: Effects) -> None:
    """The same for what was queued."""
    feed(News(key["key"], key["word"], key["id"], key["hard"] == "True"), fx)


def read(event: Mapping[str, Any]) -> News | None:
    """The news in an SES event; None when it is not about a message of ours.

    Source: SES developer guide, "Examples of event data that Amazon SES publishes to Amazon SNS".
    """
    mail = event.get("mail") or {}
    tags = (mail.get("tags") or {}).get(TAG) or []
    word = event.get("eventType") or event.get("notificationType") or ""
    if not tags or not word:
        return None
    hard = (event.get("bounce") or {}).get("bounceType", "Permanent") == "Permanent"
    return News(untag(tags[0]), word, str(mail.get("messageId", "")), hard)


def feed(news: News, fx: Effects) -> None:
    """Tell the outbox, and the consent log where an address must not be written to again."""
    entry, now = fx.book.get(news.key), fx.clock()
    if entry is None:
        log.note(outcome="unknown action")
        return
    if entry.status in _OPEN:
        fx.book.confirm(news.key, news.provider_id, now)
        log.count("settled_by_feed")
    word = _words(news)
    if word is not None:
        fx.close(entry, Channel.MAIL, Consent(word, now, f"feed:{news.key}"))
        fx.book.tell(news.key, str(word))
        log.count(str(word))
    elif news.word in ("Bounce", "Reject", "RenderingFailure", "Rendering Failure"):
        fx.book.tell(news.key, "bounced for now" if news.word == "Bounce" else "rejected")


def _words(news: News) -> ConsentWord | None:
    if news.word == "Complaint":
        return ConsentWord.COMPLAINED
    return ConsentWord.BOUNCED if news.word == "Bounce" and news.hard else None
