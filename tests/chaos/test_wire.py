"""The same promise under the real SDK: answers lost, connections refused and 5xx at every request that performing makes.

Outbox on DynamoDB's emulation, the work queue on SQS's, mail on SES's. The fault strikes below the SDK's retries
(`botocore.endpoint.Endpoint._do_get_response`, a private name: botocore is pinned), so what is retried is retried for real.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import boto3
import pytest
from botocore.endpoint import Endpoint
from botocore.exceptions import ConnectionClosedError, EndpointConnectionError

from chalicelib.effects.mailer import Mailer
from chalicelib.effects.outbox import Outbox
from chalicelib.effects.work import WorkQueue
from chalicelib.model.action import Action, ActionKind, ActionStatus
from chalicelib.model.person import Channel
from chalicelib.model.sending import Envelope
from chalicelib.model.touch import Letter, Send
from chalicelib.settings import Settings
from chalicelib.steps import feed, perform
from chalicelib.steps.desk import Desk
from tests.aws import stack
from tests.chaos.faults import Crash
from tests.fakes import MemoryWork

START = datetime(2026, 3, 2, 12, tzinfo=UTC)
SENDER = "shop@example.com"
MODES = ("unreachable", "answer lost", "500 before", "500 after", "throttled", "crash before", "crash after")


@dataclass
class Wire:
    """Every request of every client: counted, and the one numbered `at` struck. `sent` counts letters that SES really took."""

    real: Callable[..., Any]
    at: int = 0
    mode: str = ""
    count: int = 0
    sent: int = 0
    struck: list[str] = field(default_factory=list)

    def aim(self, at: int, mode: str) -> None:
        self.at, self.mode, self.count, self.sent, self.struck = at, mode, 0, 0, []

    def __call__(self, endpoint: Any, request: Any, operation: Any, context: Any) -> Any:
        self.count += 1
        if self.count != self.at:
            return self._do(endpoint, request, operation, context)
        self.struck.append(f"{operation.name}: {self.mode}")
        if self.mode == "crash before":
            raise Crash(operation.name)
        if self.mode == "unreachable":
            return None, EndpointConnectionError(endpoint_url=request.url)
        if self.mode in ("500 before", "throttled"):
            return _said(self.mode)
        self._do(endpoint, request, operation, context)
        if self.mode == "crash after":
            raise Crash(operation.name)
        return _said("500") if self.mode == "500 after" else (None, ConnectionClosedError(endpoint_url=request.url))

    def _do(self, endpoint: Any, request: Any, operation: Any, context: Any) -> Any:
        done = self.real(endpoint, request, operation, context)
        self.sent += operation.name == "SendEmail" and done[1] is None and done[0][0].status_code == 200
        return done


def _said(mode: str) -> Any:
    status, code = (429, "TooManyRequestsException") if mode == "throttled" else (500, "InternalServerError")
    parsed = {"Error": {"Code": code, "Message": "planted"}, "ResponseMetadata": {"HTTPStatusCode": status, "HTTPHeaders": {}}}

    class Answer:
        status_code = status
        headers: dict[str, str] = {}
        content = b""

    return (Answer(), parsed), None


@dataclass(frozen=True)
class Ready:
    """A message that may go."""

    tag: str

    @property
    def verdict(self) -> Send:
        return Send(Channel.MAIL)

    def envelope(self, channel: Channel) -> Envelope:
        return Envelope("buyer@example.com", Letter("Subject", "Text", "en"), self.tag, SENDER)

    def name(self, channel: Channel) -> str:
        return "hash"


@dataclass(frozen=True)
class Fine:
    """An order that makes no message pointless."""

    verdict: None = None


@dataclass
class Both:
    """The real queue, and what was sent to it."""

    real: WorkQueue
    seen: MemoryWork

    def send(self, keys: Sequence[str], delay: timedelta = timedelta(0)) -> None:
        self.real.send(keys, delay)
        self.seen.send(keys, delay)


@dataclass
class Stage:
    """One message on its way through real clients."""

    wire: Wire
    book: Outbox
    queue: WorkQueue
    mailer: Any
    now: datetime = START
    runs: int = 0

    def play(self, at: int, mode: str, kind: str) -> tuple[str, int, ActionStatus]:
        """One message with one fault; its key, how many letters went, and where it ended."""
        self.runs += 1
        key, work = f"message#shopify/acme#order:{self.runs}#m", MemoryWork()
        self.now = START
        action = Action(
            key, ActionKind.MESSAGE, "shopify/acme", f"order:{self.runs}", START, START + timedelta(days=2), {"class": kind}
        )
        fx = perform.Effects(
            self.book, Desk(self.book, Both(self.queue, work)), lambda entry, now: Fine(), lambda entry, seen, now: Ready(key),
            {Channel.MAIL: self.mailer}, {}, lambda: self.now,
        )  # fmt: skip
        self.book.add(action, False, START)
        self.wire.aim(at, mode)
        told = feed.Effects(self.book, lambda *given: None, lambda: self.now)
        for minutes in (0, 3, 7, 16, 33):
            self.now = START + timedelta(minutes=minutes)
            # The feed is quicker than the look at fifteen minutes, and SNS brings again what failed.
            if self.wire.sent and minutes >= 3:
                self._try(lambda: feed.feed(feed.News(key, "Send", "p"), told))
            self._try(lambda: perform.perform(key, fx))
        self.wire.at = 0
        entry = self.book.get(key)
        assert entry is not None
        return key, self.wire.sent, entry.status

    def _try(self, step: Callable[[], object]) -> None:
        try:
            step()
        except (Exception, Crash):
            # It is brought again.
            return


@pytest.fixture
def stage(monkeypatch: pytest.MonkeyPatch) -> Iterator[Stage]:
    with stack(monkeypatch) as settings:
        yield _stage(settings, monkeypatch)


def _stage(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Stage:
    mail = boto3.client("sesv2")
    mail.create_email_identity(EmailIdentity=SENDER)
    mail.create_configuration_set(ConfigurationSetName=settings.mail_settings)
    wire = Wire(Endpoint._do_get_response)
    monkeypatch.setattr(Endpoint, "_do_get_response", lambda *given: wire(*given))
    monkeypatch.setattr("time.sleep", lambda seconds: None)
    made = Stage(wire, Outbox(settings), WorkQueue(settings.work_queue), Mailer(settings.mail_settings))
    made.play(0, "", "service")  # clients and table descriptions are there from now on
    return made


def wrong(stage: Stage, kind: str, modes: Sequence[str] = MODES) -> list[str]:
    """Every fault at every request; what came out other than it should."""
    stage.play(0, "", kind)
    requests, found = stage.wire.count, []
    assert requests >= 4 and stage.wire.sent == 1
    for mode in modes:
        for at in range(1, requests + 1):
            key, letters, status = stage.play(at, mode, kind)
            fine = (letters, status) == (1, ActionStatus.SENT)
            waits = (letters, status, kind) == (0, ActionStatus.UNKNOWN, "service")
            if not fine and not (waits and any(one.action.data.get("about") == key for one in stage.book.scan())):
                found.append(f"{stage.wire.struck}: {letters} letters, {status}")
    return found


@pytest.mark.parametrize("kind", ["service", "critical"])
def test_one_letter_or_a_person_who_knows_whatever_the_wire_does(stage: Stage, kind: str):
    assert wrong(stage, kind) == []


def test_the_sdks_own_retry_would_send_two_letters(stage: Stage):
    """The planted bug: the client as boto3 makes it."""
    stage.mailer._ses._made = boto3.client("sesv2")

    assert wrong(stage, "service", ["answer lost"]) == ["['SendEmail: answer lost']: 2 letters, sent"]
