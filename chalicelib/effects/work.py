"""The work queues: keys of actions that are due now or soon. SQS keeps a message until somebody has dealt with it.

Errands (calls to platforms) have a queue of their own. A key begins with its action's kind, so it tells its queue.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import timedelta
from functools import cached_property
from typing import Any

from ..model.action import ERRANDS
from ..model.errors import StoreFailed

LONGEST = timedelta(minutes=15)
_BATCH = 10


class WorkQueue:
    """Carries keys of actions, never what they say."""

    def __init__(self, url: str, errands: str = "") -> None:
        self._url = url
        self._errands = errands or url

    @cached_property
    def _client(self) -> Any:
        import boto3

        return boto3.client("sqs")

    def send(self, keys: Sequence[str], delay: timedelta = timedelta(0)) -> None:
        """Ask for these actions to be performed after a delay of at most 15 minutes. StoreFailed unless SQS took them all."""
        seconds = max(0, min(round(delay.total_seconds()), round(LONGEST.total_seconds())))
        for url, some in self._by_queue(keys):
            for start in range(0, len(some), _BATCH):
                entries = [{"Id": str(n), "MessageBody": json.dumps({"key": key}), "DelaySeconds": seconds}
                           for n, key in enumerate(some[start : start + _BATCH])]  # fmt: skip
                answer = self._client.send_message_batch(QueueUrl=url, Entries=entries)
                if answer.get("Failed"):
                    raise StoreFailed(f"the work queue did not take {len(answer['Failed'])} of {len(entries)} messages")

    def _by_queue(self, keys: Sequence[str]) -> list[tuple[str, list[str]]]:
        errands = [key for key in keys if key.partition("#")[0] in ERRANDS]
        rest = [key for key in keys if key.partition("#")[0] not in ERRANDS]
        return [(url, some) for url, some in ((self._url, rest), (self._errands, errands)) if some]

    def waiting(self) -> int:
        """About how many messages wait, are in work or are delayed."""
        names = [f"ApproximateNumberOfMessages{more}" for more in ("", "NotVisible", "Delayed")]
        found = [self._client.get_queue_attributes(QueueUrl=url, AttributeNames=names)["Attributes"]
                 for url in {self._url, self._errands}]  # fmt: skip
        return sum(int(count) for one in found for count in one.values())
