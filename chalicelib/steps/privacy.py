"""Privacy requests, carried out: what the outbox holds of them becomes done, or is held with what a person must do.

Everything here may be done twice. A request is bound to the time it came in: what is told of orders placed later is new.
"""

from __future__ import annotations

import shlex
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Protocol

from ..effects import log
from ..effects.keys import Keys
from ..effects.shops import Shops
from ..effects.store import Store
from ..effects.vault import Vault
from ..model import times
from ..model.action import Action, ActionKind, ActionStatus
from ..model.event import Delivery, Event
from ..model.facts import Reading, WordsFact
from ..model.person import Buyer
from ..model.profile import Profile
from ..model.words import EventType, Origin
from ..rules import fold, privacy
from ..settings import Settings

_LAST_WORD = 1_000_000  # a rank above every version of the classifier
Said = ActionStatus | tuple[ActionStatus, str]
Work = Callable[[Action, datetime], Said]


class Book(Protocol):
    """The log; effects.store.Store is one."""

    def events(self, source: str, subject: str) -> list[Delivery]: ...
    def order_of(self, source: str, subject: str) -> str | None: ...
    def unseal(self, source: str, subject: str, id_: str) -> bool: ...
    def add(self, deliveries: Sequence[Delivery]) -> int: ...
    def rewrite(self, delivery: Delivery) -> None: ...


class People(Protocol):
    """The vault; effects.vault.Vault is one."""

    def get(self, source: str, buyer: str, now: datetime) -> Buyer | None: ...
    def erase(self, source: str, buyer: str, now: datetime) -> tuple[str, ...]: ...
    def erase_shop(self, source: str, until: datetime | None = None) -> None: ...


class Register(Protocol):
    """The shops' profiles; effects.shops.Shops is one."""

    def profile(self, source: str) -> Profile: ...
    def change(self, source: str, **values: object) -> Profile: ...


@dataclass(frozen=True, slots=True)
class Effects:
    """What carrying out a request touches."""

    vault: People
    book: Book
    shops: Register


def works(settings: Settings, keys: Keys) -> dict[ActionKind, Work]:
    """What performs each kind of privacy request."""
    return carried_out(Effects(Vault(settings, keys), Store(settings), Shops(settings.settings_table)))


def carried_out(fx: Effects) -> dict[ActionKind, Work]:
    """The same, with its effects given."""
    return {
        ActionKind.ERASE_BUYER: lambda action, now: _erase_buyer(action, fx),
        ActionKind.EXPORT_BUYER: lambda action, now: _export_buyer(action, fx),
        ActionKind.ERASE_SHOP: lambda action, now: _erase_shop(action, fx),
        ActionKind.CLOSE_SHOP: lambda action, now: _close_shop(action, fx),
    }


def _erase_buyer(action: Action, fx: Effects) -> Said:
    strange = _another_shop(action, fx)
    if strange:
        return ActionStatus.HELD, strange
    thrown = erase(fx.vault, fx.book, action.source, action.data["buyer"], _asked_at(action))
    log.note(bodies_thrown_away=thrown)
    return ActionStatus.DONE


def erase(vault: People, book: Book, source: str, buyer: str, asked_at: datetime) -> int:
    """Forget a buyer, and the raw bodies of their orders and requests that are still kept; how many bodies these were.

    The bodies of known orders go first: whoever is stopped half-way still finds the orders in the vault. What the vault learned
    meanwhile goes after the erasure; what comes later is refused by the tombstone.
    """
    known = vault.get(source, buyer, asked_at)
    first = {one.subject for one in known.orders if one.placed_at <= asked_at} if known else set()
    thrown = sum(_throw_away(book, source, order) for order in sorted(first))
    rest = set(vault.erase(source, buyer, asked_at)) - first
    thrown += sum(_throw_away(book, source, order) for order in sorted(rest))
    return thrown + _unsealed(book, source, book.events(source, f"buyer:{buyer}"))


