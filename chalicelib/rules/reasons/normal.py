"""A buyer's words made comparable: markup, disguises and noise taken away, meaning kept.

Two forms come of it. `clean` keeps accents and is what the text model reads; `plain` has none (for Latin letters and Arabic
vowel signs) and is what rules and character n-grams read, so that a missing accent changes nothing.
"""

from __future__ import annotations

import html
import re
import unicodedata

HEAD, TAIL = 300, 300  # characters kept of a long text: what went wrong stands at its beginning or its end

# Vowel signs and tones that are written in or over a word (Arabic, Devanagari, Thai). To `re` they are no letters: \w does not
# find them, and \b would stand before each.
SIGNS = r"\u064b-\u065f\u0900-\u0903\u093a-\u094f\u0962\u0963\u0e31\u0e34-\u0e3a\u0e47-\u0e4e"
_TAG = re.compile(r"</?[a-zA-Z!][^<>]{0,400}>")
# What is no text to its end: comments, scripts and styles; how each ends, by itself.
_BLOCKS = tuple(
    (re.compile(begin + r".*?" + end, re.DOTALL | re.IGNORECASE), re.compile(end, re.IGNORECASE))
    for begin, end in (("<!--", "-->"), (r"<script\b", r"</script\s*>"), (r"<style\b", r"</style\s*>"))
)
_LINK = re.compile(r"(?:https?://|www\.)\S+|(?<![\w.+-])[\w.+-]+@[\w-]+(?:\.[\w-]+)+", re.IGNORECASE)
_REPEATED = re.compile(r"([^\W\d_])\1{2,}")
_STUTTER = re.compile(r"([^\w\s])\1+")
_QUOTED = re.compile(
    r"^[^\S\n]*(?:>.*|(?:from|to|sent|date|subject|von|an|gesendet|betreff|de|para|asunto|assunto|objet)\s*:.*)$",
    re.IGNORECASE | re.MULTILINE,
)
_LINE = re.compile(rf"(?<=[\w{SIGNS}])[^\S\n]*\n\s*(?=\w)")
_SPACE = re.compile(r"\s+")
# Letters of other alphabets that pass for Latin ones, as they are used to slip words past filters. Source: Unicode UTS 39,
# confusables.txt, the single-letter ones of Cyrillic and Greek.
_TWINS = str.maketrans(
    "аеорсухіјѕһԁԛԝкмтвнАВЕКМНОРСТХІЈЅΑΒΕΖΗΙΚΜΝΟΡΤΥΧανορτυχικ", "aeopcyxijshdqwkmtbhABEKMHOPCTXIJSABEZHIKMNOPTYXavoptuxik"
)
_WORD = re.compile(r"\w+")
_LATIN, _ALIEN = re.compile(r"[a-zA-Z\u00c0-\u024f]"), re.compile(r"[\u0370-\u052f]")
_INVISIBLE = frozenset({"Cf", "Cc", "Cs", "Co", "Cn"})
_VARIANTS = frozenset({"\ufe0e", "\ufe0f", "\u20e3"})  # they choose how the character before them is drawn


def clean(text: str) -> str:
    """The words alone: no markup, links, quoted mail heads, emoji or invisible characters; small letters; at most 600
    characters, the first and the last 300."""
    told = "".join(_kept(char) for char in _unescaped(text[:40_000]))
    told = unicodedata.normalize("NFC", _WORD.sub(_one_alphabet, told).casefold())
    told = _QUOTED.sub(" ", _LINK.sub(" ", _without_markup(told)))
    told = _LINE.sub(" | ", told)
    told = _STUTTER.sub(r"\1", _REPEATED.sub(r"\1\1", told))
    return cut(_SPACE.sub(" ", told).strip())


def _unescaped(text: str) -> str:
    """The characters that entities stand for, however often they were escaped, each in its ordinary width and form."""
    for _ in range(5):
        told = unicodedata.normalize("NFKC", html.unescape(text))
        if told == text:
            break
        text = told
    return text


def _without_markup(told: str) -> str:
    for block, end in _BLOCKS:
        last = max((found.end() for found in end.finditer(told)), default=0)
        told = block.sub(" ", told[:last]) + told[last:]  # what never ends is looked for once, not from each beginning
    for _ in range(4):  # a tag within a tag
        told, tags = _TAG.subn(" ", told)
        if not tags:
            break
    return told


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
    """A word that mixes alphabets, spelled in Latin letters if it can be: no language of ours does that. "USBшный" stays."""
    word = found.group()
    spelled = word.translate(_TWINS) if _LATIN.search(word) and _ALIEN.search(word) else word
    return word if _ALIEN.search(spelled) else spelled
