"""JSON lines of the published schema: a delivery a line, the same as the webhook would have made."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest

from chalicelib import formats
from chalicelib.formats import standard
from chalicelib.model.errors import BadPayload
from chalicelib.model.event import Webhook
from chalicelib.model.words import EventType
from chalicelib.platforms import standard as platform
from tests.formats.retail import outcome

ORDER = {
    "id": "evt-1",
    "type": "order.placed",
    "timestamp": "2026-01-02T03:04:05Z",
    "data": {
        "order": {"id": "1001", "currency": "EUR"},
        "lines": [{"id": "1", "sku": "LAMP", "quantity": 2, "unit_price": "9.90"}],
        "buyer": {"id": "77"},
    },
}


def of(folder: Path, *lines: str | bytes | dict, block: int = 1000):
    raw = [
        line if isinstance(line, bytes) else (line if isinstance(line, str) else json.dumps(line)).encode() for line in lines
    ]
    path = folder / "history.jsonl"
    path.write_bytes(b"\n".join(raw))
    return outcome(path, standard, block)


def test_a_line_is_what_the_webhook_would_have_been(tmp_path: Path):
    (found,) = of(tmp_path, ORDER).documents

    pushed = platform.translate(
        Webhook("standard", "main", {"webhook-id": "evt-1"}, json.dumps(ORDER).encode()), datetime.now(UTC)
    )
    assert found == pushed
    assert (found.subject, found.buyer, found.events[0].type) == ("order:1001", "standard:buyer:77", EventType.ORDER_PLACED)


def test_reviews_and_messages_are_lines_too_and_their_words_stay_out(tmp_path: Path):
    said = {"text": "Smaller than it looks", "language": "en"}
    review = {"type": "review.posted", "data": {"reviews": [{"id": "R-1", "rating": 2}], "words": said}}
    message = {"type": "message.received", "data": {"messages": [{"id": "M-1", "thread": "T-1", "by": "buyer"}], "words": said}}
    found = of(tmp_path, *({"timestamp": "2026-01-02T03:04:05Z", **one} for one in (review, message)))

    assert [one.subject for one in found.documents] == ["review:R-1", "thread:T-1"]
    assert "Smaller" not in repr(found.documents)


def test_a_line_without_id_is_named_by_its_content(tmp_path: Path):
    bare = {name: value for name, value in ORDER.items() if name != "id"}

    first, turned, other = (
        of(tmp_path, line).documents[0].id for line in (bare, dict(reversed(bare.items())), {**bare, "type": "order.paid"})
    )

    assert first.startswith("sha256-")
    assert (first == turned, first == other) == (True, False)


@pytest.mark.parametrize(
    "line, where, cause",
    [
        ("{", "line", "not JSON"),
        (b'"\xff"', "line", "not UTF-8"),
        ("[1]", "line", "expected an object"),
        ("[" * 100_000, "line", "nested too deeply"),
        ('{"a": 1, "a": 2}', "line", "twice"),
        ({**ORDER, "timestamp": None}, "line.timestamp", "is missing"),
        ({**ORDER, "timestamp": "2026-01-02"}, "line.timestamp", "no offset"),
        ({**ORDER, "type": "coupon.sent"}, "line.type", "is not in the schema"),
        ({**ORDER, "data": {"order": {"id": "1"}, "words": {"text": 5}}}, "line.data.words.text", "1 to 10,000"),
        ({**ORDER, "data": {}}, "line.data", "names no"),
        ({**ORDER, "data": {"order": {"id": "1", "colour": "red"}}}, "line.data.order.colour", "is not a field"),
        ('{"type": "order.placed", "timestamp": "2026-01-02T03:04:05Z", "x": "\\ud800"}', "line", "half a character"),
    ],
)
def test_refused_lines_name_place_and_cause_but_show_nobody(tmp_path: Path, line, where: str, cause: str):
    found = of(tmp_path, ORDER, line, "", ORDER, block=200_000)

    (refused,) = found.refused
    assert (refused.line, refused.column, refused.value) == (2, where, "")
    assert cause in refused.cause
    assert len(found.documents) == 2


def test_a_line_that_is_too_long_is_refused_alone(tmp_path: Path):
    line = json.dumps(ORDER)
    found = of(tmp_path, line, "x" * 3500, line, "y" * len(line), "z" * (len(line) + 1), line, block=len(line) + 1)

    assert [(one.line, one.cause) for one in found.unread] == [
        (2, f"the line is longer than {len(line) + 1} bytes"),
        (5, f"the line is longer than {len(line) + 1} bytes"),
    ]
    assert [one.line for one in found.refused] == [4]
    assert len(found.documents) == 3


def test_many_lines_blank_lines_and_a_byte_order_mark(tmp_path: Path):
    found = of(
        tmp_path, b"\xef\xbb\xbf" + json.dumps(ORDER).encode(), *[{**ORDER, "id": f"evt-{n}"} for n in range(2500)], b"", b" "
    )

    assert (len(found.documents), found.refused, found.lines) == (2501, [], list(range(1, 2502)))


def test_a_file_without_lines_says_so(tmp_path: Path):
    with pytest.raises(BadPayload, match="holds no line"):
        of(tmp_path, b"\n\n")


def test_the_folder_is_the_register():
    assert {"online_retail", "shopify_orders", "standard"} <= set(formats.names())
    assert formats.get("standard") is standard
    with pytest.raises(BadPayload, match=r"no format 'csv'; there are: .*online_retail, .*standard"):
        formats.get("csv")
    assert "mapped" not in formats.names()
    with pytest.raises(BadPayload, match="made from a map: give --map"):
        formats.get("mapped")
