"""The published schema says what translate takes: no less and, where a body is wrong, no more."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from chalicelib.model import log
from chalicelib.model.errors import BadPayload
from chalicelib.model.event import Webhook
from chalicelib.model.words import EventType
from chalicelib.platforms import standard
from infra.docs import schema_doc
from tests.platforms import fixtures
from tests.platforms.fixtures import RECEIVED, SECRET

SCHEMA = schema_doc.schema()
VALIDATOR = Draft202012Validator(SCHEMA)
DEFS = SCHEMA["$defs"]


def taken(body: Any) -> bool:
    """Whether translate makes facts or a privacy request of a body, and they survive the log."""
    webhook = Webhook("standard", "sample-shop", {"webhook-id": "msg_1"}, json.dumps(body).encode())
    try:
        events = standard.translate(webhook, RECEIVED).events
    except BadPayload:
        return False
    assert log.dump_events(log.load_events(log.dump_events(events))) == log.dump_events(events)
    return events[0].type is not EventType.UNKNOWN


def test_both_files_are_up_to_date():
    """Run `python -m infra.docs.schema_doc` when they are not."""
    assert schema_doc.SCHEMA.read_text("utf-8") == schema_doc.written()
    assert schema_doc.PAGE.read_text("utf-8") == schema_doc.page()


def test_the_schema_is_a_schema():
    Draft202012Validator.check_schema(SCHEMA)
    assert SCHEMA["properties"]["type"]["enum"] == list(standard.TOPICS)
    assert set(schema_doc._WHEN) == set(standard.TOPICS)
    assert all(one.get("description") for one in DEFS.values())


@pytest.mark.parametrize("one", fixtures.recorded("standard"), ids=lambda one: one.name)
def test_a_recorded_body_fits_exactly_when_it_is_taken(one: fixtures.Recorded):
    body = json.loads(one.webhook.body)
    assert VALIDATOR.is_valid(body) == taken(body), [error.message for error in VALIDATOR.iter_errors(body)]


def bodies(schema: dict[str, Any]) -> st.SearchStrategy[Any]:
    """Values that fit a schema of the kind published here."""
    if "$ref" in schema:
        return st.deferred(lambda: bodies(DEFS[schema["$ref"].rpartition("/")[2]]))
    if "enum" in schema:
        return st.sampled_from(schema["enum"])
    if schema.get("format") == "date-time":
        return times()
    return {"object": objects, "array": arrays, "string": texts, "integer": wholes, "boolean": lambda _: st.booleans()}[
        schema["type"]
    ](schema)


def objects(schema: dict[str, Any]) -> st.SearchStrategy[Any]:
    if "propertyNames" in schema:
        return st.dictionaries(
            st.from_regex(schema["propertyNames"]["pattern"][1:-1], fullmatch=True),
            bodies(schema["additionalProperties"]),
            max_size=schema["maxProperties"],
        )
    needed = schema.get("required", [])
    parts = {name: bodies(inner) for name, inner in schema["properties"].items()}
    found = st.fixed_dictionaries(
        {name: parts[name] for name in needed}, optional={name: part for name, part in parts.items() if name not in needed}
    )
    return found.filter(lambda value: len(value) >= schema.get("minProperties", 0))


def arrays(schema: dict[str, Any]) -> st.SearchStrategy[Any]:
    return st.lists(bodies(schema["items"]), max_size=3)


def texts(schema: dict[str, Any]) -> st.SearchStrategy[Any]:
    if "pattern" not in schema:
        return st.text(min_size=schema.get("minLength", 0), max_size=30) | st.just("x" * schema["maxLength"])
    least, most = schema.get("minLength", 0), schema.get("maxLength", 200)
    return st.from_regex(schema["pattern"].removeprefix("^").removesuffix("$"), fullmatch=True).filter(
        lambda text: least <= len(text) <= most
    )


def wholes(schema: dict[str, Any]) -> st.SearchStrategy[Any]:
    return st.integers(schema["minimum"], schema["maximum"])


@st.composite
def times(draw: st.DrawFn) -> str:
    zone = timezone(timedelta(minutes=draw(st.integers(-1439, 1439))))
    time = draw(st.datetimes(datetime(2005, 1, 3), datetime(2040, 12, 29)))
    return draw(
        st.sampled_from([time.replace(tzinfo=zone).isoformat(), time.replace(tzinfo=UTC, microsecond=0).isoformat()[:19] + "Z"])
    )


def events() -> st.SearchStrategy[Any]:
    """Whole bodies: one of the two kinds, its type and data to match."""
    kinds = [{**SCHEMA, "properties": SCHEMA["properties"] | kind["properties"]} for kind in SCHEMA["oneOf"]]
    return st.one_of([objects(kind) for kind in kinds]).filter(VALIDATOR.is_valid)


@settings(max_examples=400, deadline=None)
@given(events())
def test_whatever_fits_is_taken(body: Any):
    assert taken(body)


@settings(max_examples=500, deadline=None)
@given(st.sampled_from(fixtures.recorded("standard")), st.data())
def test_a_body_with_one_field_changed_fits_exactly_when_it_is_taken(one: fixtures.Recorded, data: st.DataObject):
    body = json.loads(one.webhook.body)
    place: Any = data.draw(st.sampled_from(objects_in(body)))
    name = data.draw(st.sampled_from([*place, "a_new_field"]))
    # Numbers are taken for prices too, and a webhook's own id is not read from its body: the schema asks for more there.
    assume(name != "unit_price" and not (place is body and name == "id"))
    place[name] = data.draw(st.sampled_from(["x", "", 1, 1.5, True, [], {}, [{}], ["x"], "x" * 201, "x" * 1001, "2026-01-01"]))
    assert VALIDATOR.is_valid(body) == taken(body), body


def objects_in(value: Any) -> list[Any]:
    inner = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return ([value] if isinstance(value, dict) else []) + [found for one in inner for found in objects_in(one)]


@pytest.mark.skipif(not shutil.which("openssl") or not shutil.which("sh"), reason="the example is for a shell with openssl")
def test_the_example_of_the_page_is_signed_as_it_should_be():
    block = re.search(r"<!-- example -->\n```sh\n(.*?)```", schema_doc.page(), re.DOTALL)
    assert block
    curl = 'curl() { for one in "$@"; do echo "$one"; done; }'
    script = f"secret='{SECRET}'\nurl='http://example.com/webhooks/standard/my-shop'\n{curl}\n"
    said = subprocess.run(["sh", "-ec", script + block[1]], capture_output=True, text=True, check=True).stdout.splitlines()
    headers = dict(line.split(": ", 1) for line in said if ": " in line and line.partition(":")[0].startswith("webhook-"))
    webhook = Webhook("standard", "my-shop", headers, said[-1].encode())
    standard.verify(webhook, [SECRET], datetime.now(UTC))
    assert standard.translate(webhook, RECEIVED).subject == "order:SO-1001"
    assert VALIDATOR.is_valid(json.loads(webhook.body))


def test_the_pages_first_example_is_taken():
    found = re.search(r"```json\n(.*?)```", schema_doc.page(), re.DOTALL)
    assert found and VALIDATOR.is_valid(json.loads(found[1])) and taken(json.loads(found[1]))
