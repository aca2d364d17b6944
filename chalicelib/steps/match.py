"""Match: find who of a shop's buyers is a buyer of another shop too. An operator's pass over the vault, not part of the stream.

Only buyers of whom something new was told are looked for; who was found stays found. Everything here may be done twice, and by
several at once.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import combinations
from typing import Protocol

from ..effects.identities import Identities
from ..effects.vault import Unmatched, Vault
from ..model.identity import Tie, TieKind, Whole, tie
from ..model.person import Buyer, Person
from ..rules import identity, likeness, profiles

RULES = "rules"
# How many may share one address or number, and one house or name, before it says nothing about anybody.
MOST = {identity.MAIL: 12, identity.PHONE: 12, identity.HOUSE: 40, identity.NAME: 40}
_SAME = {identity.MAIL: TieKind.EMAIL, identity.PHONE: TieKind.PHONE}


class Hashing(Protocol):
    """What makes a keyed hash of a personal reference; effects.keys.Keys is one."""

    def hashed(self, reference: str) -> str: ...


@dataclass(frozen=True, slots=True)
class Effects:
    """What matching touches."""

    vault: Vault
    identities: Identities
    keys: Hashing


def match(fx: Effects, now: datetime) -> Counter[str]:
    """Look for everybody of whom something new was told; how many were looked for, and how many ties of each kind are new."""
    found: Counter[str] = Counter()
    for one in fx.vault.unmatched(now):
        found["looked for"] += 1
        found.update(str(kind) for kind in meet(fx, one, now))
    found["forgotten"] = tidy(fx, now)
    return found


def meet(fx: Effects, one: Unmatched, now: datetime) -> list[TieKind]:
    """Look for one buyer; the kinds of the ties that are new.

    First they stand under their identifiers, then those who stand there too are looked at: of two that are looked for at once,
    the later sees the earlier. Last, the vault notes it, if nothing changed meanwhile; whoever was erased is forgotten again.
    """
    member, until = _member(one.source, one.name), one.buyer.keep_until
    ids = _hashed(fx.keys, one.buyer.person)
    gone = fx.identities.stand(member, tuple(sorted(ids)), until)
    if gone is None:
        return []
    for id_ in gone:
        fx.identities.leave(id_, member)
    fx.identities.prolong(member, until)
    made = [kind for found in _ties(fx, one, ids, now) if (kind := _tied(fx, found)) is not None]
    if not fx.vault.match(one, until) and fx.vault.get(one.source, one.name, now) is None:
        # Erased meanwhile. What was noted after that is noted under a member once more, so that forgetting finds it.
        fx.identities.stand(member, tuple(sorted(ids)), until)
        fx.identities.forget(member)
        return []
    return made


def tidy(fx: Effects, now: datetime) -> int:
    """Forget whose time is over, the members of shops whose key was destroyed, and whoever was half forgotten; how many."""
    lost = [
        name for name, one in fx.identities.members()
        if one.gone or one.until <= now or not fx.vault.readable(_parted(name)[0])
    ]  # fmt: skip
    for member in lost:
        fx.identities.forget(member)
    return len(lost)


def whole(fx: Effects, source: str, buyer: str, now: datetime) -> tuple[Whole, dict[str, Buyer]]:
    """The person a buyer is, over all shops, and who each of their members is. Whoever the vault does not know (any more) is
    left out, and ties nobody."""
    known: dict[str, Buyer] = {}
    ties: dict[tuple[str, str], Tie] = {}
    waiting = [_member(source, buyer)]
    while waiting:
        member = waiting.pop()
        found = fx.vault.get(*_parted(member), now)
        if member in known or found is None:
            continue
        known[member] = found
        for one in fx.identities.ties(member):
            ties[one.a, one.b] = one
            waiting += [other for other in (one.a, one.b) if other not in known]
    found_ = profiles.profile(_member(source, buyer), known, ties.values())
    return found_, {member: known[member] for member in found_.members if member in known}


def say(fx: Effects, kind: TieKind, one: tuple[str, str], other: tuple[str, str], by: str, now: datetime) -> bool:
    """Note what a person says of two buyers, each by shop and hash: that they are one (`person`), or are not (`never`).

    False when that was their last word already, or when the vault does not know one of them.
    """
    found = [fx.vault.get(*name, now) for name in (one, other)]
    if None in found:
        return False
    until = min(buyer.keep_until for buyer in found if buyer)
    for name, buyer in zip((one, other), found, strict=True):
        fx.identities.note(_member(*name), buyer.keep_until if buyer else until)
    said = fx.identities.tie(tie(_member(*one), _member(*other), kind, now, by, until), profiles.stands)
    for name in (one, other):
        if fx.vault.get(*name, now) is None:
            fx.identities.forget(_member(*name))
    return said


def _ties(fx: Effects, one: Unmatched, ids: dict[str, str], now: datetime) -> Iterator[Tie]:
    """What ties a buyer to those under the same identifiers."""
    member, until = _member(one.source, one.name), one.buyer.keep_until
    shared: dict[str, set[str]] = {}
    for id_, kind in ids.items():
        crowd = fx.identities.enter(id_, member, until, MOST[kind])
        if crowd.shared:
            _part(fx, (*crowd.members, member), kind)
            fx.identities.close(id_)
            continue
        for other in crowd.members:
            shared.setdefault(other, set()).add(kind)
    for other, kinds in sorted(shared.items()):
        theirs = fx.vault.get(*_parted(other), now)
        if theirs is not None:
            found, bits = judged(one.buyer.person, theirs.person, kinds)
            if found is not None:
                yield tie(member, other, found, now, RULES, min(until, theirs.keep_until), bits)


def judged(one: Person, other: Person, kinds: Iterable[str]) -> tuple[TieKind | None, int | None]:
    """What ties two buyers who share identifiers of these kinds, and by what weight where it was weighed.

    A number alone does not join two of whom the names say that they are two: families share telephones.
    """
    if identity.MAIL in kinds:
        return TieKind.EMAIL, None
    if identity.PHONE in kinds:
        return (TieKind.SUGGESTED if likeness.contradict(one, other) else TieKind.PHONE), None
    return likeness.verdict(one, other)


def _part(fx: Effects, crowd: Sequence[str], kind: str) -> None:
    """Take back what tied members of a crowd by what turned out to be shared by too many."""
    for one, other in combinations(crowd, 2) if kind in _SAME else ():
        fx.identities.untie(one, other, only=_SAME[kind])


def _tied(fx: Effects, found: Tie) -> TieKind | None:
    return found.kind if fx.identities.tie(found, profiles.stands) else None


def _hashed(keys: Hashing, person: Person) -> dict[str, str]:
    """A person's identifiers as keyed hashes, and of which kind each is."""
    kinds = {name: name.partition(":")[0] for name in identity.identifiers(person)}
    return {f"{kind}:{keys.hashed(f'identity:{name}')}": kind for name, kind in kinds.items()}


def _member(source: str, buyer: str) -> str:
    return f"{source}#{buyer}"


def _parted(member: str) -> tuple[str, str]:
    source, _, buyer = member.rpartition("#")
    return source, buyer
