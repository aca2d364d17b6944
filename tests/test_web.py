"""The HTTP API's events through a real Chalice app and back, and errors as status codes.

The sample events follow the AWS guide to HTTP API Lambda integrations, payload format 2.0
(docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-integrations-lambda.html).
"""

from __future__ import annotations

import base64
import copy
import gzip
import io
import json
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
from chalice.app import Chalice, DynamoDBEvent, Response, SQSEvent
from hypothesis import given
from hypothesis import strategies as st

from chalicelib import web
from chalicelib.effects import log
from chalicelib.model.errors import (
    BadPayload,
    BadSignature,
    ConfigurationError,
    Conflict,
    StoreFailed,
    TooLarge,
    UnknownPlatform,
    UnknownShop,
)
from chalicelib.model.event import Webhook
from chalicelib.model.reply import Reply

GUIDE: dict[str, Any] = {
    "version": "2.0",
    "routeKey": "$default",
    "rawPath": "/my/path",
    "rawQueryString": "parameter1=value1&parameter1=value2&parameter2=value",
    "cookies": ["cookie1", "cookie2"],
    "headers": {"header1": "value1", "header2": "value1,value2"},
    "queryStringParameters": {"parameter1": "value1,value2", "parameter2": "value"},
    "requestContext": {
        "accountId": "123456789012",
        "apiId": "api-id",
        "authentication": {"clientCert": {"clientCertPem": "CERT_CONTENT", "subjectDN": "www.example.com"}},
        "authorizer": {"jwt": {"claims": {"claim1": "value1", "claim2": "value2"}, "scopes": ["scope1", "scope2"]}},
        "domainName": "id.execute-api.us-east-1.amazonaws.com",
        "domainPrefix": "id",
        "http": {
            "method": "POST",
            "path": "/my/path",
            "protocol": "HTTP/1.1",
            "sourceIp": "192.0.2.1",
            "userAgent": "agent",
        },
        "requestId": "id",
        "routeKey": "$default",
        "stage": "$default",
        "time": "12/Mar/2020:19:03:58 +0000",
        "timeEpoch": 1583348638390,
    },
    "body": "Hello from Lambda",
    "pathParameters": {"parameter1": "value1"},
    "isBase64Encoded": False,
    "stageVariables": {"stageVariable1": "value1", "stageVariable2": "value2"},
}


def request(
    key: str = "POST /webhooks/{platform}/{shop}", path: str = "/webhooks/shopify/moonshop", **changes: Any
) -> dict[str, Any]:
    """The guide's event for a route of ours. A change to None leaves the field out, as the HTTP API does."""
    event = copy.deepcopy(GUIDE)
    event |= {"routeKey": key, "rawPath": path, "pathParameters": {"platform": "shopify", "shop": "moonshop"}}
    event["requestContext"] |= {"routeKey": key}
    event["requestContext"]["http"] |= {"method": changes.pop("method", key.partition(" ")[0]), "path": path}
    event |= changes
    return {name: value for name, value in event.items() if value is not None}


def binary(body: bytes, content_type: str = "application/octet-stream") -> dict[str, Any]:
    return {"body": base64.b64encode(body).decode(), "isBase64Encoded": True, "headers": {"content-type": content_type}}


class Probe:
    """A real app with the webhook route of app.py; keeps what reached the step."""

    def __init__(self, step: Callable[[Webhook, datetime], Reply]) -> None:
        self.seen: list[Webhook] = []
        self.step = step
        app = Chalice("probe", configure_logs=False)
        app.api.binary_types = ["*/*"]

        @app.route("/webhooks/{platform}/{shop}", methods=["GET", "POST"], content_types=["*/*"])
        def webhook(platform: str, shop: str) -> Response:
            return web.reply(self.work, web.webhook(app.current_request, platform, shop))

        @app.route("/plain", methods=["GET"])
        def plain() -> dict[str, str]:
            return {"plain": "dict"}

        @app.route("/cookies", methods=["GET"])
        def cookies() -> Response:
            headers: Any = {"Set-Cookie": ["a=1", "b=2"], "X-Many": ["1", "2"], "Content-Type": "image/png"}
            return Response(b"\x89PNG", headers)

        self.app, self.handle = app, web.http_api(app)

    def work(self, webhook: Webhook, now: datetime) -> Reply:
        self.seen.append(webhook)
        return self.step(webhook, now)

    def ask(self, **event: Any) -> dict[str, Any]:
        return json.loads(json.dumps(self.handle(request(**event), None)))


