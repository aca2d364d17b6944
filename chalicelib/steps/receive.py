"""Receive: verify the raw bytes, translate, put once, answer. Nothing else stands between the sender and its answer."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from .. import platforms
from ..effects import log
from ..effects.blobs import Blobs
from ..effects.intake import Intake
from ..effects.keys import Keys
from ..effects.secrets import Secrets, Shop
from ..effects.signed import Signed
from ..model.errors import BadPayload, BadSignature, Ignored, TooLarge, UnknownShop
from ..model.event import Delivery, Event, Translated, Webhook
from ..model.reply import Reply
from ..model.words import EventType
from ..settings import Settings
from .identity import hashed

QUEUED = "QUEUE"
"""The `method` of what came through a queue. Nothing that comes over HTTP can have it."""
_SHOP = re.compile(r"[A-Za-z0-9._-]{1,80}")


@dataclass(frozen=True, slots=True)
class Effects:
    """What receiving touches. `moved` tells the laptop's time, which a person may have moved forward; None elsewhere.

    `public_key` has the document of a key that the platform publishes: by the shop's source and the key's id.
    """

    secrets: Secrets
    keys: Keys
    intake: Intake
    max_body: int
    moved: Callable[[], datetime] | None = None
    public_key: Callable[[str, str], str] | None = None


def prepare(settings: Settings) -> Callable[[Webhook, datetime], Reply]:
    """The step, with its clients made."""
    aws = Signed(settings.aws)
    keys = Keys(settings, aws)
    keys.warm()
    intake = Intake(settings.events_table, Blobs(settings.blobs_bucket), keys, aws)
    secrets = Secrets(settings, aws)
    fx = Effects(secrets, keys, intake, int(settings.max_body), _moved(settings), _public_keys(settings, secrets))
    return lambda webhook, now: receive(webhook, now, fx)


def _public_keys(settings: Settings, secrets: Secrets) -> Callable[[str, str], str]:
    """Only a platform that publishes its keys pays for what it takes to read them."""

    def document(source: str, key_id: str) -> str:
        from .public_keys import known

        return known(settings, secrets)(source, key_id)

    return document


def _moved(settings: Settings) -> Callable[[], datetime] | None:
    """On AWS time is the system's, and neither a call nor an import more."""
    if not settings.local:
        return None
    from ..effects.clock import clock

    return clock(settings)


def receive(webhook: Webhook, now: datetime, fx: Effects) -> Reply:
    """Store one delivery. Raises what `web` answers: TooLarge, UnknownShop, BadSignature, BadPayload (kept), StoreFailed.

    `now` is the system's time: by it the signature is checked, whatever time the stage tells.
    """
    if len(webhook.body) > fx.max_body:
        raise TooLarge(f"body of {len(webhook.body)} bytes, at most {fx.max_body} are taken")
    module: Any = platforms.get(webhook.platform)
    if not _SHOP.fullmatch(webhook.shop):
        raise UnknownShop("a shop's name has letters, digits, dots, dashes and underscores only")
    if getattr(module, "QUEUE", False) and webhook.method != QUEUED:
        raise BadSignature(f"{module.TITLE} writes to a queue of ours; what is sent here proves nothing")
    shop = fx.secrets.shop(webhook.source)
    if shop.setup:
        webhook = replace(webhook, setup=shop.setup)
    hail: Callable[..., Reply | None] | None = getattr(module, "handshake", None)
    greeting = hail(webhook, shop.secrets, now) if hail else None
    if greeting is not None:
        log.note(outcome="handshake")
        return greeting
    try:
        webhook = platforms.opened(webhook, shop.secrets)
        module.verify(webhook, _secrets(module, webhook, shop, fx), now)
        return _kept(module, webhook, shop, fx.moved() if fx.moved else now, fx)
    except Ignored as err:
        log.note(outcome="ignored", why=str(err))
        return _answer(module, "ignored")


def _secrets(module: Any, webhook: Webhook, shop: Shop, fx: Effects) -> Sequence[str]:
    """What the delivery is verified with: the shop's secrets, or the published key it names."""
    if not hasattr(module, "key_id"):
        return shop.secrets
    assert fx.public_key is not None
    return [fx.public_key(webhook.source, module.key_id(webhook))]


def _kept(module: Any, webhook: Webhook, shop: Shop, at: datetime, fx: Effects) -> Reply:
    """Translate a verified delivery and put it. One that cannot be understood is kept too, and refused."""
    raw = platforms.pack_raw(webhook.platform, webhook.body)
    try:
        translated = module.translate(webhook, at)
    except BadPayload as err:
        fx.intake.put(_delivery(_rejected(webhook, err, at), webhook.source, at), raw)
        raise
    delivery = _delivery(hashed(translated, fx.keys), _source(webhook, shop, translated), at)
    status = "stored" if fx.intake.put(delivery, raw) else "duplicate"
    log.note(event_id=delivery.id, outcome=status)
    return _answer(module, status, delivery.id)


def _source(webhook: Webhook, shop: Shop, translated: Translated) -> str:
    """Whose news it is: an address that several of the platform's shops share tells which by their own ids."""
    name = shop.routes.get(translated.seller) if translated.seller else None
    return f"{webhook.platform}/{name}" if name else webhook.source


def _answer(module: Any, status: str, id_: str = "") -> Reply:
    """What the platform wants to hear; where it wants nothing special, what became of it."""
    told = {"x-wellkept-event": id_.encode("ascii", "replace").decode()} if id_ else {}
    wanted: Reply | None = getattr(module, "ANSWER", None)
    if wanted is not None:
        return Reply(wanted.status, wanted.body, {**wanted.headers, **told})
    return Reply(200, {"status": status} | ({"id": id_} if id_ else {}), told)


def _delivery(translated: Translated, source: str, now: datetime) -> Delivery:
    return Delivery(translated.id, source, translated.subject, translated.events, now)


def _rejected(webhook: Webhook, error: BadPayload, now: datetime) -> Translated:
    """A signed body that cannot be understood is kept under its own hash, with the cause, for a person to look at."""
    digest = hashlib.sha256(webhook.body).hexdigest()[:32]
    event = Event(EventType.REJECTED, now, native={"problem": error.cause[:400]})
    return Translated(f"sha256-{digest}", f"rejected:{now:%Y-%m-%d}", (event,))
