"""The commands about actions and shops, on moto: what they show, what they change, what they refuse."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import boto3
import pytest
import typer
from click.testing import Result
from typer.testing import CliRunner

from chalicelib.effects.breaker import KEY as BREAKER
from chalicelib.effects.outbox import Outbox
from chalicelib.effects.secrets import Secrets
from chalicelib.effects.settings_items import SettingsItems
from chalicelib.effects.shops import Shops
from chalicelib.model.action import Action, ActionKind, ActionStatus
from chalicelib.settings import Settings
from infra.cli import data, outbox, shops
from infra.problems import Problem
from infra.profiles import checked
from tests.aws import stack

NOW = datetime.now(UTC)


@pytest.fixture
def settings(monkeypatch: pytest.MonkeyPatch) -> Iterator[Settings]:
    with stack(monkeypatch) as found:
        for module in (outbox, shops):
            monkeypatch.setattr(module, "settings_of", lambda stage: found)
        monkeypatch.setattr(shops, "door", lambda stage: "http://wellkept.localhost:4566/")
        yield found


@pytest.fixture
def run() -> Callable[..., Result]:
    app = typer.Typer()
    data.register(app)
    return lambda *words: CliRunner().invoke(app, list(words), catch_exceptions=True)


def add(settings: Settings, id_: str, status: ActionStatus = ActionStatus.READY, why: str | None = None) -> str:
    key = f"message#shopify/acme#order:{id_}#how_is_it"
    action = Action(key, ActionKind.MESSAGE, "shopify/acme", f"order:{id_}", NOW, NOW + timedelta(days=3),
                    {"touchpoint": "how_is_it"}, status, why)  # fmt: skip
    assert Outbox(settings).add(action, False, NOW)
    return key


def queued(settings: Settings) -> list[str]:
    found = boto3.client("sqs").receive_message(QueueUrl=settings.work_queue, MaxNumberOfMessages=10).get("Messages", [])
    return [json.loads(one["Body"])["key"] for one in found]


def test_every_action_is_explained_and_summed_up(settings: Settings, run: Callable[..., Result]) -> None:
    add(settings, "1", ActionStatus.SUPPRESSED, "cancelled")
    add(settings, "2", ActionStatus.SUPPRESSED, "cancelled")
    add(settings, "3")

    text = run("outbox").stdout
    assert "2 suppressed: cancelled" in text and "1 ready" in text
    (one,) = json.loads(run("outbox", "--order", "3", "--json").stdout)
    assert (one["touchpoint"], one["status"], one["subject"]) == ("how_is_it", "ready", "order:3")
    assert "to" not in one
    assert len(json.loads(run("outbox", "--status", "suppressed", "--json").stdout)) == 2
    assert isinstance(run("outbox", "--status", "lost").exception, Problem)


def test_a_person_sends_or_leaves_what_is_held(settings: Settings, run: Callable[..., Result]) -> None:
    sent, left = (add(settings, id_, ActionStatus.HELD, "no sender") for id_ in "12")

    assert run("answer", sent, "--send").exit_code == 0
    assert run("answer", left, "--leave").exit_code == 0

    book = Outbox(settings)
    assert [book.get(key).status for key in (sent, left)] == [ActionStatus.READY, ActionStatus.SUPPRESSED]
    assert queued(settings) == [sent]
    assert run("answer", sent, "--send").exit_code == 0  # stopped before it was queued, it may be said again
    assert queued(settings) == [sent]


def test_what_the_provider_refused_may_be_tried_again(settings: Settings, run: Callable[..., Result]) -> None:
    key = add(settings, "1", ActionStatus.FAILED, "its sender is not verified")

    assert run("answer", key, "--send").exit_code == 0

    found = Outbox(settings).get(key)
    assert found is not None and found.status is ActionStatus.READY
    assert queued(settings) == [key]


def test_nobody_answers_for_what_does_not_wait(settings: Settings, run: Callable[..., Result]) -> None:
    key = add(settings, "1", ActionStatus.SUPPRESSED, "cancelled")

    assert isinstance(run("answer", key, "--send").exception, Problem)
    assert isinstance(run("answer", "message#none", "--send").exception, Problem)
    assert run("answer", key).exit_code == 2  # one of the two must be said
    assert queued(settings) == []


def test_the_breaker_is_shown_and_reset(settings: Settings, run: Callable[..., Result]) -> None:
    SettingsItems(settings.settings_table).put(BREAKER, {"tripped_at": "2026-03-01T12:00:00Z", "why": "50 bounces"})

    assert "50 bounces" in run("breaker").stdout
    assert "goes out again" in run("breaker", "reset").stdout
    assert "Mail goes out" in run("breaker").stdout
    assert "had not tripped" in run("breaker", "reset").stdout


def test_a_shop_presents_itself(settings: Settings, run: Callable[..., Result]) -> None:
    added = run("shop", "add", "shopify", "acme", "--secret", "s3cret")
    assert "messages are held" in added.stdout
    done = run("shop", "set", "shopify", "acme", "--title", "Acme", "--sender", "shop@bücher.example", "--zone",
               "Asia/Shanghai", "--language", "en", "--language", "zh", "--language", "en")  # fmt: skip

    assert "SES does not know shop@xn--bcher-kva.example yet" in done.stdout
    run("shop", "set", "shopify", "acme", "--postal", "Street 1\nTown")
    profile = Shops(settings.settings_table).profile("shopify/acme")
    assert (profile.title, profile.sender, profile.postal) == ("Acme", "shop@xn--bcher-kva.example", "Street 1 Town")
    assert (profile.zone, profile.languages) == ("Asia/Shanghai", ("en", "zh"))
    assert json.loads(run("shop", "show", "shopify", "acme", "--json").stdout)["title"] == "Acme"


def test_a_shop_that_comes_back_is_open_again(settings: Settings, run: Callable[..., Result]) -> None:
    Shops(settings.settings_table).change("shopify/acme", closed_at=NOW, title="Acme")

    run("shop", "add", "shopify", "acme", "--secret", "s3cret")

    profile = Shops(settings.settings_table).profile("shopify/acme")
    assert (profile.closed_at, profile.title) == (None, "Acme")
    assert Shops(settings.settings_table).all() == ["shopify/acme"]


def test_a_shop_that_is_not_there_has_no_profile(settings: Settings, run: Callable[..., Result]) -> None:
    Secrets(settings).add("shopify/acme", "s", keep_old=False)

    assert isinstance(run("shop", "set", "shopify", "acme2", "--title", "x").exception, Problem)
    assert isinstance(run("shop", "set", "shopify", "acme").exception, Problem)
    assert isinstance(run("shop", "show", "shopify", "acme2").exception, Problem)


@pytest.mark.parametrize(("field", "value"), [
    ("sender", "nobody"), ("sender", "a@example.com,b@example.com"), ("reply_to", "büyer@example.com"),
    ("title", "a\r\nBcc: b"),
    ("domain", "https://acme.example.com"), ("url", "http://acme.example.com"), ("zone", "Mars/Olympus"), ("zone", "../etc"),
    ("languages", ("english",)),
])  # fmt: skip
def test_what_cannot_be_right_is_refused_before_it_is_kept(field: str, value: Any) -> None:
    with pytest.raises(Problem):
        checked({field: value})


def test_an_empty_text_takes_a_value_away() -> None:
    assert checked({"sender": "", "url": ""}) == {"sender": "", "url": ""}