@pytest.fixture
def probe() -> Probe:
    return Probe(lambda webhook, now: Reply(200, {"got": len(webhook.body)}))


@pytest.fixture
def lines() -> Iterator[Callable[[], list[dict[str, Any]]]]:
    stream = io.StringIO()
    handler: Any = log._logger.registered_handler
    before = handler.setStream(stream)
    yield lambda: [json.loads(line) for line in stream.getvalue().splitlines()]
    handler.setStream(before)


def body_of(answer: dict[str, Any]) -> bytes:
    return base64.b64decode(answer["body"]) if answer["isBase64Encoded"] else answer["body"].encode()


# The event


def test_the_guides_event_becomes_a_rest_event() -> None:
    event = web.rest_event(GUIDE)
    assert event["version"] == "1.0"
    assert (event["httpMethod"], event["path"], event["body"]) == ("POST", "/my/path", "Hello from Lambda")
    assert event["headers"] == {"header1": "value1", "header2": "value1,value2", "cookie": "cookie1; cookie2", "accept": "*/*"}
    assert event["multiValueHeaders"]["header2"] == ["value1,value2"]
    assert event["queryStringParameters"] == {"parameter1": "value2", "parameter2": "value"}
    assert event["multiValueQueryStringParameters"] == {"parameter1": ["value1", "value2"], "parameter2": ["value"]}
    assert event["pathParameters"] == {"parameter1": "value1"}
    assert event["stageVariables"] == {"stageVariable1": "value1", "stageVariable2": "value2"}
    assert event["isBase64Encoded"] is False
    about = event["requestContext"]
    assert about["identity"] == {"sourceIp": "192.0.2.1", "userAgent": "agent"}
    assert about["authorizer"]["claims"] == {"claim1": "value1", "claim2": "value2"}
    assert (about["requestTime"], about["requestTimeEpoch"]) == ("12/Mar/2020:19:03:58 +0000", 1583348638390)
    assert (about["requestId"], about["stage"], about["apiId"]) == ("id", "$default", "api-id")


def test_translating_changes_nothing_in_the_event() -> None:
    event = copy.deepcopy(GUIDE)
    web.rest_event(event)
    assert event == GUIDE


@pytest.mark.parametrize(
    ("key", "resource"),
    [
        ("POST /webhooks/{platform}/{shop}", "/webhooks/{platform}/{shop}"),
        ("ANY /api/health", "/api/health"),
        ("GET /", "/"),
        ("$default", ""),
    ],
)
def test_the_resource_is_the_routes_path(key: str, resource: str) -> None:
    event = web.rest_event(request(key))
    assert event["resource"] == event["requestContext"]["resourcePath"] == resource


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("a=1&a=2", {"a": ["1", "2"]}),
        ("a=1,2&b=", {"a": ["1,2"], "b": [""]}),
        ("a=x%26y%3Dz+w%2B", {"a": ["x&y=z w+"]}),
        ("%E5%BA%97=%E4%B8%80", {"店": ["一"]}),
        ("", None),
    ],
)
def test_query_keeps_repeated_keys_and_commas_apart(query: str, expected: object) -> None:
    assert web.rest_event(request(rawQueryString=query))["multiValueQueryStringParameters"] == expected


@pytest.mark.parametrize(
    ("handed_out", "meant"),
    [("moon shop", "moon shop"), ("50%25", "50%"), ("a%252Fb", "a%2Fb"), ("a+b", "a+b"), ("月", "月")],
)
def test_path_parameters_end_up_decoded_once(handed_out: str, meant: str) -> None:
    """The HTTP API has decoded everything but %25."""
    event = web.rest_event(request(pathParameters={"platform": "shopify", "shop": handed_out}))
    assert event["pathParameters"]["shop"] == meant


def test_header_names_are_lower_case_and_missing_parts_are_none() -> None:
    event = request(headers={"X-Shop": "A", "Content-Type": "Text/Plain"}, cookies=None, body=None, pathParameters=None)
    event.pop("stageVariables")
    event["requestContext"].pop("authorizer")
    translated = web.rest_event(event)
    assert translated["headers"] == {"x-shop": "A", "content-type": "Text/Plain", "accept": "*/*"}
    assert translated["body"] is translated["pathParameters"] is translated["stageVariables"] is None
    assert translated["requestContext"]["authorizer"] is None


def test_a_cookie_header_survives_where_the_gateway_leaves_it_in_place() -> None:
    event = web.rest_event(request(headers={"cookie": "a=1; b=2"}, cookies=None))
    assert event["headers"]["cookie"] == "a=1; b=2"


