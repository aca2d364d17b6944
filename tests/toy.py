"""A small platform dropped beside the real ones: orders with ids, read one by one or as a list of pages of two."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from chalicelib import platforms

MODULE = '''
import json
from datetime import timedelta
from chalicelib.model.call import Answer, Denied, Limit, Read, Request, Resource, Token
from chalicelib.model.errors import BadPayload, BadSignature, Ignored
from chalicelib.model.event import Event, Link, Translated, Want
from chalicelib.model.facts import OrderFact, ShipmentFact
from chalicelib.model.reply import Reply
from chalicelib.model.words import EventType
from chalicelib.model import times
from chalicelib.platforms import _calls
from chalicelib.platforms._signing import with_headers

TITLE, SECRET, TOPICS, SETUP = "Toy", "any word", {"order": 1}, {"refresh_token": "the token", "id": "the shop"}
ANSWER = Reply(200, b"")
DAY = timedelta(days=1)
READS = {
    "order": Resource("an order", Limit(1000, 1000)),
    "orders": Resource("orders", Limit(1000, 1000), back=90 * DAY, window=30 * DAY, every=timedelta(hours=1), again=7 * DAY),
    "public_key": Resource("a key", Limit(10, 10), token=""),
}

def handshake(webhook, secrets, now):
    return Reply(200, "hello") if webhook.method == "GET" else None

def verify(webhook, secrets, now):
    if webhook.headers.get("x-for") == "others":
        raise Ignored("not ours")
    if webhook.headers.get("x-word") not in secrets:
        raise BadSignature("no such word")

def sign(webhook, secret, now):
    return with_headers(webhook, {"x-word": secret})

def translate(webhook, received):
    body = json.loads(webhook.body)
    wants, at = (Want("order", body["id"]),), times.parse(body["at"], "at")
    event = Event(EventType.ORDER_CHANGED, at, wants=wants, native={"topic": "order"})
    return Translated(f"push:{body['id']}:{body['at']}", f"order:{body['id']}", (event,), seller=body.get("shop"))

def request(read, account, now):
    _calls.needs(account, "id")
    url = f"https://toy.example.com/{read.what}/{read.about.get('id', '')}?{read.cursor}"
    return Request("GET", url, {"x-access": account.access})

def answer(read, response, account, now):
    body = _calls.json_object(response, now).value
    if read.what == "public_key":
        return Answer(text=body["key"])
    found = tuple(_calls.found("order", one["id"], one, lambda id_, one=one: told(id_, one)) for one in body["orders"])
    then = (_calls.at_page(read, body["next"]),) if body.get("next") else ()
    return Answer(found, then + tuple(Read("order", {"id": id_}) for id_ in body.get("details", ())))

def told(id_, one):
    at = times.parse(one["at"], "at")
    links = (Link("tracking", one["tracking"]),) if one.get("tracking") else ()
    facts = (OrderFact(one["id"], at, placed_at=at, currency="EUR"),)
    facts += (ShipmentFact("s" + one["id"], at, tracking=one["tracking"]),) if one.get("tracking") else ()
    return Translated(id_, f"order:{one['id']}", (Event(EventType.ORDER_CHANGED, at, facts, {"topic": "order"}, links=links),))

def renewal(kind, account, now):
    return Request("POST", "https://toy.example.com/token", {}, account.refresh.encode())

def renewed(kind, response, account, now):
    if response.status != 200:
        raise Denied("authorise again")
    return Token(response.body.decode(), now + DAY)
'''

TRACKER = '''
from chalicelib.platforms.toy import *
TITLE, TRACKER = "Toy tracker", True
'''


@contextmanager
def beside_the_others(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The toy and its tracker in the folder of the platforms, for a while."""
    copy = tmp_path / "platforms"
    shutil.copytree(platforms.__path__[0], copy)
    (copy / "toy.py").write_text(MODULE)
    (copy / "toytracker.py").write_text(TRACKER)
    monkeypatch.setattr(platforms, "__path__", [str(copy)])
    platforms.names.cache_clear()
    yield
    platforms.names.cache_clear()
    for name in ("toy", "toytracker"):
        sys.modules.pop(f"chalicelib.platforms.{name}", None)
