"""Unsubscribe: the token in every mail's unsubscribe address. It names a shop and a keyed hash of an address, nothing personal.

The token is the payload and 16 bytes of its HMAC-SHA256 in base64url: nobody can make one for somebody else's address, and it
needs no table. It does not expire: whoever finds an old mail may unsubscribe with it.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac

from ..model.errors import BadPayload

KEY = "unsubscribe"
LONGEST = 1000
_VERSION = b"\x01"
_MARK = 16
_PURPOSE = b"wellkept unsubscribe"


def token(key: bytes, source: str, name: str) -> str:
    """The token for an address, by the keyed hash it goes by, at platform/shop."""
    payload = _VERSION + source.encode() + b"\0" + name.encode()
    return base64.urlsafe_b64encode(payload + _mark(key, payload)).decode().rstrip("=")


def read(key: bytes, token: str) -> tuple[str, str]:
    """(source, name) of a token that we made. BadPayload for any other, without telling which part is wrong."""
    try:
        if len(token) > LONGEST:
            raise ValueError
        data = base64.b64decode(token.encode("ascii") + b"=" * (-len(token) % 4), b"-_", validate=True)
        payload, mark = data[:-_MARK], data[-_MARK:]
        if not hmac.compare_digest(mark, _mark(key, payload)):
            raise ValueError
        source, _, name = payload.removeprefix(_VERSION).decode().partition("\0")
    except (ValueError, binascii.Error):
        raise BadPayload("this is not an address of ours", "unsubscribe") from None
    return source, name


def _mark(key: bytes, payload: bytes) -> bytes:
    return hmac.new(key, _PURPOSE + payload, hashlib.sha256).digest()[:_MARK]
