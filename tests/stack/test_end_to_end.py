"""The deployed local stack as a newcomer and a platform meet it; stopped, killed and started again in the middle."""

from __future__ import annotations

import csv
import json
import os
import re
import shutil
import signal
import subprocess
import sys
from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

import pytest

from chalicelib import platforms
from chalicelib.model import state
from chalicelib.model.event import Delivery, Webhook
from chalicelib.rules.fold import fold
from infra.demo import history, lives
from tests.stack.conftest import ROOT, SECRET, Stack

pytestmark = pytest.mark.stack
NOW = datetime(2026, 11, 1, tzinfo=UTC)
FIGURES = ("sold", "back", "sold value", "back value")
# The first 20,000 lines of the real data set, where they lie beside the checkout; else a made-up file of that size.
REAL = ROOT.parent / "shared/data/online_retail/online_retail_ii_first_20000.csv"


@pytest.fixture(scope="module")
def shop(stack: Stack) -> Stack:
    stack("shop", "add", "shopify", "acme", "--secret", SECRET)
    stack("shop", "add", "standard", "own", "--secret", "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")
    return stack


def order(number: int, **more: object) -> Webhook:
    body = {
        "id": number,
        "created_at": "2026-10-01T10:00:00Z",
        "currency": "EUR",
        "line_items": [{"id": 1, "quantity": 1, "price": "1.00"}],
        **more,
    }
    return Webhook(
        "shopify", "acme", {"x-shopify-topic": "orders/create", "x-shopify-event-id": f"e-{number}"}, json.dumps(body).encode()
    )


def test_a_signed_webhook_is_taken_and_a_duplicate_is_harmless(shop: Stack):
    answers = [shop.deliver(order(1)) for _ in range(3)]

    assert [(status, body["status"]) for status, body in answers] == [(200, "stored"), (200, "duplicate"), (200, "duplicate")]


@pytest.mark.parametrize(
    ("change", "status"),
    [
        ({"body": b'{"id": 1'}, 400),
        ({"body": b"[]"}, 400),
        ({"shop": "nobody"}, 404),
        ({"platform": "nowhere"}, 404),
        ({"body": b'{"id": 2, "note": "' + b"x" * 5_000_000 + b'"}'}, 413),
        ({"body": b"x" * 10_000_000}, 413),
    ],
)
def test_what_cannot_be_taken_is_refused_in_words(shop: Stack, change: dict, status: int):
    webhook = replace(order(2), **change)
    signer = platforms.get("shopify")
    headers = dict(signer.sign(webhook, SECRET, NOW).headers)

    answer, body = shop.post(f"/webhooks/{webhook.platform}/{webhook.shop}", webhook.body, headers)

    assert answer == status
    assert body["message"]
    assert "Traceback" not in json.dumps(body)


def test_forged_and_replayed_deliveries_are_refused(shop: Stack):
    forged, body = shop.deliver(order(3), secret="guess")
    webhook = Webhook(
        "standard",
        "own",
        {"webhook-id": "msg_1"},
        b'{"type":"order.placed","timestamp":"2026-10-01T00:00:00Z","data":{"order":{"id":"5"}}}',
    )
    signed = platforms.get("standard").sign(webhook, "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", datetime(2026, 1, 1, tzinfo=UTC))
    old, _ = shop.post("/webhooks/standard/own", webhook.body, dict(signed.headers))
    fresh, _ = shop.deliver(webhook, "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")

    assert (forged, old, fresh) == (401, 401, 200)
    assert body["error"] == "bad_signature"


def test_killed_in_the_middle_and_sent_again_everything_converges(shop: Stack):
    webhooks = [one.webhook for one in lives.play("acme", 12, NOW, seed=37)]  # three returns, one of them with words
    half = len(webhooks) // 2
    for webhook in webhooks[: half + 5]:
        assert shop.deliver(webhook)[0] == 200
    shop("shop", "add", "shopify", "second", "--secret", SECRET)
    os.killpg(shop.pid, signal.SIGKILL)
    shop("up")
    for webhook in webhooks:
        assert shop.deliver(webhook)[0] == 200
    assert shop.deliver(replace(order(1), shop="second"))[0] == 200

    settle(shop)

    expected = folded(webhooks)
    found = {id_: shop.json("order", id_) for id_ in expected}
    read = [found[id_]["facts"].pop("words", None) for id_ in expected]
    for id_, one in expected.items():
        assert found[id_]["facts"] == json.loads(state.dump(one))["facts"]
    assert any(read)
    assert json.loads(shop("replay", "--json"))["proven"]


def folded(webhooks: list[Webhook]) -> dict[str, state.State]:
    """What the orders of these webhooks must come to, worked out without the stack."""
    by_subject: dict[str, list[Delivery]] = {}
    for webhook in webhooks:
        one = platforms.get("shopify").translate(webhook, NOW)
        by_subject.setdefault(one.subject, []).append(Delivery(one.id, "shopify/acme", one.subject, one.events, NOW))
    return {subject.removeprefix("order:"): fold("shopify/acme", subject, some) for subject, some in by_subject.items()}


def settle(shop: Stack) -> None:
    """Wait until all has flowed into the lake."""
    code = (
        "from infra import flow; from infra.stages import Stage; from infra.local.connect import settings_of;"
        "settings_of('local'); flow.settle(Stage('local'))"
    )
    run(shop, code)


def run(shop: Stack, code: str, *words: str) -> str:
    """Run Python against the stack; what it prints."""
    environment = {**os.environ, "WELLKEPT_HOME": str(shop.home), "WELLKEPT_PORT": str(shop.port)}
    command = [sys.executable, "-c", code, *words]
    return subprocess.run(command, cwd=ROOT, env=environment, check=True, timeout=600, capture_output=True, text=True).stdout


