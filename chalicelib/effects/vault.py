"""The vault: who the buyers are. One item each, sealed with the buyer's own key, which the shop's key wraps; it can forget.

Erasing is one atomic write: the item becomes a tombstone, key and record are gone together. A tombstone knows when: what is
told of an order placed until then stays refused, also after a later order began a new record, which remembers it. Every write
is conditional on what was read, so an erasure and news of the buyer that meet end in one of their two orders, never in a mix.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass, fields, replace
from datetime import UTC, datetime, timedelta
from typing import Any, Protocol

from pynamodb.exceptions import PutError, UpdateError

from ..model import codec, log, times
from ..model.errors import BadPayload, Conflict
from ..model.person import Buyer, Person, Seen
from . import log as lines
from .identities import Identities
from .intake import destroy_day
from .keys import Keys, Unreadable, seal, unseal
from .tables import BuyerItem, bind, refused

TRIES = 8
MOST_ORDERS = 50
# For how many days back intake keys are destroyed with their shop: those further back are destroyed daily.
INTAKE_DAYS = 90
_PLACE = ("street", "city", "postcode")
# `keep_until` alone is written only when it moves by more than this part of what remains: each order would cost a write.
_PART = 8


class Names(Protocol):
    """Where things are; Settings is one."""

    @property
    def buyers_table(self) -> str: ...


@dataclass(frozen=True, slots=True)
class _Found:
    """What stands in the vault: the item, the buyer's key and record where they could be opened."""

    item: BuyerItem | None
    key: bytes | None = None
    buyer: Buyer | None = None

    @property
    def gone(self) -> int | None:
        """The millisecond of the last erasure."""
        return int(self.item.gone) if self.item is not None and self.item.gone is not None else None


@dataclass(frozen=True, slots=True)
class Unmatched:
    """A buyer that is to be looked for in other shops, and the item as it was read."""

    source: str
    name: str
    buyer: Buyer
    item: BuyerItem


class Vault:
    """Buyers by platform/shop and keyed hash."""

    def __init__(self, names: Names, keys: Keys) -> None:
        self._items = bind(BuyerItem, names.buyers_table)
        self._identities = Identities(names)
        self._keys = keys

    def get(self, source: str, buyer: str, now: datetime) -> Buyer | None:
        """The buyer as known now, read consistently; None when unknown, erased, unreadable, or past `keep_until`."""
        found = self._find(source, buyer).buyer
        return found if found is not None and found.keep_until > now else None

    def keep(
        self, source: str, buyer: str, person: Person, subject: str, placed_at: datetime, told_at: datetime,
        keep_until: datetime, now: datetime,
    ) -> bool:  # fmt: skip
        """Take in what was told of a buyer with an order, and until when that may be kept; safe to repeat.

        Of two that speak about the same field the later told stands; None says nothing. False, and nothing written, when it may
        not be kept: the buyer was erased when the order was placed or later, or `keep_until` is over. Conflict when others keep
        writing the same record.
        """
        for again in range(TRIES):
            # A read that is behind is found out by the write, and then repeated consistently.
            found = self._find(source, buyer, fresh=again > 0)
            if keep_until <= now or (found.gone is not None and times.millis(placed_at) <= found.gone):
                return False
            # What is past its time is not carried on: a new order begins a new record.
            before = found.buyer if found.buyer is not None and found.buyer.keep_until > now else None
            after = merged(before, person, Seen(subject, placed_at), told_at, keep_until)
            if not _worth_writing(before, after, now) or self._write(source, buyer, found, after):
                return True
        raise Conflict(f"the vault's record of {source}#{buyer} changed under {TRIES} attempts to write it")

    def erase(self, source: str, buyer: str, now: datetime) -> tuple[str, ...]:
        """Forget a buyer by one write, also one not known yet; the subjects of their orders as far as they were known. What
        tied them to buyers of other shops goes after that.

        Safe to repeat: what was erased at `now` or later stays as it is, and () is answered. Of two erasures the later stands.
        """
        orders = self._erased(source, buyer, now)
        self._identities.forget(_key(source, buyer))
        return orders

    def _erased(self, source: str, buyer: str, now: datetime) -> tuple[str, ...]:
        gone = times.millis(now)
        for _ in range(TRIES):
            found = self._find(source, buyer)
            if found.gone is not None and found.gone >= gone:
                return ()
            if self._save(self._items(_key(source, buyer), gone=gone), found):
                return tuple(one.subject for one in found.buyer.orders) if found.buyer else ()
        raise Conflict(f"the vault's record of {source}#{buyer} changed under {TRIES} attempts to erase it")

    def erase_shop(self, source: str, until: datetime | None = None) -> None:
        """Make noise of every buyer of a shop and of its raw bodies, by destroying their keys; safe to repeat.

        With `until` only keys made until then: those of a shop that came back afterwards stay.
        """
        self._keys.destroy(_shop_key(source), until)
        today = (until or datetime.now(UTC)).astimezone(UTC).date()
        for back in range(INTAKE_DAYS + 1):
            destroy_day(self._keys, source, today - timedelta(days=back))

    def scan(self, source: str, now: datetime) -> Iterator[tuple[str, Buyer]]:
        """Every (keyed hash, buyer) of a shop that may still be read, for operators' commands: it scans."""
        prefix = _key(source, "")
        for item in self._items.scan(self._items.pk.startswith(prefix)):
            buyer = self._opened(source, item).buyer
            if buyer is not None and buyer.keep_until > now:
                yield item.pk.removeprefix(prefix), buyer

    def unmatched(self, now: datetime) -> Iterator[Unmatched]:
        """Every buyer of any shop that nobody looked for in other shops since something new was told of them, or whose match
        is over within two days. For operators' commands: it scans."""
        soon = int((now + timedelta(days=2)).timestamp())
        for item in self._items.scan(self._items.w.exists() & (self._items.met.does_not_exist() | (self._items.met < soon))):
            source, _, name = item.pk.rpartition("#")
            found = self._opened(source, item)
            if found.buyer is not None and found.buyer.keep_until > now:
                yield Unmatched(source, name, found.buyer, item)

    def match(self, one: Unmatched, until: datetime) -> bool:
        """Note that a buyer was looked for, which holds until then or until something new is told of them; False when what was
        read no longer stands there."""
        item = one.item
        try:
            self._items(item.pk).update([self._items.met.set(int(until.timestamp()))], condition=self._standing(item))
        except UpdateError as err:
            if refused(err):
                return False
            raise
        return True

    def readable(self, source: str) -> bool:
        """Whether a shop's buyers can be read at all: whether its key was not destroyed."""
        return self._keys.find(_shop_key(source)) is not None

    def _find(self, source: str, buyer: str, fresh: bool = True) -> _Found:
        try:
            return self._opened(source, self._items.get(_key(source, buyer), consistent_read=fresh))
        except self._items.DoesNotExist:
            return _Found(None)

    def _opened(self, source: str, item: BuyerItem) -> _Found:
        """An item and the record in it. What cannot be opened counts as gone: its shop's key was destroyed."""
        if item.w is None or item.b is None:
            return _Found(item)
        try:
            key = unseal(self._shop(source), item.w, item.pk)
            data = codec.loads(log.unpack(unseal(key, item.b, item.pk)), "buyer")
            return _Found(item, key, codec.decode(Buyer, data, "buyer"))
        except (Unreadable, BadPayload) as err:
            lines.note(vault=f"a record could not be read and counts as gone: {type(err).__name__}")
            return _Found(item)

    def _shop(self, source: str) -> bytes:
        key = self._keys.find(_shop_key(source))
        if key is None:
            raise Unreadable(f"the vault's key of {source} was destroyed")
        return key

    def _write(self, source: str, buyer: str, found: _Found, after: Buyer) -> bool:
        """Write the record as the next version of what was found; False when that no longer stands there."""
        pk, key = _key(source, buyer), found.key or os.urandom(32)
        until = int(after.keep_until.timestamp())
        wrapped = found.item.w if found.item is not None and found.key else seal(self._keys.get(_shop_key(source)), key, pk)
        version = int(found.item.v or 0) + 1 if found.item is not None else 1
        sealed = seal(key, log.pack(codec.dumps(codec.encode(after))), pk)
        same = found.buyer is not None and found.buyer.person == after.person
        met = found.item.met if found.item is not None and same else None
        item = self._items(pk, w=wrapped, b=sealed, v=version, until=until, ttl=until, gone=found.gone, met=met)
        return self._save(item, found)

    def _save(self, item: BuyerItem, found: _Found) -> bool:
        try:
            item.save(condition=self._standing(found.item))
        except PutError as err:
            if refused(err):
                return False
            raise
        return True

    def _standing(self, item: BuyerItem | None) -> Any:
        """That what was read still stands there, erasures included: a version alone comes again after one."""
        if item is None:
            return self._items.pk.does_not_exist()
        version = self._items.v.does_not_exist() if item.v is None else (self._items.v == item.v)
        return version & (self._items.gone.does_not_exist() if item.gone is None else (self._items.gone == item.gone))


