"""The effect that runs SQL, against a stand-in for Athena's client that answers as Athena does."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest
from botocore.exceptions import ClientError, EndpointConnectionError

from chalicelib.effects.athena import Athena, Progress, QueryFailed, StillRunning, typed
from chalicelib.metrics import dialect
from chalicelib.model.errors import BadPayload, ConfigurationError


@dataclass(frozen=True)
class Place:
    """An installation."""

    workgroup: str = "analysts"
    database: str = "lake"
    local: bool = False


class Service:
    """Athena: each started query goes through its list of states; results come in pages of two rows under a header."""

    def __init__(self, *queries: list[dict[str, Any]], columns: dict[str, str] | None = None, rows: Any = ()) -> None:
        self.queries = [list(states) for states in queries]
        self.columns, self.table = list((columns or {"n": "bigint"}).items()), [list(row) for row in rows]
        self.started: list[dict[str, Any]] = []
        self.pages = 0

    def start_query_execution(self, **given: Any) -> dict[str, Any]:
        self.started.append(given)
        return {"QueryExecutionId": str(len(self.started) - 1)}

    def get_query_execution(self, QueryExecutionId: str) -> dict[str, Any]:
        nth = int(QueryExecutionId)
        states = self.queries[nth]
        status = states.pop(0) if len(states) > 1 else states[0]
        return {"QueryExecution": {"Query": self.started[nth]["QueryString"], "Status": status}}

    def get_query_results(self, QueryExecutionId: str, NextToken: str = "0") -> dict[str, Any]:
        self.pages += 1
        header = [[name for name, _ in self.columns]]
        everything, start = header + self.table, int(NextToken)
        part = everything[start : start + 3]
        data = [{"Data": [{} if text is None else {"VarCharValue": text} for text in row]} for row in part]
        info = [{"Name": name, "Type": type_} for name, type_ in self.columns]
        more = {"NextToken": str(start + 3)} if start + 3 < len(everything) else {}
        return {"ResultSet": {"Rows": data, "ResultSetMetadata": {"ColumnInfo": info}}, **more}


RUNNING, DONE = {"State": "RUNNING"}, {"State": "SUCCEEDED"}


def failed(reason: str, **more: Any) -> dict[str, Any]:
    """The status of a query that failed."""
    return {"State": "FAILED", "StateChangeReason": reason, **more}


def athena(service: Any, place: Place | None = None) -> tuple[Athena, list[float]]:
    """The effect over a stand-in, and the list its pauses go to."""
    pauses: list[float] = []
    return Athena(place or Place(), dialect.local, client=service, sleep=pauses.append), pauses


def test_ask_starts_waits_and_reads_every_page() -> None:
    """Seven rows in three pages; the header is no row."""
    service = Service([{"State": "QUEUED"}, RUNNING, DONE], rows=[[str(n)] for n in range(7)])
    effect, pauses = athena(service)
    assert effect.ask("SELECT n FROM orders") == [{"n": n} for n in range(7)]
    assert (service.pages, len(pauses)) == (3, 2)
    context = {"QueryExecutionContext": {"Database": "lake"}, "WorkGroup": "analysts"}
    assert service.started == [{"QueryString": "SELECT n FROM orders", **context}]


def test_only_the_first_row_can_be_the_header() -> None:
    """A row that reads like the header is a row."""
    effect, _ = athena(Service(columns={"n": "varchar"}, rows=[["n"], ["n"], ["n"]]))
    assert effect.rows("0") == [{"n": "n"}] * 3


def test_answers_without_a_header_lose_no_row() -> None:
    """SHOW and DESCRIBE have none."""

    class Bare(Service):
        def get_query_results(self, QueryExecutionId: str, NextToken: str = "0") -> dict[str, Any]:
            answer = super().get_query_results(QueryExecutionId, NextToken)
            del answer["ResultSet"]["Rows"][0]
            return answer

    assert athena(Bare(columns={"tab_name": "varchar"}, rows=[["orders"], ["returns"]]))[0].rows("0") == [
        {"tab_name": "orders"},
        {"tab_name": "returns"},
    ]


def test_nothing_found_is_no_rows() -> None:
    """A header and no more."""
    assert athena(Service())[0].rows("0") == []


def test_columns_of_one_name_do_not_hide_each_other() -> None:
    """SELECT a.key, b.key."""

    class Twice(Service):
        def __init__(self) -> None:
            super().__init__(rows=[["1", "2"]])
            self.columns = [("key", "bigint"), ("key", "bigint")]

    assert athena(Twice())[0].rows("0") == [{"key": 1, "key_2": 2}]


def test_local_stage_translates_and_others_do_not() -> None:
    """DuckDB's spelling goes out on the laptop alone; what is no SQL is refused before it is started."""
    sql = "SELECT date_format(placed_at, '%Y-%m') FROM orders"
    sent = []
    for local in (True, False):
        service = Service()
        athena(service, Place(local=local))[0].start(sql)
        sent.append(service.started[0]["QueryString"])
    assert sent == ["SELECT\n  STRFTIME(placed_at, '%Y-%m')\nFROM orders", sql]
    with pytest.raises(BadPayload, match="sql: line 1"):
        athena(Service(), Place(local=True))[0].start("SELECT FROM WHERE")


