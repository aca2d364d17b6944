"""How the emulator's values are written down: whatever a query answered must not keep its state from being saved."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime
from decimal import Decimal
from types import SimpleNamespace
from typing import Any

import pytest

from infra.local.form import Form


def refuse(value: Any) -> Any:
    raise TypeError(f"{type(value).__name__} is not JSON serializable")


FORM = Form(None, SimpleNamespace(_json_default=refuse, _json_object_hook=dict))  # type: ignore[arg-type]


def test_rows_of_a_query_are_written_as_text():
    rows = [datetime(2026, 3, 1, 12, tzinfo=UTC), date(2026, 3, 1), Decimal("1.50")]

    assert json.loads(FORM.text(rows)) == ["2026-03-01 12:00:00+00:00", "2026-03-01", "1.50"]


def test_what_nobody_knows_is_refused():
    with pytest.raises(TypeError):
        FORM.text(object())
