"""What a platform module must offer. Plain functions in a module; the folder listing is the register.

Everything here is pure: bytes and values in, values out. Adding a platform is one module and its fixtures.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Protocol

from ..model.call import Account, Answer, Read, Request, Resource, Response, Token
from ..model.event import Said, Translated, Webhook
from ..model.person import Person
from ..model.reply import Reply


class Platform(Protocol):
    """A module of this folder.

    A module may also have VOCABULARY (title -> its words -> ours), QUIRKS and LEFT (lines for docs/platforms.md), and:

    SETUP    name -> what it is and where the seller finds it: what else a shop is connected with (`webhook.setup`)
    SIGNED   False where the platform signs nothing; then `verify` rests on the address or on who may write to the queue
    ANSWER   the Reply to a delivery that was taken, where the platform wants a special one (an empty body)
    QUEUE    True where it writes to a queue of ours instead of calling
    TRACKER  True where it tells of parcels alone: its news is handed to the shops whose orders they belong to
    """

    TITLE: str
    """The name people know it by."""

    SECRET: str
    """What the shop's secret is and where the seller finds it, for the command line's help."""

    TOPICS: Mapping[str, object]
    """Every topic the module understands. Any other becomes an event of type `unknown`."""

    def verify(self, webhook: Webhook, secrets: Sequence[str], now: datetime) -> None:
        """Return when one of `secrets` signed this; raise BadSignature otherwise (Ignored for what is meant for others)."""

    def translate(self, webhook: Webhook, received: datetime) -> Translated:
        """The canonical events in a verified body; BadPayload when it cannot be understood."""

    def sign(self, webhook: Webhook, secret: str, now: datetime) -> Webhook:
        """The webhook as the platform would send it (headers, and body where that is encrypted): how recorded ones are played.

        ValueError for a secret nobody may sign with."""


class Introducing(Protocol):
    """What a module offers whose bodies tell who the buyer is."""

    BUYER: str
    """What stands before the platform's own id of a buyer in `Translated.buyer`."""

    def person(self, body: bytes) -> tuple[Person, datetime | None] | None:
        """Who the buyer of a verified raw body is, and when their order was placed (None when it does not say).

        None when the body tells nobody. What is not well formed is left out; BadPayload when it cannot be read at all.
        """


class Telling(Protocol):
    """What a module offers whose bodies hold what the buyer wrote."""

    def words(self, body: bytes) -> tuple[Said, ...]:
        """What the buyer (nobody else) wrote in a verified raw body, a webhook's or an answer's: each text once, under the ids
        that the module's facts have. Empty texts and what is not well formed are left out; BadPayload for what cannot be read.
        """


class Sealing(Protocol):
    """What a module offers whose platform encrypts its bodies."""

    def opened(self, webhook: Webhook, secrets: Sequence[str]) -> Webhook:
        """The delivery with its body decrypted, as `verify`, `translate` and `person` then see it; BadSignature otherwise."""


class Greeting(Protocol):
    """What a module offers whose platform tries the address before it uses it."""

    def handshake(self, webhook: Webhook, secrets: Sequence[str], now: datetime) -> Reply | None:
        """The answer to a challenge or a test call, which is kept nowhere; None when this is a delivery like any other."""


class PublicKeyed(Protocol):
    """What a module offers whose platform signs with keys that it publishes: `secrets` of `verify` are then their documents."""

    def key_id(self, webhook: Webhook) -> str:
        """Which key a delivery says it was signed with: fetched as Read("public_key", {"id": ...}). BadSignature for none."""

    def public(self, secret: str) -> str:
        """The document of the key that `sign` derives from a secret: the local platform server publishes it, tests use it."""


class Calling(Protocol):
    """What a module offers whose platform has an API that is read.

    `request` makes real addresses; on the laptop the step sends them to the local platform server instead. Lists say in `then`
    which page comes next. Details are asked for by `Event.wants` or by `then`.
    """

    READS: Mapping[str, Resource]
    """What can be read, by the word that Read.what and Want.what use."""

    def request(self, read: Read, account: Account, now: datetime) -> Request:
        """The signed request for it. ConfigurationError names what the account lacks; BadPayload for an id that is none."""

    def answer(self, read: Read, response: Response, account: Account, now: datetime) -> Answer:
        """What an answer means. Denied, Busy or CallFailed when it is none (a status, or an error inside a 200); BadPayload.

        The same thing read twice unchanged has the same delivery id and facts, and facts equal those of a push or file that
        tells the same. Events are typed by the state that is told, at the time the body tells, `now` only where it tells none.
        """

    def renewal(self, kind: str, account: Account, now: datetime) -> Request:
        """The request for a new access token of a kind, by the refresh token or the app's own secret.

        Nobody asks for one where SETUP knows an `access_token`, which lasts, and the shop was connected with it.
        """

    def renewed(self, kind: str, response: Response, account: Account, now: datetime) -> Token:
        """The token in the answer; Denied when the seller must authorise again, Busy or CallFailed as in `answer`."""
