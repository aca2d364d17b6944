"""What a map can say: the kinds of rows, their fields, and how each kind of field is read."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, tzinfo
from decimal import Decimal
from typing import Any, NamedTuple

from ..model import codec, money
from ..model.errors import BadPayload
from ..model.words import Reason, RequestAxis
from ..platforms import _said
from . import _dates, _labels, _values
from ._countries import country

_EMAIL = re.compile(r"[^@\s*]{1,100}@[^@\s*]+\.[^@\s*]{2,60}")
MAX_STATUS = 100


class Amount(NamedTuple):
    """Money as a value says it: a number in major units, and the currency where it names one."""

    number: Decimal
    currency: str | None


class Label(NamedTuple):
    """A word of the file's own, and the word of ours that it stands for, None where that is not known."""

    native: str | None
    ours: Any


class Comment(NamedTuple):
    """What a buyer wrote. It is shown to nobody and no id is made of it."""

    text: str


@dataclass(frozen=True, slots=True)
class Rules:
    """How a file's values are written: its zone, the place of the day in 3/5/2026, the decimal mark, translations of labels."""

    zone: tzinfo = UTC
    day_first: bool | None = None
    decimal: str | None = None
    reasons: Mapping[str, Reason] = field(default_factory=dict)
    statuses: Mapping[str, RequestAxis] = field(default_factory=dict)
    dispositions: Mapping[str, str] = field(default_factory=dict)


Reader = Callable[[Any, str, Rules], Any]


def _price(value: Any, where: str, rules: Rules) -> Amount | None:
    found = _values.number(value, where, rules.decimal)
    return None if found is None else Amount(money.price(found, where), _values.currency(value))


def _currency(value: Any, where: str, rules: Rules) -> str | None:
    given = _values.folded(value).upper()
    return money.currency_code("CNY" if given == "RMB" else given, where) if given else None


def _email(value: Any, where: str, rules: Rules) -> str | None:
    """An address as it is compared. One that is masked or none at all names nobody: it is no reason to refuse an order."""
    given = _values.folded(value).lower()
    return given if _EMAIL.fullmatch(given) else None


def _reason(value: Any, where: str, rules: Rules) -> Label | None:
    """A reason label. What is longer than a label is a comment, a buyer's own words: only what it says is kept, if anything."""
    given = codec.text(_values.text(value)[: codec.MAX_TEXT], where)
    if not given:
        return None
    native = given if len(given) <= _labels.LONGEST else None
    return Label(native, _labels.reason(given, rules.reasons))


def _status(value: Any, where: str, rules: Rules) -> Label | None:
    given = codec.text(_values.text(value), where)[:MAX_STATUS]
    return Label(given, rules.statuses.get(_labels.cleaned(given)) or STATUSES.get(_labels.cleaned(given))) if given else None


def _disposition(value: Any, where: str, rules: Rules) -> str | None:
    given = codec.text(_values.text(value), where)[:MAX_STATUS]
    return rules.dispositions.get(_labels.cleaned(given), given) or None


def _comment(value: Any, where: str, rules: Rules) -> Comment | None:
    found = _said.text(_values.text(value))
    return Comment(found) if found else None


def _rating(value: Any, where: str, rules: Rules) -> int | None:
    found = _values.whole(value, where, rules.decimal)
    if found is not None and not 1 <= found <= 5:
        raise BadPayload("expected 1 to 5 stars", where)
    return found


READERS: Mapping[str, Reader] = {
    "id": lambda value, where, rules: _values.identity(value, where),
    "text": lambda value, where, rules: _values.words(value, where),
    "whole": lambda value, where, rules: _values.whole(value, where, rules.decimal),
    "amount": _price,
    "currency": _currency,
    "time": lambda value, where, rules: _dates.moment(value, where, rules.zone, rules.day_first),
    "country": lambda value, where, rules: country(value, where),
    "email": _email,
    "reason": _reason,
    "status": _status,
    "disposition": _disposition,
    "rating": _rating,
    "comment": _comment,
}
# Words for what became of a request, where a map does not translate them. Others are kept as they are.
STATUSES = {
    _labels.cleaned(word): axis
    for axis, words in {
        RequestAxis.APPROVED: "approved|accepted|completed|refunded|同意|已同意|已完成|退款成功|退货成功|已退款",
        RequestAxis.DECLINED: "declined|rejected|denied|拒绝|已拒绝|商家拒绝|卖家拒绝|驳回|已驳回",
        RequestAxis.WITHDRAWN: "withdrawn|cancelled|canceled|撤销|已撤销|取消|已取消|买家撤销|退款关闭",
        RequestAxis.REQUESTED: "requested|pending|open|new|待处理|申请中|处理中|待审核|待商家处理",
        RequestAxis.EXPIRED: "expired|超时关闭|已过期",
    }.items()
    for word in words.split("|")
}
# Field -> how it is read. What each means is told in docs/files.md.
FIELDS: Mapping[str, str] = {
    **dict.fromkeys("order_id line_id return_id refund_id review_id product_id variant_id tracking".split(), "id"),
    **dict.fromkeys("order_number sku title variant province cancel_reason payment channel carrier service".split(), "text"),
    **dict.fromkeys(("quantity", "received_quantity"), "whole"),
    **dict.fromkeys("unit_price line_total line_discount total shipping tax discount refund_amount".split(), "amount"),
    **dict.fromkeys("placed_at paid_at cancelled_at dispatched_at delivered_at".split(), "time"),
    **dict.fromkeys("requested_at approved_at received_at closed_at refunded_at posted_at".split(), "time"),
    "currency": "currency", "country": "country", "buyer_email": "email", "reason": "reason", "status": "status",
    "disposition": "disposition", "rating": "rating", "comment": "comment",
}  # fmt: skip
_ORDER = tuple(
    "order_id order_number placed_at paid_at cancelled_at cancel_reason currency total shipping tax discount country province "
    "payment channel buyer_email tracking carrier service dispatched_at delivered_at refund_amount refunded_at comment".split()
)
_LINE = tuple("line_id sku title product_id variant_id variant quantity unit_price line_total line_discount".split())
_RETURN = tuple(
    "return_id order_id order_number line_id sku quantity received_quantity unit_price reason status disposition "
    "requested_at approved_at received_at closed_at tracking country currency refund_id refund_amount refunded_at "
    "buyer_email comment".split()
)
_REFUND = tuple("refund_id order_id return_id refund_amount currency refunded_at buyer_email comment".split())
_REVIEW = tuple("review_id order_id line_id sku product_id rating posted_at buyer_email comment".split())


COMMENT = "comment"
SPEAKING = ("returns", "reviews")
"""Kinds of rows whose comments are read. Those of orders and refunds are about other things, and mostly the shop's own."""


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of rows: its fields, those that must be there, and the field whose value makes rows one document."""

    fields: tuple[str, ...]
    needed: tuple[str, ...]
    by: str


KINDS: Mapping[str, Kind] = {
    "orders": Kind(_ORDER, ("order_id", "placed_at"), "order_id"),
    "order_lines": Kind((*_ORDER, *_LINE), ("order_id", "placed_at", "quantity"), "order_id"),
    "returns": Kind(_RETURN, ("requested_at",), "return_id"),
    "refunds": Kind(_REFUND, ("order_id", "refund_amount", "refunded_at"), "refund_id"),
    "reviews": Kind(_REVIEW, ("rating", "posted_at"), "review_id"),
}
