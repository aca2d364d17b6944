"""The real package's template for the tests around it."""

from __future__ import annotations

import json
from typing import Any

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
