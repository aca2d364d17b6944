"""What SES does on AWS and the emulator's does not: keeps what was sent, and tells the feed what became of it.

The emulator takes a message and forgets its tags; its configuration sets publish nothing. Here each message that is accepted is
written as it is (.eml) with a line in the book before the sender is answered, and then told to the topics of its configuration
set, in the words of SES: Send, and Bounce or Complaint where it went to those addresses of the mailbox simulator. After a start
the last mails before it are told again: the feed is at least once on AWS too, and a kill must not swallow it.

Runs in the emulator's process and imports nothing but the standard library. Sources: SES developer guide, "Examples of event
data that Amazon SES publishes to Amazon SNS" and "Using the mailbox simulator".
"""

from __future__ import annotations

import asyncio
import base64
import email
import json
import logging
import threading
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from email.message import Message
from email.policy import default as default_policy
from email.utils import parseaddr
from pathlib import Path
from typing import Any

_LOG = logging.getLogger("wellkept")
BOOK = "sent.jsonl"
STATUS = "/_wellkept/mail"
_SIMULATOR = "simulator.amazonses.com"
_OUTCOMES = {"bounce": "Bounce", "suppressionlist": "Bounce", "complaint": "Complaint"}
_COUNTED = {"Bounce": "Bounces", "Complaint": "Complaints"}
# A function that takes in news ends within 30 seconds, so that what is older than this before the last mail has arrived.
_AGAIN = 60
_REMEMBERED = 14 * 24 * 3600
_USED = {
    "app": ("app", "_load_persisted_state"),
    "ses": ("_aggregate_15min_buckets",),
    "ses_v2": ("handle_request", "_config_sets"),
    "sns": ("publish_internal", "_deliver_to_lambda"),
}
Line = dict[str, Any]


class Relay:
    """Stands between the emulator's SES and its callers. `folder` is where the mails lie."""

    def __init__(self, folder: Path, app: Any, ses: Any, ses_v2: Any, sns: Any) -> None:
        for module, given in {"app": app, "ses": ses, "ses_v2": ses_v2, "sns": sns}.items():
            missing = [name for name in _USED[module] if not hasattr(given, name)]
            if missing:
                raise RuntimeError(f"this ministack is not the version in requirements-ministack.txt: {module} lacks {missing}")
        self._folder, self._app, self._ses, self._ses_v2, self._sns = folder, app, ses, ses_v2, sns
        self._lines: list[Line] = []
        self._lock = threading.Lock()
        self._delivering = 0
        self._number = 0

    def watch(self) -> None:
        """Put this relay in place. Call once, before the emulator serves."""
        self._folder.mkdir(parents=True, exist_ok=True)
        self._lines = [line for line in read(self._folder) if line["at"] > time.time() - _REMEMBERED]
        self._number = sum(1 for _ in self._folder.glob("*.eml"))
        self._watch_sends()
        self._watch_deliveries()
        self._serve_status()
        self._ses._aggregate_15min_buckets = lambda: buckets(self._lines)
        start = self._app._load_persisted_state

        def start_and_tell() -> None:
            start()
            self._telling = asyncio.get_running_loop().create_task(self._tell_again())

        self._app._load_persisted_state = start_and_tell

    def _watch_sends(self) -> None:
        handle = self._ses_v2.handle_request

        async def handle_and_keep(method: str, path: str, headers: Any, body: bytes, *more: Any) -> Any:
            answer = await handle(method, path, headers, body, *more)
            if method == "POST" and path.rstrip("/").endswith("/outbound-emails") and answer[0] == 200:
                said = answer[2] if isinstance(answer[2], (bytes, str)) else json.dumps(answer[2])
                self.tell(self.keep(json.loads(body), str(json.loads(said)["MessageId"])))
            return answer

        self._ses_v2.handle_request = handle_and_keep

    def _watch_deliveries(self) -> None:
        deliver: Callable[..., Any] = self._sns._deliver_to_lambda

        def counted(endpoint: str, envelope: str, *told: Any) -> None:
            # AWS always names the attributes, be there none.
            whole = json.dumps({"MessageAttributes": {}, **json.loads(envelope)})
            with self._lock:
                self._delivering += 1
            try:
                deliver(endpoint, whole, *told)
            finally:
                with self._lock:
                    self._delivering -= 1

        self._sns._deliver_to_lambda = counted

    def _serve_status(self) -> None:
        """How many deliveries of topics to functions are under way: whoever waits for quiet asks."""
        serve = self._app.app

        async def served(scope: Any, receive: Any, send: Any) -> None:
            if scope["type"] != "http" or scope["path"] != STATUS:
                await serve(scope, receive, send)
                return
            body = json.dumps({"delivering": self._delivering}).encode()
            headers = [(b"content-type", b"application/json"), (b"content-length", str(len(body)).encode())]
            await send({"type": "http.response.start", "status": 200, "headers": headers})
            await send({"type": "http.response.body", "body": body})

        self._app.app = served

    def keep(self, asked: dict[str, Any], message_id: str) -> Line:
        """Write an accepted message and its line in the book."""
        raw = base64.b64decode(asked.get("Content", {}).get("Raw", {}).get("Data", ""))
        message = email.message_from_bytes(raw, policy=default_policy)
        with self._lock:
            self._number += 1
            name = f"{self._number:06}-{message_id.partition('@')[0]}.eml"
        (self._folder / name).write_bytes(raw)
        line = {
            "at": time.time(),
            "file": name,
            "id": message_id,
            "from": asked.get("FromEmailAddress") or str(message.get("From", "")),
            "to": asked.get("Destination", {}).get("ToAddresses", []),
            "subject": str(message.get("Subject", "")),
            "set": asked.get("ConfigurationSetName", ""),
            "tags": {tag["Name"]: tag["Value"] for tag in asked.get("EmailTags", [])},
        }
        with (self._folder / BOOK).open("a", encoding="utf-8") as book:
            book.write(json.dumps(line, ensure_ascii=False) + "\n")
        self._lines.append(line)
        return line

    def tell(self, line: Line) -> None:
        """Publish what became of a message to the topics of its configuration set."""
        for event in events(line, self._folder):
            for topic in self._topics(line["set"], event["eventType"]):
                try:
                    self._sns.publish_internal(topic, json.dumps(event), "Amazon SES Email Event Notification")
                except Exception:
                    _LOG.exception("What became of a mail could not be told; it is told again after the next start")

    def _topics(self, settings: str, word: str) -> Iterator[str]:
        for (_, _, name), found in list(self._ses_v2._config_sets._data.items()):
            for one in (found.get("EventDestinations") or {}).values() if name == settings else ():
                if one.get("Enabled") and word.upper() in one.get("MatchingEventTypes", []) and "SnsDestination" in one:
                    yield one["SnsDestination"]["TopicArn"]

    async def _tell_again(self) -> None:
        """Once functions can be reached, tell of the last mails again, one after the other: each at once would be a process."""
        await asyncio.sleep(1)
        last = self._lines[-1]["at"] if self._lines else 0
        for line in [one for one in self._lines if one["at"] > last - _AGAIN]:
            self.tell(line)
            await asyncio.sleep(0.01)
            while self._delivering:
                await asyncio.sleep(0.01)


