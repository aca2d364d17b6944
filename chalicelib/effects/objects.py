"""A bucket behind a few verbs: list, get, put, swap (put if nobody else did), delete."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from ..model.errors import Conflict, StoreFailed

# What S3 answers to a conditional PUT that lost: the object changed, is being changed, or (If-Match) is gone.
_LOST = {"PreconditionFailed", "ConditionalRequestConflict", "NoSuchKey", "412", "409"}


@dataclass(frozen=True, slots=True)
class Listed:
    """An object as the listing names it, `size` in bytes."""

    key: str
    size: int


@dataclass(frozen=True, slots=True)
class Stored:
    """An object as read: its bytes and the ETag that `swap` asks for."""

    body: bytes
    etag: str


class Objects:
    """The objects of one bucket. Every verb is safe to repeat. StoreFailed names the verb, the key and the cause."""

    def __init__(self, bucket: str, client: Any = None) -> None:
        self.bucket = bucket
        self._client = client or _connect()

    def list(self, prefix: str) -> Iterator[Listed]:
        """Every object under `prefix`, by key; pages are read as they are needed."""
        with self._asking("list", prefix):
            for page in self._client.get_paginator("list_objects_v2").paginate(Bucket=self.bucket, Prefix=prefix):
                yield from (Listed(item["Key"], item["Size"]) for item in page.get("Contents", ()))

    def get(self, key: str) -> Stored | None:
        """The object, or None when there is none."""
        with self._asking("get", key):
            try:
                answer = self._client.get_object(Bucket=self.bucket, Key=key)
            except self._client.exceptions.NoSuchKey:
                return None
            return Stored(answer["Body"].read(), answer["ETag"])

    def put(self, key: str, body: bytes) -> None:
        """Write the object, whatever was there."""
        with self._asking("put", key):
            self._client.put_object(Bucket=self.bucket, Key=key, Body=body)

    def swap(self, key: str, body: bytes, etag: str | None) -> None:
        """Write the object if it is still the one read with `etag` (None: if there still is none), else Conflict."""
        condition = {"IfMatch": etag} if etag else {"IfNoneMatch": "*"}
        with self._asking("put", key):
            self._client.put_object(Bucket=self.bucket, Key=key, Body=body, **condition)

    def delete(self, keys: Iterable[str]) -> None:
        """Delete objects; those already gone count as deleted."""
        listed = [*keys]
        for start in range(0, len(listed), 1000):
            some = listed[start : start + 1000]
            request = {"Objects": [{"Key": key} for key in some], "Quiet": True}
            with self._asking("delete", some[0]):
                answer = self._client.delete_objects(Bucket=self.bucket, Delete=request)
            if refused := answer.get("Errors"):
                raise StoreFailed(f"s3://{self.bucket}: {len(refused)} objects not deleted, first: {refused[0]}")

    @contextmanager
    def _asking(self, verb: str, key: str) -> Iterator[None]:
        from botocore.exceptions import BotoCoreError, ClientError

        try:
            yield
        except ClientError as err:
            if err.response["Error"]["Code"] in _LOST:
                raise Conflict(f"s3://{self.bucket}/{key}") from err
            raise StoreFailed(f"s3://{self.bucket}/{key}: {verb} refused: {err}") from err
        except BotoCoreError as err:
            raise StoreFailed(f"s3://{self.bucket}/{key}: {verb} failed: {err}") from err


def _connect() -> Any:
    import boto3
    from botocore.config import Config

    config = Config(retries={"mode": "standard", "max_attempts": 3}, connect_timeout=2, read_timeout=30)
    return boto3.client("s3", config=config)
