"""The runs: one life under every fault, many lives under many faults, a hundred thousand due messages, ticks that fail."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import chain, islice, product

from chalicelib.model.action import Action, ActionKind, ActionStatus
from chalicelib.model.event import Delivery
from chalicelib.model.touch import MessageClass
from chalicelib.steps.perform import FEED

from .faults import Fault, Plan, at, rate
from .judge import PATIENCE, Verdict, judge
from .lives import DAY, RULES, SOURCE, START, crowd, life, on_time
from .mutants import Mutant
from .parts import MINUTE, Knobs, Made
from .world import World

Case = tuple[str, Verdict]
ONE = life()
CRITICAL = frozenset(one.id for one in RULES.touchpoints if one.kind is MessageClass.CRITICAL)
# What interrupts a claim, and what may come in between afterwards.
FIRST = (Fault.LOST, Fault.SILENT, Fault.CRASH_BEFORE, Fault.CRASH_AFTER)
SECOND = (Fault.RIVAL, Fault.DYING_RIVAL, Fault.NEWS, Fault.CRASH_BEFORE, Fault.CRASH_AFTER, Fault.LOST)


@dataclass(slots=True)
class Figures:
    """What a set of runs came to."""

    name: str
    runs: int = 0
    deliveries: int = 0
    messages: int = 0
    calls: int = 0
    faults: int = 0
    double: int = 0
    lost: int = 0
    stuck: int = 0
    other: int = 0
    persons: int = 0
    seconds: float = 0.0
    said: list[str] = field(default_factory=list)

    def take(self, world: World, verdict: Verdict, deliveries: int) -> None:
        """Count a run."""
        self.runs += 1
        self.deliveries += deliveries
        self.messages += len(world.provider.letters)
        self.calls += world.calls.count
        self.faults += world.calls.faults
        self.double += len(verdict.double)
        self.lost += len(verdict.lost)
        self.stuck += len(verdict.stuck)
        self.other += len(verdict.untold) + len(verdict.wrong) + len(verdict.states)
        self.persons += world.person_asked
        if not verdict and len(self.said) < 5:
            self.said.append(str(verdict))


@dataclass(frozen=True)
class Gauntlet:
    """One order's life under every fault that there is a name for. `clean` is played once, by the steps as they are.

    `made` is what a mutant replaces; `every` takes each so-many-th of the runs with two faults.
    """

    clean: World
    made: Made = field(default_factory=Made)
    every: int = 1
    figures: Figures = field(default_factory=lambda: Figures("one life"))

    def cases(self) -> Iterator[Case]:
        """Every run, as (what it was, verdict), the cheapest sets first."""
        for kind in (self.quiet, self.thrown_away, self.shuffled, self.unsubscribing, self.singles, self.pairs):
            yield from kind()

    def quiet(self) -> Iterator[Case]:
        """No fault at all, then every tick doubled, late, and three of them left out."""
        yield self._case("no fault", Knobs())
        for name, ticks in TICKS.items():
            yield self._case(f"ticks {name}", Knobs(ticks=ticks), patience=PATIENCE + 5 * MINUTE)

    def singles(self, only: str = "") -> Iterator[Case]:
        """Each call of the life meets each fault; or `only` the calls of one name."""
        for index, name in enumerate(self.clean.calls.names or (), 1):
            for fault in Fault if only in ("", name) else ():
                yield self._case(f"{fault} at call {index}", Knobs(at({index: fault}), persons=False))

    def pairs(self) -> Iterator[Case]:
        """A claim is interrupted, and something happens at each of the next calls; the feed uses its time, or is late."""
        plans = product(range(1, 15), FIRST, SECOND, _sendings(self.clean))
        for later, fault, second, first in islice(plans, 0, None, self.every):
            plan, name = at({first: fault, first + later: second}), f"{fault} at call {first}, {second} at {first + later}"
            slow = Knobs(plan, persons=False, lag=lambda: FEED - 3 * MINUTE)
            yield self._case(f"{name}, a slow feed", slow, 3 * PATIENCE)
            yield self._late(f"{name}, a late feed", plan)

    def _late(self, name: str, plan: Plan) -> Case:
        """A feed that takes longer than FEED: then a critical message may come twice, which is the protocol's stated limit."""
        knobs = Knobs(plan, persons=False, lag=lambda: FEED + timedelta(minutes=4))
        return self._judged(name, World(RULES, START, knobs, self.made), on_time(ONE), None, _uncritical)

    def thrown_away(self) -> Iterator[Case]:
        """A message of the work queue vanishes, each in turn: what stands in the index comes back within the day."""
        for number in range(1, self.clean.work.sent + 1):
            world = World(RULES, START, Knobs(persons=False), self.made)
            world.work.loses = number
            for minute in range(0, 20 * 24 * 60, 120):
                world.time.at(START + minute * MINUTE, world.tick)
            yield self._judged(f"message {number} vanishes", world, on_time(ONE), DAY + PATIENCE, _indexed_only)

    def shuffled(self) -> Iterator[Case]:
        """The life's news in other orders, an hour apart; the order's own first news may be the last."""
        chance = random.Random(5)
        for number in range(60):
            some = list(reversed(ONE)) if number == 0 else chance.sample(ONE, len(ONE))
            told = [(START + 10 * DAY + n * timedelta(hours=1), one) for n, one in enumerate(some)]
            yield self._judged(f"order {[one.id[-1] for one in some]}", World(RULES, START, Knobs(), self.made), told, None)

    def unsubscribing(self) -> Iterator[Case]:
        """The buyer unsubscribes at each call: before a claim means that the claim's message must not go."""
        for index in range(1, self.clean.calls.count + 1):
            yield self._unsubscribed(index)

    def _unsubscribed(self, index: int) -> Case:
        here: list[World] = []

        def plan(number: int, name: str) -> Fault | None:
            if number == index:
                here[0].people.unsubscribe(SOURCE, "b1", here[0].time.now)
            return None

        here.append(World(RULES, START, Knobs(plan, persons=False), self.made))
        here[0].calls.names = []
        here[0].play(on_time(ONE))
        verdict, names = Verdict(), here[0].calls.names
        for place, key in here[0].provider.places:
            claim = max((n for n, name in enumerate(names[:place], 1) if name == "book.claim"), default=0)
            if index <= claim and key.rpartition("#")[2] not in CRITICAL:
                verdict.wrong.append(key)
        self.figures.take(here[0], verdict, len(ONE))
        return f"unsubscribed at call {index}", verdict

    def _case(self, name: str, knobs: Knobs, patience: timedelta | None = PATIENCE) -> Case:
        return self._judged(name, World(RULES, START, knobs, self.made), on_time(ONE), patience)

    def _judged(
        self,
        name: str,
        world: World,
        told: Iterator[tuple[datetime, Delivery]] | Sequence[tuple[datetime, Delivery]],
        patience: timedelta | None,
        forgive: Callable[[Verdict, World], None] = lambda verdict, world: None,
    ) -> Case:
        world.play(told)
        verdict = judge(world, self.clean, patience)
        if not world.knobs.persons and (world.work.dead or world.retry.dead):
            verdict.stuck.append("a dead letter")
        forgive(verdict, world)
        self.figures.take(world, verdict, len(ONE))
        return name, verdict


