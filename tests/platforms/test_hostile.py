"""Bodies nobody should send: translate answers with events that can be kept, or BadPayload; never with anything else."""

from __future__ import annotations

import json
from copy import deepcopy
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from chalicelib import platforms
from chalicelib.model import log
from chalicelib.model.errors import BadPayload
from chalicelib.model.event import Translated, Webhook
from tests.platforms import fixtures
from tests.platforms.fixtures import RECEIVED

ALL = [one for one in fixtures.recorded() if one.webhook.body]
REQUESTS = [one for one in ALL if one.webhook.body.lstrip().startswith(b"{")]
LONGEST_KEY = 1024  # bytes: what DynamoDB takes as a sort key


def deep(levels: int) -> Any:
    found: Any = "end"
    for _ in range(levels):
        found = {"a": [found]}
    return found


# Put in place of a value of a recorded body.
STRANGE: list[Any] = [
    *(None, True, False, 0, -1, 1.5, 1e308, 10**40, -(2**63), float("nan"), float("inf")),
    *("", " ", "0", "x" * 1_000_000, "9" * 5000, "\ud800", "a\udfffb", "\x00", "\u2028", "\u202e", "/", "a/b#c"),
    *("NaN", "Infinity", "1e999999999", "1e-999999999", "0e999999", "1_000", "١٢", "-0", "EURO", "eur", "€", "XXX"),
    *("1970-01-01T00:00:00Z", "0001-01-01T00:00:00+23:59", "9999-12-31T23:59:59-23:59", "2026-13-01T00:00:00Z"),
    *("2026-03-02T15:15:00", "2026-03-02", "gid://shopify/Order/"),
    *([], {}, [[]], [None], ["x"], {"id": {}}, {"id": None}, deep(50), list(range(20_000))),
]


def places(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """The path of every value in a body."""
    found = [path] if path else []
    if isinstance(value, dict):
        found += [place for name, inner in value.items() for place in places(inner, (*path, name))]
    elif isinstance(value, list):
        found += [place for n, inner in enumerate(value) for place in places(inner, (*path, n))]
    return found


SETUPS = {one.platform: one.setup for one in ALL}
PLACES = [places(json.loads(one.webhook.body)) for one in REQUESTS]


@st.composite
def broken(draw: st.DrawFn) -> Webhook:
    """A recorded request, up to three of its values dropped or replaced."""
    number = draw(st.integers(0, len(REQUESTS) - 1))
    body = json.loads(REQUESTS[number].webhook.body)
    for path in draw(st.lists(st.sampled_from(PLACES[number] or [()]), min_size=1, max_size=3)):
        change(body, path, draw(st.sampled_from(["drop", "rename", "replace", "replace"])), draw(st.sampled_from(STRANGE)))
    return replace(REQUESTS[number].webhook, body=json.dumps(body).encode())


def change(body: Any, path: tuple[Any, ...], how: str, value: Any) -> None:
    """Change a body in one place; a place that an earlier change took away is left."""
    try:
        for step in path[:-1]:
            body = body[step]
        if how == "drop":
            del body[path[-1]]
        elif how == "rename":
            body["\ud83d renamed"] = body.pop(path[-1])
        else:
            body[path[-1]] = deepcopy(value)
    except (KeyError, IndexError, TypeError, AttributeError):
        return


def translated(webhook: Webhook) -> Translated | None:
    """What became of it, checked to be fit for the log; None when it was refused."""
    webhook = replace(webhook, setup=SETUPS[webhook.platform])
    try:
        found: Translated | None = platforms.get(webhook.platform).translate(webhook, RECEIVED)
    except BadPayload as err:
        told = err
        found = None
    if found is None:
        assert told.where and told.problem and len(str(told)) < 2000
        return None
    kept = log.dump_events(found.events)
    assert found.events and log.dump_events(log.load_events(log.unpack(log.pack(kept)))) == kept
    names = [found.id, found.subject, *(f"{link.kind}:{link.id}" for event in found.events for link in event.links)]
    assert all(0 < len(name.encode()) <= LONGEST_KEY for name in names)
    assert len((found.buyer or "").encode()) <= 4096
    return found


@settings(max_examples=1500, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
@given(broken())
def test_changed_bodies(webhook: Webhook):
    translated(webhook)


@settings(max_examples=400, deadline=None)
@given(st.integers(0, len(REQUESTS) - 1), st.data())
def test_cut_and_scribbled_bodies(number: int, data: st.DataObject):
    webhook = REQUESTS[number].webhook
    at = data.draw(st.integers(0, len(webhook.body)))
    put = data.draw(st.binary(max_size=4))
    keep = data.draw(st.sampled_from([0, at, at + 1, len(webhook.body)]))
    translated(replace(webhook, body=webhook.body[:at] + put + webhook.body[keep:]))


RAW = {
    "a doubled key": b'{"id":1,"id":2,"type":"order.paid","timestamp":"2026-03-02T15:15:00Z"}',
    "not a number": b'{"id":NaN,"type":"order.paid","timestamp":"2026-03-02T15:15:00Z","data":{"order":{"id":NaN}}}',
    "infinity": b'{"id":-Infinity,"type":"order.paid"}',
    "a number of 5,000 digits": b'{"id":' + b"9" * 5000 + b"}",
    "a depth bomb of lists": b"[" * 200_000,
    "a depth bomb of objects": b'{"a":' * 200_000,
    "bytes that are not UTF-8": b'{"id":"\xff\xfe"}',
    "a byte order mark": b"\xef\xbb\xbf{}",
    "a list": b"[]",
    "text": b'"text"',
    "null": b"null",
    "blank": b"  ",
    "an empty object": b"{}",
    "half a surrogate for a buyer": (
        b'{"type":"buyer.data_requested","timestamp":"2026-04-01T08:00:00Z","data":{"buyer":{"id":"\\ud800"}}}'
    ),
}


@pytest.mark.parametrize("body", RAW.values(), ids=RAW.keys())
@pytest.mark.parametrize("one", REQUESTS, ids=lambda one: f"{one.platform}/{one.name}")
def test_bodies_that_are_no_recorded_shape(one: fixtures.Recorded, body: bytes):
    translated(replace(one.webhook, body=body))


@settings(max_examples=300, deadline=None)
@given(st.integers(0, len(REQUESTS) - 1), st.data())
def test_strange_headers(number: int, data: st.DataObject):
    webhook = REQUESTS[number].webhook
    name = data.draw(st.sampled_from(sorted(webhook.headers)))
    value = data.draw(st.sampled_from([str(value) for value in STRANGE if isinstance(value, str)]) | st.text(max_size=300))
    translated(replace(webhook, headers={**webhook.headers, name: value}))


@pytest.mark.parametrize("value", ["1e999999999", "-1e999999999", "1e-999999999", "9" * 5000])
def test_no_number_is_too_large_to_be_refused(value: str):
    for one, paths in zip(REQUESTS, PLACES, strict=True):
        for path in (path for path in paths if path[-1] in ("price", "unit_price", "amount", "total_price", "subtotal")):
            body = json.loads(one.webhook.body)
            change(body, path, "replace", value)
            translated(replace(one.webhook, body=json.dumps(body).encode()))


def test_long_texts_and_many_lines_are_bounded():
    for one in REQUESTS:
        for path in PLACES[REQUESTS.index(one)]:
            body = json.loads(one.webhook.body)
            change(body, path, "replace", "x" * 100_000)
            found = translated(replace(one.webhook, body=json.dumps(body).encode()))
            assert found is None or len(log.dump_events(found.events)) < 20_000
