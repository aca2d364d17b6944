"""The webhook's one write: a conditional put of a delivery, its raw body sealed beside it."""

from __future__ import annotations

import base64
from datetime import date
from typing import Any, Protocol

from ..model import log, times
from ..model.event import Delivery
from .blobs import LIMIT, Blobs
from .keys import Keys
from .signed import Signed


class Sealing(Protocol):
    """What seals under a named key; effects.keys.Keys is one."""

    def seal(self, name: str, data: bytes, context: str) -> bytes: ...


def key_name(delivery: Delivery) -> str:
    """The intake key a delivery's raw body is sealed under: one for each shop and UTC day."""
    return day_name(delivery.source, delivery.received)


def day_name(source: str, day: date) -> str:
    """The name of the key under which a shop's raw bodies of one UTC day are sealed."""
    return f"intake#{source}#{day:%Y-%m-%d}"


class Intake:
    """Writes deliveries as they come in, by one call each."""

    def __init__(self, table: str, blobs: Blobs, keys: Keys, aws: Signed) -> None:
        self._table = table
        self._blobs = blobs
        self._keys = keys
        self._aws = aws

    def put(self, delivery: Delivery, raw: bytes) -> bool:
        """Store a delivery with its raw body (compressed), sealed; False when it was there already.

        StoreFailed when it cannot be stored. False does not mean that the work was done: the stored record triggers the
        work, not this answer.
        """
        put = {"TableName": self._table, "Item": self._item(delivery, raw), "ConditionExpression": "attribute_not_exists(sk)"}
        return self._aws.write("PutItem", put, "the event could not be stored")

    def _item(self, delivery: Delivery, raw: bytes) -> dict[str, Any]:
        pk = f"{delivery.source}#{delivery.subject}"
        packed = log.pack(log.dump_events(delivery.events))
        sealed = self._keys.seal(key_name(delivery), raw, f"{pk}|{delivery.id}")
        item: dict[str, Any] = {
            "pk": {"S": pk}, "sk": {"S": delivery.id}, "at": {"N": str(times.millis(delivery.received))},
            "o": {"S": delivery.origin},
        }  # fmt: skip
        # Events first: they are read often, the raw body almost never.
        item |= {"e": {"B": _text(packed)}} if len(packed) <= LIMIT else {"x": {"S": self._blobs.put(packed)}}
        room = LIMIT - (len(packed) if "e" in item else 0)
        return item | ({"s": {"B": _text(sealed)}} if len(sealed) <= room else {"r": {"S": self._blobs.put(sealed)}})


def _text(data: bytes) -> str:
    return base64.b64encode(data).decode()


def opened(keys: Keys, delivery: Delivery, sealed: bytes) -> bytes:
    """The raw body of a delivery (compressed), while its day's key lives; then Unreadable."""
    return keys.open(key_name(delivery), sealed, f"{delivery.source}#{delivery.subject}|{delivery.id}")


def closed(keys: Sealing, delivery: Delivery, raw: bytes) -> bytes:
    """What came with a delivery (compressed), sealed as its raw body would be: `opened` opens it."""
    return keys.seal(key_name(delivery), raw, f"{delivery.source}#{delivery.subject}|{delivery.id}")


def destroy_day(keys: Keys, source: str, day: date) -> None:
    """Make noise of all raw bodies that a shop's webhooks brought on one UTC day; safe to repeat."""
    keys.destroy(day_name(source, day))
