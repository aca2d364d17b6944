"""The retry queue: a record that failed is tried again by itself, so that it never holds up the others."""

from __future__ import annotations

import json
from functools import cached_property
from typing import Any


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
