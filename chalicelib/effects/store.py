"""The tables behind a few verbs: the log, states, links. Keyed writes only; scans are for operators' commands."""

from __future__ import annotations

import base64
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, Protocol

from pynamodb.exceptions import PutError

from ..model import log, times
from ..model.errors import Conflict
from ..model.event import Delivery, Link
from ..model.words import Origin
from .blobs import LIMIT, Blobs
from .tables import EventItem, LinkItem, OrderItem, bind, refused

BATCH = 100


class Names(Protocol):
    """Where things are; Settings is one."""

    @property
    def events_table(self) -> str: ...
    @property
    def orders_table(self) -> str: ...
    @property
    def links_table(self) -> str: ...
    @property
    def blobs_bucket(self) -> str: ...


class Store:
    """The log and all that is computed from it. Keys are `platform/shop#subject`."""

    def __init__(self, names: Names) -> None:
        self._events = bind(EventItem, names.events_table)
        self._orders = bind(OrderItem, names.orders_table)
        self._links = bind(LinkItem, names.links_table)
        self.blobs = Blobs(names.blobs_bucket)

    # The log

    def events(self, source: str, subject: str) -> list[Delivery]:
        """Every delivery about a subject, read consistently."""
        return [self.delivery_of(item) for item in self._events.query(f"{source}#{subject}", consistent_read=True)]

    def delivery_of(self, item: EventItem) -> Delivery:
        """The delivery in an item of the log; its raw body stays sealed, and is left where it lies if that is S3."""
        source, _, subject = item.pk.partition("#")
        packed = item.e if item.x is None or item.e is not None else self.blobs.get(item.x)
        events = log.load_events(log.unpack(packed)) if packed else ()
        return Delivery(item.sk, source, subject, events, times.from_millis(int(item.at)), Origin(item.o), item.s, item.r)

    def unseal(self, source: str, subject: str, id_: str) -> bool:
        """Throw away a delivery's sealed raw body, wherever it lies; its events stay. False when there was none; repeatable."""
        try:
            item = self._events.get(f"{source}#{subject}", id_, consistent_read=True, attributes_to_get=["pk", "sk", "s", "r"])
        except self._events.DoesNotExist:
            return False
        if item.s is None and item.r is None:
            return False
        if item.r is not None:
            # Before the item forgets where it lies: whoever is stopped between the two finds it again.
            self.blobs.delete(item.r)
        item.update(actions=[self._events.s.remove(), self._events.r.remove()], condition=self._events.sk.exists())
        return True

    def rewrite(self, delivery: Delivery) -> None:
        """Put other events in the place of a delivery's own. For erasing alone: otherwise the log stays as it came."""
        item = self._item(delivery)
        events = self._events
        moved: list[Any] = [events.e.set(item.e)] if item.e is not None else [events.x.set(item.x), events.e.remove()]
        events(item.pk, item.sk).update(actions=moved, condition=events.sk.exists())

    def known(self, keys: Iterable[tuple[str, str]]) -> set[tuple[str, str]]:
        """Which of these (key, delivery id) are in the log already."""
        return {(item.pk, item.sk) for item in self._events.batch_get(list(keys), attributes_to_get=["pk", "sk"])}

    def add(self, deliveries: Sequence[Delivery]) -> int:
        """Put the deliveries that the log does not hold yet, in batches; how many were new. Safe to repeat."""
        added = 0
        for start in range(0, len(deliveries), BATCH):
            some = deliveries[start : start + BATCH]
            known = self.known((f"{d.source}#{d.subject}", d.id) for d in some)
            fresh = {(f"{d.source}#{d.subject}", d.id): d for d in some}
            with self._events.batch_write() as batch:
                for key, delivery in fresh.items():
                    if key not in known:
                        batch.save(self._item(delivery))
            added += len(fresh.keys() - known)
        return added

    def _item(self, delivery: Delivery) -> EventItem:
        packed = log.pack(log.dump_events(delivery.events))
        item = self._events(
            f"{delivery.source}#{delivery.subject}", delivery.id, at=times.millis(delivery.received), o=delivery.origin
        )
        if delivery.sealed:
            item.s = delivery.sealed
        if len(packed) > LIMIT:
            item.x = self.blobs.put(packed)
        else:
            item.e = packed
        return item

    def scan_events(self) -> Iterator[Delivery]:
        """The whole log, for operators' commands."""
        return (self.delivery_of(item) for item in self._events.scan(attributes_to_get=["pk", "sk", "at", "o", "e", "x"]))

    # States

    def state(self, source: str, subject: str, fresh: bool = True) -> tuple[bytes | None, int]:
        """The state's bytes and version, read consistently unless `fresh` is waived; (None, 0) when there is none."""
        try:
            return self._state(self._orders.get(f"{source}#{subject}", consistent_read=fresh))
        except self._orders.DoesNotExist:
            return None, 0

    def state_of_image(self, image: Mapping[str, Any]) -> tuple[bytes | None, int]:
        """The same from a stream's image of the item, whose bytes a Lambda event spells in base64."""
        item = self._orders()
        item.deserialize({name: _decoded(value) for name, value in image.items()})
        return self._state(item)

    def _state(self, item: OrderItem) -> tuple[bytes, int]:
        packed = item.b if item.b is not None else self.blobs.get(item.x)
        return log.unpack(packed), int(item.v)

    def put_state(self, source: str, subject: str, data: bytes, version: int) -> None:
        """Write the state as `version`, the successor of the one read. Conflict when somebody else was first."""
        packed = log.pack(data)
        item = self._orders(f"{source}#{subject}", v=version)
        if len(packed) > LIMIT:
            item.x = self.blobs.put(packed)
        else:
            item.b = packed
        expected = self._orders.pk.does_not_exist() if version == 1 else self._orders.v == version - 1
        try:
            item.save(condition=expected)
        except PutError as err:
            raise (Conflict(item.pk) if refused(err) else err) from err

    def scan_states(self) -> Iterator[tuple[str, bytes, int]]:
        """Every (key, state, version), for operators' commands."""
        return ((item.pk, *self._state(item)) for item in self._orders.scan())

    # Links

    def order_of(self, source: str, subject: str) -> str | None:
        """The order a subject belongs to, read consistently, or None while nobody said."""
        return self._order_of(f"{source}#{subject}", consistent=True)

    def _order_of(self, key: str, consistent: bool) -> str | None:
        try:
            return self._links.get(key, consistent_read=consistent).order
        except self._links.DoesNotExist:
            return None

    def claim(self, source: str, link: Link, order: str) -> bool:
        """Note that a native id belongs to an order; False when it belongs to another. The first claim stands for ever.

        A link never changes, so a cheap read that finds one has found the truth; only one that does not must look closer.
        """
        key = f"{source}#{link.kind}:{link.id}"
        owner = self._order_of(key, consistent=False)
        if owner is None:
            try:
                self._links(key, order=order).save(condition=self._links.pk.does_not_exist())
            except PutError as err:
                if not refused(err):
                    raise
                owner = self._order_of(key, consistent=True)
        return owner in (None, order)

    def scan_links(self) -> Iterator[tuple[str, str]]:
        """Every (platform/shop#kind:id, order), for operators' commands."""
        return ((item.pk, item.order) for item in self._links.scan())


def _decoded(value: Mapping[str, Any]) -> dict[str, Any]:
    return {kind: base64.b64decode(one) if kind == "B" and isinstance(one, str) else one for kind, one in value.items()}
