"""What the answers of Shopee's API mean: deliveries, and what to read next. Source: Shopee Open Platform, reference v2."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from datetime import datetime

from ..model import codec
from ..model.call import Account, Answer, Found, Read
from ..model.errors import BadPayload
from ..model.event import Event, Link, Translated, Want
from ..model.facts import Fact
from ..model.words import EventType
from . import _shopee_facts as facts
from . import _shopee_pushes as pushes
from . import _shopee_returns as returned
from . import _shopee_words as words
from ._calls import at_page, found, span
from ._read import Reader, name_of

_UNDER_WAY = frozenset({"REQUESTED", "PROCESSING", "JUDGING", "SELLER_DISPUTE"})


def _made(
    id_: str,
    call: str,
    subject: str,
    event: tuple[EventType, datetime | None],
    now: datetime,
    said: list[Fact],
    buyer: str | None = None,
    links: tuple[Link, ...] = (),
    wants: tuple[Want, ...] = (),
    **native: str | None,
) -> Translated:
    """A delivery of one event, under the call that told it."""
    own = {"topic": call} | {name: word for name, word in native.items() if word}
    type_, at = event
    return Translated(id_, subject, (Event(type_, at or now, tuple(said), own, links=links, wants=wants),), buyer)


def order(read: Read, body: Reader, account: Account, now: datetime) -> Answer:
    """The orders that were asked for, as many of them as there are."""
    return Answer(tuple(_one_order(one, now) for one in body.children("order_list")))


def _one_order(one: Reader, now: datetime) -> Found:
    id_, user = one.needed_id("order_sn"), one.id("buyer_user_id")
    wants = [Want("parcel", f"{id_}:{number}") for number in facts.arrived(one)]
    wants += [Want("escrow", id_)] if facts.bundled(one) else []
    parcels = list(facts.parcels(one))
    links = tuple(Link("tracking", parcel.tracking) for parcel in parcels if parcel.tracking)
    said: list[Fact] = [facts.order(one, id_), *facts.lines(one), *parcels]
    return found("order", id_, one.value, lambda made: _made(
        made, "get_order_detail", f"order:{id_}", facts.order_type(one), now, said, pushes.BUYER + user if user else None,
        links, tuple(wants), status=one.text("order_status"), payment=one.text("payment_method"),
    ))  # fmt: skip


def orders(read: Read, body: Reader, account: Account, now: datetime) -> Answer:
    """The numbers of a page's orders: their details are read at once, then the next page."""
    numbers = dict.fromkeys(one.needed_id("order_sn") for one in body.children("order_list"))
    details = [Read("order", {"id": ",".join(numbers)})] if numbers else []
    return Answer(then=(*details, *_next(read, body, body.text("next_cursor"))))


def page(read: Read) -> int:
    """The number of a page of returns; the first is 0."""
    return int(read.cursor) if re.fullmatch(r"[0-9]{1,6}", read.cursor) else 0


def _next(read: Read, body: Reader, cursor: str | None) -> Iterator[Read]:
    """The next page of a list, where there is one: a cursor that stays where it is leads nowhere."""
    if body.flag("more") and cursor and cursor != read.cursor:
        yield at_page(read, cursor)


def parcel(read: Read, body: Reader, account: Account, now: datetime) -> Answer:
    """A parcel's scans."""
    order_id, _, number = read.about["id"].partition(":")
    fact = facts.scans(body, number)
    type_ = (words.PARCEL_EVENT.get(fact.status) if fact.status else None) or EventType.SHIPMENT_MOVED
    back = body.id("reversed_tracking_number")
    made = found("parcel", number, body.value, lambda id_: _made(
        id_, "get_tracking_info", f"order:{order_id}", (type_, fact.delivered_at or fact.at), now, [fact],
        links=(Link("tracking", back),) if back else (), status=fact.native_status,
    ))  # fmt: skip
    return Answer((made,))


def escrow(read: Read, body: Reader, account: Account, now: datetime) -> Answer:
    """The prices of lines in bundles, which the order itself gives as 0."""
    order_id, income = body.id("order_sn") or read.about["id"], body.child("order_income")
    prices: list[Fact] = [*facts.bundle_prices(income)]
    if not prices:
        return Answer()
    told = {"order_sn": order_id, "items": income.value.get("items")}
    event = (EventType.ORDER_CHANGED, None)
    made = found("escrow", order_id, told, lambda id_: _made(id_, "get_escrow_detail", f"order:{order_id}", event, now, prices))
    return Answer((made,))


def one_return(read: Read, body: Reader, account: Account, now: datetime) -> Answer:
    """A return with its deadlines and its parcel."""
    return Answer((_one_return(body, "get_return_detail", now),)) if body.value else Answer()


