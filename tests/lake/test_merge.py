"""The merge step: cut off at every call against S3, unreadable objects, partitions that fail, limits."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import suppress
from typing import Any
from uuid import uuid4

import boto3
import pytest
from moto import mock_aws

from chalicelib.effects.objects import Objects
from chalicelib.model.errors import StoreFailed
from chalicelib.rules import landed, merged
from chalicelib.steps.merge import UNREADABLE, Limits, Merge
from tests.lake.buckets import CUTS, Cut, Killed, Memory, Through
from tests.lake.world import Truth, contents, place_of, row, truth

ONE, TWO = "shopify/main#order:1", "shopify/main#order:2"
FIRST = row(ONE, "orders", "unknown", 1, 1), row(ONE, "refunds", "unknown", 1, 1)
MOVED = row(ONE, "orders", "2026-01", 1, 2), row(ONE, "refunds", "2026-01", 1, 2)
OTHER = row(TWO, "orders", "2026-01", 1, 1), row(TWO, "refunds", "2026-02", 1, 1)


# Two orders, one of which moves from unknown to its month; the older news comes last.
LANDED = {
    f"{landed.PREFIX}1.rows": landed.encode([landed.changes(ONE, FIRST, MOVED, 2)]),
    f"{landed.PREFIX}2.rows": landed.encode([landed.changes(TWO, [], OTHER, 1)]),
    f"{landed.PREFIX}3.rows": landed.encode([landed.changes(ONE, [], FIRST, 1)]),
}


def land(bucket: Any) -> None:
    for key, body in LANDED.items():
        bucket.put(key, body)


def holds(bucket: Any) -> Truth:
    found: Truth = {}
    for item in bucket.list(merged.ROOT):
        rows, _ = contents(bucket.get(item.key).body)
        found |= {(*place_of(item.key), key): (version, content) for key, version, content, _ in rows}
    return found


def merge(bucket: Any, **limits: Any) -> dict[str, int]:
    return Merge(bucket, Limits(**limits), pause=lambda seconds: None)()


@pytest.fixture(scope="module")
def s3() -> Iterator[Any]:
    """S3 as moto plays it, or a real stack's: WELLKEPT_TEST_S3=http://127.0.0.1:4566 runs the same against ministack."""
    endpoint = os.environ.get("WELLKEPT_TEST_S3")
    account = {"region_name": "us-east-1", "aws_access_key_id": "test", "aws_secret_access_key": "test"}
    if endpoint:
        yield boto3.client("s3", endpoint_url=endpoint, **account)
        return
    with mock_aws():
        yield boto3.client("s3", **account)


@pytest.fixture
def bucket(s3: Any) -> Objects:
    name = f"lake-{uuid4().hex}"
    s3.create_bucket(Bucket=name)
    return Objects(name, s3)


def test_everything_landed_is_merged_and_gone_from_landing(bucket: Objects) -> None:
    land(bucket)

    assert merge(bucket) == {"landed": 3, "written": 5, "same": 0, "unreadable": 0, "left": 0}
    assert holds(bucket) == truth([*MOVED, *OTHER])


CALLS = 1 + 3 + 5 * 2 + 1 + 2  # list, landed objects, read and put of each place, delete, listing again and what is left


@pytest.mark.parametrize("how", CUTS)
def test_cut_off_at_any_call_the_next_run_ends_right(s3: Any, how: str) -> None:
    for at in range(CALLS + 1):
        name = f"lake-{uuid4().hex}"
        s3.create_bucket(Bucket=name)
        bucket = Objects(name, s3)
        land(bucket)
        cut = Cut(bucket, at, how)
        with suppress(Killed, StoreFailed):
            merge(cut)
        assert cut.calls > at or at == CALLS, "the cut was never reached: CALLS is too high"
        for body in LANDED.keys() - {item.key for item in bucket.list(landed.PREFIX)}:
            for place in landed.decode(LANDED[body]).places:
                assert bucket.get(merged.path(*place)), f"call {at}: deleted before {place} was put"
        merge(bucket)
        assert holds(bucket) == truth([*MOVED, *OTHER]), f"call {at}"
        assert not list(bucket.list(landed.PREFIX))


