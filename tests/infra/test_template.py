"""The template: what replaces Chalice's own, and the promises about storage, queues, lake and functions."""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import fields
from pathlib import Path
from typing import Any

import pytest

from chalicelib.effects.breaker import LIMITS
from chalicelib.model.lake import TABLES
from chalicelib.settings import Settings
from chalicelib.steps.errands import LEASE as ERRAND_LEASE
from chalicelib.steps.perform import LEASE
from infra.functions import FUNCTIONS
from infra.glue import MONTHS, logical_id
from infra.http_api import http_api, routes
from infra.local import connect
from infra.package import ZIPS, folder
from infra.problems import Problem
from infra.queues import DEAD_LETTERS
from infra.stages import Stage
from infra.template import LAYERS, place

Built = dict[str, Any]


def of_type(built: Built, kind: str) -> dict[str, Built]:
    return {name: one for name, one in built["Resources"].items() if one["Type"] == kind}


def properties(built: Built, name: str) -> Built:
    return dict(built["Resources"][name]["Properties"])


def test_cfn_lint_finds_nothing(built: Built, tmp_path: Path) -> None:
    (tmp_path / "template.json").write_text(json.dumps(built))
    for name in ZIPS:
        (tmp_path / name).touch()
    lint = Path(sys.executable).parent / "cfn-lint"
    done = subprocess.run([lint, tmp_path / "template.json"], capture_output=True, text=True)
    assert (done.returncode, done.stdout) == (0, "")


def test_nothing_is_left_of_the_rest_api(built: Built) -> None:
    text = json.dumps(built)
    assert "RestAPI" not in text
    assert "DefaultRole" not in text
    assert not of_type(built, "AWS::Serverless::Api")


def test_every_route_of_the_app_has_its_door(built: Built, packaged: Built) -> None:
    keys = routes(packaged["Resources"]["RestAPI"]["Properties"]["DefinitionBody"])
    doors = {one["Properties"]["RouteKey"]: one["Properties"]["Target"]["Fn::Sub"]
             for one in of_type(built, "AWS::ApiGatewayV2::Route").values()}
    assert set(doors) == set(keys)
    assert "POST /webhooks/{platform}/{shop}" in doors
    for key, target in doors.items():
        assert ("WebhookHandler" in target) == ("/webhooks/" in key)


def test_get_answers_head_too_unless_the_app_has_its_own() -> None:
    assert routes({"paths": {"/a": {"get": {}}, "/b": {"get": {}, "head": {}}, "/c": {"post": {}}}}) == [
        "GET /a", "HEAD /a", "GET /b", "HEAD /b", "POST /c"]


def test_routes_never_share_a_logical_id() -> None:
    keys = ["GET /a/{b}", "GET /a/b", "POST /a/b", "GET /a/{b}/c", "GET /a-b", "GET /"]
    made = [name for name, one in http_api(keys, Stage("test")).items() if one["Type"] == "AWS::ApiGatewayV2::Route"]
    assert len(made) == len(keys)


def test_both_doors_speak_payload_2(built: Built) -> None:
    found = of_type(built, "AWS::ApiGatewayV2::Integration").values()
    assert [one["Properties"]["PayloadFormatVersion"] for one in found] == ["2.0", "2.0"]


def test_the_clean_origin_is_for_the_laptop_alone(built: Built) -> None:
    local = "Url" not in built["Outputs"]
    assert ("HttpDomain" in built["Resources"]) == ("HttpMapping" in built["Resources"]) == local


def test_every_function_gets_all_settings_and_its_step(built: Built) -> None:
    wanted = {f"WELLKEPT_{field.name.upper()}" for field in fields(Settings)}
    found = of_type(built, "AWS::Serverless::Function")
    assert set(found) == set(FUNCTIONS)
    for name, one in found.items():
        given = one["Properties"]["Environment"]["Variables"]
        assert wanted <= set(given)
        assert given["WELLKEPT_STEP"] == FUNCTIONS[name].step


