"""One role per function with what its step needs and no more: exact tables, queues, folders of buckets and secrets."""

from __future__ import annotations

from .functions import FUNCTIONS
from .intrinsics import Json, att, resource, sub
from .stages import Stage
from .storage import BLOBS, LAKE, LANDING, RESULTS

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
    keys = [_table("KeysTable", "GetItem", "PutItem"), _allow("kms", _KEY_USE, att("IntakeKey", "Arn"))]
    webhook = [_table("EventsTable", "PutItem"), *keys, _secrets(stage), _objects("BlobsBucket", BLOBS, "Put")]
    retry_queue = _allow("sqs", ("SendMessage",), att("RetryQueue", "Arn"))
    consumer = _allow("sqs", ("ReceiveMessage", "DeleteMessage", "GetQueueAttributes"), att("RetryQueue", "Arn"))
    land = [*_land(), retry_queue]
    return {
        "WebhookHandler": webhook,
        "APIHandler": _console(stage),
        "React": [*_fold(), retry_queue, *_stream("EventsTable")],
        "Retry": [*_fold(), *_land(), retry_queue, consumer],
        "Land": [*land, *_stream("OrdersTable")],
        "Merge": _merge(),
    }


def _fold() -> list[Json]:
    return [
        _table("EventsTable", "Query"),
        _table("OrdersTable", "GetItem", "PutItem"),
        _table("LinksTable", "GetItem", "PutItem"),
        _table("OutboxTable", "PutItem"),
        _objects("BlobsBucket", BLOBS, "Get", "Put"),
    ]


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
