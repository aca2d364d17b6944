"""Queues for what failed, and the alarms that say so and what to do about it."""

from __future__ import annotations

from .functions import FUNCTIONS
from .intrinsics import Json, att, ref, resource
from .stages import Stage

_DAY = 24 * 3600
_REDRIVE = "Then move the messages back: SQS console, {queue}, Start DLQ redrive. Everything is safe to run twice."
_DEAD = {
    "RetryDeadLetters": "Records failed five times in retry. Find the errors in its log and put the cause right.",
    "StreamDeadLetters": "Stream batches failed for hours. Find the errors in the log of react or land; put the cause right.",
}
_BEHIND = (
    "{name} is more than 15 minutes behind its stream. Look for errors and throttles of the function: "
    "a record is given up after 6 hours and then waits in StreamDeadLetters."
)


def queues(stage: Stage) -> Json:
    """RetryQueue, both dead letter queues and the alarms of `stage`, by logical id."""
    retry = FUNCTIONS["Retry"]
    retrying = {"VisibilityTimeout": 6 * retry.timeout, "MessageRetentionPeriod": 4 * _DAY}
    redrive = {"deadLetterTargetArn": att("RetryDeadLetters", "Arn"), "maxReceiveCount": 5}
    return {
        "RetryQueue": _queue(**retrying, RedrivePolicy=redrive),
        "RetryDeadLetters": _queue(MessageRetentionPeriod=14 * _DAY),
        "StreamDeadLetters": _queue(MessageRetentionPeriod=14 * _DAY),
        "AlarmsTopic": resource("AWS::SNS::Topic", {"DisplayName": f"Wellkept {stage.name}"}),
        **_alarms(),
    }


def _queue(**properties: object) -> Json:
    return resource("AWS::SQS::Queue", {"SqsManagedSseEnabled": True, **properties})


def _alarms() -> Json:
    dead = {f"{queue}Alarm": _dead_letters(queue, text) for queue, text in _DEAD.items()}
    behind = {f"{name}BehindAlarm": _behind(name) for name, one in FUNCTIONS.items() if one.stream}
    return dead | behind | {"MergeFailingAlarm": _merge_failing(), "DoorFailingAlarm": _door_failing()}


def _dead_letters(queue: str, text: str) -> Json:
    return _alarm(
        f"{text} {_REDRIVE.format(queue=queue)}",
        Namespace="AWS/SQS",
        MetricName="ApproximateNumberOfMessagesVisible",
        Dimensions=[{"Name": "QueueName", "Value": att(queue, "QueueName")}],
        Statistic="Maximum",
        Threshold=0,
    )


def _behind(name: str) -> Json:
    return _alarm(
        _BEHIND.format(name=name.lower()),
        Namespace="AWS/Lambda",
        MetricName="IteratorAge",
        Dimensions=[{"Name": "FunctionName", "Value": ref(name)}],
        Statistic="Maximum",
        Threshold=15 * 60 * 1000,
        EvaluationPeriods=3,
    )


def _merge_failing() -> Json:
    return _alarm(
        "merge failed in several runs: figures stay as they are and landed rows wait. Read the errors in its log.",
        Namespace="AWS/Lambda",
        MetricName="Errors",
        Dimensions=[{"Name": "FunctionName", "Value": ref("Merge")}],
        Statistic="Sum",
        Threshold=2,
        Period=3600,
    )


def _door_failing() -> Json:
    return _alarm(
        "The HTTP API answers with 5xx: platforms retry webhooks for hours, then drop them. Read the webhook function's log.",
        Namespace="AWS/ApiGateway",
        MetricName="5xx",
        Dimensions=[{"Name": "ApiId", "Value": ref("HttpApi")}],
        Statistic="Sum",
        Threshold=5,
        EvaluationPeriods=2,
    )


def _alarm(description: str, **metric: object) -> Json:
    """An alarm on more than `Threshold`; no data is good news, and it tells the topic when it begins and when it ends."""
    told = [ref("AlarmsTopic")]
    fixed: Json = {"ComparisonOperator": "GreaterThanThreshold", "TreatMissingData": "notBreaching"}
    defaults: Json = {"Period": 300, "EvaluationPeriods": 1}
    properties = {"AlarmDescription": description, **defaults, **metric, **fixed, "AlarmActions": told, "OKActions": told}
    return resource("AWS::CloudWatch::Alarm", properties)
