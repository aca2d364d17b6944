"""Streams and queues in the template: nothing is dropped, work is bounded, what fails ends among the dead letters."""

from __future__ import annotations

from typing import Any

import pytest

from infra import flow
from infra.functions import READERS, SENDERS
from infra.queues import DEAD_LETTERS, QUEUES

Built = dict[str, Any]


def properties(built: Built, name: str) -> Built:
    return dict(built["Resources"][name]["Properties"])


@pytest.mark.parametrize("name", ["React", "Land"])
def test_a_stream_record_is_retried_split_reported_and_never_dropped(on_aws: Built, name: str) -> None:
    (event,) = properties(on_aws, name)["Events"].values()
    told = event["Properties"]
    assert told["StartingPosition"] == "TRIM_HORIZON"
    assert told["FunctionResponseTypes"] == ["ReportBatchItemFailures"]
    assert told["BisectBatchOnFunctionError"] is True
    assert (told["MaximumRetryAttempts"], told["MaximumRecordAgeInSeconds"]) == (5, 6 * 3600)
    assert told["DestinationConfig"]["OnFailure"]["Destination"] == {"Fn::GetAtt": ["StreamDeadLetters", "Arn"]}


@pytest.mark.parametrize(("name", "function", "dead"), [
    ("RetryQueue", "Retry", "RetryDeadLetters"), ("WorkQueue", "Perform", "WorkDeadLetters"),
    ("ErrandQueue", "Errands", "ErrandDeadLetters"), ("InboxQueue", "Inbox", "InboxDeadLetters"),
    ("ImportQueue", "Loader", "ImportDeadLetters"), ("WordsQueue", "Words", "WordsDeadLetters")])
def test_a_queue_waits_long_enough_and_ends_in_dead_letters(built: Built, name: str, function: str, dead: str) -> None:
    queue, timeout = properties(built, name), properties(built, function)["Timeout"]
    assert queue["VisibilityTimeout"] >= (6 * timeout if "Url" in built["Outputs"] else timeout)
    assert queue["RedrivePolicy"] == {"deadLetterTargetArn": {"Fn::GetAtt": [dead, "Arn"]}, "maxReceiveCount": 5}
    (event,) = properties(built, function)["Events"].values()
    assert event["Properties"]["Queue"] == {"Fn::GetAtt": [name, "Arn"]}
    assert event["Properties"]["FunctionResponseTypes"] == ["ReportBatchItemFailures"]


def test_whoever_waits_for_the_laptops_stack_waits_for_every_queue_of_work(built: Built) -> None:
    assert set(flow._WORKED) == set(QUEUES) - set(DEAD_LETTERS)
    assert {properties(built, name)["RedrivePolicy"]["maxReceiveCount"] for name in flow._WORKED} == {5}


def test_dead_letters_are_kept_for_two_weeks(built: Built) -> None:
    assert [properties(built, name)["MessageRetentionPeriod"] for name in DEAD_LETTERS] == [14 * 86400] * 7


def test_sending_is_bounded_and_a_batch_fills_for_seconds(on_aws: Built) -> None:
    (event,) = properties(on_aws, "Perform")["Events"].values()
    assert event["Properties"]["ScalingConfig"] == {"MaximumConcurrency": SENDERS}
    assert 0 < event["Properties"]["MaximumBatchingWindowInSeconds"] <= 5
    assert event["Properties"]["BatchSize"] == 10


def test_reading_words_is_bounded_and_words_wait_long_enough_for_a_repair(on_aws: Built) -> None:
    (event,) = properties(on_aws, "Words")["Events"].values()
    assert event["Properties"]["ScalingConfig"] == {"MaximumConcurrency": READERS}
    assert event["Properties"]["BatchSize"] == 10
    assert properties(on_aws, "WordsQueue")["MessageRetentionPeriod"] == 14 * 86400
    assert properties(on_aws, "Words")["MemorySize"] >= 1769  # the first size with a whole core; the model takes one
