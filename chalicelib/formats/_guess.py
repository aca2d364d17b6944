"""A map proposed for a file from its column names and sampled values, with everything that is doubtful about it said. Pure.

Names come from columns.toml. What a sample proves (where the day stands, which mark precedes decimals, a currency) is put into
the map; what it leaves open is a doubt, and the map stays silent there, so that such values are refused instead of guessed.
"""

from __future__ import annotations

import json
import re
import tomllib
import unicodedata
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from importlib.resources import files
from typing import Any

from ..model.errors import BadPayload
from . import _dates, _labels, _values
from ._fields import COMMENT, FIELDS, KINDS, SPEAKING

_BRACKETS = re.compile(r"[(\[{（【].*?[)\]}）】]")
_HANZI, _KANA = re.compile(r"[\u4e00-\u9fff]"), re.compile(r"[\u3040-\u30ff]")
_OFFSET = re.compile(r"(?:Z|[+-]\d{2}:?\d{2})$")
_LABELS = 20  # unknown reasons that are told
_SHOWN = 5  # values or columns that a doubt names
_GENERAL: Mapping[str, Mapping[str, str]] = {
    "date": {"orders": "placed_at", "order_lines": "placed_at", "returns": "requested_at", "refunds": "refunded_at",
             "reviews": "posted_at"},
    "amount": {"orders": "total", "order_lines": "line_total", "returns": "refund_amount", "refunds": "refund_amount"},
    "status": {"returns": "status"},
    "number": {"orders": "order_id", "order_lines": "order_id", "returns": "return_id", "refunds": "refund_id",
               "reviews": "review_id"},
}  # fmt: skip
Samples = Mapping[str, Sequence[Any]]


@dataclass(slots=True)
class Guess:
    """A proposed map, what is doubtful about it, and the columns that it leaves."""

    map: dict[str, Any]
    doubts: list[str] = field(default_factory=list)
    left: list[str] = field(default_factory=list)


def guess(samples: Samples, zone: str | None = None, currency: str | None = None) -> Guess:
    """A map for a file with these columns and sampled values; `zone` and `currency` are what a person knows of it."""
    kind, fields = _fields(samples)
    found = Guess({"kind": kind, "columns": {}})
    columns = _chosen(samples, fields, found)
    found.map["columns"] = {column: field for field, column in columns.items()}
    found.left = [name for name in samples if name not in found.map["columns"]]
    taken = {field: samples[column] for field, column in columns.items()}
    _zone(samples, taken, zone, found)
    _day(taken, found)
    _decimal(taken, found)
    _currency(samples, taken, currency, found)
    _gaps(kind, taken, columns, found)
    _unread(taken, columns, found)
    _reasons(taken, found)
    _comment(kind, columns, found)
    return found


def written(guessed: Guess, name: str) -> str:
    """The map as YAML, doubts and columns that were left as comments."""
    lines = [f"# A map for {_line(name)}. Look at it before you import with it: docs/files.md says what everything means."]
    lines += [f"# DOUBT: {_line(doubt)}" for doubt in guessed.doubts]
    for key, value in guessed.map.items():
        if isinstance(value, dict) and value:
            lines += [f"{key}:", *(f"  {_quoted(one)}: {_plain(said)}" for one, said in value.items())]
        else:
            lines.append(f"{key}: {_plain(value)}")
        if key == "columns":
            lines += [f"  # not taken: {_quoted(one)}" for one in guessed.left]
    return "\n".join(lines) + "\n"


def _line(text: str) -> str:
    return " ".join(text.split())


def _quoted(text: str) -> str:
    """A text as YAML takes it in any case: its double-quoted form is JSON's."""
    return json.dumps(text, ensure_ascii=not text.isprintable())


def _plain(value: Any) -> str:
    if isinstance(value, str) and re.fullmatch(r"[a-z][a-z_]*|[A-Z]{3}|[A-Z][A-Za-z_]+/[A-Za-z_/]+", value):
        return value if value not in ("y", "n", "yes", "no", "on", "off", "true", "false", "null") else _quoted(value)
    return json.dumps(value, ensure_ascii=False)


# Which column is which


