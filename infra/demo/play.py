"""`./wellkept demo`: a running stack with history and a month of one Shopify shop in it, and what to look at."""

from __future__ import annotations

import secrets
import time
from collections import Counter
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from chalicelib import formats, metrics
from chalicelib.effects.keys import Keys
from chalicelib.effects.secrets import Secrets
from chalicelib.effects.shops import Shops
from chalicelib.effects.store import Store
from chalicelib.model.errors import UnknownShop
from chalicelib.settings import Settings

from .. import flow, recorded
from ..cli.look import ask, glance
from ..cli.screen import SCREEN, say_rows
from ..local import up as local
from ..local.connect import settings_of
from ..local.home import Home
from ..stages import LOCAL, ROOT, Stage
from . import history, lives

SHOP = "demo"
# Where a real file of the format may lie beside the checkout; made up where there is none.
REAL = ROOT.parent / "shared/data/online_retail/online_retail_ii_first_20000.csv"
HISTORY = "online_retail/main"
FIGURES: dict[str, dict[str, str | int]] = {
    "Return rate by shop, as booked": {"by": "platform,shop"},
    "Return rate by month, as booked": {"by": "month"},
    "What comes back most, of what was bought in these months (50 units sold or more)": {
        "by": "sku",
        "dating": "cohort",
        "min_units": 50,
        "order": "rate_by_quantity",
        "limit": 8,
    },
}


def demo(
    orders: Annotated[int, typer.Option(min=1, max=5000, help="How many Shopify orders to play.")] = 120,
    file: Annotated[
        Path | None, typer.Option("--history", help="An Online Retail II file to import instead of the sample.")
    ] = None,
) -> None:
    """Start the stack, import history, play signed webhooks and show the figures. Safe to run again."""
    began = time.monotonic()
    _say("1/5  Starting the local stack and deploying the package to it")
    stack = local.up(lambda text: SCREEN.print(f"     [dim]{text}[/]"))
    settings = settings_of(LOCAL)
    _say("2/5  Importing history")
    _import(settings, file)
    _say(f"3/5  Playing {orders} Shopify orders of the last {lives.DAYS} days as signed webhooks, some late, some twice")
    _play(settings, orders)
    _say("4/5  Folding them into orders and the lake")
    flow.settle(Stage(LOCAL))
    _say("5/5  Reading the figures back through Athena")
    _figures(settings)
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
    shops, source = Secrets(settings), f"shopify/{SHOP}"
    try:
        secret = shops.shop(source).secrets[0]
    except UnknownShop:
        secret = shops.add(source, secrets.token_hex(24), keep_old=False).secrets[0]
    # Whole days, so that the demo of a day can be run again and changes nothing.
    now = datetime.now(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    webhooks = [("", one.webhook) for one in lives.play(SHOP, orders, now)]
    answers = Counter(_word(one) for one in recorded.send_all(webhooks, {source: secret}, flow.door(Stage(LOCAL))))
    SCREEN.print("     " + ", ".join(f"{word} {count:,}" for word, count in sorted(answers.items())), markup=False)


def _word(sent: recorded.Sent) -> str:
    for word in ("stored", "duplicate"):
        if f'"{word}"' in sent.answer:
            return word
    return f"answered {sent.status}"


def _figures(settings: Settings) -> None:
    for title, given in FIGURES.items():
        say_rows(glance(ask(settings, metrics.render("return_rate", **given).sql)), f"\n{title}")


def _next(url: str, seconds: float) -> None:
    SCREEN.print(f"\n[green]Ready[/] after {seconds:.0f} s. Open [link={url}]{url}[/link], or try:")
    for line in (
        "./wellkept order 880000                       one order, all that is known",
        "./wellkept events order:880000                the events behind it",
        "./wellkept metric return_rate --by month --with dating=cohort",
        './wellkept query "SELECT reason_stated, count(*) AS n FROM returns GROUP BY 1 ORDER BY 2 DESC"',
        "./wellkept replay                             prove every state from the log",
        "./wellkept shop add shopify NAME --secret ... connect a shop of yours",
        "./wellkept down                               stop; everything is kept",
    ):
        SCREEN.print(f"  [cyan]{line}[/]", markup=True)
