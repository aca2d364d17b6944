"""Least privilege: each function may do what its step does, on named resources, and nothing else."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest

from infra.functions import FUNCTIONS

Built = dict[str, Any]
WRITES = ("Put", "Delete", "Update", "BatchWrite", "Create", "Send", "Publish")
# SES's own statistics know no resources.
EVERYWHERE = {("ses:GetSendStatistics", '"*"')}


def statements(built: Built, function: str) -> Iterator[Built]:
    (policy,) = built["Resources"][f"{function}Role"]["Properties"]["Policies"]
    yield from policy["PolicyDocument"]["Statement"]


def allowed(built: Built, function: str) -> set[tuple[str, str]]:
    """Every (action, resource) of a function, the resource as CloudFormation's text."""
    return {
        (action, json.dumps(where))
        for one in statements(built, function)
        for action in one["Action"]
        for where in one.get("Resource", [])
    }


def may(built: Built, function: str, action: str, where: str) -> bool:
    return any(done == action and where in resource for done, resource in allowed(built, function))


@pytest.mark.parametrize("function", FUNCTIONS)
def test_no_action_and_no_resource_is_everything(on_aws: Built, function: str) -> None:
    for action, where in allowed(on_aws, function) - EVERYWHERE:
        assert "*" not in action
        assert where.strip('"') != "*"
        assert "arn:aws:" not in where  # partitions differ


@pytest.mark.parametrize("function", FUNCTIONS)
def test_stars_end_a_folder_a_prefix_a_database_or_a_stream_and_nothing_else(on_aws: Built, function: str) -> None:
    endings = ("/lake/*", "/landing/*", "/athena/*", "/blobs/*", "/imports/*", "/stream/*", "/shops/*",
               "table/wellkept_production/*", ":identity/*", ":endpoint/*")
    starred = [where for _, where in allowed(on_aws, function) - EVERYWHERE if "*" in where]
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


def test_the_console_changes_nothing_but_its_query_results_and_who_unsubscribed(on_aws: Built) -> None:
    writes = {(action, where) for action, where in allowed(on_aws, "APIHandler")
              if action.split(":")[1].startswith(WRITES) and not action.startswith("logs:")}
    assert writes == {
        ("s3:PutObject", '{"Fn::Sub": "${LakeBucket.Arn}/athena/*"}'),
        ("dynamodb:PutItem", '{"Fn::GetAtt": ["BuyersTable", "Arn"]}'),
        ("dynamodb:PutItem", '{"Fn::GetAtt": ["KeysTable", "Arn"]}'),
    }


def test_only_perform_speaks_to_the_outside(on_aws: Built) -> None:
    speaking = {name for name in FUNCTIONS for action, _ in allowed(on_aws, name)
                if action in ("ses:SendEmail", "ses:SendRawEmail", "sns:Publish")}
    assert speaking == {"Perform"}


def test_mail_goes_under_our_configuration_set_alone(on_aws: Built) -> None:
    where = {resource for action, resource in allowed(on_aws, "Perform") if action == "ses:SendEmail"}
    base = "arn:${AWS::Partition}:ses:${AWS::Region}:${AWS::AccountId}:"
    assert where == {json.dumps({"Fn::Sub": f"{base}{one}"}) for one in ("identity/*", "configuration-set/wellkept-production")}


def test_what_is_no_resource_may_be_published_to_and_that_is_phones(on_aws: Built) -> None:
    open_ = [one for name in FUNCTIONS for one in statements(on_aws, name) if "NotResource" in one]
    assert [(one["Effect"], one["Action"], one["NotResource"]) for one in open_] == [
        ("Allow", ["sns:Publish"], [{"Fn::Sub": "arn:${AWS::Partition}:sns:*:*:*"}])]


def test_who_reads_words_may_what_that_step_does_and_no_more(on_aws: Built) -> None:
    """steps/words.py: a delivery, its order's state, its body and its buyer are read; what was read goes into the log."""
    events, orders, links, buyers, keys, key, queue = (json.dumps({"Fn::GetAtt": [name, "Arn"]}) for name in (
        "EventsTable", "OrdersTable", "LinksTable", "BuyersTable", "KeysTable", "IntakeKey", "WordsQueue"))
    blobs = '{"Fn::Sub": "${BlobsBucket.Arn}/blobs/*"}'
    assert {one for one in allowed(on_aws, "Words") if not one[0].startswith("logs:")} == {
        ("dynamodb:Query", events), ("dynamodb:BatchGetItem", events), ("dynamodb:BatchWriteItem", events),
        *(("dynamodb:GetItem", table) for table in (orders, links, buyers, keys)),
        ("kms:Decrypt", key), ("s3:GetObject", blobs), ("s3:PutObject", blobs),
        *((f"sqs:{verb}", queue) for verb in ("ReceiveMessage", "DeleteMessage", "GetQueueAttributes")),
    }  # fmt: skip


