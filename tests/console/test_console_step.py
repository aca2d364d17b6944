"""The console's step, and its routes through the app's own handler."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator
from dataclasses import fields
from typing import Any

import boto3
import pytest
from chalice.app import Chalice
from moto import mock_aws

from chalicelib import settings, web, wiring
from chalicelib.console import VERSION
from chalicelib.model.reply import Reply
from chalicelib.steps import console

SETTINGS = settings.Settings(**{field.name: f"test-{field.name}" for field in fields(settings.Settings)} | {"stage": "local"})


class Switch:
    """A check that can be turned off, and counts how often it was asked."""

    def __init__(self) -> None:
        self.on, self.asked = True, 0

    def __call__(self) -> None:
        self.asked += 1
        if not self.on:
            raise TimeoutError("secret-host:8000 did not answer")


def show(page: str = "home", name: str = "", check: Any = None, **query: str) -> Reply:
    step = console.prepare(SETTINGS, {"store": check or Switch()})
    return step(page, name, {"accept-language": "zh"}, query)


def test_home_is_html_in_the_readers_language_under_a_strict_policy() -> None:
    reply = show()
    assert reply.status == 200
    assert reply.headers["content-language"] == "zh"
    assert reply.headers["vary"] == "accept-language"
    assert reply.headers["content-security-policy"].startswith("default-src 'none'")
    assert 'lang="zh-Hans"' in str(reply.body)
    assert 'lang="en"' in str(show(lang="en").body).partition("<head>")[0]


def test_health_names_stage_version_and_checks() -> None:
    reply = show("health")
    assert (reply.status, reply.body) == (200, {"ok": True, "stage": "local", "version": VERSION, "checks": {"store": True}})


def test_a_check_that_raises_makes_health_503_and_says_no_more() -> None:
    switch = Switch()
    switch.on = False
    reply = show("health", check=switch)
    assert reply.status == 503
    assert reply.body == {"ok": False, "stage": "local", "version": VERSION, "checks": {"store": False}}
    home = show("home", check=switch)
    assert home.status == 200
    assert "secret-host" not in str(home.body)


def test_many_visitors_ask_aws_once_until_the_answer_is_old() -> None:
    switch, now = Switch(), [0.0]
    step = console.prepare(SETTINGS, {"store": switch}, lambda: now[0])
    for _ in range(5):
        assert step("health", "", {}, {}).status == 200
    assert switch.asked == 1
    now[0], switch.on = 20.0, False
    assert step("health", "", {}, {}).status == 503
    assert switch.asked == 2


@pytest.mark.parametrize("name", ["", "nothing", "../home", "..%2Fhome", "home.json"])
def test_only_published_schemas_are_served(name: str) -> None:
    reply = show("schema", name)
    assert reply.status == 404
    assert isinstance(reply.body, dict) and reply.body["error"] == "unknown_schema"


def test_every_published_schema_is_served_as_it_lies() -> None:
    files = sorted((console._FILES / "schema").glob("*.json"))
    for file in files:
        for name in (file.stem, file.name):
            reply = show("schema", name)
            assert (reply.status, reply.body) == (200, file.read_bytes())
            assert reply.headers["content-type"] == "application/schema+json"


@pytest.fixture
def handle(monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """The console's routes behind an HTTP API, with tables as the stack has them."""
    for field in fields(settings.Settings):
        monkeypatch.setenv(f"WELLKEPT_{field.name.upper()}", getattr(SETTINGS, field.name))
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "testing")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    monkeypatch.delenv("AWS_ENDPOINT_URL", raising=False)
    wiring.step.cache_clear()
    with mock_aws():
        boto3.client("dynamodb").create_table(
            TableName=SETTINGS.links_table,
            KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}],
            AttributeDefinitions=[{"AttributeName": "pk", "AttributeType": "S"}],
            BillingMode="PAY_PER_REQUEST",
        )
        app = Chalice("probe", configure_logs=False)
        app.api.binary_types = ["*/*"]
        web.console_routes(app)
        yield web.http_api(app)
    wiring.step.cache_clear()


def get(handle: Any, key: str, path: str, method: str = "GET", **parameters: str) -> tuple[int, dict[str, str], bytes]:
    http = {"method": method, "path": path, "protocol": "HTTP/1.1", "sourceIp": "192.0.2.1", "userAgent": "test"}
    event = {
        "version": "2.0",
        "routeKey": key,
        "rawPath": path,
        "rawQueryString": "lang=en",
        "headers": {"accept": "text/html", "accept-language": "zh"},
        "requestContext": {"http": http, "routeKey": key, "stage": "$default"},
        "pathParameters": parameters,
        "isBase64Encoded": False,
    }
    answer = json.loads(json.dumps(handle(event, None)))
    return answer["statusCode"], answer["headers"], base64.b64decode(answer["body"])


@pytest.mark.parametrize("method", ["GET", "HEAD"])
def test_the_routes_serve_page_health_and_schemas(handle: Any, method: str) -> None:
    status, headers, body = get(handle, "ANY /", "/", method)
    assert (status, headers["content-type"]) == (200, "text/html; charset=utf-8")
    assert "Everything answers" in body.decode()
    status, _, body = get(handle, "ANY /api/health", "/api/health", method)
    assert (status, json.loads(body)["ok"]) == (200, True)
    status, _, body = get(handle, "ANY /schema/{name}", "/schema/none", method, name="none")
    assert (status, json.loads(body)["error"]) == (404, "unknown_schema")


def test_health_asks_the_real_store(handle: Any) -> None:
    boto3.client("dynamodb").delete_table(TableName=SETTINGS.links_table)
    status, _, body = get(handle, "GET /api/health", "/api/health")
    assert (status, json.loads(body)["checks"]) == (503, {"store": False})