def test_outputs_give_every_setting(built: Built) -> None:
    assert set(connect._OUTPUTS.values()) <= set(built["Outputs"])
    missing = {field.name for field in fields(Settings)} - set(connect._OUTPUTS)
    assert missing == {"step", "max_body", "public_url"}  # two have defaults; the last is the output Url, where there is one


@pytest.mark.parametrize(("layer", "carrying"), [("ArrowLayer", {"Loader", "Merge"}), ("TextLayer", {"Words"})])
def test_a_layer_is_carried_by_who_needs_it_alone(built: Built, layer: str, carrying: set[str]) -> None:
    """Arrow by who reads files or writes the lake, the text model by who reads buyers' words; nobody carries two."""
    carried = {name: one["Properties"].get("Layers", []) for name, one in of_type(built, "AWS::Serverless::Function").items()}
    assert {name for name, layers in carried.items() if {"Ref": layer} in layers} == carrying
    assert max(map(len, carried.values())) == 1


def test_every_layer_has_its_zip(built: Built) -> None:
    layers = of_type(built, "AWS::Serverless::LayerVersion")
    assert {name: one["Properties"]["ContentUri"] for name, one in layers.items()} == {
        name: f"./{zipped}" for name, (zipped, _) in LAYERS.items()}
    assert set(layers) == {one.layer for one in FUNCTIONS.values() if one.layer}
    runtime = properties(built, "Words")["Runtime"]
    assert all(one["Properties"]["CompatibleRuntimes"] == [runtime] for one in layers.values())


def test_a_claim_outlives_the_function_that_made_it(built: Built) -> None:
    assert properties(built, "Perform")["Timeout"] < LEASE.total_seconds()
    assert properties(built, "Errands")["Timeout"] < ERRAND_LEASE.total_seconds()


def test_the_sweep_runs_each_minute_and_never_twice_at_once(built: Built) -> None:
    assert properties(built, "Sweep")["ReservedConcurrentExecutions"] == 1
    assert schedule(built, "Sweep") == "rate(1 minute)"
    assert schedule(built, "Forget") == "rate(1 day)"
    assert schedule(built, "Reconcile") == "rate(15 minutes)"


def schedule(built: Built, name: str) -> str:
    (event,) = properties(built, name)["Events"].values()
    return str(event["Properties"].get("ScheduleExpression") or event["Properties"].get("Schedule"))


def test_react_is_told_of_new_deliveries_alone(built: Built) -> None:
    (event,) = properties(built, "React")["Events"].values()
    (one,) = event["Properties"]["FilterCriteria"]["Filters"]
    assert json.loads(one["Pattern"]) == {"eventName": ["INSERT"]}
    (other,) = properties(built, "Land")["Events"].values()
    assert "FilterCriteria" not in other["Properties"]


def test_the_feed_listens_to_its_topic_and_only_ses_may_speak_there(built: Built) -> None:
    (event,) = properties(built, "Feed")["Events"].values()
    assert event["Properties"]["Topic"] == {"Ref": "FeedTopic"}
    (statement,) = properties(built, "FeedTopicPolicy")["PolicyDocument"]["Statement"]
    assert statement["Principal"] == {"Service": "ses.amazonaws.com"}
    assert set(statement["Condition"]["StringEquals"]) == {"AWS:SourceAccount", "AWS:SourceArn"}


def test_ses_tells_of_all_that_changes_something_and_not_of_deliveries(built: Built) -> None:
    feed = built["Resources"]["MailFeed"]
    told = feed["Properties"]["EventDestination"]
    assert set(told["MatchingEventTypes"]) == {"send", "reject", "bounce", "complaint", "renderingFailure"}
    assert told["SnsDestination"] == {"TopicARN": {"Ref": "FeedTopic"}}
    assert feed["DependsOn"] == "FeedTopicPolicy"
    settings = properties(built, "MailSettings")
    assert settings["ReputationOptions"] == {"ReputationMetricsEnabled": True}
    assert settings["SuppressionOptions"] == {"SuppressedReasons": ["BOUNCE", "COMPLAINT"]}


