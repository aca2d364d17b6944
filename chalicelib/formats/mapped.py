"""Formats made from a map: any file with a header, once somebody has said which column is which. Pure.

This module is no format itself and so not in the register: `made` turns a map (the content of a YAML file) into one, which then
keeps the contract of formats as a module does. docs/files.md describes the map; every fault in one is named with its place.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any, TypeVar
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from ..model import codec
from ..model.errors import BadPayload
from ..model.words import Reason, RequestAxis
from . import _labels
from ._columns import Columns
from ._contract import Batch, Noted, Outcome, Refused, Skipped
from ._documents import Cell, Documents, Row, cell
from ._fields import COMMENT, FIELDS, KINDS, READERS, SPEAKING, Amount, Comment, Kind, Label, Rules
from ._told import Told, key_of

UNKNOWN_REASON = "reason label not understood"
TOO_LONG = "reason is longer than a label; its words were left out"
MOST_LABELS = 2000
_KEYS = tuple("kind title columns zone day_first decimal defaults fill_down reasons statuses dispositions".split())
_SINGLE = ("orders", "refunds", "reviews")
Word = TypeVar("Word", bound=StrEnum)


@dataclass(frozen=True, slots=True)
class Mapped:
    """A format made from a map. `columns` are the file's names of our fields, `by` the field that makes rows a document."""

    TITLE: str
    COLUMNS: tuple[str, ...]
    OPTIONAL: tuple[str, ...]
    kind: str
    by: str
    columns: Mapping[str, str]
    rules: Rules
    defaults: Mapping[str, Any]
    fill_down: tuple[str, ...]

    def translate(self, batches: Iterable[Batch]) -> Iterator[Outcome]:
        """One delivery a document: an order, a return, a refund, a review."""
        told = Told(self.kind, self.columns, self.defaults.get("currency"))
        whole = self.kind in _SINGLE or "line_id" not in self.columns
        documents = Documents(
            self.kind, self._name(self.by), self._name("line_id"), told.build, whole, self.kind in _SINGLE
        )  # fmt: skip
        for one in self.understood(batches):
            if not isinstance(one, Row):
                yield one
                continue
            key = one.values.get(self.by) or key_of(self.kind, one.values)
            if key is None:
                yield Refused(one.line, self._name(self.by), "", "is empty, and nothing else tells what the row belongs to")
                continue
            yield from self._notes(one)
            yield from documents.take(key, one)
        yield from documents.close()

    def understood(self, batches: Iterable[Batch]) -> Iterator[Row | Refused | Skipped]:
        """The rows as they are understood, and those that are not."""
        columns = self._reading()
        # The currency is not put on rows: what an amount names itself comes before it.
        known = {name: cell(name, value) for name, value in self.defaults.items() if name != "currency"}
        fields = [name for name in KINDS[self.kind].fields if name in self.columns or name in known]
        for batch in batches:
            found = columns.read(batch)
            yield from found.refused
            yield from found.skipped
            for line, *cells in found.tuples():
                said = {**known, **{name: one for name, one in zip(self.columns, cells, strict=True) if one is not None}}
                known |= {name: said[name] for name in self.fill_down if name in said}
                # In the fields' own order, whatever the file's or the map's is.
                ordered = [(name, said[name]) for name in fields if name in said]
                yield Row(line, {name: one.value for name, one in ordered}, ",".join([one.spelling for _, one in ordered]))

    def _reading(self) -> Columns:
        def reader(field: str, column: str) -> Callable[[Any], Cell | None]:
            read = READERS[FIELDS[field]]

            def cell_of(value: Any) -> Cell | None:
                found = read(value, column, self.rules)
                return None if found is None else cell(field, found)

            return cell_of

        free = [column for field, column in self.columns.items() if field == COMMENT]
        return Columns({column: reader(field, column) for field, column in self.columns.items()}, free)

    def _name(self, field: str) -> str:
        return self.columns.get(field, field)

    def _notes(self, row: Row) -> Iterator[Noted]:
        reason: Label | None = row.values.get("reason")
        if reason and reason.native is None:
            yield Noted(row.line, TOO_LONG, "")
        elif reason and reason.ours is None:
            yield Noted(row.line, UNKNOWN_REASON, str(reason.native))


def made(map_: object, optional: Iterable[str] = (), by: str | None = None) -> Mapped:
    """The format that a map describes. BadPayload names the place of the first fault.

    `optional` are columns that a file may lack and `by` another field than the kind's own that makes rows one document: known
    formats that are written down as maps use these.
    """
    given = codec.mapping(map_, "map")
    _refuse_others(given, _KEYS, "map")
    kind, rules = _kind(given), _rules(given)
    name = str(given["kind"])
    columns = _columns(given, name, kind)
    defaults = _defaults(given, name, kind, rules)
    _check_needed(kind, columns, defaults)
    read = {field: column for field, column in columns.items() if field != COMMENT or name in SPEAKING}
    lacking = frozenset(optional)
    return Mapped(
        TITLE=_text(given, "title") or f"{name.replace('_', ' ')} by a map",
        COLUMNS=tuple(column for column in read.values() if column not in lacking),
        OPTIONAL=tuple(column for column in read.values() if column in lacking),
        kind=name, by=by or kind.by, columns=read, rules=rules, defaults=defaults, fill_down=_fill_down(given, read),
    )  # fmt: skip


