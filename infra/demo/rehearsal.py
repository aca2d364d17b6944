"""`./wellkept rehearse`: every platform at once on a laptop. A shop of the local platform server is connected for each, its
recorded notifications are played, its history is read, and what came of it is shown."""

from __future__ import annotations

import base64
import json
import time
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Annotated, Any

import typer

from chalicelib import platforms
from chalicelib.effects.clock import FRESH, Moved
from chalicelib.effects.outbox import Outbox
from chalicelib.effects.secrets import Secrets
from chalicelib.effects.settings_items import SettingsItems
from chalicelib.effects.store import Store
from chalicelib.model.action import ERRANDS, ActionKind, ActionStatus
from chalicelib.model.errors import BadPayload, ConfigurationError
from chalicelib.settings import Settings
from chalicelib.steps import reconcile
from chalicelib.steps.inbox import DOOR
from chalicelib.steps.pulls import Pulls

from .. import connections, flow, recorded
from ..cli.screen import NOTES, SCREEN, AsJson, say_json, say_rows
from ..local.connect import outputs, settings_of
from ..stages import LOCAL, ROOT, Stage

NAME = "rehearsal"
REQUESTS = ROOT / "tests/platforms"
_STAGE = Stage(LOCAL)
_PATIENCE = 240.0
_SOON = timedelta(minutes=20)
# Any platform's kind of secret, for those that the local platform server does not speak for.
_SECRET = "whsec_" + base64.b64encode(b"the local platform server's word").decode()


@dataclass(frozen=True, slots=True)
class Came:
    """What came of a platform: notifications by how they were answered, details and lists that were read, what is known now.

    `failed` counts reads that could not be done (most often of what the local server does not know), `waiting` errands for
    later: polls of what is not final yet, a tracker's news whose order nobody told of.
    """

    platform: str
    notifications: int
    stored: int
    duplicate: int
    refused: int
    errors: int
    read: int
    failed: int
    waiting: int
    lists: str
    orders: int
    returns: int


def rehearse(
    names: Annotated[list[str] | None, typer.Argument(metavar="[PLATFORM]...", help="These alone; else all of them.")] = None,
    days: Annotated[int, typer.Option(min=1, max=400, help="How far back histories are read.")] = 40,
    as_json: AsJson = False,
) -> None:
    """Laptop only: connect a local shop of every platform, play its recorded news, read its history, show what came of it."""
    rows = [asdict(one) for one in came(settings_of(LOCAL), names or platforms.names(), timedelta(days=days))]
    if as_json:
        say_json(rows)
    else:
        say_rows(rows)


def came(settings: Settings, names: Iterable[str], back: timedelta) -> list[Came]:
    """Rehearse these platforms; what came of each. Safe to run again: then everything is a duplicate."""
    answers: dict[str, Counter[str]] = {}
    for name in names:
        with NOTES.status(f"Playing {name}"):
            open_shop(settings, name)
            answers[name] = Counter(_word(one) for one in _sent(settings, name))
            _begin(settings, name, back)
    _wait(settings)
    flow.drain(_STAGE)
    return [_came(settings, name, answers[name]) for name in answers]


def open_shop(settings: Settings, platform: str) -> None:
    """Connect the local shop of a platform."""
    module: Any = platforms.get(platform)
    path = REQUESTS / platform / "setup.json"
    written = json.loads(path.read_text()) if path.exists() else {}
    secret, setup = connections.rehearsal(platform, {})
    if not setup:
        secret, setup = _SECRET, written
    said = {**written, **setup}
    connections.connect(connections.Wanted(platform, NAME, secret, said, seller=NAME), settings)
    if getattr(module, "QUEUE", False):
        for seller in sorted(_sellers(platform, said)):
            Secrets(settings).route(f"{platform}/{DOOR}", seller, NAME)


