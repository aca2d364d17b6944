"""The commands that bring data in: recorded webhooks and files of history."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

from chalicelib.effects.keys import Keys
from chalicelib.effects.secrets import Secrets, Shop
from chalicelib.effects.shops import Shops
from chalicelib.effects.store import Store
from chalicelib.model.errors import UnknownShop, WellkeptError
from chalicelib.settings import Settings

from .. import recorded
from ..flow import door
from ..local.connect import outputs, settings_of
from ..problems import Problem
from ..stages import LOCAL, Stage
from . import maps, uploads
from .screen import NOTES, AsJson, OnStage, say_json, say_rows


def send(
    path: Annotated[Path, typer.Argument(help="A recorded webhook (.http) or a folder of them.")],
    shop: Annotated[str, typer.Option("--shop", help="Send to this shop (name only) instead of the recorded one.")] = "",
    stage: OnStage = LOCAL,
    as_json: AsJson = False,
) -> None:
    """Play recorded webhooks against the running stack, freshly signed with the shop's secret."""
    settings = settings_of(stage)
    webhooks = [(file.name, recorded.to(recorded.read(file), shop)) for file in recorded.files(path)]
    shops = {source: _shop(settings, source) for source in {webhook.source for _, webhook in webhooks}}
    sent = list(recorded.send_all(webhooks, shops, door(Stage(stage)), outputs(Stage(stage))["InboxQueue"]))
    if as_json:
        say_json([{"file": one.name, "status": one.status, "answer": one.answer, "ms": one.millis} for one in sent])
    else:
        say_rows([{"file": one.name, "status": one.status, "answer": one.answer, "ms": one.millis} for one in sent])
    if any(one.status >= 500 for one in sent):
        raise typer.Exit(1)


def _shop(settings: Settings, source: str) -> Shop:
    platform, _, name = source.partition("/")
    try:
        return Secrets(settings).shop(source)
    except UnknownShop:
        raise Problem(
            f"No {platform} shop {name!r} is connected.", f"Run: ./wellkept shop add {platform} {name} --secret ..."
        ) from None


def import_(
    path: Annotated[Path, typer.Argument(metavar="FILE", help="CSV, TSV, a workbook, Parquet or JSON lines.")],
    format_: Annotated[str, typer.Option("--format", help="What the file is, where its header does not tell.")] = "",
    map_: Annotated[Path | None, typer.Option("--map", help="A map of the columns, for files of no known format.")] = None,
    shop: Annotated[str, typer.Option("--shop", help="The shop its rows belong to, as platform/name.")] = "",
    encoding: maps.OfEncoding = "",
    sheet: maps.OfSheet = "",
    upload: Annotated[bool, typer.Option("--upload", help="Let the stage's own functions load it: for large files.")] = False,
    wait: Annotated[bool, typer.Option(help="Also wait until the lake holds it.")] = True,
    stage: OnStage = LOCAL,
    as_json: AsJson = False,
) -> None:
    """Import history. Running it again changes nothing; refused rows are written beside the file with their cause."""
    from chalicelib.steps.import_ import import_file

    try:
        how = maps.reading(encoding, sheet)
        name, format_module = maps.format_of(path, format_, map_, how)
        source = shop or maps.source_of(name, format_module)
        NOTES.print(f"{path.name} is taken for {format_module.TITLE} ({name}); its rows belong to {source}.", markup=False)
        settings = settings_of(stage)
        if upload:
            Shops(settings.settings_table).note(source)
            uploads.upload(path, {"format": name, "map": maps.content(map_) if map_ else None, "encoding": encoding or None,
                                  "source": source}, settings, wait, as_json)  # fmt: skip
            return
        with Progress(TextColumn("{task.description}"), BarColumn(), TimeElapsedColumn(), console=NOTES, transient=True) as bar:
            task = bar.add_task(f"Reading {path.name}", total=1.0)
            summary = import_file(
                path, format_module, source, Store(settings), Keys(settings), datetime.now(UTC),
                progress=lambda done: bar.update(task, completed=done.share,
                description=f"{done.rows:,} rows, {done.new:,} documents new"), reading=how,
            )  # fmt: skip
    except WellkeptError as err:
        raise Problem(str(err), "Put that right and run the same command again: what is in already stays as it is.") from err
    Shops(settings.settings_table).note(source)
    if wait and Stage(stage).local:
        _wait(stage)
    found = summary.as_dict()
    if as_json:
        say_json(found)
    else:
        say_rows([{"": name, "count": value} for name, value in found.items() if value is not None])


def _wait(stage: str) -> None:
    from .. import flow

    with NOTES.status("Folding") as spinner:
        flow.settle(Stage(stage), lambda text: spinner.update(f"Folding: {text}"))
    NOTES.print("The lake holds it.")
