"""The commands about why things come back: reading texts, correcting a reason, what corrections teach, keywords."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path
from typing import Annotated, Any

import typer

from chalicelib.effects.clock import clock
from chalicelib.effects.store import Store
from chalicelib.model.errors import BadPayload, WellkeptError
from chalicelib.model.words import REASON_GROUPS, Reason
from chalicelib.rules.keywords.values import Keyword
from chalicelib.settings import Settings
from chalicelib.steps import correct as correcting
from chalicelib.steps.speaking import reading_of, speaks

from ..local.connect import settings_of
from ..problems import Problem
from ..stages import LOCAL
from .screen import NOTES, SCREEN, AsJson, OnStage, say_json, say_rows


def classify(
    workers: Annotated[int | None, typer.Option(min=1, max=64, help="Processes side by side; by default one a core.")] = None,
) -> None:
    """Read texts for their reason: JSON Lines in (id, text, lang?, platform?, code?), JSON Lines out. Needs no stack.

    ./wellkept classify < in.jsonl > out.jsonl
    """
    from chalicelib.steps.classify import classify as answers

    def progress(done: int) -> None:
        if sys.stderr.isatty() or done % 1024 == 0:
            sys.stderr.write(f"\r{done:,} texts read" if sys.stderr.isatty() else f"{done:,} texts read\n")
            sys.stderr.flush()

    sys.stdin.reconfigure(encoding="utf-8", errors="replace")  # type: ignore[union-attr]
    sys.stdout.reconfigure(encoding="utf-8")  # type: ignore[union-attr]
    for line in answers(sys.stdin, workers or os.cpu_count() or 1, progress):
        sys.stdout.write(line + "\n")
    if sys.stderr.isatty():
        sys.stderr.write("\n")


def correct(
    shop: Annotated[str, typer.Argument(metavar="PLATFORM/NAME", help="The shop.")],
    order: Annotated[str, typer.Argument(metavar="ORDER", help="The platform's own id of the order.")],
    return_id: Annotated[str, typer.Argument(metavar="RETURN", help="The platform's own id of the return.")],
    label: Annotated[str, typer.Option("--label", help=f"The reason: {', '.join(Reason)}.")] = "",
    line: Annotated[str, typer.Option("--line", help="The return's line; all of its lines by default.")] = "",
    special: Annotated[
        bool | None, typer.Option("--special/--not-special", help="Unfair: it counts in no analysis. Or take that back.")
    ] = None,
    stage: OnStage = LOCAL,
    as_json: AsJson = False,
) -> None:
    """Correct why something came back. Your word wins over code and model, for good."""
    if label and label not in REASON_GROUPS:
        raise Problem(f"{label!r} is no reason.", f"The reasons are: {', '.join(Reason)}.")
    settings = settings_of(stage)
    said = correcting.Correction(Reason(label) if label else None, special, line or None)
    try:
        done = correcting.correct(Store(settings), shop, f"order:{order}", return_id, said, clock(settings)())
    except BadPayload as err:
        raise Problem(str(err), f"See what is known: ./wellkept order {order} --shop {shop}") from None
    if as_json:
        say_json({"id": done.id, "subject": done.subject})
    else:
        unfair = "" if special is None else ", special" if special else ", not special"
        SCREEN.print(f"Corrected: {label or 'the reason stays'}{unfair}")


def corrections(stage: OnStage = LOCAL) -> None:
    """What people's corrections teach, as JSON Lines for the next training: masked words and the corrected label."""
    for one in correcting.taught(Store(settings_of(stage)).scan_states()):
        sys.stdout.write(json.dumps(one, ensure_ascii=False) + "\n")


def reread(
    shop: Annotated[str, typer.Argument(metavar="PLATFORM/NAME", help="One shop alone.")] = "", stage: OnStage = LOCAL
) -> None:
    """Have buyers' words read again that this version of the classifier has not read. Bodies older than 30 days are gone."""
    settings = settings_of(stage)
    asked = again(settings, shop)
    SCREEN.print(f"{asked} deliveries are being read; what is in them shows in a moment: ./wellkept events")


def again(settings: Settings, shop: str = "") -> int:
    """Queue every delivery that may hold words and that this version has not read; how many."""
    from chalicelib.effects.queue import WordsQueue
    from chalicelib.rules.reasons import model

    store, queue, version = Store(settings), WordsQueue(settings.words_queue), model.head().version
    subjects = sorted({(one.source, one.subject) for one in store.scan_events() if shop in ("", one.source)})
    asked = 0
    for source, subject in subjects:
        told = store.events(source, subject)
        read = {one.id for one in told}
        for one in told:
            if speaks(one) and reading_of(one.id, version) not in read:
                queue.send(f"{source}#{subject}", one.id)
                asked += 1
    NOTES.print(f"{len(subjects)} subjects looked at")
    return asked


def keywords(
    sku: Annotated[str, typer.Option("--sku", help="One product; all of them by default.")] = "",
    file: Annotated[
        Path | None, typer.Option("--file", help="JSON Lines, not the lake: id, text, lang?, kind?, rating?, sku?, category?")
    ] = None,
    category: Annotated[str, typer.Option("--category", help="Of a file: one category.")] = "",
    most: Annotated[int, typer.Option(min=1, max=1000, help="At most so many phrases.")] = 30,
    stage: OnStage = LOCAL,
    as_json: AsJson = False,
) -> None:
    """Show what buyers say more often when something is wrong: phrases of twenty languages, joined by meaning."""
    from chalicelib.steps import keywords as step

    try:
        if file:
            with file.open(encoding="utf-8", errors="replace") as lines:
                found = step.of_lines(lines, sku or None, category or None, most)
        else:
            found = step.of_lake(settings_of(stage), sku or None, most)
    except (WellkeptError, OSError) as err:
        raise Problem(str(err), "docs/keywords.md says what is read, and how.") from None
    if as_json:
        say_json([one.as_dict() for one in found])
    elif found:
        say_rows([_keyword(one) for one in found])
    else:
        SCREEN.print("Nothing stands out: too few complaints with words, or they say what everybody says.")


def _keyword(one: Keyword) -> dict[str, Any]:
    others = ", ".join(spelling.words for spelling in one.spellings[1:4])
    return {
        "phrase": one.phrase, "also": others or None, "aspect": one.aspect, "reason": one.label,
        "complaints": f"{one.n_complaints} of {one.complaints}", "otherwise": f"{one.n_background} of {one.background}",
        "times": f"{one.lift:.1f} ({one.low:.1f}-{one.high:.1f})", "polarity": f"{one.polarity:+.2f}",
        "such as": one.examples[0].excerpt if one.examples else None,
    }  # fmt: skip
