"""WooCommerce's REST API v3: requests to the seller's own shop, and what its answers tell.

The shop's address comes from whoever connects it, so it must be a public name on https: an address inside the network that
this runs in would hand out what only this may see. There are no access tokens: the consumer key goes along by HTTP Basic.
"""

from __future__ import annotations

import base64
import re
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from urllib.parse import urlencode, urlsplit

from ..model import codec, times
from ..model.call import Account, Answer, CallFailed, Denied, Found, Read, Request, Response
from ..model.errors import BadPayload, ConfigurationError
from ..model.event import Event, Translated
from ..model.words import EventType
from . import _woocommerce_facts as facts
from . import woocommerce
from ._calls import asked_id, at_page, fine, found, needs, span
from ._read import Reader

PAGE = 100
_DAY = timedelta(days=1)
_LABEL = r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?"
# The last label has a letter in it and no digit comes first: what is an IP address in whatever spelling does not fit.
_HOST = re.compile(rf"(?:{_LABEL}\.)+(?:[a-z]{{2,63}}|xn--[a-z0-9-]{{1,59}})")
_INSIDE = ("localhost", "local", "internal", "intranet", "lan", "home", "corp", "private", "localdomain", "arpa")
_FOLDER = re.compile(r"(?:/[A-Za-z0-9_~-][A-Za-z0-9._~-]{0,79}){0,5}/?")
_READ = woocommerce.Topic(EventType.ORDER_PLACED, woocommerce.TOPICS["order.updated"].also)


def request(read: Read, account: Account) -> Request:
    """The request for a read."""
    path, params = _PATHS[read.what](read)
    url = f"{shop(account)}/wp-json/wc/v3/{path}" + (f"?{urlencode(params)}" if params else "")
    pair = f"{needs(account, 'consumer_key')}:{needs(account, 'consumer_secret')}".encode()
    return Request("GET", url, {"authorization": f"Basic {base64.b64encode(pair).decode()}", "accept": "application/json"})


def shop(account: Account) -> str:
    """The shop's address without a slash at its end. ConfigurationError for what is no public name on https."""
    url = needs(account, "url").strip()
    try:
        parts = urlsplit(url)
        plain = parts.scheme == "https" and not (parts.query or parts.fragment or parts.port or "@" in parts.netloc)
    except ValueError:
        plain = False
    host = parts.netloc.lower() if plain else ""
    if not plain or len(host) > 253 or not _HOST.fullmatch(host) or host.rpartition(".")[2] in _INSIDE:
        raise ConfigurationError(
            f"{account.source} has a url that is not called: it must be https with a public name, no port and no IP address"
        )
    if not _FOLDER.fullmatch(parts.path):
        raise ConfigurationError(f"{account.source} has a url whose path is none of a shop's: give it as https://NAME/FOLDER")
    return f"https://{host}{parts.path.rstrip('/')}"


def _orders(read: Read) -> tuple[str, dict[str, str]]:
    since, until = span(read)
    return "orders", {
        "modified_after": _text(since), "modified_before": _text(until), "dates_are_gmt": "true", "orderby": "modified",
        "order": "asc", "per_page": str(PAGE), "page": _page(read),
    }  # fmt: skip


def _reviews(read: Read) -> tuple[str, dict[str, str]]:
    """A day more at both ends: the shop compares them with its own local time."""
    since, until = span(read)
    return "products/reviews", {
        "after": _text(since - _DAY), "before": _text(until + _DAY), "orderby": "date", "order": "asc", "per_page": str(PAGE),
        "page": _page(read),
    }  # fmt: skip


def _order(read: Read) -> tuple[str, dict[str, str]]:
    return f"orders/{asked_id(read, '[0-9]{1,20}')}", {}


def _refund(read: Read) -> tuple[str, dict[str, str]]:
    """Its id is the order's and its own, with a dash between."""
    order_id, _, refund_id = asked_id(read, "[0-9]{1,20}-[0-9]{1,20}").partition("-")
    return f"orders/{order_id}/refunds/{refund_id}", {}


_PATHS: dict[str, Callable[[Read], tuple[str, dict[str, str]]]] = {
    "orders": _orders, "reviews": _reviews, "order": _order, "refund": _refund,
}  # fmt: skip


def _text(time: datetime) -> str:
    """Without a Z, which not every version takes; `dates_are_gmt` says the rest."""
    return times.text(time.replace(microsecond=0)).removesuffix("Z")


def _page(read: Read) -> str:
    if read.cursor and not re.fullmatch("[1-9][0-9]{0,6}", read.cursor, re.ASCII):
        raise BadPayload(f"{read.cursor[:40]!r} is no page", "cursor")
    return read.cursor or "1"


def answer(read: Read, response: Response, account: Account, now: datetime) -> Answer:
    """What an answer tells; lists lead to their next page."""
    try:
        body = codec.loads(fine(response, now).body, "answer")
    except Denied as err:
        raise CallFailed(f"the shop does not take the consumer key: {err}") from None
    if read.what in ("order", "refund"):
        return Answer((_found(read, codec.mapping(body, "answer"), account, now),))
    rows = codec.sequence(body, "answer")
    listed = [_found(read, codec.mapping(row, f"answer[{n}]"), account, now) for n, row in enumerate(rows)]
    page = int(_page(read))
    return Answer(tuple(listed), (at_page(read, str(page + 1)),) if page < _pages(response, page, len(rows)) else ())


def _pages(response: Response, page: int, rows: int) -> int:
    """How many pages there are; where the shop (or what stands before it) does not say, one more while pages are full."""
    said = response.headers.get("x-wp-totalpages", "")
    if re.fullmatch("[0-9]{1,7}", said, re.ASCII):
        return int(said)
    return page + 1 if rows >= PAGE else page


def _found(read: Read, one: Mapping[str, object], account: Account, now: datetime) -> Found:
    body = Reader(one, "answer")
    if read.what == "refund":
        return _found_refund(read, body)
    native_id = body.needed_id("id")
    if read.what == "reviews":
        return found("review", native_id, one, lambda id_: _review(body, id_, native_id, now))
    own = account.setup.get("return_status", "")
    return found("order", native_id, one, lambda id_: woocommerce.order(body, id_, "order", _READ, own, now))


def _found_refund(read: Read, body: Reader) -> Found:
    """A refund knows neither its order nor its currency: who asked for it knows the one, the order tells the other."""
    order_id, _, refund_id = read.about["id"].partition("-")
    fact = replace(facts.refund(body, refund_id), id=body.id("id") or refund_id)
    if fact.at is None:
        raise BadPayload("is missing", body.path("date_created_gmt"))
    event = Event(EventType.REFUND_ISSUED, fact.at, (fact,), {"topic": "refund"})
    return found("refund", read.about["id"], body.value, lambda id_: Translated(id_, f"order:{order_id}", (event,)))


def _review(body: Reader, id_: str, review_id: str, now: datetime) -> Translated:
    fact = facts.review(body, review_id)
    event = Event(EventType.REVIEW_POSTED, fact.at or now, (fact,), {"topic": "review"})
    return Translated(id_, f"review:{review_id}", (event,))
