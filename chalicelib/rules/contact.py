"""Contact: whether a message may go to its buyer now, by which channel, and if not, why. In words a shop's owner understands.

A table of checks in order; the first that objects decides. Everything is looked at after the message was claimed, so what has
changed while it waited counts.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from ..model.action import ActionStatus, Entry
from ..model.person import Buyer, Channel, Consent, ConsentWord
from ..model.profile import Profile
from ..model.state import State
from ..model.touch import Hold, Later, MessageClass, Send, Suppress, Touchpoint, Verdict
from . import policies, quiet
from .conditions import CONDITIONS
from .touchpoints import applies

PAUSE = timedelta(minutes=30)
# How long to leave another message that is being handed over at this moment; two that see each other come back apart.
_RIVAL_FIRST, _RIVAL_LAST = timedelta(minutes=2), timedelta(minutes=5)
# What an undone unsubscription is told by. It restores what was before; it is no opt-in.
UNDONE = "page"
_NAMES = {Channel.MAIL: "mail address", Channel.SMS: "phone number", Channel.PUSH: "device"}
_SPENT = frozenset({ActionStatus.SENT, ActionStatus.UNKNOWN})


@dataclass(frozen=True, slots=True)
class Facts:
    """Everything that decides about one message.

    `consents` are the consent logs of the buyer's addresses, `others` this buyer's other messages of late, `paused` why no
    mail goes out at the moment.
    """

    entry: Entry
    state: State
    touchpoint: Touchpoint | None
    profile: Profile
    buyer: Buyer | None
    consents: Mapping[Channel, tuple[Consent, ...]]
    others: tuple[Entry, ...]
    paused: str | None


def pointless(
    entry: Entry, state: State, touchpoint: Touchpoint | None, profile: Profile, now: datetime
) -> Suppress | None:
    """Why a message's order, rule or shop alone make it pointless: asked before its claim, because that costs nothing more."""
    known = Facts(entry, state, touchpoint, profile, None, {}, (), None)
    objections = (check(known, touchpoint, now) for check in _BY_ITSELF) if touchpoint else iter(())
    return next((one for one in objections if isinstance(one, Suppress)), None)


def decide(facts: Facts, now: datetime) -> Verdict:
    """Send it, look again later, never send it, or let a person decide; the first check that objects says so."""
    touchpoint = facts.touchpoint
    if touchpoint is None:
        return Suppress("The rule that asked for it is gone.")
    for check in _BEFORE:
        objection = check(facts, touchpoint, now)
        if objection is not None:
            return objection
    channel, closed = choose(facts, touchpoint)
    if channel is None:
        return Suppress(f"Nothing reaches the buyer: {'; '.join(closed)}.")
    return _when(facts, touchpoint, channel, now)


Check = Callable[[Facts, Touchpoint, datetime], Verdict | None]


def _switched_off(facts: Facts, touchpoint: Touchpoint, now: datetime) -> Verdict | None:
    on = applies(touchpoint, facts.state.source)
    return None if on else Suppress(f"The rule {touchpoint.id} is switched off or no longer meant for this shop.")


def _too_late(facts: Facts, touchpoint: Touchpoint, now: datetime) -> Verdict | None:
    over = facts.entry.action.not_after
    return Suppress(f"It is out of its window: it made sense until {_said(over)}.") if now >= over else None


def _shop_closed(facts: Facts, touchpoint: Touchpoint, now: datetime) -> Verdict | None:
    closed = facts.profile.closed_at
    return Suppress(f"The shop was disconnected on {closed:%Y-%m-%d}.") if closed else None


def _test_order(facts: Facts, touchpoint: Touchpoint, now: datetime) -> Verdict | None:
    if facts.state.order is None:
        return Later(now + PAUSE, "The platform has told of the parcel, but not yet of the order itself.")
    return Suppress("It is a test order.") if facts.state.order.test else None


def _pointless(facts: Facts, touchpoint: Touchpoint, now: datetime) -> Verdict | None:
    """A state the rule names, and for all that is said on the way to the buyer: that the order was cancelled."""
    on_the_way = touchpoint.on.partition(".")[0] in ("order", "shipment") and touchpoint.on is not CONDITIONS["cancelled"].by
    always = ("cancelled",) if on_the_way and touchpoint.kind is not MessageClass.CRITICAL else ()
    for word in (*always, *touchpoint.unless):
        if CONDITIONS[word].holds(facts.state):
            return Suppress(f"It has become pointless: {CONDITIONS[word].says}.")
    return None


def _policy(facts: Facts, touchpoint: Touchpoint, now: datetime) -> Verdict | None:
    rule = policies.contact(facts.state.source.partition("/")[0])
    return None if any(channel in rule.send for channel in touchpoint.channels) else Hold(rule.why)


def _sender(facts: Facts, touchpoint: Touchpoint, now: datetime) -> Verdict | None:
    shop = facts.state.source.replace("/", " ", 1)
    if not facts.profile.sender:
        return Hold(f"The shop has no sender address yet. Set it: ./wellkept shop set {shop} --sender YOU@YOUR-DOMAIN")
    if Channel.MAIL in touchpoint.channels and not facts.profile.postal.strip():
        return Hold(
            "Mail must carry the seller's postal address (CAN-SPAM), and the shop has none yet. "
            f'Set it: ./wellkept shop set {shop} --postal "STREET, CITY, COUNTRY"'
        )
    return None


def _nobody(facts: Facts, touchpoint: Touchpoint, now: datetime) -> Verdict | None:
    return None if facts.buyer else Suppress("The buyer is unknown or was erased.")


_BY_ITSELF: tuple[Check, ...] = (_switched_off, _too_late, _shop_closed, _test_order, _pointless)
_BEFORE: tuple[Check, ...] = (*_BY_ITSELF, _policy, _sender, _nobody)


