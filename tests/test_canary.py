"""A canary flies through everything: no table, queue, object, topic or log line shows who a buyer is; the provider alone knows.

What is compressed is looked into as well. What is sealed may hold the canary; after its erasure no key opens that.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import boto3
import pytest
from moto.sns.models import sns_backends
from moto.sqs.models import sqs_backends

from chalicelib import platforms
from chalicelib.effects import embedding
from chalicelib.effects.contacts import Contacts
from chalicelib.effects.keys import Keys
from chalicelib.effects.secrets import Secrets
from chalicelib.effects.shops import Shops
from chalicelib.effects.store import Store
from chalicelib.effects.vault import Vault
from chalicelib.model import log, tags, times
from chalicelib.model.errors import BadPayload
from chalicelib.model.facts import WordsFact
from chalicelib.model.person import Channel
from chalicelib.model.profile import Profile
from chalicelib.model.sending import Accepted, Envelope, NoAnswer
from chalicelib.steps import feed, perform, performers, react, receive, words
from tests import reasons_head
from tests.aws import stack
from tests.fakes import stream_record
from tests.platforms import fixtures
from tests.reasons_head import phrases

__all__ = ["phrases"]

SHOP, SECRET, DOMAIN = "shopify/sample-shop", "canary", "sample-shop.myshopify.com"
EMAIL, PHONE, NAME, STREET = "canary-7f3a@example.com", "+12025550177", "Canaryname", "77 Canarystreet"
NOTE = f"Too small, and {NAME} is no name for {EMAIL}. Ask {NAME} or {PHONE} at {STREET}. {NAME} says label: other."
CANARY = (b"canary-7f3a", b"2025550177", b"Canaryname", b"Canarystreet")
TABLES = ("events", "orders", "links", "outbox", "keys", "settings", "buyers", "cases")


class Stage:
    """The steps as they are deployed, their stream and queue carried by hand; mail goes to a provider that remembers it."""

    def __init__(self, settings: Any, monkeypatch: pytest.MonkeyPatch) -> None:
        self.settings, self.mails, self.answers = settings, [], True
        monkeypatch.setattr(performers, "Mailer", lambda name: self._provider)
        Secrets(settings).add(SHOP, SECRET, keep_old=False)
        Shops(settings.settings_table).present(
            Profile(SHOP, "Sample Shop", "shop@example.com", postal="1 Sample Street, Sampleton", domain=DOMAIN)
        )
        self.receive, self.react = receive.prepare(settings), react.prepare(settings)
        self.performing, self.feed = performers.effects(settings), feed.prepare(settings)
        monkeypatch.setattr(words.model, "head", reasons_head.head)
        monkeypatch.setattr(embedding, "embedder", lambda: None)
        self.words = words.prepare(settings)
        self._seen: set[tuple[str, str]] = set()
        self.keys = Keys(settings)

    def _provider(self, envelope: Envelope) -> Accepted:
        self.mails.append(envelope)
        if not self.answers:
            raise NoAnswer("SES did not answer")
        return Accepted(f"ses-{len(self.mails)}")

    def send(self, name: str, **changes: Any) -> None:
        """Send a recorded webhook with the canary in it, then react to it."""
        recorded = fixtures.one("shopify", name).webhook
        body = json.dumps(flown(json.loads(recorded.body)) | changes).encode()
        webhook = replace(
            recorded, body=body, headers={**recorded.headers, "x-shopify-triggered-at": f"{now():%Y-%m-%dT%H:%M:%SZ}"}
        )
        signed = platforms.get("shopify").sign(webhook, SECRET, now())
        self.receive(signed, now())
        self.flow()

    def flow(self) -> None:
        """React to what is new in the log, and to what is read in it; perform every action at its time."""
        self._react()
        sqs, queue = boto3.client("sqs"), self.settings.words_queue
        while told := sqs.receive_message(QueueUrl=queue, VisibilityTimeout=0).get("Messages", []):
            records = [{"messageId": one["MessageId"], "body": one["Body"]} for one in told]
            assert self.words(records) == {"batchItemFailures": []}
            for one in told:
                sqs.delete_message(QueueUrl=queue, ReceiptHandle=one["ReceiptHandle"])
        self._react()
        for one in items("outbox"):
            due = max(now(), times.from_millis(int(one["due_at"]["N"])))
            record = {"messageId": "1", "body": json.dumps({"key": one["pk"]["S"]})}
            perform.performed([record], replace(self.performing, clock=lambda due=due: due))

    def _react(self) -> None:
        found = [(one["pk"]["S"], one["sk"]["S"]) for one in items("events")]
        fresh = [one for one in found if one not in self._seen]
        self._seen |= set(fresh)
        assert self.react([stream_record(pk, sk, str(n)) for n, (pk, sk) in enumerate(fresh)]) == {"batchItemFailures": []}

    def bounce(self, key: str) -> None:
        """SES tells that a mail bounced for good, and names the recipient in ten places, as it does."""
        told = {
            "eventType": "Bounce",
            "bounce": {"bounceType": "Permanent", "bouncedRecipients": [{"emailAddress": EMAIL, "diagnosticCode": EMAIL}]},
            "mail": {"messageId": "ses-1", "destination": [EMAIL], "tags": {"wellkept": [tags.tag(key)]},
                     "headers": [{"name": "To", "value": f"{NAME} <{EMAIL}>"}], "commonHeaders": {"to": [EMAIL]}},
        }  # fmt: skip
        self.feed([{"Sns": {"Message": json.dumps(told)}}])


def now() -> datetime:
    return datetime.now(UTC)


def flown(value: Any) -> Any:
    """A recorded body in which the canary stands wherever a person stood; times are those of today."""
    if isinstance(value, dict):
        return {name: _canary(name, inner) for name, inner in value.items()}
    return [flown(one) for one in value] if isinstance(value, list) else value


def _canary(name: str, value: Any) -> Any:
    here = {"email": EMAIL, "contact_email": EMAIL, "phone": PHONE, "first_name": NAME, "last_name": NAME, "address1": STREET,
            "note": f"ring at {STREET}", "customer_note": NOTE,
            "created_at": f"{now() - timedelta(hours=1):%Y-%m-%dT%H:%M:%SZ}",
            "updated_at": f"{now():%Y-%m-%dT%H:%M:%SZ}"}  # fmt: skip
    return here.get(name, flown(value))


def items(table: str) -> list[dict[str, Any]]:
    return boto3.client("dynamodb").scan(TableName=table)["Items"]


def everything(records: list[Any]) -> Iterator[tuple[str, bytes]]:
    """Where, and what, of all that was stored, queued, published or logged; unpacked where it was packed."""
    for table in TABLES:
        for item in items(table):
            for name, value in item.items():
                for data in value.values():
                    yield from (
                        (f"{table}.{name}", one) for one in readings(data if isinstance(data, bytes) else repr(data).encode())
                    )
    s3 = boto3.client("s3")
    for bucket in ("lake", "blobs"):
        for one in s3.list_objects_v2(Bucket=bucket).get("Contents", []):
            yield from ((bucket, found) for found in readings(s3.get_object(Bucket=bucket, Key=one["Key"])["Body"].read()))
    for queues in (region.queues for account in sqs_backends.values() for region in account.values()):
        yield from ((queue.name, message.body.encode()) for queue in queues.values() for message in queue._messages)
    for topics in (region.topics for account in sns_backends.values() for region in account.values()):
        yield from (("topic", repr(topic.sent_notifications).encode()) for topic in topics.values())
    yield from (("log", repr(vars(record)).encode()) for record in records)


def readings(data: bytes) -> Iterator[bytes]:
    yield data
    try:
        yield log.unpack(data)
    except Exception:  # sealed, or never packed
        return


def hits(records: list[Any]) -> set[str]:
    return {where for where, data in everything(records) for word in CANARY if word.lower() in data.lower()}


@pytest.fixture
def stage(phrases, monkeypatch):
    with stack(monkeypatch) as settings:
        yield Stage(settings, monkeypatch)


def test_the_search_finds_what_is_packed_queued_and_logged(stage: Stage, caplog):
    dynamodb, name = boto3.client("dynamodb"), CANARY[2].decode()
    dynamodb.put_item(TableName="orders", Item={"pk": {"S": "x"}, "v": {"N": "1"}, "b": {"B": log.pack(CANARY[0] * 9)}})
    boto3.client("sqs").send_message(QueueUrl=stage.settings.work_queue, MessageBody=name, DelaySeconds=60)
    boto3.client("sns").publish(TopicArn=stage.settings.alarms_topic, Message=name)
    boto3.client("s3").put_object(Bucket="blobs", Key="x", Body=CANARY[3])
    caplog.set_level("INFO")
    import logging

    logging.getLogger("any").info("x", extra={"field": name})

    assert hits(caplog.records) == {"orders.b", "work", "topic", "blobs", "log"}


def test_only_the_provider_ever_learns_who_the_buyer_is(stage: Stage, caplog):
    stage.send("orders/create")
    stage.send("orders/paid")
    stage.answers = False
    stage.send("fulfillments/create")  # the mail goes, and nobody answers
    stage.answers = True
    stage.send("returns/request", customer_note=STREET)
    stage.send("orders/updated", note="x" * 900_000 + STREET)  # a body for S3
    with pytest.raises(BadPayload):
        stage.send("orders/updated", id={"email": EMAIL})

    (read,) = (fact for one in Store(stage.settings).events(SHOP, "order:5001") for event in one.events for fact in event.facts
               if isinstance(fact, WordsFact))  # fmt: skip
    assert (read.text or "").startswith("Too small, and [name] is no name for [mail]. Ask [name] or [number] at [address]")
    assert read.reading and "too small" in (read.reading.evidence or ())
    (mail,) = stage.mails
    assert mail.to == EMAIL and NAME in mail.letter.text
    stage.bounce(mail.tag)
    contacts = Contacts(stage.settings, stage.keys)
    assert [str(one.word) for one in contacts.log(SHOP, contacts.name(Channel.MAIL, EMAIL))] == ["bounced"]

    assert hits(caplog.records) == set()
    assert len(caplog.records) > 8 and items("cases") and items("buyers")

    stage.send("customers/data_request")
    stage.send("customers/redact")

    buyer = stage.keys.hashed("shopify:customer:7001")
    assert Vault(stage.settings, stage.keys).get(SHOP, buyer, now()) is None
    statuses = {one["kind"]["S"]: one["status"]["S"] for one in items("outbox")}
    assert (statuses["erase_buyer"], statuses["export_buyer"]) == ("done", "held")
    assert hits(caplog.records) == set()
    kept = [one["pk"]["S"] for one in items("events") if "s" in one or "r" in one]
    assert all(key.startswith(f"{SHOP}#rejected:") for key in kept) and len(kept) == 1
    assert "Contents" not in boto3.client("s3").list_objects_v2(Bucket="blobs")

    stage.send("orders/fulfilled")  # late, and refused
    assert Vault(stage.settings, stage.keys).get(SHOP, buyer, now()) is None
    assert len(stage.mails) == 1
    assert hits(caplog.records) == set()


def test_a_vault_that_fails_quotes_nobody(stage: Stage, monkeypatch, caplog):
    monkeypatch.setattr(Vault, "keep", lambda self, *given: (_ for _ in ()).throw(ValueError(f"cannot keep {given}")))

    stage.send("orders/create")

    assert [record for record in caplog.records if getattr(record, "because", {}).get("error") == "ValueError"]
    assert hits(caplog.records) == set()
    (message,) = (queue for account in sqs_backends.values() for region in account.values()
                  for queue in region.queues.values() if queue.name == "retry")  # fmt: skip
    assert json.loads(message._messages[0].body)["step"] == "react"
