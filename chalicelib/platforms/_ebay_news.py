"""eBay's notifications, topic by topic: mostly ids, so they say what happened and what has to be read.

Times are the notification's own. Where what is read later tells the same more exactly, the later of the two times decides.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from ..model.errors import BadPayload
from ..model.event import Event, Link, Want
from ..model.facts import DisputeFact, Fact, LineFact, MessageFact, OrderFact, ReturnFact, ReviewFact
from ..model.words import DisputeAxis, EventType, GoodsAxis
from . import _ebay_words as words
from ._ebay_words import buyer
from ._read import Reader

Told = tuple[str, tuple[Event, ...], str | None]
DELETION, REVOCATION = "MARKETPLACE_ACCOUNT_DELETION", "AUTHORIZATION_REVOCATION"
MESSAGES = ("NEW_MESSAGE", "BUYER_QUESTION")
_ORDER, _NUMBER, _LONGEST = "0123456789-", "0123456789", 40


@dataclass(frozen=True, slots=True)
class News:
    """A notification: its topic and key, its data, when eBay says it happened, when it came in, and who our sellers are."""

    topic: str
    id: str
    data: Reader
    at: datetime | None
    received: datetime
    sellers: frozenset[str]


@dataclass(frozen=True, slots=True)
class Topic:
    """How a topic is read, and as which type of event; `also` lists the types its content may make of it."""

    type: EventType
    read: Callable[[News, EventType], Told]
    also: tuple[EventType, ...] = ()


def named(topic: str, data: Reader) -> tuple[str | None, ...]:
    """The ids and names of the seller that data names; of a message, of both who may be it."""
    if topic in MESSAGES:
        return data.id("recipientUserName"), data.id("senderUserName")
    if topic == DELETION:
        return ()
    user = data.child("user") if "user" in data.value or topic != REVOCATION else data
    return user.id("userId"), user.id("username")


def _told(
    news: News,
    type_: EventType,
    subject: str,
    said: Sequence[Fact] = (),
    links: Sequence[Link] = (),
    wants: Sequence[Want] = (),
    who: str | None = None,
    **native: str | None,
) -> Told:
    """One event; `native` are eBay's own words for it."""
    words_ = {"topic": news.topic} | {name: word for name, word in native.items() if word}
    event = Event(type_, news.at or news.received, tuple(said), words_, links=tuple(links), wants=tuple(wants))
    return subject, (event,), who


def unknown(news: News, activity: str | None = None, item: str | None = None) -> Told:
    """News of a topic that nobody knows, or that names nothing: eBay published few of these bodies, and refusing them would
    have eBay send them again until it gives the address up."""
    return _told(news, EventType.UNKNOWN, f"unknown:{news.id}", activity=activity, item=item)


def _order_of(one: Reader) -> str | None:
    """The order that a part of a notification names: itself, in `order`, or in the first of its line items that does."""
    named = one.id("orderId") or one.child("order").id("orderId")
    if named:
        return named
    lists = (name for name, value in one.value.items() if name.endswith("LineItems") and isinstance(value, list))
    return next((id_ for name in lists for line in one.children(name) if (id_ := line.id("orderId"))), None)


def _wanted(what: str, id_: str | None, form: str) -> tuple[Want, ...]:
    """A want for what can be asked for: an id with other letters than the API's have is none."""
    return (Want(what, id_),) if id_ and len(id_) <= _LONGEST and not set(id_) - set(form) else ()


def _confirmation(news: News, type_: EventType) -> Told:
    """An order, or one more of its line items."""
    order = news.data.child("order")
    order_id = order.needed_id("orderId")
    lines = [
        LineFact(one.needed_id("orderLineItemId"), news.at, product_id=one.id("listingId"), quantity=one.whole("quantity"))
        for one in order.children("orderLineItems")
    ]
    links = [Link("line", line.id) for line in lines]
    wants = _wanted("order", order_id, _ORDER)
    return _told(news, type_, f"order:{order_id}", [OrderFact(order_id, news.at), *lines], links, wants)


def _cancellation(news: News, type_: EventType) -> Told:
    one, activity = news.data.child("orderCancellation"), news.data.text("activityType")
    order_id = _order_of(one) or _order_of(news.data)
    if order_id is None:
        return unknown(news, activity=activity)
    type_ = words.CANCELLATION_ACTIVITY.get(activity or "", EventType.ORDER_CHANGED)
    done = type_ is EventType.ORDER_CANCELLED
    fact = OrderFact(order_id, news.at, cancelled_at=news.at if done else None, cancel_reason=one.text("cancelReason"))
    native = {"activity": activity, "status": one.text("cancellationStatus"), "reason": fact.cancel_reason}
    return _told(news, type_, f"order:{order_id}", [fact], (), _wanted("order", order_id, _ORDER), **native)


def _return(news: News, type_: EventType) -> Told:
    """A step of a return. Its request axis is left to the return itself, which may have been approved by now."""
    one, activity = news.data.child("orderReturn"), news.data.text("activityType")
    return_id, order_id = one.id("returnId"), _order_of(one) or _order_of(news.data)
    if return_id is None:
        return unknown(news, activity=activity)
    type_ = words.RETURN_ACTIVITY.get(activity or "", EventType.RETURN_CHANGED)
    goods = words.ACTIVITY_GOODS.get(activity or "")
    fact = ReturnFact(
        return_id,
        news.at,
        goods=goods,
        dispute=DisputeAxis.PLATFORM_REVIEW if activity in words.REFERRED else None,
        requested_at=news.at if type_ is EventType.RETURN_REQUESTED else None,
        dispatched_at=news.at if goods is GoodsAxis.IN_TRANSIT else None,
        received_at=news.at if goods is GoodsAxis.RECEIVED else None,
        closed_at=news.at if type_ is EventType.RETURN_CLOSED else None,
    )
    subject = f"order:{order_id}" if order_id else f"return:{return_id}"
    native = {"activity": activity, "status": one.text("returnStatus")}
    return _told(news, type_, subject, [fact], [Link("return", return_id)], _wanted("return", return_id, _NUMBER), **native)