def test_two_at_once_both_come_through(bucket: Objects) -> None:
    class Meanwhile(Through):
        """Another merge, of one more landed object, runs whole just before the first put."""

        done = False

        def swap(self, key: str, body: bytes, etag: str | None) -> None:
            if not self.done:
                self.done = True
                bucket.put(f"{landed.PREFIX}4.rows", landed.encode([landed.changes(TWO, OTHER, OTHER[:1], 1)]))
                bucket.put(
                    f"{landed.PREFIX}5.rows", landed.encode([landed.changes(ONE, [], [row(ONE, "orders", "2026-01", 9, 2)], 2)])
                )
                merge(bucket)
            super().swap(key, body, etag)

    land(bucket)
    merge(Meanwhile(bucket))

    assert holds(bucket) == truth([*MOVED, *OTHER, row(ONE, "orders", "2026-01", 9, 2)])
    assert merge(bucket)["landed"] == 0


def test_a_merge_that_always_loses_gives_up_and_keeps_what_landed() -> None:
    class Busy(Memory):
        def swap(self, key: str, body: bytes, etag: str | None) -> None:
            super().swap(key, body, "stale" if "2026-02" in key else etag)

    bucket = Busy()
    land(bucket)
    pauses: list[float] = []

    with pytest.raises(StoreFailed, match="changed under the merge 3 times"):
        Merge(bucket, Limits(tries=3), pause=pauses.append)()
    assert len(pauses) == 3
    assert [key for key in bucket.objects if key.startswith(landed.PREFIX)] == [f"{landed.PREFIX}2.rows"]
    assert holds(bucket) == truth([*MOVED, OTHER[0]])


def test_an_unreadable_object_is_set_aside_and_holds_nothing_up() -> None:
    bucket = Memory()
    land(bucket)
    good = landed.encode([landed.changes(TWO, [], [row(TWO, "orders", "2026-03", 5, 5)], 5)])
    bucket.put(f"{landed.PREFIX}0.rows", b"garbage")
    bucket.put(f"{landed.PREFIX}5.rows", good.replace(b'"version":5', b'"version":x'))

    counts = merge(bucket)

    assert (counts["landed"], counts["unreadable"], counts["left"]) == (3, 2, 0)
    assert holds(bucket) == truth([*MOVED, *OTHER])
    assert {key for key in bucket.objects if not key.startswith(merged.ROOT)} == {f"{UNREADABLE}{n}.rows" for n in (0, 5)}
    assert merge(bucket)["unreadable"] == 0


def test_one_partition_that_fails_does_not_stop_the_others() -> None:
    bucket = Memory()
    bucket.put(merged.path("refunds", "2026-02"), b"somebody else's")
    land(bucket)

    with pytest.raises(StoreFailed, match=r"1 partitions not merged.*refunds"):
        merge(bucket)
    assert bucket.objects.pop(merged.path("refunds", "2026-02")) == b"somebody else's"
    assert holds(bucket) == truth([*MOVED, OTHER[0]])
    assert [key for key in bucket.objects if key.startswith(landed.PREFIX)] == [f"{landed.PREFIX}2.rows"]

    merge(bucket)
    assert holds(bucket) == truth([*MOVED, *OTHER])


def test_batches_are_limited_by_bytes_and_all_are_done() -> None:
    bucket = Memory()
    land(bucket)

    assert merge(bucket, batch=1)["landed"] == 3
    assert holds(bucket) == truth([*MOVED, *OTHER])


def test_no_batch_begins_after_the_time_is_up() -> None:
    bucket = Memory()
    land(bucket)
    ticks = iter([0.0, 1.0, 200.0])

    counts = Merge(bucket, Limits(batch=1, seconds=100), clock=lambda: next(ticks))()

    assert (counts["landed"], counts["left"]) == (1, 2)


def test_nothing_landed_is_nothing_done() -> None:
    assert merge(Memory()) == {"landed": 0, "written": 0, "same": 0, "unreadable": 0, "left": 0}
