"""The recorded requests: tests/platforms/<platform>/<topic>[__variant].http, each with what it must become beside it (.json).

A request is written as it goes over the wire: the first line, headers, a blank line, the raw body. Signature headers are not
stored; `signed` makes them with a key of the tests. GOLDEN=1 in the environment writes the expected files anew.
"""

from __future__ import annotations

import json
import os
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl

from chalicelib import platforms
from chalicelib.model import log
from chalicelib.model.errors import BadPayload
from chalicelib.model.event import Translated, Webhook

FOLDER = Path(__file__).parent
RECEIVED = datetime(2026, 6, 1, 12, tzinfo=UTC)
LATER = RECEIVED + timedelta(days=40)
# Any platform's kind of secret: text to one, base64 of 32 bytes to another.
SECRET, OLD, STRANGE = (f"whsec_{letter * 43}=" for letter in "AQg")
REWRITE = bool(os.environ.get("GOLDEN"))


@dataclass(frozen=True)
class Recorded:
    """A recorded request and where it stands."""

    platform: str
    name: str
    webhook: Webhook

    @property
    def module(self) -> Any:
        return platforms.get(self.platform)

    @property
    def setup(self) -> dict[str, str]:
        """What the shop was connected with: setup.json beside the requests."""
        path = FOLDER / self.platform / "setup.json"
        found: dict[str, str] = json.loads(path.read_text()) if path.exists() else {}
        return found

    @property
    def topic(self) -> str:
        """The platform's own word for the kind of event."""
        return self.name.partition("__")[0]

    @property
    def golden(self) -> Path:
        return FOLDER / self.platform / f"{self.name}.json"

    def signed(self, secret: str = SECRET) -> Webhook:
        """The request as the platform would send it now, to a shop that was connected with `setup`."""
        return signed(replace(self.webhook, setup=self.setup), secret)

    def translated(self, received: datetime = RECEIVED) -> Translated:
        return self.module.translate(platforms.opened(self.signed(), [SECRET]), received)


def signed(webhook: Webhook, secret: str) -> Webhook:
    """A request as the platform would send it at RECEIVED."""
    return platforms.get(webhook.platform).sign(webhook, secret, RECEIVED)


def verifying(platform: str, secret: str) -> str:
    """What verifies what this secret signs: itself, or the document of the public key."""
    public = getattr(platforms.get(platform), "public", None)
    return public(secret) if public and secret else secret


def recorded(platform: str | None = None) -> list[Recorded]:
    """All recorded requests, or those of one platform."""
    names = [platform] if platform else platforms.names()
    return [read(path) for name in names for path in sorted((FOLDER / name).rglob("*.http"))]


def one(platform: str, name: str) -> Recorded:
    """A recorded request by name ("orders/create__jpy")."""
    return read(FOLDER / platform / f"{name}.http")


def read(path: Path) -> Recorded:
    """A request from its file."""
    head, _, body = path.read_bytes().partition(b"\n\n")
    first, *lines = head.decode().splitlines()
    method, target = first.split(" ")
    target, _, query = target.partition("?")
    platform, shop = target.split("/")[2:]
    headers = {name.lower(): value for name, _, value in (line.partition(": ") for line in lines)}
    name = path.relative_to(FOLDER / platform).with_suffix("").as_posix()
    webhook = Webhook(platform, shop, headers, body, method, target, dict(parse_qsl(query, keep_blank_values=True)))
    return Recorded(platform, name, webhook)


def outcome(found: Recorded) -> dict[str, Any]:
    """What a request becomes, as its golden file holds it: the delivery to be, or why it is refused."""
    try:
        made = found.translated()
    except BadPayload as err:
        return {"refused": str(err)}
    return {"id": made.id, "subject": made.subject, "buyer": made.buyer, "events": json.loads(log.dump_events(made.events))}


def spelled(found: dict[str, Any]) -> str:
    """JSON with sorted keys, one value a line, so that a change of behaviour is easy to see in a diff."""
    return json.dumps(found, indent=1, sort_keys=True, ensure_ascii=False) + "\n"
