"""The emulator under our keeper: killed at any moment it loses nothing that was answered, and its streams go on."""

from __future__ import annotations

import io
import json
import os
import signal
import socket
import subprocess
import time
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from infra.local import process
from infra.local.home import Home
from infra.problems import Problem

# Copies each key it reads to the other table; slow enough to be behind when the emulator is killed.
COPIER = """
import boto3, time
table = boto3.client("dynamodb")
def handler(event, context):
    time.sleep(0.2)
    for record in event["Records"]:
        table.put_item(TableName="copies", Item={"pk": record["dynamodb"]["Keys"]["pk"]})
"""

pytestmark = pytest.mark.skipif(not process.emulator_python().exists(), reason="no emulator: run make setup")


def quiet(_: str) -> None:
    return


@pytest.fixture
def home(tmp_path: Path) -> Iterator[Home]:
    one = Home(tmp_path / "home")
    yield one
    process.stop(one, quiet)


def kill(home: Home) -> None:
    pid = home.remembered()["pid"]
    os.kill(pid, signal.SIGKILL)
    until = time.monotonic() + 10
    while process.running(home) and time.monotonic() < until:
        time.sleep(0.05)


def make_tables(client: Callable[[str], Any]) -> None:
    tables, lambdas = client("dynamodb"), client("lambda")
    for name in ("events", "copies"):
        stream = {"StreamEnabled": name == "events", **({"StreamViewType": "KEYS_ONLY"} if name == "events" else {})}
        tables.create_table(TableName=name, BillingMode="PAY_PER_REQUEST", StreamSpecification=stream,
                            KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}],
                            AttributeDefinitions=[{"AttributeName": "pk", "AttributeType": "S"}])
    code = io.BytesIO()
    with zipfile.ZipFile(code, "w") as zipped:
        zipped.writestr("copier.py", COPIER)
    role = "arn:aws:iam::000000000000:role/test"
    lambdas.create_function(FunctionName="copier", Runtime="python3.13", Handler="copier.handler", Role=role, Timeout=30,
                            Code={"ZipFile": code.getvalue()})
    stream = tables.describe_table(TableName="events")["Table"]["LatestStreamArn"]
    lambdas.create_event_source_mapping(FunctionName="copier", EventSourceArn=stream, BatchSize=5,
                                        StartingPosition="TRIM_HORIZON")


def keys_of(client: Callable[[str], Any], table: str) -> set[str]:
    pages = client("dynamodb").get_paginator("scan").paginate(TableName=table)
    return {item["pk"]["S"] for page in pages for item in page["Items"]}


def write(client: Callable[[str], Any], keys: list[str]) -> None:
    for key in keys:
        client("dynamodb").put_item(TableName="events", Item={"pk": {"S": key}, "blob": {"B": b"\0" + key.encode()}})


def copied(client: Callable[[str], Any], wanted: set[str]) -> bool:
    until = time.monotonic() + 60
    while time.monotonic() < until:
        if wanted <= keys_of(client, "copies"):
            return True
        time.sleep(0.3)
    return False


def test_killed_and_stopped_in_turn_it_loses_nothing(home: Home, port: int, client: Callable[[str], Any]) -> None:
    assert process.start(home, port, quiet) is True
    make_tables(client)
    time.sleep(3)  # the least time between two saves is two seconds: functions and readers are on disk now
    written: list[str] = []
    for turn, end in enumerate((kill, kill, lambda one: process.stop(one, quiet), kill)):
        keys = [f"{turn}-{n}" for n in range(12)]
        write(client, keys)
        written += keys
        end(home)
        process.start(home, port, quiet)
        assert keys_of(client, "events") == set(written)
    write(client, ["after"])
    assert copied(client, {*written, "after"}), set(written) - keys_of(client, "copies")
    assert client("dynamodb").get_item(TableName="events", Key={"pk": {"S": "0-3"}})["Item"]["blob"]["B"] == b"\x000-3"


def test_a_secret_is_kept_once_it_is_answered(home: Home, port: int, client: Callable[[str], Any]) -> None:
    process.start(home, port, quiet)
    client("secretsmanager").create_secret(Name="shop", SecretString="first")
    kill(home)
    process.start(home, port, quiet)
    client("secretsmanager").put_secret_value(SecretId="shop", SecretString="second")
    kill(home)
    process.start(home, port, quiet)

    assert client("secretsmanager").get_secret_value(SecretId="shop")["SecretString"] == "second"


def test_a_deployment_is_kept_once_its_end_is_told(home: Home, port: int, client: Callable[[str], Any]) -> None:
    process.start(home, port, quiet)
    stacks = client("cloudformation")
    table = {"Type": "AWS::DynamoDB::Table", "Properties": {
        "TableName": "made", "BillingMode": "PAY_PER_REQUEST", "KeySchema": [{"AttributeName": "pk", "KeyType": "HASH"}],
        "AttributeDefinitions": [{"AttributeName": "pk", "AttributeType": "S"}]}}
    stacks.create_stack(StackName="one", TemplateBody=json.dumps({"Resources": {"Table": table}}))
    until = time.monotonic() + 60
    while stacks.describe_stacks(StackName="one")["Stacks"][0]["StackStatus"] != "CREATE_COMPLETE":
        assert time.monotonic() < until
        time.sleep(0.02)
    client("dynamodb").put_item(TableName="made", Item={"pk": {"S": "1"}})
    kill(home)
    process.start(home, port, quiet)

    assert keys_of(client, "made") == {"1"}


def test_starting_again_does_nothing_and_stopping_leaves_no_process(home: Home, port: int) -> None:
    process.start(home, port, quiet)
    pid = process.running(home)
    assert process.start(home, port, quiet) is False
    assert process.running(home) == pid
    assert process.stop(home, quiet) is True
    left = subprocess.run(["ps", "-eo", "args"], capture_output=True, text=True).stdout
    assert str(home.folder) not in left
    assert process.free(port)
    assert process.stop(home, quiet) is False


def test_a_taken_port_is_said_plainly(home: Home) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        with pytest.raises(Problem, match="used by another program") as caught:
            process.start(home, taken.getsockname()[1], quiet)
    assert "--port" in caught.value.remedy


def test_a_pid_that_is_another_programs_counts_as_none(home: Home) -> None:
    home.remember(pid=os.getpid(), port=4570)
    assert process.running(home) is None
    home.remember(pid=2**22 + 1)
    assert process.running(home) is None


def test_a_damaged_record_is_as_good_as_none(home: Home) -> None:
    home.remember(port=4570)
    (home.folder / "stack.json").write_text("{half")
    assert home.remembered() == {}
    (home.folder / "stack.json").write_text(json.dumps([1]))
    assert home.remembered() == {}


def test_two_commands_do_not_start_it_at_once(home: Home) -> None:
    with home.alone(), pytest.raises(Problem, match="Another command"), home.alone():
        pytest.fail("both hold the lock")
