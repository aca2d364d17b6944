"""Shops' secrets in Secrets Manager, cached per container: the register of connected shops is the list of their secrets."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Protocol

from ..model.errors import StoreFailed, UnknownShop
from .signed import Place, Refused, Signed, Unreachable

KEEP = 300.0
KEEP_UNKNOWN = 30.0
_MAX_CACHED = 1000


@dataclass(frozen=True, slots=True)
class Shop:
    """What is kept of a connected shop: its live secrets, newest first (two while one is being rotated).

    `setup` is what else its platform wants to be known (app key, registered address, refresh token ...), by the names of the
    module's SETUP. `routes` tells which shop of ours each of the platform's own shop ids is, where several share one address.
    """

    secrets: tuple[str, ...]
    setup: Mapping[str, str] = field(default_factory=dict, repr=False)
    routes: Mapping[str, str] = field(default_factory=dict)


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
        found = json.loads(answer["SecretString"])
        return Shop(tuple(found["secrets"]), found.get("setup", {}), found.get("routes", {}))

    def add(self, source: str, secret: str, keep_old: bool, setup: Mapping[str, str] | None = None) -> Shop:
        """Connect a shop, or give it a new secret; with `keep_old` the one before stays valid beside it.

        `setup` is laid over what was written down before; an empty value takes a name away.
        """
        old = self._read(source)
        kept = old.secrets[:1] if old and keep_old else ()
        said = {**(old.setup if old else {}), **(setup or {})}
        values = {name: value for name, value in said.items() if value}
        shop = Shop(tuple(dict.fromkeys((secret, *kept))), values, old.routes if old else {})
        self._write(source, shop, fresh=old is None)
        return shop

    def route(self, source: str, seller: str, name: str) -> Shop:
        """Note at a connected shop that news of the platform's own shop id `seller` is about our shop called `name`."""
        old = self._read(source)
        if old is None:
            raise UnknownShop(f"no shop {source!r} is connected, so nothing can come in for others through it")
        shop = replace(old, routes={**old.routes, seller: name})
        self._write(source, shop, fresh=False)
        return shop

    def _write(self, source: str, shop: Shop, fresh: bool) -> None:
        said = {"secrets": shop.secrets, "setup": dict(shop.setup), "routes": dict(shop.routes)}
        body, name = json.dumps({key: value for key, value in said.items() if value or key == "secrets"}), self._prefix + source
        if fresh:
            _client().create_secret(Name=name, SecretString=body)
        else:
            _client().put_secret_value(SecretId=name, SecretString=body)
        self._cache.pop(source, None)

    def names(self) -> list[str]:
        """platform/shop of every connected shop, for operators' commands."""
        client = _client()
        pages = client.get_paginator("list_secrets").paginate(Filters=[{"Key": "name", "Values": [self._prefix]}])
        return sorted(one["Name"].removeprefix(self._prefix) for page in pages for one in page["SecretList"])


def _client() -> Any:
    import boto3

    return boto3.client("secretsmanager")
