"""What the answers of Mercado Libre's API tell: orders, shipments, payments, claims, their reasons and returns, missed news.

Source: developers.mercadolibre.com. Whatever is found is typed by the state it tells, at the time its body tells.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from ..model import times
from ..model.call import Account, Answer, Found, Read, Response
from ..model.errors import BadPayload
from ..model.event import Event, Link, Translated, Want
from ..model.facts import Fact
from ..model.words import EventType
from . import _mercadolibre_calls as calls
from . import _mercadolibre_claims as claims
from . import _mercadolibre_facts as facts
from . import _mercadolibre_words as words
from . import mercadolibre
from ._calls import asked_id, at_page, found, json_object
from ._mercadolibre_calls import CODE, NUMBER
from ._read import MAX_ID, Reader

_SUBJECTS = frozenset({"order", "shipment", "payment", "purchase"})


def answer(read: Read, response: Response, account: Account, now: datetime) -> Answer:
    """What an answer tells; lists lead to their next page, claims to their reason and their return."""
    if read.what == "return" and response.status == 404:
        return Answer()  # a claim need not have one
    body = json_object(response, now)
    return _ANSWERS[read.what](read, body, account, now)


def _pages(read: Read, body: Reader, rows: int, page: int) -> tuple[Read, ...]:
    """The next page, where the list says that there is more; by full pages where it does not say."""
    there, at = body.child("paging").whole("total"), calls.offset(read) + rows
    more = rows > 0 and (at < there if there is not None else rows >= page)
    return (at_page(read, str(at)),) if more else ()


def _rows(body: Reader, *names: str) -> list[Reader]:
    """A list's rows, under the first of the names that is there."""
    name = next((one for one in names if body.value.get(one) is not None), names[0])
    return list(body.children(name))


def _listed_orders(read: Read, body: Reader, account: Account, now: datetime) -> Answer:
    rows = _rows(body, "results")
    return Answer(tuple(_order(row, now) for row in rows), _pages(read, body, len(rows), calls.PAGE))


def _one_order(read: Read, body: Reader, account: Account, now: datetime) -> Answer:
    return Answer((_order(body, now),))


def _order(body: Reader, now: datetime) -> Found:
    order_id, at = body.needed_id("id"), facts.changed(body)
    order, back = facts.order(body, order_id, at), facts.refund(body, order_id, at)
    said: list[Fact] = [order, *facts.lines(body, at), *([back] if back else [])]
    if order.cancelled_at or order.payment in words.CANCELLED:
        type_, when = EventType.ORDER_CANCELLED, order.cancelled_at
    elif back:
        type_, when = EventType.REFUND_ISSUED, back.issued_at
    elif order.paid_at:
        type_, when = EventType.ORDER_PAID, order.paid_at
    else:
        type_, when = EventType.ORDER_PLACED, order.placed_at
    parcel, buyer = body.child("shipping").id("id"), body.child("buyer").id("id")
    wants = (Want("shipment", parcel),) if parcel and re.fullmatch(NUMBER, parcel, re.ASCII) else ()
    native = {"topic": "order"} | ({"status": order.payment} if order.payment else {})
    event = Event(type_, when or at or now, tuple(said), native, links=tuple(facts.order_links(body)), wants=wants)
    made = Translated("", f"order:{order_id}", (event,), mercadolibre.BUYER + buyer if buyer else None)
    return _kept("order", order_id, body, made)


def _kept(what: str, native_id: str, body: Reader, made: Translated, raw: Mapping[str, Any] | None = None) -> Found:
    return found(what, native_id, raw or body.value, lambda id_: Translated(id_, made.subject, made.events, made.buyer))


def _shipment(read: Read, body: Reader, account: Account, now: datetime) -> Answer:
    shipment_id, at = body.needed_id("id"), facts.changed(body)
    native = {"topic": "shipment"}
    if facts.returning(body):
        made = Translated("", f"shipment:{shipment_id}", (Event(EventType.UNKNOWN, at or now, native=native),))
        return Answer((_kept("shipment", shipment_id, body, made),))
    fact, order_id = facts.shipment(body, shipment_id, at), body.id("order_id")
    moves = (
        (EventType.SHIPMENT_DELIVERED, fact.delivered_at), (EventType.SHIPMENT_EXCEPTION, fact.exception_at),
        (EventType.SHIPMENT_DISPATCHED, fact.dispatched_at), (EventType.SHIPMENT_MOVED, at),
    )  # fmt: skip
    type_, when = next(((type_, time) for type_, time in moves if time), (EventType.SHIPMENT_MOVED, at))
    links = [Link("tracking", fact.tracking)] if fact.tracking else []
    links += [Link("shipment", shipment_id)] if order_id else []
    native |= {"status": fact.native_status} if fact.native_status else {}
    event = Event(type_, when or now, (fact,), native, links=tuple(links))
    made = Translated("", f"order:{order_id}" if order_id else f"shipment:{shipment_id}", (event,))
    return Answer((_kept("shipment", shipment_id, body, made),))


def _payment(read: Read, body: Reader, account: Account, now: datetime) -> Answer:
    """A payment, bare or under `collection`. It leads to its order, which tells of all; a chargeback it tells itself."""
    one = body.child("collection") if body.value.get("collection") is not None else body
    payment_id, order_id = one.needed_id("id"), one.id("order_id") or one.child("order").id("id")
    at = one.time("last_modified") or one.time("date_last_updated") or one.time("date_created")
    status = one.text("status")
    native, links = {"topic": "payment"} | ({"status": status} if status else {}), [Link("payment", payment_id)]
    said: tuple[Fact, ...] = ()
    type_ = EventType.ORDER_CHANGED
    if status == words.CHARGED_BACK:
        fact = facts.chargeback(one, payment_id, at)
        said, type_ = (fact,), EventType.DISPUTE_CLOSED if fact.closed_at else EventType.DISPUTE_OPENED
        links.append(Link("dispute", payment_id))
    wants = (Want("order", order_id),) if order_id and re.fullmatch(NUMBER, order_id, re.ASCII) else ()
    event = Event(type_, at or now, said, native, links=tuple(links) if order_id else (), wants=wants)
    made = Translated("", f"order:{order_id}" if order_id else f"payment:{payment_id}", (event,))
    return Answer((_kept("payment", payment_id, body, made),))


