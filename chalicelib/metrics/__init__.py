"""The dictionary: each metric is defined once, as SQL in Athena's dialect under a header that says what it means.

One file NAME.sql for each metric; the folder is the register. The header is TOML in the file's first comment. Console,
alerts, reports and analysts all run what `render` returns.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

from ..model.errors import BadPayload
from .parameters import Parameter, parameter

_SUFFIX = ".sql"
_PLACEHOLDER = re.compile(":([a-z_]+)")


@dataclass(frozen=True, slots=True)
class Metric:
    """A metric as its header states it. `title` is by language, `dating` by convention, `columns` by name of column; `glance`
    are the columns that a person is shown: dimensions, n, shares, interval and maturity."""

    name: str
    title: Mapping[str, str]
    meaning: str
    tables: tuple[str, ...]
    formula: str
    maturity: str
    pitfalls: tuple[str, ...]
    glance: tuple[str, ...]
    dimensions: str
    dating: Mapping[str, str]
    parameters: tuple[Parameter, ...]
    columns: Mapping[str, str]
    sql: str


@dataclass(frozen=True, slots=True)
class Statement:
    """One SELECT in Athena's dialect, ready to start, and the value of every parameter in it, in one spelling."""

    sql: str
    parameters: Mapping[str, str]


def names() -> tuple[str, ...]:
    """The names of all metrics, sorted."""
    found = (entry.name for entry in files(__name__).iterdir())
    return tuple(sorted(name.removesuffix(_SUFFIX) for name in found if name.endswith(_SUFFIX)))


@cache
def get(name: str) -> Metric:
    """The metric called `name`. BadPayload lists the metrics there are when it is none of them."""
    if name not in names():
        raise BadPayload(f"no metric of this name; there are {', '.join(names())}", f"metric {name[:40]!r}")
    text = files(__name__).joinpath(name + _SUFFIX).read_text("utf-8")
    header, _, sql = text.removeprefix("/*").partition("*/")
    said = tomllib.loads(header)
    if said["name"] != name:
        raise ValueError(f"{name}{_SUFFIX}: the header's name is {said['name']!r}")
    parameters = tuple(parameter(word, one) for word, one in said.pop("parameters").items())
    lists: dict[str, Any] = {field: tuple(said.pop(field)) for field in ("tables", "pitfalls", "glance")}
    return Metric(parameters=parameters, sql=sql.strip() + "\n", **lists, **said)


def render(name: str, **given: str | int) -> Statement:
    """The metric's statement with these parameters, each a text or a whole number; those not given take their defaults.

    BadPayload names the metric and the parameter when a value is not on its closed list or within its bounds: a value
    is never pasted as it came. Equal questions give equal text, so the text can be a cache's key.
    """
    metric = get(name)
    unknown = sorted(given.keys() - {one.name for one in metric.parameters})
    if unknown:
        known = ", ".join(one.name for one in metric.parameters)
        raise BadPayload(f"no such parameter; there are {known}", f"{name}: {unknown[0][:40]}")
    values: dict[str, str] = {}
    literals: dict[str, str] = {}
    for one in metric.parameters:
        values[one.name], written = one.read(given.get(one.name), f"{name}: {one.name}")
        literals |= written
    asked = ", ".join(f"{word} = {value}" for word, value in values.items())
    sql = _PLACEHOLDER.sub(lambda found: literals[found[1]], metric.sql)
    return Statement(f"-- metric {name}: {asked}\n{sql}", values)
