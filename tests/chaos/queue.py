"""SQS as a function meets it: at least once, in batches, late; what is not dealt with comes again, then is laid aside."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from itertools import count
from typing import Any

from .faults import Crash
from .timeline import Timeline

Handler = Callable[[Sequence[dict[str, Any]]], dict[str, Any]]


@dataclass(slots=True)
class Message:
    """A message, and how often it was received."""

    id: str
    body: str
    received: int = 0


class Queue:
    """A queue and the function behind it. `pace` is how long the function is busy with one message, all workers together."""

    def __init__(
        self, time: Timeline, handler: Handler, invisible: timedelta, most: int, batch: int = 10, pace: timedelta = timedelta(0)
    ) -> None:
        self.dead: list[Message] = []
        self.on_dead: Callable[[], None] = lambda: None
        self.sent = self.loses = 0
        self._time, self._handler, self._invisible, self._most, self._batch, self._pace = (
            time, handler, invisible, most, batch, pace,
        )  # fmt: skip
        self._visible: deque[Message] = deque()
        self._numbers = count(1)
        self._busy = False

    def put(self, body: str, delay: timedelta = timedelta(0)) -> None:
        """Take a message, to be seen after a delay. Number `loses` is thrown away, as only people do."""
        self.sent += 1
        if self.sent == self.loses:
            return
        self._time.after(max(delay, timedelta(0)), self._show, Message(f"m{next(self._numbers)}", body))

    def redrive(self) -> int:
        """What a person does with dead letters once the cause is put right."""
        back, self.dead = self.dead, []
        for message in back:
            message.received = 0
            self._show(message)
        return len(back)

    def _show(self, message: Message) -> None:
        self._visible.append(message)
        if not self._busy:
            self._busy = True
            self._time.after(timedelta(0), self._poll)

    def _poll(self) -> None:
        batch = [self._visible.popleft() for _ in range(min(self._batch, len(self._visible)))]
        for message in batch:
            message.received += 1
        try:
            answer = self._handler([{"messageId": one.id, "body": one.body} for one in batch])
            failed = {one["itemIdentifier"] for one in answer["batchItemFailures"]}
        except Crash:
            failed = {one.id for one in batch}
        for message in batch:
            if message.id in failed:
                self._again(message)
        self._busy = bool(self._visible)
        if self._busy:
            self._time.after(self._pace * len(batch), self._poll)

    def _again(self, message: Message) -> None:
        if message.received >= self._most:
            self.dead.append(message)
            self.on_dead()
        else:
            self._time.after(self._invisible, self._show, message)
