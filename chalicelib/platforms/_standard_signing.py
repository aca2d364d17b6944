"""The signatures of Standard Webhooks 1.0: `v1` is HMAC-SHA256 under a whsec_ secret, `v1a` ed25519 under a whpk_ key.

Source: the Standard Webhooks specification and its reference libraries.
"""

from __future__ import annotations

from collections.abc import Sequence

from ._signing import any_equal, base64_bytes, hmac_sha256_base64

LEAST_KEY = 24


def signed(secret: str, content: bytes, listed: Sequence[tuple[str, str]]) -> bool:
    """Whether this secret made one of the signatures. A secret that is none (a typing error) made nothing."""
    if secret.startswith("whpk_"):
        return True in [_ed25519(secret, content, value) for version, value in listed if version == "v1a"]
    key, given = _key(secret), [value for version, value in listed if version == "v1"]
    return key is not None and any_equal(given, [hmac_sha256_base64(key, content)])


def _key(secret: str) -> bytes | None:
    """The bytes of a whsec_ secret; None when they are not base64 or fewer than the specification asks for."""
    key = base64_bytes(secret.removeprefix("whsec_"))
    return key if key and len(key) >= LEAST_KEY else None


def _ed25519(secret: str, content: bytes, value: str) -> bool:
    from cryptography.exceptions import InvalidSignature
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

    key, signature = base64_bytes(secret.removeprefix("whpk_")), base64_bytes(value)
    if key is None or signature is None or len(key) != 32:
        return False
    try:
        Ed25519PublicKey.from_public_bytes(key).verify(signature, content)
    except InvalidSignature:
        return False
    return True


def signature(secret: str, content: bytes) -> str:
    """The signature with its version. ValueError for a secret that cannot sign; whsk_ is an ed25519 seed."""
    if not secret.startswith("whsk_"):
        return f"v1,{hmac_sha256_base64(_key(secret) or b'', content)}"
    import base64

    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

    seed = base64_bytes(secret.removeprefix("whsk_")) or b""
    return f"v1a,{base64.b64encode(Ed25519PrivateKey.from_private_bytes(seed[:32]).sign(content)).decode()}"
