"""The stack's tables, buckets and the key that wraps the intake keys."""

from __future__ import annotations

from .intrinsics import Json, att, ref, resource, sub
from .stages import Stage

TABLES = ("EventsTable", "OrdersTable", "LinksTable", "OutboxTable", "BuyersTable", "CasesTable", "KeysTable", "SettingsTable")
# Tables whose items name in `ttl`, in seconds, when they may go. DynamoDB takes them some time within two days after it.
EXPIRING = ("OutboxTable", "BuyersTable")
LAKE, LANDING, RESULTS, BLOBS, IMPORTS = "lake/", "landing/", "athena/", "blobs/", "imports/"


def storage(stage: Stage) -> Json:
    """Tables, buckets and key of `stage`, by logical id."""
    return _tables(stage) | _buckets(stage) | {"IntakeKey": _key(stage)}


def _tables(stage: Stage) -> Json:
    stream = {
        "EventsTable": {"StreamSpecification": {"StreamViewType": "KEYS_ONLY"}},
        "OrdersTable": {"StreamSpecification": {"StreamViewType": "NEW_AND_OLD_IMAGES"}},
    }
    found = {name: _table(stage, ("pk", "S"), **stream.get(name, {})) for name in TABLES}
    found["EventsTable"] = _table(stage, ("pk", "S"), ("sk", "S"), **stream["EventsTable"])
    found["OutboxTable"] = _due_index(found["OutboxTable"])
    for name in EXPIRING:
        found[name]["Properties"]["TimeToLiveSpecification"] = {"AttributeName": "ttl", "Enabled": True}
    return found


def _table(stage: Stage, *key: tuple[str, str], **more: Json) -> Json:
    properties = {
        "BillingMode": "PAY_PER_REQUEST",
        "AttributeDefinitions": [{"AttributeName": name, "AttributeType": kind} for name, kind in key],
        "KeySchema": _schema(*[name for name, _ in key]),
        "SSESpecification": {"SSEEnabled": True},
        "PointInTimeRecoverySpecification": {"PointInTimeRecoveryEnabled": stage.keeps_data},
        **more,
    }
    return resource("AWS::DynamoDB::Table", properties, keep=stage.keeps_data)


def _schema(partition: str, sort: str | None = None) -> list[Json]:
    keys = [{"AttributeName": partition, "KeyType": "HASH"}]
    return keys if sort is None else [*keys, {"AttributeName": sort, "KeyType": "RANGE"}]


def _due_index(table: Json) -> Json:
    """The outbox's one index: what is due later, in 16 shards so that no partition is hot."""
    properties = table["Properties"]
    attributes = [
        *properties["AttributeDefinitions"],
        {"AttributeName": "shard", "AttributeType": "N"},
        {"AttributeName": "due_at", "AttributeType": "N"},
    ]
    index = {"IndexName": "due", "KeySchema": _schema("shard", "due_at"), "Projection": {"ProjectionType": "KEYS_ONLY"}}
    return table | {"Properties": properties | {"AttributeDefinitions": attributes, "GlobalSecondaryIndexes": [index]}}


def _buckets(stage: Stage) -> Json:
    abandoned = {"Id": "abandoned-uploads", "Status": "Enabled", "AbortIncompleteMultipartUpload": {"DaysAfterInitiation": 1}}
    results = {"Id": "query-results", "Status": "Enabled", "Prefix": RESULTS, "ExpirationInDays": 7}
    uploads = {"Id": "uploaded-files", "Status": "Enabled", "Prefix": IMPORTS, "ExpirationInDays": 7}
    return {
        "LakeBucket": _bucket(stage, [abandoned, results]),
        "LakeBucketPolicy": _tls_only("LakeBucket"),
        "BlobsBucket": _bucket(stage, [abandoned, uploads]),
        "BlobsBucketPolicy": _tls_only("BlobsBucket"),
    }


def _bucket(stage: Stage, rules: list[Json]) -> Json:
    shut = ("BlockPublicAcls", "BlockPublicPolicy", "IgnorePublicAcls", "RestrictPublicBuckets")
    encryption = [{"ServerSideEncryptionByDefault": {"SSEAlgorithm": "AES256"}}]
    properties = {
        "PublicAccessBlockConfiguration": dict.fromkeys(shut, True),
        "OwnershipControls": {"Rules": [{"ObjectOwnership": "BucketOwnerEnforced"}]},
        "BucketEncryption": {"ServerSideEncryptionConfiguration": encryption},
        "LifecycleConfiguration": {"Rules": rules},
    }
    return resource("AWS::S3::Bucket", properties, keep=stage.keeps_data)


def _tls_only(bucket: str) -> Json:
    statement = {
        "Sid": "TlsOnly",
        "Effect": "Deny",
        "Principal": "*",
        "Action": "s3:*",
        "Resource": [att(bucket, "Arn"), sub(f"${{{bucket}.Arn}}/*")],
        "Condition": {"Bool": {"aws:SecureTransport": "false"}},
    }
    policy = {"Version": "2012-10-17", "Statement": [statement]}
    return resource("AWS::S3::BucketPolicy", {"Bucket": ref(bucket), "PolicyDocument": policy})


def _key(stage: Stage) -> Json:
    """Only the account's own policies decide who may use it: the root principal stands for them, as KMS requires."""
    statement = {
        "Sid": "AccountPoliciesDecide",
        "Effect": "Allow",
        "Principal": {"AWS": sub("arn:${AWS::Partition}:iam::${AWS::AccountId}:root")},
        "Action": "kms:*",
        "Resource": "*",
    }
    properties = {
        "Description": f"Wellkept {stage.name}: wraps the intake keys",
        "EnableKeyRotation": True,
        "KeyPolicy": {"Version": "2012-10-17", "Statement": [statement]},
    }
    return resource("AWS::KMS::Key", properties, keep=stage.keeps_data)
