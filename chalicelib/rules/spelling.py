"""Spelling: names and postal addresses in a form that can be compared, whatever the script, order, case and abbreviations.

Everything is transliterated to ASCII (library anyascii, character by character): Han to pinyin, Cyrillic as it sounds, Arabic
and Thai as consonants mostly. What that loses is known to the weights in likeness.py.
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from dataclasses import dataclass
from functools import cache

from . import policies

_SCRIPT = re.compile(r"(CJK|HIRAGANA|KATAKANA|HANGUL|CYRILLIC|ARABIC|THAI|HEBREW|GREEK|LATIN)")
# Scripts whose transliteration writes one capital letter for each character: that is where their words part.
_SYLLABIC = frozenset({"CJK", "HANGUL", "HIRAGANA", "KATAKANA"})
# Marks of Vietnamese alone: hook, horn, dot below. Without its marks a word there is several.
_TONE = re.compile(r"[\u0309\u031b\u0323]")
# Alef with and without hamza, final yeh and teh; and the comma after a family name.
_LOOSE = {ord(one): other for one, other in zip("أإآىة,", "اااىه ".replace("ى", "ي"), strict=True)}
_CAPITAL = re.compile(r"(?<=[a-z])(?=[A-Z0-9])|(?<=[0-9])(?=[A-Z][a-z])")
_WORD = re.compile(r"[a-z]+")
_ORDINAL = re.compile(r"[a-z0-9]*[a-z][a-z0-9]*")  # a word, and what counts streets: 5th
_NUMBER = re.compile(r"(?<![a-z0-9])(\d+)\s?([a-z])?(?![a-z0-9])")
_VOWEL = re.compile(r"[aeiouyw]+")
# The e of Mueller, Goetz and Jaeger; not that of Joe.
_UMLAUT = re.compile(r"(?<=[aou])e(?=[b-df-hj-np-tv-z])")
_DOUBLE = re.compile(r"(.)\1+")
_MASK = re.compile(r"[*\u2022]")
_LONGEST = 200


@dataclass(frozen=True, slots=True)
class Name:
    """A person's name: its parts without titles, in order; what tells father from son; and the script it was written in.

    `written` is the name as it stood, in a script that tells apart what transliteration does not; else "".
    """

    parts: tuple[str, ...]
    junior: str
    script: str
    written: str


@dataclass(frozen=True, slots=True)
class Street:
    """A street with house and flat: its words without kinds of street, and its numbers, those of flats last."""

    words: tuple[str, ...]
    numbers: tuple[str, ...]
    script: str


def name(said: str | None) -> Name | None:
    """A name that can be compared; None for a masked one and for none."""
    plain = _plain(said)
    if plain is None:
        return None
    kind = script(plain)
    words = _words(plain)
    # "Sr." before a name is Señor, behind it senior.
    junior = next((word for word in words[1:] if word in _list("juniors")), "") if len(words) > 2 else ""
    parts = tuple(folded(word) for word in words if word != junior and word not in _list("titles"))
    return Name(parts, junior, kind, _written(plain, kind)) if parts else None


def street(said: str | None) -> Street | None:
    """A street that can be compared; None for a masked one and for none."""
    plain = _plain(said)
    if plain is None:
        return None
    text, flats = _flat().sub(" ", _ascii(plain)), _flat().findall(_ascii(plain))
    numbers = [digits.lstrip("0") + letter for digits, letter in _NUMBER.findall(text)] + [one.lstrip("0") for one in flats]
    left = _ORDINAL.findall(_NUMBER.sub(" ", text))
    words = [folded(_ended(word)) for word in left if word not in _kinds()]
    found = Street(tuple(word for word in words if word), tuple(one for one in numbers if one), script(plain))
    return found if found.words or found.numbers else None


def city(said: str | None) -> str | None:
    """A city as its letters."""
    plain = _plain(said)
    return folded("".join(_WORD.findall(_ascii(plain)))) or None if plain else None


def postcode(said: str | None, country: str | None) -> str | None:
    """A postcode as letters and digits. Of the United States the five digits, also where a program ate their first noughts."""
    plain = _plain(said)
    code = re.sub(r"[^A-Z0-9]", "", _ascii(plain).upper()) if plain else ""
    code = _prefixed(country).sub("", code) if country else code
    if country == "US" and code.isdigit():
        code = code[:5].zfill(5) if len(code) in (3, 4, 5, 9) else code
    return code or None


def folded(word: str) -> str:
    """A word without what spellings of one sound differ in: Mueller is Müller, Oestergaard Østergaard, Maxx Max."""
    return _DOUBLE.sub(r"\1", _UMLAUT.sub("", word).replace("ph", "f").replace("kh", "h"))


def skeleton(word: str) -> str:
    """A word's consonants, which is all that some scripts write."""
    return _DOUBLE.sub(r"\1", _VOWEL.sub("", word).replace("h", "").replace("q", "k").replace("c", "k"))


