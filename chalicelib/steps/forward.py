"""Forward: a tracker's news to the shop whose order its parcel belongs to.

A parcel's number is a link of its order, once the shop's platform has told it. News that comes before that waits and looks
again, for a month. What is handed over are the events; the raw body stays where it came in.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, Protocol

from .. import platforms
from ..effects import log
from ..effects.secrets import Secrets, Shop
from ..effects.shops import Shops
from ..effects.store import Store
from ..model.action import Entry
from ..model.errors import UnknownPlatform
from ..model.event import Delivery
from ..settings import Settings
from .errands import Again, Done, Failed, Outcome, Work

FIRST, LONGEST = timedelta(minutes=10), timedelta(hours=12)


class Book(Protocol):
    """The log; effects.store.Store is one."""

    def events(self, source: str, subject: str) -> list[Delivery]: ...
    def order_of(self, source: str, subject: str) -> str | None: ...
    def state(self, source: str, subject: str, fresh: bool = True) -> tuple[bytes | None, int]: ...
    def add(self, deliveries: Sequence[Delivery]) -> int: ...


@dataclass(frozen=True, slots=True)
class Effects:
    """What forwarding touches. `served` are the shops (platform/name) that a tracker watches parcels for."""

    book: Book
    served: Callable[[str], Sequence[str]]


def work(settings: Settings) -> Work:
    """What performs a FORWARD on a real stage."""
    secrets, shops = Secrets(settings), Shops(settings.settings_table)
    fx = Effects(Store(settings), lambda source: served(secrets.shop(source), shops.all()))
    return lambda entry, now: forward(entry, now, fx)


def served(tracker: Shop, known: Sequence[str]) -> list[str]:
    """The shops a tracker watches parcels for: those written down as `shops`, else every shop that is no tracker itself."""
    named = [name.strip() for name in tracker.setup.get("shops", "").split(",") if name.strip()]
    return named or [source for source in known if not tracks(source)]


def tracks(source: str) -> bool:
    """Whether a source tells of parcels alone."""
    try:
        module: Any = platforms.get(source.partition("/")[0])
    except UnknownPlatform:
        return False
    return bool(getattr(module, "TRACKER", False))


def forward(entry: Entry, now: datetime, fx: Effects) -> Outcome:
    """Hand one delivery over, if its parcel's order is known by now."""
    action = entry.action
    found = [one for one in fx.book.events(action.source, action.data["subject"]) if one.id == action.data["id"]]
    if not found:
        return Failed("the delivery is not in the log")
    for source in fx.served(action.source):
        subject = _belongs(fx.book, source, found[0])
        if subject:
            fx.book.add([replace(found[0], source=source, subject=subject, sealed=None, sealed_at=None)])
            log.note(handed_to=source)
            return Done()
    wait = min(LONGEST, FIRST * (1 << min(max(entry.tries - 1, 0), 10)))
    return Again("no order is known for this parcel yet", now + wait, counts=False)


def _belongs(book: Book, source: str, delivery: Delivery) -> str | None:
    """Under which subject a shop should keep it: the parcel's, if an order of the shop claims it; else the order it names."""
    if book.order_of(source, delivery.subject):
        return delivery.subject
    named = next((event.native["order_ref"] for event in delivery.events if event.native.get("order_ref")), None)
    if named and book.state(source, f"order:{named}")[0] is not None:
        return f"order:{named}"
    return None
