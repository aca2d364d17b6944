"""Uploaded files and the parts they are split into: S3 objects under imports/, gone when they were read (at the latest after a
week, by the bucket's own rule), and the queue that asks for each to be read."""

from __future__ import annotations

import json
from functools import cached_property
from pathlib import Path
from typing import Any

PREFIX = "imports/"
SPEC, FILE, REJECTED = "spec.json", "file", "rejected.csv"


class Uploads:
    """The uploads of a stage: objects by upload and name, and messages about them."""

    def __init__(self, bucket: str, queue: str) -> None:
        self._bucket, self._queue = bucket, queue

    @cached_property
    def _s3(self) -> Any:
        import boto3

        return boto3.client("s3")

    @cached_property
    def _sqs(self) -> Any:
        import boto3

        return boto3.client("sqs")

    def send_file(self, upload: str, name: str, path: Path) -> None:
        """Keep a file; in parts where it is large. The SDK's errors rise."""
        self._s3.upload_file(str(path), self._bucket, _key(upload, name))

    def fetch_file(self, upload: str, name: str, path: Path) -> bool:
        """Write what is kept to `path`; False when there is none."""
        from botocore.exceptions import ClientError

        try:
            self._s3.download_file(self._bucket, _key(upload, name), str(path))
        except ClientError as err:
            if err.response["Error"]["Code"] in ("404", "NoSuchKey"):
                return False
            raise
        return True

    def put(self, upload: str, name: str, body: bytes) -> None:
        """Keep some bytes, whatever was there."""
        self._s3.put_object(Bucket=self._bucket, Key=_key(upload, name), Body=body)

    def get(self, upload: str, name: str) -> bytes | None:
        """The bytes kept; None when there are none (any more)."""
        try:
            body: bytes = self._s3.get_object(Bucket=self._bucket, Key=_key(upload, name))["Body"].read()
        except self._s3.exceptions.NoSuchKey:
            return None
        return body

    def delete(self, upload: str, name: str) -> None:
        """Remove what is kept; safe to repeat."""
        self._s3.delete_object(Bucket=self._bucket, Key=_key(upload, name))

    def ask(self, upload: str, part: int | None = None) -> None:
        """Ask for an upload to be split, or for one of its parts to be loaded."""
        body = {"upload": upload} | ({} if part is None else {"part": part})
        self._sqs.send_message(QueueUrl=self._queue, MessageBody=json.dumps(body))


def _key(upload: str, name: str) -> str:
    return f"{PREFIX}{upload}/{name}"
