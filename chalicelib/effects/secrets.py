"""Shops' secrets in Secrets Manager, cached per container: the register of connected shops is the list of their secrets."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from ..model.errors import StoreFailed, UnknownShop

KEEP = 300.0
KEEP_UNKNOWN = 30.0
_MAX_CACHED = 1000


@dataclass(frozen=True, slots=True)
class Shop:
    """What is kept of a connected shop: its live secrets, newest first (two while one is being rotated)."""

    secrets: tuple[str, ...]


class Secrets:
    """Secrets by platform and shop. A rotated secret is seen within five minutes, a new shop within half a minute."""

    def __init__(self, prefix: str, clock: Callable[[], float] = time.monotonic) -> None:
        self._prefix = prefix
        self._clock = clock
        self._cache: dict[str, tuple[float, Shop | None]] = {}

    @cached_property
    def _client(self) -> Any:
        import boto3
        from botocore.config import Config

        return boto3.client("secretsmanager", config=Config(connect_timeout=1, read_timeout=2, retries={"total_max_attempts": 2}))

    def shop(self, source: str) -> Shop:
        """The shop called platform/shop. UnknownShop when none is connected, StoreFailed when it cannot be told."""
        until, shop = self._cache.get(source, (0.0, None))
        if self._clock() >= until:
            shop = self._read(source)
            if len(self._cache) >= _MAX_CACHED:
                self._cache.clear()
            self._cache[source] = (self._clock() + (KEEP if shop else KEEP_UNKNOWN), shop)
        if shop is None:
            raise UnknownShop(f"no shop {source!r} is connected; connect it with: ./wellkept shop add PLATFORM NAME --secret ...")
        return shop

    def _read(self, source: str) -> Shop | None:
        from botocore.exceptions import BotoCoreError, ClientError

        try:
            found = json.loads(self._client.get_secret_value(SecretId=self._prefix + source)["SecretString"])
        except ClientError as err:
            if err.response["Error"]["Code"] == "ResourceNotFoundException":
                return None
            raise StoreFailed(f"the shop's secret could not be read: {err}") from err
        except BotoCoreError as err:
            raise StoreFailed(f"the shop's secret could not be read: {err}") from err
        return Shop(tuple(found["secrets"]))

    def add(self, source: str, secret: str, keep_old: bool) -> Shop:
        """Connect a shop, or give it a new secret; with `keep_old` the one before stays valid beside it."""
        old = self._read(source)
        kept = old.secrets[:1] if old and keep_old else ()
        shop = Shop(tuple(dict.fromkeys((secret, *kept))))
        body = json.dumps({"secrets": shop.secrets})
        if old:
            self._client.put_secret_value(SecretId=self._prefix + source, SecretString=body)
        else:
            self._client.create_secret(Name=self._prefix + source, SecretString=body)
        self._cache.pop(source, None)
        return shop

    def names(self) -> list[str]:
        """platform/shop of every connected shop, for operators' commands."""
        pages = self._client.get_paginator("list_secrets").paginate(Filters=[{"Key": "name", "Values": [self._prefix]}])
        return sorted(one["Name"].removeprefix(self._prefix) for page in pages for one in page["SecretList"])
