"""What buyers wrote, taken out of bodies in which anything may stand: what is not clearly well formed is left out, and nothing
here raises.

One thing has one text: a title and what stands under it, or several remarks about one return, are joined by line breaks.
"""

from __future__ import annotations

import html
import re
import unicodedata
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import UTC, datetime
from typing import Any, ParamSpec, TypeVar

from ..model import codec
from ..model.errors import BadPayload
from ..model.event import Said
from ._read import Reader

MOST = 10_000
"""Characters of one text; what is longer is cut off."""
SOME_TIME = datetime(2005, 1, 1, tzinfo=UTC)
"""A time of arrival for those who ask translate for its facts alone."""
P = ParamSpec("P")
T = TypeVar("T")
_LANGUAGE = re.compile(r"([A-Za-z]{2})(?:[-_][A-Za-z0-9_-]{1,30})?")
_NOT_TEXT = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]")
_BREAK = re.compile(r"<br\s{0,9}/?>|</(?:p|div|li|tr|h[1-6])\s{0,9}>", re.IGNORECASE)
_TAG = re.compile(r"</?[A-Za-z!][^<>]*>")


def sure(read: Callable[P, T], *given: P.args, **named: P.kwargs) -> T | None:
    """What a read gives; None where something that it looks at is not well formed."""
    try:
        return read(*given, **named)
    except (BadPayload, ArithmeticError):
        return None


def part(one: Reader, *names: str) -> Reader:
    """The object that a path of names leads to; an empty one where anything else stands."""
    for name in names:
        found = one.value.get(name)
        one = Reader(found if isinstance(found, dict) else {}, one.path(name))
    return one


def parts(one: Reader, name: str) -> Iterator[Reader]:
    """The objects in the list under a name; whatever else stands there is passed over."""
    listed = one.value.get(name)
    for n, item in enumerate(listed if isinstance(listed, list) else ()):
        if isinstance(item, dict):
            yield Reader(item, f"{one.path(name)}[{n}]")


def inside(content: object) -> Mapping[str, Any]:
    """The object in a text that is JSON by itself; an empty one for anything else."""
    found = sure(codec.loads, content.encode("utf-8", "replace")) if isinstance(content, str) else None
    return found if isinstance(found, dict) else {}


def text(*said: object) -> str | None:
    """What was written, piece by piece in the order that is given: empty pieces and those said before are left out."""
    if len(said) == 1 and isinstance(said[0], str) and said[0].isascii() and said[0].isprintable():
        return said[0].strip()[:MOST].rstrip() or None
    pieces = (_NOT_TEXT.sub(" ", one).encode("utf-8", "replace").decode().strip() for one in said if isinstance(one, str))
    found = "\n".join(dict.fromkeys(piece for piece in pieces if _seen(piece)))[:MOST].rstrip()
    return found if _seen(found) else None


def _seen(piece: str) -> bool:
    """Whether any of it can be seen: blanks, marks of direction and the like are nothing that was written."""
    return any(unicodedata.category(one)[0] not in "CZ" for one in piece)


def plain(markup: object) -> str | None:
    """The words of a text that comes as HTML."""
    if not isinstance(markup, str):
        return None
    return text(html.unescape(_TAG.sub("", _BREAK.sub("\n", markup[: 4 * MOST]))))


def language(said: object) -> str | None:
    """The language of a BCP 47 tag by its two letters; None where it has more, or is none."""
    found = _LANGUAGE.fullmatch(said) if isinstance(said, str) else None
    return found[1].lower() if found else None


def told(kind: str, id_: str | None, *said: object, at: datetime | None = None, tag: object = None) -> Iterator[Said]:
    """What was written about a thing of a kind; nothing where its id or the words are missing. `tag` says the language."""
    words = text(*said)
    if id_ and words:
        yield Said(f"{kind}:{id_}", words, at, language(tag))


def once(said: Iterable[Said]) -> tuple[Said, ...]:
    """One text for each thing: of two about the same the first."""
    found: dict[str, Said] = {}
    for one in said:
        found.setdefault(one.about, one)
    return tuple(found.values())
