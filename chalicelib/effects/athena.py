"""Athena: the one way SQL is run. A query is started, asked about by its id until it is done, and read as typed rows.

On the local stage Athena is DuckDB, so there every statement is translated before it is started.
"""

from __future__ import annotations

import hashlib
import re
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from functools import cached_property
from typing import Any, Protocol
from zoneinfo import ZoneInfo

from ..model.errors import ConfigurationError, WellkeptError

# A partition is one object that a merge replaces whole; a reader that had begun on the old one is refused the rest.
_CHANGED = re.compile(
    r"HIVE_CURSOR_ERROR|HIVE_CANNOT_OPEN_SPLIT|HIVE_FILESYSTEM_ERROR|NoSuchKey|\bETag\b|pre-?condition|modified", re.IGNORECASE
)
_AGAIN = "-- second attempt: an object changed while the first one read it\n"
_FIRST_PAUSE, _LONGEST_PAUSE = 0.1, 2.0

Row = dict[str, Any]


class QueryFailed(WellkeptError):
    """A query was refused, failed, was cancelled or cannot be read. Says why, in Athena's words, and where in the statement."""


class StillRunning(QueryFailed):
    """A query had not ended in the time given. It goes on; ask again by its id."""

    def __init__(self, query_id: str, seconds: float) -> None:
        super().__init__(f"query {query_id} is still running after {seconds:g} s; wait for it again by this id")
        self.query_id = query_id


class Place(Protocol):
    """What must be known of the installation: the settings have it."""

    @property
    def workgroup(self) -> str: ...
    @property
    def database(self) -> str: ...
    @property
    def local(self) -> bool: ...


@dataclass(frozen=True, slots=True)
class Progress:
    """How a query stands: `id` is the one to ask about from now on (another one after a second attempt)."""

    id: str
    done: bool


class Athena:
    """Queries on the lake's database. On the local stage `translate` (metrics.dialect.local) reads every statement first."""

    def __init__(
        self, settings: Place, translate: Callable[[str], str], client: Any = None, sleep: Callable[[float], None] = time.sleep
    ) -> None:
        if not settings.database:
            raise ConfigurationError("no database for Athena: set WELLKEPT_DATABASE to the Glue database of the lake")
        self._settings = settings
        self._translate = translate if settings.local else str
        self._given = client
        self._sleep = sleep

    @cached_property
    def _client(self) -> Any:
        if self._given is not None:
            return self._given
        import boto3
        from botocore.config import Config

        return boto3.client("athena", config=Config(retries={"mode": "standard", "total_max_attempts": 5}))

    def start(self, sql: str) -> str:
        """Start one statement in Athena's dialect; its query id. QueryFailed when it is refused at once."""
        return self._start(self._translate(sql))

    def poll(self, query_id: str) -> Progress:
        """How a query stands now. One that failed because an object changed under it is started once more, under a new id.

        QueryFailed when it failed or was cancelled.
        """
        execution = self._call("get_query_execution", QueryExecutionId=query_id)["QueryExecution"]
        status, sql = execution["Status"], execution.get("Query", "")
        if status["State"] == "SUCCEEDED":
            return Progress(query_id, True)
        if status["State"] in ("QUEUED", "RUNNING"):
            return Progress(query_id, False)
        reason = status.get("StateChangeReason") or status["State"].lower()
        if status["State"] == "FAILED" and not sql.startswith(_AGAIN) and _may_pass(status, reason):
            # The token is made of the first id: however many ask, there is one second attempt.
            return Progress(self._start(_AGAIN + sql, hashlib.sha256(query_id.encode()).hexdigest()), False)
        raise QueryFailed(f"query {query_id}: {_explained(reason, sql)}")

    def wait(self, query_id: str, seconds: float = 60) -> str:
        """Wait until a query has succeeded; the id to read its rows by. Asks less and less often, for at most `seconds`.

        QueryFailed when it failed or was cancelled; StillRunning when the time was not enough.
        """
        pause, waited = _FIRST_PAUSE, 0.0
        progress = self.poll(query_id)
        while not progress.done:
            if waited >= seconds:
                raise StillRunning(progress.id, seconds)
            self._sleep(pause)
            waited, pause = waited + pause, min(pause * 1.5, _LONGEST_PAUSE)
            progress = self.poll(progress.id)
        return progress.id

    def rows(self, query_id: str) -> list[Row]:
        """All rows of a query that succeeded, by column name, typed as `typed` says. QueryFailed when it has none to read."""
        return list(self.stream(query_id))

    def stream(self, query_id: str) -> Iterator[Row]:
        """The same one by one, a page of a thousand rows fetched at a time: for answers that do not fit in memory."""
        page = self._call("get_query_results", QueryExecutionId=query_id)
        columns = page["ResultSet"]["ResultSetMetadata"]["ColumnInfo"]
        said = [column["Name"] for column in columns]
        names, types = _distinct(said), [column["Type"] for column in columns]
        rows = page["ResultSet"]["Rows"]
        # The first row of a SELECT's first page is the header.
        rows = rows[1:] if rows and _texts(rows[0]) == said else rows
        while True:
            for row in rows:
                yield {name: typed(type_, text) for name, type_, text in zip(names, types, _texts(row), strict=True)}
            if not page.get("NextToken"):
                return
            page = self._call("get_query_results", QueryExecutionId=query_id, NextToken=page["NextToken"])
            rows = page["ResultSet"]["Rows"]

    def ask(self, sql: str, seconds: float = 60) -> list[Row]:
        """The rows of a statement in Athena's dialect: start, wait, read."""
        return self.rows(self.wait(self.start(sql), seconds))

    def _start(self, text: str, token: str = "") -> str:
        given: dict[str, Any] = {"QueryString": text, "QueryExecutionContext": {"Database": self._settings.database}}
        if self._settings.workgroup:
            given["WorkGroup"] = self._settings.workgroup
        if token:
            given["ClientRequestToken"] = token
        query_id: str = self._call("start_query_execution", **given)["QueryExecutionId"]
        return query_id

    def _call(self, verb: str, **given: Any) -> dict[str, Any]:
        from botocore.exceptions import BotoCoreError, ClientError

        try:
            answer: dict[str, Any] = getattr(self._client, verb)(**given)
        except ClientError as err:
            message = err.response["Error"].get("Message") or str(err)
            raise QueryFailed(_explained(message, given.get("QueryString", ""))) from err
        except BotoCoreError as err:
            raise QueryFailed(f"Athena did not answer: {err}") from err
        return answer


