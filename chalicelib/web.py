"""Between Chalice and the steps: the HTTP API's events in and out, requests as our words, errors as status codes."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime
from secrets import token_hex
from typing import Any
from urllib.parse import parse_qs

from chalice.app import Chalice, Request, Response

from . import wiring
from .effects import log
from .model.errors import BadPayload, BadSignature, StoreFailed, TooLarge, UnknownPlatform, UnknownShop
from .model.event import Webhook
from .model.reply import Reply

Handler = Callable[[dict[str, Any], Any], dict[str, Any]]

_RETRY_AFTER = {"retry-after": "10"}
_OURS = {500: "Something broke here", 503: "This could not be stored now"}
_CRASH = (500, "internal", "Send it again; if it stays, search the log for this id.")
_REFUSALS: dict[type[BaseException], tuple[int, str, str]] = {
    BadSignature: (401, "bad_signature", "Check that this shop's signing secret is the one the sender signs with."),
    UnknownPlatform: (404, "unknown_platform", "Check the platform's name in the address."),
    UnknownShop: (404, "unknown_shop", "Connect the shop first, or check its name in the address."),
    TooLarge: (413, "too_large", "Send less at once, or upload it as a file."),
    BadPayload: (400, "bad_payload", "Correct the body; sending the same again will not help."),
    StoreFailed: (503, "store_failed", "Nothing is lost at the sender: send the same again."),
}


# the HTTP API (payload 2.0) to and from the REST shape that Chalice knows


def http_api(app: Chalice) -> Handler:
    """The handler of a function behind an HTTP API. Events that are not of payload 2.0 go to the app untouched.

    HEAD is served by the GET route where a path has no HEAD of its own; `webhook` still sees that it was HEAD.
    """

    def handle(event: dict[str, Any], context: Any) -> dict[str, Any]:
        if event.get("version") != "2.0":
            untouched: dict[str, Any] = app(event, context)
            return untouched
        request = rest_event(event)
        methods = app.routes.get(request["resource"])
        if methods is None:
            return http_answer({"statusCode": 404, "body": _NO_SUCH_PAGE})
        if request["httpMethod"] == "HEAD" and "HEAD" not in methods:
            request["requestContext"]["httpMethod"] = "GET"
        return http_answer(app(request, context))

    return handle


_NO_SUCH_PAGE = json.dumps({"error": "not_found", "message": "Nothing is served at this address; / lists what is."})


def rest_event(event: Mapping[str, Any]) -> dict[str, Any]:
    """The REST (payload 1.0) form of an HTTP API event of payload 2.0. Pure.

    The HTTP API hands out `rawPath` and the path parameters decoded, all but %25 (as others report from AWS; the guide is
    silent): putting that one right makes it exactly one decoding. `path` stays as given. Query parameters come from
    `rawQueryString`: the parsed field joins repeated keys with commas, which a value may hold too. Without an Accept header
    Chalice refuses binary answers: then any will do.

    Source: docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-integrations-lambda.html
    """
    about = event["requestContext"]
    http = about["http"]
    resource = event["routeKey"].partition(" ")[2]
    headers = _request_headers(event)
    query = parse_qs(event.get("rawQueryString") or "", keep_blank_values=True)
    return {
        "version": "1.0",
        "resource": resource,
        "path": event["rawPath"],
        "httpMethod": http["method"],
        "headers": headers,
        "multiValueHeaders": {name: [value] for name, value in headers.items()},
        "queryStringParameters": {name: values[-1] for name, values in query.items()} or None,
        "multiValueQueryStringParameters": query or None,
        "pathParameters": _path_parameters(event),
        "stageVariables": event.get("stageVariables") or None,
        "requestContext": _request_context(about, resource, event["rawPath"]),
        "body": event.get("body"),
        "isBase64Encoded": bool(event.get("isBase64Encoded")),
    }


def _path_parameters(event: Mapping[str, Any]) -> dict[str, str] | None:
    given = event.get("pathParameters") or {}
    return {name: value.replace("%25", "%") for name, value in given.items()} or None


def _request_headers(event: Mapping[str, Any]) -> dict[str, str]:
    headers = {name.lower(): value for name, value in (event.get("headers") or {}).items()}
    if event.get("cookies"):
        headers["cookie"] = "; ".join(event["cookies"])
    headers.setdefault("accept", "*/*")
    return headers


def _request_context(about: Mapping[str, Any], resource: str, path: str) -> dict[str, Any]:
    http, authorizer = about["http"], about.get("authorizer") or {}
    return {
        "resourcePath": resource,
        "resourceId": about.get("routeKey"),
        "httpMethod": http["method"],
        "path": path,
        "protocol": http.get("protocol"),
        "identity": {"sourceIp": http.get("sourceIp"), "userAgent": http.get("userAgent")},
        "authorizer": authorizer.get("jwt") or authorizer.get("lambda"),
        "requestTime": about.get("time"),
        "requestTimeEpoch": about.get("timeEpoch"),
        **{name: about.get(name) for name in ("accountId", "apiId", "domainName", "domainPrefix", "requestId", "stage")},
    }


def http_answer(answer: Mapping[str, Any]) -> dict[str, Any]:
    """Chalice's answer in payload 2.0: one string per header, cookies apart, bytes as base64. Pure.

    Without a content type a REST API says JSON, which is what Chalice counts on; an HTTP API would say plain text.
    """
    headers: dict[str, str] = {}
    cookies: list[str] = []
    for name, value in _answer_headers(answer):
        if name == "set-cookie":
            cookies.append(value)
        else:
            headers[name] = f"{headers[name]},{value}" if name in headers else value
    headers.setdefault("content-type", "application/json")
    body, encoded = answer.get("body", ""), bool(answer.get("isBase64Encoded"))
    if isinstance(body, bytes):
        body, encoded = base64.b64encode(body).decode("ascii"), True
    said = {"statusCode": answer["statusCode"], "headers": headers, "body": body, "isBase64Encoded": encoded}
    return said | {"cookies": cookies} if cookies else said


def _answer_headers(answer: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    for name, value in (answer.get("headers") or {}).items():
        yield name.lower(), str(value)
    for name, values in (answer.get("multiValueHeaders") or {}).items():
        for value in values:
            yield name.lower(), str(value)


# requests and records as our words


def webhook(request: Request | None, platform: str, shop: str, token: str = "") -> Webhook:
    """The request as it came in: raw bytes, lower-case header names, the real method and path, each query key's first value."""
    request = _present(request)
    raw = request.raw_body
    return Webhook(
        platform=platform,
        shop=shop,
        headers=dict(request.headers),
        body=raw if isinstance(raw, bytes) else raw.encode(),
        method=request.to_original_event().get("httpMethod") or request.method,
        path=request.context.get("path") or request.path,
        query=_query(request),
        token=token,
    )


