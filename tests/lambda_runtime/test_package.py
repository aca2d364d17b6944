"""The package under AWS's own runtime client: every function starts and answers with nothing but the zip and its layers."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from tests.lambda_runtime.stub import Function, FunctionFailed, unzip

BUILT = Path(__file__).resolve().parents[2] / "build" / "local"
TEMPLATE, CODE, ARROW = (BUILT / name for name in ("template.json", "deployment.zip", "arrow.zip"))
# Nothing listens there: calls to AWS are refused at once.
NOWHERE = {"AWS_ENDPOINT_URL": "http://127.0.0.1:9"}

pytestmark = [
    pytest.mark.stack,
    pytest.mark.skipif(
        not all(path.exists() for path in (TEMPLATE, CODE, ARROW)),
        reason="no package has been built: run `python -m infra.package` first",
    ),
]


@pytest.fixture(scope="module")
def code(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return unzip(CODE, tmp_path_factory.mktemp("code"))


@pytest.fixture(scope="module")
def layer(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return unzip(ARROW, tmp_path_factory.mktemp("layer"))


def functions() -> dict[str, dict[str, Any]]:
    """The template's functions by logical id; none where no template has been built."""
    if not TEMPLATE.exists():
        return {}
    resources = json.loads(TEMPLATE.read_text())["Resources"]
    return {name: one["Properties"] for name, one in resources.items() if one["Type"] == "AWS::Serverless::Function"}


def variables(properties: Mapping[str, Any]) -> dict[str, str]:
    """A function's variables; what CloudFormation would fill in has a name made of its reference."""
    given = properties["Environment"]["Variables"]
    return {name: value if isinstance(value, str) else "made-by-cloudformation" for name, value in given.items()}


def webhook(body: bytes, platform: str = "shopify", **headers: str) -> dict[str, Any]:
    key, path = "POST /webhooks/{platform}/{shop}", f"/webhooks/{platform}/moonshop"
    return {
        "version": "2.0",
        "routeKey": key,
        "rawPath": path,
        "rawQueryString": "",
        "headers": {"content-type": "application/json", **headers},
        "requestContext": {"http": {"method": "POST", "path": path, "sourceIp": "192.0.2.1"}, "routeKey": key},
        "pathParameters": {"platform": platform, "shop": "moonshop"},
        "body": base64.b64encode(body).decode(),
        "isBase64Encoded": True,
    }


def told(answer: Mapping[str, Any]) -> dict[str, Any]:
    return dict(json.loads(base64.b64decode(answer["body"]) if answer["isBase64Encoded"] else answer["body"]))


@pytest.mark.parametrize("name", functions() or [pytest.param("", id="no template")])
def test_every_function_of_the_template_starts(name: str, code: Path, layer: Path) -> None:
    properties = functions()[name]
    layers = [layer] if properties.get("Layers") else []
    with Function(code, properties["Handler"], variables(properties) | NOWHERE, layers) as function:
        assert "Traceback" not in function.output()


@pytest.fixture
def receiver(code: Path) -> Iterator[Function]:
    properties = functions()["WebhookHandler"]
    with Function(code, properties["Handler"], variables(properties) | NOWHERE) as function:
        yield function


def test_an_unknown_platform_is_404(receiver: Function) -> None:
    answer = receiver.invoke(webhook(b"{}", platform="nobodys"))
    assert (answer["statusCode"], told(answer)["error"]) == (404, "unknown_platform")
    assert '"outcome":"unknown_platform"' in receiver.output()


def test_a_webhook_without_aws_is_told_to_come_again(receiver: Function) -> None:
    body = b'{"id": 1}'
    signature = base64.b64encode(hmac.new(b"secret", body, hashlib.sha256).digest()).decode()
    answer = receiver.invoke(webhook(body, **{"x-shopify-hmac-sha256": signature, "x-shopify-topic": "orders/create"}))
    assert (answer["statusCode"], answer["headers"]["retry-after"]) == (503, "10")
    assert told(answer)["error"] == "store_failed"
    line = json.loads(receiver.output().splitlines()[-1])
    assert (line["step"], line["outcome"], line["incident"]) == ("receive", "failed", told(answer)["id"])


def test_the_console_serves_its_page_from_the_package(code: Path) -> None:
    properties = functions()["APIHandler"]
    event = webhook(b"") | {"routeKey": "GET /schema/{name}", "pathParameters": {"name": "none"}}
    event["requestContext"]["http"]["method"] = "GET"
    with Function(code, properties["Handler"], variables(properties) | NOWHERE) as function:
        answer = function.invoke(event)
    assert (answer["statusCode"], told(answer)["error"]) == (404, "unknown_schema")


def test_a_missing_variable_is_named_at_the_start(code: Path) -> None:
    given = variables(functions()["WebhookHandler"]) | NOWHERE
    del given["WELLKEPT_EVENTS_TABLE"]
    with pytest.raises(FunctionFailed, match="WELLKEPT_EVENTS_TABLE"), Function(code, "app.http", given):
        pytest.fail("it started without its events table")


def test_no_development_package_is_visible(code: Path, tmp_path: Path) -> None:
    """Else the other tests would prove nothing: pytest is installed beside us and must not be found."""
    (tmp_path / "probe.py").write_text("import pytest\n\ndef handler(event, context):\n    return event\n")
    with pytest.raises(FunctionFailed, match="No module named 'pytest'"), Function(tmp_path, "probe.handler", {}):
        pytest.fail("a development package is visible inside the function")
