"""Recorded webhooks: files of a request line, headers, an empty line and the raw body; signed anew when they are sent."""

from __future__ import annotations

import http.client
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import parse_qsl, urlencode

from chalicelib import platforms
from chalicelib.effects.secrets import Shop
from chalicelib.model.event import Webhook

from .problems import Problem

SUFFIX = ".http"


@dataclass(frozen=True, slots=True)
class Sent:
    """What became of a webhook: where it came from, the answer and how long it took in ms."""

    name: str
    status: int
    answer: str
    millis: float


def files(path: Path) -> list[Path]:
    """The recorded webhooks under a file or folder, in the order of their names."""
    found = sorted(path.rglob(f"*{SUFFIX}")) if path.is_dir() else [path]
    if not path.exists() or not found:
        raise Problem(
            f"There is no recorded webhook at {path}.",
            f"Give a {SUFFIX} file or a folder of them, such as tests/platforms/shopify.",
        )
    return found


def read(path: Path) -> Webhook:
    """A recorded webhook: `POST /webhooks/<platform>/<shop>`, headers, an empty line, the body as it was."""
    head, _, body = path.read_bytes().replace(b"\r\n", b"\n", 1).partition(b"\n\n")
    first, *lines = head.decode("utf-8", "replace").splitlines() or [""]
    parts = first.split(" ")
    path_, _, query = (parts[1] if len(parts) > 1 else "").partition("?")
    where = path_.strip("/").split("/")
    if len(where) != 3 or where[0] != "webhooks":
        raise Problem(
            f"{path} does not begin with POST /webhooks/PLATFORM/SHOP.", "Write the request line as the first line of the file."
        )
    pairs = (line.partition(":") for line in lines if line.strip())
    headers = {name.strip().lower(): value.strip() for name, _, value in pairs}
    raw = body.rstrip(b"\n") if path.suffix == SUFFIX else body
    return Webhook(where[1], where[2], headers, raw, parts[0], path_, dict(parse_qsl(query, keep_blank_values=True)))


def to(webhook: Webhook, shop: str) -> Webhook:
    """The same, sent to another shop (by name)."""
    return replace(webhook, shop=shop) if shop else webhook


def signed(webhook: Webhook, shop: Shop) -> Webhook:
    """The same as its platform would send it now to a shop that was connected like this."""
    module = platforms.get(webhook.platform)
    return module.sign(replace(webhook, setup=shop.setup), shop.secrets[0] if shop.secrets else "", datetime.now(UTC))


class Sender:
    """One connection to the stack's door, opened again when it was closed."""

    def __init__(self, url: str) -> None:
        parts = url.removeprefix("http://").removeprefix("https://").rstrip("/")
        self._host, _, port = parts.partition(":")
        secure = url.startswith("https://")
        # *.localhost means this machine, but not every resolver knows it.
        address = "127.0.0.1" if self._host.endswith(".localhost") else self._host
        make = http.client.HTTPSConnection if secure else http.client.HTTPConnection
        self._connection = make(address, int(port or (443 if secure else 80)), timeout=30)
        self._named = parts

    def send(self, webhook: Webhook, name: str = "") -> Sent:
        """Post one webhook and read the answer. A connection that had been closed is opened again, once."""
        started = time.perf_counter()
        path = "/".join(["/webhooks", webhook.platform, webhook.shop, *([webhook.token] if webhook.token else [])])
        if webhook.query:
            path += "?" + urlencode(webhook.query)
        headers = {"content-type": "application/json", **webhook.headers, "host": self._named}
        for last in (False, True):
            try:
                self._connection.request("POST", path, webhook.body, headers)
                answer = self._connection.getresponse()
                text = answer.read().decode("utf-8", "replace")
                return Sent(name, answer.status, text, round((time.perf_counter() - started) * 1000, 1))
            except (http.client.HTTPException, ConnectionError) as err:
                self._connection.close()
                if last:
                    raise Problem(f"The stack does not answer at {self._named}: {err}", "Start it: ./wellkept up") from err
        raise AssertionError("unreachable")

    def close(self) -> None:
        """Close the connection."""
        self._connection.close()


def send_all(webhooks: Sequence[tuple[str, Webhook]], shops: dict[str, Shop], url: str, inbox: str) -> Iterator[Sent]:
    """Sign and send webhooks one after the other; `shops` by platform/shop. What goes to a queue goes to `inbox`."""
    sender = Sender(url)
    try:
        for name, webhook in webhooks:
            made = signed(webhook, shops[webhook.source])
            queued = getattr(platforms.get(webhook.platform), "QUEUE", False)
            yield _queued(made, inbox, name) if queued else sender.send(made, name)
    finally:
        sender.close()


def _queued(webhook: Webhook, inbox: str, name: str) -> Sent:
    import boto3

    started = time.perf_counter()
    answer = boto3.client("sqs").send_message(QueueUrl=inbox, MessageBody=webhook.body.decode())
    return Sent(name, 200, f"queued as {answer['MessageId']}", round((time.perf_counter() - started) * 1000, 1))
