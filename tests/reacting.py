"""Reacting without AWS: the step's effects over in-memory stand-ins."""

from __future__ import annotations

from datetime import datetime

from chalicelib.model.event import Delivery
from chalicelib.rules import touchpoints
from chalicelib.steps.desk import Desk
from chalicelib.steps.react import Effects, react
from tests.fakes import MemoryCases, MemoryOutbox, MemoryStore, MemoryWork


class World:
    """A store, an outbox, a work queue and cases, and the step's effects over them at one moment."""

    def __init__(self, store: MemoryStore | None = None) -> None:
        self.store, self.outbox, self.work, self.cases = store or MemoryStore(), MemoryOutbox(), MemoryWork(), MemoryCases()
        self.met: list[str] = []
        self.asked: list[tuple[str, str]] = []

    def effects(self, now: datetime) -> Effects:
        return Effects(
            self.store, lambda delivery: self.met.append(delivery.id), self.cases, Desk(self.outbox, self.work),
            touchpoints.default, lambda: now, lambda pk, sk: self.asked.append((pk, sk)),
        )  # fmt: skip

    def react(self, delivery: Delivery, now: datetime) -> None:
        react(self.effects(now), f"{delivery.source}#{delivery.subject}", {delivery.id})

    def play(self, now: datetime, *deliveries: Delivery) -> None:
        for one in deliveries:
            self.store.put(one)
            self.react(one, now)

    @property
    def actions(self) -> dict[str, str]:
        """Every action by key: its status."""
        return {key: str(entry.status) for key, entry in self.outbox.entries.items()}
