"""Which events ask for which actions. One table: event type -> rules; each rule is a pure function."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime

from ..model.action import Action, ActionStatus
from ..model.event import Delivery, Event
from ..model.state import State
from ..model.touch import Rulebook
from ..model.words import Origin
from . import errands, privacy, touchpoints

# Rows that were read rather than pushed may be years old: they act only while a push of the same news still would.
READ = frozenset({Origin.IMPORT, Origin.RECONCILE})


def decide(delivery: Delivery, state: State, rulebook: Rulebook, now: datetime) -> list[Action]:
    """The actions this delivery asks for. Old news is marked suppressed with its reason; old rows that were read ask none."""
    asked = [action for event in delivery.events for action in _asked(delivery, event, state, rulebook, now)]
    asked += errands.wanted(delivery, now)
    return [_aged(action, now) for action in asked if delivery.origin not in READ or action.not_after > now]


def _asked(delivery: Delivery, event: Event, state: State, rulebook: Rulebook, now: datetime) -> Iterator[Action]:
    yield from touchpoints.asked(event, state, rulebook, now)
    yield from privacy.asked(delivery, event)


def _aged(action: Action, now: datetime) -> Action:
    if action.not_after > now:
        return action
    return replace(action, status=ActionStatus.SUPPRESSED, why="old news: it was due before we heard of it")
