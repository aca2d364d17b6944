"""The HTTP API in place of the RestAPI that Chalice packages: explicit routes, taken from the app's own."""

from __future__ import annotations

import hashlib
import re

from .intrinsics import Json, ref, resource, sub
from .stages import Stage

DOMAIN = "wellkept.localhost"
# Where the stage is reached on AWS, without a slash at the end.
ADDRESS = sub("https://${HttpApi}.execute-api.${AWS::Region}.${AWS::URLSuffix}")
_WEBHOOKS = "/webhooks/"
_DOORS = ("WebhookHandler", "APIHandler")
_CERTIFICATE = "arn:aws:acm:us-east-1:000000000000:certificate/local"


def routes(definition: Json) -> list[str]:
    """Route keys ("GET /webhooks/{platform}/{shop}") of the swagger that Chalice made from the app, in its order.

    A path that answers GET answers HEAD as well: platforms and monitors ask so whether an address lives.
    """
    found = []
    for path, methods in definition["paths"].items():
        heads = ("head",) if "get" in methods and "head" not in methods else ()
        found += [f"{method.upper()} {path}" for method in (*methods, *heads)]
    return found


def http_api(keys: list[str], stage: Stage) -> Json:
    """The API with one integration per function behind it, a route per key, and the right to call them, by logical id."""
    api = {"Name": stage.stack, "ProtocolType": "HTTP", "Description": f"Wellkept {stage.name}: webhooks and console"}
    door = {"ApiId": ref("HttpApi"), "StageName": "$default", "AutoDeploy": True}
    found = {"HttpApi": resource("AWS::ApiGatewayV2::Api", api), "HttpStage": resource("AWS::ApiGatewayV2::Stage", door)}
    for name in _DOORS:
        found |= {f"{name}Integration": _integration(name), f"{name}Permission": _permission(name)}
    for key in keys:
        found[_logical_id(key)] = _route(key)
    return found | (_local_domain() if stage.local else {})


def _integration(name: str) -> Json:
    return resource("AWS::ApiGatewayV2::Integration", {
        "ApiId": ref("HttpApi"),
        "IntegrationType": "AWS_PROXY",
        "IntegrationUri": sub(
            f"arn:${{AWS::Partition}}:apigateway:${{AWS::Region}}:lambda:path/2015-03-31/functions/${{{name}.Arn}}/invocations"
        ),
        "PayloadFormatVersion": "2.0",
    })


def _permission(name: str) -> Json:
    source = "arn:${AWS::Partition}:execute-api:${AWS::Region}:${AWS::AccountId}:${HttpApi}/*"
    return resource("AWS::Lambda::Permission", {
        "FunctionName": ref(name),
        "Action": "lambda:InvokeFunction",
        "Principal": "apigateway.amazonaws.com",
        "SourceArn": sub(source),
    })


def _route(key: str) -> Json:
    path = key.partition(" ")[2]
    door = "WebhookHandler" if path.startswith(_WEBHOOKS) else "APIHandler"
    return resource("AWS::ApiGatewayV2::Route", {
        "ApiId": ref("HttpApi"),
        "RouteKey": key,
        "Target": sub(f"integrations/${{{door}Integration}}"),
    })


def _logical_id(key: str) -> str:
    """A name that follows from the route alone, so that adding a route changes no other: GetApiFiguresRoute1f2e3d."""
    words = re.findall(r"[A-Za-z0-9]+", key.lower())
    return "".join(word.capitalize() for word in words) + "Route" + hashlib.sha256(key.encode()).hexdigest()[:6]


def _local_domain() -> Json:
    """One origin without stage prefix or changing id, for pages and API alike; browsers resolve *.localhost themselves."""
    regional = [{"CertificateArn": _CERTIFICATE, "EndpointType": "REGIONAL"}]
    domain = {"DomainName": DOMAIN, "DomainNameConfigurations": regional}
    mapping = {"DomainName": ref("HttpDomain"), "ApiId": ref("HttpApi"), "Stage": ref("HttpStage")}
    return {
        "HttpDomain": resource("AWS::ApiGatewayV2::DomainName", domain),
        "HttpMapping": resource("AWS::ApiGatewayV2::ApiMapping", mapping),
    }
