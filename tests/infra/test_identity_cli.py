"""`./wellkept buyer match`, `profile`, `links`, `merge` and `split`: one person over several shops, shown masked."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest
import typer
from typer.testing import CliRunner

from chalicelib.model.person import Person
from infra.cli import buyers, identity
from infra.problems import Problem
from tests.aws import stack
from tests.steps.test_match import EBAY, NOW, OTTO, OWN, WOO, Shops

A, B, C = "a" * 24, "b" * 24, "c" * 24


class Desk(Shops):
    """Three shops with one buyer each, and the commands."""

    def __init__(self, settings: Any) -> None:
        super().__init__(settings)
        self.tell(OWN, A, replace(OTTO, email="otto@example.com", phone="+12025550101"))
        self.tell(WOO, B, Person(name="Otto", email="otto@example.com"))
        self.tell(EBAY, C, replace(OTTO, street="99 Other Road"))

    def run(self, *words: str) -> str:
        answer = CliRunner().invoke(buyers.app, list(words), catch_exceptions=False)
        assert answer.exit_code == 0, answer.output
        return answer.stdout

    def read(self, *words: str) -> Any:
        return json.loads(self.run(*words, "--json"))


@pytest.fixture
def desk(monkeypatch):
    with stack(monkeypatch) as settings:
        for module in (buyers, identity):
            monkeypatch.setattr(module, "settings_of", lambda stage: settings)
            monkeypatch.setattr(module, "clock", lambda settings: lambda: NOW)
        yield Desk(settings)


@pytest.fixture(autouse=True, scope="module")
def registered():
    names = {one.callback for one in buyers.app.registered_commands}
    if identity.match not in names:
        identity.register(buyers.app)


def test_a_match_and_then_a_profile_over_shops_with_what_says_so(desk: Desk):
    assert desk.read("match") == {"looked for": 3, "email": 1, "suggested": 1, "forgotten": 0}
    assert desk.read("match") == {"forgotten": 0}

    found = desk.read("profile", B, "--shop", WOO)
    assert [(one["shop"], one["buyer"], one["name"], one["email"]) for one in found["members"]] == [
        (OWN, A, "O… V…", "o…@example.com"), (WOO, B, "O…", "o…@example.com"),
    ]  # fmt: skip
    assert [(one["kind"], one["by"], one["why"]) for one in found["evidence"]] == [("email", "rules", "same e-mail address")]
    assert found["profile"] == desk.read("profile", A, "--shop", OWN)["profile"]


def test_nothing_is_shown_in_full(desk: Desk):
    desk.run("match")

    for words in (("profile", A, "--shop", OWN), ("links",), ("links", "--suggested")):
        text = desk.run(*words)
        assert not [word for word in ("otto@", "Vogelsang", "2025550101", "Sample Street", "12345") if word in text]
    assert identity.masked("+12025550101") == "+12…01" and identity.masked(None) is None


def test_suggestions_wait_for_a_person_who_merges_or_splits(desk: Desk):
    desk.run("match")
    (waiting,) = desk.read("links", "--suggested")
    assert (waiting["one"], waiting["other"], waiting["kind"]) == (f"{EBAY}#{C}", f"{OWN}#{A}", "suggested")
    assert waiting["bits"] >= 22

    merged = desk.read("merge", A, C, "--shop", OWN, "--other-shop", EBAY)
    assert merged["new"] and len(merged["members"]) == 3
    assert desk.read("merge", A, C, "--shop", OWN, "--other-shop", EBAY)["new"] is False
    assert desk.read("links", "--suggested") == []

    assert desk.read("split", C, A, "--shop", EBAY, "--other-shop", OWN)["members"] == [f"{EBAY}#{C}"]
    assert {one["kind"] for one in desk.read("links")} == {"never", "email"}
    desk.run("match")
    assert "Noted" in desk.run("merge", A, C, "--shop", OWN, "--other-shop", EBAY)


def test_an_export_holds_what_ties_a_buyer(desk: Desk):
    desk.run("match")

    found = json.loads(desk.run("export", B, "--shop", WOO))

    assert [(one["a"], one["kind"]) for one in found["linked"]] == [(f"{OWN}#{A}", "email")]


@pytest.mark.parametrize("words", [
    ("profile", "0" * 24, "--shop", OWN), ("profile", A, "--shop", "acme"), ("profile", "otto", "--shop", OWN),
    ("merge", A, A, "--shop", OWN), ("merge", A, "0" * 24, "--shop", OWN), ("split", A, "x", "--shop", OWN),
    ("split", A, B, "--shop", OWN, "--other-shop", "acme"),
])  # fmt: skip
def test_what_is_wrong_is_said_with_what_to_do(desk: Desk, words: tuple[str, ...]):
    with pytest.raises(Problem) as caught:
        desk.run(*words)
    assert caught.value.what and caught.value.remedy


def test_the_commands_stand_beside_the_others():
    from infra.cli.main import app

    commands = typer.main.get_command(app).commands["buyer"].commands
    assert set(commands) >= {"find", "export", "erase", "match", "profile", "links", "merge", "split"}
