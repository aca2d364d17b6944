"""The functions: what each is given to run with, and what its event source is told."""

from __future__ import annotations

from dataclasses import dataclass, fields

from chalicelib.settings import Settings

from .http_api import ADDRESS
from .intrinsics import Json, att, ref, resource
from .stages import Stage

_HTTP = "app.http"
_HOURS = 3600


@dataclass(frozen=True, slots=True)
class Function:
    """A function: the step it serves, its size, and how it reads its stream, queue or topic if it has one.

    `memory` in MB, `timeout` in seconds, `window` (how long a batch may fill on AWS) in seconds. `at_once` reserves that many
    of the account's concurrent runs and allows no more; `senders` is how many at once a queue may start, and reserves nothing.
    `disk` in MB: 512 come without being paid for.
    """

    step: str
    memory: int
    timeout: int
    stream: str = ""
    queue: str = ""
    topic: str = ""
    window: int = 0
    parallel: int = 1
    senders: int | None = None
    at_once: int | None = None
    layer: str = ""
    disk: int = 512
    handler: str = ""


# Together they send some 50 messages a second, past the 14 that SES allows a new account: what it throttles goes later.
SENDERS = 5
# Platforms allow a few calls a second at most; more callers would only wait for each other.
CALLERS = 3
# Parts of uploaded files written at once: a table takes that from the start, and react keeps up.
LOADERS = 4
# Buyers' words are read with a whole core each; more of them would only make a bill faster.
READERS = 4
FUNCTIONS = {
    "WebhookHandler": Function("receive", memory=256, timeout=10, handler=_HTTP),
    "APIHandler": Function("console", memory=256, timeout=30, handler=_HTTP),
    "React": Function("react", memory=512, timeout=60, stream="EventsTable", window=5, parallel=4),
    "Retry": Function("retry", memory=512, timeout=60, queue="RetryQueue"),
    "Perform": Function("perform", memory=512, timeout=30, queue="WorkQueue", window=2, senders=SENDERS),
    "Errands": Function("errands", memory=512, timeout=60, queue="ErrandQueue", senders=CALLERS),
    "Words": Function("words", memory=1769, timeout=120, queue="WordsQueue", window=5, senders=READERS, layer="TextLayer"),
    "Inbox": Function("inbox", memory=256, timeout=30, queue="InboxQueue"),
    "Loader": Function("loader", memory=512, timeout=900, queue="ImportQueue", senders=LOADERS, layer="ArrowLayer", disk=4096),
    "Reconcile": Function("reconcile", memory=256, timeout=300, at_once=1),
    "Sweep": Function("sweep", memory=256, timeout=300, at_once=1),
    "Feed": Function("feed", memory=256, timeout=30, topic="FeedTopic"),
    "Forget": Function("forget", memory=256, timeout=300),
    "Land": Function("land", memory=256, timeout=60, stream="OrdersTable", window=60),
    "Merge": Function("merge", memory=1769, timeout=300, at_once=1, layer="ArrowLayer"),
}
RETENTION_DAYS = 90
# Only a new delivery is news. One whose sealed body was taken away must not start a function.
_NEW = '{"eventName":["INSERT"]}'
# The platform's START, END and REPORT of each run are of level INFO: left out they cost nothing, and CloudWatch's metrics tell
# the same. Our own lines are JSON with a level, and come as they are.
_LOGGING = {"LogFormat": "JSON", "SystemLogLevel": "WARN", "ApplicationLogLevel": "INFO"}


def functions(packaged: Json, stage: Stage, variables: Json) -> Json:
    """Chalice's functions with our settings, the webhooks' own function, and a log group for each, by logical id.

    `packaged` is Chalice's Resources, `variables` the environment every function gets. WebhookHandler is made from
    APIHandler: the same package under its own role, size and concurrency.
    """
    found: Json = {}
    for name, function in FUNCTIONS.items():
        given = packaged["APIHandler" if name == "WebhookHandler" else name]["Properties"]
        found[name] = resource("AWS::Serverless::Function", _properties(name, function, given, stage, variables))
        found[f"{name}Logs"] = resource("AWS::Logs::LogGroup", {"RetentionInDays": RETENTION_DAYS})
    return found


