"""`./wellkept preview` and `rules`: what they show without a stack, and what changed, in words."""

from __future__ import annotations

import email
import email.policy
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner

from chalicelib.effects.store import Store
from chalicelib.model import state
from chalicelib.model.touch import Hold
from chalicelib.rules import touchpoints
from infra.cli import messages
from infra.problems import Problem
from tests.aws import stack
from tests.letters import SUBJECT, delivered
from tests.lives import SOURCE, day

APP = typer.Typer()
APP.command("preview")(messages.preview)
APP.add_typer(messages.rules, name="rules")
BOOK = {one.id: one for one in touchpoints.default().touchpoints}


def test_a_preview_needs_no_stack_and_writes_what_a_mail_program_opens(tmp_path: Path):
    done = CliRunner().invoke(APP, ["preview", "how_is_it", "--lang", "zh", "--out", str(tmp_path)])

    assert done.exit_code == 0, done.exception
    assert sorted(path.name for path in tmp_path.iterdir()) == ["how_is_it.zh.eml", "how_is_it.zh.html", "how_is_it.zh.txt"]
    mail = email.message_from_bytes((tmp_path / "how_is_it.zh.eml").read_bytes(), policy=email.policy.default)
    assert mail["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert [part.get_content_type() for part in mail.iter_parts()] == ["text/plain", "text/html"]
    assert mail.get_body(("plain",)).get_content().split() == (tmp_path / "how_is_it.zh.txt").read_text("utf-8").split()


@pytest.mark.parametrize("words, remedy", [(["nonsense"], "check_the_parcel"), (["how_is_it", "--channel", "fax"], "sms")])
def test_what_there_is_not_is_told_with_what_there_is(words: list[str], remedy: str):
    done = CliRunner().invoke(APP, ["preview", *words])

    assert isinstance(done.exception, Problem)
    assert remedy in done.exception.remedy


def test_a_preview_of_a_real_order_says_what_would_become_of_it(monkeypatch: pytest.MonkeyPatch):
    with stack(monkeypatch) as settings:
        monkeypatch.setattr(messages, "settings_of", lambda stage: settings)
        Store(settings).put_state(SOURCE, SUBJECT, state.dump(delivered()), 1)
        asked = ["preview", "how_is_it", "--order", "1001", "--shop", SOURCE]
        done = CliRunner().invoke(APP, asked)
        assert done.exit_code == 0, done.exception
        nobody = CliRunner().invoke(APP, [*asked[:3], "404", *asked[4:]])

    assert isinstance(nobody.exception, Problem)


def test_the_facts_of_a_real_order_are_those_a_performer_would_see(monkeypatch: pytest.MonkeyPatch):
    with stack(monkeypatch) as settings:
        monkeypatch.setattr(messages, "settings_of", lambda stage: settings)
        Store(settings).put_state(SOURCE, SUBJECT, state.dump(delivered()), 1)
        facts, verdict = messages._real("how_is_it", "1001", SOURCE, "local")

    assert facts.state == delivered()
    assert isinstance(verdict, Hold)
    assert "./wellkept shop set shopify acme --sender" in verdict.why


def test_changes_between_rulebooks_are_told_line_by_line():
    after = dict(
        BOOK, how_is_it=replace(BOOK["how_is_it"], after=timedelta(days=5)), hello=replace(BOOK["how_is_it"], id="hello")
    )
    del after["expectations"]

    assert messages.changes(BOOK, after) == [
        "check_the_parcel: as it was", "expectations: gone; what waits of it is not sent", "hello: new", "how_is_it: changed",
    ]  # fmt: skip


@pytest.mark.parametrize(
    "minutes, said", [(0, "0m"), (15, "15m"), (60, "1h"), (1440, "24h"), (2880, "48h"), (4320, "3d"), (90, "90m")]
)
def test_lengths_of_time_are_spelt_as_rules_spell_them(minutes: int, said: str):
    assert messages.span(timedelta(minutes=minutes)) == said


@pytest.mark.parametrize(
    "hours, said", [(5, "5 h"), (60, "2 d 12 h"), (0.5, "30 min"), (-5, "late by 5 h"), (-60, "late by 2 d 12 h")]
)
def test_the_time_left_is_told_in_words(hours: float, said: str):
    assert messages.left(day(1) + timedelta(hours=hours), day(1)) == said
    assert messages.left(None, day(1)) is None
