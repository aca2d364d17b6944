"""A message, looked at when it is due: everything that decides whether it may go, read after its claim, and its words."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Protocol

from ..model import state
from ..model.action import Entry
from ..model.errors import BadPayload, WellkeptError
from ..model.person import Buyer, Channel, Consent
from ..model.profile import Profile
from ..model.sending import Envelope
from ..model.state import State
from ..model.touch import Hold, Rulebook, Send, Suppress, Touchpoint, Verdict
from ..rules import contact, render, touchpoints

# Orders older than this have no messages left that could count against the frequency cap.
RECENT = timedelta(days=60)


class States(Protocol):
    """Where states are; effects.store.Store is one."""

    def state(self, source: str, subject: str) -> tuple[bytes | None, int]: ...


class People(Protocol):
    """The vault; effects.vault.Vault is one."""

    def get(self, source: str, buyer: str, now: datetime) -> Buyer | None: ...


class Contacts(Protocol):
    """The consent log; effects.contacts.Contacts is one."""

    def name(self, channel: Channel, address: str) -> str: ...
    def log(self, source: str, name: str) -> tuple[Consent, ...]: ...


class Sent(Protocol):
    """Other messages; effects.outbox.Outbox is one."""

    def many(self, keys: Sequence[str]) -> list[Entry]: ...


@dataclass(frozen=True, slots=True)
class Effects:
    """What looking at a message reads. `paused` is why no mail goes out at the moment; `link(source, name)` unsubscribes."""

    states: States
    people: People
    contacts: Contacts
    sent: Sent
    rules: Callable[[], Rulebook]
    profile: Callable[[str], Profile]
    paused: Callable[[], str | None]
    link: Callable[[str, str], str]


@dataclass(frozen=True, slots=True)
class Glance:
    """A message's order and rule, read before the claim; `verdict` is why they make it pointless, if they do."""

    state: State
    rulebook: Rulebook
    verdict: Suppress | None = None


class Gone(WellkeptError):
    """The outbox names an order that there is no state of."""


@dataclass(frozen=True, slots=True)
class Looked:
    """A message as it stands now."""

    entry: Entry
    facts: contact.Facts
    verdict: Verdict
    names: Mapping[Channel, str] = field(default_factory=dict)
    letter: render.Letter | None = None
    link: str = ""

    def name(self, channel: Channel) -> str | None:
        """The keyed hash of the address on this channel."""
        return self.names.get(channel)

    def envelope(self, channel: Channel) -> Envelope:
        """What goes to the provider."""
        buyer, profile = self.facts.buyer, self.facts.profile
        to = buyer.person.address(channel) if buyer else None
        if not to or self.letter is None:
            raise Gone(f"{self.entry.action.key} has nobody to go to")
        mail = channel is Channel.MAIL
        return Envelope(
            to, self.letter, self.entry.action.key, _sender(profile) if mail else "", profile.reply_to if mail else "",
            self.link if mail else "",
        )  # fmt: skip


def _sender(profile: Profile) -> str:
    from email.utils import formataddr

    return formataddr((profile.title, profile.sender))


def glance(entry: Entry, now: datetime, fx: Effects) -> Glance:
    """Read the order and say whether it makes the message pointless. Whoever may still refuse is asked after the claim."""
    action = entry.action
    current, rulebook = _state(action.source, action.subject, fx), fx.rules()
    touchpoint, profile = rulebook.get(action.data["touchpoint"]), fx.profile(action.source)
    return Glance(current, rulebook, contact.pointless(entry, current, touchpoint, profile, now))


def look(entry: Entry, seen: Glance, now: datetime, fx: Effects) -> Looked:
    """Gather the facts, decide, and put it in words if it may go."""
    facts, names = gather(entry, seen, now, fx)
    verdict = contact.decide(facts, now)
    if not isinstance(verdict, Send):
        return Looked(entry, facts, verdict, names)
    link = fx.link(entry.action.source, names[verdict.channel]) if verdict.channel is Channel.MAIL else ""
    try:
        letter = render.letter(facts, verdict.channel, link)
    except BadPayload as err:
        return Looked(entry, facts, Hold(f"the text could not be made: {err.cause}"), names)
    return Looked(entry, facts, verdict, names, letter, link)


def gather(entry: Entry, seen: Glance, now: datetime, fx: Effects) -> tuple[contact.Facts, dict[Channel, str]]:
    """Everything that decides about a message, as it is now, and the keyed hashes of the buyer's addresses."""
    action, current = entry.action, seen.state
    touchpoint = seen.rulebook.get(action.data["touchpoint"])
    buyer = fx.people.get(action.source, current.buyer, now) if current.buyer else None
    names = _names(touchpoint, buyer, fx)
    consents = {channel: fx.contacts.log(action.source, name) for channel, name in names.items()}
    others = tuple(_others(entry, buyer, seen.rulebook, now, fx))
    facts = contact.Facts(entry, current, touchpoint, fx.profile(action.source), buyer, consents, others, fx.paused())
    return facts, names


def _state(source: str, subject: str, fx: Effects) -> State:
    data, _ = fx.states.state(source, subject)
    if data is None:
        raise Gone(f"there is no state of {source}#{subject}")
    return state.load(data)


def _names(touchpoint: Touchpoint | None, buyer: Buyer | None, fx: Effects) -> dict[Channel, str]:
    if touchpoint is None or buyer is None:
        return {}
    found = ((channel, buyer.person.address(channel)) for channel in touchpoint.channels)
    return {channel: fx.contacts.name(channel, address) for channel, address in found if address}


def _others(entry: Entry, buyer: Buyer | None, rulebook: Rulebook, now: datetime, fx: Effects) -> list[Entry]:
    """This buyer's other messages of late. Their keys follow from the orders and the rules, so nothing is searched."""
    source = entry.action.source
    orders = {entry.action.subject, *(one.subject for one in buyer.orders if now - one.placed_at < RECENT)} if buyer else set()
    keys = {touchpoints.key(source, subject, one.id) for subject in orders for one in rulebook.touchpoints
            if touchpoints.applies(one, source)}  # fmt: skip
    keys.discard(entry.action.key)
    return fx.sent.many(sorted(keys)) if keys else []
