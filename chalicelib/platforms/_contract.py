"""What a platform module must offer. Plain functions in a module; the folder listing is the register.

Everything here is pure: bytes and values in, values out. Adding a platform is one module and its fixtures.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Protocol

from ..model.event import Translated, Webhook
from ..model.person import Person


class Platform(Protocol):
    """A module of this folder.

    A module may also have VOCABULARY (title -> its words -> ours), QUIRKS and LEFT (lines for docs/platforms.md); BUYER and
    `person`, as `Introducing` says, where its bodies tell who the buyer is.
    """

    TITLE: str
    """The name people know it by."""

    SECRET: str
    """What the shop's secret is and where the seller finds it, for the command line's help."""

    TOPICS: Mapping[str, object]
    """Every topic the module understands. Any other becomes an event of type `unknown`."""

    def verify(self, webhook: Webhook, secrets: Sequence[str], now: datetime) -> None:
        """Return when one of `secrets` signed these bytes; raise BadSignature otherwise."""

    def translate(self, webhook: Webhook, received: datetime) -> Translated:
        """The canonical events in a verified body; BadPayload when it cannot be understood."""

    def sign(self, webhook: Webhook, secret: str, now: datetime) -> Mapping[str, str]:
        """The headers the platform would send with this body: how recorded webhooks are played again."""


class Introducing(Protocol):
    """What a module offers whose bodies tell who the buyer is."""

    BUYER: str
    """What stands before the platform's own id of a buyer in `Translated.buyer`."""

    def person(self, body: bytes) -> tuple[Person, datetime | None] | None:
        """Who the buyer of a verified raw body is, and when their order was placed (None when it does not say).

        None when the body tells nobody. What is not well formed is left out; BadPayload when it cannot be read at all.
        """
