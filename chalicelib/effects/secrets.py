"""Shops' secrets in Secrets Manager, cached per container: the register of connected shops is the list of their secrets."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Protocol

from ..model.errors import StoreFailed, UnknownShop
from .signed import Place, Refused, Signed, Unreachable

KEEP = 300.0
KEEP_UNKNOWN = 30.0
_MAX_CACHED = 1000


@dataclass(frozen=True, slots=True)
class Shop:
    """What is kept of a connected shop: its live secrets, newest first (two while one is being rotated)."""

    secrets: tuple[str, ...]


class Names(Protocol):
    """Where things are; Settings is one."""

    @property
    def secrets_prefix(self) -> str: ...
    @property
    def aws(self) -> Place: ...


class Secrets:
    """Secrets by platform and shop. A rotated secret is seen within five minutes, a new shop within half a minute."""

    def __init__(self, names: Names, aws: Signed | None = None, clock: Callable[[], float] = time.monotonic) -> None:
        self._prefix = names.secrets_prefix
        self._aws = aws or Signed(names.aws)
        self._clock = clock
        self._cache: dict[str, tuple[float, Shop | None]] = {}

    def shop(self, source: str) -> Shop:
        """The shop called platform/shop. UnknownShop when none is connected, StoreFailed when it cannot be told."""
        until, shop = self._cache.get(source, (0.0, None))
        if self._clock() >= until:
            shop = self._read(source)
            if len(self._cache) >= _MAX_CACHED:
                self._cache.clear()
            self._cache[source] = (self._clock() + (KEEP if shop else KEEP_UNKNOWN), shop)
        if shop is None:
            raise UnknownShop(
                f"no shop {source!r} is connected; connect it with: ./wellkept shop add PLATFORM NAME --secret ..."
            )
        return shop

    def _read(self, source: str) -> Shop | None:
        try:
            answer = self._aws.call("secretsmanager", "GetSecretValue", {"SecretId": self._prefix + source})
        except Refused as err:
            if err.code == "ResourceNotFoundException":
                return None
            raise StoreFailed(f"the shop's secret could not be read: {err}") from err
        except Unreachable as err:
            raise StoreFailed(f"the shop's secret could not be read: {err}") from err
        return Shop(tuple(json.loads(answer["SecretString"])["secrets"]))

    def add(self, source: str, secret: str, keep_old: bool) -> Shop:
        """Connect a shop, or give it a new secret; with `keep_old` the one before stays valid beside it."""
        old = self._read(source)
        kept = old.secrets[:1] if old and keep_old else ()
        shop = Shop(tuple(dict.fromkeys((secret, *kept))))
        client = _client()
        body = json.dumps({"secrets": shop.secrets})
        if old:
            client.put_secret_value(SecretId=self._prefix + source, SecretString=body)
        else:
            client.create_secret(Name=self._prefix + source, SecretString=body)
        self._cache.pop(source, None)
        return shop

    def names(self) -> list[str]:
        """platform/shop of every connected shop, for operators' commands."""
        client = _client()
        pages = client.get_paginator("list_secrets").paginate(Filters=[{"Key": "name", "Values": [self._prefix]}])
        return sorted(one["Name"].removeprefix(self._prefix) for page in pages for one in page["SecretList"])


def _client() -> Any:
    import boto3

    return boto3.client("secretsmanager")
