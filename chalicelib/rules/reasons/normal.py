"""A buyer's words made comparable: markup, disguises and noise taken away, meaning kept.

Two forms come of it. `clean` keeps accents and is what the text model reads; `plain` has none (for Latin letters and Arabic
vowel signs) and is what rules and character n-grams read, so that a missing accent changes nothing.
"""

from __future__ import annotations

import html
import re
import unicodedata

HEAD, TAIL = 300, 300  # characters kept of a long text: what went wrong stands at its beginning or its end

_TAG = re.compile(r"<!--.*?-->|<(script|style)\b.*?</\1\s*>|</?[a-zA-Z!][^<>]{0,400}>", re.DOTALL | re.IGNORECASE)
_LINK = re.compile(r"(?:https?://|www\.)\S+|\b[\w.+-]+@[\w-]+\.[\w.]+", re.IGNORECASE)
_REPEATED = re.compile(r"([^\W\d_])\1{2,}")
_STUTTER = re.compile(r"([^\w\s])\1+")
_QUOTED = re.compile(r"^\s*(?:>.*|(?:from|to|sent|date|subject|von|an|gesendet|betreff|de|para|asunto|assunto|objet)\s*:.*)$",
                     re.IGNORECASE | re.MULTILINE)  # fmt: skip
_LINE = re.compile(r"(?<=\w)\s*\n\s*(?=\w)")
_SPACE = re.compile(r"\s+")
# Letters of other alphabets that pass for Latin ones, as they are used to slip words past filters. Source: Unicode UTS 39,
# confusables.txt, the single-letter ones of Cyrillic and Greek.
_TWINS = str.maketrans(
    "аеорсухіјѕһԁԛԝкмтвнАВЕКМНОРСТХІЈЅΑΒΕΖΗΙΚΜΝΟΡΤΥΧανορτυχικ", "aeopcyxijshdqwkmtbhABEKMHOPCTXIJSABEZHIKMNOPTYXavoptuxik"
)
_WORD = re.compile(r"\w+")
_LATIN, _ALIEN = re.compile(r"[a-zA-Z]"), re.compile(r"[\u0370-\u04ff]")
_INVISIBLE = frozenset({"Cf", "Cc", "Cs", "Co", "Cn"})
_VARIANTS = frozenset({"\ufe0e", "\ufe0f", "\u20e3"})  # they choose how the character before them is drawn


def clean(text: str) -> str:
    """The words alone: no markup, links, quoted mail heads, emoji or invisible characters; small letters; at most 600
    characters, the first and the last 300."""
    told = html.unescape(html.unescape(text[:40_000]))
    told = _TAG.sub(" ", told)
    told = _LINK.sub(" ", _QUOTED.sub(" ", told))
    told = unicodedata.normalize("NFKC", told)
    told = "".join(_kept(char) for char in told)
    told = _LINE.sub(" | ", told)
    told = _WORD.sub(_one_alphabet, told).casefold()
    told = unicodedata.normalize("NFC", told)
    told = _STUTTER.sub(r"\1", _REPEATED.sub(r"\1\1", told))
    return cut(_SPACE.sub(" ", told).strip())


def cut(text: str) -> str:
    """The beginning and the end of a long text, cut between words."""
    if len(text) <= HEAD + TAIL:
        return text
    return f"{text[:HEAD].rpartition(' ')[0] or text[:HEAD]} {text[-TAIL:].partition(' ')[2] or text[-TAIL:]}"


def plain(cleaned: str) -> str:
    """A cleaned text without accents on Latin letters and without Arabic vowel signs; other scripts keep their marks."""
    found: list[str] = []
    for char in unicodedata.normalize("NFD", cleaned):
        base = found[-1] if found else ""
        if unicodedata.category(char) == "Mn" and (base.isascii() or "\u0600" <= base <= "\u06ff"):
            continue
        found.append(char)
    return unicodedata.normalize("NFC", "".join(found)).replace("đ", "d").replace("ı", "i").replace("ł", "l").replace("ø", "o")


_END = re.compile(r"(?<=[.!?。！？…;|])\s*|(?<=।)\s*")


def sentences(cleaned: str, least: int = 12, most: int = 8) -> list[str]:
    """The sentences of a cleaned text. One of fewer than `least` characters goes with its neighbour; past `most` the middle
    ones are joined."""
    found: list[str] = []
    for part in _END.split(cleaned):
        if found and (len(part) < least or len(found[-1]) < least):
            found[-1] = f"{found[-1]} {part}".strip()
        elif part:
            found.append(part)
    if len(found) > most:
        half = most // 2
        found = [*found[:half], " ".join(found[half : 1 - half]), *found[1 - half :]]
    return found or [cleaned]


def _kept(char: str) -> str:
    """The character, or a blank for what is invisible, a picture or a decoration."""
    kind = unicodedata.category(char)
    if char in "\t\n\r":
        return "\n" if char == "\n" else " "
    if char in _VARIANTS:
        return ""
    if kind in _INVISIBLE:
        return "" if kind == "Cf" else " "
    return " " if kind in ("So", "Sk") and not char.isalnum() else char


def _one_alphabet(found: re.Match[str]) -> str:
    """A word that mixes alphabets, spelled in Latin letters: no language of ours does that."""
    word = found.group()
    return word.translate(_TWINS) if _LATIN.search(word) and _ALIEN.search(word) else word
