"""The real package's template for the tests around it; a free port and clients of an emulator on it."""

from __future__ import annotations

import json
import socket
from collections.abc import Callable
from typing import Any

import boto3
import pytest

from infra.package import folder, package
from infra.stages import Stage
from infra.template import template

LOCAL, AWS = Stage("local"), Stage("production")


@pytest.fixture(scope="session")
def packaged() -> dict[str, Any]:
    """What `chalice package` said of the app as it is; packages it if that was not done since the last change."""
    package(LOCAL)
    return dict(json.loads((folder(LOCAL) / "chalice.json").read_text()))


@pytest.fixture(scope="session", params=[LOCAL, AWS], ids=lambda stage: stage.name)
def built(request: pytest.FixtureRequest, packaged: dict[str, Any]) -> dict[str, Any]:
    return template(packaged, request.param)


@pytest.fixture(scope="session")
def on_aws(packaged: dict[str, Any]) -> dict[str, Any]:
    return template(packaged, AWS)


@pytest.fixture
def port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


@pytest.fixture
def client(port: int) -> Callable[[str], Any]:
    keys = {"aws_access_key_id": "test", "aws_secret_access_key": "test", "region_name": "us-east-1"}
    return lambda service: boto3.client(service, endpoint_url=f"http://127.0.0.1:{port}", **keys)