# Through a real app


def test_a_webhook_reaches_the_step_as_it_came_in(probe: Probe) -> None:
    answer = probe.ask(
        body='{"id": 1}',
        headers={"X-Shopify-Topic": "orders/create", "content-type": "application/json"},
        rawQueryString="token=a&token=b",
    )
    assert answer["statusCode"] == 200
    assert answer["headers"]["content-type"] == "application/json"
    assert json.loads(body_of(answer)) == {"got": 9}
    seen = probe.seen[0]
    assert (seen.platform, seen.shop, seen.method, seen.body) == ("shopify", "moonshop", "POST", b'{"id": 1}')
    assert seen.path == "/webhooks/shopify/moonshop"
    assert seen.headers["x-shopify-topic"] == "orders/create"
    assert seen.query == {"token": "a"}


@pytest.mark.parametrize(
    "content_type",
    ["application/json", "application/x-www-form-urlencoded", "text/xml", "application/octet-stream", "x/unheard-of", ""],
)
@pytest.mark.parametrize("body", [b"", b"\xff\xfe\x00raw", gzip.compress(b"{}", mtime=0), '{"name": "月"}'.encode()])
def test_bytes_arrive_as_sent_whatever_their_type(probe: Probe, content_type: str, body: bytes) -> None:
    assert probe.ask(**binary(body, content_type))["statusCode"] == 200
    assert probe.seen[0].body == body


@given(st.binary(max_size=200))
def test_any_bytes_arrive_as_sent(body: bytes) -> None:
    probe = Probe(lambda webhook, now: Reply())
    probe.ask(**binary(body))
    assert probe.seen[0].body == body


@given(st.text(max_size=100))
def test_any_text_arrives_as_sent(body: str) -> None:
    probe = Probe(lambda webhook, now: Reply())
    probe.ask(body=body, headers={"content-type": "text/plain"})
    assert probe.seen[0].body == body.encode()


def test_a_request_without_body_content_type_or_accept_is_served(probe: Probe) -> None:
    assert probe.ask(body=None, headers={}, rawQueryString=None)["statusCode"] == 200
    assert (probe.seen[0].body, probe.seen[0].query) == (b"", {})


@pytest.mark.parametrize("method", ["GET", "HEAD"])
def test_handshakes_reach_the_step_with_their_own_method(probe: Probe, method: str) -> None:
    answer = probe.ask(key="ANY /webhooks/{platform}/{shop}", method=method, body=None, rawQueryString="challenge=x%2By")
    assert answer["statusCode"] == 200
    assert (probe.seen[0].method, probe.seen[0].query) == (method, {"challenge": "x+y"})


@pytest.mark.parametrize(
    ("body", "sent", "content_type"),
    [
        (b"\x00\xff", b"\x00\xff", "application/octet-stream"),
        ("你好", "你好".encode(), "text/plain; charset=utf-8"),
        ({"名": 1}, '{"名":1}'.encode(), "application/json"),
        (b"", b"", "application/octet-stream"),
        ("", b"", "text/plain; charset=utf-8"),
    ],
)
def test_replies_are_sent_as_bytes_of_their_type(body: Any, sent: bytes, content_type: str) -> None:
    answer = Probe(lambda webhook, now: Reply(202, body)).ask()
    assert (answer["statusCode"], body_of(answer)) == (202, sent)
    assert answer["headers"]["content-type"] == content_type


def test_a_reply_may_name_its_own_content_type_in_any_case() -> None:
    answer = Probe(lambda webhook, now: Reply(200, "<a/>", {"Content-Type": "text/xml", "X-Own": "1"})).ask()
    assert answer["headers"] == {"content-type": "text/xml", "x-own": "1"}


def test_a_plain_chalice_answer_is_json(probe: Probe) -> None:
    answer = probe.ask(key="GET /plain", path="/plain", body=None)
    assert answer["headers"]["content-type"] == "application/json"
    assert json.loads(body_of(answer)) == {"plain": "dict"}


def test_cookies_go_apart_and_repeated_headers_are_joined(probe: Probe) -> None:
    answer = probe.ask(key="GET /cookies", path="/cookies", body=None)
    assert answer["cookies"] == ["a=1", "b=2"]
    assert answer["headers"] == {"x-many": "1,2", "content-type": "image/png"}
    assert body_of(answer) == b"\x89PNG"


def test_bytes_that_chalice_left_alone_are_encoded() -> None:
    answer = web.http_answer({"statusCode": 200, "headers": {}, "body": b"\xff"})
    assert (answer["body"], answer["isBase64Encoded"]) == ("/w==", True)


