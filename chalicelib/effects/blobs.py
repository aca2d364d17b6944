"""Records too large for a table's item, kept in S3 under their own hash: putting one twice is putting it once."""

from __future__ import annotations

import hashlib
from functools import cached_property
from typing import Any

from ..model.errors import StoreFailed

LIMIT = 300_000
PREFIX = "blobs/"


class Blobs:
    """The blobs bucket. The client is made when first needed: most records are small."""

    def __init__(self, bucket: str) -> None:
        self.bucket = bucket

    @cached_property
    def _client(self) -> Any:
        import boto3

        return boto3.client("s3")

    def put(self, data: bytes) -> str:
        """Keep `data`; its key. StoreFailed when S3 does not take it."""
        from botocore.exceptions import BotoCoreError, ClientError

        key = PREFIX + hashlib.sha256(data).hexdigest()
        try:
            self._client.put_object(Bucket=self.bucket, Key=key, Body=data)
        except (BotoCoreError, ClientError) as err:
            raise StoreFailed(f"a large record could not be kept: {err}") from err
        return key

    def get(self, key: str) -> bytes:
        """The bytes kept under `key`."""
        body: bytes = self._client.get_object(Bucket=self.bucket, Key=key)["Body"].read()
        return body

    def delete(self, key: str) -> None:
        """Remove what is kept under `key`; safe to repeat."""
        self._client.delete_object(Bucket=self.bucket, Key=key)
