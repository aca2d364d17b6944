"""Meet the buyer: what an order's raw body tells of a person goes from the log, where it is sealed for 30 days, to the vault.

Only bodies that may tell something are opened, and only news is written. Whoever was erased stays so: a body that comes late is
thrown away instead.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any, Protocol

from ..effects import log
from ..effects.clock import Clock
from ..effects.keys import Keys, Unreadable
from ..model import state
from ..model.errors import BadPayload
from ..model.event import Delivery
from ..model.person import Person
from ..rules import privacy
from .bodies import Blobs, body, module_with


class People(Protocol):
    """The vault; effects.vault.Vault is one."""

    def keep(
        self, source: str, buyer: str, person: Person, subject: str, placed_at: datetime, told_at: datetime,
        keep_until: datetime, now: datetime,
    ) -> bool: ...  # fmt: skip


class Book(Protocol):
    """The log; effects.store.Store is one."""

    @property
    def blobs(self) -> Blobs: ...
    def events(self, source: str, subject: str) -> list[Delivery]: ...
    def unseal(self, source: str, subject: str, id_: str) -> bool: ...


class Keeper:
    """Brings people from the log into the vault."""

    def __init__(self, keys: Keys, vault: People, book: Book, clock: Clock) -> None:
        self._keys = keys
        self._vault = vault
        self._book = book
        self._clock = clock

    def meet(self, delivery: Delivery) -> None:
        """Move what a delivery tells of its order's buyer into the vault; safe to repeat. Nothing told, nothing done."""
        buyer = next((event.buyer for event in delivery.events if event.buyer), None)
        module = module_with(delivery, "person") if delivery.subject.startswith(state.ORDER) else None
        if buyer is None or module is None:
            return
        told = self._told(module, delivery)
        if told is None:
            return
        person, placed = told
        placed = placed or self._earliest(delivery)
        until = privacy.keep_until(delivery.source.partition("/")[0], placed)
        told_at = max(event.time for event in delivery.events)
        if not self._vault.keep(delivery.source, buyer, person, delivery.subject, placed, told_at, until, self._clock()):
            self._book.unseal(delivery.source, delivery.subject, delivery.id)
            log.note(vault="the buyer may not be known: the body was thrown away")

    def _told(self, module: Any, delivery: Delivery) -> tuple[Person, datetime | None] | None:
        """What the raw body tells. A body that cannot be opened or understood tells nobody."""
        try:
            told: tuple[Person, datetime | None] | None = module.person(body(self._keys, self._book.blobs, delivery))
        except (Unreadable, BadPayload) as err:
            log.note(vault=f"the body tells nobody: {log.said(err)}")
            return None
        return told

    def _earliest(self, delivery: Delivery) -> datetime:
        """When the order was placed, as near as the log knows: no later than the first that was heard of it."""
        known = self._book.events(delivery.source, delivery.subject) or [delivery]
        return min(event.time for one in known for event in one.events)
