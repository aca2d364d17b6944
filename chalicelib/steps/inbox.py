"""Inbox: notifications of platforms that write to a queue of ours instead of calling. They go the way of every webhook.

Who may write to the queue stands in its policy; what a message says of its sender is checked by the platform's module. A
message that names a shop nobody connected stays, and in the end is a dead letter: connect the shop and redrive.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from ..effects import log
from ..effects.queue import worked_off
from ..model.errors import BadPayload, BadSignature
from ..model.event import Webhook
from ..settings import Settings
from . import receive

PLATFORM, DOOR = "amazon", "inbox"
Receive = Callable[[Webhook, datetime], Any]


def prepare(settings: Settings) -> Callable[[Sequence[Mapping[str, Any]]], dict[str, Any]]:
    """The step, with its clients made."""
    take = receive.prepare(settings)
    return lambda records: taken(records, take)


def taken(records: Sequence[Mapping[str, Any]], take: Receive) -> dict[str, Any]:
    """Receive a batch of messages; those that could not be stored stay in the queue."""

    def one(record: Mapping[str, Any]) -> None:
        with log.unit("inbox", item=record["messageId"]):
            _one(record, take)

    return worked_off(records, one)


def _one(record: Mapping[str, Any], take: Receive) -> None:
    """One message. What is kept as refused, or was never meant for us, does not become better by coming again."""
    platform = record.get("messageAttributes", {}).get("platform", {}).get("stringValue", PLATFORM)
    try:
        webhook = Webhook(platform, DOOR, {}, record["body"].encode("utf-8", "replace"), receive.QUEUED)
        take(webhook, datetime.now(UTC))
    except (BadPayload, BadSignature) as err:
        log.note(outcome="refused", why=log.said(err))
