"""Access tokens of shops, renewed by one at a time: many platforms take a refresh token once, and whoever loses the race loses
the shop.

Each is an item of the settings table, sealed under a key of its shop. Whoever renews writes a lease first, by a conditional
write, and the new tokens over that lease; the others wait a moment and find them. A process that ends between the platform's
answer and the write has lost a single-use refresh token: nobody can prevent that, the seller then authorises again.
"""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Protocol

from ..model import times
from ..model.call import Busy, Denied, Token

LEASE = timedelta(seconds=40)
EARLY = timedelta(minutes=2)
_MOMENT = timedelta(seconds=2)
Renew = Callable[[str], Token]
Item = dict[str, Any]


class Items(Protocol):
    """Where tokens lie; effects.settings_items.SettingsItems is one."""

    def get(self, name: str) -> Any: ...
    def swap(self, name: str, before: Any, value: Any) -> bool: ...


class Sealing(Protocol):
    """What seals them; effects.keys.Keys is one."""

    def seal(self, name: str, data: bytes, context: str) -> bytes: ...
    def open(self, name: str, sealed: bytes, context: str) -> bytes: ...


@dataclass(frozen=True, slots=True)
class _Held:
    access: str
    refresh: str
    expires_at: datetime


class Tokens:
    """Access tokens by shop and kind."""

    def __init__(self, items: Items, keys: Sealing, clock: Callable[[], datetime]) -> None:
        self._items, self._keys, self._clock = items, keys, clock
        self._cache: dict[str, _Held] = {}

    def get(self, source: str, kind: str, seed: str, renew: Renew, stale: str = "") -> str:
        """A good access token. `seed` is the refresh token that the seller wrote down, with which it all begins.

        `renew(refresh token)` asks the platform for new ones. `stale` is an access token the platform has just refused. Busy
        while somebody else renews it; Denied when the platform no longer takes the refresh token, until another is given.
        """
        name = f"token#{source}#{kind}"
        held = self._cache.get(name)
        if held and self._good(held, stale):
            return held.access
        item: Item | None = self._items.get(name)
        if item is not None and item.get("seed") == _mark(seed):
            held = self._opened(name, source, item)
            if held and self._good(held, stale):
                self._cache[name] = held
                return held.access
            if item.get("dead"):
                raise Denied(item["dead"])
        else:
            held = None
        return self._renewed(name, source, seed, item, held.refresh if held and held.refresh else seed, renew)

    def dead(self, source: str, kind: str) -> str | None:
        """Why a shop must be authorised again, if it must."""
        found: Item = self._items.get(f"token#{source}#{kind}") or {}
        return found.get("dead")

    def _good(self, held: _Held, stale: str) -> bool:
        return held.access != stale and held.expires_at - self._clock() > EARLY

    def _renewed(self, name: str, source: str, seed: str, item: Item | None, refresh: str, renew: Renew) -> str:
        leased = self._leased(name, seed, item)
        try:
            token = renew(refresh)
        except Denied as err:
            self._items.swap(name, leased, {**leased, "lease": None, "dead": str(err)})
            raise
        except Exception:
            self._items.swap(name, leased, {**leased, "lease": None})
            raise
        held = _Held(token.access, token.refresh or refresh, token.expires_at)
        if not self._items.swap(name, leased, self._sealed(name, source, seed, held)):
            # Only a lease that ran out lets another in. Theirs is younger; both access tokens are good for now.
            return token.access
        self._cache[name] = held
        return token.access

    def _leased(self, name: str, seed: str, item: Item | None) -> Item:
        """The item with our lease on it. Busy when another's stands."""
        now = self._clock()
        lease = item.get("lease") if item else None
        if lease and times.parse(lease, "lease") > now:
            raise Busy("the access token is being renewed", _MOMENT)
        same = item is not None and item.get("seed") == _mark(seed)
        kept: Item = dict(item) if same and item else {"seed": _mark(seed)}
        leased: Item = {**kept, "lease": times.text(now + LEASE)}
        if not self._items.swap(name, item, leased):
            raise Busy("the access token is being renewed", _MOMENT)
        return leased

    def _sealed(self, name: str, source: str, seed: str, held: _Held) -> Item:
        said = json.dumps({"access": held.access, "refresh": held.refresh}).encode()
        box = base64.b64encode(self._keys.seal(f"tokens#{source}", said, name)).decode()
        return {"seed": _mark(seed), "box": box, "expires_at": times.text(held.expires_at)}

    def _opened(self, name: str, source: str, item: Item) -> _Held | None:
        if "box" not in item:
            return None
        said = json.loads(self._keys.open(f"tokens#{source}", base64.b64decode(item["box"]), name))
        return _Held(said["access"], said["refresh"], times.parse(item["expires_at"], "expires_at"))


def _mark(seed: str) -> str:
    """By what to see that the seller gave another refresh token."""
    return hashlib.sha256(b"wellkept seed " + seed.encode()).hexdigest()[:16]
