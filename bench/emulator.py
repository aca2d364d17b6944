"""The emulator without a deployment: its DynamoDB with the stack's tables, for what is counted by a server."""

from __future__ import annotations

import os
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import boto3

from chalicelib.settings import Settings
from infra.local.process import HOST, REGION, emulator_python, ready
from infra.stages import Stage
from infra.storage import storage

_CREATE = ("KeySchema", "AttributeDefinitions", "GlobalSecondaryIndexes", "BillingMode")


@contextmanager
def emulator() -> Iterator[tuple[Settings, dict[str, str]]]:
    """A running emulator: settings of a stage on it, and the tables' names in words."""
    if not emulator_python().exists():
        raise SystemExit("the emulator's environment is missing; run: make setup")
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        port = int(probe.getsockname()[1])
    environment = {"PATH": os.environ.get("PATH", ""), "GATEWAY_PORT": str(port), "BIND_HOST": HOST, "IOT_MTLS_ENABLED": "0",
                   "SFTP_ENABLED": "0", "DOCKER_HOST": "unix:///none", "MINISTACK_REGION": REGION}  # fmt: skip
    command = [str(emulator_python()), "-c", "import ministack.app; ministack.app.main()"]
    server = subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        until = time.monotonic() + 60
        while not ready(port):
            if time.monotonic() > until or server.poll() is not None:
                raise SystemExit("the emulator did not start")
            time.sleep(0.1)
        os.environ.update(AWS_ENDPOINT_URL=f"http://{HOST}:{port}", AWS_ACCESS_KEY_ID="test", AWS_SECRET_ACCESS_KEY="test",
                          AWS_REGION=REGION, AWS_DEFAULT_REGION=REGION)  # fmt: skip
        yield _settings()
    finally:
        server.terminate()
        server.wait(30)


def _settings() -> tuple[Settings, dict[str, str]]:
    dynamodb: Any = boto3.client("dynamodb")
    names = {}
    for logical, one in storage(Stage("local")).items():
        if one["Type"] == "AWS::DynamoDB::Table":
            table = logical.removesuffix("Table").lower()
            dynamodb.create_table(
                TableName=table, **{key: value for key, value in one["Properties"].items() if key in _CREATE}
            )
            names[logical] = table
    key = boto3.client("kms").create_key()["KeyMetadata"]["KeyId"]
    for bucket in ("lake", "blobs"):
        boto3.client("s3").create_bucket(Bucket=bucket)
    queues = {name: boto3.client("sqs").create_queue(QueueName=name)["QueueUrl"] for name in ("retry", "work")}
    tables = {f"{table}_table": table for table in names.values()}
    settings = Settings(
        stage="bench", lake_bucket="lake", blobs_bucket="blobs", retry_queue=queues["retry"], work_queue=queues["work"],
        alarms_topic="", mail_settings="bench", key_id=key, secrets_prefix="wellkept/bench/shops/",
        public_url="https://bench.example.com", **tables,
    )  # fmt: skip
    return settings, {table: table for table in names.values()}