def gauntlet(made: Made | None = None, every: int = 1) -> Gauntlet:
    """A gauntlet whose clean run is played now."""
    clean = World(RULES, START)
    clean.calls.names = []
    return Gauntlet(clean.play(on_time(ONE)), made or Made(), every)


def hunt(mutant: Mutant, clean: World) -> str | None:
    """The first run that a planted bug fails, in words; None when it passes them all. Where it is weak is tried first."""
    with mutant.planted() as made:
        trial = Gauntlet(clean, made)
        kind, *where = mutant.weak.split()
        for name, verdict in chain(getattr(trial, kind)(*where), trial.cases()):
            if not verdict:
                return f"{name}: {verdict}"
    return None


def _indexed_only(verdict: Verdict, world: World) -> None:
    """What never stood in the index has nothing but its queue; SQS does not lose messages, people do."""
    queued = {key for key, one in world.book.entries.items() if one.action.due_at - one.made_at <= timedelta(minutes=15)}
    verdict.lost = [key for key in verdict.lost if key not in queued]
    verdict.stuck = [key for key in verdict.stuck if key not in queued]


def _uncritical(verdict: Verdict, world: World) -> None:
    verdict.double = [key for key in verdict.double if key.rpartition("#")[2] not in CRITICAL]


def _sendings(clean: World) -> list[int]:
    return [index for index, name in enumerate(clean.calls.names or (), 1) if name == "provider.send"]


TICKS: dict[str, Callable[[datetime], Sequence[datetime]]] = {
    "twice": lambda due: [due, due],
    "late": lambda due: [due + timedelta(seconds=50)],
    "left out three times": lambda due: [due + 3 * MINUTE],
}


def quarters(due: datetime) -> Sequence[datetime]:
    """The sweep comes each quarter of an hour: enough for many lives."""
    return [due + timedelta(minutes=15 - due.minute % 15)]


def mass(deliveries: int, shares: Sequence[float], seed: int) -> Iterator[tuple[Figures, World]]:
    """Many lives, shuffled and doubled, first without faults and then with each share of calls struck."""
    told, clean = crowd(deliveries, seed), None
    for share in (0.0, *shares):
        knobs = Knobs(rate(share, seed), seed, words=False, tries=3, ticks=quarters)
        world = World(RULES, START, knobs).play(told)
        clean = clean or world
        figures = Figures(f"{share:.0%} of all calls" if share else "no faults, for comparison")
        figures.take(world, judge(world, clean, None), len(told))
        yield figures, world


def flood(messages: int, per_second: int | None, share: float = 0.0, seed: int = 1) -> tuple[Figures, World]:
    """So many messages that fall due in one hour, a provider that takes so many a second, workers that could send fifty."""
    knobs = Knobs(
        rate(share, seed), seed, per_second, timedelta(seconds=1) / 50 if per_second else timedelta(0), words=False, tries=3
    )
    world, chance = World(RULES, START, knobs), random.Random(seed)
    first = life(1)
    for number in range(messages):
        due = START + DAY + timedelta(seconds=chance.uniform(0, 3600))
        key = f"message#{SOURCE}#order:{number}#refund"
        data = {"touchpoint": "refund", "class": "critical"}
        world.add(Action(key, ActionKind.MESSAGE, SOURCE, "order:1001", due, due + timedelta(hours=6), data), True, START)
    world.play(on_time(first[:2]))
    figures = Figures(f"{messages:,} due messages" + (f", {per_second}/s taken" if per_second else ""))
    figures.take(world, _flooded(world), messages)
    return figures, world


def _flooded(world: World) -> Verdict:
    """Each once, and none outside its window."""
    found = Verdict(double=[key for key, times in world.provider.letters.items() if len(times) > 1])
    for key, entry in world.book.entries.items():
        letters = world.provider.letters.get(key, [])
        if entry.action.kind is not ActionKind.MESSAGE:
            continue
        if not letters or entry.status not in (ActionStatus.SENT, ActionStatus.SUPPRESSED):
            found.lost.append(key)
        elif not entry.action.not_after - timedelta(hours=6) <= letters[0] < entry.action.not_after:
            found.wrong.append(key)
    return found
