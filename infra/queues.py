"""Queues: of work to do and of what failed."""

from __future__ import annotations

from .functions import FUNCTIONS
from .intrinsics import Json, att, resource
from .stages import Stage

_DAY = 24 * 3600
_TRIES = 5
DEAD_LETTERS = ("RetryDeadLetters", "WorkDeadLetters", "StreamDeadLetters")
QUEUES = ("RetryQueue", "WorkQueue", *DEAD_LETTERS)


def queues(stage: Stage) -> Json:
    """The queues of `stage` and the topic of its alarms, by logical id."""
    return {
        "RetryQueue": _worked(stage, "Retry", "RetryDeadLetters", 4 * _DAY),
        "WorkQueue": _worked(stage, "Perform", "WorkDeadLetters", 14 * _DAY),
        **{name: _queue(MessageRetentionPeriod=14 * _DAY) for name in DEAD_LETTERS},
        "AlarmsTopic": resource("AWS::SNS::Topic", {"DisplayName": f"Wellkept {stage.name}"}),
    }


def _worked(stage: Stage, function: str, dead: str, kept: int) -> Json:
    """A queue that a function works off: a message that was taken and not done comes again after six times the function's
    time-out, as AWS advises; on the laptop after one, where nobody wants to wait for it."""
    hidden = FUNCTIONS[function].timeout * (1 if stage.local else 6)
    redrive = {"deadLetterTargetArn": att(dead, "Arn"), "maxReceiveCount": _TRIES}
    return _queue(VisibilityTimeout=hidden, MessageRetentionPeriod=kept, RedrivePolicy=redrive)


def _queue(**properties: object) -> Json:
    return resource("AWS::SQS::Queue", {"SqsManagedSseEnabled": True, **properties})

