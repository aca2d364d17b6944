"""A made-up crowd of buyers with the truth about who is who: to measure what likeness does, not to prove it.

Households share addresses, names are as frequent as names are, towers hold many flats; twins, fathers and sons of one name,
presents sent to others, moves and marriages happen. Each buyer is seen in one to three shops, written differently each time.
Every name and street is of the commonest kind; no person is meant.
"""

from __future__ import annotations

import random
import tomllib
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from chalicelib.model.person import Person

Word = tuple[str, str]
THAI = "\u0e00"  # from here on marks are vowels and are not left out


@dataclass(frozen=True)
class Land:
    """How people are called and live in a country. Words are pairs: in the country's script, and as its people write it in
    Latin letters. `lines` are how they write a street with a house, `flats` what follows it, in either way."""

    country: str
    family: tuple[Word, ...]
    given: tuple[Word, ...]
    twins: tuple[tuple[Word, Word], ...]
    streets: tuple[Word, ...]
    cities: tuple[tuple[str, str, str], ...]
    lines: tuple[str, str]
    flats: tuple[str, str]
    latin_share: float
    family_first: bool
    glued: bool


def words(text: str) -> tuple[Word, ...]:
    """ "a=b c" as pairs; a word without "=" is written one way; "_" is a blank."""
    pairs = (one.partition("=") for one in text.split())
    return tuple((left.replace("_", " "), (right or left).replace("_", " ")) for left, _, right in pairs)


def land(country: str, said: dict[str, Any]) -> Land:
    """A country of crowd.toml."""
    made = tuple((head + tail, latin + end) for tail, end in words(said["tails"]) for head, latin in words(said["heads"]))
    names = {"family": words(said["family"]), "given": words(said["given"])}
    names[said.get("make", "family")] += made
    twins = words(said["twins"])
    cities = (tuple(one.replace("_", " ").split("|")) for one in said["cities"].split())
    return Land(
        country, names["family"], names["given"], tuple(zip(twins[::2], twins[1::2], strict=True)), words(said["streets"]),
        tuple((native, latin, code) for native, latin, code in cities), tuple(said["lines"]), tuple(said["flats"]),
        said["latin_share"], said.get("family_first", False), said.get("glued", False),
    )  # fmt: skip


LANDS = tuple(
    land(country, said) for country, said in tomllib.loads((Path(__file__).parent / "crowd.toml").read_text("utf-8")).items()
)


@dataclass(frozen=True)
class Home:
    """Where a household lives."""

    street: Word
    house: int
    flat: int
    city: tuple[str, str, str]


@dataclass(frozen=True)
class Soul:
    """Somebody, as they are: the truth."""

    id: int
    given: Word
    middle: str
    family: Word
    junior: str
    home: Home


@dataclass(frozen=True)
class Sighting:
    """Somebody, as a shop wrote them down."""

    soul: int
    shop: int
    home: Home
    person: Person


