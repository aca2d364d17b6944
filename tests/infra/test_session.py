"""Which AWS a command talks to."""

from __future__ import annotations

import boto3
import pytest

from infra import session


def test_the_persons_region_counts_over_their_profiles(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    monkeypatch.setenv("AWS_REGION", "eu-central-1")

    session.use("production")

    assert boto3.Session().region_name == "eu-central-1"


def test_without_one_of_their_own_everything_stays_as_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("AWS_REGION", raising=False)
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-west-2")

    session.use("production")

    assert boto3.Session().region_name == "us-west-2"
