"""Connecting a shop: its secret, what else its platform wants to be known, and whose address its news comes to."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from chalicelib import platforms
from chalicelib.effects.secrets import Secrets, Shop
from chalicelib.effects.shops import Shops
from chalicelib.model.errors import UnknownPlatform, UnknownShop
from chalicelib.settings import Settings
from chalicelib.steps.inbox import DOOR
from chalicelib.steps.reading import REHEARSAL, SHARED

from .problems import Problem

NAME = re.compile(r"[A-Za-z0-9._-]{1,80}")


@dataclass(frozen=True, slots=True)
class Wanted:
    """A shop to be connected. `app` names the connection whose address it shares, `seller` its own id at the platform."""

    platform: str
    name: str
    secret: str
    setup: Mapping[str, str]
    app: str = ""
    seller: str = ""
    rotate: bool = False

    @property
    def source(self) -> str:
        """platform/shop."""
        return f"{self.platform}/{self.name}"


def module_of(platform: str) -> Any:
    """A platform's module. Problem for a name that is none."""
    try:
        return platforms.get(platform)
    except UnknownPlatform as err:
        raise Problem(str(err), "Choose one of these.") from None


def rehearsal(platform: str, rest: Mapping[str, str]) -> tuple[str, dict[str, str]]:
    """Secret and setup of the shop that the local platform server has; `rest` is laid over them."""
    from .marketplaces.server import Marketplaces

    server = Marketplaces()
    if platform not in server.names():
        return "local-platform-secret", {**rest}
    found = server.demo(platform)
    return found.pop("secret"), {**found, REHEARSAL: "yes", **rest}


def setup_of(given: Sequence[str], module: Any) -> dict[str, str]:
    """NAME=VALUE texts as setup. Problem for a name that the platform has no use for."""
    known: dict[str, str] = dict(getattr(module, "SETUP", {}))
    if getattr(module, "TRACKER", False):
        known["shops"] = "the shops (platform/name, commas between) it watches parcels for; all of them if left out"
    found = {}
    for one in given:
        name, equals, value = one.partition("=")
        if not equals or name not in known:
            names = "; ".join(f"{word}: {said}" if said else word for word, said in known.items()) or "none"
            raise Problem(f"{module.TITLE} has no use for {name!r}.", f"Known are: {names}")
        found[name] = value.strip()
    return found


def connect(wanted: Wanted, settings: Settings) -> Shop:
    """Write it all down; safe to repeat. A shop that shares an address takes over what that was connected with."""
    module, secrets, shops = module_of(wanted.platform), Secrets(settings), Shops(settings.settings_table)
    if not NAME.fullmatch(wanted.name):
        raise Problem(f"{wanted.name!r} is not a shop's name.", "Use up to 80 letters, digits, dots, dashes and underscores.")
    door = DOOR if getattr(module, "QUEUE", False) else wanted.app
    if door and not wanted.seller:
        raise Problem(f"Which of the platform's shops is {wanted.name}?", "Say its own id there: --seller ID")
    inherited = _door(wanted, door, module, secrets)
    secret = wanted.secret or (inherited.secrets[0] if inherited.secrets else "")
    if not secret:
        raise Problem("The secret is empty.", f"For {module.TITLE} it is {module.SECRET}.")
    shared = {SHARED: door} if door and wanted.name != door else {}
    made = secrets.add(wanted.source, secret, wanted.rotate, {**inherited.setup, **wanted.setup, **shared})
    if door and wanted.name != door:
        secrets.route(f"{wanted.platform}/{door}", wanted.seller, wanted.name)
    shops.note(wanted.source)
    if shops.profile(wanted.source).closed_at is not None:
        shops.change(wanted.source, closed_at=None)
    return made


def _door(wanted: Wanted, door: str, module: Any, secrets: Secrets) -> Shop:
    """The connection whose address the shop shares; a queue's is made when it is first needed."""
    if not door or wanted.name == door:
        return Shop(())
    source = f"{wanted.platform}/{door}"
    try:
        return secrets.shop(source)
    except UnknownShop:
        if not getattr(module, "QUEUE", False):
            remedy = f"Connect it first: ./wellkept shop add {wanted.platform} {door} ..."
            raise Problem(f"No shop {source} is connected, whose address could be shared.", remedy) from None
    kept = {name: value for name, value in wanted.setup.items() if name in ("application_id",)}
    return secrets.add(source, wanted.secret, keep_old=False, setup=kept)
