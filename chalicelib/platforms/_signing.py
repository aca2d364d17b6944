"""Signature arithmetic shared by platforms. Comparisons take constant time."""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

from ..model.errors import BadSignature
from ..model.event import Webhook


def hmac_sha256_base64(key: bytes, message: bytes) -> str:
    """base64(HMAC-SHA256(key, message)). ValueError for an empty key: anybody could sign with it."""
    if not key:
        raise ValueError("an empty key signs nothing")
    return base64.b64encode(hmac.new(key, message, hashlib.sha256).digest()).decode()


def any_equal(given: Iterable[str], expected: Sequence[str]) -> bool:
    """Whether one of the given signatures is one of the expected; all are compared, each in constant time."""
    pairs = [hmac.compare_digest(one.encode("utf-8", "replace"), other.encode()) for one in given for other in expected]
    return any(pairs)


def base64_bytes(text: str) -> bytes | None:
    """base64 text as bytes, padding optional; None for anything else."""
    try:
        return base64.b64decode(text + "=" * (-len(text) % 4), validate=True)
    except (binascii.Error, ValueError):
        return None


def hmac_sha256_hex(key: bytes, message: bytes) -> str:
    """Lower-case hex of HMAC-SHA256(key, message). ValueError for an empty key: anybody could sign with it."""
    if not key:
        raise ValueError("an empty key signs nothing")
    return hmac.new(key, message, hashlib.sha256).hexdigest()


def check_keyed(webhook: Webhook, secrets: Sequence[str], platform: str) -> None:
    """Header Authorization is the lower-case hex of HMAC-SHA256(secret, app key + raw body): TikTok Shop, Lazada, AliExpress.

    BadSignature otherwise. There is no time in it, so there is no window to check.
    """
    given, app_key = webhook.headers.get("authorization", ""), needed(webhook.setup, "app_key", platform)
    if not given or not webhook.body:
        raise BadSignature("header Authorization or the body is missing")
    expected = [hmac_sha256_hex(secret.encode(), app_key.encode() + webhook.body) for secret in secrets if secret]
    if not any_equal([given], expected):
        raise BadSignature("Authorization does not match the body; are app key and app secret those of the app that sends?")


def with_key(webhook: Webhook, secret: str, platform: str) -> Webhook:
    """The webhook under that signature. ValueError for an empty secret."""
    app_key = needed(webhook.setup, "app_key", platform)
    return with_headers(webhook, {"authorization": hmac_sha256_hex(secret.encode(), app_key.encode() + webhook.body)})


def with_headers(webhook: Webhook, headers: Mapping[str, str]) -> Webhook:
    """The webhook with more headers."""
    return replace(webhook, headers={**webhook.headers, **headers})


def check_token(webhook: Webhook, secrets: Sequence[str]) -> None:
    """For a platform that signs nothing: the address it was given ends with one of the secrets. BadSignature otherwise."""
    if not any_equal([webhook.token], [secret for secret in secrets if secret]) or not webhook.token:
        raise BadSignature("the address does not end with this shop's secret: /webhooks/PLATFORM/SHOP/SECRET")


def with_token(webhook: Webhook, secret: str) -> Webhook:
    """The webhook as it comes to the address that ends with the secret. ValueError for an empty one."""
    if not secret:
        raise ValueError("an empty key opens no address")
    return replace(webhook, token=secret)


def needed(setup: Mapping[str, str], name: str, platform: str) -> str:
    """A value the seller wrote down when connecting the shop. BadSignature says which one is missing and how to give it."""
    value = setup.get(name, "")
    if not value:
        raise BadSignature(f"the shop was connected without {name}: ./wellkept shop add {platform} NAME --with {name}=...")
    return value
