"""In-memory stand-ins with the same verbs as effects/."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

from chalicelib.model.action import Action
from chalicelib.model.errors import Conflict
from chalicelib.model.event import Delivery, Link


@dataclass
class MemoryStore:
    """The tables, in dictionaries. `fault(verb)` is called before each verb and may raise."""

    log: dict[tuple[str, str], dict[str, Delivery]] = field(default_factory=dict)
    states: dict[str, tuple[bytes, int]] = field(default_factory=dict)
    links: dict[str, str] = field(default_factory=dict)
    outbox: dict[str, Action] = field(default_factory=dict)
    fault: Callable[[str], None] = lambda verb: None

    def put(self, delivery: Delivery) -> bool:
        """A conditional put, as the intake does it."""
        self.fault("put")
        partition = self.log.setdefault((delivery.source, delivery.subject), {})
        fresh = delivery.id not in partition
        partition.setdefault(delivery.id, delivery)
        return fresh

    def add(self, deliveries: list[Delivery]) -> int:
        return sum(self.put(delivery) for delivery in deliveries)

    def events(self, source: str, subject: str) -> list[Delivery]:
        self.fault("events")
        partition = self.log.get((source, subject), {})
        return [partition[id_] for id_ in sorted(partition)]

    def order_of(self, source: str, subject: str) -> str | None:
        self.fault("order_of")
        return self.links.get(f"{source}#{subject}")

    def claim(self, source: str, link: Link, order: str) -> bool:
        self.fault("claim")
        return self.links.setdefault(f"{source}#{link.kind}:{link.id}", order) == order

    def state(self, source: str, subject: str) -> tuple[bytes | None, int]:
        self.fault("state")
        return self.states.get(f"{source}#{subject}", (None, 0))

    def put_state(self, source: str, subject: str, data: bytes, version: int) -> None:
        self.fault("put_state")
        if self.states.get(f"{source}#{subject}", (None, 0))[1] != version - 1:
            raise Conflict(subject)
        self.states[f"{source}#{subject}"] = (data, version)

    def add_action(self, action: Action) -> bool:
        self.fault("add_action")
        fresh = action.key not in self.outbox
        self.outbox.setdefault(action.key, action)
        return fresh

    def scan_events(self) -> Iterator[Delivery]:
        return (delivery for partition in self.log.values() for delivery in partition.values())

    def scan_states(self) -> Iterator[tuple[str, bytes, int]]:
        return ((key, data, version) for key, (data, version) in self.states.items())

    def scan_links(self) -> Iterator[tuple[str, str]]:
        return iter(self.links.items())


@dataclass
class MemoryQueue:
    """The retry queue, as a list. `broken` makes every send fail."""

    sent: list[tuple[str, dict[str, str]]] = field(default_factory=list)
    broken: bool = False

    def send(self, step: str, key: dict[str, str], error: BaseException) -> None:
        if self.broken:
            raise ConnectionError("the queue does not answer")
        self.sent.append((step, key))


def stream_record(pk: str, sk: str, number: str = "1") -> dict[str, Any]:
    """A record of the log's stream (keys only)."""
    keys = {"pk": {"S": pk}, "sk": {"S": sk}}
    return {"eventName": "INSERT", "dynamodb": {"Keys": keys, "SequenceNumber": number, "StreamViewType": "KEYS_ONLY"}}
