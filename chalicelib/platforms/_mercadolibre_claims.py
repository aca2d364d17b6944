"""Mercado Libre's claims (a buyer's complaint, a return, a mediation) and the returns that belong to them, as facts.

Source: developers.mercadolibre.com, claims v1 and returns v2. A claim is a return of ours under its own id, with one line; what
the number of its reason means is read by itself.
"""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal

from ..model import codec
from ..model.errors import BadPayload
from ..model.facts import Due, Fact, RefundFact, ReturnFact, ReturnLineFact
from ..model.words import DisputeAxis, EventType, GoodsAxis, LineKind, MoneyAxis, RequestAxis
from . import _mercadolibre_words as words
from ._read import MAX_ID, Reader
from ._reasons import Code, codes

PLATFORM = "mercadolibre"
_NOT_RECEIVED = "PNR"


def changed(body: Reader) -> datetime | None:
    """As of when a claim is as it says."""
    return body.time("last_updated") or body.child("resolution").time("date_created") or body.time("date_created")


def of_return(body: Reader) -> bool:
    """Whether goods are to come back: there is a return to be read."""
    entities = body.value.get("related_entities")
    return body.text("type") in words.RETURNING or (isinstance(entities, list) and "return" in entities)


def cancelling(body: Reader) -> bool:
    """Whether it only undoes a purchase."""
    return body.text("type") in words.CANCELLING


def claim(body: Reader, claim_id: str, at: datetime | None) -> list[Fact]:
    """A claim: the return, its line, and the refund it ended with."""
    closed, reason = body.text("status") == "closed", body.text("reason_id")
    resolution = body.child("resolution")
    ended = (resolution.time("date_created") or at) if closed else None
    request, refunded = _request(body, closed), closed and resolution.text("reason") in words.REFUNDED
    said: list[Fact] = [
        ReturnFact(
            claim_id,
            at,
            native_status="/".join(_state(body)) or None,
            request=request,
            goods=_goods(body, reason, resolution.text("reason")),
            money=MoneyAxis.DONE if refunded else None,
            dispute=_dispute(body, closed, request),
            requested_at=body.time("date_created"),
            closed_at=ended,
            due=None if closed else _due(body),
        ),
        _line(body, claim_id, at, reason),
    ]
    if refunded and body.text("resource") == "order":
        said.append(RefundFact(body.needed_id("resource_id"), at, return_id=claim_id, confirmed=True, issued_at=ended))
    return said


def _state(body: Reader) -> list[str]:
    return [word for name in ("type", "stage", "status") if (word := body.text(name))]


def event_type(body: Reader) -> EventType:
    """As what a claim is told."""
    if body.text("status") == "closed":
        return EventType.RETURN_CLOSED
    return EventType.RETURN_REQUESTED if body.text("stage") in ("claim", None) else EventType.RETURN_CHANGED


def _line(body: Reader, claim_id: str, at: datetime | None, reason: str | None) -> ReturnLineFact:
    known = codes(PLATFORM).of(reason)
    return ReturnLineFact(
        line_of(claim_id, 0),
        claim_id,
        at,
        quantity=_units(body, "claimed_quantity"),
        native_reason=reason,
        reason_stated=known.label if known else None,
        fault=known.fault if known else None,
        kind=LineKind.RETURN,
    )


def line_of(claim_id: str, n: int) -> str:
    """By what the lines of a claim are known: they have no ids of their own."""
    return f"{claim_id}-{n + 1}"


def _request(body: Reader, closed: bool) -> RequestAxis | None:
    """What became of the request: by how the claim ended, else by whom that benefited."""
    if not closed:
        return RequestAxis.REQUESTED
    resolution = body.child("resolution")
    known = words.RESOLUTION.get(resolution.text("reason") or "")
    return known or next((words.BENEFITED[one] for one in _benefited(resolution) if one in words.BENEFITED), None)


def _benefited(resolution: Reader) -> list[str]:
    listed = resolution.value.get("benefited")
    return [one for one in listed if isinstance(one, str)] if isinstance(listed, list) else []


def _goods(body: Reader, reason: str | None, ended: str | None) -> GoodsAxis | None:
    if ended == "item_returned":
        return GoodsAxis.RECEIVED
    if of_return(body):
        return None  # the return itself tells
    return GoodsAxis.NONE_EXPECTED


def _dispute(body: Reader, closed: bool, request: RequestAxis | None) -> DisputeAxis:
    """A mediation: with Mercado Libre while it is open, then decided for one side."""
    if body.text("stage") != "dispute":
        return DisputeAxis.NONE
    if not closed:
        return DisputeAxis.PLATFORM_REVIEW
    return DisputeAxis.LOST if request is RequestAxis.APPROVED else DisputeAxis.WON


def _due(body: Reader) -> Due | None:
    """What the seller must do next: the action with the nearest date, those that must be done first."""
    asked = [
        (one.flag("mandatory") is not True, due, one.text("action") or "answer")
        for player in body.children("players")
        if player.text("type") == "seller"
        for one in player.children("available_actions")
        if (due := one.time("due_date"))
    ]
    return Due("seller", min(asked)[2][:MAX_ID], min(asked)[1]) if asked else None


def reason(body: Reader) -> Code | None:
    """What the text of a reason says; None when its words are not known."""
    told = " ".join(part for part in (body.text("name"), body.text("detail")) if part)
    return codes(PLATFORM).of(told.lower().replace("_", " "))


def refined(code: str, known: Code, claim_id: str, at: datetime | None) -> ReturnLineFact:
    """A claim's line with the reason that its text tells."""
    line, kind = line_of(claim_id, 0), LineKind.RETURN
    return ReturnLineFact(
        line, claim_id, at, native_reason=code, reason_stated=known.label, fault=known.fault, kind=kind
    )  # fmt: skip


def goods_return(body: Reader, claim_id: str, at: datetime | None) -> list[Fact]:
    """The return of a claim: where the goods and the money are, and which lines come back."""
    status, money = body.text("status"), body.text("status_money")
    goods, parcel = words.GOODS.get(status or ""), next(body.children("shipments"), Reader({}, body.where))
    arrived = goods is GoodsAxis.RECEIVED
    said: list[Fact] = [
        ReturnFact(
            claim_id,
            at,
            goods=goods,
            money={"refunded": MoneyAxis.DONE, "retained": MoneyAxis.PENDING}.get(money or ""),
            tracking=parcel.id("tracking_number"),
            received_at=(body.time("date_closed") or at) if arrived else None,
        )
    ]
    for n, one in enumerate(body.children("orders")):
        said.append(_returned(one, line_of(claim_id, n), claim_id, at))
    if money == "refunded" and body.text("resource_type") == "order":
        said.append(RefundFact(body.needed_id("resource_id"), at, return_id=claim_id, confirmed=True))
    return said


def _returned(one: Reader, id_: str, claim_id: str, at: datetime | None) -> ReturnLineFact:
    from ._mercadolibre_facts import line_id

    item = one.id("item_id")
    line = line_id(item, one.id("variation_id")) if item else None
    return ReturnLineFact(id_, claim_id, at, line_id=line, quantity=_units(one, "return_quantity"), kind=LineKind.RETURN)


def _units(one: Reader, name: str) -> int | None:
    """A quantity, which comes as a whole number or as a decimal in a text ("1.0")."""
    value = one.value.get(name)
    if isinstance(value, (str, float)) and value != "":
        number = one.price(name)
        if number is None or number != number.to_integral_value() or abs(number) > Decimal(10) ** 9:
            raise BadPayload("expected a whole number", one.path(name))
        return int(number)
    return None if value in (None, "") else codec.whole(value, one.path(name))
