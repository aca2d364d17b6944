"""Actions: what rules want done in the outside world, as values. Steps write them to the outbox; performers do them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum


class ActionKind(StrEnum):
    """What is to be done."""

    OPEN_CASE = "open_case"


class ActionStatus(StrEnum):
    """Where an action is. `suppressed` is final and carries its reason."""

    READY = "ready"
    SUPPRESSED = "suppressed"


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
