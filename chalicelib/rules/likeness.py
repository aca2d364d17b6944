"""Likeness: how sure it is by name and postal address that two buyers are one person.

After Fellegi and Sunter (A Theory for Record Linkage, 1969): each thing two records show weighs log2(m / u) bits, where m is
how often one person's records show it and u how often two people's do; the sum is compared with two thresholds. The weights are
data (data/identity.toml); docs/identity.md says what they were measured to do.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from functools import cache

from ..model.identity import TieKind
from ..model.person import Person
from . import policies, spelling
from .spelling import Name, Street

Levels = Mapping[str, str]
_ALIKE, _SLIP = 0.93, 0.9
_SHORT = 3
# What a name says when all that agrees of it is frequent; and when it is written in Latin letters that leave out what tells
# names apart: the characters of Han, the tones of Vietnamese.
_RARER = {"same": "common", "sounds": "common", "part": "single"}
_BLURRED = {"sounds": "common", "same": "common"}
_LATIN_BLURS = frozenset({"CN", "TW", "HK", "MO", "VN"})


def blocks(person: Person) -> dict[str, str | None]:
    """Which house and which name a buyer gives: only those who share one of the two are worth comparing."""
    name, street = _named(person), spelling.street(person.street)
    city = spelling.city(person.city)
    where = spelling.postcode(person.postcode, person.country) or city
    if not where or not person.country or name is None:
        return {}
    letters = "".join(sorted(part[:1] for part in name.parts))
    house = f"{person.country}|{where}|{street.numbers[0]}" if street and street.numbers else None
    return {"house": house, "name": f"{person.country}|{where}|{letters}"}


def verdict(one: Person, other: Person) -> tuple[TieKind | None, int]:
    """What two buyers' names and addresses say: `likely`, `suggested` or nothing; and the weight in whole bits."""
    shown = levels(one, other)
    # Whoever lives at one address is no one person for that.
    weight = bits(shown) if "name" in shown else 0
    limits = policies.data("identity.toml")["likeness"]
    kind = TieKind.LIKELY if weight >= limits["joins"] else TieKind.SUGGESTED if weight >= limits["suggests"] else None
    return kind, math.floor(weight)


def contradict(one: Person, other: Person) -> bool:
    """Whether two names cannot be one person's: no part of them agrees, or a given name does not. Not told from two scripts."""
    mine, theirs = _named(one), _named(other)
    if mine is None or theirs is None or mine.script != theirs.script:
        return False
    return _name(mine, theirs, one.country) in ("family", "other")


def bits(shown: Levels) -> float:
    """The weight of what two records show."""
    return sum(_weights()[field][level] for field, level in shown.items())


def levels(one: Person, other: Person) -> Levels:
    """What two records show, by field. What one of them does not say shows nothing."""
    found = {
        "name": _name(_named(one), _named(other), one.country),
        "street": _street(spelling.street(one.street), spelling.street(other.street)),
        "postcode": _postcode(
            spelling.postcode(one.postcode, one.country), spelling.postcode(other.postcode, other.country)
        ),
        "city": _city(spelling.city(one.city), spelling.city(other.city)),
        "country": _equal(one.country, other.country),
    }
    if found["postcode"] == "same":
        found["city"] = None
    return {field: level for field, level in found.items() if level}


@cache
def _weights() -> Mapping[str, Mapping[str, float]]:
    """Bits by field and level."""
    fields = {name: value for name, value in policies.data("identity.toml")["likeness"].items() if isinstance(value, dict)}
    return {
        field: {level: math.log2(odds["m"] / odds["u"]) for level, odds in found.items()} for field, found in fields.items()
    }


def _named(person: Person) -> Name | None:
    return spelling.name(person.full_name or person.name)


def _equal(one: str | None, other: str | None) -> str | None:
    return None if one is None or other is None else "same" if one == other else "other"


def _name(one: Name | None, other: Name | None, country: str | None) -> str | None:
    if one is None or other is None:
        return None
    if one.junior and other.junior and one.junior != other.junior:
        return "family"
    alike = _homophones(one, other) if one.written and other.written else _same_parts(one, other)
    if not (one.written and other.written) and ({"CJK", "TONES"} & {one.script, other.script} or country in _LATIN_BLURS):
        alike = _BLURRED.get(alike, alike)
    if alike in _RARER and one.junior != other.junior:
        return "close"
    shorter = one.parts if len(one.parts) < len(other.parts) else other.parts
    frequent = set(shorter) <= spelling.common()
    return _RARER.get(alike, alike) if frequent else alike


