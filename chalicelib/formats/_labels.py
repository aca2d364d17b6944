"""Reason labels, as shops and platforms put them into files, into our 16. Pure; the words are in labels.toml beside this.

A label is short and chosen from a list ("尺码不合适", "1. Too small"); what a buyer writes freely is a comment and for the
classifier. A label that is not understood stays a native reason without one of ours: it is counted, never guessed.
"""

from __future__ import annotations

import re
import tomllib
import unicodedata
from collections.abc import Iterator, Mapping
from functools import lru_cache
from importlib.resources import files

from ..model.words import Reason
from ._values import folded

LONGEST = 60  # characters of a label; more is a comment
_NUMBERING = re.compile(r"^(?:[(\[]?(?:\d{1,2}|[a-h]|[ivx]{1,4})[.)\]:、](?!\d)\s*|\d{1,2}\s*-\s+|[-*•·>]\s*)+")
_SIGNS = re.compile(r"[^\w]+|_")
_VOICED = "\u3099\u309a"  # what makes が of か
_EASTERN = re.compile(r"[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]")
_ASIDE = re.compile(r"\([^)]*\)|\[[^\]]*\]")
_DENIED = re.compile(r"(?:[不没沒无無非未]有?|\b(?:not|no|nicht|kein|keine|pas|nao|sin|sem)) ?$")
# A general word beside a special one says nothing of its own: "size: too small".
_GENERAL = {
    Reason.SIZE_OR_FIT_OTHER: frozenset({Reason.SIZE_TOO_SMALL, Reason.SIZE_TOO_LARGE}),
    Reason.OTHER: frozenset(Reason) - {Reason.OTHER},
}


def cleaned(label: object) -> str:
    """A label as it is compared: narrow, small, without accents, numbering and signs, single blanks between words."""
    plain = _NUMBERING.sub("", folded(label).casefold().strip())
    letters = unicodedata.normalize("NFD", plain.replace("'", ""))
    bare = "".join(one for one in letters if unicodedata.combining(one) == 0 or one in _VOICED)
    return " ".join(_SIGNS.sub(" ", unicodedata.normalize("NFC", bare)).split())


def reason(label: object, own: Mapping[str, Reason] | None = None) -> Reason | None:
    """The reason a label names: what `own` (a map's translations, by cleaned label) says, else what its words say.

    None for an empty label, for one whose words are not known, for one that names several reasons, and for a comment.
    """
    found = cleaned(label)
    if own and found in own:
        return own[found]
    return _said(found) or _said(cleaned(_ASIDE.sub(" ", folded(label))))


def _said(found: str) -> Reason | None:
    if not found or len(found) > LONGEST:
        return None
    known = _phrases()
    # Between hanzi blanks and signs mean nothing: "质量问题/有瑕疵" is compared with and without them.
    said = known.get(found) or known.get(_joined(found))
    return said or _only({known[phrase] for phrase in _within(found)})


def _only(found: set[Reason]) -> Reason | None:
    left = {one for one in found if not _GENERAL.get(one, frozenset()) & found}
    return left.pop() if len(left) == 1 else None


def _within(label: str) -> Iterator[str]:
    """The known phrases in a label, the longest first, none within another; none at all where one is denied."""
    taken: list[tuple[int, int]] = []
    found: list[str] = []
    for phrase in _by_length():
        for start, end in _places(phrase, label):
            if all(end <= left or start >= right for left, right in taken):
                taken.append((start, end))
                found.append(phrase)
                if _DENIED.search(label[:start]):
                    return
    yield from found


def _places(phrase: str, label: str) -> Iterator[tuple[int, int]]:
    """Where a phrase stands: as whole words, or anywhere in scripts that do not part words."""
    start = label.find(phrase)
    while start >= 0:
        end = start + len(phrase)
        apart = not label[max(0, start - 1) : start].isalnum() and not label[end : end + 1].isalnum()
        if apart or (_EASTERN.search(phrase) and len(phrase) > 1):
            yield start, end
        start = label.find(phrase, start + 1)


def _joined(label: str) -> str:
    return label.replace(" ", "") if _EASTERN.search(label) else label


@lru_cache(maxsize=1)
def _phrases() -> Mapping[str, Reason]:
    """Every phrase of the data, as it is compared. ValueError where two labels claim one phrase."""
    found: dict[str, Reason] = {}
    for label, languages in _data().items():
        for phrase in (cleaned(one) for some in languages.values() for one in some):
            if found.setdefault(phrase, Reason(label)) is not Reason(label):
                raise ValueError(f"labels.toml: {phrase!r} stands under {found[phrase]} and {label}")
    return found


@lru_cache(maxsize=1)
def _by_length() -> tuple[str, ...]:
    return tuple(sorted(_phrases(), key=lambda phrase: (-len(phrase), phrase)))


def _data() -> Mapping[str, Mapping[str, list[str]]]:
    found = tomllib.loads(files(__package__).joinpath("labels.toml").read_text("utf-8"))
    return {label: words for label, words in found.items() if isinstance(words, dict)}
