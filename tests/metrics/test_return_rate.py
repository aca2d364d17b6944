"""The return rate of a shop small enough to work out by hand. The figures stand in the module small_shop and here."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
import pytest

from chalicelib.model import lake
from tests.metrics.asking import Row, ask, create
from tests.metrics.small_shop import LINES, TABLES, Values, of_nobody_knows, of_order, write


@pytest.fixture
def shop(tmp_path: Path) -> Iterator[Any]:
    """The small shop in DuckDB, read from Parquet as the lake lays it out."""
    write(tmp_path)
    with duckdb.connect() as connection:
        for table in lake.BY_NAME:
            create(connection, table)
            if TABLES[table]:
                files = f"{tmp_path}/{table}/*/rows.parquet"
                lake_files = f"read_parquet('{files}', hive_partitioning = true)"
                connection.execute(f"INSERT INTO {table} BY NAME SELECT * FROM {lake_files}")
        yield connection


def add(connection: Any, table: str, row: Values) -> None:
    """One more row."""
    connection.execute(f"INSERT INTO {table} ({', '.join(row)}) VALUES ({', '.join('?' * len(row))})", list(row.values()))


def figures(row: Row) -> tuple[Any, ...]:
    """Units and values of a row: sold, returned."""
    return row["units_sold"], row["value_sold"], row["units_returned"], row["value_returned"]


def by(rows: list[Row], *names: str) -> dict[Any, Row]:
    """Rows by some of their columns."""
    found = {tuple(row[name] for name in names): row for row in rows}
    assert len(found) == len(rows)
    return found


def test_everything_by_event_and_by_currency(shop: Any) -> None:
    """GBP: U1 U2 U3 U4 U6 U8 sold 3+4+1+3+2+10; R1 R3 R4 R5 R6 R13 returned 1+1+2+10+2+1. EUR: 2+1 sold, R9 returned 1."""
    euro, pound = ask(shop)
    assert (euro["currency"], pound["currency"]) == ("EUR", "GBP")
    assert figures(pound) == (23, Decimal(161), 17, Decimal(110))
    assert (pound["orders"], pound["sale_lines"], pound["return_documents"], pound["return_lines"]) == (6, 7, 6, 6)
    assert (pound["rate_by_quantity"], pound["rate_by_value"], pound["rate_by_orders"]) == (0.73913, 0.68323, 1.0)
    assert figures(euro) == (3, Decimal("37.5"), 1, Decimal("12.5"))
    assert (euro["rate_by_quantity"], euro["rate_by_value"], euro["rate_by_orders"]) == (0.333333, 0.333333, 0.5)
    cohort_only = ("orders_returned", "orders_low", "orders_high", "unmatched_units", "unmatched_share", "age_days", "mature")
    assert {name: pound[name] for name in cohort_only} == dict.fromkeys(cohort_only)


def test_event_months_hold_what_was_booked_in_them(shop: Any) -> None:
    """January has R4 alone; February R1 R3 R5 R6 R13, more than the three orders of its own."""
    rows = by(ask(shop, by="month"), "month", "currency")
    assert list(rows) == [("2026-01", "EUR"), ("2026-01", "GBP"), ("2026-02", "EUR"), ("2026-02", "GBP")]
    assert figures(rows["2026-01", "GBP"]) == (8, Decimal(71), 2, Decimal(20))
    assert figures(rows["2026-02", "GBP"]) == (15, Decimal(90), 15, Decimal(90))
    assert rows["2026-02", "GBP"]["rate_by_orders"] == 1.666667
    assert figures(rows["2026-01", "EUR"]) == (2, Decimal(25), 0, Decimal(0))
    assert figures(rows["2026-02", "EUR"]) == (1, Decimal("12.5"), 1, Decimal("12.5"))


def test_cohort_months_hold_what_became_of_their_orders(shop: Any) -> None:
    """R1 R3 R13 go back to January's orders, R9 to its euro order; February has R5 and R6; nobody bought R4."""
    rows = by(ask(shop, by="month", dating="cohort", as_of="2026-05-01"), "month", "currency")
    january, february, unknown = rows["2026-01", "GBP"], rows["2026-02", "GBP"], rows["unknown", "GBP"]
    assert figures(january) == (8, Decimal(71), 3, Decimal(30))
    assert (january["orders"], january["orders_returned"], january["rate_by_orders"]) == (3, 3, 1.0)
    assert figures(february) == (15, Decimal(90), 12, Decimal(60))
    assert (february["orders"], february["orders_returned"], february["rate_by_orders"]) == (3, 2, 0.666667)
    assert (figures(unknown)[:3], unknown["unmatched_lines"], unknown["unmatched_units"]) == ((0, Decimal(0), 0), 1, 2)
    assert unknown["rate_by_quantity"] is None
    assert {row["unmatched_share"] for row in rows.values()} == {0.111111}  # 2 of 3 + 12 + 1 + 2
    assert figures(rows["2026-01", "EUR"]) == (2, Decimal(25), 1, Decimal("12.5"))
    assert (rows["2026-02", "EUR"]["orders_returned"], rows["2026-02", "EUR"]["orders_low"]) == (0, 0.0)
    assert {row["return_documents"] for row in rows.values()} == {None}


