"""Keys that can be destroyed: each wrapped by KMS and kept as one item of the keys table.

Intake keys (one for each shop and UTC day) seal raw bodies; without its item a day's raw bodies are noise. The pepper is the
installation's key for hashing identities. Every key is read once per container.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import os
from typing import Protocol

from ..model.errors import StoreFailed
from .signed import Place, Refused, Signed, Unreachable

_MAX_CACHED = 5000


class Names(Protocol):
    """Where things are; Settings is one."""

    @property
    def keys_table(self) -> str: ...
    @property
    def key_id(self) -> str: ...
    @property
    def aws(self) -> Place: ...


class Keys:
    """Named 32-byte keys, made when first asked for."""

    def __init__(self, names: Names, aws: Signed | None = None) -> None:
        self._table = names.keys_table
        self._key_id = names.key_id
        self._aws = aws or Signed(names.aws)
        self._cache: dict[str, bytes] = {}

    def get(self, name: str) -> bytes:
        """The key called `name`. StoreFailed when neither it nor a new one can be had."""
        if name not in self._cache:
            if len(self._cache) >= _MAX_CACHED:
                self._cache.clear()
            try:
                self._cache[name] = self._read(name) or self._make(name)
            except (Refused, Unreachable) as err:
                raise StoreFailed(f"key {name!r} could not be had: {err}") from err
        return self._cache[name]

    def _read(self, name: str) -> bytes | None:
        asked = {"TableName": self._table, "Key": {"pk": {"S": name}}, "ConsistentRead": True}
        item = self._aws.call("dynamodb", "GetItem", asked).get("Item")
        if item is None:
            return None
        wrapped = {"CiphertextBlob": item["w"]["B"], "EncryptionContext": {"name": name}, "KeyId": self._key_id}
        return base64.b64decode(self._aws.call("kms", "Decrypt", wrapped)["Plaintext"])

    def _make(self, name: str) -> bytes:
        """A new key, unless another container was first: then that one."""
        asked = {"KeyId": self._key_id, "NumberOfBytes": 32, "EncryptionContext": {"name": name}}
        made = self._aws.call("kms", "GenerateDataKey", asked)
        item = {"pk": {"S": name}, "w": {"B": made["CiphertextBlob"]}}
        put = {"TableName": self._table, "Item": item, "ConditionExpression": "attribute_not_exists(pk)"}
        try:
            self._aws.call("dynamodb", "PutItem", put)
        except Refused as err:
            if err.code != "ConditionalCheckFailedException":
                raise
            return self._read(name) or self._make(name)
        return base64.b64decode(made["Plaintext"])

    @staticmethod
    def warm() -> None:
        """Load the cipher now: start-up is where a function has all of a core."""
        import cryptography.hazmat.primitives.ciphers.aead  # noqa: F401

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
