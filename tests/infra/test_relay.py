"""The relay: each mail is kept as it went out and its fate told in SES's words, also after a kill."""

from __future__ import annotations

import json
import os
import signal
import time
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from chalicelib.steps.feed import read as read_news
from infra.local import process, relay
from infra.local.home import Home

RAW = b"From: shop@example.com\r\nTo: buyer@example.com\r\nSubject: =?utf-8?b?R3LDvMOfZQ==?=\r\n\r\nHello\r\n"


def line(*to: str, at: float = 1000.0, **more: Any) -> dict[str, Any]:
    return {"at": at, "file": "none.eml", "id": "m-1", "from": "shop@example.com", "to": list(to), "subject": "s",
            "set": "wellkept-local", "tags": {"wellkept": "a2V5"}} | more  # fmt: skip


@pytest.mark.parametrize(("to", "became"), [
    ("buyer@example.com", None), ("bounce@simulator.amazonses.com", "Bounce"), ("Bounce+x@SIMULATOR.amazonses.com", "Bounce"),
    ("complaint+1@simulator.amazonses.com", "Complaint"), ("success@simulator.amazonses.com", None),
    ("bounce@example.com", None),
])  # fmt: skip
def test_the_mailbox_simulators_addresses_decide(to: str, became: str | None) -> None:
    assert relay.outcome(line(to)) == became


def test_the_feed_understands_what_the_relay_tells(tmp_path: Path) -> None:
    told = [read_news(event) for to in ("a@example.com", "bounce@simulator.amazonses.com", "complaint@simulator.amazonses.com")
            for event in relay.events(line(to), tmp_path)]  # fmt: skip

    assert [(news.key, news.word, news.provider_id, news.hard) for news in told if news] == [
        ("key", "Send", "m-1", True), ("key", "Send", "m-1", True), ("key", "Bounce", "m-1", True),
        ("key", "Send", "m-1", True), ("key", "Complaint", "m-1", True),
    ]  # fmt: skip


def test_statistics_come_in_quarters_of_an_hour() -> None:
    lines = [line("a@example.com", at=900), line("bounce@simulator.amazonses.com", at=1799),
             line("complaint@simulator.amazonses.com", at=1800)]  # fmt: skip

    assert [(one["Timestamp"], one["DeliveryAttempts"], one["Bounces"], one["Complaints"]) for one in relay.buckets(lines)] == [
        (900, 2, 1, 0), (1800, 1, 0, 1)]  # fmt: skip


def test_a_line_that_a_kill_cut_off_is_left_out(tmp_path: Path) -> None:
    (tmp_path / relay.BOOK).write_text(json.dumps(line("a@example.com")) + "\n" + '{"at": 1, "fi')

    assert [one["to"] for one in relay.read(tmp_path)] == [["a@example.com"]]
    assert list(relay.read(tmp_path / "nowhere")) == []


@pytest.fixture
def home(tmp_path: Path) -> Iterator[Home]:
    one = Home(tmp_path / "home")
    yield one
    process.stop(one, lambda _: None)


def set_up(client: Callable[[str], Any]) -> str:
    """A configuration set that tells a topic, and a queue that listens; its address."""
    sns, sqs, ses = client("sns"), client("sqs"), client("sesv2")
    topic, queue = sns.create_topic(Name="feed")["TopicArn"], sqs.create_queue(QueueName="heard")["QueueUrl"]
    arn = sqs.get_queue_attributes(QueueUrl=queue, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=arn)
    ses.create_configuration_set(ConfigurationSetName="wellkept-local")
    told = {"Enabled": True, "MatchingEventTypes": ["SEND", "BOUNCE"], "SnsDestination": {"TopicArn": topic}}
    ses.create_configuration_set_event_destination(
        ConfigurationSetName="wellkept-local", EventDestinationName="feed", EventDestination=told)
    ses.create_email_identity(EmailIdentity="shop@example.com")
    return str(queue)


def send(client: Callable[[str], Any], to: str) -> str:
    answer = client("sesv2").send_email(
        FromEmailAddress="shop@example.com", Destination={"ToAddresses": [to]}, Content={"Raw": {"Data": RAW}},
        ConfigurationSetName="wellkept-local", EmailTags=[{"Name": "wellkept", "Value": "a2V5"}],
    )  # fmt: skip
    return str(answer["MessageId"])


def heard(client: Callable[[str], Any], queue: str, wanted: int) -> list[tuple[str, str, list[str]]]:
    """(what, message id, tag) of what the topic told, once so much was."""
    found: list[tuple[str, str, list[str]]] = []
    until = time.monotonic() + 30
    while len(found) < wanted and time.monotonic() < until:
        for one in client("sqs").receive_message(QueueUrl=queue, MaxNumberOfMessages=10, WaitTimeSeconds=1).get("Messages", []):
            event = json.loads(json.loads(one["Body"])["Message"])
            found.append((event["eventType"], event["mail"]["messageId"], event["mail"]["tags"]["wellkept"]))
            client("sqs").delete_message(QueueUrl=queue, ReceiptHandle=one["ReceiptHandle"])
    return sorted(found)


def attempts(client: Callable[[str], Any]) -> tuple[int, int]:
    points = client("ses").get_send_statistics()["SendDataPoints"]
    return sum(one["DeliveryAttempts"] for one in points), sum(one["Bounces"] for one in points)


@pytest.mark.skipif(not process.emulator_python().exists(), reason="no emulator: run make setup")
def test_what_was_accepted_is_kept_and_told_also_after_a_kill(home: Home, port: int, client: Callable[[str], Any]) -> None:
    process.start(home, port, lambda _: None)
    queue = set_up(client)
    sent, bounced = send(client, "buyer@example.com"), send(client, "bounce+1@simulator.amazonses.com")
    with pytest.raises(client("sesv2").exceptions.MessageRejected):
        client("sesv2").send_email(FromEmailAddress="other@example.com", Destination={"ToAddresses": ["buyer@example.com"]},
                                   Content={"Raw": {"Data": RAW}})
    news = sorted([("Bounce", bounced, ["a2V5"]), ("Send", bounced, ["a2V5"]), ("Send", sent, ["a2V5"])])
    assert heard(client, queue, 3) == news
    files = sorted(home.mail.glob("*.eml"))
    assert [file.read_bytes() for file in files] == [RAW, RAW]
    assert [(one["file"], one["subject"]) for one in relay.read(home.mail)] == [(file.name, "Grüße") for file in files]
    assert attempts(client) == (2, 1)

    time.sleep(3)  # the least time between two saves is two seconds: topic and configuration set are on disk now
    os.kill(home.remembered()["pid"], signal.SIGKILL)
    while process.running(home):
        time.sleep(0.05)
    process.start(home, port, lambda _: None)

    assert heard(client, queue, 3) == news
    assert attempts(client) == (2, 1)
    send(client, "buyer@example.com")
    assert [file.name[:6] for file in sorted(home.mail.glob("*.eml"))] == ["000001", "000002", "000003"]
    with urllib.request.urlopen(f"http://127.0.0.1:{port}{relay.STATUS}", timeout=5) as answer:
        assert json.load(answer) == {"delivering": 0}