def test_interval_is_wilsons(shop: Any) -> None:
    """2 of 3: centre (2/3 + 0.640243) / 2.280486, reach 1.959964 * sqrt(0.074074 + 0.106707) / 2.280486."""
    row = by(ask(shop, by="month", dating="cohort"), "month", "currency")["2026-02", "GBP"]
    assert (row["orders_low"], row["orders_high"]) == pytest.approx((0.207659, 0.938510), abs=2e-6)


@pytest.mark.parametrize(("days", "february"), [(90, False), (75, True), (76, False)])
def test_a_cohort_is_mature_by_the_age_of_its_last_purchase(shop: Any, days: int, february: bool) -> None:
    """From January 20 to May 1 are 101 days, from February 15 are 75."""
    rows = by(ask(shop, by="month", dating="cohort", as_of="2026-05-01", mature_days=days), "month", "currency")
    assert (rows["2026-01", "GBP"]["age_days"], rows["2026-01", "GBP"]["mature"]) == (101, True)
    assert (rows["2026-02", "GBP"]["age_days"], rows["2026-02", "GBP"]["mature"]) == (75, february)
    assert rows["2026-02", "GBP"]["last_purchase"] == datetime.fromisoformat("2026-02-15T09:00")
    assert (rows["unknown", "GBP"]["age_days"], rows["unknown", "GBP"]["mature"]) == (None, None)


@pytest.mark.parametrize("dating", ["event", "cohort"])
def test_a_reversal_is_taken_off_both_sides(shop: Any, dating: str) -> None:
    """R5 undoes U8: 10 units and 50 pounds less of either, one order and one line less."""
    row = by(ask(shop, dating=dating, reversals="excluded"), "currency")["GBP",]
    assert (row["units_sold"], row["value_sold"], row["orders"], row["sale_lines"]) == (13, Decimal(111), 5, 6)
    returned = {"event": (7, Decimal(60), 5), "cohort": (5, Decimal(40), 4)}  # cohort: without R4, which nobody bought
    assert (row["units_returned"], row["value_returned"], row["return_lines"]) == returned[dating]


@pytest.mark.parametrize(("day", "undone"), [("02-16T09:00", True), ("02-16T09:01", False)])
def test_a_reversal_comes_within_24_hours(shop: Any, day: str, undone: bool) -> None:
    """U8 was placed on February 15 at 09:00; the return is booked a day later to the minute, and one minute later still."""
    shop.execute("DELETE FROM returns WHERE return_id = 'R5'")
    add(shop, "returns", of_nobody_knows("R5", day, "b2", "B", 10, "50"))
    row = by(ask(shop, reversals="excluded"), "currency")["GBP",]
    assert row["units_sold"] == (13 if undone else 23)