def typed(type_: str, text: str | None) -> Any:
    """A value as Athena writes it, by its column's type: int, float, Decimal, bool, date, datetime in UTC; None for null.

    Everything else (varchar, json, arrays, rows, maps) stays text, as Athena spells it.
    """
    return None if text is None else _TYPES.get(type_.partition("(")[0].lower(), str)(text)


def _time(text: str) -> datetime:
    """A text like 2026-11-22 09:54:00.000, with an offset or a zone's name behind it or none: then it is UTC already."""
    day, clock, *zone = text.split()
    if zone and zone[0][0].isalpha():
        known = UTC if zone[0] == "UTC" else ZoneInfo(zone[0])  # not every image has the zone files
        return datetime.fromisoformat(f"{day} {clock}").replace(tzinfo=known).astimezone(UTC)
    moment = datetime.fromisoformat(f"{day} {clock}{''.join(zone)}")
    return moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)


_TYPES: dict[str, Callable[[str], Any]] = {
    **dict.fromkeys(("tinyint", "smallint", "int", "integer", "bigint"), int),
    **dict.fromkeys(("float", "real", "double"), float),
    "decimal": Decimal,
    "boolean": lambda text: text.lower() == "true",
    "date": date.fromisoformat,
    "timestamp": _time,
    "timestamp with time zone": _time,
}


def _texts(row: dict[str, Any]) -> list[str | None]:
    return [datum.get("VarCharValue") for datum in row.get("Data", [])]


def _distinct(names: list[str]) -> list[str]:
    """Column names with a number behind every repetition, so that no column hides another."""
    return [name if name not in names[:n] else f"{name}_{names[:n].count(name) + 1}" for n, name in enumerate(names)]


def _may_pass(status: dict[str, Any], reason: str) -> bool:
    return bool(status.get("AthenaError", {}).get("Retryable")) or bool(_CHANGED.search(reason))


def _explained(reason: str, sql: str) -> str:
    """Athena's message, and under it the line of the statement it points at."""
    found = re.search(r"line (\d+):(\d+)", reason)
    lines = sql.splitlines()
    if not found or not 0 < int(found[1]) <= len(lines):
        return reason
    column = int(found[2])
    return f"{reason}\n  {lines[int(found[1]) - 1]}\n  {' ' * (column - 1)}^"
