"""Actions: what rules want done in the outside world, as values; and how far each has come.

A message goes READY -> SENDING (claimed, under a lease) -> SENT (the provider's id is known). What was claimed and never
heard of again is UNKNOWN once the provider's feed has had its time; it is never sent again blindly.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum


class ActionKind(StrEnum):
    """What is to be done. A message's channel is chosen when it is performed; everything else may safely be done twice."""

    MESSAGE = "message"
    ALERT = "alert"
    FETCH = "fetch"
    FORWARD = "forward"
    ERASE_BUYER = "erase_buyer"
    EXPORT_BUYER = "export_buyer"
    ERASE_SHOP = "erase_shop"
    CLOSE_SHOP = "close_shop"


class ActionStatus(StrEnum):
    """Where an action is.

    `held` waits for a person, `unknown` may or may not have been sent and waits for one too; `sent`, `done` and `suppressed`
    are final. `failed` was clearly refused by its provider: it stays so unless a person has it tried again. `why` says the
    reason for all but `ready`, `sending`, `sent` and `done`.
    """

    READY = "ready"
    SENDING = "sending"
    SENT = "sent"
    DONE = "done"
    SUPPRESSED = "suppressed"
    HELD = "held"
    UNKNOWN = "unknown"
    FAILED = "failed"


# Errands have a queue and a function of their own: a slow platform must not hold up messages. Their keys begin with the kind.
ERRANDS = frozenset({ActionKind.FETCH, ActionKind.FORWARD})
FINAL = frozenset({ActionStatus.SENT, ActionStatus.DONE, ActionStatus.SUPPRESSED})
# What a person may answer for: send it, or leave it.
FOR_A_PERSON = frozenset({ActionStatus.HELD, ActionStatus.UNKNOWN, ActionStatus.FAILED})


@dataclass(frozen=True, slots=True)
class Action:
    """One outward action. `key` is made from what it is about, so deciding twice is acting once.

    Not before `due_at`; from `not_after` on it is old news and only recorded. `data` holds ids, never personal data.
    """

    key: str
    kind: ActionKind
    source: str
    subject: str
    due_at: datetime
    not_after: datetime
    data: Mapping[str, str] = field(default_factory=dict)
    status: ActionStatus = ActionStatus.READY
    why: str | None = None


@dataclass(frozen=True, slots=True)
class Entry:
    """An action as the outbox knows it.

    `token` and `claimed_at` are the claim's that last stood on it; `tries` counts claims. `provider_id` is the message's id
    at SES or SNS, `outcome` what its feed told later (bounced, complained). `channel` is how it went.
    """

    action: Action
    made_at: datetime
    token: str | None = None
    claimed_at: datetime | None = None
    tries: int = 0
    provider_id: str | None = None
    channel: str | None = None
    to: str | None = None
    settled_at: datetime | None = None
    outcome: str | None = None

    @property
    def status(self) -> ActionStatus:
        """Where it is."""
        return self.action.status
