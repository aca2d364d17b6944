"""What is known of words in 20 languages: which carry no reason, which deny, what they speak of, and which way they point.

The words are data: words.toml, aspects.toml, directions.toml.
"""

from __future__ import annotations

import re
import tomllib
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from enum import IntFlag
from functools import cache, lru_cache
from importlib.resources import files
from typing import Any

LANGUAGES = tuple("en zh es pt de fr it ja ko th vi id nl pl tr ru ar hi ms tl".split())
# Written without blanks between words: an entry of the lexicon is found anywhere in a phrase.
UNSPACED = frozenset({"zh", "ja", "th"})
_MARKED = frozenset({"de", "vi"})  # languages in which a word without its accents is another word
# Variants that writers use freely: of the Arabic alef, yeh and teh; ё; and letters whose stroke no normal form takes off.
_VARIANTS = str.maketrans("أإآٱىةؤئёıłøđ", "اااايهويеilod")
_DROPPED = re.compile("[\u0640\u064b-\u0652\u0670\u093c]")
_APOSTROPHES = str.maketrans("’‘ʼ`´", "'''''")


class Role(IntFlag):
    """What a word does in a phrase. One without a role carries it."""

    STOP = 1  # passed over
    WEAK = 2  # belongs to a phrase, is none alone
    DEGREE = 4  # too: never the last
    BEFORE = 8  # denies what follows
    AFTER = 16  # denies what stands before
    BREAK = 32  # begins another thought
    CHATTER = 64  # ends a phrase and is in none


DENIES = Role.BEFORE | Role.AFTER
APART = Role.BREAK | Role.CHATTER
# The lists of words.toml, those that decide first.
_LISTS = (
    ("before", Role.BEFORE), ("after", Role.AFTER), ("both", DENIES), ("breaks", Role.BREAK), ("degree", Role.DEGREE),
    ("stop", Role.STOP), ("weak", Role.WEAK), ("chatter", Role.CHATTER),
)  # fmt: skip
ASPECTS, DIRECTIONS, PARTS = "aspects.toml", "directions.toml", "parts"  # files, and the table of parts in the first
_KEPT = 1 << 16  # words remembered
_EXACT = Role.STOP | Role.BREAK | DENIES  # a stem tells too little for these


@cache
def known(language: str) -> str:
    """The language of ours that a tag means: "pt-BR" is pt, "fil" tl, "in" id. "" for one that is not ours."""
    short = re.split(r"[-_]", language.casefold(), maxsplit=1)[0]
    short = {"fil": "tl", "in": "id", "cmn": "zh", "yue": "zh", "may": "ms"}.get(short, short)
    return short if short in LANGUAGES else ""


def folded(word: str, language: str) -> str:
    """A word in small letters, without what writers leave out: accents, vowel signs, variants of a letter."""
    plain = _DROPPED.sub("", word.casefold().translate(_APOSTROPHES))
    if plain.isascii():
        return plain
    return plain if language in _MARKED else "".join(_unaccented(char) for char in plain).translate(_VARIANTS)


def _unaccented(char: str) -> str:
    return unicodedata.normalize("NFD", char)[0] if "\u00c0" <= char <= "\u024f" or "\u1e00" <= char <= "\u1eff" else char


@cache
def _file(name: str) -> dict[str, dict[str, Any]]:
    return tomllib.loads(files(__package__).joinpath(name).read_text("utf-8"))


def _likes(language: str) -> tuple[str, ...]:
    """A language and the one whose lists count as well."""
    like = _file("words.toml").get(language, {}).get("like")
    return (language, like) if like else (language,)


@cache
def _rules(language: str, name: str) -> tuple[tuple[str, str], ...]:
    listed = _file("words.toml").get(language, {}).get(name, "")
    return tuple((old, new) for old, _, new in (rule.partition(">") for rule in listed.split()))


@lru_cache(maxsize=_KEPT)
def stem(word: str, language: str) -> str:
    """A folded word without its ending, the same for the forms of a word: a key, not a word that anybody writes."""
    for one in _likes(language):
        if found := dict(_rules(one, "same")).get(word):
            word = found
            break
    if word in _denials(language):
        return word
    left = int(_file("words.toml").get(language, {}).get("left", 9))
    word = _begun(word, language, left)
    return _ended(_ended(word, _rules(language, "endings"), left), _rules(language, "then"), left)


@cache
def _denials(language: str) -> frozenset[str]:
    """Words that deny: they have no endings, and what is left of one without it would not be known."""
    lists = _file("words.toml").get(language, {})
    return frozenset(folded(word, language) for name in ("before", "after", "both") for word in lists.get(name, "").split())


def _begun(word: str, language: str, left: int) -> str:
    """Without what is written together with the word that follows: the Arabic article and prepositions."""
    for start in _file("words.toml").get(language, {}).get("begins", "").split():
        if word.startswith(start) and len(word) - len(start) >= left:
            return word[len(start) :]
    return word


