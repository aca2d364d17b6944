"""Brings dead letters back to work. One message at a time, sent before it is deleted: stopped half-way it is run twice at most,
which everything here bears. SQS's own redrive would do for two of the queues; this way it is the same on every stage, and told.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import boto3
from botocore.exceptions import ClientError

# What a stream's records are repeated as, and which attributes of their keys name them.
_STEPS = {"EventsTable": ("react", ("pk", "sk")), "OrdersTable": ("land", ("pk",))}
_HIDDEN = 60


@dataclass(frozen=True, slots=True)
class Redriven:
    """What became of a queue's dead letters: messages brought back, and those left because what they name is gone."""

    queue: str
    back: int
    left: int = 0


def redrive(outputs: dict[str, str]) -> Iterator[Redriven]:
    """Bring back every dead letter, queue by queue."""
    yield _moved("WorkDeadLetters", outputs["WorkDeadLetters"], outputs["WorkQueue"])
    yield _moved("ErrandDeadLetters", outputs["ErrandDeadLetters"], outputs["ErrandQueue"])
    yield _moved("InboxDeadLetters", outputs["InboxDeadLetters"], outputs["InboxQueue"])
    yield _moved("ImportDeadLetters", outputs["ImportDeadLetters"], outputs["ImportQueue"])
    yield _moved("WordsDeadLetters", outputs["WordsDeadLetters"], outputs["WordsQueue"])
    yield _moved("RetryDeadLetters", outputs["RetryDeadLetters"], outputs["RetryQueue"])
    yield _streams(outputs)


def _moved(name: str, source: str, target: str) -> Redriven:
    sqs, back = boto3.client("sqs"), 0
    for message in _messages(source):
        sqs.send_message(QueueUrl=target, MessageBody=message["Body"])
        sqs.delete_message(QueueUrl=source, ReceiptHandle=message["ReceiptHandle"])
        back += 1
    return Redriven(name, back)


def _streams(outputs: dict[str, str]) -> Redriven:
    """A dead letter of a stream names a stretch of it: its records go to the retry queue, while the stream has them.

    A stream forgets after 24 hours. Then the letter is left where it is: ./wellkept replay --repair makes the states right, and
    actions of that time are looked for by hand.
    """
    sqs, source = boto3.client("sqs"), outputs["StreamDeadLetters"]
    back = left = 0
    for message in _messages(source):
        try:
            named = [_retry(outputs, record, about) for about in [_about(message)] for record in _records(about)]
        except _Gone:
            left += 1
            continue
        for body in named:
            sqs.send_message(QueueUrl=outputs["RetryQueue"], MessageBody=json.dumps(body))
        sqs.delete_message(QueueUrl=source, ReceiptHandle=message["ReceiptHandle"])
        back += len(named)
    return Redriven("StreamDeadLetters", back, left)


class _Gone(Exception):
    """The stream no longer has what a dead letter names."""


def _about(message: Any) -> dict[str, Any]:
    return dict(json.loads(message["Body"])["DDBStreamBatchInfo"])


def _records(about: dict[str, Any]) -> list[dict[str, Any]]:
    """The records of the stretch that a dead letter names."""
    streams = boto3.client("dynamodbstreams")
    last, found = int(about["endSequenceNumber"]), []
    try:
        at = streams.get_shard_iterator(
            StreamArn=about["streamArn"], ShardId=about["shardId"], ShardIteratorType="AT_SEQUENCE_NUMBER",
            SequenceNumber=about["startSequenceNumber"],
        )["ShardIterator"]  # fmt: skip
        while at:
            page = streams.get_records(ShardIterator=at)
            found += page["Records"]
            done = page["Records"] and int(page["Records"][-1]["dynamodb"]["SequenceNumber"]) >= last
            at = None if done or not page["Records"] else page.get("NextShardIterator")
    except ClientError as err:
        if err.response["Error"]["Code"] in ("TrimmedDataAccessException", "ResourceNotFoundException", "ValidationException"):
            raise _Gone from err
        raise
    named = [dict(one) for one in found if int(one["dynamodb"]["SequenceNumber"]) <= last]
    if not named:
        raise _Gone
    return named


def _retry(outputs: dict[str, str], record: dict[str, Any], about: dict[str, Any]) -> dict[str, Any]:
    table = next(name for name in _STEPS if f":table/{outputs[name]}/" in about["streamArn"])
    step, names = _STEPS[table]
    keys = record["dynamodb"]["Keys"]
    return {"step": step, "key": {name: keys[name]["S"] for name in names}, "error": "redriven"}


def _messages(queue: str) -> Iterator[Any]:
    """Every message of a queue that can be had now; each is hidden from others for a minute."""
    sqs = boto3.client("sqs")
    seen: set[str] = set()
    while True:
        found = sqs.receive_message(QueueUrl=queue, MaxNumberOfMessages=10, VisibilityTimeout=_HIDDEN, WaitTimeSeconds=1)
        fresh = [one for one in found.get("Messages", []) if one["MessageId"] not in seen]
        if not fresh:
            return
        seen |= {one["MessageId"] for one in fresh}
        yield from fresh
