"""Dead letters come back to their queues, once each, and nothing is lost of what cannot come back."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError

from infra.queues import DEAD_LETTERS
from infra.redrive import Redriven, redrive
from tests.aws import stack


@pytest.fixture
def outputs(monkeypatch: pytest.MonkeyPatch) -> Iterator[dict[str, str]]:
    with stack(monkeypatch) as settings:
        sqs, tables = boto3.client("sqs"), boto3.client("dynamodb")
        found = {name: sqs.create_queue(QueueName=name)["QueueUrl"]
                 for name in (*DEAD_LETTERS, "ErrandQueue", "InboxQueue", "ImportQueue", "WordsQueue")}
        spec = {"StreamEnabled": True, "StreamViewType": "KEYS_ONLY"}
        for name in ("events", "orders"):
            tables.update_table(TableName=name, StreamSpecification=spec)
        yield {**found, "WorkQueue": settings.work_queue, "RetryQueue": settings.retry_queue, "EventsTable": "events",
               "OrdersTable": "orders"}  # fmt: skip


def put(queue: str, *bodies: dict[str, Any]) -> None:
    for body in bodies:
        boto3.client("sqs").send_message(QueueUrl=queue, MessageBody=json.dumps(body))


def taken(queue: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    while some := boto3.client("sqs").receive_message(QueueUrl=queue, MaxNumberOfMessages=10).get("Messages"):
        found += [json.loads(one["Body"]) for one in some]
    return found


def letter(table: str, keys: list[dict[str, str]]) -> dict[str, Any]:
    """Write items, and what Lambda says of their stream records when it gives up."""
    tables, streams = boto3.client("dynamodb"), boto3.client("dynamodbstreams")
    for key in keys:
        tables.put_item(TableName=table, Item={name: {"S": value} for name, value in key.items()})
    arn = tables.describe_table(TableName=table)["Table"]["LatestStreamArn"]
    shard = streams.describe_stream(StreamArn=arn)["StreamDescription"]["Shards"][0]["ShardId"]
    at = streams.get_shard_iterator(StreamArn=arn, ShardId=shard, ShardIteratorType="TRIM_HORIZON")["ShardIterator"]
    numbers = [one["dynamodb"]["SequenceNumber"] for one in streams.get_records(ShardIterator=at)["Records"]]
    about = {"shardId": shard, "startSequenceNumber": numbers[0], "endSequenceNumber": numbers[-1], "streamArn": arn}
    return {"DDBStreamBatchInfo": about}


def test_work_and_retries_come_back_and_a_second_time_there_are_none(outputs: dict[str, str]) -> None:
    work, retries = [{"key": f"k{n}"} for n in range(25)], [{"step": "feed", "key": {"key": "k"}, "error": "E"}]
    put(outputs["WorkDeadLetters"], *work)
    put(outputs["RetryDeadLetters"], *retries)
    put(outputs["ErrandDeadLetters"], {"key": "fetch#k"})
    put(outputs["WordsDeadLetters"], {"pk": "shopify/acme#return:7", "sk": "d1"})

    assert list(redrive(outputs)) == [
        Redriven("WorkDeadLetters", 25), Redriven("ErrandDeadLetters", 1), Redriven("InboxDeadLetters", 0),
        Redriven("ImportDeadLetters", 0), Redriven("WordsDeadLetters", 1), Redriven("RetryDeadLetters", 1),
        Redriven("StreamDeadLetters", 0)]  # fmt: skip
    assert sorted(one["key"] for one in taken(outputs["WorkQueue"])) == sorted(one["key"] for one in work)
    assert taken(outputs["RetryQueue"]) == retries
    assert taken(outputs["ErrandQueue"]) == [{"key": "fetch#k"}]
    assert taken(outputs["WordsQueue"]) == [{"pk": "shopify/acme#return:7", "sk": "d1"}]
    assert {one.back for one in redrive(outputs)} == {0}


def test_no_queue_of_dead_letters_is_forgotten(outputs: dict[str, str]) -> None:
    assert {one.queue for one in redrive(outputs)} == set(DEAD_LETTERS)


@pytest.mark.parametrize(("table", "step", "keys"), [
    ("events", "react", [{"pk": "shopify/acme#order:1", "sk": "d1"}, {"pk": "shopify/acme#order:2", "sk": "d2"}]),
    ("orders", "land", [{"pk": "shopify/acme#order:1"}]),
])
def test_a_stretch_of_a_stream_is_repeated_record_by_record(
    outputs: dict[str, str], table: str, step: str, keys: list[dict[str, str]]
) -> None:
    put(outputs["StreamDeadLetters"], letter(table, keys))

    assert list(redrive(outputs))[-1] == Redriven("StreamDeadLetters", len(keys))
    assert [(one["step"], one["key"]) for one in taken(outputs["RetryQueue"])] == [(step, key) for key in keys]


@pytest.mark.parametrize("code", ["TrimmedDataAccessException", "ResourceNotFoundException"])
def test_what_the_stream_has_forgotten_is_left_and_counted(
    outputs: dict[str, str], monkeypatch: pytest.MonkeyPatch, code: str
) -> None:
    put(outputs["StreamDeadLetters"], letter("events", [{"pk": "shopify/acme#order:1", "sk": "d1"}]))
    real = boto3.client

    class Forgetful:
        def get_shard_iterator(self, **asked: Any) -> None:
            raise ClientError({"Error": {"Code": code}}, "GetShardIterator")

    monkeypatch.setattr(boto3, "client", lambda name: Forgetful() if name == "dynamodbstreams" else real(name))

    assert list(redrive(outputs))[-1] == Redriven("StreamDeadLetters", 0, left=1)
    assert taken(outputs["RetryQueue"]) == []
