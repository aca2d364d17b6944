"""`./wellkept buyer`: what is known about a buyer, and forgetting them."""

from __future__ import annotations

import json
import os
import re
from collections import Counter
from datetime import datetime
from pathlib import Path
from typing import Annotated, Any

import typer

from chalicelib import platforms
from chalicelib.effects.clock import clock
from chalicelib.model.action import ActionKind
from chalicelib.model.errors import UnknownPlatform
from chalicelib.model.event import Delivery, Event
from chalicelib.model.words import EventType, Origin
from chalicelib.rules import privacy as requests
from chalicelib.steps import privacy

from ..dossier import Sources, dossier, held, sources
from ..local.connect import settings_of
from ..problems import Problem
from ..stages import LOCAL
from .screen import NOTES, SCREEN, AsJson, OnStage, plain, say_json, say_rows

app = typer.Typer(help="What is known about a buyer, and forgetting them.", no_args_is_help=True)
Shop = Annotated[str, typer.Option("--shop", help="The buyer's shop, as platform/name.")]
Hash = Annotated[str, typer.Argument(metavar="HASH", help="The buyer's keyed hash: ./wellkept buyer find shows it.")]
_HASH = re.compile(r"[0-9a-f]{24}")


@app.command()
def find(
    shop: Shop,
    email: Annotated[str, typer.Option(help="A mail address of theirs.")] = "",
    id_: Annotated[str, typer.Option("--id", help="Their number at the platform, such as Shopify's customer id.")] = "",
    stage: OnStage = LOCAL,
    as_json: AsJson = False,
) -> None:
    """Find a buyer's keyed hash by mail address (also one the platform knows by a number) or by the platform's number."""
    if bool(email) == bool(id_):
        raise Problem("Whom?", "Give either --email or --id.")
    settings = settings_of(stage)
    of, now, module = sources(settings), clock(settings)(), _platform(shop)
    own = of.keys.hashed(f"{module.BUYER}{id_}" if id_ else f"email:{email.strip().lower()}")
    found = {own: of.vault.get(shop, own, now)}
    if email:
        found |= {name: one for name, one in of.vault.scan(shop, now)
                  if (one.person.email or "").lower() == email.strip().lower()}  # fmt: skip
    rows = [{"shop": shop, "buyer": name, "known": one is not None, "orders": len(one.orders) if one else 0}
            for name, one in found.items() if one or len(found) == 1]  # fmt: skip
    if as_json:
        say_json(rows)
        return
    say_rows(rows)
    if not any(row["known"] for row in rows):
        SCREEN.print("The vault knows nobody of this name; the log may: ./wellkept buyer export HASH --shop ...")


@app.command()
def export(
    buyer: Hash,
    shop: Shop,
    out: Annotated[Path | None, typer.Option(help="Write it here, readable by you alone, instead of showing it.")] = None,
    stage: OnStage = LOCAL,
) -> None:
    """Everything held about a buyer, as JSON: person, orders with events, cases and messages, consents. It scans."""
    check(buyer, shop)
    settings = settings_of(stage)
    found = dossier(sources(settings), shop, buyer, clock(settings)())
    if not held(found):
        raise Problem(f"Nothing is held about {buyer} in {shop}.", "Check both: ./wellkept buyer find --shop ... --email ...")
    if out is None:
        say_json(found)
        return
    _write(out, found)
    NOTES.print(f"{out}: a person and {len(found['orders'])} orders. Delete it once it was handed over", markup=False)


def _write(out: Path, found: dict[str, Any]) -> None:
    """For the operator's eyes alone, from the first byte on."""
    try:
        descriptor = os.open(out, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    except OSError as err:
        raise Problem(f"{out} cannot be written: {err.strerror}.", "Name another file with --out.") from None
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        os.fchmod(file.fileno(), 0o600)
        file.write(json.dumps(found, ensure_ascii=False, indent=1, default=plain) + "\n")


@app.command()
def erase(
    buyer: Hash,
    shop: Shop,
    yes: Annotated[bool, typer.Option("--yes", help="Yes, for good.")] = False,
    stage: OnStage = LOCAL,
    as_json: AsJson = False,
) -> None:
    """Forget a buyer for good: the person, and every raw body about them. Their orders stay, without them."""
    check(buyer, shop)
    if not yes:
        raise Problem(f"This forgets {buyer} for good.", "If that is what you want, run it again with --yes.")
    settings = settings_of(stage)
    of, now = sources(settings), clock(settings)()
    event = Event(EventType.BUYER_REDACTED, now, native={"topic": "operator"}, buyer=buyer)
    # First into the log: what is restored from a backup is erased again by what the log says.
    of.store.add([Delivery(f"operator:erase:{now:%Y%m%dT%H%M%S.%fZ}", shop, f"buyer:{buyer}", (event,), now, Origin.PERSON)])
    thrown = privacy.erase(of.vault, of.store, shop, buyer, now)
    if as_json:
        say_json({"shop": shop, "buyer": buyer, "bodies_thrown_away": thrown})
    else:
        SCREEN.print(f"[green]Forgotten[/], with {thrown} raw bodies")


@app.command()
def reapply(stage: OnStage = LOCAL, as_json: AsJson = False) -> None:
    """Forget again whoever the log says was to be forgotten: after a backup was restored, before the stage opens. It scans."""
    settings = settings_of(stage)
    of = sources(settings)
    done = again(of, privacy.works(settings, of.keys), clock(settings)())
    if as_json:
        say_json(done)
    else:
        say_rows([{"request": name, "count": count} for name, count in sorted(done.items())])


def again(of: Sources, works: dict[ActionKind, privacy.Work], now: datetime) -> dict[str, int]:
    """Carry out every erasure that the log asks for once more; how many of each kind came to what."""
    counts: Counter[str] = Counter()
    for delivery in of.store.scan_events():
        for event in delivery.events:
            for action in requests.asked(delivery, event):
                if action.kind in (ActionKind.ERASE_BUYER, ActionKind.ERASE_SHOP):
                    said = works[action.kind](action, now)
                    counts[f"{action.kind} {said[0] if isinstance(said, tuple) else said}"] += 1
    return dict(counts)


def _platform(shop: str) -> Any:
    platform, slash, name = shop.partition("/")
    try:
        module = platforms.get(platform)
    except UnknownPlatform as err:
        raise Problem(str(err), "Name the shop as platform/name.") from None
    if not slash or not name:
        raise Problem(f"{shop!r} is no shop.", "Name it as platform/name.")
    if not hasattr(module, "BUYER"):
        raise Problem(f"{module.TITLE} does not tell who buyers are.", "Nothing is kept of them.")
    return module


def check(buyer: str, shop: str) -> None:
    """Problem where a shop or a hash is none."""
    if "/" not in shop:
        raise Problem(f"{shop!r} is no shop.", "Name it as platform/name.")
    if not _HASH.fullmatch(buyer):
        raise Problem(f"{buyer!r} is no buyer's hash.", "Find it: ./wellkept buyer find --shop ... --email ...")
