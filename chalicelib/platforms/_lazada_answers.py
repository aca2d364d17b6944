"""What the answers of Lazada's API mean: deliveries, and what to read next. Source: Lazada Open Platform, API reference."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta

from ..model.call import Account, Answer, Found, Read
from ..model.errors import ConfigurationError
from ..model.event import Event, Link, Translated
from ..model.facts import Fact, OrderFact
from ..model.words import EventType
from . import _lazada_facts as facts
from . import _lazada_pushes as pushes
from . import _lazada_words as words
from ._calls import at_page, found, needs
from ._read import Reader

PAGE, MOST_REVIEWS, MOST_PAGES = 50, 10, 50
# A return to the merchant is never told to be refunded: when to look again, while it has not ended.
_AGAIN = (timedelta(hours=12), timedelta(days=1), *(timedelta(days=2) for _ in range(6)))


def region_of(account: Account) -> str:
    """The country that a shop sells in. ConfigurationError for one where Lazada is not."""
    region = words.region(needs(account, "region"))
    if region is None:
        raise ConfigurationError(f"{account.source} is in none of {', '.join(words.HOSTS)}: change it by --with region=SG")
    return region


def _made(
    id_: str,
    call: str,
    subject: str,
    event: tuple[EventType, datetime | None],
    now: datetime,
    said: list[Fact],
    buyer: str | None = None,
    links: tuple[Link, ...] = (),
    **native: str | None,
) -> Translated:
    """A delivery of one event, under the call that told it. It knows better than a message of the same time."""
    own = {"topic": call} | {name: word for name, word in native.items() if word}
    type_, at = event
    user = pushes.BUYER + buyer if buyer else None
    return Translated(id_, subject, (Event(type_, at or now, tuple(said), own, links=links, rank=1),), user)


def orders(read: Read, body: Reader, account: Account, now: datetime) -> Answer:
    """A page of orders. Each is told by its row; its lines are read one by one."""
    data = body.child("data")
    rows = list(data.children("orders"))
    made = tuple(_one_order(one, account, now) for one in rows)
    lines = [Read("lines", {"id": one.needed_id("order_id")}) for one in rows]
    offset = number(read) + len(rows)
    more = rows and offset < (_count(data, "countTotal") or 0)
    return Answer(made, (*lines, *((at_page(read, str(offset)),) if more else ())))


def order(read: Read, body: Reader, account: Account, now: datetime) -> Answer:
    """An order's head; its lines are another call."""
    one = body.child("data")
    if not one.value:
        return Answer()
    return Answer((_one_order(one, account, now),), (Read("lines", {"id": one.needed_id("order_id")}),))


def _one_order(one: Reader, account: Account, now: datetime) -> Found:
    id_, known = one.needed_id("order_id"), facts.statuses(one)
    fact = facts.order(one, id_, region_of(account))
    type_ = facts.type_of(known, facts.cash(one))
    at = fact.placed_at if type_ is EventType.ORDER_PLACED else fact.at
    status = ",".join(sorted(known))[:200]
    return found("order", id_, one.value, lambda made: _made(
        made, "order_get", f"order:{id_}", (type_, at), now, [fact], status=status, payment=fact.payment,
    ))  # fmt: skip


def lines(read: Read, body: Reader, account: Account, now: datetime) -> Answer:
    """An order's lines and its packages, which the lines name."""
    items = list(body.children("data"))
    if not items:
        return Answer()
    id_ = items[0].id("order_id") or read.about["id"]
    changes = [time for one in items if (time := facts.stamp(one, "updated_at"))]
    at, known = max(changes, default=None), {status for one in items if (status := one.text("status"))}
    parcels, why = list(facts.parcels(items)), facts.cancelled_because(items)
    said: list[Fact] = [*(facts.line(one) for one in items), *parcels]
    said += [OrderFact(id_, at, cancel_reason=why)] if why and known == {words.CANCELLED} else []
    links = tuple(Link("tracking", number_) for number_ in dict.fromkeys(one.tracking for one in parcels if one.tracking))
    buyer = next((user for one in items if (user := one.id("buyer_id"))), None)
    told = {"order_id": id_, "items": [dict(one.value) for one in items]}
    made = found("lines", id_, told, lambda name: _made(
        name, "order_items_get", f"order:{id_}", (_by_lines(known), at), now, said, buyer, links,
        status=",".join(sorted(known))[:200], reason=why,
    ))  # fmt: skip
    return Answer((made,))


def _by_lines(known: set[str]) -> EventType:
    """What lines alone are news of: whether they are paid, the head knows."""
    type_ = facts.type_of(known)
    return EventType.ORDER_CHANGED if type_ in (EventType.ORDER_PAID, EventType.ORDER_PLACED) else type_


def returns(read: Read, body: Reader, account: Account, now: datetime) -> Answer:
    """A page of returns and of buyers' cancellations; a row tells as much as the detail."""
    result = body.child("result")
    rows = list(result.children("items"))
    made = tuple(_one_return(one, "reverse_list", account, now) for one in rows)
    page, size = max(number(read), 1), _count(result, "page_size") or PAGE
    more = rows and page * size < (_count(result, "total") or 0)
    return Answer(made, (at_page(read, str(page + 1)),) if more else ())


