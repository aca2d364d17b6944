"""Which events ask for which actions. One table: event type -> rules; each rule is a pure function."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import datetime, timedelta

from ..model.action import Action, ActionKind, ActionStatus
from ..model.event import Delivery, Event
from ..model.facts import ReturnFact
from ..model.state import State
from ..model.words import EventType, Origin, RequestAxis

Rule = Callable[[Event, State], Iterator[Action]]
# Rows that were read rather than pushed may be years old: they act only while a push of the same news still would.
READ = frozenset({Origin.IMPORT, Origin.RECONCILE})
CASE_LIMIT = timedelta(days=30)


def decide(delivery: Delivery, state: State, now: datetime) -> list[Action]:
    """The actions this delivery asks for. Old news is marked suppressed with its reason; old rows that were read ask none."""
    found = []
    for event in delivery.events:
        for rule in RULES.get(event.type, ()):
            found += [
                _aged(action, now) for action in rule(event, state) if delivery.origin not in READ or action.not_after > now
            ]
    return found


def _aged(action: Action, now: datetime) -> Action:
    if action.not_after > now:
        return action
    return replace(action, status=ActionStatus.SUPPRESSED, why="old news: it was due before we heard of it")


def open_case(event: Event, state: State) -> Iterator[Action]:
    """A return that waits for an answer becomes a case, once for each return."""
    for fact in event.facts:
        if isinstance(fact, ReturnFact) and _waits(state, fact.id):
            key = f"{ActionKind.OPEN_CASE}#{state.source}#{fact.id}"
            limit = event.time + CASE_LIMIT
            yield Action(key, ActionKind.OPEN_CASE, state.source, state.subject, event.time, limit, {"return_id": fact.id})


def _waits(state: State, return_id: str) -> bool:
    known = state.of("return").get(return_id)
    return known is not None and known.request in (RequestAxis.REQUESTED, RequestAxis.NEEDS_REVIEW)


RULES: dict[EventType, tuple[Rule, ...]] = {EventType.RETURN_REQUESTED: (open_case,)}
