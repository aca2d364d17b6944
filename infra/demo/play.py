"""`./wellkept demo`: three weeks of two shops on a running stack, and what to look at."""

from __future__ import annotations

import time
from collections import Counter
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from chalicelib import formats, metrics
from chalicelib.effects.keys import Keys
from chalicelib.effects.outbox import Outbox
from chalicelib.effects.shops import Shops
from chalicelib.effects.store import Store
from chalicelib.model.action import ActionKind, Entry
from chalicelib.settings import Settings

from .. import flow
from ..cli.look import ask, glance
from ..cli.mail import pages
from ..cli.screen import NOTES, SCREEN, say_rows
from ..local import up as local
from ..local.connect import settings_of
from ..local.home import Home
from ..local.relay import read
from ..stages import LOCAL, ROOT, Stage
from . import history, rehearsal, tales, weeks

# Where a real file of the format may lie beside the checkout; made up where there is none.
REAL = ROOT.parent / "shared/data/online_retail/online_retail_ii_first_20000.csv"
HISTORY = "online_retail/main"
FIGURES: dict[str, dict[str, str | int]] = {
    "Return rate by shop, as booked": {"by": "platform,shop"},
    "What comes back most, of what was bought in these months (50 units sold or more)": {
        "by": "sku",
        "dating": "cohort",
        "min_units": 50,
        "order": "rate_by_quantity",
        "limit": 6,
    },
}

_WORDS = """SELECT DISTINCT
    w.platform, w.order_id AS "order", w.language, r.native_reason AS code, w.text, r.reason, w.confidence
FROM words w JOIN returns r ON r.platform = w.platform AND r.shop = w.shop AND r.return_id = w.return_id
WHERE w.kind LIKE 'return%' AND w.text IS NOT NULL
ORDER BY w.confidence DESC, "order" LIMIT 12"""


def demo(
    orders: Annotated[int, typer.Option(min=2, max=2000, help="How many orders the two shops get, beside the told ones.")] = 60,
    file: Annotated[
        Path | None, typer.Option("--history", help="An Online Retail II file to import instead of the sample.")
    ] = None,
) -> None:
    """Start the stack, import history, play three weeks of two shops and show what was written to whom. Safe to run again."""
    began = time.monotonic()
    _say("1/7  Starting the local stack and deploying the package to it")
    stack = local.up(lambda text: SCREEN.print(f"     [dim]{text}[/]"))
    settings = settings_of(LOCAL)
    _say("2/7  Importing history")
    _import(settings, file)
    _say(f"3/7  Playing three weeks of two Shopify shops: {orders} orders and {len(tales.TALES)} that show something each")
    _play(settings, orders)
    _say("4/7  Folding them into orders and the lake")
    flow.settle(Stage(LOCAL))
    _say("5/7  What was written to buyers, and what was not")
    _messages(settings)
    _say("\n6/7  Four other platforms, spoken for by a local server: notifications, details and histories")
    rehearsal.show(settings, ("amazon", "ebay", "shopee", "tiktok_shop"))
    flow.settle(Stage(LOCAL))
    _say("\n7/7  Reading the figures back through Athena")
    for title, given in FIGURES.items():
        rows = ask(settings, metrics.render("return_rate", **given).sql)
        # Recorded samples of a platform are no trade: rates of them would say nothing.
        say_rows(glance("return_rate", [row for row in rows if row["shop"] != rehearsal.NAME]), f"\n{title}")
    say_rows(ask(settings, _WORDS), "\nWhat buyers wrote when they sent something back, and what was read in it")
    _next(stack.url, time.monotonic() - began)


def _say(text: str) -> None:
    SCREEN.print(f"[bold]{text}[/]")


def _import(settings: Settings, file: Path | None) -> None:
    from chalicelib.steps.import_ import import_file

    made = Home().folder / "demo" / "history.csv"
    path = file or (REAL if REAL.exists() else history.write(made))
    keys, store = Keys(settings), Store(settings)
    summary = import_file(path, formats.get("online_retail"), HISTORY, store, keys, datetime.now(UTC))
    Shops(settings.settings_table).note(HISTORY)
    found = summary.as_dict()
    SCREEN.print(
        "     " + ", ".join(f"{name.replace('_', ' ')} {value:,}" for name, value in found.items() if isinstance(value, int)),
        markup=False,
    )


def _play(settings: Settings, orders: int) -> None:
    shops = weeks.open_shops(settings)
    with NOTES.status("Playing") as spinner:
        for week in weeks.play(settings, shops, orders, lambda text: spinner.update(f"Playing: {text}")):
            came, became = (", ".join(f"{count} {word}" for word, count in sorted(some.items()) if count)
                            for some in (week.webhooks, week.actions))  # fmt: skip
            SCREEN.print(f"     week {week.number}  webhooks: {came or 'none'}; messages: {became or 'none'}", markup=False)


def _messages(settings: Settings) -> None:
    entries = [entry for entry in Outbox(settings).scan() if entry.action.kind is ActionKind.MESSAGE]
    became = Counter((str(entry.status), "" if entry.action.why is None else entry.action.why) for entry in entries)
    for (status, why), count in sorted(became.items(), key=lambda one: -one[1]):
        SCREEN.print(f"     {count:4} {status}{f': {why}' if why else ''}", markup=False)
    say_rows([_told(tale, entries) for tale in tales.TALES], "\nThe told orders")
    written = [page for line in read(Home().mail) for page in pages(Home().mail / line["file"], Home().mail / "pages")]
    SCREEN.print(f"\n{sum(1 for page in written if page.suffix == '.html')} mails as they went out: {Home().mail / 'pages'}")


def _told(tale: tales.Tale, entries: list[Entry]) -> dict[str, object]:
    """A told order: what it shows, and its messages in the order they were due."""
    own = sorted((entry for entry in entries if entry.action.subject == f"order:{tale.number}"), key=_due)
    said = [f"{entry.action.data['touchpoint']} {entry.outcome or entry.status}" for entry in own]
    return {"order": str(tale.number), "shows": tale.shows, "its messages": "; ".join(said) or "none"}


def _due(entry: Entry) -> datetime:
    return entry.action.due_at


def _next(url: str, seconds: float) -> None:
    SCREEN.print(f"\n[green]Ready[/] after {seconds:.0f} s. Open [link={url}]{url}[/link], or try:")
    for line in (
        "./wellkept mail --open                        the last mail, in the browser; --out FOLDER writes them all",
        "./wellkept outbox --order 990001              every message of one order, and why it was or was not sent",
        "./wellkept order 990004                       one order, all that is known; events order:990004 the same as events",
        "./wellkept metric return_reasons --by sku     why things come back; correct puts your word above the reading",
        "./wellkept cases                              what waits for an answer, by when, and what happens on silence",
        "./wellkept rehearse                           every platform at once; feeds: what is read at them",
        "./wellkept preview how_is_it --lang zh        a message in Chinese, as its buyer would read it",
        "./wellkept clock +3d                          three more days: see what falls due",
        "./wellkept metric return_rate --by month --with dating=cohort",
        "./wellkept replay                             prove every state from the log",
        "./wellkept down                               stop; everything is kept",
    ):
        SCREEN.print(f"  [cyan]{line}[/]", markup=True)
