"""Receive: verify the raw bytes, translate, put once, answer. Nothing else stands between the sender and its answer."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from .. import platforms
from ..effects import log
from ..effects.blobs import Blobs
from ..effects.intake import Intake
from ..effects.keys import Keys
from ..effects.secrets import Secrets
from ..effects.signed import Signed
from ..model.errors import BadPayload, TooLarge, UnknownShop
from ..model.event import Delivery, Event, Translated, Webhook
from ..model.reply import Reply
from ..model.words import EventType
from ..settings import Settings
from .identity import hashed

_SHOP = re.compile(r"[A-Za-z0-9._-]{1,80}")


@dataclass(frozen=True, slots=True)
class Effects:
    """What receiving touches. `moved` tells the laptop's time, which a person may have moved forward; None elsewhere."""

    secrets: Secrets
    keys: Keys
    intake: Intake
    max_body: int
    moved: Callable[[], datetime] | None = None


def prepare(settings: Settings) -> Callable[[Webhook, datetime], Reply]:
    """The step, with its clients made."""
    aws = Signed(settings.aws)
    keys = Keys(settings, aws)
    keys.warm()
    intake = Intake(settings.events_table, Blobs(settings.blobs_bucket), keys, aws)
    fx = Effects(Secrets(settings, aws), keys, intake, int(settings.max_body), _moved(settings))
    return lambda webhook, now: receive(webhook, now, fx)


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
    module = platforms.get(webhook.platform)
    if not _SHOP.fullmatch(webhook.shop):
        raise UnknownShop("a shop's name has letters, digits, dots, dashes and underscores only")
    module.verify(webhook, fx.secrets.shop(webhook.source).secrets, now)
    at = fx.moved() if fx.moved else now
    try:
        translated = module.translate(webhook, at)
    except BadPayload as err:
        fx.intake.put(_delivery(_rejected(webhook, err, at), webhook, at), _raw(webhook))
        raise
    delivery = _delivery(hashed(translated, fx.keys), webhook, at)
    fresh = fx.intake.put(delivery, _raw(webhook))
    status = "stored" if fresh else "duplicate"
    log.note(event_id=delivery.id, outcome=status)
    return Reply(
        200, {"status": status, "id": delivery.id}, {"x-wellkept-event": delivery.id.encode("ascii", "replace").decode()}
    )


def _raw(webhook: Webhook) -> bytes:
    return platforms.pack_raw(webhook.platform, webhook.body)


def _delivery(translated: Translated, webhook: Webhook, now: datetime) -> Delivery:
    return Delivery(translated.id, webhook.source, translated.subject, translated.events, now)


def _rejected(webhook: Webhook, error: BadPayload, now: datetime) -> Translated:
    """A signed body that cannot be understood is kept under its own hash, with the cause, for a person to look at."""
    digest = hashlib.sha256(webhook.body).hexdigest()[:32]
    event = Event(EventType.REJECTED, now, native={"problem": error.cause[:400]})
    return Translated(f"sha256-{digest}", f"rejected:{now:%Y-%m-%d}", (event,))