def read(folder: Path) -> Iterator[Line]:
    """The lines of the book, oldest first. A last one that a kill cut off does not count: its sender was not answered."""
    path = folder / BOOK
    for text in path.read_text(encoding="utf-8").splitlines() if path.exists() else ():
        try:
            yield dict(json.loads(text))
        except ValueError:
            continue


def outcome(line: Line) -> str | None:
    """What becomes of a message by its address at the mailbox simulator, with or without a +label."""
    for address in line["to"]:
        local, _, domain = parseaddr(address)[1].lower().rpartition("@")
        if domain == _SIMULATOR and (word := _OUTCOMES.get(local.partition("+")[0])):
            return word
    return None


def events(line: Line, folder: Path) -> Iterator[dict[str, Any]]:
    """What SES tells of a message: Send, then what became of it."""
    raw = (folder / line["file"]).read_bytes() if (folder / line["file"]).exists() else b""
    mail = _mail(line, email.message_from_bytes(raw, policy=default_policy))
    yield {"eventType": "Send", "mail": mail, "send": {}}
    word, at = outcome(line), mail["timestamp"]
    if word == "Bounce":
        gone = [{"emailAddress": one, "action": "failed", "status": "5.1.1", "diagnosticCode": "smtp; 550 5.1.1 user unknown"}
                for one in line["to"]]  # fmt: skip
        about = {"bounceType": "Permanent", "bounceSubType": "General", "bouncedRecipients": gone}
        yield {"eventType": word, "mail": mail, "bounce": about | {"timestamp": at, "feedbackId": f"b-{line['id']}"}}
    elif word == "Complaint":
        about = {"complainedRecipients": [{"emailAddress": one} for one in line["to"]], "complaintFeedbackType": "abuse"}
        yield {"eventType": word, "mail": mail, "complaint": about | {"timestamp": at, "feedbackId": f"c-{line['id']}"}}


def _mail(line: Line, message: Message) -> dict[str, Any]:
    tags = {name: [value] for name, value in line["tags"].items()}
    domain = parseaddr(line["from"])[1].rpartition("@")[2]
    return {
        "timestamp": datetime.fromtimestamp(line["at"], UTC).strftime("%Y-%m-%dT%H:%M:%S.%f")[:-3] + "Z",
        "source": line["from"],
        "sendingAccountId": "000000000000",
        "messageId": line["id"],
        "destination": line["to"],
        "headersTruncated": False,
        "headers": [{"name": name, "value": str(value)} for name, value in message.items()],
        "commonHeaders": {"from": [line["from"]], "to": line["to"], "messageId": line["id"], "subject": line["subject"]},
        "tags": {"ses:configuration-set": [line["set"]], "ses:from-domain": [domain], **tags},
    }


def buckets(lines: list[Line]) -> list[dict[str, Any]]:
    """What SES counts: quarters of an hour with attempts, bounces and complaints."""
    found: dict[float, dict[str, Any]] = {}
    for line in lines:
        begin = line["at"] - line["at"] % 900
        empty = {"Timestamp": begin, "DeliveryAttempts": 0, "Bounces": 0, "Complaints": 0, "Rejects": 0}
        one = found.setdefault(begin, empty)
        one["DeliveryAttempts"] += 1
        if word := outcome(line):
            one[_COUNTED[word]] += 1
    return [found[begin] for begin in sorted(found)]
