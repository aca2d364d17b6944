"""The stack's tables, buckets, queue and key in moto, for tests of effects."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import boto3
import pytest
from botocore.awsrequest import AWSPreparedRequest
from moto import mock_aws
from moto.core.models import botocore_stubber

from chalicelib.effects import signed
from chalicelib.settings import Settings

REGION = "us-east-1"


@contextmanager
def stack(monkeypatch: pytest.MonkeyPatch) -> Iterator[Settings]:
    """An empty stack; its settings."""
    for name in ("AWS_ENDPOINT_URL", "AWS_PROFILE"):
        monkeypatch.delenv(name, raising=False)
    for name, value in {"AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test", "AWS_DEFAULT_REGION": REGION}.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr(signed, "pooled", lambda: post)
    with mock_aws():
        dynamodb = boto3.client("dynamodb")
        _table(dynamodb, "events", sort=True)
        for name in ("orders", "links", "keys", "settings", "buyers", "cases"):
            _table(dynamodb, name)
        _outbox(dynamodb)
        s3 = boto3.client("s3")
        for bucket in ("lake", "blobs"):
            s3.create_bucket(Bucket=bucket)
        queues = ("retry", "work", "words")
        retry, work, words = (boto3.client("sqs").create_queue(QueueName=name)["QueueUrl"] for name in queues)
        alarms = boto3.client("sns").create_topic(Name="alarms")["TopicArn"]
        key = boto3.client("kms").create_key()["KeyMetadata"]["KeyId"]
        yield Settings(
            stage="test", events_table="events", orders_table="orders", links_table="links", outbox_table="outbox",
            keys_table="keys", settings_table="settings", buyers_table="buyers", cases_table="cases", lake_bucket="lake",
            blobs_bucket="blobs", retry_queue=retry, work_queue=work, words_queue=words, alarms_topic=alarms,
            mail_settings="wellkept-test", key_id=key, secrets_prefix="wellkept/test/shops/", public_url="https://wellkept.example.com",
        )  # fmt: skip


def post(url: str, body: bytes, headers: dict[str, str]) -> tuple[int, bytes]:
    """A signed POST that ends in moto, as boto3's requests do."""
    answer = botocore_stubber("before-send", AWSPreparedRequest("POST", url, headers, body, stream_output=False))
    return answer.status_code, answer.content


def _table(dynamodb: Any, name: str, sort: bool = False) -> None:
    keys = [("pk", "HASH"), *([("sk", "RANGE")] if sort else [])]
    dynamodb.create_table(
        TableName=name,
        KeySchema=[{"AttributeName": key, "KeyType": kind} for key, kind in keys],
        AttributeDefinitions=[{"AttributeName": key, "AttributeType": "S"} for key, _ in keys],
        BillingMode="PAY_PER_REQUEST",
    )


def _outbox(dynamodb: Any) -> None:
    """The outbox and its due index: only keys, by shard and time."""
    schema = [{"AttributeName": "shard", "KeyType": "HASH"}, {"AttributeName": "due_at", "KeyType": "RANGE"}]
    kinds = {"pk": "S", "shard": "N", "due_at": "N"}
    dynamodb.create_table(
        TableName="outbox",
        KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": name, "AttributeType": kind} for name, kind in kinds.items()],
        GlobalSecondaryIndexes=[{"IndexName": "due", "KeySchema": schema, "Projection": {"ProjectionType": "KEYS_ONLY"}}],
        BillingMode="PAY_PER_REQUEST",
    )
