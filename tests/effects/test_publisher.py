"""SMS, push and alerts by SNS."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import boto3
import pytest
from moto import mock_aws
from moto.core import DEFAULT_ACCOUNT_ID
from moto.sns import sns_backends

from chalicelib.effects.publisher import Publisher, notification, subject_of
from chalicelib.model.action import Action, ActionKind, ActionStatus
from chalicelib.model.sending import Accepted, Envelope, Refused
from chalicelib.model.touch import Letter

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
LETTER = Letter("Order 1001", "Your parcel is there. 包裹已到", "en")


@pytest.fixture
def topic(monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "test")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    monkeypatch.delenv("AWS_ENDPOINT_URL", raising=False)
    with mock_aws():
        yield boto3.client("sns").create_topic(Name="alarms")["TopicArn"]


def test_a_text_message_goes_out_once_as_transactional(topic: str) -> None:
    answer = Publisher(topic).sms(Envelope("+4915112345678", LETTER, "key"))

    assert isinstance(answer, Accepted)
    sent = sns_backends[DEFAULT_ACCOUNT_ID]["us-east-1"].sms_messages
    assert list(sent.values()) == [("+4915112345678", LETTER.text)]


def test_what_is_no_number_is_refused_without_quoting_it(topic: str) -> None:
    answer = Publisher(topic).sms(Envelope("0151-nobody", LETTER, "key"))

    assert isinstance(answer, Refused) and not answer.passing
    assert "0151" not in answer.why


def test_a_device_that_is_gone_is_refused(topic: str) -> None:
    sns = boto3.client("sns")
    app = sns.create_platform_application(Name="app", Platform="GCM", Attributes={})["PlatformApplicationArn"]
    device = sns.create_platform_endpoint(PlatformApplicationArn=app, Token="t")["EndpointArn"]
    publisher = Publisher(topic)

    assert isinstance(publisher.push(Envelope(device, LETTER, "key")), Accepted)
    sns.set_endpoint_attributes(EndpointArn=device, Attributes={"Enabled": "false"})
    answer = publisher.push(Envelope(device, LETTER, "key"))
    assert isinstance(answer, Refused) and not answer.passing
    assert "no longer takes" in answer.why


def test_each_platform_gets_its_own_text() -> None:
    told = json.loads(notification(LETTER))

    assert told["default"] == LETTER.text
    assert json.loads(told["APNS"])["aps"]["alert"] == {"title": "Order 1001", "body": LETTER.text}
    assert json.loads(told["GCM"])["notification"] == {"title": "Order 1001", "body": LETTER.text}


def test_an_alert_reaches_the_topic(topic: str) -> None:
    sqs = boto3.client("sqs")
    queue = sqs.create_queue(QueueName="people")["QueueUrl"]
    arn = sqs.get_queue_attributes(QueueUrl=queue, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    boto3.client("sns").subscribe(TopicArn=topic, Protocol="sqs", Endpoint=arn)
    text = "Message 邮件 x\n may or may not have been sent; " + "a person must look " * 10
    action = Action("alert#1", ActionKind.ALERT, "shopify/acme", "order:1", NOW, NOW + timedelta(days=7), {"text": text})

    assert Publisher(topic).alert(action, NOW) is ActionStatus.DONE

    (message,) = sqs.receive_message(QueueUrl=queue)["Messages"]
    told = json.loads(message["Body"])
    assert told["Message"] == text
    assert told["Subject"] == subject_of(text)


@pytest.mark.parametrize("text", ["short", "a" * 300, "Ü\nb\tc", "\x00\x1b[31m", ""])
def test_a_subject_is_one_short_line_of_ascii(text: str) -> None:
    subject = subject_of(text)

    assert 0 < len(subject) <= 100
    assert subject.isascii() and subject.isprintable()
