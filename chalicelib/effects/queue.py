"""Queues: working one off message by message; and the one on which a failed record is tried again, holding up nobody."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from functools import cached_property
from typing import Any

Record = Mapping[str, Any]


def worked_off(records: Sequence[Record], act: Callable[[Record], None]) -> dict[str, Any]:
    """Do each message of a batch by itself; SQS's answer, which names those that failed: they stay in the queue.

    `act` is a unit of work that logs how it ended.
    """
    failed = []
    for record in records:
        try:
            act(record)
        except Exception:  # logged by the unit; the queue brings it again
            failed.append({"itemIdentifier": record["messageId"]})
    return {"batchItemFailures": failed}


class WordsQueue:
    """Names deliveries whose words are to be read, never what they say."""

    def __init__(self, url: str) -> None:
        self._url = url

    @cached_property
    def _client(self) -> Any:
        import boto3

        return boto3.client("sqs")

    def send(self, pk: str, sk: str) -> None:
        """Ask for a delivery's words to be read; raises when SQS does not take it."""
        self._client.send_message(QueueUrl=self._url, MessageBody=json.dumps({"pk": pk, "sk": sk}))


class RetryQueue:
    """Carries keys and the error's name, never payloads. After five tries SQS moves a message to the dead letters."""

    def __init__(self, url: str) -> None:
        self._url = url

    @cached_property
    def _client(self) -> Any:
        import boto3

        return boto3.client("sqs")

    def send(self, step: str, key: dict[str, str], error: BaseException) -> None:
        """Ask for `step` to be run again for the record under `key`; raises when SQS does not take it."""
        body = {"step": step, "key": key, "error": type(error).__name__}
        self._client.send_message(QueueUrl=self._url, MessageBody=json.dumps(body), DelaySeconds=1)
