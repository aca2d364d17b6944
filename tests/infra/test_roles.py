"""Least privilege: each function may do what its step does, on named resources, and nothing else."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest

from infra.functions import FUNCTIONS

Built = dict[str, Any]
WRITES = ("Put", "Delete", "Update", "BatchWrite", "Create", "Send")


def statements(built: Built, function: str) -> Iterator[Built]:
    (policy,) = built["Resources"][f"{function}Role"]["Properties"]["Policies"]
    yield from policy["PolicyDocument"]["Statement"]


def allowed(built: Built, function: str) -> set[tuple[str, str]]:
    """Every (action, resource) of a function, the resource as CloudFormation's text."""
    return {
        (action, json.dumps(where))
        for one in statements(built, function)
        for action in one["Action"]
        for where in (one["Resource"] if isinstance(one["Resource"], list) else [one["Resource"]])
    }


def may(built: Built, function: str, action: str, where: str) -> bool:
    return any(done == action and where in resource for done, resource in allowed(built, function))


@pytest.mark.parametrize("function", FUNCTIONS)
def test_no_action_and_no_resource_is_everything(on_aws: Built, function: str) -> None:
    for action, where in allowed(on_aws, function):
        assert "*" not in action
        assert where.strip('"') != "*"
        assert "arn:aws:" not in where  # partitions differ


@pytest.mark.parametrize("function", FUNCTIONS)
def test_stars_end_a_folder_a_prefix_a_database_or_a_stream_and_nothing_else(on_aws: Built, function: str) -> None:
    endings = ("/lake/*", "/landing/*", "/athena/*", "/blobs/*", "/stream/*", "/shops/*", "table/wellkept_production/*")
    starred = [where for _, where in allowed(on_aws, function) if "*" in where]
    assert [where for where in starred if not where.rstrip('"}').endswith(endings)] == []


@pytest.mark.parametrize("function", FUNCTIONS)
def test_a_listing_is_bound_to_folders(on_aws: Built, function: str) -> None:
    listings = [one for one in statements(on_aws, function) if "s3:ListBucket" in one["Action"]]
    assert all(one["Condition"]["StringLikeIfExists"]["s3:prefix"] for one in listings)


@pytest.mark.parametrize("function", FUNCTIONS)
def test_every_function_writes_its_own_log_only(on_aws: Built, function: str) -> None:
    logs = {(action, where) for action, where in allowed(on_aws, function) if action.startswith("logs:")}
    group = json.dumps({"Fn::GetAtt": [f"{function}Logs", "Arn"]})
    assert logs == {("logs:CreateLogStream", group), ("logs:PutLogEvents", group)}


def test_the_console_changes_nothing_but_its_query_results(on_aws: Built) -> None:
    writes = {(action, where) for action, where in allowed(on_aws, "APIHandler")
              if action.split(":")[1].startswith(WRITES) and not action.startswith("logs:")}
    assert writes == {("s3:PutObject", '{"Fn::Sub": "${LakeBucket.Arn}/athena/*"}')}


def test_only_the_webhooks_read_secrets(on_aws: Built) -> None:
    readers = [name for name in FUNCTIONS if any(action.startswith("secretsmanager:") for action, _ in allowed(on_aws, name))]
    assert readers == ["WebhookHandler"]


def test_the_webhooks_store_events_and_read_none(on_aws: Built) -> None:
    events = {action for action, where in allowed(on_aws, "WebhookHandler") if "EventsTable" in where}
    assert events == {"dynamodb:PutItem"}


def test_only_merge_deletes(on_aws: Built) -> None:
    deleters = {name for name in FUNCTIONS for action, _ in allowed(on_aws, name) if action.split(":")[1].startswith("Delete")}
    assert deleters == {"Merge", "Retry"}
    assert not any(action == "s3:DeleteObject" for action, _ in allowed(on_aws, "Retry"))  # Retry deletes messages


def test_retry_may_do_what_react_and_land_do_but_for_their_streams(on_aws: Built) -> None:
    ours = allowed(on_aws, "Retry")
    theirs = allowed(on_aws, "React") | allowed(on_aws, "Land")
    missing = {(action, where) for action, where in theirs - ours
               if not action.startswith("logs:") and "Stream" not in where and "stream" not in where}
    assert missing == set()


@pytest.mark.parametrize(("function", "action", "where"), [
    ("WebhookHandler", "dynamodb:PutItem", "EventsTable"),
    ("WebhookHandler", "kms:GenerateDataKey", "IntakeKey"),
    ("WebhookHandler", "secretsmanager:GetSecretValue", "secret:wellkept/production/shops/*"),
    ("React", "dynamodb:Query", "EventsTable"),
    ("React", "dynamodb:GetRecords", "StreamArn"),
    ("React", "sqs:SendMessage", "RetryQueue"),
    ("React", "sqs:SendMessage", "StreamDeadLetters"),
    ("Land", "s3:PutObject", "/landing/*"),
    ("Merge", "s3:PutObject", "/lake/*"),
    ("APIHandler", "athena:StartQueryExecution", "workgroup/${WorkGroup}"),
])
def test_what_a_step_needs_it_may(on_aws: Built, function: str, action: str, where: str) -> None:
    assert may(on_aws, function, action, where)
