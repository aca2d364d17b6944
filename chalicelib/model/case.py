"""Cases: what waits for somebody's answer, by when, and what the platform does by itself on silence."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from .facts import Due
from .words import Reason


class CaseStatus(StrEnum):
    """Where a case is."""

    OPEN = "open"
    ANSWERED = "answered"
    CLOSED = "closed"


@dataclass(frozen=True, slots=True)
class Case:
    """A case: one for each return that was asked for. `due.on_timeout` is the platform's own act, in words.

    `reasons` are the labels of its lines, each once; `group` is theirs when they agree.
    """

    id: str
    source: str
    subject: str
    return_id: str
    opened_at: datetime
    status: CaseStatus
    due: Due
    reasons: tuple[Reason, ...] = ()
    group: str | None = None

    @property
    def waits(self) -> bool:
        """Whether somebody must act by a time: what the queue of cases shows."""
        return self.due.at is not None