def _one_return(one: Reader, call: str, now: datetime) -> Found:
    id_, order_id, status = one.needed_id("return_sn"), one.id("order_sn"), one.text("status")
    fact = returned.goods_return(one, id_)
    said: list[Fact] = [fact, *returned.return_lines(one, id_), *returned.refund(one, id_)]
    links = (Link("return", id_), *((Link("tracking", fact.tracking),) if fact.tracking else ()))
    moving = status == "PROCESSING" and fact.goods in words.BACK_EVENT
    return found("return", id_, one.value, lambda made: _made(
        made, call, f"order:{order_id}" if order_id else f"return:{id_}", returned.return_type(one), now, said,
        links=links, wants=(Want("return_parcel", id_),) if moving else (), status=status, reason=one.text("reason"),
    ))  # fmt: skip


def returns(read: Read, body: Reader, account: Account, now: datetime) -> Answer:
    """A page of returns: each is told by its row; the deadlines and the parcel of those under way are read one by one."""
    rows = list(body.children("return"))
    made = tuple(_one_return(one, "get_return_list", now) for one in rows)
    details = [Read("return", {"id": one.needed_id("return_sn")}) for one in rows if _open(one)]
    return Answer(made, (*details, *_next(read, body, str(page(read) + 1))))


def _open(row: Reader) -> bool:
    claim = row.text("seller_compensation_status") or ""
    return row.text("status") in _UNDER_WAY or claim.endswith("PENDING_REQUEST")


def return_parcel(read: Read, body: Reader, account: Account, now: datetime) -> Answer:
    """The scans of a parcel on its way back. They name the return alone."""
    id_ = body.id("return_sn") or read.about["id"]
    fact = returned.way_back(body, id_)
    type_ = (words.BACK_EVENT.get(fact.goods) if fact.goods else None) or EventType.RETURN_CHANGED
    numbers = dict.fromkeys(number for name in ("tracking_number", "rts_tracking_number") if (number := body.id(name)))
    links = (Link("return", id_), *(Link("tracking", number) for number in numbers))
    made = found("return_parcel", id_, body.value, lambda name: _made(
        name, "get_reverse_tracking_info", f"return:{id_}", (type_, fact.at), now, [fact], links=links,
        status=body.text("reverse_logistics_status") or body.text("post_return_logistics_status"),
    ))  # fmt: skip
    return Answer((made,))


def reviews(read: Read, body: Reader, account: Account, now: datetime) -> Answer:
    """A page of reviews, those of the span: the list knows no times, and is read to its end."""
    since, until = span(read)
    rows = [(one, one.seconds("create_time") or until) for one in body.children("item_comment_list")]
    made = tuple(_one_review(one, now) for one, posted in rows if since <= posted <= until)
    return Answer(made, tuple(_next(read, body, body.text("next_cursor"))))


def _one_review(one: Reader, now: datetime) -> Found:
    id_, order_id = one.needed_id("comment_id"), one.id("order_sn")
    fact = facts.review(one, id_)
    subject = f"order:{order_id}" if order_id else f"review:{id_}"
    event = (EventType.REVIEW_POSTED, fact.posted_at)
    return found("review", id_, one.value, lambda made: _made(made, "get_comment", subject, event, now, [fact]))


# Lost pushes


def lost(read: Read, body: Reader, account: Account, now: datetime) -> Answer:
    """The earliest pushes that were lost, as the deliveries they would have been. Only once these are stored may Shopee be
    told so: it forgets all of them up to the last one."""
    made = tuple(_one_lost(one, account.setup.get("shop_id", ""), now) for one in body.children("push_message_list"))
    last = body.id("last_message_id")
    if not made or not last:
        return Answer(made)
    more = {"more": "yes"} if body.flag("has_next_page") else {}
    return Answer(made, (Read("lost_confirm", {**read.about, "id": last, **more}),))


def _one_lost(one: Reader, own: str, now: datetime) -> Found:
    """One push. What cannot be understood is kept as unknown: it must not hold up what comes after it."""
    try:
        raw = _push(one)
        return Found(pushes.translated(Reader.of(raw), own, now), raw)
    except BadPayload:
        return found("lost", name_of(str(one.value.get("code"))), one.value, lambda id_: _made(
            id_, "lost_push", f"unknown:{id_}", (EventType.UNKNOWN, None), now, [],
        ))  # fmt: skip


def _push(one: Reader) -> bytes:
    """The push that was lost, as it was sent: text or an object under `data`, wrapped once or twice, or only its own `data`."""
    data = one.value.get("data")
    if isinstance(data, str):
        data = codec.loads(data.encode("utf-8", "replace"))
    while isinstance(data, dict) and isinstance(data.get("data"), dict) and "code" in data["data"]:
        data = data["data"]
    push = data if isinstance(data, dict) and "code" in data else {**one.value, "data": data}
    return json.dumps(push, separators=(",", ":"), ensure_ascii=False).encode("utf-8", "replace")


def confirmed(read: Read, body: Reader, account: Account, now: datetime) -> Answer:
    """Shopee has taken note; what it holds beyond is read next."""
    about = {name: value for name, value in read.about.items() if name in ("since", "until")}
    return Answer(then=(Read("lost", about, read.about["id"]),) if read.about.get("more") else ())