def test_the_lake_shows_each_thing_once(shop: Stack):
    settle(shop)
    for table in ("orders", "order_lines", "shipments", "returns", "refunds"):
        (row,) = shop.json("query", f"SELECT count(*) AS n, count(DISTINCT key) AS keys FROM {table}")

        assert row["n"] == row["keys"], table


def test_no_personal_data_is_in_logs_tables_or_the_lake(shop: Stack):
    """The made-up buyers are called Buyer 17, live in Street 17 and write from buyer17@example.com."""
    tables = ("orders", "order_lines", "shipments", "returns", "refunds")
    lake = "".join(shop("query", f"SELECT * FROM {table}", "--json") for table in tables)
    paths = [path.relative_to(shop.home) for path in shop.home.rglob("*") if path.is_file()]
    kept = {str(path): (shop.home / path).read_bytes() for path in paths if path.parts[0] != "tmp"}  # tmp: unpacked functions
    everything = {**kept, "the lake": lake.encode()}

    assert any(b"shopify/acme" in text for text in kept.values())
    for word in (b"@example.com", b"Street 1", b"Buyer 1", b'"last_name"'):
        assert not [name for name, text in everything.items() if word in text], word


def test_history_is_imported_once_acts_on_nothing_and_gives_its_figures(shop: Stack, tmp_path: Path):
    path = tmp_path / "history.csv"
    if REAL.exists():
        shutil.copy(REAL, path)
    else:
        history.write(path)

    first = shop.json("import", str(path), "--format", "online_retail")
    again = shop.json("import", str(path), "--format", "online_retail")

    assert first["new"] > 0
    assert (again["new"], again["known"]) == (0, first["new"])
    assert shop.json("query", "SELECT count(*) AS n FROM returns WHERE platform = 'online_retail'")[0]["n"] > 0
    assert shop.json("outbox", "--shop", "online_retail/main") == []
    rows = shop.json("metric", "return_rate", "--by", "platform,month")["rows"]
    found = {row["month"]: row for row in rows if row["platform"] == "online_retail"}
    expected = counted(path)
    assert {month: (row["units_sold"], row["units_returned"]) for month, row in found.items()} == {
        month: (int(one["sold"]), int(one["back"])) for month, one in expected.items()
    }
    for month, one in expected.items():
        assert found[month]["value_sold"] == pytest.approx(float(one["sold value"]), abs=0.001)
        assert found[month]["value_returned"] == pytest.approx(float(one["back value"]), abs=0.001)
        assert found[month]["rate_by_quantity"] == pytest.approx(float(one["back"] / one["sold"]), abs=1e-6)
        assert found[month]["rate_by_value"] == pytest.approx(float(one["back value"] / one["sold value"]), abs=1e-6)
    assert json.loads(shop("replay", "--json"))["proven"]


def counted(path: Path) -> dict[str, dict[str, Decimal]]:
    """Units and value sold and given back by month, by the file's own rule and without any of the product's code."""
    product = re.compile(r"[0-9]{5}[A-Z]*|DCGS[0-9A-Z]+|SP1002|PADS")
    found: dict[str, dict[str, Decimal]] = {}
    for row in csv.DictReader(path.open(encoding="utf-8", newline="")):
        cancelled, units, price = row["Invoice"].startswith("C"), Decimal(row["Quantity"]), Decimal(row["Price"])
        booked_otherwise = row["Invoice"].startswith("A") or (units < 0 and not cancelled) or price == 0
        if booked_otherwise or not product.fullmatch(row["StockCode"].strip().upper()):
            continue
        kind, sign = ("back", -1) if cancelled else ("sold", 1)
        month = found.setdefault(row["InvoiceDate"][:7], dict.fromkeys(FIGURES, Decimal(0)))
        month[kind] += sign * units
        month[f"{kind} value"] += sign * units * price
    return found


def living(group: int) -> list[str]:
    """Processes of a group that still run; those that ended and only wait to be counted are not among them."""
    asked = ["ps", "-e", "-o", "pgid=,stat=,args="]
    lines = subprocess.run(asked, capture_output=True, text=True, check=True).stdout.splitlines()
    rows = [line.split(None, 2) for line in lines]
    return [" ".join(row) for row in rows if row[0] == str(group) and not row[1].startswith("Z")]


def test_stopped_and_started_again_nothing_is_missing(shop: Stack):
    before = shop.json("query", "SELECT count(*) AS n FROM order_lines")
    pid = shop.pid
    shop("down")
    left = living(pid)
    shop("up")

    assert left == []
    assert shop.json("query", "SELECT count(*) AS n FROM order_lines") == before
    assert shop.deliver(order(1))[1]["status"] == "duplicate"
    assert shop.deliver(order(4))[1]["status"] == "stored"
    settle(shop)
    assert shop.json("query", "SELECT count(*) AS n FROM orders WHERE order_id = '4'") == [{"n": 1}]


def test_mistakes_are_answered_in_words_without_a_traceback(shop: Stack):
    for words in (
        ("order", "no-such-order"),
        ("metric", "no_such_metric"),
        ("metric", "return_rate", "--by", "moon"),
        ("import", "/no/such/file", "--format", "online_retail"),
        ("import", __file__, "--format", "no_such_format"),
        ("send", "/no/such/folder"),
        ("query", "SELECT nothing FROM nowhere"),
        ("shop", "add", "nowhere", "x", "--secret", "y"),
    ):
        said = shop(*words, code=1)

        assert "Traceback" not in said
        assert "→" in said
