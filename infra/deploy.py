"""Deploys a package by CloudFormation, the same way to AWS and to the local stack: only what changed, with the reasons
of a failure in plain sight. Every step may be run twice.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import boto3
from botocore.exceptions import ClientError, NoCredentialsError, NoRegionError

from .package import Package, folder
from .problems import Problem
from .stages import Stage
from .template import place

Say = Callable[[str], None]
OLDEST = (3, 12)
_MARK, _BEFORE = "wellkept-template", "wellkept-template-before"
_CAPABILITIES = ["CAPABILITY_IAM", "CAPABILITY_AUTO_EXPAND"]
_USELESS = ("ROLLBACK_COMPLETE", "REVIEW_IN_PROGRESS", "ROLLBACK_FAILED", "CREATE_FAILED", "DELETE_FAILED")


@dataclass(frozen=True, slots=True)
class Deployed:
    """A stack that is there: its outputs, and whether this deployment changed it."""

    outputs: dict[str, str]
    changed: bool


def check_python(stage: Stage, version: tuple[int, ...] = tuple(sys.version_info[:2])) -> None:
    """Problem when this Python would make a package that AWS cannot load: pyarrow needs the newer images' C library."""
    if not stage.local and version < OLDEST:
        have, need = (".".join(map(str, one)) for one in (version, OLDEST))
        raise Problem(
            f"AWS needs a package made with Python {need} or newer; this environment has {have}.",
            f"Install Python {need} or 3.13, then run: make clean setup. The local stack works with {have}.",
        )


def deploy(stage: Stage, made: Package, say: Say) -> Deployed:
    """Bring the stack of `stage` to the package `made`; does nothing when it is there already.

    Problem, with the failing resources' own reasons, when CloudFormation refuses; the stack is then as before.
    """
    check_python(stage)
    stack = describe(stage)
    bucket = deploy_bucket()
    keys = {name: f"{name.removesuffix('.zip')}/{mark}.zip" for name, mark in made.zips.items()}
    body = json.dumps(place(json.loads((folder(stage) / "template.json").read_text()), bucket, keys))
    mark = mark_of(made)
    if stack and _tags(stack).get(_MARK) == mark and stack["StackStatus"].endswith("_COMPLETE") and not _failed(stack):
        return Deployed(_outputs(stack), changed=False)
    for name, key in keys.items():
        _upload(bucket, key, folder(stage) / name, say)
    key = f"templates/{stage.name}/{mark}.json"
    boto3.client("s3").put_object(Bucket=bucket, Key=key, Body=body.encode())
    return _apply(stage, bucket, mark, stack, say)


def mark_of(made: Package) -> str:
    """What tells one deployment from another: the hashes of template and zips. The stack carries it as a tag."""
    return "-".join([made.template, *made.zips.values()])


def deployed_mark(stage: Stage) -> str | None:
    """The mark of what is deployed, None when nothing is."""
    stack = describe(stage)
    return _tags(stack).get(_MARK) if stack else None


def roll_back(stage: Stage, say: Say) -> Deployed:
    """Deploy again what was deployed before the last deployment. Problem when there is nothing before it."""
    stack = describe(stage)
    mark = _tags(stack).get(_BEFORE) if stack else None
    if not mark:
        raise Problem(f"Nothing was deployed to {stage.name} before.", "Check out the wanted version and deploy it instead.")
    return _apply(stage, deploy_bucket(), mark, stack, say)


def describe(stage: Stage) -> dict[str, Any] | None:
    """CloudFormation's description of the stack, None when there is none."""
    try:
        found = boto3.client("cloudformation").describe_stacks(StackName=stage.stack)["Stacks"]
    except (NoCredentialsError, NoRegionError) as error:
        remedy = "Set AWS_PROFILE and AWS_REGION to your account's, then try again."
        raise Problem(f"AWS cannot be asked: {str(error).rstrip('.')}.", remedy) from error
    except ClientError as error:
        if "does not exist" in str(error):
            return None
        raise
    return next((dict(one) for one in found if one["StackStatus"] != "DELETE_COMPLETE"), None)


def stack_outputs(stage: Stage) -> dict[str, str] | None:
    """The outputs of the deployed stack, None when it is not deployed."""
    stack = describe(stage)
    return _outputs(stack) if stack else None


def deploy_bucket() -> str:
    """The bucket packages are deployed from, one per account and region, made if missing: private, encrypted."""
    account = boto3.client("sts").get_caller_identity()["Account"]
    s3 = boto3.client("s3")
    region = s3.meta.region_name
    bucket = f"wellkept-deploy-{account}-{region}"
    try:
        s3.head_bucket(Bucket=bucket, ExpectedBucketOwner=account)
    except ClientError as error:
        if error.response["Error"]["Code"] not in ("404", "NoSuchBucket"):
            raise Problem(f"The bucket {bucket} cannot be used: {error}.", "It must belong to your own account.") from error
        place_at = {} if region == "us-east-1" else {"CreateBucketConfiguration": {"LocationConstraint": region}}
        s3.create_bucket(Bucket=bucket, **place_at)
        shut = dict.fromkeys(("BlockPublicAcls", "BlockPublicPolicy", "IgnorePublicAcls", "RestrictPublicBuckets"), True)
        s3.put_public_access_block(Bucket=bucket, PublicAccessBlockConfiguration=shut)
    return bucket