def test_items_that_may_go_say_so_in_one_attribute(built: Built) -> None:
    expiring = {name for name, one in of_type(built, "AWS::DynamoDB::Table").items()
                if one["Properties"].get("TimeToLiveSpecification") == {"AttributeName": "ttl", "Enabled": True}}
    assert expiring == {"OutboxTable", "BuyersTable"}


def test_the_platforms_own_log_lines_are_left_out(built: Built) -> None:
    for one in of_type(built, "AWS::Serverless::Function").values():
        told = one["Properties"]["LoggingConfig"]
        assert (told["LogFormat"], told["SystemLogLevel"], told["ApplicationLogLevel"]) == ("JSON", "WARN", "INFO")


def test_mails_link_to_the_stage_itself(built: Built) -> None:
    address = properties(built, "Perform")["Environment"]["Variables"]["WELLKEPT_PUBLIC_URL"]
    assert address == (built["Outputs"]["Url"]["Value"] if "Url" in built["Outputs"] else "")


def test_every_dead_letter_queue_and_stream_has_an_alarm_that_says_what_to_do(built: Built) -> None:
    alarms = of_type(built, "AWS::CloudWatch::Alarm")
    assert {f"{name}Alarm" for name in (
        *DEAD_LETTERS, "ReactBehind", "LandBehind", "MergeLate", "MergeFailing", "SweepLate", "SweepFailing", "PerformFailing",
        "ErrandsFailing", "ReconcileLate", "ReconcileFailing", "FeedFailing", "ForgetFailing", "DoorFailing", "Bounces",
        "Complaints",
    )} == set(alarms)
    for one in alarms.values():
        assert len(one["Properties"]["AlarmDescription"]) > 60
        assert one["Properties"]["AlarmActions"] == [{"Ref": "AlarmsTopic"}]


def test_a_function_that_nobody_starts_is_late(built: Built) -> None:
    for name, seconds in (("SweepLateAlarm", 600), ("MergeLateAlarm", 3600)):
        told = properties(built, name)
        assert (told["ComparisonOperator"], told["Threshold"], told["Period"]) == ("LessThanThreshold", 1, seconds)
        assert told["TreatMissingData"] == "breaching"


def test_mail_is_watched_well_below_what_ses_punishes(built: Built) -> None:
    assert {name: properties(built, f"{name}Alarm")["Threshold"] for name in ("Bounces", "Complaints")} == {
        "Bounces": LIMITS["bounces"].share, "Complaints": LIMITS["complaints"].share}


def test_data_outlives_the_stack_on_aws_and_not_on_the_laptop(built: Built) -> None:
    kept = {name for name, one in built["Resources"].items() if one.get("UpdateReplacePolicy") == "Retain"}
    holding = {name for name, one in built["Resources"].items()
               if one["Type"] in ("AWS::DynamoDB::Table", "AWS::S3::Bucket", "AWS::KMS::Key")}
    assert len(holding) == 11
    assert kept == (holding if "Url" in built["Outputs"] else set())


def test_tables_are_on_demand_encrypted_and_restorable(on_aws: Built) -> None:
    tables = of_type(on_aws, "AWS::DynamoDB::Table")
    for one in tables.values():
        told = one["Properties"]
        assert told["BillingMode"] == "PAY_PER_REQUEST"
        assert told["SSESpecification"] == {"SSEEnabled": True}
        assert told["PointInTimeRecoverySpecification"] == {"PointInTimeRecoveryEnabled": True}
        assert "TableName" not in told
    streams = {name: one["Properties"].get("StreamSpecification", {}).get("StreamViewType") for name, one in tables.items()}
    assert {name: view for name, view in streams.items() if view} == {
        "EventsTable": "KEYS_ONLY", "OrdersTable": "NEW_AND_OLD_IMAGES"}


