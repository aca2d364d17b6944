"""Texts as words: each with its place in the text, its stem and its role, all texts after one another in arrays.

Scripts with blanks are parted at them. Chinese, Japanese and Thai are parted by budoux, whose models are part of its package.
"""

from __future__ import annotations

import re
import unicodedata
from array import array
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache, lru_cache
from typing import TYPE_CHECKING

from . import lexicon
from .values import Text

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy import int64
    from numpy.typing import NDArray

    Column = NDArray[int64]

LONGEST_TEXT = 2000  # characters read of a text
_LONGEST_WORD = 40
_RUN = 120  # characters of a script without blanks that are parted at once
_COLUMNS, _KEY = 7, 3  # of a word in Corpus, and which of them is its stem
_END, _PAUSE = "end", "pause"  # marks between words, in the place of a language
_SENTENCE = 6  # words from which a sentence that comes back word for word is a form letter, counted once

_MARKS = "\u0300-\u036f\u064b-\u0652\u0670\u0900-\u0903\u093a-\u094f\u0951-\u0957\u0962\u0963"
_THAI, _KANA = "\u0e01-\u0e3a\u0e40-\u0e4e", "\u3041-\u3096\u30a1-\u30fa\u30fc"
_HAN = "\u3005\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff"
_LETTER = rf"(?:[^\W_{_THAI}{_HAN}{_KANA}]|[{_MARKS}])"
_TOKEN = re.compile(
    r"(?P<mask>\[[A-Za-z_]{1,20}\])"
    rf"|(?P<thai>[{_THAI}]+)|(?P<han>[{_HAN}{_KANA}]+)"
    rf"|(?P<joined>{_LETTER}+(?:['’‘ʼ]{_LETTER}+)+)|(?P<word>{_LETTER}+)"
    r"|(?P<end>[.!?。！？…।\n|•]+)|(?P<pause>\s[-–—]+\s|[-–—]{2,}|[^\w\s'’‘ʼ-]+|_+)"
)
_APOSTROPHE = re.compile("['’‘ʼ]")
_SAME = re.compile(r"([^\W\d_])\1{2,}")
# What the Chinese models part now so, now so: 太小, 偏小, 穿不.
_UNEVEN = re.compile(r"(?<!\S)([太很偏过過超挺](?=\S(?!\S))|\S(?=[不没沒](?!\S)))")
_UNSEEN = re.compile("[\u00ad\u200b-\u200f\u2060\ufeff]")
_BLANKS = re.compile(r"[^\S\n]+")
_SCRIPTS = (
    ("ja", re.compile(rf"[{_KANA}]")), ("zh", re.compile(rf"[{_HAN}]")), ("th", re.compile(rf"[{_THAI}]")),
    ("ko", re.compile("[\uac00-\ud7af]")), ("hi", re.compile("[\u0900-\u097f]")), ("ar", re.compile("[\u0600-\u06ff]")),
    ("ru", re.compile("[\u0400-\u04ff]")),
)  # fmt: skip
_SPACED = re.compile(r"[^\W\d_]+")
# Characters of Traditional Chinese alone, among the most frequent ones.
_TRADITIONAL = re.compile("[這個們麼說對還會過點裡來後時現覺買賣東貨質顏開關壞錯]")


@dataclass(frozen=True, slots=True)
class Corpus:
    """The words of many texts. The arrays have one entry a word: its text's number, where it begins and ends there, its stem's
    number, its role, a number that changes where no phrase runs on, and its language's number in lexicon.LANGUAGES. `texts` are
    as they are shown; `keys` the stems by number."""

    texts: list[str]
    keys: list[str]
    text: Column
    start: Column
    end: Column
    key: Column
    role: Column
    clause: Column
    tongue: Column


def tidied(text: str) -> str:
    """A text as it is read and shown: one form of each character, nothing invisible, one blank, at most 2,000 characters."""
    plain = unicodedata.normalize("NFKC", text[: 2 * LONGEST_TEXT]).replace("\u0e4d\u0e32", "\u0e33")
    if not plain.replace("\n", " ").isprintable():
        plain = "".join(char if char.isprintable() or char == "\n" else " " for char in _UNSEEN.sub("", plain))
    return _BLANKS.sub(" ", _SAME.sub(r"\1\1", plain)).strip()[:LONGEST_TEXT]


def corpus(*sides: Iterable[Text]) -> Corpus:
    """The words of the texts of all sides. Of a form letter that comes again, each sentence is read once on a side."""
    import numpy as np

    reader = _Reader()
    for texts in sides:
        reader.forget_letters()
        for text in texts:
            reader.read(tidied(text.text), text.language)
    columns = np.array(reader.rows, dtype=np.int64).reshape(-1, _COLUMNS).T
    return Corpus(reader.texts, reader.keys, *columns)


