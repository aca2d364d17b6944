"""Keys that can be destroyed: each wrapped by KMS and kept as one item of the keys table.

Intake keys (one for each shop and UTC day) seal raw bodies; without its item a day's raw bodies are noise. A shop's vault key
wraps the keys of its buyers. The pepper is the installation's key for hashing identities. Every key is read once per container:
a destroyed one may live on in the memory of a running container, at most until AWS recycles it, within hours.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import os
from datetime import UTC, datetime
from typing import Protocol

from ..model import times
from ..model.errors import StoreFailed, WellkeptError
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


class Unreadable(WellkeptError):
    """Sealed data that nobody can open: its key was destroyed, or it was sealed for another place."""


class Keys:
    """Named 32-byte keys, made when first asked for."""

    def __init__(self, names: Names, aws: Signed | None = None) -> None:
        self._table = names.keys_table
        self._key_id = names.key_id
        self._aws = aws or Signed(names.aws)
        self._cache: dict[str, bytes] = {}

    def get(self, name: str) -> bytes:
        """The key called `name`, made if there is none. StoreFailed when it cannot be had."""
        found = self._cache.get(name) or self._had(name, make=True)
        assert found is not None
        return found

    def find(self, name: str) -> bytes | None:
        """The key called `name`; None when there is none (any more). StoreFailed when that cannot be told."""
        return self._cache.get(name) or self._had(name, make=False)

    def _had(self, name: str, make: bool) -> bytes | None:
        try:
            found = self._read(name) or (self._make(name) if make else None)
        except (Refused, Unreachable) as err:
            raise StoreFailed(f"key {name!r} could not be had: {err}") from err
        if found is not None:
            if len(self._cache) >= _MAX_CACHED:
                self._cache.clear()
            self._cache[name] = found
        return found

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
        item = {"pk": {"S": name}, "w": {"B": made["CiphertextBlob"]}, "at": {"N": str(times.millis(datetime.now(UTC)))}}
        put = {"TableName": self._table, "Item": item, "ConditionExpression": "attribute_not_exists(pk)"}
        try:
            self._aws.call("dynamodb", "PutItem", put)
        except Refused as err:
            if err.code != "ConditionalCheckFailedException":
                raise
            return self._read(name) or self._make(name)
        return base64.b64decode(made["Plaintext"])

    def destroy(self, name: str, until: datetime | None = None) -> bool:
        """Destroy the key called `name`, and with it all that was sealed with it; safe to repeat.

        With `until` only a key made until then: False when a younger one stands there. StoreFailed when it cannot be done.
        """
        self._cache.pop(name, None)
        asked: dict[str, object] = {"TableName": self._table, "Key": {"pk": {"S": name}}}
        if until is not None:
            asked["ConditionExpression"] = "attribute_not_exists(#at) OR #at <= :until"
            asked["ExpressionAttributeNames"] = {"#at": "at"}
            asked["ExpressionAttributeValues"] = {":until": {"N": str(times.millis(until))}}
        return self._aws.write("DeleteItem", asked, f"key {name!r} could not be destroyed")

    @staticmethod
    def warm() -> None:
        """Load the cipher now: start-up is where a function has all of a core."""
        import cryptography.hazmat.primitives.ciphers.aead  # noqa: F401

    def seal(self, name: str, data: bytes, context: str) -> bytes:
        """`data` under the key called `name` (AES-256-GCM), readable only together with `context`."""
        return seal(self.get(name), data, context)

    def open(self, name: str, sealed: bytes, context: str) -> bytes:
        """What was sealed. Unreadable when the key was destroyed, or when it was not sealed so."""
        key = self.find(name)
        if key is None:
            raise Unreadable(f"key {name!r} was destroyed")
        return unseal(key, sealed, context)

    def hashed(self, reference: str) -> str:
        """A keyed hash of a personal reference: equal references are equal, and nobody without the pepper can tell whose."""
        return hmac.new(self.get("pepper"), reference.encode(), hashlib.sha256).hexdigest()[:24]


def seal(key: bytes, data: bytes, context: str) -> bytes:
    """`data` under a 32-byte key (AES-256-GCM), a random nonce in front; readable only together with `context`."""
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

    nonce = os.urandom(12)
    return nonce + AESGCM(key).encrypt(nonce, data, context.encode())


def unseal(key: bytes, sealed: bytes, context: str) -> bytes:
    """What `seal` sealed with this key for this context; Unreadable for anything else."""
    from cryptography.exceptions import InvalidTag
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

    try:
        return AESGCM(key).decrypt(sealed[:12], sealed[12:], context.encode())
    except (InvalidTag, ValueError):
        raise Unreadable(f"what was sealed for {context!r} does not open with its key") from None
