"""Phrases: one to three words that carry something, side by side but for function words, and in which texts they stand.

A phrase is the stems of its words in their order, so that "size is too small" and "sizes too small" are one. A word that is
denied by what stands before or behind it is no phrase without its denial: "not small" is not counted as "small".
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from . import lexicon
from .lexicon import Role
from .words import Corpus

if TYPE_CHECKING:
    from numpy import bool_, int64, uint64
    from numpy.typing import NDArray

    Numbers = NDArray[int64]
    Marks = NDArray[bool_]

CARRYING, LONGER = 3, 4  # words that carry something, at most; in languages that write a word in several
_KEPT = 5  # words of a phrase, with denials and degrees
_PASSED = 2  # function words passed over in a phrase
_WRITTEN = 120  # characters shown of a phrase
_REACH = 3  # words over which a denial reaches forward
_PRIME, _SEED = 0x9E3779B97F4A7C15, 0xC2B2AE3D27D4EB4F
_LONGER = lexicon.UNSPACED | {"vi"}


@dataclass(frozen=True, slots=True)
class Phrases:
    """Every phrase of a corpus and where it stands. `phrase`, `text`, `first`, `last` have one entry for each phrase in each
    text that holds it, sorted by phrase, then text: its first place there, as numbers of words in the corpus. `count` is the
    number of phrases."""

    corpus: Corpus
    phrase: Numbers
    text: Numbers
    first: Numbers
    last: Numbers
    count: int

    def keys(self, entry: int) -> tuple[str, ...]:
        """The stems of the phrase at an entry."""
        found = self.corpus
        words = range(int(self.first[entry]), int(self.last[entry]) + 1)
        return tuple(found.keys[found.key[word]] for word in words if not found.role[word] & Role.STOP)

    def spoken(self, entry: int) -> str:
        """The language of the phrase at an entry."""
        return lexicon.LANGUAGES[int(self.corpus.tongue[int(self.last[entry])])]

    def written(self, entry: int) -> str:
        """How the phrase is written at an entry, in small letters."""
        found = self.corpus
        words = found.texts[int(self.text[entry])][found.start[int(self.first[entry])] : found.end[int(self.last[entry])]]
        return " ".join(words.lower().split())[:_WRITTEN]


@dataclass(frozen=True, slots=True)
class _Line:
    """The words that are not passed over, in one line: their number in the corpus, stem, role, and whether they go on from the
    word before, after how many that were passed over."""

    word: Numbers
    key: Numbers
    role: Numbers
    follows: Marks
    passed: Numbers
    carries: Marks
    most: Numbers


def found(corpus: Corpus) -> Phrases:
    """The phrases of a corpus."""
    import numpy as np

    line = _line(corpus)
    columns = [_of_size(line, size) for size in range(1, _KEPT + 1)]
    hashes, first, last = (np.concatenate([column[n] for column in columns]) for n in range(3))
    first, last = line.word[first.astype(np.int64)], line.word[last.astype(np.int64)]
    text = corpus.text[first]
    _, phrase = np.unique(hashes, return_inverse=True)
    order = np.lexsort((last, first, text, phrase))
    phrase, text, first, last = phrase[order], text[order], first[order], last[order]
    fresh = np.ones(len(phrase), dtype=bool)
    fresh[1:] = (phrase[1:] != phrase[:-1]) | (text[1:] != text[:-1])
    count = int(phrase.max()) + 1 if len(phrase) else 0
    return Phrases(corpus, phrase[fresh], text[fresh], first[fresh], last[fresh], count)


def _line(corpus: Corpus) -> _Line:
    import numpy as np

    word = np.flatnonzero((corpus.role & int(Role.STOP | lexicon.APART)) == 0)
    said = corpus.key[word], corpus.clause[word]
    again = np.zeros(len(word), dtype=bool)  # "itchy itchy"
    again[1:] = (said[0][1:] == said[0][:-1]) & (said[1][1:] == said[1][:-1])
    word = word[~again]
    role, clause, key = corpus.role[word], corpus.clause[word], corpus.key[word]
    passed = np.diff(word, prepend=-1) - 1
    follows = np.zeros(len(word), dtype=bool)
    follows[1:] = (clause[1:] == clause[:-1]) & (passed[1:] <= _PASSED)
    long = np.isin(corpus.tongue[word], [lexicon.LANGUAGES.index(one) for one in _LONGER])
    most = np.where(long, LONGER, CARRYING)
    return _Line(word, key, role, follows, passed, role == 0, most)


def _of_size(line: _Line, size: int) -> tuple[NDArray[uint64], Numbers, Numbers]:
    """All phrases of so many words: a hash of the stems, and the places in the line of the first and the last word."""
    import numpy as np

    many = max(0, len(line.word) - size + 1)
    spans = [slice(n, n + many) for n in range(size)]
    hashes, carrying = np.full(many, size * _SEED % 2**64, dtype=np.uint64), np.zeros(many, dtype=np.int64)
    for span in spans:
        hashes = (hashes ^ line.key[span].astype(np.uint64)) * np.uint64(_PRIME)
        hashes ^= hashes >> np.uint64(29)
        carrying += line.carries[span]
    able = _connected(line, spans, many) & (carrying >= 1) & (carrying <= line.most[spans[0]])
    able &= _closed(line.role[spans[0]], line.role[spans[-1]]) & ~_denied(line, size, many)
    start = np.flatnonzero(able)
    return hashes[start], start, start + size - 1


def _connected(line: _Line, spans: Sequence[slice], many: int) -> Marks:
    """Whether each word goes on from the one before, with few function words between them in all."""
    import numpy as np

    whole, passed = np.ones(many, dtype=bool), np.zeros(many, dtype=np.int64)
    for span in spans[1:]:
        whole &= line.follows[span]
        passed += line.passed[span]
    return whole & (passed <= _PASSED)


def _closed(first: Numbers, last: Numbers) -> Marks:
    """Whether a phrase begins and ends by itself: not with a denial of what stands before it, nor with one of what follows, nor
    with "too"."""
    begun = _has(first, Role.AFTER) & ~_has(first, Role.BEFORE)
    return ~begun & ~_has(last, Role.DEGREE) & ~(_has(last, Role.BEFORE) & ~_has(last, Role.AFTER))


def _has(roles: Numbers, role: Role) -> Marks:
    found: Marks = (roles & int(role)) > 0
    return found


def _denied(line: _Line, size: int, many: int) -> Marks:
    """Whether a phrase is denied from outside: by a word not far before it, or by the one behind it."""
    import numpy as np

    denied = np.zeros(many, dtype=bool)
    linked = np.ones(many, dtype=bool)
    for back in range(1, _REACH + 1):
        at = np.arange(many) - back
        linked &= (at >= 0) & line.follows[np.maximum(at + 1, 0)] if many else linked
        denied |= linked & _has(line.role[np.maximum(at, 0)], Role.BEFORE)
    behind = np.arange(many) + size
    there = behind < len(line.word)
    behind = np.minimum(behind, max(0, len(line.word) - 1))
    return denied | (there & line.follows[behind] & _has(line.role[behind], Role.AFTER)) if many else denied
