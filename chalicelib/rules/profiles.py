"""Profiles: which members are one person, by all that ties them.

Ties join, the surest first, unless that would bring two together of whom somebody said that they are not one: `never` wins over
every chain of others. The answer depends on the ties alone, not on the order in which they were found or where one began.
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Iterable

from ..model.identity import Tie, TieKind, Whole

# What joins, the surest first. A suggestion joins nobody.
JOINS = (TieKind.PERSON, TieKind.EMAIL, TieKind.PHONE, TieKind.LIKELY)
# A word of a person stands until another of a person; among the rules' findings the surer stands.
_SPOKEN = (TieKind.PERSON, TieKind.NEVER)
_SUREST = (*_SPOKEN, TieKind.EMAIL, TieKind.PHONE, TieKind.LIKELY, TieKind.SUGGESTED)


def profile(member: str, members: Collection[str], ties: Collection[Tie]) -> Whole:
    """The person a member belongs to, out of members that are known and all ties among them."""
    group = next((one for one in _groups({*members, member}, ties) if member in one), frozenset({member}))
    among = (tie for tie in ties if tie.a in group and tie.b in group)
    return Whole(named(group), tuple(sorted(group)), tuple(sorted(among, key=lambda tie: (tie.a, tie.b))))


def profiles(members: Collection[str], ties: Collection[Tie]) -> tuple[Whole, ...]:
    """Everybody, each member in one person."""
    return tuple(profile(min(group), members, ties) for group in sorted(_groups(set(members), ties), key=min))


def named(group: Iterable[str]) -> str:
    """The id of a person: from the first of their members, so it stays while members behind it come and go."""
    return hashlib.sha256(f"profile#{min(group)}".encode()).hexdigest()[:24]


def stands(before: Tie | None, after: Tie) -> bool:
    """Whether a new tie takes the place of what is known of the pair: what a person said does, and what is surer."""
    if before is None:
        return True
    if after.kind in _SPOKEN:
        return after.kind is not before.kind
    return _SUREST.index(after.kind) < _SUREST.index(before.kind)


def _groups(members: set[str], ties: Collection[Tie]) -> list[frozenset[str]]:
    """The members by person."""
    group = {member: {member} for member in members}
    apart = [(tie.a, tie.b) for tie in ties if tie.kind is TieKind.NEVER]
    for tie in sorted(ties, key=_strength):
        mine, theirs = group.get(tie.a), group.get(tie.b)
        if mine is None or theirs is None or mine is theirs or tie.kind not in JOINS or _kept_apart(mine, theirs, apart):
            continue
        mine |= theirs
        for member in theirs:
            group[member] = mine
    return [frozenset(one) for one in {id(some): some for some in group.values()}.values()]


def _strength(tie: Tie) -> tuple[int, int, str, str]:
    return _SUREST.index(tie.kind), -(tie.bits or 0), tie.a, tie.b


def _kept_apart(mine: set[str], theirs: set[str], apart: list[tuple[str, str]]) -> bool:
    return any((a in mine and b in theirs) or (a in theirs and b in mine) for a, b in apart)
