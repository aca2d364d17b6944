"""Three weeks of two shops on the local stage: webhooks as they come, messages as they fall due, one click on "unsubscribe"."""

from __future__ import annotations

import email
import http.client
import secrets as chance
import time
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from email.policy import default as default_policy

from chalicelib.effects.clock import clock
from chalicelib.effects.secrets import Secrets, Shop
from chalicelib.effects.settings_items import SettingsItems
from chalicelib.effects.shops import Shops
from chalicelib.model import times
from chalicelib.model.errors import UnknownShop
from chalicelib.settings import Settings

from .. import flow, profiles, recorded
from ..ahead import ahead
from ..local.condition import unread
from ..local.connect import outputs
from ..local.home import Home
from ..local.process import HOST
from ..local.relay import read
from ..stages import LOCAL, Stage
from . import lives, tales

DAYS = 21
SLOT, HOP = timedelta(hours=12), timedelta(hours=2)
SHOPS = {"shopify/demo": "Example Home", "shopify/demo-wear": "Example Wear"}
_STAGE = Stage(LOCAL)
_BEGAN = "demo"


@dataclass
class Week:
    """What a week came to: webhooks by their answer, actions by what became of them."""

    number: int
    webhooks: Counter[str] = field(default_factory=Counter)
    actions: Counter[str] = field(default_factory=Counter)


def open_shops(settings: Settings) -> dict[str, Shop]:
    """Connect both shops and say how they write to their buyers; what they are connected with by platform/shop."""
    known, shops, found = Secrets(settings), Shops(settings.settings_table), {}
    for source, title in SHOPS.items():
        try:
            found[source] = known.shop(source)
        except UnknownShop:
            found[source] = known.add(source, chance.token_hex(24), keep_old=False)
        sender = f"care@{source.partition('/')[2]}.example.com"
        shops.note(source)
        shops.change(
            source, title=title, sender=sender, reply_to=sender, postal="1 Example Street, 00000 Town", zone="Europe/London",
            domain=f"{source.partition('/')[2]}.myshopify.com", url=f"https://{source.partition('/')[2]}.example.com",
        )  # fmt: skip
        profiles.verify(sender, local=True)
    return found


def play(settings: Settings, shops: dict[str, Shop], orders: int, say: Callable[[str], None]) -> Iterator[Week]:
    """Play the weeks, moving the clock along. Played before, everything is known and the clock stays where it is."""
    start = _start(settings)
    coming, now, clicked = _sendings(start, orders), clock(settings), False
    for number in range(DAYS // 7):
        week = Week(number + 1)
        for slot in range(timedelta(days=7) // SLOT):
            until = start + timedelta(days=7 * number) + SLOT * (slot + 1)
            say(f"day {(until - start).days + 1}: {week.webhooks['stored']} webhooks, {week.actions['sent']} mails")
            for hop in ahead(_STAGE, settings, until - now(), HOP) if until > now() else ():
                week.actions.update(hop.became)
            arriving = [one for one in coming if until - SLOT < one.at <= until]
            if arriving:
                week.webhooks.update(_deliver(arriving, shops))
                week.actions.update(_settle())
            clicked = clicked or _unsubscribe()
        yield week


def _start(settings: Settings) -> datetime:
    """When the demo began: now, or when it was first run."""
    items = SettingsItems(settings.settings_table)
    began = items.get(_BEGAN) or times.text(clock(settings)().replace(minute=0, second=0, microsecond=0))
    items.put(_BEGAN, began)
    return times.parse(began, "demo")


def _sendings(start: datetime, orders: int) -> list[lives.Sending]:
    """Every webhook of the three weeks, of both shops, in the order of arrival: some late, some twice."""
    end = start + timedelta(days=DAYS)
    some = [one for n, source in enumerate(SHOPS)
            for one in lives.play(source.partition("/")[2], orders // 2, end, seed=3 + n, days=DAYS)]  # fmt: skip
    return sorted([*tales.play("demo", start), *some], key=lambda one: one.at)


def _deliver(sendings: list[lives.Sending], shops: dict[str, Shop]) -> Counter[str]:
    """Send webhooks, signed; how they were answered."""
    sent = recorded.send_all([("", one.webhook) for one in sendings], shops, flow.door(_STAGE), outputs(_STAGE)["InboxQueue"])
    return Counter(_word(one) for one in sent)


def _word(sent: recorded.Sent) -> str:
    return next((word for word in ("stored", "duplicate") if f'"{word}"' in sent.answer), f"answered {sent.status}")


def _settle(patience: float = 60) -> Counter[str]:
    """Wait until what came in is folded and what it asked for at once is done."""
    home, before, until = Home(), _mails(), time.monotonic() + patience
    while unread(home, outputs(_STAGE))["EventsTable"] + flow.moving(_STAGE) and time.monotonic() < until:
        time.sleep(0.05)
    return Counter({"sent": _mails() - before})


def _mails() -> int:
    return sum(1 for _ in read(Home().mail))


def _unsubscribe() -> bool:
    """What a mail program does when somebody clicks "unsubscribe" (RFC 8058): one POST to the address in the header."""
    folder = Home().mail
    line = next((line for line in read(folder) if tales.LEAVING in line["to"]), None)
    if line is None:
        return False
    message = email.message_from_bytes((folder / line["file"]).read_bytes(), policy=default_policy)
    path = "/" + str(message["List-Unsubscribe"]).strip("<>").partition("://")[2].partition("/")[2]
    connection = http.client.HTTPConnection(HOST, Home().port(), timeout=30)
    headers = {"host": f"wellkept.localhost:{Home().port()}", "content-type": "application/x-www-form-urlencoded"}
    connection.request("POST", path, "List-Unsubscribe=One-Click", headers)
    answer = connection.getresponse()
    connection.close()
    return answer.status == 200