def folded(name: str) -> str:
    """A column's name as it is compared: without case, accents, blanks, signs and what stands in brackets."""
    bare = _BRACKETS.sub("", _values.folded(name)) or _values.folded(name)
    letters = unicodedata.normalize("NFD", bare.casefold())
    return "".join(one for one in unicodedata.normalize("NFC", "".join(c for c in letters if not _accent(c))) if one.isalnum())


def _accent(one: str) -> bool:
    return unicodedata.combining(one) > 0 and one not in "\u3099\u309a"


@lru_cache(maxsize=1)
def _data() -> Mapping[str, Any]:
    return tomllib.loads(files(__package__).joinpath("columns.toml").read_text("utf-8"))


@lru_cache(maxsize=1)
def _names() -> Mapping[str, str]:
    """Folded name -> field; general ones with a colon before them. ValueError where two fields claim one name."""
    found: dict[str, str] = {}
    for prefix, part in (("", "fields"), (":", "general")):
        for meaning, names in _data()[part].items():
            for name in map(folded, names):
                if found.setdefault(name, prefix + meaning) != prefix + meaning:
                    raise ValueError(f"columns.toml: {name!r} stands under {found[name]} and {prefix + meaning}")
    return found


def _fields(samples: Samples) -> tuple[str, dict[str, str]]:
    """The kind of rows, and each column's field where it has one of that kind."""
    meant = {column: _names().get(folded(column), "") for column in samples}
    kind = _kind(set(meant.values()))
    resolved = {column: _GENERAL[one[1:]].get(kind, "") if one[:1] == ":" else one for column, one in meant.items()}
    return kind, {column: field for column, field in resolved.items() if field in KINDS[kind].fields}


def _kind(said: set[str]) -> str:
    if "rating" in said:
        return "reviews"
    if said & {"return_id", "reason", "requested_at", "disposition", "status"}:
        return "returns"
    if "refund_id" in said or ({"refund_amount", "refunded_at"} <= said and not said & {"quantity", "placed_at"}):
        return "refunds"
    return "order_lines" if said & {"quantity", "sku", "unit_price"} else "orders"


def _chosen(samples: Samples, fields: Mapping[str, str], found: Guess) -> dict[str, str]:
    """Field -> column: of several columns of one field the one with the most values, the first of equals."""
    chosen: dict[str, str] = {}
    for column, meant in fields.items():
        known = chosen.get(meant)
        if known is None or _filled(samples[column]) > _filled(samples[known]):
            chosen[meant] = column
        if known is not None:
            other = known if chosen[meant] == column else column
            found.doubts.append(f"{chosen[meant]!r} was taken for {meant}; {other!r} may be it as well")
    return {meant: column for column, meant in fields.items() if chosen[meant] == column}


def _filled(values: Sequence[Any]) -> int:
    return sum(bool(_values.text(value)) for value in values)


# What the values prove


def _of(taken: Samples, kinds: Sequence[str]) -> Iterator[Any]:
    return (value for meant, values in taken.items() if FIELDS[meant] in kinds for value in values)


def _zone(samples: Samples, taken: Samples, given: str | None, found: Guess) -> None:
    times = [text for value in _of(taken, ("time",)) if (text := _values.folded(value))]
    if not times or all(_OFFSET.search(text) for text in times):
        return
    names = "".join(samples)
    likely = "Asia/Tokyo" if _KANA.search(names) else "Asia/Shanghai" if _HANZI.search(names) else "UTC"
    found.map["zone"] = given or likely
    if not given:
        found.doubts.append(f"times carry no zone: {likely} is a guess, give the shop's own (zone:, or --zone here)")


def _day(taken: Samples, found: Guess) -> None:
    values = list(_of(taken, ("time",)))
    proven = _dates.orders(values)
    if len(proven) == 1:
        found.map["day_first"] = proven.pop()
    elif len(proven) == 2:
        found.doubts.append("some dates have the day first (13/5), some second (5/13): those that may be either are refused")
    elif open_ := next((value for value in values if _dates.depends(value)), None):
        found.doubts.append(f"dates such as {_values.text(open_)!r} may be read in two ways: say day_first: true or false")