@pytest.mark.parametrize("key", ["$default", "GET /nowhere"])
def test_what_no_route_serves_is_a_clean_404(probe: Probe, key: str) -> None:
    answer = probe.ask(key=key, path="/nowhere")
    assert answer["statusCode"] == 404
    assert json.loads(body_of(answer))["error"] == "not_found"
    assert list(probe.app.routes) == ["/webhooks/{platform}/{shop}", "/plain", "/cookies"]


def test_an_unsupported_method_is_405(probe: Probe) -> None:
    assert probe.ask(key="DELETE /webhooks/{platform}/{shop}")["statusCode"] == 405


def test_a_rest_event_passes_untouched(probe: Probe) -> None:
    event = web.rest_event(request(body="{}"))
    answer = probe.handle(copy.deepcopy(event), None)
    assert answer["statusCode"] == 200
    assert "multiValueHeaders" in answer
    assert probe.seen[0].body == b"{}"


# Errors


@pytest.mark.parametrize(
    ("error", "status", "code"),
    [
        (BadSignature("no signature fits"), 401, "bad_signature"),
        (UnknownShop("no such shop"), 404, "unknown_shop"),
        (UnknownPlatform("no such platform"), 404, "unknown_platform"),
        (TooLarge("5000000 bytes, 4194304 allowed"), 413, "too_large"),
        (BadPayload("is not a number", "order.total"), 400, "bad_payload"),
    ],
)
def test_refusals_become_status_codes_that_say_what_and_where(error: Exception, status: int, code: str) -> None:
    answer = failing(error).ask()
    told = json.loads(body_of(answer))
    assert (answer["statusCode"], told["error"]) == (status, code)
    assert str(error) in told["message"]
    assert "shopify/moonshop" in told["message"]
    assert "retry-after" not in answer["headers"]


def test_a_store_that_fails_is_503_to_be_tried_again_without_naming_our_resources(
    lines: Callable[[], list[dict[str, Any]]],
) -> None:
    answer = failing(StoreFailed("arn:aws:sts::123456789012:assumed-role/x may not dynamodb:PutItem")).ask()
    told = json.loads(body_of(answer))
    assert (answer["statusCode"], told["error"], answer["headers"]["retry-after"]) == (503, "store_failed", "10")
    assert "123456789012" not in json.dumps(told)
    (line,) = lines()
    assert line["incident"] == told["id"]
    assert "123456789012" in line["problem"]


@pytest.mark.parametrize("error", [ValueError("buyer@example.com"), Conflict("k"), ConfigurationError("no table"), KeyError()])
def test_anything_else_is_500_with_an_id_and_nothing_of_the_inside(
    error: Exception, lines: Callable[[], list[dict[str, Any]]]
) -> None:
    answer = failing(error).ask()
    text = body_of(answer).decode()
    told = json.loads(text)
    assert (answer["statusCode"], told["error"]) == (500, "internal")
    assert "Traceback" not in text and "buyer@example.com" not in text and type(error).__name__ not in text
    (line,) = lines()
    assert line["incident"] == told["id"]
    assert line["error"] == type(error).__name__
    assert line["level"] == "ERROR"
    assert "buyer@example.com" not in json.dumps(line)


def failing(error: Exception) -> Probe:
    def step(webhook: Webhook, now: datetime) -> Reply:
        raise error

    return Probe(step)


def test_the_step_is_given_the_time_in_utc() -> None:
    times: list[datetime] = []

    def step(webhook: Webhook, now: datetime) -> Reply:
        times.append(now)
        return Reply()

    Probe(step).ask()
    assert times[0].tzinfo is UTC


# The log


def test_a_webhook_is_one_line_without_its_payload(lines: Callable[[], list[dict[str, Any]]]) -> None:
    def step(webhook: Webhook, now: datetime) -> Reply:
        log.note(event_id="e1", outcome="stored")
        return Reply()

    Probe(step).ask(body="buyer@example.com", headers={"authorization": "secret-token"})
    (line,) = lines()
    assert {name: line[name] for name in ("message", "step", "platform", "shop", "event_id", "outcome", "status", "level")} == {
        "message": "receive",
        "step": "receive",
        "platform": "shopify",
        "shop": "moonshop",
        "event_id": "e1",
        "outcome": "stored",
        "status": 200,
        "level": "INFO",
    }
    assert line["duration_ms"] >= 0
    assert "buyer@example.com" not in json.dumps(line) and "secret-token" not in json.dumps(line)


