"""The work queue: keys of actions that are due now or soon. SQS keeps a message until somebody has dealt with it."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import timedelta
from functools import cached_property
from typing import Any

from ..model.errors import StoreFailed

LONGEST = timedelta(minutes=15)
_BATCH = 10


class WorkQueue:
    """Carries keys of actions, never what they say."""

    def __init__(self, url: str) -> None:
        self._url = url

    @cached_property
    def _client(self) -> Any:
        import boto3

        return boto3.client("sqs")

    def send(self, keys: Sequence[str], delay: timedelta = timedelta(0)) -> None:
        """Ask for these actions to be performed after a delay of at most 15 minutes. StoreFailed unless SQS took them all."""
        seconds = max(0, min(round(delay.total_seconds()), round(LONGEST.total_seconds())))
        for start in range(0, len(keys), _BATCH):
            entries = [{"Id": str(n), "MessageBody": json.dumps({"key": key}), "DelaySeconds": seconds}
                       for n, key in enumerate(keys[start : start + _BATCH])]  # fmt: skip
            answer = self._client.send_message_batch(QueueUrl=self._url, Entries=entries)
            if answer.get("Failed"):
                raise StoreFailed(f"the work queue did not take {len(answer['Failed'])} of {len(entries)} messages")

    def waiting(self) -> int:
        """About how many messages wait, are in work or are delayed."""
        names = [f"ApproximateNumberOfMessages{more}" for more in ("", "NotVisible", "Delayed")]
        found = self._client.get_queue_attributes(QueueUrl=self._url, AttributeNames=names)["Attributes"]
        return sum(int(count) for count in found.values())