def _properties(name: str, function: Function, given: Json, stage: Stage, variables: Json) -> Json:
    kept = {key: given[key] for key in ("Runtime", "Handler", "CodeUri", "Architectures")}
    own = {"WELLKEPT_STEP": function.step, "POWERTOOLS_SERVICE_NAME": stage.stack}
    return kept | {
        "Handler": function.handler or given["Handler"],
        "Description": f"Wellkept {stage.name}: {function.step}",
        "Tags": {"wellkept": stage.name},
        "MemorySize": function.memory,
        "Timeout": function.timeout,
        "Role": att(f"{name}Role", "Arn"),
        "Environment": {"Variables": variables | own},
        "LoggingConfig": {"LogGroup": ref(f"{name}Logs"), **_LOGGING},
        **({"ReservedConcurrentExecutions": function.at_once} if function.at_once else {}),
        **({"Layers": [ref(function.layer)]} if function.layer else {}),
        **({"EphemeralStorage": {"Size": function.disk}} if function.disk > 512 else {}),
        **_events(function, given.get("Events", {}), stage),
    }


def _events(function: Function, events: Json, stage: Stage) -> Json:
    if not events:
        return {}
    changed = {name: event | {"Properties": event["Properties"] | _source(function, event["Type"], stage)}
               for name, event in events.items()}
    return {"Events": changed}


def _source(function: Function, kind: str, stage: Stage) -> Json:
    """What the decorators in app.py cannot say. A record is tried for at most six hours and then reported, never dropped."""
    partial = {"FunctionResponseTypes": ["ReportBatchItemFailures"]}
    if kind == "DynamoDB":
        return partial | {
            "StartingPosition": "TRIM_HORIZON",
            "BisectBatchOnFunctionError": True,
            "MaximumRetryAttempts": 5,
            "MaximumRecordAgeInSeconds": 6 * _HOURS,
            "MaximumBatchingWindowInSeconds": function.window // 60 if stage.local else function.window,
            "ParallelizationFactor": function.parallel,
            "DestinationConfig": {"OnFailure": {"Type": "SQS", "Destination": att("StreamDeadLetters", "Arn")}},
            **({"FilterCriteria": {"Filters": [{"Pattern": _NEW}]}} if function.stream == "EventsTable" else {}),
        }
    if kind == "SQS":
        return partial | _pace(function, stage)
    # Chalice knows a topic by its name alone; ours gets its name from CloudFormation.
    return {"Topic": ref(function.topic)} if kind == "SNS" else {}


def _pace(function: Function, stage: Stage) -> Json:
    scaling = {"ScalingConfig": {"MaximumConcurrency": function.senders}} if function.senders else {}
    window = {"MaximumBatchingWindowInSeconds": function.window} if function.window and not stage.local else {}
    return scaling | window


def environment(stage: Stage) -> Json:
    """The environment of every function: each field of chalicelib's Settings except `step`, and Powertools' own."""
    values: Json = {
        "stage": stage.name,
        "events_table": ref("EventsTable"),
        "orders_table": ref("OrdersTable"),
        "links_table": ref("LinksTable"),
        "outbox_table": ref("OutboxTable"),
        "keys_table": ref("KeysTable"),
        "settings_table": ref("SettingsTable"),
        "buyers_table": ref("BuyersTable"),
        "cases_table": ref("CasesTable"),
        "lake_bucket": ref("LakeBucket"),
        "blobs_bucket": ref("BlobsBucket"),
        "retry_queue": ref("RetryQueue"),
        "work_queue": ref("WorkQueue"),
        "errand_queue": ref("ErrandQueue"),
        "import_queue": ref("ImportQueue"),
        "words_queue": ref("WordsQueue"),
        "alarms_topic": ref("AlarmsTopic"),
        "mail_settings": ref("MailSettings"),
        "public_url": "" if stage.local else ADDRESS,
        "key_id": ref("IntakeKey"),
        "secrets_prefix": stage.secrets,
        "workgroup": ref("WorkGroup"),
        "database": ref("LakeDatabase"),
        "max_body": str(4 * 1024 * 1024),
    }
    wanted = [field.name for field in fields(Settings) if field.name != "step"]
    powertools = {"POWERTOOLS_METRICS_NAMESPACE": "Wellkept", "POWERTOOLS_LOG_LEVEL": "INFO"}
    return {f"WELLKEPT_{name.upper()}": values[name] for name in wanted} | powertools
