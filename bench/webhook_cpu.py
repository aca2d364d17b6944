"""Processor time of one warm, signed Shopify webhook through the function's own handler, and the AWS calls it makes.

The floor is a handler without framework, checks or sealing: one `put_item` of the raw body with a bare boto3 client. Both run
in processes of their own against a stub of AWS, and take turns.
"""

from __future__ import annotations

import base64
import json
import os
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable, Mapping
from contextlib import closing
from dataclasses import fields
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from statistics import median
from typing import Any

from .common import Result, best, interleave, peak_memory_mb, pin, show

ROUNDS, BATCH = 60, 20
TARGET = 1.25
SECRET = "bench-secret"
_HERE = Path(__file__).resolve().parent.parent


# the stub of AWS


class StubAws(ThreadingHTTPServer):
    """Answers what a webhook asks of Secrets Manager, KMS and DynamoDB, and counts the calls by operation."""

    daemon_threads = True

    def __init__(self, port: int = 0) -> None:
        self.calls: Counter[str] = Counter()
        super().__init__(("127.0.0.1", port), _Aws)


class _Aws(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    server: StubAws

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["content-length"]))
        operation = self.headers["x-amz-target"].rpartition(".")[2]
        self.server.calls[operation] += 1
        body = _ANSWERS.get(operation, b"{}")
        self.send_response(200)
        self.send_header("content-type", "application/x-amz-json-1.0")
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: Any) -> None:
        """Silence: the counts are what matters."""


_KEY = base64.b64encode(bytes(32)).decode()
_ANSWERS = {
    "GetSecretValue": json.dumps({"SecretString": json.dumps({"secrets": [SECRET]})}).encode(),
    "GenerateDataKey": json.dumps({"Plaintext": _KEY, "CiphertextBlob": _KEY, "KeyId": "bench"}).encode(),
    "Decrypt": json.dumps({"Plaintext": _KEY, "KeyId": "bench"}).encode(),
}


# the webhooks


def order(number: int) -> bytes:
    """An order as Shopify's orders/create sends it: three lines, about 4 KB."""
    money = {"amount": "24.00", "currency_code": "EUR"}
    line = {
        "variant_title": "Blue / M", "vendor": "bench", "quantity": 2, "price": "24.00", "grams": 340, "taxable": True,
        "requires_shipping": True, "fulfillable_quantity": 2, "fulfillment_status": None, "total_discount": "0.00",
        "price_set": {"shop_money": money, "presentment_money": money}, "properties": [], "tax_lines": [
            {"title": "VAT", "rate": 0.19, "price": "7.66", "price_set": {"shop_money": money, "presentment_money": money}}],
    }  # fmt: skip
    address = {"address1": "Street 1", "city": "Town", "zip": "00000", "country_code": "DE", "name": "Recipient"}
    lines = [line | {"id": number * 10 + i, "product_id": 700 + i, "sku": f"SKU-{i}", "title": "Article"} for i in range(3)]
    body = {
        "id": number, "admin_graphql_api_id": f"gid://shopify/Order/{number}", "name": f"#{number}", "currency": "EUR",
        "created_at": "2026-03-01T10:00:00Z", "updated_at": "2026-03-01T10:00:00Z", "financial_status": "paid",
        "fulfillment_status": None, "total_price": "153.99", "total_tax": "22.98", "total_discounts": "0.00",
        "subtotal_price": "144.00", "email": "buyer@example.com", "customer_locale": "de", "source_name": "web", "test": False,
        "note_attributes": [], "tags": "", "customer": {"id": 55, "email": "buyer@example.com", "state": "enabled"},
        "billing_address": address, "shipping_address": address, "line_items": lines, "fulfillments": [], "refunds": [],
        "shipping_lines": [{"id": 1, "title": "Standard", "price": "9.99", "discounted_price": "9.99", "tax_lines": []}],
    }  # fmt: skip
    return json.dumps(body).encode()


def event(number: int) -> dict[str, Any]:
    """That order as the HTTP API hands it to the function (payload 2.0), signed."""
    from chalicelib.model.event import Webhook
    from chalicelib.platforms import shopify

    key, path, body = "POST /webhooks/{platform}/{shop}", "/webhooks/shopify/bench", order(number)
    signature = shopify.sign(Webhook("shopify", "bench", {}, body), SECRET, datetime.now(UTC)).headers
    own = {"x-shopify-topic": "orders/create", "x-shopify-event-id": f"event-{number}", "x-shopify-api-version": "2026-01"}
    usual = {"content-type": "application/json", "accept": "*/*", "host": "bench.example.com", "user-agent": "bench"}
    http = {"method": "POST", "path": path, "protocol": "HTTP/1.1", "sourceIp": "192.0.2.1", "userAgent": "bench"}
    return {
        "version": "2.0",
        "routeKey": key,
        "rawPath": path,
        "rawQueryString": "",
        "headers": usual | own | dict(signature),
        "requestContext": {"http": http, "routeKey": key, "stage": "$default", "requestId": "bench", "apiId": "bench"},
        "pathParameters": {"platform": "shopify", "shop": "bench"},
        "body": body.decode(),
        "isBase64Encoded": False,
    }


# the two workers