class Crowd:
    """Everybody of a country, from a seed."""

    def __init__(self, land: Land, seed: int, households: int = 120) -> None:
        self._land, self._dice, self._next = land, random.Random(f"{land.country}{seed}"), 0
        self._homes: list[Home] = []
        self.souls = [soul for _ in range(households) for soul in self._household()]
        self.sightings = [one for soul in self.souls for one in self._seen(soul)]

    def _often(self, some: tuple[Word, ...]) -> Word:
        """One of some, the first much more often than the last, and than in life: the first of 100 one time in 24."""
        return self._dice.choices(some, [1 / (n + 10) for n in range(len(some))])[0]

    def _chance(self, share: float) -> bool:
        return self._dice.random() < share

    def _home(self) -> Home:
        """A home of one's own, two in five in a tower; one in thirty is where others lived before."""
        dice, land = self._dice, self._land
        if self._homes and self._chance(1 / 30):
            return dice.choice(self._homes)
        while True:
            tower = self._chance(0.4)
            house = dice.randint(1, 3) if tower else dice.randint(4, 99)
            flat = dice.randint(1, 90) if tower else dice.choice((0, 0, 0, 1, 2, 3))
            home = Home(dice.choice(land.streets), house, flat, dice.choice(land.cities))
            if home not in self._homes:
                self._homes.append(home)
                return home

    def _soul(self, given: Word, family: Word, home: Home, junior: str = "") -> Soul:
        self._next += 1
        latin = self._land.country in ("US", "DE", "ES")
        middle = self._often(self._land.given)[0] if latin and self._chance(0.3) else ""
        return Soul(self._next, given, middle, family, junior, home)

    def _household(self) -> Iterator[Soul]:
        dice, land, home = self._dice, self._land, self._home()
        family, kind = self._often(land.family), dice.random()
        first = self._often(land.given)
        yield self._soul(first, family, home)
        if kind < 0.30:
            yield self._soul(self._often(tuple(one for one in land.given if one != first)), family, home)
        elif kind < 0.34:
            yield from (self._soul(given, family, home) for given in dice.choice(land.twins))
        elif kind < 0.35 and land.country == "US":  # a son of his father's name, who mostly says so
            yield self._soul(first, family, home, "Jr")
        elif kind < 0.50:
            yield self._soul(self._often(land.given), self._often(land.family), home)

    def _seen(self, soul: Soul) -> Iterator[Sighting]:
        for shop in range(self._dice.choices((1, 2, 3), (3, 4, 2))[0]):
            home, family = soul.home, soul.family
            if self._chance(0.08):
                home = self._home()  # moved, or a present
            elif self._chance(0.03):
                home = self._dice.choice(self.souls).home  # a present to somebody known
            if self._chance(0.02):
                family = self._often(self._land.family)  # married
            yield Sighting(soul.id, shop, home, self._written(replace(soul, home=home, family=family)))

    def _written(self, soul: Soul) -> Person:
        """As a shop has it: in one of the scripts, shortened, swapped, shouted, mistyped, with holes."""
        latin, land, home = self._chance(self._land.latin_share), self._land, soul.home
        street = self._line(home, int(latin))
        place = home.city[int(latin)]
        return Person(
            full_name=self._name(soul, int(latin)),
            street=None if self._chance(0.04) else self._case(street),
            city=None if self._chance(0.03) else self._case(place),
            postcode=None if self._chance(0.04) else self._code(home.city[2]),
            country=land.country,
        )

    def _name(self, soul: Soul, way: int) -> str:
        land, given, family = self._land, soul.given[way], soul.family[way]
        if way == 0 and land.glued:
            return family + given
        if soul.middle and self._chance(0.6):
            given = f"{given} {soul.middle if self._chance(0.6) else soul.middle[0] + '.'}"
        if self._chance(0.03):
            given = f"{given[0]}."
        elif self._chance(0.03) and len(given) > 3:
            given = self._slip(given)
        first = land.family_first != self._chance(0.15)
        name = f"{family} {given}" if first else f"{given} {family}"
        if soul.junior and self._chance(0.75):
            name += f" {soul.junior}."
        return self._case(name)

    def _slip(self, word: str) -> str:
        at = self._dice.randint(1, len(word) - 2)
        return word[:at] + word[at + 1] + word[at] + word[at + 2 :]

    def _case(self, text: str) -> str:
        if self._chance(0.15):
            text = text.upper()
        elif self._chance(0.1):
            text = text.lower()
        if self._chance(0.1):
            bare = unicodedata.normalize("NFD", text)
            text = "".join(one for one in bare if not unicodedata.combining(one) or one >= THAI)
        return text

    def _line(self, home: Home, way: int) -> str:
        land = self._land
        street = home.street[way]
        line = land.lines[way].format(s=street, n=home.house)
        if home.flat and not self._chance(0.2):
            line += land.flats[way].format(f=home.flat)
        return line

    def _code(self, code: str) -> str:
        if self._chance(0.02):
            at = self._dice.randrange(len(code))
            code = code[:at] + str(self._dice.randint(0, 9)) + code[at + 1 :]
        if self._land.country == "US" and self._chance(0.3):
            return f"{code}-{self._dice.randint(1000, 9999)}"
        if self._land.country == "DE" and self._chance(0.15):
            return f"D-{code}"
        return code.replace("-", "") if self._chance(0.3) else code