def one_return(read: Read, body: Reader, account: Account, now: datetime) -> Answer:
    """A return. While it has not ended it is read again, for not every end of it is told."""
    one = body.child("data")
    if one.id("reverse_order_id") is None:
        return Answer()
    return Answer((_one_return(one, "reverse_detail", account, now),), tuple(_look_again(read, one)))


def _look_again(read: Read, one: Reader) -> Iterator[Read]:
    turn, all_lines = number(read), facts.return_lines(one)
    if one.text("request_type") != words.CANCEL and turn < len(_AGAIN) and not all(facts.ended(it) for it in all_lines):
        yield replace(at_page(read, str(turn + 1)), wait=_AGAIN[turn])


def _one_return(one: Reader, call: str, account: Account, now: datetime) -> Found:
    id_, order_id, region = one.needed_id("reverse_order_id"), one.id("trade_order_id"), region_of(account)
    all_lines = facts.return_lines(one)
    line = facts.leading(all_lines) or Reader({}, one.path("lines"))
    status, at = line.text("reverse_status"), facts.changed(line)
    said, type_ = _told(one, id_, all_lines, status, region)
    user = line.child("buyer")
    return found("return", id_, one.value, lambda made: _made(
        made, call, f"order:{order_id}" if order_id else f"return:{id_}", (type_, at), now, said,
        user.id("user_id") or user.id("buyer_id"), (Link("return", id_),), status=status, kind=one.text("request_type"),
        goods=line.text("ofc_status"), reason=(line.text("reason_text") or "")[:200],
    ))  # fmt: skip


def _told(one: Reader, id_: str, all_lines: list[Reader], status: str | None, region: str) -> tuple[list[Fact], EventType]:
    """The facts of a return and its type. A buyer's cancellation is no return: at most it is a refund."""
    if one.text("request_type") == words.CANCEL:
        paid = facts.refunds(all_lines, None, region)
        return paid, EventType.REFUND_ISSUED if paid else EventType.ORDER_CHANGED
    said: list[Fact] = [facts.goods_return(one, id_, all_lines)]
    said += [facts.return_line(it, id_, region) for it in all_lines]
    step = words.REVERSE.get(status or "")
    return [*said, *facts.refunds(all_lines, id_, region)], step.type if step else EventType.RETURN_CHANGED


def products(read: Read, body: Reader, account: Account, now: datetime) -> Answer:
    """A page of products: the reviews of each are listed by themselves."""
    data = body.child("data")
    rows = list(data.children("products"))
    span = {name: read.about[name] for name in ("since", "until")}
    each = [Read("product_reviews", {"id": one.needed_id("item_id"), **span}) for one in rows]
    offset = number(read) + len(rows)
    more = rows and offset < (_count(data, "total_products") or 0)
    return Answer(then=(*each, *((at_page(read, str(offset)),) if more else ())))


def product_reviews(read: Read, body: Reader, account: Account, now: datetime) -> Answer:
    """A page of a product's reviews, as ids: the reviews themselves are read ten at once."""
    data, listed = body.child("data"), body.child("data").value.get("id_list")
    numbers = [str(id_) for id_ in listed if type(id_) is int or isinstance(id_, str)] if isinstance(listed, list) else []
    tens = [",".join(numbers[n : n + MOST_REVIEWS]) for n in range(0, len(numbers), MOST_REVIEWS)]
    page, size = max(number(read), 1), _count(data, "page_size") or len(numbers) or 1
    more = numbers and page * size < (_count(data, "total") or 0) and page < MOST_PAGES
    return Answer(then=(*(Read("review", {"id": ids}) for ids in tens), *((at_page(read, str(page + 1)),) if more else ())))


def reviews(read: Read, body: Reader, account: Account, now: datetime) -> Answer:
    """The reviews that were asked for; those that are not shown any more are left out."""
    return Answer(tuple(_one_review(one, now) for one in body.child("data").children("review_list")))


def _one_review(one: Reader, now: datetime) -> Found:
    id_, order_id = one.needed_id("id"), one.id("order_id")
    fact, kind = facts.review(one, id_), one.text("review_type")
    subject, event = f"order:{order_id}" if order_id else f"review:{id_}", (EventType.REVIEW_POSTED, fact.posted_at)
    return found("review", id_, one.value, lambda made: _made(made, "review_list", subject, event, now, [fact], kind=kind))


def number(read: Read) -> int:
    """A cursor that is a number; 0 for the first page."""
    return int(read.cursor) if read.cursor.isascii() and read.cursor.isdigit() and len(read.cursor) < 8 else 0


def _count(one: Reader, name: str) -> int | None:
    """A count, which Lazada writes as a number or as text."""
    said = one.value.get(name)
    return int(said) if isinstance(said, str) and said.isascii() and said.isdigit() and len(said) < 16 else one.whole(name)