def merged(before: Buyer | None, person: Person, order: Seen, told_at: datetime, keep_until: datetime) -> Buyer:
    """A buyer's record with news of them: later told fields win; each order once, the newest kept."""
    if before is None:
        return Buyer(person, told_at, (order,), keep_until)
    later = told_at >= before.told_at
    old, new = (before.person, person) if later else (person, before.person)
    said = {one.name: value for one in fields(Person) if (value := getattr(new, one.name)) is not None}
    said |= _place(before, person, order, later)
    orders = {one.subject: one for one in (*before.orders, order)}
    newest = sorted(orders.values(), key=lambda one: (one.placed_at, one.subject))[-MOST_ORDERS:]
    return Buyer(replace(old, **said), max(before.told_at, told_at), tuple(newest), max(before.keep_until, keep_until))


def _place(before: Buyer, person: Person, order: Seen, later: bool) -> dict[str, str | None]:
    """The postal address, as one thing: that of the order placed last, and of that the later told. So news of two orders to two
    addresses do not overwrite each other's again and again."""
    stood, told = ({name: getattr(one, name) for name in _PLACE} for one in (before.person, person))
    if not any(told.values()) or not any(stood.values()):
        return told if any(told.values()) else stood
    last = max(before.orders, key=lambda one: (one.placed_at, one.subject))
    newer = (order.placed_at, order.subject) > (last.placed_at, last.subject)
    return told if newer or (later and order.subject == last.subject) else stood


def _worth_writing(before: Buyer | None, after: Buyer, now: datetime) -> bool:
    """Whether anything is new. When it was told, and a little more time to keep it, are not: each would cost a write."""
    if before is None or (before.person, before.orders) != (after.person, after.orders):
        return True
    return (after.keep_until - before.keep_until) * _PART > before.keep_until - now


def _key(source: str, buyer: str) -> str:
    return f"{source}#{buyer}"


def _shop_key(source: str) -> str:
    return f"vault#{source}"