@pytest.mark.parametrize(
    "status",
    [
        failed("HIVE_CURSOR_ERROR: Failed to read Parquet file: s3://lake/lake/orders/month=2026-01/rows.parquet"),
        failed("HIVE_CANNOT_OPEN_SPLIT: Error opening Hive split: The specified key does not exist. (NoSuchKey)"),
        failed("At least one of the pre-conditions you specified did not hold"),
        failed("ETag on reading file was initially a and now it returned b"),
        failed("INTERNAL", AthenaError={"Retryable": True}),
    ],
)
def test_an_object_changed_under_it_is_asked_again_once(status: dict[str, Any]) -> None:
    """The second attempt's rows are read; however often the first is asked about, both tokens are one."""
    service = Service([RUNNING, status], [RUNNING, DONE], [DONE], rows=[["1"]])
    effect, _ = athena(service)
    assert effect.ask("SELECT n FROM orders") == [{"n": 1}]
    assert effect.poll("0") == Progress("2", False)
    first, second, third = service.started
    assert second == third
    assert second["QueryString"].endswith("\nSELECT n FROM orders")
    assert second["ClientRequestToken"] not in (None, first.get("ClientRequestToken"))


def test_an_object_changed_twice_is_a_failure() -> None:
    """There is no third attempt."""
    status = failed("HIVE_CURSOR_ERROR: object was modified")
    service = Service([status], [status])
    with pytest.raises(QueryFailed, match="query 1: HIVE_CURSOR_ERROR"):
        athena(service)[0].ask("SELECT n FROM orders")
    assert len(service.started) == 2


def test_the_second_attempt_is_not_translated_again() -> None:
    """What was started is DuckDB's already; as Athena's it would mean something else."""
    service = Service([failed("ETag changed")], [DONE])
    athena(service, Place(local=True))[0].ask("SELECT date_diff('day', a, b) FROM orders")
    first, second = (one["QueryString"] for one in service.started)
    assert "DATE_SUB('day', a, b)" in first
    assert second.endswith(first)


def test_failure_shows_the_reason_and_the_place() -> None:
    """The line Athena points at, with a mark under the column."""
    service = Service([failed("COLUMN_NOT_FOUND: line 2:8: Column 'nope' cannot be resolved")])
    with pytest.raises(QueryFailed) as caught:
        athena(service)[0].ask("SELECT n,\n       nope\nFROM orders")
    assert str(caught.value) == (
        "query 0: COLUMN_NOT_FOUND: line 2:8: Column 'nope' cannot be resolved\n         nope\n         ^"
    )
    assert len(service.started) == 1


def test_cancelled_is_a_failure() -> None:
    """Somebody stopped it."""
    with pytest.raises(QueryFailed, match="query 0: cancelled"):
        athena(Service([{"State": "CANCELLED"}]))[0].ask("SELECT n FROM orders")


def test_waiting_is_bounded_and_slows_down() -> None:
    """Pauses grow to two seconds; the id is told, for the query goes on."""
    service = Service([RUNNING])
    effect, pauses = athena(service)
    with pytest.raises(StillRunning, match="query 0 is still running after 30 s") as caught:
        effect.wait(effect.start("SELECT n FROM orders"), seconds=30)
    assert caught.value.query_id == "0"
    assert pauses == sorted(pauses)
    assert pauses[-1] == 2.0
    assert 30 <= sum(pauses) < 32


@pytest.mark.parametrize(
    ("error", "says"),
    [
        (ClientError({"Error": {"Code": "InvalidRequestException", "Message": "line 1:8: no input"}}, "x"), "1:8: no input"),
        (EndpointConnectionError(endpoint_url="http://127.0.0.1:1"), "Athena did not answer: Could not connect"),
    ],
)
def test_refusal_and_silence_are_told(error: Exception, says: str) -> None:
    """By Athena's own words, or by what went wrong on the way."""

    class Refusing:
        def start_query_execution(self, **_: Any) -> Any:
            raise error

    with pytest.raises(QueryFailed, match=says):
        athena(Refusing())[0].start("SELECT n FROM orders")


def test_an_installation_without_database_is_told_so() -> None:
    """Before anything is asked."""
    with pytest.raises(ConfigurationError, match="WELLKEPT_DATABASE"):
        athena(Service(), Place(database=""))


@pytest.mark.parametrize(
    ("type_", "text", "value"),
    [
        ("bigint", "-7", -7),
        ("integer", "7", 7),
        ("double", "0.041872", 0.041872),
        ("double", "1.0E-7", 1e-7),
        ("decimal", "19700954.457000", Decimal("19700954.457000")),
        ("decimal(38,6)", "1.500000", Decimal("1.5")),
        ("boolean", "true", True),
        ("boolean", "false", False),
        ("date", "2026-01-02", date(2026, 1, 2)),
        ("timestamp", "2026-01-02 03:04:05.123", datetime(2026, 1, 2, 3, 4, 5, 123000, tzinfo=UTC)),
        ("timestamp", "2026-01-02 03:04:05", datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)),
        ("timestamp", "2026-01-02 03:04:05+08:00", datetime(2026, 1, 1, 19, 4, 5, tzinfo=UTC)),
        ("timestamp with time zone", "2026-01-02 03:04:05.000 UTC", datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)),
        ("timestamp with time zone", "2026-01-02 03:04:05.000 Asia/Shanghai", datetime(2026, 1, 1, 19, 4, 5, tzinfo=UTC)),
        ("timestamp with time zone", "2026-01-02 03:04:05.000 +08:00", datetime(2026, 1, 1, 19, 4, 5, tzinfo=UTC)),
        ("varchar", "", ""),
        ("varchar", "007", "007"),
        ("array", "[1, 2]", "[1, 2]"),
        ("bigint", None, None),
        ("varchar", None, None),
    ],
)
def test_values_are_typed_by_their_column(type_: str, text: str | None, value: object) -> None:
    """As Athena and as DuckDB spell them."""
    found = typed(type_, text)
    assert (found, type(found)) == (value, type(value))
