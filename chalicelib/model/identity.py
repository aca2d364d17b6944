"""Who is who: buyers of several shops and platforms that are one person, and what says so.

A member is a buyer of a shop, as everything else names them: platform/shop#keyed hash. Nothing here is personal: identifiers
are keyed hashes, and evidence says which kind of identifier was equal, never which one.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class TieKind(StrEnum):
    """What ties two members together, or keeps them apart.

    `email`, `phone`: the same address or number. `likely`: name and postal address agree so well that it counts. `suggested`:
    they agree, but not enough; it joins nobody and waits for a person. `person`: somebody said that they are one. `never`:
    somebody said that they are not.
    """

    PERSON = "person"
    EMAIL = "email"
    PHONE = "phone"
    LIKELY = "likely"
    SUGGESTED = "suggested"
    NEVER = "never"


@dataclass(frozen=True, slots=True)
class Tie:
    """A piece of evidence about two members: which kind, since when, by whom ("rules" or who said so).

    `a` sorts before `b`: a pair has one tie. `bits` is the weight of the likeness where that is what ties, in bits. It is kept
    until `until`.
    """

    a: str
    b: str
    kind: TieKind
    at: datetime
    by: str
    until: datetime
    bits: int | None = None


@dataclass(frozen=True, slots=True)
class Standing:
    """Where a member stands: under which hashed identifiers, and with which other members it has a tie.

    Kept until `until`. `gone` is set while a member is being forgotten: nothing new may be noted of it then.
    """

    ids: tuple[str, ...]
    ties: tuple[str, ...]
    until: datetime
    gone: bool | None = None


@dataclass(frozen=True, slots=True)
class Crowd:
    """Who stands under a hashed identifier. `shared` when too many do: it then says nothing about anybody."""

    members: tuple[str, ...]
    until: datetime
    shared: bool | None = None


@dataclass(frozen=True, slots=True)
class Whole:
    """One person as far as is known: the members that are one, sorted, and the ties among them. `id` follows from them."""

    id: str
    members: tuple[str, ...]
    ties: tuple[Tie, ...]


def tie(
    one: str, other: str, kind: TieKind, at: datetime, by: str, until: datetime, bits: int | None = None
) -> Tie:  # fmt: skip
    """A tie between two members, given in either order. ValueError when both are the same."""
    if one == other:
        raise ValueError("a member has no tie with itself")
    return Tie(min(one, other), max(one, other), kind, at, by, until, bits)