def test_buckets_are_shut_encrypted_and_refuse_plain_http(built: Built) -> None:
    buckets, policies = of_type(built, "AWS::S3::Bucket"), of_type(built, "AWS::S3::BucketPolicy")
    assert {one["Properties"]["Bucket"]["Ref"] for one in policies.values()} == set(buckets)
    for one in buckets.values():
        assert all(one["Properties"]["PublicAccessBlockConfiguration"].values())
        assert one["Properties"]["BucketEncryption"]
    for one in policies.values():
        (statement,) = one["Properties"]["PolicyDocument"]["Statement"]
        assert (statement["Effect"], statement["Condition"]) == ("Deny", {"Bool": {"aws:SecureTransport": "false"}})


def test_only_the_account_itself_stands_in_the_keys_policy(built: Built) -> None:
    key = properties(built, "IntakeKey")
    assert key["EnableKeyRotation"] is True
    (statement,) = key["KeyPolicy"]["Statement"]
    assert statement["Principal"] == {"AWS": {"Fn::Sub": "arn:${AWS::Partition}:iam::${AWS::AccountId}:root"}}


@pytest.mark.parametrize("table", TABLES, ids=lambda table: table.name)
def test_glue_knows_the_lake_as_the_model_does(on_aws: Built, table: Any) -> None:
    told = properties(on_aws, logical_id(table))["TableInput"]
    columns = told["StorageDescriptor"]["Columns"]
    assert [(column["Name"], column["Type"]) for column in columns] == [(column.name, column.type) for column in table.columns]
    assert [key["Name"] for key in told["PartitionKeys"]] == ["month"]
    assert told["StorageDescriptor"]["Location"] == {"Fn::Sub": f"s3://${{LakeBucket}}/lake/{table.name}/"}


def test_athena_knows_every_month_without_a_catalogue(on_aws: Built) -> None:
    told = properties(on_aws, "OrdersLakeTable")["TableInput"]["Parameters"]
    assert told["projection.month.values"].split(",") == list(MONTHS)
    assert (MONTHS[:2], MONTHS[-1], len(MONTHS)) == (("unknown", "2005-01"), "2040-12", 36 * 12 + 1)
    assert told["storage.location.template"] == {"Fn::Sub": "s3://${LakeBucket}/lake/orders/month=${!month}/"}


def test_packages_are_placed_under_their_hashes(built: Built) -> None:
    placed = place(built, "bucket", {"deployment.zip": "code/1.zip", "arrow.zip": "arrow/2.zip", "text.zip": "text/3.zip"})
    codes = [one["Properties"]["CodeUri"] for one in of_type(placed, "AWS::Serverless::Function").values()]
    assert codes == [{"Bucket": "bucket", "Key": "code/1.zip"}] * len(FUNCTIONS)
    assert properties(placed, "ArrowLayer")["ContentUri"] == {"Bucket": "bucket", "Key": "arrow/2.zip"}
    assert properties(placed, "TextLayer")["ContentUri"] == {"Bucket": "bucket", "Key": "text/3.zip"}
    assert properties(built, "ArrowLayer")["ContentUri"] == "./arrow.zip"  # the template given is not changed


def test_the_template_fits_cloudformation(built: Built) -> None:
    assert len(json.dumps(built)) < 1_000_000
    assert len(built["Resources"]) < 400  # of 500, the transform adds some


@pytest.mark.parametrize("name", ["", "Prod", "pro-d", "1st", "a" * 21, "a/b"])
def test_a_stage_name_that_would_break_resource_names_is_refused(name: str) -> None:
    with pytest.raises(Problem, match="stage name"):
        Stage(name)


def test_the_package_lies_where_it_is_looked_for(packaged: Built) -> None:
    names = (*ZIPS, "template.json")
    assert all((folder(Stage("local")) / name).exists() for name in names)
