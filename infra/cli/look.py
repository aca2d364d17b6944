"""The commands that look: at the log, at states, at the lake and its figures."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, Any

import typer
from rich.progress import Progress

from chalicelib.effects.secrets import Secrets
from chalicelib.effects.store import Store
from chalicelib.model import log, state
from chalicelib.model.errors import BadPayload, WellkeptError
from chalicelib.model.event import Delivery
from chalicelib.settings import Settings

from ..local.connect import settings_of
from ..problems import Problem
from ..stages import LOCAL
from .screen import NOTES, SCREEN, AsJson, OfShop, OnStage, say_json, say_rows


def events(
    subject: Annotated[str, typer.Argument(help="Such as order:1001, return:77 or rejected:2026-11-22.")],
    shop: OfShop = "",
    stage: OnStage = LOCAL,
    as_json: AsJson = False,
) -> None:
    """Show every event of a subject, as it is in the log."""
    settings = settings_of(stage)
    found = [one for source in _sources(settings, shop) for one in _known(Store(settings), source, subject)]
    if not found:
        raise Problem(f"The log holds nothing about {subject!r}.", "Check the subject, or name the shop: --shop platform/name")
    rows = [_row(delivery, n) for delivery in sorted(found, key=lambda one: one.received) for n in range(len(delivery.events))]
    if as_json:
        say_json(rows)
    else:
        say_rows([{name: row[name] for name in ("time", "type", "origin", "shop", "subject", "id")} for row in rows])


def _known(store: Store, source: str, subject: str) -> Iterator[Delivery]:
    """A subject's own deliveries and those under native ids that lead to it."""
    from chalicelib.steps.react import gather

    yield from gather(store, source, store.order_of(source, subject) or subject).deliveries


def _row(delivery: Delivery, n: int) -> dict[str, Any]:
    event = delivery.events[n]
    return {
        "time": event.time, "type": str(event.type), "origin": str(delivery.origin), "shop": delivery.source,
        "subject": delivery.subject,
        "id": delivery.id, "received": delivery.received, "native": dict(event.native),
        "facts": [log.fact_out(fact) for fact in event.facts],
    }  # fmt: skip


def order(
    id_: Annotated[str, typer.Argument(metavar="ID", help="The platform's own id of the order.")],
    shop: OfShop = "",
    stage: OnStage = LOCAL,
    as_json: AsJson = False,
) -> None:
    """Show what is known about an order: lines, parcels, returns on their four axes, refunds, disputes."""
    settings = settings_of(stage)
    store, subject = Store(settings), f"order:{id_}"
    found = [(source, *store.state(source, subject)) for source in _sources(settings, shop)]
    known = [(source, data, version) for source, data, version in found if data is not None]
    if not known:
        raise Problem(f"No shop has an order {id_!r}.", "Give the platform's own id; --shop platform/name narrows it down.")
    for _, data, version in known:
        assert data is not None
        one = state.load(data)
        if as_json:
            say_json({"version": version, **_plain(one)})
        else:
            _show(one, version)


def _plain(one: state.State) -> dict[str, Any]:
    import json

    return dict(json.loads(state.dump(one)))


def _show(one: state.State, version: int) -> None:
    SCREEN.print(f"[bold]{one.source} {one.subject}[/]  version {version}")
    for word in one.facts:
        SCREEN.print(f"\n[bold]{word}[/]")
        for id_, fact in _plain(one)["facts"][word].items():
            values = "  ".join(f"[dim]{name}[/] {value}" for name, value in fact.items() if name != "id")
            SCREEN.print(f"  {id_}  {values}", markup=True)
    for problem in one.problems:
        SCREEN.print(f"[yellow]! {problem}[/]")


def query(
    sql: Annotated[str, typer.Argument(help="SQL in Athena's dialect; tables are described in docs/lake.md.")],
    stage: OnStage = LOCAL,
    as_json: AsJson = False,
) -> None:
    """Ask the lake, as Athena would be asked."""
    rows = ask(settings_of(stage), sql)
    if as_json:
        say_json(rows)
    else:
        say_rows(rows)


def reasons(
    unknown: Annotated[bool, typer.Option("--unknown", help="Only those that no file in platforms/reasons knows.")] = False,
    stage: OnStage = LOCAL,
    as_json: AsJson = False,
) -> None:
    """Count the platforms' own reason codes in the lake, and what they are to us. Unknown ones are kept, never refused."""
    only = " AND reason_stated IS NULL" if unknown else ""
    rows = ask(settings_of(stage), _REASONS.format(only=only))
    if as_json:
        say_json(rows)
    elif rows:
        say_rows(rows)
    else:
        SCREEN.print("Every code that came so far is known." if unknown else "No return with a reason is in the lake yet.")