def _sellers(platform: str, setup: dict[str, str]) -> set[str]:
    """Whose news was recorded, by the platform's own ids of shops."""
    module: Any = platforms.get(platform)
    found = set()
    for file in recorded.files(REQUESTS / platform):
        try:
            found.add(module.translate(replace(recorded.read(file), setup=setup), datetime.now(UTC)).seller)
        except BadPayload:
            continue
    return found - {None}


def _sent(settings: Settings, platform: str) -> Iterator[recorded.Sent]:
    """Play what was recorded of a platform, as it would come to the local shop."""
    module: Any = platforms.get(platform)
    door = DOOR if getattr(module, "QUEUE", False) else NAME
    webhooks = [(file.stem, recorded.to(recorded.read(file), door)) for file in recorded.files(REQUESTS / platform)]
    shops = {f"{platform}/{door}": Secrets(settings).shop(f"{platform}/{door}")}
    yield from recorded.send_all(webhooks, shops, flow.door(_STAGE), outputs(_STAGE)["InboxQueue"])


def _word(sent: recorded.Sent) -> str:
    if sent.status >= 500:
        return "errors"
    if sent.status >= 300:
        return "refused"
    return "duplicate" if '"duplicate"' in sent.answer else "stored"


def _begin(settings: Settings, platform: str, back: timedelta) -> None:
    try:
        fx = reconcile.effects(settings)
        reconcile.history(f"{platform}/{NAME}", fx, since=fx.there() - back)
    except ConfigurationError as err:
        NOTES.print(f"{platform}: its lists are not read: {err}", markup=False)


def _wait(settings: Settings) -> None:
    """Until no read is due soon. What waits for a platform's limit, or for a report to be made, is not waited for: the stage's
    clock is moved to it. A tracker's news may wait for an order that never comes."""
    moved, until = Moved(settings.settings_table), time.monotonic() + _PATIENCE
    with NOTES.status("Reading details and histories"):
        while time.monotonic() < until:
            flow.drain(_STAGE, patience=_PATIENCE)
            due = min((entry.action.due_at for entry in Outbox(settings).scan()
                       if entry.action.kind is ActionKind.FETCH and _open(entry.status)), default=None)  # fmt: skip
            if due is None or due > moved() + _SOON:
                return
            moved.move(max(timedelta(0), due - moved()))
            time.sleep(FRESH + 0.01)  # until every function knows
            flow.sweep(_STAGE)


def _open(status: ActionStatus) -> bool:
    return status in (ActionStatus.READY, ActionStatus.SENDING)


def _came(settings: Settings, platform: str, answers: Counter[str]) -> Came:
    source, store = f"{platform}/{NAME}", Store(settings)
    errands = Counter(entry.status for entry in Outbox(settings).scan()
                      if entry.action.kind in ERRANDS and entry.action.source == source)  # fmt: skip
    feeds = [feed for feed in Pulls(SettingsItems(settings.settings_table)).feeds(reconcile.effects(settings).there())
             if feed.source == source]  # fmt: skip
    known = [json.loads(data) for key, data, _ in store.scan_states() if key.startswith(f"{source}#")]
    facts: Counter[str] = Counter()
    for one in known:
        facts.update({word: len(some) for word, some in one.get("facts", {}).items()})
    return Came(
        platform, sum(answers.values()), answers["stored"], answers["duplicate"], answers["refused"], answers["errors"],
        errands[ActionStatus.DONE], errands[ActionStatus.FAILED], sum(n for status, n in errands.items() if _open(status)),
        ", ".join(f"{feed.what} {feed.condition}" for feed in feeds), facts["order"], facts["return"],
    )  # fmt: skip


def show(settings: Settings, names: Iterable[str]) -> None:
    """The same as a table, for the demo."""
    say_rows([asdict(one) for one in came(settings, names, timedelta(days=40))])
    SCREEN.print("     A local server speaks for the platforms; it refuses wrong signatures and tokens and keeps their limits.")
