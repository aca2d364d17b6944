"""Fetch: read something at a platform, put what it tells into the log, as a webhook would have, and ask for what it leads to.

What was found is kept before the next read is asked for, and that before the errand is settled: whoever is stopped in between
repeats it, and nothing is kept twice.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Protocol

from .. import platforms
from ..effects import log
from ..effects.blobs import Blobs
from ..effects.intake import Intake
from ..effects.keys import Keys
from ..effects.pace import Pace
from ..effects.secrets import Secrets
from ..effects.settings_items import SettingsItems
from ..effects.signed import Signed
from ..model.action import Action, Entry
from ..model.call import Answer, Busy, CallFailed, Denied, Found, Limit, Read
from ..model.errors import BadPayload, ConfigurationError, StoreFailed, UnknownShop
from ..model.event import Delivery
from ..model.words import Origin
from ..rules import errands
from ..settings import Settings
from . import pulls
from .desk import Desk, desk
from .errands import Again, Done, Failed, Outcome, Work
from .identity import Hashing, hashed
from .reading import SHARED, reading

_PATIENCE = timedelta(seconds=30)


class Asking(Protocol):
    """What reads a platform's API; steps.reading.Reading is one."""

    def ask(self, source: str, read: Read, now: datetime) -> Answer: ...


class Keeping(Protocol):
    """What puts deliveries; effects.intake.Intake is one."""

    def put(self, delivery: Delivery, raw: bytes) -> bool: ...


class Pacing(Protocol):
    """Who may ask now; effects.pace.Pace is one."""

    def enter(self, source: str, what: str, limit: Limit, now: datetime) -> timedelta: ...
    def busy(self, source: str, after: timedelta, now: datetime) -> None: ...
    def failed(self, source: str, now: datetime) -> bool: ...
    def fine(self, source: str) -> None: ...


class Progress(Protocol):
    """How far lists have come; steps.pulls.Pulls is one."""

    def read(self, action: Action, read: Read, answer: Answer, new: int, now: datetime) -> None: ...
    def stopped(self, action: Action, why: str) -> None: ...


@dataclass(frozen=True, slots=True)
class Effects:
    """What fetching touches. `pulls` notes how far a history or a schedule's list has come.

    `shop_of` tells whose news it is where a list is the whole app's: by the platform's own id of the shop.
    """

    reading: Asking
    pace: Pacing
    intake: Keeping
    keys: Hashing
    desk: Desk
    pulls: Progress
    shop_of: Callable[[str, str], str] = lambda source, seller: source


def work(settings: Settings) -> Work:
    """What performs a FETCH on a real stage."""
    aws = Signed(settings.aws)
    keys, items = Keys(settings, aws), SettingsItems(settings.settings_table)
    intake = Intake(settings.events_table, Blobs(settings.blobs_bucket), keys, aws)
    secrets = Secrets(settings, aws)
    fx = Effects(
        reading(settings, secrets, keys), Pace(items), intake, keys, desk(settings), pulls.Pulls(items), routed(secrets)
    )
    return lambda entry, now: fetched(entry, now, fx)


def routed(secrets: Secrets) -> Callable[[str, str], str]:
    """Whose news it is, by the routes of the address that a shop shares; its own where nobody said so."""

    def shop_of(source: str, seller: str) -> str:
        platform, _, name = source.partition("/")
        door = secrets.shop(source).setup.get(SHARED, name)
        found = secrets.shop(f"{platform}/{door}").routes.get(seller)
        return f"{platform}/{found}" if found else source

    return shop_of


def fetched(entry: Entry, now: datetime, fx: Effects) -> Outcome:
    """Make one read; a list that cannot be read on is noted as such."""
    outcome = fetch(entry, now, fx)
    if isinstance(outcome, Failed):
        fx.pulls.stopped(entry.action, outcome.why)
    return outcome


def fetch(entry: Entry, now: datetime, fx: Effects) -> Outcome:
    """Make one read. Everything that may pass is tried again later; what cannot be read is told."""
    action = entry.action
    module: Any = platforms.get(action.source.partition("/")[0])
    read = errands.read_of(action.data)
    resource = getattr(module, "READS", {}).get(read.what)
    if resource is None:
        return Failed(f"{module.TITLE} has no {read.what!r} that can be read")
    wait = fx.pace.enter(action.source, read.what, resource.limit, now)
    if wait:
        return Again("the platform's limit", now + wait, counts=False)
    try:
        answer = fx.reading.ask(action.source, read, now)
    except Busy as err:
        after = err.after or _PATIENCE
        fx.pace.busy(action.source, after, now)
        return Again(f"busy: {err}"[:300], now + after, counts=False)
    except (Denied, ConfigurationError, UnknownShop) as err:
        return Failed(f"{err}"[:300], alert=not isinstance(err, UnknownShop))
    except CallFailed as err:
        return _failed(action, err, fx, now)
    except BadPayload as err:
        return Failed(f"its answer cannot be understood: {err.cause}"[:300])
    except StoreFailed as err:
        return Again(f"{err}"[:300])
    fx.pace.fine(action.source)
    fresh = sum(_kept(action, found, fx, now) for found in answer.found)
    log.note(found=len(answer.found), new=fresh, further=len(answer.then))
    return _followed(action, read, answer, fresh, fx, now)


def _failed(action: Action, err: CallFailed, fx: Effects, now: datetime) -> Outcome:
    if not err.passing:
        return Failed(f"{err}"[:300])
    if fx.pace.failed(action.source, now):
        log.note(circuit="open")
    return Again(f"{err}"[:300])


def _kept(action: Action, found: Found, fx: Effects, now: datetime) -> bool:
    """Put one thing that was found; whether the log did not hold it yet."""
    made = hashed(found.translated, fx.keys)
    source = fx.shop_of(action.source, made.seller) if made.seller else action.source
    delivery = Delivery(made.id, source, made.subject, made.events, now, Origin(action.data["origin"]))
    return fx.intake.put(delivery, platforms.pack_raw(action.source.partition("/")[0], found.raw))


def _followed(action: Action, read: Read, answer: Answer, fresh: int, fx: Effects, now: datetime) -> Outcome:
    for then in answer.then:
        further = errands.further(action, then, now)
        if further is None:
            return Failed("its pages never end")
        fx.desk.put(further, now)
    fx.pulls.read(action, read, answer, fresh, now)
    return Done()
