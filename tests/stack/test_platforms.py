"""Every platform on the deployed stack: connected, its recorded notifications played, details and history read at the local
platform server, all of it through the very functions that run on AWS."""

from __future__ import annotations

from typing import Any

import pytest

from chalicelib import platforms
from tests.platforms import fixtures
from tests.stack.conftest import Stack

pytestmark = pytest.mark.stack


@pytest.fixture(scope="module")
def came(stack: Stack) -> dict[str, dict[str, Any]]:
    return {row["platform"]: row for row in stack.json("rehearse")}


def test_every_platforms_notifications_are_taken(came: dict[str, dict[str, Any]]):
    assert came.keys() == set(platforms.names())
    for name, row in came.items():
        recorded = fixtures.recorded(name)
        refused = sum('"refused"' in one.golden.read_text() for one in recorded)
        assert (row["notifications"], row["errors"]) == (len(recorded), 0), name
        assert row["refused"] <= refused and row["stored"] + row["duplicate"] == len(recorded) - row["refused"], name


def test_what_they_only_name_is_read_at_their_apis(came: dict[str, dict[str, Any]]):
    for name, row in came.items():
        if hasattr(platforms.get(name), "READS"):
            assert row["read"] > row["failed"], row


def test_histories_are_read_whole(came: dict[str, dict[str, Any]]):
    for name, row in came.items():
        conditions = {words.split(" ")[1] for words in row["lists"].split(", ") if words}
        lists = [one for one in getattr(platforms.get(name), "READS", {}).values() if one.listing]
        assert conditions <= {"complete", "empty"} and bool(conditions) == bool(lists), row


def test_orders_and_returns_come_of_it(came: dict[str, dict[str, Any]]):
    selling = [row for name, row in came.items() if not getattr(platforms.get(name), "TRACKER", False)]
    assert sum(row["orders"] > 0 for row in selling) >= len(selling) - 1
    assert sum(row["returns"] for row in selling) > 20


def test_again_it_changes_nothing(stack: Stack, came: dict[str, dict[str, Any]]):
    (row,) = stack.json("rehearse", "tiktok_shop")
    before = came["tiktok_shop"]
    assert (row["orders"], row["returns"]) == (before["orders"], before["returns"])


def test_nothing_is_left_lying(stack: Stack, came: dict[str, dict[str, Any]]):
    queues = stack.json("status")["queues"]
    assert {name: count for name, count in queues.items() if name.endswith("DeadLetters")} == dict.fromkeys(
        (name for name in queues if name.endswith("DeadLetters")), 0
    )


def test_every_state_can_be_computed_again(stack: Stack, came: dict[str, dict[str, Any]]):
    assert "equal" in stack("replay")
