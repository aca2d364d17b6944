"""Alarms: each says what is wrong and what to do about it. docs/runbook.md follows them."""

from __future__ import annotations

from .functions import FUNCTIONS
from .intrinsics import Json, att, ref, resource
from .queues import DEAD_LETTERS
from .stages import Stage

_REDRIVE = "Then bring them back: ./wellkept redrive --stage {stage}. Everything is safe to run twice."
_DEAD = {
    "RetryDeadLetters": "Records failed five times in retry. Find the errors in its log and put the cause right.",
    "WorkDeadLetters": "Actions failed five times in perform: messages or privacy requests wait. Find the errors in its log; "
                       "put the cause right.",
    "ErrandDeadLetters": "Errands failed five times: calls to platforms, or a tracker's news on its way. Find the errors in "
                         "the log of errands; put the cause right.",
    "InboxDeadLetters": "Notifications of Amazon could not be taken: most often their seller is no shop that was connected. "
                        "Connect it: ./wellkept shop add amazon NAME --with seller_id=...",
    "ImportDeadLetters": "A part of an uploaded file failed five times. Find the errors in the log of loader; put the cause "
                         "right.",
    "WordsDeadLetters": "Buyers' words could not be read five times: those returns have no reason but their code's. Find the "
                        "errors in the log of words; put the cause right.",
    "StreamDeadLetters": "Stream batches failed for hours. Find the errors in the log of react or land; put the cause right.",
}  # fmt: skip
_BEHIND = (
    "{name} is more than 15 minutes behind its stream. Look for errors and throttles of the function: "
    "a batch is given up after five tries or 6 hours and then waits in StreamDeadLetters."
)
_MERGE_LATE = (
    "merge did not run for an hour: figures stay as they are and landed rows wait. Check that the schedule of the function is "
    "enabled and that nothing throttles it. The next run makes up for all that was missed."
)
_MERGE_FAILING = "merge failed in several runs: figures stay as they are and landed rows wait. Read the errors in its log."
_SWEEP_LATE = (
    "No sweep ran for 10 minutes: what is due later than 15 minutes ahead is not sent. Check that the schedule of the function "
    "is enabled and that nothing throttles it. The next sweep makes up for all that was missed."
)
_SWEEP_FAILING = (
    "The sweep failed several times in 10 minutes: what is due later than 15 minutes ahead is not sent. Read the errors in its "
    "log. The next good sweep makes up for all that was missed."
)
_PERFORM = (
    "perform failed for 15 minutes: messages and privacy requests wait in WorkQueue. Read the errors in its log. What was not "
    "done stays in the queue, and after five tries in WorkDeadLetters."
)
_RECONCILE = (
    "No reconciliation ran for an hour: news whose push was lost does not come in. Check that the schedule of the function is "
    "enabled and that nothing throttles it. The next run makes up for all that was missed."
)
_RECONCILE_FAILING = "reconcile failed in several runs: lists of shops are not read again. Read the errors in its log."
_ERRANDS = (
    "errands failed for 15 minutes: details of orders and returns are missing, lists stand still. Read the errors in its log "
    "and ./wellkept feeds. What was not done stays in ErrandQueue, and after five tries in ErrandDeadLetters."
)
_FEED = (
    "The feed of SES events failed and could not even be queued, so bounces or complaints may be missing. Read the errors in "
    "its log. Messages whose fate stays unknown come to a person: ./wellkept outbox --status unknown."
)
_FORGET = (
    "forget failed: intake keys are kept longer than promised. Read the errors in its log, then run the "
    "function by hand; it is safe to run again."
)
_DOOR = "The HTTP API answers with 5xx: platforms retry webhooks for hours, then drop them. Read the webhook function's log."
_BOUNCES = (
    "More than 2 % of this account's mails bounce; SES reviews an account at 5 % and pauses it at 10 %. See which: ./wellkept "
    "outbox --outcome bounced. Where do these addresses come from? Mail pauses by itself; then ./wellkept breaker reset."
)
_COMPLAINTS = (
    "More than 0.05 % of this account's mails are reported as spam; SES reviews an account at 0.1 % and pauses it at 0.5 %. "
    "See which: ./wellkept outbox --outcome complained. Turn that touchpoint off, then ./wellkept breaker reset."
)


