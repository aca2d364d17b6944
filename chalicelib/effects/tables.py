"""What is stored, and only that: PynamoDB declarations. Tables are made by infra/; names are bound once per process."""

from __future__ import annotations

from typing import TypeVar

from pynamodb.attributes import BinaryAttribute, NumberAttribute, UnicodeAttribute
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


class OutboxItem(Model):
    """An outward action. `shard` and `due_at` put it in the due index; they are removed when it is claimed."""

    pk = UnicodeAttribute(hash_key=True)
    kind = UnicodeAttribute()
    source = UnicodeAttribute()
    subject = UnicodeAttribute()
    status = UnicodeAttribute()
    why = UnicodeAttribute(null=True)
    not_after = NumberAttribute()
    data = UnicodeAttribute()
    shard = NumberAttribute(null=True)
    due_at = NumberAttribute(null=True)


def bind(model: type[M], table: str) -> type[M]:
    """The model as it is stored in `table`: short time-outs, and only the retries that are safe for keyed writes."""
    meta = {"table_name": table, "connect_timeout_seconds": 1, "read_timeout_seconds": 5, "max_retry_attempts": 3}
    return type(model.__name__, (model,), {"Meta": type("Meta", (), meta)})
