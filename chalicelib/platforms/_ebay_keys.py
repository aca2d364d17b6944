"""eBay's signatures: ECDSA under keys that eBay publishes by id.

A delivery names its key (`kid`), and whoever asks eBay for that id gets the key itself. The document that is kept of a key is
{"kid", "key", "algorithm", "digest"}: kid as it was asked for, the rest as getPublicKey answered. Which hash counts is read
from the document, never from the delivery, and only SHA1 (eBay's own today) and SHA256 are taken.

Source: eBay's event-notification SDKs (nodejs, lib/; java, utils/SignatureValidator), whose test vector is in the tests.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import re
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from ..model.errors import BadPayload, BadSignature
from ._signing import base64_bytes

HEADER = "x-ebay-signature"
KID = r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}"
_KID = re.compile(KID)
_DIGESTS = ("SHA1", "SHA256")
_ALGORITHMS = ("ecdsa", "ECDSA")
_PARTS = {"alg", "kid", "signature", "digest"}
_LONGEST = 2000
_BEGIN, _END = "-----BEGIN PUBLIC KEY-----", "-----END PUBLIC KEY-----"
# The order of the group of P-256 (SEC 2, 2.4.2): private keys are the whole numbers below it.
_ORDER = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551


@dataclass(frozen=True, slots=True)
class Named:
    """What the header of a delivery says: which key signed it, and the signature (DER)."""

    kid: str
    signature: bytes


def named(header: str | None) -> Named:
    """The header, taken apart. BadSignature for anything but the one spelling that eBay uses: canonical base64 of a small
    JSON object, so that no bit of it can be turned."""
    if not header:
        raise BadSignature("header X-EBAY-SIGNATURE is missing")
    said = _object(_canonical(header) if len(header) <= _LONGEST else None)
    if said is None or said.keys() != _PARTS or not all(isinstance(value, str) for value in said.values()):
        raise BadSignature("X-EBAY-SIGNATURE is not base64 of a JSON object with alg, kid, signature and digest")
    if said["alg"] not in _ALGORITHMS or said["digest"] not in _DIGESTS:
        raise BadSignature("X-EBAY-SIGNATURE names an algorithm that is not eBay's: ecdsa with SHA1 or SHA256")
    signature = _canonical(said["signature"])
    if not _KID.fullmatch(said["kid"]) or signature is None:
        raise BadSignature("X-EBAY-SIGNATURE has no key id (a UUID) or no signature in base64")
    return Named(said["kid"], signature)


def signed(document: str, given: Named, body: bytes) -> bool:
    """Whether the key of this document made the signature over the raw body. False for a document that is none."""
    said = _object(document.encode("utf-8", "replace"))
    if said is None or said.get("kid") != given.kid or said.get("digest") not in _DIGESTS:
        return False
    key = _key(str(said.get("key", "")))
    if key is None or str(said.get("algorithm", "")).upper() != "ECDSA":
        return False
    from cryptography.exceptions import InvalidSignature

    try:
        key.verify(given.signature, body, _ecdsa(said["digest"]))
    except InvalidSignature:
        return False
    return True


def document(kid: str, answer: dict[str, Any]) -> str:
    """What is kept of a key: getPublicKey's answer and the id it was asked by. BadPayload when the answer holds no such key."""
    said = {name: answer.get(name) for name in ("key", "algorithm", "digest")}
    if _key(str(said["key"])) is None or said["digest"] not in _DIGESTS:
        raise BadPayload("is not a P-256 key with digest SHA1 or SHA256", "answer.key")
    return json.dumps({"kid": kid, **said})


def public(secret: str) -> str:
    """The document of the key that a secret text stands for, where recorded deliveries are played."""
    import uuid

    from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

    der = _private(secret).public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    kid = str(uuid.uuid5(uuid.NAMESPACE_OID, f"wellkept.ebay.{der.hex()}"))
    key = f"{_BEGIN}{base64.b64encode(der).decode()}{_END}"
    return json.dumps({"kid": kid, "key": key, "algorithm": "ECDSA", "digest": "SHA1"})


def header(secret: str, body: bytes) -> str:
    """The header that eBay would send with a body, under the key that a secret text stands for."""
    key = json.loads(public(secret))
    signature = base64.b64encode(_private(secret).sign(body, _ecdsa(key["digest"]))).decode()
    said = {"alg": "ecdsa", "kid": key["kid"], "signature": signature, "digest": key["digest"]}
    return base64.b64encode(json.dumps(said, separators=(",", ":")).encode()).decode()


def _private(secret: str) -> Any:
    """The P-256 key of a secret text. ValueError for an empty one: everybody would have that key."""
    if not secret:
        raise ValueError("an empty key signs nothing")
    from cryptography.hazmat.primitives.asymmetric import ec

    drawn = hmac.new(b"wellkept ebay P-256", secret.encode(), hashlib.sha512).digest()
    return ec.derive_private_key(int.from_bytes(drawn, "big") % (_ORDER - 1) + 1, ec.SECP256R1())


def _ecdsa(digest: str) -> Any:
    from cryptography.hazmat.primitives import hashes
    from cryptography.hazmat.primitives.asymmetric import ec

    return ec.ECDSA(getattr(hashes, digest)())


@lru_cache(maxsize=16)
def _key(pem: str) -> Any:
    """The P-256 key in eBay's one-line PEM; None for anything else."""
    from cryptography.exceptions import UnsupportedAlgorithm
    from cryptography.hazmat.primitives.asymmetric import ec
    from cryptography.hazmat.primitives.serialization import load_der_public_key

    der = base64_bytes("".join(pem.replace(_BEGIN, "").replace(_END, "").split()))
    try:
        found = load_der_public_key(der or b"")
    except (ValueError, UnsupportedAlgorithm):
        return None
    return found if isinstance(found, ec.EllipticCurvePublicKey) and found.curve.name == "secp256r1" else None


def _canonical(text: str) -> bytes | None:
    """base64 in its one spelling: padded, no stray bits at its end; None for any other."""
    found = base64_bytes(text)
    return found if found and base64.b64encode(found).decode() == text else None


def _object(raw: bytes | None) -> dict[str, Any] | None:
    try:
        found = json.loads(raw or b"")
    except (ValueError, RecursionError):
        return None
    return found if isinstance(found, dict) else None
