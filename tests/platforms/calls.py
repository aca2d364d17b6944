"""Reads for the contract of calls: tests/platforms/<platform>/reads/<name>.read.json, what each must tell beside it (.json).

They are asked of the local platform server in this process, no socket between: it checks signatures, tokens and limits.
GOLDEN=1 in the environment writes the expected files anew.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from functools import cached_property
from pathlib import Path
from typing import Any

from chalicelib import platforms
from chalicelib.model import log
from chalicelib.model.call import Account, Answer, Read, Request, Response
from infra.marketplaces.server import Marketplaces
from infra.marketplaces.world import Call

FOLDER = Path(__file__).parent
NOW = datetime(2026, 6, 1, 12, tzinfo=UTC)


class Asked:
    """A platform's module and the local server, one shop connected with the server's own credentials."""

    def __init__(self, platform: str, **changes: str) -> None:
        self.platform = platform
        self.module: Any = platforms.get(platform)
        self.server = Marketplaces(clock=lambda: NOW, limits=False)
        setup = dict(self.server.demo(platform)) | changes
        self.account = Account(f"{platform}/sample-shop", {k: v for k, v in setup.items() if k != "secret"}, setup["secret"])
        self._tokens: dict[str, str] = {}

    def send(self, request: Request) -> Response:
        return self.server.answer(Call.of(request.method, request.url, dict(request.headers), request.body))

    def with_token(self, kind: str) -> Account:
        """The account under a token of a kind, which is fetched as on a real stage."""
        if not kind:
            return self.account
        if kind not in self._tokens:
            account = replace(self.account, refresh=self.account.setup.get("refresh_token", ""))
            answer = self.send(self.module.renewal(kind, account, NOW))
            self._tokens[kind] = self.module.renewed(kind, answer, account, NOW).access
        return replace(self.account, access=self._tokens[kind])

    def response(self, read: Read) -> tuple[Response, Account]:
        account = self.with_token(self.module.READS[read.what].token)
        return self.send(self.module.request(read, account, NOW)), account

    def read(self, read: Read, now: datetime = NOW) -> Answer:
        response, account = self.response(read)
        return self.module.answer(read, response, account, now)


@dataclass(frozen=True)
class RecordedRead:
    """A read and where it stands."""

    platform: str
    path: Path

    @cached_property
    def read(self) -> Read:
        said = json.loads(self.path.read_text())
        return Read(said["what"], said.get("about", {}), said.get("cursor", ""), timedelta(0))

    @property
    def golden(self) -> Path:
        return self.path.with_name(self.path.name.replace(".read.json", ".json"))

    @property
    def id(self) -> str:
        return f"{self.platform}/{self.path.name.removesuffix('.read.json')}"


def recorded(platform: str | None = None) -> list[RecordedRead]:
    names = [platform] if platform else platforms.names()
    return [RecordedRead(name, path) for name in names for path in sorted((FOLDER / name / "reads").glob("*.read.json"))]


def outcome(answer: Answer) -> dict[str, Any]:
    """What an answer tells, as its golden file holds it."""
    found = [
        {"id": made.id, "subject": made.subject, "buyer": made.buyer, "events": json.loads(log.dump_events(made.events))}
        for made in (one.translated for one in answer.found)
    ]
    then = [
        {"what": one.what, "about": dict(one.about), "cursor": one.cursor, "wait": one.wait.total_seconds()}
        for one in answer.then
    ]
    return {"found": found, "then": then} | ({"text": answer.text} if answer.text else {})