def shown(value: Any) -> str | None:
    """What a field's value means, for people; of a buyer only that there is one. None for none."""
    if isinstance(value, datetime):
        return f"{value:%Y-%m-%d %H:%M} UTC"
    if isinstance(value, Amount):
        return f"{value.number} {value.currency or ''}".strip()
    if isinstance(value, Label):
        return f"{value.native or '(a comment)'} → {value.ours or '?'}"
    if isinstance(value, Comment):
        return "(a comment)"
    if isinstance(value, str) and "@" in value:
        return "(an address)"
    return None if value is None else str(value)


def _kind(given: Mapping[str, Any]) -> Kind:
    name = given.get("kind")
    if not isinstance(name, str) or name not in KINDS:
        raise BadPayload(f"expected one of {', '.join(KINDS)}, got {str(name)[:40]!r}", "map.kind")
    return KINDS[name]


def _columns(given: Mapping[str, Any], name: str, kind: Kind) -> dict[str, str]:
    """Our field -> the file's column, from a map that says it the other way round."""
    where = "map.columns"
    found: dict[str, str] = {}
    for column, field in _texts(given.get("columns"), where).items():
        place = f"{where}.{column[:40]}"
        if field not in kind.fields:
            raise BadPayload(f"{field[:40]!r} is no field of {name}; there are: {', '.join(kind.fields)}", place)
        if field in found:
            raise BadPayload(f"{field} is {found[field][:40]!r} already; a field has one column", place)
        found[field] = column
    if not found:
        raise BadPayload("is empty; name at least two columns", where)
    return found


def _check_needed(kind: Kind, columns: Mapping[str, str], defaults: Mapping[str, Any]) -> None:
    for field in kind.needed:
        if field not in columns and field not in defaults:
            raise BadPayload(f"no column is {field}, which these rows need", "map.columns")
    if len(columns) < 2:
        raise BadPayload("name at least two columns", "map.columns")


def _rules(given: Mapping[str, Any]) -> Rules:
    day_first, decimal = given.get("day_first"), given.get("decimal")
    dispositions = _texts(given.get("dispositions"), "map.dispositions")
    if decimal not in (None, ".", ","):
        raise BadPayload('expected "." or ","', "map.decimal")
    return Rules(
        zone=_zone(_text(given, "zone")),
        day_first=None if day_first is None else codec.flag(day_first, "map.day_first"),
        decimal=decimal,
        reasons=_translations(given, "reasons", Reason),
        statuses=_translations(given, "statuses", RequestAxis),
        dispositions={_labels.cleaned(label): said for label, said in dispositions.items()},
    )


def _zone(name: str | None) -> Any:
    if name in (None, "UTC"):
        return UTC
    try:
        return ZoneInfo(str(name))
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise BadPayload(f"no time zone {str(name)[:40]!r}; give an IANA name such as Asia/Shanghai", "map.zone") from None


def _translations(given: Mapping[str, Any], key: str, words: type[Word]) -> dict[str, Word]:
    found: dict[str, Word] = {}
    for label, word in _texts(given.get(key), f"map.{key}").items():
        if word not in list(words):
            raise BadPayload(f"expected one of {', '.join(words)}, got {word[:40]!r}", f"map.{key}.{label[:40]}")
        found[_labels.cleaned(label)] = words(word)
    return found


def _defaults(given: Mapping[str, Any], name: str, kind: Kind, rules: Rules) -> dict[str, Any]:
    """Values for fields that no column gives, or that a row leaves empty."""
    found: dict[str, Any] = {}
    for field, value in _texts(given.get("defaults"), "map.defaults", plain=True).items():
        where = f"map.defaults.{field[:40]}"
        if field not in kind.fields or field == COMMENT:
            raise BadPayload(f"is no field of {name}; there are: {', '.join(kind.fields)}", where)
        read = READERS[FIELDS[field]](value, where, rules)
        if read is not None:
            found[field] = read
    return found


def _fill_down(given: Mapping[str, Any], columns: Mapping[str, str]) -> tuple[str, ...]:
    listed = codec.sequence(given.get("fill_down") or [], "map.fill_down")
    for n, field in enumerate(listed):
        if field not in columns:
            raise BadPayload(f"{str(field)[:40]!r} has no column in this map", f"map.fill_down[{n}]")
    return tuple(listed)


def _text(given: Mapping[str, Any], key: str) -> str | None:
    value = given.get(key)
    return None if value is None else codec.text(value, f"map.{key}")


def _texts(value: object, where: str, plain: bool = False) -> dict[str, str]:
    """A mapping of texts. YAML makes numbers, dates and truth of some words: those have to be quoted, but for plain values."""
    given = {} if value is None else codec.mapping(value, where)
    if len(given) > MOST_LABELS:
        raise BadPayload(f"{len(given)} entries, at most {MOST_LABELS} are taken", where)
    for key, one in given.items():
        if not isinstance(key, str):
            raise BadPayload(f"{key!r} is no text to YAML; put it in quotes", where)
        if not isinstance(one, str) and not (plain and isinstance(one, (int, float)) and not isinstance(one, bool)):
            raise BadPayload(f"expected text, got {str(one)[:40]!r}; put it in quotes", f"{where}.{key[:40]}")
    return {key: codec.text(str(one), f"{where}.{key[:40]}") for key, one in given.items()}


def _refuse_others(given: Mapping[str, Any], known: Iterable[str], where: str) -> None:
    for key in given:
        if key not in known:
            raise BadPayload(f"is not known; there are: {', '.join(known)}", f"{where}.{str(key)[:40]}")
