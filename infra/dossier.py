"""Everything that is held about one buyer, for whoever asks what is known about them. An operator's command: it scans."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from chalicelib import platforms
from chalicelib.effects.contacts import Contacts
from chalicelib.effects.identities import Identities
from chalicelib.effects.intake import opened
from chalicelib.effects.keys import Keys, Unreadable
from chalicelib.effects.outbox import Outbox
from chalicelib.effects.store import Store
from chalicelib.effects.vault import Vault
from chalicelib.model import codec, log, state
from chalicelib.model.action import Entry
from chalicelib.model.event import Delivery
from chalicelib.model.person import Buyer, Channel
from chalicelib.rules import cases
from chalicelib.settings import Settings
from chalicelib.steps.privacy import about

Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Sources:
    """Where things about buyers are kept."""

    keys: Keys
    vault: Vault
    store: Store
    contacts: Contacts
    outbox: Outbox
    identities: Identities


def sources(settings: Settings) -> Sources:
    """The stores of a stage."""
    keys = Keys(settings)
    vault, contacts = Vault(settings, keys), Contacts(settings, keys)
    return Sources(keys, vault, Store(settings), contacts, Outbox(settings), Identities(settings))


def dossier(of: Sources, source: str, buyer: str, now: datetime) -> Json:
    """All that is held about a buyer of a shop: the person, consents, what ties them to buyers of other shops, orders with
    events, cases and messages, requests.

    Raw bodies are among the events while they can be read (30 days). An order counts as the buyer's if the vault or its state
    says so.
    """
    known = of.vault.get(source, buyer, now)
    sent = [entry for entry in of.outbox.scan() if entry.action.source == source]
    orders = {one.subject for one in known.orders} if known else set()
    orders |= {key.partition("#")[2] for key, data, _ in of.store.scan_states() if _of(data, key, source, buyer)}
    return {
        "shop": source, "buyer": buyer, "as_of": now, **_person(known),
        "consents": _consents(of.contacts, source, known) if known else {},
        "linked": [codec.encode(one) for one in of.identities.ties(f"{source}#{buyer}")] if known else [],
        "orders": [_order(of, source, order, sent) for order in sorted(orders)],
        "requests": [row for one in of.store.events(source, f"buyer:{buyer}") for row in _events(of, one)],
    }  # fmt: skip


def held(found: Json) -> bool:
    """Whether anything is held at all."""
    return bool(found["person"] or found["orders"] or found["requests"])


def _of(data: bytes, key: str, source: str, buyer: str) -> bool:
    return key.startswith(f"{source}#order:") and buyer.encode() in data and state.load(data).buyer == buyer


def _person(known: Buyer | None) -> Json:
    if known is None:
        return {"person": None}
    return {"person": codec.encode(known.person), "told_at": known.told_at, "keep_until": known.keep_until}


def _consents(contacts: Contacts, source: str, known: Buyer) -> Json:
    """The consent log of each of the buyer's addresses, by channel."""
    found = {}
    for channel in Channel:
        address = known.person.address(channel)
        if address:
            found[str(channel)] = [codec.encode(one) for one in contacts.log(source, contacts.name(channel, address))]
    return found


def _order(of: Sources, source: str, order: str, sent: list[Entry]) -> Json:
    data, _ = of.store.state(source, order)
    current = state.load(data) if data else None
    return {
        "order": order, "state": json.loads(data) if data else None,
        "cases": [codec.encode(one) for one in cases.of(current)] if current else [],
        "events": [row for some in about(of.store, source, order) for one in some for row in _events(of, one)],
        "messages": [_message(entry) for entry in sent if entry.action.subject == order],
    }  # fmt: skip


def _events(of: Sources, delivery: Delivery) -> Iterator[Json]:
    """The events of a delivery; its raw body stands with the first."""
    for n, event in enumerate(delivery.events):
        yield {
            "id": delivery.id, "received": delivery.received, "type": str(event.type), "time": event.time,
            "native": dict(event.native), "facts": [log.fact_out(fact) for fact in event.facts],
            **({"body": _body(of, delivery)} if n == 0 and (delivery.sealed or delivery.sealed_at) else {}),
        }  # fmt: skip


def _body(of: Sources, delivery: Delivery) -> str | None:
    """The raw body; None once its day's key was destroyed."""
    sealed = delivery.sealed or of.store.blobs.get(str(delivery.sealed_at))
    try:
        packed = opened(of.keys, delivery, sealed)
    except Unreadable:
        return None
    return platforms.unpack_raw(delivery.source.partition("/")[0], packed).decode("utf-8", "replace")


def _message(entry: Entry) -> Json:
    one = entry.action
    return {
        "key": one.key, "kind": str(one.kind), "status": str(one.status), "why": one.why, "due_at": one.due_at,
        "channel": entry.channel, "settled_at": entry.settled_at, "outcome": entry.outcome,
    }  # fmt: skip
