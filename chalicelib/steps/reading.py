"""Reading a platform's API for a shop: credentials, token, request, answer. Everybody who reads goes this one way."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Protocol

from .. import platforms
from ..effects import log
from ..effects.clock import system
from ..effects.http import Http
from ..effects.keys import Keys
from ..effects.secrets import Secrets, Shop
from ..effects.settings_items import SettingsItems
from ..effects.tokens import Tokens
from ..model.call import Account, Answer, Denied, Read, Request, Response
from ..model.errors import BadPayload
from ..settings import Settings

LOCAL_PLATFORMS = "platforms"
"""The settings item that says where the local platform server is. Only the laptop's stage looks at it."""
SHARED = "shared_address"
"""What is written down of a shop whose news comes to another's address: that other's name."""
REHEARSAL = "rehearsal"
"""What is written down of a shop that is one of the local platform server's."""


class Shops(Protocol):
    """The connected shops; effects.secrets.Secrets is one."""

    def shop(self, source: str) -> Shop: ...


class Holder(Protocol):
    """Access tokens; effects.tokens.Tokens is one."""

    def get(self, source: str, kind: str, seed: str, renew: Callable[[str], Any], stale: str = "") -> str: ...


@dataclass(frozen=True, slots=True)
class Reading:
    """What reading touches. `send` makes one call; `real` is the system's time: platforms check signatures by it.

    `rehearse` makes a call to the local platform server, for shops that were connected to it: on the laptop alone.
    """

    shops: Shops
    tokens: Holder
    send: Callable[[Request], Response]
    real: Callable[[], datetime] = system
    rehearse: Callable[[Request], Response] | None = None

    def ask(self, source: str, read: Read, now: datetime) -> Answer:
        """What a read tells; `now` is the stage's time, for what the platform does not date.

        A refused access token is renewed and the read made once more. Raises Denied, Busy, CallFailed, BadPayload,
        ConfigurationError (something is missing where the shop was connected), UnknownShop, StoreFailed.
        """
        module: Any = platforms.get(source.partition("/")[0])
        account = account_of(source, self.shops.shop(source))
        resource = getattr(module, "READS", {}).get(read.what)
        if resource is None:
            raise BadPayload(f"{module.TITLE} has no {read.what!r} that can be read", "what")
        if not resource.token or account.setup.get("access_token"):  # what the seller gave lasts: nothing is to be fetched
            return self._told(module, read, account, now)
        access = self._access(module, resource.token, account)
        try:
            return self._told(module, read, replace(account, access=access), now)
        except Denied:
            access = self._access(module, resource.token, account, stale=access)
            return self._told(module, read, replace(account, access=access), now)

    def _told(self, module: Any, read: Read, account: Account, now: datetime) -> Answer:
        response = self._sent(module.request(read, account, self.real()), account)
        log.note(status=response.status)
        answer: Answer = module.answer(read, response, account, now)
        return answer

    def _access(self, module: Any, kind: str, account: Account, stale: str = "") -> str:
        def renew(refresh: str) -> Any:
            held = replace(account, refresh=refresh)
            return module.renewed(kind, self._sent(module.renewal(kind, held, self.real()), held), held, self.real())

        return self.tokens.get(account.source, kind, account.setup.get("refresh_token", ""), renew, stale)


    def _sent(self, request: Request, account: Account) -> Response:
        return self.rehearse(request) if self.rehearse and account.setup.get(REHEARSAL) else self.send(request)


def account_of(source: str, shop: Shop) -> Account:
    """What calls for a shop are made with, but for tokens."""
    return Account(source, shop.setup, shop.secrets[0] if shop.secrets else "")


def reading(settings: Settings, shops: Shops | None = None, keys: Keys | None = None) -> Reading:
    """Reading on a real stage. On the laptop shops of the local platform server are read there."""
    items = SettingsItems(settings.settings_table)
    tokens = Tokens(items, keys or Keys(settings), system)
    rehearse = Http(lambda: str(items.get(LOCAL_PLATFORMS) or "")).send if settings.local else None
    return Reading(shops or Secrets(settings), tokens, Http().send, rehearse=rehearse)
