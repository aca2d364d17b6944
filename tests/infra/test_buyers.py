"""`./wellkept buyer`: finding, exporting, forgetting, and forgetting again after a backup came back."""

from __future__ import annotations

import json
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import boto3
import pytest
from typer.testing import CliRunner

from chalicelib.effects.contacts import Contacts
from chalicelib.effects.outbox import Outbox
from chalicelib.effects.vault import Vault
from chalicelib.model import state
from chalicelib.model.action import Action, ActionKind
from chalicelib.model.person import Channel, Consent, ConsentWord
from chalicelib.steps.react import compute, gather
from infra.cli import buyers
from infra.problems import Problem
from tests.aws import stack
from tests.steps.test_people import NOW, SHOP
from tests.steps.test_privacy import Shop


class Desk(Shop):
    """A shop with an order's life, its state, a message and a consent entry; and the commands."""

    def __init__(self, settings: Any) -> None:
        super().__init__(settings)
        self.settings, self.buyer = settings, self.life()
        current = compute(gather(self.store, SHOP, "order:5001"), SHOP, "order:5001")
        self.store.put_state(SHOP, "order:5001", state.dump(current), 1)
        message = Action("m#1", ActionKind.MESSAGE, SHOP, "order:5001", NOW, NOW + timedelta(days=1), {"touchpoint": "t"})
        Outbox(settings).add(message, indexed=False, now=NOW)
        self.contacts = Contacts(settings, self.keys)
        self.address = self.contacts.name(Channel.MAIL, "buyer@example.com")
        self.contacts.add(SHOP, self.address, Consent(ConsentWord.UNSUBSCRIBED, NOW, "one-click"))

    def run(self, *words: str) -> Any:
        answer = CliRunner().invoke(buyers.app, list(words), catch_exceptions=False)
        assert answer.exit_code == 0, answer.output
        return answer.stdout


@pytest.fixture
def desk(monkeypatch):
    with stack(monkeypatch) as settings:
        monkeypatch.setattr(buyers, "settings_of", lambda stage: settings)
        monkeypatch.setattr(buyers, "clock", lambda settings: lambda: NOW)
        yield Desk(settings)


def test_a_buyer_is_found_by_number_and_by_address(desk: Desk):
    for words in (("--id", "7001"), ("--email", " Buyer@example.com")):
        found = json.loads(desk.run("find", "--shop", SHOP, *words, "--json"))
        assert {"shop": SHOP, "buyer": desk.buyer, "known": True, "orders": 1} in found
    (nobody,) = json.loads(desk.run("find", "--shop", SHOP, "--email", "nobody@example.com", "--json"))
    assert nobody["known"] is False


def test_an_export_holds_everything(desk: Desk, tmp_path: Path):
    found = json.loads(desk.run("export", desk.buyer, "--shop", SHOP))

    assert found["person"]["email"] == "buyer@example.com"
    assert [one["word"] for one in found["consents"]["mail"]] == ["unsubscribed"]
    (order,) = found["orders"]
    assert order["order"] == "order:5001"
    assert {one["type"] for one in order["events"]} >= {"order.placed", "return.requested", "dispute.opened"}
    assert "1 Sample Street" in next(one["body"] for one in order["events"] if one["type"] == "order.placed")
    assert order["state"]["buyer"] == desk.buyer
    assert [one["key"] for one in order["messages"]] == ["m#1"]
    assert [one["return_id"] for one in order["cases"]] == ["12001"]

    out = tmp_path / "buyer.json"
    out.touch(0o644)
    desk.run("export", desk.buyer, "--shop", SHOP, "--out", str(out))
    assert json.loads(out.read_text()) == found
    assert out.stat().st_mode & 0o777 == 0o600


def test_an_export_finds_orders_that_only_their_state_knows(desk: Desk):
    boto3.client("dynamodb").delete_item(TableName="buyers", Key={"pk": {"S": f"{SHOP}#{desk.buyer}"}})

    found = json.loads(desk.run("export", desk.buyer, "--shop", SHOP))

    assert found["person"] is None
    assert [one["order"] for one in found["orders"]] == ["order:5001"]


def test_forgetting_asks_first_then_leaves_nothing_to_export_but_the_order(desk: Desk):
    with pytest.raises(Problem, match="--yes"):
        desk.run("erase", desk.buyer, "--shop", SHOP)
    assert desk.vault.get(SHOP, desk.buyer, NOW) is not None

    assert json.loads(desk.run("erase", desk.buyer, "--shop", SHOP, "--yes", "--json"))["bodies_thrown_away"] == 6

    found = json.loads(desk.run("export", desk.buyer, "--shop", SHOP))
    assert found["person"] is None and found["consents"] == {}
    assert not [one for order in found["orders"] for one in order["events"] if "body" in one]
    assert [one["type"] for one in found["requests"]] == ["buyer.redacted"]
    assert "buyer@example.com" not in json.dumps(found)
    assert desk.contacts.log(SHOP, desk.address)  # a refusal is remembered


def test_a_backup_that_came_back_is_forgotten_again(desk: Desk):
    backup = boto3.client("dynamodb").scan(TableName="buyers")["Items"]
    desk.run("erase", desk.buyer, "--shop", SHOP, "--yes")
    for item in backup:
        boto3.client("dynamodb").put_item(TableName="buyers", Item=item)
    assert desk.vault.get(SHOP, desk.buyer, NOW) is not None
    desk.receive(desk.recorded("shop/redact"))

    for _ in range(2):
        assert json.loads(desk.run("reapply", "--json")) == {"erase_buyer done": 1, "erase_shop held": 1}

    assert desk.vault.get(SHOP, desk.buyer, NOW) is None


@pytest.mark.parametrize("words", [
    ("find", "--shop", SHOP), ("find", "--shop", SHOP, "--email", "a@example.com", "--id", "1"),
    ("find", "--shop", "nowhere/x", "--id", "1"), ("find", "--shop", "shopify", "--id", "1"),
    ("export", "nobody", "--shop", SHOP), ("export", "0" * 24, "--shop", "acme"), ("export", "0" * 24, "--shop", SHOP),
    ("erase", "0" * 24, "--shop", "acme", "--yes"), ("erase", "x@example.com", "--shop", SHOP, "--yes"),
])  # fmt: skip
def test_what_is_wrong_is_said_with_what_to_do(desk: Desk, words: tuple[str, ...]):
    with pytest.raises(Problem) as caught:
        desk.run(*words)
    assert caught.value.what and caught.value.remedy


def test_a_file_that_cannot_be_written_is_said_before_anything_is_in_it(desk: Desk, tmp_path: Path):
    with pytest.raises(Problem, match="cannot be written"):
        desk.run("export", desk.buyer, "--shop", SHOP, "--out", str(tmp_path / "none" / "buyer.json"))


def test_the_vault_is_asked_by_the_products_clock(desk: Desk, monkeypatch):
    late: datetime = NOW + timedelta(days=500)
    monkeypatch.setattr(buyers, "clock", lambda settings: lambda: late)

    (found,) = json.loads(desk.run("find", "--shop", SHOP, "--id", "7001", "--json"))

    assert found["known"] is False
    assert Vault(desk.settings, desk.keys).get(SHOP, desk.buyer, NOW) is not None
