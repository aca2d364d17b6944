"""What a batch of state changes tells the lake, and its spelling."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.model import lake
from chalicelib.model.errors import BadPayload
from chalicelib.model.lake import Row
from chalicelib.rules import landed, merged
from chalicelib.rules.landed import Floor
from tests.lake.world import row

PK = "shopify/main#order:1"
COLUMN = {
    "string": st.text(),
    "bigint": st.integers(-(2**63), 2**63 - 1),
    "decimal(18,6)": st.decimals(min_value=-999_999_999_999, max_value=999_999_999_999, places=6),
    "timestamp": st.datetimes(
        datetime(1990, 1, 1), datetime(2099, 12, 31), timezones=st.sampled_from([UTC, timezone(timedelta(hours=9))])
    ).map(lambda time: time.replace(microsecond=time.microsecond // 1000 * 1000)),
    "boolean": st.booleans(),
}


def a_row(**values: object) -> Row:
    return Row("order_lines", "2026-01", f"{PK}#1", 1, {"platform": "shopify", "shop": "main", "subject": "order:1", **values})


@given(st.data())
def test_any_row_comes_back_from_arrow_as_it_was(data: st.DataObject) -> None:
    table = data.draw(st.sampled_from(lake.TABLES))
    drawn = {c.name: data.draw(st.none() | COLUMN[c.type], c.name) for c in table.columns if c.name not in ("key", "version")}
    key, version = data.draw(st.text(min_size=1)), data.draw(st.integers(1, 2**63 - 1))
    line = landed.line(Row(table.name, "2026-01", key, version, drawn))

    (found,) = merged.read(table, [line]).to_pylist()

    expected = drawn | {"key": key, "version": version}
    for name, value in expected.items():
        plain = value.astimezone(UTC).replace(tzinfo=None) if isinstance(value, datetime) else value
        assert found[name] == plain, name


@pytest.mark.parametrize(
    ("column", "value"),
    [
        ("quantity", 2**63),
        ("quantity", True),
        ("quantity", "1"),
        ("unit_price", Decimal(10) ** 12),
        ("unit_price", Decimal("0.0000001")),
        ("unit_price", Decimal("NaN")),
        ("unit_price", 1.5),
        ("placed_at", datetime(2026, 1, 1)),
        ("placed_at", "2026-01-01"),
        ("sku", 7),
        ("size", "XL"),
    ],
)
def test_a_value_its_column_cannot_hold_is_refused_by_name(column: str, value: object) -> None:
    with pytest.raises(BadPayload, match=f"order_lines.*|{column}"):
        landed.line(a_row(**{column: value}))


def test_half_a_surrogate_pair_becomes_a_question_mark() -> None:
    (found,) = merged.read(lake.BY_NAME["order_lines"], [landed.line(a_row(title="a\ud83d"))]).to_pylist()

    assert found["title"] == "a?"


def test_a_row_the_new_state_has_not_leaves_a_floor_where_it_was() -> None:
    old = [row(PK, "orders", "unknown", 1, 1), row(PK, "refunds", "unknown", 1, 1), row(PK, "refunds", "unknown", 2, 1)]
    new = [row(PK, "orders", "2026-01", 1, 2), row(PK, "refunds", "unknown", 2, 2)]

    news = landed.changes(PK, old, new, 2)

    assert set(news.floors) == {Floor("orders", "unknown", PK, 2), Floor("refunds", "unknown", PK, 2)}
    assert [(line.table, line.partition) for line in news.lines] == [("orders", "2026-01"), ("refunds", "unknown")]


def test_a_change_that_takes_nothing_away_needs_no_floor() -> None:
    news = landed.changes(PK, [row(PK, "orders", "2026-01", 1, 1)], [row(PK, "orders", "2026-01", 1, 2)], 2)

    assert news.floors == ()


def test_a_statement_floors_every_table_where_rows_are_and_may_have_been() -> None:
    news = landed.statement(PK, [row(PK, "orders", "2026-01", 1, 5)], 5)

    assert {(f.table, f.partition) for f in news.floors} == {(t.name, p) for t in lake.TABLES for p in ("unknown", "2026-01")}


def test_a_row_of_another_subject_is_refused() -> None:
    with pytest.raises(BadPayload, match="belongs to shopify/main#order:2"):
        landed.changes(PK, [], [row("shopify/main#order:2", "orders", "2026-01", 1, 1)], 1)


def test_a_landed_object_comes_apart_as_it_was_put_together() -> None:
    first = landed.changes(PK, [row(PK, "refunds", "unknown", 1, 1)], [row(PK, "orders", "2026-01", 1, 2)], 2)
    second = landed.changes("shopify/main#order:2", [], [row("shopify/main#order:2", "orders", "2026-01", 1, 1)], 1)

    found = landed.decode(landed.encode([first, second]))

    assert found.floors == {("refunds", "unknown"): {PK: 2}}
    assert {place: bytes(lines) for place, lines in found.rows.items()} == {
        ("orders", "2026-01"): first.lines[0].body + second.lines[0].body
    }


@pytest.mark.parametrize(
    "spoil",
    [
        lambda data: b"",
        lambda data: data[:-1],
        lambda data: data + b"{}\n",
        lambda data: data.replace(b'"orders"', b'"no_table"'),
        lambda data: data[data.index(b"\n") :],
        lambda data: b"[]" + data[data.index(b"\n") :],
    ],
)
def test_anything_else_is_refused(spoil) -> None:
    data = landed.encode([landed.changes(PK, [], [row(PK, "orders", "2026-01", 1, 1)], 1)])

    with pytest.raises(BadPayload, match="not a landed object"):
        landed.decode(spoil(data))


@given(st.lists(st.datetimes(datetime(2020, 1, 1), datetime(2090, 1, 1), timezones=st.just(UTC)), min_size=2))
def test_names_sort_by_time(times: list[datetime]) -> None:
    names = [landed.name(time, "x") for time in times]
    millis = [int(time.timestamp() * 1000) for time in times]

    assert [names[n][:-7] for n in sorted(range(len(times)), key=lambda n: names[n])] == sorted(name[:-7] for name in names)
    assert all((a < b) <= (x <= y) for a, x in zip(millis, names, strict=True) for b, y in zip(millis, names, strict=True))
