"""`./wellkept buyer match`, `profile`, `links`, `merge` and `split`: one person over several shops. Names are shown masked."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any

import typer

from chalicelib.effects.clock import clock
from chalicelib.effects.identities import Identities
from chalicelib.effects.keys import Keys
from chalicelib.effects.vault import Vault
from chalicelib.model.identity import Tie, TieKind
from chalicelib.model.person import Buyer
from chalicelib.settings import Settings
from chalicelib.steps import match as step

from ..local.connect import settings_of
from ..problems import Problem
from ..stages import LOCAL
from . import buyers
from .buyers import Hash, Shop
from .screen import SCREEN, AsJson, OnStage, say_json, say_rows

Other = Annotated[str, typer.Argument(metavar="OTHER", help="The other buyer's keyed hash.")]
OtherShop = Annotated[str, typer.Option("--other-shop", help="The other buyer's shop; left out: the same shop.")]
SAYS = {
    TieKind.PERSON: "somebody said so", TieKind.EMAIL: "same e-mail address", TieKind.PHONE: "same telephone number",
    TieKind.LIKELY: "same name and address", TieKind.SUGGESTED: "perhaps: name and address, or a shared telephone",
    TieKind.NEVER: "somebody said that they are two",
}  # fmt: skip
BY = "operator"


def register(app: typer.Typer) -> None:
    """Put these commands on `buyer`."""
    for command in (match, profile, links, merge, split):
        app.command()(command)


def effects(settings: Settings) -> step.Effects:
    """What matching touches on a stage."""
    keys = Keys(settings)
    return step.Effects(Vault(settings, keys), Identities(settings), keys)


def match(stage: OnStage = LOCAL, as_json: AsJson = False) -> None:
    """Find who is a buyer of several shops, among those of whom something new was told. Again changes nothing. It scans."""
    settings = settings_of(stage)
    found = step.match(effects(settings), clock(settings)())
    if as_json:
        say_json(dict(found))
    else:
        say_rows([{"what": name, "count": count} for name, count in sorted(found.items())])


def profile(buyer: Hash, shop: Shop, stage: OnStage = LOCAL, as_json: AsJson = False) -> None:
    """A buyer over all shops: who else they are, and what says so."""
    buyers.check(buyer, shop)
    settings = settings_of(stage)
    whole, known = step.whole(effects(settings), shop, buyer, clock(settings)())
    if not known:
        raise _nobody(shop, buyer)
    rows = [_member(member, found) for member, found in known.items()]
    ties = [_tie(one) for one in whole.ties]
    if as_json:
        say_json({"profile": whole.id, "members": rows, "evidence": ties})
        return
    say_rows(rows, title=f"profile {whole.id}")
    if ties:
        say_rows(ties, title="what says so")


def links(
    suggested: Annotated[bool, typer.Option("--suggested", help="Only those that wait for a person.")] = False,
    stage: OnStage = LOCAL,
    as_json: AsJson = False,
) -> None:
    """What ties buyers of several shops, and what keeps them apart. It scans."""
    settings = settings_of(stage)
    found = effects(settings).identities.all_ties()
    rows = [_tie(one) for one in found if not suggested or one.kind is TieKind.SUGGESTED]
    rows.sort(key=lambda row: (-(row["bits"] or 0), row["one"], row["other"]))
    if as_json:
        say_json(rows)
        return
    say_rows(rows)
    if suggested and rows:
        SCREEN.print("Look at both, ./wellkept buyer profile HASH --shop ..., then ./wellkept buyer merge or split.")


def merge(
    buyer: Hash, other: Other, shop: Shop, other_shop: OtherShop = "", stage: OnStage = LOCAL, as_json: AsJson = False
) -> None:  # fmt: skip
    """Say that two buyers are one person. `buyer split` takes it back."""
    _say(TieKind.PERSON, (shop, buyer), (other_shop or shop, other), stage, as_json)


def split(
    buyer: Hash, other: Other, shop: Shop, other_shop: OtherShop = "", stage: OnStage = LOCAL, as_json: AsJson = False
) -> None:  # fmt: skip
    """Say that two buyers are not one person, whatever ties them. `buyer merge` takes it back."""
    _say(TieKind.NEVER, (shop, buyer), (other_shop or shop, other), stage, as_json)


def _say(kind: TieKind, one: tuple[str, str], other: tuple[str, str], stage: str, as_json: bool) -> None:
    for source, name in (one, other):
        buyers.check(name, source)
    if one == other:
        raise Problem("That is one buyer, named twice.", "Name another with --other-shop, or another hash.")
    settings = settings_of(stage)
    fx, now = effects(settings), clock(settings)()
    for source, name in (one, other):
        if fx.vault.get(source, name, now) is None:
            raise _nobody(source, name)
    new = step.say(fx, kind, one, other, BY, now)
    whole, _ = step.whole(fx, *one, now)
    if as_json:
        say_json({"new": new, "profile": whole.id, "members": whole.members})
    else:
        SCREEN.print(f"{'Noted' if new else 'That stood already'}. {one[1]} is in profile {whole.id}, of {len(whole.members)}.")


def _nobody(source: str, name: str) -> Problem:
    return Problem(f"The vault knows nobody called {name} in {source}.", "Find them: ./wellkept buyer find --shop ...")


def _member(member: str, found: Buyer) -> dict[str, Any]:
    source, _, name = member.rpartition("#")
    person = found.person
    return {
        "shop": source, "buyer": name, "name": masked(person.full_name or person.name), "email": masked(person.email),
        "phone": masked(person.phone), "city": masked(person.city), "country": person.country, "orders": len(found.orders),
    }  # fmt: skip


def _tie(one: Tie) -> Mapping[str, Any]:
    return {
        "one": one.a, "other": one.b, "kind": str(one.kind), "why": SAYS[one.kind], "since": one.at, "by": one.by,
        "bits": one.bits,
    }  # fmt: skip


def masked(said: str | None) -> str | None:
    """The first letter of each word, and the domain of a mail address: enough to recognise, too little to pass on."""
    if not said:
        return None
    local, at, domain = said.rpartition("@")
    if at:
        return f"{local[:1]}…@{domain}"
    return f"{said[:3]}…{said[-2:]}" if said.startswith("+") else " ".join(f"{word[:1]}…" for word in said.split())