def _present(request: Request | None) -> Request:
    if request is None:
        raise LookupError("no request in progress: call this inside a route")
    return request


def _query(request: Request) -> dict[str, str]:
    given = request.query_params
    return {} if given is None else {name: given.getlist(name)[0] for name in given}


def records(event: Any) -> list[dict[str, Any]]:
    """The raw records of a stream or queue event, as AWS sent them."""
    return list(event.to_dict().get("Records") or [])


# answers


def reply(step: Callable[[Webhook, datetime], Reply], webhook: Webhook) -> Response:
    """Runs the step on the webhook, now, and answers with its reply; an error becomes its status code and a small JSON body."""
    with log.unit("receive", platform=webhook.platform, shop=webhook.shop):
        return _respond(lambda: step(webhook, datetime.now(UTC)), f"{webhook.platform}/{webhook.shop}")


def _respond(work: Callable[[], Reply], where: str) -> Response:
    try:
        said = work()
    except Exception as error:  # the boundary: past it the sender would see a bare 502
        said = _refusal(error, where)
    log.note(status=said.status)
    kind, body = _encoded(said.body)
    headers: dict[str, str | list[str]] = {
        "content-type": kind,
        **{name.lower(): value for name, value in said.headers.items()},
    }
    return Response(body=body, status_code=said.status, headers=headers)


def _refusal(error: Exception, where: str) -> Reply:
    """A refusal tells what is wrong with the request. What is wrong on our side goes to the log: it names our resources."""
    status, code, advice = next((_REFUSALS[kind] for kind in type(error).__mro__ if kind in _REFUSALS), _CRASH)
    if status < 500:
        log.note(outcome=code, problem=log.said(error))
        what = str(error).rstrip(".") or code.replace("_", " ")
        return Reply(status, {"error": code, "message": f"{what} ({where}). {advice}"})
    incident = token_hex(8)
    log.note(outcome=log.FAILED, incident=incident, **log.describe(error))
    body = {"error": code, "message": f"{_OURS[status]} ({where}). {advice}", "id": incident}
    return Reply(status, body, _RETRY_AFTER if status == 503 else {})


def _encoded(body: bytes | str | dict[str, Any]) -> tuple[str, bytes]:
    """Content type and bytes. Always bytes: Chalice sends every type as binary and would stumble over a str."""
    if isinstance(body, bytes):
        return "application/octet-stream", body
    if isinstance(body, str):
        return "text/plain; charset=utf-8", body.encode()
    return "application/json", json.dumps(body, ensure_ascii=False, separators=(",", ":")).encode()


def unsubscribe(step: Callable[..., Reply], request: Request | None, token: str) -> Response:
    """Runs the step on what was asked of an unsubscribe address and answers with its reply. The token stays out of the log."""
    asked = _present(request)
    method = asked.to_original_event().get("httpMethod") or asked.method
    raw = asked.raw_body
    body = raw if isinstance(raw, bytes) else raw.encode()
    with log.unit("unsubscribe", method=method):
        return _respond(lambda: step(method, token, dict(asked.headers), _query(asked), body), "unsubscribe")


# the console


def console_routes(app: Chalice) -> None:
    """Register the console's pages. Nothing behind them knows a shop's data: there is no sign-in yet."""

    @app.route("/", methods=["GET"], content_types=["*/*"])
    def home() -> Response:
        return _page(app.current_request, "home")

    @app.route("/api/health", methods=["GET"], content_types=["*/*"])
    def health() -> Response:
        return _page(app.current_request, "health")

    @app.route("/schema/{name}", methods=["GET"], content_types=["*/*"])
    def schema(name: str) -> Response:
        return _page(app.current_request, "schema", name)


def _page(request: Request | None, page: str, name: str = "") -> Response:
    asked = _present(request)
    with log.unit("console", page=page):
        return _respond(lambda: wiring.step("console")(page, name, dict(asked.headers), _query(asked)), page)