def test_a_reversal_of_another_quantity_is_a_return(shop: Any) -> None:
    """Nine of ten units come back: they came back."""
    shop.execute("UPDATE returns SET quantity = 9 WHERE return_id = 'R5'")
    assert by(ask(shop, reversals="excluded"), "currency")["GBP",]["units_sold"] == 23


def test_a_reversal_leaves_the_month_of_its_purchase(shop: Any) -> None:
    """Bought on January 31, undone on February 1: January loses the sale, February the return."""
    line = next(row for row in LINES if row["order_id"] == "U1" and row["line_id"] == "2")
    bought = datetime.fromisoformat("2026-01-31T20:00")
    own = {"key": "x", "order_id": "U9", "quantity": 7, "value": Decimal(35), "placed_at": bought, "booked_at": bought}
    add(shop, "order_lines", {name: value for name, value in line.items() if name != "cancelled_at"} | own)
    add(shop, "returns", of_nobody_knows("R20", "02-01T08:00", "b1", "B", 7, "35"))
    included = by(ask(shop, by="month"), "month", "currency")
    excluded = by(ask(shop, by="month", reversals="excluded"), "month", "currency")
    assert (included["2026-01", "GBP"]["units_sold"], excluded["2026-01", "GBP"]["units_sold"]) == (15, 8)
    assert (included["2026-02", "GBP"]["units_returned"], excluded["2026-02", "GBP"]["units_returned"]) == (22, 5)


def test_known_buyers_alone(shop: Any) -> None:
    """Without U3, whose buyer is not known, and without its return R13."""
    row = by(ask(shop, buyers="known"), "currency")["GBP",]
    assert (*figures(row), row["orders"]) == (22, Decimal(151), 16, Decimal(100), 5)


def test_products_are_told_apart_by_their_folded_code(shop: Any) -> None:
    """A: 2+4+1+3 sold, R1 R3 R4 R13 returned 1+1+2+1. B: 1+2+10 sold, R5 R6 returned 10+2."""
    rows = by(ask(shop, by="sku", order="rate_by_quantity"), "sku", "currency")
    assert list(rows) == [("B", "GBP"), ("A", "GBP"), ("A", "EUR")]
    assert figures(rows["A", "GBP"]) == (10, Decimal(96), 5, Decimal(50))
    assert figures(rows["B", "GBP"]) == (13, Decimal(65), 12, Decimal(60))


def test_dimensions_combine(shop: Any) -> None:
    """One order from France in January, its return in February."""
    rows = by(ask(shop, by="shop,country,month"), "shop", "country", "month", "currency")
    assert figures(rows["uk", "FR", "2026-01", "GBP"]) == (1, Decimal(10), 0, Decimal(0))
    assert figures(rows["uk", "FR", "2026-02", "GBP"]) == (0, Decimal(0), 1, Decimal(10))
    assert {(row["platform"], row["sku"]) for row in rows.values()} == {(None, None)}


def test_small_rows_can_be_left_out_and_the_rest_cut(shop: Any) -> None:
    """Of four rows two have ten units and two have two orders or more; one is asked for."""
    assert len(ask(shop, by="sku")) == 3
    assert [row["sku"] for row in ask(shop, by="sku", min_units=11)] == ["B"]
    assert [row["sku"] for row in ask(shop, by="sku", min_orders=4)] == ["A"]
    assert [row["units_sold"] for row in ask(shop, by="sku", order="units_sold", limit=2)] == [13, 10]


def test_a_return_that_names_no_lines_counts_as_document_and_order(shop: Any) -> None:
    """U4 comes back; what of it is not said, so no units and no value are added."""
    before = ask(shop, dating="cohort")[1]
    add(shop, "returns", of_order("U4", "R20", "02-12", None, None, None, request="requested", goods="none_expected"))
    after = ask(shop, dating="cohort")[1]
    assert figures(after) == figures(before)
    assert (before["orders_returned"], after["orders_returned"]) == (5, 6)
    assert ask(shop)[1]["return_documents"] == 7


