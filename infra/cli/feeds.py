"""The commands about what is read at platforms: a shop's history, its lists on a schedule, and how each stands."""

from __future__ import annotations

from dataclasses import asdict
from datetime import UTC, datetime, timedelta
from typing import Annotated, Any

import typer

from chalicelib.effects.pace import Pace
from chalicelib.effects.settings_items import SettingsItems
from chalicelib.model.errors import ConfigurationError
from chalicelib.settings import Settings
from chalicelib.steps import reconcile
from chalicelib.steps.pulls import Feed, Pulls

from .. import flow
from ..local.connect import settings_of
from ..problems import Problem
from ..stages import LOCAL, Stage
from .screen import SCREEN, AsJson, OnStage, say_json, say_rows


def pull(
    shop: Annotated[str, typer.Argument(metavar="PLATFORM/NAME", help="The shop whose lists are read.")],
    days: Annotated[int | None, typer.Option(min=1, max=4000, help="No further back than so many days.")] = None,
    only: Annotated[list[str] | None, typer.Option("--only", help="This list alone, such as returns; repeatable.")] = None,
    stage: OnStage = LOCAL,
) -> None:
    """Read a shop's history of orders, returns and reviews, as far back as its platform allows. Safe to run again."""
    since = datetime.now(UTC) - timedelta(days=days) if days else None
    try:
        begun = reconcile.history(shop, reconcile.effects(settings_of(stage)), since, only or ())
    except ConfigurationError as err:
        raise Problem(str(err), "docs/platforms.md says what this platform wants and where to find it.") from None
    if not begun:
        raise Problem(f"{shop} has no list that can be read.", "docs/platforms.md says what each platform's API offers.")
    SCREEN.print(f"Reading {', '.join(f'{what} ({count} parts)' for what, count in begun.items())}; see ./wellkept feeds")


def begin(shop: str, settings: Settings) -> None:
    """Begin to read a shop's history, if its platform has an API; say what it wants that the shop was connected without."""
    try:
        begun = reconcile.history(shop, reconcile.effects(settings))
    except ConfigurationError as err:
        SCREEN.print(f"Its API is not read: {err}", markup=False, soft_wrap=True)
        return
    if begun:
        SCREEN.print(f"Its history is being read ({', '.join(begun)}): ./wellkept feeds")


def feeds(
    check: Annotated[bool, typer.Option("--check", help="Ask now for every list whose time has come.")] = False,
    stage: OnStage = LOCAL,
    as_json: AsJson = False,
) -> None:
    """Show what is read at platforms: each shop's lists, up to when they are whole, and which are late, empty or failing."""
    settings = settings_of(stage)
    if check:
        flow.reconcile(Stage(stage))
    found = table(settings)
    if as_json:
        say_json(found)
    elif found:
        say_rows(found)
    else:
        SCREEN.print("Nothing is read at any platform yet. ./wellkept shop add, then ./wellkept pull PLATFORM/NAME")


def table(settings: Settings) -> list[dict[str, Any]]:
    """Every list that was ever read, and why a shop is not asked at the moment."""
    items, now = SettingsItems(settings.settings_table), reconcile.effects(settings).there()
    pace = Pace(items)
    return [_row(one, pace.condition(one.source, datetime.now(UTC))) for one in Pulls(items).feeds(now)]


def _row(one: Feed, condition: str | None) -> dict[str, Any]:
    said = asdict(one)
    shop, list_ = said.pop("source"), said.pop("what")
    return {"shop": shop, "list": list_, **said, "why": one.why or condition}
