"""The commands about actions: what was or was not done and why, a person's answers, dead letters, the breaker."""

from __future__ import annotations

from collections import Counter
from datetime import datetime
from typing import Annotated, Any

import typer

from chalicelib.effects.breaker import Breaker
from chalicelib.effects.clock import clock
from chalicelib.effects.outbox import Outbox
from chalicelib.effects.work import WorkQueue
from chalicelib.model.action import FOR_A_PERSON, ActionStatus, Entry

from ..local.connect import outputs, settings_of
from ..problems import Problem
from ..redrive import redrive as bring_back
from ..stages import LOCAL, Stage
from .screen import SCREEN, AsJson, OfShop, OnStage, say_json, say_rows

_GLANCE = ("key", "status", "why", "due", "settled", "channel", "tries", "outcome")


def outbox(
    status: Annotated[str, typer.Option(help="Only these: ready, sent, suppressed, held, unknown, failed, done.")] = "",
    order: Annotated[str, typer.Option(help="Only this order, by the platform's own id.")] = "",
    outcome: Annotated[str, typer.Option(help="Only with this news from the mail provider: bounced, complained.")] = "",
    shop: OfShop = "",
    stage: OnStage = LOCAL,
    as_json: AsJson = False,
) -> None:
    """Show every action: each message and why it was sent, held or suppressed. Never an address."""
    if status and status not in {str(one) for one in ActionStatus}:
        raise Problem(f"{status!r} is not a status.", f"One of: {', '.join(ActionStatus)}.")
    wanted = {"status": status, "subject": f"order:{order}" if order else "", "outcome": outcome, "shop": shop}
    rows = (row(entry) for entry in Outbox(settings_of(stage)).scan())
    found = [row for row in rows if all(not one or row[name] == one for name, one in wanted.items())]
    found.sort(key=lambda row: (row["due"], row["key"]))
    if as_json:
        say_json(found)
        return
    say_rows([{name: row[name] for name in _GLANCE} for row in found])
    for (word, why), count in sorted(_summary(found).items()):
        SCREEN.print(f"{count:,} {word}" + (f": {why}" if why else ""), markup=False)


def row(entry: Entry) -> dict[str, Any]:
    """An action as a person sees it, without the keyed hash of whom it went to."""
    one = entry.action
    return {
        "key": one.key, "kind": str(one.kind), "touchpoint": one.data.get("touchpoint"), "shop": one.source,
        "subject": one.subject, "status": str(one.status), "why": one.why, "due": one.due_at, "not_after": one.not_after,
        "made": entry.made_at, "settled": entry.settled_at, "channel": entry.channel, "tries": entry.tries,
        "outcome": entry.outcome, "provider_id": entry.provider_id,
    }  # fmt: skip


def _summary(rows: list[dict[str, Any]]) -> Counter[tuple[str, str]]:
    return Counter((one["status"], one["why"] or "") for one in rows)


def answer(
    key: Annotated[str, typer.Argument(help="The action, as ./wellkept outbox shows it.")],
    send: Annotated[bool, typer.Option("--send/--leave", help="Do it, or leave it for good.", show_default=False)],
    stage: OnStage = LOCAL,
) -> None:
    """Answer for an action that is held, or whose fate is unknown: send it, or leave it."""
    settings = settings_of(stage)
    book, now = Outbox(settings), clock(settings)()
    entry = book.get(key)
    if entry is None:
        raise Problem(f"There is no action {key!r}.", "See ./wellkept outbox --status held, or --status unknown.")
    if entry.status not in FOR_A_PERSON and not _answered(entry, send):
        raise Problem(f"Nobody has to answer for it: it is {entry.status}.", "See ./wellkept outbox --status held.")
    _note(book, entry, send, now)
    if send:
        WorkQueue(settings.work_queue, settings.errand_queue).send([key])
    SCREEN.print("It goes out now, unless something speaks against it" if send else "It is left", markup=False)


def _answered(entry: Entry, send: bool) -> bool:
    """Given this answer before, and stopped before it was queued."""
    return send and entry.status is ActionStatus.READY and entry.action.why == _WORDS[True]


_WORDS = {True: "a person said: send it", False: "a person said: leave it"}


def _note(book: Outbox, entry: Entry, send: bool, now: datetime) -> None:
    status = ActionStatus.READY if send else ActionStatus.SUPPRESSED
    if entry.status in FOR_A_PERSON and not book.answer(entry.action.key, status, now, _WORDS[send]):
        raise Problem("Somebody else answered at this moment.", "See ./wellkept outbox for what became of it.")


def redrive(stage: OnStage = LOCAL, as_json: AsJson = False) -> None:
    """Bring dead letters back to work, once their cause is put right. Safe to run twice."""
    settings_of(stage)
    done = list(bring_back(outputs(Stage(stage))))
    if as_json:
        say_json([{"queue": one.queue, "back": one.back, "left": one.left} for one in done])
        return
    for one in done:
        SCREEN.print(f"{one.queue}: {one.back} brought back" + (f", {one.left} left" if one.left else ""))
    if any(one.left for one in done):
        SCREEN.print("What is left names stream records that are gone: ./wellkept replay --repair makes the states right")


breaker_app = typer.Typer(help="Why mail is paused, and letting it go out again.", invoke_without_command=True)


@breaker_app.callback()
def breaker(context: typer.Context, stage: OnStage = LOCAL) -> None:
    """Show whether mail is paused, and why."""
    if context.invoked_subcommand is None:
        trip = Breaker(settings_of(stage)).trip()
        SCREEN.print(f"Paused since {trip.at}: {trip.why}" if trip else "Mail goes out", markup=False)


@breaker_app.command()
def reset(stage: OnStage = LOCAL) -> None:
    """Let mail go out again. Held messages stay held: ./wellkept outbox --status held."""
    done = Breaker(settings_of(stage)).reset()
    SCREEN.print("Mail goes out again; only what happens from now on is judged" if done else "It had not tripped")