class _Reader:
    """Reads text after text. `rows` holds a word's numbers after one another, in the order of Corpus' columns."""

    def __init__(self) -> None:
        self.texts: list[str] = []
        self.keys: list[str] = []
        self.rows = array("i")
        self._numbers: dict[str, int] = {}
        self._words: dict[tuple[str, str], tuple[int, int, bool, int]] = {}
        self._letters: set[tuple[int, ...]] = set()
        self._clause = 0

    def forget_letters(self) -> None:
        """Begin a side: what was read on another one is no repetition."""
        self._letters.clear()

    def read(self, text: str, language: str | None) -> None:
        """Add a text."""
        number, begin = len(self.texts), len(self.rows)
        self.texts.append(text)
        self._clause += 1
        for word, start, end, tongue in _parts(text, spoken_in(text, language)):
            if word:
                key, role, apart, spoken = self._words.get((word, tongue)) or self._looked_up(word, tongue)
                self._clause += apart
                self.rows.extend((number, start, end, key, role, self._clause, spoken))
                self._clause += apart
            else:
                self._clause += 1
                begin = self._ended(begin) if tongue == _END else begin
        self._ended(begin)

    def _looked_up(self, word: str, tongue: str) -> tuple[int, int, bool, int]:
        plain = lexicon.folded(word, tongue)
        role, stem = lexicon.role(plain, tongue), lexicon.stem(plain, tongue)
        number = self._numbers.setdefault(stem, len(self._numbers))
        if number == len(self.keys):
            self.keys.append(stem)
        self._words[word, tongue] = (number, int(role), bool(role & lexicon.APART), lexicon.LANGUAGES.index(tongue))
        return self._words[word, tongue]

    def _ended(self, begin: int) -> int:
        """The end of a sentence: away with it if it came before, in this text or another."""
        words = tuple(self.rows[begin + _KEY :: _COLUMNS])
        if len(words) >= _SENTENCE:
            if words in self._letters:
                del self.rows[begin:]
            self._letters.add(words)
        return len(self.rows)


def spoken_in(text: str, language: str | None) -> str:
    """The language a text is read in: the one told where its script can be that; else by script, then by function words."""
    told = lexicon.known(language or "")
    script = next((name for name, pattern in _SCRIPTS if len(pattern.findall(text[:200])) * 3 > len(text[:200].split())), "")
    if told and (script in ("", told) or (script, told) in (("zh", "ja"), ("ja", "zh"))):
        return told
    return script or _guessed(text)


def _guessed(text: str) -> str:
    """The language whose lists hold most words of a text in Latin letters; English where none holds any."""
    words = _SPACED.findall(text[:300].lower())
    held = {one: sum(lexicon.knows(lexicon.folded(word, one), one) for word in words) for one in _latin()}
    return max(held, key=lambda one: held[one])


@cache
def _latin() -> tuple[str, ...]:
    return tuple(one for one in lexicon.LANGUAGES if one not in {name for name, _ in _SCRIPTS})


def _parts(text: str, language: str) -> Iterator[tuple[str, int, int, str]]:
    """Words with their places and languages; no word where a thought (_PAUSE) or a sentence (_END) ends."""
    for match in _TOKEN.finditer(text):
        kind, start = match.lastgroup, match.start()
        if kind == "word":
            yield match.group()[:_LONGEST_WORD], start, match.end(), language
        elif kind == "joined":
            yield from _apart(match.group(), start, language)
        elif kind == "thai" or kind == "han":
            yield from _segmented(match.group(), start, _tongue(kind, match.group(), language))
        else:
            yield "", start, start, _END if kind == "end" else _PAUSE


def _tongue(kind: str, run: str, language: str) -> str:
    """The language of a run without blanks, wherever it stands."""
    if kind == "thai":
        return "th"
    return "ja" if language == "ja" or _SCRIPTS[0][1].search(run) else "zh"


def _apart(word: str, start: int, language: str) -> Iterator[tuple[str, int, int, str]]:
    """A word with apostrophes: whole in English but for a genitive's, elsewhere parted at them (l'article, dell'acqua)."""
    if language in ("en", "tl"):
        plain = word[:-2] if word[-2:].lower() in ("'s", "’s") else word
        yield plain[:_LONGEST_WORD], start, start + len(plain), language
        return
    for part in _APOSTROPHE.split(word):
        yield part[:_LONGEST_WORD], start, start + len(part), language
        start += len(part) + 1


def _segmented(run: str, start: int, tongue: str) -> Iterator[tuple[str, int, int, str]]:
    model = {"th": "th", "ja": "ja_word"}.get(tongue) or ("zh-hant" if _TRADITIONAL.search(run) else "zh-hans")
    for at in range(0, len(run), _RUN):
        for part in _segments(run[at : at + _RUN], model):
            yield part, start, start + len(part), tongue
            start += len(part)


@lru_cache(maxsize=1 << 14)
def _segments(run: str, model: str) -> tuple[str, ...]:
    parts = _parser(model)(run)
    return tuple(_UNEVEN.sub(r"\1 ", " ".join(parts)).split() if model.startswith("zh") else parts)


@cache
def _parser(model: str) -> Callable[[str], list[str]]:
    """What parts a run into words: one of the models that come with budoux."""
    import json
    from importlib.resources import files

    import budoux

    return budoux.Parser(json.loads(files("budoux").joinpath("models", f"{model}.json").read_text("utf-8"))).parse
