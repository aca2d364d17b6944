"""States as rows of the lake."""

from __future__ import annotations

from decimal import Decimal

import pytest

from chalicelib.model import lake, state
from chalicelib.model.facts import OrderFact, WordsFact
from chalicelib.model.words import EventType
from chalicelib.rules.fold import fold, moved
from chalicelib.rules.rows import rows
from tests.lives import SOURCE, approval, day, delivery, dispute, order_life


def rows_of(deliveries, subject="order:1001"):
    return rows(state.dump(fold(SOURCE, subject, deliveries)), 7)


def test_every_row_has_exactly_the_columns_of_its_table():
    for row in rows_of([*order_life(), approval(), dispute("1001")]):
        assert list(row.values) and set(row.values) == {column.name for column in lake.BY_NAME[row.table].columns}


def test_a_life_makes_one_row_a_thing_in_the_month_of_the_order():
    found = rows_of(order_life())

    assert [(row.table, row.partition, row.key.rpartition("order:1001#")[2]) for row in found] == [
        ("orders", "2026-03", "1001"),
        ("order_lines", "2026-03", "1001-1"),
        ("order_lines", "2026-03", "1001-2"),
        ("shipments", "2026-03", "1001-s"),
        ("returns", "2026-03", "1001-r#1001-rl"),
        ("refunds", "2026-03", "1001-f"),
    ]


def test_a_return_line_takes_product_and_price_from_the_line_it_names():
    (back,) = [row.values for row in rows_of(order_life()) if row.table == "returns"]

    assert back["sku"] == "MUG-RED"
    assert back["value"] == Decimal("12.5")
    assert back["currency"] == "USD"
    assert back["booked_at"] == day(6)
    assert back["money"] == "done"


def wrote(subject, about, language):
    return delivery("w", subject, EventType.WORDS_READ, day(6), WordsFact(about, day(6), "?", day(6), language))


@pytest.mark.parametrize(("said", "placed", "language"), [
    ("fr", "de-AT", "fr"), (None, "de-AT", "de"), (None, "zh", "zh"), (None, None, None), (None, "fil-PH", None)])
def test_words_are_of_the_orders_language_where_nobody_says_theirs(said, placed, language):
    words = wrote("order:1001", "return_line:1001-rl", said)
    order = delivery("o", "order:1001", EventType.ORDER_PLACED, day(7), OrderFact("1001", day(7), language=placed))

    (row,) = [row.values for row in rows_of([*order_life(), order, words]) if row.table == "words"]

    assert row["language"] == language


def test_words_of_an_order_nobody_knows_have_no_language():
    (row,) = rows_of([wrote("order:9", "return:1", None)], "order:9")

    assert (row.table, row.values["language"]) == ("words", None)


def test_news_without_its_order_waits_in_the_partition_unknown():
    (row,) = rows_of([approval()], "return:1001-r")

    assert (row.partition, row.values["order_id"], row.values["return_line_id"]) == (lake.UNKNOWN, None, None)


def test_a_moved_subject_has_no_rows():
    assert rows(state.dump(moved(SOURCE, "return:1001-r", "order:1001")), 2) == []
