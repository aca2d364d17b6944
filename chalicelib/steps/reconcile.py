"""Reconcile: on a schedule, read every shop's lists again, so that news whose push was lost or never existed comes in all the
same. Platforms change and date back rows, so each time it goes further back than the last reading.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Protocol

from .. import platforms
from ..effects import log
from ..effects.clock import Clock, clock, system
from ..effects.secrets import Secrets, Shop
from ..effects.settings_items import SettingsItems
from ..effects.shops import Shops
from ..model.call import Read, Resource
from ..model.errors import BadPayload, ConfigurationError, UnknownPlatform, UnknownShop
from ..model.profile import Profile
from ..model.words import Origin
from ..settings import Settings
from . import pulls
from .desk import Desk, desk
from .reading import account_of


class Register(Protocol):
    """The shops; effects.shops.Shops is one."""

    def all(self) -> list[str]: ...
    def profile(self, source: str) -> Profile: ...


class Connected(Protocol):
    """What shops were connected with; effects.secrets.Secrets is one."""

    def shop(self, source: str) -> Shop: ...


@dataclass(frozen=True, slots=True)
class Effects:
    """What reconciling touches. `real` is the system's time, which platforms live by."""

    shops: Register
    secrets: Connected
    pulls: pulls.Pulls
    desk: Desk
    clock: Clock
    real: Clock = system

    def there(self) -> datetime:
        """The time at the platforms: the stage's, unless somebody moved the laptop's clock ahead of them."""
        return min(self.clock(), self.real())


def prepare(settings: Settings) -> Callable[[Mapping[str, Any]], dict[str, Any]]:
    """The step."""
    fx = effects(settings)
    return lambda event: reconciled(fx)


def effects(settings: Settings) -> Effects:
    """What reconciling touches on a real stage."""
    found = pulls.Pulls(SettingsItems(settings.settings_table))
    return Effects(Shops(settings.settings_table), Secrets(settings), found, desk(settings), clock(settings))


def reconciled(fx: Effects) -> dict[str, Any]:
    """Ask for every list whose time has come. A shop that cannot be looked at holds up no other."""
    begun: list[str] = []
    failed = 0
    for source in fx.shops.all():
        try:
            with log.unit("reconcile", shop=source):
                begun += _shop(source, fx)
        except Exception:  # logged by the unit; the schedule comes again
            failed += 1
    return {"begun": begun, "failed": failed}


def _shop(source: str, fx: Effects) -> list[str]:
    now, lists = fx.clock(), readable(source, fx.secrets)
    if not lists or fx.shops.profile(source).closed_at is not None:
        log.note(outcome="nothing to read")
        return []
    begun = []
    for what, resource in lists.items():
        item = fx.pulls.known(source, what)
        if resource.every and pulls.due(item, resource, now):
            pull(source, pulls.again(what, item, resource, fx.there()), resource, Origin.RECONCILE, fx, now)
            begun.append(f"{source} {what}")
    log.note(begun=len(begun))
    return begun


def pull(source: str, read: Read, resource: Resource, origin: Origin, fx: Effects, now: datetime) -> int:
    """Ask for a list over its span; in how many parts."""
    asked = fx.pulls.begin(source, read, resource, origin, now)
    for action in asked:
        fx.desk.put(action, now)
    return len(asked)


def history(source: str, fx: Effects, since: datetime | None = None, only: Iterable[str] = ()) -> dict[str, int]:
    """Ask for a shop's history, each list as far back as its platform allows, no further than `since`; parts by list.

    ConfigurationError when the shop was connected without what its platform's API wants.
    """
    now, there, wanted, begun = fx.clock(), fx.there(), set(only), {}
    for what, resource in readable(source, fx.secrets, complain=True).items():
        if not wanted or what in wanted:
            first = max(there - resource.back, since) if since else there - resource.back
            begun[what] = pull(source, pulls.span(what, first, there), resource, Origin.IMPORT, fx, now)
    return begun


def readable(source: str, secrets: Connected, complain: bool = False) -> dict[str, Resource]:
    """The lists that can be read of a shop with what it was connected with; none where something is missing."""
    try:
        module: Any = platforms.get(source.partition("/")[0])
        shop = secrets.shop(source)
    except (UnknownPlatform, UnknownShop):
        return {}
    lists: Mapping[str, Resource] = {what: one for what, one in getattr(module, "READS", {}).items() if one.listing}
    return {what: one for what, one in lists.items() if _complete(module, source, shop, what, complain)}


def _complete(module: Any, source: str, shop: Shop, what: str, complain: bool) -> bool:
    """Whether a request for a list can be made at all: making one says what is missing."""
    account = account_of(source, shop)
    if module.READS[what].token and not account.setup.get("refresh_token") and "refresh_token" in getattr(module, "SETUP", {}):
        if complain:
            raise ConfigurationError(f"{source} has no refresh_token: the seller must authorise it, then shop add ... --with")
        return False
    try:
        module.request(pulls.span(what, *_A_DAY), account, _A_DAY[1])
    except (ConfigurationError, BadPayload):
        if complain:
            raise
        return False
    return True


# Any day: only whether a request can be made is asked.
_A_DAY = (datetime(2026, 1, 1, tzinfo=UTC), datetime(2026, 1, 2, tzinfo=UTC))
