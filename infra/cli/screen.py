"""How commands show things: tables for people, JSON for programs."""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.markup import escape
from rich.table import Table

# Where nobody watches there is no width to keep to: a table must not be folded into a file.
SCREEN = Console(soft_wrap=True, highlight=False, width=None if sys.stdout.isatty() else 10_000)
NOTES = Console(stderr=True, soft_wrap=True, highlight=False)
OnStage = Annotated[str, typer.Option("--stage", help="Which deployment: local, or a name of yours on AWS.")]
AsJson = Annotated[bool, typer.Option("--json", help="For programs.")]
OfShop = Annotated[str, typer.Option("--shop", help="platform/name; not needed when only one shop has it.")]


def say_json(value: Any) -> None:
    """Print a value as JSON: decimals as numbers in plain text form, times as ISO 8601."""
    sys.stdout.write(json.dumps(value, ensure_ascii=False, indent=1, default=plain) + "\n")


def plain(value: Any) -> Any:
    """A value JSON has no word for."""
    if isinstance(value, Decimal):
        return int(value) if value == value.to_integral_value() else float(value)
    if isinstance(value, datetime):
        return value.isoformat().replace("+00:00", "Z")
    raise TypeError(f"{type(value).__name__} has no JSON form")


def say_rows(
    rows: Sequence[Mapping[str, Any]], title: str | None = None, columns: Sequence[str] = (), to: Console = SCREEN
) -> None:
    """Print rows as a table, numbers to the right; columns that say nothing in any row are left out."""
    if not rows:
        to.print("no rows")
        return
    shown = list(columns) or [name for name in rows[0] if any(row[name] is not None for row in rows)]
    table = Table(title=title, title_justify="left", box=None, pad_edge=False, header_style="bold")
    for name in shown:
        numeric = all(isinstance(row[name], (int, float, Decimal)) or row[name] is None for row in rows)
        table.add_column(name, justify="right" if numeric else "left", overflow="fold")
    for row in rows:
        table.add_row(*(escape(_cell(row[name])) for name in shown))
    to.print(table)


def _cell(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, datetime):
        return value.strftime("%Y-%m-%d %H:%M")
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, int):
        return f"{value:,}"
    if isinstance(value, (float, Decimal)):
        return f"{value:,.6f}".rstrip("0").rstrip(".")
    return str(value)
