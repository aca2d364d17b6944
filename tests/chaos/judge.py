"""The verdict on a run, against the same deliveries in a world without faults."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import timedelta

from chalicelib.model.action import ActionKind, ActionStatus, Entry
from chalicelib.steps.perform import FEED, LEASE

from .parts import MINUTE, WORK_INVISIBLE
from .world import World

# One fault costs a claim's lease as the queue measures it, the feed's time, a sweep, and a pause or two.
PATIENCE = LEASE + WORK_INVISIBLE + FEED + MINUTE + timedelta(minutes=5)
_OPEN = (ActionStatus.READY, ActionStatus.SENDING)


@dataclass(slots=True)
class Verdict:
    """What went wrong, by message; all empty when nothing did. `untold` waits for a person whom nobody told."""

    double: list[str] = field(default_factory=list)
    lost: list[str] = field(default_factory=list)
    stuck: list[str] = field(default_factory=list)
    untold: list[str] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)
    states: list[str] = field(default_factory=list)

    def __bool__(self) -> bool:
        """Whether all is well."""
        return not any((self.double, self.lost, self.stuck, self.untold, self.wrong, self.states))

    def __str__(self) -> str:
        told = {name: getattr(self, name) for name in self.__slots__}
        return ", ".join(f"{name} {len(found)}: {sorted(found)[:3]}" for name, found in told.items() if found) or "all well"


def judge(world: World, clean: World, patience: timedelta | None = PATIENCE) -> Verdict:
    """Compare a run with the clean one. Every message must have reached its buyer once, or wait for a person who was told."""
    found = Verdict()
    letters = world.provider.letters
    found.double = [key for key, times in letters.items() if len(times) > 1]
    for key, entry in _messages(clean):
        here = world.book.entries.get(key)
        if here is None or (entry.status is ActionStatus.SENT and not _accounted(here, letters)):
            found.lost.append(key)
        elif entry.status is not ActionStatus.SENT and key in letters:
            found.wrong.append(key)
        elif patience and key in letters and letters[key][0] > clean.provider.letters[key][0] + patience:
            found.stuck.append(key)
    for key, entry in _messages(world):
        _look_at(key, entry, world, clean, found)
    names = world.store.states.keys() | clean.store.states.keys()
    found.states = [name for name in names if _state(world, name) != _state(clean, name)]
    return found


def _accounted(entry: Entry, letters: dict[str, list]) -> bool:
    """It went, it waits for a person, or a person had it left because it is there."""
    return entry.action.key in letters or entry.status in (ActionStatus.UNKNOWN, *_OPEN)


def _look_at(key: str, entry: Entry, world: World, clean: World, found: Verdict) -> None:
    if key not in clean.book.entries:
        found.wrong.append(key)
    if entry.status in _OPEN:
        found.stuck.append(key)
    if entry.status is ActionStatus.UNKNOWN and key not in world.told:
        found.untold.append(key)
    settled = entry.status not in (ActionStatus.UNKNOWN, *_OPEN)
    if settled and meaning(entry, world) != meaning(clean.book.entries.get(key), clean):
        found.wrong.append(key)
    if entry.status is ActionStatus.UNKNOWN and key in world.provider.letters:
        # The feed told of it, sooner or later.
        found.wrong.append(key)


def meaning(entry: Entry | None, world: World) -> str:
    """What a status says: a message that a person found in the buyer's thread was sent."""
    if entry is None:
        return "nothing"
    there = entry.status is ActionStatus.SUPPRESSED and entry.action.key in world.provider.letters
    return str(ActionStatus.SENT if there else entry.status)


def _messages(world: World) -> Iterator[tuple[str, Entry]]:
    return ((key, one) for key, one in world.book.entries.items() if one.action.kind is ActionKind.MESSAGE)


def _state(world: World, name: str) -> bytes | None:
    return world.store.states.get(name, (None, 0))[0]
