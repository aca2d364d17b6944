"""A fetched report file -> its rows as things that were found. Tab-separated, unquoted, perhaps packed, in a named encoding.

A file is read by so many rows at a time and unpacked while it is read, so that no report is too large. A row that cannot be
understood is kept as unknown, with the cause, and stops no other.
"""

from __future__ import annotations

import codecs
import gzip
import io
import re
import zlib
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime
from itertools import islice

from ..model import codec, times
from ..model.call import Answer, Found, Read, Response
from ..model.errors import BadPayload
from ..model.event import Event, Translated
from ..model.words import EventType
from ._amazon_reports import REPORTS, Report
from ._calls import at_page, found

ROWS = 10_000
_LINE = 2**20
_GZIP = b"\x1f\x8b"
_BOM = "\ufeff"
# What Amazon names for its marketplaces, by Python's own names. Others are not guessed.
_ENCODINGS = {
    "utf-8", "ascii", "cp1252", "iso8859-1", "iso8859-15", "shift_jis", "cp932", "euc_jp", "gb18030", "gbk", "cp1254",
    "iso8859-9",
}  # fmt: skip
_PLACE = re.compile(r"[0-9]{1,9}", re.ASCII)
_CHARSET = re.compile(r"charset=[\"']?([A-Za-z0-9_.:-]{1,40})", re.IGNORECASE)


def answer(read: Read, response: Response) -> Answer:
    """The next rows of a report, and where to go on."""
    report = REPORTS.get(read.about.get("type", ""))
    if report is None:
        raise BadPayload("is no report that is read here", "about.type")
    told = times.parse(read.about.get("told", ""), "about.told")
    start = int(read.cursor) if _PLACE.fullmatch(read.cursor) else 0
    rows = list(islice(_rows(response, report), start, start + ROWS + 1))
    made = tuple(_found(report, row, told) for row in rows[:ROWS])
    about = {name: value for name, value in read.about.items() if name != "tries"}
    return Answer(made, (at_page(replace(read, about=about), str(start + ROWS)),) if len(rows) > ROWS else ())


def _rows(response: Response, report: Report) -> Iterator[dict[str, str]]:
    """The file's rows by column. BadPayload when it has no such columns, or cannot be unpacked."""
    lines = _lines(response)
    header = [name.strip() for name in next(lines, "").removeprefix(_BOM).split("\t")]
    if missing := [name for name in report.needed if name not in header]:
        raise BadPayload(f"lacks the columns {', '.join(missing)}", "report")
    for line in lines:
        cells = line.split("\t")
        if line.strip():
            # Cells that are left away at the end of a row are empty.
            yield dict(zip(header, [*cells, *[""] * (len(header) - len(cells))], strict=False))


def _lines(response: Response) -> Iterator[str]:
    encoding = _encoding(response.headers.get("content-type", ""))
    plain = io.BytesIO(response.body)
    file = gzip.GzipFile(fileobj=plain) if response.body.startswith(_GZIP) else plain
    try:
        while line := file.readline(_LINE):
            yield line.decode(encoding, "replace").rstrip("\r\n")
    except (OSError, EOFError, zlib.error):
        raise BadPayload("cannot be unpacked; was it cut off?", "report") from None


def _encoding(content_type: str) -> str:
    """The encoding that the answer names; UTF-8 where it names none."""
    named = _CHARSET.search(content_type)
    try:
        name = codecs.lookup(named[1]).name if named else "utf-8"
    except LookupError:
        name = ""
    if name not in _ENCODINGS:
        raise BadPayload("is in an encoding that is not known", "report")
    return "cp932" if name == "shift_jis" else name


def _found(report: Report, row: dict[str, str], told: datetime) -> Found:
    try:
        # What the buyer wrote stays in the raw row alone, where `words` reads it.
        return Found(replace(report.row(row, told), said=()), codec.dumps(row))
    except BadPayload as err:
        native = {"topic": report.type, "problem": err.cause[:200]}
        event = Event(EventType.UNKNOWN, told, native=native)
        return found(report.type, "row", row, lambda id_: Translated(id_, f"unknown:{id_}", (event,)))