def _homophones(one: Name, other: Name) -> str:
    """Two names in one script that tells apart what transliteration does not: Han, Vietnamese, Arabic."""
    if one.written == other.written:
        return "same"
    alike = _same_parts(one, other)
    # Nobody there has a middle name to leave out: one sign more is another name.
    return "close" if alike == "same" or (one.script == "CJK" and alike == "part") else alike


def _same_parts(one: Name, other: Name) -> str:
    short, long = sorted((one.parts, other.parts), key=len)
    if sorted(short) == sorted(long) or "".join(short) == "".join(long):
        return "same" if one.script == other.script else "sounds"
    left = list(long)
    missing = [part for part in short if not _taken(part, left)]
    if not missing:
        return "part" if len(short) > 1 and _in_order(short, long) else "single"
    if all(_begins(part, left) for part in missing) and len(missing) < len(short):
        return "single"
    if one.script != other.script and _skeletons(short) == _skeletons(long):
        return "script"
    if len(missing) == 1 and len(short) > 1 and _slip(missing[0], left):
        return "close"
    return "family" if len(missing) < len(short) else "other"


def _taken(part: str, left: list[str]) -> bool:
    """Take a part's equal out of what is left."""
    if part in left:
        left.remove(part)
        return True
    return False


def _in_order(short: tuple[str, ...], long: tuple[str, ...]) -> bool:
    """Whether a name begins as the other does and goes on in its order: what is left out is no first name, as a son's may be
    who has his father's behind his own."""
    rest = iter(long)
    return short[0] == long[0] and all(part in rest for part in short)


def _begins(part: str, left: list[str]) -> bool:
    """Whether one of what is left is an initial of the part, or the part one of its."""
    return any(1 in (len(one), len(part)) and one[0] == part[0] for one in left)


def _slip(part: str, left: list[str]) -> bool:
    """Whether one of what is left is the same but for a slip of the pen."""
    return any(len(part) > _SHORT and spelling.alike(part, one) >= _SLIP for one in left)


def _skeletons(parts: tuple[str, ...]) -> list[str]:
    return sorted(spelling.skeleton(part) for part in parts)


def _street(one: Street | None, other: Street | None) -> str | None:
    if one is None or other is None:
        return None
    named, numbered = _named_alike(one, other), _numbered(one.numbers, other.numbers)
    if named is None:
        return "number" if numbered in ("flat", "house") else None
    if not named:
        return "other"
    return numbered or ("street" if one.numbers and other.numbers else "named")


def _numbered(one: tuple[str, ...], other: tuple[str, ...]) -> str | None:
    """What the numbers of two addresses in one street say; None where they are different houses or one has none."""
    if sorted(one) == sorted(other):
        return "flat" if len(one) > 1 else "house" if one else None
    if not one or not other or one[0] != other[0]:
        return None
    mine, theirs = set(one[1:]), set(other[1:])
    return "house" if mine <= theirs or theirs <= mine else "flats"


def _named_alike(one: Street, other: Street) -> bool | None:
    """Whether two streets have the same name; None where one has no words, or is written in a script that tells too little."""
    if not one.words or not other.words:
        return None
    mine, theirs = "".join(one.words), "".join(other.words)
    if spelling.alike("".join(sorted(one.words)), "".join(sorted(other.words))) >= _ALIKE:
        return True
    if _within(one.words, theirs) or _within(other.words, mine):
        return True
    if one.script == other.script:
        shared = sum(len(word) for word in set(one.words) & set(other.words))
        return shared * 2 > min(len(mine), len(theirs))
    return True if _skeletons(one.words) == _skeletons(other.words) else None


def _within(words: tuple[str, ...], letters: str) -> bool:
    """Whether each longer word stands somewhere among these letters, where no blanks part words."""
    longer = [word for word in words if len(word) > _SHORT]
    return bool(longer) and all(word in letters for word in longer)


def _postcode(one: str | None, other: str | None) -> str | None:
    if one is None or other is None:
        return None
    if one == other:
        return "same"
    from jellyfish import damerau_levenshtein_distance

    near = len(one) == len(other) > _SHORT and damerau_levenshtein_distance(one, other) == 1
    return "near" if near else "other"


def _city(one: str | None, other: str | None) -> str | None:
    if not one or not other:
        return None
    return "same" if spelling.alike(one, other) >= _ALIKE or one in other or other in one else "other"