def _ended(word: str, rules: Sequence[tuple[str, str]], left: int) -> str:
    for old, new in rules:
        if word.endswith(old) and len(word) - len(old) + len(new) >= left:
            return word[: len(word) - len(old)] + new
    return word


@lru_cache(maxsize=_KEPT)
def role(word: str, language: str) -> Role:
    """What a folded word does; nothing for a word that carries a reason. Digits and single letters are passed over."""
    for one in _likes(language):
        whole, begun, stems = _roles(one)
        found = whole.get(word) or stems.get(stem(word, one))
        found = found or next((does for start, does in begun.items() if word.startswith(start)), None)
        if found:
            return found
    return Role.STOP if word.isdigit() or (len(word) == 1 and word.isascii()) else Role(0)


@cache
def _roles(language: str) -> tuple[Mapping[str, Role], Mapping[str, Role], Mapping[str, Role]]:
    """The lists of a language: by word as it is written, by how it begins, and by stem where that is told."""
    whole, begun, stems = dict[str, Role](), dict[str, Role](), dict[str, Role]()
    for name, does in _LISTS:
        for word in _file("words.toml").get(language, {}).get(name, "").split():
            plain = folded(word, language)
            (begun if plain.endswith("*") else whole).setdefault(plain.rstrip("*"), does)
            if not does & _EXACT:
                stems.setdefault(stem(plain.rstrip("*"), language), does)
    return whole, begun, stems


def aspect(keys: Sequence[str], language: str) -> str | None:
    """What a phrase speaks of; `keys` are the stems of its words."""
    found = {*_told(ASPECTS, keys, language), *_told(PARTS, keys, language)}
    if named := next((name for name in _file(ASPECTS) if name in found), None):
        return named
    pointed = set(_told(DIRECTIONS, keys, language))
    return next((one["aspect"] for name, one in _file(DIRECTIONS).items() if name in pointed and one["aspect"]), None)


def direction(keys: Sequence[str], language: str) -> tuple[str, ...]:
    """Which ways a phrase points, sorted; "!" before each where the phrase denies, and alone where it only denies."""
    sign = "!" if any(role(key, language) & DENIES for key in keys) else ""
    found = sorted(set(_told(DIRECTIONS, keys, language)))
    return tuple(f"{sign}{name}" for name in found) or ((sign,) if sign else ())


def rest(keys: Sequence[str], language: str) -> frozenset[str]:
    """What a phrase names besides an aspect and a direction: parts, and words that no list knows."""
    return frozenset(
        key for key in keys if not role(key, language) and (_told(PARTS, [key], language) or not _names(key, language))
    )


def carrying(keys: Sequence[str], language: str) -> frozenset[str]:
    """The words of a phrase that carry something."""
    return frozenset(key for key in keys if not role(key, language))


@lru_cache(maxsize=_KEPT)
def knows(word: str, language: str) -> bool:
    """Whether a folded word is on a list of the language."""
    return bool(role(word, language)) or _names(stem(word, language), language)


@lru_cache(maxsize=_KEPT)
def _names(key: str, language: str) -> bool:
    return any(_told(name, [key], language) for name in (ASPECTS, PARTS, DIRECTIONS))


def _told(name: str, keys: Sequence[str], language: str) -> list[str]:
    """What the words of a phrase stand for in a file, one of our languages after the other."""
    found: list[str] = []
    for one in _likes(language):
        found += _within(name, keys, one) if one in UNSPACED else _each(name, keys, one)
    return found


def _each(name: str, keys: Sequence[str], language: str) -> Iterator[str]:
    for size in (1, 2, 3):
        for start in range(len(keys) - size + 1):
            yield from _entries(name, language).get(" ".join(keys[start : start + size]), ())
    for key in keys:
        for n in range(1, len(key) + 1):
            yield from _entries(name, language).get(key[:n] + "*", ())


def _within(name: str, keys: Sequence[str], language: str) -> Iterator[str]:
    """Entries that stand in the joined words; those of one character only at the end of a word, as in 偏小."""
    joined = "".join(keys)
    for entry, names in _entries(name, language).items():
        if any(key.endswith(entry) for key in keys) if len(entry) == 1 else entry in joined:
            yield from names


@cache
def _entries(name: str, language: str) -> Mapping[str, tuple[str, ...]]:
    """The entries of a language in a file, as stems; a beginning keeps its "*"."""
    found: dict[str, tuple[str, ...]] = {}
    for what, lists in _file(ASPECTS if name == PARTS else name).items():
        words = lists.get(PARTS, {}) if name == PARTS else lists
        for word in words.get(language, "").split():
            parts = [folded(part, language) for part in word.split("_")]
            keys = {" ".join(stem(part.rstrip("*"), language) for part in parts)} | {word for word in parts if "*" in word}
            for key in sorted(keys):
                found[key] = (*found.get(key, ()), what)
    return found
