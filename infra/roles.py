"""One role per function with what its step needs and no more: exact tables, queues, folders of buckets and secrets."""

from __future__ import annotations

from .functions import FUNCTIONS
from .intrinsics import Json, att, ref, resource, sub
from .stages import Stage
from .storage import BLOBS, IMPORTS, LAKE, LANDING, RESULTS

_TRUST = {
    "Version": "2012-10-17",
    "Statement": [{"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}],
}
_KEY_USE = ("Decrypt", "GenerateDataKey")


def roles(stage: Stage) -> Json:
    """The functions' roles by logical id."""
    needs = _needs(stage)
    return {f"{name}Role": _role(name, needs[name]) for name in FUNCTIONS}


def _role(name: str, needs: list[Json]) -> Json:
    logs = _allow("logs", ("CreateLogStream", "PutLogEvents"), att(f"{name}Logs", "Arn"))
    document = {"Version": "2012-10-17", "Statement": [logs, *needs]}
    policy = {"PolicyName": "step", "PolicyDocument": document}
    return resource("AWS::IAM::Role", {"AssumeRolePolicyDocument": _TRUST, "Policies": [policy]})


def _needs(stage: Stage) -> dict[str, list[Json]]:
    retrying, working, calling = _send("RetryQueue"), _send("WorkQueue"), _send("ErrandQueue")
    return {
        "WebhookHandler": [*_receive(stage), _table("SettingsTable", "GetItem", "PutItem")],
        "Words": [*_words(), _consume("WordsQueue")],
        "Inbox": [*_receive(stage), _consume("InboxQueue")],
        "APIHandler": [*_console(stage), *_keys(), *_vault()],
        "React": [*_react(), retrying, calling, _send("WordsQueue"), *_stream("EventsTable")],
        "Retry": [*_react(), *_feed(), *_land(), retrying, calling, _send("WordsQueue"), _consume("RetryQueue")],
        "Perform": [*_perform(stage), working, _consume("WorkQueue")],
        "Errands": [*_errands(stage), working, calling, _consume("ErrandQueue")],
        "Loader": [*_loader(), _send("ImportQueue"), _consume("ImportQueue")],
        "Reconcile": [*_reconcile(stage), calling],
        "Sweep": [*_sweep(), working, calling],
        "Feed": [*_feed(), retrying],
        "Forget": [_table("KeysTable", "DeleteItem"), _table("SettingsTable", "Scan")],
        "Land": [*_land(), retrying, *_stream("OrdersTable")],
        "Merge": _merge(),
    }


def _receive(stage: Stage) -> list[Json]:
    """Verifying and putting one delivery."""
    return [_table("EventsTable", "PutItem"), *_keys(), _secrets(stage), _objects("BlobsBucket", BLOBS, "Put")]


def _errands(stage: Stage) -> list[Json]:
    """Calls to platforms and what they tell, into the log; a tracker's news to the shop it belongs to.

    The settings table holds tokens, paces and how far lists have come; it is scanned for the shops that a tracker may serve.
    """
    return [
        *_receive(stage),
        _table("EventsTable", "Query", "BatchGetItem", "BatchWriteItem"),
        _table("OutboxTable", "GetItem", "PutItem", "UpdateItem"),
        _table("OrdersTable", "GetItem"),
        _table("LinksTable", "GetItem"),
        _table("SettingsTable", "GetItem", "PutItem", "Scan"),
        _objects("BlobsBucket", BLOBS, "Get"),
    ]


def _words() -> list[Json]:
    """A delivery and its sealed words, who wrote them (so that no name of theirs is kept), and what was read, into the log."""
    return [
        _table("EventsTable", "Query", "BatchGetItem", "BatchWriteItem"),
        _table("OrdersTable", "GetItem"),
        _table("LinksTable", "GetItem"),
        _table("BuyersTable", "GetItem"),
        _table("KeysTable", "GetItem"),
        _allow("kms", ("Decrypt",), att("IntakeKey", "Arn")),
        _objects("BlobsBucket", BLOBS, "Get", "Put"),
    ]


def _loader() -> list[Json]:
    """Uploaded files, their parts, and the log they are put into; how far each upload is."""
    return [
        _objects("BlobsBucket", IMPORTS, "Get", "Put", "Delete"),
        _objects("BlobsBucket", BLOBS, "Put"),
        _table("EventsTable", "BatchGetItem", "BatchWriteItem"),
        _table("SettingsTable", "GetItem", "PutItem"),
        *_keys(),
    ]


def _reconcile(stage: Stage) -> list[Json]:
    """Which lists of which shops are to be read again, and the errands that read them."""
    return [_table("OutboxTable", "PutItem"), _table("SettingsTable", "GetItem", "PutItem", "Scan"), _secrets(stage)]


def _react() -> list[Json]:
    """Folding, and what new deliveries ask for: buyers into the vault, cases, actions into the outbox and the work queue.

    What may not be kept of a buyer takes its delivery's sealed body with it: hence the update of the log, and blobs that go.
    """
    return [
        _table("EventsTable", "Query", "GetItem", "UpdateItem"),
        _table("OrdersTable", "GetItem", "PutItem"),
        _table("LinksTable", "GetItem", "PutItem"),
        _table("OutboxTable", "PutItem"),
        _table("CasesTable", "GetItem", "PutItem"),
        _table("SettingsTable", "GetItem"),
        _objects("BlobsBucket", BLOBS, "Get", "Put", "Delete"),
        *_keys(),
        *_vault(),
        _send("WorkQueue"),
    ]


def _perform(stage: Stage) -> list[Json]:
    """Messages and privacy requests: the outbox's moves, all that is read about a message, the providers, and forgetting."""
    return [
        _table("OutboxTable", "GetItem", "BatchGetItem", "PutItem", "UpdateItem"),
        _table("OrdersTable", "GetItem"),
        _table("LinksTable", "GetItem"),
        _table("EventsTable", "Query", "GetItem", "UpdateItem", "BatchGetItem", "BatchWriteItem"),
        _table("SettingsTable", "GetItem", "PutItem"),
        _table("KeysTable", "DeleteItem"),
        _objects("BlobsBucket", BLOBS, "Get", "Delete"),
        *_keys(),
        *_vault(),
        *_providers(stage),
    ]


def _providers(stage: Stage) -> list[Json]:
    """Mail under our configuration set alone, from any identity of this account: shops' senders are not known here.

    SES asks for SendRawEmail where the message comes whole, as ours do. A phone number has no ARN, so sending to one can only
    be said as "whatever is no resource of SNS"; every topic but that of the alarms stays shut.
    """
    ses = "arn:${AWS::Partition}:ses:${AWS::Region}:${AWS::AccountId}:"
    sns = "arn:${AWS::Partition}:sns:${AWS::Region}:${AWS::AccountId}:"
    phones = {"Effect": "Allow", "Action": ["sns:Publish"], "NotResource": [sub("arn:${AWS::Partition}:sns:*:*:*")]}
    return [
        _allow("ses", ("SendEmail", "SendRawEmail"), sub(f"{ses}identity/*"), sub(f"{ses}configuration-set/{stage.stack}")),
        _allow("sns", ("Publish",), ref("AlarmsTopic"), sub(f"{sns}endpoint/*")),
        phones,
    ]


def _sweep() -> list[Json]:
    """What is due, to the work queue; and the breaker, which reads SES's own statistics: that call knows no resources."""
    return [
        _table("OutboxTable", "BatchGetItem", "PutItem"),
        _allow("dynamodb", ("Query",), sub("${OutboxTable.Arn}/index/due")),
        _table("SettingsTable", "GetItem", "PutItem"),
        {"Effect": "Allow", "Action": ["ses:GetSendStatistics"], "Resource": ["*"]},
    ]


def _feed() -> list[Json]:
    """What SES tells, to the outbox and to the consent log; whom a message went to is read where nobody noted it."""
    return [
        _table("OutboxTable", "GetItem", "UpdateItem"),
        _table("OrdersTable", "GetItem"),
        _objects("BlobsBucket", BLOBS, "Get"),
        *_keys(),
        *_vault(),
    ]


def _keys() -> list[Json]:
    return [_table("KeysTable", "GetItem", "PutItem"), _allow("kms", _KEY_USE, att("IntakeKey", "Arn"))]


def _vault() -> list[Json]:
    return [_table("BuyersTable", "GetItem", "PutItem")]


def _send(queue: str) -> Json:
    return _allow("sqs", ("SendMessage",), att(queue, "Arn"))


def _consume(queue: str) -> Json:
    return _allow("sqs", ("ReceiveMessage", "DeleteMessage", "GetQueueAttributes"), att(queue, "Arn"))


def _land() -> list[Json]:
    return [
        _table("OrdersTable", "GetItem"),
        _objects("BlobsBucket", BLOBS, "Get"),
        _objects("LakeBucket", LANDING, "Put"),
    ]


def _merge() -> list[Json]:
    return [
        _listing("LakeBucket", LAKE, LANDING),
        _objects("LakeBucket", LAKE, "Get", "Put", "Delete"),
        _objects("LakeBucket", LANDING, "Get", "Put", "Delete"),
    ]


def _console(stage: Stage) -> list[Json]:
    """Reads everything a page shows; of the lake only through Athena, whose answers go to their own folder."""
    tables = ("EventsTable", "OrdersTable", "LinksTable", "OutboxTable", "SettingsTable")
    queries = ("StartQueryExecution", "GetQueryExecution", "GetQueryResults", "StopQueryExecution", "GetWorkGroup")
    return [
        *[_table(name, "GetItem", "BatchGetItem", "Query") for name in tables],
        _allow("dynamodb", ("Query",), sub("${OutboxTable.Arn}/index/due")),
        _objects("BlobsBucket", BLOBS, "Get"),
        _objects("LakeBucket", LAKE, "Get"),
        _objects("LakeBucket", RESULTS, "Get", "Put"),
        _listing("LakeBucket", LAKE, RESULTS),
        _allow("s3", ("GetBucketLocation",), att("LakeBucket", "Arn")),
        _allow("athena", queries, sub("arn:${AWS::Partition}:athena:${AWS::Region}:${AWS::AccountId}:workgroup/${WorkGroup}")),
        _allow("glue", ("GetDatabase", "GetTable", "GetTables", "GetPartitions"), *_catalogue(stage)),
    ]


def _catalogue(stage: Stage) -> list[Json]:
    base = "arn:${AWS::Partition}:glue:${AWS::Region}:${AWS::AccountId}:"
    return [sub(f"{base}catalog"), sub(f"{base}database/{stage.database}"), sub(f"{base}table/{stage.database}/*")]


def _stream(table: str) -> list[Json]:
    """Reading a stream, and reporting what was given up to the dead letters."""
    return [
        _allow("dynamodb", ("DescribeStream", "GetRecords", "GetShardIterator"), att(table, "StreamArn")),
        _allow("dynamodb", ("ListStreams",), sub(f"${{{table}.Arn}}/stream/*")),
        _allow("sqs", ("SendMessage",), att("StreamDeadLetters", "Arn")),
    ]


def _table(name: str, *verbs: str) -> Json:
    return _allow("dynamodb", verbs, att(name, "Arn"))


def _objects(bucket: str, folder: str, *verbs: str) -> Json:
    return _allow("s3", tuple(f"{verb}Object" for verb in verbs), sub(f"${{{bucket}.Arn}}/{folder}*"))


def _listing(bucket: str, *folders: str) -> Json:
    """Listing these folders, and being told that an object is not there: S3 answers 403 instead of 404 to whoever may not
    list, and asks that without naming a prefix, hence IfExists."""
    statement = _allow("s3", ("ListBucket",), att(bucket, "Arn"))
    return statement | {"Condition": {"StringLikeIfExists": {"s3:prefix": [f"{folder}*" for folder in folders]}}}


def _secrets(stage: Stage) -> Json:
    secrets = f"arn:${{AWS::Partition}}:secretsmanager:${{AWS::Region}}:${{AWS::AccountId}}:secret:{stage.secrets}*"
    return _allow("secretsmanager", ("GetSecretValue",), sub(secrets))


def _allow(service: str, verbs: tuple[str, ...], *where: Json) -> Json:
    return {"Effect": "Allow", "Action": [f"{service}:{verb}" for verb in verbs], "Resource": list(where)}
