"""Keys that can be destroyed: each wrapped by KMS and kept as one item of the keys table.

Intake keys (one for each shop and UTC day) seal raw bodies; without its item a day's raw bodies are noise. The pepper is the
installation's key for hashing identities. Every key is read once per container.
"""

from __future__ import annotations

import hashlib
import hmac
import os
from functools import cached_property
from typing import Any

from ..model.errors import StoreFailed

_MAX_CACHED = 5000


class Keys:
    """Named 32-byte keys, made when first asked for."""

    def __init__(self, table: str, key_id: str) -> None:
        self._table = table
        self._key_id = key_id
        self._cache: dict[str, bytes] = {}

    @cached_property
    def _clients(self) -> tuple[Any, Any]:
        import boto3
        from botocore.config import Config

        config = Config(connect_timeout=1, read_timeout=2, retries={"mode": "standard", "total_max_attempts": 3})
        return boto3.client("dynamodb", config=config), boto3.client("kms", config=config)

    def get(self, name: str) -> bytes:
        """The key called `name`. StoreFailed when neither it nor a new one can be had."""
        if name not in self._cache:
            from botocore.exceptions import BotoCoreError, ClientError

            if len(self._cache) >= _MAX_CACHED:
                self._cache.clear()
            try:
                self._cache[name] = self._read(name) or self._make(name)
            except (BotoCoreError, ClientError) as err:
                raise StoreFailed(f"key {name!r} could not be had: {err}") from err
        return self._cache[name]

    def _read(self, name: str) -> bytes | None:
        dynamodb, kms = self._clients
        item = dynamodb.get_item(TableName=self._table, Key={"pk": {"S": name}}, ConsistentRead=True).get("Item")
        if item is None:
            return None
        plain: bytes = kms.decrypt(CiphertextBlob=item["w"]["B"], EncryptionContext={"name": name}, KeyId=self._key_id)["Plaintext"]
        return plain

    def _make(self, name: str) -> bytes:
        """A new key, unless another container was first: then that one."""
        dynamodb, kms = self._clients
        made = kms.generate_data_key(KeyId=self._key_id, NumberOfBytes=32, EncryptionContext={"name": name})
        item = {"pk": {"S": name}, "w": {"B": made["CiphertextBlob"]}}
        try:
            dynamodb.put_item(TableName=self._table, Item=item, ConditionExpression="attribute_not_exists(pk)")
        except dynamodb.exceptions.ConditionalCheckFailedException:
            return self._read(name) or self._make(name)
        plain: bytes = made["Plaintext"]
        return plain

    def seal(self, name: str, data: bytes, context: str) -> bytes:
        """`data` under the key called `name` (AES-256-GCM), readable only together with `context`."""
        from cryptography.hazmat.primitives.ciphers.aead import AESGCM

        nonce = os.urandom(12)
        return nonce + AESGCM(self.get(name)).encrypt(nonce, data, context.encode())

    def open(self, name: str, sealed: bytes, context: str) -> bytes:
        """What was sealed. cryptography's InvalidTag when it was not sealed so."""
        from cryptography.hazmat.primitives.ciphers.aead import AESGCM

        return AESGCM(self.get(name)).decrypt(sealed[:12], sealed[12:], context.encode())

    def hashed(self, reference: str) -> str:
        """A keyed hash of a personal reference: equal references are equal, and nobody without the pepper can tell whose."""
        return hmac.new(self.get("pepper"), reference.encode(), hashlib.sha256).hexdigest()[:24]