def test_only_react_and_its_repetition_ask_for_words_to_be_read(on_aws: Built) -> None:
    assert {name for name in FUNCTIONS if may(on_aws, name, "sqs:SendMessage", '"WordsQueue"')} == {"React", "Retry"}


def test_only_the_vault_and_forgetting_destroy_keys(on_aws: Built) -> None:
    assert {name for name in FUNCTIONS if may(on_aws, name, "dynamodb:DeleteItem", "KeysTable")} == {"Perform", "Forget"}


def test_only_who_verifies_or_calls_a_platform_reads_secrets(on_aws: Built) -> None:
    readers = {name for name in FUNCTIONS if any(action.startswith("secretsmanager:") for action, _ in allowed(on_aws, name))}
    assert readers == {"WebhookHandler", "Inbox", "Errands", "Reconcile"}


def test_only_amazon_and_this_accounts_event_bus_write_to_the_inbox(on_aws: Built) -> None:
    policy = on_aws["Resources"]["InboxQueuePolicy"]["Properties"]
    assert policy["Queues"] == [{"Ref": "InboxQueue"}]
    principals = [one["Principal"] for one in policy["PolicyDocument"]["Statement"]]
    assert principals == [
        {"AWS": {"Fn::Sub": "arn:${AWS::Partition}:iam::437568002678:root"}}, {"Service": "events.amazonaws.com"}]  # fmt: skip


def test_the_webhooks_store_events_and_read_none(on_aws: Built) -> None:
    events = {action for action, where in allowed(on_aws, "WebhookHandler") if "EventsTable" in where}
    assert events == {"dynamodb:PutItem"}


def test_only_merge_deletes_from_the_lake(on_aws: Built) -> None:
    assert {name for name in FUNCTIONS if may(on_aws, name, "s3:DeleteObject", "LakeBucket")} == {"Merge"}


def test_no_item_is_deleted_but_keys(on_aws: Built) -> None:
    deleted = {where for name in FUNCTIONS for action, where in allowed(on_aws, name) if action == "dynamodb:DeleteItem"}
    assert deleted == {'{"Fn::GetAtt": ["KeysTable", "Arn"]}'}


def test_retry_may_do_what_react_land_and_feed_do_but_for_their_streams(on_aws: Built) -> None:
    ours = allowed(on_aws, "Retry")
    theirs = allowed(on_aws, "React") | allowed(on_aws, "Land") | allowed(on_aws, "Feed")
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
    ("React", "dynamodb:PutItem", "BuyersTable"),
    ("React", "dynamodb:PutItem", "CasesTable"),
    ("React", "sqs:SendMessage", "WorkQueue"),
    ("React", "sqs:SendMessage", "WordsQueue"),
    ("Retry", "sqs:SendMessage", "WordsQueue"),
    ("Words", "sqs:ReceiveMessage", "WordsQueue"),
    ("Perform", "dynamodb:UpdateItem", "OutboxTable"),
    ("Perform", "sqs:ReceiveMessage", "WorkQueue"),
    ("Perform", "sns:Publish", "AlarmsTopic"),
    ("Errands", "secretsmanager:GetSecretValue", "secret:wellkept/production/shops/*"),
    ("Errands", "dynamodb:PutItem", "EventsTable"),
    ("Errands", "dynamodb:UpdateItem", "OutboxTable"),
    ("Errands", "dynamodb:PutItem", "SettingsTable"),
    ("Errands", "sqs:ReceiveMessage", "ErrandQueue"),
    ("Errands", "sqs:SendMessage", "ErrandQueue"),
    ("Reconcile", "sqs:SendMessage", "ErrandQueue"),
    ("React", "sqs:SendMessage", "ErrandQueue"),
    ("Inbox", "sqs:ReceiveMessage", "InboxQueue"),
    ("Loader", "s3:GetObject", "/imports/*"),
    ("Loader", "dynamodb:BatchWriteItem", "EventsTable"),
    ("Loader", "sqs:SendMessage", "ImportQueue"),
    ("Inbox", "dynamodb:PutItem", "EventsTable"),
    ("Sweep", "sqs:SendMessage", "ErrandQueue"),
    ("Sweep", "dynamodb:Query", "index/due"),
    ("Sweep", "sqs:SendMessage", "WorkQueue"),
    ("Feed", "dynamodb:UpdateItem", "OutboxTable"),
    ("Feed", "sqs:SendMessage", "RetryQueue"),
    ("Land", "s3:PutObject", "/landing/*"),
    ("Merge", "s3:PutObject", "/lake/*"),
    ("APIHandler", "athena:StartQueryExecution", "workgroup/${WorkGroup}"),
])
def test_what_a_step_needs_it_may(on_aws: Built, function: str, action: str, where: str) -> None:
    assert may(on_aws, function, action, where)