def alike(one: str, other: str) -> float:
    """How alike two words are, 0 to 1 (Jaro-Winkler)."""
    from jellyfish import jaro_winkler_similarity

    return jaro_winkler_similarity(one, other)


@cache
def common() -> frozenset[str]:
    """Frequent names, spelt as names are compared."""
    return frozenset(folded(word) for word in _list("common"))


def script(text: str) -> str:
    """The script that most letters of a text are written in: "LATIN" where there are none, "TONES" for Vietnamese."""
    found = Counter(kind for one in text if one.isalpha() and (kind := _kind(one)))
    kind = found.most_common(1)[0][0] if found else "LATIN"
    return "TONES" if kind == "LATIN" and _TONE.search(unicodedata.normalize("NFD", text)) else kind


def _written(text: str, kind: str) -> str:
    """A name by which those differ that are transliterated alike: Han characters without blanks; Vietnamese words with their
    tones and Arabic ones with their letters, sorted, without what is written now so, now so."""
    if kind == "CJK":
        return "".join(text.split())
    words = unicodedata.normalize("NFC", text).translate(_LOOSE).lower().split()
    return " ".join(sorted(words)) if kind in ("TONES", "ARABIC") else ""


def _kind(letter: str) -> str:
    found = _SCRIPT.match(unicodedata.name(letter, ""))
    return found[1] if found else ""


def _plain(said: str | None) -> str | None:
    text = unicodedata.normalize("NFKC", said or "").strip()[:_LONGEST]
    return text if text and not _MASK.search(text) else None


def _ascii(text: str) -> str:
    """Transliterated, in small letters, syllables of Han, kana and Hangul parted by blanks."""
    from anyascii import anyascii

    plain = anyascii(text)
    parted = _CAPITAL.sub(" ", plain) if script(text) in _SYLLABIC else plain
    return re.sub(r"[`'’]", "", parted).lower()


def _words(text: str) -> list[str]:
    return _WORD.findall(_ascii(text))


def _ended(word: str) -> str:
    """Hauptstrasse and Hauptstr as Haupt."""
    for ending in policies.data("identity.toml")["words"]["endings"].split():
        if word.endswith(ending) and len(word) > len(ending) + 2:
            return str(word.removesuffix(ending))
    return word


@cache
def _flat() -> re.Pattern[str]:
    """A flat's number behind what announces it: apt 4b, flat 2, kv. 12, #7."""
    words = "|".join(sorted(_list("units"), key=len, reverse=True))
    return re.compile(rf"(?:(?<![a-z])(?:{words})[\s.:]*#?|#)\s?(\d+[a-z]?)(?![a-z0-9])")


@cache
def _prefixed(country: str) -> re.Pattern[str]:
    """The country, or its first letter, before a code of digits: D-10115, LV-1010."""
    return re.compile(rf"^(?:{country}|{country[:1]})(?=\d{{4,}}$)")


@cache
def _kinds() -> frozenset[str]:
    return _list("streets") | _list("units")


@cache
def _list(name: str) -> frozenset[str]:
    return frozenset(policies.data("identity.toml")["words"][name].split())