# by which channel


def choose(facts: Facts, touchpoint: Touchpoint) -> tuple[Channel | None, list[str]]:
    """The first channel of the touchpoint's that is allowed, known and open; and why each before it is not."""
    closed: list[str] = []
    rule = policies.contact(facts.state.source.partition("/")[0])
    for channel in touchpoint.channels:
        why = _closed(facts, touchpoint.kind, channel) if channel in rule.send else f"{channel} is not allowed here"
        if why is None:
            return channel, closed
        closed.append(why)
    return None, closed


def _closed(facts: Facts, kind: MessageClass, channel: Channel) -> str | None:
    """Why a channel is closed to this buyer, None when it is open."""
    person = facts.buyer.person if facts.buyer else None
    if person is None or not person.address(channel):
        return f"no {_NAMES[channel]} is known"
    log = sorted(facts.consents.get(channel, ()), key=lambda one: (one.at, one.word is ConsentWord.UNSUBSCRIBED))
    if why := refused(log, kind, channel):
        return why
    opted = any(one.word is ConsentWord.SUBSCRIBED and one.by != UNDONE for one in log)
    if kind is MessageClass.MARKETING and not (opted or (channel is Channel.MAIL and person.marketing is True)):
        return f"nobody agreed to marketing by {channel}"
    return None


def refused(log: Sequence[Consent], kind: MessageClass, channel: Channel) -> str | None:
    """Why an address is closed to messages of this class by its consent log (oldest first), None when it is open.

    Unsubscribing closes it to service and marketing until somebody subscribes again; a hard bounce or a complaint for good.
    """
    name, last = _NAMES[channel], None
    for one in log:
        if one.word is ConsentWord.COMPLAINED:
            return f"a message to this {name} was reported as unwanted on {one.at:%Y-%m-%d}"
        if one.word is ConsentWord.BOUNCED:
            return f"this {name} does not exist (bounced on {one.at:%Y-%m-%d})"
        last = one
    if last and last.word is ConsentWord.UNSUBSCRIBED and kind is not MessageClass.CRITICAL:
        return f"this {name} unsubscribed on {last.at:%Y-%m-%d}"
    return None


# when


def _when(facts: Facts, touchpoint: Touchpoint, channel: Channel, now: datetime) -> Verdict:
    if facts.paused and channel is Channel.MAIL:
        return Later(now + PAUSE, f"Sending is paused: {facts.paused}")
    if touchpoint.kind is not MessageClass.CRITICAL:
        if pause := _rival(facts):
            return Later(now + pause, "Another message to this buyer is being sent at this moment.")
        free, cap = _free(facts, now)
        if free > now and cap:
            why = f"The buyer gets at most {cap.messages} message{'s' * (cap.messages > 1)} in {_span(cap.within)}"
            return _postponed(facts, channel, free, why, now)
    return _postponed(facts, channel, now, "", now)


def _postponed(facts: Facts, channel: Channel, earliest: datetime, why: str, now: datetime) -> Verdict:
    """Send it, if nothing speaks against now; else at the first decent hour from `earliest` on, if that is early enough."""
    at = _decent(facts, channel, earliest)
    if at is None:
        return Hold("Nobody knows where the buyer is, so no hour is surely decent for this channel. Write by hand.")
    reason = why or "It is night where the buyer may be"
    if at > now and at >= facts.entry.action.not_after:
        return Suppress(f"{reason}, and by {_said(at)} it would be out of its window.")
    return Later(at, f"{reason}: it goes out at {_said(at)}.") if at > now else Send(channel)


def _decent(facts: Facts, channel: Channel, earliest: datetime) -> datetime | None:
    """The first moment within the channel's hours wherever the buyer may be; if that is anywhere, mail keeps the shop's."""
    window = policies.windows()[channel]
    person, order = facts.buyer.person if facts.buyer else None, facts.state.order
    country, province = (person.country, person.province) if person and person.country else (order.country, order.province)
    found = quiet.next_allowed(earliest, quiet.zones(country, province), window)
    if found is None and channel is Channel.MAIL:
        return quiet.next_allowed(earliest, quiet.one(facts.profile.zone), window)
    return found


def _rival(facts: Facts) -> timedelta | None:
    """How long to leave another message to this buyer that is being handed over and goes first: by its earlier claim or its
    smaller key. None when there is none.

    Of two that were claimed at once at least one sees the other, because each reads after its own claim was written.
    """
    mine, since = facts.entry.action.key, facts.entry.claimed_at
    going = [one for one in facts.others if one.status is ActionStatus.SENDING and one.action.key != mine]
    if any(one.action.key < mine for one in going):
        return _RIVAL_LAST
    return _RIVAL_FIRST if any(since and one.claimed_at and one.claimed_at < since for one in going) else None


def _free(facts: Facts, now: datetime) -> tuple[datetime, policies.Cap | None]:
    """From when on every cap allows one more message, and which cap asks for that; now and None when they all do."""
    sent = sorted(time for one in facts.others if one.status in _SPENT and (time := one.settled_at or one.claimed_at))
    free: tuple[datetime, policies.Cap | None] = (now, None)
    for cap in policies.caps():
        recent = [time for time in sent if time > now - cap.within]
        if len(recent) >= cap.messages and (until := recent[-cap.messages] + cap.within) > free[0]:
            free = (until, cap)
    return free


def _said(time: datetime) -> str:
    return f"{time:%Y-%m-%d %H:%M} UTC"


def _span(span: timedelta) -> str:
    return f"{span.days} days" if span >= timedelta(days=2) else f"{round(span.total_seconds() / 3600)} hours"