def _inquiry(news: News, type_: EventType) -> Told:
    one, activity = news.data.child("orderInquiry"), news.data.text("activityType")
    id_, order_id = one.id("inquiryId"), _order_of(one) or _order_of(news.data)
    if id_ is None:
        return unknown(news, activity=activity)
    type_ = words.INQUIRY_ACTIVITY.get(activity or "", EventType.DISPUTE_CHANGED)
    fact = DisputeFact(
        id_,
        news.at,
        kind="inquiry",
        status=words.INQUIRY_AXIS.get(activity or ""),
        native_reason="ITEM_NOT_RECEIVED",
        opened_at=news.at if type_ is EventType.DISPUTE_OPENED else None,
        closed_at=news.at if type_ is EventType.DISPUTE_CLOSED else None,
    )
    subject = f"order:{order_id}" if order_id else f"dispute:{id_}"
    native = {"activity": activity, "status": one.text("inquiryStatus")}
    return _told(news, type_, subject, [fact], [Link("dispute", id_)], _wanted("order", order_id, _ORDER), **native)


def _shipped(news: News, type_: EventType) -> Told:
    """The seller marked something as shipped. Only the order tells of the parcel; a listing alone leads nowhere."""
    one = news.data.child("itemMarkedShipped")
    order_id, item_id = _order_of(one) or _order_of(news.data), one.id("itemId")
    if order_id is None:
        return unknown(news, item=item_id)
    return _told(news, type_, f"order:{order_id}", (), (), _wanted("order", order_id, _ORDER), item=item_id)


def _feedback(news: News, type_: EventType) -> Told:
    one = news.data.child("feedbackDetail") if "feedbackDetail" in news.data.value else news.data
    id_, order_id, line_id = one.id("feedbackId"), _order_of(one) or _order_of(news.data), one.id("orderLineItemId")
    if id_ is None:
        return unknown(news)
    fact = ReviewFact(id_, news.at, product_id=one.id("listingId"), line_id=line_id, posted_at=news.at)
    subject = f"order:{order_id}" if order_id else f"line:{line_id}" if line_id else f"review:{id_}"
    return _told(news, type_, subject, [fact], rating=one.text("commentType"), state=one.text("activityType"))


def _message(news: News, type_: EventType) -> Told:
    """A message, from a buyer unless eBay or one of our sellers wrote it. Its words stay in the sealed body."""
    data, sender = news.data, news.data.id("senderUserName")
    id_ = data.id("messageId") or data.id("questionId")
    if id_ is None:
        return unknown(news)
    ours = (sender or "").lower() in news.sellers
    by = "platform" if data.text("conversationType") == "FROM_EBAY" else "seller" if ours else "buyer"
    written = data.time("createdDate") or news.at
    fact = MessageFact(id_, written, thread=data.id("conversationId"), by=by, received_at=written)
    who = buyer(sender) if by == "buyer" else None
    return _told(news, type_, f"message:{id_}", [fact], who=who, item=data.id("itemId") or data.id("listingId"))


def _left(news: News, type_: EventType) -> Told:
    """Somebody closed their eBay account, buyer of ours or not."""
    who = buyer(news.data.id("userId") or news.data.id("username"))
    if who is None:
        raise BadPayload("is missing; the notification names nobody", news.data.path("userId"))
    return _told(news, type_, f"buyer:{who}", who=who)


def _revoked(news: News, type_: EventType) -> Told:
    """A seller took back what they had agreed to. Whose seller it is must be known: anybody can have their own news signed."""
    who = [name for name in named(news.topic, news.data) if name]
    if not who:
        raise BadPayload("is missing; the notification names nobody", news.data.path("userId"))
    ours = bool({name.lower() for name in who} & news.sellers)
    return _told(news, type_ if ours else EventType.UNKNOWN, f"shop:{who[0]}")


_RETURNS = (*words.RETURN_ACTIVITY.values(), EventType.RETURN_CHANGED)
TOPICS: Mapping[str, Topic] = {
    "ORDER_CONFIRMATION": Topic(EventType.ORDER_PLACED, _confirmation),
    "ORDER_CANCELLATION_ACTIVITY": Topic(
        EventType.ORDER_CHANGED, _cancellation, (EventType.ORDER_CANCELLED, EventType.UNKNOWN)
    ),
    "ORDER_RETURN_ACTIVITY": Topic(EventType.RETURN_CHANGED, _return, _RETURNS[:-1]),
    "ORDER_INQUIRY_ACTIVITY": Topic(EventType.DISPUTE_CHANGED, _inquiry, tuple(words.INQUIRY_ACTIVITY.values())),
    "ITEM_MARKED_SHIPPED": Topic(EventType.SHIPMENT_DISPATCHED, _shipped, (EventType.UNKNOWN,)),
    "FEEDBACK_RECEIVED": Topic(EventType.REVIEW_POSTED, _feedback),
    "NEW_MESSAGE": Topic(EventType.MESSAGE_RECEIVED, _message),
    "BUYER_QUESTION": Topic(EventType.MESSAGE_RECEIVED, _message),
    "MARKETPLACE_ACCOUNT_DELETION": Topic(EventType.BUYER_REDACTED, _left),
    "AUTHORIZATION_REVOCATION": Topic(EventType.SHOP_UNINSTALLED, _revoked, (EventType.UNKNOWN,)),
}
