"""What platforms want of an address beside taking deliveries: handshakes, special answers, shared addresses, silence."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from chalicelib.effects.secrets import Shop
from chalicelib.model.errors import BadSignature
from chalicelib.model.event import Delivery, Webhook
from chalicelib.steps import receive
from tests import toy

NOW = datetime(2026, 6, 1, 12, tzinfo=UTC)


@pytest.fixture(autouse=True)
def toys(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    with toy.beside_the_others(tmp_path, monkeypatch):
        yield


@pytest.fixture
def kept() -> list[Delivery]:
    return []


@pytest.fixture
def fx(kept: list[Delivery]) -> receive.Effects:
    shop = Shop(("word",), {"id": "7"}, {"shop-2": "second"})
    return receive.Effects(
        secrets=SimpleNamespace(shop=lambda source: shop), keys=SimpleNamespace(hashed=str),
        intake=SimpleNamespace(put=lambda delivery, raw: kept.append(delivery) or True), max_body=1000,
    )  # fmt: skip


def webhook(method: str = "POST", seller: str = "", **headers: str) -> Webhook:
    body = {"id": "1", "at": "2026-05-01T00:00:00Z"} | ({"shop": seller} if seller else {})
    given = {"x-word": "word"} | {name.replace("_", "-"): value for name, value in headers.items()}
    return Webhook("toy", "box", given, json.dumps(body).encode(), method)


def test_a_platform_gets_the_answer_it_wants(fx: receive.Effects, kept: list[Any]):
    answer = receive.receive(webhook(), NOW, fx)
    assert (answer.status, answer.body) == (200, b"") and answer.headers["x-wellkept-event"]
    assert len(kept) == 1


def test_a_handshake_is_answered_and_kept_nowhere(fx: receive.Effects, kept: list[Any]):
    assert receive.receive(webhook("GET"), NOW, fx).body == "hello"
    assert kept == []


def test_what_is_meant_for_others_is_taken_and_forgotten(fx: receive.Effects, kept: list[Any]):
    assert receive.receive(webhook(x_for="others"), NOW, fx).status == 200
    assert kept == []


def test_several_shops_of_a_platform_share_an_address(fx: receive.Effects, kept: list[Delivery]):
    for seller in ("shop-2", "a stranger", ""):
        receive.receive(webhook(seller=seller), NOW, fx)
    assert [one.source for one in kept] == ["toy/second", "toy/box", "toy/box"]


def test_a_delivery_still_has_to_prove_itself(fx: receive.Effects, kept: list[Any]):
    with pytest.raises(BadSignature):
        receive.receive(webhook(x_word="guess"), NOW, fx)
    assert kept == []


def test_what_belongs_into_a_queue_is_refused_over_http(fx: receive.Effects, kept: list[Any]):
    queueing = replace(webhook(), platform="amazon", shop="inbox")
    for method in ("POST", "GET", "HEAD"):
        with pytest.raises(BadSignature, match="queue"):
            receive.receive(replace(queueing, method=method), NOW, fx)
    assert kept == []


def test_what_is_wanted_is_kept_with_the_event(fx: receive.Effects, kept: list[Delivery]):
    receive.receive(webhook(), NOW, fx)
    assert [(want.what, want.id) for want in kept[0].events[0].wants] == [("order", "1")]