Handler = Callable[[dict[str, Any], Any], dict[str, Any]]


def _floor() -> Handler:
    import boto3

    client = boto3.client("dynamodb")

    def handle(event: dict[str, Any], context: Any) -> dict[str, Any]:
        delivery = event["headers"]["x-shopify-event-id"]
        client.put_item(TableName="bench", Item={"pk": {"S": delivery}, "sk": {"S": delivery}, "body": {"S": event["body"]}})
        return {"statusCode": 200, "headers": {"content-type": "application/json"}, "body": '{"status":"stored"}'}

    return handle


def _ours() -> Handler:
    import app

    handler: Handler = app.http
    return handler


def work(name: str, answers: int) -> None:
    """The worker's life: for each number on stdin, handle that many fresh webhooks and write what it took to `answers`."""
    handle = {"floor": _floor, "ours": _ours}[name]()
    made = 0
    with os.fdopen(answers, "w") as out:
        for asked in sys.stdin:
            events = [event(made + number) for number in range(int(asked))]
            made += len(events)
            started = time.process_time()
            replies = [handle(one, None) for one in events]
            taken = time.process_time() - started
            statuses = Counter(reply["statusCode"] for reply in replies)
            out.write(json.dumps({"seconds": taken, "statuses": statuses, "memory": peak_memory_mb()}) + "\n")
            out.flush()


class Worker:
    """A process that handles webhooks, on a core of its own. Its log goes to a pipe that is thrown away, as on Lambda."""

    def __init__(self, name: str, endpoint: str) -> None:
        self.memory = 0.0
        reading, writing = os.pipe()
        self._answers = os.fdopen(reading)
        self._process = subprocess.Popen(
            [sys.executable, "-m", "bench.webhook_cpu", name, str(writing)],
            cwd=_HERE, env=_environment(endpoint), stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, text=True,
            pass_fds=[writing], preexec_fn=lambda: pin(0),
        )  # fmt: skip
        os.close(writing)

    def handle(self, count: int) -> float:
        """Handle `count` fresh webhooks; processor microseconds for one. RuntimeError when one was not accepted."""
        assert self._process.stdin is not None
        self._process.stdin.write(f"{count}\n")
        self._process.stdin.flush()
        told = json.loads(self._answers.readline() or "{}")
        if told.get("statuses") != {"200": count}:
            raise RuntimeError(f"not every webhook was accepted: {told or 'the worker ended'}")
        self.memory = told["memory"]
        return float(told["seconds"]) / count * 1e6

    def close(self) -> None:
        """End the process."""
        self._process.kill()
        self._process.wait()
        self._answers.close()


def _environment(endpoint: str) -> Mapping[str, str]:
    from chalicelib.settings import Settings

    ours = {f"WELLKEPT_{field.name.upper()}": "bench" for field in fields(Settings)}
    ours |= {"WELLKEPT_STEP": "receive", "WELLKEPT_MAX_BODY": "4194304", "POWERTOOLS_SERVICE_NAME": "receive"}
    aws = {"AWS_ENDPOINT_URL": endpoint, "AWS_DEFAULT_REGION": "us-east-1", "AWS_EC2_METADATA_DISABLED": "true"}
    aws |= {"AWS_ACCESS_KEY_ID": "bench", "AWS_SECRET_ACCESS_KEY": "bench"}
    return {"PATH": os.environ.get("PATH", ""), "PYTHONPATH": str(_HERE)} | ours | aws


# the measurement


def run(rounds: int = ROUNDS, batch: int = BATCH) -> dict[str, Any]:
    """Processor microseconds per accepted webhook against the floor; beside it the AWS calls of a warm and of a first one."""
    pin(1)
    aws = StubAws()
    threading.Thread(target=aws.serve_forever, daemon=True).start()
    endpoint = f"http://127.0.0.1:{aws.server_address[1]}"
    with closing(Worker("floor", endpoint)) as floor, closing(Worker("ours", endpoint)) as ours:
        floor.handle(1)
        first = _calls(aws, ours, 1)
        interleave({"floor": lambda: floor.handle(20), "ours": lambda: ours.handle(20)}, 1)
        warm = _calls(aws, ours, 10)
        taken = interleave({"floor": lambda: floor.handle(batch), "ours": lambda: ours.handle(batch)}, rounds)
        memory, least = ours.memory, floor.memory
    aws.shutdown()
    also = {
        "calls_per_webhook": sum(warm.values()) / 10,
        "calls_of_the_first": dict(first),
        "body_bytes": len(order(1)),
        "floor_memory_mb": round(least, 1),
        "ratio_of_medians": round(median(taken["ours"]) / median(taken["floor"]), 3),
        "webhooks_measured": rounds * batch,
    }
    return Result("webhook CPU, warm", "µs", best(taken["ours"]), best(taken["floor"]), TARGET, memory, also).as_dict()


def _calls(aws: StubAws, worker: Worker, count: int) -> Counter[str]:
    before = aws.calls.copy()
    worker.handle(count)
    return aws.calls - before


def main() -> None:
    """Measure and print; with arguments, be one of the workers."""
    if len(sys.argv) == 3:
        work(sys.argv[1], int(sys.argv[2]))
    else:
        show(run())


if __name__ == "__main__":
    main()
