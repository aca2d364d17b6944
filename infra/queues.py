"""Queues: of work to do and of what failed."""

from __future__ import annotations

from .functions import FUNCTIONS
from .intrinsics import Json, att, ref, resource, sub
from .stages import Stage

_DAY = 24 * 3600
_TRIES = 5
DEAD_LETTERS = ("RetryDeadLetters", "WorkDeadLetters", "ErrandDeadLetters", "InboxDeadLetters", "ImportDeadLetters",
                "WordsDeadLetters",
                "StreamDeadLetters")  # fmt: skip
QUEUES = ("RetryQueue", "WorkQueue", "ErrandQueue", "InboxQueue", "ImportQueue", "WordsQueue", *DEAD_LETTERS)
# Amazon's account that writes its notifications. Source: Selling Partner API, notifications use case guide.
AMAZON = "437568002678"


def queues(stage: Stage) -> Json:
    """The queues of `stage` and the topic of its alarms, by logical id."""
    return {
        "RetryQueue": _worked(stage, "Retry", "RetryDeadLetters", 4 * _DAY),
        "WorkQueue": _worked(stage, "Perform", "WorkDeadLetters", 14 * _DAY),
        "ErrandQueue": _worked(stage, "Errands", "ErrandDeadLetters", 14 * _DAY),
        "InboxQueue": _worked(stage, "Inbox", "InboxDeadLetters", 14 * _DAY),
        "InboxQueuePolicy": _inbox_policy(),
        "ImportQueue": _worked(stage, "Loader", "ImportDeadLetters", 14 * _DAY),
        "WordsQueue": _worked(stage, "Words", "WordsDeadLetters", 14 * _DAY),
        **{name: _queue(MessageRetentionPeriod=14 * _DAY) for name in DEAD_LETTERS},
        "AlarmsTopic": resource("AWS::SNS::Topic", {"DisplayName": f"Wellkept {stage.name}"}),
    }


def _worked(stage: Stage, function: str, dead: str, kept: int) -> Json:
    """A queue that a function works off: a message that was taken and not done comes again after six times the function's
    time-out, as AWS advises; on the laptop after one, where nobody wants to wait for it."""
    hidden = FUNCTIONS[function].timeout * (1 if stage.local else 6)
    redrive = {"deadLetterTargetArn": att(dead, "Arn"), "maxReceiveCount": _TRIES}
    return _queue(VisibilityTimeout=hidden, MessageRetentionPeriod=kept, RedrivePolicy=redrive)


def _inbox_policy() -> Json:
    """Who may write to the inbox: Amazon's notifications, directly or through an event bus of this account."""
    write = {"Effect": "Allow", "Resource": att("InboxQueue", "Arn")}
    amazon = write | {
        "Sid": "AmazonNotifies", "Principal": {"AWS": sub(f"arn:${{AWS::Partition}}:iam::{AMAZON}:root")},
        "Action": ["sqs:SendMessage", "sqs:GetQueueAttributes"],
    }  # fmt: skip
    bus = write | {
        "Sid": "EventBusNotifies", "Principal": {"Service": "events.amazonaws.com"}, "Action": "sqs:SendMessage",
        "Condition": {"StringEquals": {"aws:SourceAccount": ref("AWS::AccountId")}},
    }  # fmt: skip
    document = {"Version": "2012-10-17", "Statement": [amazon, bus]}
    return resource("AWS::SQS::QueuePolicy", {"Queues": [ref("InboxQueue")], "PolicyDocument": document})


def _queue(**properties: object) -> Json:
    return resource("AWS::SQS::Queue", {"SqsManagedSseEnabled": True, **properties})

