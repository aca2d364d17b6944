"""What the world is made of and how its runs differ: knobs, parts that a mutant may replace, and the people in it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from chalicelib.model.event import Delivery
from chalicelib.model.facts import OrderFact
from chalicelib.model.person import Buyer, Channel, Consent, ConsentWord, Person, Seen
from chalicelib.model.profile import Profile
from chalicelib.model.touch import Letter
from chalicelib.steps.desk import Desk
from tests.fakes import MemoryOutbox

from .faults import Calls, Plan, never

# What infra/ gives the work queue and the retry queue; tests/chaos/test_world.py holds them to it.
WORK_INVISIBLE, WORK_MOST = timedelta(seconds=180), 5
RETRY_INVISIBLE, RETRY_MOST = timedelta(seconds=360), 5
STREAM_PAUSE = timedelta(seconds=1)
MINUTE = timedelta(minutes=1)
LETTER = Letter("Subject", "Text", "en")
# What is not done by then never will be.
HORIZON = timedelta(days=60)


@dataclass
class Made:
    """The parts that a mutant may replace."""

    book: Callable[[], MemoryOutbox] = MemoryOutbox
    desk: type[Desk] = Desk
    repeats: bool = False
    feeds: bool = True


@dataclass
class Knobs:
    """How a run differs from another."""

    plan: Plan = never
    seed: int = 1
    per_second: int | None = None
    pace: timedelta = timedelta(0)
    batch: int = 10
    lag: Callable[[], timedelta] | None = None
    ticks: Callable[[datetime], Sequence[datetime]] = lambda due: [due]
    persons: bool = True
    words: bool = True
    tries: int = 1


class People:
    """The vault and the consent log, as far as the steps read them."""

    def __init__(self) -> None:
        self.buyers: dict[str, Buyer] = {}
        self.consents: dict[str, list[Consent]] = {}

    def get(self, source: str, buyer: str, now: datetime) -> Buyer | None:
        """The vault's get."""
        return self.buyers.get(f"{source}#{buyer}")

    def log(self, source: str, name: str) -> tuple[Consent, ...]:
        """The consent log."""
        return tuple(self.consents.get(f"{source}#{name}", ()))

    def meet(self, delivery: Delivery) -> None:
        """What steps.people makes of a delivery that tells of an order."""
        for event in delivery.events:
            placed = next((fact.placed_at for fact in event.facts if isinstance(fact, OrderFact) and fact.placed_at), None)
            if event.buyer and placed:
                self.buyers[f"{delivery.source}#{event.buyer}"] = _buyer(event.buyer, delivery.subject, placed)

    def unsubscribe(self, source: str, buyer: str, now: datetime) -> None:
        """A buyer wants no more mail."""
        name = name_of(Channel.MAIL, _address(buyer))
        self.consents.setdefault(f"{source}#{name}", []).append(Consent(ConsentWord.UNSUBSCRIBED, now, "one-click"))


class Contacts:
    """effects.contacts: a name for an address, and what its owner said."""

    def __init__(self, consents: Any) -> None:
        self.log = consents.log

    def name(self, channel: Channel, address: str) -> str:
        return name_of(channel, address)


class Due:
    """The due index, read in pages, each of them a call."""

    def __init__(self, calls: Calls, book: MemoryOutbox) -> None:
        self._calls, self._book = calls, book
        self.many = calls.over("book", book, "many").many

    def due(self, shard: int, after: datetime, until: datetime) -> Iterable[tuple[datetime, str]]:
        found = list(self._calls("book.due", self._book.due, shard, after, until))
        for start in range(0, len(found), 200):
            if start:
                self._calls("book.due", lambda: None)
            yield from found[start : start + 200]


def name_of(channel: Channel, address: str) -> str:
    """What effects.contacts calls an address."""
    return f"{channel}-{address}"


def _address(buyer: str) -> str:
    return f"{buyer}@example.com"


def _buyer(hashed: str, subject: str, placed: datetime) -> Buyer:
    person = Person(name="Buyer", email=_address(hashed), language="en", country="GB", marketing=True)
    return Buyer(person, placed, (Seen(subject, placed),), placed + timedelta(days=400))


def profile(source: str) -> Profile:
    """How the shop presents itself."""
    return replace(
        Profile(source), title="Shop", sender="shop@example.com", reply_to="help@example.com", postal="Street 1, Town",
        domain="shop.example.com", url="https://shop.example.com",
    )  # fmt: skip
