"""The bucket's verbs against S3 as moto plays it."""

from __future__ import annotations

from collections.abc import Iterator

import boto3
import pytest
from moto import mock_aws

from chalicelib.effects.objects import Listed, Objects
from chalicelib.model.errors import Conflict, StoreFailed


@pytest.fixture
def bucket() -> Iterator[Objects]:
    with mock_aws():
        client = boto3.client("s3", region_name="us-east-1", aws_access_key_id="test", aws_secret_access_key="test")
        client.create_bucket(Bucket="lake")
        yield Objects("lake", client)


def test_what_is_put_is_listed_read_and_deleted(bucket: Objects) -> None:
    bucket.put("a/2", b"two")
    bucket.put("a/1", b"one")
    bucket.put("b/1", b"other")

    assert list(bucket.list("a/")) == [Listed("a/1", 3), Listed("a/2", 3)]
    assert bucket.get("a/1").body == b"one"
    bucket.delete(["a/1", "a/never"])
    assert bucket.get("a/1") is None


def test_a_listing_goes_beyond_a_page_and_a_delete_beyond_a_thousand(bucket: Objects) -> None:
    keys = [f"many/{n:04d}" for n in range(1005)]
    for key in keys:
        bucket.put(key, b"")

    assert [item.key for item in bucket.list("many/")] == keys
    bucket.delete(iter(keys))
    assert list(bucket.list("many/")) == []


def test_swap_takes_only_the_object_that_was_read(bucket: Objects) -> None:
    bucket.swap("x", b"1", None)
    read = bucket.get("x").etag
    bucket.swap("x", b"2", read)

    for etag in (None, read):
        with pytest.raises(Conflict):
            bucket.swap("x", b"3", etag)
    assert bucket.get("x").body == b"2"
    bucket.delete(["x"])
    with pytest.raises(Conflict):
        bucket.swap("x", b"3", read)


def test_a_failure_names_bucket_key_and_verb(bucket: Objects) -> None:
    absent = Objects("no-such-lake", bucket._client)

    for verb, act in {
        "get": lambda: absent.get("k"),
        "put": lambda: absent.put("k", b""),
        "list": lambda: list(absent.list("k")),
        "delete": lambda: absent.delete(["k"]),
    }.items():
        with pytest.raises(StoreFailed, match=f"s3://no-such-lake/k: {verb} refused"):
            act()


def test_what_s3_does_not_delete_is_told() -> None:
    class Refusing:
        def delete_objects(self, **request: object) -> dict[str, object]:
            return {"Errors": [{"Key": "k", "Code": "InternalError"}]}

    with pytest.raises(StoreFailed, match="1 objects not deleted"):
        Objects("lake", Refusing()).delete(["k"])