def _decimal(taken: Samples, found: Guess) -> None:
    values = list(_of(taken, ("amount", "whole")))
    proven = _values.marks(values)
    if len(proven) == 1:
        found.map["decimal"] = proven.pop()
    elif len(proven) == 2:
        found.doubts.append("numbers are written in two ways (1,234.5 and 1.234,5): those that may be either are refused")
    elif open_ := next((value for value in values if _refused(_values.number, value)), None):
        found.doubts.append(f"numbers such as {_values.text(open_)!r} may be read in two ways: say decimal: '.' or ','")


def _currency(samples: Samples, taken: Samples, given: str | None, found: Guess) -> None:
    amounts = [value for value in _of(taken, ("amount",)) if _values.text(value)]
    if "currency" in taken or not amounts:
        return
    named = {one for value in amounts if (one := _values.currency(value))}
    signs = "".join(str(value) for value in amounts[:200])
    likely = {"¥": "CNY", "￥": "CNY", "元": "CNY", "円": "JPY"}
    east = next((code for sign, code in likely.items() if sign in signs), None)
    if east == "CNY" and _KANA.search("".join(samples)):
        east = "JPY"
    if given or not named:
        if given or east:
            found.map["defaults"] = {"currency": given or east}
        if not given:
            said = f"{east} is a guess" if east else "amounts are refused until it is said"
            found.doubts.append(f"no column and no amount names the currency: {said} (defaults.currency, or --currency here)")


def _gaps(kind: str, taken: Samples, columns: Mapping[str, str], found: Guess) -> None:
    """Fields that must be there: without a column, or with cells left empty as merged cells leave them."""
    for needed in KINDS[kind].needed:
        if needed not in taken:
            found.doubts.append(f"no column is {needed}, which {kind} need: write it under columns")
    key, rows = KINDS[kind].by, max((len(values) for values in taken.values()), default=0)
    empty = rows - _filled(taken[key]) if key in taken else 0
    if kind == "order_lines" and key in taken and 0 < empty < rows and _values.text(taken[key][0]):
        down = [one for one in ("order_id", "placed_at") if one in taken and _filled(taken[one]) < rows]
        found.map["fill_down"] = down
        found.doubts.append(f"{columns[key]!r} is empty in {empty} of {rows} rows: they are taken to belong to the row above")


def _unread(taken: Samples, columns: Mapping[str, str], found: Guess) -> None:
    """Columns whose name promises what their values are not."""
    readers: Mapping[str, Callable[[Any, str], Any]] = {
        "time": lambda value, where: _dates.moment(value, where, day_first=found.map.get("day_first", False)),
        "whole": lambda value, where: _values.whole(value, where, found.map.get("decimal", ".")),
        "amount": lambda value, where: _values.number(value, where, found.map.get("decimal", ".")),
    }
    for meant, values in taken.items():
        reader = readers.get(FIELDS[meant])
        bad = [value for value in dict.fromkeys(values) if _refused(reader, value)] if reader else []
        if bad:
            shown = ", ".join(repr(_values.text(value)[:30]) for value in bad[:_SHOWN])
            found.doubts.append(f"{columns[meant]!r} as {meant} holds {len(bad)} different values that are none: {shown}")


def _refused(reader: Callable[[Any, str], Any], value: Any) -> bool:
    try:
        reader(value, "sample")
    except BadPayload:
        return True
    return False


def _reasons(taken: Samples, found: Guess) -> None:
    labels = Counter(text for value in taken.get("reason", ()) if (text := _values.text(value)))
    comments = sum(count for label, count in labels.items() if len(label) > _labels.LONGEST)
    if comments:
        found.doubts.append(f"{comments} reasons are longer than a label: is the column a comment? Their words are not kept")
    short = ((label, count) for label, count in labels.most_common() if len(label) <= _labels.LONGEST)
    unknown = [(label, count) for label, count in short if not _labels.reason(label)]
    for label, count in unknown[:_LABELS]:
        found.doubts.append(f"the reason {label!r} ({count} rows) is not understood: say under reasons: what it means")


def _comment(kind: str, columns: Mapping[str, str], found: Guess) -> None:
    """A column of remarks whose name does not say that they are the buyer's: the shop's own must not pass for them."""
    column = columns.get(COMMENT)
    if column and kind in SPEAKING and folded(column) in map(folded, _data()["anybodys"][COMMENT]):
        found.doubts.append(f"{column!r} was taken for what the buyer wrote: if the shop writes there, strike it")