def test_a_return_of_an_order_not_yet_known_is_matched_by_its_buyer(shop: Any) -> None:
    """The platform names order U99, of which nothing has come in yet; b2 last bought A with U2 in January."""
    add(shop, "returns", of_nobody_knows("R20", "02-12", "b2", "A", 1, "10", order_id="U99"))
    assert by(ask(shop, by="month", dating="cohort"), "month", "currency")["2026-01", "GBP"]["units_returned"] == 4


def test_a_return_is_matched_to_the_latest_purchase_before_it(shop: Any) -> None:
    """b1 bought A with U1 in January and with U4 on February 2: the day decides. Another shop's purchase is no match."""
    add(shop, "returns", of_nobody_knows("R20", "02-01T23:59", "b1", "A", 1, "10"))
    add(shop, "returns", of_nobody_knows("R21", "02-02", "b1", "A", 1, "10"))
    add(shop, "returns", of_nobody_knows("R22", "02-02", "b1", "A", 1, "10", shop="de"))
    rows = by(ask(shop, by="month", dating="cohort"), "month", "currency")
    assert (rows["2026-01", "GBP"]["units_returned"], rows["2026-02", "GBP"]["units_returned"]) == (4, 13)
    assert rows["unknown", "GBP"]["unmatched_units"] == 3


def test_a_return_of_another_product_than_ordered_is_no_order_returned(shop: Any) -> None:
    """U2 had no Z: the row of Z has no order, so none of its orders came back."""
    add(shop, "returns", of_order("U2", "R20", "02-12", "Z", 1, "10"))
    row = by(ask(shop, by="sku", dating="cohort"), "sku", "currency")["Z", "GBP"]
    assert (row["units_returned"], row["orders"], row["orders_returned"], row["rate_by_orders"]) == (1, 0, 0, None)


def test_a_reversal_of_a_named_order_undoes_that_order_alone(shop: Any) -> None:
    """b2 bought ten of B with U8 the day before, but what comes back is said to be of U2."""
    shop.execute("DELETE FROM returns WHERE return_id = 'R5'")
    add(shop, "returns", of_order("U2", "R20", "02-16T08:00", "B", 10, "50"))
    assert by(ask(shop, reversals="excluded"), "currency")["GBP",]["units_sold"] == 23
    shop.execute("DELETE FROM returns WHERE return_id = 'R20'")
    add(shop, "returns", of_order("U8", "R21", "02-16T08:00", "B", 10, "50"))
    assert by(ask(shop, reversals="excluded"), "currency")["GBP",]["units_sold"] == 13


def test_lines_booked_later_than_the_order_was_placed(shop: Any) -> None:
    """U1's lines booked in February: sales of February by event, of January's cohort."""
    shop.execute("UPDATE order_lines SET booked_at = TIMESTAMP '2026-02-01 00:00:00' WHERE order_id = 'U1'")
    found = {dating: by(ask(shop, by="month", dating=dating), "month", "currency") for dating in ("event", "cohort")}
    assert [found[dating]["2026-01", "GBP"]["units_sold"] for dating in ("event", "cohort")] == [5, 8]


def test_a_return_without_currency_takes_its_orders(shop: Any) -> None:
    """Platforms often name the currency on the order alone."""
    add(shop, "returns", of_order("D2", "R20", "02-25", "A", 1, "12.50", currency=None))
    assert by(ask(shop), "currency")["EUR",]["value_returned"] == Decimal(25)


def test_an_empty_lake_has_no_rows_and_no_returns_are_no_rate_unknown(shop: Any) -> None:
    """Without returns the rate is nought, without sales there is nothing to say."""
    shop.execute("DELETE FROM returns; DELETE FROM shipments")
    assert {row["rate_by_quantity"] for row in ask(shop)} == {0.0}
    shop.execute("DELETE FROM order_lines; DELETE FROM orders")
    assert ask(shop) == ask(shop, by="month,sku", dating="cohort", reversals="excluded") == []
