"""The consent log: what happened between us and an address, kept under a keyed hash of the address for each shop.

It outlives the erasure of a buyer: a refusal must be remembered, and says nothing to whoever has no pepper.
"""

from __future__ import annotations

import json
import re
from typing import Protocol

from pynamodb.attributes import NumberAttribute, UnicodeAttribute
from pynamodb.exceptions import PutError
from pynamodb.models import Model

from ..model import codec
from ..model.errors import Conflict
from ..model.person import Channel, Consent, ConsentWord
from .tables import bind, refused

TRIES = 8
KEPT = 50
_PREFIX = "contact#"
_NO_DIGIT = re.compile(r"[^0-9]")
# What undoes what: the same word by the same evidence counts anew only after one of these.
_UNDONE_BY = {ConsentWord.UNSUBSCRIBED: ConsentWord.SUBSCRIBED, ConsentWord.SUBSCRIBED: ConsentWord.UNSUBSCRIBED}


class Names(Protocol):
    """Where things are; Settings is one."""

    @property
    def buyers_table(self) -> str: ...


class Hashing(Protocol):
    """What makes a keyed hash of a personal reference; effects.keys.Keys is one."""

    def hashed(self, reference: str) -> str: ...


class ContactItem(Model):
    """The consent log of an address: contact#platform/shop#keyed hash; its entries as JSON and how often it was written."""

    pk = UnicodeAttribute(hash_key=True)
    entries = UnicodeAttribute(null=True)
    v = NumberAttribute(null=True)


class Contacts:
    """Consent logs by shop and address."""

    def __init__(self, names: Names, keys: Hashing) -> None:
        self._items = bind(ContactItem, names.buyers_table)
        self._keys = keys

    def name(self, channel: Channel, address: str) -> str:
        """The name of an address: a keyed hash, equal for all spellings that reach the same person."""
        return self._keys.hashed(f"{channel}:{normal(channel, address)}")

    def log(self, source: str, name: str) -> tuple[Consent, ...]:
        """What happened with an address, earliest first, read consistently."""
        return self._read(source, name)[0]

    def add(self, source: str, name: str, consent: Consent) -> None:
        """Note an entry; safe to repeat. Conflict when others keep writing the same log."""
        for _ in range(TRIES):
            before, version = self._read(source, name)
            after = added(before, consent)
            if after == before or self._write(source, name, after, version):
                return
        raise Conflict(f"the consent log {name} of {source} changed under {TRIES} attempts to write it")

    def _read(self, source: str, name: str) -> tuple[tuple[Consent, ...], int]:
        try:
            item = self._items.get(_key(source, name), consistent_read=True)
        except self._items.DoesNotExist:
            return (), 0
        found = json.loads(item.entries or "[]")
        return tuple(codec.decode(Consent, one, f"consent[{n}]") for n, one in enumerate(found)), int(item.v or 0)

    def _write(self, source: str, name: str, entries: tuple[Consent, ...], version: int) -> bool:
        text = codec.dumps([codec.encode(one) for one in entries]).decode()
        stands = self._items.pk.does_not_exist() if version == 0 else (self._items.v == version)
        try:
            self._items(_key(source, name), entries=text, v=version + 1).save(condition=stands)
        except PutError as err:
            if refused(err):
                return False
            raise
        return True


def normal(channel: Channel, address: str) -> str:
    """An address in its one spelling: mail in lower case, a phone number as + and digits, a device as it is."""
    if channel is Channel.MAIL:
        return address.strip().lower()
    return "+" + _NO_DIGIT.sub("", address) if channel is Channel.SMS else address


def added(log: tuple[Consent, ...], consent: Consent) -> tuple[Consent, ...]:
    """The log with an entry, by time; as it was when the entry says nothing new.

    One word by one evidence is kept once, unless it was undone since: who unsubscribes, subscribes and unsubscribes again by
    the same click has unsubscribed. Of more than 50 entries the latest of each word stay in any case.
    """
    same = [one for one in log if (one.word, one.by) == (consent.word, consent.by)]
    undone = [one.at for one in log if one.word is _UNDONE_BY.get(consent.word)]
    if any(one.at >= consent.at or not any(one.at <= at <= consent.at for at in undone) for one in same):
        return log
    entries = sorted((*log, consent), key=lambda one: one.at)
    latest = {one.word: one for one in entries}
    extra = len(entries) - KEPT
    return tuple(one for n, one in enumerate(entries) if n >= extra or latest[one.word] is one)


def _key(source: str, name: str) -> str:
    return f"{_PREFIX}{source}#{name}"