_REASONS = """SELECT platform, native_reason, reason_stated, fault, count(*) AS lines, max(requested_at) AS latest FROM returns
WHERE native_reason IS NOT NULL{only} GROUP BY 1, 2, 3, 4 ORDER BY lines DESC, platform, native_reason LIMIT 200"""


def ask(settings: Settings, sql: str) -> list[dict[str, Any]]:
    """The rows of a statement in Athena's dialect."""
    from chalicelib.effects.athena import Athena
    from chalicelib.metrics import dialect

    try:
        return Athena(settings, dialect.local).ask(sql)
    except WellkeptError as err:
        raise Problem(str(err), "The tables and columns are in docs/lake.md.") from err


def metric(
    name: Annotated[str, typer.Argument(help="A metric of the dictionary, such as return_rate; docs/metrics.md has them all.")],
    by: Annotated[str, typer.Option("--by", help="How to split it, such as month, country or sku.")] = "all",
    with_: Annotated[
        list[str] | None, typer.Option("--with", metavar="PARAMETER=VALUE", help="Any parameter of the metric.")
    ] = None,
    sql: Annotated[bool, typer.Option("--sql", help="Show the statement instead of running it.")] = False,
    stage: OnStage = LOCAL,
    as_json: AsJson = False,
) -> None:
    """Show a metric. It is defined once, in chalicelib/metrics/NAME.sql."""
    from chalicelib import metrics

    given = dict(_pair(text) for text in with_ or [])
    try:
        statement = metrics.render(name, **{"by": by, **given})
    except BadPayload as err:
        raise Problem(str(err), "See docs/metrics.md, or: ./wellkept metric NAME --help") from None
    if sql:
        SCREEN.print(statement.sql, markup=False)
        return
    rows = ask(settings_of(stage), statement.sql)
    if as_json:
        say_json({"metric": name, "parameters": dict(statement.parameters), "rows": rows})
    else:
        say_rows(
            glance(name, rows),
            f"{metrics.get(name).title['en']} · {', '.join(f'{key} = {value}' for key, value in statement.parameters.items())}",
        )
        SCREEN.print("[dim]--json has every column; what each means is in docs/metrics.md[/]")


def glance(name: str, rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """A metric's rows without the columns that only a program asks for."""
    from chalicelib import metrics

    return [{column: row[column] for column in metrics.get(name).glance} for row in rows]


def _pair(text: str) -> tuple[str, str]:
    name, equals, value = text.partition("=")
    if not equals:
        raise Problem(f"--with {text!r} is not PARAMETER=VALUE.", "Write it like --with dating=cohort")
    return name.strip(), value.strip()


def replay(
    repair: Annotated[bool, typer.Option("--repair", help="Write the states that differ anew.")] = False,
    stage: OnStage = LOCAL,
    as_json: AsJson = False,
) -> None:
    """Compute every state again from the log and prove it byte-equal to what is stored."""
    from chalicelib.steps.replay import replay as prove

    store = Store(settings_of(stage))
    with Progress(console=NOTES, transient=True) as bar:
        task = bar.add_task("Replaying", total=None)
        report = prove(store, repair, lambda done: bar.update(task, completed=done))
    found = {
        "proven": report.proven, "events": report.events, "subjects": report.subjects, "equal": report.equal,
        "differ": report.differ,
        "missing": report.missing, "without_events": report.without_events, "repaired": report.repaired,
    }  # fmt: skip
    if as_json:
        say_json(found)
    elif report.proven:
        SCREEN.print(
            f"[green]Proven:[/] {report.equal:,} states rebuilt from {report.events:,} deliveries, every one byte-equal"
        )
    else:
        say_rows([{name: len(value) if isinstance(value, list) else value for name, value in found.items()}])
        SCREEN.print("first: " + ", ".join((report.differ + report.missing + report.without_events)[:5]), markup=False)
    if not report.proven:
        raise typer.Exit(1)


def _sources(settings: Settings, shop: str) -> list[str]:
    """The shop asked for, else every one that is connected or was imported."""
    if shop:
        return [shop]
    connected = Secrets(settings).names()
    return sorted({*connected, *imported(settings)}) or ["none/none"]


def imported(settings: Settings) -> list[str]:
    """Shops that history was imported for."""
    from chalicelib.effects.shops import Shops

    return Shops(settings.settings_table).all()