def _listed_claims(read: Read, body: Reader, account: Account, now: datetime) -> Answer:
    rows = _rows(body, "data", "results")
    parts = [_claim(row, now) for row in rows]
    then = [one for _, further in parts for one in further]
    return Answer(tuple(one for one, _ in parts), (*then, *_pages(read, body, len(rows), calls.PAGE)))


def _one_claim(read: Read, body: Reader, account: Account, now: datetime) -> Answer:
    kept, then = _claim(body, now)
    return Answer((kept,), then)


def _claim(body: Reader, now: datetime) -> tuple[Found, tuple[Read, ...]]:
    """A claim, and what has to be read with it: what its reason means, and the return that belongs to it."""
    claim_id, at = body.needed_id("id"), claims.changed(body)
    about, resource = body.text("resource") or "", body.id("resource_id")
    subject = f"{about}:{resource}" if about in _SUBJECTS and resource else f"return:{claim_id}"
    code = body.text("reason_id")
    native = {"topic": "claim"} | {k: v[:MAX_ID] for k, v in (("type", body.text("type")), ("reason", code)) if v}
    if claims.cancelling(body):
        wants = (Want("order", resource),) if about == "order" and resource and re.fullmatch(NUMBER, resource, re.ASCII) else ()
        event = Event(EventType.ORDER_CHANGED, at or now, native=native, wants=wants)
        return _kept("claim", claim_id, body, Translated("", subject, (event,))), ()
    type_, said = claims.event_type(body), tuple(claims.claim(body, claim_id, at))
    when = (body.time("date_created") if type_ is EventType.RETURN_REQUESTED else None) or at or now
    event = Event(type_, when, said, native, links=(Link("return", claim_id),))
    then = [Read("return", {"id": claim_id, "subject": subject})] if claims.of_return(body) and claim_id.isdigit() else []
    if code and re.fullmatch(CODE, code, re.ASCII):
        known = {"id": code, "claim": claim_id, "subject": subject} | ({"at": times.text(at)} if at else {})
        then.append(Read("claim_reason", known))
    return _kept("claim", claim_id, body, Translated("", subject, (event,))), tuple(then)


def _about(read: Read, name: str) -> str:
    value = read.about.get(name, "")
    if not value or len(value) > MAX_ID:
        raise BadPayload("is missing; a claim leads here and says it", f"about.{name}")
    return value


def _claim_reason(read: Read, body: Reader, account: Account, now: datetime) -> Answer:
    """What a claim's reason means in words. It ranks above the first guess that the number alone allows."""
    claim_id, subject, code = _about(read, "claim"), _about(read, "subject"), asked_id(read, CODE)
    known = claims.reason(body)
    if known is None:
        return Answer()
    at = times.parse(read.about["at"], "about.at") if read.about.get("at") else None
    fact = claims.refined(code, known, claim_id, at)
    native = {"topic": "claim_reason", "reason": code}
    event = Event(EventType.RETURN_CHANGED, at or now, (fact,), native, rank=1)
    raw = {"claim": claim_id, "at": read.about.get("at", ""), "reason": dict(body.value)}
    return Answer((_kept("claim_reason", claim_id, body, Translated("", subject, (event,)), raw),))


def _return(read: Read, body: Reader, account: Account, now: datetime) -> Answer:
    """The return of a claim, whose id was asked for."""
    claim_id, at = asked_id(read, NUMBER), body.time("last_updated") or body.time("date_created")
    said = tuple(claims.goods_return(body, claim_id, at))
    order_id = body.id("resource_id") if body.text("resource_type") == "order" else None
    subject = f"order:{order_id}" if order_id else read.about.get("subject", "")[:MAX_ID] or f"return:{claim_id}"
    numbers = [Link("tracking", number) for one in body.children("shipments") if (number := one.id("tracking_number"))]
    status = body.text("status")
    native = {"topic": "return"} | ({"status": status} if status else {})
    type_ = EventType.RETURN_RECEIVED if status == "delivered" else EventType.RETURN_CHANGED
    event = Event(type_, at or now, said, native, links=(Link("return", claim_id), *numbers))
    return Answer((_kept("return", claim_id, body, Translated("", subject, (event,))),))


def _missed_feeds(read: Read, body: Reader, account: Account, now: datetime) -> Answer:
    """Notifications that nobody took, each as if it had been pushed. Other sellers of the application read their own."""
    own, rows = calls.seller(account), _rows(body, "messages", "results")
    ours = [row for row in rows if row.id("user_id") == own and row.value.get("topic") and row.value.get("resource")]
    return Answer(tuple(_missed(row, now) for row in ours), _pages(read, body, len(rows), calls.MISSED))


def _missed(row: Reader, now: datetime) -> Found:
    return found("missed_feeds", "", row.value, lambda _: mercadolibre.notice(row, now))


_ANSWERS: dict[str, Callable[[Read, Reader, Account, datetime], Answer]] = {
    "orders": _listed_orders, "order": _one_order, "shipment": _shipment, "payment": _payment, "claims": _listed_claims,
    "claim": _one_claim, "claim_reason": _claim_reason, "return": _return, "missed_feeds": _missed_feeds,
}  # fmt: skip
