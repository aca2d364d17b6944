"""The inbox queue: messages become deliveries; what cannot be taken now stays, what never can does not."""

from __future__ import annotations

import pytest

from chalicelib.model.errors import BadPayload, BadSignature, StoreFailed, UnknownShop
from chalicelib.model.event import Webhook
from chalicelib.steps import inbox


def record(body: str = "{}", id_: str = "m1", **attributes: str) -> dict:
    said = {name: {"stringValue": value, "dataType": "String"} for name, value in attributes.items()}
    return {"messageId": id_, "body": body, "messageAttributes": said}


def test_a_message_is_received_as_if_it_had_come_to_an_address():
    seen: list[Webhook] = []
    records = [record('{"a": "ä"}'), record("{}", "m2", platform="other")]
    answer = inbox.taken(records, lambda webhook, now: seen.append(webhook))
    assert answer == {"batchItemFailures": []}
    assert [(one.source, one.body) for one in seen] == [("amazon/inbox", '{"a": "ä"}'.encode()), ("other/inbox", b"{}")]


@pytest.mark.parametrize(("error", "stays"), [
    (StoreFailed("no"), True), (UnknownShop("amazon/inbox"), True), (RuntimeError("bug"), True),
    (BadPayload("is no JSON"), False), (BadSignature("not ours"), False),
])  # fmt: skip
def test_what_may_yet_be_taken_stays_in_the_queue(error: Exception, stays: bool):
    def take(webhook: Webhook, now: object) -> None:
        if webhook.body == b"bad":
            raise error

    answer = inbox.taken([record("good", "m1"), record("bad", "m2"), record("good", "m3")], take)
    assert answer == {"batchItemFailures": [{"itemIdentifier": "m2"}] if stays else []}
