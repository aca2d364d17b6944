"""Large files: uploaded, split and loaded by the stage's own functions, while progress is shown here."""

from __future__ import annotations

import time
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from secrets import token_hex
from typing import Any

from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

from chalicelib.effects.settings_items import SettingsItems
from chalicelib.effects.uploads import REJECTED, Uploads
from chalicelib.model import times
from chalicelib.settings import Settings
from chalicelib.steps import loader

from ..local.connect import settings_of
from ..problems import Problem
from ..stages import LOCAL
from .screen import NOTES, AsJson, OnStage, say_json, say_rows

_PAUSE = 1.0
_BOOKS = (b"PK\x03\x04", b"\xd0\xcf\x11\xe0")


def upload(path: Path, spec: Mapping[str, Any], settings: Settings, wait: bool, as_json: bool) -> None:
    """Upload a file and have it loaded; with `wait` show how far it is until it is done."""
    with path.open("rb") as file:
        if file.read(8).startswith(_BOOKS):
            raise Problem(f"{path.name} is a workbook.", "Save its sheet as CSV, or leave out --upload.")
    now = datetime.now(UTC)
    name = f"{now:%Y%m%d-%H%M%S}-{token_hex(3)}"
    objects, items = Uploads(settings.blobs_bucket, settings.import_queue), SettingsItems(settings.settings_table)
    NOTES.print(f"Uploading {path.name} as {name}")
    loader.begin(name, {**spec, "name": path.name, "received": times.text(now)}, path, objects, items)
    if not wait:
        NOTES.print("It is being loaded: ./wellkept imports")
        return
    found = _followed(name, path.name, items)
    if found.get("problem"):
        raise Problem(f"{path.name}: {found['problem']}", "Put that right and run the same command again.")
    rejected = path.with_name(f"{path.name}.rejected.csv")
    if found.get("refused") and objects.fetch_file(name, REJECTED, rejected):
        found["rejected"] = str(rejected)
    row = _row(name, found)
    if as_json:
        say_json(row)
    else:
        say_rows([{"": word, "count": value} for word, value in row.items() if value is not None])


def _followed(name: str, title: str, items: SettingsItems) -> dict[str, Any]:
    """Show how far an upload is until it is loaded whole, or refused."""
    with Progress(TextColumn("{task.description}"), BarColumn(), TimeElapsedColumn(), console=NOTES, transient=True) as bar:
        task = bar.add_task(f"Splitting {title}", total=None)
        while True:
            found = loader.progress(items, name)
            if loader.ended(found) or found.get("problem"):
                return found
            loaded, parts = len(found.get("loaded", [])), found.get("parts", 0)
            said = f"{found.get('rows', 0):,} rows, {loaded} of {parts}{'' if found.get('split') else '+'} parts loaded"
            bar.update(task, description=said, completed=loaded, total=parts if found.get("split") else None)
            time.sleep(_PAUSE)


def imports(stage: OnStage = LOCAL, as_json: AsJson = False) -> None:
    """Show the files that were uploaded, and how far each is loaded."""
    settings = settings_of(stage)
    rows = [_row(name, item) for name, item in loader.uploads(SettingsItems(settings.settings_table))]
    if as_json:
        say_json(rows)
    else:
        say_rows(rows)


def _row(name: str, item: Mapping[str, Any]) -> dict[str, Any]:
    loaded = f"{len(item.get('loaded', []))} of {item.get('parts', 0)}{'' if item.get('split') else '+'}"
    return {
        "upload": name, "file": item.get("name"), "shop": item.get("source"), "rows": item.get("rows"), "parts": loaded,
        "documents": item.get("documents"), "new": item.get("new"), "refused": item.get("refused"),
        "rejected": item.get("rejected"), "problem": item.get("problem"), "done": loader.ended(item),
    }  # fmt: skip
