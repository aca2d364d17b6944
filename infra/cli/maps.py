"""Which format a file is of; and maps of files that are of none: proposed, read, and tried on a file's first rows."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import islice
from pathlib import Path
from typing import Annotated, Any

import typer
import yaml
from rich.markup import escape

from chalicelib import formats
from chalicelib.effects import files
from chalicelib.formats import Format, Refused, _guess, mapped
from chalicelib.formats.mapped import Mapped, Row
from chalicelib.model.errors import BadPayload, WellkeptError

from ..problems import Problem
from .screen import NOTES, SCREEN, AsJson, say_json, say_rows

app = typer.Typer(help="Maps: which column of a file is which.", no_args_is_help=True)
SAMPLED = 20_000  # rows
SHOWN = 4  # rows as they are understood
REFUSED = 10  # rows that are not
_LARGEST = 2**20  # bytes of a map
_LOOK = "Propose a map with ./wellkept map guess FILE --out map.yaml, look it over, and import with --map map.yaml."
OfEncoding = Annotated[str, typer.Option("--encoding", help="The text's encoding, where it is not found out (gbk, cp932 ...).")]
OfSheet = Annotated[str, typer.Option("--sheet", help="The workbook's sheet; the first one unless named.")]


class _Strict(yaml.SafeLoader):
    """YAML of plain values in which no key stands twice: the second would take the first one's place without a word."""

    def construct_mapping(self, node: Any, deep: bool = False) -> dict[Any, Any]:
        seen: set[str] = set()
        for key, _ in node.value:
            if str(key.value) in seen:
                raise yaml.constructor.ConstructorError(None, None, f"{str(key.value)!r} stands twice", key.start_mark)
            seen.add(str(key.value))
        found: dict[Any, Any] = super().construct_mapping(node, deep)
        return found


def load(path: Path) -> Mapped:
    """The format that a map in a file describes."""
    try:
        return mapped.made(content(path))
    except BadPayload as err:
        raise Problem(f"{path}: {err}", "docs/files.md says what a map holds.") from err


def content(path: Path) -> Any:
    """What a map says, as it was written."""
    try:
        if path.stat().st_size > _LARGEST:
            raise Problem(f"{path} is too large to be a map.", _LOOK)
        return yaml.load(path.read_text("utf-8-sig"), _Strict)  # noqa: S506 - a safe loader
    except (OSError, UnicodeDecodeError) as err:
        raise Problem(f"{path} cannot be read: {err}", "Give a map as a YAML file in UTF-8.") from err
    except yaml.YAMLError as err:
        problem = f"{path} is not YAML: {' '.join(str(err).split())}"
        raise Problem(problem, "Put names with signs in them into double quotes.") from err


def reading(encoding: str, sheet: str) -> files.Reading:
    """How a file is to be read, from what was said on the command line."""
    return files.Reading(encoding or None, sheet or None)


def format_of(path: Path, name: str, map_: Path | None, how: files.Reading) -> tuple[str, Format]:
    """The format of a file: the one named, the map's, or the one that its header shows; its name, and itself."""
    if name and map_:
        raise Problem("--format and --map were both given.", "Give one of them.")
    if map_:
        return f"map {map_.name}", load(map_)
    found = (name,) if name else formats.recognised(files.names(path, how))
    if not found:
        raise Problem(f"{path.name} is of no known format ({', '.join(formats.names())}).", _LOOK)
    if len(found) > 1:
        raise Problem(f"{path.name} may be of the formats {', '.join(found)}.", f"Say which: --format. Or use a map. {_LOOK}")
    return found[0], formats.get(found[0])


def source_of(name: str, format_: Format) -> str:
    """The shop that rows belong to where none is named. A platform's own files belong to a shop of it that must be named."""
    platform = "PLATFORM" if isinstance(format_, Mapped) else getattr(format_, "PLATFORM", None)
    if platform:
        raise Problem("Whose rows are these?", f"Name the shop: --shop {platform}/NAME. It need not be connected.")
    return f"{name}/main"


