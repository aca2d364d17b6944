"""What is stored, and only that: PynamoDB declarations. Tables are made by infra/; names are bound once per process."""

from __future__ import annotations

from typing import TypeVar

from pynamodb.attributes import BinaryAttribute, NumberAttribute, UnicodeAttribute
from pynamodb.exceptions import PynamoDBException
from pynamodb.indexes import GlobalSecondaryIndex, KeysOnlyProjection
from pynamodb.models import Model

M = TypeVar("M", bound=Model)


class EventItem(Model):
    """One delivery: platform/shop#subject, delivery id; when it came (ms) and from where.

    `e` are the packed events (`x`: their key in S3), `s` the sealed raw body (`r`: its key in S3).
    """

    pk = UnicodeAttribute(hash_key=True)
    sk = UnicodeAttribute(range_key=True)
    at = NumberAttribute()
    o = UnicodeAttribute()
    e = BinaryAttribute(null=True, legacy_encoding=False)
    s = BinaryAttribute(null=True, legacy_encoding=False)
    x = UnicodeAttribute(null=True)
    r = UnicodeAttribute(null=True)


class OrderItem(Model):
    """State of a subject: version, and the packed bytes or the key under which they are kept in S3."""

    pk = UnicodeAttribute(hash_key=True)
    v = NumberAttribute()
    b = BinaryAttribute(null=True, legacy_encoding=False)
    x = UnicodeAttribute(null=True)


class LinkItem(Model):
    """platform/shop#kind:native id -> the order it belongs to."""

    pk = UnicodeAttribute(hash_key=True)
    order = UnicodeAttribute()


class DueIndex(GlobalSecondaryIndex["OutboxItem"]):  # type: ignore[no-untyped-call]
    """Actions that wait for their time: shard, then time."""

    class Meta:
        index_name = "due"
        projection = KeysOnlyProjection()

    shard = NumberAttribute(hash_key=True)
    due_at = NumberAttribute(range_key=True)


class OutboxItem(Model):
    """An outward action and how far it has come. `shard` with `due_at` puts it in the due index; times in milliseconds.

    `ttl` is when the record may go, in seconds, for DynamoDB.
    """

    pk = UnicodeAttribute(hash_key=True)
    kind = UnicodeAttribute()
    source = UnicodeAttribute()
    subject = UnicodeAttribute()
    status = UnicodeAttribute()
    why = UnicodeAttribute(null=True)
    due_at = NumberAttribute()
    not_after = NumberAttribute()
    made_at = NumberAttribute()
    data = UnicodeAttribute()
    shard = NumberAttribute(null=True)
    token = UnicodeAttribute(null=True)
    claimed_at = NumberAttribute(null=True)
    tries = NumberAttribute(null=True)
    provider_id = UnicodeAttribute(null=True)
    channel = UnicodeAttribute(null=True)
    to = UnicodeAttribute(null=True)
    settled_at = NumberAttribute(null=True)
    outcome = UnicodeAttribute(null=True)
    ttl = NumberAttribute(null=True)
    due = DueIndex()


class BuyerItem(Model):
    """A buyer in the vault: platform/shop#keyed hash.

    `w` is the buyer's own key, wrapped by the shop's; `b` the record sealed with it, `v` its version, `until` the second from
    which it counts as gone (`ttl` the same, for DynamoDB). `gone` is the millisecond of an erasure; alone it is a tombstone.
    `met` is the second until which the buyer counts as matched with those of other shops.
    """

    pk = UnicodeAttribute(hash_key=True)
    w = BinaryAttribute(null=True, legacy_encoding=False)
    b = BinaryAttribute(null=True, legacy_encoding=False)
    v = NumberAttribute(null=True)
    until = NumberAttribute(null=True)
    ttl = NumberAttribute(null=True)
    gone = NumberAttribute(null=True)
    met = NumberAttribute(null=True)


def bind(model: type[M], table: str) -> type[M]:
    """The model as it is stored in `table`: short time-outs, and only the retries that are safe for keyed writes."""
    meta = {"table_name": table, "connect_timeout_seconds": 1, "read_timeout_seconds": 5, "max_retry_attempts": 3}
    return type(model.__name__, (model,), {"Meta": type("Meta", (), meta)})


def refused(err: PynamoDBException) -> bool:
    """Whether a condition was what stopped a write."""
    # A broken connection has a response too, and it is None: pynamodb's own `cause_response_code` stumbles over that.
    response = getattr(err.cause, "response", None) or {}
    return bool(response.get("Error", {}).get("Code") == "ConditionalCheckFailedException")