def _upload(bucket: str, key: str, path: Path, say: Say) -> None:
    """Upload a zip under its hash, unless it is there."""
    s3 = boto3.client("s3")
    try:
        s3.head_object(Bucket=bucket, Key=key)
    except ClientError as error:
        if error.response["Error"]["Code"] not in ("404", "NoSuchKey", "NotFound"):
            raise
        say(f"Uploading {path.name} ({path.stat().st_size / 1024**2:.1f} MB)")
        s3.upload_file(str(path), bucket, key)


def _apply(stage: Stage, bucket: str, mark: str, stack: dict[str, Any] | None, say: Say) -> Deployed:
    stack = _clear_way(stage, stack, say)
    cloudformation = boto3.client("cloudformation")
    kind = "UPDATE" if stack else "CREATE"
    name = f"wellkept-{int(time.time() * 1000)}"
    s3 = boto3.client("s3")
    url = s3.generate_presigned_url("get_object", Params={"Bucket": bucket, "Key": f"templates/{stage.name}/{mark}.json"})
    tags = {_MARK: mark, "wellkept": stage.name, **({_BEFORE: _tags(stack)[_MARK]} if stack and _MARK in _tags(stack) else {})}
    cloudformation.create_change_set(
        StackName=stage.stack, ChangeSetName=name, ChangeSetType=kind, TemplateURL=url.split("?")[0],
        Capabilities=_CAPABILITIES, Tags=[{"Key": key, "Value": value} for key, value in tags.items()],
    )
    if not _has_changes(stage, name):
        cloudformation.delete_change_set(StackName=stage.stack, ChangeSetName=name)
        return Deployed(_outputs(stack or {}), changed=False)
    seen = _event_ids(stage)
    say(f"Deploying {stage.stack}")
    cloudformation.execute_change_set(StackName=stage.stack, ChangeSetName=name)
    return Deployed(_outputs(_follow(stage, seen, say)), changed=True)


def _clear_way(stage: Stage, stack: dict[str, Any] | None, say: Say) -> dict[str, Any] | None:
    """A stack whose creation failed can only be deleted; one that is being changed must be left alone."""
    if stack is None:
        return None
    if stack["StackStatus"] in _USELESS:
        say("Removing what an earlier, failed deployment left")
        boto3.client("cloudformation").delete_stack(StackName=stage.stack)
        boto3.client("cloudformation").get_waiter("stack_delete_complete").wait(StackName=stage.stack)
        return None
    if stack["StackStatus"].endswith("_IN_PROGRESS"):
        remedy = "./wellkept down --forget, then ./wellkept up" if stage.local else "Wait for it to end, then deploy again"
        raise Problem(f"The stack {stage.stack} is being changed ({stack['StackStatus']}).", f"{remedy}.")
    return stack


def _has_changes(stage: Stage, name: str) -> bool:
    """Wait for the change set. False when it changes nothing; Problem when CloudFormation refuses the template."""
    while True:
        found = boto3.client("cloudformation").describe_change_set(StackName=stage.stack, ChangeSetName=name)
        if found["Status"] in ("CREATE_COMPLETE", "FAILED"):
            break
        time.sleep(1)
    reason = found.get("StatusReason", "")
    if found["Status"] == "FAILED" and not ("didn't contain changes" in reason or "No updates" in reason):
        raise Problem(f"CloudFormation refuses the template: {reason}", "Put right what it names, then deploy again.")
    return bool(found["Status"] == "CREATE_COMPLETE")


def _follow(stage: Stage, seen: set[str], say: Say) -> dict[str, Any]:
    """Say what CloudFormation does until it is done. Problem with every reason when it failed."""
    failures: list[str] = []
    while True:
        stack = describe(stage) or {"StackStatus": "DELETE_COMPLETE"}
        for event in _events_since(stage, seen):
            status = event["ResourceStatus"]
            if status.endswith("_FAILED") and "cancelled" not in event.get("ResourceStatusReason", ""):
                failures.append(f"  {event['LogicalResourceId']}: {event.get('ResourceStatusReason', status)}")
            elif status.endswith("_COMPLETE") and not stage.local:
                say(f"{event['LogicalResourceId']} {status.lower().replace('_', ' ')}")
        if not stack["StackStatus"].endswith("_IN_PROGRESS"):
            break
        time.sleep(0.3 if stage.local else 3)
    if _failed(stack) or stack["StackStatus"] == "DELETE_COMPLETE":
        reasons = "\n".join(failures) or f"  {stack.get('StackStatusReason', stack['StackStatus'])}"
        raise Problem(f"The deployment failed and was undone:\n{reasons}", "Put right what it names, then deploy again.")
    return stack


def _failed(stack: dict[str, Any]) -> bool:
    status = stack["StackStatus"]
    return "ROLLBACK" in status or status.endswith("_FAILED")


def _events_since(stage: Stage, seen: set[str]) -> list[dict[str, Any]]:
    found = boto3.client("cloudformation").describe_stack_events(StackName=stage.stack)["StackEvents"]
    new = [dict(event) for event in reversed(found) if event["EventId"] not in seen]
    seen |= {event["EventId"] for event in new}
    return new


def _event_ids(stage: Stage) -> set[str]:
    seen: set[str] = set()
    _events_since(stage, seen)
    return seen


def _tags(stack: dict[str, Any]) -> dict[str, str]:
    return {tag["Key"]: tag["Value"] for tag in stack.get("Tags", [])}


def _outputs(stack: dict[str, Any]) -> dict[str, str]:
    return {output["OutputKey"]: output["OutputValue"] for output in stack.get("Outputs", [])}