@app.command()
def guess(
    path: Annotated[Path, typer.Argument(metavar="FILE", help="CSV, TSV, a workbook or Parquet.")],
    out: Annotated[Path | None, typer.Option("--out", help="Write the map here instead of on the screen.")] = None,
    zone: Annotated[str, typer.Option("--zone", help="The shop's time zone, such as Asia/Shanghai.")] = "",
    currency: Annotated[str, typer.Option("--currency", help="The currency of amounts that name none, such as CNY.")] = "",
    encoding: OfEncoding = "",
    sheet: OfSheet = "",
    as_json: AsJson = False,
) -> None:
    """Propose a map for a file, and show its first rows as they would be understood, with everything that is doubtful."""
    try:
        batches = list(_sample(path, reading(encoding, sheet)))
        found = _guess.guess(_values(batches), zone or None, currency or None)
    except WellkeptError as err:
        raise Problem(str(err), "Put that right and run the same command again.") from err
    text = _guess.written(found, path.name)
    if as_json:
        say_json({"map": found.map, "doubts": found.doubts, "left": found.left})
    elif out is None:
        SCREEN.print(text, markup=False, end="")
    if out is not None:
        _write(out, text)
    _understood(found.map, batches)
    for doubt in found.doubts:
        NOTES.print(f"[yellow]?[/] {escape(doubt)}")
    if out is not None:
        NOTES.print(f"Written to {out}. Look it over, then: ./wellkept import {path.name} --map {out} --shop PLATFORM/NAME")


@app.command("try")
def try_(
    path: Annotated[Path, typer.Argument(metavar="FILE", help="The file that the map is for.")],
    map_: Annotated[Path, typer.Option("--map", help="The map.")],
    encoding: OfEncoding = "",
    sheet: OfSheet = "",
) -> None:
    """Show a file's first rows as a map understands them. Nothing is imported."""
    form = load(map_)
    try:
        batches = list(islice(files.read(path, form.COLUMNS, form.OPTIONAL, reading=reading(encoding, sheet)), 1))
    except WellkeptError as err:
        raise Problem(str(err), "Name the columns as the file does; ./wellkept map guess FILE lists them.") from err
    _show(form, batches)


def _sample(path: Path, how: files.Reading) -> Iterator[files.Batch]:
    """The first rows of all columns that can be told apart by name."""
    names = files.names(path, how)
    if not names:
        raise BadPayload("holds JSON lines; they need no map (--format standard)", path.name)
    single = [name for name in names if name.strip() and names.count(name) == 1]
    rows = 0
    for batch in files.read(path, single, block=2**20, reading=how):
        yield batch
        rows += len(batch.lines)
        if rows >= SAMPLED:
            return


def _values(batches: Sequence[files.Batch]) -> dict[str, list[Any]]:
    found: dict[str, list[Any]] = {}
    for batch in batches:
        for name, column in batch.columns.items():
            found.setdefault(name, []).extend(_text(value) for value in column.to_pylist())
    return {name: values[:SAMPLED] for name, values in found.items()}


def _text(value: Any) -> Any:
    if value is None:
        return ""
    return value.decode("utf-8", "replace") if isinstance(value, bytes) else value


def _write(out: Path, text: str) -> None:
    try:
        with out.open("x", encoding="utf-8") as file:
            file.write(text)
    except FileExistsError:
        raise Problem(f"{out} exists already.", "Name another file: this one may hold your own changes.") from None
    except OSError as err:
        raise Problem(f"{out} cannot be written: {err.strerror}.", "Name another place with --out.") from err


def _understood(document: dict[str, Any], batches: Sequence[files.Batch]) -> None:
    try:
        form = mapped.made(document)
    except BadPayload as err:
        NOTES.print(f"[red]The map is not whole yet:[/] {escape(str(err))}")
        return
    _show(form, batches)


def _show(form: Mapped, batches: Sequence[files.Batch]) -> None:
    """The first rows as they are understood, and what became of the others of the sample."""
    rows: list[Row] = []
    refused: list[Refused] = []
    taken = 0
    for one in form.understood(batches):
        if isinstance(one, Row):
            taken += 1
            rows += [one] if len(rows) < SHOWN else []
        elif isinstance(one, Refused):
            refused.append(one)
    if rows:
        say_rows([_across(field, column, rows) for field, column in form.columns.items()], "As understood", to=NOTES)
    NOTES.print(f"{taken:,} rows of the sample are understood, {len(refused):,} are not.")
    for one in refused[:REFUSED]:
        NOTES.print(f"[red]row {one.line}[/] {escape(f'{one.column}: {one.value!r} {one.cause}')}")


def _across(field: str, column: str, rows: Sequence[Row]) -> dict[str, Any]:
    """A column, the field it is, and what the first rows say there: files have more columns than screens."""
    return {"column": column, "is": field} | {f"row {row.line}": mapped.shown(row.values.get(field)) for row in rows}
