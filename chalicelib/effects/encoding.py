"""Which encoding a text file is in. A name that is given wins, then a byte order mark, then what its bytes look like.

The looks are judged by strict rules instead of a library's guess: each candidate reads the lines that are not ASCII, and is
believed only when nearly all it reads is what such texts are made of. Where none is believed the file is taken for UTF-8, and
rows that are not are refused one by one: a wrong guess would spoil every title without a word. Candidates are what shops'
exports come in: GB 18030 (GBK), Windows Japanese (Shift-JIS), Windows Korean and western (Latin-1). Others are to be named.
"""

from __future__ import annotations

import codecs
import re
from collections import Counter
from collections.abc import Callable, Iterator
from functools import lru_cache
from itertools import combinations
from typing import IO

from ..model.errors import BadPayload

UTF8 = "utf-8"
UTF16 = "utf-16"
FOREIGN = 0x10FF00  # a byte that the encoding does not know is read as this character, of private use, plus the byte
STAND_IN = "wellkept.stand_in"
BOM = codecs.BOM_UTF8
_MARKS = {codecs.BOM_UTF16_LE: UTF16, codecs.BOM_UTF16_BE: UTF16}
# What may be named with --encoding, by Python's own name; its aliases (gbk, shift_jis, latin-1 ...) lead to these.
OFFERED = (
    UTF8, UTF16, "utf-16-le", "utf-16-be", "gb18030", "gbk", "gb2312", "big5", "cp950", "cp932", "shift_jis", "euc_jp", "cp949",
    "euc_kr", "cp1252", "iso8859-1", "iso8859-15", "cp1250", "iso8859-2", "cp1251", "koi8-r", "cp1253", "cp1254", "cp874",
    "cp1258", "mac-roman",
)  # fmt: skip
_WIDER = {"gbk": "gb18030", "gb2312": "gb18030", "shift_jis": "cp932"}  # what files under these names are really in
_STRAYS = 3  # so many bytes that are no UTF-8 may be typing errors: fewer never make another encoding
_PIECES, _PIECE = 16, 2**16  # of the file that are looked at
_ENOUGH = 2**16  # bytes of lines that are not ASCII


def _stand_in(err: UnicodeError) -> tuple[str, int]:
    if not isinstance(err, UnicodeDecodeError):
        raise err
    return "".join(chr(FOREIGN + byte) for byte in err.object[err.start : err.end]), err.end


# Python's decoders know their way with faults by name; this one is called for the faulty bytes alone.
codecs.register_error(STAND_IN, _stand_in)


def named(name: str) -> str:
    """Python's name of an encoding that a person named. BadPayload lists what is offered."""
    try:
        found = codecs.lookup(name.strip().replace(" ", "-")).name
    except LookupError:
        found = ""
    if found not in OFFERED:
        raise BadPayload(f"no encoding {name[:40]!r} is offered; there are: {', '.join(OFFERED)}", "--encoding")
    return _WIDER.get(found, found)


def marked(start: bytes) -> str | None:
    """The encoding that the byte order mark at a file's start names; None without a mark."""
    if start.startswith(BOM):
        return UTF8
    return next((name for mark, name in _MARKS.items() if start.startswith(mark)), None)


def detected(file: IO[bytes], start: int) -> str:
    """The encoding of a file whose bytes up to `start` are ASCII. The file stands afterwards where it stood."""
    before = file.tell()
    sample = b"\n".join(_lines(file, start))
    file.seek(before)
    return judged(sample)