def alarms(stage: Stage) -> Json:
    """The alarms of `stage` by logical id. All tell AlarmsTopic when they begin and when they end."""
    dead = {f"{queue}Alarm": _dead_letters(stage, queue) for queue in DEAD_LETTERS}
    behind = {f"{name}BehindAlarm": _behind(name) for name, one in FUNCTIONS.items() if one.stream}
    return dead | behind | {
        "MergeLateAlarm": _late("Merge", 3600, _MERGE_LATE),
        "MergeFailingAlarm": _function_failing("Merge", _MERGE_FAILING, Threshold=2, Period=3600),
        "SweepLateAlarm": _late("Sweep", 600, _SWEEP_LATE),
        "SweepFailingAlarm": _function_failing("Sweep", _SWEEP_FAILING, Threshold=3, Period=600),
        "PerformFailingAlarm": _step_failing(stage, "perform", _PERFORM),
        "ErrandsFailingAlarm": _step_failing(stage, "errand", _ERRANDS),
        "ReconcileLateAlarm": _late("Reconcile", 3600, _RECONCILE),
        "ReconcileFailingAlarm": _function_failing("Reconcile", _RECONCILE_FAILING, Threshold=2, Period=3600),
        "FeedFailingAlarm": _function_failing("Feed", _FEED),
        "ForgetFailingAlarm": _function_failing("Forget", _FORGET),
        "DoorFailingAlarm": _door_failing(),
        "BouncesAlarm": _reputation("Reputation.BounceRate", 0.02, _BOUNCES),
        "ComplaintsAlarm": _reputation("Reputation.ComplaintRate", 0.0005, _COMPLAINTS),
    }  # fmt: skip


def _dead_letters(stage: Stage, queue: str) -> Json:
    return _alarm(
        f"{_DEAD[queue]} {_REDRIVE.format(stage=stage.name)}",
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


def _late(name: str, seconds: int, text: str) -> Json:
    """No run within so many seconds. A function that nobody starts has no data at all: that is late as well."""
    return _alarm(
        text,
        Namespace="AWS/Lambda",
        MetricName="Invocations",
        Dimensions=[{"Name": "FunctionName", "Value": ref(name)}],
        Statistic="Sum",
        Threshold=1,
        Period=seconds,
        ComparisonOperator="LessThanThreshold",
        TreatMissingData="breaching",
    )


def _step_failing(stage: Stage, step: str, text: str) -> Json:
    """Units of work that failed, which the step's own log lines count: the function itself ends well."""
    return _alarm(
        text,
        Namespace="Wellkept",
        MetricName="failed",
        Dimensions=[{"Name": "step", "Value": step}, {"Name": "service", "Value": stage.stack}],
        Statistic="Sum",
        Threshold=10,
        EvaluationPeriods=3,
    )


def _function_failing(name: str, text: str, **when: object) -> Json:
    defaults: Json = {"Threshold": 0}
    return _alarm(
        text,
        Namespace="AWS/Lambda",
        MetricName="Errors",
        Dimensions=[{"Name": "FunctionName", "Value": ref(name)}],
        Statistic="Sum",
        **(defaults | when),
    )


def _door_failing() -> Json:
    return _alarm(
        _DOOR,
        Namespace="AWS/ApiGateway",
        MetricName="5xx",
        Dimensions=[{"Name": "ApiId", "Value": ref("HttpApi")}],
        Statistic="Sum",
        Threshold=5,
        EvaluationPeriods=2,
    )


def _reputation(metric: str, most: float, text: str) -> Json:
    """A rate of the whole account's: that is what SES judges. It moves slowly, so a look every quarter of an hour is enough.

    Source of SES's own limits: SES developer guide, "Your sender reputation", enforcement FAQ.
    """
    return _alarm(text, Namespace="AWS/SES", MetricName=metric, Statistic="Average", Threshold=most, Period=900)


def _alarm(description: str, **metric: object) -> Json:
    """An alarm on more than `Threshold`, unless told otherwise; no data is good news; begin and end are told to the topic."""
    told = [ref("AlarmsTopic")]
    defaults: Json = {"Period": 300, "EvaluationPeriods": 1, "ComparisonOperator": "GreaterThanThreshold",
                      "TreatMissingData": "notBreaching"}  # fmt: skip
    properties = {"AlarmDescription": description, **defaults, **metric, "AlarmActions": told, "OKActions": told}
    return resource("AWS::CloudWatch::Alarm", properties)
