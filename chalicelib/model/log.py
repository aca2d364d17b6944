"""How a delivery's events are written in the log: canonical JSON, compressed with a dictionary of our own words.

The first byte names the dictionary, so that old items stay readable when a new one is introduced: dictionaries are never
changed or removed, only added.
"""

from __future__ import annotations

import zlib
from datetime import datetime
from typing import Any

from . import codec, times
from .event import Event, Link, Want
from .facts import KINDS, WORDS, Fact
from .words import EventType

# Words most often seen, likeliest last: deflate finds near matches cheaper.
_DICTIONARY_1 = (
    b'"booked_at":"2026-"bad_debt"write_off"service"free"reason_inferred":"reason_inspected":"size_or_fit_other'
    b'"expectation_gap"not_as_described"compatibility"damaged_in_transit"missing_parts"not_received"late_delivery'
    b'"better_price"ordered_by_mistake"changed_mind"wrong_item"size_too_large"size_too_small"quality_defect'
    b'"dispute.opened"dispute":{"answered_at":"due_at":"opened_at":"kind":"chargeback","native_reason":"'
    b'"refund.issued"{"refund":{"confirmed":true,"issued_at":"restock":true,"return_id":"'
    b'"return.closed"return.received"return.declined"return.approved"return.requested"{"return":{"goods":"received'
    b'"request":"requested"money":"done"none_expected"awaiting"native_status":"open"requested_at":"approved_at":"closed_at":"'
    b'{"return_line":{"id":"line_id":"native_reason":"reason_stated":"return_id":"received_quantity":'
    b'"shipment.exception"shipment.moved"shipment.delivered"shipment.dispatched"{"shipment":{"carrier":"country":"'
    b'"delivered_at":"dispatched_at":"lines":[{"line_id":"","quantity":1}],"native_status":"success","status":"in_transit'
    b'"status":"delivered","tracking":"links":[{"id":"","kind":"tracking"}],"order.cancelled"order.changed"order.paid'
    b'"order.placed"{"order":{"channel":"web","country":"US","currency":"USD","discount":{"amount":0,"currency":"USD"},'
    b'"id":"","language":"en","number":"#1001","paid_at":"payment":"paid","placed_at":"2026-","shipping":{"amount":'
    b'"tax":{"amount":0,"currency":"USD"},"test":false,"total":{"amount":,"currency":"EUR"}}},'
    b'{"line":{"discount":{"amount":0,"currency":"USD"},"id":"","kind":"sale","product_id":"","quantity":1,"sku":"",'
    b'"title":"","unit_price":"19.99","variant":"","variant_id":""}},"native":{"topic":"orders/create"},"time":"2026-'
    b'[{"buyer":"","facts":[{"'
)
_DICTIONARIES = {1: _DICTIONARY_1}
_CURRENT = 1


def pack(data: bytes) -> bytes:
    """Bytes compressed with the current dictionary, its number in front. Equal input gives equal output."""
    squeeze = zlib.compressobj(6, zlib.DEFLATED, -13, 5, zlib.Z_DEFAULT_STRATEGY, _DICTIONARIES[_CURRENT])
    return bytes([_CURRENT]) + squeeze.compress(data) + squeeze.flush()


def unpack(data: bytes) -> bytes:
    """What `pack` was given. ValueError for bytes it did not make."""
    try:
        swell = zlib.decompressobj(-15, _DICTIONARIES[data[0]])
        return swell.decompress(data[1:]) + swell.flush()
    except (KeyError, IndexError, zlib.error) as err:
        raise ValueError(f"not a packed record: {err}") from err


def dump_events(events: tuple[Event, ...]) -> bytes:
    """Events as canonical JSON."""
    return codec.dumps([_event_out(event) for event in events])


def load_events(data: bytes) -> tuple[Event, ...]:
    """Events as `dump_events` wrote them; BadPayload when the bytes are not."""
    return tuple(_event_in(item, f"events[{n}]") for n, item in enumerate(codec.loads(data, "events")))


def _event_out(event: Event) -> dict[str, Any]:
    found: dict[str, Any] = {"type": str(event.type), "time": times.text(event.time)}
    if event.facts:
        found["facts"] = [fact_out(fact) for fact in event.facts]
    if event.native:
        found["native"] = dict(event.native)
    if event.buyer:
        found["buyer"] = event.buyer
    if event.links:
        found["links"] = [codec.encode(link) for link in event.links]
    if event.rank:
        found["rank"] = event.rank
    if event.wants:
        found["wants"] = [codec.encode(want) for want in event.wants]
    return found


def _event_in(item: dict[str, Any], where: str) -> Event:
    time: datetime = times.parse(item["time"], where)
    return Event(
        type=EventType(item["type"]),
        time=time,
        facts=tuple(fact_in(fact, where) for fact in item.get("facts", ())),
        native=item.get("native", {}),
        buyer=item.get("buyer"),
        links=tuple(Link(**link) for link in item.get("links", ())),
        rank=item.get("rank", 0),
        wants=tuple(Want(**want) for want in item.get("wants", ())),
    )


def fact_out(fact: Fact) -> dict[str, Any]:
    """A fact as {word: fields}."""
    return {WORDS[type(fact)]: codec.encode(fact)}


def fact_in(item: dict[str, Any], where: str) -> Fact:
    """The fact in {word: fields}."""
    ((word, fields),) = item.items()
    fact: Fact = codec.decode(KINDS[word], fields, f"{where}.{word}")
    return fact
