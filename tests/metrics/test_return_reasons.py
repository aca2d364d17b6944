"""Return reasons: shares of lines by the reason that counts; unfair and withdrawn returns are no part of it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any

import duckdb
import pytest

from chalicelib import metrics
from chalicelib.metrics import dialect
from tests.metrics.asking import create, rows

# reason, stated, corrected, source, sku, units, request, special
RETURNS = [
    ("size_too_small", "size_too_small", None, "code+text", "A", 1, "requested", None),
    ("size_too_small", "other", None, "text", "A", 2, "approved", False),
    ("quality_defect", "size_too_small", "quality_defect", "person", "A", 1, None, None),
    ("other", None, None, "none", "B", 1, "requested", None),
    ("wrong_item", "wrong_item", None, "code", "B", 1, "requested", True),
    ("wrong_item", "wrong_item", None, "code", "B", 1, "withdrawn", None),
]
GROUPS = {"size_too_small": "description", "quality_defect": "quality", "wrong_item": "logistics"}


@pytest.fixture
def shop() -> Iterator[Any]:
    with duckdb.connect() as connection:
        create(connection, "returns")
        for n, (reason, stated, corrected, source, sku, units, request, special) in enumerate(RETURNS):
            group = GROUPS.get(reason, "other")
            values = {
                "key": str(n), "platform": "bazaar", "shop": "uk", "kind": "return", "sku": sku, "quantity": units,
                "request": request, "special": special, "reason": reason, "reason_group": group, "reason_source": source,
                "reason_stated": stated, "reason_corrected": corrected, "booked_at": datetime(2026, 1 + n // 3, 5),
            }  # fmt: skip
            names = ", ".join(values)
            marks = ", ".join("?" * len(values))
            connection.execute(f"INSERT INTO returns ({names}) VALUES ({marks})", list(values.values()))
        yield connection


def ask(connection: Any, **given: str | int) -> list[dict[str, Any]]:
    return rows(connection, dialect.local(metrics.render("return_reasons", **given).sql))


def test_shares_add_up_and_unfair_and_withdrawn_returns_are_left_out(shop: Any) -> None:
    found = ask(shop)

    assert [(one["reason"], one["lines"], one["units"], one["all_lines"]) for one in found] == [
        ("size_too_small", 2, 3, 4), ("other", 1, 1, 4), ("quality_defect", 1, 1, 4),
    ]  # fmt: skip
    assert sum(one["share"] for one in found) == pytest.approx(1)
    assert [one["corrected"] for one in found] == [0, 0, 1]
    assert [one["without_words"] for one in found] == [0, 1, 0]


def test_the_interval_is_wilsons(shop: Any) -> None:
    first = ask(shop)[0]

    # 2 of 4, by statsmodels.stats.proportion.proportion_confint(2, 4, method="wilson").
    assert (first["lower"], first["upper"]) == (pytest.approx(0.150036, abs=1e-5), pytest.approx(0.849964, abs=1e-5))


def test_it_is_asked_by_dimension_by_source_and_by_group(shop: Any) -> None:
    assert {(one["sku"], one["reason"]) for one in ask(shop, by="sku")} == {
        ("A", "size_too_small"), ("A", "quality_defect"), ("B", "other"),
    }  # fmt: skip
    assert [(one["reason"], one["lines"]) for one in ask(shop, reason="stated")] == [
        ("size_too_small", 2), ("other", 1), ("unknown", 1),
    ]  # fmt: skip
    assert [one["reason"] for one in ask(shop, reason="group")] == ["description", "other", "quality"]
    assert [one["month"] for one in ask(shop, by="month", min_lines=2)] == ["2026-01", "2026-01"]