def _lines(file: IO[bytes], start: int) -> Iterator[bytes]:
    """Lines with bytes that are not ASCII, from pieces spread over the file from `start` on; whole ones but for the first."""
    size, taken = file.seek(0, 2), 0
    step = max(_PIECE, (size - start) // _PIECES)
    for place in range(start, size, step):
        file.seek(place)
        lines = re.split(rb"[\r\n]+", file.read(_PIECE))
        # A piece begins and ends in the middle of a line, and perhaps of a character.
        whole = lines[0 if place == start else 1 : None if file.tell() >= size else -1] or lines
        for line in whole:
            if not line.isascii() and taken < _ENOUGH * 2:
                taken += len(line)
                yield line


def judged(sample: bytes) -> str:
    """The encoding of lines of which each has bytes that are not ASCII; UTF-8 unless another is plainly right."""
    text = sample.decode(UTF8, STAND_IN)
    foreign = sum(ord(one) >= FOREIGN for one in text)
    known = sum(0x7F < ord(one) < FOREIGN for one in text)
    # Text in another encoding is now and then valid UTF-8 by chance, a few characters in a hundred; never a third of it.
    if foreign < _STRAYS or known * 2 >= foreign:
        return UTF8
    fits = [(fit(sample.decode(name, STAND_IN)), name) for name, fit in _CANDIDATES.items()]
    best, name = max(fits)
    return name if best > 0 else UTF8


def _runs(text: str) -> list[int]:
    """How many characters beyond ASCII stand together, run by run."""
    return [len(run) for run in _WIDE.findall(text)]


def _eastern(usual: Callable[[], frozenset[str]]) -> Callable[[str], float]:
    """The fit of a script whose characters stand together: the share of usual ones, 0 below 85 %."""

    def fit(text: str) -> float:
        runs, known = _runs(text), usual()
        if runs.count(1) > sum(runs) * 0.4:
            return 0.0
        share = sum(one in known for one in text if ord(one) > 0x7F) / sum(runs)
        return share if share >= 0.85 else 0.0

    return fit


def _korean(text: str) -> float:
    """The fit of hangul. Its bytes are hanzi's as well: it is believed first, when the commonest syllables are many of them."""
    share = _eastern(_hangul)(text)
    hangul = [one for one in text if "가" <= one <= "힣"]
    common = sum(one in _COMMON for one in hangul)
    return 1.0 + share if share and common >= len(hangul) * 0.35 else 0.0


def _western(text: str) -> float:
    """The fit of languages in whose words such letters stand alone: two of them explain 97 % of the letters and signs."""
    runs, wide = _runs(text), _NO_ENDING.sub("\ufffd", _WITHIN.sub("\ufffd", text))
    if sum(length for length in runs if length <= 2) < sum(runs) * 0.9:
        return 0.0
    counts = Counter(one.lower() for one in wide if ord(one) > 0x7F)
    known = (sum(counts[one] for one in {*first, *second, *_SIGNS}) for first, second in combinations(_LETTERS, 2))
    share = max(known) / sum(runs)
    return share if share >= 0.97 else 0.0


_WIDE = re.compile(r"[^\x00-\x7f]+")
# German, French, Spanish, Portuguese, Italian, the Nordic languages, Dutch. One alone is not asked for: buyers have names.
# Czech, Polish, Hungarian and Turkish files (cp1250, cp1254) read as cp1252 do not fit; they are to be named.
_LETTERS = ("äöüß", "àâçéèêëîïôùûüÿœæ", "áéíñóúü", "áàâãçéêíóôõú", "àèéìíòóù", "åæøäöé", "ëïéèöüá")
_SIGNS = "€£¥§©®°²³·«»¿¡–—‘’“”„…•™½¼ºªµ±×´\xa0"
_WITHIN = re.compile(r"(?<=[A-Za-z])[³¹¿º±£](?=[A-Za-z])")  # Polish ł, ż ... look like this
_NO_ENDING = re.compile(r"õ(?!e)|ã(?=[a-df-np-z])")  # not Portuguese: Hungarian ő and Romanian ă look like this


@lru_cache(maxsize=None)
def _hanzi() -> frozenset[str]:
    """Punctuation, full-width forms, and the 3,755 common characters of GB 2312 (level 1)."""
    return _block("gb2312", [*range(0xA1, 0xA4), *range(0xB0, 0xD8)], range(0xA1, 0xFF))


@lru_cache(maxsize=None)
def _hangul() -> frozenset[str]:
    """Punctuation, full-width forms, and the 2,350 syllables of KS X 1001."""
    return _block("cp949", [*range(0xA1, 0xA4), *range(0xB0, 0xC9)], range(0xA1, 0xFF))


@lru_cache(maxsize=None)
def _kana() -> frozenset[str]:
    """Punctuation, full-width forms, kana, and the 2,965 common characters of JIS X 0208 (level 1)."""
    return _block("cp932", [*range(0x81, 0x84), *range(0x88, 0x99)], [*range(0x40, 0x7F), *range(0x80, 0xFD)])


def _block(codec: str, leads: list[int], trails: list[int] | range) -> frozenset[str]:
    return frozenset("".join(bytes((lead, trail)).decode(codec, "ignore") for lead in leads for trail in trails))


# Of Korean text some two in three characters are among these, of Chinese text read as Korean one in twenty.
_COMMON = frozenset(
    "이다는의에가을하고지로를은한도서사기어자인있리아시대나수해스정주그일보제부들것성전장상과용선게구라조원안비오연상신정"
    "무소영유니여러동트마만으우세화요모경배송반품환불주문번호색량격단위름교택불량파손"
)
_CANDIDATES = {"gb18030": _eastern(_hanzi), "cp949": _korean, "cp932": _eastern(_kana), "cp1252": _western}