@pytest.mark.parametrize("error", [StoreFailed("x"), KeyError("x")])
def test_the_line_of_a_failure_is_a_metric_too(error: Exception, lines: Callable[[], list[dict[str, Any]]]) -> None:
    failing(error).ask()
    (line,) = lines()
    assert (line["outcome"], line["failed"]) == ("failed", [1.0])
    (metrics,) = line["_aws"]["CloudWatchMetrics"]
    assert metrics["Namespace"] == "Wellkept"
    assert [metric["Name"] for metric in metrics["Metrics"]] == ["failed"]
    assert "step" in metrics["Dimensions"][0] and line["step"] == "receive"


def test_a_refusal_is_no_failure_of_ours(lines: Callable[[], list[dict[str, Any]]]) -> None:
    failing(BadSignature("x")).ask()
    (line,) = lines()
    assert (line["outcome"], line["level"]) == ("bad_signature", "INFO")
    assert "_aws" not in line and "failed" not in line


def test_what_a_step_counts_is_added_up_and_belongs_to_its_line_alone(lines: Callable[[], list[dict[str, Any]]]) -> None:
    log.count("outside")
    with log.unit("merge"):
        log.count("rows", 2)
        log.count("rows", 3)
    with log.unit("merge"):
        log.note(rows_seen=0)
    first, second = lines()
    assert first["rows"] == [5.0]
    assert "outside" not in first and "rows" not in second and "_aws" not in second


# Records


def test_records_are_handed_on_as_aws_sent_them() -> None:
    raw = {"Records": [{"eventName": "INSERT", "dynamodb": {"Keys": {"pk": {"S": "a"}}}}]}
    assert web.records(DynamoDBEvent(raw, None)) == raw["Records"]
    queued = {"Records": [{"body": "{}", "receiptHandle": "r", "messageId": "m"}]}
    assert web.records(SQSEvent(queued, None)) == queued["Records"]


def test_a_webhook_needs_a_request() -> None:
    with pytest.raises(LookupError, match="inside a route"):
        web.webhook(None, "shopify", "moonshop")


# Unsubscribing


class Unsubscribing:
    """The app's unsubscribe route over a step that notes what it was asked."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, str, dict[str, str], dict[str, str], bytes]] = []
        app = Chalice("probe", configure_logs=False)
        app.api.binary_types = ["*/*"]

        def step(method: str, token: str, headers: dict[str, str], query: dict[str, str], body: bytes) -> Reply:
            self.asked.append((method, token, headers, query, body))
            return Reply(200, "<p>done</p>", {"content-type": "text/html; charset=utf-8"})

        @app.route("/unsubscribe/{token}", methods=["GET", "HEAD", "POST"], content_types=["*/*"])
        def unsubscribe(token: str) -> Response:
            return web.unsubscribe(step, app.current_request, token)

        self._handle = web.http_api(app)

    def ask(self, method: str, body: str | None = None, **headers: str) -> dict[str, Any]:
        event = copy.deepcopy(GUIDE)
        event |= {"routeKey": f"{method} /unsubscribe/{{token}}", "rawPath": "/unsubscribe/to.k-en_1", "body": body,
                  "headers": headers, "rawQueryString": "lang=de", "pathParameters": {"token": "to.k-en_1"}}  # fmt: skip
        event["requestContext"]["http"]["method"] = method
        return self._handle(event, None)


@pytest.mark.parametrize("method", ["GET", "HEAD"])
def test_looking_at_an_unsubscribe_address_is_told_from_posting_to_it(method: str) -> None:
    door = Unsubscribing()

    answer = door.ask(method)

    assert (answer["statusCode"], body_of(answer)) == (200, b"<p>done</p>")
    assert answer["headers"]["content-type"] == "text/html; charset=utf-8"
    ((asked, token, _, query, body),) = door.asked
    assert (asked, token, query, body) == (method, "to.k-en_1", {"lang": "de"}, b"")


def test_one_click_arrives_as_mailboxes_send_it_and_leaves_no_token_in_the_log(
    lines: Callable[[], list[dict[str, Any]]],
) -> None:
    door = Unsubscribing()

    door.ask("POST", "List-Unsubscribe=One-Click", **{"content-type": "application/x-www-form-urlencoded"})

    assert [(one[0], one[4]) for one in door.asked] == [("POST", b"List-Unsubscribe=One-Click")]
    (line,) = lines()
    assert (line["step"], line["method"], line["status"]) == ("unsubscribe", "POST", 200)
    assert "to.k-en_1" not in json.dumps(line)