def _wordless(book: Book, delivery: Delivery) -> None:
    """Take the masked copy of a buyer's words out of the log, and by an event of its own out of state and lake."""
    if delivery.origin is not Origin.MODEL:
        return
    told = [fact for event in delivery.events for fact in event.facts if isinstance(fact, WordsFact) and fact.text]
    if not told:
        return
    event = delivery.events[0]
    emptied = tuple(replace(fact, text="", reading=_unquoted(fact)) for fact in told)
    gone = Event(EventType.WORDS_READ, event.time, emptied, rank=_LAST_WORD)
    id_ = f"{delivery.id}~forgotten"
    book.add([Delivery(id_, delivery.source, delivery.subject, (gone,), delivery.received, Origin.PERSON)])
    book.rewrite(replace(delivery, events=(replace(event, facts=emptied),)))


def _unquoted(fact: WordsFact) -> Reading | None:
    """What was read, without the words that it rests on."""
    return replace(fact.reading, evidence=None) if fact.reading else None


def _throw_away(book: Book, source: str, order: str) -> int:
    return sum(_unsealed(book, source, some) for some in about(book, source, order))


def _unsealed(book: Book, source: str, deliveries: list[Delivery]) -> int:
    for one in deliveries:
        _wordless(book, one)
    kept = (one for one in deliveries if one.sealed or one.sealed_at)
    return sum(book.unseal(source, one.subject, one.id) for one in kept)


def about(book: Book, source: str, order: str) -> Iterator[list[Delivery]]:
    """All deliveries about an order: its own, and those under each native id that leads to it. Nothing is claimed."""
    own = book.events(source, order)
    yield own
    for link in fold.links(own):
        name = f"{link.kind}:{link.id}"
        if book.order_of(source, name) == order:
            yield book.events(source, name)


def _export_buyer(action: Action, fx: Effects) -> Said:
    until = _asked_at(action) + privacy.ANSWER_WITHIN
    command = f"./wellkept buyer export {action.data['buyer']} --shop {action.source} --out buyer.json"
    todo = (
        f"the buyer must have an answer by {until:%Y-%m-%d}: {command}, send them the file, then ./wellkept answer KEY --leave"
    )
    return ActionStatus.HELD, _another_shop(action, fx) or todo


def _erase_shop(action: Action, fx: Effects) -> Said:
    named, own = action.data.get("shop"), fx.shops.profile(action.source).domain
    if not named:
        return ActionStatus.HELD, "the request names no shop"
    if not own:
        return ActionStatus.HELD, (
            f"every buyer of {action.source} is to be forgotten, and nobody said which domain it has; if it is {named!r}: "
            f"{_set_domain(action.source, named)} and ./wellkept answer KEY --send"
        )
    strange = _another_shop(action, fx)
    if strange:
        return ActionStatus.HELD, strange
    fx.vault.erase_shop(action.source, _asked_at(action))
    return ActionStatus.DONE


def _close_shop(action: Action, fx: Effects) -> Said:
    strange = _another_shop(action, fx)
    if strange:
        return ActionStatus.HELD, strange
    at, closed = _asked_at(action), fx.shops.profile(action.source).closed_at
    if closed is None or closed < at:
        fx.shops.change(action.source, closed_at=at)
    return ActionStatus.DONE


def _another_shop(action: Action, fx: Effects) -> str | None:
    """Why a request is not this shop's, if the shop's own domain says so: all shops of one app share the secret it is signed
    with."""
    named, own = action.data.get("shop"), fx.shops.profile(action.source).domain
    if named and own and named.lower() != own.lower():
        return (
            f"the request names the shop {named!r}, and {action.source} is {own!r}: if that is wrong, "
            f"{_set_domain(action.source, named)} and ./wellkept answer KEY --send; else ./wellkept answer KEY --leave"
        )
    return None


def _set_domain(source: str, domain: str) -> str:
    """The command that notes a shop's domain. The domain is somebody else's word, and the command is for a person's shell."""
    platform, _, name = source.partition("/")
    return f"./wellkept shop set {platform} {name} --domain {shlex.quote(domain)}"


def _asked_at(action: Action) -> datetime:
    """When the request came in. Not `due_at`, which moves when a person lets a held request go on."""
    return times.parse(action.data["at"], "data.at") if "at" in action.data else action.due_at
